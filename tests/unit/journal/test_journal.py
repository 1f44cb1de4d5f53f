"""The journal on a real file: what it keeps, what it refuses, what it tells."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from openprospect_nb.errors import ConflictError, JournalError, UnsafeToRetry
from openprospect_nb.journal.rows import FRAME
from openprospect_nb.models import Cost, OrderState

COST = Cost(total=12.5, currency="EUR")


def test_what_is_put_in_comes_out(journal, purchase, start):
    """Every fact of a purchase survives the file."""
    full = purchase(
        name="weekly", flow="inline", price=2.5, budget=20.0, profile_key="pk", profile_creation_id="c",
        profile_id="p", order_id="o", status="RECEIVED", sent_at=start + timedelta(seconds=1),
        bound_at=start + timedelta(seconds=2), finished_at=start + timedelta(seconds=3), problem="why",
    )  # fmt: skip
    assert journal.intend(full) == (full, True)
    assert journal.find(key="k") == full
    assert journal.all() == [full]


def test_bare_facts_stay_unknown(journal, purchase):
    """What was not given is None again, not empty."""
    bare = replace(purchase(), profile=None, quantity=None)
    journal.intend(bare)

    assert journal.find(key="k") == bare


def test_a_key_and_a_name_stand_for_one_purchase(journal, purchase):
    """The same purchase under its key or its name is found, not made again; another one is refused by name."""
    first = purchase(name="weekly")
    journal.intend(first)

    assert journal.intend(purchase(name="weekly")) == (first, False)
    assert journal.intend(purchase(key="new", name="weekly")) == (first, False)
    with pytest.raises(ConflictError, match=r"idempotency_key 'k' already stands.*2026-01-05 08:00 UTC") as caught:
        journal.intend(purchase(options={"title": "other"}))
    assert "Use a new idempotency_key" in str(caught.value)
    with pytest.raises(ConflictError, match="name 'weekly' already stands") as caught:
        journal.intend(purchase(key="new", name="weekly", options={"title": "other"}))
    assert "Use a new name" in str(caught.value)
    with pytest.raises(ConflictError, match="idempotency_key 'k' already stands"):
        journal.intend(purchase(name="other", options={"title": "other"}))
    assert len(journal.all()) == 1


def test_nameless_purchases_conflict_by_their_key(journal, purchase):
    """Two purchases without a name have no name in common."""
    journal.intend(purchase())

    with pytest.raises(ConflictError, match="the idempotency_key 'k' already stands"):
        journal.intend(purchase(options={}))


def test_an_equal_purchase_that_is_open_is_gone_on_with(journal, purchase, start):
    """A cell run again without name or key goes on with the purchase it began, on the terms it names now."""
    journal.intend(purchase(price=5.0))
    later = purchase(key="new", price=7.5, budget=9.0, intended_at=start + timedelta(days=30))

    assert journal.intend(later) == (purchase(price=7.5, budget=9.0), False)
    assert [p.key for p in journal.all()] == ["k"]


def test_a_key_or_name_of_its_own_is_not_given_to_another_purchase(journal, purchase, start):
    """Who chose a key or name is told of the open equal purchase instead of being led to it."""
    journal.intend(purchase())

    with pytest.raises(UnsafeToRetry, match=r"open since 3 min ago \(key k\).*without name= and idempotency_key="):
        journal.intend(purchase(key="new", intended_at=start + timedelta(minutes=3)), adopt=False)
    assert len(journal.all()) == 1


def test_one_more_is_made_only_where_it_was_said(journal, purchase):
    """``again`` makes a second purchase beside an open one, and the journal remembers that it was meant."""
    journal.intend(purchase())
    second, is_new = journal.intend(purchase(key="2"), again=True)

    assert (second, is_new) == (purchase(key="2", again=True), True)
    assert [p.again for p in journal.all()] == [False, True]


def test_the_check_and_the_commit_are_one_transaction(open_journal, purchase):
    """Of many kernels that want the same at the same moment, one makes the purchase and the others go on with it."""
    journals = [open_journal() for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda n: journals[n].intend(purchase(key=f"k{n}")), range(8)))

    assert sum(is_new for _, is_new in made) == 1
    assert len({purchase.key for purchase, _ in made}) == 1
    assert len(journals[0].all()) == 1


def test_recording_needs_a_purchase(journal, purchase, start):
    """Facts are added to the purchase of their key, and a key nobody knows is an error."""
    journal.intend(purchase())
    journal.intend(purchase(key="other", options={}))

    assert journal.record("k", order_id="o", bound_at=start) == purchase(order_id="o", bound_at=start)
    assert journal.find(key="other").order_id is None
    with pytest.raises(JournalError, match="no purchase under key 'nobody'"):
        journal.record("nobody", order_id="o")


def test_sightings_tell_cost_state_and_end(journal, purchase, start):
    """The last state and cost seen are kept, the first end stays the end, and other orders learn nothing."""
    journal.intend(purchase(order_id="o"))
    journal.intend(purchase(key="2", order_id="other", options={}))
    hour = timedelta(hours=1)
    journal.saw([OrderState(order_id="o", status="PROCESSING", estimated_cost=COST)], start)
    journal.saw([OrderState(order_id="o", status="COMPLETED")], start + hour)
    journal.saw([OrderState(order_id="o", status="COMPLETED")], start + 2 * hour)

    found = journal.find(order_id="o")
    assert (found.status, found.cost, found.finished_at) == ("COMPLETED", COST, start + hour)
    assert journal.find(order_id="other").status is None
    with sqlite3.connect(journal.path) as database:
        seen = database.execute("SELECT * FROM sightings ORDER BY seen_at").fetchall()
    database.close()
    assert seen == [
        ("a", "o", "PROCESSING", start.isoformat()),
        ("a", "o", "COMPLETED", (start + hour).isoformat()),
    ]


def test_a_cost_without_a_currency_is_kept(journal, purchase, start):
    """A server may state an amount alone."""
    journal.intend(purchase(order_id="o"))
    journal.saw([OrderState(order_id="o", status="ACCEPTED", estimated_cost=Cost(total=1.0, currency=""))], start)

    assert journal.find(order_id="o").cost == Cost(total=1.0, currency="")


def test_unfinished_are_those_that_neither_ended_nor_failed(journal, purchase, start):
    """Open purchases come oldest first; ended and failed ones do not come."""
    made = [
        purchase(key="late", options={"n": 1}, intended_at=start + timedelta(minutes=5)),
        purchase(key="early", options={"n": 2}),
        purchase(key="ended", options={"n": 3}, finished_at=start),
        purchase(key="failed", options={"n": 4}, problem="why"),
    ]
    for one in made:
        journal.intend(one)

    assert [p.key for p in journal.unfinished()] == ["early", "late"]
    assert [p.key for p in journal.all()] == ["early", "ended", "failed", "late"]


def test_the_frame_has_a_row_a_purchase(journal, purchase, start):
    """The frame shows title, cost and times, and nulls where nothing is known."""
    journal.intend(purchase(order_id="o", name="n"))
    journal.saw([OrderState(order_id="o", status="ACCEPTED", estimated_cost=COST)], start)
    journal.intend(purchase(key="2", options={}))
    rows = journal.frame().to_dicts()

    known = {"key": "k", "kind": "DISCOVERY", "name": "n", "title": "T", "order_id": "o", "quantity": 5}
    assert {name: rows[0][name] for name in known} == known
    assert (rows[0]["cost"], rows[0]["currency"], rows[0]["intended_at"]) == (12.5, "EUR", start)
    assert [rows[1][name] for name in ("title", "cost", "currency", "finished_at")] == [None] * 4


def test_the_frame_has_its_columns_whatever_is_in_it(journal, purchase):
    """Names and kinds of the columns are the same for no purchase and for one of which little is known."""
    assert journal.frame().schema == FRAME
    journal.intend(replace(purchase(), profile=None, quantity=None))
    assert journal.frame().schema == FRAME


def test_accounts_know_nothing_of_each_other(open_journal, purchase, start):
    """Purchases, orders, descriptions, prices, flows and leases of one server and key stay with it."""
    mine, theirs = open_journal("a"), open_journal("b")
    mine.intend(purchase(order_id="o", profile_id="p"))
    mine.saw([OrderState(order_id="o", status="ACCEPTED", estimated_cost=COST)], start)
    mine.learn_flow("inline", start)

    assert theirs.find(key="k") is None
    assert theirs.find(order_id="o") is None
    assert (theirs.all(), theirs.unfinished()) == ([], [])
    assert (theirs.description_of("p"), theirs.known_flow()) == (None, None)
    with pytest.raises(JournalError, match="no purchase"):
        theirs.lease("k", "me", 60.0, now=0.0, monotonic=0.0)
    assert theirs.intend(purchase())[1]
    theirs.record("k", order_id="o", status="RECEIVED")
    theirs.saw([OrderState(order_id="o", status="COMPLETED")], start)
    assert mine.find(key="k").status == "ACCEPTED"
    assert (mine.find(order_id="o").key, mine.known_flow()) == ("k", "inline")
    assert mine.order_ids() == theirs.order_ids() == {"o"}


def test_a_profile_keeps_its_description(journal, purchase):
    """The description is found by the id its profile got, also behind an order that was placed by id alone."""
    made = purchase(profile_id="p")
    journal.intend(purchase(key="0", profile=None, profile_id="p"))
    journal.intend(made)

    assert journal.description_of("p") == made.profile
    assert journal.description_of("q") is None


def test_a_flow_learnt_later_replaces_the_first(journal, start):
    """The last flow found is the one remembered."""
    assert journal.known_flow() is None
    journal.learn_flow("profile", start)
    journal.learn_flow("inline", start)

    assert journal.known_flow() == "inline"


def test_one_owner_at_a_time_holds_a_lease(journal, purchase):
    """A lease is renewed by its owner, refused to others, given back only by its owner; each purchase has its own."""
    journal.intend(purchase())
    journal.intend(purchase(key="other", options={}))

    def take(key, owner, monotonic):
        return journal.lease(key, owner, 60.0, now=1e9, monotonic=monotonic).owner == owner

    assert take("k", "x:1:me", 100.0)
    assert take("k", "x:1:me", 130.0)
    assert take("other", "x:1:you", 130.0)
    assert not take("k", "x:1:you", 140.0)
    journal.release("k", "x:1:you")
    assert not take("k", "x:1:you", 150.0)
    journal.release("k", "x:1:me")
    assert take("k", "x:1:you", 150.0)
    with pytest.raises(JournalError, match="no purchase under key 'nobody'"):
        take("nobody", "x:1:me", 0.0)


@pytest.mark.parametrize("apart", [-3600.0, 0.0, 3600.0, 30 * 86400.0])
def test_a_lease_runs_out_by_the_watchers_own_clock(journal, purchase, apart):
    """However far apart the clocks are: a lease unchanged for as long as was promised is free, a renewed one is not."""
    journal.intend(purchase())

    def watch(seconds):
        return journal.lease("k", "here:2:me", 60.0, now=1e9, monotonic=seconds).owner

    journal.lease("k", "far:1:you", 60.0, now=1e9 + apart, monotonic=0.0)
    assert watch(1000.0) == watch(1059.0) == "far:1:you"
    journal.lease("k", "far:1:you", 60.0, now=1e9 + apart + 50, monotonic=50.0)
    assert watch(1061.0) == watch(1120.0) == "far:1:you"
    assert watch(1121.0) == "here:2:me"


def test_the_order_of_a_purchase_stays_its_order(journal, purchase, start):
    """A second id for one purchase, and one id for two, are said; what was closed meanwhile is open again."""
    journal.intend(purchase(problem="given up"))
    journal.intend(purchase(key="2"), again=True)
    first, other = (OrderState(order_id=name, status="RECEIVED") for name in ("o-1", "o-2"))

    assert journal.bind("k", first, start) is None
    bound = journal.find(key="k")
    assert (bound.order_id, bound.bound_at, bound.problem) == ("o-1", start, None)
    assert journal.bind("k", first, start) is None
    assert "orders o-1 and o-2 were both made" in journal.bind("k", other, start)
    assert journal.find(key="k").order_id == "o-1"
    assert "already the order of another purchase here (key k)" in journal.bind("2", first, start)
    assert {p.key: p.doubted_at for p in journal.doubtful()} == {"k": start, "2": start}
    assert "already the order of another purchase here (key k)" in journal.contradiction(journal.find(key="2"))


def test_what_ended_is_untold_until_it_was_given(journal, purchase, start):
    """A closed purchase and an order that has ended are told once; an open one is nothing to tell of."""
    for key, facts in (("open", {}), ("closed", {"problem": "no"}), ("over", {"order_id": "o", "finished_at": start})):
        journal.intend(purchase(key=key, **facts), again=True)
    assert [p.key for p in journal.untold()] == ["closed", "over"]
    journal.give(["closed"], start)
    assert [p.key for p in journal.untold()] == ["over"]
    journal.give(["over"], start)
    assert journal.untold() == []


def test_a_purchase_that_was_told_closed_is_not_given_when_it_turns_out_placed(journal, purchase, start):
    """Whoever knows that it bought nothing does not have the order: a rerun gets it."""
    journal.intend(purchase(problem="given up", given_at=start))
    journal.bind("k", OrderState(order_id="o-1", status="RECEIVED"), start, doubted=start)
    assert (journal.find(key="k").given_at, [p.key for p in journal.doubtful()]) == (None, ["k"])
    journal.give(["k"], start, settled=["k"])
    assert (journal.find(key="k").given_at, journal.doubtful()) == (start, [])


def test_the_repr_shows_the_file_alone(journal):
    """Nothing that was bought is in the repr."""
    assert repr(journal) == f"Journal({str(journal.path)!r})"
