"""The embedded object: starting, stopping, sharing a file."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import subprocess
import sys
import threading

import httpx
import pytest

from openprospect_nb.sandbox import Sandbox


def test_a_sandbox_in_process_opens_no_port(monkeypatch):
    """Without a port no socket is made, and the application answers at once on any loop."""

    def refuse(*args, **kwargs):
        raise AssertionError("a socket was opened")

    async def validate(sandbox):
        transport = httpx.ASGITransport(sandbox.app)
        async with httpx.AsyncClient(transport=transport, base_url=sandbox.url) as client:
            return await client.get("/api/v1/auth/validate", headers={"Authorization": f"Bearer {sandbox.key}"})

    with Sandbox() as sandbox:
        loop = asyncio.new_event_loop()
        monkeypatch.setattr(socket, "socket", refuse)
        answer = loop.run_until_complete(validate(sandbox))
        loop.close()
        assert sandbox.url == "http://sandbox.localhost"
    assert answer.json()["valid"] is True


def test_a_served_sandbox_stops_cleanly():
    """After close the port is free, no thread of ours is left, and closing again does no harm."""
    before = set(threading.enumerate())
    sandbox = Sandbox(port=0, step_seconds=0)
    port = int(sandbox.url.rpartition(":")[2])
    assert httpx.get(f"{sandbox.url}/health").status_code == 200

    sandbox.close()
    sandbox.close()

    assert not [thread for thread in set(threading.enumerate()) - before if thread.name.startswith("openprospect")]
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{port}/health")
    with Sandbox(port=port) as again:
        assert httpx.get(f"{again.url}/health").status_code == 200


def test_a_taken_port_is_an_error_at_once():
    """The second server on a port is refused where it is made."""
    with Sandbox(port=0) as sandbox, pytest.raises(OSError, match="in use"):
        Sandbox(port=int(sandbox.url.rpartition(":")[2]))


def test_serving_leaves_logging_alone():
    """Neither the root logger's level nor its handlers change, and nothing is printed for a bad request."""
    root = logging.getLogger()
    before = (root.level, list(root.handlers))

    with Sandbox(port=0) as sandbox:
        with socket.create_connection(("127.0.0.1", int(sandbox.url.rpartition(":")[2]))) as raw:
            raw.sendall(b"nonsense\r\n\r\n")
            raw.recv(100)
        assert before == (root.level, list(root.handlers))


def test_a_repr_tells_where_and_no_key():
    """The repr names the address and shows no key."""
    with Sandbox() as sandbox:
        assert repr(sandbox) == "<Sandbox http://sandbox.localhost>"


SERVER = """
import signal
from openprospect_nb.sandbox import Sandbox
signal.signal(signal.SIGINT, signal.default_int_handler)
try:
    with Sandbox(port=0) as sandbox:
        print(sandbox.url, flush=True)
        sandbox.wait()
except KeyboardInterrupt:
    print("stopped", flush=True)
"""


def test_a_waiting_server_can_be_interrupted():
    """Ctrl-C reaches a process that waits for its sandbox, and the sandbox closes."""
    process = subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True)
    url = process.stdout.readline().strip()
    assert httpx.get(f"{url}/health").status_code == 200

    process.send_signal(signal.SIGINT)
    printed, _ = process.communicate(timeout=60)

    assert (printed.strip(), process.returncode) == ("stopped", 0)


def test_two_sandboxes_share_a_file(tmp_path):
    """What one writes the other reads, and both can write."""
    path = tmp_path / "shared.db"
    with Sandbox(port=0, step_seconds=0, db=path) as one, Sandbox(port=0, step_seconds=0, db=path) as two:
        headers = {"Authorization": f"Bearer {one.key}"}

        def fill(sandbox):
            with httpx.Client(base_url=f"{sandbox.url}/api/v1", headers=headers, timeout=60) as client:
                for number in range(30):
                    assert client.post("/blacklists", json={"name": str(number)}).status_code == 201

        threads = [threading.Thread(target=fill, args=(sandbox,)) for sandbox in (one, two)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        totals = [httpx.get(f"{s.url}/api/v1/blacklists", headers=headers).json()["total"] for s in (one, two)]

    assert totals == [60, 60]
