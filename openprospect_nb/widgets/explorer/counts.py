"""Counts behind the charts and facets of an exploration, kept so that one move counts a million rows in milliseconds.

What does not change while one explores (bins, order of texts, categories) is worked out once; what was counted is kept
until other things were asked for a while: most acts change one condition, and what rests on the others stays.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from math import ceil, expm1, floor, isfinite, log1p, log10
from operator import and_
from typing import Any, Final, TypeVar

import polars as pl

from openprospect_nb.markup.drawing import nice_step
from openprospect_nb.widgets.explorer.filters import Condition, Sort, key_of

_T = TypeVar("_T")
_KNOWN: Final = {"match_score": (0.0, 10.0), "score": (0.0, 100.0), "known_share": (0.0, 1.0)}
_LOG_BINS: Final = 24
_SKEWED: Final = 40.0  # a largest value this many times the median squeezes all others into one bin


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """The span of a column, ``low`` to ``high``, in ``bins`` equal bins; of logarithms (of 1 + value) if ``is_log``."""

    column: str
    low: float
    high: float
    bins: int
    is_log: bool = False
    is_whole: bool = False

    def bin_of(self) -> pl.Expr:
        """Return the bin (0 up) of a row's value, null where it has none or lies outside."""
        value = pl.col(self.column).cast(pl.Float64)
        inside = value.is_between(self.low, self.high)
        raw = value.log1p() / log1p(self.high) if self.is_log else (value - self.low) / (self.high - self.low)
        # The nudge keeps a value written on an edge, such as 0.3, in the bin that starts there.
        return pl.when(inside).then((raw * self.bins + 1e-9).floor().clip(0, self.bins - 1).cast(pl.UInt16))

    def value(self, share: float) -> float:
        """Return the value at *share* (0-1 of the axis), rounded to what can be meant by pointing there."""
        inside = min(max(share, 0.0), 1.0)
        if self.is_log:
            raw = expm1(inside * log1p(self.high))
            digits = 1 - floor(log10(raw)) if raw >= 1 else 0
            return min(max(float(round(raw, min(digits, 0))), self.low), self.high)
        digits = self.digits
        return min(max(round(self.low + inside * (self.high - self.low), digits), self.low), self.high)

    @property
    def digits(self) -> int:
        """Decimals of a tenth of a bin; none for whole numbers."""
        step = (self.high - self.low) / self.bins
        return 0 if self.is_whole or self.is_log else max(0, 1 - floor(log10(step) + 1e-9) - 1)


def axis_of(rows: pl.DataFrame, column: str) -> Axis | None:
    """Return the axis of a numeric column of *rows*, or None where it holds no number."""
    values = rows.get_column(column).cast(pl.Float64)
    numbers = values.filter(values.is_finite()) if values.null_count() < len(values) else values.drop_nulls()
    if numbers.is_empty():
        return None
    low, high, middle = (float(n) for n in (numbers.min(), numbers.max(), numbers.median()))  # type: ignore[arg-type]
    whole = rows.schema[column].is_integer()
    if column in _KNOWN and _KNOWN[column][0] <= low and high <= _KNOWN[column][1]:
        low, high = _KNOWN[column]
    elif "risk" in column and low >= 0 and high <= 100:
        low, high = 0.0, 100.0
    elif low >= 0 and high > 50 and high > _SKEWED * max(middle, 1.0):
        return Axis(column=column, low=0.0, high=high, bins=_LOG_BINS, is_log=True, is_whole=whole)
    spread = high - low
    if not isfinite(spread) or spread <= 0:
        return Axis(column=column, low=low - 0.5, high=low + 0.5, bins=1, is_whole=False)
    step = nice_step(spread / 30)
    step = max(1.0, step) if whole else step
    start, end = floor(low / step + 1e-9) * step, ceil(high / step - 1e-9) * step
    return Axis(column=column, low=start, high=end, bins=max(1, round((end - start) / step)), is_whole=whole)


FACET_VALUES: Final = 60
_RECENT: Final = 64  # a bit a row each, where it is a mask


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """A histogram: rows a bin that all other conditions leave, and those among them that are selected."""

    axis: Axis
    others: tuple[int, ...]
    selected: tuple[int, ...]
    unknown: int


class ExplorerCounts:
    """Counts over the rows of one exploration."""

    def __init__(self, rows: pl.DataFrame) -> None:
        self._rows = rows
        self._kept: dict[tuple[str, ...], pl.Series] = {}
        self._recent: OrderedDict[tuple[str, ...], Any] = OrderedDict()
        self._axes: dict[str, Axis | None] = {}
        self._order: tuple[Sort, pl.Series] | None = None
        self._ordered: tuple[Sort, pl.Series, pl.Series] | None = None

    def axis(self, column: str) -> Axis | None:
        """Return the axis of a numeric column, or None where no value is known."""
        if column not in self._axes:
            self._axes[column] = axis_of(self._rows, column)
        return self._axes[column]

    def mask(self, conditions: Mapping[str, Condition], *without: str) -> pl.Series:
        """Return which rows meet *conditions*, those named in *without* left aside; the same series while they stay."""
        asked = {name: condition for name, condition in conditions.items() if name not in without}
        return self._once(("mask", *key_of(asked)), lambda: self._all_of(asked))

    def bars(self, column: str, conditions: Mapping[str, Condition]) -> Bars | None:
        """Return the histogram of *column*, or None where no value is known."""
        axis = self.axis(column)
        if axis is None:
            return None
        return self._once(("bars", column, *key_of(conditions)), lambda: self._bars(axis, conditions))

    def facet(self, column: str, conditions: Mapping[str, Condition]) -> dict[str | None, int]:
        """Return value → rows that all other conditions leave; the `FACET_VALUES` most frequent of all rows."""
        others = {name: condition for name, condition in conditions.items() if name != f"facet {column}"}
        return self._once(("facet", column, *key_of(others)), lambda: self._facet(column, others))

    def distinct(self, column: str) -> int:
        """Return how many values a facet has."""
        key = ("distinct", column)
        if key not in self._kept:
            self._kept[key] = pl.Series([self._rows.get_column(column).n_unique()])
        return int(self._kept[key][0])

    def ordered(self, sort: Sort, mask: pl.Series) -> pl.Series:
        """Return the numbers of the rows in *mask*, in the order of *sort*."""
        if not sort.column:
            return mask.arg_true()
        if self._ordered is not None and self._ordered[0] == sort and self._ordered[1] is mask:
            return self._ordered[2]
        if self._order is None or self._order[0] != sort:
            keys = self._keys(sort.column).to_frame("key")
            order = keys.select(
                pl.arg_sort_by("key", descending=sort.descending, nulls_last=True, maintain_order=True)
            ).to_series()
            self._order = sort, order
        order = self._order[1]
        self._ordered = sort, mask, order if mask.all() else order.filter(mask.gather(order))
        return self._ordered[2]

    def prepare(self, texts: pl.Expr | None, *columns: str) -> None:
        """Work out beforehand what a first search in *texts*, and a first sort by one of *columns*, would wait for."""
        for column in columns:
            self._keys(column)
        if texts is not None:
            self._texts(texts)

    def _keys(self, column: str) -> pl.Series:
        """Return what sorts as a column does: of texts their ranks, for numbers are sorted fifteen times as fast."""
        values = self._rows.get_column(column)
        if values.dtype != pl.String:
            return values
        key = ("ranks", column)
        if key not in self._kept:
            self._kept[key] = values.rank("dense")
        return self._kept[key]

    def _once(self, key: tuple[str, ...], make: Callable[[], _T]) -> _T:
        if key not in self._recent:
            self._recent[key] = make()
            if len(self._recent) > _RECENT:
                self._recent.popitem(last=False)
        self._recent.move_to_end(key)
        made: _T = self._recent[key]
        return made

    def _all_of(self, conditions: Mapping[str, Condition]) -> pl.Series:
        masks = [self._mask_of(name, condition) for name, condition in conditions.items()]
        if not masks:
            return pl.repeat(value=True, n=self._rows.height, dtype=pl.Boolean, eager=True)
        return reduce(and_, masks)

    def _bars(self, axis: Axis, conditions: Mapping[str, Condition]) -> Bars:
        key, name = ("bins", axis.column), f"range {axis.column}"
        if key not in self._kept:
            self._kept[key] = self._rows.select(bin=axis.bin_of()).get_column("bin")
        bins = self._kept[key]
        of_others = of_selected = self._once(
            ("tally", axis.column, *key_of({n: c for n, c in conditions.items() if n != name})),
            lambda: _tally(bins, self.mask(conditions, name)),
        )
        if name in conditions:
            of_selected = _tally(bins, self.mask(conditions))
        return Bars(
            axis=axis,
            others=tuple(of_others.get(n, 0) for n in range(axis.bins)),
            selected=tuple(of_selected.get(n, 0) for n in range(axis.bins)),
            unknown=of_others.get(None, 0),
        )

    def _facet(self, column: str, others: Mapping[str, Condition]) -> dict[str | None, int]:
        key = ("facet", column)
        if key not in self._kept:
            # Counting small numbers is several times faster than counting texts.
            self._kept[key] = self._rows.get_column(column).cast(pl.Categorical)
            ranked = self._kept[key].value_counts().sort(["count", column], descending=[True, False], nulls_last=True)
            self._kept["values", column] = ranked.get_column(column).cast(pl.String).head(FACET_VALUES)
        left = self._kept[key].filter(self.mask(others)) if others else self._kept[key]
        counted = dict(left.value_counts().cast({column: pl.String}).iter_rows())
        return {value: counted.get(value, 0) for value in self._kept["values", column].to_list()}

    def _mask_of(self, name: str, condition: Condition) -> pl.Series:
        def test() -> pl.Series:
            rows = self._rows if condition.source is None else self._texts(condition.source)
            return rows.select(test=condition.test.fill_null(value=False)).get_column("test")

        return self._once(("one", *key_of({name: condition})), test)

    def _texts(self, source: pl.Expr) -> pl.DataFrame:
        """Return the searched texts, joined and in lower case once: that takes longer than any search in them."""
        if ("texts",) not in self._kept:
            self._kept["texts",] = self._rows.select(source).to_series()
        return self._kept["texts",].to_frame()


def _tally(bins: pl.Series, mask: pl.Series) -> dict[int | None, int]:
    return dict((bins if mask.all() else bins.filter(mask)).value_counts().iter_rows())
