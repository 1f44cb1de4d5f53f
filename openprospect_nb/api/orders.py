"""Orders: buy once, watch, fetch."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import polars as pl

from openprospect_nb.api._resource import Context, Resource, off_loop
from openprospect_nb.api.facts import OrderFacts, ProfileFacts
from openprospect_nb.api.purchasing import carry_out
from openprospect_nb.api.results import failed, fetch_results, since, stored_results
from openprospect_nb.api.watching import read_order, read_orders, watch
from openprospect_nb.bounds import option_problems, quantity_problems, refuse
from openprospect_nb.errors import ConfigurationError, FieldProblem, OpenProspectError, OrderFailed
from openprospect_nb.frames.decode import table
from openprospect_nb.frames.results import Results
from openprospect_nb.icp import ICP
from openprospect_nb.journal import Purchase, PurchaseKind
from openprospect_nb.models import OrderState
from openprospect_nb.transport.idempotency import check_key, derive_key, mint_key

log = logging.getLogger(__name__)


class AsyncOrder(OrderFacts):
    """An order as last seen; the server's copy is the truth, ``refresh()`` reads it."""

    def __init__(self, context: Context, state: OrderState, idempotency_key: str | None = None) -> None:
        self._context = context
        self._state = state
        self.idempotency_key = idempotency_key

    @property
    def state(self) -> OrderState:
        """Everything the server said about the order when it was last seen."""
        return self._state

    async def refresh(self) -> AsyncOrder:
        """Read the order once and return it as it is now."""
        self._state = await read_order(self._context, self.order_id)
        return self

    async def wait(self, timeout: float | None = None, *, progress: bool = True) -> AsyncOrder:  # noqa: ASYNC109 - a public name
        """Wait until the order has ended and return it; an interrupt stops the waiting, never the order.

        Args:
            timeout: seconds; None waits as long as it takes.
            progress: show a line that moves, where there is a terminal or a notebook.

        Raises:
            OrderFailed: it ended REJECTED, FAILED or CANCELLED; the message gives the reason.
            WaitTimeout: it is still running at the deadline.
        """
        if not self.is_terminal:
            states = await _watch(self._context, [self.order_id], timeout, progress=progress)
            self._state = states[self.order_id]
        if not self.state.is_completed:
            raise failed(self.state)
        return self

    async def results(self, delivered_since: str | None = None, *, refresh: bool = False) -> Results:
        """Return what the order delivered: from disk if it was fetched before, else from the server, all pages.

        Args:
            delivered_since: ISO 8601 time; only companies delivered after it.
            refresh: fetch again although the results are on disk.

        Raises:
            ConflictError: the order has not ended yet.
            OrderFailed: it ended without results.
        """
        stored = None if refresh else await stored_results(self._context, self.order_id)
        if stored is not None:
            return stored if delivered_since is None else since(stored, delivered_since)
        if not self.is_terminal:
            await self.refresh()
        return await fetch_results(self._context, self.state, delivered_since)


OrderList = list[AsyncOrder]


class AsyncOrders(Resource):
    """``client.orders``."""

    async def discover(  # noqa: PLR0913 - the names are the product's public promise
        self,
        icp: ICP | ProfileFacts | str,
        briefing_quantity: int = 25,
        *,
        title: str | None = None,
        features: Sequence[str] | None = None,
        priority: str | None = None,
        blacklist_ids: Sequence[str] | None = None,
        contact_roles: Sequence[str] | None = None,
        output_language: str | None = None,
        webhook_url: str | None = None,
        idempotency_key: str | None = None,
        budget: float | None = None,
        name: str | None = None,
        again: bool = False,
    ) -> AsyncOrder:
        """Buy a discovery order, exactly once, and return it.

        Args:
            icp: an ICP (its profile is created first), a ready profile, or a ``profile_id``.
            briefing_quantity: companies wanted, 1 to 10,000.
            title: a label, up to 500 characters.
            features: such as `contract.Feature`; without, the server decides.
            priority: NORMAL or EXPRESS.
            blacklist_ids: lists of companies to leave out; fixed once the order is placed.
            contact_roles: such as "CEO".
            output_language: such as ``de``.
            webhook_url: where the server reports changes of state.
            idempotency_key: the caller's own key; the same key and order return the same order.
            budget: refuse the order if its price (``price_per_briefing`` times quantity) is higher, or unknown.
            name: a stable name of the caller's for this purchase, so that a cell can be run again.
            again: buy once more although an equal order was placed within ten minutes.

        Raises:
            ValidationError: something breaks a documented bound; lists all of it; nothing was sent.
            UnsafeToRetry: an equal order was placed within ten minutes.
            ConflictError: the key or name stands for another order.
        """
        options = _options(
            briefing_quantity=briefing_quantity,
            title=title,
            features=features,
            priority=priority,
            blacklist_ids=blacklist_ids,
            contact_roles=contact_roles,
            output_language=output_language,
            webhook_url=webhook_url,
        )
        price = self._price(briefing_quantity)
        refuse(
            [
                *(icp.problems() if isinstance(icp, ICP) else []),
                *quantity_problems(briefing_quantity),
                *option_problems(options),
                *_budget_problems(budget, price),
            ],
            "the order",
        )
        profile, profile_id = _profile_of(icp)
        return await self._buy(
            Purchase(
                key=check_key(idempotency_key) if idempotency_key is not None else mint_key(),
                kind=PurchaseKind.DISCOVERY,
                intended_at=self._now(),
                options=options,
                profile=profile,
                profile_id=profile_id,
                flow=await self._flow(),
                name=name,
                quantity=briefing_quantity,
                price=price,
                budget=budget,
            ),
            again=again,
        )

    async def get(self, order_id: str) -> AsyncOrder:
        """Return an order by its id; any kernel, any order this key may see.

        Raises:
            NotFoundError: no such order for this key.
        """
        state = await read_order(self._context, order_id)
        return AsyncOrder(self._context, state, await self._key_of(order_id))

    async def list(self, status: str | None = None) -> pl.DataFrame:
        """Return one row an order, newest first, columns as `schemas.ORDERS`; *status* keeps one state only."""
        return table(await read_orders(self._context, status), "orders", source=self._context.source).frame

    async def wait(
        self,
        orders: Sequence[str | OrderFacts],
        timeout: float | None = None,  # noqa: ASYNC109 - a public name
        *,
        progress: bool = True,
    ) -> OrderList:
        """Wait until all *orders* have ended and return them, also those that ended badly.

        Raises:
            WaitTimeout: some are still running at the deadline.
        """
        ids = [order if isinstance(order, str) else order.order_id for order in orders]
        states = await _watch(self._context, ids, timeout, progress=progress)
        return [AsyncOrder(self._context, states[order_id], await self._key_of(order_id)) for order_id in ids]

    async def _buy(self, purchase: Purchase, *, again: bool) -> AsyncOrder:
        keyed = _with_profile_key(purchase)
        committed, fresh = await off_loop(self._context.journal.intend, keyed, again=again)
        if not fresh:
            log.warning(
                "this order was placed before (%s UTC, key %s); nothing new is bought.",
                f"{committed.intended_at:%Y-%m-%d %H:%M}",
                committed.key,
            )
        done = await carry_out(self._context, committed)
        if done.order_id is None:
            raise OrderFailed(
                f"the earlier purchase under key {done.key} bought nothing: {done.problem}",
                order_id="",
                order_status=done.status or "NOT PLACED",
                next_step="Correct it and order under a new key or name.",
            )
        placed = AsyncOrder(self._context, _state_of(done, done.order_id), done.key)
        return placed if fresh else await placed.refresh()

    async def _flow(self) -> str:
        if self._context.settings.flow != "auto":
            return self._context.settings.flow
        return await off_loop(self._context.journal.known_flow) or "profile"

    async def _key_of(self, order_id: str) -> str | None:
        purchase = await off_loop(lambda: self._context.journal.find(order_id=order_id))
        return purchase.key if purchase is not None else None

    def _price(self, quantity: int) -> float | None:
        each = self._context.settings.price_per_briefing
        return None if each is None or quantity_problems(quantity) else each * quantity

    def _now(self) -> datetime:
        return self._context.sender.clock.now()


async def results_of(context: Context, order_ids: Sequence[str | OrderFacts]) -> Results:
    """Return several orders' results in one; what could not be had is in ``errors``, by order id."""
    ids = [order if isinstance(order, str) else order.order_id for order in order_ids]

    async def one(order_id: str) -> Results | OpenProspectError:
        try:
            stored = await stored_results(context, order_id)
            return stored or await fetch_results(context, await read_order(context, order_id))
        except OpenProspectError as error:
            return error

    fetched = dict(zip(ids, await asyncio.gather(*(one(order_id) for order_id in ids)), strict=True))
    errors = {order_id: str(found) for order_id, found in fetched.items() if isinstance(found, OpenProspectError)}
    together = Results.concat([found for found in fetched.values() if isinstance(found, Results)])
    return replace(together, errors={**together.errors, **errors})


async def _watch(
    context: Context, ids: Sequence[str], deadline: float | None, *, progress: bool
) -> dict[str, OrderState]:
    reporter = context.reporter() if progress else None
    try:
        return await watch(context, ids, deadline=deadline, show=reporter.update if reporter else lambda _: None)
    except asyncio.CancelledError:
        log.warning("stopped waiting; the order goes on. Come back with client.orders.wait(%r).", list(ids))
        raise
    finally:
        if reporter:
            reporter.close()


def _profile_of(icp: ICP | ProfileFacts | str) -> tuple[Mapping[str, Any] | None, str | None]:
    """Return the description, if known, and the profile id, if there is one."""
    if isinstance(icp, ICP):
        return icp.body(), None
    if isinstance(icp, ProfileFacts) and icp.profile_id is not None:
        return (icp.icp.body() if icp.icp is not None else None), icp.profile_id
    if isinstance(icp, ProfileFacts):
        raise ConfigurationError(f"the profile is {icp.status}, not ready.", next_step="Call profile.wait() first.")
    if isinstance(icp, str) and icp.strip():
        return None, icp
    raise ConfigurationError(
        f"cannot order from a {type(icp).__name__}.", next_step="Pass an op.ICP, a profile, or a profile_id."
    )


def _state_of(purchase: Purchase, order_id: str) -> OrderState:
    """Return what is known of an order just placed, without asking the server again."""
    return OrderState(
        order_id=order_id,
        status=purchase.status or "RECEIVED",
        order_type=str(purchase.kind),
        title=purchase.options.get("title"),
        briefing_quantity=purchase.options.get("briefing_quantity"),
        profile_id=purchase.profile_id,
        estimated_cost=purchase.cost,
    )


def _options(**given: Any) -> dict[str, Any]:
    listed = {k: list(v) if isinstance(v, Sequence) and not isinstance(v, str) else v for k, v in given.items()}
    return {name: value for name, value in listed.items() if value is not None}


def _budget_problems(budget: float | None, price: float | None) -> list[FieldProblem]:
    if budget is None:
        return []
    if price is None:
        return [
            FieldProblem(
                "budget", "cannot be kept: the price is unknown; set price_per_briefing= on the client", budget
            )
        ]
    if price > budget:
        return [FieldProblem("budget", f"the order would cost {price:,.2f}, which is above {budget:,.2f}", budget)]
    return []


def _with_profile_key(purchase: Purchase) -> Purchase:
    if purchase.profile is None or purchase.profile_id is not None:
        return purchase
    return replace(purchase, profile_key=derive_key(purchase.key, "profile"))
