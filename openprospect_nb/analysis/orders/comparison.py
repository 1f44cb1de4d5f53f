"""Compare orders (and so the ICPs behind them): yield, quality, risk and cost, each rate with its n and interval.

Which ICP to buy from next is answered by the joint rate: companies that can be contacted *and* match well. A cheap
contact at a company that does not fit is worth nothing, and a perfect company nobody can write to neither.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

import narwhals.stable.v2 as nw
import polars as pl

from openprospect_nb.analysis.bounces.belief import Belief
from openprospect_nb.analysis.bounces.calibration import Calibration
from openprospect_nb.analysis.bounces.forecast import BOUNCE_LIMIT, Terms, total_bounces
from openprospect_nb.analysis.contacts.counting import PERSON, with_person
from openprospect_nb.analysis.contacts.percentages import refuse_fractions
from openprospect_nb.analysis.contacts.recipients import PERSON_FACTS, calibrated, person_facts, tiered
from openprospect_nb.analysis.identity.sisters import firm_of
from openprospect_nb.analysis.intervals import z_value
from openprospect_nb.analysis.orders.descriptions import (
    DELIVERED,
    OrderDescription,
    both,
    delivered_companies,
    describe_orders,
    oldest_first,
    orders_named,
)
from openprospect_nb.analysis.orders.far_comparison import People, counted_there, is_far
from openprospect_nb.analysis.orders.knowing import person_flags, with_knowledge
from openprospect_nb.analysis.orders.rates import (
    FEW,
    Measured,
    Rate,
    differences,
    drawn_together,
)
from openprospect_nb.analysis.orders.tallies import OrderTally, Tallies, tallied
from openprospect_nb.analysis.table import OpenTable, collect, read
from openprospect_nb.errors import FieldProblem, ValidationError
from openprospect_nb.frames.contactable import GOOD_MATCH
from openprospect_nb.markup.cards import Card, Faced, card_table, percent, span
from openprospect_nb.markup.text import clean

CONTACTABLE: Final = ("verified", "likely")
_MEASURES: Final = {
    "joint_rate": "contactable companies of a good match",
    "contactable_rate": "contactable companies",
    "match_superiority": "match",
}
_NAMED: Final = 5
DRAWN: Final = 10.0  # as many companies' worth of the orders together is in each rate by which one is chosen
ORDERS: Final = pl.Schema(
    {
        "order_id": pl.String(),
        "label": pl.String(),
        "companies": pl.Int64(),
        "firms": pl.Int64(),
        "new": pl.Int64(),
        "wanted": pl.Int64(),
        "shortfall": pl.Int64(),
        "unknown": pl.Int64(),
        "joint": pl.Int64(),
        "joint_n": pl.Int64(),
        "joint_rate": pl.Float64(),
        "joint_low": pl.Float64(),
        "joint_high": pl.Float64(),
        "cost_per_joint": pl.Float64(),
        "contactable": pl.Int64(),
        "contactable_n": pl.Int64(),
        "contactable_rate": pl.Float64(),
        "contactable_low": pl.Float64(),
        "contactable_high": pl.Float64(),
        "scored": pl.Int64(),
        "match_q10": pl.Float64(),
        "match_median": pl.Float64(),
        "match_q90": pl.Float64(),
        "prospects": pl.Int64(),
        "contactable_prospects": pl.Int64(),
        "risk_known": pl.Int64(),
        "expected_bounces": pl.Float64(),
        "bounce_rate": pl.Float64(),
        "bounce_low": pl.Float64(),
        "bounce_high": pl.Float64(),
        "cost": pl.Float64(),
        "currency": pl.String(),
        "cost_per_contactable": pl.Float64(),
        "note": pl.String(),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison(Faced):
    """Orders beside each other.

    Attributes:
        orders: `ORDERS`, a row an order. ``firms``: different firms among the companies, sisters (same web site, else
            same name) as one; ``new``: companies that no order delivered before; ``wanted`` and ``shortfall``: asked
            for, and not delivered, where known. ``contactable``: companies with a prospect in the tiers asked for;
            ``joint``: those of them with a good match. Rates are 0-1 of ``joint_n`` and ``contactable_n`` companies,
            those of which it is known (`orders/knowing.py`), with Wilson intervals for as many observations as the
            firms are worth; null where it is known of none. ``unknown``: companies without a match score, or with
            people to write to whose risks would have to be known. Match quantiles 0-10 over the ``scored``;
            ``prospects`` and ``contactable_prospects``: different persons; bounces over the contactable prospects of
            known risk, with the forecast's interval as rates; costs as stated, else your price times the companies
            delivered, null where unknown (``cost_per_joint`` takes as many of the ``unknown`` to be good as of the
            others); ``note`` says when a sample is small.
        differences: ``DIFFERENCES`` of ``orders/rates.py``, against the reference order: of ``joint_rate``
            and ``contactable_rate`` (Newcombe's interval) and of ``match_superiority`` (the chance that a company of
            this order outscores one of the reference, minus the chance that it is outscored: Cliff's delta, -1 to 1).
            The intervals are so wide that all of them hold at once with the confidence ``level``, however many orders
            are compared.
        reference: the order the others are compared with.
        best: the order to buy from next if that is to bring contactable companies of a good match: the one with the
            highest joint rate a unit of money where all costs are known in one currency, else with the highest joint
            rate; each rate drawn towards that of all orders, the more the fewer firms it rests on. None where none is
            known to have brought any.
        level: of all intervals.
        joint: the joint rate of all companies of which it is known, and how many independent ones these are worth.
        sources: where the companies come from, sorted: "live", "sandbox" or both; empty where nothing says so.
    """

    reference: str | None
    level: float
    orders: pl.DataFrame = field(compare=False)
    differences: pl.DataFrame = field(compare=False)
    sources: tuple[str, ...] = ()
    best: str | None = None
    joint: Rate = field(default=Rate(0, 0, 0.0), repr=False, compare=False)

    def _card(self) -> Card:
        measures = self.differences.filter((pl.col("low") > 0) | (pl.col("high") < 0))["measure"].to_list()
        clear = [words for measure, words in _MEASURES.items() if measure in measures]
        rows = [
            (row["label"], row["companies"], percent(row["joint_rate"]), span(row["joint_low"], row["joint_high"]),
             percent(row["contactable_rate"]), row["match_median"], percent(row["bounce_rate"], 1),
             None if row["cost_per_joint"] is None else f"{row['cost_per_joint']:,.2f} {row['currency'] or ''}")
            for row in self.orders.sort("joint_rate", descending=True, nulls_last=True).iter_rows(named=True)
        ]  # fmt: skip
        heads = ("order", "n", "contactable, match ≥ 8", "interval", "contactable", "match", "bounces", "cost of one")
        differing = f"beyond chance in {' and '.join(clear)}" if clear else "in nothing beyond chance"
        is_any = self.differences["difference"].count() > 0
        doubt = [f"They differ {differing} ({percent(self.level)} for all intervals at once)."] if is_any else []
        return Card(
            kind="Orders compared",
            answer=self._answer(),
            doubt=" ".join([*doubt, *self._not_known()]),
            table=card_table(heads, rows),
            calls=("op.report(compared)", "op.charts.order_comparison(compared)"),
        )

    def _answer(self) -> str:
        known = self.orders.filter(pl.col("joint_n") > 0)
        companies = int(known["joint_n"].sum())
        if not companies:
            return "Nothing to compare." if self.orders.is_empty() else "Of no company is it known whether it is good."
        if self.best is None:
            return f"Of {companies:,} companies none can be contacted and matches well: nothing speaks for buying more."
        best = known.row(by_predicate=pl.col("order_id") == self.best, named=True)
        if known.height == 1:
            brought = (
                f"“{best['label']}” brought {best['joint']:,} of {companies:,} that can be contacted and match well"
            )
            return f"{brought}; no other has a rate to compare it with."
        if is_clearly_best(self):
            return f"Buy from “{best['label']}” next."
        return f"“{best['label']}” looks best to buy from next, but not clearly so."

    def _not_known(self) -> Iterator[str]:
        """Yield of how many companies it is not known whether they are good."""
        some = self.orders.filter(pl.col("unknown") > 0).head(_NAMED)
        each = [f"{row['unknown']:,} of {row['companies']:,} in “{row['label']}”" for row in some.to_dicts()]
        if each:
            yield f"Not known, for want of a match score or a risk, and in no rate: {', '.join(each)}."

    def __repr__(self) -> str:
        """Return how many orders are compared, which is best to buy from, and what each brings."""
        clearly = "clearly" if is_clearly_best(self) else "not clearly"
        rows = self.orders.sort("joint_rate", descending=True, nulls_last=True).iter_rows(named=True)
        each = [f"{clean(row['label'], 60)}: {percent(row['joint_rate']) or '–'} of {row['joint_n']}" for row in rows]
        best = f", best {self.best} ({clearly})" if self.orders.height > 1 and self.best is not None else ""
        return f"Comparison({self.orders.height} orders{best}; contactable and match ≥ 8: {'; '.join(each[:8])})"


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


def compare(
    results: object,
    *,
    prospects: object = None,
    price_per_briefing: float | None = None,
    reference: str | None = None,
    tiers: Collection[str] = CONTACTABLE,
    level: float = 0.9,
    good_match: float = GOOD_MATCH,
    calibration: Calibration | None = None,
) -> Comparison:
    """Return the orders of *results* beside each other, with the differences to one of them.

    Of DuckDB or Spark frames with 50,000 prospects and more only odd web sites and names that may be another's come
    into this process, and the contactable prospects of an order with fewer than 5,000; all else is counted there.

    Args:
        results: a `Results` of several orders, or their companies frame with ``order_id`` and ``id``; rows without an
            order id are one order, "no order id".
        prospects: the prospects frame, when *results* is a companies frame.
        price_per_briefing: your price of a delivered company, where the server states no cost; None takes the price
            that your client had when it fetched the results.
        reference: the order to compare with; None takes the one with the most companies, the first by id of equals, of
            those of which a joint rate is known, if there are any.
        tiers: which tiers of `contactable` count as contactable.
        level: confidence of every interval.
        good_match: from which match score on a company counts for the joint rate, 0-10.
        calibration: your own outcomes; corrects the risks before tiers and bounces are worked out.

    Raises:
        ValidationError: a needed column is missing, risks are fractions, the price is below zero, or there is no such
            reference.

    Example:
        >>> op.compare(results, price_per_briefing=2.5).orders.height
        1
    """
    z_value(level)
    companies, people = _opened(results, prospects, calibration)
    with _counted(companies, people, tiers, good_match) as (tallies, people_of):
        order_ids = sorted(tallies.orders)
        if reference is not None and reference not in order_ids:
            problem = FieldProblem("reference", f"{reference!r} is not among the orders")
            raise ValidationError("nothing to compare with", fields=[problem], next_step=f"There are: {order_ids}.")
        sizes = {name: tally.companies for name, tally in tallies.orders.items()}
        described = describe_orders(results, order_ids, sizes, price_per_briefing)
        parts = {name: _Bought(order, tallies.orders[name], people_of(name)) for name, order in described.items()}
        known = {name: tally.rate("is_joint").n > 0 for name, tally in tallies.orders.items()}
        chosen = reference or max(order_ids, key=lambda name: (known[name], sizes[name]), default=None)
        return _compared(parts, chosen, level, calibration, _sources(companies), tallies.joint)


def _compared(
    parts: Mapping[str, _Bought],
    reference: str | None,
    level: float,
    calibration: Calibration | None,
    sources: tuple[str, ...],
    joint: Rate,
) -> Comparison:
    rows = [_row(name, part, level, calibration) for name, part in parts.items()]
    rates = {name: part.tally.rate("is_joint") for name, part in parts.items()}
    return Comparison(
        reference=reference,
        level=level,
        orders=pl.DataFrame(rows, schema=ORDERS, orient="row"),
        differences=differences({name: _measured(part) for name, part in parts.items()}, reference, level),
        sources=sources,
        best=_best(rates, parts),
        joint=joint,
    )


def _sources(companies: OpenTable) -> tuple[str, ...]:
    sources = companies.lazy.select(__op_source=companies.column("source", nw.String)).unique()
    return tuple(sorted(collect(sources, ["__op_source"])["__op_source"].cast(pl.String).drop_nulls()))


@contextmanager
def _counted(
    companies: OpenTable, people: OpenTable, tiers: Collection[str], good_match: float
) -> Iterator[tuple[Tallies, Callable[[str], People]]]:
    """Yield how many companies each order has, and how to get its people; counted where they are, if far."""
    if is_far(companies, people):
        with counted_there(companies, people, tiers, good_match) as counted:
            yield counted
        return
    firms = _firms(companies)
    rows = _people(people, firms, tiers)

    def people_of(name: str) -> People:
        own = rows.filter(pl.col("order_id") == name)
        hit = own.filter("is_contactable")
        return People(own[PERSON].n_unique(), hit[PERSON].n_unique(), hit.drop("order_id"))

    yield tallied(with_knowledge(pl, _reached(firms, rows), good_match)), people_of


def judged(
    results: object, prospects: object, *, tiers: Collection[str], good_match: float, calibration: Calibration | None
) -> pl.DataFrame:
    """Return a row a company and order, by the rules of `compare`, whose arguments these are.

    Columns: ``order_id``, ``id``, ``match_score`` (0-10 or null), ``firm``, ``is_new``, ``is_reached``, and those of
    `with_knowledge`.
    """
    companies, people = _opened(results, prospects, calibration)
    firms = _firms(companies)
    known: pl.DataFrame = with_knowledge(pl, _reached(firms, _people(people, firms, tiers)), good_match)
    return known


def _opened(results: object, prospects: object, calibration: Calibration | None) -> tuple[OpenTable, OpenTable]:
    """Return companies and prospects as `both` does, their orders named, with the risks in force.

    Raises:
        ValidationError: a needed column is missing, or risks are fractions.
    """
    companies, people = both(results, prospects)
    refuse_fractions(people)
    return orders_named(companies), calibrated(orders_named(people), calibration)


@dataclass(frozen=True, slots=True)
class _Bought:
    """One order: what is known of it, its companies and its people."""

    order: OrderDescription
    tally: OrderTally
    people: People


def _firms(companies: OpenTable) -> pl.DataFrame:
    """Return a row a company and order: ``order_id``, ``id``, ``match_score`` (0-10 or null), ``firm``, ``is_new``."""
    firms = collect(delivered_companies(companies), DELIVERED).cast(DELIVERED)
    first = oldest_first(companies, firms).unique("id", keep="first", maintain_order=True)
    new = firms.join(first.with_columns(is_new=True), on=["order_id", "id"], how="left").sort("order_id", "id")
    return new.with_columns(firm_of(new), pl.col("is_new").fill_null(value=False)).drop("website_url", "name")


def _reached(firms: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """Return the companies with ``is_reached``, ``is_by_risk`` and ``is_open``: whether of any of their people."""
    flags = pl.col("is_reached", "is_by_risk", "is_open")
    known = people.rename({"is_contactable": "is_reached"}).group_by("order_id", id="company_id").agg(flags.any())
    marked = firms.join(known, on=["order_id", "id"], how="left")
    return marked.with_columns(flags.fill_null(value=False)).sort("order_id", "id")


def _measured(part: _Bought) -> Measured:
    tally = part.tally
    rates = {"joint_rate": tally.rate("is_joint"), "contactable_rate": tally.rate("is_reached")}
    return Measured(rates, tally.scores.to_list(), tally.scored_firms)


def _best(joint: Mapping[str, Rate], parts: Mapping[str, _Bought]) -> str | None:
    """Return the order of the highest joint rate, a unit of money where all costs are known and comparable."""
    if not any(rate.hits for rate in joint.values()):
        return None
    rates = drawn_together({name: rate for name, rate in joint.items() if rate.n}, DRAWN)
    costs = {name: parts[name].order.cost for name in rates}
    prices = {name: cost / parts[name].tally.companies for name, cost in costs.items() if cost}
    is_priced = len(prices) == len(rates) and len({parts[name].order.currency for name in rates}) == 1
    worth = {name: rate / prices[name] if is_priced else rate for name, rate in rates.items()}
    return max(worth, key=lambda name: worth[name], default=None)


def _people(people: OpenTable, firms: pl.DataFrame, tiers: Collection[str]) -> pl.DataFrame:
    """Return ``order_id``, ``company_id``, `PERSON`, `person_flags` and what a forecast needs, a row a prospect."""
    named = with_person(read(tiered(people), person_facts(people)).cast(PERSON_FACTS))
    if "order_id" not in people.columns:
        named = named.drop("order_id").join(firms.select("order_id", company_id="id"), on="company_id")
    # `contactable` has seen the whole: the safest of an order may well lie below one percent.
    seen = [pl.lit("").alias(name) for name in ("rule", "why")]
    return named.with_columns(*seen, **person_flags(pl, tiers))


def _row(name: str, part: _Bought, level: float, calibration: Calibration | None) -> Sequence[object]:
    order, tally, companies = part.order, part.tally, part.tally.companies
    people, contacts = part.people, part.people.contacts
    joint, contactable = tally.rate("is_joint"), tally.rate("is_reached")
    bounces = total_bounces(people.rows, Terms(BOUNCE_LIMIT, level, Belief(calibration)))
    rates = [None if not bounces.n else count / bounces.n for count in (bounces.low, bounces.high)]
    # Of those of which it is not known, as many are taken to be good.
    good = joint.hits * companies / joint.n if joint.n else 0
    costs = [order.cost / n if order.cost is not None and n else None for n in (good, contacts)]
    return (
        name, order.label, companies, tally.different_firms, tally.new, order.wanted,
        order.shortfall, tally.unknown, joint.hits, joint.n, joint.value, *joint.ends(level), costs[0],
        contactable.hits, contactable.n, contactable.value, *contactable.ends(level), len(tally.scores),
        *(tally.scores.quantile(q, "linear") for q in (0.1, 0.5, 0.9)), people.persons, contacts, bounces.n,
        bounces.expected, bounces.rate, *rates, order.cost, order.currency, costs[1],
        f"small sample: {companies} companies" if companies < FEW else None,
    )  # fmt: skip
