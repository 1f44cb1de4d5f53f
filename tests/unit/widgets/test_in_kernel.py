"""Widgets in a live kernel: they move while a cell works, survive an interrupt, and leave nothing running."""

from __future__ import annotations

import queue
import time

import pytest
from jupyter_client.manager import start_new_kernel

from openprospect_nb import widgets

pytestmark = pytest.mark.slow
SETUP = """
import asyncio, gc, threading, time
from comm import get_comm_manager
from ipywidgets.widgets.widget import _instances
import openprospect_nb as op
from openprospect_nb.sandbox import Sandbox
from openprospect_nb.widgets import *
sandbox = Sandbox(step_seconds=0.3)
client = op.connect(sandbox=sandbox, home={home!r}, poll_interval=0.1)
order = client.orders.enrich([{{"company_name": "Invented"}}], title="Spring", features=["COMPANY_DATA"])
async def running(core): return [t for t in asyncio.all_tasks() if t is not asyncio.current_task()]
def callers():
    # What was started from outside: a monitor's loop, or a verb; what these await runs in tasks of its own.
    names = [task.get_coro().__qualname__ for task in client.submit(running).result()]
    return [name for name in names if name.startswith(("Background.", "Async"))]
def until(condition):
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "it never became true"
        time.sleep(0.05)
"""


@pytest.fixture(scope="module")
def started(tmp_path_factory):
    """A kernel with an order under way: its manager and its client."""
    manager, client = start_new_kernel()
    try:
        told(client, client.execute(SETUP.format(home=str(tmp_path_factory.mktemp("home")))))
        yield manager, client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


@pytest.fixture
def kernel(started):
    """The kernel's client."""
    return started[1]


def told(client, message_id, timeout=120, error=None):
    """Return everything the kernel published until the cell *message_id* was done, which may end in *error* alone."""
    messages, deadline = [], time.monotonic() + timeout
    while time.monotonic() < deadline:
        try:
            message = client.get_iopub_msg(timeout=5)
        except queue.Empty:
            continue
        messages.append(message)
        assert message["msg_type"] != "error" or message["content"]["ename"] == error, message["content"]
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
    wait = "while not monitor.orders['is_terminal'].any(): time.sleep(0.5)"
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
    """Five cells queued behind a blocking call run in their order, and each gets its own output alone."""
    cells = [kernel.execute(f"monitor.refresh(); client.orders.list(); print({n})") for n in range(5)]
    assert [printed(told(kernel, cell)) for cell in cells] == [f"{n}\n" for n in range(5)]


def test_an_interrupt_ends_the_wait_and_nothing_else(started):
    """Interrupted in a wait, a cell ends with KeyboardInterrupt and its coroutine with it; the monitor moves on."""
    manager, kernel = started
    kernel_code = """
sandbox.control.settings(step_seconds=0)
second = client.orders.enrich([{"company_name": "Second"}], title="Second", features=["COMPANY_DATA"])
monitor.refresh()
until(lambda: monitor.orders.height == 2)
monitor.watch.stop()
until(lambda: client.submit(running).result() == [])
monitor.refresh()
until(lambda: callers() == ["Background._guarded"])
print("waiting", flush=True)
second.wait(progress=False)
"""
    cell = kernel.execute(kernel_code)
    while printed([message := kernel.get_iopub_msg(timeout=60)]) != "waiting\n":
        assert message["msg_type"] != "error", message["content"]
    time.sleep(1)  # the cell is in its wait; there is nothing to see from outside that would say so
    manager.interrupt_kernel()
    ended = told(kernel, cell, error="KeyboardInterrupt")
    assert [m for m in ended if m["msg_type"] == "error"]
    code = """
until(lambda: callers() == ["Background._guarded"])
for state in ("ACCEPTED", "IN_PROGRESS", "COMPLETED"):
    sandbox.control.transition(second.order_id, state)
until(lambda: monitor.orders["status"].to_list() == ["COMPLETED"] * 2)
print(second.wait(progress=False).status)
"""
    assert printed(told(kernel, kernel.execute(code))) == "COMPLETED\n"


def test_closing_stops_the_looking(kernel):
    """After close no request is sent any more, although an order is still under way."""
    code = """
third = client.orders.enrich([{"company_name": "Third"}], title="Third", features=["COMPANY_DATA"])
monitor.refresh()
until(lambda: monitor.orders.height == 3)
monitor.close()
until(lambda: client.submit(running).result() == [])
before = client.traffic.sent
time.sleep(1)
print(client.traffic.sent - before)
"""
    assert printed(told(kernel, kernel.execute(code))) == "0\n"


def test_ten_of_each_leave_nothing_behind(kernel):
    """Ten widgets of each kind, made, shown and closed, leave no comm, no model, no task and no thread."""
    code = f"""
results = second.results()
give = dict(Desk=[client, results], ICPBuilder=[client], OrderMonitor=[client], BlacklistManager=[client, results])
def make(name):
    face = globals()[name](*give.get(name, [results]))
    face._ipython_display_()
    face.close()
def left():
    gc.collect()
    return len(get_comm_manager().comms), len(_instances)
for name in {widgets.__all__!r}: make(name)
until(lambda: client.submit(running).result() == [])
before, threads = left(), threading.active_count()
for name in {widgets.__all__!r}:
    for _ in range(10): make(name)
    if left() != before: print(name, before, left())
until(lambda: client.submit(running).result() == [])
until(lambda: threading.active_count() <= threads + 4)  # the loop's own pool of disk threads may fill up
print("nothing")
"""
    assert printed(told(kernel, kernel.execute(code))) == "nothing\n"
