"""`Clock`: the time, the waiting and the chance of a client, all in one place, so that a test can hand in another."""

from __future__ import annotations

import asyncio
import random
import time
import uuid
from collections.abc import Awaitable
from datetime import UTC, datetime
from math import inf
from typing import Final, TypeVar

T = TypeVar("T")
# The event loop's own timers stand still while a laptop sleeps. Counted in slices, a pause ends within one slice of
# waking up, however long was slept.
SLICE_SECONDS: Final = 1.0
# Except on Windows, time.monotonic() leaves out the hours a computer slept; another clock counts them.
_REAL_TIME: Final[int | None] = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None))


class Clock:
    """The time and the waiting a client does; tests hand in another."""

    def now(self) -> datetime:
        """Return the current time, UTC; it jumps when somebody sets the computer's clock."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds of real time that never run backwards and go on while the computer sleeps."""
        return time.monotonic() if _REAL_TIME is None else time.clock_gettime(_REAL_TIME)

    async def sleep(self, seconds: float) -> None:
        """Wait until so many seconds of real time are over; after a night in a bag that is at once."""
        end = self.monotonic() + seconds
        await asyncio.sleep(min(seconds, SLICE_SECONDS))
        while (left := end - self.monotonic()) > 0:  # noqa: ASYNC110 - no event tells that a computer woke up
            await asyncio.sleep(min(left, SLICE_SECONDS))

    def chance(self) -> float:
        """Return a random number in [0, 1)."""
        return random.random()  # noqa: S311 - jitter, not a secret

    def token(self) -> str:
        """Return a new UUID4: an idempotency key, or the name of one call."""
        return str(uuid.uuid4())


async def within(clock: Clock, seconds: float, work: Awaitable[T]) -> T:
    """Return what *work* gives; cancel it once *seconds* are over, whatever it hangs on.

    Unlike ``asyncio.timeout`` it counts the time a computer slept.

    Raises:
        TimeoutError: the time was up first.
    """
    end = clock.monotonic() + seconds
    task = asyncio.ensure_future(work)
    try:
        while not task.done() and (left := end - clock.monotonic()) > 0:
            await asyncio.wait({task}, timeout=None if left == inf else min(left, SLICE_SECONDS))
        if not task.done():
            raise TimeoutError(f"no end within {seconds:g} s")
        return task.result()
    finally:
        await cancelled(task)


async def cancelled(task: asyncio.Future[T]) -> None:
    """Cancel *task*, unless it is done, and wait until it has cleaned up; how it ended does not matter any more."""
    task.cancel()
    await asyncio.wait({task})
    if not task.cancelled():
        task.exception()  # seen, or asyncio would log that nobody looked
