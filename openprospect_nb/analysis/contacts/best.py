"""What the prospects of a company amount to: the best person one can write to, on scales from 0 to 1.

A person counts by ``reach × deliverability``, both of the same person: how right he or she is, and how likely a mail
arrives. What is unknown of a person is assumed (see `expected_of`), never left out: leaving it out would rank a person
of whom nothing is known above one who is known to be good.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import narwhals.stable.v2 as nw
import polars as pl

from openprospect_nb.analysis.contacts.percentages import refuse_fractions, within
from openprospect_nb.analysis.contacts.seniority import with_seniority
from openprospect_nb.analysis.contacts.validations import bounce_risk, with_validations
from openprospect_nb.analysis.table import Lazy, OpenTable, collect, open_table, same_engine
from openprospect_nb.frames.results import Results

REACH: Final = "__op_reach"
DELIVERY: Final = "__op_delivery"
REACH_KNOWN: Final = "__op_reach_known"
DELIVERY_KNOWN: Final = "__op_delivery_known"
PERSON: Final = "__op_person"
COMPANY: Final = "__op_company"
ORDER: Final = "__op_order"
_WORTH: Final = "__op_worth"
_MAIL: Final = "__op_mail"
_PARTS: Final = ("__op_qualified", "__op_senior", "__op_arrives")
COMPANIES: Final = "__op_companies"
_PEOPLE: Final = "__op_people"  # of an order that delivered people: 1 where one of them has an e-mail, else 0
_TITLE: Final = "__op_own_job_title"
_NAMES: Final = ("first_name", "last_name", "job_title", "id")

DECLARED: Final[Mapping[str, float]] = MappingProxyType(
    {"__op_qualified": 0.5, "__op_senior": 0.5, "__op_arrives": 0.7}
)
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


def known(value: nw.Expr) -> nw.Expr:
    """Return 1.0 where *value* is known, 0.0 where it is null."""
    return nw.when(value.is_null()).then(nw.lit(0.0)).otherwise(nw.lit(1.0))


def raised(value: nw.Expr, exponent: float) -> nw.Expr:
    """Return *value* to the power of *exponent*, which is 1 for all whose weights are equal."""
    return value if exponent == 1 else value**exponent


def expected_of(mean: nw.Expr, known_share: nw.Expr, companies: nw.Expr, declared: float) -> nw.Expr:
    """Return what to assume of an unknown value (0-1) in an order, from what is known there.

    The mean of the known, drawn towards *declared* as if `SHRINKAGE` further companies had it, at most `CEILING`.

    Args:
        mean: of the known values of the order; null where none is known.
        known_share: how much of the order's rows is known, 0-1.
        companies: how many different companies the order has.
        declared: what is assumed where an order knows nothing.
    """
    n = known_share * companies
    drawn = (mean.fill_null(0.0) * n + declared * SHRINKAGE) / (n + SHRINKAGE)
    return nw.when(drawn > CEILING).then(nw.lit(CEILING)).otherwise(drawn)


def has_email(prospects: OpenTable) -> nw.Expr:
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
    if prospects is None:
        nobody = nw.lit(None, nw.String).alias(PERSON)
        return companies.lazy.with_columns(*(nw.lit(value).alias(name) for name, value in assumed.items()), nobody)
    same_engine(companies, prospects)
    refuse_fractions(prospects)
    people, orders = _people(companies, prospects)
    keyed = companies.lazy.with_columns(
        companies.column("id", nw.String).alias(COMPANY), order_key(companies, prospects).alias(ORDER)
    )
    best = _best(people, exponents)
    joined = keyed.join(best, on=COMPANY, how="left").join(orders.select(ORDER, _PEOPLE), on=ORDER, how="left")
    searched = ~nw.col(_PEOPLE).is_null()
    values = {
        name: nw.coalesce(nw.col(name), nw.when(searched).then(nw.lit(found)).otherwise(nw.lit(value)))
        for (name, value), found in zip(assumed.items(), (0.0, 0.0, 1.0, 1.0), strict=True)
    }
    return joined.with_columns(**values).drop(COMPANY, ORDER, _PEOPLE)


def valued_people(companies: OpenTable, prospects: OpenTable) -> Lazy:
    """Return a row a prospect: `COMPANY`, `REACH`, `DELIVERY` (0-1) and how much of each is known."""
    same_engine(companies, prospects)
    return _people(companies, prospects)[0].select(COMPANY, REACH, DELIVERY, REACH_KNOWN, DELIVERY_KNOWN)


def worth_of(results: Results, exponents: Exponents) -> pl.Series:
    """Return what each prospect of *results* is worth, in their order, by *exponents*; 0 where no mail can arrive."""
    companies = open_table(results.companies, name="companies", required=())
    prospects = open_table(results.prospects, name="prospects", required=("company_id",))
    worth = raised(nw.col(REACH), exponents.reach) * raised(nw.col(DELIVERY), exponents.delivery)
    rows = _people(companies, prospects)[0].with_columns(worth.alias(_WORTH))
    return collect(rows.sort(*prospects.row_order), [_WORTH])[_WORTH].rename("worth")


def order_key(table: OpenTable, other: OpenTable) -> nw.Expr:
    """Return the order of a row, "" throughout where one of both tables knows no orders."""
    if "order_id" in table.columns and "order_id" in other.columns:
        return table.column("order_id", nw.String).fill_null("")
    return nw.lit("")


def companies_by_order(companies: OpenTable, other: OpenTable | None = None) -> Lazy:
    """Return a row an order, as `order_key` names it beside *other*: how many different ``COMPANIES`` it has."""
    rows = companies.lazy.select(
        order_key(companies, other or companies).alias(ORDER), companies.column("id", nw.String).alias(COMPANY)
    )
    return rows.group_by(ORDER).agg(nw.col(COMPANY).n_unique().alias(COMPANIES))


def _people(companies: OpenTable, prospects: OpenTable) -> tuple[Lazy, Lazy]:
    """Return the prospects with their values, and the orders they came in with what is assumed there."""
    prospects = with_validations(prospects)
    arrives = 1 - bounce_risk(prospects) / 100
    rows = prospects.lazy.select(
        prospects.column("company_id", nw.String).alias(COMPANY),
        order_key(prospects, companies).alias(ORDER),
        (within(prospects.column("qualification_score", nw.Float64), 0, 10) / 10).alias("__op_qualified"),
        nw.when(has_email(prospects)).then(arrives).otherwise(nw.lit(None, nw.Float64)).alias("__op_arrives"),
        nw.when(has_email(prospects)).then(nw.lit(1.0)).otherwise(nw.lit(0.0)).alias(_MAIL),
        *(prospects.column(name, nw.String).alias(f"__op_own_{name}") for name in _NAMES),
        *prospects.row_order,
    )
    # Titles repeat: the patterns of seniority are tried once a title, not once a person.
    titles = with_seniority(rows.select(_TITLE).unique(), nw.col(_TITLE), "__op_senior")
    placed = rows.join(titles, on=_TITLE, how="left")
    orders = _orders(placed, companies_by_order(companies, prospects))
    return placed.join(orders, on=ORDER, how="left").with_columns(**_worth_of_a_person()), orders


def _orders(rows: Lazy, sizes: Lazy) -> Lazy:
    """Return a row an order: whether it brought e-mails, and what to assume of each part of a person there."""
    flagged = rows.with_columns(*(known(nw.col(part)).alias(f"{part}_n") for part in _PARTS))
    means = [nw.col(part).mean().alias(f"{part}_mean") for part in _PARTS]
    shares = [nw.col(f"{part}_n").mean() for part in _PARTS]
    counted = flagged.group_by(ORDER).agg(*means, *shares, nw.col(_MAIL).max().alias(_PEOPLE))
    sized = counted.join(sizes, on=ORDER, how="left").with_columns(nw.col(COMPANIES).fill_null(0))
    assumed = [
        expected_of(nw.col(f"{part}_mean"), nw.col(f"{part}_n"), nw.col(COMPANIES), declared).alias(f"{part}_assumed")
        for part, declared in DECLARED.items()
    ]
    return sized.with_columns(*assumed).select(ORDER, _PEOPLE, *(f"{part}_assumed" for part in _PARTS))


def _worth_of_a_person() -> dict[str, nw.Expr]:
    qualified, senior, arrives = (nw.coalesce(nw.col(part), nw.col(f"{part}_assumed")) for part in _PARTS)
    # Without an e-mail in an order that brought some, nothing can arrive; an order without any says nothing.
    is_lost = (nw.col(_MAIL) == 0) & (nw.col(_PEOPLE) > 0)
    return {
        REACH: (qualified + senior) / 2,
        REACH_KNOWN: (known(nw.col(_PARTS[0])) + known(nw.col(_PARTS[1]))) / 2,
        DELIVERY: nw.when(is_lost).then(nw.lit(0.0)).otherwise(arrives),
        DELIVERY_KNOWN: nw.when(is_lost).then(nw.lit(1.0)).otherwise(known(nw.col(_PARTS[2]))),
    }


def _best(people: Lazy, exponents: Exponents) -> Lazy:
    """Return one row a company: its best person. Ties of worth go to the greater reach, then by name."""
    worth = raised(nw.col(REACH), exponents.reach) * raised(nw.col(DELIVERY), exponents.delivery)
    top = people.with_columns(worth.alias(_WORTH)).filter(nw.col(_WORTH) == nw.col(_WORTH).max().over(COMPANY))
    return (
        top.with_columns(_name())
        .group_by(COMPANY)
        .agg(
            nw.col(REACH).max(),
            nw.col(DELIVERY).min(),
            nw.col(REACH_KNOWN, DELIVERY_KNOWN).max(),
            nw.col(PERSON).min(),
        )
    )


def _name() -> nw.Expr:
    first, last, title, identity = (nw.col(f"__op_own_{name}").str.strip_chars() for name in _NAMES)
    name = nw.concat_str(first.fill_null(""), nw.lit(" "), last.fill_null("")).str.strip_chars()
    called = nw.when(name != "").then(name).when(title != "").then(title).otherwise(identity)
    return nw.when(nw.col(_WORTH) > 0).then(called).otherwise(nw.lit(None, nw.String)).alias(PERSON)
