"""Company names and domains: an invented stem, a word of the trade, a legal form.

Stems are unique by construction: each language family lists more stems than there are companies, and a seeded
permutation gives every company number its own. No stem equals a well-known firm's word (tested against a deny list).
"""

from __future__ import annotations

import re
from functools import lru_cache
from math import gcd

from openprospect_nb.sandbox.market.normalise import fold
from openprospect_nb.sandbox.universe.chance import Chance
from openprospect_nb.sandbox.universe.vocabulary import Subtype, read_json, read_table

__all__ = ["Naming", "family_stems", "name_company", "slug"]

# trades whose firms often carry invented words rather than place-like ones
_COINED = {"it": 0.6, "lifescience": 0.45, "electronics": 0.3, "chemicals": 0.2, "media": 0.3, "energy": 0.2}
# where the trade is usually named before the firm: Boulangerie Montavert, Piekarnia Radomir
_TRADE_FIRST = frozenset({"fr", "it", "es", "nl", "pl", "cs"})
_WORD_FIRST = frozenset(
    {"hotel", "bakery", "brewery", "clinic", "pharmacy", "restaurant", "law_firm", "winery", "driving_school"}
)


class Naming:
    """A company's name in parts: ``stem``, ``word`` (may be empty), ``form``; ``short`` is the name without form."""

    __slots__ = ("domain", "form", "name", "short", "stem", "word")

    def __init__(self, short: str, stem: str, word: str, form: str) -> None:
        self.short = short
        self.stem = stem
        self.word = word
        self.form = form
        self.name = f"{short} {form}".strip()
        self.domain = f"{slug(stem)}{'-' + slug(word) if word else ''}.example"


def name_company(chance: Chance, number: int, business: tuple[Subtype, str], language: str, form: str) -> Naming:
    """Return the name of company *number*; *business* is its sub-type and industry key."""
    subtype, industry = business
    stem = _stem(chance, number, industry, language)
    word = chance.pick(_trade_words(subtype, language), "name word", number)
    style = chance.uniform("name style", number)
    if style < 0.14:
        return Naming(stem, stem, "", form)
    own_word = language in _TRADE_FIRST and word not in subtype.words["en"]
    first = style < (0.75 if subtype.key in _WORD_FIRST or own_word else 0.18)
    return Naming(f"{word} {stem}" if first else f"{stem} {word}", stem, word if style > 0.35 else "", form)


def _trade_words(subtype: Subtype, language: str) -> tuple[str, ...]:
    """Return the words a firm of this trade may carry: the country's own where it is one word, else international."""
    if language in subtype.words:
        return subtype.words[language]
    own = _activities()[subtype.key][language]
    return subtype.words["en"] if " " in own else (own[0].upper() + own[1:], subtype.words["en"][0])


def family_stems(family: str) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Return the heads, links and tails whose products are the stems of a language family."""
    source = _families()[family]
    return tuple(source["heads"]), tuple(source["links"]), tuple(source["tails"])


@lru_cache(maxsize=8192)
def slug(text: str) -> str:
    """Return *text* as part of a domain: ASCII letters and digits, single hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", fold(text)).strip("-")


def _stem(chance: Chance, number: int, industry: str, language: str) -> str:
    coined = chance.uniform("name kind", number) < _COINED.get(industry, 0.06)
    family = "coined" if coined else _families_by_language()[language]
    heads, links, tails = family_stems(family)
    size = len(heads) * len(links) * len(tails)
    step, start = _walk(chance, family, size)
    index = (number * step + start) % size
    rest, tail = divmod(index, len(tails))
    head, link = divmod(rest, len(links))
    return heads[head] + links[link] + tails[tail]


def _walk(chance: Chance, family: str, size: int) -> tuple[int, int]:
    """An affine permutation of the stem numbers: a step without common factor, and a start."""
    step = chance.word(f"stem step {family}", 0) % size
    while gcd(step, size) != 1:
        step = (step + 1) % size
    return step, chance.word(f"stem start {family}", 0) % size


@lru_cache(maxsize=1)
def _activities() -> dict[str, dict[str, str]]:
    return {row["key"]: row for row in read_table("activities.csv")}


@lru_cache(maxsize=1)
def _families() -> dict[str, dict[str, list[str]]]:
    families: dict[str, dict[str, list[str]]] = read_json("stems.json")["families"]
    return families


@lru_cache(maxsize=1)
def _families_by_language() -> dict[str, str]:
    languages: dict[str, str] = read_json("stems.json")["languages"]
    return languages
