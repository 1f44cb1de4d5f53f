"""How much it says that two companies share a word: the rarer the word, the more."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from typing import Final

from openprospect_nb.names.words import words_of
from openprospect_nb.tables import tables

# Of so many companies, how many carry a word of each kind; any other word is taken for one that half a company carries.
_BACKGROUND: Final = 20_000
_CARRIERS: Final[Mapping[str, float]] = {"trades": 150.0, "roles": 300.0, "first_names": 60.0, "surnames": 40.0}
_RARE: Final = 0.5
_NOTHING: Final = math.log(_BACKGROUND / 300)  # what one in 67 companies carries says nothing
_MOST: Final = math.log(_BACKGROUND / (1 + _RARE)) - _NOTHING


def weight(word: str, companies: int, carriers: int) -> float:
    """Return how much sharing *word* says, from 0 (nothing) to 1 (a word nobody else has).

    The logarithm of how few carry it, in the frame and in general: idf with a prior, so that it holds for ten rows too.

    Args:
        word: as `words_of` gives it.
        companies: how many different names the frame has.
        carriers: how many of them have the word.
    """
    if word in fillers():
        return 0.0
    prior = max((_CARRIERS[kind] for kind in kinds(word)), default=_RARE)
    rarity = math.log((_BACKGROUND + companies) / (carriers + prior)) - _NOTHING
    return min(max(rarity / _MOST, 0.02), 1.0)


@lru_cache(maxsize=50_000)
def kinds(word: str) -> frozenset[str]:
    """Return what a word is known as: ``trades``, ``roles``, ``first_names``, ``surnames``, or nothing."""
    return frozenset(kind for kind in _CARRIERS if word in _lists()[kind])


def known() -> frozenset[str]:
    """Return every word of the lists."""
    return frozenset(word for words in _lists().values() for word in words)


def is_role(word: str) -> bool:
    """Whether a word tells a company from its sisters: Holding, Logistik, Austria."""
    return word in roles()


def are_common(words: Iterable[str]) -> bool:
    """Whether all of these words are ones that many companies carry."""
    return all(word in fillers() or word in _lists()["trades"] or word in _lists()["roles"] for word in words)


def fillers() -> frozenset[str]:
    """Return the words that only hold a name together."""
    return _lists()["fillers"]


def is_numbered(word: str) -> bool:
    """Whether somebody has several of what a word names, told apart by a numeral: Windpark I, Haus A."""
    return word in _lists()["numbered"]


def spelled_out(word: str) -> str:
    """Return what a word is short for, or another form of, else the word."""
    return all_shortened().get(word, word)


@cache
def all_shortened() -> Mapping[str, str]:
    """Return every word that `spelled_out` turns into another, and which."""
    pairs = (pair.split("=") for pair in tables("names/common_words.toml")["short"].split())
    return {" ".join(_folded_words(short)): " ".join(_folded_words(long)) for short, long in pairs}


def roles() -> frozenset[str]:
    """Return the words that tell sister companies apart."""
    return _lists()["roles"]


def spellings(word: str) -> tuple[str, ...]:
    """Return a word and the forms of it that `spelled_out` turns into it."""
    return (word, *_forms().get(word, ()))


@cache
def _forms() -> Mapping[str, tuple[str, ...]]:
    forms: dict[str, list[str]] = {}
    for short, long in all_shortened().items():
        if len(short) > 4:
            forms.setdefault(long, []).append(short)
    return {long: tuple(shorts) for long, shorts in forms.items()}


@cache
def _lists() -> Mapping[str, frozenset[str]]:
    texts = {kind: text for kind, text in tables("names/common_words.toml").items() if kind != "short"}
    short = all_shortened()
    return {kind: frozenset(short.get(word, word) for word in _folded_words(text)) for kind, text in texts.items()}


def _folded_words(text: str) -> list[str]:
    return [word for part in text.split() for word in words_of(part)]
