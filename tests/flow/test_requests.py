"""Requests are scarce: how many each thing costs, counted at the server."""

from __future__ import annotations

import asyncio
from collections import Counter
from itertools import pairwise

import pytest
from support.clocks import TestClock
from support.servers import NoSocket, Reply
from support.vendor import company

import openprospect_nb as op


def results_requests(server):
    """Return the offsets of the result pages asked for."""
    return [int(dict(r.query)["offset"]) for r in server.received if r.path.endswith("/results")]


def test_ten_thousand_results_are_a_hundred_requests_and_a_reread_is_none(connect, server, vendor, icp):
    """10,000 companies: 100 pages of 100, each asked for once; a new client reads them from disk."""
    vendor.company_count = 10_000
    order = connect().orders.discover(icp, 10_000).wait(timeout=10, progress=False)
    assert order.results().companies.height == 10_000
    assert sorted(results_requests(server)) == list(range(0, 10_000, 100))
    before = len(server.received)
    assert connect().results([order.order_id]).companies.height == 10_000
    assert len(server.received) == before


def test_paging_cut_off_goes_on_at_the_missing_pages(connect, server, vendor, icp):
    """A fetch that dies after some pages asks only for the others the next time; the frames are the same."""
    vendor.company_count = 1_000
    order = connect(max_wait=0).orders.discover(icp, 1_000).wait(timeout=10, progress=False)
    vendor.disturb = lambda r: Reply(403, {"message": "x"}) if dict(r.query).get("offset") == "700" else None
    with pytest.raises(op.errors.PermissionDeniedError):
        order.results()
    fetched = {offset for offset in results_requests(server) if offset != 700}
    vendor.disturb = lambda _: None
    server.received.clear()
    results = connect().orders.get(order.order_id).results()
    assert results.companies["id"].to_list() == [f"company-{n}" for n in range(1_000)]
    again = set(results_requests(server))
    assert 700 in again
    # Pages on their way when the fetch died may or may not have been kept; the kept ones are not asked for.
    assert len(again & fetched) <= 8


@pytest.mark.parametrize(("orders", "pages"), [(50, 1), (130, 2)])
def test_many_watched_orders_cost_one_list_a_look(connect, server, vendor, icp, orders, pages):
    """50 orders are one request a look, 130 are two: the list's pages, not the orders, are what counts."""
    for number in range(orders):
        vendor.orders[f"order-{number}"] = {
            "order_id": f"order-{number}",
            "order_type": "DISCOVERY",
            "status": "RECEIVED",
        }
    done = connect().orders.wait([f"order-{number}" for number in range(orders)], timeout=20, progress=False)
    assert {order.status for order in done} == {"COMPLETED"}
    looks = {1: 3, 2: 2}[pages]  # the vendor moves every order once a list request
    assert len(server.received) == looks * pages
    assert {r.path for r in server.received} == {"/api/v1/orders"}


def test_a_day_of_watching_twenty_orders_stays_inside_the_free_tier(vendor, tmp_path):
    """At the default cadence 20 slow orders cost fewer than 100 requests in any hour of a day, profile waits aside."""
    vendor.move = lambda order: None
    for number in range(20):
        vendor.orders[f"order-{number}"] = {
            "order_id": f"order-{number}",
            "order_type": "DISCOVERY",
            "status": "ACCEPTED",
        }
    clock = TestClock()
    sent: list[float] = []
    vendor.disturb = lambda _: sent.append(clock.monotonic())

    async def day():
        key, line = "lnc_test_" + "v" * 32, NoSocket(vendor)
        async with op.AsyncClient(api_key=key, base_url="http://127.0.0.1:9", home=tmp_path, transport=line) as client:
            client._context.sender.clock = clock
            with pytest.raises(op.errors.WaitTimeout):
                await client.orders.wait(list(vendor.orders), timeout=24 * 3600, progress=False)

    asyncio.run(day())
    hours = Counter(int(second // 3600) for second in sent)
    assert set(hours) == set(range(24)) | {24}
    assert max(hours.values()) < 100
    assert sent[1] - sent[0] == 60
    assert max(b - a for a, b in pairwise(sent)) == 300


def test_the_last_look_is_not_followed_by_a_sleep(connect, vendor, icp):
    """When an order is done the client returns at once; when the deadline is near it looks once more at it."""
    client = connect(poll_interval=50)
    clock = client._core._context.sender.clock = TestClock()
    order = client.orders.discover(icp, 5)
    clock.slept.clear()
    vendor.move = lambda name: vendor.orders[name].update(status="COMPLETED")
    order.wait(timeout=1000, progress=False)
    assert clock.slept == []
    vendor.move = lambda name: vendor.orders[name].update(status="ACCEPTED")
    with pytest.raises(op.errors.WaitTimeout):
        client.orders.get(order.order_id).wait(timeout=120, progress=False)
    assert clock.slept == [50, 50, 20]


def delivered(number: int, minutes: int, **more):
    """Return a company delivered at some minute."""
    return company("x", number) | {"delivered_at": f"2026-05-06T10:{minutes:02}:00.000000Z"} | more


class Deliveries:
    """A vendor's delivery endpoint over a list a test changes."""

    def __init__(self, vendor) -> None:
        self.rows: list[dict] = []
        self.asked: list[str | None] = []
        self.vendor = vendor
        vendor.answer = self.answer

    def answer(self, request):
        """Answer one page of what was delivered after the time asked for."""
        since = dict(request.query).get("delivered_since")
        self.asked.append(since)
        rows = [row for row in self.rows if since is None or row["delivered_at"] is None or row["delivered_at"] > since]
        return self.vendor.page(request, "items", rows)


def test_deliveries_are_pulled_from_where_the_last_sync_ended(connect, vendor):
    """A sync asks from the newest delivery minus a quarter of an hour, returns what is new or changed, and counts."""
    server = Deliveries(vendor)
    server.rows = [delivered(n, n % 50) for n in range(120)] + [delivered(900, 0, delivered_at=None)]
    first = connect().deliveries.sync("search-1")
    assert first.companies.height == 121
    server.rows += [delivered(500, 55), delivered(3, 56, name="Renamed")]
    second = connect().deliveries.sync("search-1")
    assert set(second.companies["id"]) == {"company-500", "company-3"}
    assert "2026-05-06T10:34:00.000000Z" in server.asked
    third = connect().deliveries.sync("search-1")
    assert third.companies.height == 0
    assert server.asked[-2:] == ["2026-05-06T10:41:00.000000Z", None]
    whole = connect().deliveries.read("search-1")
    assert whole.companies.height == 122
    assert whole.companies.filter(whole.companies["id"] == "company-3")["name"].to_list() == ["Renamed"]
    assert whole.prospects.height == 122


def test_a_sync_that_dies_is_done_again_from_the_start(connect, vendor):
    """A pull cut off between pages stores nothing and moves no cursor; the next ends as one clean run."""
    server = Deliveries(vendor)
    server.rows = [delivered(n, n % 50) for n in range(250)]
    vendor.disturb = lambda r: Reply(403, {"message": "x"}) if dict(r.query).get("offset") == "200" else None
    client = connect()
    with pytest.raises(op.errors.PermissionDeniedError):
        client.deliveries.sync("search-1")
    assert client.deliveries.read("search-1").companies.height == 0
    vendor.disturb = lambda _: None
    assert client.deliveries.sync("search-1").companies.height == 250
    assert set(server.asked) == {None}


def test_forgotten_companies_do_not_move_the_cursor_back(connect, vendor):
    """After forget() of the newest company the next sync still asks from its delivery time."""
    server = Deliveries(vendor)
    server.rows = [delivered(n, n % 60) for n in range(160)]
    client = connect()
    client.deliveries.sync("search-1")
    client.journal.forget("company-59")
    assert client.deliveries.read("search-1").companies.height == 159
    client.deliveries.sync("search-1")
    assert "2026-05-06T10:44:00.000000Z" in server.asked


@pytest.mark.parametrize("key", ["items", "data", "results"])
def test_a_list_of_undocumented_records_is_read_whole(connect, vendor, key):
    """Job listings are found under each list name the client reads anywhere, and what is no record is said."""
    job = {"title": "Welder", "new": [1]}
    vendor.disturb = lambda _: Reply(200, {key: [job, {}], "total": 2})
    assert connect().companies.jobs("c1") == [job, {}]
    vendor.disturb = lambda _: Reply(200, {key: ["Welder"], "total": 1})
    with pytest.raises(op.errors.ContractError, match="jobs lists something that is no record"):
        connect().companies.jobs("c1")
