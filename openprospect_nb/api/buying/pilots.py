"""What the first companies of a larger order say about the rest: counted, forecast and judged; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Final

from openprospect_nb.bounds import Problems
from openprospect_nb.contract import Feature
from openprospect_nb.errors import FieldProblem
from openprospect_nb.files.known import KnownCompanies
from openprospect_nb.frames.contactable import GOOD_MATCH, mailable_companies
from openprospect_nb.frames.results import Results
from openprospect_nb.privacy import canonical, shared
from openprospect_nb.settings import AMOUNT, amount_of

if TYPE_CHECKING:
    import polars as pl

JUDGED_BY: Final = [
    str(feature) for feature in (Feature.COMPANY_DATA, Feature.CONTACTS, Feature.ANALYSIS, Feature.EMAIL_DISCOVERY)
]
"""The features without which nobody can say whether a company matches and has somebody to write to."""
LEVEL: Final = 0.9
ENOUGH: Final = 0.5
"""The share of the companies asked for (0-1) below which what came says that there are hardly more."""
_SEED: Final = 20261129  # of the draws behind the interval: the same pilot has the same forecast


@dataclass(frozen=True, slots=True, kw_only=True)
class PilotTerms:
    """What a pilot is judged by: how many are wanted in all, how many come first, and what makes the rest worth it.

    Attributes:
        of, first: companies, in all and in the pilot.
        least: share of good companies (0-1) from which on the rest is bought, where *value* says nothing.
        value: what a good company is worth, in the currency of the price. price_each: of a company; None if unknown.
    """

    of: int
    first: int
    least: float
    value: float | None = None
    price_each: float | None = None

    @property
    def rest(self) -> int:
        """How many companies are left to buy."""
        return self.of - self.first

    @property
    def needed(self) -> float:
        """The share of good companies (0-1) from which on the rest is worth its price."""
        return self.least if self.value is None or self.price_each is None else min(1.0, self.price_each / self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class PilotForecast:
    """What a pilot brought, and what the rest is expected to bring. *Good*: new here, a good match, and mailable.

    What was asked for and did not come counts as not good: a rest of the same profile would fall short as well.

    Attributes:
        asked: companies of the pilot as they were ordered.
        delivered, good: those that came, and the good ones among them; new, matching, mailable: how many of the
            delivered are each of it.
        rest: companies still to buy. expected, low, high: good ones among them, with the 90 % interval; its prior is
            that of ``openprospect_nb.yields``: rates may fall after the first, and one order alone cannot say whether.
            How often it holds, by rate and size, is in docs/trust.md; never fewer than 86 of 100 in the worlds there.
        chance: that at least ``needed`` (0-1) of the rest are good. cost: of the rest, None where no price is known.
        incomplete: why the results may not be whole yet; "" where they are.
    """

    asked: int
    delivered: int
    good: int
    new: int
    matching: int
    mailable: int
    rest: int
    expected: float
    low: float
    high: float
    needed: float
    chance: float
    cost: float | None
    incomplete: str = ""

    @property
    def go(self) -> bool:
        """Whether the rest is more likely worth its price than not; never where the pilot is no ground to say so."""
        return not self._against and self.chance >= 0.5

    @property
    def _against(self) -> str:
        """Why the rest is not to be bought, whatever it may be worth; "" where nothing forbids it."""
        if self.incomplete:
            return f"The results are not whole ({self.incomplete}): call pilot.wait() again, which asks for them anew."
        if self.delivered < max(1, ENOUGH * self.asked):
            came = "None" if not self.delivered else f"Only {self.delivered:,}"
            return (
                f"{came} of the {self.asked:,} companies asked for came, so that hardly more are to be expected: widen"
                " the profile, or ask the vendor, before you order more."
            )
        return ""

    @property
    def why(self) -> str:
        """The reason for ``go``, in two or three sentences: what came, and what to expect of the rest."""
        if self._against:
            good = f" {self.good:,} of the {self.delivered:,} that came are good." if self.delivered else ""
            return f"{self._against}{good}"
        cost = "" if self.cost is None else f", for {self.cost:,.2f}"
        short = self.asked - self.delivered
        missing = f" {short:,} of {self.asked:,} asked for did not come and count as not good." if short > 0 else ""
        return (
            f"{self.good} of the first {self.delivered} companies are good: {self.new} are new here, {self.matching}"
            f" match well, {self.mailable} have somebody to write to.{missing} Of the other {self.rest:,} about"
            f" {self.expected:.0f} will be ({self.low:.0f} to {self.high:.0f} with 90 %){cost}; that at least"
            f" {self.needed:.0%} of them are, which is what it takes, is {self.chance:.0%} likely."
        )


def pilot_problems(terms: PilotTerms) -> Problems:
    """Return what is wrong with the terms of a pilot."""
    problems = []
    for name, count in (("of", terms.of), ("first", terms.first)):
        if not isinstance(count, int) or isinstance(count, bool):
            return [FieldProblem(name, f"must be a whole number, not {count!r}", count)]
    if not 1 <= terms.first < terms.of:
        problems.append(FieldProblem("first", f"must be 1 to {terms.of - 1}, less than *of*", terms.first))
    if not (isfinite(terms.least) and 0 < terms.least <= 1):
        problems.append(FieldProblem("least", f"must be above 0 and at most 1, not {terms.least!r}", terms.least))
    if terms.value is not None and not amount_of(terms.value):
        problems.append(FieldProblem("value", f"must be {AMOUNT} above 0, not {terms.value!r}", terms.value))
    return problems


def forecast(results: Results, known: KnownCompanies, terms: PilotTerms) -> PilotForecast:
    """Return what *results* of a pilot say about the rest; *known* are the companies of this home before it."""
    # numpy loads with the first pilot, not with the client
    from openprospect_nb.yields import Batch, Yields

    companies = results.companies.unique("id", keep="first", maintain_order=True)
    new, matching, mailable = _marks(companies, mailable_companies(results.prospects), known)
    good = [all(marks) for marks in zip(new, matching, mailable, strict=True)]
    # What did not come is a company that is not good: the rest is asked for, and may fall short, as these were.
    n = max(terms.first, companies.height)
    yields = Yields({"pilot": [Batch(0, n, sum(good), n - companies.height + _firms(companies))]})
    low, high = yields.count_interval("pilot", terms.rest, LEVEL, seed=_SEED)
    return PilotForecast(
        asked=terms.first,
        delivered=companies.height,
        good=sum(good),
        new=sum(new),
        matching=sum(matching),
        mailable=sum(mailable),
        rest=terms.rest,
        expected=yields.expected("pilot", terms.rest),
        low=low,
        high=high,
        needed=terms.needed,
        chance=yields.chance_above("pilot", terms.rest, terms.needed),
        cost=None if terms.price_each is None else terms.price_each * terms.rest,
        incomplete=next(iter(results.incomplete.values()), ""),
    )


def _marks(
    companies: pl.DataFrame, mailable: pl.Series, known: KnownCompanies
) -> tuple[Sequence[bool], Sequence[bool], Sequence[bool]]:
    """Return of each company whether it is new here, matches well, and has somebody to write to."""
    listed = companies.select("website_url", "city", company_name="name", external_id="source_id")
    reached = set(mailable.to_list())
    return (
        [not known.orders_of(company) for company in listed.iter_rows(named=True)],
        [score is not None and score >= GOOD_MATCH for score in companies["match_score"].to_list()],
        [identity in reached for identity in companies["id"].to_list()],
    )


def _firms(companies: pl.DataFrame) -> int:
    """Return how many firms the companies are: those of one web site of their own are one."""
    firms = set()
    for identity, site in companies.select("id", "website_url").iter_rows():
        own = (shared.own_domain(host) for host in canonical.domains(site or ""))
        firms.add(next(filter(None, own), identity))
    return len(firms)
