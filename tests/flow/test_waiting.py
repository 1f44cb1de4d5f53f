"""Waiting through everything a real server, a real thread and a real laptop can do to it; counted at the server."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
import time
from collections import Counter

import httpx
import pytest
from support.clocks import TestClock
from support.servers import NoSocket, Received, Reply, in_turn
from support.vendor import Vendor

import openprospect_nb as op
from openprospect_nb.transport.clock import Clock

KEY = "lnc_test_" + "v" * 32
WEB_PAGE = Reply(200, b"<!doctype html><title>Please sign in</title>", {"Content-Type": "text/html"})
HOUR = 3600.0
NOWHERE = "http://127.0.0.1:9"  # the address of a client whose transport opens no socket


@pytest.fixture
def stuck(vendor):
    """Three orders that nothing moves, unless a test does."""
    for number in range(1, 4):
        put(vendor, f"order-{number}")
    vendor.move = lambda order: None
    return vendor


def put(vendor, order: str, status: str = "ACCEPTED") -> None:
    """Place an order at the vendor by hand."""
    vendor.orders[order] = {"order_id": order, "order_type": "DISCOVERY", "status": status}


def complete(vendor, *orders: str) -> None:
    """Let orders be completed."""
    for order in orders or tuple(vendor.orders):
        vendor.orders[order]["status"] = "COMPLETED"


def after(count: int, *disturbances: Reply):
    """Disturb requests in turn, and leave them alone after *count*."""
    disturb, seen = in_turn(*disturbances), []

    def answer(request: Received) -> Reply | None:
        seen.append(request)
        return disturb(request) if len(seen) <= count else None

    return answer


class Timed:
    """A wait in a thread of its own: how it ended, and after how many seconds."""

    def __init__(self, wait) -> None:
        self.value: object = None
        self.error: BaseException | None = None
        self._wait = wait
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        start = time.monotonic()
        try:
            self.value = self._wait()
        except BaseException as error:  # noqa: BLE001 - what came is what the test looks at
            self.error = error
        self.seconds = time.monotonic() - start

    def end(self, seconds: float = 30) -> Timed:
        """Wait for its end."""
        self.thread.join(seconds)
        assert not self.thread.is_alive(), "it never ended"
        return self


OUTAGES = {
    "429, retry after an hour": [Reply(429, {"error": "RATE_LIMIT_EXCEEDED", "message": "slow", "retry_after": 3600})],
    "six 502s": [Reply(502, b"<html>bad gateway</html>")] * 6,
    "a sign-in page": [WEB_PAGE],
    "one 404": [Reply(404, {"code": "ORDER_NOT_FOUND", "message": "no such order"})],
    "two 404s": [Reply(404, {"code": "ORDER_NOT_FOUND", "message": "no such order"})] * 2,
    "dropped lines": [Reply(drop=True)] * 7,
    "cut answers": [Reply(200, {"order_id": "order-1", "status": "COMPLETED"}, cut=12)] * 6,
    "JSON that is none": [Reply(200, b'{"order_id": "order-1", "sta')] * 6,
    "not an object": [Reply(200, b"[1, 2]"), Reply(200, b"null"), Reply(200, b'"x"'), Reply(200, b"7")],
    "an empty answer": [Reply(200, b""), Reply(204)],
    "an order without a state": [Reply(200, {"order_id": "order-1"}), Reply(200, {"order_id": "order-1", "status": 5})],
    "another order's end": [Reply(200, {"order_id": "order-9", "status": "COMPLETED"})] * 6,
    "errors of odd shapes": [
        Reply(500, {"error": {"code": "X", "message": "m", "details": None}}),
        Reply(503, {"error": ["X"]}),
        Reply(429, {"retry_after": "²"}),
        Reply(500, b"[" * 100_000),
    ],
    "a stated delay of years": [Reply(429, {"retry_after": "9" * 400}), Reply(429, {"retry_after": 10**12})],
    "refusals that are none": [Reply(status, {"message": "x"}) for status in (400, 402, 409, 410, 418, 422, 423, 451)],
    "redirects nowhere": [Reply(302, b"", {"Location": "javascript:alert(1)"}), Reply(307, b"", {"Location": "//[x"})],
}


def quick(client: op.Client) -> TestClock:
    """Let a client's waiting take no time, and return the clock that counts it."""
    clock = client._core._context.sender.clock = TestClock()
    return clock


@pytest.mark.parametrize("outage", OUTAGES)
@pytest.mark.parametrize("many", [False, True], ids=["one order", "three orders"])
def test_no_outage_ends_a_wait(connect, stuck, outage, many):
    """Each of these is sat out by order.wait() and by orders.wait(), and the order's end is what comes back."""
    client = connect(poll_interval=None)
    order, clock = client.orders.get("order-1"), quick(client)
    complete(stuck)
    stuck.disturb = after(len(OUTAGES[outage]), *OUTAGES[outage])
    done = client.orders.wait(list(stuck.orders), progress=False) if many else [order.wait(progress=False)]

    assert {one.status for one in done} == {"COMPLETED"}
    assert clock.monotonic() >= (HOUR if "hour" in outage else 1)


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_ends_every_wait_at_once(connect, server, stuck, status):
    """401 and 403 are not sat out: one request, then the error of its own class."""
    client = connect()
    order = client.orders.get("order-1")
    stuck.disturb = lambda _: Reply(status, {"message": "no"})
    server.received.clear()
    for wait in (order.wait, lambda **more: client.orders.wait(["order-1", "order-2"], **more)):
        with pytest.raises((op.errors.AuthenticationError, op.errors.PermissionDeniedError)):
            wait(progress=False)

    assert len(server.received) == 2


def test_an_order_that_stays_unknown_ends_the_wait_in_minutes(connect, server):
    """A mistyped id is a NotFoundError after some minutes and a few requests, not never, and not after the first."""
    client = connect(poll_interval=None)
    clock = quick(client)
    with pytest.raises(op.errors.NotFoundError, match="order-99"):
        client.orders.wait(["order-99"], progress=False)

    assert 180 <= clock.monotonic() <= 600
    assert 3 <= len(server.received) <= 8


def test_one_unknown_order_does_not_hide_the_others(stuck, tmp_path):
    """While others run the wait goes on; once they have ended, the one nobody knows is the error."""
    ended: list[str] = []

    def moves(_: Received) -> None:
        if clock.monotonic() > 5 * HOUR:
            complete(stuck)

    stuck.disturb = moves
    with op.Client(api_key=KEY, base_url=NOWHERE, home=tmp_path, transport=NoSocket(stuck)) as client:
        clock = quick(client)
        with pytest.raises(op.errors.NotFoundError, match="order-99"):
            client.orders.wait(
                [*stuck.orders, "order-99"], progress=False, on_done=lambda order: ended.append(order.order_id)
            )

    assert sorted(ended) == ["order-1", "order-2", "order-3"]
    assert clock.monotonic() > 5 * HOUR


JUNK_LISTS = {
    "an order missing from the list": lambda rows: rows[1:],
    "an empty list": lambda rows: [],
    "junk rows": lambda rows: [None, 7, "x", [], {}, {"status": "COMPLETED"}, {"order_id": "order-9"}, *rows],
    "a spoilt row": lambda rows: [{**rows[0], "status": None}, *rows[1:]],
    "rows of others": lambda rows: [{**rows[0], "order_id": f"other-{n}"} for n in range(90)] + rows,
}


@pytest.mark.parametrize("junk", JUNK_LISTS)
def test_a_list_with_junk_is_read_for_what_it_shows(connect, server, stuck, junk):
    """Orders that the list hides or spoils are asked for by their ids; the others come from the list."""
    complete(stuck)
    whole = stuck.page
    stuck.page = lambda request, key, rows: whole(request, key, JUNK_LISTS[junk](rows))
    done = connect().orders.wait(list(stuck.orders), timeout=20, progress=False)

    assert [order.status for order in done] == ["COMPLETED"] * 3
    assert len(server.received) <= 4


def test_a_day_without_network_is_sat_out_inside_the_budget(tmp_path, caplog):
    """Twenty-four hours in which no name can be resolved cost fewer than a hundred tries in any hour."""
    vendor, tries, clock = Vendor(), [], TestClock()
    put(vendor, "order-1", "COMPLETED")

    class Offline(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            tries.append(clock.monotonic())
            if clock.monotonic() < 24 * HOUR:
                raise httpx.ConnectError("[Errno -3] Temporary failure in name resolution", request=request)
            reply = vendor(Received(request.method, request.url.path, [], {}, b""))
            return httpx.Response(reply.status, content=reply.payload())

    with op.Client(api_key=KEY, base_url="http://127.0.0.1:9", home=tmp_path, transport=Offline()) as client:
        client._core._context.sender.clock = clock
        (order,) = client.orders.wait(["order-1"], progress=False)

    assert order.status == "COMPLETED"
    assert 24 * HOUR <= clock.monotonic() < 24 * HOUR + 120
    assert max(Counter(int(moment // HOUR) for moment in tries).values()) < 100
    assert "name resolution" in caplog.text


@pytest.mark.parametrize("apart", [False, True], ids=["one wait", "two hundred waits"])
def test_two_hundred_orders_stay_inside_the_free_tier(vendor, tmp_path, apart):
    """Two hundred orders are two list pages a poll, whether one wait has them all or each a wait of its own."""
    vendor.move = lambda order: None
    for number in range(200):
        put(vendor, f"order-{number}")
    clock, sent = TestClock(), []
    vendor.disturb = lambda _: sent.append(clock.monotonic())

    async def day():
        async with op.AsyncClient(api_key=KEY, base_url=NOWHERE, home=tmp_path, transport=NoSocket(vendor)) as client:
            client._context.sender.clock = clock
            sets = [[order] for order in vendor.orders] if apart else [list(vendor.orders)]
            waits = [client.orders.wait(ids, timeout=5 * HOUR, progress=False) for ids in sets]
            return await asyncio.gather(*waits, return_exceptions=True)

    ends = asyncio.run(day())
    assert {type(end) for end in ends} == {op.errors.WaitTimeout}
    assert max(sum(1 for moment in sent if start < moment <= start + HOUR) for start in sent) < 100


def test_a_list_of_ten_thousand_orders_does_not_use_up_the_hour(connect, server, stuck):
    """Three old orders behind ten thousand new ones are asked for by their ids: four requests, not a hundred."""
    rows = [{"order_id": f"new-{n}", "status": "COMPLETED"} for n in range(10_000)]
    whole = stuck.page
    stuck.page = lambda request, key, listed: whole(request, key, [*rows, *listed])
    complete(stuck)
    done = connect().orders.wait(list(stuck.orders), timeout=20, progress=False)

    assert [order.status for order in done] == ["COMPLETED"] * 3
    assert len(server.received) == 4


def test_waits_at_different_times_share_what_they_hear(stuck, tmp_path):
    """Three waits that began at different moments cost little more than one, and each gets its own order."""
    clock = TestClock()

    async def run(count: int) -> int:
        line = NoSocket(stuck)
        async with op.AsyncClient(api_key=KEY, base_url=NOWHERE, home=tmp_path / str(count), transport=line) as client:
            client._context.sender.clock = clock
            waits = [
                client.orders.wait([f"order-{number}"], timeout=5 * HOUR, progress=False)
                for number in range(1, count + 1)
            ]
            await asyncio.gather(*waits, return_exceptions=True)
        return len(line.received)

    alone, together = asyncio.run(run(1)), asyncio.run(run(3))
    assert together <= 2 * alone


SILENCES = {
    "hangs": lambda held: held.wait(60) and None,
    "tells to wait": lambda _: Reply(429, {"retry_after": 3600}),
    "tells to come back in a minute": lambda _: Reply(503, {"message": "x"}, {"Retry-After": "60"}),
    "drops every line": lambda _: Reply(drop=True),
    "is a web page": lambda _: WEB_PAGE,
    "works on": lambda _: None,
}


@pytest.mark.parametrize("silence", SILENCES)
@pytest.mark.parametrize("many", [False, True], ids=["one order", "three orders"])
def test_a_deadline_is_kept_whatever_the_server_does(connect, stuck, silence, many):
    """wait(timeout=0.5) is over although the server is as it was, with what is pending, and never early."""
    client, held = connect(poll_interval=None), threading.Event()
    order = client.orders.get("order-1")
    stuck.disturb = lambda _: SILENCES[silence](held)
    ids = ["order-1", "order-2"]
    wait = Timed(
        lambda: (
            client.orders.wait(ids, timeout=0.5, progress=False) if many else order.wait(timeout=0.5, progress=False)
        )
    ).end()
    held.set()

    assert isinstance(wait.error, op.errors.WaitTimeout)
    assert wait.error.pending.keys() == set(ids if many else ids[:1])
    assert wait.seconds >= 0.5


def test_an_answer_that_drips_in_is_cut_at_the_deadline(tmp_path):
    """A byte every tenth of a second never runs into a timeout of its own; the deadline ends it all the same."""

    class Dripping(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            async def body():
                while True:
                    yield b" "
                    await asyncio.sleep(0.1)

            return httpx.Response(200, content=body(), request=request)

    with op.Client(api_key=KEY, base_url="http://127.0.0.1:9", home=tmp_path, transport=Dripping()) as client:
        wait = Timed(lambda: client.orders.wait(["order-1"], timeout=1, progress=False)).end()

    assert isinstance(wait.error, op.errors.WaitTimeout)
    assert wait.seconds >= 1


class Laptop(Clock):
    """A computer whose lid is closed in the middle of its first pause, for a night of ten hours.

    Args:
        at_night: called while it sleeps.
    """

    def __init__(self, at_night=lambda: None) -> None:
        self._slept = 0.0
        self._at_night = at_night

    def monotonic(self) -> float:
        """Return real seconds, the night included."""
        return super().monotonic() + self._slept

    async def sleep(self, seconds: float) -> None:
        """Pause; the event loop's own timers know nothing of the night."""
        if not self._slept:
            asyncio.get_running_loop().call_later(0.05, self._close_the_lid)
        await super().sleep(seconds)

    def _close_the_lid(self) -> None:
        self._at_night()
        self._slept = 10 * HOUR


def test_a_slept_through_night_counts_and_the_poll_comes_on_waking(connect, server, stuck):
    """A pause of five minutes is over when the lid opens: the order that ended in the night is seen at once."""
    client = connect(poll_interval=300)
    client._core._context.sender.clock = Laptop(lambda: complete(stuck))
    wait = Timed(lambda: client.orders.wait(["order-1"], progress=False)).end()

    assert wait.value[0].status == "COMPLETED"
    assert len(server.received) == 2


def test_a_deadline_that_passed_in_the_night_ends_the_wait_on_waking(connect, stuck):
    """An hour is an hour of real time: closed at ten and opened at eight, the wait is over."""
    client = connect(poll_interval=300)
    client._core._context.sender.clock = Laptop()

    assert isinstance(Timed(lambda: client.orders.wait(["order-1"], timeout=HOUR)).end().error, op.errors.WaitTimeout)


@pytest.mark.parametrize(
    "outage", sorted(OUTAGES.keys() - {"a stated delay of years"})
)  # its fifteen minutes are over first
def test_no_outage_ends_the_wait_for_a_profile(connect, vendor, icp, outage):
    """A profile that is being made is waited for as an order is, alone and inside discover()."""
    client = connect(poll_interval=None)

    def but_for_polls(request: Received) -> Reply | None:
        is_poll = request.method == "GET" and "search-profile-creations" in request.path
        return disturb(request) if is_poll else None

    for wait in (lambda: client.profiles.create(icp, again=True), lambda: client.orders.discover(icp, 5)):
        quick(client)
        disturb = after(len(OUTAGES[outage]), *OUTAGES[outage])
        vendor.disturb = but_for_polls
        assert wait().status in {"SUCCEEDED", "RECEIVED"}


@pytest.mark.parametrize("silence", SILENCES)
def test_the_deadline_of_a_profile_is_kept(connect, vendor, icp, silence):
    """profile.wait(timeout=1) is over whatever the server does, and names the creation."""
    client, held = connect(), threading.Event()
    profile = client.profiles.create(icp, wait=False)
    running = Reply(200, {"profile_creation_id": "creation-1", "status": "RUNNING"})
    vendor.disturb = lambda r: SILENCES[silence](held) or running
    wait = Timed(lambda: profile.wait(timeout=1)).end()
    held.set()

    assert isinstance(wait.error, op.errors.WaitTimeout)
    assert wait.error.pending.keys() == {"creation-1"}
    assert wait.seconds >= 1


def until(condition) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "it never became true"
        time.sleep(0.02)


def test_a_progress_line_says_what_goes_on_and_since_when(connect, stuck):
    """While polls fail the line tells since when and why; afterwards it is the order's state again."""
    lines: list[str] = []

    class Line:
        def update(self, text: str, fraction: float | None = None) -> None:
            lines.append(text)

        def say(self, text: str) -> None:
            lines.append(text)

        def close(self) -> None:
            pass

    client = connect(poll_interval=None)
    quick(client)
    stuck.disturb = after(3, Reply(502, b"<html>"))
    with op.client.progress.reporting_to(Line), pytest.raises(op.errors.WaitTimeout):
        client.orders.wait(["order-1"], timeout=600)

    assert "no usable response since " in lines[2]
    assert "502" in lines[2]
    assert lines[-1].startswith("order order-1 ACCEPTED · ")


# What ends a wait from outside


def test_closing_the_client_ends_a_wait_with_the_way_back(connect, server, stuck):
    """close() in another thread is a ConfigurationError that names the orders, at once, in a pause or in a request."""
    held = threading.Event()
    for disturb in (lambda _: None, lambda _: held.wait(30) and None):
        client = connect(poll_interval=300)
        server.received.clear()
        stuck.disturb = disturb
        wait = Timed(lambda client=client: client.orders.wait(["order-1", "order-2"], progress=False))
        until(lambda: server.received)
        client.close()
        error = wait.end(10).error

        assert isinstance(error, op.errors.ConfigurationError)
        assert "it waits no longer" in str(error)
        assert "client.orders.wait(['order-1', 'order-2'])" in str(error)
    held.set()


def test_closing_ends_the_wait_for_a_profile_too(connect, server, vendor, icp):
    """A discover() that waits for its profile ends with the same error; nothing was ordered, and resume() goes on."""
    pending = {"profile_creation_id": "creation-1", "status": "RUNNING", "profile_id": None}
    vendor.disturb = lambda r: Reply(200, pending) if r.method == "GET" and "search-profile" in r.path else None
    client = connect(poll_interval=300)
    wait = Timed(lambda: client.orders.discover(icp, 5))
    until(lambda: len(server.received) == 2)
    client.close()
    error = wait.end(10).error

    assert isinstance(error, op.errors.ConfigurationError)
    assert "client.journal.resume()" in str(error)
    assert vendor.orders == {}


def test_closing_the_asynchronous_client_ends_its_waits_the_same_way(server, stuck, tmp_path):
    """aclose() during a wait in another task is our error; later waits are refused with it too."""

    async def run():
        client = op.AsyncClient(api_key=KEY, base_url=server.url, home=tmp_path, poll_interval=300)
        waiting = asyncio.ensure_future(client.orders.wait(["order-1"], progress=False))
        await asyncio.to_thread(until, lambda: server.received)
        await client.aclose()
        with pytest.raises(op.errors.ConfigurationError, match="it waits no longer"):
            await waiting
        with pytest.raises(op.errors.ConfigurationError, match="closed"):
            await client.orders.wait(["order-1"], progress=False)

    asyncio.run(run())


def test_cancelling_a_task_stays_a_cancellation(server, stuck, tmp_path, caplog):
    """A cancelled task is cancelled, as asyncio's users expect; the log says how to come back."""

    async def run():
        async with op.AsyncClient(api_key=KEY, base_url=server.url, home=tmp_path, poll_interval=300) as client:
            waiting = asyncio.ensure_future(client.orders.wait(["order-1"], progress=False))
            await asyncio.to_thread(until, lambda: server.received)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting

    asyncio.run(run())
    assert "client.orders.wait(['order-1'])" in caplog.text


LEFT_BEHIND = """
import sys, threading, time
import openprospect_nb as op
client = op.connect(api_key={key!r}, base_url={url!r}, home={home!r}, poll_interval={interval})
def wait():
    try:
        client.orders.wait(["order-1"], progress=False)
    except op.errors.ConfigurationError as error:
        print("said:", error)
threading.Thread(target=wait).start()
time.sleep(1)
"""


@pytest.mark.parametrize("interval", [0.05, 300])
def test_a_thread_that_still_waits_when_the_program_ends_is_told(server, stuck, tmp_path, interval, forks):
    """A non-daemon thread is not left with a RuntimeError about pools, nor does it keep the program from ending."""
    done = forks.run(LEFT_BEHIND.format(key=KEY, url=server.url, home=str(tmp_path), interval=interval))

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("said: ")
    assert "client.orders.wait(['order-1'])" in done.stdout
    assert "Traceback" not in done.stderr


FORKED = """
import asyncio, os, sys, warnings
import openprospect_nb as op
warnings.simplefilter("ignore")
core = op.AsyncClient(api_key={key!r}, base_url={url!r}, home={home!r})
child = os.fork()
if child == 0:
    try:
        asyncio.run(core.orders.wait(["order-1"], progress=False))
    except op.errors.ConfigurationError as error:
        os._exit(7 if "forked" in str(error) else 1)
    os._exit(1)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_wait_in_a_forked_child_is_refused(server, stuck, tmp_path, forks):
    """The asynchronous client says so too, instead of sharing its parent's connections and journal."""
    done = forks.run(FORKED.format(key=KEY, url=server.url, home=str(tmp_path)))

    assert done.returncode == 7, done.stderr


def test_a_wait_goes_on_when_nobody_holds_the_client(connect, server, stuck, tmp_path):
    """A handle that waits keeps working after its client is forgotten and collected."""
    order = op.connect(api_key=KEY, base_url=server.url, home=tmp_path / "x", poll_interval=0.1).orders.get("order-1")
    wait = Timed(lambda: order.wait(progress=False))
    until(lambda: len(server.received) > 2)
    gc.collect()
    complete(stuck)

    assert wait.end(10).value.status == "COMPLETED"
    order._portal.close()


# Telling a human


def test_on_done_is_called_once_with_each_order_as_it_ends(connect, stuck):
    """While others still run the first end is told; each order once, also when it is named twice or ends badly."""
    client, told, seen_by_then = connect(), [], []

    def done(order):
        told.append((order.order_id, order.status))
        seen_by_then.append(dict(stuck.orders["order-3"])["status"])
        stuck.orders["order-3"]["status"] = "REJECTED"

    complete(stuck, "order-1", "order-2")
    client.orders.wait(["order-1", "order-3", "order-2", "order-1"], progress=False, on_done=done)

    assert sorted(told) == [("order-1", "COMPLETED"), ("order-2", "COMPLETED"), ("order-3", "REJECTED")]
    assert seen_by_then[0] == "ACCEPTED"


def test_on_done_gets_the_blocking_handle_in_a_thread_where_it_may_block(connect, stuck):
    """It may fetch results with the handle it is given; the thread is not the client's own."""
    stuck.company_count = 3
    client, told = connect(), []
    order = client.orders.get("order-1")
    complete(stuck)

    def done(order):
        told.append((type(order), threading.current_thread().name, order.results().companies.height))

    order.wait(progress=False, on_done=done)
    order.wait(progress=False, on_done=done)

    assert [(kind, height) for kind, _, height in told] == [(op.client.Order, 3)] * 2
    assert {name.rpartition("_")[0] for _, name, _ in told} == {"openprospect-on-done"}


def test_on_done_of_the_asynchronous_face_gets_its_own_handle(server, stuck, tmp_path):
    """A function is called and a coroutine function awaited, with the awaitable handle."""
    told = []

    async def done(order):
        await order.refresh()
        told.append(type(order))

    async def run():
        async with op.AsyncClient(api_key=KEY, base_url=server.url, home=tmp_path, poll_interval=0.01) as client:
            await client.orders.wait(["order-1"], progress=False, on_done=done)
            await (await client.orders.get("order-1")).wait(
                progress=False, on_done=lambda order: told.append(type(order))
            )

    complete(stuck)
    asyncio.run(run())
    assert told == [op.api.AsyncOrder] * 2


def failing(kind: type[BaseException]):
    """Return a function that raises."""

    def done(order):
        raise kind("in on_done")

    return done


async def failing_later(order):
    """Raise once awaited."""
    raise ValueError("in on_done")


@pytest.mark.parametrize(
    "on_done", [failing(ValueError), failing(SystemExit), failing(KeyboardInterrupt), failing_later]
)
def test_what_on_done_raises_is_logged_and_does_not_reach_the_wait(connect, stuck, caplog, on_done):
    """Not even sys.exit() in it ends the client's loop; the log holds the traceback."""
    complete(stuck)
    client = connect()
    (order,) = client.orders.wait(["order-1"], progress=False, on_done=on_done)

    assert order.status == "COMPLETED"
    assert "in on_done" in caplog.text
    assert client.orders.get("order-1").status == "COMPLETED"


def test_on_done_of_an_order_that_ended_badly_is_called_before_the_error(connect, stuck):
    """order.wait() raises OrderFailed, and the human was told."""
    told = []
    stuck.orders["order-1"]["status"] = "FAILED"
    with pytest.raises(op.errors.OrderFailed):
        connect().orders.get("order-1").wait(progress=False, on_done=lambda order: told.append(order.status))

    assert told == ["FAILED"]


@pytest.mark.parametrize("status", [401, 403, 404])
def test_on_done_of_what_had_ended_is_called_before_an_error_ends_the_wait(stuck, tmp_path, status):
    """An order that nobody may read ends the wait; who ended by then is told, though the client is closed next."""
    told: list[str] = []
    complete(stuck)
    stuck.disturb = lambda request: Reply(status, {"message": "no"}) if "order-99" in request.path else None

    def done(order):
        time.sleep(0.05)
        told.append(order.order_id)

    with op.Client(api_key=KEY, base_url=NOWHERE, home=tmp_path, transport=NoSocket(stuck)) as client:
        quick(client)
        with pytest.raises(op.errors.OpenProspectError, match="no"):
            client.orders.wait([*stuck.orders, "order-99"], progress=False, on_done=done)

    assert sorted(told) == ["order-1", "order-2", "order-3"]


def test_a_slow_on_done_does_not_make_the_wait_late(connect, stuck):
    """The deadline is the wait's: a function that goes on goes on without it."""
    complete(stuck)
    client, held = connect(), threading.Event()
    wait = Timed(
        lambda: client.orders.wait(["order-1"], timeout=1, progress=False, on_done=lambda order: held.wait(60))
    ).end()
    held.set()

    assert wait.error is None


@pytest.mark.parametrize("on_done", ["print", 7, [print]])
def test_an_on_done_that_cannot_be_called_is_refused_before_anything_is_asked(connect, server, on_done):
    """The mistake is said at once, not after the night."""
    with pytest.raises(op.errors.ConfigurationError, match="on_done="):
        connect().orders.wait(["order-1"], on_done=on_done)

    assert server.received == []


def test_orders_known_to_have_ended_cost_nothing(connect, server, stuck):
    """Handles that have seen the end are returned without a request, and so is no order at all."""
    complete(stuck)
    client = connect()
    orders = [client.orders.get(order) for order in stuck.orders]
    server.received.clear()

    assert [order.status for order in client.orders.wait(orders, progress=False)] == ["COMPLETED"] * 3
    assert client.orders.wait([], progress=False) == []
    assert server.received == []


def test_one_order_alone_and_a_generator_of_orders_are_orders_too(connect, stuck):
    """A single id is not read as its letters, and what can be gone through once is gone through once."""
    complete(stuck)
    client = connect()
    one = client.orders.get("order-1")

    assert [order.order_id for order in client.orders.wait("order-1", progress=False)] == ["order-1"]
    assert [order.order_id for order in client.orders.wait(one, progress=False)] == ["order-1"]
    assert [order.order_id for order in client.orders.wait(o for o in ["order-2", "order-1", "order-2"])] == [
        "order-2",
        "order-1",
        "order-2",
    ]


@pytest.mark.parametrize("nobody", ["", "  ", 7, None, {"order_id": "order-1"}])
def test_what_is_no_order_is_refused_before_anything_is_asked(connect, server, nobody):
    """An empty id would ask for the whole list, for ever; it is a clear error instead."""
    with pytest.raises(op.errors.ConfigurationError, match="no order to wait for"):
        connect().orders.wait([nobody], progress=False)
    if not isinstance(nobody, dict):
        with pytest.raises(op.errors.ConfigurationError, match="no order to wait for"):
            connect().orders.wait(nobody, progress=False)

    assert server.received == []


def test_what_a_wait_has_seen_is_in_the_journal_when_it_returns(tmp_path):
    """The journal says COMPLETED as soon as wait() does, so that what follows knows the order's state and cost."""
    icp = op.ICP(profile_name="A", ideal_customer_profile="B", seller_offering="C", target_countries=["DE"])
    with op.Sandbox(step_seconds=0.01) as sandbox:
        client = op.connect(sandbox=sandbox, home=tmp_path / "home", poll_interval=0.01)
        said = []
        for number in range(12):
            client.orders.discover(icp, 1 + number).wait(timeout=30, progress=False)
            said.append(client.journal.frame()["status"][-1])
        client.close()

    assert said == ["COMPLETED"] * 12
