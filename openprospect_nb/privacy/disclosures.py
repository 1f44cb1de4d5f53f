"""The record of handing over: who got whose data, when, in which file, by keyed hashes of the persons.

One line a file that left, appended to ``privacy/disclosures.jsonl`` of the home: time, kind, target, recipient, file,
number of persons, and the first twelve digits of each person's hashes, of address and id, or of what else there is. It
outlives the persons: whoever erases somebody can still tell the recipients (GDPR Article 19).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import polars as pl

from openprospect_nb.privacy import canonical
from openprospect_nb.privacy.canonical import Form, Kind
from openprospect_nb.privacy.ledger import Ledger, append, digest_of
from openprospect_nb.privacy.spellings import pattern_of
from openprospect_nb.privacy.subjects import MARK

DISCLOSURES: Final = pl.Schema(
    {
        "disclosed_at": pl.Datetime("us", "UTC"),
        "what": pl.String(),
        "target": pl.String(),
        "recipient": pl.String(),
        "file": pl.String(),
        "persons": pl.Int64(),
    }
)
# Of 48 bits: among a million noted hashes one in 280 million others is taken for one of them.
_DIGITS: Final = 12
_SOURCES: Final = ("live", "sandbox", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """One file that left: an "export" or "report", for which target and recipient, with which persons in it."""

    what: str
    target: str
    recipient: str
    file: Path
    persons: pl.DataFrame


class Disclosures:
    """The record of one home, beside its erasure ledger and under the same key."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.path = ledger.folder / "disclosures.jsonl"

    def note(self, handover: Handover, now: datetime) -> None:
        """Append that a file left; one without persons is not noted.

        Raises:
            JournalError: it cannot be written, or the key of the home is lost.
        """
        if handover.persons.is_empty():
            return
        secret = self._ledger.secret()
        digests = {digest_of(secret, form)[:_DIGITS] for forms in _forms_of(handover.persons) for form in forms}
        record = {
            "at": now.isoformat(),
            "what": handover.what,
            "target": handover.target,
            "recipient": handover.recipient,
            "file": str(handover.file.absolute()),
            "persons": handover.persons.height,
            "digests": "".join(sorted(digests)),
        }
        append(self.path, f"\n{json.dumps(record)}\n".encode())

    def frame(self, forms: Iterable[Form] | None = None) -> pl.DataFrame:
        """Return one row a file that left, or only those with the person of *forms*; columns `DISCLOSURES`."""
        records = list(self._records())
        if forms is not None:
            digests = self._digests_of(forms)
            records = [record for record in records if digests & _digests_in(record)]
        rows = [{**record, "disclosed_at": datetime.fromisoformat(record["at"])} for record in records]
        return pl.DataFrame([{name: row.get(name) for name in DISCLOSURES} for row in rows], schema=DISCLOSURES)

    def recipients(self, persons: pl.DataFrame) -> list[set[str]]:
        """Return for each row of *persons* the recipients of files with them, else what kind of file it was."""
        got: dict[str, set[str]] = {}
        for record in self._records():
            name = record.get("recipient") or f"{record['what']} ({record['target']})"
            for digest in _digests_in(record):
                got.setdefault(digest, set()).add(name)
        if not got:
            return [set() for _ in range(persons.height)]
        secret = self._ledger.secret()
        digests = ([digest_of(secret, form)[:_DIGITS] for form in forms] for forms in _forms_of(persons))
        return [{name for digest in mine for name in got.get(digest, ())} for mine in digests]

    def forget(self, forms: Iterable[Form], *, dry_run: bool = False) -> int:
        """Blank the names of files and recipients that hold a person of *forms*; return how many lines were touched.

        That a file with them left stays on record, by hashes.
        """
        pattern = pattern_of(forms)
        records = list(self._records())
        left = [{name: _left(name, value, pattern) for name, value in record.items()} for record in records]
        touched = len([before for before, after in zip(records, left, strict=True) if before != after])
        if touched and not dry_run:
            fresh = self.path.with_name(".disclosures.new")
            fresh.unlink(missing_ok=True)
            append(fresh, "".join(f"\n{json.dumps(record)}\n" for record in left).encode())
            fresh.replace(self.path)
        return touched

    def _digests_of(self, forms: Iterable[Form]) -> set[str]:
        """Return the hashes a person was noted under: their forms, and what the ledger learned of them."""
        if not self.path.exists():
            return set()
        secret = self._ledger.secret()
        asked = {digest_of(secret, form) for form in forms}
        entries = self._ledger.entries()
        calls = {entry.asked for entry in entries if entry.digest in asked}
        return {digest[:_DIGITS] for digest in asked | {entry.digest for entry in entries if entry.asked in calls}}

    def _records(self) -> Iterator[dict[str, Any]]:
        for line in self.path.read_bytes().splitlines() if self.path.exists() else ():
            try:
                record = json.loads(line) if line.strip() else None
            except ValueError:
                continue  # cut short by a full disk; the call that wrote it said so
            if isinstance(record, dict) and "at" in record:
                yield record


def recipients_of(persons: pl.DataFrame, ledgers: Iterable[Ledger]) -> list[str]:
    """Return for each person who is on record to have got their data: recipients, else the kind of file."""
    names: list[set[str]] = [set() for _ in range(persons.height)]
    for ledger in ledgers:
        for mine, noted in zip(names, Disclosures(ledger).recipients(persons), strict=True):
            mine.update(noted)
    return ["; ".join(sorted(mine)) for mine in names]


def forms_asked(form: Form) -> set[Form]:
    """Return the forms a person may have been noted under who is asked for as *form*."""
    if form.kind is not Kind.ID:
        return {form}
    return {Form.of(Kind.PROSPECT, source, form.text) for source in _SOURCES}


def _left(name: str, value: Any, pattern: re.Pattern[bytes] | None) -> Any:
    is_named = pattern is not None and name in {"file", "recipient"} and pattern.search(str(value).encode())
    return MARK if is_named else value


def _digests_in(record: dict[str, Any]) -> set[str]:
    digits = str(record.get("digests", ""))
    return {digits[start : start + _DIGITS] for start in range(0, len(digits), _DIGITS)}


def _forms_of(persons: pl.DataFrame) -> Iterator[list[Form]]:
    """Yield what each person is noted under: address and id, or, where there is neither, profile and number."""
    names = ("id", "source", "email", "linkedin_url", "phone_number", "company_country")
    texts = persons.select(
        (pl.col(name) if name in persons.columns else pl.lit(None)).cast(pl.String).alias(name) for name in names
    )
    for identity, source, email, link, number, country in texts.iter_rows():
        forms = [Form(Kind.ADDRESS, address)] if (address := canonical.address(email or "")) else []
        if identity:
            forms.append(Form.of(Kind.PROSPECT, source, canonical.identity(identity)))
        if not forms and (page := canonical.profile(link or "")):
            forms.append(Form(Kind.PROFILE, page))
        if not forms and (phone := canonical.phone(number or "", country)):
            forms.append(Form(Kind.PHONE, phone))
        yield forms
