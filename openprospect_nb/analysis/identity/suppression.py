"""Whom not to contact: companies by the tiers of the vendor's blacklists, persons by their address or its domain.

==  ===========  ========================================================  =========
no  tier         equal                                                     strength
==  ===========  ========================================================  =========
1   external_id  the entry's ``external_id`` and the company's source id   exact
1   address      the entry's and the prospect's e-mail address             exact
2   domain       registrable domain of the web site; the host of the       high
                 address, or a domain above it
3   name_city    name key and city key                                     good
4   name         name key alone, only if you ask for it                    fair
==  ===========  ========================================================  =========

An entry is tried in a tier only if it has that tier's fields; the fourth only if it has neither website nor city.
The keys are those of `keys`, so they forgive more than the vendor's: ``shop.firm.example`` is ``firm.example``. Every
list is read by `files.exclusions`, here and wherever else somebody is to be kept out. No list that keeps nobody out
stays silent.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, overload

import narwhals.stable.v2 as nw
import polars as pl

from openprospect_nb.analysis.identity.keys import city_key, name_key, registrable_domain
from openprospect_nb.analysis.table import FrameT, OpenTable, collect, companies_of, looked_up, open_table
from openprospect_nb.errors import FieldProblem, ValidationError
from openprospect_nb.files.exclusions import Entry, Exclusions, exclusions
from openprospect_nb.frames.results import Results
from openprospect_nb.privacy import canonical

log = logging.getLogger(__name__)
TIERS: Final = ("external_id", "address", "domain", "name_city", "name")
NUMBERS: Final = {"external_id": 1, "address": 1, "domain": 2, "name_city": 3, "name": 4}
ADDED: Final = ("excluded", "excluded_tier", "excluded_by", "excluded_evidence")
# What a row may be recognised by, and the columns that hold it: of companies, and of prospects joined with theirs.
COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "external_id": ("source_id", "external_id", "company_source_id"),
    "site": ("website_url", "normalized_url", "website", "domain", "company_website", "company_domain"),
    "email": ("email",),
    "name": ("name", "company_name", "company"),
    "city": ("city", "company_city"),
}
_NEEDS: Final = {
    "external_id": ("external_id",),
    "address": ("email",),
    "domain": ("site", "email"),
    "name_city": ("name",),
    "name": ("name",),
}
_SHOWN: Final = 5
_SEPARATOR: Final = "\x1f"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """What a list did to a frame.

    Attributes:
        entries: how many entries were read. matched: how many of them met a row.
        unmatched: the entries that met none, as they were given.
        complaints: what could not be read or compared, in sentences.
    """

    entries: int
    matched: int
    unmatched: tuple[str, ...]
    complaints: tuple[str, ...]

    def __str__(self) -> str:
        """Return how many entries matched, which did not, and what could not be used."""
        more = len(self.unmatched) - _SHOWN
        rest = f"; without a match: {', '.join(self.unmatched[:_SHOWN])}" if self.unmatched else ""
        also = f" and {more:,} more" if more > 0 else ""
        said = f"{self.matched:,} of {self.entries:,} entries of the suppression list match a row{rest}{also}."
        return " ".join([said, *self.complaints])


@dataclass(frozen=True, slots=True)
class Hits:
    """Which rows a list hits: the expression that tells rows apart, and for each key the tier and what was equal."""

    key: nw.Expr
    by: Mapping[str, str]
    evidence: Mapping[str, str]
    suppression: Suppression

    @property
    def excluded_by(self) -> nw.Expr:
        """The tier that hit, null where none did."""
        return looked_up(self.key, self.by, nw.lit(None, nw.String))


@overload
def exclude(results: Results, companies_or_blacklist: object, *, name_only: bool = False) -> pl.DataFrame: ...
@overload
def exclude(results: FrameT, companies_or_blacklist: object, *, name_only: bool = False) -> FrameT: ...
def exclude(results: object, companies_or_blacklist: object, *, name_only: bool = False) -> Any:
    """Return all companies with ``excluded``, the tier that hit and why; filter on ``excluded`` to drop them.

    Added columns: ``excluded`` (bool), ``excluded_tier`` (1-4, null where not excluded), ``excluded_by`` (its name)
    and ``excluded_evidence`` (the key that was equal). How many entries matched is logged, as a warning where none did.

    Args:
        results: a `Results`, or a frame of companies or of prospects; what of id, web site, name, city and e-mail
            address is there is used. A domain takes everybody at hosts below it too.
        companies_or_blacklist: whom to exclude: domains, addresses, ``*@firm.example`` or web addresses; a blacklist's
            entries or any frame, Series, list or file with a heading such as ``domain``, ``company_name`` or ``email``;
            or the `Results` or companies of an earlier order.
        name_only: also exclude by name alone. Names repeat: real lists hold many companies of one name.

    Raises:
        ValidationError: the list cannot be read, or the frame lacks the columns that an entry could be compared with.

    Example:
        >>> known = [{"company_name": "Any name", "website_url": results.companies["website_url"].drop_nulls()[0]}]
        >>> op.exclude(results, known)["excluded"].sum()
        1
    """
    table = open_table(companies_of(results), name="companies", required=())
    hits = hits_of(table, companies_or_blacklist, name_only=name_only, persons=isinstance(results, Results))
    marked = table.lazy.with_columns(
        hits.excluded_by.alias("excluded_by"),
        looked_up(hits.key, hits.evidence, nw.lit(None, nw.String)).alias("excluded_evidence"),
    )
    numbered = marked.with_columns(
        _number().alias("excluded_tier"), (~nw.col("excluded_by").is_null()).alias("excluded")
    )
    return table.give_back(numbered, (*(c for c in table.columns if c not in ADDED), *ADDED))


def hits_of(table: OpenTable, given: object, *, name_only: bool = False, persons: bool = False) -> Hits:
    """Return which rows of *table* the list *given* hits, and say in the log how many of its entries did.

    Args:
        table: companies, or prospects with or without the columns of their companies.
        given: whatever `exclude` takes.
        name_only: whether a name alone is enough.
        persons: whether addresses in the list are known to be compared elsewhere, and not missed here.

    Raises:
        ValidationError: as `exclude`.
    """
    listed = _without_shared_sites(exclusions(_opened(given)))
    tiers = TIERS if name_only else TIERS[:4]
    held = {fact for fact, columns in _present(table).items() if columns}
    _refuse_incomparable(listed, held, persons=persons)
    index = _index(listed.entries, tiers)
    key, rows = _keyed(table)
    met: set[int] = set()
    best: dict[str, tuple[int, str]] = {}
    for identity, facts in rows:
        for rank, value, entries in _matches(facts, index, tiers):
            met |= entries
            best[identity] = min(best.get(identity, (rank, value)), (rank, value))
    suppression = _judged(listed, met, tiers)
    _say(suppression)
    by = {identity: tiers[rank] for identity, (rank, _) in best.items()}
    evidence = {identity: f"{tiers[rank]}: {value}" for identity, (rank, value) in best.items()}
    return Hits(key, by, evidence, suppression)


def _opened(given: object) -> object:
    """Return a DuckDB or Spark frame as a Polars frame; everything else as it is."""
    module = type(given).__module__.partition(".")[0]
    if module not in {"duckdb", "_duckdb", "pyspark"}:
        return given
    table = open_table(given, name="suppression list", required=())
    return collect(table.lazy, table.columns)


def _without_shared_sites(listed: Exclusions) -> Exclusions:
    """Return the list without web sites on which many companies have a page: they name nobody, and that is said."""
    shared = [entry for entry in listed.entries if entry.is_site and registrable_domain(entry.domain) is None]
    if not shared:
        return listed
    kept = [replace(entry, domain=None) if entry in shared else entry for entry in listed.entries]
    said = tuple(f"row {entry.row}: {entry.text[:60]!r} is a page on a site that many share" for entry in shared)
    usable = tuple(entry for entry in kept if entry.domain or entry.address or entry.external_id or entry.name)
    return replace(listed, entries=usable, unreadable=(*listed.unreadable, *said))


def _keys(entry: Entry, tiers: Sequence[str]) -> dict[str, str]:
    """Return under which key an entry stands in each tier that it has the fields for."""
    site = registrable_domain(entry.domain) if entry.is_site else entry.domain
    name, city = name_key(entry.name), city_key(entry.city)
    keys = {
        "external_id": (entry.external_id or "").strip(),
        "address": entry.address or "",
        "domain": site or "",
        "name_city": f"{name}, {city}" if name and city else "",
        "name": name if not (entry.domain or entry.city) else "",
    }
    return {tier: keys[tier] for tier in tiers if keys[tier]}


def _refuse_incomparable(listed: Exclusions, held: set[str], *, persons: bool) -> None:
    """Refuse a list with entries that nothing in the frame could be compared with: they would suppress nobody."""
    blocked = [entry for entry in listed.entries if _is_blocked(_keys(entry, TIERS), held)]
    if persons:
        blocked = [entry for entry in blocked if not entry.address]
    if not blocked:
        return
    lacking = sorted({fact for entry in blocked for tier in _keys(entry, TIERS) for fact in _NEEDS[tier]} - held)
    shown = ", ".join(entry.text[:40] for entry in blocked[:_SHOWN])
    raise ValidationError(
        "the frame lacks what the suppression list names; nobody was suppressed",
        fields=[FieldProblem(COLUMNS[fact][0], "is not in the frame") for fact in lacking],
        next_step=f"{len(blocked):,} entries ({shown}) can be compared with nothing in it. Give the Results or the"
        " SendList instead of its frame, or join the companies' columns; addresses are compared with prospects.",
    )


def _is_blocked(keys: Mapping[str, str], held: set[str]) -> bool:
    return bool(keys) and not any(held & set(_NEEDS[tier]) for tier in keys)


def _index(entries: Sequence[Entry], tiers: Sequence[str]) -> dict[str, dict[str, set[int]]]:
    """Return for each tier: key → the numbers of the entries that stand under it."""
    index: dict[str, dict[str, set[int]]] = {tier: defaultdict(set) for tier in tiers}
    for number, entry in enumerate(entries):
        for tier, key in _keys(entry, tiers).items():
            index[tier][key].add(number)
    return index


def _present(table: OpenTable) -> dict[str, list[str]]:
    """Return which columns of the frame say what; beside an e-mail address, ``name`` is the person's."""
    there = set(table.columns) - ({"name"} if "email" in table.columns else set())
    return {fact: [name for name in names if name in there] for fact, names in COLUMNS.items()}


def _keyed(table: OpenTable) -> tuple[nw.Expr, Iterator[tuple[str, dict[str, list[str]]]]]:
    """Return the expression that tells rows apart, and for each of its values what can be compared."""
    present = [name for names in _present(table).values() for name in names]
    texts = [table.column(name, nw.String).fill_null("") for name in present]
    whole = nw.concat_str(texts, separator=_SEPARATOR) if texts else nw.lit("")
    # Several rows of one company share what any of them is recognised by. Prospects keep to themselves.
    by_id = "email" not in table.columns and "id" in table.columns
    key = nw.coalesce(table.column("id", nw.String), whole) if by_id else whole
    columns = [key.alias("__op_key"), *(text.alias(f"__op_{n}") for n, text in zip(present, texts, strict=True))]
    rows = collect(table.lazy.select(*columns).unique(), ["__op_key", *(f"__op_{name}" for name in present)])
    return key, (_facts(present, row) for row in sorted(rows.iter_rows(), key=repr))


def _facts(present: Sequence[str], row: tuple[Any, ...]) -> tuple[str, dict[str, list[str]]]:
    values = dict(zip(present, row[1:], strict=True))
    return row[0], {fact: [values[n] for n in names if values.get(n)] for fact, names in COLUMNS.items()}


def _matches(
    facts: Mapping[str, list[str]], index: Mapping[str, Mapping[str, set[int]]], tiers: Sequence[str]
) -> Iterator[tuple[int, str, set[int]]]:
    """Yield every match of one row: the tier's rank, the key that was equal, and the entries under it."""
    for rank, tier in enumerate(tiers):
        if index[tier]:
            for value in _values(tier, facts):
                if value in index[tier]:
                    yield rank, value, index[tier][value]


def _values(tier: str, facts: Mapping[str, list[str]]) -> Iterator[str]:
    if tier == "external_id":
        yield from (text.strip() for text in facts["external_id"])
    elif tier == "address":
        yield from (address for text in facts["email"] if (address := canonical.address(text)))
    elif tier == "domain":
        yield from _domains(facts)
    else:
        for name in filter(None, map(name_key, facts["name"][:1])):
            yield from [name] if tier == "name" else [f"{name}, {city_key(city)}" for city in facts["city"]]


def _domains(facts: Mapping[str, list[str]]) -> Iterator[str]:
    """Yield the registered domain of the web site, its host, and the host of the address, with all that is above."""
    for text in facts["site"]:
        host, registered = canonical.domain(text), registrable_domain(text)
        if registered:
            yield registered
        yield from canonical.and_above(host) if host else ()
    for text in facts["email"]:
        address = canonical.address(text)
        yield from canonical.and_above(address.rpartition("@")[2]) if address else ()


def _judged(listed: Exclusions, met: set[int], tiers: Sequence[str]) -> Suppression:
    complaints = [listed.complaint] if listed.complaint else []
    alone = sum(not _keys(entry, tiers) for entry in listed.entries)
    if alone:
        complaints.append(f"{alone:,} entries have a name alone, and names repeat: name_only=True compares them too.")
    unmatched = tuple(dict.fromkeys(e.text[:60] for n, e in enumerate(listed.entries) if n not in met))
    return Suppression(entries=len(listed.entries), matched=len(met), unmatched=unmatched, complaints=tuple(complaints))


def _say(suppression: Suppression) -> None:
    """Say in the log what the list did: as a warning where it did nothing, or could not be read in part."""
    is_loud = not suppression.matched or suppression.complaints
    log.log(logging.WARNING if is_loud else logging.INFO, "%s", suppression)


def _number() -> nw.Expr:
    number = nw.lit(None, nw.Int64)
    for tier, position in NUMBERS.items():
        number = nw.when(nw.col("excluded_by") == tier).then(nw.lit(position)).otherwise(number)
    return number
