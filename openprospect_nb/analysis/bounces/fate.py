"""Prospects on one domain share a fate: the moments of how many of them bounce (the model is in `counts`)."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeVar

import polars as pl

Number = TypeVar("Number", float, pl.Expr)


class Cumulants(NamedTuple):
    """Mean, variance and third central moment of a sum; they add up over independent parts."""

    mean: float
    variance: float
    third: float


def shared_fate(dead: Number, size: Number, alive: tuple[Number, Number, Number]) -> tuple[Number, Number, Number]:
    """Return mean, variance and third central moment of the bounces on one domain.

    Args:
        dead: the chance that the domain takes all of its prospects.
        size: how many these are.
        alive: the moments of the count while the domain is not dead.
    """
    mean = dead * size + (1 - dead) * alive[0]
    up, down = size - mean, alive[0] - mean
    variance = dead * up * up + (1 - dead) * (alive[1] + down * down)
    third = dead * up * up * up + (1 - dead) * (alive[2] + 3 * alive[1] * down + down * down * down)
    return mean, variance, third


def fates_of(risks: pl.DataFrame, share: float) -> pl.DataFrame:
    """Return one row a domain, the largest first: ``size``, ``dead``, ``risks``, and the moments of the count.

    Args:
        risks: ``domain`` and ``p`` of the prospects, several a domain.
        share: how much of the smallest risk on a domain is the domain's own.
    """
    p, dead, size = pl.col("p"), pl.col("dead"), pl.col("size")
    # Power sums are what a group-by computes fast; the moments while the domain is not dead follow from them.
    grouped = (
        risks.with_columns(p2=p**2, p3=p**3)
        .group_by("domain")
        .agg(
            p.alias("risks"),
            pl.len().alias("size").cast(pl.Float64),
            p.min().alias("dead"),
            pl.col("p", "p2", "p3").sum(),
        )
        .with_columns(dead=(share * dead).clip(0.0, 1 - 1e-12))
    )
    first = (p - size * dead) / (1 - dead)
    second = (pl.col("p2") - 2 * dead * p + size * dead**2) / (1 - dead) ** 2
    third = (pl.col("p3") - 3 * dead * pl.col("p2") + 3 * dead**2 * p - size * dead**3) / (1 - dead) ** 3
    spread = (first - second).clip(0.0, None)
    moments: Any = shared_fate(dead, size, (first, spread, first - 3 * second + 2 * third))
    named = dict(zip(Cumulants._fields, moments, strict=True))
    return grouped.with_columns(**named, alive_variance=spread).sort(["size", "domain"], descending=[True, False])


def while_alive(risk: float, dead: float) -> float:
    """Return the risk of one prospect while its domain is not dead."""
    return min(1.0, max(0.0, (risk - dead) / (1 - dead)))
