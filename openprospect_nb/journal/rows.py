"""Purchases as rows: of the database, and of a frame."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import polars as pl

from openprospect_nb.journal.purchase import Purchase, PurchaseKind, canonical
from openprospect_nb.models import Cost, OrderState

UTC_TIME = pl.Datetime("us", "UTC")
FRAME = pl.Schema(
    {
        "key": pl.String(),
        "kind": pl.String(),
        "name": pl.String(),
        "title": pl.String(),
        "status": pl.String(),
        "order_id": pl.String(),
        "profile_creation_id": pl.String(),
        "profile_id": pl.String(),
        "icp_hash": pl.String(),
        "quantity": pl.Int64(),
        "price": pl.Float64(),
        "budget": pl.Float64(),
        "cost": pl.Float64(),
        "currency": pl.String(),
        "problem": pl.String(),
        "intended_at": UTC_TIME,
        "sent_at": UTC_TIME,
        "bound_at": UTC_TIME,
        "finished_at": UTC_TIME,
    }
)
MOMENTS = ("intended_at", "sent_at", "bound_at", "finished_at")
PLAIN_FIELDS = (
    "key",
    "name",
    "flow",
    "quantity",
    "price",
    "budget",
    "profile_key",
    "profile_creation_id",
    "profile_id",
    "order_id",
    "status",
    "problem",
)


def frame_of(purchases: Sequence[Purchase]) -> pl.DataFrame:
    """Return one row a purchase; columns as `FRAME`."""
    records = [
        {
            **{name: getattr(p, name) for name in FRAME if name not in {"title", "kind", "cost", "currency"}},
            "kind": str(p.kind),
            "title": p.options.get("title"),
            "cost": p.cost.total if p.cost else None,
            "currency": p.cost.currency if p.cost else None,
        }
        for p in purchases
    ]
    return pl.DataFrame(records, schema=FRAME)


def to_sql(value: Any) -> Any:
    """Return a value as a column holds it: times and JSON as text."""
    if isinstance(value, datetime):
        return value.isoformat()
    return canonical(value) if isinstance(value, dict | list) else value


def _moment(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)


def from_sql(row: sqlite3.Row) -> Purchase:
    """Return the purchase a row holds."""
    facts = {name: row[name] for name in PLAIN_FIELDS}
    intended = datetime.fromisoformat(row["intended_at"])
    return Purchase(
        **facts,
        kind=PurchaseKind(row["kind"]),
        options=json.loads(row["options"]),
        profile=json.loads(row["profile"]) if row["profile"] is not None else None,
        cost=Cost(total=row["cost"], currency=row["currency"] or "") if row["cost"] is not None else None,
        intended_at=intended,
        sent_at=_moment(row["sent_at"]),
        bound_at=_moment(row["bound_at"]),
        finished_at=_moment(row["finished_at"]),
    )


def sighting(state: OrderState, stamp: str) -> tuple[str, float | None, str | None, str | None]:
    """Return what a purchase's row learns from an order's state: status, cost, currency, and when it ended."""
    cost = state.estimated_cost
    ended = stamp if state.is_terminal else None
    return state.status, cost.total if cost else None, cost.currency if cost else None, ended
