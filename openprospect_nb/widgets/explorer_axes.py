"""Where a number lies on an axis, as a share from 0 to 1, and the bins and ticks of that axis."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, expm1, floor, isfinite, log1p, log10
from typing import Final

import polars as pl

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

    def share(self, value: float) -> float:
        """Return where *value* lies, 0 at the low end and 1 at the high one."""
        inside = min(max(value, self.low), self.high)
        if self.is_log:
            return log1p(inside) / log1p(self.high)
        return (inside - self.low) / (self.high - self.low)

    def value(self, share: float) -> float:
        """Return the value at *share*, rounded to what can be meant by pointing there."""
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

    def ticks(self) -> list[tuple[float, str]]:
        """Return the ticks as shares and words."""
        if self.is_log:
            powers = [0.0, *(10.0**n for n in range(ceil(log10(self.high)) + 1))]
            return [(self.share(value), f"{value:,.0f}") for value in powers if value <= self.high]
        step = nice_step((self.high - self.low) / 5)
        first = ceil(self.low / step - 1e-9)
        last = floor(self.high / step + 1e-9)
        return [(self.share(n * step), f"{n * step:,.10g}") for n in range(first, last + 1)]


def axis_of(rows: pl.DataFrame, column: str) -> Axis | None:
    """Return the axis of a numeric column of *rows*, or None where it holds no number."""
    values = rows.get_column(column).cast(pl.Float64)
    known = values.filter(values.is_finite()) if values.null_count() < len(values) else values.drop_nulls()
    if known.is_empty():
        return None
    low, high, middle = (float(n) for n in (known.min(), known.max(), known.median()))  # type: ignore[arg-type]
    whole = rows.schema[column].is_integer()
    if column in _KNOWN and _KNOWN[column][0] <= low and high <= _KNOWN[column][1]:
        low, high = _KNOWN[column]
    elif "risk" in column and low >= 0 and high <= 100:
        low, high = 0.0, 100.0
    elif low >= 0 and high > 50 and high > _SKEWED * max(middle, 1.0):
        return Axis(column=column, low=0.0, high=high, bins=_LOG_BINS, is_log=True, is_whole=whole)
    return _even(column, low, high, is_whole=whole)


def nice_step(rough: float) -> float:
    """Return the smallest of 1, 2, 5 times a power of ten that is not below *rough*."""
    ten = 10.0 ** floor(log10(rough))
    return next(ten * factor for factor in (1, 2, 5, 10) if ten * factor >= rough * 0.999)


def _even(column: str, low: float, high: float, *, is_whole: bool) -> Axis:
    spread = high - low
    if not isfinite(spread) or spread <= 0:
        return Axis(column=column, low=low - 0.5, high=low + 0.5, bins=1, is_whole=False)
    step = nice_step(spread / 30)
    step = max(1.0, step) if is_whole else step
    start, end = floor(low / step + 1e-9) * step, ceil(high / step - 1e-9) * step
    return Axis(column=column, low=start, high=end, bins=max(1, round((end - start) / step)), is_whole=is_whole)
