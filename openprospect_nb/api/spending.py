"""What was spent, from the journal and from the results on disk."""

from __future__ import annotations

from typing import Literal

import polars as pl

from openprospect_nb.api._resource import Context
from openprospect_nb.api.results import folder_of
from openprospect_nb.errors import ConfigurationError
from openprospect_nb.frames.results import Results

GROUPS = {"order": ["order_id", "title"], "icp": ["icp_hash"], "month": ["month"]}


def spend_frame(context: Context, by: Literal["order", "icp", "month"]) -> pl.DataFrame:
    """Return the spending of this account grouped *by* order, ICP or month.

    Raises:
        ConfigurationError: *by* is none of the three.
    """
    if by not in GROUPS:
        raise ConfigurationError(f"by={by!r} is not known.", next_step="Use 'order', 'icp' or 'month'.")
    bought = context.journal.frame().filter(pl.col("order_id").is_not_null())
    reach = [_contactable(context, order_id) for order_id in bought["order_id"]]
    rows = bought.with_columns(
        pl.Series("contactable", reach, dtype=pl.Int64),
        pl.coalesce("cost", "price").alias("paid"),
        pl.col("currency").fill_null(""),
        pl.col("intended_at").dt.strftime("%Y-%m").alias("month"),
    )
    return rows.group_by([*GROUPS[by], "currency"], maintain_order=True).agg(
        pl.len().cast(pl.Int64).alias("orders"),
        pl.col("quantity").sum().alias("briefings"),
        _known_sum("paid").alias("cost"),
        pl.col("paid").is_null().sum().cast(pl.Int64).alias("cost_unknown"),
        _known_sum("contactable").alias("contactable"),
        _cost_per_contactable().alias("cost_per_contactable"),
    )


def _known_sum(column: str) -> pl.Expr:
    """Sum what is known of a group; null where nothing is."""
    return pl.when(pl.col(column).is_not_null().any()).then(pl.col(column).sum())


def _cost_per_contactable() -> pl.Expr:
    """Divide over the orders whose cost and reach are both known; a mix would flatter it."""
    both = pl.col("paid").is_not_null() & pl.col("contactable").is_not_null()
    paid, reach = (pl.col(column).filter(both).sum() for column in ("paid", "contactable"))
    return pl.when(reach > 0).then(paid / reach)


def _contactable(context: Context, order_id: str) -> int | None:
    """Return how many prospects of an order have an e-mail address, or None if its results are not on disk."""
    folder = folder_of(context, order_id)
    if not Results.is_stored(folder):
        return None
    path = folder / "prospects.parquet"
    return int(pl.scan_parquet(path).select(pl.col("email").is_not_null().sum()).collect().item())
