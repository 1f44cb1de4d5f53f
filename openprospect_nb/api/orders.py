"""Orders: buy once, list, wait, and fetch many in one."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from openprospect_nb.advice import country_advice
from openprospect_nb.api._resource import Resource, off_loop
from openprospect_nb.api.buying.known import bought_by_order, known_companies
from openprospect_nb.api.buying.pilots import JUDGED_BY, PilotTerms, pilot_problems
from openprospect_nb.api.buying.planning import (
    OrderDefaults,
    PurchaseTerms,
    discovery,
    enrichment,
    if_affordable,
    order_options,
    refusal_of,
    refuse_uncounted,
    state_of,
)
from openprospect_nb.api.buying.purchasing import carry_out_and_tell, inline_key, read_what_stands_in_the_way
from openprospect_nb.api.buying.renewals import RenewalOrder, renewal_of
from openprospect_nb.api.buying.repeats import RepeatForecast, repeats_expected
from openprospect_nb.api.buying.reruns import as_begun
from openprospect_nb.api.facts import OrderFacts, ProfileFacts
from openprospect_nb.api.keeping_out import without_known
from openprospect_nb.api.listing import listed
from openprospect_nb.api.order import AsyncOrder, OnDone, handle_of, named, several, watch_shown
from openprospect_nb.api.pilot import AsyncPilot
from openprospect_nb.api.renewal import AsyncRenewal
from openprospect_nb.api.spending import usual_price
from openprospect_nb.api.waiting.watching import note, read_order
from openprospect_nb.bounds import quantity_problems, refuse
from openprospect_nb.contract import PATH_ORDERS
from openprospect_nb.errors import JournalError, OpenProspectError, OrderFailed
from openprospect_nb.frames.admission import forgotten_among
from openprospect_nb.icp import ICP
from openprospect_nb.journal import Purchase
from openprospect_nb.journal.guard import Standing, standing
from openprospect_nb.transport.idempotency import REST, derive_key

if TYPE_CHECKING:
    # Reading lists takes a sixth of what importing a client takes; most who make one read none.
    from openprospect_nb.files.company_list import CompanyList, Repeats

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
        avoid_known: bool = False,
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
            avoid_known: leave out what this home has already: its own blacklist, one a home, is made or brought up to
                date and attached. It holds names, web sites and cities of companies, and of nobody forgotten.
                `repeats` says what to expect without.
            contact_roles: such as "CEO".
            output_language: such as ``de``.
            webhook_url: where the server reports changes of state.
            idempotency_key: the caller's own key; the same key and order return the same order.
            budget: refuse the order if its price is higher, or unknown: ``price_per_briefing``, or else the dearest
                that a delivered company cost in earlier orders here (completed, read, in one currency), times the
                quantity, which the older flow (inline) does not send.
            name: a stable name of the caller's for this purchase, so that a cell can be run again.
            again: buy one more although an equal order is open, runs, was placed within ten minutes, or was sent and
                never confirmed; without, an open one is gone on with where that is safe, else refused.

        Raises:
            ValidationError: something breaks a documented bound; lists all of it; nothing was sent.
            UnsafeToRetry: an equal order was placed within ten minutes, or may have been placed; or one of any age
                still runs, or cannot be read, and no name or key of its own was given; or two orders seem to have been
                made of this one. The text names the order or key, and the way on.
            WaitTimeout: the profile is not ready after 15 minutes; nothing was ordered, and the same call goes on.
            ConflictError: the key or name stands for another order.

        Example:
            >>> client.orders.discover(icp, briefing_quantity=25, name="spring list").status
            'RECEIVED'
        """
        options = order_options(locals())
        terms = await self._terms(idempotency_key, name, budget)
        adopt = idempotency_key is None and name is None
        return await self._discover(icp, options, terms, avoid_known=avoid_known, again=again, adopt=adopt)

    async def pilot(
        self,
        icp: ICP | ProfileFacts | str,
        of: int = 500,
        first: int = 25,
        *,
        value: float | None = None,
        least: float = 0.1,
        title: str | None = None,
        features: Sequence[str] | None = None,
        priority: str | None = None,
        blacklist_ids: Sequence[str] | None = None,
        avoid_known: bool = False,
        contact_roles: Sequence[str] | None = None,
        output_language: str | None = None,
        budget: float | None = None,
        name: str | None = None,
    ) -> AsyncPilot:
        """Buy the *first* few of a larger order, and return what decides about the rest; the rest is not bought.

        The pilot's ``wait()`` reads what came, ``forecast``, ``go`` and ``why`` say what to expect of the rest, and
        ``then()`` buys it, once. The same call, also in another kernel or next year, returns the same pilot; another
        *name* makes another one. Both orders are discovery orders like any other, in the journal and on one budget.

        Args:
            icp: as in ``discover``; the rest is ordered from the same profile.
            of: companies wanted in all, 2 to 10,000.
            first: how many of them to buy now, fewer than *of*.
            value: what a company is worth that is new here, matches well and has somebody to write to, in the currency
                of the price: then the rest is worth buying where it brings more than it costs.
            least: the share of such companies (0-1) that makes the rest worth buying where no value or price is known.
            title: a label of both orders.
            features: as in ``discover``; without, the four that a judgement needs.
            priority: NORMAL or EXPRESS, of both orders.
            blacklist_ids: lists of companies to leave out of both.
            avoid_known: as in ``discover``, of both.
            contact_roles: such as "CEO".
            output_language: such as ``de``.
            budget: refuse to begin if both orders together cost more, or their price is unknown.
            name: a stable name of the caller's; without, one is made of what is ordered.

        Raises:
            ValidationError: something breaks a documented bound or the budget; lists all of it; nothing was sent.
            UnsafeToRetry: as in ``discover``.
            WaitTimeout: as in ``discover``.
            ConflictError: the name stands for another order.
            ConfigurationError: in the older flow (inline) no number is sent, so that no order is a small one.

        Example:
            >>> pilot = client.orders.pilot(icp, of=20, first=4, name="hotels")
            >>> pilot.wait(timeout=60, progress=False).forecast.delivered
            4
        """
        options = {**order_options(locals()), "features": list(features) if features else JUDGED_BY}
        usual = await self.defaults()
        terms = PilotTerms(of=of, first=first, least=least, value=value, price_each=usual.price_each)
        refuse(pilot_problems(terms), "the pilot")
        refuse_uncounted(usual.flow)
        whole, refusal = if_affordable(
            partial(discovery, icp, {**options, "briefing_quantity": of}), await self._terms(None, name, budget)
        )
        named = name or f"pilot: {first} of {of}, {whole.intent[:8]}"
        first_terms = replace(await self._terms(None, named, budget), counted=True)
        ordered = {**options, "briefing_quantity": first}
        order = await self._discover(icp, ordered, first_terms, avoid_known=avoid_known, refusal=refusal)

        async def buy_rest(placed: AsyncOrder) -> AsyncOrder:
            ordered = {**options, "briefing_quantity": terms.rest}
            return await self._rest(placed, icp, ordered, replace(first_terms, key=None), avoid_known=avoid_known)

        return AsyncPilot(self._context, order, terms, buy_rest)

    async def repeats(self, briefing_quantity: int = 25) -> RepeatForecast:
        """Return how many companies of a discovery order, placed now, this home probably has already.

        Reckoned from how many each earlier discovery order brought that an order before it had brought: see
        `api.buying.repeats.repeats_expected`. Nothing is asked of the server. ``avoid_known=True`` keeps them out.

        Args:
            briefing_quantity: companies to be ordered.

        Example:
            >>> client.orders.repeats(25).of
            25
        """

        def counted() -> RepeatForecast:
            homes = (self._context.results_home, self._context.sync_home)
            return repeats_expected(bought_by_order(self._context.journal.all(), homes), briefing_quantity)

        refuse(quantity_problems(briefing_quantity), "the question")
        return await off_loop(counted)

    async def _discover(
        self,
        icp: ICP | ProfileFacts | str,
        options: Mapping[str, Any],
        terms: PurchaseTerms,
        *,
        avoid_known: bool,
        again: bool = False,
        adopt: bool = False,
        refusal: OpenProspectError | None = None,
    ) -> AsyncOrder:
        purchase, too_dear = if_affordable(partial(discovery, icp, options), terms)
        refusal = refusal or too_dear
        for advice in country_advice(icp.target_countries) if isinstance(icp, ICP) else ():
            log.warning("%s", advice)
        if purchase.profile is None and purchase.profile_id is not None:
            # Kept beside the id: for where results come from, and for servers that want the description again.
            described = await off_loop(self._context.journal.description_of, purchase.profile_id)
            purchase = replace(purchase, profile=described)
        if avoid_known:
            purchase = await without_known(self._context, purchase, again=again, adopt=adopt, refusal=refusal)
        return await self._buy(purchase, again=again, adopt=adopt, refusal=refusal)

    async def _rest(
        self,
        placed: AsyncOrder,
        icp: ICP | ProfileFacts | str,
        options: Mapping[str, Any],
        terms: PurchaseTerms,
        *,
        avoid_known: bool,
    ) -> AsyncOrder:
        """Buy the rest of a pilot under a key and name that follow from the pilot's, so that it is bought once."""
        first = await off_loop(lambda: self._context.journal.find(order_id=placed.order_id))
        if first is None:
            raise JournalError(
                f"order {placed.order_id} is no longer in the journal.", next_step="Nothing more was sent."
            )
        refuse_uncounted(first.flow)
        cost = first.cost.total if first.cost is not None else first.price
        left = None if terms.budget is None else max(0.0, terms.budget - (cost or 0.0))
        rest = await self._terms(derive_key(first.key, REST), f"{terms.name}, the rest", left)
        return await self._discover(
            first.profile_id or icp,
            options,
            replace(rest, counted=True),
            avoid_known=avoid_known,
            # Half and half are equal orders: this one is meant, and its key makes it one.
            again=first.quantity == options["briefing_quantity"],
        )

    async def enrich(
        self,
        companies: pl.DataFrame | pl.LazyFrame | CompanyList | Iterable[Mapping[str, Any]] | str | Path,
        *,
        sheet: str | None = None,
        repeats: Repeats = "once",
        skip_known: bool = False,
        avoid_known: bool = False,
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
            skip_known: leave out companies that an earlier order from this home was for, or brought; without, how many
                these are is logged. `preview` shows them. A call that comes back to its own order is given that.
            avoid_known: the same, in the word of ``discover``.
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
            budget: refuse the order if its price is higher, or unknown: ``price_per_briefing``, or else the dearest
                that a delivered company cost in earlier orders here (completed, read, in one currency), times the rows.
            name: a stable name of the caller's for this purchase, so that a cell can be run again.
            again: buy one more although an equal order is open, runs, was placed within ten minutes, or was sent and
                never confirmed; without, an open one is gone on with where that is safe, else refused.

        Raises:
            ValidationError: something breaks a documented bound; lists all of it; nothing was sent.
                Or a company of the list, or somebody whom its row names, was forgotten here: what is bought of it
                would be left out. An order placed before is given all the same.
            UnsafeToRetry: an equal order was placed within ten minutes, or may have been placed; or one of any age
                still runs, or cannot be read, and no name or key of its own was given; or two orders seem to have been
                made of this one. The text names the order or key, and the way on.
            WaitTimeout: the profile is not ready after 15 minutes; nothing was ordered, and the same call goes on.
            ConflictError: the key or name stands for another order.

        Example:
            >>> client.orders.enrich([{"company_name": "Invented Ltd", "city": "Leeds"}], title="mine").status
            'RECEIVED'
        """
        options = order_options(locals())
        is_avoided = skip_known or avoid_known
        given = await self.preview(companies, sheet=sheet, repeats=repeats, skip_known=is_avoided)
        terms = await self._terms(idempotency_key, name, budget)
        adopt = idempotency_key is None and name is None

        def planned(rows: Sequence[Mapping[str, Any]]) -> Purchase:
            return if_affordable(partial(enrichment, rows, profile, options), terms)[0]

        listed = await as_begun(self._context, given, planned, again=again, adopt=adopt)
        rows = await off_loop(_rows_of, listed)
        return await self._enriched(partial(enrichment, rows, profile, options), rows, terms, again=again, adopt=adopt)

    async def renew(
        self,
        stale: object,
        *,
        value: float | None = None,
        profile: ICP | ProfileFacts | str | None = None,
        title: str | None = None,
        features: Sequence[str] | None = None,
        priority: str | None = None,
        contact_roles: Sequence[str] | None = None,
        output_language: str | None = None,
        budget: float | None = None,
        name: str | None = None,
    ) -> AsyncRenewal:
        """Return what enriching stale companies again would cost and correct; nothing is bought until its ``then()``.

        Companies that were ordered again since they were delivered are left out, whatever order that was in. The same
        list of the stale is one order, also in another kernel: its name follows from the companies and when they came.

        Args:
            stale: what `op.stale` returned, or a frame with ``company_name`` and, where known, ``website_url``,
                ``city``, ``country``, ``external_id``, ``delivered_at`` and ``chance``.
            value: what a corrected record is worth, in the currency of the price; then ``go`` weighs it against that.
            profile: as in ``enrich``.
            title: a label.
            features: such as `contract.Feature`; without a profile the standard three.
            priority: NORMAL or EXPRESS.
            contact_roles: such as "CEO".
            output_language: such as ``de``.
            budget: ``then()`` refuses if the order costs more, or its price is unknown.
            name: a stable name of the caller's, in the place of the one that follows from the list.

        Raises:
            ValidationError: it is no list of companies, or *value* is no amount.

        Example:
            >>> client.orders.renew(op.stale(results, yearly=0.25)).go
            False
        """
        usual = (await self.defaults()).price_each
        options = order_options(locals())

        async def buy(renewal: RenewalOrder) -> AsyncOrder:
            planned = partial(enrichment, renewal.companies, profile, options)
            terms = await self._terms(None, renewal.name, budget)
            return await self._enriched(planned, renewal.companies, terms, again=False, adopt=False)

        now = self._context.sender.clock.now()
        purchases = await off_loop(self._context.journal.all)
        return AsyncRenewal(renewal_of(stale, purchases, now, price_each=usual, value=value, name=name), buy)

    async def preview(
        self,
        companies: pl.DataFrame | pl.LazyFrame | CompanyList | Iterable[Mapping[str, Any]] | str | Path,
        *,
        sheet: str | None = None,
        encoding: str | None = None,
        repeats: Repeats = "once",
        skip_known: bool = False,
    ) -> CompanyList:
        """Return what an order of *companies* would send, as ``op.files.preview`` does, and which were bought before.

        Nothing is asked of the server; ``enrich`` buys exactly what it shows, unless it is run again for an order that
        is there, which it returns. Companies bought before are those of orders from this home, by their name, web site,
        city and id, however they are written: ``known`` has them. ``forgotten`` names those for the sake of which
        ``enrich`` would refuse the list, as they were forgotten here.

        Args:
            companies: as in ``op.files.preview``, or its result.
            sheet: a workbook's sheet.
            encoding: a text file's encoding.
            repeats: ``once`` sends rows that say the same one time, ``keep`` each of them.
            skip_known: leave out what was bought before.

        Raises:
            ConfigurationError: the file cannot be read; says what it is and what to do.

        Example:
            >>> client.orders.preview([{"company_name": "Invented Ltd", "city": "Leeds"}]).summary
            '1 rows can be sent, 0 cannot.'
        """

        def looked_up() -> CompanyList:
            from openprospect_nb.files.company_list import preview

            listed = preview(companies, sheet=sheet, encoding=encoding, repeats=repeats)
            homes = (self._context.results_home, self._context.sync_home)
            bought = known_companies(self._context.journal.all(), homes)
            found = replace(listed, skip_known=skip_known or listed.skip_known, bought=bought)
            gone = forgotten_among(rows := found.rows, [self._context.ledger]) if found.columns else []
            return replace(found, forgotten=tuple(rows[number]["company_name"] for number in gone))

        return await off_loop(looked_up)

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

        What is seen of orders bought from here goes into the journal, as with every other poll.

        Example:
            >>> client.orders.list(status="COMPLETED")["status"].unique().to_list()
            ['COMPLETED']
        """
        orders = await listed(self._context, PATH_ORDERS, "orders", status=status)
        await note(self._context, orders)
        return orders

    async def defaults(self) -> OrderDefaults:
        """Return by which flow, and at which price of a briefing, an order is planned if nothing else is said.

        Example:
            >>> client.orders.defaults().flow
            'profile'
        """
        settings, journal = self._context.settings, self._context.journal
        learned = await off_loop(journal.known_flow) if settings.flow == "auto" else None
        price = settings.price_per_briefing
        return OrderDefaults(
            flow=learned or ("profile" if settings.flow == "auto" else settings.flow),
            price_each=price if price is not None else await off_loop(usual_price, self._context),
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
        awaited = [named(order) for order in several(orders)]
        states = await watch_shown(self._context, awaited, timeout, progress=progress, on_done=on_done)
        ids = [order if isinstance(order, str) else order.order_id for order in awaited]
        return [await handle_of(self._context, states[order_id]) for order_id in ids]

    async def _enriched(self, planned: Callable[[PurchaseTerms], Purchase], rows: Sequence[Mapping[str, Any]],
                        terms: PurchaseTerms, *, again: bool, adopt: bool) -> AsyncOrder:  # fmt: skip
        """Buy an enrichment order, unless somebody it is for was forgotten here, or it is too dear."""
        purchase, too_dear = if_affordable(planned, terms)
        refusal = refusal_of(await off_loop(forgotten_among, rows, [self._context.ledger]))
        return await self._buy(purchase, again=again, adopt=adopt, refusal=refusal or too_dear)

    async def _buy(
        self, purchase: Purchase, *, again: bool, adopt: bool, refusal: OpenProspectError | None = None
    ) -> AsyncOrder:
        if adopt and not again:
            await read_what_stands_in_the_way(self._context, purchase)
        intend = self._context.journal.intend
        committed, fresh = await off_loop(intend, purchase, again=again, adopt=adopt, refusal=refusal)
        if not fresh:
            _say_that_it_is_there(committed)
        done = await carry_out_and_tell(self._context, await self._successor(committed))
        if done.order_id is None:
            await off_loop(self._context.journal.give, [done.key], self._context.sender.clock.now())
            raise OrderFailed(
                f"the earlier purchase under key {done.key} bought nothing: {done.problem}",
                order_id="",
                order_status=done.status or "NOT PLACED",
                next_step="Correct it and order under a new key or name.",
            )
        placed = AsyncOrder(self._context, state_of(done, done.order_id), done)
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

    async def _terms(self, key: str | None, name: str | None, budget: float | None) -> PurchaseTerms:
        usual = await self.defaults()
        return PurchaseTerms(
            now=self._context.sender.clock.now(),
            flow=usual.flow,
            key=self._context.sender.clock.token() if key is None else key,
            name=name,
            price_each=usual.price_each,
            budget=budget,
        )


def _rows_of(listed: CompanyList) -> list[dict[str, Any]]:
    from openprospect_nb.files.company_list import companies_from

    return companies_from(listed)


def _say_that_it_is_there(purchase: Purchase) -> None:
    what = "was placed before" if standing(purchase) is Standing.PLACED else "was begun before and goes on"
    log.warning(
        "this order %s (%s UTC, key %s); nothing new is bought.",
        what,
        f"{purchase.intended_at:%Y-%m-%d %H:%M}",
        purchase.key,
    )
