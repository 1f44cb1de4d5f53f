"""What a send list promises, over which messages, and what else could be done where it leaves almost nobody."""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
import polars as pl

from openprospect_nb.analysis.bounces.belief import Belief
from openprospect_nb.analysis.bounces.list_sizes import Sizes
from openprospect_nb.analysis.bounces.poisson_binomial import Ints
from openprospect_nb.analysis.contacts.outcomes import known_outcomes

MONTH: Final = (500, 2_000)  # messages of a month, as examples
BOUGHT: Final = (4, 16)  # times as many prospects of the same mix, as examples
WANTED: Final = (50, 200)
LONGEST: Final = 5_000  # prospects up to which buying more is tried


@dataclass(frozen=True, slots=True)
class Budget:
    """Messages sent already under the same limit, and how many of them bounced."""

    sent: int = 0
    bounced: int = 0


@dataclass(frozen=True, slots=True)
class Way:
    """One way out of a tiny list.

    Attributes:
        way: "limit", "expected", "month", "buying" or "trust".
        size: how many prospects could be mailed. limit: the bounce rate promised then, 0-1.
        number: of "month" the messages sent already, of "buying" how many times as many prospects, else 0.
        says: the same in words.
    """

    way: Literal["limit", "expected", "month", "buying", "trust"]
    size: int
    limit: float
    says: str
    number: int = 0

    def __str__(self) -> str:
        return self.says


@dataclass(frozen=True, slots=True)
class Promise:
    """What is promised: a limit (0-1), with a confidence or only as expected, over a budget and the list together."""

    limit: float
    confidence: float
    kept: Literal["confidence", "expected"] = "confidence"
    budget: Budget = Budget()

    @property
    def interval(self) -> float:
        """How much of the chance the intervals beside it cover, 0-1."""
        return min(max(self.confidence, 0.5), 0.999)

    def allowed(self, sizes: Sizes) -> Ints:
        """Return how many of the 1, 2, ... safest may bounce; below 0 where the budget is overdrawn."""
        return self.allowed_of(np.arange(1, sizes.audience.size + 1))

    def allowed_of(self, numbers: Ints) -> Ints:
        """Return the same of lists of so many."""
        messages = self.budget.sent + numbers
        # 0.07 * 100 is 7.000000000000001, and 0.29 * 100 is 28.999999999999996: one more may bounce
        allowed: Ints = np.floor(self.limit * messages + 1e-9).astype(np.int64) - self.budget.bounced
        return allowed

    def is_tiny(self, size: int) -> bool:
        """Return whether a list is so small that its promise allows not one bounce."""
        return self.kept == "confidence" and (not size or int(self.allowed_of(np.array([size]))[0]) < 1)

    def largest(self, sizes: Sizes) -> int:
        """Return the size of the largest list that keeps the promise."""
        if self.kept == "confidence":
            return sizes.largest(self.allowed(sizes), 1 - self.confidence)
        messages = self.budget.sent + np.arange(1, sizes.audience.size + 1)
        fits = np.flatnonzero(sizes.heads.mean + self.budget.bounced <= self.limit * messages + 1e-9)
        return int(fits[-1]) + 1 if len(fits) else 0

    def over(self, sizes: Sizes, size: int) -> float:
        """Return the chance that the limit is passed at this size."""
        return sizes.over(size, int(self.allowed_of(np.array([size]))[0]))


def estimate(risks: pl.Series, promise: Promise) -> tuple[int, float]:
    """Return about the size of the largest list out of independent *risks* (0-1, rising), and its expected bounces."""
    known = pl.DataFrame({"p": risks, "stated": risks}).with_columns(domain=pl.lit(None, pl.String))
    sizes = Sizes(known, Belief())
    if known.is_empty():
        return 0, 0.0
    over = sizes.screened(np.arange(1, known.height + 1), promise.allowed(sizes))
    fits = np.flatnonzero(over <= 1 - promise.confidence)
    return (int(fits[-1]) + 1, float(sizes.heads.mean[fits[-1]])) if len(fits) else (0, 0.0)


def budget_of(outcomes: object) -> Budget:
    """Return what these outcomes used of a budget; they are read as `calibrate` reads them."""
    messages = known_outcomes(outcomes)
    return Budget(messages.height, int(messages["y"].sum()))


def ways_out(known: pl.DataFrame, sizes: Sizes, asked: Promise, chosen: int) -> tuple[Way, ...]:
    """Return what else could be done where *chosen* is so small that not one bounce is allowed, else nothing.

    Each is what asking so would give, over the same budget; one that gives nobody more is none.
    """
    if known.is_empty() or chosen == known.height or not asked.is_tiny(chosen):
        return ()
    tried = (
        *(_at_limit(sizes, replace(asked, limit=limit)) for limit in other_limits(sizes, asked, chosen)),
        _expected(sizes, asked),
        *_months(sizes, asked),
        *_buying(known, sizes, asked),
        *_trusting(known, sizes, asked),
    )
    return tuple(way for way in tried if way.size > chosen)


def other_limits(sizes: Sizes, asked: Promise, chosen: int) -> list[float]:
    """Return the smallest limits that give so many: by the fewest bounces that are exceeded seldom enough."""
    limits: list[float] = []
    for wanted in sorted({min(wanted, sizes.audience.size) for wanted in WANTED}, reverse=True):
        if wanted <= chosen:
            break
        risk = 1 - asked.confidence
        count = bisect_left(range(wanted), x=True, key=lambda count: sizes.over(wanted, count) <= risk)
        rate = (count + asked.budget.bounced) / (asked.budget.sent + wanted)
        # In tenths of a percent, upwards: a limit rounded down would give fewer.
        limit = min(1.0, math.ceil(rate * 1000 - 1e-9) / 1000)
        # Beside many bounces a few people ask for a higher limit than more of them do.
        limits += [limit] if limit < min(limits, default=2.0) else []
    return limits[::-1]


def _at_limit(sizes: Sizes, asked: Promise) -> Way:
    size = asked.largest(sizes)
    allowed = int(asked.allowed_of(np.array([size]))[0])
    says = f"{size} prospects at a limit of {asked.limit:.1%}: at most {allowed} bounces, as surely"
    return Way("limit", size, asked.limit, says)


def _expected(sizes: Sizes, asked: Promise) -> Way:
    size = Promise(asked.limit, asked.confidence, "expected", asked.budget).largest(sizes)
    says = f'{size} prospects if {asked.limit:.1%} need only be expected: promise="expected"'
    return Way("expected", size, asked.limit, says)


def _months(sizes: Sizes, asked: Promise) -> list[Way]:
    """Try a budget over a month whose other messages bounce at half the limit; whoever gave one has it already."""
    ways: list[Way] = []
    if asked.budget.sent:
        return ways
    for sent in MONTH:
        bounced = int(asked.limit * sent / 2)
        size = Promise(asked.limit, asked.confidence, "confidence", Budget(sent, bounced)).largest(sizes)
        says = f"{size} prospects beside {sent:,} messages of the month of which {bounced} bounced: outcomes="
        ways.append(Way("month", size, asked.limit, says, sent))
    return ways


def _buying(known: pl.DataFrame, sizes: Sizes, asked: Promise) -> list[Way]:
    """Try the same people several times over, on as many times as many domains."""
    ways = []
    for times in BOUGHT:
        if known.height * times > LONGEST:
            break
        copies = known[np.repeat(np.arange(known.height), times)]
        number = (pl.int_range(pl.len()) % times).cast(pl.String)
        size = asked.largest(Sizes(copies.with_columns(pl.col("domain") + "." + number), sizes.belief))
        says = f"{size} prospects out of {times} times as many of the same mix"
        ways.append(Way("buying", size, asked.limit, says, times))
    return ways


def _trusting(known: pl.DataFrame, sizes: Sizes, asked: Promise) -> list[Way]:
    """Show the trade of size against safety: what taking the vendor at its word would give."""
    if sizes.belief.calibration is not None or sizes.belief.doubt == 1:
        return []
    size = asked.largest(Sizes(known, Belief(None, sizes.belief.domain_share, 1.0)))
    says = f"{size} prospects if the vendor is taken at its word (doubt=1), or learn how far to: op.calibrate"
    return [Way("trust", size, asked.limit, says)]
