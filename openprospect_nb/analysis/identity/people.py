"""Find people that were delivered more than once: by e-mail address, then by name within a mail domain or company."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, overload

import narwhals.stable.v2 as nw
import polars as pl

from openprospect_nb.analysis.contacts import mailboxes
from openprospect_nb.analysis.identity.duplicates import ADDED, Clusters, mark
from openprospect_nb.analysis.identity.keys import person_key
from openprospect_nb.analysis.table import FrameT, OpenTable, collect, open_table, prospects_of
from openprospect_nb.frames.results import Results
from openprospect_nb.privacy import shared


@dataclass(frozen=True, slots=True)
class _Person:
    identity: str
    address: str | None
    domain: str | None
    company: str | None
    name: str


def _name_at(name: str, place: str | None) -> tuple[str, str] | None:
    return (name, place) if name and place else None


_RULES: Final[tuple[tuple[str, str, Callable[[_Person], object | None]], ...]] = (
    ("email", "same address", lambda person: person.address),
    ("name_in_domain", "same name at one mail domain", lambda person: _name_at(person.name, person.domain)),
    ("name_in_company", "same name at one company", lambda person: _name_at(person.name, person.company)),
)


@overload
def dedupe_prospects(results: Results, *, keep_apart: Iterable[tuple[str, str]] = ()) -> pl.DataFrame: ...
@overload
def dedupe_prospects(results: FrameT, *, keep_apart: Iterable[tuple[str, str]] = ()) -> FrameT: ...
def dedupe_prospects(results: object, *, keep_apart: Iterable[tuple[str, str]] = ()) -> Any:
    """Return all prospects with ``cluster_id``, ``rule`` and ``evidence``; rows of one person share a cluster.

    Rules: ``vendor_id`` (the same id in several rows), ``email`` (the same personal address; shared mailboxes such as
    info@ are nobody's), ``name_in_domain`` and ``name_in_company`` (equal first and last name, without case and
    accents, at the same mail domain or company). The evidence names ids, never addresses or names.

    Args:
        results: a `Results` or a prospects frame with ``id``; ``email``, ``first_name``, ``last_name`` and
            ``company_id`` (best from `dedupe`) are used where they are there.
        keep_apart: pairs of ids that must not end in one cluster.

    Raises:
        ValidationError: ``id`` is missing or a column is of the wrong kind.

    Example:
        >>> from openprospect_nb.analysis import dedupe_prospects
        >>> dedupe_prospects(results).height == results.prospects.height
        True
    """
    table = open_table(prospects_of(results), name="prospects", required=("id",))
    clusters = Clusters({frozenset(pair) for pair in keep_apart})
    people = sorted(_people(table), key=lambda person: (person.identity, person.address or "", person.name))
    for person in people:
        clusters.add(person.identity)
    for rule, evidence, key in _RULES:
        first: dict[object, str] = {}
        for person in people:
            value = key(person)
            if value is not None and value in first:
                clusters.merge(first[value], person.identity, rule, evidence)
            elif value is not None:
                first[value] = person.identity
    return table.give_back(mark(table, clusters), (*(c for c in table.columns if c not in ADDED), *ADDED))


def _people(table: OpenTable) -> Iterator[_Person]:
    names = ("id", "company_id", "first_name", "last_name")
    texts = {f"__op_{name}": table.column(name, nw.String) for name in names} | {"__op_email": mailboxes.address(table)}
    rows = collect(table.lazy.select(**texts).unique(), texts).drop_nulls("__op_id")
    for identity, company, first, last, address in rows.rows():
        usable = address if address and "@" in address else None
        domain = usable.rpartition("@")[2] if usable else None
        yield _Person(
            identity,
            None if usable is None or usable.partition("@")[0] in mailboxes.ROLE_NAMES else usable,
            None if domain is None or shared.is_free_mail(domain) else domain,
            company,
            person_key(first, last),
        )
