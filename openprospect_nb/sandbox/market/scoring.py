"""How well each company of the universe meets the criteria: one array a component, then one score a company.

A component is 1 where met, 0 where missed, between for partly, and NaN where the company's data do not tell. The score
adds the known components by weight, spreads them by maturity, size and a latent fit of (profile, company), and is then
capped: 4.2 in another trade, 5.4 if a hard criterion is missed, 7.8 if any stated criterion is missed or unknown, 5 if
nothing was understood.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from openprospect_nb.sandbox.market.criteria import Criteria
from openprospect_nb.sandbox.universe.chance import Chance, Floats, Ints
from openprospect_nb.sandbox.universe.columns import Columns
from openprospect_nb.sandbox.universe.vocabulary import Vocabulary

__all__ = [
    "CAP_HARD",
    "CAP_PARTLY",
    "CAP_UNKNOWN_ICP",
    "CAP_UNRELATED",
    "WEIGHTS",
    "allowed_rows",
    "components",
    "reached",
    "scores",
]

WEIGHTS = {"business": 3.2, "place": 2.4, "size": 2.0, "technology": 1.8, "trait": 1.4, "preference": 0.7, "text": 1.2}
CAP_UNRELATED = 4.2
CAP_HARD = 5.4
CAP_PARTLY = 7.8
CAP_UNKNOWN_ICP = 5.0
_MET = 0.6  # from here on a component counts as met
_HARD = ("business", "place", "size", "technology")
_HARD_FLOOR = 0.4  # below it, a hard criterion counts as missed outright
_SIBLING = 0.3  # what another kind of business of the named one's industry counts

Flags = NDArray[np.bool_]
Components = dict[str, Floats]
Parts = tuple[Criteria, Vocabulary, Columns]


def allowed_rows(criteria: Criteria, columns: Columns) -> Ints:
    """Return the numbers of companies in the target countries that no exclusion names."""
    allowed = np.isin(columns.country, list(criteria.countries))
    allowed &= ~np.isin(columns.industry, list(criteria.excluded_industries))
    allowed &= ~np.isin(columns.subtype, list(criteria.excluded_subtypes))
    if criteria.excluded_technologies:
        allowed &= ~columns.technologies[:, sorted(criteria.excluded_technologies)].any(axis=1)
    return np.flatnonzero(allowed)


def components(parts: Parts, rows: Ints) -> Components:
    """Return one array per stated criterion, for the companies *rows*; criteria nobody stated are absent."""
    makers: dict[str, Callable[[Parts, Ints], Floats | None]] = {
        "business": _business,
        "place": _place,
        "size": _size,
        "technology": _technology,
        "trait": _trait,
        "preference": _preference,
    }
    made = {name: maker(parts, rows) for name, maker in makers.items()}
    return {name: values for name, values in made.items() if values is not None}


def scores(parts: Parts, rows: Ints, found: Components, latent: tuple[Chance, str]) -> tuple[Floats, Flags]:
    """Return match scores (0 to 10, one decimal) and whether all stated criteria are met.

    Args:
        parts: criteria, vocabulary and columns.
        rows: the companies to score.
        found: their components.
        latent: the source of the latent fit, and the profile's digest.
    """
    criteria, _, columns = parts
    total, weight = np.zeros(len(rows)), np.zeros(len(rows))
    all_met, hard_missed = np.ones(len(rows), dtype=bool), np.zeros(len(rows), dtype=bool)
    for name, values in found.items():
        known = ~np.isnan(values)
        total += np.where(known, np.nan_to_num(values), 0.45) * WEIGHTS[name]
        weight += WEIGHTS[name]
        if name not in {"text", "preference"}:
            all_met &= known & (np.nan_to_num(values) >= _MET)
        if name in _HARD:
            hard_missed |= known & (np.nan_to_num(values) < _HARD_FLOOR)
    fit = total / np.maximum(weight, 1e-9)
    unrelated = np.nan_to_num(found.get("business", np.ones(len(rows)))) < _HARD_FLOOR
    raw, cap = _grade(fit, (all_met, hard_missed, unrelated), _spread(columns, rows, latent))
    if not criteria.has_hints:
        raw, cap = 2.6 + 1.6 * fit + 0.7 * _spread(columns, rows, latent), np.full(len(rows), CAP_UNKNOWN_ICP)
        all_met = np.zeros(len(rows), dtype=bool)
    return np.round(_soft_cap(raw, cap), 4), all_met


def _spread(columns: Columns, rows: Ints, latent: tuple[Chance, str]) -> Floats:
    """Return what tells apart companies that meet the same criteria: a latent fit, maturity and size."""
    chance, digest = latent
    size = np.log(columns.employees[rows]) - 3
    return 0.7 * chance.normals(f"fit {digest}", rows) + 0.2 * np.clip(columns.maturity[rows], -2, 2) + 0.08 * size


def _grade(fit: Floats, groups: tuple[Flags, Flags, Flags], spread: Floats) -> tuple[Floats, Floats]:
    """Return raw score and cap; the groups are all met, something hard missed, another trade."""
    all_met, hard_missed, unrelated = groups
    kinds = [unrelated, hard_missed, all_met]
    raw = np.select(
        kinds,
        [0.7 + 3.6 * fit + 0.8 * spread, 6.4 * fit + 0.1 + 0.8 * spread, 7.5 + 1.1 * spread],
        7.3 * fit - 0.7 + 0.9 * spread,
    )
    cap = np.select(
        kinds, [np.full_like(fit, CAP_UNRELATED), np.full_like(fit, CAP_HARD), np.full_like(fit, 10.0)], CAP_PARTLY
    )
    return raw, cap


def reached(values: Floats, all_met: Flags, rows: Ints, latent: tuple[Chance, str]) -> Flags:
    """Return which companies this profile's discovery reaches: all of a narrow market, a part of a wide one.

    Beyond 24 companies that meet everything one in ten more is reached, beyond 60 that come close one in four; which
    ones depends on the profile, so two profiles for one market overlap without being equal. The rest is always reached.
    """
    chance, digest = latent
    # most of what is easy to find is found by every profile, the rest by some
    common = chance.uniforms("easily found", rows) < 0.65
    draw = np.where(common, chance.uniforms("reach", rows), chance.uniforms(f"reach {digest}", rows))
    close = ~all_met & (values > CAP_HARD)
    kept = np.ones(len(rows), dtype=bool)
    for group, always, share in ((all_met, 24, 0.1), (close, 60, 0.25)):
        count = int(group.sum())
        if count > always:
            kept &= ~group | (draw < (always + share * (count - always)) / count)
    return kept


def _soft_cap(raw: Floats, cap: Floats) -> Floats:
    """Bend values that approach *cap* so that they keep their order and do not tie."""
    knee = cap - 0.9
    over = np.maximum(raw - knee, 0)
    return np.clip(np.where(raw > knee, knee + 0.9 * (1 - np.exp(-over / 0.9)), raw), 0.3, 10.0)


def _business(parts: Parts, rows: Ints) -> Floats | None:
    criteria, lists, columns = parts
    if not criteria.subtypes and not criteria.industries:
        return None
    value = np.zeros(len(lists.subtypes))
    named_best = max(criteria.subtypes.values(), default=0.0)
    related = {lists.subtypes[index].industry for index in criteria.subtypes}
    for index, subtype in enumerate(lists.subtypes):
        named = criteria.subtypes.get(index, 0.0)
        industry = criteria.industries.get(subtype.industry, 0.0)
        sibling = _SIBLING * named_best if subtype.industry in related else 0.0
        value[index] = max(named, industry * (0.5 * named_best if criteria.subtypes else 1.0), sibling)
    return np.minimum(value / (named_best or 1.0), 1.0)[columns.subtype[rows]]


def _place(parts: Parts, rows: Ints) -> Floats | None:
    criteria, lists, columns = parts
    if not criteria.cities and not criteria.states and not criteria.wanted_countries:
        return None
    value = np.zeros(len(lists.cities))
    near = {(lists.cities[city].country, lists.cities[city].region) for city in criteria.cities}
    for index, city in enumerate(lists.cities):
        if (
            index in criteria.cities
            or (city.country, city.region) in criteria.states
            or (city.country in criteria.wanted_countries and not (criteria.cities or criteria.states))
        ):
            value[index] = 1.0
        elif city.region and (city.country, city.region) in near:
            value[index] = 0.45
        elif city.country in criteria.wanted_countries:
            value[index] = 0.25
    return value[columns.city[rows]]


def _size(parts: Parts, rows: Ints) -> Floats | None:
    criteria, _, columns = parts
    if criteria.size is None:
        return None
    size = np.log(columns.employees[rows])
    low = np.log(criteria.size.low) if criteria.size.low else -np.inf
    high = np.log(criteria.size.high) if criteria.size.high else np.inf
    outside = np.maximum(np.maximum(low - size, size - high), 0)
    value = np.exp(-((outside / 0.3) ** 2) / 2)
    return np.where(columns.known[rows], np.where(outside > 0, np.minimum(value, _MET - 0.01), value), np.nan)


def _technology(parts: Parts, rows: Ints) -> Floats | None:
    criteria, _, columns = parts
    if not criteria.technologies:
        return None
    groups = [columns.technologies[rows][:, sorted(group)].any(axis=1) for group in criteria.technologies]
    met = np.mean(np.stack(groups, axis=1), axis=1)
    return np.where(columns.website[rows], met, np.nan)


def _trait(parts: Parts, rows: Ints) -> Floats | None:
    return _share_of_traits(parts, rows, parts[0].traits)


def _preference(parts: Parts, rows: Ints) -> Floats | None:
    return _share_of_traits(parts, rows, parts[0].preferences)


def _share_of_traits(parts: Parts, rows: Ints, wanted: list[str]) -> Floats | None:
    _, lists, columns = parts
    if not wanted:
        return None
    names = list(lists.traits)
    met: Floats = np.mean(columns.traits[rows][:, [names.index(trait) for trait in wanted]], axis=1)
    return met
