"""What trying few would teach: pilots that pay for themselves, and the count at which to stop with an ICP."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np
import polars as pl

from openprospect_nb.analysis.planning.splitting import Offer, split
from openprospect_nb.yields import Batch, Yields

PILOTS: Final = pl.Schema({"icp": pl.String(), "n": pl.Int64(), "cost": pl.Float64(), "gain": pl.Float64()})
SIZES: Final = (25, 50, 100)
_POSSIBLE: Final = 5  # counts, evenly likely, that a pilot's outcome is tried at
_LEAST: Final = 0.5  # good companies; a gain below is none
_SEED: Final = 20261129

Offers = Callable[[Yields, float], Mapping[str, Offer]]
Known = Mapping[str, Sequence[Batch]]


def pilots(
    known: Known,
    now: Mapping[str, int],
    offers: Offers,
    prices: Mapping[str, float],
    budget: float,
    worth: float | None,
) -> pl.DataFrame:
    """Return `PILOTS`: for each ICP of which few are bought now, the size of pilot that gains most, if any does.

    The gain is what the best split after the pilot is expected to bring with the rest of the budget, averaged over
    what the pilot may show, and what the pilot itself brings, less what the best split brings without it.
    """
    yields = Yields(known)
    without = _brings(yields, offers, budget, worth)
    rows = []
    for name, price in prices.items():
        gains = {
            n: _with_pilot(yields, known, name, n, offers, budget - n * price, worth) - without
            for n in SIZES
            if now[name] < SIZES[0] and n * price <= budget / 2
        }
        if gains and max(gains.values()) >= _LEAST:
            n = max(gains, key=lambda size: gains[size])
            rows.append((name, n, n * price, gains[n]))
    return pl.DataFrame(rows, schema=PILOTS, orient="row").sort("gain", descending=True)


def stop_at(known: Known, name: str, count: int, rate: float) -> int | None:
    """Return the largest number of good ones of the next *count* after which the next as many fall below *rate*.

    None where not even none at all would be that bad, or none are bought. More good ones never mean a lower rate, so
    that the number is found by halving.
    """
    low, high = -1, count
    while count and high - low > 1:
        middle = (low + high) // 2
        is_bad = _after(known, name, count, middle).expected(name, count) < rate * count
        low, high = (middle, high) if is_bad else (low, middle)
    return low if low >= 0 else None


def _with_pilot(
    yields: Yields, known: Known, name: str, n: int, offers: Offers, left: float, worth: float | None
) -> float:
    drawn = yields.drawn({name: n}, np.random.default_rng(_SEED))[:, 0]
    possible = np.quantile(drawn, (np.arange(_POSSIBLE) + 0.5) / _POSSIBLE)
    after = [_brings(_after(known, name, n, good), offers, left, worth) for good in possible]
    return float(np.mean(after) + np.mean(possible))


def _after(known: Known, name: str, n: int, good: float) -> Yields:
    """Return what would be believed after another batch of an ICP, whose companies cluster like those before."""
    start = sum(batch.n for batch in known[name])
    delivered = [batch for own in known.values() for batch in own]
    worth = sum(batch.effective for batch in delivered) / max(1, sum(batch.n for batch in delivered)) or 1.0
    return Yields({**known, name: [*known[name], Batch(start, n, float(good), n * worth)]})


def _brings(yields: Yields, offers: Offers, budget: float, worth: float | None) -> float:
    """Return what the best split of a budget is expected to bring."""
    counts = split(offers(yields, budget), budget, worth).counts
    return sum(yields.expected(name, count) for name, count in counts.items())
