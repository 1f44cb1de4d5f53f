"""Moves profile creations and orders along their lifecycles, and fulfils orders on the way."""

from __future__ import annotations

import json
import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Protocol

from openprospect_nb.contract import OrderStatus, OrderType
from openprospect_nb.sandbox.clock import stamp_offset
from openprospect_nb.sandbox.market.supply import Supply
from openprospect_nb.sandbox.orders.fulfilment import Hop, Progress, can_become, hand_hop, step
from openprospect_nb.sandbox.orders.packing import pack, read_wishes, shortfall
from openprospect_nb.sandbox.records import orders, profiles
from openprospect_nb.sandbox.records.results import add_results, delivered_ids
from openprospect_nb.sandbox.records.searches import SearchOrigin
from openprospect_nb.sandbox.records.store import SandboxSettings, Store
from openprospect_nb.sandbox.server.call import dump
from openprospect_nb.sandbox.server.problems import conflict

_LOG = logging.getLogger(__name__)
_PATIENCE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Event:
    """A status change to report: where to, and the JSON body of contract 7.1."""

    url: str
    body: str


class Outbox(Protocol):
    """What takes events for delivery."""

    def post(self, event: Event) -> None:
        """Take an event."""

    def wake(self) -> None:
        """Take note that an order with a receiver was placed."""


@dataclass(frozen=True, slots=True)
class _Shipment:
    search_id: str
    documents: list[dict[str, Any]]
    delivered_before: int
    message: str | None


class Engine:
    """The one mover of state.

    Hops are evaluated on read, in the order in which they fell due, so that results don't depend on who polls when.

    Args:
        store: the database.
        supply: gives the companies of a seed.
        outbox: takes each order's status change, after it was committed.
    """

    def __init__(self, store: Store, supply: Callable[[int], Supply], outbox: Outbox) -> None:
        self.store = store
        self.supply = supply
        self.outbox = outbox
        self._moving = threading.Lock()
        self._worker: threading.Thread | None = None

    def settle(self, *, wait: bool = False) -> None:
        """Make every hop that is due.

        A large order, or the first use of a universe, takes seconds: then this returns after a moment and the work goes
        on behind it, unless *wait*. If another thread is at it already, it returns at once.
        """
        if not self._moving.acquire(blocking=wait):
            return
        if worker := self._started():
            worker.join(None if wait else _PATIENCE_SECONDS)

    @contextmanager
    def settled(self) -> Iterator[sqlite3.Connection]:
        """Make every hop that is due, and give the connection for reading what stands then."""
        self.settle()
        with self.store.read() as db:
            yield db

    def _started(self) -> threading.Thread | None:
        """Start making what is due, or give up the turn; a thread of this turn, for the next may have begun by then."""
        worker = None
        try:
            if self._find_due() is not None:
                made = threading.Thread(target=self._make_all, name="openprospect-orders", daemon=True)
                made.start()
                self._worker = worker = made
        finally:
            if worker is None:
                self._moving.release()
        return worker

    def close(self) -> None:
        """Wait for the work that goes on."""
        if self._worker is not None:
            self._worker.join()

    @contextmanager
    def standstill(self) -> Iterator[None]:
        """Keep every order where it is while the block runs."""
        with self._moving:
            yield

    def is_watched(self) -> bool:
        """Whether an unfinished order that time moves has a receiver for its events."""
        with self.store.read() as db:
            watched = db.execute(
                "SELECT 1 FROM orders WHERE status IN ('RECEIVED', 'ACCEPTED', 'IN_PROGRESS') "
                "AND webhook_url IS NOT NULL LIMIT 1"
            ).fetchone()
            return watched is not None and self.store.settings(db).step_us > 0

    def step_seconds(self) -> float:
        """Return the present length of a hop."""
        with self.store.read() as db:
            return self.store.settings(db).step_seconds

    def present_supply(self) -> Supply:
        """Return the supply of the seed that is set."""
        with self.store.read() as db:
            seed = self.store.settings(db).seed
        return self.supply(seed)

    def move_order(self, order_id: str, target: OrderStatus, message: str | None) -> dict[str, Any]:
        """Move an order by hand; return its wire object. An edge that doesn't exist is a 409."""
        with self._moving:
            with self.store.read() as db:
                settings = self.store.settings(db)
                row = orders.order_row(db, None, order_id)
            hop = self._hand_hop(row, target, settings)
            while not self._enter_order(row, hop, settings, message):
                pass
            with self.store.read() as db:
                return orders.order_object(orders.order_row(db, None, order_id))

    def move_creation(self, identifier: str, target: str, message: str | None) -> dict[str, Any]:
        """Move a profile creation by hand; return its wire object. An edge that doesn't exist is a 409."""
        with self._moving, self.store.write() as db:
            settings = self.store.settings(db)
            row = profiles.creation_row(db, None, identifier)
            profiles.enter_creation(db, self.store, row, self._hand_hop(row, target, settings), message)
            return profiles.creation_object(profiles.creation_row(db, None, identifier))

    def _make_all(self) -> None:
        try:
            while due := self._find_due():
                self._make(*due)
        finally:
            self._moving.release()

    def _find_due(self) -> tuple[sqlite3.Row, Hop, SandboxSettings] | None:
        with self.store.read() as db:
            settings = self.store.settings(db)
            now_us = self.store.now(settings)
            row = _oldest_due(db, now_us - settings.step_us) if settings.step_us else None
        hop = None if row is None else step(_progress(row), now_us, settings.step_us)
        return None if row is None or hop is None else (row, hop, settings)

    def _make(self, row: sqlite3.Row, hop: Hop, settings: SandboxSettings) -> None:
        if "order_id" in row.keys():  # noqa: SIM118 - a sqlite3.Row iterates over values
            try:
                self._enter_order(row, hop, settings, None)
            except Exception:  # noqa: BLE001 - all orders move here: one that cannot be fulfilled must not stop the others
                _LOG.exception("order %s could not be moved to %s", row["order_id"], hop.status)
                self._enter_order(row, replace(hop, status=OrderStatus.FAILED), settings, None)
        else:
            with self.store.write() as db:
                fresh = profiles.creation_row(db, None, row["profile_creation_id"])
                if _progress(fresh) == _progress(row):
                    profiles.enter_creation(db, self.store, row, hop, None)

    def _hand_hop(self, row: sqlite3.Row, target: str, settings: SandboxSettings) -> Hop:
        if not can_become(row["status"], target):
            raise conflict("STATE_CONFLICT", f"{row['status']} cannot become {target}.", status=row["status"])
        now_us = self.store.now(settings)
        return hand_hop(_progress(row), target, now_us, settings.step_us, reproducible=settings.reproducible)

    def _enter_order(self, row: sqlite3.Row, hop: Hop, settings: SandboxSettings, message: str | None) -> bool:
        shipment = self._prepare(row, settings) if hop.status == OrderStatus.COMPLETED else None
        with self.store.write() as db:
            fresh = orders.order_row(db, None, row["order_id"])
            if _progress(fresh) != _progress(row):  # another process was faster
                return True
            if shipment and len(delivered_ids(db, shipment.search_id)) != shipment.delivered_before:
                return False
            orders.enter_order(db, row, hop, message or (shipment.message if shipment else None))
            if hop.status == OrderStatus.ACCEPTED:
                self._bind_search(db, row, hop)
            if shipment:
                add_results(db, row, shipment.search_id, hop.stamp_us, shipment.documents)
                if row["order_type"] == OrderType.DISCOVERY:
                    counted = (len(shipment.documents), row["order_id"])
                    db.execute("UPDATE orders SET company_count = ? WHERE order_id = ?", counted)
        if row["webhook_url"]:
            self.outbox.post(_event(row, hop))
        return True

    def _bind_search(self, db: sqlite3.Connection, row: sqlite3.Row, hop: Hop) -> None:
        profile_id = row["profile_id"]
        if profile_id is None:
            wishes = json.loads(row["wishes"])
            origin = SearchOrigin(
                organisation=row["organisation"],
                row=f"order {row['ordinal']}",
                name=wishes["profile_name"] or json.loads(row["facts"])["title"],
                content=wishes["content"] or {},
            )
            profile_id = profiles.add_profile(db, self.store, origin, hop.stamp_us)
        search_id = profiles.profile_row(db, row["organisation"], profile_id)["search_id"]
        db.execute(
            "UPDATE orders SET profile_id = ?, search_id = ? WHERE order_id = ?",
            (profile_id, search_id, row["order_id"]),
        )

    def _prepare(self, row: sqlite3.Row, settings: SandboxSettings) -> _Shipment:
        with self.store.read() as db:
            wishes = read_wishes(db, row, settings)
        documents = pack(self.supply(settings.seed), wishes, settings)
        message = None if wishes.companies else shortfall(len(documents), wishes.quantity)
        return _Shipment(row["search_id"], documents, len(wishes.delivered), message)


def _oldest_due(db: sqlite3.Connection, entered_by_us: int) -> sqlite3.Row | None:
    rows: list[sqlite3.Row] = []
    for moving in (
        "creations WHERE status IN ('PENDING', 'RUNNING')",
        "orders WHERE status IN ('RECEIVED', 'ACCEPTED', 'IN_PROGRESS')",
    ):
        query = f"SELECT * FROM {moving} AND entered_us <= ? ORDER BY entered_us, ordinal LIMIT 1"  # noqa: S608 - our own texts
        rows += db.execute(query, (entered_by_us,))
    return min(rows, key=lambda row: int(row["entered_us"]), default=None)


def _progress(row: sqlite3.Row) -> Progress:
    return Progress(row["status"], row["entered_us"], row["stamp_us"])


def _event(row: sqlite3.Row, hop: Hop) -> Event:
    body = {
        "event": "order.status_changed",
        "order_id": row["order_id"],
        "status": hop.status,
        "previous_status": row["status"],
        "timestamp": stamp_offset(hop.stamp_us),
    }
    return Event(row["webhook_url"], dump(body))
