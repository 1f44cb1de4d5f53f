"""Wait for something at the vendor: when to poll again, what ends a wait, and the one loop that does it.

A wait ends by its answer, by its deadline, by 401 or 403, or by a 404 that lasts. Whatever else comes, an hour without
network or a night of web pages in place of responses, is an outage: it is sat out and shown. The deadline is in seconds
of real time: hours that the computer slept count, and somebody who sets its clock changes nothing.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import inf, isnan
from typing import TYPE_CHECKING, Final, TypeVar

from openprospect_nb.errors import (
    AuthenticationError,
    ConfigurationError,
    ConnectionFailed,
    ContractError,
    NotFoundError,
    OpenProspectError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
    WaitTimeout,
)
from openprospect_nb.markup.text import clean
from openprospect_nb.transport.clock import Clock, within

if TYPE_CHECKING:
    from openprospect_nb.api._resource import Context
    from openprospect_nb.transport import Sender

log = logging.getLogger(__name__)
T = TypeVar("T")
HOUR: Final = 3600.0
# The free tier has 100 requests an hour (contract 2.4). Forty are spent as the cadence asks; from then on requests keep
# 90 s between them, so that waiting takes at most about 80 in any hour and leaves some for results.
UNPACED_REQUESTS: Final = 40
PACED_SECONDS: Final = 90.0
# A poll that failed is made again soon, for most outages are short, and then ever later.
FIRST_RETRY_SECONDS: Final = 5.0
MOST_RETRY_SECONDS: Final = 60.0
# One 404 is a server that was restarted, or a copy of its data that lags behind; three over some minutes are the truth.
LASTING_POLLS: Final = 3
LASTING_SECONDS: Final = 180.0
# More than this is for ever, and a whole number may be larger than any float.
FOREVER_SECONDS: Final = 1e15
# A server that asks for a pause of years means something else: once a day costs nobody anything.
MOST_STATED_SECONDS: Final = 24 * HOUR
# The longest one poll may take: a response that drips in never runs into a timeout of its own.
POLL_SECONDS: Final = 180.0
# The last poll begins at the deadline and has this long, so that a wait is never a second late.
GRACE_SECONDS: Final = 0.75
# Somebody who sees no progress line is warned once an outage lasts, and once only.
POLLS_BEFORE_WARNING: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadence:
    """Seconds between polls: *first*, then each *factor* times the last, up to *most*."""

    first: float
    factor: float
    most: float

    def interval(self, polls: int) -> float:
        """Return the seconds before the next poll after so many, from 1."""
        # 64 doublings are past any *most*, and a larger power would not be a float any more.
        return float(min(self.most, self.first * self.factor ** min(polls - 1, 64)))


# Contract 2.4 and 5.2: the vendor's samples poll every 60 s; growing keeps a day's watching inside the free tier.
ORDER_CADENCE: Final = Cadence(first=60.0, factor=1.5, most=300.0)
PROFILE_CADENCE: Final = Cadence(first=2.0, factor=1.5, most=30.0)
PROFILE_TIMEOUT: Final = 15 * 60.0


def cadence_or(override: float | None, adaptive: Cadence) -> Cadence:
    """Return the adaptive cadence, or a steady one where the caller set the interval."""
    return adaptive if override is None else Cadence(first=override, factor=1.0, most=override)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitTerms:
    """What a wait was asked for.

    Attributes:
        cadence: how often to poll while all is well.
        timeout: seconds after which it gives up; infinite if it never does.
        is_paced: whether it must stay inside the free tier; a caller who set the interval knows what the key may do.
    """

    cadence: Cadence
    timeout: float = inf
    is_paced: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What a wait has been through; moments are of ``clock.monotonic()``.

    Attributes:
        began: when it began.
        answered: polls that brought a usable response.
        failed: polls in a row that brought none.
        failing_since: when the first of these failed.
        missing: 404s since the last usable response; what else failed in between says nothing about them.
        missing_since: when the first of these came.
        cost: requests that the last poll took.
        spent: requests that the client made in the last hour, whatever for.
    """

    began: float
    answered: int = 0
    failed: int = 0
    failing_since: float | None = None
    missing: int = 0
    missing_since: float | None = None
    cost: int = 1
    spent: int = 0

    def after(self, outcome: OpenProspectError | None, now: float, *, cost: int = 1, spent: int = 0) -> History:
        """Return the history after a poll that ended *now*, well (None) or with an error."""
        if outcome is None:
            return History(began=self.began, answered=self.answered + 1, cost=cost, spent=spent)
        failing_since = now if self.failing_since is None else self.failing_since
        went_on = replace(self, failed=self.failed + 1, failing_since=failing_since, cost=cost, spent=spent)
        if not isinstance(outcome, NotFoundError):
            return went_on
        missing_since = now if self.missing_since is None else self.missing_since
        return replace(went_on, missing=self.missing + 1, missing_since=missing_since)


def next_pause(outcome: OpenProspectError | None, history: History, now: float, terms: WaitTerms) -> float:
    """Return the seconds until the next poll; this is the whole decision about a wait.

    Args:
        outcome: how the last poll ended: None if it was answered and there is no result yet, else its error.
        history: what the wait has been through, this poll included.
        now: the current moment.
        terms: what was asked for.

    Raises:
        OpenProspectError: *outcome*, if no further poll can help.
        WaitTimeout: the deadline is over; the caller adds what is still pending.
    """
    if outcome is not None and _ends_the_wait(outcome, history, now):
        raise outcome
    left = history.began + terms.timeout - now
    if left <= 0:
        trouble = "" if outcome is None else f" The last poll failed: {clean(outcome.message, 200)}"
        raise WaitTimeout(f"still running after {terms.timeout:g} s.{trouble}") from outcome
    pause = terms.cadence.interval(history.answered) if outcome is None else _retry_pause(outcome, history, terms)
    if terms.is_paced and history.spent >= UNPACED_REQUESTS:
        pause = max(pause, PACED_SECONDS * history.cost)
    return min(pause, left)


def _ends_the_wait(outcome: OpenProspectError, history: History, now: float) -> bool:
    if isinstance(outcome, NotFoundError):
        lasted = now - (now if history.missing_since is None else history.missing_since)
        return history.missing >= LASTING_POLLS and lasted >= LASTING_SECONDS
    return isinstance(outcome, AuthenticationError | PermissionDeniedError | ConfigurationError)


def _retry_pause(outcome: OpenProspectError, history: History, terms: WaitTerms) -> float:
    # An interval of 0 s must not become a loop that never breathes.
    first = min(FIRST_RETRY_SECONDS, max(0.05, terms.cadence.first))
    most = max(MOST_RETRY_SECONDS, terms.cadence.first)
    pause = Cadence(first=first, factor=2.0, most=most).interval(history.failed)
    stated = outcome.retry_after if isinstance(outcome, RateLimitError | ServerError) else None
    return pause if stated is None else max(pause, min(stated, MOST_STATED_SECONDS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """One poll that brought no end: for showing.

    Attributes:
        elapsed: seconds waited so far.
        next_in: seconds until the next poll.
        problem: why the poll failed; None if it did not.
        since: when polls began to fail; None if this one did not.
    """

    elapsed: float
    next_in: float
    problem: OpenProspectError | None = None
    since: datetime | None = None

    @property
    def words(self) -> str:
        """What is going on, since when, and what comes next, on one line without anything hidden."""
        following = f"next poll in {duration(self.next_in)}"
        if self.problem is None or self.since is None:
            return f"{duration(self.elapsed)}, {following}"
        why = clean(self.problem.message.rstrip("."), 80)
        status = f"{self.problem.status} " if self.problem.status else ""
        return f"no usable response since {self.since.astimezone():%H:%M} ({status}{why}), {following}"


def duration(seconds: float) -> str:
    """Return a span in words: ``1 s`` (for what is shorter, too), ``45 s``, ``12 min``, ``9 h 12 min``."""
    if seconds < 120:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"


def seconds_of(timeout: float | None) -> float:
    """Return a timeout as seconds; None is no end.

    Raises:
        ConfigurationError: it is no number.
    """
    if timeout is None:
        return inf
    is_number = isinstance(timeout, int | float) and not isinstance(timeout, bool)
    if not is_number or (isinstance(timeout, float) and isnan(timeout)):
        raise ConfigurationError(f"timeout={timeout!r} is not a number of seconds.", next_step="Give seconds, or None.")
    return inf if timeout > FOREVER_SECONDS else float(timeout)


async def poll(
    context: Context,
    ask: Callable[[], Awaitable[T | None]],
    *,
    cadence: Cadence,
    timeout: float | None = None,  # noqa: ASYNC109 - kept by next_pause, which asyncio.timeout could not
    show: Callable[[Tick], None] = lambda _: None,
) -> T:
    """Call *ask* until it returns something; never sleep after the last poll, never past the deadline.

    Args:
        context: clock, settings and requests made so far.
        ask: makes one poll, each request of it once (``repeat=False``): this loop repeats.
        cadence: how often, unless the settings say otherwise.
        timeout: seconds; None waits as long as it takes.
        show: called after each poll that brought no end.

    Raises:
        WaitTimeout: the time was up, at most a second ago; the caller adds what is still pending.
        AuthenticationError, PermissionDeniedError: no further poll would be answered.
        NotFoundError: three polls or more, over some minutes, found nothing.
        ConfigurationError: the client was closed, or *timeout* is no number.
    """
    interval = context.settings.poll_interval
    terms = WaitTerms(cadence=cadence_or(interval, cadence), timeout=seconds_of(timeout), is_paced=interval is None)
    return await context.waits.unless_closed(lambda: _poll(context.sender, ask, terms, show))


async def _poll(
    sender: Sender, ask: Callable[[], Awaitable[T | None]], terms: WaitTerms, show: Callable[[Tick], None]
) -> T:
    clock = sender.clock
    history = History(began=clock.monotonic())
    while True:
        before, left = sender.requests_sent, history.began + terms.timeout - clock.monotonic()
        answer, problem = await _outcome(ask, clock, min(POLL_SECONDS, left + GRACE_SECONDS))
        if answer is not None:
            return answer
        now, spent = clock.monotonic(), sender.sent_within(HOUR)
        history = history.after(problem, now, cost=sender.requests_sent - before, spent=spent)
        pause = next_pause(problem, history, now, terms)
        show(_tick(problem, history, now, pause, clock))
        await clock.sleep(pause)


async def _outcome(
    ask: Callable[[], Awaitable[T | None]], clock: Clock, seconds: float
) -> tuple[T | None, OpenProspectError | None]:
    """Return what one poll gave, or the error it ended with."""
    try:
        return await within(clock, seconds, ask()), None
    except OpenProspectError as error:
        return None, error
    except TimeoutError as error:
        return None, ConnectionFailed(f"{error}.")
    except Exception as error:
        # An order of yesterday must not be lost sight of because a response broke us in a way nobody thought of.
        # At the end of the program it breaks for want of threads; who waits is told by the portal.
        if threading.main_thread().is_alive():
            log.warning("a poll broke and is made again", exc_info=True)
        return None, ContractError(f"the response could not be read ({type(error).__name__}: {error}).")


def _tick(problem: OpenProspectError | None, history: History, now: float, pause: float, clock: Clock) -> Tick:
    elapsed = now - history.began
    if problem is None or history.failing_since is None:
        return Tick(elapsed=elapsed, next_in=pause)
    since = clock.now() - timedelta(seconds=now - history.failing_since)
    tick = Tick(elapsed=elapsed, next_in=pause, problem=problem, since=since)
    log.log(logging.WARNING if history.failed == POLLS_BEFORE_WARNING else logging.INFO, "waiting: %s", tick.words)
    return tick
