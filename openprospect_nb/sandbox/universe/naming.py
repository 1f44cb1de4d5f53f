"""What an invented company is called, its domain, and the way back from either to the firm."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from math import gcd, prod

from openprospect_nb.sandbox.market.normalise import fold
from openprospect_nb.sandbox.universe.chance import Chance
from openprospect_nb.sandbox.universe.vocabulary import Subtype, read_json, read_table, vocabulary

# trades whose firms often carry invented words rather than place-like ones
_COINED = {"it": 0.6, "lifescience": 0.45, "electronics": 0.3, "chemicals": 0.2, "media": 0.3, "energy": 0.2}
# where the trade is usually named before the firm: Boulangerie Montavert, Piekarnia Radomir
_TRADE_FIRST = frozenset({"fr", "it", "es", "nl", "pl", "cs"})
_WORD_FIRST = frozenset(
    {"hotel", "bakery", "brewery", "clinic", "pharmacy", "restaurant", "law_firm", "winery", "driving_school"}
)


# what follows in the domains of the third and later firms of one stem in a trade, where trades are that crowded
_LAPS = ("online", "web", "team", "24", "direct", "info", "home", "net", "pro", "plus", "point", "one", "now", "hub")


class Naming:
    """A company's name in parts: ``stem``, ``word`` (may be empty), ``form``; ``short`` is the name without form."""

    __slots__ = ("domain", "form", "name", "short", "stem", "word")

    def __init__(self, short: str, stem: str, word: str, form: str, domain: str | None = None) -> None:
        self.short = short
        self.stem = stem
        self.word = word
        self.form = form
        self.name = f"{short} {form}".strip()
        self.domain = domain or f"{slug(stem)}{'-' + slug(word) if word else ''}.example"


@dataclass(frozen=True, slots=True)
class Position:
    """Where a firm stands among those of its trade, counted from 0; ``city`` and ``subtype`` are indices."""

    number: int
    subtype: int
    city: int
    in_trade: int
    in_family: int


def name_firm(chance: Chance, place: Position, form: str) -> Naming:
    """Return the name of a firm of the market; no two firms share a domain.

    A trade has a stem for each of its first twenty thousand firms in a language, the largest ones; the next ones take
    the same stems again, and carry their city. So names repeat where trades are crowded, as they do.
    """
    lists = vocabulary()
    subtype, city = lists.subtypes[place.subtype], lists.cities[place.city]
    coined = chance.uniform("name kind", place.number) < _COINED.get(lists.industries[subtype.industry].key, 0.06)
    family = "coined" if coined else family_of(city.language)
    again, turn = divmod(place.in_trade if coined else place.in_family, stem_count(family))
    stem = _stem_in_turn(chance, family, place.subtype, turn)
    word = chance.pick(trade_words(subtype, city.language), "name word", place.number)
    short = _joined(chance, place.number, subtype, city.language, stem=stem, word=word)
    domain = f"{slug(stem)}-{domain_word(subtype, word)}"
    if not again:
        return Naming(short, stem, word, form, f"{domain}.example")
    lap = "" if again == 1 else f"-{_LAPS[again - 2]}" if again - 2 < len(_LAPS) else f"-{again}"
    return Naming(f"{short} {city.name}", stem, word, form, f"{domain}-{slug(city.name)}{lap}.example")


def domain_word(subtype: Subtype, word: str) -> str:
    """Return *word* as it stands in a domain; the trade's key where another trade has the word too."""
    return slug(word) if len(words_of_trades()[slug(word)]) == 1 else slug(subtype.key)


@lru_cache(maxsize=1)
def words_of_trades() -> dict[str, tuple[int, ...]]:
    """Return which trades (by index) carry a word in their names, whatever the language; words as in domains."""
    return trades_by(lambda _, word: slug(word))


def trades_by(spelled: Callable[[Subtype, str], str]) -> dict[str, tuple[int, ...]]:
    """Return which trades (by index) carry a word in their names, whatever the language, by how it is *spelled*."""
    trades: dict[str, set[int]] = {}
    languages = {city.language for city in vocabulary().cities}
    for index, subtype in enumerate(vocabulary().subtypes):
        for word in (word for language in languages for word in trade_words(subtype, language)):
            trades.setdefault(spelled(subtype, word), set()).add(index)
    return {word: tuple(sorted(indices)) for word, indices in trades.items()}


def turns_of(chance: Chance, stem: str, subtype: int) -> list[tuple[str, int]]:
    """Return, for a stem written as one folded word, its family and the turn at which a trade takes it."""
    turns = []
    for family, (head, link, tail) in _stems_spelled(stem):
        heads, links, tails = map(len, family_stems(family))
        step, start = _walk(chance, family, heads * tails, subtype + 1)
        pair = head * tails + tail
        within = (pair - start) * pow(step, -1, heads * tails) % (heads * tails)
        turns.append((family, (link - pair) % links * heads * tails + within))
    return turns


@lru_cache(maxsize=1024)
def _stems_spelled(stem: str) -> tuple[tuple[str, tuple[int, int, int]], ...]:
    """Return the families whose parts join to a stem, with the indices of head, link and tail."""
    readings = []
    for family in read_json("stems.json")["families"]:
        heads, links, tails = _folded_parts(family)
        for head, start in ((h, part) for h, part in enumerate(heads) if stem.startswith(part)):
            for link, middle in enumerate(links):
                tail = tails.get(stem[len(start) + len(middle) :]) if stem.startswith(middle, len(start)) else None
                if tail is not None:
                    readings.append((family, (head, link, tail)))
    return tuple(readings)


@lru_cache(maxsize=16)
def _folded_parts(family: str) -> tuple[tuple[str, ...], tuple[str, ...], dict[str, int]]:
    heads, links, tails = (tuple(map(fold, parts)) for parts in family_stems(family))
    return heads, links, {tail: index for index, tail in enumerate(tails)}


@lru_cache(maxsize=16)
def stem_count(family: str) -> int:
    """Return how many stems a language family has."""
    return prod(map(len, family_stems(family)))


def family_of(language: str) -> str:
    """Return the family that the stems of a language come from."""
    return str(read_json("stems.json")["languages"][language])


def _stem_in_turn(chance: Chance, family: str, subtype: int, turn: int) -> str:
    """Return the stem that a trade takes at a turn.

    Head and tail change at every turn, and repeat together only after all their pairs: firms of one trade and size, who
    sit side by side in a city, get names that nobody takes for each other.
    """
    heads, links, tails = family_stems(family)
    pairs = len(heads) * len(tails)
    step, start = _walk(chance, family, pairs, subtype + 1)
    lap, within = divmod(turn, pairs)
    pair = (within * step + start) % pairs
    head, tail = divmod(pair, len(tails))
    return heads[head] + links[(pair + lap) % len(links)] + tails[tail]


def name_company(chance: Chance, number: int, subtype: Subtype, industry: str, language: str, form: str) -> Naming:
    """Return the name of company *number* of the panel; *industry* is the key of its sub-type's."""
    coined = chance.uniform("name kind", number) < _COINED.get(industry, 0.06)
    family = "coined" if coined else family_of(language)
    size = stem_count(family)
    step, start = _walk(chance, family, size)
    heads, links, tails = family_stems(family)
    rest, tail = divmod((number * step + start) % size, len(tails))
    head, link = divmod(rest, len(links))
    stem = heads[head] + links[link] + tails[tail]
    word = chance.pick(trade_words(subtype, language), "name word", number)
    short = _joined(chance, number, subtype, language, stem=stem, word=word)
    return Naming(short, stem, word if chance.uniform("name style", number) > 0.35 else "", form)


def _joined(chance: Chance, number: int, subtype: Subtype, language: str, *, stem: str, word: str) -> str:
    """Return stem and trade word in the order of the language, or the stem alone."""
    style = chance.uniform("name style", number)
    if style < 0.14:
        return stem
    own_word = language in _TRADE_FIRST and word not in subtype.words["en"]
    first = style < (0.75 if subtype.key in _WORD_FIRST or own_word else 0.18)
    return f"{word} {stem}" if first else f"{stem} {word}"


def trade_words(subtype: Subtype, language: str) -> tuple[str, ...]:
    """Return the words a firm of this trade may carry: the country's own where it is one word, else international."""
    if language in subtype.words:
        return subtype.words[language]
    own = activities()[subtype.key][language]
    return subtype.words["en"] if " " in own else (own[0].upper() + own[1:], subtype.words["en"][0])


def family_stems(family: str) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Return the heads, links and tails whose products are the stems of a language family."""
    source = read_json("stems.json")["families"][family]
    return tuple(source["heads"]), tuple(source["links"]), tuple(source["tails"])


@lru_cache(maxsize=8192)
def slug(text: str) -> str:
    """Return *text* as part of a domain: ASCII letters and digits, single hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", fold(text)).strip("-")


def _walk(chance: Chance, family: str, size: int, trade: int = 0) -> tuple[int, int]:
    """An affine permutation of the stem numbers: a step without common factor, and a start that is the trade's own."""
    step = chance.word(f"stem step {family}", 0) % size
    while gcd(step, size) != 1:
        step = (step + 1) % size
    return step, chance.word(f"stem start {family}", trade) % size


@lru_cache(maxsize=1)
def activities() -> dict[str, dict[str, str]]:
    """Return what a trade does, by its key and by language."""
    return {row["key"]: row for row in read_table("activities.csv")}
