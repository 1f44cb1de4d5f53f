"""`OrderWatch`: the model of the order monitor: looks at all orders with one list call a tick, fetches on demand."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from weakref import WeakValueDictionary

import polars as pl
import traitlets

from openprospect_nb.client import AsyncClient, Client, Order
from openprospect_nb.client.faces import ORDER_CADENCE, cadence_or
from openprospect_nb.client.progress import reporting_to
from openprospect_nb.errors import AuthenticationError, ConfigurationError, OpenProspectError, PermissionError_
from openprospect_nb.frames.results import Results
from openprospect_nb.frames.schemas import ORDERS
from openprospect_nb.models import OrderState
from openprospect_nb.widgets.kernel import Background
from openprospect_nb.widgets.order_rows import OrderRow, frame_of, history, rows_of, usual_durations

TRAFFIC_LOOK_SECONDS = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What was seen at the last look: the orders, when, when next, requests sent and left, what held it up."""

    rows: tuple[OrderRow, ...] = ()
    looked_at: datetime | None = None
    next_look_at: datetime | None = None
    sent: int = 0
    left: int | None = None
    pause: str = ""
    problem: str = ""
    is_watching: bool = False


@dataclass(frozen=True, slots=True)
class Fetching:
    """A fetch under way: whose results, in words how far, and the share (0-1) where the server states a total."""

    order_id: str
    text: str = "Fetching results …"
    share: float | None = None


class OrderWatch(traitlets.HasTraits):
    """Orders being watched; every change is a new value of a trait, written from the client's loop thread.

    Args:
        client: whose orders.
        orders: ids or orders to watch; None watches all this key can see.
        now: the current time, UTC; tests hand in another.
    """

    sight = traitlets.Instance(Sight, args=())
    fetching = traitlets.Instance(Fetching, allow_none=True)
    fetched = traitlets.Tuple(())
    message = traitlets.Unicode()

    def __init__(
        self,
        client: Client,
        orders: Sequence[str | Order] | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__()
        self._client, self._now = client, now
        self._ids = None if orders is None else [o if isinstance(o, str) else o.order_id for o in orders]
        self._dropped: set[str] = set()
        self._awaited: set[str] = set()
        self._statuses: dict[str, str] = {}
        self._seen: dict[tuple[str, str], datetime] = {}
        self._results: dict[str, Results] = {}
        self._work = Background(client, self._say)
        self._polling: Future[None] | None = None

    @property
    def orders(self) -> pl.DataFrame:
        """One row an order as last seen; columns as `order_rows.FRAME`."""
        return frame_of(self.sight.rows)

    def results(self, order_id: str) -> Results:
        """Return results fetched here.

        Raises:
            ConfigurationError: they were not fetched yet; this never waits.
        """
        if order_id not in self._results:
            raise ConfigurationError(
                f"the results of order {order_id} are not fetched yet.",
                next_step="Press “Fetch results” (or call fetch()) once it is COMPLETED.",
            )
        return self._results[order_id]

    def start(self) -> None:
        """Look now and go on looking until every order has ended; an older watch of the same orders stops."""
        place = (id(self._client), None if self._ids is None else frozenset(self._ids))
        older = _LATEST.get(place)
        if older is not None and older is not self:
            older.stop("A newer monitor of these orders took over.")
        _LATEST[place] = self
        if self._polling is not None:
            self._polling.cancel()
        self._polling = self._work.start(self._watch)

    def stop(self, why: str = "Looking has stopped; orders go on at the vendor.") -> None:
        """Stop looking; the orders themselves go on."""
        if self._polling is not None:
            self._polling.cancel()
        self.sight = replace(self.sight, is_watching=False, next_look_at=None)
        self.message = why

    def drop(self, order_id: str) -> None:
        """Watch one order no longer."""
        self._dropped.add(order_id)
        self._awaited.discard(order_id)
        self.sight = replace(self.sight, rows=tuple(row for row in self.sight.rows if row.order_id != order_id))
        self.message = f"Order {order_id} is no longer watched; it goes on at the vendor."

    def wait_for(self, order_id: str) -> None:
        """Fetch the order's results as soon as it completes, in the background."""
        self._awaited.add(order_id)
        self.message = f"The results of order {order_id} will be fetched when it completes; go on working."
        if not self.sight.is_watching:
            self.start()
        self._fetch_awaited()

    def fetch(self, order_id: str) -> None:
        """Start to fetch a completed order's results; `results` gives them when ``fetched`` names the order."""
        if self.fetching is not None or order_id in self._results:
            return
        self.fetching = Fetching(order_id)
        with reporting_to(lambda: _Report(self)):
            started = self._work.start(lambda core: self._fetch(core, order_id))
        if started is None:
            self.fetching = None

    def close(self) -> None:
        """Stop looking and fetching; safe to call twice."""
        self._work.close()
        self.sight = replace(self.sight, is_watching=False, next_look_at=None)

    async def _watch(self, core: AsyncClient) -> None:
        settings = self._client.settings
        for interval in cadence_or(settings.poll_interval, ORDER_CADENCE).intervals():
            goes_on = await self._look_or_say(core)
            self._fetch_awaited()
            if not goes_on:
                break
            due = self._now() + timedelta(seconds=interval)
            self.sight = replace(self.sight, next_look_at=due, is_watching=True)
            await asyncio.sleep(interval)
        self.sight = replace(self.sight, next_look_at=None, is_watching=False)

    async def _look_or_say(self, core: AsyncClient) -> bool:
        """Look once and return whether to look again; what went wrong is shown, and mostly worth another look."""
        try:
            await self._look(core)
        except OpenProspectError as error:
            self.sight = replace(self.sight, problem=str(error), pause="")
            return not isinstance(error, AuthenticationError | PermissionError_ | ConfigurationError)
        return any(not row.is_terminal for row in self.sight.rows)

    async def _look(self, core: AsyncClient) -> None:
        self.sight = replace(self.sight, is_watching=True)
        asking = asyncio.ensure_future(self._asked(core))
        try:
            while not asking.done():
                await asyncio.wait({asking}, timeout=TRAFFIC_LOOK_SECONDS)
                self._show_pause(core)
        finally:
            asking.cancel()
        listed = asking.result()
        now = self._now()
        self._note_changes(listed, now)
        shown = listed if self._ids is None else listed.filter(pl.col("order_id").is_in(self._ids))
        usual = usual_durations(history(listed, await core.journal.frame()))
        rows = rows_of(shown, self._seen, now, usual)
        kept = tuple(row for row in rows if row.order_id not in self._dropped)
        traffic = core.traffic
        self.sight = replace(self.sight, rows=kept, looked_at=now, sent=traffic.sent, left=traffic.left, problem="")

    async def _asked(self, core: AsyncClient) -> pl.DataFrame:
        """Return all orders from one list call; a wanted one the list does not show is asked for by its id."""
        listed = await core.orders.list()
        missing = set(self._ids or ()) - set(listed["order_id"]) - self._dropped
        if not missing:
            return listed
        found = [_as_row((await core.orders.get(order_id)).state) for order_id in sorted(missing)]
        return pl.concat([listed, *found])

    def _show_pause(self, core: AsyncClient) -> None:
        waiting = core.traffic.waiting
        words = ""
        if waiting is not None:
            words = f"Waiting up to {waiting.seconds:.0f} s before try {waiting.attempt + 1}: {waiting.reason}"
        if words != self.sight.pause:
            self.sight = replace(self.sight, pause=words)

    def _note_changes(self, listed: pl.DataFrame, now: datetime) -> None:
        # A first sight proves nothing about when a state was entered; only a change between two looks does.
        for order_id, status in listed.select("order_id", "status").iter_rows():
            if self._statuses.get(order_id, status) != status:
                self._seen.setdefault((order_id, status), now)
            self._statuses[order_id] = status

    def _fetch_awaited(self) -> None:
        ready = [row.order_id for row in self.sight.rows if row.is_completed and row.order_id in self._awaited]
        for order_id in ready[:1]:
            self.fetch(order_id)

    async def _fetch(self, core: AsyncClient, order_id: str) -> None:
        try:
            found = await (await core.orders.get(order_id)).results()
        finally:
            self.fetching = None
            self._awaited.discard(order_id)
        self._results[order_id] = found
        self.fetched = (*self.fetched, order_id)
        self.message = f"Fetched {found.companies.height:,} companies of order {order_id}."
        self._fetch_awaited()

    def _say(self, words: str) -> None:
        self.message = words


class _Report:
    """The client's reporter for one fetch, shown by a watch."""

    def __init__(self, watch: OrderWatch) -> None:
        self._watch = watch

    def update(self, text: str, fraction: float | None = None) -> None:
        if self._watch.fetching is not None:
            self._watch.fetching = replace(self._watch.fetching, text=text, share=fraction)

    def say(self, text: str) -> None:
        self.update(text)

    def close(self) -> None:
        pass  # the fetch itself ends the showing


# The cell of a monitor is often run again; without this each run would leave one more monitor asking.
_LATEST: WeakValueDictionary[tuple[int, frozenset[str] | None], OrderWatch] = WeakValueDictionary()


def _as_row(state: OrderState) -> pl.DataFrame:
    def plain(name: str) -> object:
        value = getattr(state, name, None)
        return list(value) if isinstance(value, tuple) else value

    cost = state.estimated_cost
    facts = {name: plain(name) for name in ORDERS if name != "extra"}
    facts |= {
        "estimated_cost_total": cost.total if cost else None,
        "estimated_cost_currency": cost.currency if cost else None,
    }
    return pl.DataFrame([facts], schema=ORDERS)
