"""An order that runs stands in the way of an equal one for as long as it runs, whatever its age."""

from __future__ import annotations

from datetime import timedelta

import pytest
from support.clocks import MovedClock
from support.servers import Reply

import openprospect_nb as op
from openprospect_nb.client.aio import Machine

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
KINDS = {
    "discover": lambda client, icp, **more: client.orders.discover(icp, 5, **more),
    "enrich": lambda client, icp, **more: client.orders.enrich([{"company_name": "Invented Ltd"}], **more),
    "profile first": lambda client, icp, **more: client.orders.discover("profile-1", 5, **more),
}


@pytest.fixture
def clock():
    """A clock that the test moves."""
    return MovedClock()


@pytest.fixture
def connect(server, tmp_path, clock):
    """Make clients on that clock and one home; all are closed at the end."""
    made = []

    def make():
        arguments = {"api_key": "lnc_test_" + "v" * 32, "base_url": server.url, "home": tmp_path / "home"}
        made.append(op.Client(**arguments, max_wait=0, poll_interval=0.01, machine=Machine(clock=clock)))
        return made[-1]

    yield make
    for client in made:
        client.close()


@pytest.fixture
def client(connect):
    """The first of them."""
    return connect()


def reads(server, order_id):
    """Return how often an order was read by its id."""
    return sum(r.method == "GET" and r.path == f"/api/v1/orders/{order_id}" for r in server.received)


def standing_still(vendor, status="IN_PROGRESS"):
    """Have every order stay in one state, known or not."""
    vendor.move = lambda order: vendor.orders[order].update(status=status)


@pytest.mark.parametrize("status", ["RECEIVED", "ACCEPTED", "IN_PROGRESS", "ON_HOLD"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_cell_run_again_while_its_order_runs_buys_nothing(client, server, vendor, icp, clock, status, kind):
    """However old, and whatever state it is in: refused with its id after one read; again=True means one more."""
    standing_still(vendor, status)
    buy = KINDS[kind]
    buy(client, icp)
    for age in (timedelta(minutes=11), HOUR, DAY, 30 * DAY):
        clock.offset += age
        sent = len(server.received)
        with pytest.raises(
            op.errors.UnsafeToRetry, match=rf"order order-1\) and has not ended \({status}\).*again=True"
        ):
            buy(client, icp)
        assert len(server.received) == sent + 1
    assert buy(client, icp, again=True).order_id == "order-2"
    assert list(vendor.orders) == ["order-1", "order-2"]


@pytest.mark.parametrize("status", ["COMPLETED", "REJECTED", "FAILED", "CANCELLED"])
def test_an_order_that_has_ended_no_longer_stands_in_the_way(client, server, vendor, icp, clock, status):
    """Ended while nobody looked: the one read shows it, and the cell buys; what is known to have ended is not read."""
    client.orders.discover(icp, 5)
    clock.offset += HOUR
    standing_still(vendor, status)
    assert client.orders.discover(icp, 5).order_id == "order-2"
    assert reads(server, "order-1") == 1
    client.orders.list()
    clock.offset += HOUR
    assert client.orders.discover(icp, 5).order_id == "order-3"
    assert (reads(server, "order-1"), reads(server, "order-2")) == (1, 0)


UNREADABLE = {
    "no rights": Reply(403, {"message": "no"}),
    "a bad key": Reply(401, {"message": "no"}),
    "unknown": Reply(404, {"message": "no such order"}),
    "gone": Reply(410, {"message": "gone"}),
    "broken": Reply(500, b""),
    "too many": Reply(429, {"retry_after": 3600}),
    "a web page": Reply(200, b"<html>"),
    "another order": Reply(200, {"order_id": "order-9", "status": "COMPLETED"}),
    "dead line": Reply(drop=True),
}


@pytest.mark.parametrize("answer", UNREADABLE.values(), ids=UNREADABLE)
def test_while_it_cannot_be_read_nothing_is_bought(client, vendor, icp, clock, answer):
    """For all that is known it runs: the error says why it could not be read, and the cell buys once it can be."""
    client.orders.discover(icp, 5)
    clock.offset += HOUR
    vendor.disturb = lambda r: answer if r.path == "/api/v1/orders/order-1" else None
    with pytest.raises(op.errors.UnsafeToRetry, match=r"order order-1\), and whether it has ended could not be read"):
        client.orders.discover(icp, 5)
    assert client.orders.discover(icp, 5, again=True).order_id == "order-2"
    vendor.disturb = lambda _: None
    standing_still(vendor, "COMPLETED")
    clock.offset += HOUR
    assert client.orders.discover(icp, 5).order_id == "order-3"


def test_of_several_that_run_each_has_to_end(client, vendor, icp, clock):
    """Two equal orders, both meant: the rerun is refused until the last of them has ended."""
    client.orders.discover(icp, 5)
    client.orders.discover(icp, 5, again=True)
    clock.offset += HOUR
    vendor.move = lambda order: vendor.orders[order].update(status="COMPLETED" if order == "order-2" else "ACCEPTED")
    with pytest.raises(op.errors.UnsafeToRetry, match="order order-1"):
        client.orders.discover(icp, 5)
    standing_still(vendor, "COMPLETED")
    assert client.orders.discover(icp, 5).order_id == "order-3"


def test_other_orders_are_not_read(client, server, vendor, icp, clock):
    """Only an equal order is in the way: another quantity, or another description, is bought without a question."""
    client.orders.discover(icp, 5)
    clock.offset += HOUR
    assert client.orders.discover(icp, 6).order_id == "order-2"
    assert reads(server, "order-1") == 0


def test_a_name_of_its_own_is_a_second_order_once_ten_minutes_are_over(client, vendor, icp, clock):
    """A new name, or a key, says that one more is meant; the same name gives the order that it stands for."""
    standing_still(vendor)
    first = client.orders.discover(icp, 5, name="spring")
    clock.offset += HOUR
    second = client.orders.discover(icp, 5, name="summer")
    clock.offset += HOUR
    third = client.orders.discover(icp, 5, idempotency_key="autumn-1")
    assert client.orders.discover(icp, 5, name="spring").order_id == first.order_id
    assert [o.order_id for o in (first, second, third)] == list(vendor.orders)


def test_a_new_kernel_keeps_to_it(connect, client, vendor, icp, clock):
    """Restarted, and the cell is run again a day later: refused as before, and resume() buys nothing."""
    standing_still(vendor)
    client.orders.discover(icp, 5)
    client.close()
    clock.offset += DAY
    fresh = connect()
    with pytest.raises(op.errors.UnsafeToRetry, match="has not ended"):
        fresh.orders.discover(icp, 5)
    fresh.journal.resume()
    assert list(vendor.orders) == ["order-1"]
