"""What a notebook shows of an error."""

from __future__ import annotations

import html
import re

import pytest
from IPython.core.interactiveshell import InteractiveShell

import openprospect_nb as op

CELL = """
import openprospect_nb as op

def place():
    return op.files.preview("nowhere.csv")

place()
"""


WRONG = [op.errors.FieldProblem(f"companies[{k}].city", f"<b>{k}</b> is no city") for k in range(30)]


@pytest.mark.parametrize(
    "error",
    [
        op.errors.ValidationError("the list cannot be sent", fields=WRONG, next_step="Correct them."),
        op.errors.RateLimitError("too many requests", status=429, code="RATE_LIMITED", request="GET /orders"),
        op.errors.ConfigurationError("theme='solar' is not known."),
    ],
    ids=lambda error: type(error).__name__,
)
def test_text_and_card_say_the_same(error):
    """Problem, each field and the next step stand in both, as text."""
    text = "\n".join(error._render_traceback_())
    told = html.unescape(re.sub(r"<[^>]*>", "", error._repr_html_()))

    for said in (type(error).__name__, error.problem, *error.listed(), error.next_step):
        assert said in text
        assert said in told
    assert "<b>" not in error._repr_html_()
    assert not isinstance(error, op.errors.ValidationError) or "and 10 more, see .fields" in text


@pytest.fixture
def shell():
    """A shell of IPython that prints into the test's captured output."""
    made = InteractiveShell.instance()
    yield made
    made.history_manager.end_session()
    InteractiveShell.clear_instance()


def shown(shell, capsys):
    """Run the cell and return what a reader sees of its error."""
    result = shell.run_cell(CELL)
    assert result.error_in_exec is not None
    return capsys.readouterr().out


def test_an_error_shows_the_callers_lines_and_the_way_on(shell, capsys):
    """The cell's own lines, the text, and nothing of this package's internals."""
    text = shown(shell, capsys)
    assert "line 6: place()" in text
    assert 'line 4: return op.files.preview("nowhere.csv")' in text
    assert "nowhere.csv" in text.splitlines()[0]
    assert text.splitlines()[1].startswith("Next: ")
    assert "openprospect_nb/" not in text
    assert len(text.splitlines()) < 8


def test_the_whole_traceback_is_there_on_request(shell, capsys):
    """Verbose mode shows the internals again, for a report of a fault."""
    shell.run_line_magic("xmode", "Verbose")
    assert "company_list.py" in shown(shell, capsys)
