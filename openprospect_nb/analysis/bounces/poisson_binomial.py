"""How many of a list of e-mails bounce: the distribution of the count.

The model. Recipient i bounces with probability p_i. Recipients on different domains are independent, so the count is
Poisson-binomial. A domain is, with probability *share*, one where all go by the same die: then i bounces exactly if
p_i lies above it, so that the riskiest go first and a dead domain takes everybody; otherwise each has a die of its own.
Every single p_i is kept by this whoever else is on the domain, and so is every expected count; two equal risks have the
correlation *share*. (Mail exchangers would tell a dead domain from a full mailbox; they are not in the data.)

The computation. The characteristic function of the count is a product over recipients and domains; one Fourier
transform of it gives all probabilities (Hong 2013, "On computing the distribution function for the Poisson binomial
distribution"). Counts beyond a Chernoff bound of 1e-15, and frequencies at which the product is below 1e-16, are left
out. Equal risks of recipients alone on their domain are one factor.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Values: TypeAlias = NDArray[Any]  # of complex numbers or floats

FULL_WINDOW: Final = 350  # up to so many recipients every count is held
_TINY: Final = -math.log(1e-15)
_NEGLIGIBLE: Final = -math.log(1e-16)
_FEW: Final = 20_000  # up to so many risks every different one is kept
_BINS: Final = 20_000
_ROUNDED: Final = 1e-12  # of a difference of ones less is left to chance, which would draw a bound too close
_CELLS: Final = 1 << 18  # of a table of members by frequencies held at once


class Crowd(NamedTuple):
    """The recipients of one list, by what the arithmetic needs.

    Attributes:
        alone: different risks (0-1) of those alone on their domain. times: how many have each.
        shared: risks of the others, domain by domain, the riskiest of each first. starts: where each domain begins.
    """

    alone: Floats
    times: Floats
    shared: Floats
    starts: Ints

    @property
    def size(self) -> int:
        """How many recipients."""
        return int(self.times.sum()) + len(self.shared)

    @property
    def factors(self) -> int:
        """How many factors the characteristic function has."""
        return len(self.alone) + len(self.shared)

    @property
    def ranks(self) -> Ints:
        """The place of each of `shared` within its domain, from 0."""
        sizes = np.diff(self.starts, append=len(self.shared))
        return np.arange(len(self.shared)) - np.repeat(self.starts, sizes)

    def moved(self, shift: float) -> Crowd:
        """Return the crowd with all odds multiplied by exp(*shift*)."""
        return self if shift == 0 else self._replace(alone=moved(self.alone, shift), shared=moved(self.shared, shift))


class Cumulants(NamedTuple):
    """Mean, variance and third central moment of a sum; they add up over independent parts."""

    mean: float
    variance: float
    third: float

    def plus(self, other: Cumulants, times: float = 1.0) -> Cumulants:
        """Return these and *times* the other's."""
        return Cumulants(*(a + times * b for a, b in zip(self, other, strict=True)))


class Lattice(NamedTuple):
    """A distribution held count by count: ``chances[k]`` is P(count = low + k)."""

    low: int
    chances: Floats

    @property
    def mean(self) -> float:
        """The expected count."""
        return float(np.arange(self.low, self.low + len(self.chances)) @ self.chances)

    def above(self, threshold: float) -> float:
        """Return P(count > threshold)."""
        first = max(0, math.floor(threshold + 1e-9) + 1 - self.low)
        if first > len(self.chances) / 2:
            return min(1.0, float(self.chances[first:].sum()))
        return min(1.0, max(0.0, 1 - float(self.chances[:first].sum())))

    def quantile(self, level: float) -> int:
        """Return the smallest count whose distribution function reaches *level*."""
        reached = np.searchsorted(np.cumsum(self.chances), level - 1e-9)
        return self.low + min(int(reached), len(self.chances) - 1)


def moved(risks: Floats, shift: float) -> Floats:
    """Return risks whose odds are multiplied by exp(*shift*)."""
    factor = math.exp(shift)
    result: Floats = risks * factor / (1 - risks + risks * factor)
    return result


def tallied(risks: Floats) -> tuple[Floats, Floats]:
    """Return different risks and how many have each; of very many, those that differ by less than 1 / 20,000 as one.

    Their mean stands for these, so that expected counts are kept.
    """
    if len(risks) <= _FEW:
        values, counts = np.unique(risks, return_counts=True)
        return values, counts.astype(np.float64)
    places = (risks * _BINS).astype(np.int64)
    times: Floats = np.bincount(places).astype(np.float64)
    means: Floats = np.bincount(places, weights=risks) / np.maximum(times, 1.0)
    return means[times > 0], times[times > 0]


def lattices(crowd: Crowd, shares: Sequence[float], rest: Sequence[Cumulants] = (), further: int = 0) -> list[Lattice]:
    """Return the distribution of the number of bounces under each share.

    Args:
        crowd: who is written to.
        shares: 0-1; 0 makes everyone independent.
        rest: per share, the cumulants of *further* recipients who enter as a sum of many small parts.
        further: how many they are.
    """
    low, size = _window(crowd, shares, rest)
    count = frequencies(crowd, shares, size, [part.variance for part in rest])
    angles = 2 * np.pi * np.arange(count) / size
    values = generating(crowd, shares, 1j * angles)
    for row, part in enumerate(rest):
        phase = part.mean * angles - part.third * angles**3 / 6
        values[row] = values[row] * np.exp(1j * phase - part.variance * angles**2 / 2)
    half = np.zeros((len(shares), size // 2 + 1), dtype=np.complex128)
    half[:, :count] = np.conj(values * np.exp(-1j * angles * low))
    chances = np.fft.irfft(half, n=size, axis=1)
    return [_inside(row, low, crowd.size + further) for row in chances]


def averaged_lattices(crowd: Crowd, shares: Sequence[float], weights: Floats, shifts: Floats) -> list[Lattice]:
    """Return the same, averaged over shifts of the log-odds, for fewer than `FULL_WINDOW` recipients.

    The transform is linear: the generating functions are averaged, and one transform does for all.
    """
    size = _even(crowd.size + 1)
    exponents = 2j * np.pi * np.arange(size // 2 + 1) / size
    values = sum(
        weight * generating(crowd.moved(shift), shares, exponents)
        for weight, shift in zip(weights, shifts, strict=True)
    )
    return [_inside(row, 0, crowd.size) for row in np.fft.irfft(np.conj(values), n=size, axis=1)]


def generating(crowd: Crowd, shares: Sequence[float], exponents: Values) -> Values:
    """Return E exp(exponent * count) per share and exponent, which may be imaginary (angles) or real."""
    steps = np.exp(exponents) - 1
    total = np.ones((len(shares), len(exponents)), dtype=exponents.dtype)
    rows = max(1, _CELLS // max(1, len(exponents)))
    for start in range(0, len(crowd.alone), rows):
        part = slice(start, start + rows)
        factor = 1 + np.multiply.outer(crowd.alone[part], steps)
        if crowd.times[part].max() > 1:
            factor = factor ** crowd.times[part, None]
        total = total * np.multiply.reduce(factor, axis=0)
    ranks = crowd.ranks
    turns = np.exp(np.multiply.outer(np.arange(ranks.max(initial=0) + 1), exponents))
    for first, last in _chunks(crowd.starts, len(crowd.shared), rows):
        edge = crowd.starts[first]
        end = crowd.starts[last] if last < len(crowd.starts) else len(crowd.shared)
        starts, risks = crowd.starts[first:last] - edge, crowd.shared[edge:end, None]
        one_die = 1 + steps * np.add.reduceat(risks * turns[ranks[edge:end]], starts)
        if not np.iscomplexobj(one_die):
            one_die = np.maximum(one_die, _ROUNDED)
        own_dice = np.multiply.reduceat(1 + risks * steps, starts)
        for row, share in enumerate(shares):
            total[row] *= np.multiply.reduce(share * one_die + (1 - share) * own_dice, axis=0)
    return total


def cumulants(crowd: Crowd, share: float) -> Cumulants:
    """Return mean, variance and third central moment of the number of bounces."""
    return cumulants_of(crowd, [share])[0]


def cumulants_of(crowd: Crowd, shares: Sequence[float]) -> list[Cumulants]:
    """Return mean, variance and third central moment of the number of bounces under each share."""
    p, times = crowd.alone, crowd.times
    spread = p * (1 - p)
    alone = Cumulants(float(times @ p), float(times @ spread), float(times @ (spread * (1 - 2 * p))))
    if not len(crowd.shared):
        return [alone] * len(shares)
    sums = _domain_sums(crowd)
    mean = float(crowd.shared.sum())
    moments = [mixed_moments(share, sums) for share in shares]
    return [alone.plus(Cumulants(mean, float(two.sum()), float(three.sum()))) for two, three in moments]


def apart_variance(crowd: Crowd) -> float:
    """Return the variance of the number of bounces where nobody shares a fate."""
    p, q = crowd.alone, crowd.shared
    return float(crowd.times @ (p * (1 - p))) + float(q @ (1 - q))


def _domain_sums(crowd: Crowd) -> Floats:
    """Return what `mixed_moments` asks of each shared domain."""
    q, k = crowd.shared, crowd.ranks + 1
    spread = q * (1 - q)
    terms = (q, (2 * k - 1) * q, (3 * k * k - 3 * k + 1) * q, spread, spread * (1 - 2 * q))
    return np.stack([np.add.reduceat(term, crowd.starts) for term in terms])


def mixed_moments(share: float, sums: Floats) -> tuple[Floats, Floats]:
    """Return variance and third central moment where one die is thrown with chance *share*, else a die each.

    Args:
        share: 0-1.
        sums: five rows: over the members by falling risk p of place k, the sums of p, (2k-1) p and (3k^2-3k+1) p, the
            first three moments under one die; and of p(1-p) and p(1-p)(1-2p), the cumulants under a die each.
    """
    mean, second, third, own_variance, own_third = sums
    if share == 0:
        return own_variance, own_third
    raw2 = share * second + (1 - share) * (own_variance + mean**2)
    raw3 = share * third + (1 - share) * (own_third + 3 * own_variance * mean + mean**3)
    return np.maximum(raw2 - mean**2, 0.0), raw3 - 3 * raw2 * mean + 2 * mean**3


def frequencies(crowd: Crowd, shares: Sequence[float], size: int, further: Sequence[float] = ()) -> int:
    """Return how many frequencies matter: |1 + p (e^it - 1)| <= exp(-p (1 - p) (1 - cos t)) bounds the product."""
    alone = float(crowd.times @ (crowd.alone * (1 - crowd.alone)))
    own = np.add.reduceat(crowd.shared * (1 - crowd.shared), crowd.starts) if len(crowd.shared) else np.zeros(0)
    more = min(further, default=0.0)

    if size <= FULL_WINDOW:
        return size // 2 + 1

    def is_negligible(k: int) -> bool:
        angle = 2 * math.pi * k / size
        lift = 1 - math.cos(angle)
        dampings = (float(-np.log(s + (1 - s) * np.exp(-own * lift) + 1e-300).sum()) for s in shares)
        return alone * lift + more * angle**2 / 2 + min(dampings) > _NEGLIGIBLE

    return bisect_left(range(size // 2 + 1), x=True, key=is_negligible)


def _chunks(starts: Ints, total: int, rows: int) -> list[tuple[int, int]]:
    """Return runs of domains of about *rows* members."""
    cuts = [0]
    while cuts[-1] < len(starts):
        reach = int(np.searchsorted(starts, starts[cuts[-1]] + rows, side="right")) - 1
        cuts.append(max(cuts[-1] + 1, reach) if starts[cuts[-1]] + rows < total else len(starts))
    return list(pairwise(cuts))


def _window(crowd: Crowd, shares: Sequence[float], rest: Sequence[Cumulants]) -> tuple[int, int]:
    """Return the lowest count and the number of counts outside of which there is less than 1e-15."""
    n = crowd.size
    if n < FULL_WINDOW and not rest:
        return 0, _even(n + 1)
    widest = int(np.diff(crowd.starts, append=len(crowd.shared)).max()) if len(crowd.shared) else 1
    moments = [cumulants(crowd, share) for share in shares]
    if rest:
        moments = [own.plus(further) for own, further in zip(moments, rest, strict=True)]
    steps = np.array([c / math.sqrt(max(m.variance, 1e-9)) for m in moments for c in (1, 3, 9, 27)]
                     + [c / widest for c in (1, 4, 16)])  # fmt: skip
    exponents = np.unique(np.minimum(steps, 20.0))
    exponents = np.concatenate([-exponents[::-1], exponents])
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        logs = np.log(generating(crowd, shares, exponents))
        if rest:
            # As a normal of half as much variance again, which is more than its third cumulant adds.
            logs = logs + np.array([r.mean * exponents + 0.75 * r.variance * exponents**2 for r in rest])
        reach = (logs + _TINY) / exponents
    reach = np.where(np.isfinite(reach), reach, np.sign(exponents) * np.inf)
    low, high = reach[:, exponents < 0].max(axis=1).min(), reach[:, exponents > 0].min(axis=1).max()
    lowest, highest = max(-1, math.floor(low)), min(n if not rest else 1 << 40, math.ceil(high))
    return lowest, _even(1 << max(1, (highest - lowest + 1).bit_length()))


def _even(at_least: int) -> int:
    return at_least + at_least % 2


def _inside(chances: Floats, low: int, n: int) -> Lattice:
    """Keep the counts from 0 to *n*, fold what rounding put beyond onto the border, and make the sum 1."""
    chances = np.maximum(chances, 0.0)
    start = max(0, -low)
    inside = chances[start : n - low + 1].copy() if n > low + start else np.ones(1)
    inside[0] += chances[:start].sum()
    inside[-1] += chances[max(start, n - low + 1) :].sum()
    return Lattice(max(0, low), inside / inside.sum())
