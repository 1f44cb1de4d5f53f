"""Prospect searches: the server's working object of a profile, edited under optimistic locking."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from openprospect_nb.sandbox.clock import stamp
from openprospect_nb.sandbox.records.store import Store, select_page, sole_row
from openprospect_nb.sandbox.server.call import PageRequest, dump

STATUS: Final = "ACTIVE"


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchOrigin:
    """What a profile and its search are made from: whose, by which row, under which name, with which content."""

    organisation: str
    row: str
    name: str
    content: dict[str, Any]


def add_search(db: sqlite3.Connection, store: Store, origin: SearchOrigin, stamp_us: int) -> str:
    """Store the prospect search of a profile; return its id."""
    content = origin.content
    identifier = store.identify(store.settings(db), "prospect_search", origin.row)
    facts = {
        "ideal_customer_profile": content.get("ideal_customer_profile"),
        "geo_locations": [*(content.get("target_countries") or []), *(content.get("target_cities") or [])],
        "search_keywords": list(content.get("target_industries") or []),
        "language_config": {"output_language": content.get("output_language")},
        "company_extraction_commands": [],
        "prospect_extraction_commands": [],
    }
    db.execute(
        "INSERT INTO searches VALUES (?, ?, ?, 1, ?, ?, ?)",
        (identifier, origin.organisation, origin.name, stamp_us, stamp_us, dump(facts)),
    )
    return identifier


def search_row(db: sqlite3.Connection, organisation: str, identifier: str) -> sqlite3.Row:
    """Return a search of *organisation*."""
    query = "SELECT * FROM searches WHERE id = ? AND organisation = ?"
    return sole_row(db, "prospect_search", identifier, query, identifier, organisation)


def search_page(db: sqlite3.Connection, organisation: str, page: PageRequest) -> tuple[list[str], int]:
    """Return one page of searches as JSON texts, newest first, and how many there are."""
    source = "searches WHERE organisation = ?"
    rows, total = select_page(db, "id, name", source, (organisation,), "created_us DESC, id", page)
    return [dump({"id": row["id"], "name": row["name"], "status": STATUS}) for row in rows], total


def search_object(row: sqlite3.Row) -> dict[str, Any]:
    """Return the detail object of a search."""
    return {
        "id": row["id"],
        "name": row["name"],
        "status": STATUS,
        "version": row["version"],
        **json.loads(row["facts"]),
        "created_at": stamp(row["created_us"]),
        "updated_at": stamp(row["updated_us"]),
    }


def save_search(db: sqlite3.Connection, row: sqlite3.Row, changes: Mapping[str, Any], stamp_us: int) -> None:
    """Store *changes* (``name`` or facts) as the search's next version."""
    facts = json.loads(row["facts"])
    facts.update({name: value for name, value in changes.items() if name in facts})
    db.execute(
        "UPDATE searches SET name = ?, version = version + 1, updated_us = ?, facts = ? WHERE id = ?",
        (changes.get("name", row["name"]), max(stamp_us, row["updated_us"]), dump(facts), row["id"]),
    )
