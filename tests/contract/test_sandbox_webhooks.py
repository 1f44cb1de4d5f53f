"""C42 and C43: webhooks, sent for real to a receiver on loopback."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from support.sandbox_api import INLINE, fields


class Receiver:
    """A receiver on loopback that answers with the given statuses, the last one for ever."""

    def __init__(self, *statuses):
        self.bodies = []
        statuses = list(statuses)
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                receiver.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(statuses.pop(0) if len(statuses) > 1 else statuses[0])
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook?token=t"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def wait_for(condition):
    """Wait until *condition* holds; fail after a minute."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_c42_one_event_a_transition(api):
    """Each transition sends one POST with exactly the five fields; placing an order sends none."""
    with Receiver(200) as receiver:
        order_id = api.place(INLINE | {"webhook_url": receiver.url})
        order = api.move(order_id, "ACCEPTED", "IN_PROGRESS", "COMPLETED")
        wait_for(lambda: len(api.control.webhooks()) == 3)

    events = [json.loads(body) for body in receiver.bodies]
    assert [(event["previous_status"], event["status"]) for event in events] == [
        ("RECEIVED", "ACCEPTED"),
        ("ACCEPTED", "IN_PROGRESS"),
        ("IN_PROGRESS", "COMPLETED"),
    ]
    for event in events:
        assert set(event) == {"event", "order_id", "status", "previous_status", "timestamp"}
        assert ("order.status_changed", order_id) == (event["event"], event["order_id"])
        assert event["timestamp"].endswith("+00:00")
    assert events[2]["timestamp"] == order["completed_at"].replace("Z", "+00:00")
    log = api.control.webhooks()
    assert [(receiver.url, 200, None, 1)] * 3 == [
        (one["url"], one["status"], one["error"], one["attempt"]) for one in log
    ]


def test_c42_events_come_without_anyone_polling(api):
    """While an order with a receiver is under way, time alone moves it."""
    api.control.settings(step_seconds=0.02)
    with Receiver(204) as receiver:
        api.place(INLINE | {"webhook_url": receiver.url})
        wait_for(lambda: len(receiver.bodies) == 3)
        wait_for(lambda: len(api.control.webhooks()) == 3)

    assert json.loads(receiver.bodies[2])["status"] == "COMPLETED"


def test_c43_a_failing_receiver_is_tried_again(api):
    """Two 500 and a 200 make three attempts with identical bodies."""
    with Receiver(500, 500, 200) as receiver:
        order_id = api.place(INLINE | {"webhook_url": receiver.url})
        api.move(order_id, "CANCELLED")
        wait_for(lambda: len(api.control.webhooks()) == 3)

    assert len(set(receiver.bodies)) == 1
    assert [(one["attempt"], one["status"]) for one in api.control.webhooks()] == [(1, 500), (2, 500), (3, 200)]


@pytest.mark.parametrize("status", [500, 302])
def test_c43_four_attempts_then_silence(api, status):
    """A receiver that never says 2xx gets four attempts; the order doesn't care, and redirects aren't followed."""
    with Receiver(status) as receiver:
        order_id = api.place(INLINE | {"webhook_url": receiver.url})
        api.move(order_id, "CANCELLED")
        wait_for(lambda: len(api.control.webhooks()) == 4)
        time.sleep(0.5)

    assert len(receiver.bodies) == 4
    assert [status] * 4 == [one["status"] for one in api.control.webhooks()]
    assert api.order(order_id)["status"] == "CANCELLED"


def test_c43_an_absent_receiver_is_logged(api):
    """A refused connection counts as an attempt and is logged as an error."""
    with Receiver(200) as receiver:
        url = receiver.url
    api.move(api.place(INLINE | {"webhook_url": url}), "CANCELLED")
    wait_for(lambda: len(api.control.webhooks()) == 4)

    assert all(one["status"] is None and "ConnectionRefused" in one["error"] for one in api.control.webhooks())


def test_a_receiver_elsewhere_is_accepted_and_skipped(api):
    """An order may name any receiver, but events go to this machine only."""
    order_id = api.place(INLINE | {"webhook_url": "https://hooks.example/x"})
    api.move(order_id, "CANCELLED")
    wait_for(api.control.webhooks)

    assert api.control.webhooks()[0]["error"].startswith("skipped")
    assert api.order(order_id)["webhook_url"] == "https://hooks.example/x"


@pytest.mark.parametrize("url", ["ftp://x.example", "hook", "http://", "http://a b", "http://[::1", "http://x:y/"])
def test_a_webhook_url_must_be_a_web_address(api, url):
    """Anything but an http(s) address is 422."""
    assert {"webhook_url"} == fields(api.post("/orders", INLINE | {"webhook_url": url}))
