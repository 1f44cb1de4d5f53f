"""`show`: any frame as a dense table, one line a row, with what each column holds in its head."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import polars as pl
import polars.selectors as cs

from openprospect_nb.analysis.table import collect, open_table, rows_in
from openprospect_nb.markup.render import render
from openprospect_nb.markup.text import clean

ROWS: Final = 200
BINS: Final = 12
_SAMPLE: Final = 100_000  # rows that heads are worked out on
_CELL: Final = 160  # letters


@dataclass(frozen=True, slots=True)
class Head:
    """What a column holds: its name, bars of 0-1 (a histogram, or the most frequent values), and a line of words."""

    name: str
    bars: tuple[float, ...]
    is_number: bool
    words: str


@dataclass(frozen=True, slots=True)
class FrameView:
    """A frame to look at; in a notebook a table that scrolls, else the first rows as text.

    Attributes:
        heads: `Head`, one a column. rows: texts of the first rows. total: how many rows there are.
        frame: the first rows as they are.
    """

    heads: tuple[Head, ...]
    rows: tuple[tuple[str, ...], ...] = field(repr=False)
    total: int
    frame: pl.DataFrame = field(repr=False, compare=False)

    def __repr__(self) -> str:
        with pl.Config(tbl_rows=12, tbl_hide_column_data_types=True, fmt_str_lengths=40):
            return f"{self.total:,} rows, {len(self.heads)} columns\n{self.frame.head(12)}"

    def _repr_html_(self) -> str:
        """Return the table as HTML: half a row at its end says that there is more."""
        return render("table.html", heads=self.heads, rows=self.rows, total=self.total, shown=len(self.rows))


def show(frame: object, rows: int = ROWS) -> FrameView:
    """Return *frame* as a table of one-line rows whose heads show what is in each column; needs no client.

    Args:
        frame: Polars, eager or lazy, a DuckDB relation or a Spark frame; only what is shown is read of it, and at most
            100,000 rows for the heads.
        rows: how many rows to show, the first ones.

    Raises:
        ConfigurationError: this kind of frame is not supported.

    Example:
        >>> op.show(op.score(results)).heads[0].name
        'score'
    """
    table = open_table(frame, name="frame", required=())
    columns = list(table.columns)
    ordered = table.lazy.sort(*table.row_order) if table.row_order else table.lazy
    sample = collect(ordered.head(max(_SAMPLE, rows)).select(columns), columns)
    total = rows_in(table.lazy) if sample.height >= _SAMPLE else sample.height
    shown = sample.head(max(rows, 0))
    timed = shown.with_columns(cs.datetime().dt.strftime("%Y-%m-%d %H:%M"))
    texts = tuple(tuple(map(_cell, row)) for row in timed.iter_rows())
    return FrameView(tuple(_head(sample[name]) for name in columns), texts, total, shown)


def _head(values: pl.Series) -> Head:
    known = values.drop_nulls()
    empty = f", {values.null_count() / len(values):.0%} unknown" if values.null_count() else ""
    if values.dtype.is_numeric() and len(known):
        return _numbers(values.name, known.cast(pl.Float64), empty)
    if not len(known) or values.dtype.is_nested() or values.dtype in (pl.Object, pl.Binary):
        return Head(clean(values.name, 60), (), is_number=False, words=f"{len(known):,} known{empty}")
    counts = known.alias("value").value_counts(sort=True)
    top = counts["count"].head(BINS).to_list()
    bars = tuple(count / top[0] for count in top) if top[0] > 1 else ()
    return Head(clean(values.name, 60), bars, is_number=False, words=f"{counts.height:,} different{empty}")


def _numbers(name: str, known: pl.Series, empty: str) -> Head:
    finite = known.filter(known.is_finite())
    if not len(finite):
        return Head(clean(name, 60), (), is_number=True, words=f"no number{empty}")
    low, high = _short(finite.min()), _short(finite.max())
    counts, _ = np.histogram(_places(finite.to_numpy()), bins=BINS, range=(0.0, 1.0))
    bars = tuple(float(count) / float(counts.max()) for count in counts)
    return Head(clean(name, 60), bars, is_number=True, words=f"{low} to {high}{empty}")


def _places(values: np.ndarray[Any, np.dtype[np.float64]]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return where each lies between the least (0) and the greatest (1); in the middle where all are one."""
    scaled = values / max(1.0, float(np.abs(values).max()))
    low, high = float(scaled.min()), float(scaled.max())
    return (scaled - low) / (high - low) if high > low else np.full(len(values), 0.5)


def _short(value: object) -> str:
    return f"{value:,.4g}" if isinstance(value, int | float) else str(value)


def _cell(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:,.2f}".rstrip("0").rstrip(".")
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return clean("; ".join(map(str, value)), _CELL)
    return clean(str(value), _CELL)
