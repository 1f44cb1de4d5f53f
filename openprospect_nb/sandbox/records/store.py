"""The sandbox's one database: a lock, transactions, settings, replays, and the ids and stamps of new rows."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from openprospect_nb.contract import HEADER_IDEMPOTENCY_REPLAYED
from openprospect_nb.sandbox.clock import EPOCH_US, MINUTE_US, SandboxClock, read_seconds
from openprospect_nb.sandbox.server.call import PageRequest, SandboxCall, SandboxResponse
from openprospect_nb.sandbox.server.problems import conflict, not_found
from openprospect_nb.sqlite import Migration, open_database, step, transaction

MIGRATIONS: Final[tuple[Migration, ...]] = (step("sandbox/records/schema.sql"),)
"""The numbered steps of the schema; the first makes what ``schema.sql`` says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxSettings:
    """What the control surface can set.

    Attributes:
        seed: which company universe.
        step_seconds: how long each hop of a lifecycle takes; 0 means hops are made by hand.
        rate_limits_enabled: whether calls are counted against the key's tier.
        pool_size: how many companies a profile can discover; raised to an order's quantity when that is larger.
        inline_count: how many companies an inline discovery order delivers.
        results_ttl_seconds: after this long, results of a completed order are gone (410); None keeps them.
        reproducible: whether ids and stamps are derived from the seed instead of chance and the clock.
        clock_offset_us: how far the sandbox clock was moved ahead.
    """

    seed: int = 42
    step_seconds: float = 1.0
    rate_limits_enabled: bool = False
    pool_size: int = 500
    inline_count: int = 40
    results_ttl_seconds: float | None = None
    reproducible: bool = False
    clock_offset_us: int = 0

    @property
    def step_us(self) -> int:
        """The length of a hop in microseconds."""
        return read_seconds(self.step_seconds)


class Store:
    """One SQLite database, used by many threads one at a time, and by other processes beside it.

    Args:
        path: the file; None keeps everything in memory.
        clock: gives the present.
        random_id: makes an id when the sandbox is not reproducible.

    Attributes:
        counts_calls: whether rate limits were enabled when the settings were last read.
    """

    def __init__(self, path: Path | None, clock: SandboxClock, random_id: Callable[[], uuid.UUID] = uuid.uuid4) -> None:
        self._connection = open_database(path, MIGRATIONS)
        self._lock = threading.RLock()
        self._clock = clock
        self._random_id = random_id
        self.counts_calls = False

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """Give the connection for reading; the rows seen are those of one moment."""
        with self._lock:
            self._connection.execute("BEGIN")
            try:
                yield self._connection
            finally:
                self._connection.execute("COMMIT")

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Give the connection for one transaction, committed at the end of the block."""
        with self._lock, transaction(self._connection) as db:
            yield db

    def close(self) -> None:
        """Close the database, after the transaction in progress."""
        with self._lock:
            self._connection.close()

    def settings(self, db: sqlite3.Connection) -> SandboxSettings:
        """Return the stored settings."""
        row = db.execute("SELECT value FROM meta WHERE name = 'settings'").fetchone()
        settings = SandboxSettings(**json.loads(row["value"])) if row else SandboxSettings()
        self.counts_calls = settings.rate_limits_enabled
        return settings

    def save_settings(self, db: sqlite3.Connection, settings: SandboxSettings) -> None:
        """Store *settings* in place of the old ones."""
        db.execute("INSERT OR REPLACE INTO meta VALUES ('settings', ?)", (json.dumps(asdict(settings)),))
        self.counts_calls = settings.rate_limits_enabled

    def first_settings(self, wanted: SandboxSettings) -> SandboxSettings:
        """Return the settings to start with: *wanted*, but seed and clock of stored data win."""
        with self.write() as db:
            if db.execute("SELECT 1 FROM meta WHERE name = 'settings'").fetchone():
                stored = self.settings(db)
                wanted = replace(
                    stored, step_seconds=wanted.step_seconds, reproducible=wanted.reproducible or stored.reproducible
                )
            self.save_settings(db, wanted)
        return wanted

    def now(self, settings: SandboxSettings) -> int:
        """Return the present on the sandbox clock."""
        return self._clock.now() + settings.clock_offset_us

    def clear(self, db: sqlite3.Connection) -> None:
        """Empty every table but the settings."""
        tables = db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name != 'meta'").fetchall()
        for table in tables:
            db.execute(f"DELETE FROM {table['name']}")  # noqa: S608 - the names are the schema's own

    def take(self, db: sqlite3.Connection, kind: str, count: int = 1) -> int:
        """Take the next *count* ordinals of *kind*; return the first, counting from 1."""
        row = db.execute(
            "INSERT INTO counters VALUES (?, ?) ON CONFLICT (kind) DO UPDATE SET taken = taken + excluded.taken "
            "RETURNING taken",
            (kind, count),
        ).fetchone()
        return int(row["taken"]) - count + 1

    def identify(self, settings: SandboxSettings, kind: str, origin: int | str) -> str:
        """Return the id of a new row: by chance, or if reproducible from seed, kind and origin (ordinal or parent)."""
        if not settings.reproducible:
            return str(self._random_id())
        digest = hashlib.blake2b(f"{settings.seed}/{kind}/{origin}".encode(), digest_size=16).digest()
        return str(uuid.UUID(bytes=digest, version=4))

    def creation_stamp(self, db: sqlite3.Connection, settings: SandboxSettings) -> int:
        """Return the stamp of a new row: the present, or the next minute after the fixed epoch if reproducible."""
        if not settings.reproducible:
            return self.now(settings)
        return EPOCH_US + self.take(db, "stamp") * MINUTE_US

    def replay(self, db: sqlite3.Connection, call: SandboxCall, key: str | None) -> SandboxResponse | None:
        """Return the stored response of an equal earlier call under *key*; another body under it is a 409."""
        if key is None:
            return None
        row = db.execute(
            "SELECT * FROM replays WHERE organisation = ? AND method = ? AND path = ? AND key = ?",
            (call.key.organisation, call.method, call.path, key),
        ).fetchone()
        if row is None:
            return None
        if row["fingerprint"] != call.fingerprint():
            raise conflict(
                "IDEMPOTENCY_CONFLICT",
                "This Idempotency-Key was used with another body. A changed body needs a new key.",
            )
        return SandboxResponse(row["status"], row["body"].encode(), {HEADER_IDEMPOTENCY_REPLAYED: "true"})

    def remember(self, db: sqlite3.Connection, call: SandboxCall, key: str | None, given: SandboxResponse) -> None:
        """Store a successful response for replay under *key*."""
        if key is not None:
            asked = (call.key.organisation, call.method, call.path, key, call.fingerprint())
            row = (*asked, given.status, given.body.decode())
            db.execute("INSERT INTO replays VALUES (?, ?, ?, ?, ?, ?, ?)", row)


def select_page(
    db: sqlite3.Connection, columns: str, source: str, values: Sequence[Any], order: str, page: PageRequest
) -> tuple[list[sqlite3.Row], int]:
    """Return one page of the rows of *source*, and how many there are; only *values* may come from outside."""
    total = db.execute(f"SELECT COUNT(*) FROM {source}", values).fetchone()[0]  # noqa: S608 - our own texts
    query = f"SELECT {columns} FROM {source} ORDER BY {order} LIMIT ? OFFSET ?"  # noqa: S608 - our own texts
    return db.execute(query, (*values, page.limit, page.offset)).fetchall(), total


def sole_row(db: sqlite3.Connection, kind: str, identifier: str, query: str, *values: str | None) -> sqlite3.Row:
    """Return the first row of *query*, or raise the 404 of a *kind* that has no such *identifier*."""
    row: sqlite3.Row | None = db.execute(query, values).fetchone()
    if row is None:
        raise not_found(kind, identifier)
    return row
