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
from openprospect_nb.reports.summary import AS_IS, Chart, CompanyLine, Headline, PlanLine

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


def tiles(numbers: KeyNumbers, say: Wording) -> tuple[Headline, ...]:
    """Return the six numbers, each with its n."""
    orders = say.count("order", numbers.orders + numbers.failed)
    mailable, listed = (say.count("company_at", n) for n in (numbers.mailable_companies, numbers.listed_companies))
    each = numbers.cost / numbers.listed if numbers.cost is not None and numbers.listed else None
    counts = {
        "asked": numbers.asked,
        "delivered": numbers.delivered,
        "contact": numbers.with_contact if numbers.delivered else None,
        "mailable": numbers.mailable,
        "listed": numbers.listed,
    }
    values = {name: say.number(count) for name, count in counts.items()} | {"cost": amount(each, numbers.currency, say)}
    notes = {
        "asked": say.say("tile.of", what=orders),
        "delivered": _how_many_came(numbers, say),
        "contact": _share_with_contact(numbers, say),
        "mailable": say.say("tile.mailable.note", companies=mailable, n=numbers.people),
        "listed": _the_limit(numbers, listed, say),
        "cost": _what_was_paid(numbers, say),
    }
    return tuple(Headline(value=values[name], name=say.say(f"tile.{name}"), note=note) for name, note in notes.items())


def plan_lines(numbers: KeyNumbers, say: Wording) -> tuple[PlanLine, ...]:
    """Return what a plan says of each profile, and by what rule; nothing without one."""
    plan = numbers.planned
    if plan is None:
        return ()
    lines = [PlanLine(name=clean(each.name, 80), text=_offer(each, numbers.currency, say)) for each in plan.offers]
    rule = say.say("plan.rule.text", budget=amount(plan.budget, numbers.currency, say))
    return (*lines, PlanLine(name=say.say("plan.rule"), text=rule))


def _offer(each: Offered, currency: str | None, say: Wording) -> str:
    low, high = say.share(each.rate_low), say.share(each.rate_high)
    count, rate = say.count("company", each.companies), say.share(each.rate)
    if each.unknown:
        count = f"{count} ({say.say('unknown.n', n=say.number(each.unknown))})"
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


def _how_many_came(numbers: KeyNumbers, say: Wording) -> str:
    if numbers.asked is None:
        return say.say("tile.delivered.unknown")
    if numbers.delivered >= numbers.asked:
        return say.say("tile.delivered.all", n=numbers.asked)
    return say.say("tile.delivered.short", n=numbers.asked - numbers.delivered)


def _the_limit(numbers: KeyNumbers, companies: str, say: Wording) -> str:
    key = "tile.listed.note.budget" if numbers.sent else "tile.listed.note"
    return say.say(key, companies=companies, limit=say.share(numbers.limit), sent=numbers.sent)


def _share_with_contact(numbers: KeyNumbers, say: Wording) -> str:
    if not numbers.delivered:
        return say.say("headline.nothing")
    low, high = map(say.share, wilson(numbers.with_contact, numbers.delivered))
    share = say.share(numbers.with_contact / numbers.delivered)
    return say.say("tile.contact.note", share=share, n=numbers.delivered, low=low, high=high)


def _what_was_paid(numbers: KeyNumbers, say: Wording) -> str:
    if numbers.cost is None:
        return say.say("tile.cost.unknown")
    return say.say("tile.cost.paid", paid=amount(numbers.cost, numbers.currency, say))
