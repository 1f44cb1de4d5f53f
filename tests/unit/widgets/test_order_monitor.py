"""The order monitor without a front end, on a real client."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from openprospect_nb.errors import ConfigurationError
from openprospect_nb.frames.schemas import ORDERS
from openprospect_nb.widgets import OrderMonitor
from openprospect_nb.widgets.monitor.model import MonitorState, rows_of


@pytest.fixture
def monitor(client):
    """A monitor of all orders."""
    made = OrderMonitor(client)
    yield made
    made.close()


def complete(sandbox, *order_ids):
    """Move orders to their good end."""
    for order_id in order_ids:
        for status in ("ACCEPTED", "IN_PROGRESS", "COMPLETED"):
            sandbox.control.transition(order_id, status)


def want(monitor, act, value=None, name=None):
    """Send an intent as the page does."""
    monitor._wanted({"act": act, "value": value, "name": name}, [])


def rows(monitor):
    """Return the HTML of the table and its parts."""
    return "".join(html for name, html in monitor.pane.regions.items() if name.startswith("rows"))


def test_an_order_is_followed_to_its_end_and_its_results_fetched(client, sandbox, place, until):
    """The table follows the vendor, watching ends with the last order, results are a property."""
    order_id = place()
    monitor = OrderMonitor(client)
    until(lambda: monitor.orders.height == 1)
    assert monitor.orders["status"].to_list() == ["RECEIVED"]
    with pytest.raises(ConfigurationError, match="not fetched yet"):
        monitor.results(order_id)
    complete(sandbox, order_id)
    until(lambda: monitor.orders["status"].to_list() == ["COMPLETED"])
    until(lambda: not monitor.watch.state.is_watching)
    want(monitor, "open", order_id)
    until(lambda: "of 3 companies" in monitor.pane.regions["strip"])
    assert monitor.results(order_id).companies.height == 3
    assert monitor.explorer.selection.height == 3
    assert monitor.explorer is monitor.explorer
    want(monitor, "accept-all")
    assert monitor.explorer.decisions.height == 3
    monitor.explorer.model.search("nobody is called so")
    assert "<dd>0</dd>" in monitor.pane.regions["strip"]
    monitor.close()
    assert monitor.explorer is None


def test_looking_costs_one_list_call_a_look_for_any_number(client, place, until):
    """Five orders are followed by requests for the list alone."""
    for n in range(5):
        place(f"T{n}")
    monitor = OrderMonitor(client)
    until(lambda: monitor.orders.height == 5)
    before, looked = client.traffic.sent, monitor.watch.state.polled_at
    until(lambda: monitor.watch.state.polled_at != looked)
    monitor.watch.stop()
    assert client.traffic.sent - before <= 2
    monitor.close()


def test_wait_in_background_fetches_when_the_order_completes(client, sandbox, place, until, monitor):
    """After the click nothing else is needed: results are there once the order has completed."""
    order_id = place()
    monitor.refresh()
    until(lambda: order_id in rows(monitor))
    want(monitor, "wait", order_id)
    complete(sandbox, order_id)
    until(lambda: order_id in monitor.watch.fetched)


def test_given_orders_alone_are_shown_and_one_can_be_dropped(client, place, until):
    """Other orders of the account stay out, and a dropped one disappears."""
    wanted, _ = place("wanted"), place("other")
    monitor = OrderMonitor(client, [wanted])
    until(lambda: "Stop watching wanted" in rows(monitor))
    assert monitor.orders["order_id"].to_list() == [wanted]
    want(monitor, "drop", wanted)
    assert monitor.orders.height == 0
    assert "no longer watched" in monitor.message
    monitor.close()


def test_the_filter_narrows_the_table_only(client, place, until, monitor):
    """Words and the choice of states filter what is shown; the frame keeps every order."""
    place("alpha"), place("beta")
    monitor.refresh()
    until(lambda: "alpha" in rows(monitor))
    want(monitor, "field", "alpha", "search")
    assert "alpha" in rows(monitor)
    assert "beta" not in rows(monitor)
    want(monitor, "field", "", "search")
    want(monitor, "show", "done")
    assert "No order fits" in rows(monitor)
    assert monitor.orders.height == 2


def test_a_failing_call_is_shown_and_polled_at_again(client, sandbox, place, until, monitor):
    """A server error stands in the widget; when the server is well again, it goes away."""
    place()
    sandbox.control.fault(status=500, times=1000)
    monitor.refresh()
    until(lambda: monitor.watch.state.problem)
    sandbox.control.clear_faults()
    until(lambda: monitor.orders.height == 1 and not monitor.watch.state.problem)


def test_an_outage_is_polled_once_a_poll_and_says_since_when(client, sandbox, place, until, monitor):
    """Five answers of 503 are five requests and no more; the widget tells since when nothing came."""
    place()
    before = client.traffic.sent
    sandbox.control.fault(status=503, times=5)
    seen = []
    monitor.watch.observe(lambda change: seen.append(change["new"].problem), "state")
    monitor.refresh()
    until(lambda: monitor.orders.height == 1)
    assert any("no usable response since" in problem for problem in seen)
    assert client.traffic.sent - before == 6


def test_a_refused_key_ends_the_monitors_polling(client, sandbox, place, until, monitor):
    """401 is shown and not asked again."""
    place()
    sandbox.control.fault(status=401, times=1000)
    monitor.refresh()
    until(lambda: monitor.watch.state.problem)
    until(lambda: not monitor.watch.state.is_watching)
    assert "OPENPROSPECT_API_KEY" in monitor.watch.state.problem


def test_a_closed_client_is_a_message_not_an_exception(client, monitor):
    """A click after the client was closed says so in the widget."""
    client.close()
    want(monitor, "open", "some-order")
    want(monitor, "poll")
    assert "closed" in monitor.message


def test_hostile_vendor_text_is_escaped_in_view_and_picture(client, place, until, monitor):
    """A title with markup is text everywhere it is shown."""
    place("<img src=x onerror=alert(1)>")
    monitor.refresh()
    until(lambda: "img" in rows(monitor))  # the view follows the state a moment later
    for html in (rows(monitor), monitor.picture(), monitor._repr_mimebundle_()["text/html"]):
        assert "<img" not in html
        assert "&lt;img" in html
        assert "<script" not in html


def test_the_bundle_carries_view_html_and_text(monitor):
    """A front end finds the live view, a still picture and a line of text, without any script or address."""
    bundle = monitor._repr_mimebundle_()
    assert set(bundle) == {"application/vnd.jupyter.widget-view+json", "text/html", "text/plain"}
    assert bundle["text/plain"].startswith("OrderMonitor(")
    assert "http" not in bundle["text/html"]


def test_a_newer_monitor_takes_over(client, place, until):
    """Running the cell again leaves one monitor that asks, not two."""
    place()
    first, second = OrderMonitor(client), None
    until(lambda: first.orders.height == 1)
    second = OrderMonitor(client)
    until(lambda: second.orders.height == 1)
    assert not first.watch.state.is_watching
    assert "took over" in first.watch.message
    first.close(), second.close()


def test_three_hundred_orders_cross_the_wire_as_one_small_table(client, monitor, until):
    """No message of 300 orders is near 200 kB; those below the first 240 come, alone, when they are asked for."""
    start = datetime(2026, 5, 4, tzinfo=UTC)
    facts = dict.fromkeys(ORDERS) | {"status": "ACCEPTED", "created_at": start, "title": "Many"}
    frame = pl.DataFrame([facts | {"order_id": f"order-{n}"} for n in range(300)], schema=ORDERS)
    until(lambda: monitor.watch.state.polled_at is not None and not monitor.watch.state.is_watching)
    monitor.watch.state = MonitorState(rows=rows_of(frame, {}, start + timedelta(hours=1), {}), polled_at=start)
    assert "60 more orders" in rows(monitor)
    assert "and 60 more orders" in monitor.picture()
    assert max(map(len, monitor.pane.regions.values())) * 2 < 200_000
    sent = []
    monitor.pane.send = lambda content, *_: sent.append(content["regions"])
    want(monitor, "more")
    assert "order-299" in sent[-1]["rows240"]
    assert "rows0" not in sent[-1]
    assert rows(monitor).count("<tr>") == 301


def test_an_order_that_ended_badly_is_corrected_in_the_same_frame(client, sandbox, icp, until):
    """The form holds what was asked; nothing is bought; a tab leads back to the orders."""
    sandbox.control.settings(step_seconds=0.05)  # or the profile is never ready
    order = client.orders.discover(icp, 7, title="Too wide")
    sandbox.control.settings(step_seconds=0)
    monitor = OrderMonitor(client)
    sandbox.control.transition(order.order_id, "REJECTED")
    until(lambda: "Correct, order again" in rows(monitor))
    assert 'data-value="profile"' not in monitor.pane.regions["steps"]
    want(monitor, "correct", order.order_id)
    until(lambda: monitor.step == "profile")
    assert monitor.journey.draft.icp.profile_name == icp.profile_name
    want(monitor, "step", "orders")
    assert 'data-value="profile"' in monitor.pane.regions["steps"]
    assert client.journal.frame().height == 1
    monitor.close()


def test_what_a_monitor_sees_is_in_the_journal(client, sandbox, place, until, monitor):
    """Its looks are looks like any other: the journal knows the end, and that nothing is unfinished."""
    order_id = place()
    monitor.refresh()
    complete(sandbox, order_id)
    until(lambda: monitor.orders["status"].to_list() == ["COMPLETED"])
    monitor.close()
    assert client.journal.frame()["status"].to_list() == ["COMPLETED"]
    assert client.journal.unfinished().is_empty()
    assert client.journal.frame()["cost"].is_not_null().all()


def test_looks_without_news_are_not_announced(client, place, until):
    """While times and counters move with every poll, the line that a screen reader hears stays as it is."""
    place()
    monitor, seen = OrderMonitor(client), []
    until(lambda: "Spring" in rows(monitor))
    said = monitor.pane.regions["said"]
    monitor.watch.observe(seen.append, "state")
    until(lambda: len(seen) >= 10)
    assert monitor.pane.regions["said"] == said
    monitor.close()
