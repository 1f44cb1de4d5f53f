"""The journal's numbered schema steps; all but one are SQL, in ``steps``."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from openprospect_nb.sqlite import Migration, step


def _sending(connection: sqlite3.Connection) -> None:
    # The first journals lack the column although they carry the number of those that have it.
    if "sent_at" not in {row["name"] for row in connection.execute("PRAGMA table_info(purchases)")}:
        connection.execute("ALTER TABLE purchases ADD COLUMN sent_at TEXT")


# A step that was ever committed is never edited: files made by it exist. A change is a new step at the end.
MIGRATIONS: Sequence[Migration] = (
    *(step(f"journal/steps/{name}.sql") for name in ("1_purchases", "2_sightings", "3_flows")),
    _sending,
    *(step(f"journal/steps/{name}.sql") for name in ("5_guarding", "6_giving", "7_telling", "8_counting")),
)
