"""Whether and when to send a call again: a pure function of what happened.

Stamina and tenacity were read first. Their loops decide by exception class and number of attempts; here the decision
hangs on the operation (does it carry a key?), on whether the request may have arrived, on a delay the server stated,
and on a quota shared by all calls. That decision is the product's money rule, so it is written out and tested as a
table; what a library would have saved is a ``while`` loop.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import inf
from typing import Final

from openprospect_nb.errors import OpenProspectError
from openprospect_nb.transport.responses import Call
from openprospect_nb.transport.statuses import StatusRule, rule_for

LONGEST_PAUSE: Final = 60.0


class Fate(StrEnum):
    """How far a request came."""

    NOT_SENT = "not sent"  # the connection was never made: the server cannot have acted
    LOST = "lost"  # sent, perhaps in part, and no whole response came back
    UNREADABLE = "unreadable"  # a response came back that is not what was asked
    TOO_LARGE = "too large"  # a response came back that is larger than we take, and will be again
    ASTRAY = "astray"  # the server points to where we do not go, and will again
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptOutcome:
    """What became of one attempt.

    Attributes:
        fate: how far the request came.
        status: the status of the response, if there was one.
        stated_delay: the delay the server stated, in seconds.
        timed_out: whether it ended because the client's own patience did.
    """

    fate: Fate
    status: int | None = None
    stated_delay: float | None = None
    timed_out: bool = False

    @property
    def rule(self) -> StatusRule:
        """What the status means; a lost or unreadable response counts as a connection that closed."""
        return rule_for(self.status if self.fate is Fate.ANSWERED else None)


class Failure(Exception):
    """One attempt that gave nothing: what became of it, and the error to raise if it was the last."""

    def __init__(self, outcome: AttemptOutcome, error: OpenProspectError) -> None:
        self.outcome = outcome
        self.error = error
        super().__init__(str(error))


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """At most *tries* attempts; full jitter over ``base * 2**n`` up to *cap*; stated delays up to *max_wait*. Seconds.

    Of these attempts at most *timeouts* may run into the client's own timeout: a server that was silent twice for a
    whole minute is silent the third time too, and the caller should hear of it.

    Source of the formula: "full jitter" as the contract's section 8.2 asks, ``random(0, min(cap, base * 2**n))``.
    """

    tries: int = 5
    timeouts: int = 2
    base: float = 1.0
    cap: float = LONGEST_PAUSE
    max_wait: float = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitNotice:
    """What is being waited for: seconds, why, for which request, and after which attempt (from 1)."""

    seconds: float
    reason: str
    request: str
    attempt: int


class RetryQuota:
    """A bucket of retries shared by all calls of a client, so that an outage does not multiply traffic.

    A retry costs 5 of *capacity* tokens; a success gives one back. An empty bucket means: fail at the first error.
    """

    def __init__(self, capacity: int = 100) -> None:
        self.capacity = capacity
        self.left = capacity

    def take(self) -> bool:
        """Take the price of one retry, or return False if there is not enough left."""
        if self.left < 5:
            return False
        self.left -= 5
        return True

    def refund(self) -> None:
        """Give one token back after a success."""
        self.left = min(self.capacity, self.left + 1)


def may_have_acted(outcome: AttemptOutcome) -> bool:
    """Whether the server may have done what was asked although no good response came back."""
    return outcome.fate is not Fate.NOT_SENT and outcome.rule.may_have_acted


def proves_nothing_bought(outcome: AttemptOutcome) -> bool:
    """Whether the attempt cannot have bought anything: it never left, or the response is a refusal that proves it."""
    return outcome.fate is Fate.NOT_SENT or (outcome.fate is Fate.ANSWERED and outcome.rule.proves_no_purchase)


def is_worth_repeating(outcome: AttemptOutcome, call: Call) -> bool:
    """Whether sending *call* again can help and cannot do the same thing twice.

    A connection that was never made is safe for every call: the server did not act. For all else the table of statuses
    says which calls may be repeated.
    """
    if outcome.fate in {Fate.NOT_SENT, Fate.TOO_LARGE, Fate.ASTRAY}:
        return outcome.fate is Fate.NOT_SENT
    return outcome.rule.is_worth_repeating(is_keyed=call.is_keyed, is_idempotent=call.is_idempotent)


def delay_before_retry(
    policy: RetryPolicy, outcomes: Sequence[AttemptOutcome], call: Call, *, chance: float, time_left: float = inf
) -> float | None:
    """Return the seconds to wait before the next attempt, or None to give up.

    Args:
        policy: the limits.
        outcomes: what became of the attempts made so far, the last one last.
        call: what was sent.
        chance: a random number in [0, 1), the jitter.
        time_left: seconds until the caller's deadline; a pause that does not end before it is not begun.
    """
    last = outcomes[-1]
    spent = len(outcomes) >= policy.tries or sum(o.timed_out for o in outcomes) >= policy.timeouts
    if spent or not is_worth_repeating(last, call):
        return None
    if last.stated_delay is None:
        pause = chance * min(policy.cap, policy.base * 2.0 ** (len(outcomes) - 1))
    elif last.stated_delay <= policy.max_wait:
        pause = last.stated_delay
    else:
        return None
    return pause if pause < time_left else None
