"""Which rows of somebody's list say of themselves that they are not meant: "opted out: no", "status: subscribed".

A CRM exports all its contacts with a column that tells who objected; read as a list of whom to keep out, its other rows
would keep out everybody. A row is let in only where every such column says so; a column of which anything cannot be
read as a yes or no, a date for one, is no such column, and all rows count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, Final, NamedTuple

from openprospect_nb.files.cells import said
from openprospect_nb.files.headings import plain
from openprospect_nb.files.words import NO, WORDS, YES, words_of

_OUTCOMES: Final = words_of("outcomes.toml")
_YES: Final = YES | frozenset("1☑☒✓✔✅")
_NO: Final = NO | frozenset("0☐□-✗✘❌")
_ANSWERS: Final = _YES | _NO
_NO_OR_NOTHING: Final = _NO | {""}
# Headings of columns that tell who objected, who agreed, whose mail failed, and of columns that tell any in words.
_OUT: Final = frozenset(map(plain, WORDS["objected"]))
_IN: Final = frozenset(map(plain, WORDS["agreed"]))
_FAILED: Final = frozenset(map(plain, WORDS["failed_mail"]))
_STATES: Final = frozenset(map(plain, WORDS["list_state"]))
_SAYS_OUT: Final = frozenset(
    plain(word)
    for kind in ("unsubscribed", "complained", "bounced", "hard_bounced", "soft_bounced")
    for word in _OUTCOMES[kind]
) | frozenset(map(plain, WORDS["state_out"]))
_SAYS_IN: Final = frozenset(map(plain, WORDS["state_in"]))
# CRMs tell who may be written to as "Allow" and "Do Not Allow".
_ALLOWS: Final = frozenset(map(plain, WORDS["allows"]))
_FORBIDS: Final = frozenset(map(plain, WORDS["forbids"]))
# In headings of what may be an objection to being written to.
_OF_WRITING: Final = re.compile("|".join(WORDS["of_writing"]))
_OF_OBJECTING: Final = re.compile("|".join(WORDS["of_objecting"]))
_LIFTED: Final = re.compile("|".join(WORDS["lifted"]))
_NEGATED: Final = re.compile(f"^(?:{'|'.join(WORDS['negations'])})(?=.)")
_DATED: Final = re.compile(r"\b(?:19|20)\d\d|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}")  # in either order: that it is one is all
_FEW: Final = 12  # different words; free text has more
_BEFORE: Final = WORDS["before_flag"]
_AFTER: Final = WORDS["after_flag"]


class FlagColumn(NamedTuple):
    """A column, read once: what it asks ("out", "in", "state", "failed", "may", or empty), and what its cells say."""

    heading: str
    kind: str
    texts: list[str]


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
    for place, row in enumerate(rows):
        meant = [column[place] for column in telling.values()]
        is_let_in = bool(meant) and all(each is False for each in meant) and not _objects(columns.values(), place)
        reasons.append(", ".join(f"{name!r} says {_shown(row.get(name))}" for name in telling) if is_let_in else "")
    return reasons


def doubts(columns: Mapping[str, FlagColumn]) -> list[str]:
    """Return columns that tell, or may tell, of objections, and let in nobody: what they say is in doubt."""
    return [f"{str(name)[:60]!r} {why}" for name, column in columns.items() if (why := _doubt(column))]


def _read(rows: Sequence[Mapping[str, Any]], name: str) -> FlagColumn:
    values = [row.get(name) for row in rows]
    texts = [_text_of(value) if isinstance(value, str) else _plain(value) for value in values]
    return FlagColumn(str(name), _kind_of_column(str(name), texts) or _kind_by_stem(str(name), texts, values), texts)


def _doubt(column: FlagColumn) -> str:
    """Return what is in doubt of a column, empty where nothing is."""
    kind, texts = column.kind, column.texts
    if _is_asked(column):
        return f"may tell who objected: all {len(texts):,} rows count; call it opted_out or consent if it does"
    words = {*texts} - {""}
    if not kind and words & _SAYS_OUT and words - _SAYS_OUT and len(words) <= _FEW:
        other = min(words - _SAYS_OUT)
        return f"tells who objected beside what is not known ({other[:30]!r}): nobody is let in for it"
    if kind == "may" and len({*texts}) > 1:
        return "may tell who objected: whoever has a yes or a date there counts, and nobody is let in for a no"
    if kind in {"", "may"} or _meant(column) is not None:
        return ""
    # Who may object: where objections are told, who has anything there; where consent is, who has none.
    may_object = [text not in _NO_OR_NOTHING for text in texts]
    if kind == "in":
        may_object = [text in _SAYS_OUT | _NO | _FORBIDS | {""} for text in texts]
    elif kind == "state":
        may_object = [text in _SAYS_OUT for text in texts]
    spared = may_object.count(False)
    if not spared or (kind != "in" and True not in may_object):
        return ""
    what = "tells whose mail failed" if kind == "failed" else "is not all yes and no"
    return f"{what}: the {spared:,} rows that may not object are not let in for it"


def _is_asked(column: FlagColumn) -> bool:
    """Return whether a column has yes and no under a heading that may ask for an objection, but not of which kind."""
    may_ask = column.kind == "state" or (not column.kind and _OF_WRITING.search(plain(column.heading)) is not None)
    answers = {*column.texts} - {""}
    return may_ask and bool(answers) and answers <= _ANSWERS and len({*column.texts}) > 1


def _objects(columns: Iterable[FlagColumn], place: int) -> bool:
    """Return whether anything in a row says, or may say, that somebody objected or could not be reached."""
    return any(
        text in _SAYS_OUT or (column.kind in {"out", "may", "failed"} and text not in _NO_OR_NOTHING)
        for column in columns
        if (text := column.texts[place])
    )


def _meant(column: FlagColumn) -> list[bool | None] | None:
    """Return whether a column means each row, None where it is silent; None for a column that tells of no objection."""
    kind, texts = column.kind, column.texts
    if kind not in {"out", "in", "state"}:
        return None
    says = (_SAYS_OUT, _SAYS_IN) if kind == "state" else (_YES, _NO)
    says = (_YES | _ALLOWS, _NO | _FORBIDS) if kind == "in" else says
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
    if filled and filled <= _ALLOWS | _FORBIDS and _OF_WRITING.search(plain(heading)):
        return "in"
    # Of "Opted out of email: Newsletter" the part before the colon asks.
    return _kind_of(plain(heading)) or _kind_of(plain(heading.partition(":")[0]))


def _kind_by_stem(heading: str, texts: Sequence[str], values: Sequence[Any]) -> str:
    """Return "may" for answers or dates below a heading that speaks of an objection in words of its own.

    Who says yes there counts; who says no is not let in for it.
    """
    word = plain(heading)
    negation = _NEGATED.match(word)
    is_denied = negation is not None and _OF_OBJECTING.match(word, negation.end()) is not None
    if is_denied or _OF_OBJECTING.search(word) is None or _LIFTED.search(word):
        return ""
    answers = [
        not text or text in _ANSWERS or isinstance(value, date) or _DATED.search(str(value)) is not None
        for text, value in zip(texts, values, strict=True)
    ]
    return "may" if all(answers) and any(texts) else ""


def _kind_of(word: str) -> str:
    negation = None if word in _OUT | _IN else _NEGATED.match(word)
    if negation is not None and _kind_of(word[negation.end() :]) == "in":
        return "out"
    bare = word
    while bare:
        for kind, words in (("out", _OUT), ("in", _IN), ("state", _STATES), ("failed", _FAILED)):
            if bare in words:
                return kind
        before = next((bare[len(mark) :] for mark in _BEFORE if bare.startswith(mark)), None)
        bare = before or next((bare[: -len(mark)] for mark in _AFTER if bare.endswith(mark)), "")
    return ""


def _plain(value: Any) -> str:
    """Return a cell in small letters, empty where it says nothing; ticks and dashes, which are no words, stay."""
    text = said(value) or (value.strip() if isinstance(value, str) and value.strip() in _ANSWERS else "")
    return small if (small := text.casefold()) in _ANSWERS else plain(text)


# Rows are read for what is in doubt, and again for whom they let in.
_text_of = lru_cache(maxsize=100_000)(_plain)


def _shown(value: Any) -> str:
    return repr(value)[:30] if value not in (None, "") else "nothing"
