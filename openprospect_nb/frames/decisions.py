"""Decisions on companies in one private SQLite file: accepted or rejected, a note, and when; one row a company."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import repeat
from pathlib import Path
from threading import RLock
from typing import Any, Final

import polars as pl

from openprospect_nb.frames.columns import UTC_TIME
from openprospect_nb.privacy.holding import hold_back
from openprospect_nb.privacy.subjects import Wanted, blanked
from openprospect_nb.settings import make_home
from openprospect_nb.sqlite import emptied, open_database, step, transaction

FILE: Final = "decisions.sqlite"
ACCEPTED: Final = "accepted"
REJECTED: Final = "rejected"
DECISIONS: Final = pl.Schema(
    {
        **dict.fromkeys(("source", "company_id", "name", "domain", "decision", "note"), pl.String()),
        "decided_at": UTC_TIME,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidedCompany:
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
            connection = self._opened()
            rows = []
            if connection is not None:
                cursor = connection.cursor()
                cursor.row_factory = None  # plain tuples: many thousands are read several times as fast as with names
                rows = cursor.execute(_ALL).fetchall()
        texts = pl.DataFrame(rows, schema=dict.fromkeys(DECISIONS, pl.String), orient="row")
        made = texts.with_columns(pl.col("decided_at").str.to_datetime(_TIME, time_unit="us", time_zone="UTC"))
        return made if sources is None else made.filter(pl.col("source").is_in(list(sources)))

    @property
    def home(self) -> Path:
        """The folder."""
        return self._home

    @property
    def stamp(self) -> str:
        """What differs once somebody else, here or in another kernel, has changed the file since it was last asked."""
        with self._lock:
            connection = self._opened()
            return "" if connection is None else f"{id(connection)} {connection.execute(_CHANGES).fetchone()[0]}"

    def decide(self, company: DecidedCompany, decision: str | None, note: str | None, now: datetime) -> None:
        """Keep *decision* (`ACCEPTED`, `REJECTED` or None) and *note*, None being the note as it is in the file now.

        With neither a decision nor a note the company's row goes.

        Raises:
            ConfigurationError: the folder cannot be made or written.
            JournalError: the file cannot be written.
        """
        self.decide_frame(pl.DataFrame([{**asdict(company), "decision": decision}], schema=_WANTED), note, now)

    def decide_frame(self, wanted: pl.DataFrame, note: str | None, now: datetime) -> None:
        """Keep the ``decision`` of each row of *wanted* as `decide` does, all of them or, on an error, none.

        Args:
            wanted: ``source``, ``company_id``, ``name``, ``domain`` and ``decision``, texts.
            note: one for all, or None: the notes as they are.
            now: when, UTC.
        """
        values = (_values(wanted[name]) for name in _WANTED)
        rows = zip(*values, repeat(note or "", wanted.height), repeat(now.isoformat(), wanted.height), strict=True)
        note_of_row = "note" if note is None else "excluded.note"
        with self._lock:
            make_home(self._home)
            connection = self._connection = self._opened() or open_database(self._home / FILE, _MIGRATIONS)
            with transaction(connection):
                connection.executemany(f"{_KEEP}, note = {note_of_row}", rows)
                if wanted["decision"].has_nulls():
                    connection.execute("DELETE FROM decisions WHERE decision IS NULL AND note = ''")

    def forget(self, wanted: Wanted, *, loose: Wanted | None = None, dry_run: bool = False) -> tuple[int, str | None]:
        """Delete the rows of companies that are wanted, blank names and notes that name who is; free pages included.

        Args:
            wanted: who is to be forgotten.
            loose: who is named in a note, by name alone too; None looks for *wanted* there.
            dry_run: count and change nothing.

        Returns:
            How many rows were touched, and in words what is left, if another kernel keeps it.
        """
        with self._lock:
            db = self._opened()
            if db is None:
                return 0, None
            with transaction(db):
                rows = [dict(row) for row in db.execute("SELECT rowid, * FROM decisions ORDER BY rowid").fetchall()]
                gone, changed = _without(rows, wanted, loose or wanted)
                if not dry_run:
                    db.executemany("DELETE FROM decisions WHERE rowid = ?", [(number,) for number in gone])
                    db.executemany("UPDATE decisions SET name = :name, note = :note WHERE rowid = :rowid", changed)
            return len(gone) + len(changed), None if dry_run else emptied(db)

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


_TIME: Final = "%Y-%m-%dT%H:%M:%S%.f%:z"
_ALL: Final = f"SELECT {', '.join(DECISIONS)} FROM decisions ORDER BY decided_at, company_id"  # noqa: S608 - our own names
_CHANGES: Final = "PRAGMA data_version"
_WANTED: Final = dict.fromkeys(("source", "company_id", "name", "domain", "decision"), pl.String)
_KEEP: Final = (
    "INSERT INTO decisions (source, company_id, name, domain, decision, note, decided_at) VALUES (?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (source, company_id) DO UPDATE SET name = excluded.name, domain = excluded.domain,"
    " decision = excluded.decision, decided_at = excluded.decided_at"
)


def _values(texts: pl.Series) -> Iterable[str | None]:
    """Return the values of a column; what is the same in many thousands of rows is made a Python object once."""
    return repeat(texts[0], len(texts)) if texts.n_unique() == 1 else texts.to_list()


def _without(rows: list[dict[str, Any]], wanted: Wanted, loose: Wanted) -> tuple[list[int], list[dict[str, Any]]]:
    """Return which of *rows* are about companies that are wanted, and the others that change."""
    texts = dict.fromkeys(("source", "company_id", "name", "domain", "note"), pl.String)
    frame = pl.DataFrame(rows, schema={"rowid": pl.Int64, **texts}).rename(
        {"company_id": "id", "domain": "website_url"}
    )
    left = hold_back({"companies": frame}, wanted)[0]["companies"].rows_by_key("rowid", named=True, unique=True)
    before = {row["rowid"]: row for row in rows}
    changed = [
        {"rowid": number, "name": row["name"], "note": note}
        for number, row in left.items()
        if (row["name"], note := blanked(row["note"], loose)) != (before[number]["name"], before[number]["note"])
    ]
    return [number for number in before if number not in left], changed


_MIGRATIONS: Final = (step("frames/decisions.sql"),)
