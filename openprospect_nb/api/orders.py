"""Orders: buy once, list, wait, and fetch many in one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from openprospect_nb.advice import country_advice
from openprospect_nb.api._resource import Context, Resource, off_loop
from openprospect_nb.api.facts import OrderFacts, ProfileFacts
from openprospect_nb.api.listing import listed
from openprospect_nb.api.order import AsyncOrder, OnDone, handle_of, watch_shown
from openprospect_nb.api.planning import OrderDefaults, Terms, discovery, enrichment, given_options, state_of
from openprospect_nb.api.purchasing import carry_out, inline_key
from openprospect_nb.api.results import fetch_results, stored_results
from openprospect_nb.api.watching import note, read_order
from openprospect_nb.contract import PATH_ORDERS
from openprospect_nb.errors import ConfigurationError, OpenProspectError, OrderFailed
from openprospect_nb.files.companies import companies_from
from openprospect_nb.files.company_list import CompanyList, Repeats
from openprospect_nb.frames.results import Results
from openprospect_nb.icp import ICP
from openprospect_nb.journal import Purchase
from openprospect_nb.journal.guard import Standing, standing
from openprospect_nb.models import OrderState

log = logging.getLogger(__name__)
OrderList = list[AsyncOrder]


class AsyncOrders(Resource):
    """``client.orders``."""

    async def discover(
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
            budget: refuse the order if its price is higher, or unknown: ``price_per_briefing``, or else the median of
                what earlier orders cost here, times the quantity.
            name: a stable name of the caller's for this purchase, so that a cell can be run again.
            again: buy one more although an equal order is open, was placed within ten minutes, or was sent and never
                confirmed; without, an open one is gone on with where that is safe, else refused.

        Raises:
            ValidationError: something breaks a documented bound; lists all of it; nothing was sent.
            UnsafeToRetry: an equal order was placed within ten minutes, or may have been placed; or two orders seem to
                have been made of this one. The text names the order or key, and the way on.
            WaitTimeout: the profile is not ready after 15 minutes; nothing was ordered, and the same call goes on.
            ConflictError: the key or name stands for another order.

        Example:
            >>> client.orders.discover(icp, briefing_quantity=25, name="spring list").status
            'RECEIVED'
        """
        options = given_options(
            briefing_quantity=briefing_quantity,
            title=title,
            features=features,
            priority=priority,
            blacklist_ids=blacklist_ids,
            contact_roles=contact_roles,
            output_language=output_language,
            webhook_url=webhook_url,
        )
        terms = await self._terms(idempotency_key, name, budget)
        purchase = discovery(icp, options, terms)
        for advice in country_advice(icp.target_countries) if isinstance(icp, ICP) else ():
            log.warning("%s", advice)
        if purchase.profile is None and purchase.profile_id is not None:
            # Kept beside the id: for where results come from, and for servers that want the description again.
            known = await off_loop(self._context.journal.description_of, purchase.profile_id)
            purchase = replace(purchase, profile=known)
        return await self._buy(purchase, again=again, adopt=idempotency_key is None and name is None)

    async def enrich(
        self,
        companies: pl.DataFrame | pl.LazyFrame | CompanyList | Iterable[Mapping[str, Any]] | str | Path,
        *,
        sheet: str | None = None,
        repeats: Repeats = "once",
        profile: ICP | ProfileFacts | str | None = None,
        profile_name: str | None = None,
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
        """Buy an enrichment order for companies you name, exactly once, and return it.

        Args:
            companies: a frame (also lazy, or of pandas), mappings, the path of a CSV, text, Excel, LibreOffice or
                Parquet file, or what ``op.files.preview`` showed of one: 1 to 10,000 rows with ``company_name``, and
                where known ``website_url`` (the best signal), ``city``, ``country`` and ``external_id``, which comes
                back as ``source_id``. Headings of CRMs and in many languages are understood; what is passed over or
                not used is logged.
            sheet: a workbook's sheet; by default the first visible one with a table.
            repeats: ``once`` buys rows that say the same one time, ``keep`` each of them.
            profile: whom the prospects are judged for: an ICP, a ready profile, or a ``profile_id``. With
                ``flow="inline"`` an ICP goes out in the order itself, and no profile is made first.
            profile_name: the older flow's name of a profile that the server makes for the order; excludes *profile*.
            title: a label; without a profile one is made up.
            features: such as `contract.Feature`; without a profile the standard three.
            priority: NORMAL or EXPRESS.
            blacklist_ids: lists of companies to leave out.
            contact_roles: such as "CEO".
            output_language: such as ``de``.
            webhook_url: where the server reports changes of state.
            idempotency_key: the caller's own key; the same key and order return the same order.
            budget: refuse the order if its price is higher, or unknown: ``price_per_briefing``, or else the median of
                what earlier orders cost here, times the rows.
            name: a stable name of the caller's for this purchase, so that a cell can be run again.
            again: buy one more although an equal order is open, was placed within ten minutes, or was sent and never
                confirmed; without, an open one is gone on with where that is safe, else refused.

        Raises:
            ValidationError: something breaks a documented bound; lists all of it; nothing was sent.
            UnsafeToRetry: an equal order was placed within ten minutes, or may have been placed; or two orders seem to
                have been made of this one. The text names the order or key, and the way on.
            WaitTimeout: the profile is not ready after 15 minutes; nothing was ordered, and the same call goes on.
            ConflictError: the key or name stands for another order.

        Example:
            >>> client.orders.enrich([{"company_name": "Invented Ltd", "city": "Leeds"}], title="mine").status
            'RECEIVED'
        """
        options = given_options(
            profile_name=profile_name,
            title=title,
            features=features,
            priority=priority,
            blacklist_ids=blacklist_ids,
            contact_roles=contact_roles,
            output_language=output_language,
            webhook_url=webhook_url,
        )
        rows = await off_loop(lambda: companies_from(companies, sheet=sheet, repeats=repeats))
        terms = await self._terms(idempotency_key, name, budget)
        purchase = enrichment(rows, profile, options, terms)
        return await self._buy(purchase, again=again, adopt=idempotency_key is None and name is None)

    async def get(self, order_id: str) -> AsyncOrder:
        """Return an order by its id; any kernel, any order this key may see.

        Raises:
            NotFoundError: no such order for this key.

        Example:
            >>> client.orders.get(order.order_id).status
            'COMPLETED'
        """
        state = await read_order(self._context, order_id)
        return await handle_of(self._context, state)

    async def list(self, status: str | None = None) -> pl.DataFrame:
        """Return one row an order, newest first, columns as `schemas.ORDERS`; *status* keeps one state only.

        What is seen of orders bought from here goes into the journal, as with every other look.

        Example:
            >>> client.orders.list(status="COMPLETED")["status"].unique().to_list()
            ['COMPLETED']
        """
        found = await listed(self._context, PATH_ORDERS, "orders", status=status)
        await note(self._context, found)
        return found

    async def defaults(self) -> OrderDefaults:
        """Return by which flow, and at which price of a briefing, an order is reckoned if nothing else is said.

        Example:
            >>> client.orders.defaults().flow
            'profile'
        """
        settings, journal = self._context.settings, self._context.journal
        learned = await off_loop(journal.known_flow) if settings.flow == "auto" else None
        price = settings.price_per_briefing
        return OrderDefaults(
            flow=learned or ("profile" if settings.flow == "auto" else settings.flow),
            price_each=price if price is not None else await off_loop(journal.usual_price),
        )

    async def wait(
        self,
        orders: Iterable[str | OrderFacts] | OrderFacts,
        timeout: float | None = None,  # noqa: ASYNC109 - a public name
        progress: bool = True,
        *,
        on_done: OnDone | None = None,
    ) -> OrderList:
        """Wait until all *orders* have ended and return them, also those that ended badly.

        What is said of outages, of time and of webhooks under ``order.wait`` holds here too. Any number of orders, in
        any number of waits at once, costs one list call a poll, one for each hundred of the newest orders at most.

        Args:
            orders: handles or ids, also of orders placed elsewhere; or one of them alone.
            timeout: seconds of real time; None waits as long as it takes.
            progress: show a line that moves, where there is a terminal or a notebook.
            on_done: called with each order as it ends, once and one after the other, in a thread of their own; what it
                raises is logged.

        Raises:
            WaitTimeout: some are still running at the deadline; ``pending`` names them.
            NotFoundError: the server knew none of those still awaited in three polls over three minutes.
            AuthenticationError: the key is refused.
            PermissionDeniedError: the key may not read one of them.
            ConfigurationError: the client was closed meanwhile; it says how to come back.

        Example:
            >>> [done.status for done in client.orders.wait([order], timeout=60)]
            ['COMPLETED']
        """
        awaited = [_named(order) for order in ([orders] if isinstance(orders, str | OrderFacts) else orders)]
        states = await watch_shown(self._context, awaited, timeout, progress=progress, on_done=on_done)
        ids = [order if isinstance(order, str) else order.order_id for order in awaited]
        return [await handle_of(self._context, states[order_id]) for order_id in ids]

    async def _buy(self, purchase: Purchase, *, again: bool, adopt: bool) -> AsyncOrder:
        committed, fresh = await off_loop(self._context.journal.intend, purchase, again=again, adopt=adopt)
        if not fresh:
            _say_that_it_is_there(committed)
        done = await carry_out(self._context, await self._successor(committed))
        if done.order_id is None:
            raise OrderFailed(
                f"the earlier purchase under key {done.key} bought nothing: {done.problem}",
                order_id="",
                order_status=done.status or "NOT PLACED",
                next_step="Correct it and order under a new key or name.",
            )
        placed = AsyncOrder(self._context, state_of(done, done.order_id), done.key)
        given = placed if fresh else await self._as_it_is(placed)
        # Last of all: who is stopped before has not got the order, and gets it by running the same again.
        await off_loop(self._context.journal.give, [done.key], self._context.sender.clock.now())
        return given

    async def _as_it_is(self, placed: AsyncOrder) -> AsyncOrder:
        try:
            return await placed.refresh()
        except OpenProspectError as error:
            # The order is bought and known; how it stands now can be asked later.
            log.warning("order %s is placed, but could not be read just now: %s", placed.order_id, error)
            return placed

    async def _successor(self, purchase: Purchase) -> Purchase:
        """Return the purchase that took the place of one whose server wanted the description too, if there is one."""
        if purchase.problem is None:
            return purchase
        return await off_loop(lambda: self._context.journal.find(key=inline_key(purchase.key))) or purchase

    async def _terms(self, key: str | None, name: str | None, budget: float | None) -> Terms:
        usual = await self.defaults()
        return Terms(
            now=self._context.sender.clock.now(),
            flow=usual.flow,
            key=self._context.sender.clock.token() if key is None else key,
            name=name,
            price_each=usual.price_each,
            budget=budget,
        )


def _say_that_it_is_there(purchase: Purchase) -> None:
    what = "was placed before" if standing(purchase) is Standing.PLACED else "was begun before and goes on"
    log.warning(
        "this order %s (%s UTC, key %s); nothing new is bought.",
        what,
        f"{purchase.intended_at:%Y-%m-%d %H:%M}",
        purchase.key,
    )


def _named(order: str | OrderFacts) -> str | OrderState:
    """Return an order's id, or what its handle has seen of it."""
    if isinstance(order, OrderFacts):
        return order.state
    if isinstance(order, str) and order.strip():
        return order
    raise ConfigurationError(f"{order!r} is no order to wait for.", next_step="Give handles of orders, or their ids.")


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
