"""A client's clock that a test reads and that never really sleeps."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta


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
