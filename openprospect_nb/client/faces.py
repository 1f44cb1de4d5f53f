"""What widgets need besides the verbs: the polling of orders, and an order as it would be sent.

A plan is made by the functions that make the purchase itself, so that a preview and the order cannot disagree.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from openprospect_nb.api._resource import off_loop
from openprospect_nb.api.buying.planning import OrderDefaults, PurchaseTerms, discovery, enrichment, order_options
from openprospect_nb.api.waiting.polling import Tick
from openprospect_nb.api.waiting.watching import poll_list
from openprospect_nb.client.aio import AsyncClient
from openprospect_nb.contract import PATH_ORDERS, PATH_PROFILES
from openprospect_nb.errors import FieldProblem, OpenProspectError, ValidationError
from openprospect_nb.icp import ICP
from openprospect_nb.journal import Purchase
from openprospect_nb.journal.purchase import order_body
from openprospect_nb.models import OrderState
from openprospect_nb.transport.idempotency import mint_key

if TYPE_CHECKING:
    import polars as pl

__all__ = [
    "OrderDefaults",
    "Plan",
    "Request",
    "Tick",
    "mint_key",
    "plan_discovery",
    "plan_enrichment",
    "poll_orders",
    "purchase_of",
]
PROFILE_ID_TO_COME: Final = "(the new profile's id)"


@dataclass(frozen=True, slots=True)
class Request:
    """One request that would be sent: method and path, and the JSON body."""

    name: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """An order not placed yet: its requests (none while there are problems), its price where known, its problems."""

    requests: tuple[Request, ...] = ()
    price: float | None = None
    problems: tuple[FieldProblem, ...] = ()


def plan_discovery(usual: OrderDefaults, icp: ICP, options: Mapping[str, Any], budget: float | None = None) -> Plan:
    """Return what ``orders.discover`` would send for *icp* with *options* (its arguments, None where not given).

    *usual* is what ``orders.defaults()`` gave; the order itself asks the same.
    """
    return _plan(lambda: discovery(icp, order_options(options), _terms(usual, budget)))


def plan_enrichment(
    usual: OrderDefaults,
    companies: Sequence[Mapping[str, Any]],
    icp: ICP | None,
    options: Mapping[str, Any],
    budget: float | None = None,
) -> Plan:
    """Return what ``orders.enrich`` would send for *companies*, judged for *icp* if there is one."""
    return _plan(lambda: enrichment(companies, icp, order_options(options), _terms(usual, budget)))


async def poll_orders(
    core: AsyncClient,
    wanted: Callable[[], Collection[str]],
    see: Callable[[pl.DataFrame, Sequence[OrderState], Sequence[OpenProspectError]], Awaitable[bool]],
    show: Callable[[Tick], None],
) -> None:
    """Poll all orders of *core* as ``order.wait`` does one, until *see* returns that none runs any more.

    Arguments and errors are those of `poll_list`.
    """
    await poll_list(core._context, wanted, see, show)  # noqa: SLF001 - made for widgets, and a part of the client


def _plan(make: Callable[[], Purchase]) -> Plan:
    try:
        purchase = make()
    except ValidationError as error:
        return Plan(problems=tuple(error.fields))
    requests = []
    if purchase.profile is not None and purchase.flow == "profile":
        requests.append(Request(f"POST {PATH_PROFILES}", purchase.profile))
        purchase = replace(purchase, profile_id=PROFILE_ID_TO_COME)
    requests.append(Request(f"POST {PATH_ORDERS}", json.loads(order_body(purchase))))
    return Plan(requests=tuple(requests), price=purchase.price)


def _terms(usual: OrderDefaults, budget: float | None) -> PurchaseTerms:
    return PurchaseTerms(now=datetime.now(UTC), flow=usual.flow, price_each=usual.price_each, budget=budget)


async def purchase_of(core: AsyncClient, order_id: str) -> Purchase | None:
    """Return what the journal knows of the purchase of an order, with what was asked for; None if nothing."""
    journal = core._context.journal  # noqa: SLF001 - made for widgets, and a part of the client
    return await off_loop(partial(journal.find, order_id=order_id))
