"""Rows right below a heading that say how to fill its columns: units, needs, examples, numbers, another heading."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

import polars as pl

from openprospect_nb.files.cells import said
from openprospect_nb.files.headings import is_known, names_the_same, plain
from openprospect_nb.files.words import NO, WORDS, YES

__all__ = ["guides_in"]

_MOST: Final = 3  # a heading in another language, what is required, an example
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
_UNITS: Final = frozenset(WORDS["unit"])
_NEEDS: Final = _UNITS | frozenset(WORDS["need"])
_ANSWERS: Final = YES | NO
_WORDS: Final = re.compile(r"[^\W\d_]+|[€$£¥%²]")


def guides_in(frame: pl.DataFrame, names: str | None) -> int:
    """Return how many of the first rows say how to fill the columns, instead of naming companies.

    *names* is the column of the companies' names, if there is one.
    """
    at = None if names is None else frame.columns.index(names)
    rows = frame.head(_MOST).iter_rows()
    return next(
        (place for place, row in enumerate(rows) if not _guides(frame.columns, row, at)), min(_MOST, frame.height)
    )


def _guides(headings: Sequence[str], cells: Sequence[Any], at: int | None) -> bool:
    told = [said(cell) for cell in cells]
    filled = [text for text in told if text]
    name = None if at is None else told[at]
    return bool(filled) and (
        _tells_units(filled, is_named=name is not None)
        or (name is not None and bool(_SHORT.match(name) or _SAMPLE.search(name)))
        or _are_counted(filled)
        or (len(filled) > 1 and all(_are_in(text, _NEEDS) for text in filled))
        or (len(filled) > 2 and all(_are_in(text, _ANSWERS) for text in filled))
        or (name is not None and _is_second_heading(headings, told, name))
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


def _is_second_heading(headings: Sequence[str], told: Sequence[str | None], name: str) -> bool:
    """Return whether each cell names what its own heading names; of fields of companies two are enough."""
    pairs = [(heading, text) for heading, text in zip(headings, told, strict=True) if text]
    same = [names_the_same(heading, text) for heading, text in pairs]
    is_name = any(hit and text is name for hit, (_, text) in zip(same, pairs, strict=True))
    others = (hit or _share_a_word(*pair) for hit, pair in zip(same, pairs, strict=True))
    return is_name and len(pairs) > 1 and (sum(same) > 1 or all(others))


def _share_a_word(heading: str, text: str) -> bool:
    return bool({plain(word) for word in _WORDS.findall(heading)} & {plain(word) for word in _WORDS.findall(text)})


def _are_in(text: str, words: frozenset[str]) -> bool:
    found = _WORDS.findall(text.casefold())
    return bool(found) and set(found) <= words
