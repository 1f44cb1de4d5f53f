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
from concurrent.futures import CancelledError, Future, wait
from typing import Any, Final, TypeVar

from openprospect_nb.api._resource import interpreter_is_ending
from openprospect_nb.errors import ConfigurationError

T = TypeVar("T")
# How often a thread that waits for an answer sees whether the interpreter is on its way out.
ENDING_SECONDS: Final = 1.0
# How long an interrupted call has to say its last words, such as how to come back to an order.
LAST_WORDS_SECONDS: Final = 1.0
STOP_SECONDS: Final = 5.0


class Portal:
    """Runs coroutines on a private loop; usable from any thread but its own, and only in the process that made it."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._pid = os.getpid()
        self._before_end: list[Callable[[], Awaitable[None]]] = []
        self._at_end: list[Callable[[], Awaitable[None]]] = []
        arguments = (self._loop, self._before_end, self._at_end)
        self._thread = threading.Thread(target=_serve, args=arguments, name="openprospect-io", daemon=True)
        self._thread.start()
        # Tied to the portal, which every handle of a client holds: `connect().orders.list()` keeps working although
        # nobody holds the client, and a client that nobody uses any more leaves no thread behind.
        self._end = weakref.finalize(self, _stop, self._loop, self._thread, self._pid)

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run *coroutine* and return its result; whatever interrupts the caller cancels it.

        Raises:
            ConfigurationError: called from the loop's own thread, in a forked child, or after ``close()``; or the
                portal was closed, or the interpreter ended, while the coroutine ran.
        """
        problem = self._problem()
        if problem is None and threading.current_thread() is self._thread:
            problem = "a blocking call from the client's own loop would wait for itself."
        self._refuse(coroutine, problem)
        ended = threading.Event()
        future = self.submit(_until_ended(coroutine, ended))
        try:
            return self._result(future)
        except CancelledError:
            if not self.is_closed:
                raise
            problem = "the client was closed while it was at work."
        except BaseException:
            if future.cancel():
                ended.wait(LAST_WORDS_SECONDS)
            raise
        raise ConfigurationError(
            problem, next_step="Make a new client; client.journal.unfinished() tells what is still open, if anything."
        )

    def submit(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        """Start *coroutine* and return at once; from any thread, the loop's own included."""
        self._refuse(coroutine, self._problem())
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    def before_end(self, closer: Callable[[], Awaitable[None]]) -> None:
        """Have *closer* run on the loop before whatever still runs is cancelled; it must not hold the portal."""
        self._before_end.append(closer)

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

    def _result(self, future: Future[T]) -> T:
        """Return what *future* gives; a thread that outlives the main thread ends what it waits for by closing."""
        while not wait([future], timeout=ENDING_SECONDS).done:
            # The interpreter waits for this thread, and its pools of threads are gone: nothing more can be waited for.
            if interpreter_is_ending():
                self.close()
                if not wait([future], timeout=ENDING_SECONDS).done:
                    future.cancel()
        return future.result()

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


async def _until_ended(coroutine: Coroutine[Any, Any, T], ended: threading.Event) -> T:
    try:
        return await coroutine
    finally:
        ended.set()


def _serve(
    loop: asyncio.AbstractEventLoop,
    before_end: Sequence[Callable[[], Awaitable[None]]],
    at_end: Sequence[Callable[[], Awaitable[None]]],
) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
        for closer in before_end:
            loop.run_until_complete(closer())
        tasks = asyncio.all_tasks(loop)
        for task in tasks:
            task.cancel()
        if tasks:
            loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
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
        thread.join(timeout=STOP_SECONDS)
