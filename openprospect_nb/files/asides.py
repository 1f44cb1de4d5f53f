"""Rows of a table that are none of its companies.

Blank ones, sums and footers, headings that come again, rows below the heading that say how to fill the table, lines of
words, and further tables below it.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import polars as pl

from openprospect_nb.countries import country_code
from openprospect_nb.files.cells import said
from openprospect_nb.files.headings import any_of, field_of, is_known, names_the_same, plain
from openprospect_nb.files.tables import Table
from openprospect_nb.files.words import NO, WORDS, YES, words_of
from openprospect_nb.names.legal_forms import parted

BLANK: Final = "is blank"
TOTAL: Final = "is a total or footer, no company"
OTHER: Final = "is of another table"
HEADING: Final = "repeats the heading"
UNITS: Final = "tells what its columns are to hold"
LINE: Final = "is a line of words, no company"
ON_ITS_SIDE: Final = "company_name: is a heading, the table stands on its side; turn it, so that each company has a row"
_GROUP: Final = "company_name: is a country alone; put it into a column country of the rows below it"
_TOTALS: Final = frozenset(map(plain, WORDS["total"]))
_OF_TOTAL: Final = re.compile(any_of(WORDS["of_total"]))
_SUM_ALONE: Final = frozenset(map(plain, WORDS["sum_alone"]))
_OF_WHICH: Final = tuple(WORDS["of_which"])
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
    r"\s*(?:of|von|de|di|sur|van|z|ze|av|af|из|/)\s*\d+$"
    r"|^(?:[^\W\d_]+ )?\d+ ?(?:to|bis|à|a|do|t/m|-|–) ?\d+ (?:of|von|de|di|sur|van|z|ze|av|af|из|/)"
    r" \d+(?: [^\W\d_]+)?$",
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
_MOST_CLOSING: Final = 12  # more rows that have no town or site are companies
_MOST_GUIDES: Final = 3  # a heading in another language, what is required, an example
# A row below the heading that shows how to fill the table.
_EXAMPLE: Final = re.compile(
    r"^(?:z\. ?b\.|zb|e\. ?g\.|p\. ?ex\.|p\. ?ej\.|bijv\.|np\.|např\."
    r"|(?:bsp|beispiel|example|exemple|ejemplo|esempio)\.?:)\s*\S",
    re.IGNORECASE,
)
# The same where nothing but the name says it: as no company writes its name.
_SHORT: Final = re.compile(
    r"^(?:z\. ?[Bb]|e\. ?g|p\. ?ex|p\. ?ej|p\. ?es|bijv|bv|np|např|napr|t\. ?ex|f\. ?eks|esim|pl|ex|es|ej|örn|напр)"
    r"\.[:,]?\s*\S"
)
_SAMPLES: Final = "|".join(map(re.escape, WORDS["sample"]))
_SAMPLE: Final = re.compile(
    rf"^(?:{_SAMPLES})\.?\s*[:：]\s*\S|^[(\[（](?:{_SAMPLES})[)\]）]|[(\[（](?:{_SAMPLES})[)\]）]$", re.IGNORECASE
)
_NEEDS: Final = _UNITS | frozenset(WORDS["need"])
_ANSWERS: Final = YES | NO
_WORDS: Final = re.compile(r"[^\W\d_]+|[€$£¥%²]")
_LABEL: Final = re.compile(r"^[^:：]{2,60}(?::(?=\s|$)|：)")
_REACH: Final = re.compile(r"\S+@\S+\.\w+|(?:https?://|www\.)\S+", re.IGNORECASE)
_MONTHS: Final = "|".join(
    sorted({month for months in words_of("months.toml").values() for month in months if len(month) > 2}, key=len)[::-1]
)
# Of a list, not of what a company is named after: "Forum 8. Mai 1945".
_YEAR: Final = r"20\d\d"
_DATE: Final = re.compile(
    rf"\b\d{{1,2}}[./-] ?\d{{1,2}}[./-] ?{_YEAR}\b|\b{_YEAR}[./-]\d{{1,2}}[./-]\d{{1,2}}\b|{_YEAR} ?[年년]"
    rf"|\b(?:{_MONTHS})\b\.?,?(?: \d{{1,2}}(?:st|nd|rd|th)?,?)?(?: de| of)? {_YEAR}\b",
    re.IGNORECASE,
)
_PARTS: Final = re.compile(r"[(),;]")
_RANGE: Final = re.compile(r"([^\W\d_])(?:\s?[-–]\s?([^\W\d_]))?")


def texts_in(cells: Iterable[Any]) -> list[str]:
    """Return what those of the cells say that say anything."""
    return [text for cell in cells if (text := said(cell))]


def asides_of(
    source: Table,
    names: str | None,
    others: Mapping[int, int],
    sums: Mapping[int, bool],
    texts: Sequence[Sequence[str]],
) -> list[str]:
    """Return of each row why it is none of the companies, empty where it can be one.

    *names* is the column of the companies' names, if there is one; *others* is what `other_tables` returns, *sums*
    what `sums_in` does, *texts* what `texts_in` does of each row.
    """
    frame = source.frame
    filled = [_as_line(row) for row in texts]
    # Behind the last row of several cells a report's footer can begin.
    last = max((place for place, row in enumerate(filled) if len(row) > 1), default=len(filled))
    end = min(_footer_of(source, last), _closing_of(frame))
    headings = tuple(plain(name) for name in frame.columns)
    at = None if names is None else frame.columns.index(names)
    guides = _guides_in(frame, at)
    lone, after = lone_in(filled), [*filled[1:], []]
    return [
        _passed(filled[place], place, last)
        or (TOTAL if place >= end or sums.get(place) else "")
        or (OTHER if place in others else "")
        or (HEADING if at is not None and said(cells[at]) and _repeats(headings, cells) else "")
        or (UNITS if place < guides else "")
        or (LINE if place in lone and _is_line(filled[place][0], after[place]) else "")
        for place, cells in enumerate(frame.iter_rows())
    ]


def other_tables(source: Table, texts: Sequence[Sequence[str]]) -> dict[int, int]:
    """Return the places of rows of further tables below the first, each with the place of its table's heading.

    A further table begins below a blank row with a row of two or more headings. It ends with the rows, or where the
    first table's heading comes again. *texts* is what `texts_in` returns of each row.
    """
    headings = tuple(plain(name) for name in source.frame.columns)
    others: dict[int, int] = {}
    first, was_blank = None, False
    for place, (cells, filled) in enumerate(zip(source.frame.iter_rows(), texts, strict=True)):
        was_blank = was_blank or (place > 0 and source.rows[place] > source.rows[place - 1] + 1)
        if filled and _repeats(headings, cells):
            first = None
        elif was_blank and len(filled) > 1 and all(map(_is_heading, filled)):
            first = place
        if first is not None:
            others[place] = first
        was_blank = not filled
    return others


def sums_in(frame: pl.DataFrame, names: str | None) -> dict[int, bool]:
    """Return the places of rows that have figures alone beside the name, where most have words or an id.

    With each stands whether it sums up: by all its words, or by one of them and a figure where words stand, or because
    a figure is the sum of those above. Else it may, and is named; a legal form proves a company. *names* is the column
    of the companies' names, if there is one.
    """
    at = None if names is None else frame.columns.index(names)
    rows = [[said(cell) for cell in cells] for cells in frame.iter_rows()] if at is not None else []
    figures = [[cell for place, cell in enumerate(row) if cell and place != at] for row in rows]
    # Only records have an id, whatever figures it is of.
    ids = [place for place, column in enumerate(frame.columns) if field_of(column) == "external_id"]
    worded = [
        not all(map(_is_number, cells)) or any(row[place] for place in ids)
        for cells, row in zip(figures, rows, strict=True)
    ]
    bare = [place for place, cells in enumerate(figures) if cells and not worded[place]]
    last = max(itertools.compress(range(len(rows)), worded), default=len(rows) - 2)
    below, has_words = sum(place > last for place in bare), any(worded)
    if at is None or (has_words and sum(worded) < len(bare)):
        return {}
    known = itertools.chain(frame.columns, *itertools.compress(rows, worded))
    own = frozenset(plain(text) for text in known if text)
    found: dict[int, bool] = {}
    for place in bare if has_words else bare[-1:]:
        name, is_last = rows[place][at] or "", place > last and below <= _MOST_CLOSING
        is_sum = has_words and _sums_in_words(name, own, is_last=is_last)
        if name and not parted(name)[1] and (is_sum or is_last):
            found[place] = is_sum or _is_of_others(rows, place, at, worded)
    # Where no row has words, that the last has none says nothing.
    return found if has_words else {place: True for place, sums in found.items() if sums and _has_sum(rows[place][at])}


def _sums_in_words(name: str, own: frozenset[str], *, is_last: bool) -> bool:
    """Return whether a name beside figures alone is words of sums, and of what the table tells of: "Summe DE"."""
    raw = [word for word in re.split(r"[\s:=/()]+", name) if plain(word) and word not in _MARKS]
    words = list(map(plain, raw))
    if not words:
        return name[:1] in _MARKS
    summing = [word in _TOTALS or (is_last and _OF_TOTAL.search(word) is not None) for word in words]
    if words[0] in _SUM_ALONE or (is_last and name.casefold().startswith(_OF_WHICH)):
        return True
    known = _TOTALS | _COUNTED | _BETWEEN | _UNITS | _OTHER_HEADINGS | own
    rest = [text for text, word, sums in zip(raw, words, summing, strict=True) if not sums and word not in known]
    is_place = country_code(" ".join(rest)) is not None or plain(" ".join(rest)) in own
    counts = is_last and not {*words}.isdisjoint(_COUNTED)
    return (any(summing) or name[:1] in _MARKS or counts) and (not rest or is_place)


def _has_sum(name: str | None) -> bool:
    """Return whether a word of a name is one of sums."""
    words = map(plain, (name or "").split())
    return any(word in _TOTALS or _OF_TOTAL.search(word) for word in words)


def _is_of_others(rows: Sequence[Sequence[str | None]], place: int, at: int, worded: Sequence[bool]) -> bool:
    """Return whether figures show that a last row is no company's: a date or, in words of sums, a count for a town."""
    sums = _has_sum(rows[place][at])
    for column, cell in enumerate(rows[place]):
        above = [text for row in itertools.compress(rows, worded) if (text := row[column])]
        is_odd = cell and column != at and bool(above) and not any(map(_is_number, above))
        if is_odd and cell and (sums or _DATE.search(cell)):
            return True
    return _adds_up(rows, place, at)


def _adds_up(rows: Sequence[Sequence[str | None]], place: int, at: int) -> bool:
    """Return whether a figure of a row is the sum of three or more above it."""
    for column, cell in enumerate(rows[place]):
        above = [_number(row[column]) for row in rows[:place]]
        figures = [figure for figure in above if figure is not None]
        if column != at and len(figures) > 2 and cell and _number(cell) == math.fsum(figures) != 0:
            return True
    return False


def _number(text: str | None) -> float | None:
    """Return a plain number, None where a cell is another text."""
    try:
        return float(text) if text else None
    except ValueError:
        return None


def _is_number(text: str) -> bool:
    """Return whether a cell is a figure, a date, or one with its unit."""
    words = _WORDS.findall(_DATE.sub(" ", text).casefold())
    return text[0] not in "+@" and all(word in _UNITS or word in _COUNTED for word in words)


def misplaced(frame: pl.DataFrame, names: str | None) -> list[str]:
    """Return of each row why its place in the table makes it no company, empty where it can be one.

    *names* is the column of the companies' names, if there is one.
    """
    if names is None:
        return [""] * frame.height
    # The headings stand below each other, and above the columns stand companies.
    cells, others = texts_in(frame[names]), [name for name in frame.columns if name != names]
    if others and not any(map(_is_heading, others)) and 2 * sum(map(_is_heading, cells)) > len(cells):
        return [ON_ITS_SIDE] * frame.height
    return [_GROUP if frame.width > 1 and _is_group(cells) else "" for cells in frame.iter_rows()]


def _is_group(cells: Sequence[Any]) -> bool:
    """Return whether a row is a country alone, the title of those below it."""
    filled = texts_in(cells)
    return len(filled) == 1 and len(filled[0]) > 3 and country_code(filled[0]) is not None


def _as_line(filled: Sequence[str]) -> Sequence[str]:
    """Return what a row's cells say; a line that signs the list is one, whatever cut it."""
    line = ", ".join(filled)
    return [line] if len(filled) > 1 and filled[0].casefold().startswith(_FOOTERS) and _SIGNED.match(line) else filled


def _is_heading(cell: str) -> bool:
    return is_known(cell) or plain(cell) in _OTHER_HEADINGS


def _footer_of(source: Table, last: int) -> int:
    """Return from which row on a report signs off: lines of one cell after a blank row, one of them in known words."""
    lines = [next((text for cell in row if (text := said(cell))), "") for row in source.frame.iter_rows()]
    signed = any(line.casefold().startswith(_FOOTERS) for line in lines[last + 1 :])
    gaps = [at for at in range(last + 1, len(lines)) if source.rows[at] > source.rows[at - 1] + 1]
    return gaps[0] if signed and gaps else len(lines)


def _closing_of(frame: pl.DataFrame) -> int:
    """Return from which row on nothing but lines that sum up or sign the list, beside figures, and blanks follow."""
    headings = frozenset(plain(name) for name in frame.columns)
    first = frame.height
    for place in range(frame.height - 1, 0, -1):
        filled = texts_in(frame.row(place))
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
    own = _TOTALS | _COUNTED | _BETWEEN | _UNITS | _OTHER_HEADINGS | headings
    return bool(words) and words[0] in _TOTALS | _BETWEEN and bool({*words} & (_TOTALS | _COUNTED)) and {*words} <= own


def _passed(filled: Sequence[str], place: int, last: int) -> str:
    """Return why a row is passed over: it says nothing, sums up, or stands below the list; empty if it does not."""
    if not filled:
        return BLANK
    first, *rest = filled
    if _PAGE.match(" ".join(filled)) or (place > last and not rest and plain(first) in _ENDS):
        return TOTAL
    if is_sum(filled) or (not rest and place >= last and _sums_up(first)):
        return TOTAL
    if place > last and not rest and (first.casefold().startswith(_FOOTERS) or _sums_up(first.split(":")[0])):
        return TOTAL
    return ""


def is_sum(texts: Sequence[str]) -> bool:
    """Return whether a row, by what its cells say, is a word of sums beside figures alone, wherever it stands."""
    return len(texts) > 1 and _sums_up(texts[0]) and all(map(_is_figure, texts[1:]))


def _repeats(headings: Sequence[str], cells: Sequence[Any]) -> bool:
    """Return whether a row is the heading once more, as in files that were put one behind the other."""
    texts = map(said, cells)
    return all(text is None or plain(text) == heading for heading, text in zip(headings, texts, strict=True))


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


def _guides_in(frame: pl.DataFrame, at: int | None) -> int:
    """Return how many of the first rows say how to fill the columns; *at* is the place of the companies' names."""
    rows = enumerate(frame.head(_MOST_GUIDES).iter_rows())
    return next((place for place, row in rows if not _guides(frame.columns, row, at)), min(_MOST_GUIDES, frame.height))


def _guides(headings: Sequence[str], cells: Sequence[Any], at: int | None) -> bool:
    texts = [said(cell) for cell in cells]
    filled = [text for text in texts if text]
    name = None if at is None else texts[at]
    return bool(filled) and (
        _tells_units(filled, is_named=name is not None)
        or (name is not None and bool(_SHORT.match(name) or _SAMPLE.search(name)))
        or _are_counted(filled)
        or (len(filled) > 1 and all(_are_in(text, _NEEDS) for text in filled))
        or (len(filled) > 2 and all(_are_in(text, _ANSWERS) for text in filled))
        or (name is not None and _is_second_heading(headings, texts, name))
    )


def _tells_units(filled: Sequence[str], *, is_named: bool) -> bool:
    """Return whether a row says what its columns are to hold: units, examples, their letters, or words in brackets."""
    if all(text[0] + text[-1] in {"[]", "()"} for text in filled):
        return len(filled) > is_named or _are_in(filled[0], _UNITS)
    texts = [text for text in filled if any(map(str.isalpha, text)) and not text[0].isdigit()]
    if texts and all(map(_EXAMPLE.match, texts)):
        return True
    units = [_are_in(text, _UNITS) for text in filled]
    # A company may be called "Unit": alone it is one.
    needed = 2 if is_named and all(units) else 1
    return sum(units) >= needed and all(unit or is_known(text) for unit, text in zip(units, filled, strict=True))


def _are_counted(filled: Sequence[str]) -> bool:
    """Return whether cells count their columns: a, b, c; 1, 2; Column A, Column B."""
    common = filled[0][:-1]
    counts = [text.removeprefix(common).casefold() for text in filled]
    figures = [str(count) for count in range(1, len(filled) + 1)]
    letters = list("abcdefghijklmnopqrstuvwxyz"[: len(filled)])
    return len(filled) > 1 and (counts == figures or (counts == letters and (len(filled) > 2 or len(common) > 1)))


def _is_second_heading(headings: Sequence[str], texts: Sequence[str | None], name: str) -> bool:
    """Return whether each cell names what its own heading names; of fields of companies two are enough."""
    pairs = [(heading, text) for heading, text in zip(headings, texts, strict=True) if text]
    same = [(heading, text) for heading, text in pairs if names_the_same(heading, text)]
    words = [[set(map(plain, _WORDS.findall(text))) for text in pair] for pair in pairs if pair not in same]
    is_name = any(text is name for _, text in same)
    return is_name and len(pairs) > 1 and (len(same) > 1 or all(heading & text for heading, text in words))


def _are_in(text: str, words: frozenset[str]) -> bool:
    own = set(_WORDS.findall(text.casefold()))
    return bool(own) and own <= words


def lone_in(rows: Sequence[Sequence[str]]) -> frozenset[int]:
    """Return the places of rows of one cell, where at least two in three of the filled rows have more; else none.

    *rows* are what the cells of each row say, those left out that say nothing.
    """
    lone = frozenset(place for place, filled in enumerate(rows) if len(filled) == 1)
    wide = sum(len(filled) > 1 for filled in rows)
    return lone if 2 * len(lone) <= wide else frozenset()


def _is_line(text: str, after: Sequence[str]) -> bool:
    """Return whether the one cell of a row is a line of words and no name.

    It is one with a label ("Created by: …"), or with an address or date beside words; where it holds a legal form, with
    two of these. So is the letter above the companies that begin with it; *after* is what the next row says.
    """
    words = _REACH.sub(" ", text)
    bare = _DATE.sub(" ", words)
    has_words = any(map(str.isalpha, bare))
    signs = [bool(_LABEL.match(text)), has_words and bool(_REACH.search(text)), has_words and bool(_DATE.search(text))]
    has_form = any(parted(part)[1] for part in (words, *_PARTS.split(bare)))
    letters = _RANGE.fullmatch(text) if len(after) > 1 else None
    is_above = letters and plain(letters[1]) <= plain(after[0])[:1] <= plain(letters[2] or letters[1])
    return sum(signs) > has_form or bool(is_above)
