"""The numbered steps of the sandbox database's schema; the first makes what ``schema.sql`` says."""

from __future__ import annotations

import sqlite3
from importlib.resources import files
from typing import Final

from openprospect_nb.sqlite import Migration


def _create(connection: sqlite3.Connection) -> None:
    schema = files("openprospect_nb.sandbox.records").joinpath("schema.sql").read_text("utf-8")
    for statement in schema.split(";\n"):  # one by one: a script would end the transaction that a migration is
        connection.execute(statement)


MIGRATIONS: Final[tuple[Migration, ...]] = (_create,)
