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
from openprospect_nb.privacy.called import may_be_called
from openprospect_nb.privacy.canonical import Kind
from openprospect_nb.privacy.holding import Held, hold_back
from openprospect_nb.privacy.ledger import Forgotten, Ledger
from openprospect_nb.privacy.subjects import Only, Wanted, blanked

if TYPE_CHECKING:
    from openprospect_nb.frames.results import Results

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

    What passed a ledger before is not looked at again until that ledger changes; that there is none any more, it tells.

    Raises:
        JournalError: the key of a ledger is lost.
    """
    ledgers = list(ledgers)
    for ledger in ledgers:
        if results.provenance.get(PASSED) and results.provenance.get("home") == str(ledger.folder.parent):
            ledger.expect()
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
    name = what if what in _FRAMES else "companies"
    for everybody in _everybody(ledgers):
        left, held = hold_back({name: frame}, everybody)
        frame = left[name]
        _say(held)
    return frame


def admit_record(record: Mapping[str, Any], what: str, source: str, ledgers: Iterable[Ledger]) -> dict[str, Any]:
    """Return one company or prospect as the server sent it, texts that name somebody forgotten blanked.

    Of a company's prospects in it those are left out who were forgotten.

    Raises:
        NotFoundError: it is forgotten itself.
    """
    admitted = dict(record)
    row = pl.DataFrame({name: [value] for name, value in record.items() if isinstance(value, str)})
    for everybody in _everybody(ledgers):
        sourced = row.with_columns(source=pl.lit(source))
        _, held = hold_back({what: sourced}, everybody)
        if held.rows:
            raise NotFoundError(
                "it was forgotten here, so what the server sent of it is not shown.",
                code=FORGOTTEN,
                next_step="client.journal.forget(…, undo=True) takes a forget back that was a mistake.",
            )
        people = admitted.get("prospects")
        if what == "companies" and isinstance(people, list):
            admitted["prospects"] = _admitted_people(people, sourced, everybody)
        admitted = blanked(admitted, Only(everybody, _SAYING))
    return admitted


def admit_texts(facts: Mapping[str, Any], ledgers: Iterable[Ledger]) -> dict[str, Any]:
    """Return JSON-ready *facts*, such as an order's title and notes, without the texts that name somebody forgotten."""
    admitted = dict(facts)
    for everybody in _everybody(ledgers):
        admitted = blanked(admitted, Only(everybody, _SAYING))
    return admitted


def _admitted_people(people: list[Any], firm: pl.DataFrame, everybody: Forgotten) -> list[Any]:
    """Return those of a company's prospects who were not forgotten; *firm* is the company's row."""
    number = "__op_number"
    rows = [
        {name: value for name, value in person.items() if isinstance(value, str)} | {number: place}
        for place, person in enumerate(people)
        if isinstance(person, dict)
    ]
    if not rows:
        return people
    frame = pl.from_dicts(rows, infer_schema_length=None)
    beside = {
        name: firm[id_of][0] for name, id_of in (("source", "source"), ("company_id", "id")) if id_of in firm.columns
    }
    missing = [pl.lit(value).alias(name) for name, value in beside.items() if name not in frame.columns]
    left, _ = hold_back({"companies": firm, "prospects": frame.with_columns(missing)}, everybody)
    gone = set(frame[number]) - set(left["prospects"][number])
    return [person for place, person in enumerate(people) if place not in gone]


def forgotten_among(companies: Sequence[Mapping[str, Any]], ledgers: Iterable[Ledger]) -> list[int]:
    """Return which *companies* of a list that is to be sent were forgotten, or name somebody who was, by number.

    One without a web site may be a forgotten company if its name is the same and its town is not another.
    """
    forgotten = [*_everybody(ledgers)]
    if not forgotten:
        return []
    site, mine, at = "website_url", "external_id", "row"
    rows = pl.DataFrame(
        {
            at: range(len(companies)),
            **{name: [_as_text(c.get(name)) for c in companies] for name in ("company_name", "city", "country", site)},
            "source_id": [_as_text(company.get(mine)) for company in companies],
        },
        schema_overrides=dict.fromkeys(("company_name", "city", "country", site, "source_id"), pl.String),
    )
    left = rows
    for everybody in forgotten:
        named = left.with_columns(name="company_name")
        left = hold_back({"companies": named}, everybody)[0]["companies"].drop("name")
        called = [not url and may_be_called(everybody, *of) for *of, url in left["company_name", "city", site].rows()]
        left = left.filter(~pl.Series(called, dtype=pl.Boolean))
    return rows.join(left, on=rows.columns, how="anti", nulls_equal=True)[at].sort().to_list()


def _as_text(value: Any) -> str | None:
    return None if value is None else str(value)


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
