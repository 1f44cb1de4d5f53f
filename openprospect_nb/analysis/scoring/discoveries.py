"""Which of many differences are more than chance: p values, their false discovery rate, and estimates drawn to zero."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from statistics import NormalDist, median
from typing import Final

import numpy as np

from openprospect_nb.analysis.intervals import Count

_EXACT: Final = 2_000  # from so many observations on, the normal distribution is close enough, and much faster
_OUTSIDE: Final = 5  # Cochran's rule of when a count may be taken as normal
_MEDIAN: Final = 0.4549  # of a chi-square of one degree of freedom
_ENOUGH: Final = 10
_SPREAD: Final = 6.0  # the median of m statistics of pure noise exceeds 1 + 6 / sqrt(m) times its value seldom
_LIKELY: Final = 0.15  # lifts of features that matter a little lie within this of 0, on the log scale
_NORMAL: Final = NormalDist()
_LOGS: Final = np.array([math.lgamma(n + 1) for n in range(_EXACT + 1)])
"""The logarithms of the factorials."""


def p_value(first: Count, second: Count) -> float:
    """Return how likely chance alone gives two rates at least this different, 0-1.

    Fisher's exact test with half the weight on what was observed (Lancaster's mid-p, which is less timid); for more
    than 2,000 observations the normal score test.
    """
    (k1, n1), (k2, n2) = first, second
    n, hits = int(n1 + n2), int(k1 + k2)
    if not n1 or not n2 or hits in {0, n}:
        return 1.0
    if n > _EXACT:
        rate = hits / n
        gap = abs(k2 / n2 - k1 / n1)
        return math.erfc(gap / math.sqrt(2 * rate * (1 - rate) * (1 / n1 + 1 / n2)))
    # In how many ways each table of these margins comes about, as a share of the likeliest one's.
    support = np.arange(max(0, hits - int(n1)), min(hits, int(n2)) + 1)
    logs = -(_LOGS[support] + _LOGS[int(n2) - support] + _LOGS[hits - support] + _LOGS[int(n1) - hits + support])
    weights = np.exp(logs - logs.max())
    seen = weights[int(k2) - support[0]]
    as_rare = weights[weights <= seen * (1 + 1e-9)].sum() - seen
    return min(1.0, float((as_rare + seen / 2) / weights.sum()))


class Ranking:
    """The ranks of all who were looked at, of which the same is asked for every feature; ties share their mean."""

    def __init__(self, ranks: Sequence[float]) -> None:
        self.total: Final = len(ranks)
        self._untied: Final = self.total + 1 - max(Counter(ranks).values(), default=0)
        self._middle: Final = (self.total + 1) / 2
        squares = math.fsum((rank - self._middle) ** 2 for rank in ranks)
        self._spread: Final = squares / (self.total - 1) if self.total > 1 else 0.0

    def p_value(self, mean_rank: float, n: int) -> float:
        """Return how likely chance gives *n* of the ranked a mean rank this far from the middle, 0-1.

        Wilcoxon's rank sum test with its correction for ties, by the normal distribution; 1, as it says nothing, where
        nearly all are tied, so that fewer than five outside the largest tie were to be expected on a side.
        """
        if not n or min(n, self.total - n) * self._untied < _OUTSIDE * self.total:
            return 1.0
        error = math.sqrt(self._spread / n * (self.total - n) / self.total)
        return math.erfc(abs(mean_rank - self._middle) / error / math.sqrt(2)) if error > 0 else 1.0


def deflated(p_values: Sequence[float]) -> list[float]:
    """Return p values corrected for companies that are related without saying so.

    Relatives repeat each other, so that all statistics are too large by one factor. With ten or more tests their
    median shows the factor, as most features have no effect ("genomic control", Devlin and Roeder 1999).
    """
    if len(p_values) < _ENOUGH:
        return list(p_values)
    squares = [_NORMAL.inv_cdf(min(max(p / 2, 1e-300), 0.5)) ** 2 for p in p_values]
    factor = median(squares) / _MEDIAN
    is_inflated = factor > 1 + _SPREAD / math.sqrt(len(p_values))
    return [math.erfc(math.sqrt(s / factor / 2)) for s in squares] if is_inflated else list(p_values)


def false_discovery_rates(p_values: Sequence[float]) -> list[float]:
    """Return for each p value the smallest false discovery rate at which it still counts (Benjamini, Hochberg 1995).

    Taking all with a rate of at most 0.08 makes at most 8 % of those taken false ones, on average; where nothing
    has an effect, anything at all is taken in at most 8 % of cases.
    """
    order = sorted(range(len(p_values)), key=lambda i: p_values[i], reverse=True)
    rates, lowest = [1.0] * len(p_values), 1.0
    for rank, i in zip(range(len(p_values), 0, -1), order, strict=True):
        lowest = min(lowest, p_values[i] * len(p_values) / rank)
        rates[i] = lowest
    return rates


def shrunk(estimates: Sequence[float], errors: Sequence[float]) -> list[float]:
    """Return estimates drawn towards zero by as much as their spread is explained by their standard errors.

    Empirical Bayes with a normal prior around zero; its variance is the moment estimate of DerSimonian and Laird, which
    many features without an effect would make nothing, so that it is at least 0.15 squared.
    """
    weights = [1 / error**2 for error in errors]
    excess = math.fsum(w * e * e - 1 for w, e in zip(weights, estimates, strict=True))
    spread = max(_LIKELY**2, excess / math.fsum(weights)) if weights else 0.0
    return [e * spread / (spread + error**2) for e, error in zip(estimates, errors, strict=True)]
