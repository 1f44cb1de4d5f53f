"""What a comparison of orders counts of rows that stay in DuckDB or Spark.

Prospects, companies and firms are counted there. Here come of a company at most the texts by which sisters are told.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import narwhals.stable.v2 as nw
import polars as pl

from openprospect_nb.analysis.bounces.far_forecast import FAR
from openprospect_nb.analysis.contacts.counting import PERSON, by_address, by_name, filled
from openprospect_nb.analysis.contacts.recipients import person_facts, tiered
from openprospect_nb.analysis.identity.far_sisters import firms_there
from openprospect_nb.analysis.orders.descriptions import delivered_companies, delivered_orders
from openprospect_nb.analysis.orders.knowing import person_flags, with_knowledge
from openprospect_nb.analysis.orders.rates import rate_of_firms
from openprospect_nb.analysis.orders.tallies import KIND, WEIGHTS, OrderTally, Tallies
from openprospect_nb.analysis.table import Lazy, OpenTable, collect, held, rows_in, table_beside

_PLACE: Final = "__op_place"
_PLACED: Final = "__op_placed"


@dataclass(frozen=True, slots=True)
class People:
    """The prospects of an order: how many different ``persons``, ``contacts`` among them, and these as ``rows``."""

    persons: int
    contacts: int
    rows: object


def is_far(companies: OpenTable, people: OpenTable) -> bool:
    """Return whether it is worth it: both are in one engine, and long; of fewer all are soon fetched."""
    is_there = companies.engine is people.engine and companies.engine is not nw.Implementation.POLARS
    return is_there and rows_in(people.lazy) >= FAR


@contextmanager
def counted_there(
    companies: OpenTable, people: OpenTable, tiers: Collection[str], good_match: float
) -> Iterator[tuple[Tallies, Callable[[str], People]]]:
    """Yield how many companies each order has, and how to get an order's people."""
    kept = delivered_companies(companies)
    with held(_persons(people, kept, tiers)) as persons:
        counts = _counts(persons)
        contacts = persons.filter(nw.col("is_contactable"))

        def people_of(name: str) -> People:
            rows = contacts.filter(nw.col("order_id") == name).drop("order_id")
            return People(*counts.get(name, (0, 0)), rows.with_columns(rule=nw.lit(""), why=nw.lit("")).to_native())

        placed = _placed(kept, persons, delivered_orders(companies))
        with firms_there(placed) as firms, held(_counted(firms, good_match)) as counted:
            tallies = _tallies(counted)
        yield tallies, people_of


def _persons(people: OpenTable, companies: Lazy, tiers: Collection[str]) -> Lazy:
    """Return a row a prospect with `PERSON`, `person_flags` and what a forecast needs."""
    rows = tiered(people).select(**person_facts(people))
    if "order_id" not in people.columns:
        orders = companies.select("order_id", company_id=nw.col("id"))
        rows = rows.drop("order_id").join(orders, on="company_id", how="inner")
    person = nw.coalesce(by_address(nw, _text), by_name(nw, _text))
    return rows.with_columns(person.alias(PERSON), **person_flags(nw, tiers))


def _text(name: str) -> nw.Expr:
    text: nw.Expr = filled(nw, nw.col(name))
    return text


def _counts(persons: Lazy) -> dict[str, tuple[int, int]]:
    """Return how many different persons each order has, and how many of them can be contacted."""
    is_hit = nw.col("is_contactable").cast(nw.Int64)
    each = persons.group_by("order_id", PERSON).agg(
        nw.len().alias("rows"), is_hit.max().alias("hit"), is_hit.sum().alias("hits")
    )
    # Who can be told by nothing is a person a row.
    is_nobody = nw.col(PERSON).is_null()
    told = each.with_columns(
        nw.when(is_nobody).then(nw.col("rows")).otherwise(nw.lit(1)).alias("persons"),
        nw.when(is_nobody).then(nw.col("hits")).otherwise(nw.col("hit")).alias("contacts"),
    )
    summed = told.group_by("order_id").agg(nw.col("persons", "contacts").sum())
    rows = collect(summed, ["order_id", "persons", "contacts"]).rows()
    return {order: (int(all_), int(hit)) for order, all_, hit in rows if order is not None}


def _placed(companies: Lazy, persons: Lazy, orders: list[str]) -> Lazy:
    """Return the companies with ``is_new``, and what is known of their people."""
    places = table_beside(companies, {_PLACED: orders, _PLACE: [str(n) for n in range(len(orders))]})
    place = nw.col(_PLACE)
    joined = companies.join(places, left_on="order_id", right_on=_PLACED, how="left")
    ranked = joined.with_columns(place.cast(nw.Int64))
    flags = {"is_reached": "is_contactable", "is_by_risk": "is_by_risk", "is_open": "is_open"}
    known = persons.select(
        "order_id", id=nw.col("company_id"), **{name: nw.col(flag).cast(nw.Int64) for name, flag in flags.items()}
    )
    reached = known.group_by("order_id", "id").agg(nw.col(*flags).max())
    hit = ranked.join(reached, on=["order_id", "id"], how="left")
    return hit.with_columns(
        *((nw.col(name).fill_null(0) > 0).alias(name) for name in flags),
        (place == place.min().over("id")).alias("is_new"),
    )


def _counted(companies: Lazy, good_match: float) -> Lazy:
    """Return the companies with all that is counted of them, as numbers."""
    flags = nw.col("is_new", "is_reached", "is_joint", "is_unknown").cast(nw.Int64)
    known = with_knowledge(nw, companies, good_match)
    return known.select("order_id", "firm", "match_score", "told", "judged", flags)


def _tallies(companies: Lazy) -> Tallies:
    """Return the tallies of the companies; only counts and scores come here."""
    n = nw.len().alias("n")
    size, hits = (
        nw.len().alias("size"),
        nw.col("is_new", "is_joint", "is_reached", "is_unknown", *WEIGHTS.values()).sum(),
    )
    scored = nw.col("match_score").count().alias("scored")
    of_order = companies.group_by("order_id", "firm").agg(size, hits, scored)
    alike = of_order.group_by("order_id", *KIND).agg(n, nw.col("is_new").sum())
    firms = collect(alike, ["order_id", *KIND, "n", "is_new"]).drop_nulls("order_id")
    scores = collect(
        companies.group_by("order_id", "match_score").agg(n).filter(~nw.col("match_score").is_null()),
        ["order_id", "match_score", "n"],
    ).sort("match_score")
    of_all = companies.group_by("firm").agg(nw.col("judged", "is_joint").sum()).group_by("judged", "is_joint").agg(n)
    tallies = {
        order: OrderTally(int(rows["is_new"].sum()), rows.select(*KIND, "n"), _each(scores.filter(order_id=order)))
        for (order,), rows in firms.cast({"order_id": pl.String}).partition_by("order_id", as_dict=True).items()
    }
    return Tallies(tallies, rate_of_firms(collect(of_all, ["judged", "is_joint", "n"]), "is_joint", "judged"))


def _each(scores: pl.DataFrame) -> pl.Series:
    """Return each ``match_score`` ``n`` times."""
    each = scores.select(pl.col("match_score").cast(pl.Float64).repeat_by("n").explode(empty_as_null=False))
    return each["match_score"]
