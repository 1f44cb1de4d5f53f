"""The rows that cannot be sent go back to whoever wrote them, as they were."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import fastexcel
import polars as pl
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from support.examples import examples

from openprospect_nb.files import preview
from openprospect_nb.files.formulas import disarmed, restore

HEADING = ["Firma", "Website", "Telefon", "Notiz", "Kundennr", "E-Mail", "-"]
ROWS = [
    ["Gut GmbH", "gut.example", "+49 30 1234", "ok", "007", "a@gut.example", "x"],
    ["#N/A", "bad.example", "+49 (30) 23125-0", "- keine -", "00123", "b@bad.example", "-5"],
    ["", "worse.example", "030/123", 'zwei\nZeilen; "quoted"', "12345.0", "@worse", "=1+1"],
    ["-", "third.example", "", "-", "1.0", "", "+1,5 %"],
]  # fmt: skip


def written(folder: Path) -> Path:
    """Write the list and return its path."""
    path = folder / "list.csv"
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerows([HEADING, *ROWS])
    path.write_text(text.getvalue(), "utf-8")
    return path


def test_a_csv_of_bad_rows_holds_them_as_they_were(tmp_path: Path) -> None:
    """All columns under their own headings, in their order; numbers, dashes and telephone numbers untouched."""
    path = preview(written(tmp_path)).write_bad(tmp_path / "bad.csv")
    with path.open(encoding="utf-8-sig", newline="") as file:
        top, *rows = csv.reader(file)

    assert top == ["row", "why", *HEADING]
    assert [row[0] for row in rows] == ["3", "4", "5"]
    assert all(row[1] for row in rows)
    expected = [list(row) for row in ROWS[1:]]
    # Only what could call something is marked.
    expected[0][3], expected[1][5], expected[1][6] = "'- keine -", "'@worse", "'=1+1"
    assert [row[2:] for row in rows] == expected


def test_a_workbook_of_bad_rows_holds_them_to_the_letter(tmp_path: Path) -> None:
    """In a workbook nothing needs a mark: every cell is the text it was."""
    path = preview(written(tmp_path)).write_bad(tmp_path / "bad.xlsx")
    sheet = fastexcel.read_excel(path).load_sheet(0, header_row=None, dtypes="string").to_polars()

    assert [list(row)[2:] for row in sheet.fill_null("").rows()] == [HEADING, *ROWS[1:]]


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_bad_rows_are_read_back_as_the_list_they_came_from(ending: str, tmp_path: Path) -> None:
    """The file is a list again: our two columns fall away, marks are taken off, and corrected rows can be sent."""
    path = preview(written(tmp_path)).write_bad(tmp_path / f"bad.{ending}")
    again = preview(path)

    assert again.table.columns == HEADING
    assert [[cell or "" for cell in row] for row in again.table.rows()] == ROWS[1:]
    assert again.bad.height == 3
    mended = again.table.with_columns(Firma=pl.Series(["A", "B", "C"]))
    assert [row["website_url"] for row in preview(mended).rows] == ["bad.example", "worse.example", "third.example"]


def test_a_frame_s_bad_rows_keep_their_columns_too(tmp_path: Path) -> None:
    """Numbers and dates of a frame are written as they print, also under headings of our own names."""
    frame = pl.DataFrame({"company_name": ["A", None], "row": [1, 2], "share": [0.5, 0.25]})
    read = pl.read_csv(preview(frame).write_bad(tmp_path / "bad.csv"))
    assert read.columns == ["row (not sent)", "why", "company_name", "row", "share"]
    assert read.row(0) == (2, "company_name: is required", None, 2, 0.25)


CELLS = [
    "=1+1", "'x", "''x", "-5", "+49 7", "@me", "line\nbreak", 'say "x"', "00123", "12345.0", "a,b;c\td|e", "#N/A",
    "  pad ", "'=1", '="007"', "1e5", "\ufffd", "-", "'", "’t Hooft", "+1-1", "\u202e", "\u00a0", "<b>",
    "\\", "1.000,50", "",
]  # fmt: skip


@settings(max_examples=examples(20), suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.sampled_from(["", "x" * 600, "\ufffd GmbH", "2003-02-01"]), *[st.sampled_from(CELLS)] * 3),
        min_size=1,
        max_size=4,
    ),
    names=st.permutations(["Website", "row", "why", "Betrag"]).map(lambda names: names[:3]),
    ending=st.sampled_from(["csv", "xlsx"]),
)
def test_any_bad_rows_come_back_under_any_headings(
    rows: list[tuple[str, ...]], names: list[str], ending: str, tmp_path: Path
) -> None:
    """Whatever the cells, and also where the list has our own headings, the file is read as the list it came from."""
    listed = preview(pl.DataFrame(rows, schema=["Company", *names], orient="row"))
    wrong = [row for number, row in enumerate(rows, start=1) if number in listed.bad["row"].to_list()]
    assume(wrong)
    again = preview(listed.write_bad(tmp_path / f"bad.{ending}"))

    assert again.table.columns == ["Company", *names]
    assert [tuple(cell or "" for cell in row) for row in again.table.rows()] == wrong


@given(st.lists(st.text(alphabet=st.sampled_from("'=+-@ \t\nａ＝1x.,()")), max_size=20))
def test_what_is_disarmed_is_restored_exactly_and_calls_nothing(texts: list[str]) -> None:
    """Whatever the texts: restoring gives them back unless they were left alone, and nothing begins a formula."""
    frame = pl.DataFrame({"text": texts}, schema={"text": pl.String})
    safe = frame.select(disarmed("text"))["text"].to_list()

    for text, kept in zip(texts, safe, strict=True):
        assert kept == text or restore(pl.DataFrame({"t": [kept]}))["t"].item() == text
        runs = kept.strip()[:1] in set("=+-@＝") and any(sign.isalpha() or sign in "=@＝" for sign in kept)
        assert not (kept.strip() and runs)
