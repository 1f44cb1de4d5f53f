"""The client's clock: real time, also while the computer sleeps, and an end to whatever hangs."""

from __future__ import annotations

import asyncio
import sys
import time

import pytest

from openprospect_nb.transport.clock import Clock, within


class Laptop(Clock):
    """A computer whose lid is closed for eight hours as soon as somebody waits."""

    def __init__(self) -> None:
        self.asleep = 0.0

    def monotonic(self) -> float:
        """Return real seconds, the hours under the lid included."""
        return super().monotonic() + self.asleep

    async def close_the_lid(self) -> None:
        """Sleep for eight hours that the event loop's timers do not see."""
        self.asleep += 8 * 3600.0


async def forever() -> None:
    """Hang."""
    await asyncio.Event().wait()


def test_a_pause_ends_when_the_laptop_wakes_up():
    """A pause of an hour that is slept through is over within a second of waking, not an hour later."""

    async def night():
        laptop = Laptop()
        asyncio.get_running_loop().call_later(0.05, lambda: asyncio.ensure_future(laptop.close_the_lid()))
        await asyncio.wait_for(laptop.sleep(3600), timeout=30)

    asyncio.run(night())


def test_work_that_was_slept_through_is_ended():
    """A request that hung when the lid closed does not get its minute again after the night."""

    async def night():
        laptop = Laptop()
        asyncio.get_running_loop().call_later(0.05, lambda: asyncio.ensure_future(laptop.close_the_lid()))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(within(laptop, 3600, forever()), timeout=30)

    asyncio.run(night())


def test_what_hangs_is_cancelled_and_may_clean_up():
    """Work that is not done in time is cancelled, and its clean-up is waited for."""
    cleaned = []

    async def hang():
        try:
            await forever()
        finally:
            cleaned.append(True)

    async def run():
        with pytest.raises(TimeoutError, match=r"no end within 0\.05 s"):
            await within(Clock(), 0.05, hang())

    asyncio.run(run())
    assert cleaned == [True]


def test_what_ends_in_time_keeps_its_answer_and_its_error():
    """An answer comes back, an error is raised as it was, and no limit is no limit."""

    async def answer():
        return 7

    async def fail():
        raise KeyError("x")

    assert asyncio.run(within(Clock(), 5, answer())) == 7
    assert asyncio.run(within(Clock(), float("inf"), answer())) == 7
    with pytest.raises(KeyError):
        asyncio.run(within(Clock(), 5, fail()))


def test_cancelling_from_outside_reaches_the_work():
    """Whoever cancels the waiting cancels the work, and gets a cancellation."""
    ended = []

    async def hang():
        try:
            await forever()
        except asyncio.CancelledError:
            ended.append(True)
            raise

    async def run():
        waiting = asyncio.ensure_future(within(Clock(), 60, hang()))
        await asyncio.sleep(0.01)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    asyncio.run(run())
    assert ended == [True]


@pytest.mark.skipif(sys.platform != "linux", reason="the clock that counts sleep has this name on Linux alone")
def test_the_seconds_count_what_was_slept():
    """On Linux the clock is the one that goes on in suspend."""
    before = time.clock_gettime(time.CLOCK_BOOTTIME)

    assert before <= Clock().monotonic() <= time.clock_gettime(time.CLOCK_BOOTTIME)
