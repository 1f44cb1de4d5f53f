"""Risks and confidences are percentages, 0 to 100; 0.2 for 20 % would be read as a fifth of one percent."""

from __future__ import annotations

from typing import Final

import narwhals.stable.v2 as nw

from openprospect_nb.analysis.table import Expr, OpenTable, collect, dialect_of
from openprospect_nb.errors import FieldProblem, ValidationError

# What we calibrated ourselves may well lie below one percent throughout, so that column is not asked.
PERCENTAGES: Final = ("bounce_risk_score", "validation_confidence")
CHECKED: Final = ("tier", "rule", "why")
# Our decoder writes one of these beside every row. The vendor states percentages, and fewer than `_MANY` of its persons
# may well all be that safe; as many as that are not, and its server has changed what it sends.
_DECODED: Final = ("live", "sandbox")
_MANY: Final = 30
_IS_DECODED: Final = "__op_is_decoded"
_WHY: Final = "holds fractions (0.2 for 20 %): every value is at most 1; percentages from 0 to 100 are expected"


def refuse_fractions(prospects: OpenTable) -> None:
    """Do nothing unless a column of percentages holds fractions: all known ones at most 1, and not all of them whole.

    Fewer than thirty that a client has fetched (``source`` says so of each) are percentages, however small.

    Raises:
        ValidationError: names the column and what to multiply it by.
    """
    if set(CHECKED) <= set(prospects.columns):
        # The safest of a list that `contactable` has seen whole may well lie below one percent.
        return
    problems = [FieldProblem(name, _WHY) for name in _holding_fractions(prospects)]
    if problems:
        names = [problem.field for problem in problems]
        raise ValidationError(
            "risks cannot be used as they are",
            fields=problems,
            next_step=f"Multiply by 100: frame.with_columns(pl.col({', '.join(map(repr, names))}) * 100). If they "
            "really are all below one percent, call the column calibrated_bounce_risk.",
        )


def within(value: Expr, low: float, high: float) -> Expr:
    """Return *value* where it lies in its declared range, null elsewhere: what cannot be is unknown."""
    return dialect_of(value).when(value.is_between(low, high)).then(value)


def _holding_fractions(prospects: OpenTable) -> list[str]:
    """Return which percentages hold values between 0 and 1 and none above; one pass tells of all."""
    names = [name for name in PERCENTAGES if name in prospects.columns]
    if not names:
        return []
    on, edges, is_decoded = prospects.on, {}, _is_decoded(prospects)
    for name in names:
        value = on.col(name)
        edges[f"above_{name}"] = on.when(value.is_between(1, 100, closed="right")).then(value).max()
        edges[f"broken_{name}"] = on.when(value.is_between(0, 1, closed="none")).then(value).max()
        known = on.when(value.is_between(0, 100)).then(value)
        edges[f"known_{name}"] = known.count()
        edges[f"decoded_{name}"] = on.when(on.col(_IS_DECODED)).then(known).count()
    values = prospects.lazy.select(
        *(prospects.column(name, nw.Float64).alias(name) for name in names), is_decoded.alias(_IS_DECODED)
    )
    ends = iter(collect(values.select(**edges), list(edges)).row(0))
    return [
        name
        for name, above, broken, known, decoded in zip(names, ends, ends, ends, ends, strict=True)
        if above is None and broken is not None and not decoded == known < _MANY
    ]


def _is_decoded(prospects: OpenTable) -> Expr:
    """Return whether our decoder wrote a row; never null."""
    if "source" not in prospects.columns or prospects.schema["source"] != nw.String:
        return prospects.on.lit(value=False)
    return prospects.on.col("source").is_in(_DECODED).fill_null(value=False)
