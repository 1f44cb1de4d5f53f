"""Page one of a report: the decision in words, six numbers, the companies to start with, and what to know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from openprospect_nb.analysis.intervals import wilson
from openprospect_nb.markup.text import clean
from openprospect_nb.markup.wording import Wording
from openprospect_nb.reports.decision import (
    Clause,
    Counted,
    Decimal,
    KeyNumbers,
    Money,
    Offered,
    Portion,
    Value,
)
from openprospect_nb.reports.marks import AS_IS
from openprospect_nb.reports.summary import Chart, CompanyLine, Headline, PlanLine

STARTING: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstPage:
    """What a reader sees before anything is opened.

    Attributes:
        tiles: asked, delivered, with a contact, mailable, on the list, cost a recipient; each with its n.
        heading: a key: which companies ``start`` holds, those of the list or just the best.
        start: at most ten companies, best first. plan: what to buy of each profile, where there are several.
            frontier: list size against bounce rate.
    """

    tiles: tuple[Headline, ...]
    heading: str = field(metadata=AS_IS)
    start: tuple[CompanyLine, ...] = ()
    plan: tuple[PlanLine, ...] = ()
    frontier: Chart | None = None


def said(clause: Clause, say: Wording) -> str:
    """Return a clause in words."""
    return say.say(clause.key, **{name: _worded(value, say) for name, value in clause.values.items()})


def by_topic(clauses: Sequence[Clause]) -> list[tuple[str, list[Clause]]]:
    """Return the clauses of page one that stand beside each other, by the question of a reader that they answer."""
    return [(topic, list(same)) for topic, same in groupby(clauses, key=lambda clause: clause.topic)]


def amount(value: float | None, currency: str | None, say: Wording) -> str:
    """Return an amount of money with its currency, or a dash where it is unknown."""
    return f"{say.number(value, 2)} {clean(currency, 8)}".strip() if value is not None else say.number(None)


def tiles(found: KeyNumbers, say: Wording) -> tuple[Headline, ...]:
    """Return the six numbers, each with its n."""
    return (_asked(found, say), _delivered(found, say), _contact(found, say), _mailable(found, say),
            _listed(found, say), _each(found, say))  # fmt: skip


def plan_lines(found: KeyNumbers, say: Wording) -> tuple[PlanLine, ...]:
    """Return what a plan says of each profile, and by what rule; nothing without one."""
    plan = found.planned
    if plan is None:
        return ()
    lines = [PlanLine(name=clean(each.name, 80), text=_offer(each, found.currency, say)) for each in plan.offers]
    rule = say.say("plan.rule.text", budget=amount(plan.budget, found.currency, say))
    return (*lines, PlanLine(name=say.say("plan.rule"), text=rule))


def _offer(each: Offered, currency: str | None, say: Wording) -> str:
    low, high = say.share(each.rate_low), say.share(each.rate_high)
    count, rate = say.count("company", each.companies), say.share(each.rate)
    so_far = say.say("plan.so_far", n=count, rate=rate, low=low, high=high)
    if not each.buy:
        return f"{so_far} {say.say('plan.none')}"
    now, whole = (amount(value, currency, say) for value in (each.now_cost, each.cost))
    return f"{so_far} {say.say('plan.buy', now=each.now, now_cost=now, buy=each.buy, cost=whole)}"


def _worded(value: Value, say: Wording) -> object:
    match value:
        case Counted(noun, n):
            return say.count(noun, n)
        case Portion(share, digits):
            # A whole percentage needs no decimal.
            return say.share(share, 0 if digits and abs(share * 100 - round(share * 100)) < 1e-9 else digits)
        case Money(total, currency):
            return amount(total, currency, say)
        case Decimal(number, digits):
            return say.number(number, digits)
        case str():
            return clean(value, 80)
    return value


def _asked(found: KeyNumbers, say: Wording) -> Headline:
    return Headline(
        value=say.number(found.asked),
        name=say.say("tile.asked"),
        note=say.say("tile.of", what=say.count("order", found.orders + found.failed)),
    )


def _delivered(found: KeyNumbers, say: Wording) -> Headline:
    if found.asked is None:
        note = say.say("tile.delivered.unknown")
    elif found.delivered >= found.asked:
        note = say.say("tile.delivered.all", n=found.asked)
    else:
        note = say.say("tile.delivered.short", n=found.asked - found.delivered)
    return Headline(value=say.number(found.delivered), name=say.say("tile.delivered"), note=note)


def _contact(found: KeyNumbers, say: Wording) -> Headline:
    if not found.delivered:
        return Headline(value=say.number(None), name=say.say("tile.contact"), note=say.say("headline.nothing"))
    low, high = wilson(found.with_contact, found.delivered)
    share = say.share(found.with_contact / found.delivered)
    note = say.say("tile.contact.note", share=share, n=found.delivered, low=say.share(low), high=say.share(high))
    return Headline(value=say.number(found.with_contact), name=say.say("tile.contact"), note=note)


def _mailable(found: KeyNumbers, say: Wording) -> Headline:
    note = say.say("tile.mailable.note", companies=say.count("company_at", found.mailable_companies), n=found.people)
    return Headline(value=say.number(found.mailable), name=say.say("tile.mailable"), note=note)


def _listed(found: KeyNumbers, say: Wording) -> Headline:
    note = say.say(
        "tile.listed.note", companies=say.count("company_at", found.listed_companies), limit=say.share(found.limit)
    )
    return Headline(value=say.number(found.listed), name=say.say("tile.listed"), note=note)


def _each(found: KeyNumbers, say: Wording) -> Headline:
    name = say.say("tile.cost")
    if found.cost is None:
        return Headline(value=say.number(None), name=name, note=say.say("tile.cost.unknown"))
    each = found.cost / found.listed if found.listed else None
    paid = say.say("tile.cost.paid", paid=amount(found.cost, found.currency, say))
    return Headline(value=amount(each, found.currency, say), name=name, note=paid)
