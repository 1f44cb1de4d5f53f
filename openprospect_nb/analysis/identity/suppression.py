"""Whom not to contact: companies by the tiers of the vendor's blacklists, persons by their address or its domain.

==  ===========  ========================================================  =========
no  tier         equal                                                     strength
==  ===========  ========================================================  =========
1   external_id  the entry's ``external_id`` and the company's source id   exact
1   address      the entry's and the prospect's e-mail address             exact
2   domain       registrable domain of the web site; the host of the       high
                 address, or a domain above it
3   name_city    name key and city (Frankfurt (Oder) is another city)      good
4   name         name key alone, only if you ask for it                    fair
==  ===========  ========================================================  =========

An entry is tried in a tier only if it has that tier's fields; the fourth only if it has neither website nor city.
The keys are those of `keys`, so they forgive more than the vendor's: ``shop.firm.example`` is ``firm.example``. Every
list is read by `files.exclusions`, here and wherever else somebody is to be kept out. No list that keeps nobody out
stays silent.
"""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any, Final, cast, overload

import narwhals.stable.v2 as nw
import polars as pl

from openprospect_nb.analysis.identity.cores import name_keys
from openprospect_nb.analysis.identity.firms import without_collecting
from openprospect_nb.analysis.identity.keys import (
    hosts,
    without_town,
)
from openprospect_nb.analysis.identity.narrowing import MANY, narrowed
from openprospect_nb.analysis.identity.places import NOWHERE, Place, place_of
from openprospect_nb.analysis.identity.sites import listed_addresses, listed_sites
from openprospect_nb.analysis.table import (
    COMPANY,
    Expr,
    FrameT,
    OpenTable,
    collect,
    companies_of,
    looked_up,
    open_table,
    prospects_with_companies,
    rows_in,
)
from openprospect_nb.errors import FieldProblem, ValidationError
from openprospect_nb.files.exclusions import ExclusionEntry, Exclusions, exclusions
from openprospect_nb.frames.results import Results
from openprospect_nb.markup.cards import Card, Faced, card_table
from openprospect_nb.privacy import canonical, shared

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
class Suppression(Faced):
    """What a list did to a frame.

    Attributes:
        entries: how many entries were read. matched: how many of them met a row.
        unmatched: the entries that met none, as they were given.
        complaints: what could not be read or compared, in sentences.
        by_tier: tier → how many entries' best match was in it.
    """

    entries: int
    matched: int
    unmatched: tuple[str, ...]
    complaints: tuple[str, ...]
    by_tier: Mapping[str, int]

    def __str__(self) -> str:
        """Return how many entries matched, which did not, and what could not be used."""
        more = len(self.unmatched) - _SHOWN
        rest = f"; without a match: {', '.join(self.unmatched[:_SHOWN])}" if self.unmatched else ""
        also = f" and {more:,} more" if more > 0 else ""
        said = f"{self.matched:,} of {self.entries:,} entries of the suppression list match a row{rest}{also}."
        return " ".join([said, *self.complaints])

    def _card(self) -> Card:
        return Card(
            kind="Suppression",
            answer=f"{self.matched:,} of {self.entries:,} entries match a row.",
            facts=[(f"by {tier.replace('_', ' ')}", f"{count:,}") for tier, count in self.by_tier.items()],
            doubt=" ".join(self.complaints),
            table=card_table(("without a match",), [(text,) for text in self.unmatched]) if self.unmatched else None,
        )


@dataclass(frozen=True, slots=True)
class Hits:
    """Which rows a list hits: the expression that tells rows apart, and for each key the tier and what was equal."""

    key: Expr
    by: Mapping[str, str]
    evidence: Mapping[str, str]
    suppression: Suppression

    @property
    def excluded_by(self) -> Expr:
        """The tier that hit, null where none did."""
        return looked_up(self.key, self.by)


@overload
def exclude(results: Results, companies_or_blacklist: object, *, name_only: bool = False) -> pl.DataFrame: ...
@overload
def exclude(results: FrameT, companies_or_blacklist: object, *, name_only: bool = False) -> FrameT: ...
def exclude(results: object, companies_or_blacklist: object, *, name_only: bool = False) -> Any:
    """Return all companies with ``excluded``, the tier that hit and why; filter on ``excluded`` to drop them.

    `contactable`, `send_list`, `ramp` and `export` keep out who is ``excluded``.
    Added columns: ``excluded`` (bool), ``excluded_tier`` (1-4, null where not excluded), ``excluded_by`` (its name)
    and ``excluded_evidence`` (the key that was equal). How many entries matched is logged, as a warning that names them
    where some did not; `suppression` returns it.

    Args:
        results: a `Results`, or a frame of companies or of prospects; what of id, web site, name, city and e-mail
            address is there is used. A domain takes everybody at hosts below it too.
        companies_or_blacklist: whom to exclude: domains, addresses, ``*@firm.example`` or web addresses; a blacklist's
            entries or any frame, Series, list or file with a heading such as ``domain``, ``company_name`` or ``email``;
            or the `Results` or companies of an earlier order; or `op.outcomes()`: who unsubscribed, complained or
            bounced (not softly).
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
    on = table.on
    marked = table.lazy.with_columns(excluded_by=hits.excluded_by, excluded_evidence=looked_up(hits.key, hits.evidence))
    number = on.lit(None, on.Int64)
    for tier, position in NUMBERS.items():
        number = on.when(on.col("excluded_by") == tier).then(on.lit(position)).otherwise(number)
    numbered = marked.with_columns(number.alias("excluded_tier"), (~on.col("excluded_by").is_null()).alias("excluded"))
    return table.give_back(numbered, (*(c for c in table.columns if c not in ADDED), *ADDED))


def suppression(results: object, companies_or_blacklist: object, *, name_only: bool = False) -> Suppression:
    """Return what a list does to companies or persons: how many of its entries match a row, and all that do not.

    Of a `Results` the persons are looked at with their companies, and companies without persons too. Nothing is logged.

    Args:
        results: a `Results`, a `SendList`, or a frame of companies or prospects.
        companies_or_blacklist: whatever `exclude` takes.
        name_only: as in `exclude`.

    Raises:
        ValidationError: as `exclude`.

    Example:
        >>> print(op.suppression(results, ["nowhere.example"]))
        0 of 1 entries of the suppression list match a row; without a match: nowhere.example.
    """
    table = open_table(_persons_and_firms(results), name="prospects", required=())
    return _hits(table, companies_or_blacklist, name_only=name_only).suppression


def _persons_and_firms(results: object) -> object:
    """Return persons beside their companies, of a `Results` the companies without persons too; else the frame."""
    if not isinstance(results, Results):
        return getattr(results, "prospects", results)
    names = {"id": "company_id", **{t: o for t, o in COMPANY.items() if t in results.companies.columns}}
    firms = results.companies.select(*names).rename(names)
    alone = firms.filter(~pl.col("company_id").is_in(results.prospects["company_id"].implode()))
    return pl.concat([cast("pl.DataFrame", prospects_with_companies(results)), alone], how="diagonal_relaxed")


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
    hits = _hits(table, given, name_only=name_only, persons=persons)
    did = hits.suppression
    # A warning where an entry did nothing, or could not be read or used.
    is_loud = not did.matched or did.unmatched or did.complaints
    log.log(logging.WARNING if is_loud else logging.INFO, "%s", did)
    return hits


@without_collecting()
def _hits(table: OpenTable, given: object, *, name_only: bool, persons: bool = False) -> Hits:
    listed = exclusions(_opened(given))
    tiers = TIERS if name_only else TIERS[:4]
    held = {fact for fact, columns in _present(table).items() if columns}
    called = [without_town(entry.name or "", entry.city or "") for entry in listed.entries]
    names = dict(name_keys(pl.Series(called, dtype=pl.String)).rows())
    keys = [_keys_of(entry, names.get(name, "")) for entry, name in zip(listed.entries, called, strict=True)]
    _refuse_incomparable(listed, keys, held, persons=persons)
    index = _index(keys, tiers)
    places = [place_of(entry.city) for entry in listed.entries]
    key, rows = _keyed(table, keys)
    met: dict[int, int] = {}
    best: dict[str, tuple[int, str]] = {}
    for identity, facts in rows:
        for rank, value, place, under in _matches(facts, index, tiers):
            entries = {number for number in under if not place.conflicts(places[number])}
            if not entries:
                continue
            met.update({number: min(rank, met.get(number, rank)) for number in entries})
            best[identity] = min(best.get(identity, (rank, value)), (rank, value))
    by = {identity: tiers[rank] for identity, (rank, _) in best.items()}
    evidence = {identity: f"{tiers[rank]}: {value}" for identity, (rank, value) in best.items()}
    elsewhere = sum(entry.address is not None for entry in listed.entries) if persons else 0
    return Hits(key, by, evidence, _judged(listed, keys, met, tiers, elsewhere))


def _opened(given: object) -> object:
    """Return a DuckDB or Spark frame as a Polars frame; everything else as it is."""
    module = type(given).__module__.partition(".")[0]
    if module not in {"duckdb", "_duckdb", "pyspark"}:
        return given
    table = open_table(given, name="suppression list", required=())
    return collect(table.lazy, table.columns)


def _keys_of(entry: ExclusionEntry, name: str) -> dict[str, str]:
    """Return under which key an entry stands in each tier that it has the fields for."""
    site = shared.own_domain(entry.domain) if entry.is_site and entry.domain else entry.domain
    city = place_of(entry.city).base
    keys = {
        "external_id": (entry.external_id or "").strip(),
        "address": entry.address or "",
        "domain": site or "",
        "name_city": f"{name}, {city}" if name and city else "",
        "name": name if not (entry.domain or entry.city) else "",
    }
    return {tier: key for tier, key in keys.items() if key}


def _refuse_incomparable(
    listed: Exclusions, keys: Sequence[Mapping[str, str]], held: set[str], *, persons: bool
) -> None:
    """Refuse a list with entries that nothing in the frame could be compared with: they would suppress nobody."""
    blocked = [
        (entry, own)
        for entry, own in zip(listed.entries, keys, strict=True)
        if own and not any(held & set(_NEEDS[tier]) for tier in own) and not (persons and entry.address)
    ]
    if not blocked:
        return
    lacking = sorted({fact for _, own in blocked for tier in own for fact in _NEEDS[tier]} - held)
    shown = ", ".join(entry.text[:40] for entry, _ in blocked[:_SHOWN])
    raise ValidationError(
        "the frame lacks what the suppression list names; nobody was suppressed",
        fields=[FieldProblem(COLUMNS[fact][0], "is not in the frame") for fact in lacking],
        next_step=f"{len(blocked):,} entries ({shown}) can be compared with nothing in it. Give the Results or the"
        " SendList instead of its frame, or join the companies' columns; addresses are compared with prospects.",
    )


def _index(keys: Sequence[Mapping[str, str]], tiers: Sequence[str]) -> dict[str, dict[str, set[int]]]:
    """Return for each tier: key → the numbers of the entries that stand under it."""
    index: dict[str, dict[str, set[int]]] = {tier: defaultdict(set) for tier in tiers}
    for number, own in enumerate(keys):
        for tier in tiers:
            if tier in own:
                index[tier][own[tier]].add(number)
    return index


def _present(table: OpenTable) -> dict[str, list[str]]:
    """Return which columns of the frame say what; beside an e-mail address, ``name`` is the person's."""
    there = set(table.columns) - ({"name"} if "email" in table.columns else set())
    return {fact: [name for name in names if name in there] for fact, names in COLUMNS.items()}


def _keyed(
    table: OpenTable, keys: Sequence[Mapping[str, str]]
) -> tuple[Expr, Iterator[tuple[str, dict[str, list[str]]]]]:
    """Return the expression that tells rows apart, and for its values what can be compared, of those that may match."""
    present = [name for names in _present(table).values() for name in names]
    texts = [table.column(name, nw.String).fill_null("") for name in present]
    on = table.on
    whole = on.concat_str(texts, separator=_SEPARATOR) if texts else on.lit("")
    # Several rows of one company share what any of them is recognised by. Prospects keep to themselves.
    by_id = "email" not in table.columns and "id" in table.columns
    key = on.coalesce(table.column("id", nw.String), whole) if by_id else whole
    columns = [key.alias("__op_key"), *(text.alias(f"__op_{n}") for n, text in zip(present, texts, strict=True))]
    asked = table.lazy.select(*columns)
    if table.engine is not nw.Implementation.POLARS and rows_in(asked) > MANY:
        there = {fact: [f"__op_{name}" for name in names] for fact, names in _present(table).items()}
        asked = narrowed(asked, there, {tier: frozenset(own[tier] for own in keys if tier in own) for tier in TIERS})
    rows = collect(asked, ["__op_key", *(f"__op_{name}" for name in present)])
    met = rows.filter(_may_match(rows, _present(table), keys)).unique()
    named = [met[f"__op_{name}"].cast(pl.String) for name in _present(table)["name"]]
    keyed = dict(name_keys(pl.concat(named)).rows()) if named else {}
    # The first value of a row is its key.
    held = {fact: [1 + present.index(name) for name in names] for fact, names in _present(table).items()}
    return key, ((row[0], _facts(row, held, keyed)) for row in met.iter_rows())


def _may_match(
    rows: pl.DataFrame, present: Mapping[str, Sequence[str]], keys: Sequence[Mapping[str, str]]
) -> pl.Series:
    """Return which rows have a text that may stand in the list; each distinct text is read once, a column at once."""
    wanted = {tier: {own[tier] for own in keys if tier in own} for tier in TIERS}
    names = wanted["name"] | {key.rpartition(", ")[0] for key in wanted["name_city"]}
    readers: Mapping[str, Callable[[pl.Series], pl.Series]] = {
        "external_id": lambda texts: texts.filter(texts.str.strip_chars().is_in(list(wanted["external_id"]))),
        "site": lambda texts: listed_sites(texts, wanted["domain"]),
        "email": lambda texts: listed_addresses(texts, wanted["address"], wanted["domain"]),
        "name": lambda texts: name_keys(texts).filter(pl.col("key").is_in(list(names)))["name"],
    }
    columns = {fact: [rows[f"__op_{name}"].cast(pl.String) for name in present[fact]] for fact in readers}
    listed = (
        texts.is_in(readers[fact](texts.unique().replace("", None).drop_nulls()).implode())
        for fact, present_texts in columns.items()
        for texts in present_texts
    )
    return reduce(or_, listed, pl.repeat(value=False, n=rows.height, eager=True, dtype=pl.Boolean))


def _facts(row: tuple[Any, ...], held: Mapping[str, Sequence[int]], keyed: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the texts of a row by what they are (*held*: in which places), of its first name the ``name_key``."""
    facts = {fact: [row[place] for place in places if row[place]] for fact, places in held.items()}
    facts["name_key"] = [key for name in facts["name"][:1] if (key := keyed[name])]
    return facts


def _matches(
    facts: Mapping[str, list[str]], index: Mapping[str, Mapping[str, set[int]]], tiers: Sequence[str]
) -> Iterator[tuple[int, str, Place, set[int]]]:
    """Yield every match of one row: the tier's rank, the key that was equal, the row's city, the entries under the key.

    The city is there where it was part of the key; an entry may be of another city of that name.
    """
    for rank, tier in enumerate(tiers):
        if index[tier]:
            for value, place in _values(tier, facts):
                if value in index[tier]:
                    yield rank, value, place, index[tier][value]


def _values(tier: str, facts: Mapping[str, list[str]]) -> Iterator[tuple[str, Place]]:
    if tier == "name_city":
        places = [place_of(city) for city in facts["city"]]
        yield from ((f"{name}, {place.base}", place) for name in facts["name_key"] for place in places)
        return
    texts: Iterable[str] = facts["name_key"]
    if tier == "external_id":
        texts = (text.strip() for text in facts["external_id"])
    elif tier == "address":
        texts = (address for text in facts["email"] if (address := canonical.address(text)))
    elif tier == "domain":
        texts = _domains(facts)
    yield from ((text, NOWHERE) for text in texts)


def _domains(facts: Mapping[str, list[str]]) -> Iterator[str]:
    """Yield the hosts of the web site and the host of the address, with all that is above: who holds them is too."""
    for text in facts["site"]:
        yield from (above for host in hosts(text) for above in canonical.and_above(host))
    for text in facts["email"]:
        address = canonical.address(text)
        yield from canonical.and_above(address.rpartition("@")[2]) if address else ()


def _judged(
    listed: Exclusions,
    keys: Sequence[Mapping[str, str]],
    met: Mapping[int, int],
    tiers: Sequence[str],
    elsewhere: int,
) -> Suppression:
    complaints = [said for said in (listed.complaint, listed.remark) if said]
    alone = sum(own.keys().isdisjoint(tiers) for own in keys)
    if alone:
        complaints.append(f"{alone:,} entries have a name alone, and names repeat: name_only=True compares them too.")
    if elsewhere:
        complaints.append(f"{elsewhere:,} are addresses of persons: contactable and export compare them, no companies.")
    unmatched = tuple(dict.fromkeys(e.text[:60] for n, e in enumerate(listed.entries) if n not in met))
    counted = Counter(tiers[rank] for rank in met.values())
    return Suppression(
        entries=len(listed.entries),
        matched=len(met),
        unmatched=unmatched,
        complaints=tuple(complaints),
        by_tier={tier: counted[tier] for tier in tiers if counted[tier]},
    )
