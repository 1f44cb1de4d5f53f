"""The mover of state, with a supply of its own."""

from __future__ import annotations

import logging
import threading
from dataclasses import replace

import pytest

from openprospect_nb.contract import OrderStatus
from openprospect_nb.sandbox.clock import SECOND_US, SandboxClock
from openprospect_nb.sandbox.market.normalise import name_key
from openprospect_nb.sandbox.openapi.schemas import RESPONSES
from openprospect_nb.sandbox.orders.engine import Engine
from openprospect_nb.sandbox.orders.packing import Exclusion, Wishes, pack
from openprospect_nb.sandbox.records import orders
from openprospect_nb.sandbox.records.results import result_page
from openprospect_nb.sandbox.records.store import SandboxSettings, Store
from openprospect_nb.sandbox.requests.bodies import InlineOrder
from openprospect_nb.sandbox.requests.rules import read
from openprospect_nb.sandbox.server.call import PageRequest
from openprospect_nb.sandbox.server.problems import Refusal

INLINE = {
    "order_type": "DISCOVERY",
    "title": "T",
    "features": ["COMPANY_DATA"],
    "ideal_customer_profile": "x",
    "seller_offering": "y",
    "target_countries": ["DE"],
    "webhook_url": "http://127.0.0.1:9/",
}


class Found:
    """A ranked company."""

    def __init__(self, number):
        self.company_id, self.name, self.domain, self.city = str(number), f"Firma {number}", None, "Bonn"


class Supply:
    """A hundred companies; may wait for a signal, or fail."""

    def __init__(self):
        self.gate = threading.Event()
        self.gate.set()
        self.error = None

    def rank(self, profile, limit):
        """Return numbered companies, once the gate is open."""
        self.gate.wait(60)
        if self.error:
            raise self.error
        return [Found(number) for number in range(min(limit, 100))]

    def document(self, found, profile):
        """Return a bare company."""
        return {
            **dict.fromkeys(RESPONSES["Company"]["properties"]),
            "id": found.company_id,
            "name": found.name,
            "prospects": [],
        }


class Outbox:
    """Keeps events."""

    def __init__(self):
        self.events = []

    def post(self, event):
        """Keep an event."""
        self.events.append(event)

    def wake(self):
        """Do nothing."""


class Rig:
    """An engine whose time is a number."""

    def __init__(self):
        self.now_us = 0
        self.supply, self.outbox = Supply(), Outbox()
        self.store = Store(None, SandboxClock(lambda: self.now_us * 1000))
        self.store.first_settings(SandboxSettings(step_seconds=1, inline_count=10))
        self.engine = Engine(self.store, lambda _seed: self.supply, self.outbox)

    def place(self):
        """Place an inline order; return its id."""
        with self.store.write() as db:
            wanted = read(InlineOrder, INLINE)
            return orders.add_order(db, self.store, "A", wanted, [])["order_id"]

    def shown(self, order_id):
        """Return an order."""
        with self.store.read() as db:
            return orders.order_object(orders.order_row(db, "A", order_id))


@pytest.fixture
def rig():
    """An engine with one second a hop, at the beginning of time."""
    made = Rig()
    yield made
    made.supply.gate.set()
    made.engine.close()
    made.store.close()


def test_hops_are_stamped_when_due_not_when_noticed(rig):
    """Noticed after an hour, the hops are still one second apart, and every event is reported in order."""
    order_id = rig.place()
    rig.now_us = 3_600 * SECOND_US

    rig.engine.settle(wait=True)

    order = rig.shown(order_id)
    assert (order["status"], order["company_count"]) == ("COMPLETED", 10)
    assert order["accepted_at"] == "1970-01-01T00:00:01.000000Z"
    assert order["completed_at"] == "1970-01-01T00:00:03.000000Z"
    assert [event.body.partition('"status":"')[2].partition('"')[0] for event in rig.outbox.events] == [
        "ACCEPTED",
        "IN_PROGRESS",
        "COMPLETED",
    ]


def test_slow_work_goes_on_behind_a_poll(rig):
    """A settle that takes long returns first; others don't wait for it; the end is seen later."""
    order_id = rig.place()
    rig.now_us = 10 * SECOND_US
    rig.supply.gate.clear()

    rig.engine.settle()
    rig.engine.settle()

    assert rig.shown(order_id)["status"] == "IN_PROGRESS"
    rig.supply.gate.set()
    rig.engine.close()
    assert rig.shown(order_id)["status"] == "COMPLETED"


def test_an_order_that_cannot_be_fulfilled_fails_alone(rig, caplog):
    """Its failure is logged and shown; the order after it completes."""
    bad = rig.place()
    rig.supply.error = RuntimeError("no companies today")
    rig.now_us = 3 * SECOND_US
    with caplog.at_level(logging.CRITICAL + 1):
        rig.engine.settle(wait=True)
    rig.supply.error = None
    good = rig.place()
    rig.now_us = 6 * SECOND_US

    rig.engine.settle(wait=True)

    assert [rig.shown(order_id)["status"] for order_id in (bad, good)] == ["FAILED", "COMPLETED"]
    assert rig.shown(bad)["message"]


def test_two_hands_on_one_order_make_one_move(rig):
    """Of many threads that complete an order by hand, one succeeds and the others meet a conflict."""
    order_id = rig.place()
    for status in (OrderStatus.ACCEPTED, OrderStatus.IN_PROGRESS):
        rig.engine.move_order(order_id, status, None)
    outcomes = []

    def complete():
        try:
            outcomes.append(rig.engine.move_order(order_id, OrderStatus.COMPLETED, None)["status"])
        except Refusal as problem:
            outcomes.append(problem.body["code"])

    threads = [threading.Thread(target=complete) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["COMPLETED"] + ["STATE_CONFLICT"] * 7
    with rig.store.read() as db:
        assert result_page(db, order_id, None, PageRequest(100, 0))[1] == 10


def test_nothing_moves_by_time_when_a_step_has_no_length(rig):
    """With step_seconds 0, hops are made by hand only."""
    order_id = rig.place()
    with rig.store.write() as db:
        rig.store.save_settings(db, SandboxSettings(step_seconds=0))
    rig.now_us = 10**12

    rig.engine.settle(wait=True)

    assert rig.shown(order_id)["status"] == "RECEIVED"
    assert not rig.engine.is_watched()


def test_excluded_companies_leave_before_the_pool_is_counted():
    """However many are blacklisted, the quantity is met from further down the ranking, while there is one."""
    names = frozenset(name_key(f"Firma {number}") for number in range(0, 90, 2))
    wishes = Wishes({}, 20, [], Exclusion(names=names), delivered=frozenset({"1"}), companies=[])

    few = pack(Supply(), wishes, SandboxSettings(pool_size=25))
    all_left = pack(Supply(), replace(wishes, quantity=100), SandboxSettings(pool_size=1))

    assert [str(number) for number in range(3, 42, 2)] == [company["id"] for company in few]
    assert len(all_left) == 100 - 45 - 1
