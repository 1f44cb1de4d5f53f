"""`plan`: where the next money goes, what it will bring, what is known too little, and when to stop."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import numpy as np
import polars as pl

from openprospect_nb.analysis.bounces.basis import Basis, basis_of
from openprospect_nb.analysis.bounces.calibration import Calibration
from openprospect_nb.analysis.intervals import wilson, z_value
from openprospect_nb.analysis.orders.comparison import CONTACTABLE
from openprospect_nb.analysis.planning.evidence import TrackRecord, evidence
from openprospect_nb.analysis.planning.splitting import Offer, Split, split
from openprospect_nb.analysis.planning.trials import pilots, stop_at
from openprospect_nb.errors import FieldProblem, ValidationError
from openprospect_nb.frames.contactable import GOOD_MATCH
from openprospect_nb.icp import ICP
from openprospect_nb.markup.cards import Card, Faced, card_table, percent, span
from openprospect_nb.yields import Batch, Yields, interval_of

INSTALMENTS: Final = 8
"""In how many parts a budget is bought if nothing else is said; on simulations more parts bring hardly more."""
MOST: Final = 20_000
"""Companies of one ICP that a plan looks ahead at most."""
PLANNED: Final = pl.Schema(
    {
        "icp": pl.String(),
        "orders": pl.Int64(),
        "companies": pl.Int64(),
        "unknown": pl.Int64(),
        "rate": pl.Float64(),
        "rate_low": pl.Float64(),
        "rate_high": pl.Float64(),
        "price": pl.Float64(),
        "buy": pl.Int64(),
        "cost": pl.Float64(),
        "expected": pl.Float64(),
        "low": pl.Float64(),
        "high": pl.Float64(),
        "now": pl.Int64(),
        "now_cost": pl.Float64(),
        "stop_below": pl.Float64(),
        "stop_at": pl.Int64(),
        "repeats": pl.Float64(),
        "repeats_low": pl.Float64(),
        "repeats_high": pl.Float64(),
        "seen": pl.Int64(),
        "market": pl.Float64(),
        "market_low": pl.Float64(),
        "market_high": pl.Float64(),
        "note": pl.String(),
    }
)
_NO_EDGE: Final = 1e-9  # good companies a unit of money; less is what no other use of it brings
_SEED: Final = 20261129  # of the draws behind intervals: the same question has the same answer


@dataclass(frozen=True, kw_only=True)
class BudgetPlan(Faced):
    """Where the next money goes. A *good* company is new to this home, matches well, and has somebody to write to.

    Attributes:
        icps: `PLANNED`, a row an ICP, most money first. ``companies`` were delivered by its ``orders``; of the
            ``unknown`` of them it is not known whether they are good, for want of a match score or a risk, and they
            count neither way. ``rate`` (0-1, with its interval) is the share of good ones among the companies to
            ``buy``, or among the next 25 where none is; ``price`` of a company. ``expected`` good ones of these, with
            their interval. ``now``: what to buy before planning again, for ``now_cost``; of these, with ``stop_at``
            good ones or fewer the ICP is worth no more money, its rate being below ``stop_below``. ``repeats`` (0-1,
            Wilson interval): share of its latest order that was here before. ``seen``: companies of its ``market`` that
            its orders brought; the market is a lower bound with its interval (Chao's estimate), null where nothing came
            twice.
        budget, spent, kept: money; some is kept where nothing is worth its price, or no market is left.
        expected, low, high: good companies of the whole plan, with the interval.
        stop: the rule in a sentence.
        level: of every interval.
        instalments: in how many parts the budget is to be bought.
        find_pilots: works out ``pilots``.
        currency: of all money, where one is stated.
        basis: where the risks come from that say who can be written to; as text it says of how many outcomes.
    """

    budget: float
    spent: float
    expected: float
    low: float
    high: float
    stop: str
    level: float
    instalments: int
    currency: str | None
    basis: Basis
    icps: pl.DataFrame = field(compare=False)
    find_pilots: Callable[[], pl.DataFrame] = field(compare=False, repr=False)

    @cached_property
    def pilots(self) -> pl.DataFrame:
        """What is known too little, a row an ICP; worked out when first asked for, which takes a second.

        A pilot of ``n`` companies of the ICP costs ``cost`` and is expected to bring, by what it teaches about the rest
        of the budget, ``gain`` good companies more than the plan without it.
        """
        return self.find_pilots()

    @property
    def kept(self) -> float:
        """What is left of the budget."""
        return self.budget - self.spent

    @property
    def now(self) -> dict[str, int]:
        """How many companies to order of each ICP before planning again; those of which none are left out."""
        return {name: count for name, count in self.icps.select("icp", "now").iter_rows() if count}

    def _card(self) -> Card:
        money = self.currency or ""
        first = ", ".join(f"{count} of “{name}”" for name, count in self.now.items()) or "nothing"
        rows = [
            (row["icp"], row["companies"], percent(row["rate"]), span(row["rate_low"], row["rate_high"]), row["buy"],
             row["now"], "–" if row["stop_at"] is None else row["stop_at"],
             f"{row['expected']:.0f} ({row['low']:.0f} to {row['high']:.0f})" if row["buy"] else "–")
            for row in self.icps.iter_rows(named=True)
        ]  # fmt: skip
        brings = f"{self.expected:.0f} good companies ({self.low:.0f} to {self.high:.0f})"
        named = self.icps.filter(pl.col("unknown") > 0).select("unknown", "companies", "icp")
        unknown = [f"{n:,} of {of:,} of “{name}”" for n, of, name in named.iter_rows()]
        return Card(
            kind=f"Plan for {self.budget:,.2f} {money}".strip(),
            answer=f"Buy {first} now.",
            facts=(
                ("the whole budget brings", brings),
                ("kept", f"{self.kept:,.2f} {money}" if self.kept else None),
                ("not known to be good or not", ", ".join(unknown) or None),
            ),
            doubt=f"{self.stop} It rests on {self.basis}.",
            table=card_table(
                ("ICP", "n so far", "good", "interval", "buy", "now", "stop at", "good ones expected"), rows
            ),
            calls=("client.orders.discover(icp, briefing_quantity=…)", "planned.pilots"),
        )

    def __repr__(self) -> str:
        """Return what is bought now, and what the whole budget is expected to bring."""
        first = ", ".join(f"{count} of {name!r}" for name, count in self.now.items()) or "nothing"
        brings = f"{self.expected:.0f} good companies ({self.low:.0f} to {self.high:.0f}) for {self.spent:,.2f}"
        return f"BudgetPlan(now {first}; in all {brings}; {self.basis})"


def plan(
    results: object,
    icps: Iterable[ICP] | Mapping[str, Sequence[str]] | None = None,
    *,
    budget: float,
    value: float | None = None,
    price_per_briefing: float | None = None,
    avoid_known: bool = False,
    instalments: int = INSTALMENTS,
    prospects: object = None,
    tiers: Collection[str] = CONTACTABLE,
    good_match: float = GOOD_MATCH,
    level: float = 0.9,
    outcomes: object = None,
    calibration: Calibration | None = None,
) -> BudgetPlan:
    """Return how to split a budget between ICPs, from what their orders brought so far.

    What counts is a company that is new to this home, matches well and has somebody to write to, as the joint rate of
    `compare`. Rates of ICPs are drawn towards each other, and fall with what was delivered, as far as orders say so;
    the prior is that of ``openprospect_nb.yields``. Sister companies are no independent observations. Money goes where
    the next company brings most for it; buy ``now``, fetch the results, and plan again: that is what makes a plan
    good. Bought so in eight parts, 1 to 2 % of the value that an oracle gets were lost in four kinds of simulated
    market, in four parts 1 to 4 %; at once 2 to 5 % where rates stay, and up to a quarter where they fall, which no
    pilot shows; in 1 to 2 % of seasons equal shares would have brought more than in parts (docs/trust.md). Nothing is
    bought by it.

    Args:
        results: a `Results` of several orders (``client.results(ids)``), or a companies frame with ``order_id`` and
            ``id``.
        icps: which ICPs to plan for: profiles, matched by their content with the orders (one without any is planned for
            too), or names with their order ids. None takes those of *results*; an order that tells none is one,
            and so are the companies without an order id, as "no order id".
        budget: money in the currency of the prices.
        value: what a good company is worth, in the same currency; then money that brings less is kept. None spends all.
        price_per_briefing: of a delivered company, where the server states no cost; None takes the price that your
            client had.
        avoid_known: the next orders keep out what is here already (``orders.discover(…, avoid_known=True)``): repeats
            so far no longer count against an ICP.
        instalments: in how many parts you will buy, planning again before each, 1 or more.
        prospects: the prospects frame, when *results* is a companies frame.
        tiers: which tiers of `contactable` count as mailable.
        good_match: from which match score on a company counts, 0-10.
        level: confidence of every interval.
        outcomes: what became of mails, as `calibrate` takes it: corrects the risks before tiers are worked out. None
            takes all that `op.outcomes` keeps of mails to these prospects, where that is enough (``basis`` says so).
        calibration: what `calibrate` learnt, in the place of outcomes.

    Raises:
        ValidationError: a needed column is missing, risks are fractions, no price is known, prices are in several
            currencies, or an amount cannot be used.

    Example:
        >>> planned = op.plan(results, budget=500, price_per_briefing=2.5)
        >>> planned.spent <= 500, sum(planned.now.values()) > 0
        (True, True)
    """
    z_value(level)
    _check(budget, value, instalments)
    people = results if prospects is None else prospects
    basis = basis_of(people, outcomes, calibration, about=results)
    records = evidence(
        results,
        icps,
        prospects=prospects,
        price=price_per_briefing,
        avoid_known=avoid_known,
        tiers=tiers,
        good_match=good_match,
        calibration=basis.calibration,
    )
    prices, currency = _prices(records, price_per_briefing)
    asked = _PlanTask(records, prices, float(budget), value, instalments, level)
    return _planned(asked, currency, basis)


@dataclass(frozen=True, slots=True)
class _PlanTask:
    records: Mapping[str, TrackRecord]
    prices: Mapping[str, float]
    budget: float
    value: float | None
    instalments: int
    level: float

    @property
    def batches(self) -> dict[str, tuple[Batch, ...]]:
        return {name: each.batches for name, each in self.records.items()}

    def offers(self, yields: Yields, budget: float) -> dict[str, Offer]:
        """Return what each ICP offers for a budget; one whose market is spent offers nothing."""
        return {
            name: Offer(yields.rates(name, 0 if self.records[name].is_spent else min(MOST, int(budget / price))), price)
            for name, price in self.prices.items()
        }


def _planned(asked: _PlanTask, currency: str | None, basis: Basis) -> BudgetPlan:
    yields = Yields(asked.batches)
    best = split(asked.offers(yields, asked.budget), asked.budget, asked.value)
    now = {name: -(-count // asked.instalments) for name, count in best.counts.items()}
    drawn = yields.drawn(best.counts, np.random.default_rng(_SEED))
    totals = interval_of(drawn.sum(axis=1), asked.level) if best.counts else (0.0, 0.0)
    rows = [_row(name, asked, yields, best, now[name], drawn[:, place]) for place, name in enumerate(best.counts)]
    frame = pl.DataFrame(rows, schema=PLANNED, orient="row").sort("cost", "expected", descending=True)
    return BudgetPlan(
        budget=asked.budget,
        spent=best.cost,
        expected=sum(yields.expected(name, count) for name, count in best.counts.items()),
        low=totals[0],
        high=totals[1],
        stop=_rule(asked, best),
        level=asked.level,
        instalments=asked.instalments,
        currency=currency,
        basis=basis,
        icps=frame,
        find_pilots=lambda: pilots(asked.batches, now, asked.offers, asked.prices, asked.budget, asked.value),
    )


def _row(
    name: str, asked: _PlanTask, yields: Yields, best: Split, now: int, drawn: np.ndarray[Any, Any]
) -> Sequence[object]:
    own, price, count = asked.records[name], asked.prices[name], best.counts[name]
    ahead = count or 25
    expected = yields.expected(name, ahead)
    repeats = own.repeats / own.last if own.repeats is not None and own.last else None
    again = wilson(own.repeats or 0, own.last or 0, asked.level) if repeats is not None else (None, None)
    return (
        name, len(own.orders), own.companies, own.unknown, expected / ahead,
        *yields.rate_interval(name, ahead, asked.level), price, count,
        count * price, expected if count else 0.0, *interval_of(drawn, asked.level), now, now * price,
        best.edge * price, stop_at(asked.batches, name, now, best.edge * price), repeats, *again,
        own.market.seen, own.market.size, own.market.low, own.market.high, _note(own),
    )  # fmt: skip


def _note(own: TrackRecord) -> str | None:
    if not own.orders:
        return "never ordered: rated as the others are, with all their spread"
    if own.unknown and not own.batches:
        return "of no company is it known whether it is good: rated as the others are, with all their spread"
    if own.is_spent:
        return "its latest order brought fewer than asked for: its market seems spent"
    return f"small sample: {own.companies} companies" if own.companies < 30 else None


def _rule(asked: _PlanTask, best: Split) -> str:
    if best.edge < _NO_EDGE:
        return "There is nothing else to spend it on, and no `value` says when to stop. Plan again after each part."
    worth = "" if asked.value is None else f" (a good company is worth {asked.value:,.2f})"
    return (
        f"Stop with an ICP once a further good company of it costs more than {1 / best.edge:,.2f}{worth}: after buying"
        " `now`, at `stop_at` good ones or fewer. Plan again after each part."
    )


def _prices(records: Mapping[str, TrackRecord], stated: float | None) -> tuple[dict[str, float], str | None]:
    """Return the price of a company of each ICP, and the currency.

    Raises:
        ValidationError: no price is known, one is nothing, or they are in several currencies.
    """
    currencies = sorted({each.currency for each in records.values() if each.currency})
    if len(currencies) > 1:
        problem = FieldProblem("budget", f"has one currency, the orders have {', '.join(currencies)}")
        raise ValidationError("no plan can be made", fields=[problem], next_step="Plan for one currency at a time.")
    own = {name: each.price for name, each in records.items()}
    usual = [price for price in own.values() if price]
    fallback = stated or (sorted(usual)[len(usual) // 2] if usual else None)
    prices = {name: price or fallback for name, price in own.items()}
    if not all(prices.values()):
        problem = FieldProblem("price_per_briefing", "is needed: neither server nor client states a price")
        raise ValidationError("no plan can be made", fields=[problem], next_step="Give price_per_briefing=.")
    return {name: float(price or 0) for name, price in prices.items()}, currencies[0] if currencies else None


def _check(budget: float, value: float | None, instalments: int) -> None:
    problems = [
        FieldProblem(name, f"must be a positive amount, not {amount!r}", amount)
        for name, amount in (("budget", budget), ("value", value))
        if amount is not None and not 0 < amount < float("inf")
    ]
    if instalments < 1:
        problems.append(FieldProblem("instalments", f"must be 1 or more, not {instalments!r}", instalments))
    if problems:
        raise ValidationError("no plan can be made", fields=problems, next_step="Correct them.")
