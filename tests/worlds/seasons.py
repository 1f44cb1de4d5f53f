"""Four ICPs and one budget, and the forecast of a pilot, in worlds whose yields are known.

A world says how the rate of good companies of an ICP goes with what was delivered. None of them draws from the prior of
`openprospect_nb.yields`. A season begins with a pilot of each ICP; then the budget is spent as `op.plan` says, in
parts, and each part teaches. It is held against somebody who knows all rates, against equal shares, and against all of
the money on the order that `op.compare` calls best after the pilots.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import NamedTuple

import numpy as np

from openprospect_nb.analysis.orders.comparison import DRAWN
from openprospect_nb.analysis.orders.rates import Rate, drawn_together
from openprospect_nb.analysis.planning.splitting import Offer, split
from openprospect_nb.yields import Batch, Yields

from .cells import Promise, Trial

ICPS = 4
BUDGET = 1000.0
AHEAD = 6000
PARTS = 8


@dataclass(frozen=True, slots=True)
class Vendor:
    """How an ICP's rate goes with what was delivered: from its first rate (0-1) and its size, the rates that follow."""

    name: str
    says: str
    rates: Callable[[float, int], np.ndarray]


class Season(NamedTuple):
    """Good companies that one budget brought: by the plan in parts and at once, the three others, and in few parts."""

    plan: float
    at_once: float
    oracle: float
    equal: float
    compared: float
    in_two: float
    in_four: float


def _two_kinds(first: float, size: int) -> np.ndarray:
    """Half of a market is delivered four times as readily as the other half, and repeats are not new."""
    asked = np.arange(AHEAD) / size
    return first * (np.exp(-1.6 * asked) + np.exp(-0.4 * asked)) / 2


VENDORS = (
    Vendor("endless", "rates stay as they are", lambda first, _: np.full(AHEAD, first)),
    Vendor("ending", "rates stay until the market ends, at 150 to 3,000 companies; less is delivered then, and paid",
           lambda first, size: np.full(max(100, size), first)),
    Vendor("best first", "rates fall to a third over 150 to 3,000 companies",
           lambda first, size: first * np.exp(-np.arange(AHEAD) / size)),
    Vendor("repeats", "each order is drawn from one market of 150 to 3,000, half of it four times as readily",
           _two_kinds),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Setting:
    """One truth: the rates of each ICP, company by company, and the prices."""

    rates: tuple[np.ndarray, ...]
    prices: np.ndarray

    @classmethod
    def draw(cls, vendor: Vendor, rng: np.random.Generator) -> Setting:
        """Return first rates even over 5 to 60 %, sizes even on the logarithm, prices of 1, 1, 1.50 or 2."""
        firsts = rng.uniform(0.05, 0.6, ICPS)
        sizes = np.exp(rng.uniform(np.log(150), np.log(3000), ICPS)).astype(int)
        rates = tuple(vendor.rates(first, int(size)) for first, size in zip(firsts, sizes, strict=True))
        return cls(rates, rng.choice([1.0, 1.0, 1.5, 2.0], ICPS))

    def value(self, starts: Sequence[int], counts: Sequence[int]) -> float:
        """Return the expected good companies among so many of each ICP from a position on."""
        return sum(
            float(own[start : start + count].sum())
            for own, start, count in zip(self.rates, starts, counts, strict=True)
        )

    def offers(self, rates: Sequence[np.ndarray]) -> dict[str, Offer]:
        """Return what each ICP offers, were these its rates."""
        return {str(k): Offer(np.minimum.accumulate(own), float(self.prices[k])) for k, own in enumerate(rates)}


@cache
def season(vendor: Vendor, n: int, seed: int, parts: int = PARTS) -> Season:
    """Return what a budget brings after pilots of *n* companies of each ICP."""
    rng = np.random.default_rng([seed, n])
    setting = Setting.draw(vendor, rng)
    after = [n] * ICPS
    hits = [int((rng.random(n) < own[:n]).sum()) for own in setting.rates]
    oracle = split(setting.offers([own[n:] for own in setting.rates]), BUDGET).counts
    drawn = drawn_together({str(k): Rate(found, n, n) for k, found in enumerate(hits)}, DRAWN)
    best = max(range(ICPS), key=lambda k: drawn[str(k)] / setting.prices[k])
    return Season(
        planned(setting, n, hits, parts, rng),
        planned(setting, n, hits, 1, rng),
        setting.value(after, list(oracle.values())),
        setting.value(after, [int(BUDGET / ICPS / price) for price in setting.prices]),
        setting.value(after, [int(BUDGET / setting.prices[k]) if k == best else 0 for k in range(ICPS)]),
        *(planned(setting, n, hits, few, rng) for few in (2, 4)),
    )


def planned(setting: Setting, n: int, hits: Sequence[int], parts: int, rng: np.random.Generator) -> float:
    """Return what the plan brings: a part is bought, what it shows is learnt, and the rest is planned again."""
    batches = {str(k): [Batch(0, n, found, n)] for k, found in enumerate(hits)}
    at, left, brought, spent = [n] * ICPS, BUDGET, 0.0, set[int]()
    for part in range(parts):
        yields = Yields(batches)
        ahead = [yields.rates(str(k), 0 if k in spent else int(left / setting.prices[k])) for k in range(ICPS)]
        whole = list(split(setting.offers(ahead), left).counts.values())
        for k, count in enumerate(-(-each // (parts - part)) for each in whole):
            following = setting.rates[k][at[k] : at[k] + min(count, int(left / setting.prices[k] + 1e-9))]
            if len(following) < count:
                spent.add(k)
            if len(following):
                found = int((rng.random(len(following)) < following).sum())
                batches[str(k)].append(Batch(at[k], len(following), found, len(following)))
            brought += float(following.sum())
            at[k] += len(following)
            left -= len(following) * setting.prices[k]
    return brought


def earlier_batches(vendor: Vendor, rng: np.random.Generator) -> Mapping[str, Sequence[Batch]]:
    """Return what a home knows that has ordered from three other ICPs, four times 150 companies each."""
    known = {}
    for k, own in enumerate(Setting.draw(vendor, rng).rates[:3]):
        parts = [own[start : start + 150] for start in range(0, 600, 150)]
        counts = [(150 * i, len(part), int((rng.random(len(part)) < part).sum())) for i, part in enumerate(parts)]
        known[str(k)] = [Batch(start, n, good, n) for start, n, good in counts if n]
    return known


def forecast(vendor: Vendor, n: int, rest: int, seed: int, *, has_history: bool = False) -> Trial:
    """Return whether the 90 % interval of a pilot's forecast held the rest, and its width over what was expected."""
    rng = np.random.default_rng([seed, n, rest])
    rates = Setting.draw(vendor, rng).rates[0]
    rest = min(rest, len(rates) - n)
    known = earlier_batches(vendor, rng) if has_history else {}
    yields = Yields({**known, "pilot": [Batch(0, n, int((rng.random(n) < rates[:n]).sum()), n)]})
    low, high = yields.count_interval("pilot", rest, 0.9, seed=seed)
    found = int((rng.random(rest) < rates[n : n + rest]).sum())
    return Trial(bool(low <= found <= high), high - low, max(1.0, yields.expected("pilot", rest)))


def spent(vendor: Vendor, n: int, way: str, seed: int) -> Trial:
    """Return whether a way to spend a budget brought no less than equal shares, and what it brought of the oracle's."""
    found = season(vendor, n, seed)
    brought = getattr(found, way)
    return Trial(brought >= found.equal, brought, found.oracle)


def _spending(way: str) -> Mapping[str, Callable[[int], Trial]]:
    return {f"{vendor.name}, pilots of {n}": partial(spent, vendor, n, way) for vendor in VENDORS for n in (25, 100)}


def _forecasts(*, has_history: bool) -> Mapping[str, Callable[[int], Trial]]:
    return {
        f"{vendor.name}, {n} of {n + rest}": partial(forecast, vendor, n, rest, has_history=has_history)
        for vendor in VENDORS
        for n, rest in ((25, 75), (25, 475), (100, 900))
    }


VALUE = "of what knowing all rates brings"
SEASONS = (
    Promise("plan in 8 parts", "bought as `op.plan` says, an eighth at a time: no less than equal shares", 0.1,
            _spending("plan"), VALUE),
    Promise("plan in 4 parts", "the same, a quarter at a time", 0.1, _spending("in_four"), VALUE),
    Promise("plan in 2 parts", "the same, in halves", 0.1, _spending("in_two"), VALUE),
    Promise("plan at once", "the same, all of it at once", 0.1, _spending("at_once"), VALUE),
    Promise("all on the best", "not ours: the whole budget on the order that `op.compare` calls best after the pilots",
            0.1, _spending("compared"), VALUE),
    Promise("equal shares", "not ours: as much money for each ICP", 0.0, _spending("equal"), VALUE),
    Promise("pilot", "the 90 % interval of the good companies of the rest holds, in 86 to 94 of 100", 0.14,
            _forecasts(has_history=False), "width over the expected", 0.94),
)  # fmt: skip
