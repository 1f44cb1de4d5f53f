"""What became of mails, kept in one private SQLite file of the home: one row a message, the strongest that is known.

Whoever is in the erasure ledger is neither kept nor given back, nor named in the reasons of others that are kept.
Messages are kept for a time and then removed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import polars as pl

from openprospect_nb.files.outcomes import KINDS
from openprospect_nb.mailings.reading import READ
from openprospect_nb.privacy.canonical import Kind
from openprospect_nb.privacy.holding import hold_back
from openprospect_nb.privacy.ledger import Ledger
from openprospect_nb.privacy.subjects import MARK, Only, Wanted, blanked
from openprospect_nb.settings import make_home
from openprospect_nb.sqlite import emptied, open_database, step, transaction

__all__ = ["FILE", "KEPT", "InboxChange", "OutcomeStore", "kept_messages", "not_again"]

FILE: Final = "outcomes.sqlite"
KEPT: Final = pl.Schema({**READ, "kept_at": pl.Datetime("us", "UTC")})
_RANK: Final = {kind: rank for rank, kind in enumerate(KINDS)}
_COLUMNS: Final = tuple(KEPT)


@dataclass(frozen=True, slots=True)
class InboxChange:
    """What keeping came to: messages that are new, changed, or known before; held back; removed as too old.

    Attributes:
        blanked: reasons of others that named somebody who was forgotten, and are kept as "[forgotten]".
    """

    added: int = 0
    changed: int = 0
    known: int = 0
    held_back: int = 0
    expired: int = 0
    blanked: int = 0


class OutcomeStore:
    """The outcomes of one home; safe with several kernels on it. Looking makes no file.

    Args:
        home: the folder; ``outcomes.sqlite`` (0600, in a folder of 0700) appears with the first message.

    Raises:
        JournalError: the file is damaged, cannot be written, or was written by a newer version of this package.
    """

    def __init__(self, home: Path) -> None:
        self._home = home

    def frame(self) -> pl.DataFrame:
        """Return one row a message, columns `KEPT`, without whoever was forgotten."""
        with self._opened() as connection:
            rows = pl.DataFrame(schema=KEPT) if connection is None else _all(connection)
        return _admitted(rows, Ledger(self._home))[0]

    def keep(self, read: pl.DataFrame, now: datetime, keep_for: timedelta | None) -> InboxChange:
        """Keep *read* (columns `READ`), then remove what is older than *keep_for*; None removes nothing.

        Raises:
            ConfigurationError: the folder cannot be made or written.
            JournalError: the file cannot be written.
        """
        ledger = Ledger(self._home)
        admitted, held = _admitted(read, ledger)
        admitted = _unnamed(admitted, _names_in(ledger))
        blanked_now = int((admitted["reason"] == MARK).sum())
        make_home(self._home)
        with closing(open_database(self._home / FILE, _MIGRATIONS)) as connection:
            with transaction(connection):
                before = {(row["email"], row["message"] or ""): row for row in _all(connection).iter_rows(named=True)}
                counts = [_merge(before, {**row, "kept_at": now}) for row in admitted.iter_rows(named=True)]
                _insert(connection, pl.DataFrame([*before.values()], schema=KEPT).filter(pl.col("kept_at") == now))
                expired = 0
                if keep_for is not None:
                    too_old = "DELETE FROM messages WHERE coalesce(at, kept_at) < ?"
                    expired = connection.execute(too_old, ((now - keep_for).isoformat(),)).rowcount
            if expired:
                emptied(connection)
        added, changed, known = (counts.count(what) for what in ("added", "changed", "known"))
        return InboxChange(added, changed, known, held, expired, blanked_now)

    def forget(self, wanted: Wanted, *, loose: Wanted | None = None, dry_run: bool = False) -> tuple[int, str | None]:
        """Delete the messages of who is wanted, blank reasons that name them; free pages included.

        Args:
            wanted: who is to be forgotten.
            loose: who is named in a reason, by name alone too; None looks for *wanted* there. Whoever the ledger names
                is blanked there as well.
            dry_run: count and change nothing.

        Returns:
            How many rows were touched, and in words what is left, if another kernel keeps it.
        """
        with self._opened() as connection:
            if connection is None:
                return 0, None
            with transaction(connection):
                rows = _all(connection)
                named = _unnamed(_held(rows, wanted), loose or wanted)
                left = _unnamed(named, _names_in(Ledger(self._home)))
                touched = rows.join(left, on=_COLUMNS, how="anti", nulls_equal=True)
                if not dry_run:
                    connection.executemany(
                        "DELETE FROM messages WHERE email = ? AND message = ?",
                        touched.select("email", pl.col("message").fill_null("")).rows(),
                    )
                    _insert(connection, left.join(rows, on=_COLUMNS, how="anti", nulls_equal=True))
            return touched.height, None if dry_run else emptied(connection)

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection | None]:
        if not (self._home / FILE).is_file():
            yield None
            return
        with closing(open_database(self._home / FILE, _MIGRATIONS)) as connection:
            yield connection


def kept_messages(home: Path) -> pl.DataFrame:
    """Return what is known of each message of a home, columns `KEPT`, fit to learn from.

    A message of which a tool says only that it was sent is left out where another tool says that its address bounced:
    who mails with one tool gets the reports in another.
    """
    messages = OutcomeStore(home).frame()
    bounced = messages.filter(pl.col("kind") == "bounced").select("email", other="tool").unique()
    sent = messages.filter(pl.col("kind") == "sent").join(bounced, on="email", how="inner")
    refuted = sent.filter(pl.col("tool").ne_missing(pl.col("other"))).select("email", "message")
    return messages.join(refuted, on=["email", "message"], how="anti", nulls_equal=True)


def not_again(messages: pl.DataFrame) -> pl.DataFrame:
    """Return whom not to write to again by *messages*, ``email`` alone: who objected, or bounced but not softly."""
    objected = pl.col("kind").is_in(["unsubscribed", "complained"])
    is_gone = pl.col("bounced").fill_null(value=False) & pl.col("bounce").ne_missing("soft")
    return messages.filter(objected | is_gone).select("email").unique().sort("email")


def _admitted(rows: pl.DataFrame, ledger: Ledger) -> tuple[pl.DataFrame, int]:
    everybody = ledger.everybody()
    if everybody is None or rows.is_empty():
        return rows, 0
    left = _held(rows, everybody)
    return left, rows.height - left.height


def _held(rows: pl.DataFrame, wanted: Wanted) -> pl.DataFrame:
    """Return *rows* without those of who is wanted, and without their names in the reasons of others.

    `hold_back` knows an ``email``, and a ``qualification_reason`` as a text about somebody that is only blanked; what
    is no text of a tool's or person's it does not see.
    """
    people = rows.rename({"reason": "qualification_reason"}).with_columns(tool=pl.col("tool").cast(pl.Categorical))
    left = hold_back({"prospects": people.drop("message", "kind", "bounce").with_row_index("__op_at")}, wanted)[0]
    people_left = left["prospects"].rename({"qualification_reason": "reason"})
    beside = rows.select("message", "kind", "bounce").with_row_index("__op_at")
    whole = people_left.join(beside, on="__op_at", how="left", maintain_order="left").cast({"tool": pl.String})
    return whole.select(rows.columns)


def _names_in(ledger: Ledger) -> Wanted | None:
    """Return everybody in *ledger* by name alone; by whatever else `_held` finds them."""
    everybody = ledger.everybody(named=True)
    return None if everybody is None or Kind.NAME not in everybody.kinds else Only(everybody, frozenset({Kind.NAME}))


def _unnamed(rows: pl.DataFrame, wanted: Wanted | None) -> pl.DataFrame:
    """Return *rows* with the reasons blanked that name who is wanted; a namesake's go too, for no row says where."""
    if wanted is None:
        return rows
    texts = rows["reason"].drop_nulls().unique()
    return rows.with_columns(pl.col("reason").replace({text: blanked(text, wanted) for text in texts}))


def _merge(messages: dict[tuple[str, str], dict[str, Any]], row: dict[str, Any]) -> str:
    """Keep the stronger of what is known of a message and of what *row* says; return "added", "changed" or "known"."""
    key = (row["email"], row["message"] or "")
    before = messages.get(key)
    if before is None:
        messages[key] = row
        return "added"
    is_stronger = _RANK[row["kind"]] < _RANK[before["kind"]]
    first, second = (row, before) if is_stronger else (before, row)
    # Why a mail bounced is no reason of what is stronger, and is not filled in.
    filled = ("bounced", "at", "value", "tool") if is_stronger else tuple(READ)
    merged = {name: second[name] if name in filled and first[name] is None else first[name] for name in READ}
    if all(merged[name] == before[name] for name in READ):
        return "known"
    messages[key] = {**merged, "kept_at": row["kept_at"]}
    return "changed"


def _all(connection: sqlite3.Connection) -> pl.DataFrame:
    stored = connection.execute("SELECT * FROM messages ORDER BY email, message")
    read = [
        {
            **row,
            "message": row["message"] or None,
            "bounced": None if row["bounced"] is None else bool(row["bounced"]),
            "at": row["at"] and datetime.fromisoformat(row["at"]),
            "kept_at": datetime.fromisoformat(row["kept_at"]),
        }
        for row in map(dict, stored)
    ]
    return pl.DataFrame(read, schema=KEPT)


def _insert(connection: sqlite3.Connection, rows: pl.DataFrame) -> None:
    texts = [
        {
            **row,
            "message": row["message"] or "",
            "at": row["at"] and row["at"].isoformat(),
            "kept_at": row["kept_at"].isoformat(),
        }
        for row in rows.iter_rows(named=True)
    ]
    connection.executemany(_REPLACE, texts)


_MIGRATIONS: Final = (step("mailings/messages.sql"),)
_REPLACE: Final = (
    "INSERT OR REPLACE INTO messages (email, bounced, at, kind, message, bounce, reason, value, tool, kept_at)"
    " VALUES (:email, :bounced, :at, :kind, :message, :bounce, :reason, :value, :tool, :kept_at)"
)
