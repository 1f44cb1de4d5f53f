"""Write a frame as an Excel workbook: real types, a frozen header with a filter, and links only to web pages.

XlsxWriter is used because it writes row by row in bounded memory and never guesses: each cell's kind is stated here,
so a text that looks like a formula stays a text.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from pathlib import Path
from typing import Any, Final

import polars as pl

from openprospect_nb.errors import ConfigurationError
from openprospect_nb.markup.text import web_link

MOST_ROWS: Final = 1_048_575
MOST_LETTERS: Final = 32_767
_MOST_LINKS: Final = 60_000  # Excel opens at most 65,530 a sheet
_LINK_LETTERS: Final = 2_000
_MADE: Final = datetime(2000, 1, 1)  # noqa: DTZ001 - a workbook has no time zones; a fixed stamp keeps equal data equal


def write_sheet(frame: pl.DataFrame, path: Path, title: str = "prospects") -> int:
    """Write *frame* to *path*, on a sheet called *title*, and return how many texts were cut to what a cell can hold.

    Raises:
        ConfigurationError: more rows than a sheet can hold.
    """
    from xlsxwriter import Workbook

    if frame.height > MOST_ROWS:
        raise ConfigurationError(
            f"{frame.height:,} rows are more than the {MOST_ROWS:,} a sheet holds.",
            next_step='Use target="csv" or target="parquet".',
        )
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with Workbook(str(path), options) as book:
        book.set_properties({"created": _MADE})
        sheet = book.add_worksheet(title)
        _head(book, sheet, frame)
        # A cell's time has no zone: it is UTC.
        zoned = [name for name, kind in frame.schema.items() if isinstance(kind, pl.Datetime) and kind.time_zone]
        utc = [pl.col(name).dt.convert_time_zone("UTC").dt.replace_time_zone(None) for name in zoned]
        return _body(book, sheet, frame.with_columns(utc))


def _head(book: Any, sheet: Any, frame: pl.DataFrame) -> None:
    bold = book.add_format({"bold": True})
    text = book.add_format({"num_format": "@"})
    time = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    for column, (name, kind) in enumerate(frame.schema.items()):
        form = text if kind == pl.String else time if isinstance(kind, pl.Datetime) else None
        sheet.set_column(column, column, min(max(len(name) + 3, 12), 40), form)
        sheet.write_string(0, column, name[:MOST_LETTERS], bold)
    sheet.freeze_panes(1, 0)
    if frame.width:
        sheet.autofilter(0, 0, frame.height, frame.width - 1)


def _body(book: Any, sheet: Any, frame: pl.DataFrame) -> int:
    text = book.add_format({"num_format": "@"})
    link = book.add_format({"font_color": "#1a64a0", "underline": 1})
    time = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    links = cut = 0
    writers = _writers(sheet, text, time)
    for row, values in enumerate(frame.iter_rows(), start=1):
        for column, value in enumerate(values):
            if isinstance(value, str):
                cut += len(value) > MOST_LETTERS
                if links < _MOST_LINKS and len(value) <= _LINK_LETTERS and web_link(value):
                    links += 1
                    sheet.write_url(row, column, value, link, value)
                else:
                    sheet.write_string(row, column, value[:MOST_LETTERS], text)
            elif value is not None:
                writers[type(value)](row, column, value)
    return cut


def _writers(sheet: Any, text: Any, time: Any) -> dict[type, Callable[[int, int, Any], object]]:
    def number(row: int, column: int, value: float | Decimal) -> None:
        # A cell cannot hold infinities or NaN, and an error value would spread through every sum.
        if isfinite(value):
            sheet.write_number(row, column, value)
        else:
            sheet.write_string(row, column, str(value), text)

    def moment(row: int, column: int, value: date) -> None:
        sheet.write_datetime(row, column, value, time)

    return {bool: sheet.write_boolean, int: number, float: number, Decimal: number, datetime: moment, date: moment}
