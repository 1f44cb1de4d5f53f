"""How an order stands, from what the list says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl

from openprospect_nb.frames.schemas import ORDERS
from openprospect_nb.journal.rows import FRAME
from openprospect_nb.widgets.monitor.model import duration, frame_of, history, rows_of, usual_durations

START = datetime(2026, 5, 4, 8, tzinfo=UTC)
NOW = START + timedelta(hours=2)


def orders(*facts: dict) -> pl.DataFrame:
    """Return a frame of orders as the list gives it."""
    common = dict.fromkeys(ORDERS) | {"order_type": "DISCOVERY", "created_at": START, "source": "sandbox"}
    return pl.DataFrame([common | fact for fact in facts], schema=ORDERS)


def row(**facts):
    """Return the row of one order."""
    return rows_of(orders({"order_id": "o1", **facts}), {}, NOW, {})[0]


def marks(found):
    """Return each stop's name with its mark."""
    return [(stop.name, stop.mark) for stop in found.stops]


def test_an_order_under_way_has_done_current_and_coming_stops():
    """The state it is in is current, the ones before are done, the ones after are to come."""
    found = row(status="ACCEPTED", accepted_at=START + timedelta(minutes=5))
    assert marks(found) == [
        ("Received", "done"),
        ("Accepted", "now"),
        ("In progress", "todo"),
        ("Completed", "todo"),
    ]
    assert [stop.clock for stop in found.stops] == ["08:00:00", "08:05:00", "", ""]
    assert found.lasted == "2 h 0 min"


def test_a_state_seen_by_a_look_is_dated_by_that_look():
    """A state without a stamp of the vendor is dated "by" the look that saw the change."""
    found = rows_of(orders({"order_id": "o1", "status": "IN_PROGRESS"}), {("o1", "IN_PROGRESS"): NOW}, NOW, {})[0]
    assert found.stops[2].clock == "by 10:00:00"


def test_a_bad_end_shows_its_reason_and_claims_no_stops():
    """A rejected order shows only what is known, the end marked bad, and the vendor's message."""
    found = row(status="REJECTED", message="No such market")
    assert marks(found) == [("Received", "done"), ("Rejected", "bad")]
    assert found.reason == "No such market"
    assert found.is_terminal
    assert found.lasted == ""


def test_an_unknown_state_is_not_an_end():
    """A state the contract does not know is shown as it is and watched on."""
    found = row(status="ON_HOLD")
    assert marks(found)[-1] == ("On hold", "now")
    assert not found.is_terminal
    assert "does not know" in found.next


def test_time_to_complete_is_the_median_with_its_number_or_unknown():
    """Only completed orders of the same kind with both stamps count."""
    done = [{"order_id": f"d{n}", "status": "COMPLETED", "completed_at": START + timedelta(hours=n)} for n in (1, 2, 6)]
    running = {"order_id": "r", "status": "RECEIVED"}
    other = {"order_id": "e", "status": "RECEIVED", "order_type": "ENRICHMENT"}
    frame = orders(*done, running, other)
    rows = {r.order_id: r for r in rows_of(frame, {}, NOW, usual_durations(frame))}
    assert "2 h 0 min in the middle, 1 h 0 min to 6 h 0 min (n = 3)" in rows["r"].next
    assert "unknown (n = 0)" in rows["e"].next
    assert "%" not in "".join(r.next for r in rows.values())


def test_rows_become_a_frame_of_fixed_columns():
    """The frame keeps its schema, also without orders."""
    assert frame_of(()).height == 0
    assert frame_of([row(status="RECEIVED", title="T")]).row(0)[:4] == ("o1", "T", "DISCOVERY", "RECEIVED")


def test_durations_name_their_two_largest_units():
    """Seconds, minutes, hours and days."""
    assert [duration(timedelta(seconds=s)) for s in (5, 65, 3700, 90000)] == [
        "5 s",
        "1 min 5 s",
        "1 h 1 min",
        "1 d 1 h",
    ]


def test_the_journal_dates_what_the_list_does_not():
    """An order the list no longer shows counts from its placing to its first sight as completed; none counts twice."""
    purchases = pl.DataFrame(
        [
            {"order_id": "old", "kind": "DISCOVERY", "status": "COMPLETED", "bound_at": START, "finished_at": NOW},
            {"order_id": "d1", "kind": "DISCOVERY", "status": "COMPLETED", "bound_at": START, "finished_at": NOW},
            {"order_id": None, "kind": "DISCOVERY", "status": None, "bound_at": None, "finished_at": None},
        ],
        schema=FRAME,
    )
    listed = orders({"order_id": "d1", "status": "COMPLETED", "completed_at": START + timedelta(hours=1)})
    assert usual_durations(history(listed, purchases)) == {
        "DISCOVERY": "Completed ones took 1 h 30 min in the middle, 1 h 0 min to 2 h 0 min (n = 2)."
    }
