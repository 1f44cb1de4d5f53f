"""Find companies that were delivered more than once, under whatever spelling and in whichever order.

Rules, the surest first; each merge names its rule and what was equal, and every row stays in the frame:

1. ``vendor_id``: the same id in several rows.
2. ``domain``: the same registrable domain, and either the same host with names that have something in common, or
   equal name keys. Companies on one hosting platform have different domains here (private suffixes are kept apart),
   and differently named companies of one group under one domain stay apart.
3. ``name_city``: equal name key, city and (where both are known) country, unless both have a domain of their own and
   nothing but a one-word name speaks for the merge.

Only rows that share a key are ever compared.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any, Final, overload

import narwhals.stable.v2 as nw
import polars as pl

from openprospect_nb.analysis.identity.keys import city_key, host, name_key, registrable_domain
from openprospect_nb.analysis.table import FrameT, Lazy, OpenTable, collect, companies_of, looked_up, open_table
from openprospect_nb.frames.results import Results


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a record joined: the rule's name and what the two records have in common, by id."""

    rule: str
    evidence: str


@dataclass(slots=True)
class Clusters:
    """Groups of ids; the smallest id of a group names it, so the order of merging does not matter for the name."""

    apart: set[frozenset[str]]
    _parent: dict[str, str] = field(default_factory=dict)
    _members: dict[str, list[str]] = field(default_factory=dict)
    reasons: dict[str, Reason] = field(default_factory=dict)

    def add(self, identity: str) -> None:
        """Make sure *identity* is in a group, its own at first."""
        if identity not in self._parent:
            self._parent[identity] = identity
            self._members[identity] = [identity]

    def root(self, identity: str) -> str:
        """Return the name of the group *identity* is in."""
        while (parent := self._parent[identity]) != identity:
            self._parent[identity] = self._parent[parent]
            identity = parent
        return identity

    def merge(self, one: str, other: str, rule: str, evidence: str) -> bool:
        """Join the groups of two ids and return whether they are one now; False if any two of them are kept apart."""
        low, high = sorted((self.root(one), self.root(other)))
        if low == high:
            return True
        if self.apart and self._forbidden(self._members[low], self._members[high]):
            return False
        self._parent[high] = low
        self._members[low] += self._members.pop(high)
        self.reasons[high] = Reason(rule, f"{evidence} ({one} and {other})")
        return True

    def _forbidden(self, left: Iterable[str], right: Iterable[str]) -> bool:
        others = list(right)
        return any(frozenset((a, b)) in self.apart for a in left for b in others)


ADDED: Final = ("cluster_id", "rule", "evidence")
_USED: Final = ("id", "name", "website_url", "normalized_url", "city", "country")


@dataclass(frozen=True, slots=True)
class _Firm:
    identity: str
    name: str
    city: str
    country: str
    host: str | None
    domain: str | None


@overload
def dedupe(results: Results, *, keep_apart: Iterable[tuple[str, str]] = ()) -> pl.DataFrame: ...
@overload
def dedupe(results: FrameT, *, keep_apart: Iterable[tuple[str, str]] = ()) -> FrameT: ...
def dedupe(results: object, *, keep_apart: Iterable[tuple[str, str]] = ()) -> Any:
    """Return all companies with ``cluster_id``, ``rule`` and ``evidence``; rows of one company share a cluster.

    ``cluster_id`` is the smallest company id of the cluster. ``rule`` and ``evidence`` say how a row's company joined;
    they are null for the company that names the cluster, unless it was itself delivered more than once
    (``vendor_id``). Nothing is dropped: see `distinct` for one row a cluster.

    Args:
        results: a `Results` (several orders in one are what this is for), or a companies frame with ``id``; the more
            of ``name``, ``website_url``, ``city`` and ``country`` it has, the more is found.
        keep_apart: pairs of ids that must not end in one cluster; this is how a merge is undone.

    Raises:
        ValidationError: ``id`` is missing or a column is of the wrong kind.

    Example:
        >>> companies = op.dedupe(results)
        >>> companies.columns[-3:]
        ['cluster_id', 'rule', 'evidence']
    """
    table = open_table(companies_of(results), name="companies", required=("id",))
    clusters = clusters_of(_firms(table), keep_apart)
    return table.give_back(mark(table, clusters), (*(c for c in table.columns if c not in ADDED), *ADDED))


def distinct(deduped: FrameT) -> FrameT:
    """Return one row a cluster of what `dedupe` gave: the one with the best ``match_score``, then the first id.

    Example:
        >>> from openprospect_nb.analysis import distinct
        >>> distinct(op.dedupe(results))["cluster_id"].is_unique().all()
        True
    """
    table = open_table(deduped, name="companies", required=("id", "cluster_id"))
    best = -table.column("match_score", nw.Float64).fill_null(-1.0)
    ordered = table.lazy.with_columns(best.alias("__op_best"))
    once = ordered.unique("cluster_id", keep="first", order_by=["__op_best", "id", *table.row_order])
    result: FrameT = table.give_back(once, table.columns)
    return result


def company_clusters(companies: OpenTable) -> Clusters:
    """Return the clusters of opened companies, every id in one."""
    return clusters_of(_firms(companies), ())


def clusters_of(firms: Iterable[_Firm], keep_apart: Iterable[tuple[str, str]]) -> Clusters:
    """Return the clusters of these firms; the same for every order in which they are given."""
    ordered = sorted(firms, key=lambda firm: (firm.identity, firm.name, firm.domain or "", firm.city))
    clusters = Clusters({frozenset(pair) for pair in keep_apart})
    for firm in ordered:
        clusters.add(firm.identity)
    for group in _blocks(ordered, lambda firm: firm.domain):
        _link(group, clusters, "domain", same_domain)
    for group in _blocks(ordered, lambda firm: f"{firm.name}|{firm.city}" if firm.name and firm.city else None):
        _link(group, clusters, "name_city", same_place)
    return clusters


def same_domain(one: _Firm, other: _Firm) -> str | None:
    """Return what two firms on one registrable domain have in common, None if that is not enough."""
    if one.name == other.name or (one.host == other.host and related(one.name, other.name)):
        return f"domain {one.domain}"
    return None


def same_place(one: _Firm, other: _Firm) -> str | None:
    """Return what two firms of equal name key and city have in common, None if that is not enough."""
    if one.country and other.country and one.country != other.country:
        return None
    own_domains = one.domain and other.domain and one.domain != other.domain
    if own_domains and not _same_label(one.domain, other.domain) and " " not in one.name:
        return None
    return f"name and city {one.name!r}, {one.city!r}"


def related(one: str, other: str) -> bool:
    """Whether two name keys may mean one company: one is missing, they share a word, or are a typo apart."""
    if not one or not other:
        return True
    words = {word for word in one.split() if len(word) > 2} & set(other.split())
    return bool(words) or SequenceMatcher(None, one, other).ratio() >= 0.8


def _same_label(one: str | None, other: str | None) -> bool:
    return (one or "").split(".", maxsplit=1)[0] == (other or "").split(".", maxsplit=1)[0]


def _firms(table: OpenTable) -> Iterator[_Firm]:
    texts = table.lazy.select(*(table.column(name, nw.String).alias(f"__op_{name}") for name in _USED)).unique()
    rows = collect(texts, [f"__op_{name}" for name in _USED]).drop_nulls("__op_id")
    for identity, name, website, normalized, city, country in rows.rows():
        url = website or normalized
        yield _Firm(
            identity,
            name_key(name),
            city_key(city),
            (country or "").strip().lower(),
            host(url),
            registrable_domain(url),
        )


def _blocks(firms: Iterable[_Firm], key: Callable[[_Firm], str | None]) -> Iterator[list[_Firm]]:
    groups: dict[str, list[_Firm]] = defaultdict(list)
    for firm in firms:
        if (value := key(firm)) is not None:
            groups[value].append(firm)
    return (group for group in groups.values() if len(group) > 1)


def _link(group: list[_Firm], clusters: Clusters, rule: str, compare: Callable[[_Firm, _Firm], str | None]) -> None:
    """Compare each firm with those that stand for a company so far, so a large block costs firms times companies."""
    standing: list[_Firm] = []
    for firm in group:
        for other in standing:
            evidence = compare(other, firm)
            if evidence is not None and clusters.merge(other.identity, firm.identity, rule, evidence):
                break
        else:
            standing.append(firm)


def mark(table: OpenTable, clusters: Clusters) -> Lazy:
    """Return the opened rows with ``cluster_id``, ``rule`` and ``evidence`` by their ``id``."""
    identity = table.column("id", nw.String)
    roots = {name: clusters.root(name) for name in clusters.reasons}
    often = nw.len().over("__op_key") > 1
    has_key = ~nw.col("__op_key").is_null()
    again = nw.when(often & has_key)
    rules = {name: reason.rule for name, reason in clusters.reasons.items()}
    texts = {name: reason.evidence for name, reason in clusters.reasons.items()}
    keyed = table.lazy.with_columns(identity.alias("__op_key"))
    return keyed.with_columns(
        looked_up(nw.col("__op_key"), roots, nw.col("__op_key")).alias("cluster_id"),
        looked_up(nw.col("__op_key"), rules, again.then(nw.lit("vendor_id"))).alias("rule"),
        looked_up(nw.col("__op_key"), texts, again.then(nw.lit("delivered more than once under this id"))).alias(
            "evidence"
        ),
    )
