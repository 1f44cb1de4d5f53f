"""Whether one of several orders is beyond doubt the one to buy from again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from openprospect_nb.analysis.orders.comparison import Comparison


def is_clearly_best(compared: Comparison) -> bool:
    """Whether the best order brings more good companies than each other, beyond chance, at no higher price.

    Where another order is the reference, that is known of two alone: the differences are to the reference.
    """
    joint = compared.differences.filter(pl.col("measure") == "joint_rate")
    others = compared.orders.filter(pl.col("order_id").ne_missing(pl.lit(compared.best)))
    is_reference = compared.best == compared.reference
    if joint.height != others.height or not others.height or not (is_reference or others.height == 1):
        return False
    if not ((joint["high"] < 0) if is_reference else (joint["low"] > 0)).all():
        return False
    own = compared.orders.filter(pl.col("order_id") == compared.best).row(0, named=True)
    if others["cost"].is_null().all() and own["cost"] is None:
        return True
    is_stated = own["cost_per_joint"] is not None and not others["cost"].has_nulls()
    is_comparable = set(compared.orders["currency"].to_list()) == {own["currency"]}
    prices = others["cost_per_joint"].fill_null(float("inf"))
    return is_stated and is_comparable and bool((prices >= own["cost_per_joint"]).all())
