"""Fetch what an order delivered, once; afterwards it is read from disk."""

from __future__ import annotations

import hashlib
import json
import platform
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl

from openprospect_nb.api._resource import Context, below, get, off_loop
from openprospect_nb.api.listing import measure
from openprospect_nb.contract import PAGE_LIMIT, PATH_ORDERS
from openprospect_nb.errors import ConflictError, OrderFailed
from openprospect_nb.frames.decode import Decoder
from openprospect_nb.frames.results import Results
from openprospect_nb.journal import Purchase
from openprospect_nb.models import OrderState, moment
from openprospect_nb.transport.paging import Measured, gather_pages


async def stored_results(context: Context, order_id: str) -> Results | None:
    """Return the results of an order fetched earlier, from disk alone, or None."""
    folder = folder_of(context, order_id)
    return await off_loop(Results.read, folder) if folder.is_dir() else None


async def fetch_results(context: Context, state: OrderState, delivered_since: str | None = None) -> Results:
    """Fetch all pages of a completed order, store the results (unless only a part was asked for) and return them.

    Raises:
        OrderFailed: the order ended without results.
        ConflictError: it has not ended yet.
    """
    _refuse_unfinished(state)
    pages = await _fetch_pages(context, state, delivered_since)
    results = await off_loop(_decode, context, state, pages)
    if delivered_since is None:
        await off_loop(results.write, folder_of(context, state.order_id))
    return results


def folder_of(context: Context, order_id: str) -> Path:
    """Return the folder of an order's results; an id that is no plain name is hashed, so that it stays inside."""
    plain = order_id.replace("-", "").replace("_", "").isalnum() and order_id.isascii() and len(order_id) <= 100
    return context.results_home / (order_id if plain else hashlib.sha256(order_id.encode()).hexdigest()[:32])


def since(results: Results, delivered_since: str) -> Results:
    """Return the companies delivered after a time, and their prospects, of results already at hand."""
    companies = results.companies.filter(pl.col("delivered_at") > pl.lit(moment(delivered_since)))
    prospects = results.prospects.join(
        companies, left_on=["order_id", "company_id"], right_on=["order_id", "id"], how="semi"
    )
    return Results(
        companies=companies,
        prospects=prospects,
        rejects=results.rejects,
        drift=results.drift,
        provenance={**results.provenance, "delivered_since": delivered_since},
    )


def _refuse_unfinished(state: OrderState) -> None:
    if state.is_completed:
        return
    if state.is_terminal:
        raise failed(state)
    raise ConflictError(
        f"order {state.order_id} is {state.status}; its results are not ready.",
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


async def _fetch_pages(context: Context, state: OrderState, delivered_since: str | None) -> list[bytes]:
    reporter = context.reporter()
    path = below(PATH_ORDERS, state.order_id, "results")
    fetched = 0

    async def fetch(offset: int, limit: int) -> Measured:
        call = get(path, limit=limit, offset=offset, delivered_since=delivered_since)
        return await context.sender.send(call, lambda answer: measure(answer, offset, "results"))

    def show(page: Measured) -> None:
        nonlocal fetched
        fetched += page[0].count
        total = page[0].total
        reporter.update(
            f"{fetched:,} companies" + (f" of {total:,}" if total else ""), fetched / total if total else None
        )

    try:
        return await gather_pages(fetch, limit=PAGE_LIMIT, on_page=show)
    finally:
        reporter.close()


def _decode(context: Context, state: OrderState, pages: list[bytes]) -> Results:
    decoder = Decoder(state.order_id, context.source)
    for page in pages:
        decoder.feed(page)
    decoded = decoder.finish()
    purchase = context.journal.find(order_id=state.order_id)
    return Results(
        companies=decoded.companies,
        prospects=decoded.prospects,
        rejects=decoded.rejects,
        drift=decoded.drift,
        provenance=_provenance(context, state, purchase, context.sender.clock.now()),
    )


def _provenance(context: Context, state: OrderState, purchase: Purchase | None, now: datetime) -> dict[str, Any]:
    icp = dict(purchase.profile) if purchase is not None and purchase.profile is not None else None
    return {
        "orders": [order_facts(state)],
        "icp": icp,
        "icp_hash": purchase.icp_hash if purchase is not None else None,
        "fetched_at": now.isoformat(),
        "source": context.source,
        "base_url": context.settings.base_url,
        "versions": {
            "openprospect_nb": version("openprospect-nb"),
            "polars": version("polars"),
            "python": platform.python_version(),
        },
    }


def order_facts(state: OrderState) -> dict[str, Any]:
    """Return an order as JSON-ready facts, without the fields that are not set."""
    facts = {name: getattr(state, name) for name in state.__dataclass_fields__ if name != "extra"}
    cost = facts.pop("estimated_cost")
    plain = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in facts.items()}
    if cost is not None:
        plain["estimated_cost"] = {"total": cost.total, "currency": cost.currency}
    kept: dict[str, Any] = json.loads(json.dumps({k: v for k, v in plain.items() if v is not None}))
    return kept
