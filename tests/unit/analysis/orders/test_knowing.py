"""What is not known of companies counts neither as good nor as bad, and is said."""

from __future__ import annotations

import random

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from support.analysis_frames import companies, prospects

from openprospect_nb.analysis import compare, plan, what_if
from openprospect_nb.analysis.orders import far_comparison
from openprospect_nb.errors import ValidationError
from openprospect_nb.reports import report


def world(n=400, *, seed=1):
    """Return two orders alike: of three companies one has nobody, a half of the others a safe person, a half match."""
    chance = random.Random(seed)
    firms, people = [], []
    for order in "AB":
        for k in range(n):
            firms.append({"order_id": order, "id": f"{order}{k}", "match_score": chance.choice([9.0, 4.0])})
            if k % 3:
                mail = f"p@{order.lower()}{k}.example"
                risk = chance.choice([2.0, 60.0])
                people.append({"order_id": order, "company_id": f"{order}{k}", "email": mail,
                               "email_type": None, "bounce_risk_score": risk})  # fmt: skip
    return companies(firms), prospects(people)


def without(frame, name, share, order="B"):
    """Return the frame with a share of a column of one order unknown."""
    chance = random.Random(f"{name} {share}")
    gone = pl.Series([chance.random() < share for _ in range(frame.height)])
    return frame.with_columns(pl.when(gone & (pl.col("order_id") == order)).then(None).otherwise(name).alias(name))


FIRMS, PEOPLE = world()
UNKNOWN = {
    "matches": (without(FIRMS, "match_score", 1), PEOPLE),
    "risks": (FIRMS, without(PEOPLE, "bounce_risk_score", 1)),
    "both": (without(FIRMS, "match_score", 1), without(PEOPLE, "bounce_risk_score", 1)),
    "matches out of range": (FIRMS.with_columns(pl.when(pl.col("order_id") == "B").then(pl.col("match_score") * 10)
                             .otherwise("match_score").alias("match_score")), PEOPLE),
}  # fmt: skip
HALF = {
    "matches": (without(FIRMS, "match_score", 0.5), PEOPLE),
    "risks": (FIRMS, without(PEOPLE, "bounce_risk_score", 0.5)),
    "both": (without(FIRMS, "match_score", 0.5), without(PEOPLE, "bounce_risk_score", 0.5)),
}


def rows(found):
    """Return the orders by id."""
    return {row["order_id"]: row for row in found.orders.to_dicts()}


@pytest.mark.parametrize("what", UNKNOWN)
def test_an_order_of_which_nothing_is_known_is_in_no_comparison(what):
    """Its rate is unknown, no difference is clear, and the card says of how many companies it is not known."""
    firms, people = UNKNOWN[what]
    found = compare(firms, prospects=people)
    row = rows(found)["B"]

    assert [row[name] for name in ("joint_n", "joint_rate", "joint_low", "joint_high")] == [0, None, None, None]
    joint = found.differences.filter(pl.col("measure") == "joint_rate").row(0, named=True)
    assert (joint["difference"], joint["n"], joint["reading"]) == (None, 0, "unknown on one side")
    assert f"{row['unknown']} of 400 in “B”" in str(found)
    assert "Buy from" not in str(found)
    assert found.joint.n == rows(found)["A"]["joint_n"]


def test_unknown_risks_leave_contactable_unknown_too():
    """Companies with somebody of unknown risk are unknown; those with nobody alone make no rate."""
    firms, people = UNKNOWN["risks"]
    row = rows(compare(firms, prospects=people))["B"]

    assert (row["unknown"], row["contactable_n"], row["contactable_rate"]) == (266, 0, None)


@pytest.mark.parametrize("what", HALF)
def test_what_is_known_of_a_half_stands_for_all(what):
    """Rates of an order of which a half is unknown are those of the whole, and never clearly lower."""
    firms, people = HALF[what]
    whole, found = rows(compare(FIRMS, prospects=PEOPLE))["B"], compare(firms, prospects=people)

    for name in ("joint_rate", "contactable_rate"):
        assert rows(found)["B"][name] == pytest.approx(whole[name], abs=0.05)
    assert set(found.differences["reading"]) == {"no clear difference"}


def test_a_tier_that_takes_unknown_risks_knows_them():
    """Whoever writes to the uncertain too needs no risk; nor does one where every address is taken."""
    firms, people = UNKNOWN["risks"]
    asked = compare(firms, prospects=people, tiers=("verified", "likely", "uncertain"))
    catching = people.with_columns(email_type=pl.lit("catch_all"))

    assert rows(asked)["B"]["contactable_rate"] == pytest.approx(266 / 400)
    assert rows(compare(firms, prospects=catching))["B"]["contactable_rate"] == 0


@pytest.mark.parametrize("what", [*UNKNOWN, *HALF])
def test_a_plan_takes_the_unknown_for_unknown(what):
    """An ICP of which nothing is known may be as good as the other; of a half, it is as if the whole were known."""
    firms, people = (UNKNOWN | HALF)[what]
    planned = plan(firms, prospects=people, budget=500, price_per_briefing=2.0)
    row = next(row for row in planned.icps.to_dicts() if row["icp"] == "B")

    assert row["rate_high"] > 0.15
    assert f"{row['unknown']} of 400 of “B”" in str(planned)


def test_the_engine_knows_as_much(engine, monkeypatch):
    """What is unknown is unknown wherever the rows are."""
    monkeypatch.setattr(far_comparison, "FAR", 1)
    for firms, people in (HALF["both"], UNKNOWN["risks"]):
        here = compare(firms, prospects=people)
        found = compare(engine.give(firms), prospects=engine.give(people))
        assert_frame_equal(found.orders, here.orders, rel_tol=1e-9)
        assert_frame_equal(found.differences, here.differences, rel_tol=1e-9)
        assert found.joint == here.joint


def test_a_report_counts_the_unknown():
    """Orders beside each other show what is unknown with its number, and no zero."""
    firms, people = UNKNOWN["matches"]
    page = report(compare(firms, prospects=people), lite=True).to_html()

    assert "unknown, 400 unknown" in page


@pytest.mark.parametrize("size", [3, 40])
@pytest.mark.parametrize("orders", ["A", "AB"])
@pytest.mark.parametrize("why", ["match", "reach"])
def test_what_brought_nothing_good_is_not_advised(orders, size, why):
    """None is best where none brought a contactable company of a good match, however few there were."""
    firms = FIRMS.group_by("order_id", maintain_order=True).head(size).filter(pl.col("order_id").is_in(list(orders)))
    poor = firms.with_columns(match_score=pl.lit(4.0 if why == "match" else 9.0))
    people = PEOPLE.with_columns(bounce_risk_score=pl.lit(2.0 if why == "match" else 60.0))
    found = compare(poor, prospects=people, price_per_briefing=2.0)

    assert found.best is None
    assert f"Of {size * len(orders)} companies none can be contacted and matches well" in str(found)
    assert "best" not in repr(found)


def test_one_order_is_compared_with_nothing():
    """A single order is not called one to buy from: what it brought is said."""
    found = compare(FIRMS.filter(pl.col("order_id") == "A"), prospects=PEOPLE)
    row = rows(found)["A"]

    assert f"“A” brought {row['joint']} of 400 that can be contacted and match well" in str(found)
    assert "Buy" not in str(found)


@pytest.mark.parametrize("price", [-2.0, -1, float("nan"), float("inf")])
@pytest.mark.parametrize("verb", [compare, what_if, plan])
def test_a_price_below_zero_is_refused(verb, price):
    """Nobody is paid for taking companies, and what is no number is no price."""
    options = {"budget": 100} if verb is plan else {}
    with pytest.raises(ValidationError, match="price_per_briefing: must be 0 or more"):
        verb(FIRMS, prospects=PEOPLE, price_per_briefing=price, **options)
