"""`Sender`: a call goes in, what its response says comes out, or one error of the tree; paced, and repeated if safe."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from math import inf
from typing import TypeVar

from openprospect_nb.errors import ConnectionFailed, NotFoundError, OpenProspectError, RateLimitError
from openprospect_nb.transport.clock import Clock
from openprospect_nb.transport.responses import Call, Response, error_from, requests_left, retry_after, unreadable
from openprospect_nb.transport.retry import (
    AttemptOutcome,
    Failure,
    Fate,
    RetryPolicy,
    RetryQuota,
    WaitNotice,
    delay_before_retry,
    may_have_acted,
    proves_nothing_bought,
)
from openprospect_nb.transport.wire import Wire

log = logging.getLogger(__name__)
T = TypeVar("T")
REMEMBERED_REQUESTS = 1_000
CONCURRENCY = 8
Read = Callable[[Response], T]


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """Requests made so far, those the server says are left (None if it does not say), and the wait going on, if any."""

    sent: int
    left: int | None
    waiting: WaitNotice | None


@dataclass(slots=True)
class Attempts:
    """What became of one call's attempts.

    Attributes:
        lost: how many the server may have acted on without our knowing.
        unproven: how many may have reached it without a response that proves that nothing was bought; a purchase that
            had one of these cannot be called refused.
    """

    lost: int = 0
    unproven: int = 0


class Sender:
    """Sends calls, at most `CONCURRENCY` at a time, repeating what is safe to repeat.

    A stated Retry-After pauses every call of this sender, not only the one that was told.

    Attributes:
        on_wait: called with a `WaitNotice` before each wait, so that it can be shown.
        requests_sent: attempts made so far, retries included.
    """

    def __init__(
        self, wire: Wire, policy: RetryPolicy, *, clock: Clock | None = None, is_sandbox: bool = False
    ) -> None:
        self._wire = wire
        self._is_sandbox = is_sandbox
        self._policy = policy
        self.clock = clock or Clock()
        self._slots = asyncio.Semaphore(CONCURRENCY)
        self._quota = RetryQuota()
        self._closed_until = 0.0
        self.on_wait: Callable[[WaitNotice], None] | None = None
        self.requests_sent = 0
        self._sent_at: deque[float] = deque(maxlen=REMEMBERED_REQUESTS)
        self._left: int | None = None
        self._waiting: WaitNotice | None = None

    @property
    def traffic(self) -> Traffic:
        """How much was asked, how much is left, and what is being waited for now."""
        return Traffic(sent=self.requests_sent, left=self._left, waiting=self._waiting)

    async def send(
        self,
        call: Call,
        read: Read[T],
        attempts: Attempts | None = None,
        *,
        deadline: float | None = None,
        repeat: bool = True,
    ) -> T:
        """Return what *read* makes of the 2xx response to *call*.

        Args:
            call: what to ask.
            read: raises ContractError for a response that is not what was asked, which counts as a failed attempt.
            attempts: filled in as attempts are made.
            deadline: a moment of ``clock.monotonic()``. No attempt and no pause goes past it; the last error is raised
                instead, so that a caller can be on time.
            repeat: False makes one attempt, for a caller who repeats by a cadence of its own.

        Raises:
            OpenProspectError: the class the response's status means; ConnectionFailed without a response.
        """
        outcomes: list[AttemptOutcome] = []
        while True:
            if attempts is not None:
                # Until a response proves the contrary: an attempt may also end in an error that nobody foresaw.
                attempts.unproven += 1
            try:
                value = await self._attempt(call, read, deadline)
            except Failure as failed:
                failure = failed
            else:
                self._quota.refund()
                return value
            outcomes.append(failure.outcome)
            if attempts is not None:
                attempts.lost += may_have_acted(failure.outcome)
                attempts.unproven -= proves_nothing_bought(failure.outcome)
            if not repeat:
                raise failure.error
            await self._wait_or_raise(call, failure, outcomes, deadline)

    async def once(self, call: Call, *, deadline: float) -> Response:
        """Return whatever comes back for *call*, refusals too, after one attempt and by *deadline*.

        Raises:
            OpenProspectError: nothing came back, or nothing that can be read.
        """
        try:
            async with self._turn(call, deadline):
                return await self._one(call, deadline)
        except Failure as failed:
            error = failed.error
        raise error

    def sent_within(self, seconds: float) -> int:
        """Return how many of the last thousand attempts were made in the last *seconds*."""
        start = self.clock.monotonic() - seconds
        return sum(1 for moment in self._sent_at if moment > start)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._wire.aclose()

    async def _attempt(self, call: Call, read: Read[T], deadline: float | None) -> T:
        async with self._turn(call, deadline):
            response = await self._one(call, deadline)
        if not response.ok:
            now = self.clock.now()
            outcome = AttemptOutcome(
                fate=Fate.ANSWERED, status=response.status, stated_delay=retry_after(response, now)
            )
            raise Failure(outcome, self._refused(error_from(response, now)))
        try:
            return read(response)
        except OpenProspectError as error:
            # A model knows neither which request nor which status it is read from.
            error.request, error.status = error.request or call.name, error.status or response.status
            problem = error
        except Exception as error:  # noqa: BLE001 - what a server sends must not raise anything of Python's own
            problem = unreadable(response, error)
        raise Failure(AttemptOutcome(fate=Fate.UNREADABLE, status=response.status), problem)

    def _refused(self, error: OpenProspectError) -> OpenProspectError:
        """Return the error; a sandbox has no organisations whose key might be the wrong one."""
        if self._is_sandbox and isinstance(error, NotFoundError) and error.next_step == error.default_next_step:
            error.next_step = error.sandbox_next_step
        return error

    async def _one(self, call: Call, deadline: float | None) -> Response:
        self.requests_sent += 1
        self._sent_at.append(self.clock.monotonic())
        response = await self._wire.attempt(call, within=self._time_left(deadline))
        stated = requests_left(response)
        self._left = self._left if stated is None else stated
        return response

    async def _wait_or_raise(
        self, call: Call, failure: Failure, outcomes: Sequence[AttemptOutcome], deadline: float | None
    ) -> None:
        chance, time_left = self.clock.chance(), self._time_left(deadline)
        wait = delay_before_retry(self._policy, outcomes, call, chance=chance, time_left=time_left)
        if wait is None or not self._quota.take():
            raise failure.error
        if failure.outcome.stated_delay is not None:
            self._closed_until = max(self._closed_until, self.clock.monotonic() + wait)
        notice = WaitNotice(seconds=wait, reason=failure.error.message, request=call.name, attempt=len(outcomes))
        log.info("waiting %.1f s before repeating %s: %s", notice.seconds, notice.request, notice.reason)
        if self.on_wait is not None:
            self.on_wait(notice)
        self._waiting = notice
        try:
            await self.clock.sleep(notice.seconds)
        finally:
            self._waiting = None

    @asynccontextmanager
    async def _turn(self, call: Call, deadline: float | None) -> AsyncIterator[None]:
        """Hold one of the places for requests, once the server's pause is over; neither is waited for too long."""
        try:
            async with asyncio.timeout(None if deadline is None else self._time_left(deadline)):
                await self._slots.acquire()
        except TimeoutError:
            raise ConnectionFailed("other requests took all the time until the deadline.", request=call.name) from None
        try:
            while (pause := self._closed_until - self.clock.monotonic()) > 0:
                if pause >= self._time_left(deadline):
                    message = f"the server asked for a pause of {pause:.0f} s, which goes past the deadline."
                    raise RateLimitError(message, retry_after=pause, request=call.name)
                await self.clock.sleep(pause)
            if self._time_left(deadline) <= 0:
                raise ConnectionFailed("the deadline was over before the request was sent.", request=call.name)
            yield
        finally:
            self._slots.release()

    def _time_left(self, deadline: float | None) -> float:
        return inf if deadline is None else deadline - self.clock.monotonic()
