"""Of which companies it is known whether they are good, and how much each counts so that rates hold for all of them.

What is missing counts neither as good nor as bad: rates are over the companies of which it is known. A match score is
missing of companies whoever works there, so those without one are left out. A risk can be missing only where there is
somebody to write to. Were such companies just left out, too many of those with nobody would remain; so of these as
large a share is left out. As long as what is missing is like what is there, the rate is that of all.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from openprospect_nb.analysis.contacts.percentages import within
from openprospect_nb.analysis.table import Expr

BY_RISK: Final = ("verified", "likely", "uncertain")
"""Tiers between which the risk decides."""
SAFE: Final = ("verified", "likely")


def person_flags(on: Any, tiers: Collection[str]) -> dict[str, Expr]:
    """Return what is known of a prospect with the columns of `PERSON_FACTS`, in the dialect *on*.

    ``is_contactable``: in one of *tiers*. ``is_by_risk``: the risk decides whether it is. ``is_open``: it would, and is
    not known.
    """
    tier, no = on.col("tier"), on.lit(value=False)
    risk = on.coalesce(within(on.col("calibrated_bounce_risk"), 0, 100), on.col("bounce_risk_score"))
    is_catch_all = on.col("email_type").str.to_lowercase().fill_null("").str.contains("catch|accept.?all")
    is_by_risk = tier.is_in(list(BY_RISK)) & ~is_catch_all
    is_contactable = tier.is_in(list(tiers)) if tiers else no
    is_asked_for = bool(set(SAFE) & set(tiers))
    return {
        "is_contactable": is_contactable,
        "is_by_risk": is_by_risk,
        "is_open": is_by_risk & risk.is_null() & ~is_contactable if is_asked_for else no,
    }


def with_knowledge(on: Any, companies: Any, good_match: float) -> Any:
    """Return companies with ``is_joint``, and what is known of them.

    Args:
        on: the dialect.
        companies: with ``order_id``, ``match_score``, and of their prospects ``is_reached``, ``is_by_risk``,
            ``is_open``, never null.
        good_match: from which score on a match is good.

    ``told`` and ``judged`` are how much a company counts for the rates of contactable and of joint companies: 1, 0
    where it is not known, and less than 1 where nobody is there whose risk could be known. ``is_unknown``: it is not
    known whether the company is a joint one.
    """
    match = on.col("match_score")
    flags = companies.with_columns(
        is_open=on.col("is_open") & ~on.col("is_reached"),
        is_joint=on.col("is_reached") & (match >= good_match).fill_null(value=False),
    )
    by_risk, is_open = on.col("is_by_risk"), on.col("is_open")
    counted = flags.with_columns(
        __op_by_risk=by_risk.cast(on.Int64).sum().over("order_id"),
        __op_open=is_open.cast(on.Int64).sum().over("order_id"),
    )
    share = 1 - on.col("__op_open") / on.col("__op_by_risk")
    rest = on.when(on.col("__op_open") > 0).then(share).otherwise(on.lit(1.0))
    is_settled = by_risk | on.col("is_reached")
    told = on.when(is_open).then(on.lit(0.0)).otherwise(on.when(is_settled).then(on.lit(1.0)).otherwise(rest))
    weighed = counted.with_columns(told=told, is_unknown=is_open | match.is_null())
    judged = on.when(match.is_null()).then(on.lit(0.0)).otherwise(on.col("told"))
    return weighed.with_columns(judged=judged).drop("__op_by_risk", "__op_open")
