"""`Portal`: one event loop in one daemon thread, on which the synchronous face runs the asynchronous core.

No kernel is patched: a cell's own loop is left alone, so queued cells and widget messages survive (see the README's
section on notebooks). An interrupt cancels the coroutine and returns at once.
"""

from __future__ import annotations

import asyncio
import os
import threading
import weakref
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from concurrent.futures import CancelledError, Future
from typing import Any, TypeVar

from openprospect_nb.errors import ConfigurationError

T = TypeVar("T")


class Portal:
    """Runs coroutines on a private loop; usable from any thread but its own, and only in the process that made it."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._pid = os.getpid()
        self._at_end: list[Callable[[], Awaitable[None]]] = []
        arguments = (self._loop, self._at_end)
        self._thread = threading.Thread(target=_serve, args=arguments, name="openprospect-io", daemon=True)
        self._thread.start()
        # Tied to the portal, which every handle of a client holds: `connect().orders.list()` keeps working although
        # nobody holds the client, and a client that nobody uses any more leaves no thread behind.
        self._end = weakref.finalize(self, _stop, self._loop, self._thread, self._pid)

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run *coroutine* and return its result; whatever interrupts the caller cancels it.

        Raises:
            ConfigurationError: called from the loop's own thread, after ``close()``, or in a forked child.
        """
        self._refuse(coroutine, self._problem() or self._own_thread_problem())
        future = self.submit(coroutine)
        try:
            return future.result()
        except CancelledError:
            raise
        except BaseException:
            future.cancel()
            raise

    def submit(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        """Start *coroutine* and return at once; from any thread, the loop's own included."""
        self._refuse(coroutine, self._problem())
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    def at_end(self, closer: Callable[[], Awaitable[None]]) -> None:
        """Have *closer* run on the loop before it stops, however it comes to stop; it must not hold the portal."""
        self._at_end.append(closer)

    @property
    def is_closed(self) -> bool:
        """Whether nothing can be run any more."""
        return not self._end.alive

    def close(self) -> None:
        """Stop the loop and its thread; safe to call twice."""
        self._end()

    def _refuse(self, coroutine: Coroutine[Any, Any, Any], problem: str | None) -> None:
        if problem is not None:
            coroutine.close()
            raise ConfigurationError(problem, next_step="Make a new client where you are, or await the AsyncClient.")

    def _problem(self) -> str | None:
        if os.getpid() != self._pid:
            return "this client was made before the process forked; its loop lives in the parent."
        if self.is_closed:
            return "this client is closed."
        return None

    def _own_thread_problem(self) -> str | None:
        if threading.current_thread() is self._thread:
            return "a blocking call from the client's own loop would wait for itself."
        return None


def _serve(loop: asyncio.AbstractEventLoop, at_end: Sequence[Callable[[], Awaitable[None]]]) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
        _cancel_tasks(loop)
        for closer in at_end:
            loop.run_until_complete(closer())
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


def _stop(loop: asyncio.AbstractEventLoop, thread: threading.Thread, pid: int) -> None:
    if loop.is_closed() or os.getpid() != pid:
        return
    loop.call_soon_threadsafe(loop.stop)
    if threading.current_thread() is not thread:
        thread.join(timeout=5)


def _cancel_tasks(loop: asyncio.AbstractEventLoop) -> None:
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    if tasks:
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
