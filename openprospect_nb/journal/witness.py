"""`Witness`: a second, plain file beside the journal that tells whether the journal still holds what it once held.

SQLite keeps its promises on a disk that keeps its own. Files are deleted, restored from a copy, copied without their
log, or damaged all the same, and an empty journal looks like a new one. So every step of a purchase that could be
bought twice is also one line here: appended and on disk before the request leaves, never rewritten, without the text of
the order (keys, fingerprints, ids and times only).
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from openprospect_nb.errors import JournalError
from openprospect_nb.processes import lock

# What of a purchase's row is written down: enough to know it again and never to send it twice.
NEEDED: Final = ("account", "key", "kind", "intent", "flow", "intended_at")
FACTS: Final = (
    "profile_key",
    "profile_sent_at",
    "profile_creation_id",
    "profile_id",
    "sent_at",
    "bound_at",
    "given_at",
    "order_id",
    "again",
    "problem",
)
Entry = dict[str, Any]
Place = tuple[str, str]


@dataclass(slots=True)
class Testimony:
    """What the witness says.

    Attributes:
        entries: by account and key, what is known of each purchase that was ever written down.
        losses: in words, each loss that was noticed and not acknowledged yet.
        reported: account and key of every purchase that a noticed loss was about, acknowledged or not.
        is_begun: whether its first line is there, which stands on disk before a journal is marked as having a witness.
        is_spoilt: whether there are bytes, and not one line of them can be read.
    """

    entries: dict[Place, Entry] = field(default_factory=dict)
    losses: list[str] = field(default_factory=list)
    reported: set[Place] = field(default_factory=set)
    is_begun: bool = False
    is_spoilt: bool = False


class Witness:
    """The lines kept beside the journal at *path*.

    Args:
        path: the file, made with mode 0600.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def of(cls, journal: Path) -> Witness:
        """Return the witness of a journal; its name shares no beginning, so that no pattern takes both away."""
        return cls(journal.with_name(f"witness.{journal.stem}"))

    def read(self) -> Testimony:
        """Return what all lines say together; a line that cannot be read (cut off by a crash) says nothing."""
        testimony = Testimony()
        try:
            lines = self.path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return testimony
        except OSError as error:
            raise _unusable(self.path, error) from error
        testimony.is_spoilt = any(line.strip() for line in lines)
        for line in lines:
            with suppress(ValueError, TypeError, KeyError, AttributeError, RecursionError):
                _take(testimony, json.loads(line))
                testimony.is_spoilt = False
        return testimony

    def begin(self) -> None:
        """Append the first line, so that a file that is gone, or was emptied, does not pass for a new one."""
        self._append([{"begun": True}])

    def saw(self, rows: Sequence[Mapping[str, Any]], *, unsent: str | None = None) -> None:
        """Append what *rows* of the journal say now; *unsent* names a time that was taken back: nothing had left."""
        self._append([entry_of(row) | ({"unsent": unsent} if unsent else {}) for row in rows])

    def lost(self, words: str, places: Sequence[Place]) -> None:
        """Append that the journal lost something, in words, and which purchases it was about."""
        self._append([{"loss": words, "places": [list(place) for place in places]}])

    def acknowledge(self) -> None:
        """Append that the user has read of every loss so far."""
        self._append([{"acknowledged": True}])

    def rewrite(self, change: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> None:
        """Put ``change(line)`` in the place of every line that can be read; one that cannot says nothing, and goes."""
        lines = []
        for raw in self.path.read_bytes().split(b"\n") if self.path.exists() else ():
            with suppress(ValueError):
                line = json.loads(raw)
                lines += [change(line)] if isinstance(line, dict) else []
        fresh = Witness(self.path.with_name(f".{self.path.name}.new"))
        fresh.path.unlink(missing_ok=True)
        fresh._append(lines)
        fresh.path.replace(self.path)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other processes from opening the journal meanwhile, where the system has locks on files."""
        try:
            file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise _unusable(self.path, error) from error
        try:
            lock(file)  # where there are no locks, two kernels that rescue one journal at once are not kept apart
            yield
        finally:
            os.close(file)

    def _append(self, lines: Sequence[Mapping[str, Any]]) -> None:
        # The line break comes first, so that a line cut off by a crash cannot swallow the next one.
        text = "".join(f"\n{json.dumps(line, separators=(',', ':'))}" for line in lines).encode()
        try:
            file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                if os.write(file, text) < len(text):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                os.fsync(file)
            finally:
                os.close(file)
        except OSError as error:
            raise _unusable(self.path, error) from error


def entry_of(row: Mapping[str, Any]) -> Entry:
    """Return what is written down of a purchase's row."""
    stated = {name: row[name] for name in (*NEEDED, *FACTS) if row[name] is not None}
    named = {} if row["name"] is None else {"name": hidden_name(row["name"])}
    # Why it bought nothing may name somebody; that it did not is what counts.
    return stated | named | ({"problem": True} if row["problem"] is not None else {})


def hidden_name(name: str) -> str:
    """Return what stands for a name the caller chose: it may name somebody, and only has to be known again."""
    if name.startswith("lost:"):
        return name
    return f"lost:{hashlib.sha256(name.encode('utf-8', 'replace')).hexdigest()[:16]}"


def _take(testimony: Testimony, line: Any) -> None:
    if "loss" in line:
        testimony.losses.append(str(line["loss"]))
        testimony.reported |= {(str(account), str(key)) for account, key in line["places"]}
    elif "acknowledged" in line:
        testimony.losses.clear()
    elif "begun" in line:
        testimony.is_begun = True
    else:
        if not all(isinstance(line[name], str) for name in NEEDED):
            raise TypeError("not a purchase")
        before = testimony.entries.setdefault((line["account"], line["key"]), {})
        before.update({name: line[name] for name in (*NEEDED, *FACTS, "name") if name in line})
        before.pop(line.get("unsent"), None)


def _unusable(path: Path, error: OSError) -> JournalError:
    return JournalError(
        f"{path} cannot be written ({error.strerror}).",
        next_step="Choose another folder with home=, or free disk space; nothing was sent.",
    )
