"""Files as people have them, kept beside this test; all of them invented."""

# Rows are read best as they stand, one a line.
# ruff: noqa: E501

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from openprospect_nb.errors import ConfigurationError, ValidationError
from openprospect_nb.files import preview
from openprospect_nb.files.company_list import companies_from

CASES = Path(__file__).parent / "cases"
FOO = {"company_name": "Foo Ltd", "website_url": "foo.example"}
BAR = {"company_name": "Bar Ltd", "website_url": "bar.example"}
GERMAN = [
    {
        "company_name": "Müller & Söhne GmbH",
        "website_url": "mueller-beispiel.example",
        "city": "Köln",
        "external_id": "00123",
    },
    {"company_name": "Äpfel AG", "website_url": "aepfel.example", "city": "Wien", "external_id": "00456"},
]
LEEDS = {"company_name": "Foo Ltd", "city": "Leeds", "country": "United Kingdom"}
DISPLAYS = [
    {"company_name": '12" Displays Ltd', "website_url": "twelve.example", "city": "Leeds"},
    {"company_name": "Bar Ltd", "website_url": "bar.example", "city": "York"},
    {"company_name": "Baz Ltd", "website_url": "baz.example", "city": "Hull"},
]
# Written by xlwt 1.3 (BIFF8) and by formulon 0.18 (.xlsb and its .xlsx): a hidden sheet first, a title, numbers as ids.
OTHER_WRITERS = [
    {"company_name": "Müller & Söhne GmbH", "website_url": "mueller-beispiel.example", "city": "Köln", "country": "Deutschland", "external_id": "12345678901"},
    {"company_name": "Bär, Igel & Co. KG", "website_url": "baer.example", "city": "Zürich", "country": "Schweiz", "external_id": "45678"},
    {"company_name": "Großküchen 24; Neumann", "website_url": "kuechen.example", "city": "Wien", "country": "Österreich", "external_id": "789"},
]  # fmt: skip
RIGHT = {
    "biff8.xls": OTHER_WRITERS,
    "binary.xlsb": OTHER_WRITERS,
    "engine.xlsx": OTHER_WRITERS,
    "apollo.csv": [LEEDS | {"website_url": "foo-x.example"}],
    "blank_mid.csv": [FOO, BAR],
    "cp1252.csv": GERMAN,
    "cr_only.csv": GERMAN,
    "ctrl_z.csv": [FOO],
    "dup_rows.csv": [FOO],
    "excel_unicode_text_utf16_tab.csv": GERMAN,
    "floatid.parquet": [{"company_name": "Foo", "external_id": "1"}],
    "header_quoted_newline.csv": [FOO],
    "hidden_first.xlsx": [FOO],
    "hubspot_companies.csv": [LEEDS | {"website_url": "foo-x.example", "external_id": "12345678901"}],
    "libre.ods": [FOO],
    "linkedin_connections.csv": [{"company_name": "Foo Ltd"}],
    "pipe.csv": GERMAN,
    "ragged_more.csv": [FOO, BAR],
    "second_sheet.xlsx": [FOO],
    "sep_line.csv": GERMAN,
    "sf_contact_report.csv": [LEEDS],
    "stray_quote.csv": DISPLAYS,
    "title.xlsx": [FOO | {"city": "Leeds"}],
    "title_line.csv": GERMAN,
    "total.xlsx": [FOO],
    "trailing.xlsx": [FOO],
    "trailing_blank.csv": GERMAN,
}
SAID = {
    "biff8.xls": "Sheet 'Kunden' is read; others: lists (hidden)",
    "binary.xlsb": "Row 8 is a total or footer",
    "engine.xlsx": "1 rows above the heading are left out",
    "cp1252.csv": "Read as cp1252, separator: semicolon.",
    "excel_unicode_text_utf16_tab.csv": "Read as UTF-16 LE, separator: tab.",
    "dup_rows.csv": "2 repeated rows are sent once",
    "hidden_first.xlsx": "others: lists (hidden)",
    "second_sheet.xlsx": "Sheet 'Companies' is read; others: README",
    "linkedin_connections.csv": "Column 'URL' holds profiles of persons",
    "sf_contact_report.csv": "Column 'Name' is the person's",
    "apollo.csv": "Column 'City' is the person's",
    "total.xlsx": "Row 3 is a total or footer",
    "trailing_blank.csv": "2 blank rows are passed over",
    "title_line.csv": "1 rows above the heading are left out",
}


@pytest.mark.parametrize("name", RIGHT)
def test_a_file_is_bought_right(name: str) -> None:
    """What an order would send is what a person reads in the file."""
    assert companies_from(CASES / name) == RIGHT[name]


@pytest.mark.parametrize("name", SAID)
def test_what_was_decided_is_said(name: str) -> None:
    """Each decision that could have gone otherwise is a sentence in the notes, the repr and the page."""
    shown = preview(CASES / name)
    assert any(SAID[name] in note for note in shown.notes)
    assert SAID[name] in repr(shown)
    assert "What is sent from which column" in shown._repr_html_()


def test_a_bad_row_is_named_by_its_number_in_the_file(tmp_path: Path) -> None:
    """The error names row 4 of the file, and the row can be had as a frame and as a file."""
    with pytest.raises(ValidationError, match="row 4, company_name: is required"):
        companies_from(CASES / "bad_row.csv")
    shown = preview(CASES / "bad_row.csv")
    assert shown.bad.rows() == [(4, "company_name: is required", None, "c.example")]
    assert pl.read_csv(shown.write_bad(tmp_path / "bad.csv"))["row"].to_list() == [4]
    assert [row["company_name"] for row in companies_from(shown.good)] == ["A", "B", "D"]


def test_three_thousand_bad_rows_give_a_message_one_can_read(tmp_path: Path) -> None:
    """The message lists some; ``fields`` and ``bad`` have all."""
    path = tmp_path / "many.csv"
    path.write_text("Company,Website\nA,a.example\n" + "".join(f",w{n}.example\n" for n in range(3000)))
    with pytest.raises(ValidationError, match=r"3,000 of 3,001 rows of many\.csv cannot be sent") as caught:
        companies_from(path)
    assert len(str(caught.value)) < 1_500
    assert len(caught.value.fields) == preview(path).bad.height == 3_000


def test_words_for_nothing_are_no_names() -> None:
    """A list of NaN, #N/A, NULL and dashes names no company and is refused, its rows counted."""
    assert preview(CASES / "na_words.csv").blank == 5
    with pytest.raises(ValidationError, match="no row names one"):
        companies_from(CASES / "na_words.csv")


def test_an_ending_that_lies_is_seen_through() -> None:
    """A workbook called .csv is read as the workbook it is."""
    assert companies_from(CASES / "really_xlsx.csv") == companies_from(CASES / "macro.xlsm")


def test_what_is_no_table_is_named(tmp_path: Path) -> None:
    """A PDF, a web page, an archive, an empty file and a folder are each refused with what they are."""
    kinds = {
        b"%PDF-1.7": "PDF",
        b"<html><table>": "web page",
        b"\x1f\x8b\x08": "gzip",
        b" \n": "empty",
        b"PK\3\4x": "damaged",
    }
    for content, word in kinds.items():
        path = tmp_path / "list.csv"
        path.write_bytes(content)
        with pytest.raises(ConfigurationError, match=word):
            preview(path)
    with pytest.raises(ConfigurationError, match="cannot be read"):
        preview(tmp_path)


def test_frames_of_every_kind_are_taken() -> None:
    """Lazy frames, generators, mappings with whole floats and NaN, and what looks like pandas give the same rows."""

    class Pandas:
        def to_dict(self, orient: str) -> dict[str, list[object]]:
            assert orient == "list"
            return {"Company": ["A"], "ID": [7.0]}

    right = [{"company_name": "A", "external_id": "7"}]
    assert companies_from(pl.LazyFrame({"Company": ["A"], "ID": [7]})) == right
    assert companies_from(row for row in [{"Company": "A", "ID": 7.0, "City": float("nan")}]) == right
    assert companies_from(Pandas()) == right
    with pytest.raises(ConfigurationError, match="list of str"):
        companies_from(["A"])


def test_repeats_are_kept_for_whoever_means_them() -> None:
    """``repeats="keep"`` sends each row."""
    assert companies_from(CASES / "dup_rows.csv", repeats="keep") == [FOO] * 3
