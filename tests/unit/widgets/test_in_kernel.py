"""Widgets in a live kernel: they move while a cell works, and leave nothing running."""

from __future__ import annotations

import queue
import time

import pytest
from jupyter_client.manager import start_new_kernel

pytestmark = pytest.mark.slow
SETUP = """
import time, threading, asyncio
import openprospect_nb as op
from openprospect_nb.sandbox import Sandbox
from openprospect_nb.widgets import OrderMonitor
sandbox = Sandbox(step_seconds=0.3)
client = op.connect(sandbox=sandbox, home={home!r}, poll_interval=0.1)
order = client.orders.enrich([{{"company_name": "Invented"}}], title="Spring", features=["COMPANY_DATA"])
"""


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    """A kernel with an order under way."""
    manager, client = start_new_kernel()
    try:
        told(client, client.execute(SETUP.format(home=str(tmp_path_factory.mktemp("home")))))
        yield client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def told(client, message_id, timeout=60):
    """Return everything the kernel published until the cell *message_id* was done."""
    messages, deadline = [], time.monotonic() + timeout
    while time.monotonic() < deadline:
        try:
            message = client.get_iopub_msg(timeout=5)
        except queue.Empty:
            continue
        messages.append(message)
        assert message["msg_type"] != "error", message["content"]
        idle = message["content"].get("execution_state") == "idle"
        if idle and message["parent_header"].get("msg_id") == message_id:
            return messages
    raise AssertionError("the cell did not end in time")


def printed(messages):
    """Return what the cells printed."""
    return "".join(m["content"]["text"] for m in messages if m["msg_type"] == "stream")


def test_the_monitor_moves_during_a_sleeping_cell(kernel):
    """While a cell sleeps, the view and the still picture are sent anew, and no output lands in any cell."""
    shown = told(kernel, kernel.execute("monitor = OrderMonitor(client); monitor"))
    displayed = [m["content"] for m in shown if m["msg_type"] == "display_data"]
    assert "application/vnd.jupyter.widget-view+json" in displayed[0]["data"]
    assert "text/html" in displayed[1]["data"]
    wait = "while not monitor.orders['is_terminal'].all(): time.sleep(1)"
    code = f"time.sleep(1)\n{wait}\ntime.sleep(1)\nprint(monitor.orders['status'].to_list())"
    during = told(kernel, kernel.execute(code))
    assert printed(during) == "['COMPLETED']\n"
    views = [m for m in during if m["msg_type"] == "comm_msg" and "Completed" in str(m["content"])]
    pictures = [m for m in during if m["msg_type"] == "update_display_data"]
    assert views
    assert pictures[-1]["content"]["transient"] == displayed[1]["transient"]
    assert "1 completed" in pictures[-1]["content"]["data"]["text/plain"]
    assert not [m for m in during if m["msg_type"] == "display_data"]


def test_queued_cells_all_run_while_a_monitor_looks(kernel):
    """Five cells queued behind a blocking call run in their order."""
    cells = [kernel.execute(f"monitor.refresh(); client.orders.list(); print({n})") for n in range(5)]
    assert [printed(told(kernel, cell)) for cell in cells] == [f"{n}\n" for n in range(5)]


def test_closing_stops_the_looking(kernel):
    """After close no request is sent any more, and fifty made and closed leave no task on the client's loop."""
    code = """
other = client.orders.enrich([{"company_name": "Second"}], title="Second", features=["COMPANY_DATA"])
sandbox.control.settings(step_seconds=0)
for _ in range(50):
    OrderMonitor(client).close()
monitor.close()
time.sleep(0.5)
before = client.traffic.sent
time.sleep(1)
async def tasks(core): return [t for t in asyncio.all_tasks() if t is not asyncio.current_task()]
print(client.traffic.sent - before, client.submit(tasks).result())
"""
    assert printed(told(kernel, kernel.execute(code))) == "0 []\n"
