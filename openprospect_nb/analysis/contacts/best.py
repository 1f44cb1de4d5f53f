"""What the prospects of a company amount to: the best person one can write to, on scales from 0 to 1.

A person counts by ``reach × deliverability``, both of the same person: how right he or she is, and how likely a mail
arrives. What is unknown of a person is assumed (see `expected_of`), never left out: leaving it out would rank a person
of whom nothing is known above one who is known to be good.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import narwhals.stable.v2 as nw
import polars as pl

from openprospect_nb.analysis.contacts.percentages import refuse_fractions, within
from openprospect_nb.analysis.contacts.seniority import seniority_by_title
from openprospect_nb.analysis.contacts.validations import bounce_risk, with_validations
from openprospect_nb.analysis.table import Expr, Lazy, OpenTable, collect, open_table, same_engine
from openprospect_nb.frames.results import Results

REACH: Final = "__op_reach"
DELIVERY: Final = "__op_delivery"
REACH_KNOWN: Final = "__op_reach_known"
DELIVERY_KNOWN: Final = "__op_delivery_known"
PERSON: Final = "__op_person"
COMPANY: Final = "__op_company"
ORDER: Final = "__op_order"
_WORTH: Final = "__op_worth"
_RISK: Final = "__op_own_risk"
_HAS_MAIL: Final = "__op_has_mail"
_MAIL: Final = "__op_mail"
_PARTS: Final = ("__op_qualified", "__op_senior", "__op_arrives")
COMPANIES: Final = "__op_companies"
_PEOPLE: Final = "__op_people"  # of an order that delivered people: 1 where one of them has an e-mail, else 0
_TITLE: Final = "__op_own_job_title"
_NAMES: Final = ("first_name", "last_name", "job_title", "id")

DECLARED: Final[Mapping[str, float]] = {"__op_qualified": 0.5, "__op_senior": 0.5, "__op_arrives": 0.7}
NO_CONTACTS_ASKED: Final = (0.6, 0.8)
"""Reach and deliverability assumed of the best person at a company whose order did not ask for contacts."""
CEILING: Final = 0.75
"""No assumption exceeds this, whatever the order looks like: a match of 8, or a bounce risk of 20, is better known."""
SHRINKAGE: Final = 10
"""How many companies the declared expectation weighs as much as."""


@dataclass(frozen=True, slots=True)
class Exponents:
    """How reach and deliverability enter a person's worth, ``reach**a * deliverability**b``: 1 at equal weights."""

    reach: float = 1.0
    delivery: float = 1.0

    @classmethod
    def of(cls, reach: float, delivery: float) -> Exponents:
        """Return the exponents of two weights: the larger has 1, the other its share of it."""
        larger = max(reach, delivery)
        return cls(reach / larger, delivery / larger) if larger > 0 else cls()


def known(on: Any, name: str) -> Any:
    """Return 1.0 where the column *name* is known, 0.0 where it is null."""
    return on.when(on.col(name).is_null()).then(on.lit(0.0)).otherwise(on.lit(1.0))


def raised(value: Any, exponent: float) -> Any:
    """Return *value* to the power of *exponent*, which is 1 for all whose weights are equal."""
    return value if exponent == 1 else value**exponent


def expected_of(on: Any, mean: str, known_share: str, declared: float) -> Any:
    """Return what to assume of an unknown value (0-1) in an order, from what is known there.

    The mean of the known, drawn towards *declared* as if `SHRINKAGE` further companies had it, at most `CEILING`.

    Args:
        on: the dialect of rows that say in `COMPANIES` how many different companies the order has.
        mean: the column with the mean of the known values of the order; null where none is known.
        known_share: the column with how much of the order's rows is known, 0-1.
        declared: what is assumed where an order knows nothing.
    """
    n = on.col(known_share) * on.col(COMPANIES)
    drawn = (on.col(mean).fill_null(0.0) * n + declared * SHRINKAGE) / (n + SHRINKAGE)
    return on.when(drawn > CEILING).then(on.lit(CEILING)).otherwise(drawn)


def assumed_by_order(on: Any, rows: Any, sizes: Any, declared: Mapping[str, float], *further: Any) -> Any:
    """Return a row an order: what to assume there of each column *declared*, as ``…_assumed``, and *further* sums.

    Args:
        on: the dialect of *rows*, which say in ``…_n`` of each column how far it is known.
        rows: with the order in `ORDER`.
        sizes: `companies_by_order`.
        declared: column → what is assumed of it where an order knows nothing.
        further: aggregates of an order.
    """
    means = [on.col(name).mean().alias(f"{name}_mean") for name in declared]
    shares = [on.col(f"{name}_n").mean().alias(f"{name}_share") for name in declared]
    counted = rows.group_by(ORDER).agg(*means, *shares, *further)
    sized = counted.join(sizes, on=ORDER, how="left").with_columns(on.col(COMPANIES).fill_null(0))
    assumed = {
        f"{name}_assumed": expected_of(on, f"{name}_mean", f"{name}_share", value) for name, value in declared.items()
    }
    return sized.with_columns(**assumed).drop(
        COMPANIES, *(f"{name}_{of}" for name in declared for of in ("mean", "share"))
    )


def has_email(prospects: OpenTable) -> Expr:
    """Return whether a prospect has an e-mail address at all (true or false, never null)."""
    return prospects.column("email", nw.String).str.contains("@").fill_null(value=False)


def add_contacts(companies: OpenTable, prospects: OpenTable | None, exponents: Exponents) -> Lazy:
    """Return the companies with what their best mailable person is worth, never null.

    Added are `REACH` and `DELIVERY` (0-1) of that one person, how much of each is known (`REACH_KNOWN`,
    `DELIVERY_KNOWN`, 0-1), the `PERSON` in words, null where nobody can be written to. A company
    without contacts counts 0 only if its order delivered contacts at all: an order placed without that feature says
    nothing about the company, and `NO_CONTACTS_ASKED` is assumed.
    """
    assumed = dict(zip((REACH, DELIVERY, REACH_KNOWN, DELIVERY_KNOWN), (*NO_CONTACTS_ASKED, 0.0, 0.0), strict=True))
    on = companies.on
    if prospects is None:
        nobody = on.lit(None, on.String).alias(PERSON)
        return companies.lazy.with_columns(*(on.lit(value).alias(name) for name, value in assumed.items()), nobody)
    same_engine(companies, prospects)
    refuse_fractions(prospects)
    people, orders = _people(companies, prospects)
    keyed = companies.lazy.with_columns(
        companies.column("id", nw.String).alias(COMPANY), order_key(companies, prospects).alias(ORDER)
    )
    best = _best(on, people, exponents)
    joined = keyed.join(best, on=COMPANY, how="left").join(orders, on=ORDER, how="left")
    is_searched = ~on.col(_PEOPLE).is_null()
    values = {
        name: on.coalesce(on.col(name), on.when(is_searched).then(on.lit(nobody)).otherwise(on.lit(value)))
        for (name, value), nobody in zip(assumed.items(), (0.0, 0.0, 1.0, 1.0), strict=True)
    }
    return joined.with_columns(**values).drop(COMPANY, ORDER, _PEOPLE)


def worth_of(results: Results, exponents: Exponents) -> pl.Series:
    """Return what each prospect of *results* is worth, in their order, by *exponents*; 0 where no mail can arrive."""
    companies = open_table(results.companies, name="companies", required=())
    prospects = open_table(results.prospects, name="prospects", required=("company_id",))
    people, _ = _people(companies, prospects)
    rows = people.with_columns(person_worth(prospects.on, exponents).alias(_WORTH)).sort(*prospects.row_order)
    return collect(rows, [_WORTH])[_WORTH].rename("worth")


def order_key(table: OpenTable, other: OpenTable) -> Expr:
    """Return the order of a row, "" throughout where one of both tables knows no orders."""
    if "order_id" in table.columns and "order_id" in other.columns:
        return table.column("order_id", nw.String).fill_null("")
    return table.on.lit("")


def companies_by_order(companies: OpenTable, other: OpenTable | None = None) -> Lazy:
    """Return a row an order, as `order_key` names it beside *other*: how many different ``COMPANIES`` it has."""
    rows = companies.lazy.select(
        order_key(companies, other or companies).alias(ORDER), companies.column("id", nw.String).alias(COMPANY)
    )
    return rows.group_by(ORDER).agg(companies.on.col(COMPANY).n_unique().alias(COMPANIES))


def _people(companies: OpenTable, prospects: OpenTable) -> tuple[Lazy, Lazy]:
    """Return the prospects with their values, and their orders with `_PEOPLE`.

    Nothing about titles is asked of these orders: an engine would read every title once more.
    """
    prospects = with_validations(prospects)
    on = prospects.on
    arrives = on.when(on.col(_HAS_MAIL)).then(1 - on.col(_RISK) / 100).otherwise(on.lit(None, on.Float64))
    mail = on.when(on.col(_HAS_MAIL)).then(on.lit(1.0)).otherwise(on.lit(0.0))
    titles = seniority_by_title(prospects, _TITLE, "__op_senior")
    valued = _as_stated(companies, prospects).with_columns(arrives.alias("__op_arrives"), mail.alias(_MAIL))
    titled = valued.join(titles, on=_TITLE, how="left")
    flagged = titled.with_columns(*(known(on, part).alias(f"{part}_n") for part in _PARTS))
    sizes = companies_by_order(companies, prospects)
    has_mail = on.col(_MAIL).max().alias(_PEOPLE)
    assumed = assumed_by_order(on, flagged, sizes, DECLARED, has_mail)
    people = flagged.join(assumed, on=ORDER, how="left").with_columns(**_worth_of_a_person(on))
    return people, valued.group_by(ORDER).agg(has_mail)


def _as_stated(companies: OpenTable, prospects: OpenTable) -> Lazy:
    """Return of each prospect what the frame says, under names and in types of our own."""
    return prospects.lazy.select(
        prospects.column("company_id", nw.String).alias(COMPANY),
        order_key(prospects, companies).alias(ORDER),
        (within(prospects.column("qualification_score", nw.Float64), 0, 10) / 10).alias("__op_qualified"),
        bounce_risk(prospects).alias(_RISK),
        has_email(prospects).alias(_HAS_MAIL),
        *(prospects.column(name, nw.String).alias(f"__op_own_{name}") for name in _NAMES),
        *prospects.row_order,
    )


def _worth_of_a_person(on: Any) -> dict[str, Any]:
    qualified, senior, arrives = (on.coalesce(on.col(part), on.col(f"{part}_assumed")) for part in _PARTS)
    knows_fit, knows_level, knows_risk = (on.col(f"{part}_n") for part in _PARTS)
    # Without an e-mail in an order that brought some, nothing can arrive; an order without any says nothing.
    is_lost = (on.col(_MAIL) == 0) & (on.col(_PEOPLE) > 0)
    return {
        REACH: (qualified + senior) / 2,
        REACH_KNOWN: (knows_fit + knows_level) / 2,
        DELIVERY: on.when(is_lost).then(on.lit(0.0)).otherwise(arrives),
        DELIVERY_KNOWN: on.when(is_lost).then(on.lit(1.0)).otherwise(knows_risk),
    }


def person_worth(on: Any, exponents: Exponents) -> Any:
    """Return what a person is worth, 0-1, in rows with `REACH` and `DELIVERY`."""
    return raised(on.col(REACH), exponents.reach) * raised(on.col(DELIVERY), exponents.delivery)


def _best(on: Any, people: Any, exponents: Exponents) -> Any:
    """Return one row a company: its best person. Ties of worth go to the greater reach, then by name."""
    valued = people.with_columns(person_worth(on, exponents).alias(_WORTH))
    top = valued.filter(on.col(_WORTH) == on.col(_WORTH).max().over(COMPANY))
    return (
        top.with_columns(_name(on))
        .group_by(COMPANY)
        .agg(
            on.col(REACH).max(),
            on.col(DELIVERY).min(),
            on.col(REACH_KNOWN, DELIVERY_KNOWN).max(),
            on.col(PERSON).min(),
        )
    )


def _name(on: Any) -> Any:
    first, last, title, identity = (on.col(f"__op_own_{name}").str.strip_chars() for name in _NAMES)
    name = on.concat_str(first.fill_null(""), on.lit(" "), last.fill_null("")).str.strip_chars()
    called = on.when(name != "").then(name).otherwise(on.when(title != "").then(title).otherwise(identity))
    return on.when(on.col(_WORTH) > 0).then(called).otherwise(on.lit(None, on.String)).alias(PERSON)
