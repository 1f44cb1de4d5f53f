"""`Journal`: every purchase, committed to disk before its first byte is sent; SQLite, one row a purchase."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from re import Pattern
from statistics import median
from threading import RLock
from typing import Any

import polars as pl

from openprospect_nb.errors import ConflictError, JournalError, UnsafeToRetry
from openprospect_nb.journal.forgetting import names, redacted_text
from openprospect_nb.journal.leases import IsGone, is_free, is_gone
from openprospect_nb.journal.migrations import MIGRATIONS
from openprospect_nb.journal.purchase import Purchase
from openprospect_nb.journal.rows import MOMENTS, PLAIN_FIELDS, frame_of, from_sql, sighting, to_sql
from openprospect_nb.models import OrderState
from openprospect_nb.sqlite import DAMAGED, Connect, open_database, transaction

SAME_PURCHASE_WINDOW = timedelta(minutes=10)


class Journal:
    """The purchases of one account (a server and a key) in one file; safe with several kernels on the same file.

    Args:
        path: the SQLite file, made with mode 0600 in a folder that exists.
        account: what keeps the purchases of different servers and keys apart; holds no key.
        connect: opens the file as `sqlite3.connect` does.
        is_gone: whether the process of a lease's owner no longer runs.

    Raises:
        JournalError: the file is damaged (it is moved aside first, never overwritten), or is from a newer version.
    """

    def __init__(
        self, path: Path, account: str, *, connect: Connect = sqlite3.connect, is_gone: IsGone = is_gone
    ) -> None:
        self.path = path
        self._account = account
        self._is_gone = is_gone
        self._lock = RLock()
        self._connection = _open(path, connect)

    def __repr__(self) -> str:
        """Show the file, nothing of what is in it."""
        return f"Journal({str(self.path)!r})"

    def intend(self, purchase: Purchase, *, again: bool = False) -> tuple[Purchase, bool]:
        """Commit *purchase* and return it with True, or the one already there under its key or name with False.

        Raises:
            ConflictError: its key or name stands for another purchase.
            UnsafeToRetry: an equal purchase was made within ten minutes, or was sent and never confirmed, and *again*
                is not set.
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
        columns = {name: to_sql(value) for name, value in facts.items()}
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

    def saw(self, states: Iterable[OrderState], now: datetime) -> None:
        """Commit that orders were seen in a state, in one transaction; keeps the first sighting of each state."""
        stamp = now.isoformat()
        rows = [(*sighting(state, stamp), self._account, state.order_id) for state in states]
        with self._lock, transaction(self._connection):
            for status, amount, currency, ended, account, order_id in rows:
                self._connection.execute(
                    "INSERT OR IGNORE INTO sightings VALUES (?, ?, ?, ?)", (account, order_id, status, stamp)
                )
                self._connection.execute(
                    "UPDATE purchases SET status = ?, cost = coalesce(?, cost), currency = coalesce(?, currency),"
                    " finished_at = coalesce(finished_at, ?) WHERE account = ? AND order_id = ?",
                    (status, amount, currency, ended, account, order_id),
                )

    def find(self, *, key: str | None = None, order_id: str | None = None) -> Purchase | None:
        """Return the purchase under a key, or the one that became an order, or None."""
        with self._lock:
            return self._find("key = ?", key) if key is not None else self._find("order_id = ?", order_id)

    def has_order(self, order_id: str) -> bool:
        """Whether an order was bought from here."""
        return self.find(order_id=order_id) is not None

    def unfinished(self) -> list[Purchase]:
        """Return the purchases that have neither ended nor failed, oldest first."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT * FROM purchases WHERE account = ? AND finished_at IS NULL AND problem IS NULL"
                " ORDER BY intended_at, rowid",
                (self._account,),
            ).fetchall()
        return [from_sql(row) for row in rows]

    def all(self) -> list[Purchase]:
        """Return every purchase, oldest first."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT * FROM purchases WHERE account = ? ORDER BY intended_at, rowid", (self._account,)
            ).fetchall()
        return [from_sql(row) for row in rows]

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
                        if row[name] is not None and names(row[name], who)
                    }
                    touched += bool(changed)
                    self._blank(row, changed)
            self._connection.execute("VACUUM")
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return touched

    def lease(self, key: str, owner: str, now: float, seconds: float) -> bool:
        """Take or renew the right to act for a purchase; False while another living kernel holds it."""
        with self._lock, transaction(self._connection):
            row = self._connection.execute(
                "SELECT lease_owner, lease_until FROM purchases WHERE account = ? AND key = ?", (self._account, key)
            ).fetchone()
            if row is None or not is_free(row["lease_owner"], row["lease_until"], owner, now, is_gone=self._is_gone):
                return False
            self._connection.execute(
                "UPDATE purchases SET lease_owner = ?, lease_until = ? WHERE account = ? AND key = ?",
                (owner, now + seconds, self._account, key),
            )
            return True

    def release(self, key: str, owner: str) -> None:
        """Give the right to act back."""
        with self._lock, transaction(self._connection):
            self._connection.execute(
                "UPDATE purchases SET lease_owner = NULL, lease_until = NULL"
                " WHERE account = ? AND key = ? AND lease_owner = ?",
                (self._account, key, owner),
            )

    def usual_price(self) -> float | None:
        """Return the median price of a briefing over the orders whose cost the server stated, or None."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT cost / quantity AS each FROM purchases"
                " WHERE account = ? AND cost IS NOT NULL AND quantity > 0 AND order_id IS NOT NULL",
                (self._account,),
            ).fetchall()
        return median(row["each"] for row in rows) if rows else None

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
        return None if row is None else from_sql(row)

    def _recent_twin(self, purchase: Purchase) -> Purchase | None:
        """Return an equal purchase of the last ten minutes, or of any age if nobody knows whether it was bought."""
        since = (purchase.intended_at - SAME_PURCHASE_WINDOW).isoformat()
        row = self._connection.execute(
            "SELECT * FROM purchases WHERE account = ? AND intent = ? AND problem IS NULL"
            " AND (intended_at >= ? OR (sent_at IS NOT NULL AND order_id IS NULL))"
            " ORDER BY intended_at DESC LIMIT 1",
            (self._account, purchase.intent, since),
        ).fetchone()
        return None if row is None else from_sql(row)

    def _insert(self, purchase: Purchase) -> None:
        facts = {
            name: to_sql(getattr(purchase, name))
            for name in (*PLAIN_FIELDS, "options", "profile", "icp_hash", "intent", "kind", *MOMENTS)
        } | {"account": self._account}
        names = ", ".join(facts)
        self._connection.execute(
            f"INSERT INTO purchases ({names}) VALUES ({', '.join(f':{name}' for name in facts)})",  # noqa: S608 - names are ours
            facts,
        )


def _open(path: Path, connect: Connect) -> sqlite3.Connection:
    try:
        return open_database(path, MIGRATIONS, connect=connect)
    except JournalError as error:
        if error.code != DAMAGED:
            raise
        aside = _set_aside(path)
        raise JournalError(
            f"the journal is damaged and was moved to {aside} ({error.message})",
            code=DAMAGED,
            next_step="Look at client.orders.list() before ordering; the next client starts a new, empty journal.",
        ) from error


def _set_aside(path: Path) -> Path:
    """Move a damaged database and its side files out of the way, under a name that is not taken."""
    number = 1
    while (aside := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    for suffix in ("-wal", "-shm", ""):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(aside.with_name(aside.name + suffix))
    return aside


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
