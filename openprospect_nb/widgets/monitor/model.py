"""`OrderWatch`: the model of the order monitor: polls all orders with one list call a tick, fetches on demand.

Where an order stands on its way, for how long, and what comes next is decided by functions of values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from statistics import median
from types import MappingProxyType
from typing import Any, Final
from weakref import WeakValueDictionary

import polars as pl
import traitlets

from openprospect_nb.client import AsyncClient, Client, Order
from openprospect_nb.client.faces import Tick, poll_orders
from openprospect_nb.client.progress import reporting_to
from openprospect_nb.contract import ORDER_TERMINAL, OrderStatus
from openprospect_nb.errors import ConfigurationError, OpenProspectError
from openprospect_nb.frames.order_names import order_names
from openprospect_nb.frames.results import Results
from openprospect_nb.frames.schemas import ORDERS
from openprospect_nb.markup import clean
from openprospect_nb.models import OrderState
from openprospect_nb.widgets.explorer.model import utc_now
from openprospect_nb.widgets.kernel import Background, ShownProgress

WAY: Final = (OrderStatus.RECEIVED, OrderStatus.ACCEPTED, OrderStatus.IN_PROGRESS, OrderStatus.COMPLETED)
NEXT: Final[Mapping[str, str]] = MappingProxyType(
    {
        OrderStatus.RECEIVED: "The vendor reviews it.",
        OrderStatus.ACCEPTED: "Approved; work starts.",
        OrderStatus.IN_PROGRESS: "The vendor works on it.",
        OrderStatus.COMPLETED: "Results are ready to fetch.",
        OrderStatus.REJECTED: "Not approved: read why, correct it, order again.",
        OrderStatus.FAILED: "Could not be fulfilled: order again, or ask the vendor with its id.",
        OrderStatus.CANCELLED: "Cancelled: order again if it is still wanted.",
    }
)
_BOUGHT: Final = ("order_id", "name", "profile_name")
UNKNOWN_STATE: Final = "A state this version does not know; it is polled again."
_STAMPS: Final[Mapping[str, str]] = MappingProxyType(
    {
        OrderStatus.RECEIVED: "created_at",
        OrderStatus.ACCEPTED: "accepted_at",
        OrderStatus.COMPLETED: "completed_at",
        OrderStatus.CANCELLED: "cancelled_at",
    }
)
FRAME: Final = pl.Schema(
    {
        "order_id": pl.String(),
        "title": pl.String(),
        "order_type": pl.String(),
        "status": pl.String(),
        "is_terminal": pl.Boolean(),
        "created_at": pl.Datetime("us", "UTC"),
        "elapsed": pl.Duration("us"),
        "next": pl.String(),
        "reason": pl.String(),
    }
)


@dataclass(frozen=True, slots=True)
class Stop:
    """One state on an order's way: its name, its mark ("done", "now", "todo", "bad"), and the time it was entered.

    The time is UTC; "by" stands before it where the vendor states none and a poll saw the change afterwards.
    """

    name: str
    mark: str
    clock: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRow:
    """One order at one moment; texts of the vendor are cleaned, not escaped."""

    order_id: str
    title: str
    name: str
    kind: str
    status: str
    created_at: datetime | None
    stops: tuple[Stop, ...]
    elapsed: timedelta | None
    next: str
    reason: str

    @property
    def is_terminal(self) -> bool:
        """Whether the order has ended; an unknown state has not."""
        return self.status in ORDER_TERMINAL

    @property
    def is_completed(self) -> bool:
        """Whether results are ready."""
        return self.status == OrderStatus.COMPLETED

    @property
    def lasted(self) -> str:
        """How long it has been or was on its way, in words; empty where unknown."""
        return "" if self.elapsed is None else duration(self.elapsed)

    def matches(self, words: str) -> bool:
        """Whether every word of *words* is in its title, name, id, kind or state."""
        text = f"{self.title} {self.name} {self.order_id} {self.kind} {self.status}".casefold()
        return all(word in text for word in words.casefold().split())


def rows_of(
    orders: pl.DataFrame,
    seen: Mapping[tuple[str, str], datetime],
    now: datetime,
    usual: Mapping[str, str],
    purchases: pl.DataFrame | None = None,
) -> tuple[OrderRow, ...]:
    """Return *orders* (columns as `schemas.ORDERS`) as rows, in their order.

    Args:
        orders: what the list says now.
        seen: when a monitor first saw an order in a state, for states the vendor does not stamp.
        now: the moment of the poll.
        usual: kind of order → how long such orders took, in words, as `usual_durations` gives it.
        purchases: the journal, columns as `journal.rows.FRAME`: under which names orders were bought.
    """
    records = list(orders.iter_rows(named=True))
    bought = purchases if purchases is not None else pl.DataFrame(schema=list(_BOUGHT))
    given = {key: {"name": name, "profile_name": profile} for key, name, profile in bought.select(_BOUGHT).iter_rows()}
    names = order_names({**given.get(facts["order_id"], {}), **facts} for facts in records)
    return tuple(_row(facts, names[facts["order_id"]], seen, now, usual) for facts in records)


def history(orders: pl.DataFrame, purchases: pl.DataFrame) -> pl.DataFrame:
    """Return what is known of earlier orders: ``order_type``, ``status``, ``created_at`` and ``completed_at``.

    Args:
        orders: what the list says now, columns as `schemas.ORDERS`; its stamps are the server's own.
        purchases: the journal, columns as `journal.rows.FRAME`; used for orders the list does not date, from when they
            were placed to when they were first seen completed, which is at most one interval too long.
    """
    stated = orders.select("order_id", "order_type", "status", "created_at", "completed_at")
    dated = stated.drop_nulls(["created_at", "completed_at"])
    ours = purchases.drop_nulls("order_id").select(
        "order_id", pl.col("kind").alias("order_type"), "status", created_at="bound_at", completed_at="finished_at"
    )
    return pl.concat([dated, ours.join(dated, on="order_id", how="anti")]).drop("order_id")


def usual_durations(orders: pl.DataFrame) -> dict[str, str]:
    """Return kind of order → how long completed ones took, with their number, out of `history`.

    The median with the shortest and the longest; no share of completion follows from it, so none is given.
    """
    done = orders.filter(status=str(OrderStatus.COMPLETED)).select("order_type", "created_at", "completed_at")
    took: dict[str, list[timedelta]] = {}
    for kind, start, end in done.drop_nulls().iter_rows():
        took.setdefault(kind, []).append(end - start)
    return {kind: _usual(times) for kind, times in took.items()}


def frame_of(rows: Iterable[OrderRow]) -> pl.DataFrame:
    """Return rows as a frame with the columns of `FRAME`; times UTC."""
    records = [{name: getattr(row, "kind" if name == "order_type" else name) for name in FRAME} for row in rows]
    return pl.DataFrame(records, schema=FRAME)


def duration(time: timedelta) -> str:
    """Return a length of time in its two largest units."""
    seconds = max(0, int(time.total_seconds()))
    days, hours, minutes = seconds // 86400, seconds // 3600 % 24, seconds // 60 % 60
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {seconds % 60} s" if minutes else f"{seconds} s"


def _row(
    facts: Mapping[str, Any],
    name: str,
    seen: Mapping[tuple[str, str], datetime],
    now: datetime,
    usual: Mapping[str, str],
) -> OrderRow:
    order_id, status, kind = facts["order_id"], facts["status"], clean(facts["order_type"]) or "unknown kind"
    ended = status in ORDER_TERMINAL
    start, end = facts["created_at"], _stamp(facts, seen, status) if ended else now
    next_words = NEXT.get(status, UNKNOWN_STATE)
    if not ended:
        next_words += f" {usual.get(facts['order_type'] or '', 'Time to complete: unknown (n = 0).')}"
    return OrderRow(
        order_id=order_id,
        title=clean(facts["title"], 120),
        name=clean(name, 120),
        kind=kind,
        status=clean(status, 40),
        created_at=start,
        stops=_stops(facts, seen),
        elapsed=end - start if start and end else None,
        next=next_words,
        reason=clean(facts["message"] or facts["admin_notes"], 400) if ended and status != "COMPLETED" else "",
    )


def _stops(facts: Mapping[str, Any], seen: Mapping[tuple[str, str], datetime]) -> tuple[Stop, ...]:
    status, order_id = facts["status"], facts["order_id"]
    clocks = {state: _clock(facts, seen, state) for state in WAY}
    if status in WAY:
        here = WAY.index(status)
        marks = ["done"] * here + ["done" if status == WAY[-1] else "now"] + ["todo"] * (len(WAY) - here - 1)
        return tuple(Stop(_name(s), mark, clocks[s]) for s, mark in zip(WAY, marks, strict=True))
    # Off the known way: what is proven by a stamp or a poll came before, nothing is claimed about the rest.
    past = [Stop(_name(s), "done", clocks[s]) for s in WAY[:-1] if clocks[s] or (order_id, s) in seen]
    mark = "bad" if status in ORDER_TERMINAL else "now"
    return (*past, Stop(_name(status), mark, _clock(facts, seen, status)))


def _stamp(facts: Mapping[str, Any], seen: Mapping[tuple[str, str], datetime], state: str) -> datetime | None:
    stated: datetime | None = facts.get(_STAMPS.get(state, ""))
    return stated or seen.get((facts["order_id"], state))


def _clock(facts: Mapping[str, Any], seen: Mapping[tuple[str, str], datetime], state: str) -> str:
    at = _stamp(facts, seen, state)
    return "" if at is None else f"{'' if facts.get(_STAMPS.get(state, '')) else 'by '}{at:%H:%M:%S}"


def _name(state: str) -> str:
    return clean(state, 40).replace("_", " ").capitalize()


def _usual(times: list[timedelta]) -> str:
    middle = duration(timedelta(seconds=median(time.total_seconds() for time in times)))
    if len(times) == 1:
        return f"The one completed order of this kind took {middle} (n = 1)."
    shortest, longest = duration(min(times)), duration(max(times))
    return f"Completed ones took {middle} in the middle, {shortest} to {longest} (n = {len(times)})."


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorState:
    """What the last poll brought: the orders, when, when next, requests left, what went wrong."""

    rows: tuple[OrderRow, ...] = ()
    polled_at: datetime | None = None
    next_poll_at: datetime | None = None
    left: int | None = None
    problem: str = ""
    is_watching: bool = False


@dataclass(frozen=True, slots=True)
class Fetching:
    """A fetch under way: whose results, and in words how far."""

    order_id: str
    text: str = "Fetching results …"


class OrderWatch(traitlets.HasTraits):
    """Orders being watched; every change is a new value of a trait, written from the client's loop thread.

    Args:
        client: whose orders.
        orders: ids or orders to watch; None watches all this key can see.
        now: the current time, UTC; tests hand in another.
    """

    state = traitlets.Instance(MonitorState, args=())
    fetching = traitlets.Instance(Fetching, allow_none=True)
    fetched = traitlets.Tuple(())
    message = traitlets.Unicode()

    def __init__(
        self,
        client: Client,
        orders: Sequence[str | Order] | None = None,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        super().__init__()
        self._client, self._now = client, now
        self._ids = None if orders is None else [o if isinstance(o, str) else o.order_id for o in orders]
        self._dropped: set[str] = set()
        self._awaited: set[str] = set()
        self._statuses: dict[str, str] = {}
        self._seen: dict[tuple[str, str], datetime] = {}
        self._results: dict[str, Results] = {}
        self._work = Background(client, partial(setattr, self, "message"))
        self._polling: Future[None] | None = None
        self._known: frozenset[tuple[str, str]] = frozenset()
        self.is_settled = True

    @property
    def orders(self) -> pl.DataFrame:
        """One row an order as last seen; columns as `FRAME`."""
        return frame_of(self.state.rows)

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
        """Poll now and go on polling until every order has ended; an older watch of the same orders stops."""
        place = (id(self._client), None if self._ids is None else frozenset(self._ids))
        older = _LATEST.get(place)
        if older is not None and older is not self:
            older.stop("A newer monitor of these orders took over.")
        _LATEST[place] = self
        if self._polling is not None:
            self._polling.cancel()
        self.is_settled = False
        self._polling = self._work.start(self._watch)
        if self._polling is None:
            self.is_settled = True
        else:
            self._polling.add_done_callback(self._polled_last)

    def catch_up(self) -> None:
        """Poll now if the journal knows more than the last poll saw: an order that came, or one that ended.

        It costs a local read, and a request only for news.
        """
        if not self.is_settled:
            return
        statuses = _statuses_in(self._client.journal.frame())
        news, self._known = statuses - self._known, statuses
        shown = {row.order_id: row.status for row in self.state.rows}
        watched = {order_id for order_id, _ in news} if self._ids is None else set(self._ids)
        if any(order_id in watched - self._dropped and shown.get(order_id) != status for order_id, status in news):
            self.start()

    def stop(self, why: str = "Polling has stopped; orders go on at the vendor.") -> None:
        """Stop polling; the orders themselves go on."""
        if self._polling is not None:
            self._polling.cancel()
        self.state = replace(self.state, is_watching=False, next_poll_at=None)
        self.message = why

    def drop(self, order_id: str) -> None:
        """Watch one order no longer."""
        self._dropped.add(order_id)
        self._awaited.discard(order_id)
        self.state = replace(self.state, rows=tuple(row for row in self.state.rows if row.order_id != order_id))
        self.message = f"Order {order_id} is no longer watched; it goes on at the vendor."

    def wait_for(self, order_id: str) -> None:
        """Fetch the order's results as soon as it completes, in the background."""
        self._awaited.add(order_id)
        self.message = f"The results of order {order_id} will be fetched when it completes; go on working."
        if not self.state.is_watching:
            self.start()
        self._fetch_awaited()

    def is_awaited(self, order_id: str) -> bool:
        """Whether the order's results will be fetched as soon as it completes."""
        return order_id in self._awaited

    def fetch(self, order_id: str) -> None:
        """Start to fetch a completed order's results; `results` gives them when ``fetched`` names the order."""
        if self.fetching is not None or order_id in self._results:
            return
        self.fetching = Fetching(order_id)
        with reporting_to(lambda: ShownProgress(self._show_fetch)):
            started = self._work.start(lambda core: self._fetch(core, order_id))
        if started is None:
            self.fetching = None

    def close(self) -> None:
        """Stop polling and fetching; safe to call twice."""
        self._work.close()
        self.state = replace(self.state, is_watching=False, next_poll_at=None)

    async def _watch(self, core: AsyncClient) -> None:
        self.state = replace(self.state, is_watching=True)
        try:
            await poll_orders(
                core, lambda: set(self._ids or ()) - self._dropped, partial(self._see, core), self._show_tick
            )
        except OpenProspectError as error:
            self.state = replace(self.state, problem=str(error))
        self.state = replace(self.state, next_poll_at=None, is_watching=False)

    async def _see(
        self,
        core: AsyncClient,
        listed: pl.DataFrame,
        others: Sequence[OrderState],
        problems: Sequence[OpenProspectError],
    ) -> bool:
        listed = pl.concat([listed, *map(_as_row, others)])
        now = self._now()
        # A first poll proves nothing about when a state was entered; only a change between two polls does.
        for order_id, status in listed.select("order_id", "status").iter_rows():
            if self._statuses.get(order_id, status) != status:
                self._seen.setdefault((order_id, status), now)
            self._statuses[order_id] = status
        shown = listed if self._ids is None else listed.filter(pl.col("order_id").is_in(self._ids))
        purchases = await core.journal.frame()
        usual = usual_durations(history(listed, purchases))
        rows = rows_of(shown, self._seen, now, usual, purchases)
        watched = tuple(row for row in rows if row.order_id not in self._dropped)
        problem = str(problems[0]) if problems else ""
        self.state = replace(self.state, rows=watched, polled_at=now, left=core.traffic.left, problem=problem)
        self._known, self.is_settled = _statuses_in(purchases), True
        self._fetch_awaited()
        return any(not row.is_terminal for row in watched)

    def _polled_last(self, ended: Future[None]) -> None:
        if ended is self._polling:  # and not one that a newer poll took the place of
            self.is_settled = True

    def _show_fetch(self, text: str) -> None:
        if self.fetching is not None:
            self.fetching = replace(self.fetching, text=text)

    def _show_tick(self, tick: Tick) -> None:
        due = self._now() + timedelta(seconds=tick.next_in)
        problem = self.state.problem if tick.problem is None else f"{tick.problem} There is {tick.words}."
        self.state = replace(self.state, next_poll_at=due, problem=problem)

    def _fetch_awaited(self) -> None:
        ready = [row.order_id for row in self.state.rows if row.is_completed and row.order_id in self._awaited]
        for order_id in ready[:1]:
            self.fetch(order_id)

    async def _fetch(self, core: AsyncClient, order_id: str) -> None:
        try:
            results = await (await core.orders.get(order_id)).results()
        finally:
            self.fetching = None
            self._awaited.discard(order_id)
        self._results[order_id] = results
        self.fetched = (*self.fetched, order_id)
        self.message = f"Fetched {results.companies.height:,} companies of order {order_id}."
        self._fetch_awaited()


# The cell of a monitor is often run again; without this each run would leave one more monitor asking.
_LATEST: WeakValueDictionary[tuple[int, frozenset[str] | None], OrderWatch] = WeakValueDictionary()


def _statuses_in(purchases: pl.DataFrame) -> frozenset[tuple[str, str]]:
    return frozenset(purchases.drop_nulls("order_id").select("order_id", "status").iter_rows())


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
