"""Risks and confidences are percentages, 0 to 100; 0.2 for 20 % would be read as a fifth of one percent."""

from __future__ import annotations

from typing import Final

import narwhals.stable.v2 as nw

from openprospect_nb.analysis.table import OpenTable, collect
from openprospect_nb.errors import FieldProblem, ValidationError

# What we calibrated ourselves may well lie below one percent throughout, so that column is not asked.
PERCENTAGES: Final = ("bounce_risk_score", "validation_confidence")


def refuse_fractions(prospects: OpenTable) -> None:
    """Do nothing unless a column of percentages holds fractions: all known ones at most 1, and not all of them whole.

    Raises:
        ValidationError: names the column and what to multiply it by.
    """
    if set(CHECKED) <= set(prospects.columns):
        # The safest of a list that `contactable` has seen whole may well lie below one percent.
        return
    problems = [FieldProblem(name, _WHY) for name in PERCENTAGES if _holds_fractions(prospects, name)]
    if problems:
        names = [problem.field for problem in problems]
        raise ValidationError(
            "risks cannot be used as they are",
            fields=problems,
            next_step=f"Multiply by 100: frame.with_columns(pl.col({', '.join(map(repr, names))}) * 100). If they "
            "really are all below one percent, call the column calibrated_bounce_risk.",
        )


def within(value: nw.Expr, low: float, high: float) -> nw.Expr:
    """Return *value* where it lies in its declared range, null elsewhere: what cannot be is unknown."""
    return nw.when(value.is_between(low, high)).then(value).otherwise(nw.lit(None, nw.Float64))


CHECKED: Final = ("tier", "rule", "why")
_VALUE: Final = "__op_value"
_WHY: Final = "holds fractions (0.2 for 20 %): every value is at most 1; percentages from 0 to 100 are expected"


def _holds_fractions(prospects: OpenTable, name: str) -> bool:
    if name not in prospects.columns:
        return False
    value = prospects.lazy.select(prospects.column(name, nw.Float64).alias(_VALUE))
    known = value.filter(nw.col(_VALUE).is_between(0, 100)).with_columns(
        _one_where(nw.col(_VALUE) > 1).alias("above"),
        _one_where((nw.col(_VALUE) > 0) & (nw.col(_VALUE) < 1)).alias("broken"),
    )
    above, broken = collect(known.select(nw.col("above", "broken").sum()), ["above", "broken"]).row(0)
    return not above and bool(broken)


def _one_where(holds: nw.Expr) -> nw.Expr:
    return nw.when(holds).then(nw.lit(1)).otherwise(nw.lit(0))
