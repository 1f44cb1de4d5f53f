"""What enters this machine passes the erasure ledger here: whoever was forgotten is left out, counted, and said.

Results from a server or a folder go through `admit`, other frames through `admit_frame`, records of undocumented shape
through `admit_record`, and a page through `may_be_kept` before its bytes are put on disk.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import polars as pl

from openprospect_nb.errors import ContractError, NotFoundError
from openprospect_nb.frames.decode import Decoder
from openprospect_nb.privacy.canonical import Kind
from openprospect_nb.privacy.holding import Held, hold_back
from openprospect_nb.privacy.ledger import Forgotten, Ledger
from openprospect_nb.privacy.subjects import Only, Wanted, blanked

if TYPE_CHECKING:
    from openprospect_nb.frames.results import Results

__all__ = [
    "FORGOTTEN",
    "HELD",
    "PASSED",
    "admit",
    "admit_frame",
    "admit_record",
    "in_words",
    "may_be_kept",
    "page_names",
]

FORGOTTEN: Final = "FORGOTTEN"
HELD: Final = "held_back"
PASSED: Final = "passed_ledgers"
# Facts of ours, in which a forgotten domain may be part of a path or address that has to work.
OURS: Final = frozenset({HELD, PASSED, "home", "base_url", "versions", "source", "fetched_at"})
_SAYING: Final = frozenset({Kind.ADDRESS, Kind.DOMAIN, Kind.PHONE, Kind.PROFILE, Kind.ID})
_FRAMES: Final = ("companies", "prospects", "rejects", "drift")
log = logging.getLogger(__name__)


R = TypeVar("R", bound="Results")


def admit(results: R, ledgers: Iterable[Ledger]) -> R:
    """Return *results* without whoever is in one of *ledgers*; ``provenance["held_back"]`` counts what is left out.

    What passed a ledger before is not looked at again until that ledger changes.

    Raises:
        JournalError: the key of a ledger is lost.
    """
    for everybody in _everybody(ledgers):
        if everybody.state not in results.provenance.get(PASSED, ()):
            results = _admit(results, everybody)
    return results


def has_to_pass(provenance: Mapping[str, Any], ledgers: Iterable[Ledger]) -> bool:
    """Whether somebody is in one of *ledgers* that results of this provenance have not passed as it is now."""
    return any(everybody.state not in provenance.get(PASSED, ()) for everybody in _everybody(ledgers))


def write_admitted(results: R, folder: Path, ledgers: Sequence[Ledger]) -> R:
    """Write results that passed, and return them; whoever was forgotten while they were written is taken out again."""
    results.write(folder)
    again = admit(results, ledgers)
    if again is not results:
        again.write(folder)
    return again


def admit_frame(frame: pl.DataFrame, what: str, ledgers: Iterable[Ledger]) -> pl.DataFrame:
    """Return a list of "companies" or "prospects" (or of anything else, as companies) without whoever was forgotten."""
    for everybody in _everybody(ledgers):
        left, held = hold_back({what: frame}, everybody)
        frame = left[what]
        _say(held)
    return frame


def admit_record(record: Mapping[str, Any], what: str, source: str, ledgers: Iterable[Ledger]) -> dict[str, Any]:
    """Return one company or prospect as the server sent it, texts that name somebody forgotten blanked.

    Raises:
        NotFoundError: it is forgotten itself.
    """
    admitted = dict(record)
    row = pl.DataFrame({name: [value] for name, value in record.items() if isinstance(value, str)})
    for everybody in _everybody(ledgers):
        _, held = hold_back({what: row.with_columns(source=pl.lit(source))}, everybody)
        if held.rows:
            raise NotFoundError(
                "it was forgotten here, so what the server sent of it is not shown.",
                code=FORGOTTEN,
                next_step="client.journal.forget(…, undo=True) takes a forget back that was a mistake.",
            )
        admitted = blanked(admitted, Only(everybody, _SAYING))
    return admitted


def may_be_kept(page: bytes, source: str, ledgers: Iterable[Ledger]) -> bool:
    """Whether the bytes of a page of results may be put on disk: nobody forgotten is in them."""
    return not any(page_names(page, source, everybody) for everybody in _everybody(ledgers))


def page_names(page: bytes, source: str, wanted: Wanted) -> bool:
    """Whether a page of results names who is wanted, or cannot be read."""
    decoder = Decoder(None, source)
    try:
        decoder.feed(page)
    except ContractError:
        return True
    decoded = decoder.finish()
    return bool(hold_back({name: getattr(decoded, name) for name in _FRAMES}, wanted)[1])


def in_words(held: Mapping[str, int]) -> str:
    """Return what was held back, such as "3 forgotten persons were delivered again and left out"; "" for nothing."""
    parts = [
        f"{count} forgotten {one if count == 1 else many}"
        for key, one, many in (("persons", "person", "persons"), ("companies", "company", "companies"))
        if (count := held.get(key, 0))
    ]
    was = "was" if sum(held.get(key, 0) for key in ("persons", "companies")) == 1 else "were"
    return f"{' and '.join(parts)} {was} delivered again and left out" if parts else ""


def _admit(results: R, everybody: Forgotten) -> R:
    frames, held = hold_back({name: getattr(results, name) for name in _FRAMES}, everybody)
    loose = Only(everybody, _SAYING)
    facts = {n: value if n in OURS else blanked(value, loose) for n, value in results.provenance.items()}
    if not held and "home" not in results.provenance:
        return results  # of an earlier version, or from elsewhere: their facts stay as they were written
    facts[PASSED] = [*facts.get(PASSED, ()), everybody.state]
    _say(held)
    if held:
        before = facts.get(HELD) or {}
        facts[HELD] = {name: before.get(name, 0) + getattr(held, name) for name in ("persons", "companies", "texts")}
    return replace(results, **frames, errors=blanked(dict(results.errors), loose), provenance=facts)


def _everybody(ledgers: Iterable[Ledger]) -> Iterator[Forgotten]:
    return (everybody for ledger in ledgers if (everybody := ledger.everybody()) is not None)


def _say(held: Held) -> None:
    if held.rows:
        words = in_words({"persons": held.persons, "companies": held.companies})
        log.warning("%s.", words or f"{held.rows} rejected values of forgotten persons were left out")
