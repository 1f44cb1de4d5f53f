"""`Portal`: one event loop in one daemon thread, on which the synchronous face runs the asynchronous core.

No kernel is patched: a cell's own loop is left alone, so queued cells and widget messages survive (see the README's
section on notebooks). An interrupt cancels the coroutine and returns at once.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Coroutine
from concurrent.futures import CancelledError, Future
from typing import Any, TypeVar

from openprospect_nb.errors import ConfigurationError

T = TypeVar("T")


class Portal:
    """Runs coroutines on a private loop; usable from any thread but its own, and only in the process that made it."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._pid = os.getpid()
        self._thread = threading.Thread(target=self._main, name="openprospect-io", daemon=True)
        self._thread.start()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run *coroutine* and return its result; whatever interrupts the caller cancels it.

        Raises:
            ConfigurationError: called from the loop's own thread, after ``close()``, or in a forked child.
        """
        future = self.submit(coroutine)
        try:
            return future.result()
        except CancelledError:
            raise
        except BaseException:
            future.cancel()
            raise

    def submit(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        """Start *coroutine* and return at once."""
        problem = self._problem()
        if problem is not None:
            coroutine.close()
            raise ConfigurationError(problem, next_step="Make a new client where you are, or await the AsyncClient.")
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    def close(self) -> None:
        """Stop the loop and its thread; safe to call twice."""
        if self._loop.is_closed() or os.getpid() != self._pid:
            return
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)
        if not self._thread.is_alive():
            self._loop.close()

    def _problem(self) -> str | None:
        if os.getpid() != self._pid:
            return "this client was made before the process forked; its loop lives in the parent."
        if self._loop.is_closed():
            return "this client is closed."
        if threading.current_thread() is self._thread:
            return "a blocking call from the client's own loop would wait for itself."
        return None

    def _main(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
        finally:
            _cancel_all(self._loop)


def _cancel_all(loop: asyncio.AbstractEventLoop) -> None:
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    if tasks:
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.run_until_complete(loop.shutdown_default_executor())
