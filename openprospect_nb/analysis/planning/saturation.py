"""How much of a market several orders have seen: capture and recapture between them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Sequence
from typing import NamedTuple

from openprospect_nb.analysis.intervals import z_value


class Market(NamedTuple):
    """Companies of a market: those seen, and how many there are at least, with an interval; None where unknown."""

    seen: int
    size: float | None
    low: float | None
    high: float | None


def market_of(orders: Sequence[Collection[str]], level: float = 0.9) -> Market:
    """Return how large the market is that some orders were drawn from, by the companies that came again.

    Chao's estimator for several samples (1987, bias-corrected as "Chao2"), with his log-normal interval. Companies that
    are easier to be delivered come again sooner, and so it is a *lower* bound: it counts those that any order may
    bring, not those that the vendor never sends. Unknown for a single order, and where none came again: then the market
    is large, or the server sends nobody twice.

    Args:
        orders: the companies of each order, by id or by firm.
        level: of the interval.
    """
    times = Counter(company for order in orders for company in set(order))
    once, twice = (sum(count == often for count in times.values()) for often in (1, 2))
    if len(orders) < 2 or not any(count > 1 for count in times.values()):
        return Market(len(times), None, None, None)
    share = (len(orders) - 1) / len(orders)
    unseen = share * once * (once - 1) / (2 * (twice + 1))
    if unseen <= 0:
        return Market(len(times), float(len(times)), float(len(times)), float(len(times)))
    ratio = once / (twice + 1)
    variance = (twice + 1) * (share / 2 * ratio**2 + share**2 * ratio**3 + share**2 / 4 * ratio**4)
    spread = math.exp(z_value(level) * math.sqrt(math.log1p(variance / unseen**2)))
    return Market(len(times), len(times) + unseen, len(times) + unseen / spread, len(times) + unseen * spread)
