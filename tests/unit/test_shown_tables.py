"""Tables for people: on a terminal of any width, in a notebook for any frame, and what a shell completes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import duckdb
import polars as pl
import pytest

import openprospect_nb as op
from openprospect_nb.cli.completion import script
from openprospect_nb.cli.output import fitted, tell_frame, tell_prose
from openprospect_nb.cli.parser import build_parser

ORDERS = pl.DataFrame(
    {
        "name": ["Machine builders in DACH, spring, second try", "B"],
        "status": ["COMPLETED", "IN_PROGRESS"],
        "n": [60, None],
        "placed": ["2026-05-04"] * 2,
        "order_id": ["0c5f1a2b-7740-4e2c-9d5e-111111111111"] * 2,
        "order_type": ["DISCOVERY"] * 2,
    }
)


@pytest.mark.parametrize("width", [80, 100, 140])
def test_a_table_fits_its_terminal_and_cuts_no_id(width: int) -> None:
    """No line is wider, what is cut is a name, and a column without room is named."""
    lines = fitted(ORDERS, width).splitlines()

    assert all(len(line) <= max(width, 0) for line in lines if not line.startswith("not shown"))
    assert lines[0].startswith("name")
    assert "0c5f1a2b-7740-4e2c-9d5e-111111111111" in lines[1]
    assert ("order_type" in lines[0]) == (width > 80)
    assert lines[-1].startswith("not shown for want of room: order_type") == (width == 80)


def test_numbers_are_rounded_for_people_and_never_cut(capsys: pytest.CaptureFixture[str]) -> None:
    """Two decimals of an amount, three of a rate; where room ends a column of numbers is left out, not half shown."""
    frame = pl.DataFrame({"icp": ["Machine builders"], "rate": [0.416446108], "cost": [1234.5678], "n": [123_456]})
    tell_frame(frame)

    assert "┆ 0.416 ┆ 1234.57 ┆ 123456 │" in capsys.readouterr().out
    assert fitted(frame.with_columns(rate=pl.lit(0.416)), 22).splitlines()[0].split() == ["icp", "rate"]


def test_sentences_break_between_words_on_a_terminal_only(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No line is wider than the terminal, a line goes on further in than it began; a pipe has it whole."""
    sentence = "  " + "what is left " * 20
    monkeypatch.setattr(shutil, "get_terminal_size", lambda: os.terminal_size((50, 40)))
    tell_prose(sentence)
    assert capsys.readouterr().out == f"{sentence}\n"
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    tell_prose(sentence)
    lines = capsys.readouterr().out.splitlines()

    assert max(map(len, lines)) <= 50
    assert lines[0].startswith("  what")
    assert all(line.startswith("    ") for line in lines[1:])


def test_a_line_goes_on_below_the_text_it_names(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind a name that stands apart a text keeps to its own column, and no word is broken at its hyphens."""
    monkeypatch.setattr(shutil, "get_terminal_size", lambda: os.terminal_size((40, 40)))
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    tell_prose("ICP        Machine-builders: special-purpose machines in small series")
    lines = capsys.readouterr().out.splitlines()

    assert len(lines) > 1
    assert all(line.startswith(" " * 11) and line[11] != " " for line in lines[1:])
    assert not [line for line in lines if line.endswith("-") or len(line) > 40]


def test_a_wide_terminal_shows_all_of_it() -> None:
    """With room there is no ellipsis and nothing is left out."""
    shown = fitted(ORDERS, 200)

    assert "second try" in shown
    assert "…" not in shown
    assert "not shown" not in shown


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash here")
def test_a_shell_completes_commands_and_options() -> None:
    """What bash offers after a few words is what the parser knows there."""

    def offered(*words: str) -> set[str]:
        asked = f"COMP_WORDS=({' '.join(words)} ''); COMP_CWORD={len(words)}; _openprospect_nb; echo ${{COMPREPLY[@]}}"
        ran = subprocess.run(
            ["bash", "-c", f"{script(build_parser(), 'bash')}\n{asked}"], capture_output=True, text=True, check=True
        )
        return set(ran.stdout.split())

    assert {"demo", "orders", "report", "completion"} <= offered("openprospect-nb")
    assert {"list", "get", "wait"} <= offered("openprospect-nb", "orders")
    assert {"--home", "--json", "--status"} <= offered("openprospect-nb", "orders", "list")


def test_any_frame_shows_in_lines_with_what_its_columns_hold() -> None:
    """Numbers have a histogram and a range, texts how many differ; markup stays text; a relation stays where it is."""
    frame = pl.DataFrame(
        {"n": [1.0, 2.0, None, 9.0], "text": ["<b>a</b>", "b", "b", None], "many": [["x", "y"], [], None, []]}
    )
    view = op.show(frame, rows=2)
    html = view._repr_html_()

    assert [head.words for head in view.heads] == [
        "1 to 9, 25% unknown",
        "2 different, 25% unknown",
        "3 known, 25% unknown",
    ]
    assert len(view.heads[0].bars) == 12
    assert (len(view.rows), view.total) == (2, 4)
    assert "<b>" not in html
    assert "2 of 4 rows" in html
    assert "4 rows, 3 columns" in repr(view)
    relation = duckdb.connect().sql("select 1 as a, 'x' as b")
    assert op.show(relation).rows == (("1", "x"),)
    assert op.show(frame.lazy(), rows=2).rows == view.rows
