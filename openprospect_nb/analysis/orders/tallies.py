"""How many companies of an order, and of which kind, a comparison has to know: no row a company is needed for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl

from openprospect_nb.analysis.orders.rates import Rate, rate_of, rate_of_firms, worth_of

KIND: Final = ("size", "is_joint", "is_reached", "scored", "is_unknown", "told", "judged")
WEIGHTS: Final = {"is_joint": "judged", "is_reached": "told"}
"""By what is counted, the column of how much each company counts for its rate."""


@dataclass(frozen=True, slots=True)
class OrderTally:
    """The companies of an order.

    Attributes:
        new: how many of them no order delivered before.
        firms: by `KIND`, how many companies a firm has, how many of them are joint, reached, have a score, are not
            known to be joint or not, and the sums of what `with_knowledge` has them count: how many such firms there
            are, ``n``.
        scores: the known match scores, rising.
    """

    new: int
    firms: pl.DataFrame
    scores: pl.Series

    @property
    def companies(self) -> int:
        """How many there are."""
        return int((self.firms["size"] * self.firms["n"]).sum())

    @property
    def different_firms(self) -> int:
        """How many firms they belong to."""
        return int(self.firms["n"].sum())

    @property
    def scored_firms(self) -> float:
        """How many firms of one size the companies with a score are worth."""
        scored = self.firms.filter(pl.col("scored") > 0).sort("scored")
        return worth_of(scored["scored"], scored["n"])

    @property
    def unknown(self) -> int:
        """Of how many companies it is not known whether they are joint."""
        return int((self.firms["is_unknown"] * self.firms["n"]).sum())

    def rate(self, hit: str) -> Rate:
        """Return the rate of *hit*, ``is_joint`` or ``is_reached``, over the companies of which it is known."""
        return rate_of_firms(self.firms, hit, WEIGHTS[hit])


@dataclass(frozen=True, slots=True)
class Tallies:
    """The companies of each order by its id, and the joint rate of all of which it is known."""

    orders: Mapping[str, OrderTally]
    joint: Rate


def tallied(companies: pl.DataFrame) -> Tallies:
    """Return the tallies of companies: ``order_id``, ``firm``, ``match_score``, ``is_new``, and what tells a `KIND`."""
    named = companies.drop_nulls("order_id").partition_by("order_id", as_dict=True)
    return Tallies(
        {str(order): _tally(rows) for (order,), rows in named.items()}, rate_of(companies, "is_joint", "judged")
    )


def _tally(rows: pl.DataFrame) -> OrderTally:
    firms = rows.group_by("firm").agg(
        pl.len().alias("size"),
        pl.col("is_joint", "is_reached", "is_unknown", "told", "judged").sum(),
        pl.col("match_score").count().alias("scored"),
    )
    kinds = firms.group_by(KIND).agg(pl.len().alias("n"))
    return OrderTally(int(rows["is_new"].sum()), kinds, rows["match_score"].drop_nulls().sort())
