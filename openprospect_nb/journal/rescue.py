"""Bring a journal back to what its witness says it held: rows out of a damaged file, and what is known of the rest."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Final

from openprospect_nb.errors import JournalError
from openprospect_nb.journal.migrations import MIGRATIONS
from openprospect_nb.journal.rows import MOMENTS, PLAIN_FIELDS, from_sql
from openprospect_nb.journal.witness import NEEDED, Entry, Place, Testimony, Witness, entry_of
from openprospect_nb.sqlite import DAMAGED, UNUSABLE, Connect, open_database, transaction, unusable

TABLES: Final = ("purchases", "sightings", "flows")
COLUMNS: Final = {
    "purchases": ("account", "intent", "kind", "cost", "currency", "again", "counted", "lost", *PLAIN_FIELDS, *MOMENTS),
    "sightings": ("account", "order_id", "status", "seen_at"),
    "flows": ("account", "flow", "learned_at"),
}
# Every row, with its text only where it may still have to be sent; of the others it has to be JSON.
_IS_OPEN: Final = "order_id IS NULL AND problem IS NULL AND finished_at IS NULL"
_IN_SHORT: Final = (
    f"CASE WHEN {_IS_OPEN} OR {{0}} IS NULL OR NOT json_valid({{0}}) THEN {{0}}"
    " WHEN json_type({0}) = 'object' THEN '{{}}' ELSE '[]' END AS {0}"
)
ROWS_IN_SHORT: Final = (
    f"SELECT {', '.join(COLUMNS['purchases'])}, {_IN_SHORT.format('options')}, {_IN_SHORT.format('profile')}"  # noqa: S608 - names are ours
    " FROM purchases"
)
# Facts that say that something was done; a journal that lacks one which the witness has is an older copy.
DONE: Final = ("profile_sent_at", "profile_creation_id", "profile_id", "sent_at", "bound_at", "order_id")
# How many rows are asked for one by one where a damaged file cannot tell how many it has.
BLIND_ROWS: Final = 10_000
MOST_ROWS: Final = 1_000_000
ROOM: Final = "Free disk space or check the folder's rights, then make a new client; nothing was sent."
NOTHING_ORDERED: Final = "lost with the journal; no order had been sent"
# The application id of a journal whose witness has begun: "OPNB".
WITNESSED: Final = 0x4F504E42
CLOSED: Final = "it bought nothing; why was lost with the journal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """What the witness knows of one purchase that the journal does not, as columns of its row; *is_missing* if all."""

    place: Place
    facts: Entry
    is_missing: bool


def open_journal(path: Path, connect: Connect, witness: Witness) -> sqlite3.Connection:
    """Return a connection to the journal at *path*, after it was brought back to what *witness* says it held.

    Raises:
        JournalError: it is damaged: the file was moved aside, and a new one in its place holds what could be read.
    """
    testimony = witness.read()
    try:
        connection = _opened(path, connect)
    except JournalError as error:
        if error.code != DAMAGED:
            raise
        with _as_our_error():
            said = _replace(path, connect, witness, testimony)
        raise JournalError(
            f"{said} ({error.message})",
            code=DAMAGED,
            next_step="Look at client.orders.list() before ordering; the next client opens a new journal with what"
            " could be read, and says so until client.journal.acknowledge().",
        ) from error
    try:
        with _as_our_error():
            settle(connection, witness, testimony)
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def _as_our_error() -> Iterator[None]:
    try:
        yield
    except UNUSABLE as error:
        raise unusable(error, "read") from error
    except OSError as error:
        raise JournalError(f"a damaged journal cannot be moved aside ({error}).", next_step=ROOM) from error


def settle(connection: sqlite3.Connection, witness: Witness, testimony: Testimony) -> None:
    """Make journal and witness say the same, and have the witness remember in words what the journal had lost."""
    rows = {(row["account"], row["key"]): dict(row) for row in connection.execute(ROWS_IN_SHORT)}
    holes = gaps(testimony.entries, rows)
    unreadable = [
        p for p, row in rows.items() if p not in testimony.reported and (not row["lost"] and from_sql(row).lost)
    ]
    for words in (*_about_the_witness(connection, testimony), *_in_words(holes, unreadable)):
        if words not in testimony.losses:
            witness.lost(words, unreadable)
    if not testimony.is_begun:
        witness.begin()
    if holes:
        with transaction(connection):
            for gap in holes:
                fill(connection, gap)
    # The rows that hold more than the witness says: those of a journal that is older than its witness.
    ahead = [
        row for place, row in rows.items() if any(testimony.entries.get(place, {}).get(k) != v for k, v in _said(row))
    ]
    if ahead:
        witness.saw(ahead)
    # That there is a witness is noted in the main file, too, which may be copied without its log.
    if not _is_marked(connection):
        connection.execute(f"PRAGMA application_id = {WITNESSED}")
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)")


def gaps(entries: Mapping[Place, Entry], rows: Mapping[Place, Mapping[str, Any]]) -> list[Gap]:
    """Return where the journal's *rows* fall short of the witness's *entries*."""
    compared = (_gap(place, entry, rows.get(place)) for place, entry in entries.items())
    return [gap for gap in compared if gap.facts]


def fill(connection: sqlite3.Connection, gap: Gap) -> None:
    """Write *gap* into the journal: facts into the row that is there, or a row without its text."""
    facts = {name: value for name, value in gap.facts.items() if name not in {"account", "key"}}
    where = {"account": gap.place[0], "key": gap.place[1]}
    if gap.is_missing:
        values = {"options": "{}", "lost": 1, **facts, **where}
        marks = ", ".join(f":{name}" for name in values)
        connection.execute(f"INSERT OR IGNORE INTO purchases ({', '.join(values)}) VALUES ({marks})", values)  # noqa: S608 - names are ours
    else:
        changes = ", ".join(f"{name} = :{name}" for name in facts)
        connection.execute(
            f"UPDATE purchases SET {changes} WHERE account = :account AND key = :key",  # noqa: S608 - names are ours
            {**facts, **where},
        )


def rescue(damaged: Path, connection: sqlite3.Connection) -> int:
    """Copy into the journal at *connection* every row of the *damaged* file that can be read; return how many."""
    rescued = 0
    # On copies, so that what is there stays as it was found; with its log first, which holds the newest rows.
    for parts in (("", "-wal"), ("",)):
        with tempfile.TemporaryDirectory(dir=damaged.parent, prefix="rescue-") as folder:
            copy = Path(folder) / "journal"
            for part in parts:
                with suppress(FileNotFoundError):
                    shutil.copyfile(damaged.with_name(damaged.name + part), copy.with_name(copy.name + part))
            with suppress(*UNUSABLE), closing(_open_to_read(copy)) as source:
                rescued += sum(_copy_rows(source, connection, table) for table in TABLES)
    return rescued


def _opened(path: Path, connect: Connect) -> sqlite3.Connection:
    connection = open_database(path, MIGRATIONS, connect=connect)
    # A text that is none is shown as far as it goes: one row must not hide the others.
    connection.text_factory = _any_text
    try:
        for table, columns in COLUMNS.items():
            connection.execute(f"SELECT {', '.join(columns)} FROM {table} LIMIT 0")  # noqa: S608 - names are ours
    except UNUSABLE as error:
        connection.close()
        raise unusable(error, "read") from error
    return connection


def _replace(path: Path, connect: Connect, witness: Witness, testimony: Testimony) -> str:
    """Put a new journal in the place of a damaged one, with all that can be read, and return what happened in words.

    The new file is whole before it takes the old one's name, so that a crash on the way leaves the damaged one there.
    """
    names = (path.with_name(f"{path.name}.damaged-{number}") for number in count(1))
    aside, fresh = next(name for name in names if not name.exists()), path.with_name(f"{path.name}.rescued")
    for part in ("", "-wal", "-shm"):
        fresh.with_name(fresh.name + part).unlink(missing_ok=True)
    with closing(_opened(fresh, connect)) as connection:
        rescued = rescue(path, connection)
        said = f"the journal was damaged and was moved to {aside}; {rescued} of its rows could be read"
        if f"{said}." not in testimony.losses:
            witness.lost(f"{said}.", ())
        settle(connection, witness, testimony)
    for part in ("-wal", "-shm"):
        with suppress(FileNotFoundError):
            path.with_name(path.name + part).rename(aside.with_name(aside.name + part))
    with suppress(OSError):
        # Where the file system has no second names for a file, there is a moment without a journal.
        os.link(path, aside)
    if not aside.exists():
        path.rename(aside)
    fresh.replace(path)
    return said


def _in_words(holes: Sequence[Gap], unreadable: Sequence[Place]) -> Iterator[str]:
    missing = [gap for gap in holes if gap.is_missing]
    if missing:
        placed = sum("order_id" in gap.facts for gap in missing)
        yield f"{len(missing)} purchase(s) that this home once held are gone from its journal, {placed} of them placed."
    if len(holes) > len(missing):
        yield f"{len(holes) - len(missing)} purchase(s) had gone back to an earlier state, as in a restored copy."
    if unreadable:
        keys = ", ".join(key for _, key in unreadable[:5])
        yield f"{len(unreadable)} row(s) of the journal cannot be read (key {keys})."


def _about_the_witness(connection: sqlite3.Connection, testimony: Testimony) -> Iterator[str]:
    """Yield in words that the witness is gone: then nobody can tell whether the journal lost something."""
    if testimony.is_spoilt:
        yield "The journal's witness file cannot be read: purchases may be gone from this home, too."
    elif not testimony.is_begun and _is_marked(connection):
        yield "The journal's witness file is gone (was the journal copied alone?): purchases may be gone, too."


def _is_marked(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute("PRAGMA application_id").fetchone()[0] == WITNESSED)


def _gap(place: Place, entry: Entry, row: Mapping[str, Any] | None) -> Gap:
    if row is None:
        return Gap(place=place, facts=_without_text(entry), is_missing=True)
    behind: Entry = {name: entry[name] for name in DONE if name in entry and row[name] is None}
    if "name" in entry and row["name"] is None and row["problem"] is None:
        behind["name"] = entry["name"]
    return Gap(place=place, facts=behind, is_missing=False)


def _without_text(entry: Entry) -> Entry:
    """Return the row of a purchase of which only the witness knows; what cannot have been ordered is closed."""
    facts = {name: value for name, value in entry.items() if name != "problem"}
    if "order_id" in entry or ("sent_at" in entry and "problem" not in entry):
        return facts
    # A closed purchase may have left its name to the one that took its place.
    facts.pop("name", None)
    return facts | {"problem": CLOSED if "problem" in entry else NOTHING_ORDERED}


def _said(row: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    return ((name, value) for name, value in entry_of(row).items() if name in {*NEEDED, *DONE, "problem"})


def _open_to_read(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.row_factory = sqlite3.Row
    connection.text_factory = _any_text
    return connection


def _any_text(stored: bytes) -> str:
    return stored.decode("utf-8", "replace")


def _copy_rows(source: sqlite3.Connection, target: sqlite3.Connection, table: str) -> int:
    columns = {row["name"] for row in target.execute(f"PRAGMA table_info({table})")}
    copied = 0
    for row in _readable_rows(source, table):
        shared = {name: value for name, value in _as_now(dict(row)).items() if name in columns}
        if any("\ufffd" in str(value) for name, value in shared.items() if name not in {"options", "profile"}):
            continue  # a row of a spoilt page; what the witness knows of it is better than its remains
        marks = ", ".join("?" * len(shared))
        with suppress(*UNUSABLE):
            copied += target.execute(
                f"INSERT OR IGNORE INTO {table} ({', '.join(shared)}) VALUES ({marks})",  # noqa: S608 - names are ours
                list(shared.values()),
            ).rowcount
    return copied


def _as_now(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row of an earlier version with what the migration would have given it."""
    if row.get("profile_key") and not row.get("profile_id") and "profile_sent_at" not in row:
        row["profile_sent_at"] = row["intended_at"]
    return row


def _readable_rows(source: sqlite3.Connection, table: str) -> Iterator[sqlite3.Row]:
    """Yield the rows of *table* one by one, past every page that cannot be read."""
    for number in _row_numbers(source, table):
        with suppress(*UNUSABLE):
            row = source.execute(f"SELECT * FROM {table} WHERE rowid = ?", (number,)).fetchone()  # noqa: S608 - names are ours
            if row is not None:
                yield row


def _row_numbers(source: sqlite3.Connection, table: str) -> Sequence[int]:
    with suppress(*UNUSABLE):
        # Where even no row can be asked for, the file or its schema is unreadable, and with it every row.
        source.execute(f"SELECT * FROM {table} LIMIT 0")  # noqa: S608 - names are ours
        try:
            last = source.execute(f"SELECT max(rowid) FROM {table}").fetchone()[0]  # noqa: S608 - names are ours
        except UNUSABLE:
            last = BLIND_ROWS
        # A damaged page may state any number.
        return range(1, min(last or 0, MOST_ROWS) + 1)
    return ()
