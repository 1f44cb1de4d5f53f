"""The journal's numbered schema steps."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from openprospect_nb.sqlite import Migration


def _purchases(connection: sqlite3.Connection) -> None:
    connection.execute(
        """
        CREATE TABLE purchases (
            account TEXT NOT NULL, key TEXT NOT NULL, kind TEXT NOT NULL, name TEXT, intent TEXT NOT NULL,
            options TEXT NOT NULL, profile TEXT, icp_hash TEXT, flow TEXT NOT NULL,
            quantity INTEGER, price REAL, budget REAL, cost REAL, currency TEXT,
            profile_key TEXT, profile_creation_id TEXT, profile_id TEXT, order_id TEXT,
            status TEXT, problem TEXT, intended_at TEXT NOT NULL, sent_at TEXT, bound_at TEXT, finished_at TEXT,
            lease_owner TEXT, lease_until REAL,
            PRIMARY KEY (account, key)
        ) STRICT
        """
    )
    connection.execute("CREATE UNIQUE INDEX purchases_by_name ON purchases (account, name) WHERE name IS NOT NULL")
    connection.execute("CREATE INDEX purchases_by_intent ON purchases (account, intent, intended_at)")
    connection.execute("CREATE INDEX purchases_by_order ON purchases (account, order_id)")


def _sightings(connection: sqlite3.Connection) -> None:
    connection.execute(
        """
        CREATE TABLE sightings (
            account TEXT NOT NULL, order_id TEXT NOT NULL, status TEXT NOT NULL, seen_at TEXT NOT NULL,
            PRIMARY KEY (account, order_id, status)
        ) STRICT
        """
    )


def _flows(connection: sqlite3.Connection) -> None:
    connection.execute(
        "CREATE TABLE flows (account TEXT PRIMARY KEY, flow TEXT NOT NULL, learned_at TEXT NOT NULL) STRICT"
    )


def _sending(connection: sqlite3.Connection) -> None:
    # The first journals lack the column although they carry the number of those that have it.
    if "sent_at" not in {row["name"] for row in connection.execute("PRAGMA table_info(purchases)")}:
        connection.execute("ALTER TABLE purchases ADD COLUMN sent_at TEXT")


def _guarding(connection: sqlite3.Connection) -> None:
    for column in ("profile_sent_at TEXT", "again INTEGER", "lost INTEGER", "lease_seconds REAL"):
        connection.execute(f"ALTER TABLE purchases ADD COLUMN {column}")
    # Earlier versions did not note when a profile's creation left: what has no answer may have been sent.
    connection.execute(
        "UPDATE purchases SET profile_sent_at = intended_at WHERE profile_key IS NOT NULL AND profile_id IS NULL"
    )


def _giving(connection: sqlite3.Connection) -> None:
    for column in ("given_at TEXT", "doubted_at TEXT"):
        connection.execute(f"ALTER TABLE purchases ADD COLUMN {column}")
    # What was bought before is taken for known: whoever bought it has had it in hand since.
    connection.execute(
        "UPDATE purchases SET given_at = coalesce(bound_at, finished_at, intended_at)"
        " WHERE order_id IS NOT NULL OR (kind = 'PROFILE' AND profile_id IS NOT NULL)"
    )


def _telling(connection: sqlite3.Connection) -> None:
    # From here on resume() tells of whatever ended without anybody having been told; what ended before is old news.
    connection.execute(
        "UPDATE purchases SET given_at = coalesce(finished_at, intended_at)"
        " WHERE given_at IS NULL AND problem IS NOT NULL"
    )


# A step that was ever committed is never edited: files made by it exist. A change is a new step at the end.
MIGRATIONS: Sequence[Migration] = (_purchases, _sightings, _flows, _sending, _guarding, _giving, _telling)
