"""Virtual time: an event loop whose timers cost nothing, for what must happen to the second."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

from openprospect_nb.transport.clock import Clock

T = TypeVar("T")


class _Selector(selectors.SelectSelector):
    """Instead of waiting for a timer it moves the time on."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        """Return at once; the time is then that of the next timer."""
        self.now += max(timeout or 0.0, 0.0)
        return super().select(0)


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._virtual = _Selector()
        super().__init__(self._virtual)

    def time(self) -> float:
        return self._virtual.now


class VirtualClock(Clock):
    """A client's clock that shows the time of the loop it runs on."""

    def monotonic(self) -> float:
        """Return the loop's time."""
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        """Wait in the loop's time."""
        await asyncio.sleep(seconds)


def run_virtually(work: Coroutine[Any, Any, T]) -> T:
    """Run *work*, without threads or sockets, on a loop where every wait is over at once and to the microsecond."""
    with asyncio.Runner(loop_factory=_Loop) as runner:
        return runner.run(work)
