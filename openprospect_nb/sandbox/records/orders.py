"""Orders: placing, reading, and entering a state."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from openprospect_nb.contract import OrderStatus, OrderType, Priority
from openprospect_nb.sandbox.clock import stamp
from openprospect_nb.sandbox.orders.fulfilment import Hop
from openprospect_nb.sandbox.records.store import Store, select_page, sole_row
from openprospect_nb.sandbox.requests.bodies import STANDARD_FEATURES, OrderRequest
from openprospect_nb.sandbox.server.call import PageRequest, dump

_ECHOED = ("seller_offering", "seller_industry", "output_language", "excluded_industries", "target_countries",
           "target_cities")  # fmt: skip
_CENTS_PER_FEATURE = 10


def add_order(
    db: sqlite3.Connection, store: Store, organisation: str, wanted: OrderRequest, blacklist_ids: list[str]
) -> sqlite3.Row:
    """Store a new order, ``RECEIVED``; return its row. *blacklist_ids* stay as they are from now on."""
    settings = store.settings(db)
    ordinal = store.take(db, "order")
    identifier = store.identify(settings, "order", ordinal)
    created = store.creation_stamp(db, settings)
    companies = [company.model_dump() for company in wanted.companies or ()]
    columns = {
        "order_id": identifier,
        "ordinal": ordinal,
        "organisation": organisation,
        "order_type": wanted.order_type or OrderType.ENRICHMENT,
        "status": OrderStatus.RECEIVED,
        "entered_us": store.now(settings),
        "stamp_us": created,
        "created_us": created,
        "profile_id": wanted.profile_id,
        "company_count": len(companies),
        "webhook_url": wanted.webhook_url,
        "facts": dump(_facts(wanted, len(companies))),
        "wishes": dump(_wishes(wanted, blacklist_ids)),
    }
    places = ", ".join("?" * len(columns))
    db.execute(f"INSERT INTO orders ({', '.join(columns)}) VALUES ({places})", tuple(columns.values()))  # noqa: S608 - our names
    if companies:
        db.execute("INSERT INTO submissions VALUES (?, ?)", (identifier, dump(companies)))
    return order_row(db, organisation, identifier)


def order_row(db: sqlite3.Connection, organisation: str | None, identifier: str) -> sqlite3.Row:
    """Return an order that *organisation* may see (None: any)."""
    query = "SELECT * FROM orders WHERE order_id = ? AND organisation = IFNULL(?, organisation)"
    return sole_row(db, "order", identifier, query, identifier, organisation)


def order_page(
    db: sqlite3.Connection, organisation: str, status: str | None, page: PageRequest
) -> tuple[list[str], int]:
    """Return one page of orders as JSON texts, newest first, and how many there are."""
    source = "orders WHERE organisation = ? AND status = IFNULL(?, status)"
    rows, total = select_page(db, "*", source, (organisation, status), "created_us DESC, order_id", page)
    return [dump(order_object(row)) for row in rows], total


def order_object(row: sqlite3.Row) -> dict[str, Any]:
    """Return the wire object of an order."""
    return {
        "order_id": row["order_id"],
        "order_type": row["order_type"],
        "status": row["status"],
        "company_count": row["company_count"],
        **json.loads(row["facts"]),
        "prospect_search_id": row["search_id"],
        "admin_notes": row["admin_notes"],
        "webhook_url": row["webhook_url"],
        "created_at": stamp(row["created_us"]),
        "accepted_at": stamp(row["accepted_us"]),
        "completed_at": stamp(row["completed_us"]),
        "cancelled_at": stamp(row["cancelled_us"]),
        "profile_id": row["profile_id"],
        "message": row["message"],
    }


def enter_order(db: sqlite3.Connection, row: sqlite3.Row, hop: Hop, message: str | None) -> None:
    """Move an order into the state of *hop*, with the stamp and texts that belong to it."""
    stamped = {
        OrderStatus.ACCEPTED: "accepted_us",
        OrderStatus.COMPLETED: "completed_us",
        OrderStatus.CANCELLED: "cancelled_us",
    }.get(OrderStatus(hop.status), "stamp_us")
    notes = None
    if hop.status == OrderStatus.REJECTED:
        notes = message = message or "The order was not approved. Make the description of the companies narrower."
    if hop.status == OrderStatus.FAILED:
        message = message or "Fulfilment failed. Contact support with the order id."
    db.execute(
        f"UPDATE orders SET status = ?, entered_us = ?, stamp_us = ?, {stamped} = ?, message = ?, admin_notes = ? "  # noqa: S608 - a column of the table above
        "WHERE order_id = ?",
        (hop.status, hop.entered_us, hop.stamp_us, hop.stamp_us, message, notes, row["order_id"]),
    )


def submitted(db: sqlite3.Connection, order_id: str) -> list[dict[str, Any]]:
    """Return the companies that came with an enrichment order."""
    row = db.execute("SELECT companies FROM submissions WHERE order_id = ?", (order_id,)).fetchone()
    return json.loads(row["companies"]) if row else []


def _facts(wanted: OrderRequest, submitted_count: int) -> dict[str, Any]:
    content = wanted.content() or {}
    order_type, features = wanted.order_type or OrderType.ENRICHMENT, wanted.features or STANDARD_FEATURES
    cost = None
    if order_type == OrderType.ENRICHMENT:
        cost = {"total": _CENTS_PER_FEATURE * len(features) * submitted_count / 100, "currency": "EUR"}
    return {
        "title": wanted.title or f"{order_type.title()} order",
        "priority": wanted.priority or Priority.NORMAL,
        "features": features,
        "estimated_cost": cost,
        **{name: content.get(name) for name in _ECHOED},
        "output_language": wanted.output_language,
        "briefing_quantity": wanted.briefing_quantity,
    }


def _wishes(wanted: OrderRequest, blacklist_ids: list[str]) -> dict[str, Any]:
    return {
        "content": wanted.content(),
        "profile_name": wanted.profile_name,
        "quantity": wanted.briefing_quantity,
        "contact_roles": wanted.contact_roles,
        "output_language": wanted.output_language,
        "blacklist_ids": blacklist_ids,
    }
