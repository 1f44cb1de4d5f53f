"""Drivers in worlds where nothing has an effect and where one thing has: generators of two kinds, and sisters."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache

import polars as pl
import pytest
from scipy import stats
from support.analysis_frames import companies
from support.examples import examples

from openprospect_nb.analysis import drivers
from openprospect_nb.analysis.intervals import Count
from openprospect_nb.analysis.scoring.discoveries import Ranking, deflated, false_discovery_rates, p_value, shrunk

TECHNOLOGIES = [f"Tool {n}" for n in range(40)]
CITIES = [f"{first}{second}stadt" for first in "BDFGH" for second in "aeiouy"]
TYPES = [f"Trade {n}" for n in range(12)]
Firm = dict[str, object]


def even(chance: random.Random, number: int) -> Firm:
    """Return a firm of a world of many even categories, as a delivery over several countries has them."""
    return {
        "id": f"f{number}",
        "name": f"Firm {number}",
        "match_score": round(chance.uniform(3, 10), 1),
        "city": chance.choice(CITIES),
        "country": chance.choice(["Germany", "Austria", "Switzerland"]),
        "business_type": chance.choice(TYPES),
        "employee_count": int(10 ** chance.uniform(0.3, 3.4)),
        "web_technologies": chance.sample(TECHNOLOGIES, chance.randint(1, 12)),
    }


def skewed(chance: random.Random, number: int) -> Firm:
    """Return a firm of a world of few, skewed levels, correlated with each other, with nulls and whole scores."""
    level = min(int(chance.expovariate(0.9)), 5)
    return {
        "id": f"f{number}",
        "match_score": float(min(10, max(0, round(chance.gauss(7.5, 1.2))))),
        "city": CITIES[min(level + chance.choice([0, 0, 1]), 29)],
        "country": "Germany" if level < 4 else "Austria",
        "business_type": TYPES[level] if chance.random() < 0.8 else None,
        "employee_count": [8, 30, 30, 120, 400, 2000][level],
        "web_technologies": [t for k, t in enumerate(TECHNOLOGIES) if chance.random() < 0.9 / (1 + k)],
    }


def world(kind: str, seed: int, n: int) -> pl.DataFrame:
    """Return an order of *n* firms without any effect."""
    chance = random.Random(f"{kind} {seed} {n}")
    if kind == "sisters":
        groups = [even(chance, number) for number in range(n // 4 + 1)]
        sites = [f"https://{'abcd'[number % 4]}.group{number // 4}.example" for number in range(n)]
        rows = [groups[k // 4] | {"id": f"f{k}", "name": None, "website_url": site} for k, site in enumerate(sites)]
    elif kind == "hidden sisters":
        groups = [even(chance, number) for number in range(n // 4 + 1)]
        rows = [groups[number // 4] | {"id": f"f{number}", "name": f"Firm {number}"} for number in range(n)]
    elif kind == "nearly all high":
        rows = [even(chance, number) | {"match_score": 9.0 if chance.random() < 0.93 else 5.0, "city": None,
                "business_type": f"Trade {chance.randrange(n // 7)}"} for number in range(n)]  # fmt: skip
    else:
        make: Callable[[random.Random, int], Firm] = {"even": even, "skewed": skewed}[kind]
        rows = [make(chance, number) for number in range(n)]
    return companies(rows, business_type=pl.String)


@cache
def suggests(kind: str, n: int, seed: int) -> bool:
    """Return whether anything is suggested in one order of pure noise."""
    return drivers(world(kind, seed, n)).suggestion != ""


def suggesting(kind: str, n: int, repetitions: int) -> int:
    """Return in how many orders of pure noise something is suggested."""
    return sum(suggests(kind, n, seed) for seed in range(repetitions))


@pytest.mark.parametrize("kind", ["even", "skewed", "sisters"])
def test_noise_suggests_nothing(kind):
    """In pure noise nothing is suggested in at least 9 of 10 orders of 100."""
    assert suggesting(kind, 100, 20) <= 3


@pytest.mark.slow
@pytest.mark.parametrize("n", [25, 60, 100, 300])
@pytest.mark.parametrize("kind", ["even", "skewed", "sisters", "hidden sisters", "nearly all high"])
def test_noise_seldom_suggests_anything(kind, n):
    """At every size at most 10 of 100 orders of pure noise suggest anything."""
    orders = examples(100)
    spare = 0 if orders >= 100 else 2  # a third of the orders may by chance hold more than a third of the suggestions

    assert suggesting(kind, n, orders) <= orders / 10 + spare


def planted(kind: str, seed: int, n: int, feature: tuple[str, object]) -> pl.DataFrame:
    """Return the noise with one effect: of those with the feature half score high, of the others a fifth."""
    frame, (column, value) = world(kind, seed, n), feature
    chance = random.Random(seed)
    has = (
        pl.col(column).list.contains(value) if frame.schema[column] == pl.List else pl.col(column) == value
    ).fill_null(value=False)
    scores = [round(chance.uniform(8, 10) if chance.random() < (0.5 if one else 0.2) else chance.uniform(3, 7.9), 1)
              for one in frame.select(has).to_series()]  # fmt: skip
    return frame.with_columns(pl.Series("match_score", scores))


EFFECTS = [
    ("even", ("country", "Austria")),
    ("even", ("web_technologies", "Tool 7")),
    ("skewed", ("web_technologies", "Tool 1")),
    ("skewed", ("city", CITIES[1])),
]


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "feature"), EFFECTS)
def test_a_real_effect_is_found(kind, feature):
    """At 300 firms an effect of half against a fifth is suggested in at least 80 of 100 orders."""
    orders = examples(100)
    found = sum(f" {feature[1]}" in drivers(planted(kind, seed, 300, feature)).suggestion for seed in range(orders))

    assert found >= 0.8 * orders


def test_how_many_were_tested_is_said():
    """The repr, the attribute and the heading of a suggestion say among how many features it was found."""
    found = drivers(planted("even", 4, 300, ("country", "Austria")))

    assert found.tested == found.table.height > 30
    assert "of 90 features tested hold at a false discovery rate of 8%" in found.suggestion
    assert f"{found.tested} features tested" in repr(found)
    assert "+Prefer companies in Austria" in found.suggestion


def test_sisters_count_once():
    """Companies of one web site are one firm in the tests, while the table still counts companies."""
    found = drivers(world("sisters", 3, 100))

    assert (found.scored, found.firms) == (100, 25)


def test_p_values_are_fishers_with_half_the_weight_on_the_observed():
    """The mid-p value is Fisher's minus half the chance of the table itself; large tables use the score test."""
    for k1, n1, k2, n2 in ((3, 20, 11, 25), (0, 7, 5, 9), (8, 8, 2, 40)):
        exact = stats.fisher_exact([[k2, n2 - k2], [k1, n1 - k1]]).pvalue
        own = stats.hypergeom.pmf(k2, n1 + n2, k1 + k2, n2)
        assert p_value(Count(k1, n1), Count(k2, n2)) == pytest.approx(exact - own / 2)
    chi = stats.chi2_contingency([[700, 1300], [600, 1400]], correction=False).pvalue
    assert p_value(Count(600, 2000), Count(700, 2000)) == pytest.approx(chi)
    assert p_value(Count(0, 9), Count(0, 4)) == p_value(Count(9, 9), Count(4, 4)) == 1


def test_rank_p_values_are_those_of_scipy():
    """The rank sum test agrees with scipy's, ties and all; without any spread nothing is said."""
    chance = random.Random(3)
    first, second = ([float(chance.randint(m, 9)) for _ in range(40)] for m in (0, 2))
    ranks = [float(rank) for rank in stats.rankdata([*first, *second])]
    expected = stats.mannwhitneyu(first, second, use_continuity=False, method="asymptotic").pvalue

    assert Ranking(ranks).p_value(sum(ranks[:40]) / 40, 40) == pytest.approx(expected)
    assert Ranking([1.5, 1.5]).p_value(1.5, 1) == Ranking([1.0]).p_value(1.0, 1) == Ranking([]).p_value(0.0, 0) == 1


def test_a_rank_test_says_nothing_where_nearly_all_are_tied():
    """Three of five among the 21 of 300 that score low is no one-in-a-million chance, as a normal curve would say."""
    ranks = [11.0] * 21 + [161.0] * 279
    mean = (3 * 11 + 2 * 161) / 5

    assert Ranking(ranks).p_value(mean, 5) == 1
    assert Ranking([float(rank + 1) for rank in range(300)]).p_value(mean, 5) < 1
    assert Ranking([11.0] * 80 + [161.0] * 220).p_value(11.0, 20) < 1e-9


def test_false_discovery_rates_are_those_of_scipy():
    """Benjamini and Hochberg's rates agree with scipy's on any p values."""
    chance = random.Random(2)
    values = [chance.random() ** 3 for _ in range(40)]

    assert false_discovery_rates(values) == pytest.approx(list(stats.false_discovery_control(values)))
    assert false_discovery_rates([]) == []


def test_inflated_statistics_are_deflated():
    """Statistics four times too large give back the p values they should have had; few or sound ones stay."""
    chance = random.Random(4)
    sound = [stats.norm.sf(abs(chance.gauss(0, 1))) * 2 for _ in range(400)]
    inflated = [float(stats.norm.sf(abs(stats.norm.isf(p / 2)) * 2) * 2) for p in sound]

    assert deflated(sound) == sound
    assert deflated(inflated[:9]) == inflated[:9]
    assert sum(p < 0.05 for p in inflated) > 100
    assert sum(p < 0.05 for p in deflated(inflated)) < 40


def test_estimates_without_an_effect_are_drawn_to_nothing():
    """Estimates that scatter as their errors say become next to nothing; one far outside keeps most of itself."""
    chance = random.Random(6)
    noise = [chance.gauss(0, 0.8) for _ in range(60)]

    assert max(map(abs, shrunk(noise, [1.0] * 60))) < 0.06
    assert shrunk([8.0, *noise], [1.0] * 61)[0] > 2
    assert shrunk([], []) == []
