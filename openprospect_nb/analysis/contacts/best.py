"""What the prospects of a company amount to: its best contact and its best e-mail, on scales from 0 to 1."""

from __future__ import annotations

from typing import Final

import narwhals.stable.v2 as nw

from openprospect_nb.analysis.contacts.seniority import seniority
from openprospect_nb.analysis.table import Lazy, OpenTable, same_engine

REACH: Final = "__op_reach"
DELIVERY: Final = "__op_delivery"
_COMPANY: Final = "__op_company"
_ORDER: Final = "__op_order"
_MAILS: Final = "__op_mails"
_ORDER_MAILS: Final = "__op_order_mails"
_PEOPLE: Final = "__op_people"
_ORDER_PEOPLE: Final = "__op_order_people"


def within(value: nw.Expr, low: float, high: float) -> nw.Expr:
    """Return *value* where it lies in its declared range, null elsewhere: what cannot be is unknown."""
    return nw.when(value.is_between(low, high)).then(value).otherwise(nw.lit(None, nw.Float64))


def known_mean(values: list[nw.Expr]) -> nw.Expr:
    """Return the row-wise mean of what is known, null where nothing is."""
    weights = [nw.when(value.is_null()).then(nw.lit(0.0)).otherwise(nw.lit(1.0)) for value in values]
    count = nw.sum_horizontal(weights)
    total = nw.sum_horizontal([value.fill_null(0.0) for value in values])
    return nw.when(count > 0).then(total / count).otherwise(nw.lit(None, nw.Float64))


def bounce_risk(prospects: OpenTable) -> nw.Expr:
    """Return 0-100: the calibrated risk, else the vendor's, else 100 minus the validation confidence, else null."""
    calibrated = within(prospects.column("calibrated_bounce_risk", nw.Float64), 0, 100)
    stated = within(prospects.column("bounce_risk_score", nw.Float64), 0, 100)
    confidence = within(prospects.column("validation_confidence", nw.Float64), 0, 100)
    return nw.coalesce(calibrated, stated, 100 - confidence)


def has_email(prospects: OpenTable) -> nw.Expr:
    """Return whether a prospect has an e-mail address at all (true or false, never null)."""
    return prospects.column("email", nw.String).str.contains("@").fill_null(value=False)


def add_contacts(companies: OpenTable, prospects: OpenTable | None) -> Lazy:
    """Return the companies with ``REACH`` and ``DELIVERY``, 0-1, null where unknown.

    A company without contacts counts 0 only if its order delivered contacts at all (e-mails likewise): an order
    placed without that feature says nothing about the company.
    """
    if prospects is None:
        return companies.lazy.with_columns(
            nw.lit(None, nw.Float64).alias(REACH), nw.lit(None, nw.Float64).alias(DELIVERY)
        )
    same_engine(companies, prospects)
    people, orders = _by_company(companies, prospects)
    keyed = companies.lazy.with_columns(
        companies.column("id", nw.String).alias(_COMPANY), _order_key(companies, prospects).alias(_ORDER)
    )
    joined = keyed.join(people, on=_COMPANY, how="left").join(orders, on=_ORDER, how="left")
    nothing_found = (nw.col(_PEOPLE).fill_null(0.0) == 0) & (nw.col(_ORDER_PEOPLE).fill_null(0.0) > 0)
    no_mail = (nw.col(_MAILS).fill_null(0.0) == 0) & (nw.col(_ORDER_MAILS).fill_null(0.0) > 0)
    return joined.with_columns(
        nw.when(nothing_found).then(nw.lit(0.0)).otherwise(nw.col(REACH)).alias(REACH),
        nw.when(no_mail).then(nw.lit(0.0)).otherwise(nw.col(DELIVERY)).alias(DELIVERY),
    ).drop(_COMPANY, _ORDER, _PEOPLE, _ORDER_PEOPLE, _MAILS, _ORDER_MAILS)


def _by_company(companies: OpenTable, prospects: OpenTable) -> tuple[Lazy, Lazy]:
    mail = has_email(prospects)
    rows = prospects.lazy.select(
        prospects.column("company_id", nw.String).alias(_COMPANY),
        _order_key(prospects, companies).alias(_ORDER),
        _reach(prospects).alias(REACH),
        nw.when(mail).then(1 - bounce_risk(prospects) / 100).otherwise(nw.lit(None, nw.Float64)).alias(DELIVERY),
        nw.when(mail).then(nw.lit(1.0)).otherwise(nw.lit(0.0)).alias(_MAILS),
        nw.lit(1.0).alias(_PEOPLE),
    )
    people = rows.group_by(_COMPANY).agg(nw.col(REACH, DELIVERY).max(), nw.col(_MAILS, _PEOPLE).sum())
    orders = rows.group_by(_ORDER).agg(
        nw.col(_MAILS).sum().alias(_ORDER_MAILS), nw.col(_PEOPLE).sum().alias(_ORDER_PEOPLE)
    )
    return people, orders


def _reach(prospects: OpenTable) -> nw.Expr:
    qualified = within(prospects.column("qualification_score", nw.Float64), 0, 10) / 10
    return known_mean([qualified, seniority(prospects.column("job_title", nw.String))])


def _order_key(table: OpenTable, other: OpenTable) -> nw.Expr:
    if "order_id" in table.columns and "order_id" in other.columns:
        return table.column("order_id", nw.String).fill_null("")
    return nw.lit("")
