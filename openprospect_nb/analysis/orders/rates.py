"""Rates of orders: how sure they are where companies belong together, and how they differ between orders."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from openprospect_nb.analysis.intervals import Count, Interval, newcombe, wilson, z_value

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
    """How many of *n* companies are hits, and how many independent observations these are worth (``effective``)."""

    hits: int
    n: int
    effective: float

    @property
    def value(self) -> float | None:
        """The rate, 0-1; None where there are no companies."""
        return self.hits / self.n if self.n else None

    @property
    def count(self) -> Count:
        """The rate as hits of the effective number of observations."""
        return Count(self.hits / self.n * self.effective, self.effective) if self.n else Count(0, 0)

    def interval(self, level: float) -> Interval:
        """Return Wilson's interval for the effective number of observations."""
        return wilson(*self.count, level)


def rate_of(companies: pl.DataFrame, hit: str) -> Rate:
    """Return the rate of *hit*, a Boolean column; companies with one ``firm`` are sisters and no independent draws.

    The variance between firms over that of independent draws is the design effect (Kish 1965; ratio estimator). It is
    never taken below 1, and where all or none are hits, so that it cannot be seen, a firm counts as one observation.
    """
    n, hits = companies.height, int(companies[hit].sum() or 0)
    if not n:
        return Rate(0, 0, 0.0)
    firms = companies.group_by("firm").agg(pl.col(hit).sum().alias("hits"), pl.len().alias("size"))
    if firms.height == n:
        return Rate(hits, n, float(n))
    rate = hits / n
    if hits in {0, n} or firms.height < 2:
        return Rate(hits, n, float(firms.height))
    residual = float((firms["hits"] - rate * firms["size"]).pow(2).sum())
    effect = residual * firms.height / (firms.height - 1) / (n * rate * (1 - rate))
    return Rate(hits, n, n / max(1.0, effect))


@dataclass(frozen=True, slots=True)
class Measured:
    """What is compared of an order: its rates by measure, and its known match scores, sorted, of how many firms."""

    rates: Mapping[str, Rate]
    scores: Sequence[float]
    scored_firms: int


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
        low, high = newcombe(other.count, rate.count, level)
        gap = (rate.value or 0.0) - (other.value or 0.0)
        smallest = min(rate.n, other.n)
        rows.append((name, reference, measure, gap, low, high, rate.n, other.n, reading(low, high, smallest)))
    n, base_n = len(ours.scores), len(base.scores)
    if not n or not base_n:
        rows.append((name, reference, "match_superiority", None, -1.0, 1.0, n, base_n, "no scores on one side"))
        return rows
    delta = cliffs_delta(base.scores, ours.scores)
    error = _superiority_error((delta + 1) / 2, ours.scored_firms, base.scored_firms)
    reach = z_value(level) * error * 2
    low, high = max(-1.0, delta - reach), min(1.0, delta + reach)
    said = reading(low, high, min(n, base_n))
    return [*rows, (name, reference, "match_superiority", delta, low, high, n, base_n, said)]


def reading(low: float, high: float, smallest: int) -> str:
    """Return an interval of a difference in words, with a word of caution for small samples."""
    said = "higher" if low > 0 else "lower" if high < 0 else "no clear difference"
    return f"{said} (small sample)" if smallest < FEW else said


def cliffs_delta(first: Sequence[float], second: Sequence[float]) -> float:
    """Return P(second > first) - P(second < first) for two sorted samples, by one merge over both."""
    below = above = 0
    low = high = 0
    for value in second:
        while low < len(first) and first[low] < value:
            low += 1
        while high < len(first) and first[high] <= value:
            high += 1
        above += low
        below += len(first) - high
    return (above - below) / (len(first) * len(second))


def _superiority_error(superiority: float, n: int, m: int) -> float:
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
    return {name: (rate.count.hits + weight * pooled) / (rate.effective + weight) for name, rate in rates.items()}
