"""Rates of orders: how sure they are where companies belong together, and how they differ between orders."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from openprospect_nb.analysis.intervals import Count, Interval, newcombe, t_value, wilson, z_value

FEW: Final = 30  # below this many companies an order's rates are called a small sample
DIFFERENCES: Final = pl.Schema(
    {
        "order_id": pl.String(),
        "reference": pl.String(),
        "measure": pl.String(),
        "difference": pl.Float64(),
        "low": pl.Float64(),
        "high": pl.Float64(),
        "n": pl.Int64(),
        "n_reference": pl.Int64(),
        "reading": pl.String(),
    }
)


@dataclass(frozen=True, slots=True)
class Rate:
    """How many of *n* companies are hits, and how many independent observations these are worth (``effective``).

    The *n* are those of which it is known; of none nothing is.

    ``freedom``: from how many firms, less one, that worth was estimated; infinite where every company is a firm.
    """

    hits: int
    n: int
    effective: float
    freedom: float = math.inf

    @property
    def value(self) -> float | None:
        """The rate, 0-1; None where there are no companies."""
        return self.hits / self.n if self.n else None

    def count(self, level: float) -> Count:
        """Return the rate as hits of so many observations as make an interval of *level* that holds.

        What a few firms say of their own spread is itself unsure: fewer count (Korn and Graubard 1998; Student's t).
        """
        if not self.n:
            return Count(0, 0)
        unsure = 1.0 if math.isinf(self.freedom) else (z_value(level) / t_value(level, self.freedom)) ** 2
        return Count(self.hits / self.n * self.effective * unsure, self.effective * unsure)

    def interval(self, level: float) -> Interval:
        """Return Wilson's interval for the effective number of observations."""
        return wilson(*self.count(level), level)

    def ends(self, level: float) -> tuple[float | None, float | None]:
        """Return the interval, or None twice where nothing is known."""
        return self.interval(level) if self.n else (None, None)


def worth_of(sizes: pl.Series, times: pl.Series | None = None) -> float:
    """Return how many firms of one size these are worth (Kish 1965): a large one weighs more, and yet is one.

    Args:
        sizes: of the firms.
        times: how many firms there are of each of these sizes; one, if not given.
    """
    each = pl.Series([1.0]) if times is None else times
    return float((sizes * each).sum()) ** 2 / float((sizes * sizes * each).sum()) if sizes.len() else 0.0


def rate_of(companies: pl.DataFrame, hit: str, weight: str | None = None) -> Rate:
    """Return the rate of *hit*, a Boolean column; companies with one ``firm`` are sisters and no independent draws.

    *weight* is a column of how much each company counts, 0 to 1, hits 1; None counts each once.
    """
    counted = pl.len() if weight is None else pl.col(weight).sum()
    firms = companies.group_by("firm").agg(pl.col(hit).sum(), counted.alias("size"))
    return rate_of_firms(firms.with_columns(n=1), hit)


def rate_of_firms(firms: pl.DataFrame, hit: str, size: str = "size") -> Rate:
    """Return the rate of companies that are hits, of firms as `OrderTally` has them; *hit* is a column of them.

    *size* is the column of how many companies of a firm count.

    The variance between firms over that of independent draws is the design effect (Kish 1965; ratio estimator). It is
    never taken below 1, and where all or none are hits, so that it cannot be seen, a firm counts as one observation.
    """
    # In one order, so that sums are equal wherever firms were counted.
    counted = firms.filter(pl.col(size) > 0).group_by(size=size, hits=hit).agg(pl.col("n").sum())
    alike = counted.sort("size", "hits").cast(pl.Float64)
    sizes, times = alike["size"], alike["n"]
    total = float((sizes * times).sum())
    n, hits, different = round(total), int((alike["hits"] * times).sum()), int(times.sum())
    if not n:
        return Rate(0, 0, 0.0)
    if (sizes == 1).all():
        return Rate(hits, n, float(n))
    rate, freedom = hits / total, worth_of(sizes, times) - 1
    if hits in {0, n} or different < 2:
        return Rate(hits, n, min(float(different), total), freedom)
    residual = float(((alike["hits"] - rate * sizes).pow(2) * times).sum())
    effect = residual * different / (different - 1) / (total * rate * (1 - rate))
    return Rate(hits, n, total / max(1.0, effect), freedom)


@dataclass(frozen=True, slots=True)
class Measured:
    """What is compared of an order: its rates by measure, and its known match scores, sorted, worth how many firms."""

    rates: Mapping[str, Rate]
    scores: Sequence[float]
    scored_firms: float


def differences(orders: Mapping[str, Measured], reference: str | None, level: float) -> pl.DataFrame:
    """Return `DIFFERENCES` of every order to the reference; all intervals hold at once with the stated *level*."""
    others = [name for name in orders if reference is not None and name != reference]
    if reference is None or not others:
        return pl.DataFrame(schema=DIFFERENCES)
    measures = len(orders[reference].rates) + 1
    each = 1 - (1 - level) / (measures * len(others))
    rows = [row for name in others for row in _to_reference(name, reference, orders, each)]
    return pl.DataFrame(rows, schema=DIFFERENCES, orient="row")


def _to_reference(name: str, reference: str, orders: Mapping[str, Measured], level: float) -> list[Sequence[object]]:
    ours, base = orders[name], orders[reference]
    rows: list[Sequence[object]] = []
    for measure, rate in ours.rates.items():
        other = base.rates[measure]
        if not rate.n or not other.n:
            rows.append((name, reference, measure, None, -1.0, 1.0, rate.n, other.n, "unknown on one side"))
            continue
        low, high = newcombe(other.count(level), rate.count(level), level)
        gap = rate.hits / rate.n - other.hits / other.n
        smallest = min(rate.n, other.n)
        rows.append((name, reference, measure, gap, low, high, rate.n, other.n, reading(low, high, smallest)))
    n, base_n = len(ours.scores), len(base.scores)
    if not n or not base_n:
        rows.append((name, reference, "match_superiority", None, -1.0, 1.0, n, base_n, "no scores on one side"))
        return rows
    delta = cliffs_delta(base.scores, ours.scores)
    error = _superiority_error((delta + 1) / 2, ours.scored_firms, base.scored_firms)
    reach = t_value(level, min(ours.scored_firms, base.scored_firms) - 1) * error * 2
    low, high = max(-1.0, delta - reach), min(1.0, delta + reach)
    words = reading(low, high, min(n, base_n))
    return [*rows, (name, reference, "match_superiority", delta, low, high, n, base_n, words)]


def reading(low: float, high: float, smallest: int) -> str:
    """Return an interval of a difference in words, with a word of caution for small samples."""
    words = "higher" if low > 0 else "lower" if high < 0 else "no clear difference"
    return f"{words} (small sample)" if smallest < FEW else words


def cliffs_delta(first: Sequence[float], second: Sequence[float]) -> float:
    """Return P(second > first) - P(second < first) for two samples, the first of them sorted."""
    above = int(np.searchsorted(first, second, "left").sum())
    below = len(first) * len(second) - int(np.searchsorted(first, second, "right").sum())
    return (above - below) / (len(first) * len(second))


def _superiority_error(superiority: float, n: float, m: float) -> float:
    """Return the standard error of a chance of superiority (Hanley and McNeil 1982), never quite zero."""
    a = min(max(superiority, 0.5 / n), 1 - 0.5 / n)
    q1, q2 = a / (2 - a), 2 * a * a / (1 + a)
    return math.sqrt((a * (1 - a) + (n - 1) * (q1 - a * a) + (m - 1) * (q2 - a * a)) / (n * m))


def drawn_together(rates: Mapping[str, Rate], weight: float) -> dict[str, float]:
    """Return each rate drawn towards that of all orders together, as if *weight* further companies had the latter.

    The best of several noisy rates is too good to be true, the more so the fewer companies it rests on.
    """
    total = sum(rate.n for rate in rates.values())
    pooled = sum(rate.hits for rate in rates.values()) / total if total else 0.0
    return {
        name: ((rate.value or 0.0) * rate.effective + weight * pooled) / (rate.effective + weight)
        for name, rate in rates.items()
    }
