"""Blacklists, their entries, and their assignment to prospect searches."""

from __future__ import annotations

import sqlite3

from openprospect_nb.sandbox.problems import not_found

__all__ = ["assigned_ids", "blacklist_row"]


def blacklist_row(db: sqlite3.Connection, organisation: str, identifier: str) -> sqlite3.Row:
    """Return a blacklist of *organisation* with its ``entry_count``."""
    row: sqlite3.Row | None = db.execute(
        "SELECT *, (SELECT COUNT(*) FROM entries WHERE blacklist_id = id) AS entry_count FROM blacklists "
        "WHERE id = ? AND organisation = ?",
        (identifier, organisation),
    ).fetchone()
    if row is None:
        raise not_found("blacklist", identifier)
    return row


def assigned_ids(db: sqlite3.Connection, search_id: str) -> list[str]:
    """Return the ids of the blacklists assigned to a search."""
    rows = db.execute("SELECT blacklist_id FROM search_blacklists WHERE search_id = ? ORDER BY place", (search_id,))
    return [row["blacklist_id"] for row in rows]
