"""Webhooks: read, checked, deduplicated, and believed only once the API has confirmed them."""

from __future__ import annotations

import asyncio
import json
import threading
import time
import urllib.error
import urllib.request

import pytest
import uvicorn

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
    """A sandbox that waits to be moved, and a client of it."""
    with (
        op.Sandbox(step_seconds=0, port=0) as sandbox,
        op.connect(sandbox=sandbox, home=tmp_path, poll_interval=0.01) as client,
    ):
        yield sandbox, client


@pytest.fixture
def receiver(session):
    """The receiver, served on loopback by a real server; gives its address and what it confirmed."""
    confirmed: list[op.client.Order] = []
    app = webhooks.Receiver(session[1], secret="s3cret", on_order=confirmed.append)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, lifespan="off"))
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


def place(sandbox, client, webhook_url=None):
    """Place an order whose profile is moved to SUCCEEDED by hand."""
    icp = op.ICP(profile_name="n", ideal_customer_profile="Hotels", seller_offering="y", target_countries=["DE"])
    profile = client.profiles.create(icp, wait=False)
    for status in ("RUNNING", "SUCCEEDED"):
        sandbox.control.transition_profile(profile.profile_creation_id, status)
    return client.orders.discover(profile.wait(), 3, webhook_url=webhook_url)


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
    order = place(sandbox, client, f"{url}?token=s3cret")
    sandbox.control.transition(order.order_id, "ACCEPTED")
    until(lambda: confirmed)
    assert (confirmed[0].order_id, confirmed[0].status) == (order.order_id, "ACCEPTED")
    assert (
        client.journal.frame().filter(client.journal.frame()["order_id"] == order.order_id)["status"].item()
        == "ACCEPTED"
    )


def test_a_lie_is_not_believed_and_a_repeat_is_read_once(session, receiver):
    """An event that claims COMPLETED leads to a read, which says RECEIVED; the same event again leads to nothing."""
    sandbox, client = session
    url, confirmed = receiver
    order = place(sandbox, client)
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


def test_an_asynchronous_client_confirms_too(session, tmp_path):
    """The receiver also takes an AsyncClient, on its own loop; an order that cannot be read is given up quietly."""
    sandbox, client = session
    order = place(sandbox, client)
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
