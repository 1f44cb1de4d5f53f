"""Whether and when to send a call again: a pure function of what happened.

Stamina and tenacity were read first. Their loops decide by exception class and number of attempts; here the decision
hangs on the operation (does it carry a key?), on whether the request may have arrived, on a delay the server stated,
and on a quota shared by all calls. That decision is the product's money rule, so it is written out and tested as a
table; what a library would have saved is a ``while`` loop.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

RETRY_STATUS: Final = frozenset({429, 500, 502, 503, 504})
TOO_MANY: Final = 429


class Fate(StrEnum):
    """How far a request came."""

    NOT_SENT = "not sent"  # the connection was never made: the server cannot have acted
    LOST = "lost"  # sent, perhaps in part, and no whole answer came back
    UNREADABLE = "unreadable"  # a whole answer came back that cannot be read
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one attempt: its fate, the status if answered, and the delay in seconds the server stated."""

    fate: Fate
    status: int | None = None
    stated_delay: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """At most *tries* attempts; full jitter over ``base * 2**n`` up to *cap*; stated delays up to *max_wait*. Seconds.

    Source of the formula: "full jitter" as the contract's section 8.2 asks, ``random(0, min(cap, base * 2**n))``.
    """

    tries: int = 5
    base: float = 1.0
    cap: float = 60.0
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


def may_have_acted(outcome: Outcome) -> bool:
    """Whether the server may have done what was asked although no good answer came back."""
    if outcome.fate is Fate.ANSWERED:
        return outcome.status is not None and outcome.status >= 500
    return outcome.fate is not Fate.NOT_SENT


def is_worth_repeating(outcome: Outcome, *, repeatable: bool) -> bool:
    """Whether sending again can help and cannot do the same thing twice.

    A 429 and a connection that was never made are safe for every call: the server did not act. Everything else is
    repeated only for calls that are safe to repeat or carry an idempotency key.
    """
    if outcome.fate is Fate.NOT_SENT or outcome.status == TOO_MANY:
        return True
    if outcome.fate is Fate.ANSWERED and outcome.status not in RETRY_STATUS:
        return False
    return repeatable


def delay_before_retry(
    policy: RetryPolicy, outcome: Outcome, *, attempt: int, repeatable: bool, chance: float
) -> float | None:
    """Return the seconds to wait before attempt ``attempt + 1``, or None to give up.

    Args:
        policy: the limits.
        outcome: what became of attempt number *attempt* (from 1).
        attempt: how many attempts were made.
        repeatable: whether the call is safe to repeat.
        chance: a random number in [0, 1), the jitter.
    """
    if attempt >= policy.tries or not is_worth_repeating(outcome, repeatable=repeatable):
        return None
    if outcome.stated_delay is not None:
        return outcome.stated_delay if outcome.stated_delay <= policy.max_wait else None
    return chance * min(policy.cap, policy.base * 2.0 ** (attempt - 1))
