"""`Journal`: every purchase, committed to disk before its first byte is sent; SQLite, one row a purchase."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from re import Pattern
from threading import RLock
from typing import Any

import polars as pl

from openprospect_nb.errors import ConflictError, JournalError, UnsafeToRetry
from openprospect_nb.journal.forgetting import redacted_text
from openprospect_nb.journal.migrations import MIGRATIONS
from openprospect_nb.journal.purchase import Purchase, PurchaseKind, canonical
from openprospect_nb.models import Cost, OrderState
from openprospect_nb.sqlite import open_database, transaction

SAME_PURCHASE_WINDOW = timedelta(minutes=10)
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


class Journal:
    """The purchases of one account (a server and a key) in one file; safe with several kernels on the same file.

    Args:
        path: the SQLite file, made with mode 0600 in a folder that exists.
        account: what keeps the purchases of different servers and keys apart; holds no key.
    """

    def __init__(self, path: Path, account: str) -> None:
        self.path = path
        self._account = account
        self._lock = RLock()
        self._connection = open_database(path, MIGRATIONS)

    def __repr__(self) -> str:
        """Show the file, nothing of what is in it."""
        return f"Journal({str(self.path)!r})"

    def intend(self, purchase: Purchase, *, again: bool = False) -> tuple[Purchase, bool]:
        """Commit *purchase* and return it with True, or the one already there under its key or name with False.

        Raises:
            ConflictError: its key or name stands for another purchase.
            UnsafeToRetry: an equal purchase was made within ten minutes, and *again* is not set.
        """
        with self._lock, transaction(self._connection):
            known = self._find("key = ?", purchase.key) or (purchase.name and self._find("name = ?", purchase.name))
            if known:
                _refuse_other_intent(known, purchase)
                return known, False
            twin = self._recent_twin(purchase)
            if twin is not None and not again:
                raise _twin_error(twin, purchase)
            self._insert(purchase)
        return purchase, True

    def record(self, key: str, **facts: Any) -> Purchase:
        """Commit new facts about the purchase under *key* and return it as it is now."""
        columns = {name: _to_sql(value) for name, value in facts.items()}
        assignments = ", ".join(f"{name} = :{name}" for name in columns)
        with self._lock, transaction(self._connection):
            self._connection.execute(
                f"UPDATE purchases SET {assignments} WHERE account = :account AND key = :key",  # noqa: S608 - names are ours
                {**columns, "account": self._account, "key": key},
            )
            found = self._find("key = ?", key)
        if not found:
            raise JournalError(f"the journal has no purchase under key {key!r}.")
        return found

    def saw(self, state: OrderState, now: datetime) -> None:
        """Commit that an order was seen in a state; keeps the first sighting of each state."""
        stamp = now.isoformat()
        with self._lock, transaction(self._connection):
            self._connection.execute(
                "INSERT OR IGNORE INTO sightings VALUES (?, ?, ?, ?)",
                (self._account, state.order_id, state.status, stamp),
            )
            self._connection.execute(
                "UPDATE purchases SET status = ?, cost = coalesce(?, cost), currency = coalesce(?, currency),"
                " finished_at = CASE WHEN ? THEN coalesce(finished_at, ?) ELSE finished_at END"
                " WHERE account = ? AND order_id = ?",
                (
                    state.status,
                    state.estimated_cost.total if state.estimated_cost else None,
                    state.estimated_cost.currency if state.estimated_cost else None,
                    state.is_terminal,
                    stamp,
                    self._account,
                    state.order_id,
                ),
            )

    def find(self, *, key: str | None = None, order_id: str | None = None) -> Purchase | None:
        """Return the purchase under a key, or the one that became an order, or None."""
        with self._lock:
            return self._find("key = ?", key) if key is not None else self._find("order_id = ?", order_id)

    def unfinished(self) -> list[Purchase]:
        """Return the purchases that have neither ended nor failed, oldest first."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT * FROM purchases WHERE account = ? AND finished_at IS NULL AND problem IS NULL"
                " ORDER BY intended_at, rowid",
                (self._account,),
            ).fetchall()
        return [_from_sql(row) for row in rows]

    def all(self) -> list[Purchase]:
        """Return every purchase, oldest first."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT * FROM purchases WHERE account = ? ORDER BY intended_at, rowid", (self._account,)
            ).fetchall()
        return [_from_sql(row) for row in rows]

    def frame(self) -> pl.DataFrame:
        """Return one row a purchase, oldest first; columns as `FRAME`, times UTC."""
        return frame_of(self.all())

    def description_of(self, profile_id: str) -> Mapping[str, Any] | None:
        """Return the description a profile was made from, if it was made from here."""
        with self._lock:
            row = self._connection.execute(
                "SELECT profile FROM purchases WHERE account = ? AND profile_id = ? AND profile IS NOT NULL LIMIT 1",
                (self._account, profile_id),
            ).fetchone()
        return None if row is None else json.loads(row["profile"])

    def forget(self, who: Pattern[str], mark: str) -> int:
        """Blank what *who* matches in every purchase, free pages included, and return how many were touched.

        A purchase that was not placed yet can no longer be placed: its body has changed under its key.
        """
        touched = 0
        with self._lock:
            with transaction(self._connection):
                rows = self._connection.execute("SELECT rowid, * FROM purchases").fetchall()
                for row in rows:
                    changed = {
                        name: redacted_text(row[name], who, mark)
                        for name in ("options", "profile", "problem", "name")
                        if row[name] is not None and who.search(row[name])
                    }
                    touched += bool(changed)
                    self._blank(row, changed)
            self._connection.execute("VACUUM")
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return touched

    def lease(self, key: str, owner: str, now: float, seconds: float) -> bool:
        """Take or renew the right to act for a purchase; False while another kernel holds it."""
        with self._lock, transaction(self._connection):
            changed = self._connection.execute(
                "UPDATE purchases SET lease_owner = ?, lease_until = ? WHERE account = ? AND key = ?"
                " AND (lease_owner IS NULL OR lease_owner = ? OR lease_until < ?)",
                (owner, now + seconds, self._account, key, owner, now),
            )
            return changed.rowcount == 1

    def release(self, key: str, owner: str) -> None:
        """Give the right to act back."""
        with self._lock, transaction(self._connection):
            self._connection.execute(
                "UPDATE purchases SET lease_owner = NULL, lease_until = NULL"
                " WHERE account = ? AND key = ? AND lease_owner = ?",
                (self._account, key, owner),
            )

    def known_flow(self) -> str | None:
        """Return the flow that this server was found to need, if it was."""
        with self._lock:
            row = self._connection.execute("SELECT flow FROM flows WHERE account = ?", (self._account,)).fetchone()
        return None if row is None else str(row["flow"])

    def learn_flow(self, flow: str, now: datetime) -> None:
        """Remember the flow that this server needs."""
        with self._lock, transaction(self._connection):
            self._connection.execute(
                "INSERT OR REPLACE INTO flows VALUES (?, ?, ?)", (self._account, flow, now.isoformat())
            )

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def _blank(self, row: sqlite3.Row, changed: Mapping[str, str]) -> None:
        if not changed:
            return
        unplaced = row["order_id"] is None and row["finished_at"] is None
        values = {**changed, **({"problem": "forgotten before it was placed"} if unplaced else {})}
        assignments = ", ".join(f"{name} = :{name}" for name in values)
        self._connection.execute(
            f"UPDATE purchases SET {assignments} WHERE rowid = :rowid",  # noqa: S608 - names are ours
            {**values, "rowid": row["rowid"]},
        )

    def _find(self, condition: str, value: str | None) -> Purchase | None:
        row = self._connection.execute(
            f"SELECT * FROM purchases WHERE account = ? AND {condition}",  # noqa: S608 - conditions are ours
            (self._account, value),
        ).fetchone()
        return None if row is None else _from_sql(row)

    def _recent_twin(self, purchase: Purchase) -> Purchase | None:
        since = (purchase.intended_at - SAME_PURCHASE_WINDOW).isoformat()
        row = self._connection.execute(
            "SELECT * FROM purchases WHERE account = ? AND intent = ? AND intended_at >= ? AND problem IS NULL"
            " ORDER BY intended_at DESC LIMIT 1",
            (self._account, purchase.intent, since),
        ).fetchone()
        return None if row is None else _from_sql(row)

    def _insert(self, purchase: Purchase) -> None:
        facts = {
            name: _to_sql(getattr(purchase, name))
            for name in (*PLAIN_FIELDS, "options", "profile", "icp_hash", "intent", "kind", *MOMENTS)
        } | {"account": self._account}
        names = ", ".join(facts)
        self._connection.execute(
            f"INSERT INTO purchases ({names}) VALUES ({', '.join(f':{name}' for name in facts)})",  # noqa: S608 - names are ours
            facts,
        )


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


def _to_sql(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return canonical(value) if isinstance(value, dict | list) else value


def _moment(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)


def _from_sql(row: sqlite3.Row) -> Purchase:
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


def _refuse_other_intent(known: Purchase, wanted: Purchase) -> None:
    if known.intent == wanted.intent:
        return
    what = "name" if wanted.name is not None and known.name == wanted.name else "idempotency_key"
    raise ConflictError(
        f"the {what} {getattr(known, 'name' if what == 'name' else 'key')!r} already stands for another purchase,"
        f" made {known.intended_at:%Y-%m-%d %H:%M} UTC.",
        next_step=f"Use a new {what} for a changed order, or repeat the order unchanged.",
    )


def _twin_error(twin: Purchase, wanted: Purchase) -> UnsafeToRetry:
    minutes = max(0, int((wanted.intended_at - twin.intended_at).total_seconds() // 60))
    known_as = f"order {twin.order_id}" if twin.order_id else f"not confirmed yet, key {twin.key}"
    return UnsafeToRetry(
        f"an equal purchase was made {minutes} min ago ({known_as}).",
        next_step="Use that order with client.orders.get(...), finish it with client.journal.resume(),"
        " or pass again=True to buy once more.",
    )
