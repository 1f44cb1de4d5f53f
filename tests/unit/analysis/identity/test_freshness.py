"""How prospects age: what became of each is told apart, rates are those of the records, and few are asked again."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from support.analysis_frames import companies, prospects
from support.examples import examples

from openprospect_nb.analysis import freshness, stale
from openprospect_nb.errors import ValidationError
from openprospect_nb.frames.results import Results

THEN = datetime(2026, 1, 1, tzinfo=UTC)


def person(number, company, **facts):
    """Return an invented person."""
    return {"id": f"p{number}", "company_id": company, "first_name": f"First{number}", "last_name": f"Last{number}",
            "job_title": "Head of Sales", "email": f"p{number}@{company}.example", **facts}  # fmt: skip


def delivered(people, days=0, ids=("a", "b", "c")):
    """Return results of these companies and people, delivered so many days after the first."""
    rows = [{"order_id": "o", "id": c, "name": f"Firm {c}", "website_url": f"{c}.example", "city": "Ulm",
             "delivered_at": THEN + timedelta(days=days)} for c in ids]  # fmt: skip
    return Results(companies=companies(rows, delivered_at=pl.Datetime("us", "UTC")), prospects=prospects(people))


def test_what_became_of_each_person_is_told_apart():
    """Same, left, moved, promoted, another address, unseen, new: one of each, known by id, by address or by name."""
    before = [person(1, "a"), person(2, "a"), person(3, "a"), person(4, "b"), person(5, "b"), person(6, "c")]
    after = [person(1, "a", job_title="head of  sales "), person(3, "b", id="q3", email="p3@a.example"),
             person(4, "b", job_title="CEO"), person(5, "b", id="q5", email="new@b.example"),
             person(7, "b")]  # fmt: skip
    found = freshness(delivered(before), delivered(after, 365, ("a", "b")))

    became = dict(found.people.drop_nulls("id").select("id", "change").rows())
    assert list(became) == ["p2", "p3", "p5", "p4", "p1", "p6"]
    assert list(became.values()) == ["left", "moved", "new address", "new title", "same", "unseen"]
    assert found.people.filter(pl.col("change") == "new")["id_after"].to_list() == ["p7"]
    assert (found.seen, found.changed, found.counts["unseen"]) == (5, 4, 1)
    assert found.low < found.yearly < found.high
    assert found.yearly == pytest.approx(0.8, abs=0.01)
    assert "1 left" in repr(found)


def test_nothing_changes_between_a_delivery_and_itself():
    """A delivery beside itself has only the same persons, and no rate where no time has passed."""
    one = delivered([person(n, "a") for n in range(5)])
    found = freshness(one, one)

    assert (found.changed, found.counts["same"], found.yearly) == (0, 5, None)


@pytest.mark.parametrize("together", [False, True])
def test_the_interval_holds_where_colleagues_change_together(together):
    """Nine in ten intervals hold the true rate, whether records change one by one or company by company."""
    held = 0
    for seed in range(examples(100)):
        chance = random.Random(f"{together} {seed}")
        before = [person(n, f"firm{n // 4}") for n in range(240)]
        moved = {n: chance.random() < 0.25 for n in range(240)}
        after = [
            {**row, "job_title": "CEO"} if moved[n // 4 if together else n] else row for n, row in enumerate(before)
        ]
        found = freshness(delivered(before), delivered(after, 365.25))
        held += found.low <= 0.25 <= found.high

    assert held / examples(100) > 0.8


@pytest.mark.parametrize("days", [90, 365, 700])
def test_the_yearly_rate_is_that_of_the_records(days):
    """Records that go stale at a quarter a year are found to, whatever the time between deliveries."""
    chance = random.Random(days)
    still = 0.75 ** (days / 365.25)
    before = [person(n, f"firm{n // 5}") for n in range(1500)]
    after = [row if chance.random() < still else {**row, "job_title": "CEO"} for row in before]
    found = freshness(delivered(before), delivered(after, days))

    assert found.low <= 0.25 <= found.high
    assert found.high - found.low < 0.12


def test_only_what_is_old_is_asked_again():
    """At a quarter a year a fifth is stale after nine and a half months; what is fresher is saved."""
    rows = [{"order_id": "o", "id": f"c{n}", "name": f"Firm {n}", "website_url": f"c{n}.example", "source_id": f"s{n}",
             "delivered_at": THEN - timedelta(days=60 * n)} for n in range(10)]  # fmt: skip
    frame = companies(rows, delivered_at=pl.Datetime("us", "UTC"))
    found = stale(frame, yearly=0.25, chance=0.2, as_of=THEN, price_per_briefing=2.0)

    assert found.companies["company_name"].to_list() == [f"Firm {n}" for n in (9, 8, 7, 6, 5)]
    assert found.companies["external_id"][0] == "s9"
    assert (found.kept, found.cost, found.saved) == (5, 10.0, 10.0)
    assert stale(frame, yearly=0.25, as_of=THEN).saved is None


def test_the_latest_delivery_of_a_company_counts():
    """A company that came again lately is fresh; one without a time is stale; a day before the delivery is no age."""
    rows = [{"order_id": o, "id": i, "name": i, "delivered_at": at} for o, i, at in
            (("1", "x", THEN - timedelta(days=900)), ("2", "x", THEN), ("1", "y", None))]  # fmt: skip
    frame = companies(rows, delivered_at=pl.Datetime("us", "UTC"))

    assert stale(frame, yearly=0.3, as_of=THEN).companies["company_name"].to_list() == ["y"]
    assert stale(frame.filter(pl.col("id") == "x"), yearly=0.3, as_of=THEN - timedelta(days=9)).companies.is_empty()


def test_a_measured_rate_is_used_and_one_is_needed():
    """What two deliveries showed decides; without it and without a number nothing is called stale."""
    before = [person(n, "a") for n in range(40)]
    after = [row if n % 2 else {**row, "job_title": "CEO"} for n, row in enumerate(before)]
    measured = freshness(delivered(before), delivered(after, 180))
    old = delivered(before).companies

    assert stale(old, measured, as_of=THEN + timedelta(days=180)).companies.height == 3
    with pytest.raises(ValidationError, match="yearly"):
        stale(old)
    with pytest.raises(ValidationError, match="chance"):
        stale(old, yearly=0.2, chance=0.0)
