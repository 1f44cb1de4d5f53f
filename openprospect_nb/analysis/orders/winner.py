"""Whether one of several orders is beyond doubt the one to buy from again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from openprospect_nb.analysis.orders.comparison import Comparison


def is_clearly_best(compared: Comparison) -> bool:
    """Whether the reference order brings more good companies than each other, beyond chance, at no higher price."""
    joint = compared.differences.filter(pl.col("measure") == "joint_rate")
    others = compared.orders.filter(pl.col("order_id") != compared.reference)
    if joint.height != others.height or not others.height or not (joint["high"] < 0).all():
        return False
    own = compared.orders.filter(pl.col("order_id") == compared.reference).row(0, named=True)
    if others["cost"].is_null().all() and own["cost"] is None:
        return True
    is_stated = own["cost_per_joint"] is not None and not others["cost"].has_nulls()
    is_comparable = set(compared.orders["currency"].to_list()) == {own["currency"]}
    prices = others["cost_per_joint"].fill_null(float("inf"))
    return is_stated and is_comparable and bool((prices >= own["cost_per_joint"]).all())
