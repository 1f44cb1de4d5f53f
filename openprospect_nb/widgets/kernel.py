"""Work of a widget on its client's own loop: started from a click, never waited for, its errors shown, not raised."""

from __future__ import annotations

from asyncio import CancelledError
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any

from openprospect_nb.client import AsyncClient, Client
from openprospect_nb.errors import OpenProspectError

Work = Callable[[AsyncClient], Coroutine[Any, Any, None]]


class Background:
    """The running work of one widget.

    Trait changes made by the work reach the front end from the loop's thread, so they move while a cell is busy.

    Args:
        client: whose loop the work runs on.
        on_error: called, on that loop, with the words of whatever went wrong.
    """

    def __init__(self, client: Client, on_error: Callable[[str], None]) -> None:
        self._client = client
        self._on_error = on_error
        self._running: set[Future[None]] = set()

    def start(self, work: Work) -> Future[None] | None:
        """Start *work* and return its future, or None if it could not start, which is then shown as an error."""
        try:
            future = self._client.submit(lambda core: self._guarded(work, core))
        except OpenProspectError as error:
            self._on_error(str(error))
            return None
        self._running.add(future)
        future.add_done_callback(self._running.discard)
        return future

    @property
    def is_idle(self) -> bool:
        """Whether nothing runs."""
        return not self._running

    def close(self) -> None:
        """Cancel everything that runs; safe to call twice."""
        for future in tuple(self._running):
            future.cancel()

    async def _guarded(self, work: Work, core: AsyncClient) -> None:
        try:
            await work(core)
        except CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 - a kernel must outlive its widgets; the words are shown instead
            self._on_error(error_words(error))


class ShownProgress:
    """The client's reporter for work whose progress a widget shows.

    Args:
        show: called with each line of words.
    """

    def __init__(self, show: Callable[[str], None]) -> None:
        self._show = show

    def update(self, text: str, fraction: float | None = None) -> None:
        """Show how far the work is, in words alone."""
        del fraction
        self._show(text)

    def say(self, text: str) -> None:
        """Show *text* as well: nothing stands in a widget for long."""
        self._show(text)

    def close(self) -> None:
        """Show nothing more: what came of the work is told by whoever started it."""


def error_words(error: BaseException) -> str:
    """Return what a widget shows of an error: its text, which for one that is not ours begins with what it is."""
    return str(error) if isinstance(error, OpenProspectError) else f"{type(error).__name__}: {error}"
