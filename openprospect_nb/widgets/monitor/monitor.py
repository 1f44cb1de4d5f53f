"""`OrderMonitor`: all orders in one table that moves while the kernel works."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import ipywidgets
import polars as pl

from openprospect_nb.client import Client, Order
from openprospect_nb.frames.results import Results
from openprospect_nb.markup import clean, render
from openprospect_nb.widgets.base import BaseWidget
from openprospect_nb.widgets.explorer.explorer import ResultsExplorer
from openprospect_nb.widgets.monitor.model import MonitorState, OrderRow, OrderWatch
from openprospect_nb.widgets.parts import LiveLine, button, choice, plain_text, row, text_field

SHOWS: Final[dict[str, Callable[[OrderRow], bool]]] = {
    "all": lambda _: True,
    "running": lambda order: not order.is_terminal,
    "completed": lambda order: order.is_completed,
    "ended badly": lambda order: order.is_terminal and not order.is_completed,
}
PREVIEW_ROWS: Final = 5


class OrderMonitor(BaseWidget):
    """Orders as they move: state with times, what happens next, when the next poll is; one list call a poll for all.

    It polls in the background until every order has ended, also while cells run, and fetches results on demand.

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

    def __init__(
        self,
        client: Client,
        orders: Sequence[str | Order] | None = None,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__("op-order-monitor")
        self.watch = OrderWatch(client, orders, now)
        self._opened: str | None = None
        self._explorer: ResultsExplorer | None = None
        self._home = client.settings.home
        self._make_view()
        self.watch.observe(self._show, ["state", "fetched"])
        self.watch.observe(self._show_detail, ["fetching", "message", "fetched"])
        self._show()
        self._show_detail()
        self.watch.start()

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
        """The explorer of the results that were opened last, if any were."""
        return self._explorer

    def refresh(self) -> None:
        """Poll now; the polls after it start from the shortest interval again."""
        self.watch.start()

    def fetch(self, order_id: str) -> None:
        """Start to fetch a completed order's results, and return at once."""
        self.watch.fetch(order_id)

    def close(self) -> None:
        """Stop polling and close the view; orders go on at the vendor."""
        self.watch.unobserve_all()
        self.watch.close()
        self._close_explorer()
        super().close()

    def picture(self) -> str:
        """Return all orders as last seen, as HTML without scripts."""
        return self._status_html() + self._table_html(self.watch.state.rows, scrolls=True)

    def __repr__(self) -> str:
        """Return the counts in one line."""
        return f"OrderMonitor({_summary(self.watch.state)})"

    def _make_view(self) -> None:
        self._summary, self._trouble, self._said = (LiveLine() for _ in range(3))
        self._schedule, self._table, self._detail = (ipywidgets.HTML() for _ in range(3))
        # The widget's own element scrolls: what is inside is drawn anew with every poll, and would jump to its top.
        self._table.add_class("op-scroll")
        self._filter = text_field("Filter", placeholder="title, id, kind or state")
        self._filter.layout.width = "26em"
        self._showing = choice("Show", list(SHOWS), "all")
        self._selected = choice("Order", [], None)
        for control in (self._filter, self._showing):
            control.observe(self._show, "value")
        self._selected.observe(self._show_actions, "value")
        self._buttons = {
            "fetch": button("Fetch results", "op-fetch", lambda: self._act(self.fetch), style="primary"),
            "wait": button("Wait in background", "op-wait", lambda: self._act(self.watch.wait_for)),
            "open": button("Open results", "op-open", lambda: self._act(self._open)),
            "drop": button("Stop watching", "op-drop", lambda: self._act(self.watch.drop)),
        }
        refresh = button("Refresh now", "op-refresh", self.refresh, hint="Look now: one list request")
        top = row(self._filter, self._showing, refresh)
        bottom = row(self._selected, *self._buttons.values())
        title = ipywidgets.HTML('<p class="op-title" role="heading" aria-level="3">Orders</p>')
        status = [title, self._summary, self._schedule, self._trouble]
        self._below = ipywidgets.VBox()
        self._fill([*status, top, self._table, bottom, self._said, self._detail, self._below])

    def _act(self, action: Callable[[str], None]) -> None:
        if self._selected.value is not None:
            action(self._selected.value)

    def _open(self, order_id: str) -> None:
        self._opened = order_id
        self._show_detail()
        self._close_explorer()
        self._explorer = ResultsExplorer(self.results(order_id), home=self._home)
        self._below.children = [self._explorer.view]

    def _close_explorer(self) -> None:
        self._below.children = []
        if self._explorer is not None:
            self._explorer.close()
            self._explorer = None

    def _show(self, _: Any = None) -> None:
        state = self.watch.state
        rows = [r for r in state.rows if SHOWS[self._showing.value](r) and r.matches(self._filter.value)]
        self._summary.say(_summary(state))
        self._schedule.value = plain_text(f"{_schedule(state)} {_budget(state)}")
        self._trouble.say(clean(state.problem, 600), kind="alert")
        self._table.value = self._table_html(rows)
        options = [(order.label, order.order_id) for order in rows]
        if list(self._selected.options) != options:
            before = self._selected.value
            self._selected.options = options
            keys = {key for _, key in options}
            self._selected.value = before if before in keys else options[0][1] if options else None
        self._show_actions()
        self.message = _summary(state)
        self._redraw_picture()

    def _show_actions(self, _: Any = None) -> None:
        order = next((r for r in self.watch.state.rows if r.order_id == self._selected.value), None)
        has = order is not None and order.order_id in self.watch.fetched
        can = order is not None and order.is_completed and not has and self.watch.fetching is None
        self._buttons["fetch"].disabled = not can
        self._buttons["open"].disabled = not has
        self._buttons["wait"].disabled = order is None or order.is_terminal
        self._buttons["drop"].disabled = order is None

    def _show_detail(self, _: Any = None) -> None:
        under_way = self.watch.fetching
        share = None if under_way is None else -1.0 if under_way.share is None else under_way.share
        self._said.say(clean(self.watch.message, 600))
        self._detail.value = render(
            "widgets/monitor_detail.html",
            progress=share,
            progress_text=under_way.text if under_way else "",
            results=self._preview(),
        )
        self._show_actions()

    def _preview(self) -> dict[str, object] | None:
        if self._opened not in self.watch.fetched or self._opened is None:
            return None
        results = self.results(self._opened)
        top = results.companies.sort("match_score", descending=True, nulls_last=True).head(PREVIEW_ROWS)
        first = [
            {name: clean(company[name], 120) for name in ("name", "city", "country")}
            | {"score": "–" if company["match_score"] is None else f"{company['match_score']:g}"}
            for company in top.iter_rows(named=True)
        ]
        counts = {n: f"{getattr(results, n).height:,}" for n in ("companies", "prospects", "rejects")}
        return {**counts, "first": first, "code": f'results = monitor.results("{clean(self._opened)}")'}

    def _status_html(self) -> str:
        state = self.watch.state
        return render(
            "widgets/monitor_status.html",
            summary=_summary(state),
            schedule=_schedule(state),
            budget=_budget(state),
            problem=clean(state.problem, 600),
        )

    def _table_html(self, rows: Sequence[OrderRow], *, scrolls: bool = False) -> str:
        everything = len(self.watch.state.rows)
        return render(
            "widgets/orders.html",
            rows=rows,
            scrolls=scrolls,
            fetched=self.watch.fetched,
            caption=_count(len(rows), everything),
            empty="No order fits the filter." if everything else "No orders yet.",
        )


def _summary(state: MonitorState) -> str:
    if state.polled_at is None:
        return "Looking for orders …"
    completed = sum(r.is_completed for r in state.rows)
    ended = sum(r.is_terminal for r in state.rows)
    badly = f", {ended - completed:,} ended badly" if ended > completed else ""
    return f"{len(state.rows) - ended:,} running, {completed:,} completed{badly}."


def _schedule(state: MonitorState) -> str:
    if state.polled_at is None:
        return ""
    polled = f"Polled at {state.polled_at:%H:%M:%S} UTC"
    if state.next_poll_at is not None:
        return f"{polled}, next poll at {state.next_poll_at:%H:%M:%S}."
    ended = bool(state.rows) and all(r.is_terminal for r in state.rows)
    return f"{polled}; {'all have ended, nothing more is asked.' if ended else 'not polling now.'}"


def _budget(state: MonitorState) -> str:
    left = "the server does not say how many are left" if state.left is None else f"{state.left:,} left this hour"
    return f"Requests sent by this client: {state.sent:,}; {left}."


def _count(shown: int, everything: int) -> str:
    noun = "order" if everything == 1 else "orders"
    return f"{everything:,} {noun}" if shown == everything else f"{shown:,} of {everything:,} {noun}"
