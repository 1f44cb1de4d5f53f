"""Count values into bins and categories, so that a chart draws a few dozen numbers however many rows there are.

One pass over the frame (Polars, DuckDB or Spark) leaves at most some thousand distinct values, at two decimals;
bins, sums and quartiles are taken from those.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import narwhals.stable.v2 as nw
import polars as pl

from openprospect_nb.analysis.table import Expr, OpenTable, collect


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """How one number is spread over rows.

    Attributes:
        rows: all rows counted.
        known: rows with a value inside the edges.
        outside: rows with a value below the first or above the last edge; in no bin.
        edges: ascending bin edges, one more than bins. A bin holds its lower edge; the last also its upper.
        counts: rows a bin.
        sums: sum of the values a bin.
        quartiles: lower quartile, median and upper quartile of the known values (the smallest value that at least that
            share of rows does not exceed), or None where nothing is known.
    """

    rows: int
    known: int
    outside: int
    edges: tuple[float, ...]
    counts: tuple[int, ...]
    sums: tuple[float, ...]
    quartiles: tuple[float, float, float] | None

    @property
    def unknown(self) -> int:
        """Rows without a value."""
        return self.rows - self.known - self.outside

    @property
    def mean(self) -> float | None:
        """The mean of the known values, or None."""
        return sum(self.sums) / self.known if self.known else None


def distribution(table: OpenTable, column: str, edges: Sequence[float]) -> Distribution:
    """Return how the numbers of *column* fall between *edges*; a missing column is all unknown.

    Raises:
        ValidationError: the column holds no numbers.
    """
    nothing = pl.DataFrame(schema={"value": pl.Float64, "rows": pl.Int64})
    return distributions(table, column, edges, by=table.on.lit("all")).get("all", _summed(nothing, tuple(edges)))


def distributions(table: OpenTable, column: str, edges: Sequence[float], *, by: Expr) -> dict[str, Distribution]:
    """Return one `Distribution` for each label the expression *by* gives; a label no row has is absent.

    Raises:
        ValidationError: the column holds no numbers.
    """
    rounded = table.lazy.select(label=by, value=table.column(column, nw.Float64).round(2))
    counted = collect(rounded.group_by("label", "value").agg(rows=table.on.len()), ["label", "value", "rows"])
    values = counted.with_columns(pl.col("value").cast(pl.Float64).fill_nan(None)).sort("label", "value")
    parts = values.partition_by("label", as_dict=True).items()
    return {str(label): _summed(part.select("value", "rows"), tuple(edges)) for (label,), part in parts}


def tally(table: OpenTable, column: str, *, each: bool = False) -> dict[str | None, int]:
    """Return rows by text of *column*, most frequent first, ties by name; None counts the rows without any.

    With *each* the column holds lists, and every entry counts once a row it occurs in.

    Raises:
        ValidationError: the column holds no text (or, with *each*, no lists).
    """
    if each:
        return _entries(table, column)
    text = table.column(column, nw.String).str.strip_chars()
    named = table.lazy.select(value=table.on.when(text != "").then(text))
    return _ranked(collect(named.group_by("value").agg(rows=table.on.len()), ["value", "rows"]))


def filled(table: OpenTable, columns: Sequence[str]) -> dict[str, int | None]:
    """Return rows with a value in each of *columns* (not null, blank or an empty list); None: no such column."""
    present = [name for name in columns if name in table.columns]
    if not present:
        return dict.fromkeys(columns)
    on = table.on
    flags = {name: on.when(_has_value(table, name)).then(on.lit(1)).otherwise(on.lit(0)).sum() for name in present}
    row = collect(table.lazy.select(**flags), present).row(0, named=True)
    return {name: int(row[name] or 0) if name in present else None for name in columns}


def has_text(table: OpenTable, column: str) -> Expr:
    """Return an expression: whether *column* holds more than blanks; true throughout where there is no such column."""
    if column not in table.columns:
        return table.on.lit(value=True)
    text = table.column(column, nw.String)
    return (~text.is_null()) & (text.str.strip_chars() != "")


def _entries(table: OpenTable, column: str) -> dict[str | None, int]:
    lists = collect(table.lazy.select(value=table.column(column, nw.List)), ["value"])
    if lists["value"].dtype == pl.Null or not lists.height:
        return {None: lists.height} if lists.height else {}
    # An entry twice in a row counts once; rows without any are counted apart, whatever explode does to them.
    entries = lists.select(pl.col("value").list.drop_nulls().list.unique()).filter(pl.col("value").list.len() > 0)
    counted = _ranked(entries.explode("value").group_by("value").agg(rows=pl.len()))
    return counted | ({None: lists.height - entries.height} if lists.height > entries.height else {})


def _summed(values: pl.DataFrame, edges: tuple[float, ...]) -> Distribution:
    inside = values.filter(pl.col("value").is_between(edges[0], edges[-1]))
    place = pl.lit(pl.Series(edges)).search_sorted(pl.col("value"), side="right").cast(pl.Int64) - 1
    bins = (
        inside.with_columns(bin=place.clip(0, len(edges) - 2))
        .group_by("bin")
        .agg(rows=pl.col("rows").sum(), total=(pl.col("value") * pl.col("rows")).sum())
    )
    full = pl.DataFrame({"bin": pl.int_range(len(edges) - 1, eager=True)}).join(bins, on="bin", how="left").fill_null(0)
    return Distribution(
        rows=int(values["rows"].sum()),
        known=int(inside["rows"].sum()),
        outside=int(values.drop_nulls()["rows"].sum()) - int(inside["rows"].sum()),
        edges=edges,
        counts=tuple(full.sort("bin")["rows"].to_list()),
        sums=tuple(full.sort("bin")["total"].to_list()),
        quartiles=_quartiles(inside),
    )


def _quartiles(values: pl.DataFrame) -> tuple[float, float, float] | None:
    total = int(values["rows"].sum())
    if not total:
        return None
    reached = values.sort("value").with_columns(upto=pl.col("rows").cum_sum() / total)
    lower, middle, upper = (float(reached.filter(pl.col("upto") >= q)["value"][0]) for q in (0.25, 0.5, 0.75))
    return lower, middle, upper


def _ranked(counted: pl.DataFrame) -> dict[str | None, int]:
    order = counted.sort(["rows", "value"], descending=[True, False], nulls_last=True)
    return {value: int(rows) for value, rows in order.iter_rows()}


def _has_value(table: OpenTable, column: str) -> Expr:
    dtype = table.schema[column]
    if dtype == nw.String:
        return has_text(table, column)
    if isinstance(dtype, nw.List):
        return table.on.col(column).list.len() > 0
    return ~table.on.col(column).is_null()
