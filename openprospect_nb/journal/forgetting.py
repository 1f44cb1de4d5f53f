"""Blank whoever is to be forgotten in the journal's rows and its witness; what was bought stays known."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from openprospect_nb.journal.guard import MAY_BE_AT_THE_SERVER, Standing, standing
from openprospect_nb.journal.rows import from_sql
from openprospect_nb.journal.witness import hidden_name
from openprospect_nb.privacy.subjects import MARK, Wanted, blanked, blanked_text, mentions

StandIn = Callable[[str], str]
# Chosen by the caller, and known by: what stands for them is known again, see `Ledger.stand_in`.
CALLERS: Final = ("key", "profile_key", "name")
BODIES: Final = frozenset({"options", "profile", "key", "profile_key"})
UNPLACED: Final = "forgotten before it was placed"


@dataclass(slots=True)
class Blanking:
    """Whose traces go, and what stands for a caller's own words; *touched* counts the rows that changed."""

    wanted: Wanted
    stand_in: StandIn
    touched: int = 0
    _hidden: dict[str, str] = field(default_factory=dict)

    def rows(self, connection: sqlite3.Connection) -> None:
        """Blank them in every row of every table, inside the transaction of *connection*."""
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        for table in [row["name"] for row in tables.fetchall()]:
            rows = connection.execute(f'SELECT rowid AS "#", * FROM "{table}"').fetchall()  # noqa: S608 - from the schema
            for number, row in ((row["#"], dict(row)) for row in rows):
                changed = self.row(row)
                self.touched += bool(changed)
                try:
                    _update(connection, table, number, changed)
                except sqlite3.IntegrityError:
                    # Left behind by a crash between journal and witness: the same words stand there already.
                    mine = {name: f"{value}-{number}" for name, value in changed.items() if name in CALLERS}
                    _update(connection, table, number, {**changed, **mine})

    def row(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Return what has to change in a row: nothing where it names nobody."""
        changed: dict[str, Any] = {
            name: self._left(name, value)
            for name, value in row.items()
            if isinstance(value, str) and mentions(value, self.wanted)
        }
        if changed.get("name") is not None:
            self._hidden[hidden_name(row["name"])] = hidden_name(changed["name"])
        if "intended_at" in row and row["finished_at"] is None and changed.keys() & BODIES:
            where = standing(from_sql(row))
            # What may be at the server must not look as if it had bought nothing: that is for the user to decide.
            if where in MAY_BE_AT_THE_SERVER:
                changed["lost"] = 1
            elif where in {Standing.UNSENT, Standing.PROFILE_MADE}:
                changed["problem"] = UNPLACED
        return changed

    def line(self, line: Mapping[str, Any]) -> dict[str, Any]:
        """Return a line of the witness as it may stay; call it after `rows`."""
        left = dict(blanked({name: value for name, value in line.items() if name not in CALLERS}, self.wanted))
        for name in CALLERS:
            if isinstance(value := line.get(name), str):
                left[name] = self.stand_in(value) if mentions(value, self.wanted) else self._hidden.get(value, value)
        return left

    def _left(self, name: str, value: str) -> str:
        if name in CALLERS:
            return self.stand_in(value)
        return blanked_order(value, self.wanted) if name in {"options", "profile"} else blanked_text(value, self.wanted)


def blanked_order(stored: str, wanted: Wanted) -> str:
    """Return the stored body of an order as it may stay: a listed company that is named goes whole."""
    try:
        body = json.loads(stored)
    except ValueError:
        return MARK
    if isinstance(body, dict) and isinstance(body.get("companies"), list):
        body["companies"] = [
            {"company_name": MARK} if mentions(json.dumps(company, ensure_ascii=False), wanted) else company
            for company in body["companies"]
        ]
    return blanked_text(json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False), wanted)


def _update(connection: sqlite3.Connection, table: str, number: int, changed: Mapping[str, Any]) -> None:
    if changed:
        sets = ", ".join(f'"{name}" = :{name}' for name in changed)
        connection.execute(f'UPDATE "{table}" SET {sets} WHERE rowid = :_row', {**changed, "_row": number})  # noqa: S608 - from the schema
