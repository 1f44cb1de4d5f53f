"""What a notebook shows of an error."""

from __future__ import annotations

import pytest
from IPython.core.interactiveshell import InteractiveShell

CELL = """
import openprospect_nb as op

def place():
    return op.files.preview("nowhere.csv")

place()
"""


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
    assert "nowhere.csv" in text.splitlines()[-3]
    assert "openprospect_nb/" not in text
    assert len(text.splitlines()) < 8


def test_the_whole_traceback_is_there_on_request(shell, capsys):
    """Verbose mode shows the internals again, for a report of a fault."""
    shell.run_line_magic("xmode", "Verbose")
    assert "company_list.py" in shown(shell, capsys)
