"""One way in and out of the analysis: any supported frame as rows to work on, and back in its own kind.

Polars (eager and lazy), DuckDB relations and Spark frames are supported. pyarrow tables and dask frames are refused:
through narwhals 2.29 pyarrow attaches windowed means to the wrong rows without a word, and dask lacks ranks, lists and
grouped quantiles. pandas frames are refused because nothing here is tested on them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, is_dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import chain, count, islice
from typing import Any, Final, TypeAlias, TypeVar, cast

import narwhals.stable.v2 as nw
import polars as pl

from openprospect_nb.analysis.ordering import in_order
from openprospect_nb.errors import ConfigurationError, FieldProblem, ValidationError
from openprospect_nb.files.moments import moments_of
from openprospect_nb.frames.results import Results, beside_a_prospect

FrameT = TypeVar("FrameT")
Lazy: TypeAlias = Any
"""Rows to work on: a lazy frame of Polars, else narwhals' of an engine. `dialect_of` has the words for them."""
Expr: TypeAlias = Any
"""An expression in the dialect of the rows it is for."""

ROW: Final = "__op_row"
# What tells a company, as it is called beside its prospects.
COMPANY: Final = {name: beside_a_prospect(name) for name in ("name", "website_url", "city", "country", "source_id")}
_SQL_ENGINES: Final = frozenset(
    {nw.Implementation.DUCKDB, nw.Implementation.PYSPARK, nw.Implementation.PYSPARK_CONNECT}
)
# By the package a frame's class comes from, so that a refused frame is never handed to narwhals at all.
_REFUSED: Final = {
    "pyarrow": (
        "a pyarrow table cannot be used: through narwhals, windowed means land on the wrong rows.",
        "Convert it with polars.from_arrow(table).",
    ),
    "dask": (
        "a dask frame cannot be used: ranks, lists and grouped quantiles are missing there.",
        "Collect it first, for example polars.from_pandas(frame.compute()).",
    ),
    "pandas": (
        "a pandas frame cannot be used here.",
        "Convert it with polars.from_pandas(frame).",
    ),
}
_NUMBERS: Final = "number"
_HELD: Final = count()  # tables of one connection have different names
_FAMILY: Final[Mapping[Any, str]] = {nw.Float64: _NUMBERS, nw.Int64: _NUMBERS, nw.String: "text", nw.List: "list"}


@dataclass(frozen=True)
class OpenTable:
    """A caller's frame, opened: ``lazy`` to work on, ``columns`` it came with, and how to give it back."""

    lazy: Lazy
    columns: tuple[str, ...]
    engine: nw.Implementation
    is_eager: bool
    name: str

    @cached_property
    def schema(self) -> Mapping[str, Any]:
        """The types of the columns, asked once: many formulas want them, and an engine works them out each time."""
        return cast("Mapping[str, Any]", nw.from_native(self.lazy).collect_schema())

    @cached_property
    def on(self) -> Any:
        """The words for formulas over these rows, as `dialect_of` says."""
        return dialect_of(self.lazy)

    def column(self, name: str, dtype: type[Any]) -> Expr:
        """Return column *name* as *dtype*; all null where it is missing or holds nothing but nulls.

        Raises:
            ValidationError: the column holds another kind of value, such as text where numbers are expected.
        """
        held_as = self.schema[name] if name in self.columns else nw.Unknown
        if held_as == dtype:
            return self.on.col(name)
        own = getattr(self.on, dtype.__name__)
        if held_as == nw.Unknown:
            return self.on.lit(None, own)
        if not _fits(held_as, dtype):
            if not collect(self.lazy.filter(~self.on.col(name).is_null()).head(1), [name]).is_empty():
                raise ValidationError(
                    f"{self.name} has a column of the wrong kind",
                    fields=[FieldProblem(name, f"holds {held_as}, not {_FAMILY[dtype]}s")],
                    next_step=f"Convert the column to {_FAMILY[dtype]}s first.",
                )
            return self.on.lit(None, own)
        return self.on.col(name).cast(own)

    def holds_values(self, name: str) -> bool:
        """Whether there is a column *name* of a type that can hold values; a column of nulls alone may have none."""
        return name in self.columns and self.schema[name] != nw.Unknown

    @property
    def row_order(self) -> list[str]:
        """The column that says in which order the rows came, if the engine has one."""
        return [ROW] if self.engine is nw.Implementation.POLARS else []

    def moment(self, name: str) -> Expr:
        """Return column *name* as a point in time without its zone, for `times_of`; all null where there is none.

        Texts and numbers are left as they are. DuckDB would need pytz to hand out times with a zone, and casts to no
        zone but its connection's.
        """
        plain = self.on.Datetime("us")
        if self.is_written(name):
            return self.on.col(name)
        is_time = name in self.columns and isinstance(self.schema[name], nw.Datetime | nw.Date)
        return self.on.col(name).cast(plain) if is_time else self.on.lit(None, plain)

    def is_written(self, name: str) -> bool:
        """Whether column *name* would hold times as texts or numbers, which are read here and not where they are."""
        kind = self.schema[name] if name in self.columns else nw.Unknown()
        return kind.is_numeric() or isinstance(kind, nw.String | nw.Categorical | nw.Enum)

    def older(self, name: str, than: datetime) -> Expr:
        """Return whether *name* lies before a moment; null where it is null, missing, or says nothing.

        Dates begin at midnight UTC; texts and Excel's numbers are read as `read_moments` does.

        Raises:
            ValidationError: a text is no date, or has two readings (03/04/2026); shows it.
        """
        on, value = self.on, self.on.col(name)
        kind = self.schema[name] if name in self.columns else nw.Unknown()
        if isinstance(kind, nw.Datetime):
            return value < on.lit(than if kind.time_zone is not None else than.astimezone(UTC).replace(tzinfo=None))
        if kind == nw.Date:
            # A day begins before a moment unless the moment is the beginning of that day, or before.
            edge = than.astimezone(UTC) + timedelta(days=1, microseconds=-1)
            return value < on.lit(edge.date())
        if isinstance(kind, nw.Categorical | nw.Enum):
            return self._older_text(name, value.cast(on.String), than)
        is_read = kind == nw.String or kind.is_numeric()
        return self._older_text(name, value, than) if is_read else on.lit(None, on.Boolean)

    def _older_text(self, name: str, value: Expr, than: datetime) -> Expr:
        texts = collect(self.lazy.select(value).unique(name), [name])[name].sort().to_list()
        moments = dict(zip(texts, moments_of(name, texts), strict=True))
        older = [text for text, moment in moments.items() if moment is not None and moment < than]
        silent = [text for text, moment in moments.items() if moment is None and text is not None]
        answer = value.is_in(older) if older else self.on.lit(value=False)
        unknown = value.is_null() | value.is_in(silent) if silent else value.is_null()
        return self.on.when(~unknown).then(answer).otherwise(self.on.lit(None, self.on.Boolean))

    def give_back(self, lazy: Lazy, columns: Iterable[str]) -> Any:
        """Return the named columns of *lazy* as the caller's kind of frame, in its row order where there is one."""
        names = list(columns)
        if self.engine is not nw.Implementation.POLARS:
            return lazy.select(names).to_native()
        rows = lazy.sort(ROW).select(names)
        return read_whole(rows) if self.is_eager else rows

    def give_back_sorted(self, lazy: Lazy, columns: Iterable[str]) -> Any:
        """Return the named columns of *lazy*, whose order is meant, as the caller's kind of frame."""
        rows = lazy.select(list(columns))
        return read_whole(rows) if self.is_eager else nw.to_native(rows, pass_through=True)

    def give_back_in_order(self, lazy: Lazy, columns: Iterable[str], keys: Iterable[str]) -> Any:
        """Return the named columns of *lazy*, rising by *keys* (as in `in_order`), as the caller's kind of frame."""
        names, by = list(columns), list(keys)
        if not self.is_eager:
            return self.give_back_sorted(lazy.sort(*by, *self.row_order), names)
        rows = read_whole(lazy.select(*names, *by))
        return rows.select(names)[in_order(rows.select(by))]


def times_of(name: str, moments: pl.Series) -> pl.Series:
    """Return what `OpenTable.moment` gave of a column called *name*, read, as times in UTC without a zone.

    Raises:
        ValidationError: a text is no date, or has two readings (03/04/2026); shows it.
    """
    if moments.dtype == pl.Null or moments.dtype.is_temporal():
        return moments.cast(pl.Datetime("us"))
    read = moments_of(name, moments)
    return pl.Series(moments.name, read, dtype=pl.Datetime("us", "UTC")).dt.replace_time_zone(None)


def read_whole(rows: pl.LazyFrame) -> pl.DataFrame:
    """Return the rows of a query over a frame in memory; the engine for frames that do not fit there is slower."""
    return rows.collect(engine="in-memory")


def open_table(frame: object, *, name: str, required: Iterable[str]) -> OpenTable:
    """Open *frame*, which the caller calls *name* (``companies``, ``prospects``), and check its *required* columns.

    Raises:
        ConfigurationError: this kind of object is not supported; the text says how to convert it.
        ValidationError: required columns are missing; all of them are named, with the columns that are there.
    """
    # Of a value that holds chosen prospects (a `SendList`) these are meant.
    is_chosen = is_dataclass(frame) and not isinstance(frame, Results)
    opened = _narwhal(getattr(frame, "prospects", frame) if is_chosen else frame, name)
    lazy: Lazy = opened.lazy() if isinstance(opened, nw.DataFrame) else opened
    columns = tuple(opened.columns)  # the types are another question: for those of times DuckDB runs the query
    missing = [column for column in required if column not in columns]
    if missing:
        raise ValidationError(
            f"{name} lacks a needed column",
            fields=[FieldProblem(column, "is not in the frame") for column in missing],
            next_step=f"Rename or add it; the frame has: {', '.join(columns) or 'no columns'}.",
        )
    if opened.implementation is nw.Implementation.POLARS:
        lazy = lazy.to_native().drop(ROW, strict=False).with_row_index(ROW)
    return OpenTable(lazy, columns, opened.implementation, isinstance(opened, nw.DataFrame), name)


def companies_of(results: object) -> object:
    """Return the companies of a `Results`, or the object itself, which should then be a companies frame."""
    return results.companies if isinstance(results, Results) else results


def prospects_of(results: object) -> object:
    """Return the prospects of a `Results`, or the object itself, which should then be a prospects frame."""
    return results.prospects if isinstance(results, Results) else results


def prospects_with_companies(results: object) -> object:
    """Return the prospects of a `Results` beside what tells their companies (`COMPANY`), or the object itself.

    A list of persons that left its companies behind could not be compared with a suppression list of companies, and a
    CRM could not place it.
    """
    if not isinstance(results, Results) or "company_id" not in results.prospects.columns:
        return prospects_of(results)
    firms = results.companies
    keys = ["order_id", "id"] if "order_id" in firms.columns and "order_id" in results.prospects.columns else ["id"]
    names = {theirs: ours for theirs, ours in COMPANY.items() if theirs in firms.columns}
    named = (
        firms.unique(keys, keep="first", maintain_order=True)
        .select(*keys, *names)
        .rename({"id": "company_id", **names})
    )
    on = [*keys[:-1], "company_id"]
    return results.prospects.join(named, on=on, how="left", nulls_equal=True, maintain_order="left")


def collect(lazy: Lazy, columns: Iterable[str]) -> pl.DataFrame:
    """Return the named columns as a Polars frame, whatever the engine; DuckDB and Spark need no pyarrow for it."""
    names = list(columns)
    return _collected(lazy.select(names), names)


def _collected(lazy: Lazy, names: list[str]) -> pl.DataFrame:
    """Return all columns of *lazy*, which are called so."""
    return read_whole(lazy) if isinstance(lazy, pl.LazyFrame) else _fetched(lazy.to_native(), names)


def _fetched(native: Any, names: list[str]) -> pl.DataFrame:
    """Return what comes out of DuckDB or Spark into this process; everything that does comes through here."""
    rows = native.fetchall() if hasattr(native, "fetchall") else map(tuple, native.collect())
    return pl.DataFrame(list(rows), schema=names, orient="row", infer_schema_length=None)


def read(lazy: Lazy, columns: Mapping[str, Expr]) -> pl.DataFrame:
    """Return what *columns* say of each row as a Polars frame; a frame that has columns of these names may well."""
    asked = {f"__op_{name}": value for name, value in columns.items()}
    return _collected(lazy.select(**asked), list(asked)).rename({name: name.removeprefix("__op_") for name in asked})


def table_beside(lazy: Lazy, columns: Mapping[str, Sequence[str]]) -> Lazy:
    """Return columns of texts, of one length, that lie where *lazy* does, in DuckDB or Spark, to be joined there.

    Engines search a list of thousands for every row, and join it in no time.
    """
    native: Any = lazy.to_native()
    rows = list(zip(*columns.values(), strict=True))
    there: Any
    if hasattr(native, "query"):
        # One text is read at once; of as many constants DuckDB makes expressions, and binds them at every step.
        used = set().union(*chain.from_iterable(rows))
        # Two signs that no text has, of those that divide texts and those that Unicode leaves to everybody's own use;
        # what is ASCII as a whole is read faster.
        mark, end = islice((sign for sign in map(chr, (0x1E, 0x1F, *range(0xE000, 0xF900))) if sign not in used), 2)
        text = end.join(map(mark.join, rows)).replace("'", "''")
        parts = (f"split_part(line, '{mark}', {n}) AS \"{name}\"" for n, name in enumerate(columns, 1))
        lines = f"SELECT unnest(string_split('{text}', '{end}')) AS line WHERE {bool(rows)}"
        there = native.query("__op_beside", f"SELECT {', '.join(parts)} FROM ({lines})")  # noqa: S608 - quoted
    else:
        there = native.sparkSession.createDataFrame(rows, ", ".join(f"{name}: string" for name in columns))
    return cast("Lazy", nw.from_native(there))


def first_group(lazy: Lazy) -> str:
    """Return how the engine of *lazy* writes what the first brackets of a pattern met."""
    engine: Any = lazy.implementation
    return r"\1" if engine is nw.Implementation.DUCKDB else "$1"


@contextmanager
def held(lazy: Lazy) -> Iterator[Lazy]:
    """Yield the same rows worked out once, where they lie, while the block runs; a frame of Polars as it is.

    An engine works a query out anew whenever it is asked. DuckDB holds them in a temporary table of the relation's own
    connection, Spark in its cache; both move to disk what does not fit into memory.
    """
    if isinstance(lazy, pl.LazyFrame):
        yield lazy
        return
    native: Any = lazy.to_native()
    if hasattr(native, "query"):
        name = f"__op_held_{next(_HELD)}"
        made = native.query("__op_rows", f"CREATE TEMP TABLE {name} AS SELECT * FROM __op_rows")  # noqa: S608 - our own name
        # A relation of what that returned, from 2.0 on. One made of `native` would bring its whole query along, which
        # DuckDB would bind again for each step.
        table = (native if made is None else made).query("__op_rows", f"FROM {name}")
        try:
            yield cast("Lazy", nw.from_native(table))
        finally:
            table.query("__op_rows", f"DROP TABLE IF EXISTS {name}")
    else:
        cached = native.persist()
        try:
            yield cast("Lazy", nw.from_native(cached))
        finally:
            cached.unpersist()


def dialect_of(asked: Lazy | Expr) -> Any:
    """Return the words for formulas over these rows or beside this expression: a module with ``col`` and its like.

    Polars' own where the rows lie in Polars, else those of narwhals. Both read alike, so a formula is written once and
    takes the dialect, called `on`. Narwhals translates every expression anew for every frame, which for four rows takes
    most of the time.
    """
    return pl if isinstance(asked, pl.LazyFrame | pl.Expr) else nw


def first_of_each(lazy: Lazy, column: str, by: Sequence[str]) -> Lazy:
    """Return of each value of *column* the row that comes first, rising by *by*; of equals in Polars the first."""
    if isinstance(lazy, pl.LazyFrame):
        return lazy.sort(by, maintain_order=True).unique(column, keep="first", maintain_order=True)
    return lazy.unique(column, keep="first", order_by=list(by))


def rows_in(lazy: Lazy) -> int:
    """Return how many rows there are, counted by the engine."""
    return int(collect(lazy.select(rows=dialect_of(lazy).len()), ["rows"])["rows"][0])


def whole(number: Expr) -> Expr:
    """Return a number as an integer; null where it is NaN, infinite or too large to be one."""
    on, limit = dialect_of(number), float(2**53)
    return on.when(number.is_between(-limit, limit)).then(number).otherwise(on.lit(None, on.Float64)).cast(on.Int64)


def looked_up(key: Expr, values: Mapping[str, str], default: Expr = None) -> Expr:
    """Return what *values* has for the key, *default* (None: null) where it has nothing."""
    on = dialect_of(key)
    other = on.lit(None, on.String) if default is None else default
    if not values:
        return other
    return key.replace_strict(list(values), list(values.values()), default=other, return_dtype=on.String)


def same_engine(first: OpenTable, second: OpenTable) -> None:
    """Refuse two frames of different engines, which cannot be joined without copying one of them.

    Raises:
        ConfigurationError: names both engines and what to convert.
    """
    if first.engine is not second.engine:
        raise ConfigurationError(
            f"{first.name} is a {first.engine.value} frame and {second.name} a {second.engine.value} frame.",
            next_step="Give both in the same kind.",
        )


def _narwhal(frame: object, name: str) -> nw.DataFrame[Any] | nw.LazyFrame[Any]:
    package = type(frame).__module__.partition(".")[0]
    if package in _REFUSED:
        reason, step = _REFUSED[package]
        raise ConfigurationError(f"{name}: {reason}", next_step=step)
    try:
        opened: Any = nw.from_native(cast("Any", frame))
    except TypeError:
        raise ConfigurationError(
            f"{name} is a {type(frame).__name__}, not a frame.",
            next_step="Give a Results, or a Polars, DuckDB or Spark frame.",
        ) from None
    engine = opened.implementation
    if engine is not nw.Implementation.POLARS and engine not in _SQL_ENGINES:
        raise ConfigurationError(
            f"{name}: a {engine.value} frame cannot be used here.", next_step="Give a Polars, DuckDB or Spark frame."
        )
    return cast("nw.DataFrame[Any] | nw.LazyFrame[Any]", opened)


def _fits(held_as: Any, wanted: type[Any]) -> bool:
    fits: dict[str | None, bool] = {
        _NUMBERS: held_as.is_numeric(),
        "text": isinstance(held_as, nw.String | nw.Categorical | nw.Enum) or held_as.is_integer(),
        "list": isinstance(held_as, nw.List),
    }
    return fits.get(_FAMILY.get(wanted), True)
