"""What workbooks show and their cells do not hold: merged cells, and zeros in front of a number."""

from __future__ import annotations

import zipfile
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from openprospect_nb.files import preview
from openprospect_nb.files.exclusions import exclusions

HEADING = ["Firma", "Ort", "Kundennummer"]


def workbook(path: Path, fill, *, sheet="Liste & mehr"):
    """Write a workbook of two sheets, the second filled; return its path."""
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Leer")
        fill(book.add_worksheet(sheet), book)
    return path


@pytest.mark.parametrize(("row", "column"), [(0, 0), (3, 0), (0, 2), (4, 3)])
def test_a_cell_merged_over_rows_counts_for_each(row: int, column: int, tmp_path: Path) -> None:
    """The second company keeps its town, wherever the table stands, and that is said; the next company has its own."""

    def fill(sheet, _):
        sheet.write_row(row, column, HEADING)
        for place, (name, number) in enumerate([("Foo", "1"), ("Bar", "2"), ("Baz", "3")], row + 1):
            sheet.write(place, column, name)
            sheet.write(place, column + 2, number)
        sheet.merge_range(row + 1, column + 1, row + 2, column + 1, "Ulm")
        sheet.write(row + 3, column + 1, "Bonn")

    told = preview(workbook(tmp_path / "list.xlsx", fill))

    assert [told_row["city"] for told_row in told.rows] == ["Ulm", "Ulm", "Bonn"]
    assert "1 blank cells are read as the merged cell above that they are part of." in told.notes


def test_merged_rows_without_anything_else_stay_blank(tmp_path: Path) -> None:
    """A title over several rows and columns, and a town merged beyond the last company, make no rows."""

    def fill(sheet, _):
        sheet.merge_range(0, 0, 2, 2, "Kundenliste")
        sheet.write_row(3, 0, HEADING)
        sheet.write_row(4, 0, ["Foo", "", "1"])
        sheet.merge_range(4, 1, 60, 1, "Ulm")

    told = preview(workbook(tmp_path / "list.xlsx", fill))

    assert told.rows == [{"company_name": "Foo", "city": "Ulm", "external_id": "1"}]
    assert not told.bad.height
    assert not any("merged" in note for note in told.notes)


def test_a_heading_of_two_rows_is_read(tmp_path: Path) -> None:
    """Where cells are merged downward over groups of columns, the lower row is the heading, whole."""

    def fill(sheet, _):
        sheet.merge_range(0, 0, 1, 0, "Firma")
        sheet.merge_range(0, 1, 0, 2, "Anschrift")
        sheet.write_row(1, 1, ["Ort", "Land"])
        sheet.write_row(2, 0, ["Foo", "Ulm", "DE"])

    assert preview(workbook(tmp_path / "list.xlsx", fill)).rows == [
        {"company_name": "Foo", "city": "Ulm", "country": "DE"}
    ]


def test_who_shares_a_merged_cell_is_kept_out_too(tmp_path: Path) -> None:
    """A list of whom to keep out is read as it is shown."""

    def fill(sheet, _):
        sheet.write_row(0, 0, ["Domain", "E-Mail"])
        sheet.write_column(1, 1, ["a@foo.example", "b@foo.example"])
        sheet.merge_range(1, 0, 2, 0, "foo.example")

    assert len([e for e in exclusions(workbook(tmp_path / "out.xlsx", fill)).entries if "foo.example" in str(e)]) > 1


@pytest.mark.parametrize(
    ("form", "number", "shown"),
    [
        ("00000", 123, "00123"),
        ("0000000000", 100123, "0000100123"),
        ("00000;-00000", 123, "00123"),
        ("[$-407]00000", 123, "00123"),
        ("00000", 1234567, "1234567"),
        ("0", 123, "123"),
        ("0.00", 123, "123"),
        ("#,##0", 1234, "1234"),
        ("@", 123, "123"),
        ("00000", "77", "77"),
        ("00000", "K77", "K77"),
    ],
)
@pytest.mark.parametrize("place", [0, 3])
def test_an_id_goes_out_as_it_is_shown(form: str, number: object, shown: str, place: int, tmp_path: Path) -> None:
    """Zeros that the format sets before a number belong to the id; a text is what it is."""

    def fill(sheet, book):
        sheet.write_row(place, place, HEADING)
        sheet.write_row(place + 1, place, ["Foo", "Ulm"])
        sheet.write(place + 1, place + 2, number, book.add_format({"num_format": form}))

    [row] = preview(workbook(tmp_path / "list.xlsx", fill)).rows
    assert row["external_id"] == shown


def test_a_workbook_without_its_usual_parts_is_read(tmp_path: Path) -> None:
    """Styles are optional, and a writer may name its sheets from the root."""

    def fill(sheet, _):
        sheet.write_row(0, 0, ["Firma", "Ort"])
        sheet.write_column(1, 0, ["Foo", "Bar"])
        sheet.merge_range(1, 1, 2, 1, "Ulm")

    path = workbook(tmp_path / "list.xlsx", fill)
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist() if "styles" not in name}
    links = "xl/_rels/workbook.xml.rels"
    parts[links] = parts[links].replace(b'"worksheets', b'"/xl/worksheets')
    with zipfile.ZipFile(path, "w") as book:
        for name, content in parts.items():
            book.writestr(name, content)

    assert preview(path).good["city"].to_list() == ["Ulm", "Ulm"]


def test_a_parquet_file_called_a_workbook_is_read(tmp_path: Path) -> None:
    """The content tells the kind, and no marks are looked for."""
    pl.DataFrame({"Firma": ["Foo"]}).write_parquet(tmp_path / "list.xlsx")

    assert preview(tmp_path / "list.xlsx").rows == [{"company_name": "Foo"}]
