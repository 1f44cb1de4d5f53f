"""What is done about a purchase that is there already, as tables."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openprospect_nb.errors import ServerError
from openprospect_nb.journal import Purchase, PurchaseKind
from openprospect_nb.journal.guard import (
    Decision,
    Standing,
    asking,
    on_rerun,
    on_return,
    refusal,
    rivals,
    standing,
    superseded_by,
    unread,
)

NOW = datetime(2026, 5, 6, 9, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
BUY, GO_ON, REFUSE, SUPERSEDE = Decision.BUY, Decision.GO_ON, Decision.REFUSE, Decision.SUPERSEDE
READ = Decision.READ


def purchase(key="k", since=MINUTE, **facts):
    """Return an order intended so long before now."""
    return Purchase(**{"key": key, "kind": PurchaseKind.DISCOVERY, "intended_at": NOW - since} | facts)


UNSENT = {}
PROFILE_SENT = {"profile_sent_at": NOW - MINUTE}
PROFILE_MADE = {**PROFILE_SENT, "profile_creation_id": "c"}
READY = {**PROFILE_MADE, "profile_id": "p"}
SENT = {**READY, "sent_at": NOW - MINUTE}
PLACED = {**SENT, "order_id": "o", "bound_at": NOW - MINUTE, "given_at": NOW - MINUTE}
RUNNING = {**PLACED, "bound_at": NOW - 11 * MINUTE}


@pytest.mark.parametrize(
    ("facts", "where"),
    [
        (UNSENT, Standing.UNSENT),
        ({"profile_id": "p"}, Standing.UNSENT),
        (PROFILE_SENT, Standing.PROFILE_UNCONFIRMED),
        (PROFILE_MADE, Standing.PROFILE_MADE),
        (READY, Standing.PROFILE_MADE),
        (SENT, Standing.UNCONFIRMED),
        (PLACED, Standing.PLACED),
        ({**PLACED, "status": "COMPLETED", "finished_at": NOW}, Standing.PLACED),
        ({**SENT, "problem": "refused"}, Standing.CLOSED),
        ({"kind": PurchaseKind.PROFILE, **PROFILE_SENT}, Standing.PROFILE_UNCONFIRMED),
        ({"kind": PurchaseKind.PROFILE, **PROFILE_MADE}, Standing.PROFILE_MADE),
        ({"kind": PurchaseKind.PROFILE, **READY}, Standing.PLACED),
    ],
)
def test_how_far_a_purchase_came(facts, where):
    """Each step leaves a purchase in one place."""
    assert standing(purchase(**facts)) is where


@pytest.mark.parametrize("since", [MINUTE, 11 * MINUTE, 23 * HOUR, 2 * DAY, 400 * DAY])
@pytest.mark.parametrize(
    ("facts", "young", "old"),
    [
        (UNSENT, GO_ON, GO_ON),
        (PROFILE_SENT, GO_ON, REFUSE),
        (PROFILE_MADE, GO_ON, GO_ON),
        (READY, GO_ON, GO_ON),
        (SENT, REFUSE, REFUSE),
        (PLACED, REFUSE, REFUSE),
        ({**PLACED, "bound_at": NOW - 10 * MINUTE}, REFUSE, REFUSE),
        ({**PLACED, "finished_at": NOW}, REFUSE, REFUSE),
        (RUNNING, READ, READ),
        ({**RUNNING, "bound_at": NOW - 400 * DAY}, READ, READ),
        ({**RUNNING, "finished_at": NOW}, BUY, BUY),
        ({**RUNNING, "order_id": None, "kind": PurchaseKind.PROFILE, "sent_at": None}, BUY, BUY),
        ({**PLACED, "bound_at": NOW + DAY}, REFUSE, REFUSE),
        ({**PLACED, "given_at": None}, GO_ON, GO_ON),
        ({**PLACED, "given_at": None, "bound_at": NOW - 400 * DAY}, GO_ON, GO_ON),
        ({**SENT, "problem": "refused"}, BUY, BUY),
    ],
)
def test_a_cell_run_again_without_name_or_key(facts, since, young, old):
    """What is open is gone on with or refused, at any age and any step; the window counts from the placing."""
    twin = purchase(since=since, **facts)
    expected = young if since < DAY else old

    assert on_rerun([twin], NOW) == (expected, None if expected is BUY else twin)


def test_a_refusal_comes_before_going_on_and_the_latest_is_named():
    """Where one equal purchase is open and another just placed, nothing is sent; of several, the last is named."""
    open_one, first, second = purchase("a"), purchase("b", **PLACED), purchase("c", **PLACED)

    assert on_rerun([open_one, first, second], NOW) == (REFUSE, second)
    assert on_rerun([purchase("a"), purchase("b", problem="x"), purchase("c")], NOW) == (GO_ON, purchase("c"))
    assert on_rerun([], NOW) == (BUY, None)


def test_an_order_that_runs_stands_in_the_way_of_a_new_one_alone():
    """Of several equal purchases, one that is open or was never given is gone on with, beside one that runs."""
    first, last, ended = purchase("a", **RUNNING), purchase("b", **RUNNING), purchase("c", **RUNNING, finished_at=NOW)

    assert on_rerun([first, last, ended], NOW) == (READ, last)
    assert on_rerun([purchase("open"), first], NOW) == (GO_ON, purchase("open"))
    assert on_rerun([first, purchase("fresh", **PLACED)], NOW) == (REFUSE, purchase("fresh", **PLACED))


def test_what_is_said_of_an_order_in_the_way_names_it_and_each_way_on():
    """One that runs, one that could not be read, one just placed: the id, how it stands, and what buys one more."""
    runs = purchase(**RUNNING, status="IN_PROGRESS")

    assert str(refusal(runs, NOW)) == (
        "an equal purchase was placed 11 min ago (order o) and has not ended (IN_PROGRESS). To buy once more pass"
        " a name= of its own: with it this call finds its order again however often it runs. Or use that order with"
        " client.orders.get('o'); again=True buys one more each time it runs."
    )
    assert "whether it has ended could not be read (down)." in str(unread(runs, NOW, ServerError("down.")))
    assert str(refusal(purchase(**PLACED), NOW)) == (
        "an equal purchase was placed 1 min ago (order o). An order placed with a name= is found again however often"
        " its cell runs; this one is client.orders.get('o'). again=True buys one more each time it runs."
    )


@pytest.mark.parametrize(
    ("facts", "since", "asked_for", "resumed", "named"),
    [
        (UNSENT, MINUTE, GO_ON, GO_ON, GO_ON),
        (UNSENT, 2 * DAY, GO_ON, REFUSE, GO_ON),
        (READY, 2 * DAY, GO_ON, REFUSE, GO_ON),
        (PROFILE_SENT, MINUTE, GO_ON, GO_ON, GO_ON),
        (SENT, MINUTE, GO_ON, GO_ON, GO_ON),
        (SENT, 23 * HOUR, GO_ON, GO_ON, GO_ON),
        (SENT, DAY, REFUSE, REFUSE, GO_ON),
        ({"sent_at": NOW - DAY}, DAY, REFUSE, REFUSE, GO_ON),
        ({"profile_sent_at": NOW - DAY}, DAY, REFUSE, REFUSE, GO_ON),
        ({"sent_at": NOW + HOUR}, -HOUR, REFUSE, REFUSE, GO_ON),
        (UNSENT, -HOUR, GO_ON, GO_ON, GO_ON),
        ({**SENT, "lost": True}, MINUTE, REFUSE, REFUSE, REFUSE),
        (PLACED, 2 * DAY, GO_ON, GO_ON, GO_ON),
        ({**SENT, "problem": "x"}, 2 * DAY, GO_ON, GO_ON, GO_ON),
    ],
)
def test_a_purchase_come_back_to(facts, since, asked_for, resumed, named):
    """By its key or name, by resume(), and by resume(keys=): a day after sending, all but the last ask the user.

    A stamp far ahead of the clock is no age at all.
    """
    p = purchase(since=since, **facts)

    assert on_return(p, [p], NOW) is asked_for
    assert on_return(p, [p], NOW, is_asked_for=False) is resumed
    assert on_return(p, [p], NOW, limit=None, is_asked_for=True) is named


@pytest.mark.parametrize(
    ("first", "second", "decisions"),
    [
        (UNSENT, PLACED, (SUPERSEDE, GO_ON)),
        (PROFILE_MADE, PLACED, (SUPERSEDE, GO_ON)),
        (SENT, PLACED, (SUPERSEDE, GO_ON)),
        (PLACED, UNSENT, (GO_ON, SUPERSEDE)),
        (SENT, UNSENT, (GO_ON, SUPERSEDE)),
        (UNSENT, SENT, (SUPERSEDE, GO_ON)),
        (UNSENT, UNSENT, (SUPERSEDE, GO_ON)),
        (SENT, SENT, (GO_ON, GO_ON)),
        (UNSENT, {**PLACED, "again": True}, (GO_ON, GO_ON)),
        (SENT, {**SENT, "again": True}, (GO_ON, GO_ON)),
        (UNSENT, {**SENT, "problem": "refused"}, (GO_ON, GO_ON)),
        ({**PLACED, "bound_at": NOW - 3 * MINUTE}, UNSENT, (GO_ON, GO_ON)),
    ],
)
def test_of_a_purchase_and_its_rerun_one_is_bought(first, second, decisions):
    """The placed one stays, the one that may be placed comes before one that surely is not, the later before the first.

    One more that was meant, or that came after the first was placed, is no rerun.
    """
    both = [purchase("1", since=3 * MINUTE, **first), purchase("2", since=2 * MINUTE, **second)]

    assert tuple(on_return(p, both, NOW) for p in both) == decisions


JUST_PLACED = {**PLACED, "bound_at": NOW}


@given(
    st.lists(st.tuples(st.sampled_from([UNSENT, PROFILE_SENT, READY, SENT, JUST_PLACED]), st.booleans()), min_size=1)
)
def test_finishing_what_is_left_never_buys_more_than_was_meant(made):
    """Taken up one after the other, a purchase and its reruns become one order, or those that had left before."""
    left = [
        purchase(str(n), since=(len(made) - n) * MINUTE, **{**facts, "again": again})
        for n, (facts, again) in enumerate(made)
    ]
    starts = [0, *(n for n, p in enumerate(left) if p.again and n > 0), len(left)]
    meant = [left[start:end] for start, end in pairwise(starts)]
    most = sum(max(1, sum(p.sent_at is not None for p in group)) for group in meant)
    for n, p in enumerate(left):
        if on_return(p, left, NOW) is GO_ON:
            left[n] = replace(p, **JUST_PLACED)

    assert sum(standing(p) is Standing.PLACED for p in left) <= most


def test_why_nothing_is_sent_is_said_with_the_way_on():
    """Each refusal names the order or key, and what can be done about it."""
    placed, sent = purchase(**PLACED), purchase(**SENT)
    old = purchase(since=2 * DAY, sent_at=NOW - 2 * DAY)

    assert "placed 1 min ago (order o). An order placed with a name=" in str(refusal(placed, NOW))
    assert "sent 1 min ago (not confirmed yet, key k): it may have been placed. Finish it" in str(refusal(sent, NOW))
    assert "sent 48 h ago" in str(refusal(old, NOW))
    for way in ("client.orders.list()", "bind('k', order_id)", "resume(keys=['k'])", "drop('k')"):
        assert way in str(refusal(old, NOW))
        assert way in asking(old, NOW)
    assert "open since 1 min ago (key k): nothing was sent yet. Go on with it" in str(refusal(purchase(), NOW))
    assert "no order was placed, a profile may be there" in str(refusal(purchase(**PROFILE_SENT), NOW))
    assert asking(purchase(since=2 * DAY), NOW) == (
        "intended 48 h ago; call client.journal.resume(keys=['k']) if you still want it"
    )


def test_a_superseded_purchase_says_by_what_and_whether_doubt_remains():
    """The order that was bought instead is named; if this one may have been placed too, where to look."""
    sent, placed = purchase("1", since=3 * MINUTE, **SENT), purchase("2", since=2 * MINUTE, **PLACED)
    later = purchase("3", since=MINUTE)

    assert rivals(sent, [sent, placed]) == [placed]
    assert superseded_by(sent, [sent, placed]).startswith("superseded: the same order was bought as order o. This one")
    assert "second order in client.orders.list()" in superseded_by(sent, [sent, placed])
    first = purchase("1", since=3 * MINUTE)
    assert superseded_by(first, [first, later]) == "superseded: the same order was bought under key 3."
