"""The drawn attributes of all companies, one array a field, in the order country, business, city, size and on.

Cities are drawn by population and by what they are known for; technologies and traits by logits, one draw a category.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from openprospect_nb.sandbox.universe.chance import Chance, Floats, Ints
from openprospect_nb.sandbox.universe.vocabulary import City, Vocabulary, read_table, vocabulary

# A city's share grows less than its population: small towns have companies too.
_POPULATION_POWER = 0.72


def draw_cities(chance: Chance, lists: Vocabulary, country: Ints, industry: Ints) -> Ints:
    """Return a city index per company; share = population ** 0.72 x the city's pull on the industry."""
    draw = chance.uniforms("city", np.arange(len(country), dtype=np.int64))
    chosen = np.zeros_like(country)
    pulls = city_pulls(lists)
    for place in range(len(lists.countries)):
        here = [i for i, city in enumerate(lists.cities) if city.country == place]
        rows = np.flatnonzero(country == place)
        share = np.cumsum(pulls[:, here], axis=1)[industry[rows]]
        chosen[rows] = np.array(here)[_picked(draw[rows], share)]
    return chosen


def _picked(draw: Floats, edges: Floats) -> Ints:
    """Return the column that each draw falls into; *edges* are its row's running sums."""
    picked: Ints = np.minimum((draw[:, None] * edges[:, -1:] >= edges).sum(axis=1), edges.shape[1] - 1)
    return picked


def city_pulls(lists: Vocabulary) -> Floats:
    """Return industries x cities: the unnormalised chance of a city for each industry."""
    largest: dict[int, int] = {}
    for city in lists.cities:
        largest[city.country] = max(city.population, largest.get(city.country, 0))
    base = np.array([_attraction(city, largest[city.country]) for city in lists.cities])
    pulls = np.tile(base, (len(lists.industries), 1))
    by_name = {city.name: i for i, city in enumerate(lists.cities)}
    by_key = {industry.key: i for i, industry in enumerate(lists.industries)}
    for row in read_table("pulls.csv"):
        pulls[by_key[row["industry"]], by_name[row["city"]]] *= float(row["pull"])
    return pulls


def _attraction(city: City, largest: int) -> float:
    # in countries with one dominant city the raw power would put a third of all companies there
    capped = min(city.population, 0.5 * largest + 0.5 * min(city.population, 900_000))
    return float(round(capped**_POPULATION_POWER, 3))


Flags = NDArray[np.bool_]
EPOCH_YEAR = 2026  # "today" of the universe; no value depends on the clock


def draw_technologies(
    chance: Chance,
    lists: Vocabulary,
    numbers: Ints,
    country: Ints,
    industry: Ints,
    *,
    maturity: Floats,
    log_size: Floats,
    website: Flags,
) -> Flags:
    """Return companies x technologies; a category marked exclusive gives at most one, and implications are closed.

    Nothing is detected without a *website*; *maturity* is digital and latent, *log_size* the headcount's logarithm.
    """
    used = np.zeros((len(country), len(lists.technologies)), dtype=bool)
    start = 0
    for category in lists.categories:
        stop = start + len(category["tools"])
        key, tools = category["key"], range(len(category["tools"]))
        adopted = _chance_of(_logit(category, lists, industry, maturity, log_size))
        popularity = _popularity(key)[country, industry]
        if category["exclusive"]:
            chosen = _picked(chance.uniforms(f"tool {key}", numbers), np.cumsum(popularity, axis=1))
            is_user = chance.uniforms(f"uses {key}", numbers) < adopted
            used[:, start:stop] = is_user[:, None] & (chosen[:, None] == np.array(tools))
        else:
            draws = [chance.uniforms(f"uses {key} {tool}", numbers) for tool in tools]
            # the category's chance is that of its most popular tool's users; the others scale with their share
            used[:, start:stop] = np.stack(draws, axis=1) < adopted[:, None] * popularity
        start = stop
    _close(used, lists)
    used[~website] = False
    return used


def draw_traits(
    chance: Chance,
    lists: Vocabulary,
    numbers: Ints,
    industry: Ints,
    *,
    maturity: Floats,
    log_size: Floats,
    founded: Ints,
) -> Flags:
    """Return companies x traits, such as family-owned or exporting."""
    age = np.log(np.maximum(EPOCH_YEAR - founded, 1)) - 2.8
    columns = []
    for name, trait in lists.traits.items():
        logit = _logit(trait, lists, industry, maturity, log_size) + trait["age"] * age
        columns.append(chance.uniforms(f"trait {name}", numbers) < _chance_of(logit))
    traits = np.stack(columns, axis=1)
    young = list(lists.traits).index("startup")
    traits[:, young] &= founded > EPOCH_YEAR - 8
    return traits


def _logit(source: Mapping[str, Any], lists: Vocabulary, industry: Ints, maturity: Floats, log_size: Floats) -> Floats:
    lift = np.array([source["lift"].get(i.key, 0.0) for i in lists.industries])[industry]
    logit: Floats = source["base"] + lift + source["maturity"] * maturity + source["size"] * (log_size - 3)
    return logit


def _chance_of(logit: Floats) -> Floats:
    return np.round(1 / (1 + np.exp(-logit)), 9)


@lru_cache(maxsize=64)
def _popularity(key: str) -> Floats:
    """Return countries x industries x tools: the share of each tool among users of the category *key*."""
    lists = vocabulary()
    category = next(category for category in lists.categories if category["key"] == key)
    tools = category["tools"]
    weight = np.array([tool["weight"] for tool in tools])
    by_country = np.array([[tool["lift"].get(country.code, 1.0) for tool in tools] for country in lists.countries])
    by_industry = np.array([[tool["lift"].get(industry.key, 1.0) for tool in tools] for industry in lists.industries])
    shares = (weight * by_country)[:, None, :] * by_industry[None, :, :]
    popularity: Floats
    popularity = shares / shares.sum(axis=2, keepdims=True) if category["exclusive"] else np.minimum(shares / 100, 0.95)
    return popularity


def _close(used: Flags, lists: Vocabulary) -> None:
    """Add what a used technology implies, giving up a rival the implied one excludes."""
    exclusive = {category["key"] for category in lists.categories if category["exclusive"]}
    groups = {
        key: [i for i, technology in enumerate(lists.technologies) if technology.category == key] for key in exclusive
    }
    for _ in range(2):
        for index, technology in enumerate(lists.technologies):
            users = used[:, index]
            for implied in technology.implies:
                group = groups.get(lists.technologies[implied].category, [])
                if group:
                    used[np.ix_(np.flatnonzero(users), np.array(group))] = False
                used[users, implied] = True


_OLDEST = {"it": 38.0, "media": 70.0, "energy": 70.0}  # years
LARGEST = 3200  # employees; larger groups are few, known by name, and not what a prospecting list is made of


@dataclass(frozen=True, slots=True)
class Columns:
    """One array a field; row *n* is company number *n*.

    Attributes:
        country, subtype, city, form: indices into the vocabulary's lists.
        industry: index of the sub-type's industry.
        employees: headcount, 1 to `LARGEST`.
        maturity: latent digital maturity, about -3 to 3.
        founded: year.
        technologies: Booleans, one column a technology.
        traits: Booleans, one column a trait.
        website, known: whether the company has a website; whether its headcount is published.
    """

    country: Ints
    subtype: Ints
    industry: Ints
    city: Ints
    employees: Ints
    maturity: Floats
    founded: Ints
    form: Ints
    technologies: NDArray[np.bool_]
    traits: NDArray[np.bool_]
    website: NDArray[np.bool_]
    known: NDArray[np.bool_]

    def __len__(self) -> int:
        return int(self.country.shape[0])

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return the arrays by field name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def take(self, rows: Ints | slice) -> Columns:
        """Return the attributes of the companies in *rows*."""
        return Columns(**{name: array[rows] for name, array in self.arrays().items()})  # type: ignore[arg-type]


def draw_columns(chance: Chance, lists: Vocabulary, count: int) -> Columns:
    """Return the attributes of companies 0 to *count* - 1, whose country, trade, city and size are drawn as well."""
    numbers = np.arange(count, dtype=np.int64)
    country, subtype = _draw_business(chance, lists, numbers)
    industry = np.array([s.industry for s in lists.subtypes])[subtype]
    city = draw_cities(chance, lists, country, industry)
    mu = np.array([i.mu for i in lists.industries])[industry] + np.array([s.shift for s in lists.subtypes])[subtype]
    sigma = np.array([i.sigma for i in lists.industries])[industry]
    raw = np.exp(np.round(mu + sigma * chance.normals("employees", numbers), 6))
    employees: Ints = np.clip(np.rint(raw), 1, LARGEST).astype(np.int64)
    return complete_columns(chance, lists, numbers, subtype=subtype, city=city, employees=employees)


def complete_columns(
    chance: Chance, lists: Vocabulary, numbers: Ints, *, subtype: Ints, city: Ints, employees: Ints
) -> Columns:
    """Return all attributes of the companies *numbers*, whose trade, city and headcount are known."""
    country = np.array([c.country for c in lists.cities])[city]
    industry = np.array([s.industry for s in lists.subtypes])[subtype]
    log_size = np.log(employees)
    mood = np.array([i.maturity for i in lists.industries])[industry]
    latent = chance.normals("maturity", numbers)
    maturity = np.round(mood + 0.22 * (log_size - 3) + 0.7 * latent, 4)
    founded = _draw_founded(chance, lists, numbers, industry, log_size=log_size, maturity=maturity)
    logit = 0.55 + 0.62 * log_size + 0.75 * maturity
    website = chance.uniforms("website", numbers) < _chance_of(logit)
    return Columns(
        country=country,
        subtype=subtype,
        industry=industry,
        city=city,
        employees=employees,
        maturity=maturity,
        founded=founded,
        form=_draw_forms(chance, lists, numbers, city, log_size),
        technologies=draw_technologies(
            chance, lists, numbers, country, industry, maturity=maturity, log_size=log_size, website=website
        ),
        traits=draw_traits(chance, lists, numbers, industry, maturity=maturity, log_size=log_size, founded=founded),
        website=website,
        known=chance.uniforms("headcount known", numbers) < 0.985 - 0.13 * np.exp(-log_size / 2),
    )


def _draw_business(chance: Chance, lists: Vocabulary, numbers: Ints) -> tuple[Ints, Ints]:
    shares = np.array([c.weight for c in lists.countries])
    country = np.searchsorted(np.cumsum(shares) / shares.sum(), chance.uniforms("country", numbers), side="right")
    subtype = np.zeros_like(numbers)
    draw = chance.uniforms("business", numbers)
    within = [sum(s.weight for s in lists.subtypes if s.industry == i) for i in range(len(lists.industries))]
    for index, place in enumerate(lists.countries):
        # Each sub-type's share in a country: the industry's weight there, divided among its sub-types.
        there = [industry.weight * industry.lifts.get(place.code, 1.0) for industry in lists.industries]
        weights = np.array([s.weight / within[s.industry] * there[s.industry] for s in lists.subtypes])
        rows = country == index
        subtype[rows] = np.searchsorted(np.cumsum(weights) / weights.sum(), draw[rows], side="right")
    return country.astype(np.int64), np.minimum(subtype, len(lists.subtypes) - 1)


def _draw_founded(
    chance: Chance, lists: Vocabulary, numbers: Ints, industry: Ints, *, log_size: Floats, maturity: Floats
) -> Ints:
    log_age = 2.6 + 0.17 * log_size - 0.16 * maturity + 0.75 * chance.normals("founded", numbers)
    age = np.exp(np.round(log_age, 6))
    # software houses and web agencies cannot be older than their trade
    oldest = np.array([_OLDEST.get(i.key, 190.0) for i in lists.industries])[industry]
    bent = oldest * (1 - np.exp(-age / oldest))
    years: Ints = np.clip(np.rint(np.round(bent, 6)), 1, 190).astype(np.int64)
    return EPOCH_YEAR - years


def _draw_forms(chance: Chance, lists: Vocabulary, numbers: Ints, city: Ints, log_size: Floats) -> Ints:
    draw = chance.uniforms("legal form", numbers)
    chosen = np.zeros_like(city)
    places = _form_places()
    groups = np.array([places[(lists.countries[c.country].code, c.language)][0] for c in lists.cities])[city]
    for group, options in places.values():
        rows = np.flatnonzero(groups == group)
        if not len(rows):
            continue
        weight = np.array([lists.forms[i].weight for i in options])
        tilt = np.array([lists.forms[i].tilt for i in options])
        share = np.cumsum(weight * np.exp(np.outer(log_size[rows] - 3, tilt)), axis=1)
        chosen[rows] = np.array(options)[_picked(draw[rows], share)]
    return chosen


@lru_cache(maxsize=1)
def _form_places() -> dict[tuple[str, str], tuple[int, list[int]]]:
    """Return, by country and language of a city, a number for it and the legal forms that its companies may have."""
    lists = vocabulary()
    places = dict.fromkeys((lists.countries[city.country].code, city.language) for city in lists.cities)
    return {
        (code, language): (
            group,
            [i for i, form in enumerate(lists.forms) if form.country == code and form.language in {"", language}],
        )
        for group, (code, language) in enumerate(places)
    }
