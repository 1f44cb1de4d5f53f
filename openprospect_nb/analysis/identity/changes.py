"""What changed between two deliveries of companies: who is new, who is gone, which fields and scores moved."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar, overload

import narwhals.stable.v2 as nw
import polars as pl

from openprospect_nb.analysis.contacts.percentages import within
from openprospect_nb.analysis.identity.places import city_key, country_key
from openprospect_nb.analysis.intervals import z_value
from openprospect_nb.analysis.table import (
    FrameT,
    OpenTable,
    companies_of,
    open_table,
    read,
    rows_in,
    same_engine,
    whole,
)
from openprospect_nb.frames.results import Results
from openprospect_nb.markup.cards import Card, Faced, card_table

FIELDS: Final = ("name", "website_url", "business_type", "city", "country", "employee_count")
CHANGED: Final = pl.Schema({"id": pl.String(), "field": pl.String(), "before": pl.String(), "after": pl.String()})
_MEANINGS: Final[Mapping[str, Callable[[str | None], str]]] = {"country": country_key, "city": city_key}
NativeT = TypeVar("NativeT")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreDrift:
    """How ``match_score`` (0-10) moved for the ``n`` companies scored both times.

    ``mean`` is after minus before with its interval (normal, 90 %); ``median`` likewise; ``rose`` and ``fell`` count
    companies. All None where no company was scored twice; the interval is None for a single one.
    """

    n: int
    mean: float | None
    low: float | None
    high: float | None
    median: float | None
    rose: int
    fell: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes(Faced, Generic[NativeT]):
    """The difference between two deliveries, companies matched by vendor id.

    Attributes:
        new, gone: rows of the later (earlier) frame whose id the other lacks, in its own kind of frame.
        new_count, gone_count: how many rows these are.
        kept: how many ids are in both.
        changed: `CHANGED`, a row a changed field of a kept company, values as text; null means unknown. Another
            spelling of one country or city (DE, Germany) is no change.
        drift: how the match scores moved.
    """

    new: NativeT
    gone: NativeT
    kept: int
    new_count: int
    gone_count: int
    drift: ScoreDrift
    changed: pl.DataFrame = field(compare=False)

    def _card(self) -> Card:
        moved = None if self.drift.mean is None else f"{self.drift.mean:+.2f} on average"
        rows = [(name, count) for name, count in self.changed["field"].value_counts(sort=True).iter_rows()]
        return Card(
            kind="Changes since the earlier delivery",
            answer=f"{self.new_count:,} companies are new, {self.gone_count:,} are gone, {self.kept:,} stayed.",
            facts=(("changed among them", f"{self.changed['id'].n_unique():,}"), ("match score", moved)),
            table=card_table(("field", "changes"), rows),
            calls=("op.show(changes.new)", "changes.changed"),
        )

    def __repr__(self) -> str:
        moved = "" if self.drift.mean is None else f", score {self.drift.mean:+.2f} on average"
        fields = self.changed["id"].n_unique()
        return f"Changes({self.new_count} new, {self.gone_count} gone, {self.kept} kept, {fields} changed{moved})"


@overload
def diff(before: Results, after: Results) -> Changes[pl.DataFrame]: ...
@overload
def diff(before: FrameT, after: FrameT) -> Changes[FrameT]: ...
def diff(before: object, after: object) -> Changes[Any]:
    """Return what changed from one delivery of companies to a later one.

    Args:
        before: a `Results` or a companies frame with ``id``.
        after: the same kind, later.

    Raises:
        ValidationError: ``id`` is missing.
        ConfigurationError: the frames are of different kinds.

    Example:
        >>> op.diff(results, results)
        Changes(0 new, 0 gone, 99 kept, 0 changed, score +0.00 on average)
    """
    old = open_table(companies_of(before), name="before", required=("id",))
    new = open_table(companies_of(after), name="after", required=("id",))
    same_engine(old, new)
    was, now = _rows(old), _rows(new)
    pairs = was.join(now, on="id", suffix="_after").sort("id")
    (added, new_count), (lost, gone_count) = _without(new, old), _without(old, new)
    return Changes(
        new=added,
        gone=lost,
        kept=pairs.height,
        new_count=new_count,
        gone_count=gone_count,
        changed=pl.DataFrame(list(_changed(pairs, old, new)), schema=CHANGED, orient="row"),
        drift=_drift(pairs),
    )


def _without(table: OpenTable, other: OpenTable) -> tuple[Any, int]:
    """Return the rows of *table* whose id *other* lacks, in the caller's kind of frame, and how many they are."""
    key = "__op_key"
    keys = other.lazy.select(other.column("id", nw.String).alias(key)).unique()
    keyed = table.lazy.with_columns(table.column("id", nw.String).alias(key))
    left = keyed.join(keys, on=key, how="anti")
    return table.give_back(left, table.columns), rows_in(left)


def _rows(table: OpenTable) -> pl.DataFrame:
    """Return one row an id, fields as text, the first row of an id in (match, fields) order."""
    texts = [name for name in FIELDS if name != "employee_count"]
    columns = {name: table.column(name, nw.String) for name in ("id", *texts)}
    columns["employee_count"] = whole(table.column("employee_count", nw.Float64)).cast(table.on.String)
    columns["match_score"] = within(table.column("match_score", nw.Float64), 0, 10)
    types = pl.Schema([(name, pl.String()) for name in ("id", *FIELDS)] + [("match_score", pl.Float64())])
    rows = read(table.lazy, columns).cast(types).drop_nulls("id")
    ordered = rows.sort(["id", "match_score", *FIELDS], nulls_last=True)
    return ordered.unique("id", keep="first", maintain_order=True)


def _changed(pairs: pl.DataFrame, old: OpenTable, new: OpenTable) -> Iterable[Sequence[object]]:
    shared = [name for name in FIELDS if name in old.columns and name in new.columns]
    for name in shared:
        key = _MEANINGS.get(name)
        moved = pairs.filter(pl.col(name).ne_missing(pl.col(f"{name}_after")))
        for identity, before, after in moved.select("id", name, f"{name}_after").rows():
            # Two texts may mean one country or city: DE and Germany, Munich and München.
            if key is None or not key(before) or key(before) != key(after):
                yield identity, name, before, after


def _drift(pairs: pl.DataFrame) -> ScoreDrift:
    moves = (pairs["match_score_after"] - pairs["match_score"]).drop_nulls().to_list()
    n = len(moves)
    if not n:
        return ScoreDrift(n=0, mean=None, low=None, high=None, median=None, rose=0, fell=0)
    mean = math.fsum(moves) / n
    reach = None
    if n > 1:
        reach = z_value(0.9) * math.sqrt(math.fsum((move - mean) ** 2 for move in moves) / (n - 1) / n)
    return ScoreDrift(
        n=n,
        mean=mean,
        low=None if reach is None else mean - reach,
        high=None if reach is None else mean + reach,
        median=float(pl.Series(moves).quantile(0.5, "linear") or 0.0),
        rose=sum(move > 0 for move in moves),
        fell=sum(move < 0 for move in moves),
    )
