"""Delivered companies: written once when an order completes, read as pages of stored JSON."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any, Final

from openprospect_nb.contract import ReviewStatus
from openprospect_nb.sandbox.clock import stamp
from openprospect_nb.sandbox.server.call import PageRequest, dump

_GAP_US: Final = 1000
_ALTERNATES: Final = (ReviewStatus.ACCEPTED, ReviewStatus.REJECTED)


def add_results(
    db: sqlite3.Connection, order: sqlite3.Row, search_id: str, completed_us: int, documents: Sequence[dict[str, Any]]
) -> None:
    """Store an order's companies, in order, delivered 1 ms apart, the last at *completed_us*."""
    place = db.execute("SELECT COUNT(*) FROM companies WHERE search_id = ?", (search_id,)).fetchone()[0]
    first_us = completed_us - _GAP_US * (len(documents) - 1)
    for rank, document in enumerate(documents):
        delivered_us = first_us + _GAP_US * rank
        document["delivered_at"] = stamp(delivered_us)
        result_id = db.execute(
            "INSERT INTO results (order_id, rank, search_id, company_id, delivered_us, document) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (order["order_id"], rank, search_id, document["id"], delivered_us, dump(document)),
        ).lastrowid
        facts = (search_id, document["id"], order["organisation"], result_id)
        _add_company(db, facts, document, delivered_us, place + rank)
        _add_prospects(db, facts, document["prospects"], delivered_us)


def delivered_ids(db: sqlite3.Connection, search_id: str) -> frozenset[str]:
    """Return the ids of the companies that a search was given so far."""
    rows = db.execute("SELECT company_id FROM companies WHERE search_id = ?", (search_id,))
    return frozenset(row["company_id"] for row in rows)


def result_page(
    db: sqlite3.Connection, order_id: str, since_us: int | None, page: PageRequest
) -> tuple[list[str], int]:
    """Return one page of an order's companies delivered after *since_us* as JSON texts, and how many there are."""
    total = db.execute("SELECT COUNT(*) FROM results WHERE order_id = ?", (order_id,)).fetchone()[0]
    skipped = 0
    if since_us is not None:
        skipped = db.execute(
            "SELECT COUNT(*) FROM results WHERE order_id = ? AND delivered_us <= ?", (order_id, _bounded(since_us))
        ).fetchone()[0]
    first = min(skipped + page.offset, total)
    rows = db.execute(
        "SELECT document FROM results WHERE order_id = ? AND rank >= ? AND rank < ? ORDER BY rank",
        (order_id, first, first + page.limit),
    )
    return [row["document"] for row in rows], total - skipped


def delivery_page(
    db: sqlite3.Connection, search_id: str, since_us: int | None, page: PageRequest
) -> tuple[list[str], int]:
    """Return one page of a search's companies delivered after *since_us* as JSON texts, and how many there are."""
    bound = -1 if since_us is None else _bounded(since_us)
    total = db.execute(
        "SELECT COUNT(*) FROM results WHERE search_id = ? AND delivered_us > ?", (search_id, bound)
    ).fetchone()[0]
    rows = db.execute(
        "SELECT document FROM results JOIN (SELECT id AS wanted FROM results WHERE search_id = ? AND delivered_us > ? "
        "ORDER BY delivered_us, company_id LIMIT ? OFFSET ?) ON id = wanted ORDER BY delivered_us, company_id",
        (search_id, bound, page.limit, page.offset),
    )
    return [row["document"] for row in rows], total


def _bounded(us: int) -> int:
    # SQLite refuses integers of more than 64 bits; no delivery is that far off
    return max(-(2**62), min(us, 2**62))


def _add_company(
    db: sqlite3.Connection, facts: tuple[Any, ...], document: dict[str, Any], delivered_us: int, place: int
) -> None:
    turn, part = divmod(place, 3)
    status = _ALTERNATES[turn % 2] if part == 2 else ReviewStatus.PENDING
    summary = {
        "id": document["id"],
        "prospect_search_id": facts[0],
        **{name: document[name] for name in ("name", "city", "country", "business_type")},
        "website": document["website_url"],
        "match_score": document["match_score"],
        "review_status": status,
        **{name: document[name] for name in ("employee_count", "description", "delivered_at")},
    }
    people = [f"{p['first_name']} {p['last_name'] or ''} {p['job_title'] or ''}" for p in document["prospects"]]
    words = [document["name"], document["city"], document["business_type"], *people]
    text = "\n".join(word for word in words if word).casefold()
    db.execute(
        "INSERT OR REPLACE INTO companies VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (*facts, document["match_score"], status, delivered_us, text, dump(summary)),
    )


def _add_prospects(
    db: sqlite3.Connection, facts: tuple[Any, ...], prospects: Sequence[dict[str, Any]], delivered_us: int
) -> None:
    search_id, company_id, organisation, _ = facts
    rows = []
    for person in prospects:
        words = (str(person[name] or "") for name in ("first_name", "last_name", "job_title", "email"))
        text = "\n".join(words).casefold()
        rows.append((search_id, person["id"], company_id, organisation, delivered_us, text, dump(person)))
    db.executemany("INSERT OR REPLACE INTO prospects VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
