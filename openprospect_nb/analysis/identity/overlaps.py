"""Which companies several orders share, and what each further order really added."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, product
from typing import Final

import narwhals.stable.v2 as nw
import polars as pl

from openprospect_nb.analysis.identity.duplicates import clusters_of
from openprospect_nb.analysis.identity.far_marks import Shared, shared_there
from openprospect_nb.analysis.identity.firms import firms_of
from openprospect_nb.analysis.intervals import wilson
from openprospect_nb.analysis.orders.descriptions import in_order_of_delivery, orders_named
from openprospect_nb.analysis.table import OpenTable, companies_of, open_table
from openprospect_nb.markup.cards import Card, Faced, card_table, percent, span

MATRIX: Final = pl.Schema(
    {
        "order_id": pl.String(),
        "other": pl.String(),
        "shared": pl.Int64(),
        "share": pl.Float64(),
        "jaccard": pl.Float64(),
    }
)
MARGINAL: Final = pl.Schema(
    {
        "order_id": pl.String(),
        "companies": pl.Int64(),
        "new": pl.Int64(),
        "new_rate": pl.Float64(),
        "new_low": pl.Float64(),
        "new_high": pl.Float64(),
        "cumulative": pl.Int64(),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap(Faced):
    """Companies that orders have in common, a company under several spellings counted once.

    Attributes:
        companies: distinct companies over all orders.
        matrix: `MATRIX`, a row a pair of orders in both directions, each with itself too: companies shared, their
            ``share`` of ``order_id``'s companies (0-1) and the Jaccard index (shared over all of both).
        marginal: `MARGINAL`, orders as they were delivered: companies, how many no earlier order had, that rate 0-1
            with its Wilson interval (90 %), and all companies so far.
    """

    companies: int
    matrix: pl.DataFrame = field(compare=False)
    marginal: pl.DataFrame = field(compare=False)

    def _card(self) -> Card:
        rows = [
            (
                row["order_id"],
                row["companies"],
                row["new"],
                percent(row["new_rate"]),
                span(row["new_low"], row["new_high"]),
            )
            for row in self.marginal.iter_rows(named=True)
        ]
        return Card(
            kind="Overlap of orders",
            answer=f"{self.companies:,} companies from {self.marginal.height} orders; {self.twice:,} came twice.",
            doubt="Orders as they were delivered; new is what no earlier one had, with its 90% interval.",
            table=card_table(("order", "companies", "new", "share", "interval"), rows),
            calls=("op.dedupe(results)", "overlap.matrix"),
        )

    @property
    def twice(self) -> int:
        """How many companies came again, each further time counted."""
        return int(self.marginal["companies"].sum()) - self.companies

    def __repr__(self) -> str:
        """Return how many companies how many orders brought, and how many came again."""
        return f"Overlap({self.companies} companies from {self.marginal.height} orders, {self.twice} came twice)"


def overlap(results: object) -> Overlap:
    """Return which companies the orders share, and what each added to those before it.

    Of a DuckDB or Spark frame what `dedupe` asks for comes into this process; what the orders share is counted there.

    Args:
        results: a `Results` of several orders, or a companies frame with ``order_id`` and ``id``; duplicates are found
            as `dedupe` finds them, order of delivery by ``delivered_at``. Rows without an order id are one order, "no
            order id".

    Raises:
        ValidationError: a needed column is missing, or a time of delivery is a text that is no date or has two
            readings.

    Example:
        >>> op.overlap(results).marginal.columns[0]
        'order_id'
    """
    companies = orders_named(open_table(companies_of(results), name="companies", required=("order_id", "id")))
    clusters = clusters_of(firms_of(companies), ())
    roots = {name: clusters.root(name) for name in clusters.reasons}
    is_here = companies.engine is nw.Implementation.POLARS
    shared = _shared(companies, roots) if is_here else shared_there(companies, roots)
    return Overlap(
        companies=sum(shared.new.values()),
        matrix=pl.DataFrame(_pairs(shared), schema=MATRIX, orient="row"),
        marginal=pl.DataFrame(_steps(shared), schema=MARGINAL, orient="row"),
    )


def _shared(companies: OpenTable, roots: Mapping[str, str]) -> Shared:
    rows = in_order_of_delivery(companies).drop_nulls().with_columns(firm=pl.col("id").replace(roots))
    firms = rows.group_by("order_id", maintain_order=True).agg(pl.col("firm").unique())
    members = {order_id: set(listed) for order_id, listed in firms.rows()}
    counts = {(one, other): len(own & theirs) for one, own in members.items() for other, theirs in members.items()}
    seen: set[str] = set()
    new = {}
    for order_id, own in members.items():
        new[order_id] = len(own - seen)
        seen |= own
    return Shared(list(members), counts, new)


def _pairs(shared: Shared) -> list[Sequence[object]]:
    sizes = {name: shared.counts[name, name] for name in shared.orders}
    both = ((one, other, shared.counts.get((one, other), 0)) for one, other in product(shared.orders, repeat=2))
    return [(one, other, n, n / sizes[one], n / (sizes[one] + sizes[other] - n)) for one, other, n in both]


def _steps(shared: Shared) -> list[Sequence[object]]:
    sizes = [(name, shared.counts[name, name], shared.new[name]) for name in shared.orders]
    so_far = accumulate(new for _, _, new in sizes)
    return [
        (name, size, new, new / size, *wilson(new, size), total)
        for (name, size, new), total in zip(sizes, so_far, strict=True)
    ]
