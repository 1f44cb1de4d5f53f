"""The disk: SQLite connections that can be cut off at any statement, and files that are lost, torn or restored."""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

JOURNAL = "journal.sqlite"
PARTS = ("", "-wal", "-shm")
WATCHED = {"open", "os.rename", "os.remove", "os.mkdir", "os.truncate"}
Files = Mapping[str, bytes]


class Killed(BaseException):
    """The process is dead; what it still runs in here must change nothing."""


class Connection(sqlite3.Connection):
    """A connection that asks *before* and *after* each statement whether its process lives on.

    Attributes:
        gives: whether the open transaction writes down that the user has an order in hand.
    """

    before: Callable[[Connection, str], None] = staticmethod(lambda connection, statement: None)
    gives = False
    after: Callable[[Connection, str], None] = staticmethod(lambda connection, statement: None)

    def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
        """Run one statement, unless the process is or was killed there; nobody waits for a lock in real time."""
        if sql.startswith("PRAGMA busy_timeout"):
            sql = "PRAGMA busy_timeout = 0"
        self.gives = "given_at = :" in sql or (self.gives and sql != "BEGIN IMMEDIATE")
        self.before(self, sql)
        cursor = super().execute(sql, *parameters)
        self.after(self, sql)
        return cursor

    def close(self) -> None:
        """Close, unless the process is dead: then the world lets go of the file."""
        self.before(self, "CLOSE")
        super().close()

    def let_go(self) -> None:
        """Close without asking anybody."""
        super().close()


_WATCHERS: list[Callable[[str, str], None]] = []


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    if _WATCHERS and event in WATCHED and isinstance(arguments[0], str | bytes | Path):
        _WATCHERS[-1](event, os.fsdecode(arguments[0]))


@contextmanager
def watched(watcher: Callable[[str, str], None]) -> Iterator[None]:
    """Tell *watcher* of every file before it is opened, renamed or removed; what it raises keeps that from happening.

    Python's own audit events are used, so that nothing of the package is replaced. A hook cannot be taken away again:
    one is set, and does nothing outside of this.
    """
    _set_hook()
    _WATCHERS.append(watcher)
    try:
        yield
    finally:
        _WATCHERS.pop()


def _by_nobody(event: str, path: str) -> None:
    """What the world itself does to files is nobody's doing."""


@cache
def _set_hook() -> None:
    sys.addaudithook(_hear)


def read_files(home: Path) -> Files:
    """Return the journal's files as they are now."""
    paths = [home / f"{JOURNAL}{part}" for part in PARTS]
    with watched(_by_nobody):
        return {path.name: path.read_bytes() for path in paths if path.exists()}


def write_files(home: Path, files: Files) -> None:
    """Make the journal's files what they were, whatever they are now."""
    with watched(_by_nobody):
        for part in PARTS:
            (home / f"{JOURNAL}{part}").unlink(missing_ok=True)
        for name, content in files.items():
            (home / name).write_bytes(content)


def tear(before: Files, after: Files, part: float) -> Files:
    """Return the files as a commit that was cut off leaves them: only a part of what it wrote to the log is there.

    A commit appends to the log, or, after a checkpoint, writes over it from the start; the rest is what stood there.
    """
    wal = f"{JOURNAL}-wal"
    old, new = before.get(wal, b""), after.get(wal, b"")
    written = [place for place in range(len(new)) if old[place : place + 1] != new[place : place + 1]]
    if not written:
        return after
    cut = written[0] + int(part * (written[-1] + 1 - written[0]))
    return {**after, wal: new[:cut] + old[cut:]}


def _zero(home: Path, where: float) -> None:
    path = home / JOURNAL
    path.write_bytes(bytes(path.stat().st_size))


def _empty(home: Path, where: float) -> None:
    (home / JOURNAL).write_bytes(b"")


def _truncate(home: Path, where: float) -> None:
    path = home / JOURNAL
    path.write_bytes(path.read_bytes()[: int(where * path.stat().st_size)])


def _scribble(home: Path, where: float) -> None:
    path = home / JOURNAL
    content = bytearray(path.read_bytes())
    start = int(where * max(0, len(content) - 600))
    content[start : start + 600] = b"\xa5" * len(content[start : start + 600])
    path.write_bytes(bytes(content))


def _remove(home: Path, where: float) -> None:
    write_files(home, {})


def _lose_log(home: Path, where: float) -> None:
    write_files(home, {name: content for name, content in read_files(home).items() if name == JOURNAL})


DAMAGES: Mapping[str, Callable[[Path, float], None]] = {
    "zeroed": _zero,
    "emptied": _empty,
    "truncated": _truncate,
    "scribbled over": _scribble,
    "removed": _remove,
    "left without its -wal": _lose_log,
}
