"""`OrderMonitor`: the desk's second step alone: all orders in one table that moves while the kernel works."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import polars as pl

from openprospect_nb.client import Client, Order
from openprospect_nb.frames.results import Results
from openprospect_nb.widgets.desk.desk import all_steps
from openprospect_nb.widgets.desk.frame import DeskFrame
from openprospect_nb.widgets.desk.journey import Journey
from openprospect_nb.widgets.desk.results_journey import ORDERS
from openprospect_nb.widgets.explorer.explorer import ResultsExplorer
from openprospect_nb.widgets.explorer.model import utc_now
from openprospect_nb.widgets.monitor.model import OrderWatch


class OrderMonitor(DeskFrame):
    """Orders as they move: state with times, what happens next, when the next poll is; one list call a poll for all.

    It polls in the background until every order has ended, also while cells run, and fetches results on demand. What is
    opened, or is to be ordered again, is shown in the same frame: the desk's other steps.

    Args:
        client: whose orders.
        orders: ids or orders to watch; None watches all this key can see.
        now: the current time, UTC; tests hand in another.

    Example:
        >>> monitor = OrderMonitor(client, [order])
        >>> monitor.orders.columns[:4]
        ['order_id', 'title', 'order_type', 'status']
        >>> monitor.close()
    """

    journey: Journey

    def __init__(
        self,
        client: Client,
        orders: Sequence[str | Order] | None = None,
        *,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self.journey = Journey(client, now, orders)
        self.journey.step, self.journey.can_drop = ORDERS, True
        super().__init__("op-order-monitor", all_steps(self.journey), [ORDERS])
        self._explorer: ResultsExplorer | None = None
        self._explored: Results | None = None
        self.journey.start()
        self._show()

    @property
    def watch(self) -> OrderWatch:
        """The model: what the last poll brought, and what can be done with it."""
        return self.journey.watch

    @property
    def orders(self) -> pl.DataFrame:
        """One row an order as last seen; columns as `widgets.monitor.model.FRAME`: states, times, what comes next."""
        return self.watch.orders

    def results(self, order_id: str) -> Results:
        """Return results that were fetched here; never waits.

        Raises:
            ConfigurationError: they were not fetched yet.
        """
        return self.watch.results(order_id)

    @property
    def explorer(self) -> ResultsExplorer | None:
        """An explorer of the results opened last, if any were; it narrows and decides what the frame shows."""
        results = self.journey.results
        if results is not None and (self._explorer is None or self._explored is not results):
            self._close_explorer()
            self._explorer, self._explored = ResultsExplorer.over(self.journey), results
        return self._explorer

    def refresh(self) -> None:
        """Poll now; the polls after it start from the shortest interval again."""
        self.watch.start()

    def fetch(self, order_id: str) -> None:
        """Start to fetch a completed order's results, and return at once."""
        self.watch.fetch(order_id)

    def close(self) -> None:
        """Stop polling and close the view; orders go on at the vendor. Safe to call twice."""
        self.journey.results = None
        self._close_explorer()
        super().close()

    def __repr__(self) -> str:
        state = self.watch.state
        if state.polled_at is None:
            return "OrderMonitor(Looking for orders …)"
        completed = sum(row.is_completed for row in state.rows)
        ended = sum(row.is_terminal for row in state.rows)
        badly = f", {ended - completed:,} ended badly" if ended > completed else ""
        return f"OrderMonitor({len(state.rows) - ended:,} running, {completed:,} completed{badly}.)"

    def _close_explorer(self) -> None:
        if self._explorer is not None:
            self._explorer.close()
            self._explorer = None
