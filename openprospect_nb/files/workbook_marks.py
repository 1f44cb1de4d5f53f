"""What a workbook shows and its reader (calamine) does not tell: cells merged over several rows, and zeros in front.

Read out of .xlsx and .xlsm by patterns, as nothing here resolves entities; .xls, .xlsb and .ods tell none of it.
"""

from __future__ import annotations

import html
import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

Cells = list[str]
_ATTRIBUTE: Final = re.compile(r'([\w:]+)\s*=\s*"([^"]*)"')
_RANGE: Final = re.compile(r"\$?([A-Z]+)\$?(\d+)(?::\$?([A-Z]+)\$?(\d+))?")
_ZEROS: Final = re.compile(r"(?:\[\$[^\]]*\])?(0{2,})(?:;.*)?")
_FILLED: Final = re.compile(r'<(?:\w+:)?c\s(?:[^>]*\s)?r="([A-Z]+)\d+"(?:[^>]*[^/>])?>')
_STYLE_PART: Final = "xl/styles.xml"
_STYLES: Final = re.compile(r"<(?:\w+:)?cellXfs\b.*?</(?:\w+:)?cellXfs>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class WorkbookMarks:
    """Of one sheet: merged ranges of several rows (column, first row, last row), and cell → how many digits it shows.

    Rows and columns are counted from 0.
    """

    merged: tuple[tuple[int, int, int], ...] = ()
    digits: tuple[tuple[int, int, int], ...] = ()

    def shown(self, cells: list[Cells]) -> tuple[list[Cells], int]:
        """Return the cells as the workbook shows them, and how many blank ones took the value of their merged cell.

        A row with nothing else in it stays blank.
        """
        rows = [[*row] for row in cells]
        for row, column, width in self.digits:
            if row < len(rows) and column < len(rows[row]) and rows[row][column].isdigit():
                rows[row][column] = rows[row][column].zfill(width)
        filled = 0
        for column, first, last in self.merged:
            for row in range(first + 1, min(last + 1, len(rows))):
                if any(rows[row]) and 0 <= column < len(rows[row]) and not rows[row][column]:
                    rows[row][column] = rows[first][column]
                    filled += bool(rows[first][column])
        return rows, filled


def marks_of(content: bytes, sheet: str) -> WorkbookMarks:
    """Return the marks of one sheet of a workbook; none where its kind or its parts tell none."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            part = _part_of(book, sheet)
            page = _text(book, part) if part else ""
            widths = _widths(_text(book, _STYLE_PART)) if _STYLE_PART in book.namelist() else {}
    except (zipfile.BadZipFile, zlib.error, KeyError, RuntimeError):
        return WorkbookMarks()
    merged = [ends for each in _elements(page, "mergeCell") if (ends := _RANGE.fullmatch(each.get("ref", "")))]
    tall = [ends for ends in merged if ends[4] and ends[4] != ends[2]]
    if not tall and not widths:
        return WorkbookMarks()
    # The reader leaves out the blank columns on the left.
    left = min(map(_column, set(_FILLED.findall(page))), default=0)
    return WorkbookMarks(
        tuple((_column(ends[1]) - left, int(ends[2]) - 1, int(ends[4]) - 1) for ends in tall),
        tuple((row, column - left, width) for row, column, width in _digits(page, widths)),
    )


def _text(book: zipfile.ZipFile, part: str) -> str:
    return book.read(part).decode("utf-8", "replace")


def _part_of(book: zipfile.ZipFile, sheet: str) -> str | None:
    """Return where a workbook keeps a sheet; None of one that it does not list."""
    listed = _elements(_text(book, "xl/workbook.xml"), "sheet")
    ids = {html.unescape(each.get("name", "")): each.get("r:id", "") for each in listed}
    links = _elements(_text(book, "xl/_rels/workbook.xml.rels"), "Relationship")
    places = {each.get("Id", ""): each.get("Target", "") for each in links}
    target = places.get(ids.get(sheet, ""))
    return posixpath.normpath(posixpath.join("/xl", target)).lstrip("/") if target else None


def _widths(styles: str) -> dict[str, int]:
    """Return style → how many digits it shows, for styles of nothing but zeros: 00000."""
    formats = {each.get("numFmtId"): html.unescape(each.get("formatCode", "")) for each in _elements(styles, "numFmt")}
    zeros = {number: len(hit[1]) for number, code in formats.items() if (hit := _ZEROS.fullmatch(code))}
    block = _STYLES.search(styles)
    used = enumerate(_elements(block[0], "xf")) if zeros and block else ()
    return {str(place): zeros[each["numFmtId"]] for place, each in used if each.get("numFmtId") in zeros}


def _digits(page: str, widths: dict[str, int]) -> Iterator[tuple[int, int, int]]:
    for cell in _elements(page, "c"):
        place = _RANGE.fullmatch(cell.get("r", ""))
        if place and cell.get("s") in widths and cell.get("t", "n") == "n":
            yield int(place[2]) - 1, _column(place[1]), widths[cell["s"]]


def _elements(page: str, name: str) -> Iterator[dict[str, str]]:
    for element in re.finditer(rf"<(?:\w+:)?{name}\s([^>]*)>", page):
        yield dict(_ATTRIBUTE.findall(element[1]))


def _column(letters: str) -> int:
    place = 0
    for letter in letters:
        place = 26 * place + ord(letter) - ord("A") + 1
    return place - 1
