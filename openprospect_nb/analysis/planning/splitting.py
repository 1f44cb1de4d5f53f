"""How a budget is split between ICPs whose rates fall: the next money always to whoever brings most for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from openprospect_nb.yields import Floats


@dataclass(frozen=True, slots=True)
class Offer:
    """What an ICP offers next: the expected ``rates`` of good ones, company by company and never rising; the price."""

    rates: Floats
    price: float


@dataclass(frozen=True, slots=True)
class Split:
    """How many companies to buy of each ICP, what that costs, and what the last of the money brings.

    ``edge`` is good companies a unit of money: less than that, and the money is better spent elsewhere, or kept.
    """

    counts: Mapping[str, int]
    cost: float
    edge: float


def split(offers: Mapping[str, Offer], budget: float, worth: float | None = None) -> Split:
    """Return the split that brings most good companies for at most *budget*, by what is expected.

    Rates never rise, so that whoever brings most for the next unit of money is asked first, and this is the optimum
    (but for the last company that the money does not reach). The cut-off is found by halving.

    Args:
        offers: by ICP.
        budget: money, in the currency of the prices.
        worth: money that a good company is worth; companies that cost more than they bring are not bought.
    """
    ratios = {name: offer.rates / offer.price for name, offer in offers.items()}
    least = 0.0 if worth is None else 1 / worth
    low, high = least, max((float(each.max(initial=0.0)) for each in ratios.values()), default=0.0) + 1e-9
    high = max(high, low)
    for _ in range(50):
        middle = (low + high) / 2
        is_affordable = _cost(offers, _counts(ratios, middle)) <= budget
        low, high = (low, middle) if is_affordable else (middle, high)
    counts = _filled(offers, ratios, _counts(ratios, high), budget, least)
    return Split(counts, _cost(offers, counts), max(least, high if _cost(offers, counts) > 0 else least))


def _counts(ratios: Mapping[str, Floats], edge: float) -> dict[str, int]:
    return {name: int(np.searchsorted(-each, -edge)) for name, each in ratios.items()}


def _cost(offers: Mapping[str, Offer], counts: Mapping[str, int]) -> float:
    return sum(count * offers[name].price for name, count in counts.items())


def _filled(
    offers: Mapping[str, Offer], ratios: Mapping[str, Floats], counts: Mapping[str, int], budget: float, least: float
) -> dict[str, int]:
    """Return the counts with what is left of the budget spent too, best first: many companies may be equally good."""
    bought = dict(counts)
    left = budget - _cost(offers, bought)
    following = {name: float(each[bought[name]]) for name, each in ratios.items() if bought[name] < len(each)}
    for name in sorted(following, key=lambda name: -following[name]):
        worth_it = _counts(ratios, least)[name] - bought[name]
        more = min(worth_it, int(np.floor(left / offers[name].price + 1e-9)))
        bought[name] += more
        left -= more * offers[name].price
    return bought
