"""Webhooks: read, checked, deduplicated, and believed only once the API has confirmed them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
import time
import urllib.error
import urllib.request

import pytest
import uvicorn
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.examples import examples

import openprospect_nb as op
from openprospect_nb import webhooks

EVENT = {
    "event": "order.status_changed",
    "order_id": "e0b5b1f4-0f34-4d06-9a0b-54d5a3a3c7aa",
    "status": "COMPLETED",
    "previous_status": "IN_PROGRESS",
    "timestamp": "2026-05-06T09:15:00.000000+00:00",
}


def test_the_documented_event_is_read():
    """The five fields become a value with an aware UTC time."""
    event = webhooks.parse(json.dumps(EVENT))
    assert (event.order_id, event.status, event.previous_status) == (EVENT["order_id"], "COMPLETED", "IN_PROGRESS")
    assert event.timestamp.isoformat() == "2026-05-06T09:15:00+00:00"
    assert event.is_known
    assert event.identity == webhooks.parse(json.dumps(EVENT | {"more": 1})).identity


def test_an_event_nobody_knows_is_kept_raw():
    """Another event type is read and marked as unknown, not refused."""
    event = webhooks.parse(b'{"event": "delivery.company_qualified", "data": {}}')
    assert not event.is_known
    assert event.raw["data"] == {}


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"event": 1}', json.dumps({"event": EVENT["event"]}).encode()])
def test_what_is_no_event_is_refused_with_its_field(body):
    """Broken JSON and missing fields are a ValidationError."""
    with pytest.raises(op.errors.ValidationError):
        webhooks.parse(body)


def test_the_secret_may_come_as_header_or_token():
    """Bearer header or URL token; anything else is not it."""
    assert webhooks.has_secret("s", authorization="Bearer s")
    assert webhooks.has_secret("s", token="s")
    assert not webhooks.has_secret("s", authorization="Bearer t", token="")
    assert not webhooks.has_secret("s")


@pytest.fixture
def session(tmp_path):
    """A sandbox that waits to be moved, and a client of it that polls once an hour."""
    with (
        op.Sandbox(step_seconds=0, port=0) as sandbox,
        op.connect(sandbox=sandbox, home=tmp_path, poll_interval=3600) as client,
    ):
        yield sandbox, client


@pytest.fixture
def receiver(session):
    """The receiver, served on loopback by a real server; gives its address and what it confirmed."""
    confirmed: list[op.client.Order] = []
    app = webhooks.Receiver(session[1], secret="s3cret", on_order=confirmed.append)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, lifespan="on"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}/hook", confirmed
    server.should_exit = True
    thread.join(10)


def send(url, body, **headers):
    """POST a body and return the status."""
    request = urllib.request.Request(url, data=body, headers=headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def place(client, webhook_url=None, title="Spring"):
    """Place an order that waits to be moved by hand."""
    companies = [{"company_name": f"Invented {title}"}]
    return client.orders.enrich(companies, title=title, features=["COMPANY_DATA"], webhook_url=webhook_url)


def started(wait):
    """Wait in a thread of its own, which is given back; that the client is closed at the end is no surprise."""

    def run():
        with contextlib.suppress(op.errors.ConfigurationError):
            wait()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def until(condition):
    """Wait until something is so."""
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_change_at_the_vendor_reaches_the_journal(session, receiver):
    """The sandbox sends its webhook to the receiver, which reads the order and commits what the API says."""
    sandbox, client = session
    url, confirmed = receiver
    order = place(client, f"{url}?token=s3cret")
    sandbox.control.transition(order.order_id, "ACCEPTED")
    until(lambda: confirmed)
    assert (confirmed[0].order_id, confirmed[0].status) == (order.order_id, "ACCEPTED")
    assert (
        client.journal.frame().filter(client.journal.frame()["order_id"] == order.order_id)["status"].item()
        == "ACCEPTED"
    )


def test_a_lie_is_not_believed_and_a_repeat_is_read_once(session, receiver):
    """An event that claims COMPLETED leads to a read, which says RECEIVED; the same event again leads to nothing."""
    client = session[1]
    url, confirmed = receiver
    order = place(client)
    body = json.dumps(EVENT | {"order_id": order.order_id}).encode()
    assert [send(url, body, Authorization="Bearer s3cret") for _ in range(3)] == [204, 204, 204]
    until(lambda: confirmed)
    assert [(o.order_id, o.status) for o in confirmed] == [(order.order_id, "RECEIVED")]


def test_strangers_and_nonsense_are_turned_away(session, receiver):
    """No secret 401, no event 422, too large 413, not a POST 405; none of it is read up."""
    url, confirmed = receiver
    body = json.dumps(EVENT).encode()
    assert send(url, body) == 401
    assert send(f"{url}?token=wrong", body) == 401
    assert send(f"{url}?token=s3cret", b"{}") == 422
    assert send(f"{url}?token=s3cret", b"x" * 100_000) == 413
    with pytest.raises(urllib.error.HTTPError, match="405"):
        urllib.request.urlopen(f"{url}?token=s3cret", timeout=10)
    assert confirmed == []


def test_an_event_ends_a_wait_that_would_have_slept_on(session, receiver):
    """A wait that polls once an hour is over when the vendor's event came: it hears what the receiver read."""
    sandbox, client = session
    url, _ = receiver
    orders = [place(client, f"{url}?token=s3cret"), place(client, title="Autumn")]
    ended = []
    waits = [
        started(lambda: ended.append(orders[0].wait(progress=False, on_done=ended.append))),
        started(lambda: ended.append(client.orders.wait(orders, progress=False))),
    ]
    until(lambda: client.traffic.sent >= 4)
    for status in ("ACCEPTED", "IN_PROGRESS", "COMPLETED"):
        sandbox.control.transition(orders[0].order_id, status)
    waits[0].join(20)
    assert [order.status for order in ended] == ["COMPLETED"] * 2
    assert waits[1].is_alive()


def test_a_lie_does_not_end_a_wait(session, receiver):
    """An event that claims COMPLETED wakes nobody: the API says otherwise."""
    client = session[1]
    url, confirmed = receiver
    order = place(client)
    wait = started(lambda: client.orders.wait([order], progress=False))
    body = json.dumps(EVENT | {"order_id": order.order_id}).encode()
    assert send(f"{url}?token=s3cret", body) == 204
    until(lambda: confirmed)
    assert wait.is_alive()


ODD = [
    None,
    0,
    7.5,
    True,
    "",
    " ",
    [],
    {},
    ["IN_PROGRESS"],
    {"a": [{}]},
    [[[[]]]],
    "x" * 5_000,
    "\ud800",
    "a\nb",
    "\u202e",
    -(10**30),
]
FIELDS = ["order_id", "status", "previous_status", "timestamp"]


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("value", ODD, ids=[repr(value)[:20] for value in ODD])
def test_odd_fields_are_read_or_refused(field, value):
    """A list, a number, a null, a novel or half a character in a field is None where nobody needs it, else 422."""
    body = json.dumps(EVENT | {field: value})
    if field in {"order_id", "status"}:
        with pytest.raises(op.errors.ValidationError, match=field):
            webhooks.parse(body)
    else:
        event = webhooks.parse(body)
        assert getattr(event, field) is None
        assert hash(event.identity) == hash(webhooks.parse(body).identity)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just("order.status_changed"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8) | st.sampled_from(FIELDS), inner),
    max_leaves=8,
)


class Nobody:
    """A client that can be asked for nothing."""

    @property
    def orders(self):
        """Fail as no client does."""
        raise RuntimeError("nobody is here")


def call(app, scope, *messages):
    """Return what an ASGI app sends when it receives these messages."""
    waiting, sent = list(messages), []

    async def receive():
        return waiting.pop(0)

    async def deliver(message):
        sent.append(message)

    async def run():
        await app(scope, receive, deliver)
        await app.settle()

    asyncio.run(run())
    return sent


POST = {"type": "http", "method": "POST", "headers": [], "query_string": b""}


@given(body=st.binary(max_size=60) | JSON.map(lambda value: json.dumps(value).encode()))
@settings(max_examples=examples(300))
@example(body=b"[" * 60_000)
@example(body=b'{"event": "order.status_changed", "order_id": "..", "status": "COMPLETED"}')
@example(
    body=b'{"event": "order.status_changed", "order_id": "x", "status": "y", "timestamp": "0001-01-01T00:00:00+14:00"}'
)
@example(body=b"9" * 5_000)
def test_no_body_breaks_the_receiver(body):
    """Whatever arrives is answered with 204 or 422, and nothing is raised, not even by a client that fails."""
    start, _ = call(webhooks.Receiver(Nobody()), POST, {"type": "http.request", "body": body})
    assert start["status"] in {204, 422}


def test_a_caller_who_goes_away_is_no_event(session):
    """Half a body whose sender has gone is not read as a whole one, and nothing is sent to nobody."""
    half = {"type": "http.request", "body": json.dumps(EVENT).encode(), "more_body": True}
    assert call(webhooks.Receiver(session[1]), POST, half, {"type": "http.disconnect"}) == []
    assert call(webhooks.Receiver(session[1]), POST, {"type": "http.request", "body": None})[0]["status"] == 422


def test_servers_that_start_end_or_want_a_websocket_are_answered():
    """Lifespan messages get their complete, a websocket is closed, other kinds are left alone."""
    app = webhooks.Receiver(Nobody())
    lifespan = call(app, {"type": "lifespan"}, {"type": "lifespan.startup"}, {"type": "lifespan.shutdown"})
    assert [message["type"] for message in lifespan] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert call(app, {"type": "websocket"}, {"type": "websocket.connect"})[0]["type"] == "websocket.close"
    assert call(app, {"type": "something else"}) == []


def test_a_query_or_header_of_any_bytes_is_no_secret():
    """Bytes that are no text, a thousand fields and a secret in another alphabet are a 401 or let in, never a 500."""
    app = webhooks.Receiver(Nobody(), secret="gehéim")
    for query, headers in (
        (b"token=%ff%fe&\xff", []),
        (b"a=&" * 1_000, []),
        (b"", [(b"Authorization", b"Bearer \xe9")]),
    ):
        assert call(app, POST | {"query_string": query, "headers": headers})[0]["status"] == 401
    body = {"type": "http.request", "body": json.dumps(EVENT).encode()}
    assert call(app, POST | {"query_string": b"token=geh%C3%A9im"}, body)[0]["status"] == 204


@pytest.mark.parametrize("secret", ["", "  "])
def test_an_empty_secret_is_refused(secret):
    """A secret that everybody has is a mistake of the settings, said at once."""
    with pytest.raises(op.errors.ConfigurationError, match="empty"):
        webhooks.Receiver(Nobody(), secret=secret)


def test_what_on_order_raises_is_logged(session, caplog):
    """The receiver outlives its user's function, and remembers the event as confirmed."""
    client = session[1]
    order = place(client)
    calls = []

    def broken(order):
        calls.append(order)
        raise ValueError("in on_order")

    app = webhooks.Receiver(client, on_order=broken)
    body = {"type": "http.request", "body": json.dumps(EVENT | {"order_id": order.order_id}).encode()}
    for _ in range(2):
        assert call(app, POST, body)[0]["status"] == 204
    assert len(calls) == 1
    assert "in on_order" in caplog.text


def test_an_asynchronous_client_confirms_too(session, tmp_path):
    """The receiver also takes an AsyncClient, on its own loop; an order that cannot be read is given up quietly."""
    sandbox, client = session
    order = place(client)
    confirmed = []

    async def run():
        arguments = {"api_key": sandbox.key, "base_url": sandbox.url, "home": tmp_path / "other"}
        async with op.AsyncClient(**arguments) as core:
            app = webhooks.Receiver(core, on_order=confirmed.append)
            for identity in (order.order_id, "00000000-0000-4000-8000-000000000000"):
                body = json.dumps(EVENT | {"order_id": identity}).encode()
                messages = iter([{"type": "http.request", "body": body}])
                sent = []

                async def receive(waiting=messages):
                    return next(waiting)

                async def deliver(message, kept=sent):
                    kept.append(message)

                await app({"type": "http", "method": "POST", "headers": [], "query_string": b""}, receive, deliver)
                assert sent[0]["status"] == 204
            await app.settle()

    asyncio.run(run())
    assert [o.order_id for o in confirmed] == [order.order_id]
