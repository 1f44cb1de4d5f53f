"""Which ICP to buy from next, in worlds where it is known: equal ones, different ones, sister companies; and counts."""

from __future__ import annotations

import random
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.analysis_frames import companies, prospects
from support.examples import examples

from openprospect_nb import charts
from openprospect_nb.analysis import (
    Thresholds,
    calibrate,
    compare,
    contactable,
    diff,
    send_list,
    what_if,
)
from openprospect_nb.analysis.bounces.forecast import TotalBounces
from openprospect_nb.analysis.contacts.counting import count_prospects
from openprospect_nb.analysis.orders import comparison
from openprospect_nb.analysis.orders.comparison import is_clearly_best
from openprospect_nb.analysis.orders.more import expected_of_more
from openprospect_nb.analysis.orders.rates import Measured, Rate, differences, rate_of, worth_of
from openprospect_nb.frames.contactable import contacts_among
from openprospect_nb.frames.costs import cost_of, shortfall_of
from openprospect_nb.frames.results import Results
from openprospect_nb.frames.schemas import COMPANIES, PROSPECTS
from openprospect_nb.reports import report


def order(name: str, firms: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return rows of companies and prospects: each firm has a ``match`` and whether it is ``mailable``."""
    rows = [
        {"order_id": name, "id": f"{name}-{n}", "match_score": firm["match"], "name": None,
         "website_url": firm.get("site", f"{name.lower()}{n}.example")} for n, firm in enumerate(firms)
    ]  # fmt: skip
    people = [{"order_id": name, "company_id": f"{name}-{n}", "id": f"{name}-{n}-p", "email": f"p@{name}{n}.example",
               "bounce_risk_score": 3.0 if firm["mailable"] else 60.0} for n, firm in enumerate(firms)]  # fmt: skip
    return rows, people


def compared(orders: dict[str, list[dict[str, Any]]], **options: Any) -> Any:
    """Return the comparison of orders made of firms."""
    parts = [order(name, firms) for name, firms in orders.items()]
    rows, people = ([row for part in parts for row in part[side]] for side in (0, 1))
    return compare(companies(rows), prospects=prospects(people), **options)


def icp(chance: random.Random, *, mailable: float, good: float, n: int) -> list[dict[str, Any]]:
    """Return firms of an ICP with these true rates of companies that can be mailed and that match well."""
    return [
        {"mailable": chance.random() < mailable,
         "match": chance.uniform(8, 10) if chance.random() < good else chance.uniform(2, 7.9)} for _ in range(n)
    ]  # fmt: skip


def test_the_joint_rate_is_counted_by_hand():
    """Companies that are contactable and match at 8 or more, their rate, interval and cost beside it."""
    firms = [{"match": match, "mailable": mail} for match, mail in
             ((9.0, True), (8.0, True), (7.9, True), (9.0, False), (None, True))]  # fmt: skip
    row = compared({"A": firms}, price_per_briefing=4.0).orders.row(0, named=True)

    assert (row["joint"], row["joint_n"], row["joint_rate"], row["contactable"]) == (2, 4, 0.5, 4)
    assert (row["unknown"], row["cost_per_joint"]) == (1, 8.0)
    assert row["joint_low"] < 0.5 < row["joint_high"]
    assert compared({"A": firms}, good_match=9.0).orders["joint"][0] == 1


BOUNCES = TotalBounces(n=2, expected=0.5, low=0, high=1)


@pytest.fixture
def one_forecast(monkeypatch):
    """Give all orders one forecast of bounces: nothing rests on it here, and it is two thirds of a comparison."""
    monkeypatch.setattr(comparison, "total_bounces", lambda *_: BOUNCES)


def test_bounces_have_no_part_in_what_is_best(monkeypatch):
    """Readings and the best order rest on companies and costs; the forecast stands beside them."""
    firms = {name: icp(random.Random(name), mailable=0.6, good=0.4, n=30) for name in "ABCDEF"}
    whole = compared(firms, price_per_briefing=2.0)
    monkeypatch.setattr(comparison, "total_bounces", lambda *_: BOUNCES)
    other = compared(firms, price_per_briefing=2.0)

    assert not other.orders.equals(whole.orders)
    assert (other.best, other.joint) == (whole.best, whole.joint)
    assert other.differences.equals(whole.differences)
    costs = ["order_id", "cost_per_contactable"]
    assert other.orders.select(costs).equals(whole.orders.select(costs))


@pytest.mark.usefixtures("one_forecast")
@pytest.mark.parametrize("n", [30, pytest.param(120, marks=pytest.mark.slow)])
def test_six_equal_icps_are_rarely_told_apart(n):
    """Of six equal ICPs one is read as higher in at most about a tenth of runs."""
    found = 0
    for seed in range(30):
        chance = random.Random(f"{seed} {n}")
        firms = {name: icp(chance, mailable=0.6, good=0.4, n=n) for name in "ABCDEF"}
        found += compared(firms).differences["reading"].str.starts_with("higher").any()

    assert found <= 6


def test_a_real_difference_is_read():
    """An ICP with twice the joint rate at 150 companies each is read as higher."""
    chance = random.Random(8)
    table = compared({"A": icp(chance, mailable=0.6, good=0.35, n=150),
                      "B": icp(chance, mailable=0.8, good=0.65, n=150)}).differences  # fmt: skip

    assert table.filter(pl.col("measure") == "joint_rate")["reading"].to_list() == ["higher"]


@pytest.mark.slow
@pytest.mark.usefixtures("one_forecast")
@pytest.mark.parametrize("n", [25, 60])
def test_the_best_order_loses_little(n):
    """Over many draws of six ICPs the order called best loses at most 9 % of what the truly best would bring."""
    lost, cheapest = [], []
    for seed in range(examples(90)):
        chance = random.Random(f"next {seed} {n}")
        truths = {name: (chance.uniform(0.3, 0.9), chance.uniform(0.1, 0.7)) for name in "ABCDEF"}
        found = compared({name: icp(chance, mailable=m, good=g, n=n) for name, (m, g) in truths.items()},
                         price_per_briefing=2.0)  # fmt: skip
        value = {name: mailable * good for name, (mailable, good) in truths.items()}
        by_contact = found.orders.sort("cost_per_contactable", nulls_last=True)["order_id"][0]
        lost.append(1 - value[found.best] / max(value.values()))
        cheapest.append(1 - value[by_contact] / max(value.values()))

    assert sum(lost) / len(lost) <= 0.09
    assert sum(cheapest) / len(cheapest) > 2 * sum(lost) / len(lost)


def test_a_clear_winner_is_named_whichever_order_is_the_reference():
    """Of two orders the better one wins clearly as the reference and beside it; of three only as the reference."""
    good = [{"match": 9.0, "mailable": True}] * 60
    poor = [{"match": 9.0, "mailable": k < 10} for k in range(90)]
    two = {"good": good, "poor": poor}

    for reference in two:
        found = compared(two, reference=reference)
        assert (found.best, is_clearly_best(found)) == ("good", True)
        assert '<h1 dir="auto">Buy “good” again.</h1>' in report(found, lite=True).to_html()
    assert not is_clearly_best(compared({**two, "other": poor}, reference="poor"))
    assert not is_clearly_best(compared({"good": good, "same": good}))


def test_a_small_lucky_order_is_not_the_best():
    """Three of three good companies do not beat 85 of 100 where the orders together have half."""
    firms = {"lucky": [{"match": 9.0, "mailable": True}] * 3,
             "sound": [{"match": 9.0, "mailable": k < 85} for k in range(100)],
             "poor": [{"match": 9.0, "mailable": k < 20} for k in range(99)]}  # fmt: skip

    assert compared(firms).best == "sound"
    assert compared(firms).reference == "sound"
    nothing = compare(FIRMS.clear(), prospects=PEOPLE.clear())
    assert nothing.best is None
    assert repr(nothing).startswith("Comparison(0 orders;")


def test_sisters_widen_an_interval():
    """Twenty companies of five web sites are worth less than twenty of their own; the rate stays."""
    apart = [{"match": 9.0, "mailable": k % 2 == 0} for k in range(40)]
    sisters = [{"match": 9.0, "mailable": k // 8 % 2 == 0, "site": f"s{k}.group{k // 8}.example"} for k in range(40)]
    orders = compared({"apart": apart, "sisters": sisters}).orders.rows_by_key("order_id", named=True, unique=True)

    assert (orders["apart"]["firms"], orders["sisters"]["firms"]) == (40, 5)
    widths = {name: row["joint_high"] - row["joint_low"] for name, row in orders.items()}
    assert widths["sisters"] > 1.8 * widths["apart"]


def test_a_cluster_robust_interval_holds_where_an_independent_one_fails():
    """Of 200 orders of sister companies the 90 % interval holds the true rate in 84 to 98 %, the plain one in fewer."""
    held = plain = 0
    for seed in range(200):
        chance = random.Random(seed)
        rows = [{"firm": str(group), "hit": is_hit} for group in range(25)
                for is_hit in [chance.random() < 0.4] * chance.randint(1, 6)]  # fmt: skip
        rate = rate_of(pl.DataFrame(rows), "hit")
        held += rate.interval(0.9).low <= 0.4 <= rate.interval(0.9).high
        alone = Rate(rate.hits, rate.n, rate.n).interval(0.9)
        plain += alone.low <= 0.4 <= alone.high

    assert 168 <= held <= 196
    assert plain < held - 20


def unlike_groups(chance: random.Random, n: int, mean: float) -> list[int]:
    """Return for *n* companies the number of their group; sizes fall off evenly, a few groups are large."""
    groups = [0]
    while len(groups) < n:
        groups.append(groups[-1] + (chance.random() < 1 / mean))
    return groups


def test_a_few_groups_of_unlike_sizes_tell_no_orders_apart():
    """Of 300 pairs of equal orders of about 15 groups each, all alike inside, few are told apart at 99.3 %."""
    apart = 0
    for seed in range(300):
        chance = random.Random(f"unlike {seed}")
        rates, scores = [], []
        for _ in range(2):
            groups = unlike_groups(chance, 120, 8)
            fate = [(chance.random() < 0.5, chance.uniform(3, 10)) for _ in range(groups[-1] + 1)]
            rows = pl.DataFrame({"firm": list(map(str, groups)), "hit": [fate[group][0] for group in groups]})
            rates.append(rate_of(rows, "hit"))
            scores.append((sorted(fate[group][1] for group in groups), worth_of(rows.group_by("firm").len()["len"])))
        measured = {name: Measured({"joint_rate": rate}, *score)
                    for name, rate, score in zip("ab", rates, scores, strict=True)}  # fmt: skip
        apart += differences(measured, "a", 1 - 0.1 / 7.5)["reading"].str.contains("^(?:higher|lower)").any()

    assert apart <= 10


def test_what_a_hundred_more_bring_allows_for_groups_of_unlike_sizes():
    """Of 150 worlds the next hundred stay in the 90 % interval in 84 to 97 %, though groups stand or fall together."""
    held = 0
    for seed in range(150):
        chance = random.Random(f"more {seed}")
        p, came, later = chance.uniform(0.1, 0.6), unlike_groups(chance, 120, 8), unlike_groups(chance, 100, 8)
        hits, next_hits = ([fate[group] for group in groups] for groups in (came, later)
                           for fate in [[chance.random() < p for _ in range(groups[-1] + 1)]])  # fmt: skip
        rate = rate_of(pl.DataFrame({"firm": list(map(str, came)), "hit": hits}), "hit")
        more = expected_of_more(rate)
        held += more.low <= sum(next_hits) <= more.high

    assert 126 <= held <= 146


def test_a_large_group_is_worth_one():
    """Firms of one size count in full; one of 97 beside three single ones is hardly more than one firm."""
    assert worth_of(pl.Series([4, 4, 4])) == pytest.approx(3)
    assert worth_of(pl.Series([97, 1, 1, 1])) == pytest.approx(1.06, abs=0.01)
    assert worth_of(pl.Series([], dtype=pl.Int64)) == 0


def test_new_companies_are_those_no_order_brought_before():
    """A company in two orders is new to the one that delivered it first."""
    rows = [{"order_id": o, "id": i, "match_score": 5.0} for o, i in (("A", "a"), ("A", "b"), ("B", "b"), ("B", "c"))]
    found = compare(companies(rows), prospects=prospects([{"company_id": "a", "email": None, "order_id": "A"}])).orders

    assert found.select("order_id", "companies", "new").rows() == [("A", 2, 2), ("B", 2, 1)]


def test_costs_have_one_definition():
    """What the server states, else the price times what was delivered; what was not delivered is the shortfall."""
    assert cost_of(80.0, 2.0, 10) == 80.0
    assert cost_of(None, 2.0, 10) == 20.0
    assert (cost_of(None, None, 10), cost_of(None, 2.0, None), cost_of(float("nan"), 2.0, 3)) == (None, None, 6.0)
    assert (shortfall_of(25, 20), shortfall_of(25, 30), shortfall_of(None, 3), shortfall_of(25, None)) == (
        5,
        0,
        None,
        None,
    )


def test_the_price_of_the_client_is_honoured():
    """Results that carry the client's price are compared at it; one by hand comes first, a stated cost before it."""
    firms = companies([{"order_id": "o", "id": str(n), "match_score": 9.0} for n in range(8)])
    people = prospects([{"order_id": "o", "company_id": "0", "email": "a@b.example", "bounce_risk_score": 1.0}])

    def row(**facts):
        orders = [{"order_id": "o", "briefing_quantity": 10, **facts}]
        return Results(companies=firms, prospects=people, provenance={"orders": orders})

    ours = compare(row(price_per_briefing=3.0)).orders.row(0, named=True)
    assert (ours["cost"], ours["wanted"], ours["shortfall"]) == (24.0, 10, 2)
    assert compare(row(price_per_briefing=3.0), price_per_briefing=1.0).orders["cost"][0] == 8.0
    stated = compare(row(price_per_briefing=3.0, estimated_cost={"total": 7.5, "currency": "EUR"})).orders
    assert stated.select("cost", "currency").row(0) == (7.5, "EUR")
    assert what_if(row(price_per_briefing=3.0)).cost == 24.0


PEOPLE = prospects(
    [
        {"order_id": "o", "company_id": "a", "id": "1", "email": "A@x.example", "bounce_risk_score": 2.0},
        {"order_id": "o", "company_id": "a", "id": "2", "email": " a@x.example", "bounce_risk_score": 2.0},
        {"order_id": "o", "company_id": "a", "id": "3", "email": None, "bounce_risk_score": None},
        {"order_id": "o", "company_id": "a", "id": "4", "email": "", "bounce_risk_score": None},
        {"order_id": "o", "company_id": "b", "id": "5", "email": "b@x.example", "bounce_risk_score": 2.0},
    ]
)
FIRMS = companies([{"order_id": "o", "id": "a", "match_score": 9.0}, {"order_id": "o", "id": "b", "match_score": 2.0}])


def test_how_many_has_one_answer():
    """A prospect without an e-mail is a person, one address in two spellings is one: everywhere the same number."""
    row = compare(FIRMS, prospects=PEOPLE).orders.row(0, named=True)
    scenario = what_if(FIRMS, prospects=PEOPLE)

    assert count_prospects(PEOPLE) == row["prospects"] == scenario.prospects == 4
    assert row["contactable_prospects"] == scenario.prospects_kept == send_list(PEOPLE, 0.5).size == 2
    assert count_prospects(PEOPLE.drop("id")) == 4
    assert count_prospects(PEOPLE.with_columns(id=pl.Series([object()] * 5))) == 4
    assert count_prospects(pl.concat([PEOPLE, PEOPLE])) == 4


def test_what_two_orders_deliver_again_is_one_person_at_one_company():
    """Charts and page one of a report count persons and companies to mail once, however many orders brought them."""
    again = [row | {"order_id": order} for order in ("o", "p") for row in PEOPLE.to_dicts()]
    firms = [row | {"order_id": order} for order in ("o", "p") for row in FIRMS.to_dicts()]
    twice = Results(companies=pl.DataFrame(firms, schema=COMPANIES), prospects=pl.DataFrame(again, schema=PROSPECTS))
    summary = report(twice, lite=True).summary
    drawn = {chart.key: chart.subtitle for chart in summary.charts}

    assert "4 prospects" in charts.coverage(twice).layout.meta["subtitle"]
    assert "4 unknown" in charts.prospect_quality(twice).layout.meta["subtitle"]
    assert "2 without e-mail" in drawn["risk"]
    assert summary.first.tiles[3].value == "2"
    assert summary.first.tiles[3].note.startswith("at 2 companies, of 4 ")


def test_headline_and_frontier_agree():
    """The report's headline counts the addresses that the send list chooses from, not rows."""
    full = Results(
        companies=pl.DataFrame(FIRMS.to_dicts(), schema=COMPANIES),
        prospects=pl.DataFrame(PEOPLE.to_dicts(), schema=PROSPECTS),
    )
    summary = report(full, lite=True).summary
    drawn = next(chart for chart in summary.charts if chart.key == "frontier")

    assert [tile.value for tile in summary.first.tiles[3:5]] == ["2", str(send_list(full).size)]
    assert "2 prospects of known risk" in drawn.subtitle
    bands = next(chart for chart in summary.charts if chart.key == "risk")
    assert "2 prospects with e-mail" in bands.subtitle
    assert "2 without e-mail" in bands.subtitle


def test_changes_count_the_rows_they_show():
    """The number of new companies is the number of rows that are shown as new, repeated or without id."""
    before = companies([{"id": "a", "name": "A"}])
    after = companies([{"id": "b", "name": "B"}, {"id": "b", "name": "B"}, {"id": "a", "name": "A"}])
    found = diff(before, after)

    assert (found.new_count, found.new.height, found.gone_count) == (2, 2, 0)


def test_a_calibration_changes_tiers_and_bounces():
    """With your own outcomes compare and what_if work with the corrected risks."""
    chance = random.Random(1)
    people = prospects([{"order_id": "o", "company_id": f"c{n}", "id": str(n), "email": f"p@c{n}.example",
                         "bounce_risk_score": float(chance.randint(1, 15))} for n in range(400)])  # fmt: skip
    firms = companies([{"order_id": "o", "id": f"c{n}", "match_score": 9.0} for n in range(400)])
    bounced = people.select("email", bounced=pl.lit(value=True)).with_columns(bounced=pl.int_range(400) % 2 == 0)
    learnt = calibrate(people, bounced)
    raw, ours = (compare(firms, prospects=people, calibration=one).orders.row(0, named=True) for one in (None, learnt))

    assert raw["contactable_prospects"] == 400
    assert ours["contactable_prospects"] < 100
    kept = what_if(
        firms, None, Thresholds(tiers=("uncertain", "likely", "verified")), prospects=people, calibration=learnt
    )
    assert kept.forecast.is_calibrated
    assert kept.forecast.expected > 150


AT = "@"  # providers of private mailboxes are written apart: such an address could be somebody's
MAILS = st.sampled_from(
    [None, "", "a@b.example", "A@B.example ", "info@x.example", "p" + AT + "gmail.com", "q" + AT + "mailinator.com",
     "n@one", "x y@z.example", "k+t@sub.firm.example", "s" + AT + "x.gmx.de", "w" + AT + "yopmail.com"]
)  # fmt: skip
RISKS = st.sampled_from([None, 0.0, 4.0, 20.0, 20.1, 99.0, 101.0, -3.0, float("nan")])


@settings(max_examples=examples(60), deadline=None)
@given(
    st.lists(
        st.tuples(MAILS, RISKS, st.sampled_from([None, "PERSONAL", "Catch-All", "GENERIC"])), min_size=1, max_size=6
    )
)
def test_spending_counts_whom_contactable_names(rows):
    """What spending counts, without any analysis at hand, are the verified and likely of `contactable`."""
    people = prospects([{"company_id": f"c{n % 3}", "email": mail, "bounce_risk_score": risk, "email_type": kind,
                         "validation_confidence": None} for n, (mail, risk, kind) in enumerate(rows)])  # fmt: skip
    named = contactable(people.with_columns(bounce_risk_score=pl.col("bounce_risk_score").fill_nan(None)),
                        tiers=["verified", "likely"])  # fmt: skip
    found = contacts_among(people)

    assert found.companies == named["company_id"].n_unique()
    assert found.prospects == named["email"].str.strip_chars().str.to_lowercase().n_unique()
