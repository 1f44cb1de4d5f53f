"""Technologies and traits: logits of maturity, size, age, industry and country, one draw a category."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from openprospect_nb.sandbox.universe.chance import Chance, Floats, Ints
from openprospect_nb.sandbox.universe.vocabulary import Vocabulary

__all__ = ["draw_technologies", "draw_traits"]

Flags = NDArray[np.bool_]
_YEAR = 2026


def draw_technologies(
    chance: Chance, lists: Vocabulary, country: Ints, industry: Ints, state: tuple[Floats, Floats, Flags]
) -> Flags:
    """Return companies x technologies; a category marked exclusive gives at most one, and implications are closed.

    Args:
        chance: the source of draws.
        lists: the vocabulary.
        country: country index per company.
        industry: industry index per company.
        state: maturity, log employees and whether there is a website; without one nothing was detected.
    """
    maturity, log_size, website = state
    used = np.zeros((len(country), len(lists.technologies)), dtype=bool)
    start = 0
    for category in lists.categories:
        stop = start + len(category["tools"])
        logit = _logit(category, lists, industry, maturity, log_size)
        popularity = _popularity(category, lists)[country, industry]
        draw = _exclusive if category["exclusive"] else _independent
        used[:, start:stop] = draw(chance, category["key"], _chance_of(logit), popularity)
        start = stop
    _close(used, lists)
    used[~website] = False
    return used


def draw_traits(chance: Chance, lists: Vocabulary, industry: Ints, state: tuple[Floats, Floats, Ints]) -> Flags:
    """Return companies x traits, such as family-owned or exporting; state is maturity, log employees, year founded."""
    maturity, log_size, founded = state
    age = np.log(np.maximum(_YEAR - founded, 1)) - 2.8
    columns = []
    numbers = np.arange(len(industry), dtype=np.int64)
    for name, trait in lists.traits.items():
        logit = _logit(trait, lists, industry, maturity, log_size) + trait["age"] * age
        columns.append(chance.uniforms(f"trait {name}", numbers) < _chance_of(logit))
    traits = np.stack(columns, axis=1)
    young = list(lists.traits).index("startup")
    traits[:, young] &= founded > _YEAR - 8
    return traits


def _logit(source: Mapping[str, Any], lists: Vocabulary, industry: Ints, maturity: Floats, log_size: Floats) -> Floats:
    lift = np.array([source["lift"].get(i.key, 0.0) for i in lists.industries])[industry]
    logit: Floats = source["base"] + lift + source["maturity"] * maturity + source["size"] * (log_size - 3)
    return logit


def _chance_of(logit: Floats) -> Floats:
    return np.round(1 / (1 + np.exp(-logit)), 9)


def _popularity(category: Mapping[str, Any], lists: Vocabulary) -> Floats:
    """Return countries x industries x tools: the share of each tool among users of the category."""
    shares = np.array(
        [
            [
                [
                    tool["weight"] * tool["lift"].get(country.code, 1.0) * tool["lift"].get(industry.key, 1.0)
                    for tool in category["tools"]
                ]
                for industry in lists.industries
            ]
            for country in lists.countries
        ]
    )
    popularity: Floats
    popularity = shares / shares.sum(axis=2, keepdims=True) if category["exclusive"] else np.minimum(shares / 100, 0.95)
    return popularity


def _exclusive(chance: Chance, key: str, adopted: Floats, popularity: Floats) -> Flags:
    numbers = np.arange(len(adopted), dtype=np.int64)
    edges = np.cumsum(popularity, axis=1)
    picked = (chance.uniforms(f"tool {key}", numbers)[:, None] * edges[:, -1:] >= edges).sum(axis=1)
    flags = np.zeros(popularity.shape, dtype=bool)
    flags[numbers, np.minimum(picked, popularity.shape[1] - 1)] = True
    return flags & (chance.uniforms(f"uses {key}", numbers) < adopted)[:, None]


def _independent(chance: Chance, key: str, adopted: Floats, popularity: Floats) -> Flags:
    numbers = np.arange(len(adopted), dtype=np.int64)
    draws = [chance.uniforms(f"uses {key} {tool}", numbers) for tool in range(popularity.shape[1])]
    # the category's chance is that of its most popular tool's users; the others scale with their share
    flags: Flags = np.stack(draws, axis=1) < adopted[:, None] * popularity
    return flags


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
