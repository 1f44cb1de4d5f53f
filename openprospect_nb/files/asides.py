"""Rows of a table that are none of its companies: blank ones, sums, footers, headings, and tables below it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import polars as pl

from openprospect_nb.countries import country_code
from openprospect_nb.files.cells import said
from openprospect_nb.files.first_rows import guides_in
from openprospect_nb.files.headings import is_known, plain
from openprospect_nb.files.lone_rows import is_line, lone_in
from openprospect_nb.files.tables import Table
from openprospect_nb.files.words import WORDS
from openprospect_nb.names.legal_forms import parted

__all__ = [
    "BLANK", "HEADING", "LINE", "ON_ITS_SIDE", "OTHER", "TOTAL", "UNITS",
    "asides_of", "misplaced", "other_tables", "told_in",
]  # fmt: skip

BLANK: Final = "is blank"
TOTAL: Final = "is a total or footer, no company"
OTHER: Final = "is of another table"
HEADING: Final = "repeats the heading"
UNITS: Final = "tells what its columns are to hold"
LINE: Final = "is a line of words, no company"
ON_ITS_SIDE: Final = "company_name: is a heading, the table stands on its side; turn it, so that each company has a row"
_GROUP: Final = "company_name: is a country alone; put it into a column country of the rows below it"
_TOTALS: Final = frozenset(map(plain, WORDS["total"]))
_MARKS: Final = frozenset("ΣØ∑⌀")
_COUNTED: Final = frozenset(map(plain, WORDS["counted"]))
_ENDS_IN_COUNT: Final = re.compile(r"[:=]?\s*\d[\d.,' ]*$")
# What a pivot table calls its sums.
_PIVOT: Final = re.compile(
    r"^(?:sum|summe|somme|suma|somma|soma|anzahl|count|nombre|average|mittelwert|moyenne|promedio|media|max|min)"
    r" (?:of|von|de|di|da|van|av|af) \S",
    re.IGNORECASE,
)
_COUNT: Final = re.compile(
    r"^\d[\d.,' ]*\s([^\W\d_]+)(?: (?:found|gefunden|selected|affected|returned|fetched|in set|total|insgesamt))?\.?$"
)
# Databases set their count in brackets or dashes: "(2 rows affected)".
_AROUND_COUNT: Final = "()[]-–—=*# "
# A page of how many, in one cell or in three.
_PAGE: Final = re.compile(
    r"^(?:page|seite|pagina|página|strona|strana|side|sida|sivu|oldal|страница|str\.|p\.)\s*\d+"
    r"\s*(?:of|von|de|di|sur|van|z|ze|av|af|из|/)\s*\d+$",
    re.IGNORECASE,
)
_ENDS: Final = frozenset(map(plain, WORDS["end"]))
# What reports write under their last row.
_FOOTERS: Final = tuple(WORDS["footer"])
# Of these many companies are called something: they sign a list only as a sentence that is dated or told by a colon.
_DATED: Final = re.compile(r"[:\d©]|\b(?:by|on|am|von|par|le)\b", re.IGNORECASE)
# A separator in it cuts the line into cells: "… salesforce.com, inc. All rights reserved."
_SIGNED: Final = re.compile(
    r"(?:copyright|confidential(?: information)?)\b.*(?:\(c\)|©|\d{4}|do not distribute)|(?:\(c\)|©) ?\d", re.IGNORECASE
)
_BETWEEN: Final = frozenset(WORDS["between"])
_UNITS: Final = frozenset(WORDS["unit"])
# Headings of tables of other things.
_OTHER_HEADINGS: Final = frozenset(map(plain, WORDS["other_heading"]))


def told_in(frame: pl.DataFrame) -> list[list[str]]:
    """Return of each row what its cells say, those left out that say nothing."""
    return [_texts(cells) for cells in frame.iter_rows()]


def asides_of(source: Table, names: str | None, others: Mapping[int, int], texts: Sequence[Sequence[str]]) -> list[str]:
    """Return of each row why it is none of the companies, empty where it can be one.

    *names* is the column of the companies' names, if there is one; *others* is what `other_tables` returns, *texts*
    what `told_in` does.
    """
    frame = source.frame
    told = [_as_line(filled) for filled in texts]
    last = _last_of_list(told)
    end = min(_footer_of(source, last), _closing_of(frame))
    headings = tuple(plain(name) for name in frame.columns)
    at = None if names is None else frame.columns.index(names)
    guides = guides_in(frame, names)
    lone, after = lone_in(told), [*told[1:], []]
    return [
        _passed(told[place], place, last)
        or (TOTAL if place >= end else "")
        or (OTHER if place in others else "")
        or (HEADING if at is not None and said(cells[at]) and _repeats(headings, cells) else "")
        or (UNITS if place < guides else "")
        or (LINE if place in lone and is_line(told[place][0], after[place]) else "")
        for place, cells in enumerate(frame.iter_rows())
    ]


def other_tables(source: Table, texts: Sequence[Sequence[str]]) -> dict[int, int]:
    """Return the places of rows of further tables below the first, each with the place of its table's heading.

    A further table begins below a blank row with a row of two or more headings. It ends with the rows, or where the
    first table's heading comes again. *texts* is what `told_in` returns.
    """
    headings = tuple(plain(name) for name in source.frame.columns)
    found: dict[int, int] = {}
    first, was_blank = None, False
    for place, (cells, filled) in enumerate(zip(source.frame.iter_rows(), texts, strict=True)):
        was_blank = was_blank or (place > 0 and source.rows[place] > source.rows[place - 1] + 1)
        if filled and _repeats(headings, cells):
            first = None
        elif was_blank and len(filled) > 1 and all(map(_is_heading, filled)):
            first = place
        if first is not None:
            found[place] = first
        was_blank = not filled
    return found


def misplaced(frame: pl.DataFrame, names: str | None) -> list[str]:
    """Return of each row why its place in the table makes it no company, empty where it can be one.

    *names* is the column of the companies' names, if there is one.
    """
    if names is None:
        return [""] * frame.height
    if _is_on_its_side(frame, names):
        return [ON_ITS_SIDE] * frame.height
    return [_GROUP if frame.width > 1 and _is_group(cells) else "" for cells in frame.iter_rows()]


def _is_on_its_side(frame: pl.DataFrame, names: str) -> bool:
    """Return whether the headings stand below each other in the column *names*, a company a column."""
    told = _texts(frame[names])
    others = [name for name in frame.columns if name != names]
    return bool(others) and not any(map(_is_heading, others)) and 2 * sum(map(_is_heading, told)) > len(told)


def _is_group(cells: Sequence[Any]) -> bool:
    """Return whether a row is a country alone, the title of those below it."""
    filled = _texts(cells)
    return len(filled) == 1 and len(filled[0]) > 3 and country_code(filled[0]) is not None


def _texts(cells: Iterable[Any]) -> list[str]:
    """Return what those of the cells say that say anything."""
    return [text for cell in cells if (text := said(cell))]


def _as_line(filled: Sequence[str]) -> Sequence[str]:
    """Return what a row's cells say; a line that signs the list is one, whatever cut it."""
    line = ", ".join(filled)
    return [line] if len(filled) > 1 and filled[0].casefold().startswith(_FOOTERS) and _SIGNED.match(line) else filled


def _is_heading(cell: str) -> bool:
    return is_known(cell) or plain(cell) in _OTHER_HEADINGS


def _last_of_list(told: Sequence[Sequence[str]]) -> int:
    """Return after which row nothing but one cell a row is filled: where a report's footer can begin."""
    widths = [len(filled) for filled in told]
    return max((place for place, width in enumerate(widths) if width > 1), default=len(widths))


def _footer_of(source: Table, last: int) -> int:
    """Return from which row on a report signs off: lines of one cell after a blank row, one of them in known words.

    *last* is what `_last_of_list` returns of its rows.
    """
    lines = [next((text for cell in row if (text := said(cell))), "") for row in source.frame.iter_rows()]
    signed = any(line.casefold().startswith(_FOOTERS) for line in lines[last + 1 :])
    gaps = [at for at in range(last + 1, len(lines)) if source.rows[at] > source.rows[at - 1] + 1]
    return gaps[0] if signed and gaps else len(lines)


def _closing_of(frame: pl.DataFrame) -> int:
    """Return from which row on nothing but lines that sum up or sign the list, beside figures, and blanks follow."""
    headings = frozenset(plain(name) for name in frame.columns)
    first = frame.height
    for place in range(frame.height - 1, 0, -1):
        filled = _texts(frame.row(place))
        if filled and not _closes(filled, headings):
            break
        first = place if filled else first
    return first


def _closes(filled: Sequence[str], headings: frozenset[str]) -> bool:
    """Return whether a row beside figures alone sums up in words of the table, or signs it: "Summe Umsatz ... 12"."""
    first, *rest = filled
    if not rest or not all(map(_is_figure, rest)):
        return False
    if first.casefold().startswith(_FOOTERS):
        return bool(_DATED.search(first)) and not parted(first)[1]
    words = [plain(word) for word in first.split() if plain(word)]
    told = _TOTALS | _COUNTED | _BETWEEN | _UNITS | _OTHER_HEADINGS | headings
    return bool(words) and words[0] in _TOTALS | _BETWEEN and bool({*words} & (_TOTALS | _COUNTED)) and {*words} <= told


def _passed(filled: Sequence[str], place: int, last: int) -> str:
    """Return why a row is passed over: it says nothing, sums up, or stands below the list; empty if it does not."""
    if not filled:
        return BLANK
    first, *rest = filled
    if _PAGE.match(" ".join(filled)) or (place > last and not rest and plain(first) in _ENDS):
        return TOTAL
    if _sums_up(first) and all(_is_figure(value) for value in rest) and (rest or place >= last):
        return TOTAL
    if place > last and not rest and (first.casefold().startswith(_FOOTERS) or _sums_up(first.split(":")[0])):
        return TOTAL
    return ""


def _repeats(headings: Sequence[str], cells: Sequence[Any]) -> bool:
    """Return whether a row is the heading once more, as in files that were put one behind the other."""
    told = ((heading, said(cell)) for heading, cell in zip(headings, cells, strict=True))
    return all(text is None or plain(text) == heading for heading, text in told)


def _sums_up(first: str) -> bool:
    count = _COUNT.match(first.strip(_AROUND_COUNT))
    if first.rstrip(": ") in _MARKS or (count and plain(count[1]) in _COUNTED) or _PIVOT.match(first):
        return True
    if _ENDS_IN_COUNT.search(first):
        words = [plain(word) for word in _ENDS_IN_COUNT.sub("", first).split()]
        return bool({*words} & _TOTALS) and {*words} <= _TOTALS | _COUNTED
    word = plain(first.split("(", maxsplit=1)[0])
    return "".join(sign for sign in word if not sign.isdigit()) in _TOTALS


def _is_figure(value: str) -> bool:
    """Return whether *value* is a number, a sum of money, or a count such as ``3 records``."""
    return not any(sign.isalpha() for sign in value) or value[0].isdigit() or value.startswith(("EUR", "USD", "€", "$"))
