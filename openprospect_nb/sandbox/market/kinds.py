"""What the criteria of a profile are worth for each trade, city and size class, before any firm is drawn."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np

from openprospect_nb.sandbox.market.icp import Criteria, SizeRange
from openprospect_nb.sandbox.market.normalise import stem_words
from openprospect_nb.sandbox.universe.chance import Floats
from openprospect_nb.sandbox.universe.strata import EDGES
from openprospect_nb.sandbox.universe.vocabulary import vocabulary

MET: Final = 0.6  # from here on a component counts as met
_SIBLING: Final = 0.3  # what another kind of business of the named one's industry counts
_SETTING: Final = 0.5  # what an industry counts beside a kind of business that was named in it: less than `MET`
_STATED: Final = 0.65  # the same, where `target_industries` states it: just met
_SAME_REGION: Final = 0.45
_SAME_COUNTRY: Final = 0.25
_SPREAD: Final = 0.3  # of a headcount outside the wanted range, in logarithms
_WORDS_READ: Final = 24  # of a long profile, whose hundreds of words would otherwise be compared with every trade


def value_trades(criteria: Criteria) -> Floats | None:
    """Return 0 to 1 per kind of business, or None if the profile names none."""
    if not criteria.subtypes and not criteria.industries:
        return None
    subtypes = vocabulary().subtypes
    value = np.zeros(len(subtypes))
    named_best = max(criteria.subtypes.values(), default=0.0)
    related = {subtypes[index].industry for index in criteria.subtypes}
    for index, subtype in enumerate(subtypes):
        named = criteria.subtypes.get(index, 0.0)
        industry = criteria.industries.get(subtype.industry, 0.0)
        sibling = _SIBLING if subtype.industry in related else 0.0
        if criteria.subtypes:
            # beside a kind of business the industry is its setting, unless it was stated in the field for industries
            industry = max(_STATED * (subtype.industry in criteria.stated), _SETTING * industry)
            value[index] = max(named, industry * named_best, sibling * named_best)
        else:
            value[index] = industry
    bounded: Floats = np.minimum(value / (named_best or 1.0), 1.0)
    return bounded


def value_cities(criteria: Criteria) -> Floats | None:
    """Return 0 to 1 per city, or None if the profile prefers no place."""
    if not criteria.cities and not criteria.states and not criteria.wanted_countries:
        return None
    cities = vocabulary().cities
    value = np.zeros(len(cities))
    near = {(cities[city].country, cities[city].region) for city in criteria.cities}
    for index, city in enumerate(cities):
        if (
            index in criteria.cities
            or (city.country, city.region) in criteria.states
            or (city.country in criteria.wanted_countries and not (criteria.cities or criteria.states))
        ):
            value[index] = 1.0
        elif city.region and (city.country, city.region) in near:
            value[index] = _SAME_REGION
        elif city.country in criteria.wanted_countries:
            value[index] = _SAME_COUNTRY
    return value


def value_headcounts(size: SizeRange, employees: Floats) -> Floats:
    """Return 0 to 1 per headcount: 1 within the range; outside it falls with the distance and is never met."""
    logarithm = np.log(employees)
    low = np.log(size.low) if size.low else -np.inf
    high = np.log(size.high) if size.high else np.inf
    outside = np.maximum(np.maximum(low - logarithm, logarithm - high), 0)
    value = np.exp(-((outside / _SPREAD) ** 2) / 2)
    return np.where(outside > 0, np.minimum(value, MET - 0.01), value)


def value_classes(size: SizeRange | None) -> Floats:
    """Return for each size class what its best headcount is worth; 1 throughout if no size is wanted."""
    lowest, highest = np.array(EDGES[:-1], dtype=np.float64), np.array(EDGES[1:], dtype=np.float64) - 1
    if size is None:
        return np.ones(len(lowest))
    wanted = (lowest <= (size.high or np.inf)) & (highest >= (size.low or 0))
    return np.where(wanted, 1.0, np.maximum(value_headcounts(size, lowest), value_headcounts(size, highest)))


def value_words(criteria: Criteria) -> Floats | None:
    """Return 0 to 1 per kind of business by the words no rule understood, rare ones counting more; None without any."""
    texts = _texts()
    value = np.zeros(len(texts))
    for word in list(dict.fromkeys(criteria.residue))[:_WORDS_READ]:
        holds = np.array([word in text for text in texts])
        if holds.any():
            value[holds] += np.log(len(texts) / holds.sum()) + 0.1
    best = value.max()
    return value / best if best > 0 else None


@lru_cache(maxsize=1)
def _texts() -> tuple[frozenset[str], ...]:
    """Return the stemmed words that describe each kind of business in English and German."""
    lists = vocabulary()
    texts = []
    for subtype in lists.subtypes:
        industry = lists.industries[subtype.industry]
        parts = [subtype.en, subtype.de, industry.en, industry.de]
        for language in ("en", "de"):
            parts += [*subtype.products[language], *subtype.words[language]]
        texts.append(frozenset(stem_words(" ".join(parts))))
    return tuple(texts)
