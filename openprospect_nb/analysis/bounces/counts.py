"""How many of a list of e-mails bounce: the distribution of the count, exact where that is affordable.

The model. Prospect i bounces with probability p_i. Prospects on different domains are independent, so the count is
Poisson-binomial. Prospects on one domain share a fate: with probability q = share * (smallest p on the domain) the
domain is dead and takes them all; otherwise each bounces on its own with (p_i - q) / (1 - q). Every single p_i is kept
by this, expected counts too; only the spread grows. A domain with one prospect is not affected.

The computation. The characteristic function of the count is a product over prospects and domains; one Fourier
transform of it gives all probabilities (Hong 2013, "On computing the distribution function for the Poisson binomial
distribution"). Frequencies at which the product is below 1e-16 are left out. The answer is exact up to rounding (1e-9)
while factors times frequencies stay below `BUDGET`. Beyond that (method "approximation") single prospects are put into
`GROUPS` groups of like risk that keep their mean, and all but the largest `KEPT_DOMAINS` shared domains enter by their
first three cumulants; tests hold the error of any tail below 0.005.
"""

from __future__ import annotations

import cmath
import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final, NamedTuple

import polars as pl

from openprospect_nb.analysis.bounces.fate import Cumulants, fates_of, while_alive
from openprospect_nb.analysis.bounces.fourier import probabilities

BUDGET: Final = 1_000_000
GROUPS: Final = 200
KEPT_DOMAINS: Final = 50
DOMAIN_SHARE: Final = 0.3  # our assumption where no outcomes tell better: `Calibration.domain_share` is measured
_REACH: Final = 12  # standard deviations to each side of the window; the mass beyond is below 1e-12
_NEGLIGIBLE: Final = 37.0  # -log of 1e-16


@dataclass(frozen=True, slots=True)
class Counts:
    """The distribution of a count: ``chances[k]`` is P(count = low + k)."""

    low: int
    chances: tuple[float, ...]
    mean: float
    is_exact: bool

    def above(self, threshold: float) -> float:
        """Return P(count > threshold)."""
        first = math.floor(threshold + 1e-9) + 1 - self.low
        if first > len(self.chances) / 2:
            return min(1.0, math.fsum(self.chances[max(0, first) :]))
        return max(0.0, 1 - math.fsum(self.chances[: max(0, first)]))

    def quantile(self, level: float) -> int:
        """Return the smallest count whose distribution function reaches *level*."""
        cumulated = list(accumulate(self.chances))
        return self.low + min(bisect_left(cumulated, level - 1e-9), len(cumulated) - 1)


def distribution(
    risks: pl.DataFrame, *, share: float = DOMAIN_SHARE, extra_variance: float = 0.0, budget: int = BUDGET
) -> Counts:
    """Return the distribution of the number of bounces.

    Args:
        risks: one row a prospect, ``p`` (0-1, no nulls) and ``domain`` (null: shares its fate with nobody).
        share: how much of the smallest risk on a domain is the domain's own; 0 makes everyone independent.
        extra_variance: variance (in bounces squared) of what all prospects have in common, such as the error of a
            calibration; enters as normal noise on the count.
        budget: factors times frequencies up to which the answer is exact.
    """
    parts = _parts(risks, share)
    spread = math.sqrt(parts.variance + extra_variance)
    widest = max(parts.fates["size"].to_list(), default=0.0)
    size, low = _window(risks.height, parts.mean, spread, widest, is_noisy=extra_variance > 0)
    frequencies = _frequencies(parts, extra_variance, size)
    plan = _plan(parts, budget // frequencies)
    half = _characteristic(plan, extra_variance, [2 * math.pi * k / size for k in range(frequencies)])
    half += [0j] * (size // 2 + 1 - frequencies)
    chances = _inside(probabilities(half, size, low), low, risks.height)
    return Counts(max(0, low), chances, parts.mean, is_exact=plan.is_exact)


class _Parts(NamedTuple):
    singles: list[tuple[float, int]]
    fates: pl.DataFrame
    mean: float
    variance: float


class _Plan(NamedTuple):
    singles: Sequence[tuple[float, int]]
    fates: Sequence[tuple[float, list[float]]]
    rest: Cumulants
    is_exact: bool


def _parts(risks: pl.DataFrame, share: float) -> _Parts:
    crowded = pl.col("domain").is_not_null() & (pl.len().over("domain") > 1) if share > 0 else pl.lit(value=False)
    marked = risks.select("domain", "p", crowded.alias("crowded"))
    singles = marked.filter(~pl.col("crowded")).group_by("p").len().sort("p").rows()
    fates = fates_of(marked.filter("crowded"), share)
    mean = math.fsum(n * p for p, n in singles) + float(fates["mean"].sum())
    variance = math.fsum(n * p * (1 - p) for p, n in singles) + float(fates["variance"].sum())
    return _Parts(singles, fates, mean, variance)


def _cumulants(fates: pl.DataFrame) -> Cumulants:
    return Cumulants(*(float(fates[name].sum()) for name in ("mean", "variance", "third")))


def _window(n: int, mean: float, spread: float, widest: float, *, is_noisy: bool) -> tuple[int, int]:
    needed = 2 * (_REACH * spread + widest) + 8
    if n + 1 <= needed and not is_noisy:
        return _power_of_two(n + 1), 0
    size = _power_of_two(math.ceil(needed))
    return size, math.floor(mean - size / 2)


def _power_of_two(at_least: int) -> int:
    return 1 << max(1, (at_least - 1).bit_length())


def _frequencies(parts: _Parts, extra_variance: float, size: int) -> int:
    """Return how many frequencies matter: |1 + p (e^it - 1)| <= exp(-p (1 - p) (1 - cos t)) bounds the product."""
    singles = math.fsum(n * p * (1 - p) for p, n in parts.singles) + extra_variance
    shared = parts.fates.select("dead", "alive_variance").head(2000).rows()

    def is_negligible(k: int) -> bool:
        lift = 1 - math.cos(2 * math.pi * k / size)
        dampings = (math.log(dead + (1 - dead) * math.exp(-variance * lift) + 1e-300) for dead, variance in shared)
        return singles * lift - sum(dampings) > _NEGLIGIBLE

    return bisect_left(range(size // 2 + 1), x=True, key=is_negligible)


def _plan(parts: _Parts, affordable: int) -> _Plan:
    fates = parts.fates
    if len(parts.singles) + int(fates["size"].sum()) <= affordable:
        return _Plan(parts.singles, fates.select("dead", "risks").rows(), Cumulants(0.0, 0.0, 0.0), is_exact=True)
    kept = fates.head(KEPT_DOMAINS).select("dead", "risks").rows()
    return _Plan(_grouped(parts.singles), kept, _cumulants(fates.slice(KEPT_DOMAINS)), is_exact=False)


def _grouped(singles: Sequence[tuple[float, int]]) -> list[tuple[float, int]]:
    if len(singles) <= GROUPS:
        return list(singles)
    total = sum(count for _, count in singles)
    sums: dict[int, tuple[float, int]] = {}
    seen = 0
    for p, count in singles:
        group = seen * GROUPS // total
        before = sums.get(group, (0.0, 0))
        sums[group] = (before[0] + p * count, before[1] + count)
        seen += count
    return [(summed / count, count) for summed, count in sums.values()]


def _characteristic(plan: _Plan, extra_variance: float, angles: Sequence[float]) -> list[complex]:
    turns = [cmath.exp(1j * angle) - 1 for angle in angles]
    values = [_smooth(plan.rest, extra_variance, angle) for angle in angles]
    for p, count in plan.singles:
        values = [value * (1 + p * turn) ** count for value, turn in zip(values, turns, strict=True)]
    for dead, risks in plan.fates:
        alive = [complex(1 - dead)] * len(turns)
        for risk in risks:
            p = while_alive(risk, dead)
            alive = [value * (1 + p * turn) for value, turn in zip(alive, turns, strict=True)]
        all_gone = [dead * (1 + turn) ** len(risks) for turn in turns]
        values = [value * (a + b) for value, a, b in zip(values, alive, all_gone, strict=True)]
    return values


def _smooth(rest: Cumulants, extra_variance: float, angle: float) -> complex:
    spread = (rest.variance + extra_variance) * angle**2 / 2
    return cmath.exp(complex(-spread, rest.mean * angle - rest.third * angle**3 / 6))


def _inside(chances: list[float], low: int, n: int) -> tuple[float, ...]:
    """Fold what noise put below 0 or above n onto the border, and make the sum 1."""
    start = max(0, -low)
    kept = chances[start : n - low + 1] or [0.0]
    kept[0] += math.fsum(chances[:start])
    kept[-1] += math.fsum(chances[n - low + 1 :])
    total = math.fsum(kept)
    return tuple(chance / total for chance in kept)
