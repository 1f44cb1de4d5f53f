"""What a validation confidence says about a bounce risk, where the vendor states the one and not the other.

The two are different scales: 100 minus the confidence is no risk. Rows that have both tell what the confidence means in
this frame: the mean risk of those of like confidence, never rising. Where too few have both, nobody knows.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import narwhals.stable.v2 as nw
import polars as pl

from openprospect_nb.analysis.bounces.logistic import Block, pool
from openprospect_nb.analysis.contacts.percentages import within
from openprospect_nb.analysis.table import Expr, OpenTable, collect

MIN_ROWS: Final = 30
BY_VALIDATION: Final = "__op_risk_by_validation"
_NEEDED: Final = ("bounce_risk_score", "validation_confidence")


def with_validations(prospects: OpenTable) -> OpenTable:
    """Return the prospects with a risk (0-100) from the validation where none is stated, as far as it can be told."""
    if BY_VALIDATION in prospects.columns or not all(prospects.holds_values(name) for name in _NEEDED):
        return prospects
    risk, confidence = (within(prospects.column(name, nw.Float64), 0, 100) for name in _NEEDED)
    blocks = _learnt(prospects, risk, confidence)
    if not blocks:
        return prospects
    on = prospects.on
    value = on.lit(blocks[0].value)
    for block in blocks[1:]:
        value = on.when(confidence <= -block.first).then(on.lit(block.value)).otherwise(value)
    by_validation = on.when(confidence.is_null()).then(on.lit(None, on.Float64)).otherwise(value)
    lazy = prospects.lazy.with_columns(by_validation.alias(BY_VALIDATION))
    return replace(prospects, lazy=lazy, columns=(*prospects.columns, BY_VALIDATION))


def bounce_risk(prospects: OpenTable) -> Expr:
    """Return 0-100: the calibrated risk, else the vendor's, else what `with_validations` made of the validation."""
    calibrated = within(prospects.column("calibrated_bounce_risk", nw.Float64), 0, 100)
    return prospects.on.coalesce(calibrated, stated_risk(prospects))


def stated_risk(prospects: OpenTable) -> Expr:
    """Return the vendor's risk, 0-100, as `bounce_risk` does but never a calibrated one."""
    stated = within(prospects.column("bounce_risk_score", nw.Float64), 0, 100)
    return prospects.on.coalesce(stated, prospects.column(BY_VALIDATION, nw.Float64))


def _learnt(prospects: OpenTable, risk: Expr, confidence: Expr) -> list[Block]:
    """Return blocks of falling confidence (negated, so that it rises) and rising risk; none where it is not needed."""
    on = prospects.on
    rows = prospects.lazy.select(__op_risk=risk, __op_confidence=confidence.round(0))
    grouped = rows.filter(~on.col("__op_confidence").is_null()).group_by("__op_confidence")
    sums = grouped.agg(
        on.col("__op_risk").sum(), on.col("__op_risk").count().alias("__op_n"), on.len().alias("__op_rows")
    )
    names = ["__op_confidence", "__op_risk", "__op_n", "__op_rows"]
    table = collect(sums, names).cast(pl.Float64)
    if table["__op_n"].sum() < MIN_ROWS or table["__op_n"].sum() == table["__op_rows"].sum():
        return []
    both = table.filter(pl.col("__op_n") > 0)
    return pool((-confidence, risk / n, n) for confidence, risk, n, _ in both.rows())
