"""What in a list of whom to keep out is, or may be, an objection: by the heading above a cell, and by its words.

Where somebody agrees, what is no clear yes may be none; a cell of several parts, such as tags or a note, objects if any
of them does. Whoever is taken for somebody who objects is kept out, so the words may be too many rather than too few.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from openprospect_nb.files.headings import ADDRESS_HEADINGS, WEAK_NAMES, any_of, field_of, plain
from openprospect_nb.files.words import NO, WORDS, YES, words_of

_OUTCOMES: Final = words_of("outcomes.toml")
# What a cell says whose row objects, whatever stands above it.
SAYS_OUT: Final = frozenset(
    plain(word)
    for kind in ("unsubscribed", "complained", "bounced", "hard_bounced", "soft_bounced")
    for word in _OUTCOMES[kind]
) | frozenset(map(plain, WORDS["state_out"]))
SAYS_IN: Final = frozenset(map(plain, WORDS["state_in"]))
# CRMs tell who may be written to as "Allow" and "Do Not Allow".
ALLOWS: Final = frozenset(map(plain, WORDS["allows"]))
FORBIDS: Final = frozenset(map(plain, WORDS["forbids"]))
# Headings of columns that tell who objected: a tag of that name says it of its row.
OBJECTED: Final = frozenset(map(plain, WORDS["objected"]))
_TAGS: Final = SAYS_OUT | OBJECTED
_STEMS: Final = re.compile(any_of(WORDS["of_objecting"]))
_HEADS: Final = re.compile(any_of([*WORDS["of_objecting"], *WORDS["heads_objecting"]]))
_LIFTED: Final = re.compile(any_of(WORDS["lifted"]))
_AGREEING: Final = re.compile(any_of(WORDS["of_agreeing"]))
_AGREED_HOW: Final = re.compile(any_of(WORDS["agreed_how"]))
# The longest first: "keine" begins with "kein".
_NEGATED: Final = re.compile(f"^(?:{'|'.join(sorted(WORDS['negations'], key=len, reverse=True))})(?=.)")
_CLEAR: Final = frozenset(map(plain, (*WORDS["given"], *YES))) | ALLOWS | SAYS_IN | frozenset("1☑☒✓✔✅○◯")
_BESIDE_A_YES: Final = frozenset(map(plain, WORDS["given_how"]))
_SEPARATORS: Final = re.compile(r"[,;|/\n]+")
_WORDS_AROUND: Final = re.compile(r"[\s,;:|/().!?\"]+")
_DENYING: Final = frozenset(map(plain, WORDS["denying"])) | {"dont", "ne"}
_REFUSING: Final = _DENYING | {word for word in map(plain, NO) if word.isalpha() and len(word) > 1}
_NOT_TO_BE_REACHED: Final = re.compile(
    rf"(?:^| )(?:{'|'.join(sorted(_DENYING))})(?: \S+){{0,3}}? \S*(?:{any_of(WORDS['of_reaching'])})"
)
_DATE: Final = re.compile(r"\d[\d./:\sTZ+-]{4,}")
_ONE_WORD: Final = re.compile(r"\S*[@/.]\S*\w")  # an address, a site, a path
# Where a text is somebody's name or place, "Robinson" is no list and "Cancello" no cancelling.
_NAMES: Final = frozenset(plain(word) for key in ("contact", "person", "post") for word in WORDS[key])


def negation_of(heading: str) -> int:
    """Return how many letters of a plain heading deny what follows: those of "keine" in "keineeinwilligung"."""
    negation = _NEGATED.match(heading)
    return negation.end() if negation else 0


def heads_objections(heading: str) -> bool:
    """Return whether a plain heading is of objections: erasure, complaint, withdrawal, blocking, leaving."""
    denied = negation_of(heading)
    if _LIFTED.search(heading) or (denied and _HEADS.match(heading, denied)):
        return False
    return bool(_HEADS.search(heading) or (denied and _AGREEING.match(heading, denied)))


def heads_consent(heading: str) -> bool:
    """Return whether a plain heading is of who agreed, and not of how or where."""
    return _AGREEING.search(heading) is not None and _AGREED_HOW.search(heading) is None


def heads_names(heading: str) -> bool:
    """Return whether a heading is of names, places or posts, whose words say nothing of their row."""
    word = plain(heading)
    return word in _NAMES | WEAK_NAMES | ADDRESS_HEADINGS or field_of(heading) is not None


@lru_cache(maxsize=100_000)
def agrees(text: str) -> bool:
    """Return whether a cell below a heading of consent is a clear yes, or the day of one.

    Example:
        >>> [agrees(text) for text in ("ja", "erteilt am 03.04.2026", "2026-04-03", "revoked 03.04.2026", "pending")]
        [True, True, True, False, False]
    """
    if text in _CLEAR or plain(text) in _CLEAR or _DATE.fullmatch(text):
        return True
    words = [word for word in _words_in(text) if not word.isdigit()]
    return any(word in _CLEAR for word in words) and all(word in _CLEAR | _BESIDE_A_YES for word in words)


@lru_cache(maxsize=100_000)
def objects(text: str) -> bool:
    """Return whether any part or word of a cell says, or may say, that somebody objects.

    Example:
        >>> [objects(text) for text in ("VIP; DNC", "asked to be removed", "bitte nicht mehr anschreiben", "Nice talk")]
        [True, True, True, False]
    """
    if any(plain(part) in _TAGS for part in _SEPARATORS.split(text)):
        return True
    if _ONE_WORD.fullmatch(text):
        return False
    words = _words_in(text)
    return any(map(_speaks, words)) or _NOT_TO_BE_REACHED.search(" ".join(words)) is not None


@lru_cache(maxsize=100_000)
def refuses(text: str) -> bool:
    """Return whether a cell below a heading of writing to somebody denies anything: "not wanted"."""
    return not _REFUSING.isdisjoint(_words_in(text))


def _words_in(text: str) -> list[str]:
    return [word for part in _WORDS_AROUND.split(text) if (word := _word(part))]


# Notes are long, and their words few.
_word = lru_cache(maxsize=100_000)(plain)
_speaks = lru_cache(maxsize=100_000)(_STEMS.search)


def are_dated(texts: Sequence[str]) -> bool:
    """Return whether all the cells are dates or figures."""
    return all(map(_DATE.fullmatch, texts))
