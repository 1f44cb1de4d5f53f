"""Rows of one cell in a table whose other rows have more: titles, remarks, and companies known by name alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from openprospect_nb.files.headings import plain
from openprospect_nb.files.words import words_of
from openprospect_nb.names.legal_forms import parted

__all__ = ["is_line", "lone_in"]

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


def lone_in(rows: Sequence[Sequence[str]]) -> frozenset[int]:
    """Return the places of rows of one cell, where at least two in three of the filled rows have more; else none.

    *rows* are what the cells of each row say, those left out that say nothing.
    """
    lone = frozenset(place for place, filled in enumerate(rows) if len(filled) == 1)
    wide = sum(len(filled) > 1 for filled in rows)
    return lone if 2 * len(lone) <= wide else frozenset()


def is_line(text: str, after: Sequence[str]) -> bool:
    """Return whether the one cell of a row is a line of words and no name.

    It is one with a label ("Created by: …"), or with an address or date beside words; where it holds a legal form, with
    two of these. So is the letter above the companies that begin with it; *after* is what the next row says.
    """
    words = _REACH.sub(" ", text)
    bare = _DATE.sub(" ", words)
    is_told = any(map(str.isalpha, bare))
    told = [bool(_LABEL.match(text)), is_told and bool(_REACH.search(text)), is_told and bool(_DATE.search(text))]
    has_form = any(parted(part)[1] for part in (words, *_PARTS.split(bare)))
    return sum(told) > has_form or _is_letter_above(text, after)


def _is_letter_above(text: str, after: Sequence[str]) -> bool:
    letters = _RANGE.fullmatch(text)
    if letters is None or len(after) < 2:
        return False
    first, last = plain(letters[1]), plain(letters[2] or letters[1])
    return any(first <= plain(word)[:1] <= last for word in after[:1])
