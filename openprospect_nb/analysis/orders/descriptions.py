"""What is known of each order beside its rows: its name, its place in time, and what it cost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import narwhals.stable.v2 as nw
import polars as pl

from openprospect_nb.analysis.contacts.percentages import within
from openprospect_nb.analysis.table import Lazy, OpenTable, collect, companies_of, open_table, prospects_of, times_of
from openprospect_nb.errors import ConfigurationError, FieldProblem, ValidationError
from openprospect_nb.frames.costs import cost_of, shortfall_of, stated_cost
from openprospect_nb.frames.order_names import described_orders, order_names
from openprospect_nb.frames.results import Results

DELIVERED: Final = pl.Schema(
    {"order_id": pl.String(), "id": pl.String(), "match_score": pl.Float64(),
     "website_url": pl.String(), "name": pl.String()}
)  # fmt: skip
"""A company as an order delivered it."""
NO_ORDER: Final = "no order id"
"""What rows without an order id are called where orders are compared, such as those that a search brought."""


@dataclass(frozen=True, slots=True)
class OrderDescription:
    """An order: ``label`` is what `order_names` calls it; ``cost`` is None where neither server nor caller knows.

    ``wanted`` is how many companies were asked for, ``shortfall`` how many fewer came; None where that is not known.
    """

    label: str
    cost: float | None
    currency: str | None
    wanted: int | None = None
    shortfall: int | None = None


def both(results: object, prospects: object) -> tuple[OpenTable, OpenTable]:
    """Return the opened companies (with ``order_id`` and ``id``) and prospects (with ``company_id`` and ``email``).

    Raises:
        ConfigurationError: a companies frame came without its prospects.
        ValidationError: a needed column is missing.
    """
    if prospects is None and not isinstance(results, Results):
        raise ConfigurationError(
            "the prospects of these companies are needed too.", next_step="Give a Results, or prospects=."
        )
    companies = open_table(companies_of(results), name="companies", required=("order_id", "id"))
    people = prospects_of(results) if prospects is None else prospects
    return companies, open_table(people, name="prospects", required=("company_id", "email"))


def orders_named(table: OpenTable) -> OpenTable:
    """Return the rows with `NO_ORDER` where ``order_id`` is missing, so that they are an order of their own."""
    if "order_id" not in table.columns:
        return table
    on = table.on
    named = on.coalesce(table.column("order_id", nw.String), on.lit(NO_ORDER)).alias("order_id")
    return replace(table, lazy=table.lazy.with_columns(named))


def describe_orders(
    results: object, order_ids: list[str], sizes: Mapping[str, int], price: float | None
) -> dict[str, OrderDescription]:
    """Return what is known of each order: from the provenance of a `Results`, and from *price* a delivered company.

    Raises:
        ValidationError: the price is no amount of 0 or more.
    """
    refuse_negative(price)
    stored: dict[str, Mapping[str, Any]] = {}
    if isinstance(results, Results):
        stored = {str(order.get("order_id")): order for order in described_orders(results.provenance)}
    orders = {name: {**stored.get(name, {}), "order_id": name} for name in order_ids}
    names = order_names(orders.values())
    return {name: _described(names[name], order, sizes.get(name, 0), price) for name, order in orders.items()}


def refuse_negative(price: float | None) -> None:
    """Do nothing unless a price is below zero or no number.

    Raises:
        ValidationError: names the argument.
    """
    if price is not None and not 0 <= price < float("inf"):
        problem = FieldProblem("price_per_briefing", f"must be 0 or more, not {price!r}", price)
        raise ValidationError("nothing can be paid for", fields=[problem], next_step="Give what a company costs.")


def cost_of_all(orders: Iterable[OrderDescription]) -> float | None:
    """Return what *orders* cost together; None where that of one is not known, or there is none."""
    costs = [order.cost for order in orders]
    stated = [cost for cost in costs if cost is not None]
    return sum(stated) if stated and len(stated) == len(costs) else None


def _described(label: str, order: Mapping[str, Any], size: int, price: float | None) -> OrderDescription:
    total, currency = stated_cost(order)
    each = price if price is not None else cost_of(order.get("price_per_briefing"), None, None)
    wanted = order.get("briefing_quantity")
    return OrderDescription(
        label,
        cost_of(total, each, size),
        currency,
        wanted if isinstance(wanted, int) and not isinstance(wanted, bool) else None,
        shortfall_of(wanted, size),
    )


def in_order_of_delivery(companies: OpenTable) -> pl.DataFrame:
    """Return ``order_id``, ``id`` of every company, oldest order first; orders without a time come last, by id."""
    columns = {f"__op_{name}": companies.column(name, nw.String) for name in ("order_id", "id")}
    rows = collect(companies.lazy.select(**columns), list(columns)).rename(lambda name: name.removeprefix("__op_"))
    return oldest_first(companies, rows.cast(pl.String))


def oldest_first(companies: OpenTable, rows: pl.DataFrame) -> pl.DataFrame:
    """Return ``order_id``, ``id`` of *rows* in that order; of *companies* come only the times of the orders.

    Times that are texts or numbers are read as `contactable` reads them, where there are several orders.

    Raises:
        ValidationError: a time of delivery is a text that is no date, or has two readings.
    """
    order, at = companies.column("order_id", nw.String), companies.moment("delivered_at")
    times = companies.lazy.select(order.alias("__op_order_id"), at.alias("__op_at"))
    if companies.is_written("delivered_at"):
        told = times.unique()
    else:
        told = times.group_by("__op_order_id").agg(companies.on.col("__op_at").min())
    pairs = collect(told, ["__op_order_id", "__op_at"])
    if pairs["__op_order_id"].n_unique() < 2:
        return rows.sort("order_id", "id", nulls_last=True).select("order_id", "id")
    first = times_of("delivered_at", pairs["__op_at"])
    read = pairs.select(order_id=pl.col("__op_order_id").cast(pl.String), first=first)
    typed = read.group_by("order_id").agg(pl.col("first").min())
    ordered = rows.join(typed, on="order_id", how="left", nulls_equal=True)
    return ordered.sort("first", "order_id", "id", nulls_last=True).select("order_id", "id")


def delivered_companies(companies: OpenTable) -> Lazy:
    """Return `DELIVERED`, a row a company and order, where *companies* lie; the match is 0-10 or null."""
    columns = {name: companies.column(name, nw.String) for name in ("order_id", "id", "website_url", "name")}
    score = within(companies.column("match_score", nw.Float64), 0, 10)
    rows = companies.lazy.select(**columns, match_score=score)
    grouped = rows.filter(~companies.on.col("id").is_null()).group_by("order_id", "id")
    return grouped.agg(companies.on.col("match_score", "website_url", "name").max())


def delivered_orders(companies: OpenTable) -> list[str]:
    """Return the ids of the orders, all of which are named, oldest first; of *companies* come no rows."""
    order = companies.column("order_id", nw.String).alias("__op_order_id")
    told = collect(companies.lazy.select(order).unique(), ["__op_order_id"]).cast(pl.String)
    rows = told.select(order_id="__op_order_id", id=pl.lit(""))
    return oldest_first(companies, rows)["order_id"].to_list()
