"""Blacklists, their entries, and their assignment to prospect searches."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from openprospect_nb.sandbox.clock import stamp
from openprospect_nb.sandbox.orders.packing import entry_keys
from openprospect_nb.sandbox.records.store import Store, select_page, sole_row
from openprospect_nb.sandbox.server.call import PageRequest, dump

_COLUMNS = "blacklists.*, (SELECT COUNT(*) FROM entries WHERE blacklist_id = blacklists.id) AS entry_count"
_NEWEST = "created_us DESC, id"


def add_blacklist(
    db: sqlite3.Connection, store: Store, organisation: str, name: str, description: str | None
) -> sqlite3.Row:
    """Store a new, empty blacklist; return its row."""
    settings = store.settings(db)
    identifier = store.identify(settings, "blacklist", store.take(db, "blacklist"))
    created = store.creation_stamp(db, settings)
    db.execute(
        "INSERT INTO blacklists VALUES (?, ?, ?, ?, ?, ?)",
        (identifier, organisation, name, description, created, created),
    )
    return blacklist_row(db, organisation, identifier)


def blacklist_row(db: sqlite3.Connection, organisation: str, identifier: str) -> sqlite3.Row:
    """Return a blacklist of *organisation* with its ``entry_count``."""
    query = f"SELECT {_COLUMNS} FROM blacklists WHERE id = ? AND organisation = ?"  # noqa: S608 - our own texts
    return sole_row(db, "blacklist", identifier, query, identifier, organisation)


def blacklist_page(db: sqlite3.Connection, organisation: str, page: PageRequest) -> tuple[list[str], int]:
    """Return one page of blacklists as JSON texts, newest first, and how many there are."""
    source = "blacklists WHERE organisation = ?"
    rows, total = select_page(db, _COLUMNS, source, (organisation,), _NEWEST, page)
    return [dump(blacklist_object(row)) for row in rows], total


def blacklist_object(row: sqlite3.Row) -> dict[str, Any]:
    """Return the wire object of a blacklist."""
    return {
        **{name: row[name] for name in ("id", "name", "description", "entry_count")},
        "created_at": stamp(row["created_us"]),
        "updated_at": stamp(row["updated_us"]),
    }


def save_blacklist(db: sqlite3.Connection, store: Store, row: sqlite3.Row, name: str, description: str | None) -> None:
    """Store a blacklist's new name and description."""
    updated = max(store.creation_stamp(db, store.settings(db)), row["updated_us"])
    db.execute(
        "UPDATE blacklists SET name = ?, description = ?, updated_us = ? WHERE id = ?",
        (name, description, updated, row["id"]),
    )


def drop_blacklist(db: sqlite3.Connection, identifier: str) -> None:
    """Delete a blacklist with its entries and assignments."""
    db.execute("DELETE FROM blacklists WHERE id = ?", (identifier,))


def add_entries(
    db: sqlite3.Connection, store: Store, blacklist_id: str, entries: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Store entries that are not there yet; return the wire objects of those added, in the order given."""
    settings = store.settings(db)
    created = store.creation_stamp(db, settings)
    created_at = stamp(created)
    first = store.take(db, "blacklist_entry", len(entries))
    added = []
    for ordinal, entry in enumerate(entries, first):
        identifier = store.identify(settings, "blacklist_entry", ordinal)
        body = dump(entry)
        digest = hashlib.blake2b(body.encode(), digest_size=16).hexdigest()
        cursor = db.execute(
            "INSERT OR IGNORE INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (identifier, blacklist_id, digest, created, *entry_keys(entry), body),
        )
        if cursor.rowcount:
            added.append({"id": identifier, **entry, "created_at": created_at})
    return added


def entry_page(db: sqlite3.Connection, blacklist_id: str, page: PageRequest) -> tuple[list[str], int]:
    """Return one page of entries as JSON texts, newest first, and how many there are."""
    source = "entries WHERE blacklist_id = ?"
    rows, total = select_page(db, "id, body, created_us", source, (blacklist_id,), _NEWEST, page)
    return [
        f'{{"id":"{row["id"]}",{row["body"][1:-1]},"created_at":"{stamp(row["created_us"])}"}}' for row in rows
    ], total


def drop_entries(db: sqlite3.Connection, blacklist_id: str, entry_ids: Sequence[str]) -> int:
    """Delete entries by id; unknown ids are ignored; return how many went."""
    return sum(
        db.execute("DELETE FROM entries WHERE blacklist_id = ? AND id = ?", (blacklist_id, identifier)).rowcount
        for identifier in entry_ids
    )


def assign(db: sqlite3.Connection, search_id: str, blacklist_ids: Sequence[str]) -> None:
    """Replace the blacklists assigned to a search."""
    db.execute("DELETE FROM search_blacklists WHERE search_id = ?", (search_id,))
    rows = [(search_id, place, identifier) for place, identifier in enumerate(blacklist_ids)]
    db.executemany("INSERT INTO search_blacklists VALUES (?, ?, ?)", rows)


def assigned_ids(db: sqlite3.Connection, search_id: str) -> list[str]:
    """Return the ids of the blacklists assigned to a search, as they were given."""
    rows = db.execute("SELECT blacklist_id FROM search_blacklists WHERE search_id = ? ORDER BY place", (search_id,))
    return [row["blacklist_id"] for row in rows]
