"""A sandbox under load: mixed calls and faults, and a process killed in the middle."""

from __future__ import annotations

import gc
import os
import random
import signal
import subprocess
import sys
import threading
import time
import tracemalloc
import uuid

import httpx
import pytest

from openprospect_nb.sandbox import Sandbox

CALLS = int(os.environ.get("OPENPROSPECT_SOAK_CALLS", "100"))  # of each caller; so every kind of call is made 60 times
INLINE = {
    "order_type": "DISCOVERY",
    "title": "Soak",
    "features": ["COMPANY_DATA", "CONTACTS"],
    "ideal_customer_profile": "Software companies",
    "seller_offering": "Services",
    "target_countries": ["Germany"],
}
ENRICHMENT = {"title": "Soak", "features": ["COMPANY_DATA"], "companies": [{"company_name": "Kurz Maschinenbau"}]}
SERVER = """
import sys, time
from pathlib import Path
from openprospect_nb.sandbox import Sandbox
sandbox = Sandbox(port=0, step_seconds=0.05, db=Path(sys.argv[1]), cache=Path(sys.argv[2]))
print(sandbox.url, flush=True)
time.sleep(600)
"""


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """A folder in which the universe is generated once."""
    return tmp_path_factory.mktemp("universe")


class Caller(threading.Thread):
    """Makes so many mixed calls; notes every status that only a bug or a fault can cause."""

    def __init__(self, sandbox, seed):
        super().__init__(daemon=True)
        self.sandbox, self.chance = sandbox, random.Random(seed)
        self.statuses, self.errors = {}, []

    def run(self):
        """Make the calls."""
        headers = {"Authorization": f"Bearer {self.sandbox.key}"}
        with httpx.Client(base_url=f"{self.sandbox.url}/api/v1", headers=headers, timeout=60) as client:
            for _ in range(CALLS):
                try:
                    answer = self.chance.choice(self.calls())(client)
                except (httpx.RemoteProtocolError, httpx.ReadError):
                    continue
                except Exception as error:  # noqa: BLE001 - the test reports whatever it was
                    self.errors.append(repr(error))
                    return
                self.statuses[answer.status_code] = self.statuses.get(answer.status_code, 0) + 1
                if answer.status_code == 500:
                    self.errors.append(answer.text)

    def calls(self):
        """Return the kinds of calls."""

        def order(client):
            body = INLINE | ({"webhook_url": "http://127.0.0.1:9/"} if self.chance.random() < 0.2 else {})
            return client.post("/orders", json=body, headers={"Idempotency-Key": str(uuid.uuid4())})

        def results(client):
            listed = client.get("/orders", params={"limit": 5, "status": "COMPLETED"})
            if listed.status_code != 200 or not listed.json()["orders"]:
                return listed
            order_id = self.chance.choice(listed.json()["orders"])["order_id"]
            return client.get(f"/orders/{order_id}/results", params={"limit": 100})

        def entries(client):
            made = client.post("/blacklists", json={"name": "Soak"})
            if made.status_code != 201:
                return made
            path = f"/blacklists/{made.json()['id']}"
            client.post(f"{path}/entries", json={"entries": [{"company_name": str(n)} for n in range(20)]})
            return client.delete(path)

        def fault(client):
            effect = self.chance.choice(
                [{"status": 503}, {"drop": True}, {"truncate_bytes": 9}, {"delay_seconds": 0.01}, {"skew_seconds": 60}]
            )
            self.sandbox.control.fault(**effect)
            return client.get("/auth/validate")

        return [order, results, results, entries, fault, lambda client: client.get("/prospects", params={"limit": 3})]


@pytest.mark.slow
def test_mixed_calls_and_faults_break_nothing(cache):
    """Four clients call, order and cause faults: no 500, no lock error, and memory follows the data, not the calls."""
    with Sandbox(port=0, step_seconds=0.1, cache=cache) as sandbox:
        sandbox.control.settings(inline_count=5)
        callers = [Caller(sandbox, seed) for seed in range(4)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join(600)
        sandbox.control.clear_faults()

        assert [error for caller in callers for error in caller.errors] == []
        assert {200, 202, 503} <= {status for caller in callers for status in caller.statuses}
        assert_flat_memory(sandbox)


def assert_flat_memory(sandbox):
    """Assert that reading the same page many times keeps no memory."""
    headers = {"Authorization": f"Bearer {sandbox.key}"}
    with httpx.Client(base_url=f"{sandbox.url}/api/v1", headers=headers, timeout=60) as client:

        def read(times):
            for _ in range(times):
                assert client.get("/prospects", params={"limit": 100}).status_code == 200
            gc.collect()

        read(20)
        tracemalloc.start()
        read(20)
        first = tracemalloc.get_traced_memory()[0]
        read(80)
        grown = tracemalloc.get_traced_memory()[0] - first
        tracemalloc.stop()
    assert grown < 200_000


def start_server(path, cache):
    """Start a sandbox in a process of its own; return the process and its address."""
    process = subprocess.Popen([sys.executable, "-c", SERVER, path, cache], stdout=subprocess.PIPE, text=True)
    return process, process.stdout.readline().strip()


@pytest.mark.slow
def test_a_killed_process_loses_no_acknowledged_write(tmp_path, cache):
    """Killed with SIGKILL under load, a sandbox with a file still knows every order it answered for."""
    path = tmp_path / "sandbox.db"
    headers = {"Authorization": "Bearer lnc_test_full" + "0" * 28}
    acknowledged = []

    for _ in range(3):
        process, url = start_server(path, cache)

        def place(url=url):
            with httpx.Client(base_url=f"{url}/api/v1", headers=headers, timeout=30) as client:
                while True:
                    key = str(uuid.uuid4())
                    try:
                        answer = client.post("/orders", json=ENRICHMENT, headers={"Idempotency-Key": key})
                    except httpx.TransportError:
                        return
                    acknowledged.append((key, answer.json()["order_id"]))

        threads = [threading.Thread(target=place) for _ in range(3)]
        before = len(acknowledged)
        for thread in threads:
            thread.start()
        while len(acknowledged) < before + 3:  # a loaded machine takes longer than any time that could be named here
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        for thread in threads:
            thread.join()

    process, url = start_server(path, cache)
    with httpx.Client(base_url=f"{url}/api/v1", headers=headers, timeout=60) as client:
        replayed = [
            client.post("/orders", json=ENRICHMENT, headers={"Idempotency-Key": key}).json()["order_id"]
            for key, _ in acknowledged
        ]
        wait_for_completion(client, acknowledged[-1][1])
    process.kill()
    process.wait()
    process.stdout.close()

    assert len(acknowledged) > 3
    assert replayed == [order_id for _, order_id in acknowledged]


def wait_for_completion(client, order_id):
    """Poll until an order is completed."""
    deadline = time.monotonic() + 120
    while client.get(f"/orders/{order_id}").json()["status"] != "COMPLETED":
        assert time.monotonic() < deadline
        time.sleep(0.05)
