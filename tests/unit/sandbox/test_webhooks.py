"""The courier beyond one sandbox's life."""

from __future__ import annotations

import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx

from openprospect_nb.sandbox import Sandbox

ORDER = {"title": "T", "features": ["COMPANY_DATA"], "companies": [{"company_name": "Kurz Maschinenbau"}]}


class Handler(BaseHTTPRequestHandler):
    """Takes any event."""

    def do_POST(self):
        """Note the event and say yes."""
        self.server.taken.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *args):
        """Be silent."""


def test_events_go_on_after_a_restart(tmp_path):
    """An order left unfinished by one process reports its hops from the next one, without anyone polling."""
    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.taken = []
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    url = f"http://localhost:{server.server_address[1]}/"
    path, cache = tmp_path / "sandbox.db", tmp_path
    with Sandbox(port=0, step_seconds=1_000, db=path, cache=cache) as first:
        headers = {"Authorization": f"Bearer {first.key}"}
        httpx.post(f"{first.url}/api/v1/orders", json=ORDER | {"webhook_url": url}, headers=headers).raise_for_status()

    with Sandbox(step_seconds=0.01, db=path, cache=cache) as second:
        deadline = time.monotonic() + 60
        while len(second.control.webhooks()) < 3:
            assert time.monotonic() < deadline
            time.sleep(0.01)
    server.shutdown()
    server.server_close()
    thread.join()

    assert [body.partition(b'"status":"')[2].partition(b'"')[0] for body in server.taken] == [
        b"ACCEPTED",
        b"IN_PROGRESS",
        b"COMPLETED",
    ]


def test_closing_waits_for_no_retry(tmp_path):
    """A sandbox whose event waits for its next try closes at once, its thread ends, and the log names the loss."""
    before = set(threading.enumerate())
    path = tmp_path / "sandbox.db"
    with Sandbox(port=0, step_seconds=600, db=path, cache=tmp_path) as sandbox:
        headers = {"Authorization": f"Bearer {sandbox.key}"}
        body = ORDER | {"webhook_url": "http://127.0.0.1:9/"}
        order = httpx.post(f"{sandbox.url}/api/v1/orders", json=body, headers=headers).json()
        sandbox.control.transition(order["order_id"], "CANCELLED")
        deadline = time.monotonic() + 60
        while not sandbox.control.webhooks():
            assert time.monotonic() < deadline
            time.sleep(0.01)

    started = set(threading.enumerate()) - before
    assert not [thread for thread in started if thread.name == "openprospect-webhooks"]
    with Sandbox(db=path, cache=tmp_path) as again:
        first, last = again.control.webhooks()
    assert (first["attempt"], last["attempt"]) == (1, 2)
    assert last["error"] == "dropped: the sandbox was closed"
    assert (last["url"], last["body"]) == (first["url"], first["body"])
