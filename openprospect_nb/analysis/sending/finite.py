"""How many of a fixed list would bounce, from those sent in random order: bounds that hold however often one looks.

A list of N addresses has K that would bounce. In random order the first s are a sample without replacement, whatever
makes them bounce and whoever shares whose fate, so b of s is hypergeometric. The prior-posterior ratio
prior(K) / posterior(K) is a martingale under the true K (Waudby-Smith and Ramdas 2020, "Confidence sequences for
sampling without replacement"), so the K where it stays below 1 / alpha hold the true one at every look at once, with
chance 1 - alpha, for any prior. Ours is half the forecast's (a beta-binomial of its mean and spread) and half a wide
one (beta-binomial with 1/2 and 1/2): a good forecast makes bounds narrow, a wrong one costs a factor of two.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_WIDE: Final = (0.5, 0.5)


@dataclass(frozen=True, slots=True)
class BetaShape:
    """The two parameters of a beta distribution of bounce rates."""

    a: float
    b: float

    @property
    def rate(self) -> float:
        """The mean."""
        return self.a / (self.a + self.b)

    def counts(self, n: int) -> Floats:
        """Return the log chances of 0, 1, ... n bounces among n messages."""
        k = np.arange(n + 1)
        whole = math.lgamma(self.a) + math.lgamma(self.b) - math.lgamma(self.a + self.b)
        each = np.array([math.lgamma(i + self.a) + math.lgamma(n - i + self.b) for i in range(n + 1)])
        logs: Floats = _choose(n, k) + each - math.lgamma(n + self.a + self.b) - whole
        return logs

    def between(self, n: int, interval: float) -> tuple[int, int]:
        """Return the counts between which *interval* of the probability lies."""
        below = np.cumsum(np.exp(self.counts(n)))
        low, high = np.searchsorted(below, [(1 - interval) / 2, (1 + interval) / 2])
        return int(low), int(min(high, n))


def shape_of(n: int, expected: float, spread: float) -> BetaShape:
    """Return the beta distribution under which n messages bounce *expected* times, give or take one *spread*."""
    rate = min(max(expected / n, 0.002), 0.9)
    extra = (spread**2 / (n * rate * (1 - rate)) - 1) / max(n - 1, 1)
    alike = min(max(extra, 1e-4), 0.5)
    strength = 1 / alike - 1
    return BetaShape(rate * strength, (1 - rate) * strength)


@dataclass(frozen=True)
class Urn:
    """A list of n addresses, sent in random order, with what was forecast of it."""

    n: int
    shape: BetaShape

    @cached_property
    def _prior(self) -> Floats:
        ours, wide = self.shape.counts(self.n), BetaShape(*_WIDE).counts(self.n)
        logs: Floats = np.logaddexp(ours, wide) + math.log(0.5)
        return logs

    def bounds(self, sent: int, bounced: int, alpha: float) -> tuple[int, int]:
        """Return the fewest and the most of the whole list that may bounce, right at every look with 1 - *alpha*."""
        if not sent:
            return 0, self.n
        likely = self._likelihood(sent, bounced)
        evidence = np.logaddexp.reduce(self._prior + likely)
        inside = np.flatnonzero(evidence - likely < -math.log(alpha))
        return int(inside[0]), int(inside[-1])

    def _likelihood(self, sent: int, bounced: int) -> Floats:
        """Return the log chance of what was seen, for each number that may bounce in all."""
        k = np.arange(self.n + 1)
        logs = np.full(self.n + 1, -np.inf)
        fits = (k >= bounced) & (self.n - k >= sent - bounced)
        logs[fits] = _choose(k[fits], bounced) + _choose(self.n - k[fits], sent - bounced)
        result: Floats = logs - _choose(self.n, sent)
        return result


def over(left: int, bad: int, portion: int, allowed: int) -> float:
    """Return the chance that a random *portion* of *left* addresses, *bad* of which bounce, has more than *allowed*."""
    if allowed < 0:
        return 1.0
    least, most = max(0, portion - (left - bad)), min(portion, bad, allowed)
    if most < least:
        return 1.0 if least > allowed else 0.0
    k = np.arange(least, most + 1)
    logs = _choose(bad, k) + _choose(left - bad, portion - k) - _choose(left, portion)
    return float(max(0.0, 1.0 - np.exp(logs).sum()))


def largest_portion(left: int, bad: int, allowed: int, risk_each: float, wanted: int) -> int:
    """Return the largest portion of at most *wanted* whose chance of more than *allowed* bounces is small enough.

    Small enough is *risk_each* times the portion: what a ramp risks is spent message by message, and adds up to what
    it may risk however it is parted. The chance grows faster than the portion, so there is one crossing.
    """
    low, high = 0, min(wanted, left)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if over(left, bad, middle, allowed) <= risk_each * middle else (low, middle - 1)
    return low


_LOGS: Floats = np.zeros(1)


def _factorials(n: int) -> Floats:
    global _LOGS  # noqa: PLW0603 - a table that only grows
    if len(_LOGS) <= n:
        _LOGS = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, max(n, 1024) + 1)))])
    return _LOGS


def _choose(n: int | NDArray[np.int64], k: int | NDArray[np.int64]) -> Floats:
    table = _factorials(int(np.max(n)))
    result: Floats = np.asarray(table[n] - table[k] - table[n - k], dtype=np.float64)
    return result
