"""What was spent, from the journal and from the results on disk."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal

import polars as pl

from openprospect_nb.api._resource import Context
from openprospect_nb.api.fetching.results import folder_of
from openprospect_nb.contract import ORDER_TERMINAL, OrderStatus
from openprospect_nb.errors import ConfigurationError
from openprospect_nb.frames.contactable import NEEDED, contacts_among
from openprospect_nb.frames.costs import cost_of, shortfall_of
from openprospect_nb.frames.results import Results

_DELIVERED: Final = pl.Schema(
    {
        "paid": pl.Float64(),
        "delivered": pl.Int64(),
        "shortfall": pl.Int64(),
        "contactable": pl.Int64(),
        "contactable_prospects": pl.Int64(),
    }
)
_ENDED_BADLY: Final = ORDER_TERMINAL - {OrderStatus.COMPLETED}
GROUPS = {"order": ["order_id", "title"], "icp": ["icp_hash"], "month": ["month"]}


def spend_frame(context: Context, by: Literal["order", "icp", "month"]) -> pl.DataFrame:
    """Return the spending of this account grouped *by* order, ICP or month.

    Raises:
        ConfigurationError: *by* is none of the three.
    """
    if by not in GROUPS:
        raise ConfigurationError(f"by={by!r} is not known.", next_step="Use 'order', 'icp' or 'month'.")
    placed = context.journal.frame().filter(pl.col("order_id").is_not_null())
    # One order that a server gave to several purchases was bought once: by the first that it was given to.
    since = pl.coalesce("bound_at", "intended_at")
    bought = placed.filter(since.rank("ordinal").over("order_id") == 1)
    brought = pl.DataFrame([_delivered(context, row) for row in bought.iter_rows(named=True)], schema=_DELIVERED)
    rows = bought.hstack(brought).with_columns(
        pl.col("currency").fill_null(""),
        pl.col("intended_at").dt.strftime("%Y-%m").alias("month"),
    )
    # Divide over the orders whose cost and reach are both known; a mix would flatter it.
    both = pl.col("paid").is_not_null() & pl.col("contactable_prospects").is_not_null()
    paid, reach = (pl.col(column).filter(both).sum() for column in ("paid", "contactable_prospects"))
    return rows.group_by([*GROUPS[by], "currency"], maintain_order=True).agg(
        pl.len().cast(pl.Int64).alias("orders"),
        pl.col("quantity").sum().alias("briefings"),
        _known_sum("delivered"),
        _known_sum("shortfall"),
        _known_sum("paid").alias("cost"),
        pl.col("paid").is_null().sum().cast(pl.Int64).alias("cost_unknown"),
        _known_sum("contactable"),
        _known_sum("contactable_prospects"),
        pl.when(reach > 0).then(paid / reach).alias("cost_per_contactable"),
    )


def usual_price(context: Context) -> float | None:
    """Return the dearest price of a delivered company among earlier orders, or None: what a budget is kept by.

    Of completed orders whose cost the server states and whose results were read: cost over what came, or over what was
    asked for where more came. What brought nothing, or cost nothing, says nothing. The dearest, for a budget is a
    promise; None where currencies differ, for then no one number is a price.
    """
    prices, currencies = [], set()
    for purchase in context.journal.all():
        total = cost_of(purchase.cost.total, None, None) if purchase.cost is not None else None
        if not total or purchase.cost is None or purchase.order_id is None or purchase.status != OrderStatus.COMPLETED:
            continue
        delivered = _companies_in(folder_of(context, purchase.order_id))
        if delivered:
            prices.append(total / min(delivered, purchase.quantity or delivered))
            currencies.add(purchase.cost.currency.strip().upper())
    return max(prices) if len(currencies) == 1 else None


def _companies_in(folder: Path) -> int | None:
    """Return how many companies results on disk hold; None where there are none that can be read."""
    try:
        companies = pl.scan_parquet(folder / "companies.parquet").select(pl.col("id").n_unique()).collect().item()
    except (OSError, pl.exceptions.PolarsError):
        return None
    return int(companies)


def _known_sum(column: str) -> pl.Expr:
    """Sum what is known of a group; null where nothing is."""
    return pl.when(pl.col(column).is_not_null().any()).then(pl.col(column).sum()).alias(column)


def _delivered(context: Context, bought: Mapping[str, Any]) -> dict[str, float | None]:
    """Return what an order cost and brought, as far as its results are on disk; what it will cost before that.

    A rejected order was never begun and cost nothing, whatever was estimated. What one that failed or was cancelled
    cost nobody but the server knows.
    """
    quantity, price = bought["quantity"], bought["price"]
    each = price / quantity if price is not None and quantity else None
    folder = folder_of(context, bought["order_id"])
    if not Results.is_stored(folder):
        if bought["status"] == OrderStatus.REJECTED:
            return {"paid": 0.0, "delivered": 0, "shortfall": shortfall_of(quantity, 0)}
        will_come = None if bought["status"] in _ENDED_BADLY else quantity
        return {"paid": cost_of(bought["cost"], each, will_come)}
    companies = pl.scan_parquet(folder / "companies.parquet").select(pl.col("id").n_unique()).collect().item()
    contacts = contacts_among(pl.read_parquet(folder / "prospects.parquet", columns=list(NEEDED)))
    return {
        "paid": cost_of(bought["cost"], each, companies),
        "delivered": companies,
        "shortfall": shortfall_of(quantity, companies),
        "contactable": contacts.companies,
        "contactable_prospects": contacts.prospects,
    }
