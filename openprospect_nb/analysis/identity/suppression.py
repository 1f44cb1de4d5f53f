"""Which companies must not be contacted, by the four tiers of the vendor's blacklists, and which tier said so.

==  ===========  ========================================================  =========
no  tier         equal                                                     strength
==  ===========  ========================================================  =========
1   external_id  the entry's ``external_id`` and the company's source id   exact
2   domain       registrable domain of ``website_url``                     high
3   name_city    name key and city key                                     good
4   name         name key alone, only if you ask for it                    fair
==  ===========  ========================================================  =========

An entry is tried in a tier only if it has that tier's fields; the fourth only if it has neither website nor city.
The keys are those of `keys`, so they forgive more than the vendor's: ``shop.firm.example`` is ``firm.example``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, overload

import narwhals.stable.v2 as nw
import polars as pl

from openprospect_nb.analysis.identity.keys import city_key, name_key, registrable_domain
from openprospect_nb.analysis.table import FrameT, OpenTable, collect, companies_of, looked_up, open_table
from openprospect_nb.errors import FieldProblem, ValidationError
from openprospect_nb.frames.results import Results

TIERS: Final = ("external_id", "domain", "name_city", "name")
ADDED: Final = ("excluded", "excluded_tier", "excluded_by", "excluded_evidence")
_COMPANY: Final = ("id", "source_id", "website_url", "normalized_url", "name", "city")
_ENTRY: Final = ("external_id", "website_url", "company_name", "name", "city")


@dataclass(frozen=True, slots=True)
class _Keys:
    """What a company or an entry can be recognised by; empty text where it has none."""

    external: str
    domain: str
    name: str
    city: str

    def of(self, tier: str) -> str:
        """Return the key of a tier, empty where a field is missing."""
        place = f"{self.name}, {self.city}" if self.name and self.city else ""
        return {"external_id": self.external, "domain": self.domain, "name_city": place, "name": self.name}[tier]


@overload
def exclude(results: Results, companies_or_blacklist: object, *, name_only: bool = False) -> pl.DataFrame: ...
@overload
def exclude(results: FrameT, companies_or_blacklist: object, *, name_only: bool = False) -> FrameT: ...
def exclude(results: object, companies_or_blacklist: object, *, name_only: bool = False) -> Any:
    """Return all companies with ``excluded``, the tier that hit and why; filter on ``excluded`` to drop them.

    Added columns: ``excluded`` (bool), ``excluded_tier`` (1-4, null where not excluded), ``excluded_by`` (its name)
    and ``excluded_evidence`` (the key that was equal).

    Args:
        results: a `Results` or a companies frame with ``id``; ``source_id``, ``website_url``, ``name`` and ``city``
            are used where they are there.
        companies_or_blacklist: whom to exclude: a blacklist's entries or any frame or list of dicts with
            ``company_name`` (or ``name``), ``website_url``, ``city``, ``external_id``; or the `Results` or companies
            of an earlier order.
        name_only: also exclude by name alone. Names repeat: real lists hold many companies of one name.

    Raises:
        ValidationError: ``id`` is missing, or the list has none of the columns above.

    Example:
        >>> known = [{"company_name": "Any name", "website_url": results.companies["website_url"].drop_nulls()[0]}]
        >>> op.exclude(results, known)["excluded"].sum()
        1
    """
    table = open_table(companies_of(results), name="companies", required=("id",))
    tiers = TIERS if name_only else TIERS[:3]
    listed = _listed(_entries(companies_or_blacklist), tiers)
    hits = dict(_hits(table, listed, tiers))
    key = table.column("id", nw.String)
    none = nw.lit(None, nw.String)
    by = {identity: tier for identity, (tier, _) in hits.items()}
    marked = table.lazy.with_columns(
        looked_up(key, by, none).alias("excluded_by"),
        looked_up(key, {identity: why for identity, (_, why) in hits.items()}, none).alias("excluded_evidence"),
    )
    numbered = marked.with_columns(
        _number().alias("excluded_tier"), (~nw.col("excluded_by").is_null()).alias("excluded")
    )
    return table.give_back(numbered, (*(c for c in table.columns if c not in ADDED), *ADDED))


def _number() -> nw.Expr:
    number = nw.lit(None, nw.Int64)
    for position, tier in enumerate(TIERS, start=1):
        number = nw.when(nw.col("excluded_by") == tier).then(nw.lit(position)).otherwise(number)
    return number


def _entries(given: object) -> OpenTable:
    frame = companies_of(given)
    if isinstance(frame, Sequence) and not isinstance(frame, str | bytes):
        rows = [{name: _text(row.get(name)) for name in _ENTRY} for row in frame if isinstance(row, Mapping)]
        frame = pl.DataFrame(rows, schema=dict.fromkeys(_ENTRY, pl.String))
    table = open_table(frame, name="list of exclusions", required=())
    if not set(table.columns) & set(_ENTRY):
        raise ValidationError(
            "the list of exclusions says nothing to compare",
            fields=[FieldProblem(name, "is not in the frame") for name in _ENTRY],
            next_step="Give at least one of these columns.",
        )
    return table


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _rows(table: OpenTable, names: Sequence[str]) -> Iterator[tuple[str | None, ...]]:
    texts = table.lazy.select(*(table.column(name, nw.String).alias(f"__op_{name}") for name in names)).unique()
    yield from sorted(collect(texts, [f"__op_{name}" for name in names]).rows(), key=repr)


def _listed(entries: OpenTable, tiers: Sequence[str]) -> dict[str, dict[str, str]]:
    """Return for each tier the listed keys, each with itself as evidence."""
    listed: dict[str, dict[str, str]] = {tier: {} for tier in tiers}
    for external, website, company_name, name, city in _rows(entries, _ENTRY):
        keys = _Keys(
            (external or "").strip(), registrable_domain(website) or "", name_key(company_name or name), city_key(city)
        )
        for tier in tiers:
            if (value := keys.of(tier)) and not (tier == "name" and (website or city)):
                listed[tier][value] = value
    return listed


def _hits(
    table: OpenTable, listed: Mapping[str, Mapping[str, str]], tiers: Sequence[str]
) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield the first tier that hits for each company; a company in several rows keeps its best tier."""
    best: dict[str, tuple[int, str]] = {}
    for identity, source, website, normalized, name, city in _rows(table, _COMPANY):
        if identity is None:
            continue
        keys = _Keys(
            (source or "").strip(), registrable_domain(website or normalized) or "", name_key(name), city_key(city)
        )
        found = _first_hit(keys.of, listed, tiers)
        if found is not None and found < best.get(identity, (len(TIERS), "")):
            best[identity] = found
    return ((identity, (TIERS[rank], f"{TIERS[rank]}: {value}")) for identity, (rank, value) in best.items())


def _first_hit(
    key_of: Callable[[str], str], listed: Mapping[str, Mapping[str, str]], tiers: Sequence[str]
) -> tuple[int, str] | None:
    for rank, tier in enumerate(tiers):
        if (value := key_of(tier)) and value in listed[tier]:
            return rank, value
    return None
