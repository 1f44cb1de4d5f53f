"""Buying through the whole client, against a server that is not our sandbox."""

from __future__ import annotations

import asyncio
import gc
import json
import stat
from contextlib import suppress

import pytest
from support.servers import Reply
from support.vendor import Vendor

import openprospect_nb as op
from openprospect_nb.journal import Journal


def posts(server, path):
    """Return the POSTs that reached *path*."""
    return [r for r in server.received if r.method == "POST" and r.path == f"/api/v1{path}"]


def test_one_order_from_icp_to_frames(connect, server, vendor, icp):
    """A discovery creates the profile, places the order, waits, and fetches every page as frames."""
    client = connect()
    order = client.orders.discover(icp, 60, title="First", features=["COMPANY_DATA", "CONTACTS"])
    assert order.status == "RECEIVED"
    results = order.wait(timeout=10, progress=False).results()
    assert order.status == "COMPLETED"
    assert results.companies.height == results.prospects.height == 230
    assert results.companies.columns[0] == "order_id"
    assert results.companies["order_id"].unique().to_list() == [order.order_id]
    assert json.loads(posts(server, "/orders")[0].body) == {
        "order_type": "DISCOVERY",
        "profile_id": "profile-of-creation-1",
        "briefing_quantity": 60,
        "title": "First",
        "features": ["COMPANY_DATA", "CONTACTS"],
    }
    assert json.loads(posts(server, "/search-profile-creations")[0].body) == icp.body()


def test_the_key_is_on_disk_before_the_first_byte_is_sent(connect, vendor, icp, tmp_path):
    """When the server first hears of a purchase, another reader of the journal already finds its key."""
    keys_seen = []

    def look(request):
        if request.method == "POST":
            journal = Journal(tmp_path / "home" / "journal.sqlite", account_of(client))
            purchase = journal.unfinished()[0]
            journal.close()
            keys_seen.append((request.headers["idempotency-key"], purchase.profile_key, purchase.key))

    client = connect()
    vendor.disturb = look
    client.orders.discover(icp, 5)
    (first, profile_key, _), (second, _, key) = keys_seen
    assert (first, second) == (profile_key, key)
    assert stat.S_IMODE((tmp_path / "home" / "journal.sqlite").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "home").stat().st_mode) == 0o700


def account_of(client):
    """Return the journal's name for this client's server and key."""
    return client._core._context.journal._account


def test_a_lost_answer_is_asked_for_again_under_the_same_key(connect, server, vendor, icp):
    """The server takes the order and the line is cut: the client gets that very order, and there is only one."""
    lost = []

    def lose(request):
        if request.method == "POST" and request.path.endswith("/orders") and not lost:
            lost.append(request)
            return Reply(drop=True)
        return None

    vendor.disturb = lose
    order = connect().orders.discover(icp, 5)
    assert list(vendor.orders) == [order.order_id]
    assert len({r.headers["idempotency-key"] for r in posts(server, "/orders")}) == 1
    assert len(posts(server, "/orders")) == 2


def test_the_same_key_returns_the_same_order_and_buys_nothing(connect, server, vendor, icp):
    """A cell run again with its own key gets its order back, also in a new client."""
    first = connect().orders.discover(icp, 5, idempotency_key="mine-1")
    again = connect().orders.discover(icp, 5, idempotency_key="mine-1")
    assert (first.order_id, first.idempotency_key) == (again.order_id, "mine-1")
    assert len(vendor.orders) == len(vendor.profiles) == 1
    assert posts(server, "/orders")[0].headers["idempotency-key"] == "mine-1"


def test_the_same_name_returns_the_same_order(connect, vendor, icp):
    """A stable name does what a key does."""
    client = connect()
    assert (
        client.orders.discover(icp, 5, name="spring").order_id == client.orders.discover(icp, 5, name="spring").order_id
    )
    assert len(vendor.orders) == 1


def test_a_key_never_stands_for_two_orders(connect, vendor, icp):
    """Another order under a used key is refused here, before anything is sent."""
    client = connect()
    client.orders.discover(icp, 5, idempotency_key="mine-1")
    with pytest.raises(op.errors.ConflictError, match="mine-1"):
        client.orders.discover(icp, 6, idempotency_key="mine-1")
    assert len(vendor.orders) == 1


def test_an_equal_order_within_ten_minutes_needs_again(connect, vendor, icp):
    """The second identical purchase is refused and says how to mean it."""
    client = connect()
    client.orders.discover(icp, 5)
    with pytest.raises(op.errors.UnsafeToRetry, match="again=True"):
        client.orders.discover(icp, 5)
    client.orders.discover(icp, 5, again=True)
    assert len(vendor.orders) == 2


def test_a_refused_order_bought_nothing_and_may_be_corrected(connect, vendor, icp):
    """After a 422 the journal says why, and the same order can be placed once the cause is gone."""
    vendor.disturb = lambda r: Reply(422, {"message": "no"}) if r.method == "POST" and "orders" in r.path else None
    client = connect()
    with pytest.raises(op.errors.ValidationError):
        client.orders.discover(icp, 5)
    assert client.journal.frame()["problem"].to_list() == ["no"]
    assert client.journal.unfinished().is_empty()
    vendor.disturb = lambda _: None
    client.orders.discover(icp, 5)
    assert len(vendor.orders) == 1


def test_an_outage_leaves_the_purchase_open_under_its_key(connect, vendor, icp):
    """When no answer comes, the purchase stays unfinished; the same call under its key completes it."""
    vendor.disturb = lambda r: Reply(500) if r.method == "POST" and r.path.endswith("orders") else None
    client = connect(max_wait=0)
    client._core._context.sender._policy = type(client._core._context.sender._policy)(tries=2, base=0.0)
    with pytest.raises(op.errors.ServerError, match=r"client\.journal\.resume\(\)"):
        client.orders.discover(icp, 5, idempotency_key="mine-1")
    assert client.journal.unfinished()["key"].to_list() == ["mine-1"]
    vendor.disturb = lambda _: None
    assert client.orders.discover(icp, 5, idempotency_key="mine-1").order_id == "order-1"


def test_a_budget_is_kept_before_anything_is_sent(connect, server, icp):
    """An order above its budget, or of unknown price, is refused."""
    with pytest.raises(op.errors.ValidationError, match="unknown"):
        connect().orders.discover(icp, 5, budget=10)
    with pytest.raises(op.errors.ValidationError, match=r"15\.00.*10\.00"):
        connect(price_per_briefing=3.0).orders.discover(icp, 5, budget=10)
    connect(price_per_briefing=2.0).orders.discover(icp, 5, budget=10)
    assert len(posts(server, "/orders")) == 1


def test_what_was_placed_is_given_whatever_it_would_cost_now(connect, server, icp):
    """A cell with a name finds its order although prices have risen above its budget, and nothing is sent."""
    placed = connect(price_per_briefing=2.0).orders.discover(icp, 5, budget=10, name="spring")
    again = connect(price_per_briefing=3.0).orders.discover(icp, 5, budget=10, name="spring")
    rows = [{"company_name": "A Ltd"}, {"company_name": "B Ltd"}]
    list_of_two = connect(price_per_briefing=2.0).orders.enrich(rows, budget=4, name="two")

    assert again.order_id == placed.order_id
    assert connect(price_per_briefing=3.0).orders.enrich(rows, budget=4, name="two").order_id == list_of_two.order_id
    assert len(posts(server, "/orders")) == 2


def test_no_budget_is_kept_where_no_number_is_sent(connect, server, vendor, icp):
    """The older flow leaves the number to the server, so its price is unknown: refused, also where auto falls back."""
    with pytest.raises(op.errors.ValidationError, match="budget"):
        connect(price_per_briefing=2.0, flow="inline").orders.discover(icp, 5, budget=10)
    vendor.disturb = lambda r: Reply(404, b"{}") if r.path.endswith("/search-profile-creations") else None
    for _ in range(2):
        with pytest.raises(op.errors.ValidationError, match="budget"):
            connect(price_per_briefing=2.0, flow="auto").orders.discover(icp, 5, budget=10)
    assert posts(server, "/orders") == []
    connect(flow="auto").orders.discover(icp, 5)
    assert len(posts(server, "/orders")) == 1


def test_what_was_begun_is_not_gone_on_with_above_its_budget(connect, server, vendor, icp):
    """An order that never left is not placed later at a price that the same call refuses."""
    vendor.disturb = lambda request: Reply(503, b"") if request.method == "POST" else None
    with pytest.raises(op.errors.OpenProspectError):
        connect(price_per_briefing=2.0).orders.discover(icp, 5, budget=10, name="spring")
    vendor.disturb = lambda _: None
    with pytest.raises(op.errors.ValidationError, match=r"15\.00.*10\.00"):
        connect(price_per_briefing=3.0).orders.discover(icp, 5, budget=10, name="spring")
    assert posts(server, "/orders") == []
    assert connect(price_per_briefing=2.0).orders.discover(icp, 5, budget=10, name="spring").order_id == "order-1"


def bring(connect, vendor, icp, *orders, read=True):
    """Have orders that end as told: each a number asked for, one that came, a cost, a currency and a status."""
    for asked, came, total, currency, status in orders:
        client = connect()
        order = client.orders.discover(icp, asked, name=f"order {len(vendor.orders)}", again=True)
        vendor.STATES = (*Vendor.STATES[:3], status)
        vendor.company_count = came
        stated = {"estimated_cost": {"total": total, "currency": currency}, "company_count": came}
        vendor.orders[order.order_id] |= stated
        with suppress(op.errors.OrderFailed):
            order.wait(timeout=10, progress=False)
            if read:
                order.results()
        vendor.STATES = Vendor.STATES


def test_earlier_orders_tell_the_price(connect, server, vendor, icp):
    """Once a completed order has told what five companies cost, a budget is kept without a price of one's own."""
    bring(connect, vendor, icp, (5, 5, 10.0, "EUR", "COMPLETED"))
    with pytest.raises(op.errors.ValidationError, match=r"12\.00.*11\.00"):
        connect().orders.discover(icp, 6, budget=11)
    connect().orders.discover(icp, 6, budget=12)
    assert connect().journal.frame()["price"].to_list() == [None, 12.0]


@pytest.mark.parametrize(
    ("orders", "price"),
    [
        ([(100, 10, 10.0, "EUR", "COMPLETED")], 1.0),
        ([(100, 0, 0.0, "EUR", "COMPLETED")], None),
        ([(100, 0, 7.0, "EUR", "COMPLETED")], None),
        ([(100, 5, 0.0, "EUR", "COMPLETED")], None),
        ([(100, 0, 0.0, "EUR", "REJECTED")], None),
        ([(100, 0, 100.0, "EUR", "CANCELLED")], None),
        ([(100, 0, 0.0, "EUR", "REJECTED"), (5, 5, 10.0, "EUR", "COMPLETED")], 2.0),
        ([(10, 10, 10.0, "EUR", "COMPLETED"), (10, 10, 30.0, "eur", "COMPLETED")], 3.0),
        ([(5, 10, 10.0, "EUR", "COMPLETED")], 2.0),
        ([(10, 10, 10.0, "EUR", "COMPLETED"), (10, 10, 1500.0, "JPY", "COMPLETED")], None),
    ],
)
def test_the_price_is_the_dearest_of_what_came(connect, vendor, icp, orders, price):
    """Of earlier orders the dearest delivered company is the price; what brought or cost nothing tells none."""
    bring(connect, vendor, icp, *orders)
    assert connect().orders.defaults().price_each == price
    wanted = 90 if price is None else int(89 / price) + 2
    with pytest.raises(op.errors.ValidationError, match="budget"):
        connect().orders.discover(icp, wanted, budget=89, name="next")


def test_what_was_not_read_or_is_damaged_tells_no_price(connect, vendor, icp, tmp_path):
    """How many companies came is known of results on disk alone; without them a budget refuses, and orders go on."""
    bring(connect, vendor, icp, (5, 5, 10.0, "EUR", "COMPLETED"), read=False)
    assert connect().orders.defaults().price_each is None
    client = connect()
    client.orders.get("order-1").results()
    [stored] = (tmp_path / "home" / "results").rglob("companies.parquet")
    assert client.orders.defaults().price_each == 2.0
    stored.write_bytes(b"no parquet")
    assert client.orders.defaults().price_each is None


def test_all_problems_are_listed_before_anything_is_sent(connect, server):
    """Every broken bound is named at once; the server hears nothing."""
    bad = op.ICP(profile_name="x" * 501, target_countries=[7], output_language="x" * 11)
    with pytest.raises(op.errors.ValidationError) as caught:
        connect().orders.discover(bad, 0, features=["A", "A"], priority="URGENT", title="t" * 501)
    assert [p.field for p in caught.value.fields] == [
        "profile_name",
        "ideal_customer_profile",
        "seller_offering",
        "target_countries[0]",
        "output_language",
        "briefing_quantity",
        "title",
        "features",
        "priority",
    ]
    assert "must be text, not int" in str(caught.value)
    assert server.received == []


def test_inline_flow_puts_the_icp_into_the_order(connect, server, vendor, icp):
    """flow="inline" sends one request with the G1 fields, and no briefing_quantity."""
    connect(flow="inline").orders.discover(icp, 5)
    body = json.loads(posts(server, "/orders")[0].body)
    assert body["ideal_customer_profile"] == icp.ideal_customer_profile
    assert body["title"] == "Machine builders"
    assert body["features"] == ["COMPANY_DATA", "CONTACTS", "ANALYSIS"]
    assert not body.keys() & {"briefing_quantity", "profile_id", "target_industries"}
    assert posts(server, "/search-profile-creations") == []


def test_auto_flow_falls_back_once_and_remembers(connect, server, vendor, icp):
    """Without profile creations on the server, auto places inline orders; later it does not ask again."""
    vendor.has_profiles = False
    connect(flow="auto").orders.discover(icp, 5)
    connect(flow="auto").orders.discover(icp, 6)
    assert len(vendor.orders) == 2
    assert len(posts(server, "/search-profile-creations")) == 1
    with pytest.raises(op.errors.NotFoundError):
        connect(flow="profile").orders.discover(icp, 7)
    assert len(vendor.orders) == 2


def test_results_are_fetched_once_and_then_read_from_disk(connect, server, icp):
    """230 companies are three requests of 100; a second read, in a new client, is none."""
    order = connect().orders.discover(icp, 5)
    first = order.wait(timeout=10, progress=False).results()
    asked = [r for r in server.received if r.path.endswith("/results")]
    assert [dict(r.query)["limit"] for r in asked] == ["100"] * 3
    before = len(server.received)
    client = connect()
    again = client.results([order.order_id])
    assert len(server.received) == before
    assert again.companies.equals(first.companies)
    assert again.prospects.equals(first.prospects)


def test_results_of_an_unfinished_order_are_not_ready(connect, vendor, icp):
    """Asking too early is refused with the next step."""
    vendor.move = lambda order: None
    order = connect().orders.discover(icp, 5)
    with pytest.raises(op.errors.ConflictError, match=r"order\.wait"):
        order.results()


def test_a_bad_end_raises_with_its_reason(connect, vendor, icp):
    """REJECTED raises OrderFailed from order.wait and comes back as data from orders.wait."""
    client = connect()
    order = client.orders.discover(icp, 5)
    vendor.move = lambda name: vendor.orders[name].update(status="REJECTED", admin_notes="too vague")
    with pytest.raises(op.errors.OrderFailed, match="too vague"):
        order.wait(timeout=5)
    assert [o.status for o in client.orders.wait([order.order_id])] == ["REJECTED"]


def test_an_unknown_state_is_not_taken_for_final(connect, vendor, icp):
    """Waiting goes on through a state nobody has heard of, up to the deadline."""
    client = connect()
    order = client.orders.discover(icp, 5)
    vendor.move = lambda name: vendor.orders[name].update(status="ON_HOLD")
    with pytest.raises(op.errors.WaitTimeout, match="ON_HOLD") as caught:
        order.wait(timeout=0.1, progress=False)
    assert caught.value.pending == {order.order_id: "ON_HOLD"}
    assert isinstance(caught.value, TimeoutError)


def test_many_orders_are_watched_with_one_list_call_a_look(connect, server, vendor, icp):
    """Five orders cost one GET /orders a look, none each."""
    client = connect()
    ids = [client.orders.discover(icp, n).order_id for n in range(1, 6)]
    before = len(server.received)
    done = client.orders.wait(ids, timeout=10)
    assert [o.status for o in done] == ["COMPLETED"] * 5
    assert {r.path for r in server.received[before:]} == {"/api/v1/orders"}
    assert len(server.received) - before == 3


def test_one_bad_order_does_not_lose_the_others(connect, vendor, icp):
    """client.results returns what there is and names what there is not."""
    client = connect()
    order = client.orders.discover(icp, 5).wait(timeout=10, progress=False)
    together = client.results([order, "order-404"])
    assert together.companies.height == 230
    assert list(together.errors) == ["order-404"]


def test_a_bare_id_is_enough_in_a_fresh_client(connect, vendor, icp):
    """Another client, another day: the id leads to the order, its key and its results."""
    order = connect().orders.discover(icp, 5, idempotency_key="mine-1")
    found = connect().orders.get(order.order_id).wait(timeout=10, progress=False)
    assert found.idempotency_key == "mine-1"
    assert found.results().companies.height == 230


def test_the_order_list_is_a_frame(connect, icp):
    """client.orders.list() has one row an order and typed columns, and the same columns when empty."""
    client = connect()
    empty = client.orders.list()
    client.orders.discover(icp, 5)
    one = client.orders.list()
    assert (empty.height, one.height) == (0, 1)
    assert empty.schema == one.schema


def test_profiles_are_created_once_and_ordered_from(connect, server, vendor, icp):
    """A profile made first is used by its handle or its id; two orders from it make no second profile."""
    client = connect()
    profile = client.profiles.create(icp)
    assert (profile.status, profile.profile_id) == ("SUCCEEDED", "profile-of-creation-1")
    client.orders.discover(profile, 5)
    client.orders.discover(profile.profile_id, 6)
    assert [vendor.bodies[o]["profile_id"] for o in vendor.orders] == ["profile-of-creation-1"] * 2
    assert len(vendor.profiles) == 1


def test_a_profile_can_be_left_to_itself(connect, icp):
    """wait=False returns at once; wait() finishes it."""
    profile = connect().profiles.create(icp, wait=False)
    assert (profile.status, profile.profile_id) == ("PENDING", None)
    with pytest.raises(op.errors.ConfigurationError, match="wait"):
        connect().orders.discover(profile, 5)
    assert profile.wait().profile_id == "profile-of-creation-1"


def test_a_failed_profile_orders_nothing(connect, vendor, icp):
    """A profile that ends FAILED raises with its reason and the journal holds no open purchase."""
    failed = {"profile_creation_id": "creation-1", "status": "FAILED", "message": "contradictory"}
    vendor.disturb = lambda r: Reply(200, failed) if r.method == "GET" else None
    client = connect()
    with pytest.raises(op.errors.OrderFailed, match="contradictory"):
        client.orders.discover(icp, 5)
    assert vendor.orders == {}
    assert client.journal.unfinished().is_empty()


def test_a_handle_keeps_working_when_nobody_holds_the_client(server, tmp_path, vendor):
    """`op.connect().orders.list()` in one breath works: the handle keeps what it needs alive."""
    orders = op.connect(api_key="lnc_test_" + "v" * 32, base_url=server.url, home=tmp_path).orders
    gc.collect()
    assert orders.list().height == 0


def test_handles_show_hostile_titles_as_text(connect, vendor, icp):
    """A title with markup appears escaped in the HTML of a handle, and nothing is asked for to show it."""
    order = connect().orders.discover(icp, 5, title="<script>alert(1)</script>\u202e")
    vendor.disturb = lambda _: 1 / 0
    html = order._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "\u202e" not in html
    assert order.order_id in repr(order)


def test_two_calls_of_one_client_take_turns(server, vendor, tmp_path, icp):
    """Two tasks that run the same purchase at the same moment get the same order, from one POST."""

    async def both():
        arguments = {"api_key": "lnc_test_" + "v" * 32, "base_url": server.url, "home": tmp_path, "poll_interval": 0.01}
        async with op.AsyncClient(**arguments) as client:
            return await asyncio.gather(*(client.orders.discover(icp, 5, idempotency_key="mine") for _ in range(2)))

    one, other = asyncio.run(both())
    assert one.order_id == other.order_id
    assert len(posts(server, "/orders")) == len(posts(server, "/search-profile-creations")) == 1
