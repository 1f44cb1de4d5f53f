"""Intervals for rates and for differences between rates, in closed form."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import NamedTuple

from openprospect_nb.errors import ConfigurationError


class Interval(NamedTuple):
    """A lower and an upper bound, both included."""

    low: float
    high: float


class Count(NamedTuple):
    """How many of *n* observations were hits."""

    hits: float
    n: float


def z_value(level: float) -> float:
    """Return how many standard deviations a two-sided interval of this *level* spans to each side.

    Raises:
        ConfigurationError: the level is not between 0 and 1.
    """
    if not 0 < level < 1:
        raise ConfigurationError(
            f"a confidence of {level!r} is not between 0 and 1.", next_step="Use for example 0.9 or 0.95."
        )
    return NormalDist().inv_cdf(0.5 + level / 2)


def t_value(level: float, freedom: float) -> float:
    """Return Student's counterpart of `z_value`, for a spread that was estimated with *freedom* degrees of freedom.

    Wallace's approximation (1959): 1 % too wide at 95 % and three degrees, exact with many. Fewer than two are two.

    Raises:
        ConfigurationError: the level is not between 0 and 1.
    """
    n = max(2.0, freedom)
    z = z_value(level) * (8 * n + 3) / (8 * n + 1)
    return math.sqrt(n * math.expm1(z * z / n))


def wilson(successes: float, n: float, level: float = 0.9) -> Interval:
    """Return the Wilson score interval of a rate (Wilson 1927); 0 to 1 when nothing was observed."""
    if n <= 0:
        return Interval(0.0, 1.0)
    z2 = z_value(level) ** 2
    rate = successes / n
    centre = (rate + z2 / (2 * n)) / (1 + z2 / n)
    reach = math.sqrt(z2 * (rate * (1 - rate) + z2 / (4 * n)) / n) / (1 + z2 / n)
    return Interval(max(0.0, centre - reach), min(1.0, centre + reach))


def newcombe(first: Count, second: Count, level: float = 0.9) -> Interval:
    """Return the interval of the difference of two rates, second minus first.

    Newcombe's hybrid of two Wilson intervals (1998, method 10). Without observations on a side: -1 to 1.
    """
    (k1, n1), (k2, n2) = first, second
    if n1 <= 0 or n2 <= 0:
        return Interval(-1.0, 1.0)
    rate1, rate2 = k1 / n1, k2 / n2
    low1, high1 = wilson(k1, n1, level)
    low2, high2 = wilson(k2, n2, level)
    gap = rate2 - rate1
    down = math.hypot(rate2 - low2, high1 - rate1)
    up = math.hypot(high2 - rate2, rate1 - low1)
    return Interval(gap - down, gap + up)


def log_ratio(first: Count, second: Count, level: float = 0.9) -> Interval:
    """Return the interval of the ratio of two rates, second over first.

    On the log scale (Katz 1978), with half a success and half a failure added so that zeros do not break it.
    """
    (k1, n1), (k2, n2) = first, second
    spread = math.sqrt(max(0.0, 1 / (k1 + 0.5) - 1 / (n1 + 1) + 1 / (k2 + 0.5) - 1 / (n2 + 1)))
    centre = math.log((k2 + 0.5) / (n2 + 1)) - math.log((k1 + 0.5) / (n1 + 1))
    reach = z_value(level) * spread
    return Interval(math.exp(centre - reach), math.exp(centre + reach))
