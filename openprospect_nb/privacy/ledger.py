"""The erasure ledger of a home: who was forgotten and when, by keyed hashes alone, so that nobody comes back unseen.

Two files below ``privacy/`` in the home, both 0600 and apart from the journal, which may be lost:

- ``key``: 32 random bytes of this home. A hash without a key could be tried out with a list of addresses.
- ``ledger.jsonl``: one line an entry, only ever appended to, in one write: kind, date, and the HMAC-SHA256 of the
  canonical form. What belongs to one call of forget names the hash of what was asked for. A line that is cut short by
  a full disk spoils no other: each begins with a line break.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import os
import secrets
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any, Final

import polars as pl

from openprospect_nb.errors import JournalError
from openprospect_nb.privacy import canonical
from openprospect_nb.privacy.canonical import Form, Kind

FOLDER: Final = "privacy"
LOST: Final = "LEDGER_LOST"
FORGOTTEN: Final = pl.Schema(
    {"forgotten_at": pl.Datetime("us", "UTC"), "kind": pl.String(), "also": pl.Int64(), "reference": pl.String()}
)
_KEY_BYTES: Final = 32
_STANDS_IN: Final = "forgotten:"
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """One form that is forgotten: its kind and hash, when, for whose sake, and the country of a telephone number."""

    kind: Kind
    digest: str
    asked: str
    at: datetime
    country: str | None = None


@dataclass(frozen=True, slots=True)
class Forgotten:
    """Everybody in a ledger, to be looked for; see `subjects.Wanted`.

    Attributes:
        state: stands for this ledger as it is now: what has passed it need not pass it again until it changes.
    """

    secret: bytes = field(repr=False)
    digests: frozenset[str] = field(repr=False)
    kinds: frozenset[Kind]
    countries: frozenset[str]
    state: str = field(init=False)

    def __post_init__(self) -> None:
        listed = "\n".join(sorted(self.digests))
        object.__setattr__(self, "state", hmac.digest(self.secret, listed.encode(), "sha256").hex()[:16])

    def holds(self, form: Form) -> bool:
        """Whether *form* was forgotten."""
        return form.kind in self.kinds and digest_of(self.secret, form) in self.digests


class Ledger:
    """The erasure ledger of one home; safe with several processes on the same home. Nothing is made by looking.

    Args:
        home: the folder the ledger's own folder is in.
    """

    def __init__(self, home: Path) -> None:
        self.folder = home / FOLDER
        self.path = self.folder / "ledger.jsonl"
        self._key = self.folder / "key"
        self._lock = Lock()
        self._read_at: object = None
        self._standing: tuple[Entry, ...] = ()
        self._warned = False

    def __repr__(self) -> str:
        """Show where it is, nothing of what is in it."""
        return f"Ledger({str(self.path)!r})"

    def everybody(self, *, named: bool = False) -> Forgotten | None:
        """Return everybody who is forgotten now, or None where nobody is.

        Args:
            named: by their names too: for texts to blank. A name alone is nobody's, and takes no row out.

        Raises:
            JournalError: the ledger is there and its key is not, or is another: nobody in it could be recognised.
        """
        entries = [entry for entry in self.entries() if named or entry.kind is not Kind.NAME]
        if not entries:
            return None
        return Forgotten(
            self.secret(),
            frozenset(entry.digest for entry in entries),
            frozenset(entry.kind for entry in entries),
            frozenset(entry.country for entry in entries if entry.country),
        )

    def entries(self) -> tuple[Entry, ...]:
        """Return every entry that stands, oldest first; of a call that was undone there is none."""
        try:
            stat = self.path.stat()
        except FileNotFoundError:
            self._warn_if_lost()
            return ()
        state = (stat.st_ino, stat.st_size, stat.st_mtime_ns)
        with self._lock:
            if self._read_at != state:
                self._standing, self._read_at = tuple(_standing(self._records())), state
            return self._standing

    def frame(self, who: Form | None = None) -> pl.DataFrame:
        """Return one row for each call of forget that stands, or for those that hold *who*; columns `FORGOTTEN`."""
        entries = self.entries()
        if who is not None:
            calls = self._calls_about(who)
            entries = tuple(entry for entry in entries if entry.asked in calls)
        first = {entry.asked: entry for entry in reversed(entries)}
        also = Counter(entry.asked for entry in entries)
        rows = [(first[name].at, str(first[name].kind), also[name] - 1, name[:12]) for name in reversed(first)]
        return pl.DataFrame(rows, schema=FORGOTTEN, orient="row")

    def add(self, asked: Form, forms: Iterable[Form], now: datetime) -> None:
        """Note that *asked* is forgotten, with all *forms* known of them; what is noted already is not noted again.

        Raises:
            JournalError: the ledger cannot be written, or its key is lost.
        """
        secret = self.secret()
        mine = digest_of(secret, asked)
        standing = {(entry.asked, entry.digest) for entry in self.entries()}
        fresh = [
            Entry(form.kind, digest_of(secret, form), mine, now, _country(form))
            for form in dict.fromkeys((asked, *forms))
        ]
        self._append([_record(entry) for entry in fresh if (mine, entry.digest) not in standing])

    def undo(self, who: Form, now: datetime) -> int:
        """Take back every call of forget that holds *who*; return how many entries fell."""
        if not self.path.exists():
            return 0
        calls = self._calls_about(who)
        fallen = sum(entry.asked in calls for entry in self.entries())
        self._append([{"undone": name, "at": now.isoformat()} for name in sorted(calls)])
        return fallen

    def stand_in(self, text: str, *, begin: bool = False) -> str:
        """Return what stands for *text* where it had to be blanked and has to be known again.

        In a home without a key it is the text itself, unless *begin* is set.
        """
        if text.startswith(_STANDS_IN) or not (begin or self._key.exists()):
            return text
        return (
            _STANDS_IN
            + hmac.digest(self.secret(), f"text\0{text}".encode("utf-8", "surrogatepass"), "sha256").hex()[:32]
        )

    def secret(self) -> bytes:
        """Return the key of this home, made at first use.

        Raises:
            JournalError: the ledger is there and its key is not, or is not the one it was written with.
        """
        if not self._key.exists():
            if self.path.exists():
                raise self._lost("is gone")
            self._begin()
        text = self._key.read_text("ascii", "replace").strip()
        noted = next((record["key"] for record in self._records() if "key" in record), None)
        if len(text) != 2 * _KEY_BYTES or noted not in {None, _print_of(text)}:
            raise self._lost("is not the one the ledger was written with")
        return bytes.fromhex(text)

    def _begin(self) -> None:
        """Make key and ledger; of two processes that do so at once the first wins."""
        text = secrets.token_hex(_KEY_BYTES)
        make_private(self.folder)
        fresh = self.folder / f".key-{secrets.token_hex(4)}"
        append(fresh, text.encode())
        try:
            fresh.rename(self._key) if not hasattr(os, "link") else os.link(fresh, self._key)
        except FileExistsError:
            return
        finally:
            fresh.unlink(missing_ok=True)
        self._append([{"ledger": 1, "key": _print_of(text)}])

    def _append(self, records: list[dict[str, Any]]) -> None:
        if records:
            append(self.path, "".join(f"\n{json.dumps(record)}" for record in records).encode() + b"\n")

    def _records(self) -> Iterator[dict[str, Any]]:
        damaged = 0
        for line in self.path.read_bytes().splitlines() if self.path.exists() else ():
            record = _parsed(line) if line.strip() else {}
            damaged += record is None
            yield record or {}
        if damaged:
            log.warning("%d line(s) of %s cannot be read: whoever they stand for may come back.", damaged, self.path)

    def _calls_about(self, who: Form) -> frozenset[str]:
        digest = digest_of(self.secret(), who)
        # Names repeat: only who asked by name is meant by one.
        is_meant = who.kind is not Kind.NAME
        return frozenset(e.asked for e in self.entries() if e.digest == digest and (is_meant or e.asked == digest))

    def expect(self) -> None:
        """Warn where there is no ledger, though it is known that there was one."""
        if not self.path.exists():
            self._warn_if_lost(is_known=True)

    def _warn_if_lost(self, *, is_known: bool = False) -> None:
        if (is_known or self._key.exists()) and not self._warned:
            self._warned = True
            log.warning(
                "%s is gone: nobody who was forgotten is held back any more. Restore it from a backup.", self.path
            )

    def _lost(self, what: str) -> JournalError:
        return JournalError(
            f"the key {self._key} of the erasure ledger {what}, so nobody in it can be recognised.",
            code=LOST,
            next_step="Restore the key from a backup. If it is lost for good, move the ledger away and forget everybody"
            " in it again: until then their data would come back.",
        )


def digest_of(secret: bytes, form: Form) -> str:
    """Return the keyed hash of a form, as hexadecimal digits."""
    text = f"{form.kind}\0{form.text}".encode("utf-8", "surrogatepass")
    return hmac.digest(secret, text, "sha256").hex()


def make_private(folder: Path) -> None:
    """Make a folder that its owner alone can read, and the home above it where there is none yet.

    Raises:
        JournalError: it cannot be made.
    """
    try:
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        folder.chmod(0o700)
    except OSError as error:
        raise _unwritable(folder, error) from error


def append(path: Path, text: bytes) -> None:
    """Append *text* to a file of 0600 in one write, and see it on the disk.

    Raises:
        JournalError: it cannot be written.
    """
    try:
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            if os.write(handle, text) != len(text):
                raise OSError(0, "the disk is full")
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise _unwritable(path, error) from error


def _parsed(line: bytes) -> dict[str, Any] | None:
    """Return the record of a line, or None where it is none that this version knows."""
    try:
        record = dict(json.loads(line))
        if "digest" in record:
            Kind(record["kind"]), str(record["asked"]), datetime.fromisoformat(record["at"])
    except (ValueError, TypeError, KeyError):
        return None
    return record


def _standing(records: Iterable[dict[str, Any]]) -> Iterator[Entry]:
    """Return the entries that no later line takes back."""
    entries: list[Entry] = []
    for record in records:
        if "undone" in record:
            entries = [entry for entry in entries if entry.asked != record["undone"]]
        elif "digest" in record:
            at = datetime.fromisoformat(record["at"])
            entries.append(Entry(Kind(record["kind"]), record["digest"], record["asked"], at, record.get("country")))
    yield from entries


def _record(entry: Entry) -> dict[str, Any]:
    record = {"kind": str(entry.kind), "digest": entry.digest, "asked": entry.asked, "at": entry.at.isoformat()}
    return record | ({"country": entry.country} if entry.country else {})


def _country(form: Form) -> str | None:
    return canonical.country_of(form.text) if form.kind is Kind.PHONE else None


def _print_of(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:16]


def _unwritable(path: Path, error: OSError) -> JournalError:
    return JournalError(
        f"{path} cannot be written ({error.strerror or error}).",
        next_step="Free disk space or check the folder's rights, then run it again.",
    )
