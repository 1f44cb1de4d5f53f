"""What an order cost: the one definition that the journal's spending and every comparison of orders share.

The server's cost where it states one, else the price of a briefing times the companies that were *delivered*: what was
asked for and did not come is not paid for, and shown as the shortfall. What is delivered counts once: a company twice
in one order is one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any


def cost_of(stated: object, price: float | None, delivered: int | None) -> float | None:
    """Return the cost of an order, or None where nobody knows it.

    Args:
        stated: the total that the server states; what is no amount, such as NaN or a text, states nothing.
        price: of one briefing.
        delivered: how many companies came.
    """
    if isinstance(stated, int | float) and not isinstance(stated, bool) and math.isfinite(stated) and stated >= 0:
        return float(stated)
    return None if price is None or delivered is None else price * delivered


def stated_cost(order: Mapping[str, Any]) -> tuple[float | None, str | None]:
    """Return the total that the server stated of an order, as its provenance has it, and the currency; else None."""
    stated = order.get("estimated_cost")
    terms: Mapping[str, Any] = stated if isinstance(stated, Mapping) else {}
    total, currency = cost_of(terms.get("total"), None, None), terms.get("currency")
    return total, None if total is None or currency is None else str(currency)


def shortfall_of(wanted: object, delivered: int | None) -> int | None:
    """Return how many companies fewer came than were asked for, or None where one of both is not known."""
    if delivered is None or not isinstance(wanted, int) or isinstance(wanted, bool):
        return None
    return max(0, wanted - delivered)
