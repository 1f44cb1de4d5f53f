"""Promises about companies (drivers, the score, comparisons), each in worlds of its own.

The worlds are those of the tests of these three; here they are drawn as often as the others.
"""

from __future__ import annotations

import random
from collections.abc import Callable

import polars as pl
from support.analysis_frames import companies, prospects
from unit.analysis.orders.test_next_order import compared, icp, unlike_groups
from unit.analysis.scoring.test_noise import EFFECTS, planted, world

from openprospect_nb.analysis import drivers, score

from .cells import Promise

TITLES = (None, "CEO", "Head of Sales", "Engineer", "Intern")


def _silent(kind: str, n: int) -> Callable[[int], bool]:
    return lambda seed: drivers(world(kind, seed, n)).suggestion == ""


def _found(kind: str, feature: tuple[str, object]) -> Callable[[int], bool]:
    return lambda seed: f" {feature[1]}" in drivers(planted(kind, seed, 300, feature)).suggestion


def _risen(known: float, *, asked: bool = True) -> Callable[[int], bool]:
    """Make one value of one company better, or known to be good: its score must not fall. *known* is a share, 0-1."""

    def kept(seed: int) -> bool:
        chance = random.Random(f"{seed} {known} {asked}")

        def maybe(value: float) -> float | None:
            return value if chance.random() < known else None

        firms = [{"id": f"c{k}", "match_score": maybe(chance.uniform(0, 10))} for k in range(20)]
        people = [{"company_id": f"c{k}", "id": f"p{k}", "email": f"p{k}@c{k}.example",
                   "job_title": chance.choice(TITLES), "qualification_score": maybe(chance.uniform(0, 10)),
                   "bounce_risk_score": maybe(chance.uniform(2, 100))} for k in range(20)]  # fmt: skip
        changes = [("match_score", firms, 8.5), *([("qualification_score", people, 8.5),
                   ("bounce_risk_score", people, 5.0)] if asked else [])]  # fmt: skip
        name, rows, good = chance.choice(changes)
        before = _score(firms, people if asked else None)
        old = rows[0][name]
        better = min if name == "bounce_risk_score" else max
        rows[0] = rows[0] | {name: good if old is None else better(old, good)}
        after = _score(firms, people if asked else None)
        return before is None or (after is not None and after >= before - 1e-6)

    return kept


def _score(firms: list[dict], people: list[dict] | None) -> float | None:
    frame = score(companies(firms), prospects=None if people is None else prospects(people))
    return frame.filter(pl.col("id") == "c0")["score"][0]


def _alike(n: int, sisters: int = 1, *, unlike: bool = False) -> Callable[[int], bool]:
    """Compare six equal ICPs: none may be read as higher or lower. *unlike*: groups of *sisters* on average."""

    def kept(seed: int) -> bool:
        chance = random.Random(f"alike {seed} {n} {sisters}")
        orders = {}
        for name in "ABCDEF":
            firms = icp(chance, mailable=0.6, good=0.4, n=n)
            groups = unlike_groups(chance, n, sisters) if unlike else [k // sisters for k in range(n)]
            orders[name] = [firms[group] | {"site": f"s{k}.{name.lower()}{group}.example"}
                            for k, group in enumerate(groups)]  # fmt: skip
        readings = compared(orders).differences["reading"]
        return not readings.str.contains("^(?:higher|lower)").any()

    return kept


CHOICES = (
    Promise("drivers", "suggests nothing where no feature has an effect", 0.1, {
        "25 companies": _silent("even", 25), "100 companies": _silent("even", 100),
        "300 companies": _silent("even", 300), "few, skewed levels": _silent("skewed", 100),
        "300, nearly all high": _silent("nearly all high", 300),
        "sisters, same site": _silent("sisters", 100), "sisters, hidden": _silent("hidden sisters", 100)}),
    Promise("drivers, an effect", "half of those with it score high, of others a fifth: suggested at 300 companies",
           0.2, {f"{kind}: {column}": _found(kind, (column, value)) for kind, (column, value) in EFFECTS}),
    Promise("score", "a better known value never lowers it, nor does a good one in the place of an unknown", 0.0, {
        "all known": _risen(1.0), "half unknown": _risen(0.5), "nine in ten unknown": _risen(0.1),
        "no contacts asked": _risen(0.5, asked=False)}),
    Promise("compare", "of six equal ICPs none is read as higher or lower", 0.1, {
        "30 companies each": _alike(30), "120 companies each": _alike(120), "sisters by fours": _alike(120, 4),
        "sisters, eight on average": _alike(120, 8, unlike=True)}),
)  # fmt: skip
