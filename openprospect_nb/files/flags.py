"""Which rows of somebody's list say of themselves that they are not meant: "opted out: no", "status: subscribed".

A CRM exports all its contacts with a column that tells who objected; read as a list of whom to keep out, its other rows
would keep out everybody. A row is let in only where every such column says so; a column of which anything cannot be
read as a yes or no, a date for one, is no such column, and all rows count. What any other column may object counts too.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

from openprospect_nb.files.cells import said
from openprospect_nb.files.headings import plain
from openprospect_nb.files.objections import (
    ALLOWS,
    FORBIDS,
    OBJECTED,
    SAYS_IN,
    SAYS_OUT,
    agrees,
    are_dated,
    heads_consent,
    heads_names,
    heads_objections,
    negation_of,
    objects,
    refuses,
)
from openprospect_nb.files.words import NO, WORDS, YES

# "HAYIR" in small letters is "hayir".
_YES: Final = YES | frozenset(map(plain, YES)) | frozenset("1☑☒✓✔✅")
_NO: Final = NO | frozenset(map(plain, NO)) | frozenset("0☐□-✗✘❌")
_ANSWERS: Final = _YES | _NO
_NOT_OUT: Final = _NO | frozenset(map(plain, WORDS["not_out"]))
_NO_OBJECTION: Final = _NOT_OUT | SAYS_IN
# Headings of columns that tell who agreed, whose mail failed, and of columns that tell any in words.
_IN: Final = frozenset(map(plain, WORDS["agreed"]))
_FAILED: Final = frozenset(map(plain, WORDS["failed_mail"]))
_STATES: Final = frozenset(map(plain, WORDS["list_state"]))
# In headings of what may be an objection to being written to.
_OF_WRITING: Final = re.compile("|".join(map(plain, WORDS["of_writing"])))
# A yes or no as pandas writes it beside gaps, and days that databases write for none: 1.0; 0,0; 0000-00-00.
_NUMBER: Final = re.compile(r"(-?\d+)[.,]0+|(?:0+[-./: T])+0+")
_FEW: Final = 12  # different words; free text has more
_BEFORE: Final = WORDS["before_flag"]
_AFTER: Final = WORDS["after_flag"]


class FlagColumn(NamedTuple):
    """A column, read once: what it asks ("out", "in", "state", "failed", "may", "agreed", or empty), and what it says.

    "may" and "agreed" let in nobody: they are of objections and of consent by a heading in words of its own.
    """

    heading: str
    kind: str
    texts: list[str]
    objecting: list[bool]
    """Of each cell, whether it is, or may be, an objection."""


def read_flags(rows: Sequence[Mapping[str, Any]], names: Iterable[str]) -> dict[str, FlagColumn]:
    """Return each column by its name, read for `let_in` and `doubts`."""
    return {name: _read(rows, name) for name in names}


def let_in(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, FlagColumn]) -> list[str]:
    """Return of each row which columns say that it is not meant ("'Opted out' says no"), empty where it is."""
    telling = {name: meant for name, column in columns.items() if (meant := _meant(column)) is not None}
    if any(map(_is_asked, columns.values())):
        # "Email marketing: no" may be an objection or none: whoever is on such a list stays on it.
        return [""] * len(rows)
    reasons = []
    for row, is_harmless, *objecting in zip(
        rows, _harmless(telling.values(), len(rows)), *(column.objecting for column in columns.values()), strict=True
    ):
        is_let_in = is_harmless and not any(objecting)
        reasons.append(", ".join(f"{name!r} says {_shown(row.get(name))}" for name in telling) if is_let_in else "")
    return reasons


def doubts(columns: Mapping[str, FlagColumn]) -> list[str]:
    """Return columns that tell, or may tell, of objections, and let in nobody: what they say is in doubt."""
    telling = [meant for column in columns.values() if (meant := _meant(column)) is not None]
    harmless = _harmless(telling, max((len(column.texts) for column in columns.values()), default=0))
    return [
        f"{str(name)[:60]!r} {why}"
        for name, column in columns.items()
        if (why := _doubt(column) or _outweighing(column, harmless))
    ]


def _harmless(telling: Iterable[Sequence[bool | None]], rows: int) -> list[bool]:
    """Return of each row whether every column that tells says that it is not meant."""
    columns = list(telling)
    return [bool(columns) and all(column[place] is False for column in columns) for place in range(rows)]


def _outweighing(column: FlagColumn, harmless: Sequence[bool]) -> str:
    """Return in how many rows that other columns let in this one may object, empty where its heading says that."""
    found = [
        text
        for text, may_object, is_harmless in zip(column.texts, column.objecting, harmless, strict=True)
        if may_object and is_harmless
    ]
    if not found or column.kind in {"out", "failed"}:
        return ""
    return f"may object in {len(found):,} rows that another column lets in ({found[0][:30]!r}): they count"


def _read(rows: Sequence[Mapping[str, Any]], name: str) -> FlagColumn:
    values = [row.get(name) for row in rows]
    texts = [_text_of(value) if isinstance(value, str) else _plain(value) for value in values]
    kind = _kind_of_column(str(name), texts) or _kind_by_stem(str(name), texts)
    objecting = _objecting(str(name), kind, values, texts) if any(texts) else [False] * len(texts)
    return FlagColumn(str(name), kind, texts, objecting)


def _objecting(heading: str, kind: str, values: Sequence[Any], texts: Sequence[str]) -> list[bool]:
    word, is_state = plain(heading), kind == "state"
    if kind in {"out", "failed", "may"} or (is_state and heads_objections(word)):
        return [bool(text) and text not in _NO_OBJECTION for text in texts]
    written = [_written(value) if text else "" for text, value in zip(texts, values, strict=True)]
    if kind in {"in", "agreed"} or (is_state and heads_consent(word)):
        return [bool(text) and (text in _NO or not agrees(cell)) for text, cell in zip(texts, written, strict=True)]
    if heads_names(heading):
        return [text in SAYS_OUT for text in texts]
    is_of_writing = _OF_WRITING.search(word) is not None
    return [objects(cell) or (is_of_writing and refuses(cell)) for cell in written]


def _doubt(column: FlagColumn) -> str:
    """Return what is in doubt of a column, empty where nothing is."""
    kind, texts = column.kind, column.texts
    words = {*texts} - {""}
    if _is_asked(column):
        return f"may tell who objected: all {len(texts):,} rows count; call it opted_out or consent if it does"
    if not kind and words & SAYS_OUT and words - SAYS_OUT and len(words) <= _FEW:
        other = min(words - SAYS_OUT)
        return f"tells who objected beside what is not known ({other[:30]!r}): nobody is let in for it"
    if kind == "may" and len({*texts}) > 1:
        return "may tell who objected: whoever has anything but a no there counts, and nobody is let in for a no"
    return "" if kind in {"", "may"} or _meant(column) is not None else _spared(column, words)


def _spared(column: FlagColumn, words: set[str]) -> str:
    """Return how many rows count below a known heading that lets in nobody, for what they say is no yes or no."""
    kind, texts = column.kind, column.texts
    # Who may object: where objections are told, who has anything there; where consent is, who has none.
    may_object = column.objecting
    if kind in {"in", "agreed"}:
        may_object = [is_one or not text for text, is_one in zip(texts, column.objecting, strict=True)]
    spared = may_object.count(False)
    if not spared and 1 < len(words) <= _FEW and not are_dated([*words]):
        return f"says neither yes nor no ({', '.join(sorted(words))[:40]}): all {len(texts):,} rows count"
    if not spared or (kind != "in" and True not in may_object):
        return ""
    what = "tells whose mail failed" if kind == "failed" else "is not all yes and no"
    return f"{what}: the {spared:,} rows that may not object are not let in for it"


def _is_asked(column: FlagColumn) -> bool:
    """Return whether a column has yes and no under a heading that may ask for an objection, but not of which kind."""
    may_ask = column.kind == "state" or (
        column.kind in {"", "agreed"} and _OF_WRITING.search(plain(column.heading)) is not None
    )
    answers = {*column.texts} - {""}
    return may_ask and bool(answers) and answers <= _ANSWERS and len({*column.texts}) > 1


def _meant(column: FlagColumn) -> list[bool | None] | None:
    """Return whether a column means each row, None where it is silent; None for a column that tells of no objection."""
    kind, texts = column.kind, column.texts
    if kind not in {"out", "in", "state"}:
        return None
    says = (SAYS_OUT, SAYS_IN) if kind == "state" else (_YES | SAYS_OUT | OBJECTED, _NOT_OUT)
    says = (_YES | ALLOWS, _NO | FORBIDS) if kind == "in" else says
    meant = [True if text in says[0] else False if text in says[1] else None for text in texts]
    if any(text and each is None for text, each in zip(texts, meant, strict=True)):
        return None
    if kind == "in":
        meant = [None if each is None else not each for each in meant]
    # A list that nobody is on by its own words may be one of whom to spare all the same; only objections are asked for.
    if True not in meant and (kind != "out" or False not in meant):
        return None
    # Where only objections are marked, a blank is none.
    return [each or False for each in meant] if False not in meant and kind == "out" else meant


def _kind_of_column(heading: str, texts: Sequence[str]) -> str:
    """Return what a column asks, by its heading; "Do Not Allow" forbids also below "Do not bulk email"."""
    filled = {text for text in texts if text}
    if filled and filled <= ALLOWS | FORBIDS and _OF_WRITING.search(plain(heading)):
        return "in"
    # Of "Opted out of email: Newsletter" the part before the colon asks.
    return _kind_of(plain(heading)) or _kind_of(plain(heading.partition(":")[0]))


def _kind_by_stem(heading: str, texts: Sequence[str]) -> str:
    """Return "may" or "agreed" below a heading that speaks of an objection or of consent in words of its own.

    Who says anything but no in the one, or but yes in the other, counts; nobody is let in for what it says.
    """
    word = plain(heading)
    if not any(texts):
        return ""
    return "may" if heads_objections(word) else "agreed" if heads_consent(word) else ""


def _kind_of(word: str) -> str:
    denied = 0 if word in OBJECTED | _IN else negation_of(word)
    if denied and _kind_of(word[denied:]) == "in":
        return "out"
    bare = word
    while bare:
        for kind, words in (("out", OBJECTED), ("in", _IN), ("state", _STATES), ("failed", _FAILED)):
            if bare in words:
                return kind
        before = next((bare[len(mark) :] for mark in _BEFORE if bare.startswith(mark)), None)
        bare = before or next((bare[: -len(mark)] for mark in _AFTER if bare.endswith(mark)), "")
    return ""


def _plain(value: Any) -> str:
    """Return a cell in small letters, empty where it says nothing; ticks and dashes, which are no words, stay."""
    text = _written(value)
    if number := _NUMBER.fullmatch(text):
        text = number[1] or "0"
    return small if (small := text.casefold()) in _ANSWERS else plain(text) or text


def _written(value: Any) -> str:
    """Return what a cell says as it is written, also by one sign ("○"); the members of a list one after the other."""
    if isinstance(value, list | tuple | set | frozenset):
        return "; ".join(text for each in value if (text := said(each)))
    sign = value.strip() if isinstance(value, str) and len(value) < _FEW else ""
    is_sign = sign in _ANSWERS or (len(sign) == 1 and unicodedata.category(sign) in {"So", "Sm"})
    return said(value) or (sign if is_sign else "")


# Rows are read for what is in doubt, and again for whom they let in.
_text_of = lru_cache(maxsize=100_000)(_plain)


def _shown(value: Any) -> str:
    return repr(value)[:30] if value not in (None, "") else "nothing"
