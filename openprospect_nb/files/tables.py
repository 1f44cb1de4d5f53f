"""Read a table out of a file as people have it: any encoding, separator or kind of workbook, from its heading on.

The kind is told by the content, never by the ending. fastexcel (calamine) reads xls, xlsx, xlsm, xlsb and ods.
Text is split by Python's csv module, line by line in its strict mode, because a quotation mark that stands for inches
must cost one row and not the rest of the file. CleverCSV was considered for the separator: it weighs any character,
blanks too, and takes long on large files; here five characters can be one, and known headings decide between them.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import polars as pl

from openprospect_nb.errors import ConfigurationError
from openprospect_nb.files.cells import clean, said
from openprospect_nb.files.encodings import decode
from openprospect_nb.files.headings import is_known
from openprospect_nb.files.workbook_marks import marks_of

SEPARATORS: Final = (",", ";", "\t", "|", ":")
SEPARATOR_NAMES: Final = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe", ":": "colon", "": "none"}
_LOOKED_AT: Final = 40  # rows that decide separator and heading
_TITLES: Final = 8  # rows among which a heading can stand below a title of one word
_LONGEST_CELL: Final = 50  # line breaks in one quoted cell, before its quotation mark counts as inches
_BREAK: Final = re.compile(r"\r*\n")
_SEP_LINE: Final = re.compile(r"\A\s*\"?sep=(.)\"?\s*\Z", re.IGNORECASE)
_HTML: Final = re.compile(rb"\s*<(!doctype html|html|head|meta|table|\?xml)", re.IGNORECASE)
# What a file begins with that is no table of ours, and what its owner can do.
FOREIGN: Final = {
    b"%PDF": "a PDF document",
    b"\x1f\x8b": "a gzip archive; unpack it first",
    b"7z\xbc\xaf": "a 7z archive; unpack it first",
    b"Rar!": "a RAR archive; unpack it first",
    b"BEGIN:VCARD": "a file of contacts; export them as CSV",
    b"\x89PNG": "a picture",
}
_JSON: Final = re.compile(rb"\{|\[\s*(?:[\[{\"]|\]\s*\Z)")
_MAIL: Final = re.compile(
    rb"(?:Received|Return-Path|Delivered-To|MIME-Version|Message-ID): ?\S|From: [^\n]*@", re.IGNORECASE
)
_WORKBOOKS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_NEXT: Final = "Save it as CSV UTF-8 or .xlsx, or give a frame."
Cells = list[str]


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table and how it was read.

    Attributes:
        frame: what stands below the heading, every cell as text or null, blank rows left out.
        rows: the number of each row in the file, the first being 1, as a spreadsheet counts.
        widths: how many cells each row had, where the file tells (text files).
        blank: how many rows below the heading were blank.
        above: how many rows stood above the heading.
        name: the file's name.
        encoding, separator: of a text file; None for workbooks and Parquet.
        merged: how many blank cells of a workbook took the value of the merged cell that they are part of.
        sheet: the sheet read. other_sheets: the others, a hidden one marked so.
    """

    frame: pl.DataFrame
    rows: tuple[int, ...]
    widths: tuple[int, ...] = ()
    blank: int = 0
    above: int = 0
    name: str = ""
    encoding: str | None = None
    separator: str | None = None
    merged: int = 0
    sheet: str | None = None
    other_sheets: tuple[str, ...] = ()


def open_table(path: str | Path, *, sheet: str | None = None, encoding: str | None = None) -> Table:
    """Return the table in the file at *path*.

    Args:
        path: the file; its content tells its kind.
        sheet: a workbook's sheet; by default the first visible one with a table in it.
        encoding: a text file's encoding; by default it is detected.

    Raises:
        ConfigurationError: the file cannot be read or holds no table; says what it is and what to do.
    """
    return read_content(*_content_of(path), sheet=sheet, encoding=encoding)


def open_tables(path: str | Path) -> tuple[Table, ...]:
    """Return the tables in the file at *path*: of a workbook every visible sheet with anything in it.

    ``other_sheets`` of each are those that were not read: the hidden ones with anything in them.

    Raises:
        ConfigurationError: as `open_table`.
    """
    return read_tables(*_content_of(path))


def _content_of(path: str | Path) -> tuple[str, bytes]:
    place = Path(path).expanduser()
    try:
        return place.name, place.read_bytes()
    except OSError as error:
        raise ConfigurationError(
            f"{place} cannot be read ({error.strerror}).", next_step="Check the path; a folder is no list."
        ) from error


def read_content(name: str, content: bytes, *, sheet: str | None = None, encoding: str | None = None) -> Table:
    """Return the table in *content*, a file called *name*; see `open_table`."""
    with _naming(name):
        head = content[:512]
        if not content.strip(b"\0\r\n\t \xef\xbb\xbf\xff\xfe"):
            raise ConfigurationError("the file is empty.")
        if head.startswith(b"PAR1"):
            return _read_parquet(name, content)
        if head.startswith(_WORKBOOKS):
            return _read_workbook(name, content, sheet)
        # UTF-16 sets a zero byte beside each of its first letters.
        bare = head.lstrip(b"\0\r\n\t \xef\xbb\xbf\xff\xfe").replace(b"\0", b"")
        foreign = next((what for mark, what in FOREIGN.items() if bare.startswith(mark)), None)
        if _JSON.match(bare):
            foreign = "JSON; give its rows as a list of mappings, or its entries as a list"
        elif _MAIL.match(bare):
            foreign = "a mail; give the addresses in it that are meant"
        elif foreign is None and _HTML.match(bare):
            foreign = (
                "a web page or XML under another ending, as some CRMs write; open it in Excel and save it as .xlsx"
            )
        if foreign is not None:
            raise ConfigurationError(f"the file is {foreign}.", next_step=_NEXT)
        if sheet is not None:
            raise ConfigurationError(f"sheet={sheet!r}: a text file has no sheets.", next_step="Leave sheet= out.")
        return _read_text(name, content, encoding)


def read_tables(name: str, content: bytes) -> tuple[Table, ...]:
    """Return the tables in *content*, a file called *name*; see `open_tables`."""
    if not content.startswith(_WORKBOOKS):
        return (read_content(name, content),)
    with _naming(name):
        sheets = _sheets(content)
        _chosen(sheets, None)  # says so if there is nothing to read
        filled = {
            each: loaded for each, loaded in sheets.items() if any(any(map(clean, r)) for r in _cells_of(loaded[0]))
        }
        hidden = tuple(f"{each} (hidden)" for each, (_, visible) in filled.items() if not visible)
        return tuple(
            replace(_as_shown(content, each, frame, name), sheet=each, other_sheets=hidden)
            for each, (frame, visible) in filled.items()
            if visible
        )


@contextmanager
def _naming(name: str) -> Iterator[None]:
    """Let what is raised within begin with the file's name and say what to do."""
    try:
        yield
    except ConfigurationError as error:
        if error.message.startswith(name):
            raise
        raise ConfigurationError(f"{name}: {error.message}", next_step=error.next_step or _NEXT) from error


def _read_parquet(name: str, content: bytes) -> Table:
    try:
        frame = pl.read_parquet(io.BytesIO(content))
    except pl.exceptions.PolarsError as error:
        raise ConfigurationError(f"the Parquet file is damaged ({error}).") from error
    return Table(frame=frame, rows=tuple(range(1, frame.height + 1)), name=name)


def _read_text(name: str, content: bytes, encoding: str | None) -> Table:
    text, name_of = decode(content, encoding)
    lines = _BREAK.split(text) if "\n" in text else text.split("\r")
    stated = _SEP_LINE.match(lines[0])
    separator = stated[1] if stated else _separator_of(lines)
    skipped = 1 if stated else 0
    records = _records(lines[skipped:], separator)
    if separator == "" or max(map(len, records), default=0) == 1:
        records = _unwrapped(records)
    return replace(_from_cells(records, name, first=1 + skipped), encoding=name_of, separator=separator)


def _unwrapped(records: list[Cells]) -> list[Cells]:
    """Return rows of which each stood in quotation marks as a whole, as an export saved twice has them."""
    inner = [row[0] if row else "" for row in records]
    separator = _separator_of(inner)
    return _records(inner, separator) if separator and sum(map(is_known, inner[0].split(separator))) > 1 else records


def _separator_of(lines: Sequence[str]) -> str:
    """Return the separator under which most headings are known, then most rows equally wide; empty: one column."""
    sample = [line for line in lines[: 2 * _LOOKED_AT] if line.strip()]
    if sample and is_known(sample[0]) and not any(sign in sample[0] for sign in (*SEPARATORS, '"')):
        # A title may be a word that heads a column, too: then the heading stands below it.
        below = max(SEPARATORS, key=lambda separator: _fit(sample[1:], separator)) if len(sample) > 1 else ""
        if below and (_fit(sample[1:_TITLES], below)[0] > 1 or _is_table(sample[1:], below)):
            return below
        return ""  # one column: what stands in its cells separates nothing
    return max((*SEPARATORS, ""), key=lambda separator: _fit(sample, separator)) if sample else ""


def _is_table(lines: Sequence[str], separator: str) -> bool:
    """Return whether rows all as wide stand below one with a known heading; "Name, Inc" has a blank, and is none."""
    first, *rows = _records(lines, separator)
    is_heading = len(first) > 1 and any(map(is_known, first)) and all(cell and not cell[0].isspace() for cell in first)
    return is_heading and bool(rows) and all(len(row) == len(first) for row in rows)


def _fit(lines: Sequence[str], separator: str) -> tuple[int, float, int]:
    rows = [row for row in _records(lines, separator) if any(cell.strip() for cell in row)]
    widths = Counter(len(row) for row in rows[-max(len(rows) // 2, 1) :])
    width, times = max(widths.items(), key=lambda item: (item[1], item[0]), default=(1, 0))
    headings = max((sum(map(is_known, row)) for row in rows[:_LOOKED_AT]), default=0)
    if separator in {"", ":"} or width == 1:
        # A colon stands in every address, a comma in many names: they need headings that speak for them.
        return headings, 0.5 if separator == "" else 0.0, 1
    return headings, times / max(sum(widths.values()), 1), width


def _records(lines: Sequence[str], separator: str) -> list[Cells]:
    """Return the cells of each record; a line that breaks the rules of quoting is taken as it stands."""
    records, at = [], 0
    while at < len(lines):
        cells, used = _record(lines, at, separator)
        records.append(cells)
        at += used
    return records


def _record(lines: Sequence[str], at: int, separator: str) -> tuple[Cells, int]:
    if '"' not in lines[at]:
        return (lines[at].split(separator) if separator else [lines[at]]), 1
    for used in range(1, min(_LONGEST_CELL, len(lines) - at) + 1):
        try:
            return _strict_cells("\n".join(lines[at : at + used]), separator), used
        except csv.Error as error:
            if "unexpected end" not in str(error):
                break
    cells = lines[at].split(separator) if separator else [lines[at]]
    return [_without_pair(cell.replace('\\"', '"')) for cell in cells], 1


def _strict_cells(record: str, separator: str) -> Cells:
    # A separator that no text has, where there is one column.
    reader = csv.reader(io.StringIO(record, newline=""), delimiter=separator or "\x1f", strict=True)
    rows = list(reader)
    if len(rows) > 1:
        raise csv.Error("two records")
    return rows[0] if rows else [""]


def _without_pair(cell: str) -> str:
    text = cell.strip()
    return text[1:-1].replace('""', '"') if len(text) > 1 and text[0] == text[-1] == '"' else cell


def _read_workbook(name: str, content: bytes, sheet: str | None) -> Table:
    sheets = _sheets(content)
    chosen = _chosen(sheets, sheet)
    table = _as_shown(content, chosen, sheets[chosen][0], name)
    others = tuple(each if sheets[each][1] else f"{each} (hidden)" for each in sheets if each != chosen)
    return replace(table, sheet=chosen, other_sheets=others)


def _as_shown(content: bytes, sheet: str, frame: pl.DataFrame, name: str) -> Table:
    """Return the table of a sheet as the workbook shows its cells."""
    cells, merged = marks_of(content, sheet).shown(_cells_of(frame))
    return replace(_from_cells(cells, name), merged=merged)


def _sheets(content: bytes) -> dict[str, tuple[pl.DataFrame, bool]]:
    """Return a workbook's sheets by name: the cells of each, and whether it can be seen."""
    import fastexcel

    try:
        book = fastexcel.read_excel(content)
        return {each: loaded for each in book.sheet_names if (loaded := _sheet(book, each)) is not None}
    except fastexcel.FastExcelError as error:
        secret = b"E\0n\0c\0r\0y\0p\0t\0e\0d" in content
        what = "locked with a password; save it without" if secret else "no workbook, or a damaged one"
        raise ConfigurationError(f"the file is {what}.", next_step=_NEXT) from error


def _sheet(book: Any, name: str) -> tuple[pl.DataFrame, bool] | None:
    """Return a sheet's cells and whether it can be seen; None for charts and macros."""
    import fastexcel

    try:
        # Without skip_rows the blank rows on top go missing, and every row number with them.
        sheet = book.load_sheet(name, header_row=None, dtypes="string", skip_rows=0)
    except fastexcel.FastExcelError:
        return None
    return sheet.to_polars(), sheet.visible == "visible"


def _cells_of(frame: pl.DataFrame) -> list[Cells]:
    return [["" if cell is None else str(cell) for cell in row] for row in frame.iter_rows()]


def _chosen(sheets: Mapping[str, tuple[pl.DataFrame, bool]], wanted: str | None) -> str:
    """Return the sheet to read: the one wanted, else the first visible with known headings, else with two rows."""
    if wanted is not None and wanted in sheets:
        return wanted
    names = ", ".join(sheets) or "none"
    if wanted is not None:
        raise ConfigurationError(f"sheet={wanted!r} is not in the workbook.", next_step=f"Its sheets: {names}.")
    filled = {
        name: [row for row in _cells_of(frame.head(10 * _LOOKED_AT)) if any(map(clean, row))]
        for name, (frame, visible) in sheets.items()
        if visible
    }
    full = {name: rows for name, rows in filled.items() if len(rows) > 1}
    known = [name for name, rows in full.items() if any(map(is_known, rows[_heading_at(rows)]))]
    if not full:
        raise ConfigurationError(
            "no visible sheet has a heading and rows.", next_step=f"Choose one of its sheets with sheet=: {names}."
        )
    return next(iter(known or full))


def _from_cells(cells: list[Cells], name: str, first: int = 1) -> Table:
    """Return the table in rows of cells: what stands above the heading and the blank rows are left out."""
    numbered = list(enumerate(cells, first))
    filled = [(number, row) for number, row in numbered if any(map(clean, row))]
    if not filled:
        raise ConfigurationError("the file has no row with anything in it.")
    at = _heading_at([row for _, row in filled[:_LOOKED_AT]])
    top, heading = filled[at]
    below = filled[at + 1 :]
    last = max((number for number, _ in below), default=top)
    frame = _framed(heading, [row for _, row in below])
    # Empty cells behind the last row are a blank row; a bare line end is how files end, and no row of anybody's.
    ends = [len(row) > 1 or (frame.width == 1 and row != [""]) for number, row in numbered if number > last]
    return Table(
        frame=frame,
        rows=tuple(number for number, _ in below),
        widths=tuple(_width(row) for _, row in below),
        blank=last - top - len(below) + sum(ends),
        above=at,
        name=name,
    )


def _width(row: Cells) -> int:
    return max((place for place, cell in enumerate(row, 1) if clean(cell)), default=0)


def _framed(heading: Cells, rows: list[Cells]) -> pl.DataFrame:
    """Return the frame; a column without a heading, or beyond the last heading, is called by its number."""
    width = max(_width(heading), max((_width(row) for row in rows), default=0))
    given = [clean(heading[place]) if place < len(heading) else "" for place in range(width)]
    names = _distinct([name or f"column {place}" for place, name in enumerate(given, 1)])
    data = [[row[place] or None if place < len(row) else None for row in rows] for place in range(width)]
    return pl.DataFrame(dict(zip(names, data, strict=True)), schema=dict.fromkeys(names, pl.String))


def _distinct(given: Sequence[str]) -> list[str]:
    """Return names of columns, a number behind the second of one name and further ones."""
    names: list[str] = []
    for base in given:
        copies = sum(re.fullmatch(rf"{re.escape(base)}(?: \(\d+\))?", name) is not None for name in names)
        names.append(f"{base} ({copies + 1})" if copies else base)
    return names


def _heading_at(rows: Sequence[Cells]) -> int:
    """Return which of the filled rows is the heading: the one with most known words, if those above are narrower."""
    known = [sum(map(is_known, row)) for row in rows[:_LOOKED_AT]]
    best = known.index(max(known))
    filled = [sum(map(bool, map(clean, row))) for row in rows[:_LOOKED_AT]]
    if known[best] == filled[best] == 1 and known[best + 1 : best + 2] == [1] and filled[best + 1] > 1:
        best += 1  # the first was a title
    if known[best] > 1 or (known[best] == 1 and all(above < filled[best] for above in filled[:best])):
        return best
    if known[best] and max(filled) == 1 and best < 5:
        return best
    usual = max(filled[-max(len(filled) // 2, 1) :])
    return next((place for place, width in enumerate(filled) if 2 * width > usual), 0)


def as_table(given: Any) -> Table:
    """Return a frame of any kind, or mappings, as a table; its rows are counted from 1.

    Raises:
        ConfigurationError: it is neither.
    """
    frame = given.collect() if isinstance(given, pl.LazyFrame) else given
    if isinstance(frame, Mapping) and any(isinstance(values, list | tuple) for values in frame.values()):
        frame = pl.DataFrame(frame, strict=False)
    if hasattr(frame, "to_dict") and not isinstance(frame, pl.DataFrame):
        frame = _from_columns(_with_index(frame).to_dict("list"))
    elif not isinstance(frame, pl.DataFrame):
        frame = _from_rows(frame)
    return Table(frame=frame, rows=tuple(range(1, frame.height + 1)))


def _with_index(frame: Any) -> Any:
    """Return a frame of pandas with the columns that it has made its index; an index without a name only counts.

    Its columns have names of their own: of two that share one it would give the last alone.
    """
    named = any(name is not None for name in getattr(getattr(frame, "index", None), "names", ()))
    whole = frame.reset_index() if named else frame
    names = [str(name) for name in getattr(whole, "columns", ())]
    return whole if len({*names}) == len(names) else whole.set_axis(_distinct(names), axis=1)


def _from_columns(columns: Mapping[Any, list[Any]]) -> pl.DataFrame:
    texts = {str(name): [said(value) for value in values] for name, values in columns.items()}
    return pl.DataFrame(texts, schema=dict.fromkeys(texts, pl.String))


def _from_rows(given: Any) -> pl.DataFrame:
    rows = [given] if isinstance(given, Mapping) else list(given) if isinstance(given, Iterable) else [given]
    strange = next((type(row) for row in rows if not isinstance(row, Mapping)), None)
    if strange is not None:
        raise ConfigurationError(
            f"cannot read a table from a {type(given).__name__} of {strange.__name__}.",
            next_step="Pass a frame, mappings, or the path of a CSV, Parquet or Excel file.",
        )
    names = list(dict.fromkeys(name for row in rows for name in row))
    return _from_columns({name: [row.get(name) for row in rows] for name in names})
