"""The log of attempts to deliver webhook events."""

from __future__ import annotations

import sqlite3
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try to hand over an event: the receiver's status, or why there was none."""

    url: str
    body: str
    attempt: int
    status: int | None = None
    error: str | None = None


def add_attempt(db: sqlite3.Connection, attempt: Attempt) -> None:
    """Store an attempt."""
    db.execute(
        "INSERT INTO webhook_attempts (url, body, attempt, status, error) "
        "VALUES (:url, :body, :attempt, :status, :error)",
        asdict(attempt),
    )


def list_attempts(db: sqlite3.Connection) -> list[dict[str, Any]]:
    """Return all attempts, oldest first."""
    rows = db.execute("SELECT url, body, attempt, status, error FROM webhook_attempts ORDER BY id")
    return [dict(row) for row in rows]
