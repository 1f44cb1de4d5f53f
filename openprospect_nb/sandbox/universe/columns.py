"""The drawn attributes of all companies, one array a field, in the order country, business, city, size and on."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from openprospect_nb.sandbox.universe.chance import Chance, Floats, Ints
from openprospect_nb.sandbox.universe.features import draw_technologies, draw_traits
from openprospect_nb.sandbox.universe.places import draw_cities
from openprospect_nb.sandbox.universe.vocabulary import Vocabulary

__all__ = ["EPOCH_YEAR", "LARGEST", "Columns", "draw_columns"]

EPOCH_YEAR = 2026  # "today" of the universe; no value depends on the clock
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


def draw_columns(chance: Chance, lists: Vocabulary, count: int) -> Columns:
    """Return the attributes of companies 0 to *count* - 1."""
    numbers = np.arange(count, dtype=np.int64)
    country, subtype = _draw_business(chance, lists, numbers)
    industry = np.array([s.industry for s in lists.subtypes])[subtype]
    city = draw_cities(chance, lists, country, industry)
    employees = _draw_employees(chance, lists, subtype, industry)
    log_size = np.log(employees)
    mood = np.array([i.maturity for i in lists.industries])[industry]
    maturity = np.round(mood + 0.22 * (log_size - 3) + 0.7 * chance.normals("maturity", numbers), 4)
    founded = _draw_founded(chance, lists, industry, (log_size, maturity))
    website = chance.uniforms("website", numbers) < _website_chance(log_size, maturity)
    return Columns(
        country=country,
        subtype=subtype,
        industry=industry,
        city=city,
        employees=employees,
        maturity=maturity,
        founded=founded,
        form=_draw_forms(chance, lists, city, log_size),
        technologies=draw_technologies(chance, lists, country, industry, (maturity, log_size, website)),
        traits=draw_traits(chance, lists, industry, (maturity, log_size, founded)),
        website=website,
        known=chance.uniforms("headcount known", numbers) < 0.985 - 0.13 * np.exp(-log_size / 2),
    )


def _draw_business(chance: Chance, lists: Vocabulary, numbers: Ints) -> tuple[Ints, Ints]:
    shares = np.array([c.weight for c in lists.countries])
    country = np.searchsorted(np.cumsum(shares) / shares.sum(), chance.uniforms("country", numbers), side="right")
    subtype = np.zeros_like(numbers)
    draw = chance.uniforms("business", numbers)
    for index, place in enumerate(lists.countries):
        weights = _business_weights(lists, place.code)
        rows = country == index
        subtype[rows] = np.searchsorted(np.cumsum(weights) / weights.sum(), draw[rows], side="right")
    return country.astype(np.int64), np.minimum(subtype, len(lists.subtypes) - 1)


def _business_weights(lists: Vocabulary, code: str) -> Floats:
    """Return each sub-type's share in a country: the industry's weight there, divided among its sub-types."""
    within = [sum(s.weight for s in lists.subtypes if s.industry == i) for i in range(len(lists.industries))]
    there = [industry.weight * industry.lifts.get(code, 1.0) for industry in lists.industries]
    return np.array([s.weight / within[s.industry] * there[s.industry] for s in lists.subtypes])


def _draw_employees(chance: Chance, lists: Vocabulary, subtype: Ints, industry: Ints) -> Ints:
    mu = np.array([i.mu for i in lists.industries])[industry] + np.array([s.shift for s in lists.subtypes])[subtype]
    sigma = np.array([i.sigma for i in lists.industries])[industry]
    numbers = np.arange(len(subtype), dtype=np.int64)
    raw = np.exp(np.round(mu + sigma * chance.normals("employees", numbers), 6))
    employees: Ints = np.clip(np.rint(raw), 1, LARGEST).astype(np.int64)
    return employees


def _draw_founded(chance: Chance, lists: Vocabulary, industry: Ints, state: tuple[Floats, Floats]) -> Ints:
    log_size, maturity = state
    numbers = np.arange(len(industry), dtype=np.int64)
    log_age = 2.6 + 0.17 * log_size - 0.16 * maturity + 0.75 * chance.normals("founded", numbers)
    age = np.exp(np.round(log_age, 6))
    # software houses and web agencies cannot be older than their trade
    oldest = np.array([_OLDEST.get(i.key, 190.0) for i in lists.industries])[industry]
    bent = oldest * (1 - np.exp(-age / oldest))
    years: Ints = np.clip(np.rint(np.round(bent, 6)), 1, 190).astype(np.int64)
    return EPOCH_YEAR - years


def _website_chance(log_size: Floats, maturity: Floats) -> Floats:
    logit = 0.55 + 0.62 * log_size + 0.75 * maturity
    return np.round(1 / (1 + np.exp(-logit)), 9)


def _draw_forms(chance: Chance, lists: Vocabulary, city: Ints, log_size: Floats) -> Ints:
    draw = chance.uniforms("legal form", np.arange(len(city), dtype=np.int64))
    chosen = np.zeros_like(city)
    for code, language in {(lists.countries[c.country].code, c.language) for c in lists.cities}:
        here = [
            i for i, c in enumerate(lists.cities) if (lists.countries[c.country].code, c.language) == (code, language)
        ]
        rows = np.isin(city, here)
        options = [i for i, f in enumerate(lists.forms) if f.country == code and f.language in {"", language}]
        weight = np.array([lists.forms[i].weight for i in options])
        tilt = np.array([lists.forms[i].tilt for i in options])
        share = np.cumsum(weight * np.exp(np.outer(log_size[rows] - 3, tilt)), axis=1)
        picked = (draw[rows, None] * share[:, -1:] >= share).sum(axis=1)
        chosen[rows] = np.array(options)[np.minimum(picked, len(options) - 1)]
    return chosen
