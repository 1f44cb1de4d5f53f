"""A client's clock that a test reads and that never really sleeps."""

from __future__ import annotations

import asyncio
import selectors
import uuid
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from openprospect_nb.transport.clock import Clock

T = TypeVar("T")


class TestClock:
    """Sleeping moves the time and is written down; chance is what the test says."""

    __test__ = False

    def __init__(self, chance: float = 1.0, start: datetime = datetime(2026, 1, 5, 8, tzinfo=UTC)) -> None:
        self.slept: list[float] = []
        self._now = start
        self._seconds = 0.0
        self._chance = chance

    def now(self) -> datetime:
        """Return the test's time."""
        return self._now

    def monotonic(self) -> float:
        """Return the test's seconds."""
        return self._seconds

    async def sleep(self, seconds: float) -> None:
        """Move the time at once."""
        self.slept.append(seconds)
        self._seconds += seconds
        self._now += timedelta(seconds=seconds)

    def chance(self) -> float:
        """Return the test's chance."""
        return self._chance

    def token(self) -> str:
        """Return a new UUID4."""
        return str(uuid.uuid4())


class JumpingLoop(asyncio.SelectorEventLoop):
    """An event loop whose time jumps to the next timer as soon as nothing else is to do; for work without sockets."""

    def __init__(self) -> None:
        self.seconds = 0.0
        super().__init__(JumpingSelector(self))

    def time(self) -> float:
        """Return the loop's own seconds."""
        return self.seconds


class JumpingSelector(selectors.SelectSelector):
    """Waits for nothing: the time that would have been waited is over."""

    def __init__(self, loop: JumpingLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[Any]:
        """Return what is ready now; if nothing is, move the time."""
        ready = super().select(0)
        if not ready:
            assert timeout is not None, "everything waits for something that never comes"
            self._loop.seconds += timeout
        return ready


def run_at_once(coroutine: Coroutine[Any, Any, T]) -> tuple[T, float]:
    """Run *coroutine* on a `JumpingLoop`, and return its result and the seconds it would have taken."""
    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        result = runner.run(coroutine)
        return result, runner.get_loop().time()


class MovedClock(Clock):
    """The real clock, but that no retry waits, and that a test moves what it takes for the time."""

    def __init__(self) -> None:
        self.offset = timedelta()

    def now(self) -> datetime:
        """Return the time, moved."""
        return super().now() + self.offset

    def chance(self) -> float:
        """Return a jitter of nothing."""
        return 0.0
