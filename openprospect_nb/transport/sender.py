"""`Sender`: a call goes in, what its answer says comes out, or one error of the tree; paced, and repeated if safe."""

from __future__ import annotations

import asyncio
import logging
import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from openprospect_nb.errors import ConnectionFailed, ContractError, OpenProspectError
from openprospect_nb.transport.answers import Answer, Call, error_from, requests_left, retry_after
from openprospect_nb.transport.retry import (
    Fate,
    Outcome,
    RetryPolicy,
    RetryQuota,
    WaitNotice,
    delay_before_retry,
    may_have_acted,
)
from openprospect_nb.transport.wire import AttemptFailed, Wire

log = logging.getLogger(__name__)
T = TypeVar("T")
Read = Callable[[Answer], T]


class Clock:
    """The time and the waiting a client does; tests hand in another."""

    def now(self) -> datetime:
        """Return the current time, UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds that never run backwards."""
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)

    def chance(self) -> float:
        """Return a random number in [0, 1)."""
        return random.random()  # noqa: S311 - jitter, not a secret

    def token(self) -> str:
        """Return a new UUID4: an idempotency key, or the name of one call."""
        return str(uuid.uuid4())


class Failure(Exception):
    """One attempt that gave nothing: what became of it, and the error to raise if it was the last."""

    def __init__(self, outcome: Outcome, error: OpenProspectError) -> None:
        self.outcome = outcome
        self.error = error
        super().__init__(str(error))


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """Requests made so far, those the server says are left (None if it does not say), and the wait going on, if any."""

    sent: int
    left: int | None
    waiting: WaitNotice | None


@dataclass(slots=True)
class Attempts:
    """What became of one call's attempts; *lost* counts those the server may have acted on without our knowing."""

    lost: int = 0


class Sender:
    """Sends calls, at most *concurrency* at a time, repeating what is safe to repeat.

    A stated Retry-After pauses every call of this sender, not only the one that was told.

    Attributes:
        on_wait: called with a `WaitNotice` before each wait, so that a face can show it.
        requests_sent: attempts made so far, retries included.
    """

    def __init__(self, wire: Wire, policy: RetryPolicy, *, clock: Clock | None = None, concurrency: int = 8) -> None:
        self._wire = wire
        self._policy = policy
        self.clock = clock or Clock()
        self._slots = asyncio.Semaphore(concurrency)
        self._quota = RetryQuota()
        self._closed_until = 0.0
        self.on_wait: Callable[[WaitNotice], None] | None = None
        self.requests_sent = 0
        self._left: int | None = None
        self._waiting: WaitNotice | None = None

    @property
    def traffic(self) -> Traffic:
        """How much was asked, how much is left, and what is being waited for now."""
        return Traffic(sent=self.requests_sent, left=self._left, waiting=self._waiting)

    async def send(self, call: Call, read: Read[T], attempts: Attempts | None = None) -> T:
        """Return what *read* makes of the 2xx answer to *call*.

        *read* raises ContractError for an answer it cannot read, which counts as a failed attempt. *attempts*, if
        given, is filled in as attempts are made.

        Raises:
            OpenProspectError: the class the answer's status means; ConnectionFailed without an answer.
        """
        attempt = 0
        while True:
            attempt += 1
            try:
                value = await self._attempt(call, read)
            except Failure as failure:
                if attempts is not None:
                    attempts.lost += may_have_acted(failure.outcome)
                await self._wait_or_raise(call, failure, attempt)
            else:
                self._quota.refund()
                return value

    async def aclose(self) -> None:
        """Close the connections."""
        await self._wire.aclose()

    async def _attempt(self, call: Call, read: Read[T]) -> T:
        try:
            async with self._slots:
                await self._wait_until_open()
                self.requests_sent += 1
                answer = await self._wire.attempt(call)
                stated = requests_left(answer)
                self._left = self._left if stated is None else stated
        except AttemptFailed as failure:
            error = ConnectionFailed(f"no usable answer ({failure.reason}).", request=call.name)
            raise Failure(Outcome(fate=failure.fate), error) from failure
        if not answer.ok:
            now = self.clock.now()
            outcome = Outcome(fate=Fate.ANSWERED, status=answer.status, stated_delay=retry_after(answer, now))
            raise Failure(outcome, error_from(answer, now))
        try:
            return read(answer)
        except ContractError as error:
            # A cut-off JSON text is worth another try; a web page will be the same web page again.
            if not answer.body.lstrip().startswith((b"{", b"[")):
                raise
            raise Failure(Outcome(fate=Fate.UNREADABLE), error) from error

    async def _wait_or_raise(self, call: Call, failure: Failure, attempt: int) -> None:
        chance = self.clock.chance()
        wait = delay_before_retry(
            self._policy, failure.outcome, attempt=attempt, repeatable=call.is_repeatable, chance=chance
        )
        if wait is None or not self._quota.take():
            raise failure.error from failure.__cause__
        if failure.outcome.stated_delay is not None:
            self._closed_until = max(self._closed_until, self.clock.monotonic() + wait)
        notice = WaitNotice(seconds=wait, reason=failure.error.message, request=call.name, attempt=attempt)
        log.info("waiting %.1f s before repeating %s: %s", notice.seconds, notice.request, notice.reason)
        if self.on_wait is not None:
            self.on_wait(notice)
        self._waiting = notice
        try:
            await self.clock.sleep(wait)
        finally:
            self._waiting = None

    async def _wait_until_open(self) -> None:
        while (left := self._closed_until - self.clock.monotonic()) > 0:
            await self.clock.sleep(left)
