"""Profile creations, the profiles they make, and the prospect search of each profile."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from openprospect_nb.contract import ProfileStatus
from openprospect_nb.sandbox.clock import stamp
from openprospect_nb.sandbox.orders.fulfilment import Hop
from openprospect_nb.sandbox.records.searches import SearchOrigin, add_search
from openprospect_nb.sandbox.records.store import Store, sole_row
from openprospect_nb.sandbox.server.call import dump


def add_creation(
    db: sqlite3.Connection, store: Store, organisation: str, name: str, content: Mapping[str, Any]
) -> sqlite3.Row:
    """Store a new profile creation, ``PENDING``; return its row."""
    settings = store.settings(db)
    ordinal = store.take(db, "profile_creation")
    identifier = store.identify(settings, "profile_creation", ordinal)
    created = store.creation_stamp(db, settings)
    progress = (ProfileStatus.PENDING, store.now(settings), created, created)
    row = (identifier, ordinal, organisation, *progress, name, dump(content))
    db.execute("INSERT INTO creations VALUES (?, ?, ?, ?, ?, ?, ?, NULL, ?, NULL, ?)", row)
    return creation_row(db, organisation, identifier)


def creation_row(db: sqlite3.Connection, organisation: str | None, identifier: str) -> sqlite3.Row:
    """Return a creation that *organisation* may see (None: any)."""
    query = "SELECT * FROM creations WHERE profile_creation_id = ? AND organisation = IFNULL(?, organisation)"
    return sole_row(db, "profile_creation", identifier, query, identifier, organisation)


def creation_object(row: sqlite3.Row) -> dict[str, Any]:
    """Return the wire object of a profile creation."""
    return {
        "profile_creation_id": row["profile_creation_id"],
        "status": row["status"],
        "profile_id": row["profile_id"],
        "profile_name": row["profile_name"],
        "message": row["message"],
        "created_at": stamp(row["created_us"]),
        "updated_at": stamp(row["stamp_us"]),
    }


def enter_creation(db: sqlite3.Connection, store: Store, row: sqlite3.Row, hop: Hop, message: str | None) -> None:
    """Move a creation into the state of *hop*; ``SUCCEEDED`` makes the profile and its search."""
    profile_id = None
    if hop.status == ProfileStatus.SUCCEEDED:
        origin = SearchOrigin(
            organisation=row["organisation"],
            row=f"creation {row['ordinal']}",
            name=row["profile_name"],
            content=json.loads(row["content"]),
        )
        profile_id = add_profile(db, store, origin, hop.stamp_us)
    if hop.status == ProfileStatus.FAILED:
        message = message or "The profile could not be created. Try again under a new Idempotency-Key."
    db.execute(
        "UPDATE creations SET status = ?, entered_us = ?, stamp_us = ?, profile_id = ?, message = ? "
        "WHERE profile_creation_id = ?",
        (hop.status, hop.entered_us, hop.stamp_us, profile_id, message, row["profile_creation_id"]),
    )


def add_profile(db: sqlite3.Connection, store: Store, origin: SearchOrigin, stamp_us: int) -> str:
    """Store a profile and its prospect search; return the profile's id."""
    identifier = store.identify(store.settings(db), "profile", origin.row)
    search_id = add_search(db, store, origin, stamp_us)
    db.execute(
        "INSERT INTO profiles VALUES (?, ?, ?, ?, ?)",
        (identifier, origin.organisation, search_id, origin.name, dump(origin.content)),
    )
    return identifier


def profile_row(db: sqlite3.Connection, organisation: str, identifier: str) -> sqlite3.Row:
    """Return a profile of *organisation*."""
    query = "SELECT * FROM profiles WHERE profile_id = ? AND organisation = ?"
    return sole_row(db, "profile", identifier, query, identifier, organisation)
