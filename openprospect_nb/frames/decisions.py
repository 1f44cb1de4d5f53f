"""Decisions on companies in one private SQLite file: accepted or rejected, a note, and when; one row a company."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from re import Pattern
from threading import RLock
from typing import Final

import polars as pl

from openprospect_nb.frames.columns import UTC_TIME
from openprospect_nb.settings import make_home
from openprospect_nb.sqlite import open_database, transaction

__all__ = ["ACCEPTED", "DECISIONS", "FILE", "REJECTED", "Company", "Decisions"]

FILE: Final = "decisions.sqlite"
ACCEPTED: Final = "accepted"
REJECTED: Final = "rejected"
DECISIONS: Final = pl.Schema(
    {
        "source": pl.String(),
        "company_id": pl.String(),
        "name": pl.String(),
        "domain": pl.String(),
        "decision": pl.String(),
        "note": pl.String(),
        "decided_at": UTC_TIME,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """Whom a decision is about: the vendor's id, sandbox or live, and what `Decisions.forget` finds it by."""

    source: str
    company_id: str
    name: str = ""
    domain: str = ""


class Decisions:
    """Every decision kept in one home folder; safe with several kernels on the same file.

    Looking makes no file: ``decisions.sqlite`` (0600, in a folder of 0700) appears with the first decision.

    Args:
        home: the folder.

    Raises:
        JournalError: the file is damaged, cannot be written, or was written by a newer version of this package.
    """

    def __init__(self, home: Path) -> None:
        self._lock = RLock()
        self._home = home
        self._connection: sqlite3.Connection | None = None
        self._opened()

    def frame(self, sources: Iterable[str] | None = None) -> pl.DataFrame:
        """Return one row a decided or noted company; columns as `DECISIONS`, of *sources* alone where given."""
        with self._lock:
            kept = self._opened()
            rows = [] if kept is None else kept.execute("SELECT * FROM decisions ORDER BY decided_at, company_id")
            found = [{**row, "decided_at": datetime.fromisoformat(row["decided_at"])} for row in map(dict, rows)]
        made = pl.DataFrame(found, schema=DECISIONS)
        return made if sources is None else made.filter(pl.col("source").is_in(list(sources)))

    def decide(self, company: Company, decision: str | None, note: str | None, now: datetime) -> None:
        """Keep *decision* (`ACCEPTED`, `REJECTED` or None) and *note*, None being the note as it is in the file now.

        With neither a decision nor a note the company's row goes.

        Raises:
            ConfigurationError: the folder cannot be made or written.
            JournalError: the file cannot be written.
        """
        key = (company.source, company.company_id)
        with self._lock:
            make_home(self._home)
            kept = self._connection = self._opened() or open_database(self._home / FILE, _MIGRATIONS)
            with transaction(kept):
                if note is None:
                    found = kept.execute(
                        "SELECT note FROM decisions WHERE source = ? AND company_id = ?", key
                    ).fetchone()
                    note = found["note"] if found else ""
                kept.execute("DELETE FROM decisions WHERE source = ? AND company_id = ?", key)
                if decision is not None or note:
                    kept.execute(
                        "INSERT INTO decisions VALUES (?, ?, ?, ?, ?, ?, ?)",
                        (*key, company.name, company.domain, decision, note, now.isoformat()),
                    )

    def forget(self, who: Pattern[str]) -> int:
        """Delete every row that *who* matches in id, name, domain or note, free pages included; return how many."""
        names = ("company_id", "name", "domain", "note")
        with self._lock:
            kept = self._opened()
            if kept is None:
                return 0
            with transaction(kept):
                rows = kept.execute("SELECT rowid, * FROM decisions").fetchall()
                gone = [(row["rowid"],) for row in rows if any(who.search(row[name] or "") for name in names)]
                kept.executemany("DELETE FROM decisions WHERE rowid = ?", gone)
            kept.execute("VACUUM")
            kept.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return len(gone)

    def close(self) -> None:
        """Close the file; safe to call twice."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _opened(self) -> sqlite3.Connection | None:
        """Return the open file, or None where there is none yet, here or by another kernel."""
        if self._connection is None and (self._home / FILE).is_file():
            self._connection = open_database(self._home / FILE, _MIGRATIONS)
        return self._connection


def _first(connection: sqlite3.Connection) -> None:
    connection.execute(
        "CREATE TABLE decisions (source TEXT NOT NULL, company_id TEXT NOT NULL, name TEXT NOT NULL,"
        " domain TEXT NOT NULL, decision TEXT, note TEXT NOT NULL, decided_at TEXT NOT NULL,"
        " PRIMARY KEY (source, company_id))"
    )


_MIGRATIONS: Final = (_first,)
