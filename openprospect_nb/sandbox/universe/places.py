"""Which city a company sits in: by population, and by what the city is known for."""

from __future__ import annotations

import numpy as np

from openprospect_nb.sandbox.universe.chance import Chance, Floats, Ints
from openprospect_nb.sandbox.universe.vocabulary import City, Vocabulary, read_table

__all__ = ["draw_cities"]

# A city's share grows less than its population: small towns have companies too.
_POPULATION_POWER = 0.72


def draw_cities(chance: Chance, lists: Vocabulary, country: Ints, industry: Ints) -> Ints:
    """Return a city index per company; share = population ** 0.72 x the city's pull on the industry."""
    draw = chance.uniforms("city", np.arange(len(country), dtype=np.int64))
    chosen = np.zeros_like(country)
    pulls = _pulls(lists)
    for place in range(len(lists.countries)):
        here = [i for i, city in enumerate(lists.cities) if city.country == place]
        rows = np.flatnonzero(country == place)
        share = np.cumsum(pulls[:, here], axis=1)[industry[rows]]
        picked = (draw[rows, None] * share[:, -1:] >= share).sum(axis=1)
        chosen[rows] = np.array(here)[np.minimum(picked, len(here) - 1)]
    return chosen


def _pulls(lists: Vocabulary) -> Floats:
    """Return industries x cities: the unnormalised chance of a city for each industry."""
    base = np.array([_attraction(city, lists) for city in lists.cities])
    pulls = np.tile(base, (len(lists.industries), 1))
    by_name = {city.name: i for i, city in enumerate(lists.cities)}
    by_key = {industry.key: i for i, industry in enumerate(lists.industries)}
    for row in read_table("pulls.csv"):
        pulls[by_key[row["industry"]], by_name[row["city"]]] *= float(row["pull"])
    return pulls


def _attraction(city: City, lists: Vocabulary) -> float:
    largest = max(c.population for c in lists.cities if c.country == city.country)
    # in countries with one dominant city the raw power would put a third of all companies there
    capped = min(city.population, 0.5 * largest + 0.5 * min(city.population, 900_000))
    return float(round(capped**_POPULATION_POWER, 3))
