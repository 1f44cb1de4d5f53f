"""The journal on a real file: what it keeps, what it refuses, what it tells."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import timedelta

import pytest

from openprospect_nb.errors import ConflictError, JournalError, UnsafeToRetry
from openprospect_nb.journal.forgetting import pattern_of
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


@pytest.mark.parametrize(("minutes", "refused"), [(0, True), (10, True), (10.1, False)])
def test_an_equal_purchase_within_ten_minutes_is_refused(journal, purchase, start, minutes, refused):
    """Ten minutes long an equal purchase needs ``again``."""
    journal.intend(purchase())
    later = purchase(key="new", intended_at=start + timedelta(minutes=minutes))

    if refused:
        with pytest.raises(UnsafeToRetry, match=rf"{minutes} min ago \(not confirmed yet, key k\)") as caught:
            journal.intend(later)
        assert caught.value.next_step == (
            "Use that order with client.orders.get(...), finish it with client.journal.resume(),"
            " or pass again=True to buy once more."
        )
    assert journal.intend(later, again=True) == (later, True)


def test_an_equal_purchase_that_may_have_arrived_is_refused_at_any_age(journal, purchase, start):
    """What was sent and never confirmed may have been bought, however long ago; once confirmed, it is just old."""
    journal.intend(purchase(sent_at=start))
    day_later = purchase(key="new", intended_at=start + timedelta(days=1))

    with pytest.raises(UnsafeToRetry, match=r"1440 min ago \(not confirmed yet, key k\)"):
        journal.intend(day_later)
    journal.record("k", order_id="o")
    assert journal.intend(day_later)[1]


def test_a_refused_twin_names_the_order_it_repeats(journal, purchase, start):
    """Once the first purchase has its order id, the refusal names that order, and time never runs backwards."""
    journal.intend(purchase(order_id="o-1"))

    with pytest.raises(UnsafeToRetry, match=r"3 min ago \(order o-1\)"):
        journal.intend(purchase(key="new", intended_at=start + timedelta(minutes=3, seconds=59)))
    with pytest.raises(UnsafeToRetry, match="0 min ago"):
        journal.intend(purchase(key="new", intended_at=start - timedelta(minutes=2)))


def test_the_latest_twin_is_named(journal, purchase, start):
    """Of several equal purchases the refusal names the last."""
    journal.intend(purchase(order_id="o-1"))
    second = purchase(key="2", order_id="o-2", intended_at=start + timedelta(minutes=2))
    journal.intend(second, again=True)

    with pytest.raises(UnsafeToRetry, match=r"1 min ago \(order o-2\)"):
        journal.intend(purchase(key="3", intended_at=start + timedelta(minutes=3)))


def test_a_failed_twin_does_not_stand_in_the_way(journal, purchase):
    """A purchase that bought nothing may be repeated at once."""
    journal.intend(purchase(problem="refused"))

    assert journal.intend(purchase(key="new"))[1]


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
    assert not theirs.has_order("o")
    assert (theirs.all(), theirs.unfinished()) == ([], [])
    assert (theirs.description_of("p"), theirs.usual_price(), theirs.known_flow()) == (None, None, None)
    assert not theirs.lease("k", "me", 0.0, 60.0)
    assert theirs.intend(purchase())[1]
    theirs.record("k", order_id="o", status="RECEIVED")
    theirs.saw([OrderState(order_id="o", status="COMPLETED")], start)
    assert mine.find(key="k").status == "ACCEPTED"
    assert (mine.has_order("o"), mine.known_flow()) == (True, "inline")


def test_a_profile_keeps_its_description(journal, purchase):
    """The description is found by the id its profile got, also behind an order that was placed by id alone."""
    made = purchase(profile_id="p")
    journal.intend(purchase(key="0", profile=None, profile_id="p"))
    journal.intend(made)

    assert journal.description_of("p") == made.profile
    assert journal.description_of("q") is None


def test_the_usual_price_is_the_median_of_stated_costs(journal, purchase, start):
    """Orders with a cost from the server and a quantity count; the outlier of three does not decide."""
    assert journal.usual_price() is None
    for number, (quantity, total) in enumerate([(5, 10.0), (2, 6.0), (1, 99.0), (0, 7.0), (None, 7.0), (4, None)]):
        order_id = f"o-{number}"
        journal.intend(purchase(key=order_id, order_id=order_id, quantity=quantity, options={"n": number}))
        cost = None if total is None else Cost(total=total, currency="EUR")
        journal.saw([OrderState(order_id=order_id, status="COMPLETED", estimated_cost=cost)], start)

    assert journal.usual_price() == 3.0


def test_a_flow_learnt_later_replaces_the_first(journal, start):
    """The last flow found is the one remembered."""
    assert journal.known_flow() is None
    journal.learn_flow("profile", start)
    journal.learn_flow("inline", start)

    assert journal.known_flow() == "inline"


def test_one_owner_at_a_time_holds_a_lease(journal, purchase):
    """A lease is renewed by its owner, refused to others until it runs out, and given back only by its owner."""
    journal.intend(purchase())
    journal.intend(purchase(key="other", options={}))

    assert journal.lease("k", "x:1:me", 100.0, 60.0)
    assert journal.lease("k", "x:1:me", 130.0, 60.0)
    assert journal.lease("other", "x:1:you", 130.0, 60.0)
    assert not journal.lease("k", "x:1:you", 190.0, 60.0)
    journal.release("k", "x:1:you")
    assert not journal.lease("k", "x:1:you", 190.0, 60.0)
    journal.release("k", "x:1:me")
    assert journal.lease("k", "x:1:you", 190.0, 60.0)
    assert journal.lease("k", "x:1:me", 250.1, 60.0)
    assert not journal.lease("nobody", "x:1:me", 0.0, 60.0)
    assert not journal.lease("other", "x:1:me", 190.0, 60.0)


def test_forgetting_blanks_texts_and_stops_what_was_not_placed(open_journal, purchase, start):
    """Every account is searched; a placed purchase stays placed, an unplaced one can no longer be placed."""
    mine, theirs = open_journal("a"), open_journal("b")
    who = pattern_of("ab.example")
    named = {"title": "for ab.example"}
    mine.intend(purchase(options=named, order_id="o", name="for ab.example"))
    mine.intend(purchase(key="ended", options=named | {"n": 1}, finished_at=start))
    theirs.intend(purchase(key="unplaced", options=named))
    theirs.intend(purchase(key="nobody"))

    assert mine.forget(who, "[x]") == 3
    placed, ended = mine.find(key="k"), mine.find(key="ended")
    assert (placed.options, placed.name, placed.problem) == ({"title": "[x]"}, "[x]", None)
    assert (ended.options, ended.problem) == ({"title": "[x]", "n": 1}, None)
    assert theirs.find(key="unplaced").problem == "forgotten before it was placed"
    assert theirs.find(key="nobody") == purchase(key="nobody")
    assert b"ab.example" not in mine.path.read_bytes()
    assert mine.forget(who, "[x]") == 0


def test_the_repr_shows_the_file_alone(journal):
    """Nothing that was bought is in the repr."""
    assert repr(journal) == f"Journal({str(journal.path)!r})"


def test_damaged_files_are_set_aside_one_by_one(open_journal, tmp_path):
    """A damaged journal is kept under the next free number, and a new one starts empty."""
    for number in (1, 2):
        (tmp_path / "journal.db").write_bytes(b"no database at all" * 100)
        with pytest.raises(JournalError, match=f"damaged-{number}") as caught:
            open_journal()
        assert caught.value.code == "DAMAGED"
        assert caught.value.next_step.startswith("Look at client.orders.list() before ordering;")

    assert sorted(path.name for path in tmp_path.iterdir()) == ["journal.db.damaged-1", "journal.db.damaged-2"]
    assert open_journal().all() == []


def test_side_files_go_with_a_damaged_file(journal, open_journal, purchase, tmp_path):
    """What another kernel still holds open beside a damaged file is moved with it, so that a new file starts clean."""
    journal.intend(purchase())
    journal.forget(pattern_of("ab.example"), "[x]")  # brings all pages into the main file
    with journal.path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 4096)
    with pytest.raises(JournalError, match="damaged-1"):
        open_journal()

    kept = sorted(path.name for path in tmp_path.iterdir())
    assert kept == ["journal.db.damaged-1", "journal.db.damaged-1-shm", "journal.db.damaged-1-wal"]
