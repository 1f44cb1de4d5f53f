"""The blocking client in a live kernel: queued cells, a running loop, an interrupt."""

from __future__ import annotations

import queue
import time

import pytest
from jupyter_client.manager import start_new_kernel
from support.servers import ScriptedServer
from support.vendor import Vendor

SETUP = """
import openprospect_nb as op
client = op.connect(api_key="lnc_test_" + "k" * 32, base_url={url!r}, home={home!r}, poll_interval=0.05)
icp = op.ICP(profile_name="n", ideal_customer_profile="machine builders", seller_offering="software",
             target_countries=["DE"])
"""


@pytest.fixture
def vendor():
    """A tiny vendor that is not our sandbox."""
    return Vendor()


@pytest.fixture(scope="module")
def started():
    """A real kernel, its manager and its client: to start it and to import the package takes longer than the tests."""
    manager, client = start_new_kernel()
    try:
        yield manager, client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


@pytest.fixture
def kernel(started, vendor, tmp_path):
    """That kernel with a client of this test alone, connected to a real server."""
    with ScriptedServer(vendor) as server:
        assert run(started[1], SETUP.format(url=server.url, home=str(tmp_path / "home"))) == ""
        yield started
        assert run(started[1], "client.close()") == ""


def run(client, code, timeout=60):
    """Run one cell and return what it printed; an error in it fails the test."""
    return collect(client, client.execute(code), timeout)


def collect(client, message_id, timeout=60):
    """Return what the cell *message_id* printed once it is done, moving progress lines left out."""
    printed, deadline = [], time.monotonic() + timeout
    while time.monotonic() < deadline:
        try:
            message = client.get_iopub_msg(timeout=5)
        except queue.Empty:
            continue
        if message["parent_header"].get("msg_id") != message_id:
            continue
        content = message["content"]
        if message["msg_type"] == "stream" and (content["name"] == "stdout" or "\r" not in content["text"]):
            printed.append(content["text"])
        elif message["msg_type"] == "error":
            printed.append(f"{content['ename']}: {content['evalue']}")
        elif message["msg_type"] == "status" and content["execution_state"] == "idle":
            return "".join(printed)
    raise AssertionError("the cell did not end in time")


def test_progress_is_an_output_that_moves_and_goes_not_an_error_stream(kernel):
    """While a cell waits one display is rewritten in place; in the end it is empty, and nothing was on stderr."""
    _, client = kernel
    waiting, messages = client.execute("done = client.orders.discover(icp, 5).wait()"), []
    while not messages or messages[-1]["content"].get("execution_state") != "idle":
        message = client.get_iopub_msg(timeout=60)
        if message["parent_header"].get("msg_id") == waiting:
            messages.append(message)
    shown = [m["content"] for m in messages if m["msg_type"] in {"display_data", "update_display_data"}]
    by_place = {content["transient"]["display_id"]: content["data"] for content in shown}

    assert any(content["data"].get("text/plain", "").startswith("order order-1 ") for content in shown)
    assert set(map(str, by_place.values())) == {"{}"}
    assert [m for m in messages if m["msg_type"] in {"stream", "error"}] == []


def test_queued_cells_all_run_during_blocking_calls(kernel):
    """Five cells queued at once behind a blocking order all run, in order, each with its own output."""
    _, client = kernel
    first = client.execute("order = client.orders.discover(icp, 5).wait(progress=False); print(order.status)")
    others = [client.execute(f"print('cell', {n}, order.results().companies.height)") for n in range(4)]
    assert collect(client, first) == "COMPLETED\n"
    assert [collect(client, other) for other in others] == [f"cell {n} 230\n" for n in range(4)]


def test_a_blocking_call_works_inside_an_awaiting_cell(kernel):
    """While the cell's own loop runs, the blocking client still answers; the async client can be awaited beside it."""
    _, client = kernel
    code = """
import asyncio
async def cell():
    await asyncio.sleep(0)
    return client.orders.discover(icp, 5).order_id
print(await cell())
core = op.AsyncClient(api_key="lnc_test_" + "k" * 32, base_url=client._core._context.settings.base_url,
                      home=client._core._context.settings.home, poll_interval=0.05)
async with core:
    print((await core.orders.get("order-1")).order_id)
"""
    assert run(client, code) == "order-1\norder-1\n"


def test_an_interrupt_ends_the_waiting_and_keeps_the_order(kernel, vendor):
    """Interrupting during a wait raises KeyboardInterrupt at once; the order goes on and can be waited for."""
    manager, client = kernel
    move, vendor.move = vendor.move, lambda order: None
    run(client, "order = client.orders.discover(icp, 5)")
    waiting = client.execute("order.wait()")
    time.sleep(1.5)
    start = time.monotonic()
    manager.interrupt_kernel()
    said = collect(client, waiting)
    assert time.monotonic() - start < 5
    assert "KeyboardInterrupt" in said
    assert "client.orders.wait(['order-1'])" in said
    vendor.move = move
    assert run(client, "print(client.orders.get('order-1').wait(progress=False).status)") == "COMPLETED\n"
    assert list(vendor.orders) == ["order-1"]


def test_nested_asyncio_is_refused_where_it_loses_cells(kernel):
    """On ipykernel 7 and later allow_nested_asyncio says why not, and what to do instead."""
    _, client = kernel
    said = run(client, "import ipykernel; print(ipykernel.version_info[0]); op.allow_nested_asyncio()")
    if int(said.split()[0]) >= 7:
        assert "ConfigurationError" in said
        assert "AsyncClient" in said
