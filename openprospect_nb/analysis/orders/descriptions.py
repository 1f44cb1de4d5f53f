"""What is known of each order beside its rows: its name, its place in time, and what it cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import narwhals.stable.v2 as nw
import polars as pl

from openprospect_nb.analysis.table import OpenTable, collect, companies_of, open_table, prospects_of
from openprospect_nb.errors import ConfigurationError
from openprospect_nb.frames.results import Results


@dataclass(frozen=True, slots=True)
class OrderDescription:
    """An order: ``label`` is its title, else its id; ``cost`` is None where neither server nor caller knows."""

    label: str
    cost: float | None
    currency: str | None


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


def describe_orders(
    results: object, order_ids: list[str], sizes: Mapping[str, int], price: float | None
) -> dict[str, OrderDescription]:
    """Return what is known of each order: from the provenance of a `Results`, and from *price* a delivered company."""
    stored: dict[str, Mapping[str, Any]] = {}
    if isinstance(results, Results):
        stored = {str(order.get("order_id")): order for order in results.provenance.get("orders") or ()}
    return {name: _described(name, stored.get(name, {}), sizes.get(name, 0), price) for name in order_ids}


def _described(name: str, order: Mapping[str, Any], size: int, price: float | None) -> OrderDescription:
    label = str(order.get("title") or order.get("profile_name") or name)
    stated = order.get("estimated_cost")
    total = stated.get("total") if isinstance(stated, Mapping) else None
    if isinstance(total, int | float) and not isinstance(total, bool):
        currency = stated.get("currency") if isinstance(stated, Mapping) else None
        return OrderDescription(label, float(total), None if currency is None else str(currency))
    return OrderDescription(label, None if price is None else price * size, None)


def in_order_of_delivery(companies: OpenTable) -> pl.DataFrame:
    """Return ``order_id``, ``id`` of every company, oldest order first; orders without a time come last, by id."""
    rows = companies.lazy.select(
        companies.column("order_id", nw.String).alias("__op_order_id"),
        companies.column("id", nw.String).alias("__op_id"),
        companies.moment("delivered_at").alias("__op_at"),
    )
    frame = collect(rows, ["__op_order_id", "__op_id", "__op_at"])
    named = frame.rename({"__op_order_id": "order_id", "__op_id": "id", "__op_at": "at"})
    typed = named.cast({"order_id": pl.String, "id": pl.String}).with_columns(
        pl.col("at").cast(pl.Datetime("us", "UTC"))
    )
    first = typed.group_by("order_id").agg(pl.col("at").min().alias("first"))
    ordered = typed.join(first, on="order_id", nulls_equal=True)
    return ordered.sort("first", "order_id", "id", nulls_last=True).select("order_id", "id")
