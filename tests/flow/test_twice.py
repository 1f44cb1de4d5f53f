"""The same purchase met again: in every order of events it is bought once, and whatever cannot be known is said."""

from __future__ import annotations

import sqlite3
import time
from datetime import UTC, datetime, timedelta

import pytest
from support.clocks import MovedClock, TestClock
from support.kernels import LONGEST_SECONDS, kernels
from support.servers import Reply

import openprospect_nb as op
from openprospect_nb.client.aio import Machine

KEY = "lnc_test_" + "v" * 32
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def clock():
    """A clock that the test moves; no retry waits."""
    return MovedClock()


@pytest.fixture
def connect(server, tmp_path, clock):
    """Make clients of the vendor on one home and one clock; all are closed at the end."""
    made = []

    def make(**more):
        machine = Machine(clock=more.pop("clock", clock))
        arguments = {"api_key": KEY, "base_url": server.url, "home": tmp_path / "home", "poll_interval": 0.01}
        made.append(op.Client(**arguments | {"machine": machine} | more))
        return made[-1]

    yield make
    for client in made:
        client.close()


def posts(server, path):
    """Return the POSTs that reached *path*."""
    return [r for r in server.received if r.method == "POST" and r.path == f"/api/v1{path}"]


def is_post(request, path):
    """Whether *request* is a POST to *path*."""
    return request.method == "POST" and request.path == f"/api/v1{path}"


def lose_answers(vendor, path="/orders", *, handled=True):
    """Have every answer to a POST lost, or the requests themselves."""
    reply = Reply(drop=True) if handled else Reply(500, b"")
    vendor.disturb = lambda r: reply if is_post(r, path) else None


def heal(vendor):
    """Have the line work again."""
    vendor.disturb = lambda _: None


def change(tmp_path, sql, *values):
    """Change the journal by hand."""
    database = sqlite3.connect(tmp_path / "home" / "journal.sqlite")
    database.execute(sql, values)
    database.commit()
    database.close()


# A slow profile


def test_a_cell_run_again_after_a_slow_profile_goes_on_with_its_purchase(connect, vendor, icp):
    """The timeout says that nothing was ordered and what to do; the rerun and resume() make one order together."""
    running = {"profile_creation_id": "creation-1", "status": "RUNNING"}
    vendor.disturb = lambda r: Reply(200, running) if "creations/" in r.path else None
    client = connect(clock=TestClock(chance=0.0), poll_interval=30.0)
    with pytest.raises(op.errors.WaitTimeout, match="no order was placed yet: profile creation creation-1") as caught:
        client.orders.discover(icp, 5)
    assert "run the same call again, or client.journal.resume()" in str(caught.value)
    assert "order goes on" not in str(caught.value)
    heal(vendor)
    order = client.orders.discover(icp, 5)
    assert client.journal.resume()["order_id"].to_list() == [order.order_id]
    assert (list(vendor.orders), len(vendor.profiles)) == ([order.order_id], 1)


@pytest.mark.parametrize("handled", [True, False], ids=["answer lost", "request lost"])
@pytest.mark.parametrize("finish", ["rerun", "resume"])
def test_a_line_cut_at_the_profile_makes_one_profile_and_one_order(connect, server, vendor, icp, handled, finish):
    """What was begun goes on under its keys, by the cell or by resume(); the error says that no order was placed."""
    lose_answers(vendor, "/search-profile-creations", handled=handled)
    client = connect()
    with pytest.raises(op.errors.OpenProspectError, match="No order was placed yet; its profile may have been made"):
        client.orders.discover(icp, 5)
    heal(vendor)
    if finish == "rerun":
        client.orders.discover(icp, 5)
    client.journal.resume()
    assert len(vendor.orders) == len(vendor.profiles) == 1
    assert len({r.headers["idempotency-key"] for r in posts(server, "/search-profile-creations")}) == 1


def test_a_profile_of_unknown_fate_is_asked_about_after_a_day(connect, server, vendor, icp, clock):
    """The server may have forgotten the profile's key: nothing is sent until the user names the purchase."""
    lose_answers(vendor, "/search-profile-creations")
    client = connect()
    with pytest.raises(op.errors.ConnectionFailed):
        client.orders.discover(icp, 5)
    clock.offset += 2 * DAY
    heal(vendor)
    sent = len(server.received)
    with pytest.raises(op.errors.UnsafeToRetry, match=r"no order was placed, a profile may be there.*resume\(keys="):
        client.orders.discover(icp, 5)
    assert len(server.received) == sent
    key = client.journal.unfinished()["key"].item()
    assert client.journal.resume(keys=[key])["outcome"].to_list() == ["placed"]


# What an answer proves

UNPROVEN = [402, 406, 408, 409, 410, 411, 418, 421, 423, 425, 426, 429, 451, 499, 500, 501, 503, 511, 302, 307]
PROVEN = [400, 401, 403, 404, 405, 413, 415, 422]


@pytest.mark.parametrize("status", UNPROVEN)
def test_a_refusal_that_proves_nothing_leaves_the_purchase_open(connect, vendor, icp, status):
    """The order may be there: unfinished() shows it, the error says it with the key, a rerun is refused."""
    vendor.disturb = lambda r: vendor.answer(r) and Reply(status, {"message": "x"}) if is_post(r, "/orders") else None
    client = connect(max_wait=0)
    with pytest.raises(op.errors.OpenProspectError, match="It may have been placed all the same") as caught:
        client.orders.discover(icp, 5)
    key = client.journal.unfinished()["key"].item()
    assert key in str(caught.value)
    assert caught.value.details["idempotency_key"] == key
    with pytest.raises(op.errors.UnsafeToRetry, match="not confirmed yet"):
        client.orders.discover(icp, 5)
    heal(vendor)
    assert client.journal.resume()["order_id"].to_list() == ["order-1"]
    assert list(vendor.orders) == ["order-1"]


@pytest.mark.parametrize("status", PROVEN)
@pytest.mark.parametrize("path", ["/orders", "/search-profile-creations"])
def test_a_refusal_that_proves_it_ends_the_purchase(connect, vendor, icp, status, path):
    """Nothing was bought: nothing is left open, and the same order can be placed at once."""
    vendor.disturb = lambda r: Reply(status, {"message": "no"}) if is_post(r, path) else None
    client = connect()
    with pytest.raises(op.errors.OpenProspectError):
        client.orders.discover(icp, 5)
    assert client.journal.unfinished().is_empty()
    heal(vendor)
    client.orders.discover(icp, 5)
    assert len(vendor.orders) == 1


@pytest.mark.parametrize("first", [Reply(drop=True), Reply(429, {}), Reply(502, b""), Reply(200, b"<html>")])
@pytest.mark.parametrize("last", PROVEN)
def test_after_an_attempt_that_may_have_arrived_no_refusal_proves_anything(connect, vendor, icp, first, last):
    """One attempt of unknown end and then a refusal: the purchase stays open."""
    script = [first, Reply(last, {"message": "no"})]
    vendor.disturb = lambda r: script.pop(0) if script and is_post(r, "/orders") else None
    client = connect()
    with pytest.raises(op.errors.OpenProspectError, match="It may have been placed all the same"):
        client.orders.discover(icp, 5)
    assert client.journal.unfinished()["problem"].to_list() == [None]


USELESS = [
    Reply(200, b"<html>", {"Content-Type": "text/html"}), Reply(202, b""), Reply(204), Reply(200, b"null"),
    Reply(200, []), Reply(200, {}), Reply(202, {"order_id": None}), Reply(200, b'{"order_id": "o'), Reply(302, b""),
    Reply(303, b"", {"Location": "/login"}), Reply(200, b"\xff\xfe"),
]  # fmt: skip


@pytest.mark.parametrize("reply", USELESS, ids=lambda r: f"{r.status} {r.payload()[:12]!r}")
def test_a_success_that_says_nothing_is_asked_for_again_and_stays_open(connect, server, vendor, icp, reply):
    """The order was taken and the answer is useless: repeated under one key, then said to be perhaps placed."""
    vendor.disturb = lambda r: (vendor.answer(r), reply)[1] if is_post(r, "/orders") else None
    client = connect()
    with pytest.raises(op.errors.OpenProspectError, match="It may have been placed all the same"):
        client.orders.discover(icp, 5)
    assert len({r.headers["idempotency-key"] for r in posts(server, "/orders")}) == 1
    heal(vendor)
    assert client.journal.resume()["order_id"].to_list() == ["order-1"]
    assert list(vendor.orders) == ["order-1"]


ODD = [{"status": ["RECEIVED"]}, {"status": {}}, {"status": None}, {"message": {"text": []}, "estimated_cost": "12"}]


@pytest.mark.parametrize("oddity", ODD, ids=repr)
def test_an_id_is_all_it_takes_to_have_bought(connect, server, vendor, icp, oddity):
    """Whatever else of the answer is odd: one POST, and the order is in the journal."""
    vendor.disturb = lambda r: Reply(202, vendor.answer(r).body | oddity) if is_post(r, "/orders") else None
    client = connect()
    assert client.orders.discover(icp, 5).order_id == "order-1"
    assert client.journal.frame()["order_id"].to_list() == ["order-1"]
    assert len(posts(server, "/orders")) == 1


def test_a_connection_that_was_never_made_leaves_nothing_in_doubt(connect, vendor, icp, tmp_path):
    """Without a network nothing left: the cell run again goes on, a day later too, and nobody asks."""
    with connect(base_url="http://127.0.0.1:9") as offline:
        with pytest.raises(op.errors.ConnectionFailed, match="Nothing was sent: run the same call again"):
            offline.orders.discover(icp, 5)
        assert offline.journal.unfinished()["profile_sent_at"].to_list() == [None]
        with pytest.raises(op.errors.ConnectionFailed, match="Nothing was sent"):
            offline.orders.discover(icp, 5)
        assert offline.journal.frame().height == 1


# Come back to


@pytest.mark.parametrize("by", ["name", "idempotency_key"])
def test_a_rerun_by_name_or_key_asks_after_a_day(connect, server, vendor, icp, clock, by):
    """The answer was lost days ago and the server has forgotten its keys: nothing is sent, and the way on is named.

    The order is found in the list, said to be his, and returned by the cell from then on.
    """
    lose_answers(vendor)
    client = connect()
    with pytest.raises(op.errors.ConnectionFailed):
        client.orders.discover(icp, 5, **{by: "spring"})
    heal(vendor)
    clock.offset += 3 * DAY
    vendor.keys.clear()
    sent = len(server.received)
    with pytest.raises(op.errors.UnsafeToRetry, match=r"orders\.list\(\).*bind\(.*resume\(keys=\['") as caught:
        client.orders.discover(icp, 5, **{by: "spring"})
    assert len(server.received) == sent
    key = client.journal.unfinished()["key"].item()
    assert key in str(caught.value)
    assert "order-1" in client.journal.resume(keys=[key])["outcome"].item()
    assert list(vendor.orders) == ["order-1"]
    client.journal.bind(key, "order-1")
    assert client.orders.discover(icp, 5, **{by: "spring"}).order_id == "order-1"


def test_an_old_purchase_that_the_list_does_not_show_is_sent_when_named(connect, vendor, icp, clock):
    """The request itself was lost: the server has no such order, so resume(keys=) places it, once."""
    lose_answers(vendor, handled=False)
    client = connect()
    with pytest.raises(op.errors.ServerError):
        client.orders.discover(icp, 5, name="spring")
    heal(vendor)
    clock.offset += 3 * DAY
    key = client.journal.unfinished()["key"].item()
    assert f"resume(keys=['{key}'])" in client.journal.resume()["outcome"].item()
    assert client.journal.resume(keys=[key])["outcome"].to_list() == ["placed"]
    assert client.orders.discover(icp, 5, name="spring").order_id == "order-1"
    assert list(vendor.orders) == ["order-1"]


def test_an_old_purchase_is_found_by_the_profile_that_was_made_for_it(connect, vendor, icp, clock):
    """Where the server names an order's profile, resume() binds the order days later, and sends nothing."""
    new = vendor.new_order

    def with_profile(body):
        order = new(body)
        vendor.orders[order["order_id"]]["profile_id"] = body["profile_id"]
        return order

    vendor.new_order = with_profile
    lose_answers(vendor)
    client = connect()
    with pytest.raises(op.errors.ConnectionFailed):
        client.orders.discover(icp, 5)
    heal(vendor)
    clock.offset += 3 * DAY
    vendor.keys.clear()
    resumed = client.journal.resume()
    assert (resumed["order_id"].to_list(), resumed["outcome"].to_list()) == (
        ["order-1"],
        ["placed: the server lists it"],
    )
    assert list(vendor.orders) == ["order-1"]


@pytest.mark.parametrize("answer", [Reply(403, {"message": "no"}), Reply(500, b""), Reply(200, b"<html>")])
def test_an_old_purchase_is_not_sent_while_the_list_cannot_be_had(connect, vendor, icp, clock, answer):
    """What cannot be compared is not sent: the reason is given, and nothing is bought."""
    lose_answers(vendor, handled=False)
    client = connect()
    with pytest.raises(op.errors.ServerError):
        client.orders.discover(icp, 5)
    vendor.disturb = lambda r: answer if (r.method, r.path) == ("GET", "/api/v1/orders") else None
    clock.offset += 3 * DAY
    key = client.journal.unfinished()["key"].item()
    assert "the list cannot be had" in client.journal.resume(keys=[key])["outcome"].item()
    assert vendor.orders == {}


def test_the_window_counts_from_the_placing(connect, vendor, icp, clock):
    """Intended long ago and placed by resume() just now: the cell run again is refused, and names the order."""
    lose_answers(vendor, handled=False)
    client = connect()
    with pytest.raises(op.errors.ServerError):
        client.orders.discover(icp, 5)
    heal(vendor)
    clock.offset += 20 * HOUR
    client.journal.resume()
    clock.offset += timedelta(minutes=9)
    vendor.orders["order-1"]["status"] = "COMPLETED"
    with pytest.raises(op.errors.UnsafeToRetry, match=r"placed 9 min ago \(order order-1\)"):
        client.orders.discover(icp, 5)
    clock.offset += timedelta(minutes=2)
    client.orders.discover(icp, 5)
    assert list(vendor.orders) == ["order-1", "order-2"]


def test_an_order_that_nobody_was_given_is_given_to_the_rerun(connect, vendor, icp, tmp_path, clock, caplog):
    """The kernel died between the placing and the return: however much later, the cell gets that order, once."""
    first = connect().orders.discover(icp, 5)
    change(tmp_path, "UPDATE purchases SET given_at = NULL")
    clock.offset += 2 * DAY
    client = connect()
    assert client.orders.discover(icp, 5).order_id == first.order_id
    assert "was placed before" in caplog.text
    vendor.orders["order-1"]["status"] = "COMPLETED"
    assert client.orders.discover(icp, 5).order_id == "order-2"


def test_one_more_that_was_meant_is_finished_beside_the_first(connect, vendor, icp):
    """Two purchases, the second by again=True, both of unknown fate: resume() makes two orders, no more, no less."""
    lose_answers(vendor, handled=False)
    client = connect()
    for again in (False, True):
        with pytest.raises(op.errors.ServerError):
            client.orders.discover(icp, 5, again=again)
    assert client.journal.frame()["again"].to_list() == [False, True]
    heal(vendor)
    client.journal.resume()
    client.journal.resume()
    assert list(vendor.orders) == ["order-1", "order-2"]


def test_resume_closes_a_purchase_whose_rerun_was_bought(connect, vendor, icp, tmp_path):
    """Two equal purchases of an earlier version, the older open, the newer placed: the older is closed and told."""
    client = connect()
    order = client.orders.discover(icp, 5)
    names = "account, kind, intent, options, profile, flow, intended_at, profile_key"
    change(
        tmp_path,
        f"INSERT INTO purchases ({names}, key) SELECT {names}, 'older' FROM purchases",  # noqa: S608 - our own names
    )
    change(tmp_path, "UPDATE purchases SET intended_at = '2026-01-01T00:00:00+00:00' WHERE key = 'older'")
    outcome = client.journal.resume(keys=["older"])["outcome"].item()
    assert outcome == f"not sent, superseded: the same order was bought as order {order.order_id}."
    assert client.journal.unfinished()["key"].to_list() == [order.idempotency_key]
    assert list(vendor.orders) == [order.order_id]


def test_a_purchase_can_be_given_up(connect, vendor, icp):
    """drop() closes what is open: nothing sends it any more, and the same order is a new one."""
    lose_answers(vendor, handled=False)
    client = connect()
    with pytest.raises(op.errors.ServerError):
        client.orders.discover(icp, 5, idempotency_key="mine")
    heal(vendor)
    assert client.journal.drop("mine")["problem"].to_list() == ["given up by the user"]
    assert client.journal.resume().is_empty()
    client.orders.discover(icp, 5)
    assert list(vendor.orders) == ["order-1"]
    for refused in (lambda: client.journal.drop("mine"), lambda: client.journal.bind("nobody", "order-1")):
        with pytest.raises(op.errors.ValidationError, match="no open purchase"):
            refused()


def test_an_order_is_not_bound_to_a_second_purchase(connect, vendor, icp):
    """bind() reads the order first: one that is not there, or that is another purchase's, is refused."""
    client = connect()
    order = client.orders.discover(icp, 5)
    lose_answers(vendor, handled=False)
    with pytest.raises(op.errors.ServerError):
        client.orders.discover(icp, 6, idempotency_key="mine")
    heal(vendor)
    with pytest.raises(op.errors.ConflictError, match=f"order {order.order_id} is already the purchase under key"):
        client.journal.bind("mine", order.order_id)
    with pytest.raises(op.errors.NotFoundError):
        client.journal.bind("mine", "order-99")
    assert client.journal.unfinished().filter(key="mine")["order_id"].to_list() == [None]


@pytest.mark.parametrize("hours", [float("nan"), -1, "24", None, True])
def test_a_limit_that_is_no_number_of_hours_is_refused(connect, hours):
    """resume() does not guess at which age to ask."""
    with pytest.raises(op.errors.ValidationError, match="ask_after_hours: must be a number of hours"):
        connect().journal.resume(ask_after_hours=hours)


def test_a_key_nobody_used_is_refused_and_a_finished_one_is_nothing_to_do(connect, icp):
    """resume(keys=) does not pass over a slip of the pen in silence."""
    client = connect()
    order = client.orders.discover(icp, 5, idempotency_key="mine").wait(timeout=60, progress=False)
    client.orders.list()  # a wait tells its caller before it tells the journal
    assert client.journal.resume(keys=[order.idempotency_key]).is_empty()
    with pytest.raises(op.errors.ValidationError, match="is the key of no purchase"):
        client.journal.resume(keys=["mien"])


BUYS = """
import sys, time
import openprospect_nb as op
client = op.connect(api_key="lnc_test_" + "v" * 32, base_url=sys.argv[1], home=sys.argv[2], poll_interval=0.01)
icp = op.ICP(profile_name="n", ideal_customer_profile="x", seller_offering="y", target_countries=["DE"])
for _ in range(200):
    try:
        print(client.orders.discover(icp, 5).order_id)
    except op.errors.UnsafeToRetry as refused:
        if "not confirmed yet" in str(refused):
            time.sleep(0.1)  # another kernel is placing it just now: a user runs the cell again
            continue
        print("refused", refused)
    break
"""


def test_kernels_that_run_one_cell_at_once_buy_one_order(server, vendor, tmp_path):
    """Four processes on one home, none with a name: one order, which each gets or is told of."""
    answer, vendor.answer = (
        vendor.answer,
        lambda request: (time.sleep(2 * is_post(request, "/orders")), answer(request))[1],
    )
    with kernels(4, "-c", BUYS, server.url, str(tmp_path)) as running:
        for kernel in running:
            said, wrong = kernel.communicate(timeout=LONGEST_SECONDS)
            assert kernel.returncode == 0, wrong
            assert "order-1" in said
    assert list(vendor.orders) == ["order-1"]


# Servers that ignore keys


def ignore_keys(vendor, created="2026-05-06T09:00:00Z"):
    """Have the vendor make an order of every POST, with its own idea of the time."""
    new = vendor.new_order

    def stamped(body):
        order = new(body)
        vendor.orders[order["order_id"]]["created_at"] = created
        return order | {"created_at": created}

    vendor.new_order = stamped
    vendor.keyed = lambda request, make: Reply(202, make(request.json()))


def telling(vendor, order, body):
    """Have the server's list tell what an order was placed with."""
    vendor.orders[order["order_id"]] |= {name: body[name] for name in ("profile_id", "briefing_quantity")}
    return order


def lose_first_answer(vendor, path="/orders"):
    """Have the first answer lost, after the request was handled."""
    left = [Reply(drop=True)]
    vendor.disturb = lambda r: left.pop() if left and is_post(r, path) else None


@pytest.mark.parametrize("apart", [-3 * HOUR, -timedelta(minutes=10), timedelta(), 3 * HOUR])
def test_doubles_are_noticed_whatever_the_clocks_say(connect, vendor, icp, clock, apart):
    """The retry makes a second order: both are named, however far client and server are apart."""
    clock.offset = apart
    ignore_keys(vendor, f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}")
    lose_first_answer(vendor)
    client = connect()
    with pytest.raises(op.errors.UnsafeToRetry, match="orders order-2 and order-1 look like one purchase") as caught:
        client.orders.discover(icp, 5, idempotency_key="mine")
    assert caught.value.details["order_id"] == "order-2"
    assert client.journal.frame()["order_id"].to_list() == ["order-2"]


SPELLINGS = {
    "as sent": lambda row: row,
    "a title cut": lambda row: row | {"title": row["title"][:20]},
    "a title with words before it": lambda row: row | {"title": f"[API] {row['title']}"},
    "a title in capitals, with dots": lambda row: row | {"title": row["title"].upper()[:25] + "…"},
    "another title": lambda row: row | {"title": "Order"},
    "a type in small letters": lambda row: row | {"order_type": row["order_type"].lower()},
    "another word for the type": lambda row: row | {"order_type": "search"},
    "a number that counts what came": lambda row: row | {"briefing_quantity": 0},
    "a profile with its version": lambda row: row | {"profile_id": f"{row['profile_id']}@v1"},
}


def spelled(vendor, spelling):
    """Have the vendor tell what an order was placed with, in a spelling of its own."""
    new = vendor.new_order

    def told(body):
        order = new(body)
        names = ("title", "order_type", "briefing_quantity", "profile_id")
        vendor.orders[order["order_id"]] |= spelling({name: body[name] for name in names})
        return order

    vendor.new_order = told


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_doubles_are_noticed_however_the_server_spells_an_order(connect, vendor, icp, spelling):
    """Both orders of one purchase are spelled alike by their server, whatever we sent: both are named."""
    ignore_keys(vendor, f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}")
    spelled(vendor, SPELLINGS[spelling])
    lose_first_answer(vendor)
    with pytest.raises(op.errors.UnsafeToRetry, match="orders order-2 and order-1 look like one purchase"):
        connect().orders.discover(icp, 5, title="Makers in the south of Germany")


@pytest.mark.parametrize("spelling", sorted(SPELLINGS.keys() - {"another title", "another word for the type"}))
def test_an_order_is_found_by_resume_however_the_server_spells_it(connect, vendor, icp, spelling):
    """Its answer was lost, and the kernel ended: it is in the list, so that nothing is sent again."""
    ignore_keys(vendor, f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}")
    spelled(vendor, SPELLINGS[spelling])
    left = [Reply(drop=True)]
    vendor.disturb = lambda r: (left.pop() if left else Reply(500, b"")) if is_post(r, "/orders") else None
    with pytest.raises(op.errors.OpenProspectError):
        connect().orders.discover(icp, 5, title="Makers in the south of Germany")
    heal(vendor)
    assert connect().journal.resume()["order_id"].to_list() == ["order-1"]
    assert list(vendor.orders) == ["order-1"]


def test_the_rest_of_a_pilot_is_found_by_the_profile_made_for_the_pilot(connect, server, vendor, icp):
    """Where keys are ignored and the answer was lost, `then()` finds the rest in the list, and sends nothing more."""
    ignore_keys(vendor, f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}")
    with connect() as client:
        pilot = client.orders.pilot(icp, of=30, first=5).wait(timeout=10, progress=False)
        new = vendor.new_order
        vendor.new_order = lambda body: telling(vendor, new(body), body)
        script = [Reply(400, b"{}"), Reply(drop=True)]
        vendor.disturb = lambda r: (script.pop() if script else Reply(400, b"{}")) if is_post(r, "/orders") else None
        with pytest.raises(op.errors.OpenProspectError):
            pilot.then()
    vendor.disturb = lambda _: None
    sent = len(posts(server, "/orders"))
    again = connect().orders.pilot(icp, of=30, first=5).wait(timeout=10, progress=False)

    assert again.then().order_id == "order-2"
    assert len(posts(server, "/orders")) == sent
    assert len(vendor.orders) == 2


@pytest.mark.parametrize("made", ["2026-05-05T09:00:00Z", "2026-05-06T08:58:00Z"])
def test_a_colleagues_equal_order_of_before_is_not_accused(connect, vendor, icp, made):
    """An equal order made a day or two minutes before, by the server's stamps, is nobody's double."""
    vendor.orders["theirs"] = {"order_id": "theirs", "status": "RECEIVED", "created_at": made}
    ignore_keys(vendor)
    script = [Reply(503, b"")]
    vendor.disturb = lambda r: script.pop() if script and is_post(r, "/orders") else None
    assert connect().orders.discover(icp, 5).order_id == "order-2"


@pytest.mark.parametrize("answer", [Reply(403, {"message": "no"}), Reply(500, b""), Reply(200, b"<html>")])
def test_a_list_that_cannot_be_had_does_not_cost_the_order(connect, vendor, icp, caplog, answer):
    """The order is returned and known; that its double could not be looked for is said, and resume() looks again."""
    ignore_keys(vendor)
    left = [Reply(drop=True)]

    def disturb(request):
        if is_post(request, "/orders"):
            return left.pop() if left else None
        return answer if request.path == "/api/v1/orders" else None

    vendor.disturb = disturb
    client = connect()
    assert client.orders.discover(icp, 5).order_id == "order-2"
    assert "order order-2 is placed" in caplog.text
    assert "could not be checked" in caplog.text
    heal(vendor)
    assert "orders order-2 and order-1 look like one purchase" in " ".join(client.journal.resume()["outcome"])


def test_what_a_dead_kernel_learnt_is_told_by_the_next_resume(connect, vendor, icp, tmp_path, caplog):
    """Killed before its table was seen: the doubles and the closing are told again, and once they were, no more."""
    ignore_keys(vendor, f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}")
    lose_first_answer(vendor)
    client = connect()
    with pytest.raises(op.errors.UnsafeToRetry, match="look like one purchase"):
        client.orders.discover(icp, 5, idempotency_key="mine")
    vendor.disturb = lambda r: Reply(422, {"message": "no"}) if is_post(r, "/orders") else None
    with pytest.raises(op.errors.ValidationError):
        client.orders.discover(icp, 6, idempotency_key="closed")
    assert "closed" not in client.journal.resume()["key"].to_list()
    change(tmp_path, "UPDATE purchases SET given_at = NULL, doubted_at = sent_at WHERE order_id IS NOT NULL")
    change(tmp_path, "UPDATE purchases SET given_at = NULL WHERE key = 'closed'")
    caplog.clear()
    client = connect()
    assert "1 purchase(s) ended before anybody was told how" in caplog.text
    told = client.journal.resume()
    assert told.filter(key="closed")["outcome"].item().startswith("closed: ")
    assert any("orders order-2 and order-1 look like one purchase" in outcome for outcome in told["outcome"])
    assert client.journal.resume().is_empty()


def test_one_order_for_two_purchases_is_said(connect, vendor, icp):
    """A server that answers the second, meant purchase with the first one's order does not pass unnoticed."""
    client = connect()
    order = client.orders.discover(icp, 5)
    vendor.disturb = lambda r: (
        Reply(202, {"order_id": "order-1", "status": "RECEIVED"}) if is_post(r, "/orders") else None
    )
    with pytest.raises(
        op.errors.UnsafeToRetry, match=f"order-1 is already the order of another.*{order.idempotency_key}"
    ):
        client.orders.discover(icp, 5, again=True)
    assert client.journal.frame()["order_id"].to_list() == ["order-1", "order-1"]


# Two kernels on one purchase


def hold(tmp_path, *, ahead, seconds):
    """Have a kernel on another machine hold every purchase."""
    until = datetime.now(UTC).timestamp() + ahead
    change(tmp_path, "UPDATE purchases SET lease_owner = 'far:1:x', lease_until = ?, lease_seconds = ?", until, seconds)


@pytest.mark.parametrize("ahead", [-3600.0, 60.0, 3660.0, 1e9])
def test_a_lease_whose_holder_is_silent_runs_out_by_our_clock(connect, vendor, icp, tmp_path, ahead):
    """Whatever time a distant kernel wrote into it: unchanged for as long as it promised, the purchase goes on."""
    lose_answers(vendor, handled=False)
    client = connect(clock=TestClock(chance=0.0))
    with pytest.raises(op.errors.ServerError):
        client.orders.discover(icp, 5)
    heal(vendor)
    hold(tmp_path, ahead=ahead, seconds=5.0)
    assert client.journal.resume()["outcome"].to_list() == ["placed"]


def test_a_purchase_that_another_kernel_is_at_work_on_is_said(connect, server, vendor, icp, tmp_path, caplog):
    """resume() leaves it to that kernel after a while and says who holds it; the others are finished."""
    lose_answers(vendor, handled=False)
    client = connect(clock=TestClock(chance=0.0))
    for quantity in (5, 6):
        with pytest.raises(op.errors.ServerError):
            client.orders.discover(icp, quantity)
    heal(vendor)
    change(
        tmp_path,
        "UPDATE purchases SET lease_owner = 'far:7:x', lease_until = 1e12, lease_seconds = 1e6 WHERE quantity = 5",
    )
    outcomes = client.journal.resume()["outcome"].to_list()
    assert outcomes[0].startswith("not finished: process 7 on far has been at work on this purchase")
    assert outcomes[1] == "placed"
    assert "waiting for it" in caplog.text


# What ends after sending


def test_an_order_that_cannot_be_written_down_is_named(connect, vendor, icp, tmp_path):
    """The order is placed and the disk refuses: the error has its id, its key and the way back to it."""
    client = connect()
    client.orders.list()
    change(
        tmp_path,
        "CREATE TRIGGER full BEFORE UPDATE OF order_id ON purchases BEGIN SELECT RAISE(FAIL, 'disk is full'); END",
    )
    with pytest.raises(op.errors.JournalError, match=r"order order-1 is placed \(key mine\).*disk is full.*resume\(\)"):
        client.orders.discover(icp, 5, idempotency_key="mine")
    change(tmp_path, "DROP TRIGGER full")
    assert client.orders.discover(icp, 5, idempotency_key="mine").order_id == "order-1"
    assert list(vendor.orders) == ["order-1"]


def test_a_server_that_forgets_the_state_has_taken_the_order(connect, vendor, icp):
    """An id is enough to have bought; half a surrogate pair beside it does not stop it from being written down."""
    vendor.disturb = lambda r: (
        Reply(202, b'{"order_id": "o-1", "message": "\\ud800"}') if is_post(r, "/orders") else None
    )
    client = connect()
    order = client.orders.discover(icp, 5)
    assert (order.order_id, order.status) == ("o-1", "RECEIVED")
    assert client.journal.frame()["order_id"].to_list() == ["o-1"]


# A journal that lost something


def lose_the_journal(tmp_path, *, witness=False):
    """Delete the journal, and with it, if wanted, the witness of what was in it."""
    for part in (tmp_path / "home").glob("*journal*" if witness else "journal*"):
        part.unlink()


def damage(tmp_path):
    """Fill the journal with garbage, in a home without a witness, as an earlier version left it."""
    lose_the_journal(tmp_path, witness=True)
    (tmp_path / "home" / "journal.sqlite").write_bytes(b"no database" * 999)


def test_a_lost_journal_is_said_at_every_start_until_acknowledged(connect, vendor, icp, tmp_path, caplog):
    """Deleted while nobody looked: the next clients say so, the order keeps its id and name, and nothing is bought."""
    with connect() as client:
        order = client.orders.discover(icp, 5, name="spring")
    lose_the_journal(tmp_path)
    for _ in range(2):
        caplog.clear()
        with connect() as client:
            assert "1 purchase(s) that this home once held are gone from its journal" in caplog.text
            assert "client.journal.acknowledge()" in caplog.text
            assert client.orders.discover(icp, 5, name="spring").order_id == order.order_id
    with connect() as client:
        assert client.journal.acknowledge().height == 0  # the rerun has given the text back
    caplog.clear()
    with connect():
        assert caplog.text == ""
    assert list(vendor.orders) == [order.order_id]


@pytest.mark.parametrize("age", [timedelta(), 6 * DAY])
def test_before_the_next_purchase_the_orders_are_compared(connect, vendor, icp, tmp_path, age, caplog):
    """An equal recent order that the journal does not know stands in the way, by its id, until acknowledged."""
    with connect() as client:
        client.orders.discover(icp, 5)
    stamp = datetime(2026, 5, 6, tzinfo=UTC)
    vendor.orders["order-1"]["created_at"] = f"{stamp - age:%Y-%m-%dT%H:%M:%SZ}"
    vendor.orders["other"] = {
        "order_id": "other",
        "order_type": "ENRICHMENT",
        "status": "COMPLETED",
        "created_at": f"{stamp:%Y-%m-%dT%H:%M:%SZ}",
    }
    damage(tmp_path)
    with pytest.raises(op.errors.JournalError, match="damaged-1"):
        connect()
    with connect() as client:
        assert "was damaged and was moved" in caplog.text
        with pytest.raises(
            op.errors.UnsafeToRetry, match=r"lost purchases, and order order-1 .*again=True.*acknowledge"
        ):
            client.orders.discover(icp, 5)
        assert client.journal.unfinished().is_empty()
        client.journal.acknowledge()
        assert client.orders.discover(icp, 5).order_id == "order-3"


def test_one_more_is_bought_in_spite_of_a_loss_if_it_was_said(connect, vendor, icp, tmp_path):
    """again=True means it, and an order that no earlier one is like is bought without a word."""
    with connect() as client:
        client.orders.discover(icp, 5)
    vendor.orders["order-1"]["briefing_quantity"] = 5
    damage(tmp_path)
    with pytest.raises(op.errors.JournalError):
        connect()
    with connect() as client:
        assert client.orders.discover(icp, 6).order_id == "order-2"
        assert client.orders.discover(icp, 5, again=True).order_id == "order-3"


def test_without_the_list_nothing_is_bought_after_a_loss(connect, vendor, icp, tmp_path):
    """What cannot be compared is not bought; the purchase is not begun twice either."""
    with connect() as client:
        client.orders.discover(icp, 5)
    damage(tmp_path)
    with pytest.raises(op.errors.JournalError):
        connect()
    vendor.disturb = lambda r: (
        Reply(403, {"message": "no"}) if r.path == "/api/v1/orders" and r.method == "GET" else None
    )
    with connect() as client:
        for _ in range(2):
            with pytest.raises(op.errors.UnsafeToRetry, match="the list cannot be had"):
                client.orders.discover(icp, 6)
        client.journal.acknowledge()
        client.orders.discover(icp, 6)
    assert len(vendor.orders) == 2


def test_a_loss_is_said_and_acknowledged_from_the_shell(connect, vendor, icp, tmp_path, server, forks):
    """`openprospect-nb journal` shows what is known of the lost purchase, and --acknowledge ends the warning."""
    with connect() as client:
        client.orders.discover(icp, 5)
    lose_the_journal(tmp_path)

    def run(*arguments):
        code = "import sys; from openprospect_nb.cli import main; sys.exit(main(sys.argv[1:]))"
        names = {
            "OPENPROSPECT_API_KEY": KEY,
            "OPENPROSPECT_BASE_URL": server.url,
            "OPENPROSPECT_HOME": str(tmp_path / "home"),
        }
        done = forks.run(code, "journal", *arguments, **names)
        assert done.returncode == 0, done.stderr
        return done

    first, second = run(), run("--acknowledge", "--json")
    assert "order-1" in first.stdout
    assert "are gone from its journal" in first.stderr
    assert '"lost": true' in second.stdout
    assert run().stderr == ""


def test_a_home_with_too_long_a_path_is_a_clear_error(connect, tmp_path):
    """More characters than a database's path may have are said, with what to do."""
    home = tmp_path.joinpath(*["x" * 100] * 5)
    with pytest.raises(op.errors.OpenProspectError, match=r"more than 500 characters.*home="):
        connect(home=home)
