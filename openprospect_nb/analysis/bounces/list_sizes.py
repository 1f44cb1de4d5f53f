"""What lists of every size would risk: the k safest recipients for all k.

Moments of all sizes cost one pass, and a tail from moments says where the answer lies; the answer itself is decided by
the distribution. Adding a recipient can only raise a count, so that between two sizes at which one more bounce is
allowed the risk rises, and a bisection finds the last size that keeps the promise.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import polars as pl

from openprospect_nb.analysis.bounces.audience import Heads, heads
from openprospect_nb.analysis.bounces.belief import Belief
from openprospect_nb.analysis.bounces.outlook import (
    SMOOTH,
    Outlook,
    is_small,
    node_count,
    normal_nodes,
    outlook,
    shows_from,
    tail,
)
from openprospect_nb.analysis.bounces.poisson_binomial import Floats, Ints, moved

_NODES: Final = 41
_ROUGH: Final = (0.15, 0.03)  # how far the screen may be off where the count varies little: at first, and once it was
_NEAR: Final = (0.02, 0.003)  # corrected at a size close by; and the same where it varies more
_GUESSES: Final = 4


class Sizes:
    """Every head of a list, safest first."""

    def __init__(self, known: pl.DataFrame, belief: Belief) -> None:
        self.belief = belief
        self._counts_of: dict[int, Outlook] = {}
        self.audience = belief.audience(known)
        self.neighbours = self.audience.neighbours
        self.spreads = belief.spreads(known["stated"].to_numpy())
        risks = self.audience.risks
        self.heads = heads(self.audience, risks, belief.shares)
        self.at_edge = heads(self.audience, moved(risks, belief.edge), belief.shares) if belief.edge else self.heads

    def over(self, size: int, allowed: int) -> float:
        """Return the chance that more than *allowed* of the *size* safest bounce, as a promise has to see it."""
        if allowed < 0 or allowed >= size:
            return float(allowed < 0)
        if self._is_told_by_moments(size):
            return float(self.screened(np.array([size]), np.array([allowed]))[0])
        return self._counts(size).above(allowed)

    def _counts(self, size: int) -> Outlook:
        """Return how many may bounce of the *size* safest; a size is often asked for several limits."""
        if size not in self._counts_of:
            spread = 0.0 if self.belief.calibration is None else self.belief.caution * float(self.spreads[size - 1])
            crowd = self.audience.crowd(size).moved(self.belief.edge)
            self._counts_of[size] = outlook(crowd, self.belief.shares, spread)
        return self._counts_of[size]

    def _is_told_by_moments(self, size: int) -> bool:
        """Return whether `outlook` would take nothing but the moments that are here: a long list without a doubt."""
        varied = float(self.at_edge.slope[size - 1])
        if self.belief.calibration is not None or is_small(int(self.neighbours.shared[size - 1]), varied):
            return False
        return bool(self.neighbours.largest[size - 1] <= shows_from(varied))

    def screened(self, sizes: Ints, allowed: Ints) -> Floats:
        """Return about the same for many sizes at once, from moments."""
        if self.belief.calibration is not None:
            return averaged_tail(self.heads.at(sizes), sizes, allowed, self.belief.caution * self.spreads[sizes - 1])
        return tail_at_edge(self.at_edge.at(sizes), sizes, allowed)

    def between(self, sizes: Ints, interval: float) -> tuple[Ints, Ints]:
        """Return about the counts between which *interval* of the probability lies, for many sizes at once."""
        return counts_between(self.heads.at(sizes), sizes, self.spreads[sizes - 1], interval)

    def largest(self, allowed: Ints, risk: float) -> int:
        """Return the largest size at which more than *allowed* (per size) bounce with a chance of at most *risk*."""
        if not len(allowed):
            return 0
        starts = np.flatnonzero(np.diff(allowed, prepend=-(1 << 40))) + 1
        ends = np.append(starts[1:] - 1, len(allowed))
        screen = self.screened(starts, allowed[starts - 1])
        is_near = self.heads.variance[:, starts - 1].min(axis=0) >= SMOOTH
        errors: dict[bool, float] = {}
        for place in range(len(starts) - 1, -1, -1):
            kind = bool(is_near[place])
            slack = (_NEAR if kind else _ROUGH)[kind in errors]
            if screen[place] + errors.get(kind, 0.0) > risk + slack:
                continue
            first, last, count = int(starts[place]), int(ends[place]), int(allowed[starts[place] - 1])
            exact = self.over(first, count)
            error = exact - float(screen[place])
            if exact <= risk:
                return self._last((first, last), count, risk, error)
            errors[kind] = error
        return 0

    def _last(self, between: tuple[int, int], allowed: int, risk: float, error: float) -> int:
        """Return the last size that keeps the promise; the first of *between* does, the second may.

        The screen, corrected at the size tried last, says where to try next; once it was wrong a few times, the middle
        is tried, so that it never costs more than a bisection and these few.
        """
        start, high = between
        low = start
        screen = self.screened(np.arange(start, high + 1), np.full(high + 1 - start, allowed))
        for attempt in range(high + 1 - start):
            if low == high:
                break
            fits = int(np.sum(screen[low + 1 - start : high + 1 - start] + error <= risk))
            tried = min(max(low + fits, low + 1), high) if attempt < _GUESSES else (low + high + 1) // 2
            exact = self.over(tried, allowed)
            error = exact - float(screen[tried - start])
            low, high = (tried, high) if exact <= risk else (low, tried - 1)
        return low


def tail_at_edge(there: Heads, sizes: Ints, allowed: Ints) -> Floats:
    """Return about P(bounces > allowed) of heads with these moments, the worst of the shares."""
    return _bounded(tail(allowed, there.mean, there.variance, there.third).max(axis=0), sizes, allowed)


def _bounded(over: Floats, sizes: Ints, allowed: Ints) -> Floats:
    """Return the tails as they are for certain where fewer than none or all may bounce."""
    return np.where(allowed < 0, 1.0, np.where(allowed >= sizes, 0.0, over))


def counts_between(there: Heads, sizes: Ints, spreads: Floats, interval: float) -> tuple[Ints, Ints]:
    """Return about the counts between which *interval* of the probability lies; *spreads* are those of the doubt.

    They are the smallest whose distribution functions reach the two levels, the outermost of the shares, by bisection.
    """
    over = _averaged(there, sizes, spreads)
    levels = np.array([(1 - interval) / 2, (1 + interval) / 2])[:, None, None]
    low = np.zeros((2, len(there.variance), len(sizes)), dtype=np.int64)
    high = low + sizes
    for _ in range(int(sizes.max(initial=1)).bit_length() + 1):
        middle = (low + high) // 2
        reached = 1 - over(middle) >= levels - 1e-9
        low, high = np.where(reached, low, np.minimum(middle + 1, high)), np.where(reached, middle, high)
    return low[0].min(axis=0), low[1].max(axis=0)


def averaged_tail(there: Heads, sizes: Ints, allowed: Ints, spreads: Floats) -> Floats:
    """Return about P(bounces > allowed), averaged over the doubt, the worst of the shares."""
    return _bounded(_averaged(there, sizes, spreads)(allowed[None]).max(axis=0), sizes, allowed)


def _averaged(there: Heads, sizes: Ints, spreads: Floats) -> Callable[[Ints], Floats]:
    """Return, a row a share, about P(bounces > allowed) averaged over the doubt, all growing as if they were alike."""
    count = node_count(float(there.slope.max(initial=0)), float(spreads.max(initial=0)), _NODES)
    weights, shifts = normal_nodes(1.0, count)
    moves = np.multiply.outer(shifts, spreads)
    rate = np.clip(there.mean / sizes, 1e-12, 1 - 1e-12)
    factors = np.exp(moves * there.slope / (sizes * rate * (1 - rate)))
    rates = rate * factors / (1 - rate + rate * factors)
    mean, growth = sizes * rates, rates * (1 - rates) / (rate * (1 - rate))
    variance, third = there.variance[:, None] * growth, there.third[:, None] * growth

    def over(allowed: Ints) -> Floats:
        result: Floats = weights @ tail(allowed[..., None, :], mean, variance, third)
        return result

    return over
