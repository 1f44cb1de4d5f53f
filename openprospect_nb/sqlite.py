"""Open a SQLite file the way every store of this package does: private, WAL, durable, migrated."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from importlib.resources import files
from pathlib import Path

from openprospect_nb.errors import JournalError

Migration = Callable[[sqlite3.Connection], None]
Connect = Callable[..., sqlite3.Connection]
BUSY_MS = 10_000
DAMAGED = "DAMAGED"
# SQLite opens no path longer than this; "-journal" is added to it.
LONGEST_PATH = 500
# What reading or writing a file raises. SQLite quotes a damaged schema in its message, which Python then cannot read.
UNUSABLE = (sqlite3.Error, UnicodeError)
# What SQLite answers where a file's content is wrong: pages, header, or tables that are not ours. All else is the
# machine's fault (rights, locks, disk), or ours.
_DAMAGE = frozenset(
    {
        sqlite3.SQLITE_ERROR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_FORMAT,
        sqlite3.SQLITE_EMPTY,
        sqlite3.SQLITE_SCHEMA,
    }
)


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
    connection: sqlite3.Connection | None = None
    try:
        connection = connect(
            ":memory:" if path is None else path, timeout=BUSY_MS / 1000, isolation_level=None, check_same_thread=False
        )
        connection.row_factory = sqlite3.Row
        connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("PRAGMA foreign_keys = ON")
        verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if verdict != "ok":
            raise sqlite3.DatabaseError(str(verdict))
        _migrate(connection, migrations)
    except (*UNUSABLE, JournalError) as error:
        if connection is not None:
            connection.close()
        if isinstance(error, JournalError):
            raise
        raise _unopened(path, error) from error
    return connection


def step(path: str) -> Migration:
    """Return the step of a schema that runs the statements of an SQL file of this package."""

    def run(connection: sqlite3.Connection) -> None:
        # One by one: a script would end the transaction that a migration is.
        for statement in _text(path).split(";\n"):
            connection.execute(statement)

    return run


@cache
def _text(path: str) -> str:
    return files("openprospect_nb").joinpath(path).read_text("utf-8")


def is_damage(error: sqlite3.Error | UnicodeError) -> bool:
    """Whether *error* says that a file's content is wrong, and not that the machine refused something."""
    if isinstance(error, UnicodeError):
        return True
    code = getattr(error, "sqlite_errorcode", None)
    return type(error) is sqlite3.DatabaseError if code is None else code & 0xFF in _DAMAGE


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Run the block as the one writer: ``BEGIN IMMEDIATE``, then commit, or roll back on any exception.

    Raises:
        JournalError: the file cannot be written: the disk is full, another writer does not let go, it is damaged
            (code `DAMAGED`), or it was closed meanwhile.
    """
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield connection
        connection.execute("COMMIT")
    except BaseException as error:
        # A commit that failed may leave the transaction open, or may have closed it.
        with suppress(sqlite3.Error):
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        if isinstance(error, UNUSABLE):
            raise unusable(error, "written") from error
        raise


def unusable(error: sqlite3.Error | UnicodeError, what: str) -> JournalError:
    """Return the error of a database that cannot be *what*: read, or written."""
    if is_damage(error):
        return JournalError(
            f"the local database is damaged ({error}).",
            code=DAMAGED,
            next_step="Make a new client: it rescues what can be read, and says what could not.",
        )
    return JournalError(
        f"the local database cannot be {what} ({error}).",
        next_step="Free disk space or check the folder's rights, then run it again; nothing is bought twice.",
    )


def _unopened(path: Path | None, error: sqlite3.Error | UnicodeError) -> JournalError:
    if is_damage(error):
        return JournalError(f"{path} is not a readable database ({error}).", code=DAMAGED)
    if path is not None and len(os.fsencode(path.absolute())) > LONGEST_PATH:
        return JournalError(
            f"the path of the local database has more than {LONGEST_PATH} characters ({path}).",
            next_step="Choose a folder with a shorter path: home= or OPENPROSPECT_HOME.",
        )
    return JournalError(
        f"{path}: {error}.", next_step="Check that the folder is writable and the disk is not full, or choose home=."
    )


def emptied(connection: sqlite3.Connection) -> str | None:
    """Rewrite the file and cut its log, so that no free page keeps what was erased; return in words what is left.

    Readers in other processes keep the log as it is; they are waited for a second.
    """
    try:
        connection.execute("PRAGMA busy_timeout = 1000")
        connection.execute("VACUUM")
        is_busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    except sqlite3.Error as error:
        return f"not yet: {error}; close other kernels on this home and forget again"
    finally:
        connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
    return "not yet: another kernel keeps bytes in the log; close it and forget again" if is_busy else None


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
        if version < 0:
            raise sqlite3.DatabaseError(f"schema version {version}")
        for number in range(version, newest):
            migrations[number](connection)
        connection.execute(f"PRAGMA user_version = {newest}")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
