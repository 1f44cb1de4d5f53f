"""Lifecycles as pure functions, and what an order is given."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from openprospect_nb.contract import OrderStatus, ProfileStatus
from openprospect_nb.sandbox.orders.fulfilment import Progress, can_become, hand_hop, is_terminal, step
from openprospect_nb.sandbox.orders.packing import choose, trim

STATES = st.sampled_from([*OrderStatus, *ProfileStatus])


@given(STATES, st.integers(0, 10**15), st.integers(0, 10**12), st.integers(0, 10**15))
def test_a_timed_hop_counts_exactly_its_length(status, entered, length, now):
    """A hop is due once its length has passed, and its stamp is the former plus that length, however late it is."""
    hop = step(Progress(status, entered, entered + 7), now, length)

    if hop is None:
        assert is_terminal(status) or length == 0 or now < entered + length
    else:
        assert can_become(status, hop.status)
        assert (entered + length, entered + 7 + length) == (hop.entered_us, hop.stamp_us)
        assert hop.entered_us <= now


@given(STATES, STATES)
def test_no_edge_leaves_a_terminal_state(status, target):
    """Terminal states never change, and no state becomes itself."""
    assert not (is_terminal(status) and can_become(status, target))
    assert not can_become(status, status)


def test_time_alone_leads_to_the_good_end():
    """Timed hops go from RECEIVED to COMPLETED and from PENDING to SUCCEEDED."""
    for start, end, count in (("RECEIVED", "COMPLETED", 3), ("PENDING", "SUCCEEDED", 2)):
        progress, hops = Progress(start, 0, 0), 0
        while hop := step(progress, 10**9, 5):
            progress, hops = Progress(hop.status, hop.entered_us, hop.stamp_us), hops + 1
        assert (end, count, 5 * count) == (progress.status, hops, progress.stamp_us)


def test_a_hop_by_hand_has_a_reproducible_stamp():
    """Reproducible stamps follow from the last one; others are the present, never before the last."""
    progress = Progress("RECEIVED", 100, 5_000)

    assert hand_hop(progress, "ACCEPTED", 900, 20, reproducible=True).stamp_us == 5_020
    assert hand_hop(progress, "ACCEPTED", 900, 0, reproducible=True).stamp_us == 1_005_000
    assert hand_hop(progress, "ACCEPTED", 9_000, 20, reproducible=False).stamp_us == 9_000
    assert hand_hop(progress, "ACCEPTED", 900, 20, reproducible=False).stamp_us == 5_000


@dataclass(frozen=True)
class Found:
    """A ranked company."""

    company_id: str


@given(st.lists(st.integers(0, 60), unique=True), st.frozensets(st.integers(0, 60)), st.integers(1, 40))
def test_choosing_keeps_the_ranking(ranked, delivered, quantity):
    """Chosen companies keep their rank, were not delivered before, and fill the quantity if enough are left."""
    found = [Found(str(number)) for number in ranked]

    chosen = choose(found, {str(number) for number in delivered}, quantity)

    assert chosen == [Found(str(number)) for number in ranked if number not in delivered][:quantity]


def test_trimming_leaves_the_original_alone():
    """Fields of features not ordered are null, in a copy."""
    person = {"first_name": "A", "email": "a@x.example", "qualification_score": 5}
    document = {"id": "1", "name": "N", "city": "Bonn", "match_score": 9, "prospects": [person]}

    trimmed = trim(document, ["CONTACTS"])

    assert (trimmed["city"], trimmed["match_score"], trimmed["name"]) == (None, None, "N")
    assert (trimmed["prospects"][0]["email"], trimmed["prospects"][0]["first_name"]) == (None, "A")
    assert (document["city"], person["email"]) == ("Bonn", "a@x.example")
    assert trim(document, ["COMPANY_DATA"])["prospects"] == []
