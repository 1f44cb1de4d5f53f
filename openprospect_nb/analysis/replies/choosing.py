"""Lists and scores by what answers are worth: the most replies under a bounce promise, points for likely answerers."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from openprospect_nb.analysis.bounces.belief import Belief
from openprospect_nb.analysis.bounces.list_sizes import Sizes
from openprospect_nb.analysis.bounces.promises import Promise
from openprospect_nb.analysis.replies.learning import ADDED, Answers
from openprospect_nb.errors import ConfigurationError, FieldProblem, ValidationError

_COLUMN: Final = "points_answers"


def most_replies(
    known: pl.DataFrame, prospects: object, model: Answers | None, asked: Promise, belief: Belief
) -> pl.DataFrame:
    """Return those of *known* whose list brings the most replies and keeps the bounce promise, safest first.

    Whoever is safer than the limit is free; of the others, those with the most replies for each bounce above the limit
    come first, as many as the promise allows. Where the list by size brings more, it is taken.

    Raises:
        ValidationError: there is no model to choose by.
    """
    if model is None:
        problem = FieldProblem("answers", "is not given: nobody knows who replies")
        raise ValidationError("no list by replies", fields=[problem], next_step="Give answers=op.answers(results).")
    rows = known.join(model.by_address(prospects), on="address", how="left", maintain_order="left")
    p = rows["p"].to_numpy()
    replies = rows[ADDED].fill_null(model.rate).to_numpy() * (1 - p)
    over = p - asked.limit
    worth = np.where(over > 0, replies / np.maximum(over, 1e-12), np.inf)
    order = np.argsort(-worth, kind="stable")
    free = int(np.isinf(worth).sum())
    by_replies = np.sort(order[: _longest(known, order, free, asked, belief)])
    by_size = np.arange(asked.largest(Sizes(known, belief)))
    best = max((by_replies, by_size), key=lambda places: float(replies[places].sum()))
    chosen: pl.DataFrame = known[best.tolist()]
    return chosen


def _longest(known: pl.DataFrame, order: np.ndarray, free: int, asked: Promise, belief: Belief) -> int:
    """Return how many in *order* still keep the promise together; 0 where not even the free ones do."""
    low, high = free, len(order)
    if not _holds(known, order[:low], asked, belief):
        return 0
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if _holds(known, order[:middle], asked, belief) else (low, middle - 1)
    return low


def _holds(known: pl.DataFrame, places: np.ndarray, asked: Promise, belief: Belief) -> bool:
    part: pl.DataFrame = known[np.sort(places).tolist()]
    return part.is_empty() or bool(asked.largest(Sizes(part, belief)) == part.height)


def with_answers(scored: object, prospects: object, model: Answers, *, is_sorted: bool) -> pl.DataFrame:
    """Return scored companies with ``points_answers`` in their score and reasons, best first where *is_sorted*.

    Raises:
        ConfigurationError: it is no Polars frame in memory.
    """
    if not isinstance(scored, pl.DataFrame):
        raise ConfigurationError("answers= takes a Results or a Polars frame.", next_step="Collect the frame first.")
    points = model.points(prospects).rename({"company_id": "id"})
    joined = scored.drop(_COLUMN, strict=False).join(points, on="id", how="left", maintain_order="left")
    gained = pl.col(_COLUMN)
    sign = pl.when(gained.round(0) < 0).then(pl.lit("-")).otherwise(pl.lit("+"))
    times = (2.0 ** (gained / 10)).round(1)
    size = gained.abs().round(0).cast(pl.Int64)
    reason = pl.format(f"{{}}{{}} answers {{}} times the usual odds (learnt from {model.basis})", sign, size, times)
    reasons = pl.when(gained.is_null()).then(pl.col("reasons")).otherwise(pl.concat_list("reasons", reason))
    total = (pl.col("score") + gained.fill_null(0.0)).clip(0, 100)
    made = joined.with_columns(score=total, reasons=reasons)
    return made.sort("score", descending=True, nulls_last=True, maintain_order=True) if is_sorted else made
