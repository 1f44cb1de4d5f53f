"""From a name or domain back to the firm of the market that carries it, without an index of millions."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from openprospect_nb.sandbox.market.catalogue import Universe
from openprospect_nb.sandbox.market.normalise import city_key, name_key
from openprospect_nb.sandbox.universe.naming import domain_word, stem_count, trades_by, turns_of, words_of_trades
from openprospect_nb.sandbox.universe.vocabulary import vocabulary


def find_domain(universe: Universe, domain: str) -> int | None:
    """Return the number of the firm whose domain this is, or None; a firm without a website has none."""
    stem, _, rest = domain.removesuffix(".example").partition("-")
    for word, subtypes in _domain_words().items():
        if rest != word and not rest.startswith(f"{word}-"):
            continue
        for subtype in subtypes:
            # What follows the trade's word is a city: then any firm of the stem may be meant, not only the first.
            for number in _numbers(universe, stem, subtype, everywhere=rest != word):
                if universe.naming(number).domain == domain and universe.company(number).website:
                    return number
    return None


def find_name(universe: Universe, name: str, city: str | None) -> int | None:
    """Return the number of a firm of this name (in this city, if one is given), or None.

    Names that carry their city are known only together with it.
    """
    key, place = name_key(name), city_key(city)
    bare = key.removesuffix("".join(place.split())) if place else key
    for reading in dict.fromkeys((key, bare)):
        for stem, subtypes in _stems(reading):
            for subtype in subtypes:
                for number in _numbers(universe, stem, subtype, everywhere=reading != key):
                    city_of_firm = universe.lists.cities[universe.strata.position(number).city].name
                    is_there = not place or city_key(city_of_firm) == place
                    if is_there and name_key(universe.naming(number).short) == key:
                        return number
    return None


def _numbers(universe: Universe, stem: str, subtype: int, *, everywhere: bool) -> Iterator[int]:
    """Yield the firms of a trade that take a stem: the first of each language, or all, whose names carry their city."""
    for family, turn in turns_of(universe.chance, stem, subtype):
        block = universe.strata.block(subtype, None if family == "coined" else family)
        last = len(block) if everywhere else min(len(block), turn + 1)
        yield from (block[at] for at in range(turn, last, stem_count(family)))


def _stems(key: str) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield the stems that a name may be made of, with the trades that its other part names."""
    yield key, tuple(range(len(vocabulary().subtypes)))
    for word, subtypes in _name_words().items():
        if key.endswith(word):
            yield key.removesuffix(word), subtypes
        if key.startswith(word):
            yield key.removeprefix(word), subtypes


@lru_cache(maxsize=1)
def _name_words() -> dict[str, tuple[int, ...]]:
    return {name_key(word): subtypes for word, subtypes in words_of_trades().items()}


@lru_cache(maxsize=1)
def _domain_words() -> dict[str, tuple[int, ...]]:
    return trades_by(domain_word)
