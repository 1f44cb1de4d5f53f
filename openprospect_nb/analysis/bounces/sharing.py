"""How far prospects on one domain share their fate, estimated from pairs of them.

Two risks p and q on a domain of one die bounce together with the chance min(p, q), on another with p q. So the share is
what the pairs that bounced together exceed p q by, over what they would if every domain had one die; what few pairs
say is mixed with what was assumed.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import polars as pl

from openprospect_nb.analysis.bounces.poisson_binomial import Floats

_SURE = 1.2816  # standard deviations below which four of five values lie within either side


class Share(NamedTuple):
    """A share of fate, 0-1: the likely one, and one that is exceeded with a chance of a tenth."""

    likely: float
    high: float


def share_of(domains: pl.Series, p: Floats, happened: Floats, assumed: Share) -> Share:
    """Return the share that these outcomes speak for.

    Args:
        domains: the domain of each message.
        p: its probability to bounce, 0-1.
        happened: 0 or 1.
        assumed: what to mix it with.
    """
    pairs = _pairs(pl.DataFrame({"domain": domains, "p": p, "y": happened}))
    lower, apart, both, m = (pairs[name].cast(pl.Float64).to_numpy() for name in ("lower", "apart", "both", "m"))
    room, gain = lower - apart, both - apart
    if room.sum() <= 0:
        return assumed
    seen = float(gain.sum() / room.sum())
    # Pairs of one domain are not independent of each other: at worst they come all together.
    chance = assumed.likely * lower + (1 - assumed.likely) * apart
    expected = (chance * np.maximum(1.0, assumed.likely * m * (m - 1) / 2)).sum()
    observed = ((gain - seen * room) ** 2).sum()
    error = max(float(expected), float(observed)) / float(room.sum()) ** 2
    before = ((assumed.high - assumed.likely) / _SURE) ** 2
    weight = before / (before + error)
    likely = weight * min(1.0, max(0.0, seen)) + (1 - weight) * assumed.likely
    return Share(likely, min(1.0, likely + _SURE * math.sqrt(weight * error)))


def _pairs(messages: pl.DataFrame) -> pl.DataFrame:
    """Return, a row a domain, its size and the sums over pairs of min(p, q), of p q, and of those that bounced both."""
    risk, y, size = pl.col("p"), pl.col("y"), pl.len()
    place = risk.rank("ordinal", descending=True)
    return (
        messages.with_columns(lower=(place.over("domain") - 1) * risk)
        .group_by("domain")
        .agg(
            size.alias("m"),
            pl.col("lower").sum(),
            ((risk.sum() ** 2 - (risk**2).sum()) / 2).alias("apart"),
            ((y.sum() ** 2 - (y**2).sum()) / 2).alias("both"),
        )
        .filter(pl.col("m") > 1)
        .sort("domain")
    )
