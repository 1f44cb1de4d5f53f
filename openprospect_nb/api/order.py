"""`AsyncOrder`: one order, to watch and to fetch."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from openprospect_nb.api._resource import Context
from openprospect_nb.api.facts import OrderFacts
from openprospect_nb.api.results import failed, fetch_results, since, stored_results
from openprospect_nb.api.watching import read_order, watch
from openprospect_nb.frames.results import Results
from openprospect_nb.models import OrderState

log = logging.getLogger(__name__)


class AsyncOrder(OrderFacts):
    """An order as last seen; the server's copy is the truth, ``refresh()`` reads it."""

    def __init__(self, context: Context, state: OrderState, idempotency_key: str | None = None) -> None:
        self._context = context
        self._state = state
        self._key = idempotency_key

    @property
    def idempotency_key(self) -> str | None:
        """The key it was bought under, if this journal knows it."""
        return self._key

    @property
    def state(self) -> OrderState:
        """Everything the server said about the order when it was last seen."""
        return self._state

    async def refresh(self) -> AsyncOrder:
        """Read the order once and return it as it is now.

        Example:
            >>> order.refresh().status
            'COMPLETED'
        """
        self._state = await read_order(self._context, self.order_id)
        return self

    async def wait(self, timeout: float | None = None, progress: bool = True) -> AsyncOrder:  # noqa: ASYNC109 - a public name
        """Wait until the order has ended and return it; an interrupt stops the waiting, never the order.

        Args:
            timeout: seconds; None waits as long as it takes.
            progress: show a line that moves, where there is a terminal or a notebook.

        Raises:
            OrderFailed: it ended REJECTED, FAILED or CANCELLED; the message gives the reason.
            WaitTimeout: it is still running at the deadline.

        Example:
            >>> order.wait(timeout=60).is_terminal
            True
        """
        if not self.is_terminal:
            states = await watch_shown(self._context, [self.order_id], timeout, progress=progress)
            self._state = states[self.order_id]
        elif progress:
            self._context.reporter().say(f"order {self.order_id[:8]} is {self.status}: nothing to wait for")
        if not self.state.is_completed:
            raise failed(self.state)
        return self

    async def results(self, delivered_since: str | None = None, refresh: bool = False) -> Results:
        """Return what the order delivered: from disk if it was fetched before, else from the server, all pages.

        Args:
            delivered_since: ISO 8601 time; only companies delivered after it.
            refresh: fetch again although the results are on disk.

        Raises:
            ConflictError: the order has not ended yet.
            OrderFailed: it ended without results.

        Example:
            >>> order.results().companies.height
            12
        """
        stored = None if refresh else await stored_results(self._context, self.order_id)
        if stored is not None:
            return stored if delivered_since is None else since(stored, delivered_since)
        if not self.is_terminal:
            await self.refresh()
        return await fetch_results(self._context, self.state, delivered_since)


async def watch_shown(
    context: Context, ids: Sequence[str], deadline: float | None, *, progress: bool
) -> dict[str, OrderState]:
    """Wait until all orders have ended, with a line that moves; an interrupt says how to come back."""
    reporter = context.reporter() if progress else None
    try:
        return await watch(context, ids, deadline=deadline, show=reporter.update if reporter else lambda _: None)
    except asyncio.CancelledError:
        log.warning("stopped waiting; the order goes on. Come back with client.orders.wait(%r).", list(ids))
        raise
    finally:
        if reporter:
            reporter.close()
