"""Purchases as rows: of the database, and of a frame."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import polars as pl

from openprospect_nb.journal.guard import Standing, standing
from openprospect_nb.journal.purchase import Purchase, PurchaseKind
from openprospect_nb.journal.sameness import canonical
from openprospect_nb.models import Cost, OrderState

UTC_TIME = pl.Datetime("us", "UTC")
FRAME = pl.Schema(
    {
        "key": pl.String(),
        "kind": pl.String(),
        "name": pl.String(),
        "title": pl.String(),
        "profile_name": pl.String(),
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
        "profile_sent_at": UTC_TIME,
        "again": pl.Boolean(),
        "lost": pl.Boolean(),
    }
)
MOMENTS = ("intended_at", "profile_sent_at", "sent_at", "bound_at", "doubted_at", "given_at", "finished_at")
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


Row = sqlite3.Row | Mapping[str, Any]
NO_TIME = datetime.fromtimestamp(0, UTC)
# Whatever a reader of somebody's broken bytes may raise; a row that does is a row whose text is lost.
UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, ArithmeticError, RecursionError)


def frame_of(purchases: Sequence[Purchase]) -> pl.DataFrame:
    """Return one row a purchase; columns as `FRAME`."""
    records = [
        {
            **{
                name: getattr(p, name)
                for name in FRAME
                if name not in {"title", "profile_name", "kind", "cost", "currency"}
            },
            "kind": str(p.kind),
            "title": title if isinstance(title := p.options.get("title"), str) else None,
            "profile_name": name if isinstance(name := (p.profile or {}).get("profile_name"), str) else None,
            "cost": p.cost.total if p.cost else None,
            "currency": p.cost.currency if p.cost else None,
        }
        for p in purchases
    ]
    return pl.DataFrame(records, schema=FRAME)


def to_sql(value: Any) -> Any:
    """Return a value as a column holds it: times and JSON as text, and texts without halves of characters."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict | list):
        value = canonical(value)
    # A server may send half a surrogate pair, which no file can hold.
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value


def from_sql(row: Row) -> Purchase:
    """Return the purchase a row holds; of a row that cannot be read, what can be read of it, marked as `lost`."""
    try:
        return _whole(row)
    except UNREADABLE:
        return _remains(row)


def sighting(state: OrderState, stamp: str) -> tuple[str, float | None, str | None, str | None]:
    """Return what a purchase's row learns from an order's state: status, cost, currency, and when it ended."""
    cost = state.estimated_cost
    ended = stamp if state.is_terminal else None
    return state.status, cost.total if cost else None, cost.currency if cost else None, ended


def _whole(row: Row) -> Purchase:
    options = json.loads(row["options"])
    profile = json.loads(row["profile"]) if row["profile"] is not None else None
    if not isinstance(options, dict) or not isinstance(profile, dict | None):
        raise TypeError("no JSON objects")
    stated = {name: row[name] for name in MOMENTS if name != "intended_at"}
    moments: dict[str, Any] = {name: None if text is None else _aware(text) for name, text in stated.items()}
    flags: dict[str, Any] = {name: bool(row[name]) for name in ("again", "counted", "lost")}
    purchase = Purchase(
        **{name: row[name] for name in PLAIN_FIELDS},
        **moments,
        kind=PurchaseKind(row["kind"]),
        options=options,
        profile=profile,
        cost=Cost(total=row["cost"], currency=row["currency"] or "") if row["cost"] is not None else None,
        intended_at=_aware(row["intended_at"]),
        **flags,
        known_intent=row["intent"] if row["lost"] else None,
    )
    may_be_sent = purchase.finished_at is None and standing(purchase) not in {Standing.PLACED, Standing.CLOSED}
    if row["intent"] in purchase.intents:
        return purchase
    if may_be_sent:
        raise ValueError("the text is no longer what was intended")
    # Somebody was forgotten in it; what was wanted is still known by its fingerprint.
    return replace(purchase, known_intent=row["intent"])


def _remains(row: Row) -> Purchase:
    intended = _moment_or(row["intended_at"], NO_TIME)
    # A time that cannot be read still says that the thing was done.
    moments: dict[str, Any] = {name: _moment_or(row[name], intended) for name in MOMENTS if row[name] is not None}
    return Purchase(
        **{name: row[name] for name in PLAIN_FIELDS},
        **moments,
        kind=PurchaseKind(row["kind"]) if row["kind"] in set(PurchaseKind) else PurchaseKind.DISCOVERY,
        again=bool(row["again"]),
        counted=bool(row["counted"]),
        lost=True,
        known_intent=row["intent"],
    )


def _moment_or(value: str, instead: datetime) -> datetime:
    try:
        return _aware(value)
    except UNREADABLE:
        return instead


def _aware(value: str) -> datetime:
    moment = datetime.fromisoformat(value)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
