"""What page one of a report says, decided by rules: findings in, clauses out; a clause is right or absent.

Each rule is a function of `KeyNumbers` that returns the clause it stands for, or None where the numbers do not bear it.
Words and number formats are the page's business: a `Clause` names a phrase and carries values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from openprospect_nb.analysis.orders.more import More

HARMFUL: Final = 0.05  # of senders' conventions the one from which a mailing harms the domain it comes from
SHORT: Final = 0.9  # of what was asked for; below it the market of a profile is nearly bought out
MIDDLING: Final = 7.0  # median match, of 10
LOW: Final = 5.0
ENOUGH: Final = 20  # companies from which on "none of them fits" says something about the profile
HARDLY: Final = 0.1  # share of good companies that is hardly worth the next order
STALE_DAYS: Final = 90
MOST_CAUTIONS: Final = 4
RISK, COST, NEXT = "topic.risk", "topic.cost", "topic.next"


@dataclass(frozen=True, slots=True)
class Counted:
    """A number with its noun: a key of the phrases such as "person"."""

    noun: str
    n: int


@dataclass(frozen=True, slots=True)
class Portion:
    """A share of 0-1, and how many decimals its percentage is shown with."""

    value: float
    digits: int = 0


@dataclass(frozen=True, slots=True)
class Money:
    """An amount with its currency, or without one where nobody stated it."""

    amount: float
    currency: str | None


@dataclass(frozen=True, slots=True)
class Decimal:
    """A number with so many decimals."""

    value: float
    digits: int = 1


Value = Counted | Portion | Money | Decimal | int | str


@dataclass(frozen=True, slots=True)
class Clause:
    """A phrase and the values in it; ``topic`` is the question of a reader that it answers, as a key."""

    key: str
    values: Mapping[str, Value] = field(default_factory=dict)
    topic: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A profile in a plan: what it brought so far, and what to buy of it ``now`` and for the whole budget.

    ``rate`` of its next companies that are good, with its interval, 0-1; money in the currency of the orders;
    ``unknown``: companies so far of which it is not known whether they are good.
    """

    name: str
    companies: int
    rate: float
    rate_low: float
    rate_high: float
    now: int
    now_cost: float
    buy: int
    cost: float
    unknown: int = 0


@dataclass(frozen=True, slots=True)
class Planned:
    """What a plan says: how many companies of which profile to buy ``now``, before planning again, and for how much.

    All of the ``budget``, bought in such parts, brings ``low`` to ``high`` good companies. ``offers``: each profile.
    """

    name: str
    now: int
    now_cost: float
    budget: float
    low: int
    high: int
    offers: tuple[Offered, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyNumbers:
    """What is known of delivered orders, as numbers; rates are 0-1, and None is unknown.

    Attributes:
        orders, failed: how many delivered results, and how many did not.
        asked, delivered: companies; ``asked`` only where every order states it.
        with_contact: companies with a person. people: different persons.
        mailable, mailable_companies: addresses that may be sent to, whatever their risk, and at how many companies.
        no_address, with_phone: persons without an address, and those of them with a phone number.
        unknown_risk: addresses whose risk nobody stated.
        listed, listed_companies: the send list. limit, confidence: its promise. low, high: bounces to expect of it.
        sent, bounced: messages before it that the limit counts too. rate: what is to be expected of the list, 0-1.
        is_promised: whether the confidence holds, or the limit is only what is to be expected. is_tiny: whether not one
            bounce of the list is allowed.
        doubt, outcomes: what its risks rest on, as `SendList` has it. assumed, assumed_risk: addresses whose risk was
            assumed, and to be what, 0-1. way: a larger list (size, limit), if it is tiny.
        all_rate, all_low, all_high: bounce rate to expect if all of known risk were mailed.
        cost, currency: of all orders; None where one of them is not known, or currencies differ.
        match, scored: median match score (0-10) and of how many companies.
        driver, lift: the surest feature of companies that match well, in words, and how many times as often they do.
        profiles: how many different ICPs. best: name of the order that is clearly the best to buy again, else None.
        more: what a hundred more companies would bring, of a single profile.
        planned: where `op.plan` would put as much money again, of several.
        age_days: days between delivery and the date of the report.
    """

    orders: int
    delivered: int
    failed: int = 0
    asked: int | None = None
    with_contact: int = 0
    people: int = 0
    mailable: int = 0
    mailable_companies: int = 0
    no_address: int = 0
    with_phone: int = 0
    unknown_risk: int = 0
    listed: int = 0
    listed_companies: int = 0
    limit: float = 0.02
    confidence: float = 0.9
    low: int = 0
    high: int = 0
    sent: int = 0
    bounced: int = 0
    rate: float | None = None
    is_promised: bool = True
    is_tiny: bool = False
    doubt: float | None = None
    outcomes: int | None = None
    assumed: int = 0
    assumed_risk: float = 0.0
    way: tuple[int, float] | None = None
    all_rate: float | None = None
    all_low: float | None = None
    all_high: float | None = None
    cost: float | None = None
    currency: str | None = None
    match: float | None = None
    scored: int = 0
    driver: str | None = None
    lift: float | None = None
    profiles: int = 1
    best: str | None = None
    more: More | None = None
    planned: Planned | None = None
    age_days: int | None = None

    @property
    def is_short(self) -> bool:
        """Whether clearly fewer companies came than were asked for."""
        return self.asked is not None and self.delivered < SHORT * self.asked

    @property
    def is_bought_out(self) -> bool:
        """Whether so few came that more of the same can hardly be had; a plan knows it profile by profile."""
        return self.is_short and self.planned is None

    @property
    def is_misfit(self) -> bool:
        """Whether hardly a company of the one profile is good, by enough of them whose addresses have a stated risk."""
        more = self.more
        if 2 * (self.unknown_risk + self.assumed) > self.mailable:
            return False  # of unknown risk none counts as good, whatever the profile is worth
        return more is not None and more.n >= ENOUGH and more.rate_high < HARDLY

    @property
    def of_stated_risk(self) -> int:
        """How many addresses have a risk that was not assumed."""
        return self.of_known_risk - self.assumed

    @property
    def of_known_risk(self) -> int:
        """How many addresses have a risk."""
        return self.mailable - self.unknown_risk


@dataclass(frozen=True, slots=True, kw_only=True)
class PageOne:
    """Page one: the sentence, what stands below it by topic, and what to know."""

    sentence: tuple[Clause, ...]
    explained: tuple[Clause, ...]
    cautions: tuple[Clause, ...]


Rule = Callable[[KeyNumbers], Clause | None]


def decide(numbers: KeyNumbers) -> PageOne:
    """Return what the findings bear out, and nothing else."""
    return PageOne(
        sentence=_said((whom_to_mail, what_to_buy), numbers),
        explained=_said((the_risk, mailing_everybody, the_cost, what_next), numbers),
        cautions=_said(CAUTIONS, numbers)[:MOST_CAUTIONS],
    )


def whom_to_mail(numbers: KeyNumbers) -> Clause:
    """Return whom to mail: the list, or why there is none."""
    if numbers.listed:
        companies = Counted("company_at", numbers.listed_companies)
        return Clause("decide.mail", {"people": Counted("person", numbers.listed), "companies": companies})
    if not numbers.delivered:
        return Clause("decide.nothing")
    if numbers.of_known_risk > 0 and numbers.sent:
        before: dict[str, Value] = {"sent": numbers.sent, "bounced": numbers.bounced}
        return Clause("decide.no_list.budget", {**before, "limit": Portion(numbers.limit, 1)})
    if numbers.of_known_risk > 0:
        return Clause("decide.no_list", {"limit": Portion(numbers.limit, 1)})
    return Clause("decide.unrated" if numbers.mailable else "decide.nobody")


def what_to_buy(numbers: KeyNumbers) -> Clause | None:
    """Return what to buy next, as far as these orders tell."""
    if numbers.delivered and not numbers.of_stated_risk:
        # Whether a profile is right cannot be told from orders that brought no addresses, or none that is rated.
        return None if numbers.mailable else Clause("decide.addresses")
    if numbers.is_bought_out:
        return Clause("decide.widen")
    if numbers.profiles > 1:
        return which_to_buy(numbers)
    return Clause("decide.change") if numbers.is_misfit else None


def which_to_buy(numbers: KeyNumbers) -> Clause:
    """Return which of several profiles to buy next."""
    plan = numbers.planned
    if numbers.best and (plan is None or plan.name == numbers.best):
        return Clause("decide.again", {"name": numbers.best})
    if plan is None:
        return Clause("decide.no_winner")
    # Money may well go first to one that is not proven best: that is how one learns, so it is the first part.
    return Clause("decide.parts", {"name": plan.name, "companies": Counted("company", plan.now)})


def the_risk(numbers: KeyNumbers) -> Clause | None:
    """Return what is promised of the list, or what is not known of addresses; those of known risk speak themselves."""
    if not numbers.mailable:
        return Clause("decide.risk.nobody", topic=RISK)
    if not numbers.listed:
        unknown = Counted("address", numbers.unknown_risk)
        return None if numbers.of_known_risk else Clause("decide.risk.unknown", {"addresses": unknown}, RISK)
    return _the_promise(numbers)


def _the_promise(numbers: KeyNumbers) -> Clause:
    promise: dict[str, Value] = {"limit": Portion(numbers.limit, 1), "confidence": Portion(numbers.confidence)}
    span: dict[str, Value] = {"low": numbers.low, "high": numbers.high}
    key = "decide.promise" if numbers.is_promised else "decide.promise.expected"
    if numbers.is_promised and numbers.is_tiny:
        # One bounce of so few is more than the limit: the promise is that there is none.
        return Clause("decide.promise.none", promise, RISK)
    if numbers.sent:
        own: dict[str, Value] = {"rate": Portion(numbers.rate or 0.0, 1), "sent": numbers.sent}
        return Clause(f"{key}.budget", {**span, **promise, **own}, RISK)
    if numbers.is_promised and numbers.low == numbers.high:
        return Clause("decide.promise.one", {"bounces": Counted("bounce", numbers.low), **promise}, RISK)
    return Clause(key, {**span, **promise}, RISK)


def mailing_everybody(numbers: KeyNumbers) -> Clause | None:
    """Return what mailing everybody would do, unless that is the list."""
    rate, low, high = numbers.all_rate, numbers.all_low, numbers.all_high
    if rate is None or low is None or high is None or numbers.listed >= numbers.of_known_risk:
        return None
    key = "decide.everybody.harm" if low > HARMFUL else "decide.everybody"
    rates = {"rate": Portion(rate), "low": Portion(low), "high": Portion(high)}
    return Clause(key, {"n": numbers.of_known_risk, **rates}, RISK)


def what_next(numbers: KeyNumbers) -> Clause:
    """Return what the next order should be and would bring; where that is not known, what to do instead."""
    if not numbers.delivered:
        return Clause("decide.next.nothing", topic=NEXT)
    if not numbers.mailable:
        return Clause("decide.next.addresses", topic=NEXT)
    if not numbers.of_stated_risk:
        return Clause("decide.next.unrated", topic=NEXT)
    if numbers.is_bought_out:
        return Clause("decide.next.widen", topic=NEXT)
    return _the_plan(numbers) if numbers.profiles > 1 else _the_next_hundred(numbers)


def _the_plan(numbers: KeyNumbers) -> Clause:
    """Return what as much money again would bring, of several profiles."""
    plan = numbers.planned
    if plan is None and numbers.best:
        return Clause("decide.next.best", {"name": numbers.best}, NEXT)
    if plan is None:
        return Clause("decide.next.equal", topic=NEXT)
    price, budget = (Money(amount, numbers.currency) for amount in (plan.now_cost, plan.budget))
    bought: dict[str, Value] = {"companies": Counted("company", plan.now), "name": plan.name, "price": price}
    return Clause("decide.plan", {**bought, "budget": budget, "low": plan.low, "high": plan.high}, NEXT)


def _the_next_hundred(numbers: KeyNumbers) -> Clause:
    """Return what a hundred more companies of the one profile would bring."""
    more = numbers.more
    if more is None or not more.n:
        return Clause("decide.next.unknown", topic=NEXT)
    values: dict[str, Value] = {"more": more.more, "low": more.low, "high": more.high}
    if numbers.is_misfit:
        return Clause("decide.next.change", {**values, "hits": more.hits, "n": more.n}, NEXT)
    if numbers.cost is None:
        return Clause("decide.more", values, NEXT)
    price = numbers.cost / numbers.delivered * more.more
    return Clause("decide.more.price", {**values, "price": Money(price, numbers.currency)}, NEXT)


def the_cost(numbers: KeyNumbers) -> Clause:
    """Return what was paid, and what each person on the list cost."""
    if numbers.cost is None:
        is_single = numbers.orders + numbers.failed <= 1
        return Clause("decide.cost.unknown" if is_single else "decide.cost.mixed", topic=COST)
    paid = Money(numbers.cost, numbers.currency)
    if not numbers.listed:
        return Clause("decide.paid", {"paid": paid}, COST)
    return Clause("decide.cost", {"paid": paid, "each": Money(numbers.cost / numbers.listed, numbers.currency)}, COST)


def _failed(numbers: KeyNumbers) -> Clause | None:
    return Clause("caution.failed", {"orders": Counted("order", numbers.failed)}) if numbers.failed else None


def _no_addresses(numbers: KeyNumbers) -> Clause | None:
    if not numbers.delivered or numbers.mailable:
        return None
    if not numbers.people:
        return Clause("caution.no_people")
    return _unreached("caution.no_addresses", numbers.people, numbers.with_phone)


def _tiny_list(numbers: KeyNumbers) -> Clause | None:
    if numbers.way is None:
        return None
    size, limit = numbers.way
    fits: dict[str, Value] = {"people": Counted("person", size), "limit": Portion(limit, 1)}
    if numbers.sent:
        return Clause("caution.tiny.budget", {**fits, "sent": numbers.sent})
    return Clause("caution.tiny", fits)


def _short(numbers: KeyNumbers) -> Clause | None:
    if numbers.asked is None or numbers.delivered >= numbers.asked:
        return None
    missing = Counted("company", numbers.asked - numbers.delivered)
    key = "caution.bought_out" if numbers.is_short else "caution.short"
    return Clause(key, {"missing": missing, "asked": numbers.asked})


def _stale(numbers: KeyNumbers) -> Clause | None:
    if numbers.age_days is None or numbers.age_days <= STALE_DAYS:
        return None
    return Clause("caution.stale", {"days": numbers.age_days})


def _middling(numbers: KeyNumbers) -> Clause | None:
    if numbers.match is None or numbers.match >= MIDDLING:
        return None
    grade = "caution.low" if numbers.match < LOW else "caution.middling"
    values: dict[str, Value] = {"match": Decimal(numbers.match), "n": numbers.scored}
    if numbers.driver is None or numbers.lift is None:
        return Clause(grade, values)
    return Clause(f"{grade}.driver", {**values, "driver": numbers.driver, "lift": Decimal(numbers.lift)})


def _the_vendors_word(numbers: KeyNumbers) -> Clause | None:
    if numbers.outcomes is not None or not numbers.of_stated_risk:
        return None
    # Only a promise, of people, holds beyond what the vendor says.
    if numbers.doubt is None or numbers.doubt <= 1 or not numbers.is_promised or not numbers.listed:
        return Clause("caution.word")
    digits = 0 if numbers.doubt == int(numbers.doubt) else 1
    return Clause("caution.word.doubt", {"doubt": Decimal(numbers.doubt, digits)})


def _assumed_risk(numbers: KeyNumbers) -> Clause | None:
    if not numbers.assumed:
        return None
    addresses = Counted("address", numbers.assumed)
    return Clause("caution.assumed", {"addresses": addresses, "risk": Portion(numbers.assumed_risk, 1)})


def _few_outcomes(numbers: KeyNumbers) -> Clause | None:
    return None if numbers.outcomes is None else Clause("caution.measured", {"n": numbers.outcomes})


def _without_address(numbers: KeyNumbers) -> Clause | None:
    if not numbers.mailable or not numbers.no_address:
        return None
    return _unreached("caution.without", numbers.no_address, numbers.with_phone)


def _unreached(key: str, people: int, phones: int) -> Clause:
    """Return the caution that so many have no address: those with a phone number, where any has one."""
    values = {"people": Counted("person_has", people)}
    return Clause(key, {**values, "phones": phones}) if phones else Clause(f"{key}.nor_phone", values)


def _unknown_risk(numbers: KeyNumbers) -> Clause | None:
    if not numbers.unknown_risk:
        return None
    return Clause("caution.unrated", {"addresses": Counted("address", numbers.unknown_risk)})


CAUTIONS: Final[tuple[Rule, ...]] = (
    _failed,
    _no_addresses,
    _tiny_list,
    _assumed_risk,
    _stale,
    _short,
    _middling,
    _the_vendors_word,
    _few_outcomes,
    _without_address,
    _unknown_risk,
)
"""What a reader should know, the weightiest first; page one has room for `MOST_CAUTIONS`."""


def _said(rules: tuple[Rule, ...], numbers: KeyNumbers) -> tuple[Clause, ...]:
    return tuple(clause for rule in rules if (clause := rule(numbers)) is not None)
