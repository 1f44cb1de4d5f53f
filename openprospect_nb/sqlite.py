"""Open a SQLite file the way every store of this package does: private, WAL, durable, migrated."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from openprospect_nb.errors import JournalError

Migration = Callable[[sqlite3.Connection], None]
Connect = Callable[..., sqlite3.Connection]
BUSY_MS = 10_000
DAMAGED = "DAMAGED"


def open_database(
    path: Path | None, migrations: Sequence[Migration], *, connect: Connect = sqlite3.connect
) -> sqlite3.Connection:
    """Return a connection in autocommit mode whose schema is at the newest of *migrations*.

    Args:
        path: the file, created with mode 0600; ``None`` keeps the database in memory.
        migrations: numbered steps; step *n* takes the schema from version *n* to *n + 1*, in one transaction.
        connect: takes the arguments of `sqlite3.connect`.

    Raises:
        JournalError: the file is no database or is damaged (code `DAMAGED`), cannot be written, or was written by a
            newer version of this package.
    """
    if path is not None:
        _create_private(path)
    connection = connect(
        ":memory:" if path is None else path, timeout=BUSY_MS / 1000, isolation_level=None, check_same_thread=False
    )
    connection.row_factory = sqlite3.Row
    try:
        connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("PRAGMA foreign_keys = ON")
        _check(connection)
        _migrate(connection, migrations)
    except sqlite3.DatabaseError as error:
        connection.close()
        if isinstance(error, sqlite3.OperationalError):
            raise JournalError(
                f"{path}: {error}. Check that the folder is writable and the disk is not full."
            ) from error
        raise JournalError(f"{path} is not a readable database ({error}).", code=DAMAGED) from error
    except JournalError:
        connection.close()
        raise
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Run the block as the one writer: ``BEGIN IMMEDIATE``, then commit, or roll back on any exception.

    Raises:
        JournalError: the file cannot be written: the disk is full, or another writer does not let go.
    """
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield connection
        connection.execute("COMMIT")
    except BaseException as error:
        # A commit that failed may leave the transaction open, or may have closed it.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        if isinstance(error, sqlite3.OperationalError):
            raise JournalError(
                f"the local database cannot be written ({error}).",
                next_step="Free disk space or check the folder's rights, then run it again; nothing is bought twice.",
            ) from error
        raise


def _create_private(path: Path) -> None:
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise JournalError(
            f"{path} cannot be written ({error.strerror}).", next_step="Choose another folder with home=."
        ) from error


def _migrate(connection: sqlite3.Connection, migrations: Sequence[Migration]) -> None:
    newest = len(migrations)
    if _version(connection) == newest:
        return
    with transaction(connection):
        version = _version(connection)
        if version > newest:
            raise JournalError(
                f"the database has schema version {version}, this package knows {newest}. Upgrade openprospect-nb."
            )
        for number in range(version, newest):
            migrations[number](connection)
        connection.execute(f"PRAGMA user_version = {newest}")


def _check(connection: sqlite3.Connection) -> None:
    found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise sqlite3.DatabaseError(str(found))


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
