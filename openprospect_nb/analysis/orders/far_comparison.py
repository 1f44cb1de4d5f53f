"""What a comparison of orders counts of rows that stay in DuckDB or Spark.

Prospects are counted there. Of the companies come here those that may have a sister, for what of a web site is a domain
and of a name is its form takes Python to read; of all others only how many are alike.
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
from openprospect_nb.analysis.identity.sisters import ENDING, FIRST_WORD, firm_of
from openprospect_nb.analysis.orders.descriptions import delivered_companies, delivered_orders
from openprospect_nb.analysis.table import Lazy, OpenTable, collect, first_group, held, rows_in, table_beside

_NO_ORDER: Final = "\uf8ffno order"
_PLACE: Final = "__op_place"
_KEY: Final = "__op_key"
_AROUND: Final = r"^[\s\x{a0}\x{2000}-\x{200b}\x{3000}\x{feff}]+|[\s\x{a0}\x{2000}-\x{200b}\x{3000}\x{feff}]+$"
_COUNTED: Final = ("order_id", "match_score", "is_new", "is_reached")
_SENT: Final = ("order_id", "id", "website_url", "name", "match_score", "is_new", "is_reached", "name_repeats")
_TYPES: Final = pl.Schema({name: pl.String() for name in _SENT[:4]} | {"match_score": pl.Float64()}
                          | dict.fromkeys(_SENT[5:], pl.Boolean()))  # fmt: skip


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
    companies: OpenTable, people: OpenTable, tiers: Collection[str]
) -> Iterator[tuple[pl.DataFrame, Callable[[str], People]]]:
    """Yield a row a company and order, as `compare` judges it but for its match, and how to get an order's people.

    A company that surely has no sister stands for one like it: its id is none.
    """
    kept = delivered_companies(companies)
    with held(_persons(people, kept, tiers)) as persons:
        counts = _counts(persons)
        contacts = persons.filter(nw.col("is_contactable"))

        def people_of(name: str) -> People:
            rows = contacts.filter(nw.col("order_id") == name).drop("order_id")
            return People(*counts.get(name, (0, 0)), rows.with_columns(rule=nw.lit(""), why=nw.lit("")).to_native())

        with held(_placed(kept, contacts, delivered_orders(companies))) as firms:
            yield _firms(firms), people_of


def _persons(people: OpenTable, companies: Lazy, tiers: Collection[str]) -> Lazy:
    """Return a row a prospect with `PERSON`, ``is_contactable`` and what a forecast needs."""
    rows = tiered(people).select(**person_facts(people))
    if "order_id" not in people.columns:
        orders = companies.select("order_id", company_id=nw.col("id"))
        rows = rows.drop("order_id").join(orders, on="company_id", how="inner")
    is_contactable = nw.col("tier").is_in(list(tiers)) if tiers else nw.lit(value=False)
    person = nw.coalesce(by_address(nw, _text), by_name(nw, _text))
    return rows.with_columns(person.alias(PERSON), is_contactable.alias("is_contactable"))


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


def _placed(companies: Lazy, contacts: Lazy, orders: list[str | None]) -> Lazy:
    """Return the companies with ``is_new``, ``is_reached``, ``is_alone`` and ``name_repeats``."""
    keys = [_NO_ORDER if name is None else name for name in orders]
    places = table_beside(companies, {_KEY: keys, _PLACE: [str(n) for n in range(len(keys))]})
    order, place = nw.col("order_id"), nw.col(_PLACE)
    keyed = companies.with_columns(nw.coalesce(order, nw.lit(_NO_ORDER)).alias(_KEY))
    ranked = keyed.join(places, on=_KEY, how="left").with_columns(place.cast(nw.Int64))
    reached = contacts.filter(~order.is_null()).select("order_id", id=nw.col("company_id")).unique()
    hit = ranked.join(reached.with_columns(is_reached=nw.lit(value=True)), on=["order_id", "id"], how="left")
    group = first_group(companies)
    rough = hit.with_columns(
        nw.col("is_reached").fill_null(value=False), _rough_site(group).alias("site"), _rough_name(group).alias("word")
    )
    counted = rough.with_columns(
        ((place == place.min().over("id")) & ~order.is_null()).alias("is_new"),
        (nw.len().over("site") == 1).alias("is_only_site"),
        (nw.len().over("word") > 1).alias("name_repeats"),
    )
    by_name = ~nw.col("word").is_null() & ~nw.col("name_repeats")
    is_alone = nw.when(nw.col("site").is_null()).then(by_name).otherwise(nw.col("is_only_site"))
    return counted.with_columns(is_alone.alias("is_alone"))


def _rough_site(group: str) -> nw.Expr:
    """Return how a web site ends, as `sisters.firm_of` compares it first; null where there is none."""
    text = nw.col("website_url").str.replace_all(_AROUND, "").str.to_lowercase()
    for around in ("^https://", "^http://", r"^www\.", "/$"):
        text = text.str.replace_all(around, "")
    return nw.when(text != "").then(text.str.replace_all(ENDING, group))


def _rough_name(group: str) -> nw.Expr:
    name = nw.col("name").str.to_lowercase()
    return nw.when(name.str.contains(FIRST_WORD)).then(name.str.replace_all(FIRST_WORD, group))


def _firms(firms: Lazy) -> pl.DataFrame:
    """Return a row a company and order: ``order_id``, ``id``, ``match_score``, ``firm``, ``is_new``, ``is_reached``."""
    rest = collect(firms.filter(~nw.col("is_alone")), _SENT).cast(_TYPES)
    told = rest.with_columns(firm_of(rest, rest["name_repeats"])).select("id", "firm", *_COUNTED)
    alike = firms.filter(nw.col("is_alone")).group_by(*_COUNTED).agg(nw.len().alias("n"))
    counts = collect(alike, [*_COUNTED, "n"]).cast({name: _TYPES[name] for name in _COUNTED})
    alone = counts.select(pl.exclude("n").repeat_by("n")).explode(_COUNTED, empty_as_null=False)
    numbered = alone.with_columns(firm=pl.format("\n{}", pl.int_range(pl.len())))
    return pl.concat([told, numbered.select("firm", *_COUNTED, id="firm")], how="diagonal").sort("order_id", "id")
