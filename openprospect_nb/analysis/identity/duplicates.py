"""Find companies that were delivered more than once, under whatever spelling and in whichever order.

Rules, by name; each merge names its rule and what speaks for it, and every row stays in the frame:

``vendor_id``
    the same id in several rows.
``domain``
    the same registrable domain, and names that agree: all words, some perhaps but for a typo, or one name holds the
    other and only one company claims the shorter one. Companies of one group under one domain stay apart: those whose
    names have each a word of its own (Quast Maschinenbau, Quast Werkzeuge), or one of them what only sisters carry
    (Quast Holding, Quast Logistik, Quast Austria). So do the branches of a franchise, in each city one.
``name_city``
    names that agree, in one city. How much they must agree depends on what else is known: words count by how rare they
    are, so a shared "Maschinenbau" or "Peter" is no evidence; two different domains speak against it, unless both are
    made of the name.
``phone``, ``address``
    names that agree, reached at one number or street.
``name``
    a name of several words where a city is not known: a rare one, or one that stands in no other place of the frame; or
    a name that is the domain under two endings.

Another country is never the same company, except on one domain. A merge that would bring two certainly different
companies together through a third is not made. Only companies that share a key are ever compared (`candidates`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, overload

import narwhals.stable.v2 as nw
import polars as pl

from openprospect_nb.analysis.identity.agreement import NameAgreement
from openprospect_nb.analysis.identity.candidates import pairs
from openprospect_nb.analysis.identity.evident import same_on_a_domain, undecided
from openprospect_nb.analysis.identity.far_marks import joined_there
from openprospect_nb.analysis.identity.firms import Firm, Firms, firms_of, without_collecting
from openprospect_nb.analysis.identity.judging import (
    FRANCHISE,
    SHORTEST_MEANT,
    Frequencies,
    Judgement,
    Sameness,
    decide,
)
from openprospect_nb.analysis.table import FrameT, Lazy, OpenTable, companies_of, first_of_each, looked_up, open_table
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
        """Return the name of the group *identity* is in, itself where it is in none."""
        while (parent := self._parent.get(identity, identity)) != identity:
            self._parent[identity] = self._parent[parent]
            identity = parent
        return identity

    def merge(self, one: str, other: str, rule: str, evidence: str) -> bool:
        """Join the groups of two ids and return whether they are one now; False if any two of them are kept apart."""
        low, high = sorted((self.root(one), self.root(other)))
        if low == high:
            return True
        others = self._members[high]
        if self.apart and any(frozenset((a, b)) in self.apart for a in self._members[low] for b in others):
            return False
        self._parent[high] = low
        self._members[low] += self._members.pop(high)
        self.reasons[high] = Reason(rule, f"{evidence} ({one} and {other})")
        return True


ADDED: Final = ("cluster_id", "rule", "evidence")
_LOOKED_AT: Final = 20
_AT_ONCE: Final = 100_000  # companies whose words stand a row each


@overload
def dedupe(
    results: Results, *, keep_apart: Iterable[tuple[str, str]] = (), shared_hosts: Iterable[str] = ()
) -> pl.DataFrame: ...
@overload
def dedupe(
    results: FrameT, *, keep_apart: Iterable[tuple[str, str]] = (), shared_hosts: Iterable[str] = ()
) -> FrameT: ...
def dedupe(results: object, *, keep_apart: Iterable[tuple[str, str]] = (), shared_hosts: Iterable[str] = ()) -> Any:
    """Return all companies with ``cluster_id``, ``rule`` and ``evidence``; rows of one company share a cluster.

    ``cluster_id`` is the smallest company id of the cluster. ``rule`` and ``evidence`` say how a row's company joined;
    they are null for the company that names the cluster, unless it was itself delivered more than once
    (``vendor_id``). Nothing is dropped: see `distinct` for one row a cluster.

    Of a DuckDB or Spark frame a row a company comes into this process, with the columns named below: how rare a word
    is, by which names are judged, is known of all names together, and reading a name takes Python. Clusters go back.

    Args:
        results: a `Results` (several orders in one are what this is for), or a companies frame with ``id``; the more
            of ``name``, ``website_url``, ``city``, ``country``, ``state``, ``phone_number``, ``street`` and
            ``postal_code`` it has, the more is found and the less is mistaken.
        keep_apart: pairs of ids that must not end in one cluster; this is how a merge is undone.
        shared_hosts: sites on which many of your companies have a page, such as your own portal; the usual ones
            (networks, directories, builders, mail providers) are known. Web sites that cannot be read are logged.

    Raises:
        ValidationError: ``id`` is missing or a column is of the wrong kind.

    Example:
        >>> companies = op.dedupe(results)
        >>> companies.columns[-3:]
        ['cluster_id', 'rule', 'evidence']
    """
    table = open_table(companies_of(results), name="companies", required=("id",))
    clusters = clusters_of(firms_of(table, shared_hosts), keep_apart)
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
    once = first_of_each(ordered, "cluster_id", ["__op_best", "id", *table.row_order])
    result: FrameT = table.give_back(once, table.columns)
    return result


@without_collecting()
def clusters_of(firms: Firms, keep_apart: Iterable[tuple[str, str]]) -> Clusters:
    """Return the clusters of these firms; the same for every order in which they are given."""
    rarity, franchises = firms.rarities(), _franchises(firms.frame)
    groups = same_on_a_domain(firms.frame, franchises)
    doubtful = undecided(pairs(firms, rarity), firms.frame, groups)
    clusters = _joined(groups, keep_apart)
    # Companies that stand under several ids, but for those of the groups, whose ids are joined.
    are_several = firms.frame.select("ids").with_row_index("firm").filter(pl.col("ids").list.len() > 1)["firm"]
    several = are_several.filter(~are_several.is_in(groups["firms"].explode(empty_as_null=False).implode()))
    kin = _involved(firms, doubtful, several, groups)
    picked = firms.pick(kin["firm"].unique())
    # What the whole frame says, as far as it is about those who may be merged.
    parts = pl.Series(
        [part for firm in picked.values() for part in (*firm.core, firm.joined)], dtype=pl.String
    ).unique()
    words = dict(rarity.filter(pl.col("word").is_in(parts.implode())).rows())
    whole = Frequencies(words, franchises, _scattered(firms.frame), _spelled(firms.frame, parts))
    merging = _Merging(picked, whole, clusters, kin)
    asked = (*doubtful.rows(), *((n, n) for n in several))
    decided = [(merging.decide(one, other), one, other) for one, other in asked]
    surest_first = sorted(decided, key=lambda decision: (-decision[0].sureness, decision[1], decision[2]))
    for decision, one, other in surest_first:
        if decision.verdict is Sameness.SAME:
            merging.join(one, other, decision)
    merging.join_parts([decision for decision in surest_first if decision[0].verdict is Sameness.PART])
    return merging.clusters


def _joined(groups: pl.DataFrame, keep_apart: Iterable[tuple[str, str]]) -> Clusters:
    """Return the clusters of what is certain: see `same_on_a_domain`."""
    clusters = Clusters({frozenset(pair) for pair in keep_apart})
    for domain, words, ids in groups.select("domain", "words", "ids").rows():
        said = f"domain {domain}; {NameAgreement(shared=tuple(words))}"
        for n, other in enumerate(ids):
            clusters.add(other)
            # With all before it, for of the first it may have to be kept apart.
            any(clusters.merge(before, other, "domain", said) for before in ids[:n])
    return clusters


def _involved(firms: Firms, pairs: pl.DataFrame, several: pl.Series, groups: pl.DataFrame) -> pl.DataFrame:
    """Return ``firm`` and ``id`` of the companies that may be merged, in order, with all else under their ids."""
    ids = firms.frame.select(id="ids").with_row_index("firm")
    compared = pl.concat([pairs["one"], pairs["other"], several]).unique()
    met = pl.col("firms").list.eval(pl.element().is_in(compared.implode())).list.any()
    also = groups.filter(met)["firms"].explode(empty_as_null=False)
    theirs = ids[pl.concat([compared, also]).unique()]["id"].explode(empty_as_null=False).unique()
    long = ids.explode("id", empty_as_null=False).join(theirs.to_frame(), on="id", how="semi", maintain_order="left")
    rest = ids.join(long.select("firm").unique(), on="firm", how="semi", maintain_order="left")
    return rest.explode("id", empty_as_null=False)


def _franchises(firms: pl.DataFrame) -> frozenset[str]:
    """Return the domains on which companies of one name are in many cities."""
    placed = firms.select("name_key", "where", "base", domain="domains").filter(pl.col("base") != "").drop("base")
    sited = placed.explode("domain", empty_as_null=False)
    cities = sited.group_by("domain", "name_key").agg(pl.col("where").n_unique())
    return frozenset(cities.filter(pl.col("where") >= FRANCHISE)["domain"])


def _scattered(firms: pl.DataFrame) -> frozenset[tuple[str, ...]]:
    """Return the names that stand in two cities or countries, or on two domains."""
    facts = pl.col("base", "country", "label")
    named = firms.select("name_key", "bag", "base", "country", "label")
    counted = (
        named.filter(pl.col("name_key").is_duplicated())
        .group_by("name_key")
        .agg(pl.col("bag").first(), facts.filter(facts != "").n_unique())
    )
    scattered = counted.filter(pl.any_horizontal(pl.col("base", "country", "label") > 1))
    return frozenset(map(tuple, scattered["bag"].to_list()))


def _spelled(firms: pl.DataFrame, parts: pl.Series) -> frozenset[str]:
    """Return those of *parts*, words and whole names, that are part of the own domain of a company that has them."""
    asked = pl.DataFrame({"part": parts.filter(parts.str.len_chars() >= SHORTEST_MEANT)})
    labelled = firms.select("label", "core", "joined").filter(pl.col("label") != "")
    meant: set[str] = set()
    for some in labelled.iter_slices(_AT_ONCE):
        words = some.select("label", part="core").explode("part", empty_as_null=False)
        each = pl.concat([words, some.select("label", part="joined")]).join(asked, on="part", how="semi")
        meant.update(each.filter(pl.col("label").str.contains(pl.col("part"), literal=True))["part"])
    return frozenset(meant)


class _Merging:
    """Clusters that grow by decisions, and never beyond two companies that are certainly two."""

    __slots__ = ("_firms", "_frequencies", "_members", "_verdicts", "clusters")

    def __init__(self, firms: Mapping[int, Firm], whole: Frequencies, clusters: Clusters, ids: pl.DataFrame) -> None:
        self.clusters = clusters
        self._firms = firms
        self._frequencies = whole
        self._verdicts: dict[tuple[int, int], Sameness] = {}
        self._members: dict[str, list[int]] = defaultdict(list)
        for position, identity in ids.rows():
            clusters.add(identity)
            members = self._members[clusters.root(identity)]
            if members[-1:] != [position]:
                members.append(position)

    def decide(self, one: int, other: int) -> Judgement:
        """Return whether two firms are one company."""
        judgement = decide(self._firms[one], self._firms[other], self._frequencies)
        self._verdicts[one, other] = judgement.verdict
        return judgement

    def join(self, one: int, other: int, decision: Judgement) -> None:
        """Join the clusters of two firms, and all ids of a firm, unless members are certainly two companies."""
        ids = dict.fromkeys((*self._firms[one].ids, *self._firms[other].ids))
        first, *others = ids if one == other else (self._firms[one].ids[0], self._firms[other].ids[0])
        for identity in others:
            left, right = self.clusters.root(first), self.clusters.root(identity)
            if left == right or (one != other and self._are_apart(left, right)):
                continue
            if self.clusters.merge(first, identity, decision.rule, decision.evidence):
                members = self._members.pop(left) + self._members.pop(right)
                self._members[self.clusters.root(first)] = list(dict.fromkeys(members))

    def join_parts(self, decisions: Sequence[tuple[Judgement, int, int]]) -> None:
        """Join shorter names with the longer ones that hold them, where only one company claims the shorter."""
        claims: dict[str, set[str]] = defaultdict(set)
        for _, one, other in decisions:
            for short, long in self._short_and_long(one, other):
                claims[self._root(short)].add(self._root(long))
        for decision, one, other in decisions:
            shorts = [self._root(short) for short, _ in self._short_and_long(one, other)]
            if all(len(claims[short]) <= 1 for short in shorts):
                self.join(one, other, decision)

    def _short_and_long(self, one: int, other: int) -> list[tuple[int, int]]:
        sizes = len(self._firms[one].core), len(self._firms[other].core)
        if sizes[0] == sizes[1]:
            return [(one, other), (other, one)]
        return [(one, other) if sizes[0] < sizes[1] else (other, one)]

    def _verdict(self, one: int, other: int) -> Sameness:
        verdict = self._verdicts.get((one, other))
        return self.decide(one, other).verdict if verdict is None else verdict

    def _root(self, position: int) -> str:
        return self.clusters.root(self._firms[position].ids[0])

    def _are_apart(self, left: str, right: str) -> bool:
        """Whether any two members are certainly two companies; of large clusters the first few stand for all."""
        return any(
            self._verdict(one, other) is Sameness.APART
            for one in self._members[left][:_LOOKED_AT]
            for other in self._members[right][:_LOOKED_AT]
        )


def mark(table: OpenTable, clusters: Clusters) -> Lazy:
    """Return the opened rows with ``cluster_id``, ``rule`` and ``evidence`` by their ``id``."""
    names = list(clusters.reasons)
    merged = {
        "cluster_id": {name: clusters.root(name) for name in names},
        "rule": {name: clusters.reasons[name].rule for name in names},
        "evidence": {name: clusters.reasons[name].evidence for name in names},
    }
    keyed = table.lazy.with_columns(table.column("id", nw.String).alias("__op_key"))
    on, key = table.on, table.on.col("__op_key")
    again = on.when((on.len().over("__op_key") > 1) & ~key.is_null())
    usual = {
        "cluster_id": key,
        "rule": again.then(on.lit("vendor_id")),
        "evidence": again.then(on.lit("delivered more than once under this id")),
    }
    if table.engine is nw.Implementation.POLARS:
        return keyed.with_columns(looked_up(key, merged[name], usual[name]).alias(name) for name in ADDED)
    joined = joined_there(keyed, "__op_key", {f"__op_{name}": merged[name] for name in ADDED})
    return joined.with_columns(nw.coalesce(nw.col(f"__op_{name}"), usual[name]).alias(name) for name in ADDED)
