"""Companies and prospects as a prospect search shows them: filtered lists and single records."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from openprospect_nb.sandbox.records.store import select_page, sole_row
from openprospect_nb.sandbox.server.call import PageRequest


@dataclass(slots=True)
class Filter:
    """Conditions that all must hold; the texts are ours, the values are bound."""

    conditions: list[str] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)

    def add(self, condition: str, *values: Any) -> None:
        """Add a condition, unless its only value is None."""
        if values != (None,):
            self.conditions.append(condition)
            self.values.extend(values)

    def add_any(self, column: str, values: Sequence[str]) -> None:
        """Add "*column* is one of *values*", unless there are none."""
        if values:
            self.add(f"{column} IN ({', '.join('?' * len(values))})", *values)

    def contains(self, text: str | None) -> None:
        """Add "the searchable text contains *text*", whatever the case; None and empty find everything."""
        if text:
            self.add("instr(search_text, ?) > 0", text.casefold())

    @property
    def clause(self) -> str:
        """The text after WHERE."""
        return " AND ".join(self.conditions)


def company_page(db: sqlite3.Connection, chosen: Filter, page: PageRequest) -> tuple[list[str], int]:
    """Return one page of companies as JSON texts, best match first, and how many there are."""
    source = f"companies WHERE {chosen.clause}"
    rows, total = select_page(db, "summary", source, chosen.values, "match_score DESC, company_id", page)
    return [row["summary"] for row in rows], total


def company_record(db: sqlite3.Connection, organisation: str, company_id: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the summary and the full document of a company that was delivered to *organisation*, the latest one."""
    query = (
        "SELECT summary, document FROM companies JOIN results ON results.id = result_id "
        "WHERE companies.company_id = ? AND organisation = ? "
        "ORDER BY companies.delivered_us DESC, result_id DESC LIMIT 1"
    )
    row = sole_row(db, "company", company_id, query, company_id, organisation)
    return json.loads(row["summary"]), json.loads(row["document"])


def prospect_page(db: sqlite3.Connection, chosen: Filter, page: PageRequest) -> tuple[list[str], int]:
    """Return one page of prospects as JSON texts, latest delivery first, each person once, and how many there are."""
    total = db.execute(
        f"SELECT COUNT(DISTINCT prospect_id) FROM prospects WHERE {chosen.clause}",  # noqa: S608 - conditions are constants
        chosen.values,
    ).fetchone()[0]
    # SQLite takes a bare column from the row that has the maximum
    rows = db.execute(
        f"SELECT document, MAX(created_us) AS latest FROM prospects WHERE {chosen.clause} "  # noqa: S608
        "GROUP BY prospect_id ORDER BY latest DESC, prospect_id LIMIT ? OFFSET ?",
        (*chosen.values, page.limit, page.offset),
    )
    return [row["document"] for row in rows], total


def prospect_document(db: sqlite3.Connection, organisation: str, prospect_id: str) -> str:
    """Return a prospect that was delivered to *organisation*, as JSON text, the latest one."""
    query = "SELECT document FROM prospects WHERE prospect_id = ? AND organisation = ? ORDER BY created_us DESC LIMIT 1"
    return str(sole_row(db, "prospect", prospect_id, query, prospect_id, organisation)["document"])
