"""Fetch what an order delivered, once; afterwards it is read from disk."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl

from openprospect_nb.api._resource import Context, below, get, off_loop
from openprospect_nb.api.facts import OrderFacts
from openprospect_nb.api.fetching.assembling import Assembly
from openprospect_nb.api.fetching.fetch_progress import FetchProgress
from openprospect_nb.api.fetching.pages import PageStore
from openprospect_nb.api.listing import measure
from openprospect_nb.api.waiting.watching import read_order
from openprospect_nb.contract import PATH_ORDERS, OrderStatus, OrderType
from openprospect_nb.errors import (
    ConfigurationError,
    ConflictError,
    ContractError,
    NotFoundError,
    OpenProspectError,
    OrderFailed,
)
from openprospect_nb.frames.admission import admit, may_be_kept, write_admitted
from openprospect_nb.frames.decode import Decoded, Decoder
from openprospect_nb.frames.results import Results
from openprospect_nb.frames.schemas import DRIFT
from openprospect_nb.frames.store import DAMAGED_RESULTS
from openprospect_nb.journal import Purchase
from openprospect_nb.models import OrderState, moment
from openprospect_nb.privacy.ledger import Ledger
from openprospect_nb.transport.paging import Measured, Walk, visit_pages
from openprospect_nb.transport.responses import Response

GONE = frozenset({404, 410})
# What a server may answer for results that are not there yet, or never will be (contract 4.4).
NOT_THERE = GONE | {400, 409, 422}
# In these the documents say not to ask; in any other state rows may be there that are paid for.
NOTHING_TO_ASK_FOR = frozenset(
    {OrderStatus.RECEIVED, OrderStatus.ACCEPTED, OrderStatus.IN_PROGRESS, OrderStatus.REJECTED}
)
log = logging.getLogger(__name__)
_version = cache(version)  # each time it would read and parse a package's metadata


async def stored_results(context: Context, order_id: str) -> Results | None:
    """Return the whole results of an order fetched earlier, from disk alone, or None.

    Incomplete ones do not count, and damaged ones, which is logged, neither.
    """
    stored = await off_loop(_readable, folder_of(context, order_id))
    return None if stored is None or stored.incomplete else stored


async def fetch_results(context: Context, state: OrderState, delivered_since: str | None = None) -> Results:
    """Fetch all pages of an order, store the results (unless only a part was asked for) and return them.

    Pages are kept as they come, so that a fetch that was cut off goes on at the missing pages. Where the server
    contradicts itself, what came is given and stored marked ``incomplete``, and the next call asks again. So is
    what an order has that was cancelled, failed, or is in a state that nobody documents: a part, or all of it.

    Raises:
        OrderFailed: the order ended without results.
        ConflictError: it has not ended yet, as far as is known, and has none.
        NotFoundError: the order is there and its results are not, and none were ever fetched: expired, or removed.
    """
    if state.status in NOTHING_TO_ASK_FOR:
        raise _without_results(state)
    pages = PageStore(context.pages_home / folder_name(state.order_id)) if delivered_since is None else None
    try:
        # The list of an order that goes on changes: its pages are of no use to the next call.
        results = await _fetched(context, state, pages if state.is_completed else None, delivered_since)
    except (NotFoundError, ConflictError, OrderFailed):
        left = await off_loop(_readable, folder_of(context, state.order_id)) if pages is not None else None
        if left is None or not left.incomplete:
            raise
        return left
    if pages is not None:
        results = await off_loop(_keep, results, folder_of(context, state.order_id), context.ledger)
        await off_loop(pages.clear)
    return results


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
    errors = {order_id: str(error) for order_id, error in fetched.items() if isinstance(error, OpenProspectError)}
    together = Results.concat([results for results in fetched.values() if isinstance(results, Results)])
    return replace(together, errors={**together.errors, **errors})


def marked_incomplete(results: Results, name: str, why: str) -> Results:
    """Return *results* that say of the order or search *name* why rows may be missing: in provenance and in drift."""
    provenance = {**results.provenance, "incomplete": {**results.incomplete, name: why}}
    row = {"record": "page", "field": "total", "kind": "incomplete", "count": 1, "example": why}
    return replace(results, provenance=provenance, drift=pl.concat([results.drift, pl.DataFrame([row], schema=DRIFT)]))


async def _fetched(context: Context, state: OrderState, pages: PageStore | None, since: str | None) -> Results:
    async with Assembly(Decoder(state.order_id, context.source)) as assembly:
        trouble = await _fetch_pages(context, state, pages, assembly.add, since)
        decoded = await assembly.finish()
    purchase = await off_loop(lambda: context.journal.find(order_id=state.order_id))
    decoded_results = as_results(decoded, provenance_of(context, [order_facts(state)], purchase))
    results = await off_loop(admit, decoded_results, [context.ledger])
    return marked_incomplete(results, state.order_id, trouble) if trouble else results


def _readable(folder: Path) -> Results | None:
    """Return what is on disk; of damaged results nothing, so that they are fetched again."""
    try:
        return Results.read(folder) if Results.is_stored(folder) else None
    except ConfigurationError as error:
        if error.code != DAMAGED_RESULTS:
            raise
        log.warning("%s", error.message)
        return None


def _keep(results: Results, folder: Path, ledger: Ledger) -> Results:
    """Store *results* and return what is to be shown; an incomplete fetch never replaces whole results."""
    if not results.incomplete:
        return write_admitted(results, folder, [ledger])
    before = _readable(folder)
    if before is not None and not before.incomplete:
        return results
    together = results if before is None else replace(before.upsert(results), provenance=results.provenance)
    return write_admitted(together, folder, [ledger])


def as_results(decoded: Decoded, provenance: Mapping[str, Any]) -> Results:
    """Return decoded frames together with where they come from."""
    return Results(
        companies=decoded.companies,
        prospects=decoded.prospects,
        rejects=decoded.rejects,
        drift=decoded.drift,
        provenance=provenance,
    )


def folder_of(context: Context, order_id: str) -> Path:
    """Return the folder of an order's results."""
    return context.results_home / folder_name(order_id)


def folder_name(identity: str) -> str:
    """Return *identity* if it is a plain name, else a hash of it, so that a path made of it stays inside its folder."""
    plain = identity.replace("-", "").replace("_", "").isalnum() and identity.isascii() and len(identity) <= 100
    return identity if plain else hashlib.sha256(identity.encode()).hexdigest()[:32]


def since(results: Results, delivered_since: str) -> Results:
    """Return the companies delivered after a time, and their prospects, of results already at hand."""
    companies = results.companies.filter(pl.col("delivered_at") > pl.lit(moment(delivered_since)))
    keys = companies.select("order_id", pl.col("id").alias("company_id"))
    prospects = results.prospects.join(keys, on=["order_id", "company_id"], how="semi")
    provenance = {**results.provenance, "delivered_since": delivered_since}
    return replace(results, companies=companies, prospects=prospects, provenance=provenance)


def fewer_than_stated(state: OrderState, records: int) -> str:
    """Return why rows may be missing from a whole list of so many records, by what its order says; "" where none are.

    A discovery order states how many companies were delivered, an enrichment order how many were submitted (contract
    4.3): of these some may not be found, yet hardly all.
    """
    stated = state.company_count or 0
    least = stated if state.order_type == OrderType.DISCOVERY else min(stated, 1)
    if records >= least:
        return ""
    return f"the order states {stated:,} companies, and the list of its results has {records:,}"


def _missing(state: OrderState, walk: Walk, delivered_since: str | None) -> str:
    """Return why rows may be missing from a list that was read to its end.

    Raises:
        OpenProspectError: the order is not completed, and has none.
    """
    if not state.is_completed and not walk.records:
        raise _without_results(state)
    unsure = "" if state.is_completed else f"the order is {state.status}, not COMPLETED, so that these may not be all"
    return walk.trouble or ("" if delivered_since else fewer_than_stated(state, walk.records)) or unsure


def _without_results(state: OrderState) -> OpenProspectError:
    """Return the error that says why an order that is not completed has no results."""
    if state.is_terminal:
        return failed(state)
    known = "" if state.status in set(OrderStatus) else ", a state that is not documented, and the server gave none yet"
    return ConflictError(
        f"order {state.order_id} is {state.status}{known}; its results are not ready.",
        code="ORDER_NOT_COMPLETED",
        next_step="Wait for it with order.wait(), then ask again.",
    )


def failed(state: OrderState) -> OrderFailed:
    """Return the error that says an order ended without results, and why."""
    return OrderFailed(
        f"order {state.order_id} ended {state.status}: {state.reason or 'no reason given'}.",
        order_id=state.order_id,
        order_status=state.status,
    )


async def _fetch_pages(
    context: Context,
    state: OrderState,
    store: PageStore | None,
    add: Callable[[Measured], None],
    delivered_since: str | None,
) -> str:
    """Fetch every page and return why some may be missing, or nothing."""
    path = below(PATH_ORDERS, state.order_id, "results")
    shown = FetchProgress(context.reporter(), context.sender.clock.monotonic)

    async def fetch(offset: int, limit: int) -> Measured:
        if (page := _kept_page(store, offset, limit)) is None:
            call = get(path, limit=limit, offset=offset, delivered_since=delivered_since)
            page = await context.sender.send(call, lambda response: measure(response, offset, "results"))
            if store is not None and await off_loop(may_be_kept, page[1], context.source, [context.ledger]):
                await off_loop(store.save, offset, page[1])
        return page

    def visit(page: Measured) -> None:
        shown.saw(page[0])
        add(page)

    try:
        return _missing(state, await visit_pages(fetch, visit), delivered_since)
    except OpenProspectError as error:
        if error.status not in (GONE if state.is_completed else NOT_THERE):
            raise
        if not shown.fetched:
            raise (_gone(state, error) if state.is_completed else _without_results(state)) from error
        return f"the server answered {error.status} for a part of the list; {shown.fetched:,} companies were read"
    finally:
        shown.close()


def _kept_page(store: PageStore | None, offset: int, limit: int) -> Measured | None:
    """Return a page from disk if it is whole; a short page may have been the end of a shorter list, so not that one."""
    body = store.load(offset) if store is not None else None
    if body is None:
        return None
    try:
        page = measure(Response(status=200, headers={}, body=body, request="a kept page"), offset, "results")
    except ContractError:
        return None
    return page if page[0].count == limit else None


def _gone(state: OrderState, error: OpenProspectError) -> NotFoundError:
    return NotFoundError(
        f"order {state.order_id} is COMPLETED, but its results are no longer there ({error.message}).",
        status=error.status,
        code="RESULTS_GONE",
        request=error.request,
        next_step="They may have expired: ask the vendor with the order id; do not wait for them."
        " What was fetched before is on disk: ask without refresh=True.",
    )


def provenance_of(context: Context, orders: list[dict[str, Any]], purchase: Purchase | None) -> dict[str, Any]:
    """Return where results come from, JSON-ready: orders, ICP, time, server, versions."""
    icp = dict(purchase.profile) if purchase is not None and purchase.profile is not None else None
    # What the caller said a briefing costs, so that a comparison uses the price that spending uses.
    own = price_each(purchase) if purchase is not None else None
    each = context.settings.price_per_briefing if own is None else own
    stated = {"price_per_briefing": each, "name": purchase.name if purchase is not None else None}
    added = {name: value for name, value in stated.items() if value is not None}
    return {
        "orders": [{**order, **added} for order in orders],
        "icp": icp,
        "icp_hash": purchase.icp_hash if purchase is not None else None,
        "fetched_at": context.sender.clock.now().isoformat(),
        "source": context.source,
        "base_url": context.settings.base_url,
        "home": str(context.settings.home),
        "versions": {
            "openprospect_nb": _version("openprospect-nb"),
            "polars": _version("polars"),
            "python": platform.python_version(),
        },
    }


def price_each(purchase: Purchase) -> float | None:
    """Return what the caller expected a briefing of this purchase to cost, or None."""
    return purchase.price / purchase.quantity if purchase.price is not None and purchase.quantity else None


def order_facts(state: OrderState) -> dict[str, Any]:
    """Return an order as JSON-ready facts, without the fields that are not set."""
    facts = {name: getattr(state, name) for name in state.__dataclass_fields__ if name != "extra"}
    cost = facts.pop("estimated_cost")
    plain = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in facts.items()}
    if cost is not None:
        plain["estimated_cost"] = {"total": cost.total, "currency": cost.currency}
    stated: dict[str, Any] = json.loads(json.dumps({k: v for k, v in plain.items() if v is not None}))
    return stated
