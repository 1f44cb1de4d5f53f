"""Virtual time: one event loop for each process, all driven by one timeline, one callback at a time.

Nothing here sleeps, starts a thread or reads a clock of this machine: the time moves to whatever is due next.
"""

from __future__ import annotations

import asyncio
import heapq
from collections import deque
from collections.abc import Callable
from contextvars import Context, copy_context
from typing import Any

NEVER = float("inf")


class Handle:
    """One callback that is due, or will be."""

    __slots__ = ("_when", "args", "callback", "context", "is_cancelled")

    def __init__(self, callback: Callable[..., Any], args: tuple[Any, ...], context: Context | None, when: float):
        self.callback = callback
        self.args = args
        self.context = context if context is not None else copy_context()
        self.is_cancelled = False
        self._when = when

    def cancel(self) -> None:
        """Forget the callback."""
        self.is_cancelled = True

    def cancelled(self) -> bool:
        """Whether it was forgotten."""
        return self.is_cancelled

    def when(self) -> float:
        """Return the loop time at which it is due."""
        return self._when


class ProcessLoop(asyncio.AbstractEventLoop):
    """The event loop of one simulated process.

    Its time is what a monotonic clock shows: it stands still while the process is suspended. The pool of threads is
    played by callbacks of its own, so that a cancellation can fall before and after the work, and other processes in
    between.
    """

    def __init__(self, timeline: Timeline, on_error: Callable[[dict[str, Any]], None]) -> None:
        self._timeline = timeline
        self._on_error = on_error
        self._ready: deque[Handle] = deque()
        self._timers: list[tuple[float, int, Handle]] = []
        self.lost = 0.0
        self.frozen_until = 0.0
        self.tasks: list[asyncio.Task[Any]] = []
        self.refuse_work: Callable[[], None] = lambda: None

    def time(self) -> float:
        """Return seconds that stand still while the process is suspended."""
        return self._timeline.now - self.lost

    def due(self) -> float:
        """Return the time of the timeline at which this loop has something to do, or NEVER."""
        if self._ready:
            return max(self._timeline.now, self.frozen_until)
        while self._timers and self._timers[0][2].is_cancelled:
            heapq.heappop(self._timers)
        return max(self._timers[0][0] + self.lost, self.frozen_until) if self._timers else NEVER

    def turn(self) -> None:
        """Run the one callback that is due."""
        # The sum of `due`: by a difference a timer that was due could be found not to be, turn after turn.
        while self._timers and self._timers[0][0] + self.lost <= self._timeline.now:
            self._ready.append(heapq.heappop(self._timers)[2])
        if not self._ready:
            return
        handle = self._ready.popleft()
        if handle.is_cancelled:
            return
        outer = asyncio._get_running_loop()
        asyncio._set_running_loop(self)
        try:
            handle.context.run(handle.callback, *handle.args)
        finally:
            asyncio._set_running_loop(outer)

    def suspend(self, seconds: float) -> None:
        """Let the process stand still, as a closed laptop does; its monotonic clock stands still with it."""
        self.frozen_until = max(self.frozen_until, self._timeline.now) + seconds
        self.lost += seconds

    def abandon(self) -> None:
        """Cancel every task and run what is ready, without letting time pass; for a process that was killed."""
        for task in self.tasks:
            task.cancel()
        for _ in range(10_000):
            if not self._ready:
                break
            self.turn()

    # What asyncio asks of a loop.

    def call_soon(self, callback: Callable[..., Any], *args: Any, context: Context | None = None) -> Any:
        """Run *callback* next."""
        handle = Handle(callback, args, context, self.time())
        self._ready.append(handle)
        return handle

    def call_at(self, when: float, callback: Callable[..., Any], *args: Any, context: Context | None = None) -> Any:
        """Run *callback* at a time of this loop."""
        handle = Handle(callback, args, context, when)
        heapq.heappush(self._timers, (when, self._timeline.number(), handle))
        return handle

    def call_later(self, delay: float, callback: Callable[..., Any], *args: Any, context: Context | None = None) -> Any:
        """Run *callback* in *delay* seconds."""
        return self.call_at(self.time() + delay, callback, *args, context=context)

    def create_future(self) -> asyncio.Future[Any]:
        """Return a future of this loop."""
        return asyncio.Future(loop=self)

    def create_task(self, coro: Any, **options: Any) -> Any:
        """Start a coroutine."""
        options.pop("eager_start", None)
        task = asyncio.Task(coro, loop=self, **options)
        self.tasks = [*(t for t in self.tasks if not t.done()), task]
        return task

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> Any:
        """Run *func* as a pool's thread would: begun a turn later, its result known another turn later."""
        self.refuse_work()
        future = self.create_future()
        self.call_soon(self._work, future, func, args)
        return future

    def _work(self, future: asyncio.Future[Any], func: Callable[..., Any], args: tuple[Any, ...]) -> None:
        if future.cancelled():
            return
        try:
            self.refuse_work()
            result = func(*args)
        except BaseException as error:  # noqa: BLE001 - whatever the work raised is its caller's
            self.call_soon(self._settle, future, None, error)
        else:
            self.call_soon(self._settle, future, result, None)

    @staticmethod
    def _settle(future: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
        if future.done():
            return
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Hand an error that nobody caught to the world."""
        self._on_error(context)

    def get_debug(self) -> bool:
        """Return False: asyncio's own checks are not wanted here."""
        return False

    def is_running(self) -> bool:
        """Return True: the timeline runs it."""
        return True

    def is_closed(self) -> bool:
        """Return False: it ends with its process."""
        return False


class Timeline:
    """The time of a world, its own events, and the loops of its processes.

    Args:
        choose: given a number of loops that are all due, which of them goes first.
    """

    def __init__(self, choose: Callable[[int], int]) -> None:
        self.now = 0.0
        self.turns = 0
        self.loops: list[ProcessLoop] = []
        self._choose = choose
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = 0

    def number(self) -> int:
        """Return a number that grows, so that what is due at one time keeps its order."""
        self._numbers += 1
        return self._numbers

    def after(self, seconds: float, event: Callable[[], None]) -> None:
        """Have *event* happen in *seconds*, whoever lives then."""
        heapq.heappush(self._events, (self.now + seconds, self.number(), event))

    def run(self, *, until: float, is_done: Callable[[], bool] = lambda: False, most: int = 1_000_000) -> bool:
        """Let time pass up to *until*, or until *is_done*; False if that took more than *most* turns."""
        turns = 0
        while not is_done():
            due = min((loop.due() for loop in self.loops), default=NEVER)
            event = self._events[0][0] if self._events else NEVER
            if min(due, event) > until:
                self.now = max(self.now, until) if until < NEVER else self.now
                return True
            self.now = max(self.now, min(due, event))
            if event <= self.now:
                heapq.heappop(self._events)[2]()
            else:
                self._turn()
            turns += 1
            self.turns += 1
            if turns >= most:
                return False
        return True

    def _turn(self) -> None:
        ready = [loop for loop in self.loops if loop.due() <= self.now]
        loop = ready[self._choose(len(ready))] if len(ready) > 1 else ready[0]
        loop.turn()
