"""`Pause`: work that waits until nothing has asked for it for a moment, so that it is not in the way of what does."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock, Timer
from typing import Final

SECONDS: Final = 0.3
_LONGEST: Final = 3.0


class Pause:
    """Do *work* once nobody has asked for it for `SECONDS`, on a thread of its own; after 3 seconds in any case."""

    def __init__(self, work: Callable[[], None]) -> None:
        self._work, self._lock = work, Lock()
        self._timer: Timer | None = None
        self._since = 0.0

    def ask(self) -> None:
        """Have the work done soon."""
        with self._lock:
            now = time.monotonic()
            if self._timer is None:
                self._since = now
            else:
                self._timer.cancel()
            self._timer = Timer(min(SECONDS, max(0.0, self._since + _LONGEST - now)), self.now)
            self._timer.daemon = True
            self._timer.start()

    def now(self) -> None:
        """Do the work now if it was asked for and not done yet."""
        with self._lock:
            asked, self._timer = self._timer, None
        if asked is not None:
            asked.cancel()
            self._work()

    def close(self) -> None:
        """Do no more work. Safe to call twice."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
