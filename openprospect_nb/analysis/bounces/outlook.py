"""How many bounce when all risks may be off by a common factor, and nobody knows how far a domain is one.

Two ignorances that a count of independent bounces hides. All odds may be multiplied by one unknown factor: its log
is normal around none, so that half is as likely as double, and the distribution of the count is averaged over it
(trapezoidal rule; on a Gaussian its error falls faster than any power of the step). How far recipients on one domain
share their fate is not averaged but bounded: an `Outlook` holds one distribution for each share that may be true and
answers with the worst of them, so that sharing a domain never makes a list look safer.

A distribution is exact (up to 1e-12; with a doubt, to 1e-3) while factors times nodes of the doubt stay below `BUDGET`,
and wherever the count varies too little to be smooth. Beyond that all enter by their first three cumulants (Edgeworth),
but for domains so large that each shows; tests hold the error of any tail below 0.005.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from openprospect_nb.analysis.bounces.poisson_binomial import (
    FULL_WINDOW,
    Crowd,
    Cumulants,
    Floats,
    Lattice,
    apart_variance,
    averaged_lattices,
    cumulants,
    cumulants_of,
    lattices,
    moved,
    tallied,
)

BUDGET: Final = 6_000  # factors times nodes of the doubt; without doubt three times as many
SMOOTH: Final = 9.0  # variance from which three cumulants say enough
_KEPT: Final = 50  # domains that keep their shape in an approximation
_LARGE: Final = 4.0  # people a domain up to which it never does
_NODES: Final = 33  # of the doubt, beside such domains; twice as many where no rest fills the gaps between them
_REACH: Final = 3.6  # standard deviations of the doubt to each side
_FINE: Final = 401  # nodes of the doubt, where no domain is kept apart
_GROUPS: Final = 500  # of like risk: what is drawn for each of them costs as much for any length of list
_FEW: Final = 10.0  # variance below which a count is not nearly normal
_FEW_COUNTS: Final = 40  # which are added up one by one; from there on the approximation has to do


class Smooth(NamedTuple):
    """A distribution held by cumulants: a weighted mean of nearly normal parts."""

    size: int
    weights: Floats
    mean_of: Floats
    variance: Floats
    third: Floats

    @property
    def mean(self) -> float:
        """The expected count."""
        return float(self.weights @ self.mean_of)

    def above(self, threshold: float) -> float:
        """Return P(count > threshold)."""
        if threshold >= self.size:
            return 0.0
        allowed = np.full(len(self.weights), math.floor(threshold + 1e-9))
        return float(self.weights @ tail(allowed, self.mean_of, self.variance, self.third))

    def quantile(self, level: float) -> int:
        """Return the smallest count whose distribution function reaches *level*."""
        return bisect_left(range(self.size), x=True, key=lambda count: 1 - self.above(count) >= level - 1e-9)


class Rest(NamedTuple):
    """Recipients who enter as a sum of many small parts: how many, and their cumulants with all log-odds shifted.

    The second number of ``at`` is how fast their mean grows with the log-odds: their variance if nobody shares a fate.
    """

    size: int
    at: Callable[[float], tuple[Cumulants, float]]


Numbers: TypeAlias = NDArray[Any]
Counts: TypeAlias = Lattice | Smooth


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the number of bounces may be: one distribution for each share of fate that may be true."""

    counts: tuple[Counts, ...]
    mean: float
    is_exact: bool

    def above(self, threshold: float) -> float:
        """Return the largest P(count > threshold)."""
        return max(counts.above(threshold) for counts in self.counts)

    def quantile(self, level: float) -> int:
        """Return the outermost quantile: the lowest below a half, else the highest."""
        return (min if level < 0.5 else max)(counts.quantile(level) for counts in self.counts)


def outlook(crowd: Crowd, shares: Sequence[float], spread: float = 0.0, *, budget: int = BUDGET) -> Outlook:
    """Return what the number of bounces may be.

    Args:
        crowd: who is written to.
        shares: how far recipients on one domain may share their fate, 0-1.
        spread: standard deviation of the logarithm of the factor on all odds.
        budget: factors times nodes up to which the answer is exact.
    """
    used = tuple(shares) if len(crowd.shared) else (0.0,)
    mean = float(crowd.times @ crowd.alone) + float(crowd.shared.sum())
    if mean == 0 or crowd.size == 0:
        return Outlook((Lattice(0, np.ones(1)),), 0.0, is_exact=True)
    varied = apart_variance(crowd)
    if is_exact(crowd.factors, varied, spread, budget):
        weights, shifts = nodes(varied, spread)
        if crowd.size < FULL_WINDOW:
            return Outlook(tuple(averaged_lattices(crowd, used, weights, shifts)), mean, is_exact=True)
        parts = [lattices(crowd.moved(shift), used) for shift in shifts]
        return Outlook(tuple(_averaged(weights, row) for row in zip(*parts, strict=True)), mean, is_exact=True)
    small, large = parted(crowd, varied)
    counts: list[Counts] = list(smooth(crowd, used, spread))
    if len(large.shared):
        counts = [_beside(small, large, s, spread) if s else plain for s, plain in zip(used, counts, strict=True)]
    return Outlook(tuple(counts), mean, is_exact=False)


def is_exact(factors: int, varied: float, spread: float, budget: int = BUDGET) -> bool:
    """Return whether `outlook` is exact with so many factors, such a variance, and such a doubt."""
    return is_small(node_count(varied, spread) * factors, varied, budget if spread else 3 * budget)


def is_small(work: int, varied: float, budget: int = 3 * BUDGET) -> bool:
    """Return whether a distribution is held exactly: few factors (times nodes), or a count that varies little."""
    return work <= budget or varied < SMOOTH


def nodes(varied: float, spread: float, most: int = _FINE) -> tuple[Floats, Floats]:
    """Return weights and shifts of the log-odds, close enough that the counts at two neighbours overlap.

    *varied* is the variance of the count without the doubt.
    """
    return normal_nodes(spread, node_count(varied, spread, most))


def node_count(varied: float, spread: float, most: int = _FINE) -> int:
    """Return how many nodes are close enough, *most* at most; without a doubt one says all."""
    if spread == 0:
        return 1
    # neighbours 1.5 standard deviations apart overlap enough to leave no dip between them
    step = min(1.0, 1.5 / (spread * math.sqrt(varied)) if varied else 1.0)
    return min(most, 2 * math.ceil(_REACH / step) + 1)


def normal_nodes(spread: float, count: int) -> tuple[Floats, Floats]:
    """Return weights and shifts of a normal doubt: as likely up as down by the same factor."""
    z = np.linspace(-_REACH, _REACH, count)
    weights = np.exp(-(z**2) / 2)
    return weights / weights.sum(), spread * z


def tail(allowed: Numbers, mean: Numbers, variance: Numbers, third: Numbers) -> Floats:
    """Return about P(count > allowed), element by element.

    From three cumulants where the count varies much (first Edgeworth term, with continuity correction), else from the
    binomial, Poisson or negative binomial distribution with this mean and variance.
    """
    allowed, mean, variance, third = np.broadcast_arrays(allowed, mean, variance, third)
    spread = np.sqrt(np.maximum(variance, 1e-12))
    z = (allowed + 0.5 - mean) / spread
    density = np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    value = above_normal(z) + density * third / spread**3 * (z * z - 1) / 6
    few = (variance < _FEW) & (allowed < _FEW_COUNTS) & (variance > 0)
    if few.any():
        value[few] = _few_above(allowed[few], mean[few], variance[few])
    result: Floats = np.clip(value, 0.0, 1.0)
    return result


def _few_above(allowed: Floats, mean: Floats, variance: Floats) -> Floats:
    """Return P(count > allowed) of Panjer's recursion p_k = p_(k-1) (a + b / k), which holds all three (1981)."""
    a = 1 - mean / variance
    a = np.where(np.abs(a) < 1e-6, 1e-6, a)
    b = mean * (1 - a) - a
    chance = np.exp((a + b) / a * np.log1p(-a))
    reached = np.where(allowed >= 0, chance, 0.0)
    for k in range(1, int(allowed.max(initial=0)) + 1):
        chance = np.maximum(chance * (a + b / k), 0.0)
        reached += np.where(allowed >= k, chance, 0.0)
    result: Floats = 1 - reached
    return result


def above_normal(z: Floats) -> Floats:
    """Return the upper tail of the normal distribution, to 1e-7 (Abramowitz and Stegun 1964, 26.2.17)."""
    t = 1 / (1 + 0.2316419 * np.abs(z))
    series = t * (0.319381530 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
    upper = np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi) * series
    return np.where(z >= 0, upper, 1 - upper)


def smooth(crowd: Crowd, shares: Sequence[float], spread: float) -> list[Smooth]:
    """Return the approximations by cumulants; what domains add grows with the expected count."""
    risks, counts = tallied(crowd.shared)
    tally = np.concatenate([crowd.alone, risks]), np.concatenate([crowd.times, counts])
    return smoothed(tally, cumulants_of(crowd, [0.0, *shares]), spread)


def smoothed(tally: tuple[Floats, Floats], moments: Sequence[Cumulants], spread: float) -> list[Smooth]:
    """Return the same of less: how many have each risk, and cumulants where all are apart and under each share."""
    weights, shifts = normal_nodes(spread, _FINE) if spread else (np.ones(1), np.zeros(1))
    order = np.argsort(tally[0])
    size = int(tally[1].sum())
    risks, times = _grouped(tally[0][order], tally[1][order])
    p = np.stack([moved(risks, shift) for shift in shifts])
    own = p * (1 - p)
    means, variances, thirds = p @ times, own @ times, (own * (1 - 2 * p)) @ times
    apart, *whole = moments
    growth = grown(means, apart.mean, size)
    return [
        Smooth(
            size,
            weights,
            means,
            variances + growth * (one.variance - apart.variance),
            thirds + growth * (one.third - apart.third),
        )
        for one in whole
    ]


def grown(means: Numbers, mean: float, size: int) -> Numbers:
    """Return how many times more domains add where *size* recipients expect *means* bounces instead of *mean*."""
    return means / mean * (1 - means / size) / max(1e-9, 1 - mean / size)


def shows_from(varied: float) -> float:
    """Return how many people a domain must have to show by itself in the distribution of a count of this variance."""
    return max(_LARGE, math.sqrt(varied) / 2)


def parted(crowd: Crowd, varied: float) -> tuple[Crowd, Crowd]:
    """Return the crowd without the domains so large that each shows in the distribution, and those alone."""
    sizes = np.diff(crowd.starts, append=len(crowd.shared))
    edge = shows_from(varied)
    if len(sizes) > _KEPT:
        edge = max(edge, float(np.partition(sizes, -_KEPT)[-_KEPT]))
    is_large = sizes > edge
    large, small = (
        (crowd.shared[np.repeat(chosen, sizes)], np.cumsum(sizes[chosen]) - sizes[chosen])
        for chosen in (is_large, ~is_large)
    )
    return crowd._replace(shared=small[0], starts=small[1]), Crowd(np.zeros(0), np.zeros(0), *large)


def _beside(small: Crowd, large: Crowd, share: float, spread: float) -> Lattice:
    """Return the distribution with the large domains and all who are alone kept, the small domains by cumulants."""
    alone, shared = _grouped(small.alone, small.times), small._replace(alone=np.zeros(0), times=np.zeros(0))
    kept = large._replace(alone=alone[0], times=alone[1])
    varied = apart_variance(small if small.size else large)
    if cumulants(shared, share).variance < 1:
        starts = np.concatenate([kept.starts, shared.starts + len(kept.shared)])
        everybody = kept._replace(shared=np.concatenate([kept.shared, shared.shared]), starts=starts)
        return beside(everybody, None, varied, share, spread)

    def at(shift: float) -> tuple[Cumulants, float]:
        there = shared.moved(shift)
        return cumulants(there, share), apart_variance(there)

    return beside(kept, Rest(shared.size, at), varied, share, spread)


def beside(kept: Crowd, rest: Rest | None, varied: float, share: float, spread: float) -> Lattice:
    """Return the distribution of all of *kept*, and of a rest by its cumulants where all log-odds are shifted."""
    weights, shifts = nodes(varied, spread, most=_NODES if rest else 2 * _NODES)
    step = float(shifts[1] - shifts[0]) if len(shifts) > 1 else 0.0
    parts = []
    for shift in shifts:
        filled = []
        if rest is not None:
            there, slope = rest.at(shift)
            # Where nodes are further apart than the counts around each are wide, the gaps are filled.
            filled = [there._replace(variance=max(there.variance, (step * slope / 1.5) ** 2))]
        parts += lattices(kept.moved(shift), [share], filled, rest.size if rest else 0)
    return _averaged(weights, parts)


def _grouped(risks: Floats, times: Floats) -> tuple[Floats, Floats]:
    """Return at most `_GROUPS` groups of like risk that keep their mean."""
    if len(risks) <= _GROUPS:
        return risks, times
    edges = np.linspace(0, len(risks), _GROUPS + 1).astype(int)[:-1]
    counts = np.add.reduceat(times, edges)
    return np.add.reduceat(risks * times, edges) / counts, counts


def _averaged(weights: Floats, parts: Sequence[Lattice]) -> Lattice:
    if len(parts) == 1:
        return parts[0]
    low = min(part.low for part in parts)
    total = np.zeros(max(part.low + len(part.chances) for part in parts) - low)
    for weight, part in zip(weights, parts, strict=True):
        total[part.low - low : part.low - low + len(part.chances)] += weight * part.chances
    return Lattice(low, total)
