"""How many companies of the next order are here already, forecast from how often earlier orders repeated; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from openprospect_nb.files.known import KnownCompanies
from openprospect_nb.markup.cards import Card, Faced

LEVEL: Final = 0.9  # of the interval of a forecast
_SEED: Final = 20261129  # of the draws behind the interval: the same history has the same forecast
_NEXT: Final = "the next order"


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatForecast(Faced):
    """How many companies of an order are probably here already.

    Attributes:
        of: companies of the order. expected, low, high: those that this home has, with the 90 % interval.
        held: companies that this home has, a company of two orders twice.
        orders: earlier orders that could repeat, which is all but the first; without any, nothing is known.
    """

    of: int
    expected: float
    low: float
    high: float
    held: int
    orders: int

    def _card(self) -> Card:
        return Card(
            kind="Repeats to expect",
            answer=str(self),
            facts=(("held here", f"{self.held:,} companies"), ("earlier orders that tell", self.orders)),
            calls=("client.orders.discover(icp, briefing_quantity=…, avoid_known=True)",),
        )

    def __str__(self) -> str:
        if not self.held:
            return "Nothing is here yet that could come again."
        said = (
            f"About {self.expected:.0f} of {self.of:,} ({self.low:.0f} to {self.high:.0f} with 90 %) are probably here"
        )
        earlier = {0: "no earlier order tells", 1: "1 earlier order tells"}
        return f"{said}; {earlier.get(self.orders, f'{self.orders} earlier orders tell')}."


def repeats_expected(bought: Mapping[str, Sequence[Mapping[str, str | None]]], count: int) -> RepeatForecast:
    """Return the forecast for an order of *count* companies after the orders *bought*, in the order they were.

    The next order repeats as one more of those before it, some often and some hardly: each has a rate of its own, and
    all are drawn from one distribution (the prior is that of ``openprospect_nb.yields``). Companies are recognised as
    `KnownCompanies` does. An order for the same profile may be kept free of repeats by the server, one for a similar
    profile is not: what the next one is for is not looked at.
    """
    # numpy loads with the first forecast, not with the client
    from openprospect_nb.yields import Batch, Yields

    all_companies = [(order, company) for order, companies in bought.items() for company in companies]
    if not all_companies:
        return RepeatForecast(of=count, expected=0.0, low=0.0, high=0.0, held=0, orders=0)
    held = KnownCompanies(all_companies)
    earlier: set[str] = set()
    batches: dict[str, list[Batch]] = {}
    for order, companies in bought.items():
        if earlier and companies:
            again = sum(not earlier.isdisjoint(held.orders_of(company)) for company in companies)
            batches[order] = [Batch(0, len(companies), again, len(companies))]
        earlier.add(order)
    yields = Yields({**batches, _NEXT: []})
    low, high = yields.count_interval(_NEXT, count, LEVEL, seed=_SEED)
    expected = yields.expected(_NEXT, count)
    return RepeatForecast(of=count, expected=expected, low=low, high=high, held=len(held), orders=len(batches))
