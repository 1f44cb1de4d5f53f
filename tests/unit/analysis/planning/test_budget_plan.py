"""Where the next money goes: by hand, in worlds with a known truth, and with what is not known."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import polars as pl
import pytest
from support.analysis_frames import companies, prospects

from openprospect_nb import charts
from openprospect_nb.analysis import compare, plan
from openprospect_nb.analysis.planning.budget_plan import PLANNED
from openprospect_nb.analysis.planning.saturation import market_of
from openprospect_nb.analysis.planning.splitting import Offer, split
from openprospect_nb.analysis.planning.trials import PILOTS, stop_at
from openprospect_nb.errors import ValidationError
from openprospect_nb.frames.results import Results
from openprospect_nb.icp import ICP
from openprospect_nb.yields import Batch, Yields


def bought(orders: dict[str, tuple[int, int]], **facts: Any) -> Results:
    """Return results of orders of (companies, good ones among them); *facts* go into each order by its id."""
    rows = [{"order_id": o, "id": f"{o}{k}", "match_score": 9.0 if k < good else 4.0, "website_url": f"{o}{k}.example"}
            for o, (n, good) in orders.items() for k in range(n)]  # fmt: skip
    people = [{"order_id": row["order_id"], "company_id": row["id"], "email": f"p@{row['id']}.example",
               "bounce_risk_score": 2.0} for row in rows]  # fmt: skip
    told = [{"order_id": o, "title": o.upper(), "price_per_briefing": 2.0, **facts.get(o, {})} for o in orders]
    return Results(companies=companies(rows), prospects=prospects(people), provenance={"orders": told})


def by_name(planned: Any) -> dict[str, dict[str, Any]]:
    """Return the rows of a plan by ICP."""
    return {row["icp"]: row for row in planned.icps.to_dicts()}


def test_money_goes_to_the_better_icp_and_adds_up():
    """Of two ICPs with the same price the one with more good companies gets the money; sums are those of the rows."""
    planned = plan(bought({"a": (60, 40), "b": (60, 6)}), budget=500)
    rows = by_name(planned)

    assert planned.icps.schema == PLANNED
    assert (rows["A"]["buy"], rows["B"]["buy"]) == (250, 0)
    assert (planned.spent, planned.kept, planned.now) == (500.0, 0.0, {"A": 32})
    assert rows["A"]["low"] < rows["A"]["expected"] < rows["A"]["high"]
    assert planned.expected == pytest.approx(rows["A"]["expected"])
    assert planned.low == pytest.approx(rows["A"]["low"], rel=0.02)
    assert 0.3 < rows["A"]["rate"] < 0.67


def test_a_price_counts_as_much_as_a_rate():
    """An ICP with twice the rate at four times the price gets nothing; at the same price it gets the money."""
    orders = {"dear": (100, 60), "cheap": (100, 30)}
    dear = bought(orders, dear={"price_per_briefing": 8.0})

    assert list(plan(dear, budget=400).now) == ["CHEAP"]
    assert list(plan(bought(orders), budget=400).now) == ["DEAR"]


def test_money_is_kept_where_nothing_is_worth_its_price():
    """A good company worth 1 is not bought at 2 a company; worth 10 it is, and the rule says the price to stop at."""
    results = bought({"a": (60, 20)})
    kept, spent = (plan(results, budget=100, value=value, instalments=1) for value in (1.0, 10.0))

    assert (kept.spent, kept.kept, kept.now, kept.expected) == (0.0, 100.0, {}, 0.0)
    assert spent.spent == 100.0
    assert "worth 10.00" in spent.stop
    assert 0 <= by_name(spent)["A"]["stop_at"] < spent.now["A"]


def test_a_spent_market_gets_no_money():
    """An ICP whose latest order brought half of what was asked for is said to be spent, and the other one is bought."""
    results = bought({"a": (50, 40), "b": (50, 10)}, a={"briefing_quantity": 100})
    planned = plan(results, budget=100)

    assert planned.now.keys() == {"B"}
    assert "spent" in by_name(planned)["A"]["note"]


def test_an_icp_without_orders_is_planned_for_and_a_pilot_of_it_may_pay():
    """It is rated as the others are; where these are unlike, a pilot of it is worth its money."""
    orders = {"a": (60, 2), "b": (60, 40)}
    planned = plan(bought(orders), {"a": ["a"], "b": ["b"], "new": []}, budget=2000)

    assert "never ordered" in by_name(planned)["new"]["note"]
    assert by_name(planned)["new"]["repeats"] is None
    assert planned.pilots.row(0)[:3] in {("new", n, 2.0 * n) for n in (25, 50, 100)}
    assert planned.pilots["gain"][0] > 0.5
    assert planned.pilots.schema == PILOTS
    assert plan(bought(orders), budget=100).pilots.is_empty()


def test_profiles_are_matched_with_their_orders_by_content():
    """The orders of an ICP are those whose results tell its fingerprint; two of one name are told apart."""
    one, other = (ICP(profile_name="Builders", ideal_customer_profile=text) for text in ("big", "small"))
    results = bought({"a": (30, 10), "b": (30, 5), "c": (30, 9)})
    parts = [{"orders": [{"order_id": name, "price_per_briefing": 2.0}], "icp": icp.body(), "icp_hash": icp.hash}
             for name, icp in (("a", one), ("b", one), ("c", other))]  # fmt: skip
    told = Results(companies=results.companies, prospects=results.prospects,
                   provenance={**results.provenance, "parts": parts})  # fmt: skip
    planned = plan(told, budget=100)

    assert {name: row["orders"] for name, row in by_name(planned).items()} == {"Builders (1)": 2, "Builders (2)": 1}
    assert by_name(plan(told, [one], budget=100)).keys() == {"Builders"}


def test_repeats_count_against_an_icp_unless_they_are_kept_out():
    """An order that brought what was here is worth less; with a list that keeps these out, only the rest counts."""
    results = bought({"a": (40, 20)})
    again = results.companies.with_columns(order_id=pl.lit("b"))
    more = results.prospects.with_columns(order_id=pl.lit("b"))
    fresh = bought({"c": (40, 20)})
    both = Results(companies=pl.concat([results.companies, again.head(30), fresh.companies.head(10).with_columns(
        order_id=pl.lit("b"))]), prospects=pl.concat([results.prospects, more.head(30), fresh.prospects.head(10)
        .with_columns(order_id=pl.lit("b"))]), provenance=bought({"a": (1, 1), "b": (1, 1)}).provenance)  # fmt: skip
    plain, apart = (by_name(plan(both, budget=100, avoid_known=avoid))["B"] for avoid in (False, True))

    assert plain["repeats"] == 0.75
    assert plain["repeats_low"] < 0.75 < plain["repeats_high"]
    assert apart["rate"] > 1.5 * plain["rate"]


def test_a_plan_is_the_same_whatever_the_order_of_the_rows():
    """Rows in another order give the same plan, and a frame with its prospects gives what its results give."""
    results = bought({"a": (40, 20), "b": (30, 3)})
    mixed = Results(companies=results.companies.sample(fraction=1, shuffle=True, seed=1),
                    prospects=results.prospects.sample(fraction=1, shuffle=True, seed=2),
                    provenance=results.provenance)  # fmt: skip
    framed = plan(results.companies, prospects=results.prospects, budget=300, price_per_briefing=2.0)

    assert plan(mixed, budget=300).icps.equals(plan(results, budget=300).icps)
    assert framed.icps["expected"].to_list() == plan(results, budget=300).icps["expected"].to_list()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"budget": 0}, "budget"),
        ({"budget": float("nan")}, "budget"),
        ({"budget": 5, "value": -1.0}, "value"),
        ({"budget": 5, "instalments": 0}, "instalments"),
        ({"budget": 5, "icps": {"x": ["nowhere"]}}, "nowhere"),
    ],
)
def test_what_cannot_be_planned_is_named(options, says):
    """An amount that is none, and an order that is not there, are refused by name."""
    with pytest.raises(ValidationError, match=says):
        plan(bought({"a": (5, 1)}), **options)


def test_prices_are_needed_and_of_one_currency():
    """Without any price, and with two currencies, no plan is made; the text says what to do."""
    results = bought({"a": (5, 1)})
    with pytest.raises(ValidationError, match="price_per_briefing"):
        plan(results.companies, prospects=results.prospects, budget=5)
    costs = {o: {"estimated_cost": {"total": 9.0, "currency": c}} for o, c in (("a", "EUR"), ("b", "USD"))}
    with pytest.raises(ValidationError, match="EUR, USD"):
        plan(bought({"a": (5, 1), "b": (5, 1)}, **costs), budget=5)


def test_a_split_is_the_best_there_is():
    """Of all splits of a small budget none brings more, with falling rates and unequal prices."""
    rng = np.random.default_rng(4)
    for _ in range(20):
        offers = {str(k): Offer(np.sort(rng.random(12))[::-1], price) for k, price in enumerate((1.0, 2.0))}
        counts = split(offers, 10.0).counts
        brought = [float(offers[name].rates[:count].sum()) for name, count in counts.items()]
        every = [float(offers["0"].rates[:i].sum() + offers["1"].rates[:j].sum())
                 for i in range(13) for j in range(13) if i + 2 * j <= 10]  # fmt: skip
        assert sum(brought) >= max(every) - 0.35
        assert counts["0"] + 2 * counts["1"] <= 10


def test_equal_rates_are_filled_to_the_end():
    """Where all companies are equally good the budget is spent, whoever has enough of them."""
    offers = {"a": Offer(np.full(5, 0.4), 1.0), "b": Offer(np.full(50, 0.4), 1.0)}

    assert sum(split(offers, 30.0).counts.values()) == 30
    assert split({"a": offers["a"]}, 30.0).counts == {"a": 5}
    assert split({}, 30.0).cost == 0.0


def test_more_good_ones_never_stop_an_icp():
    """After `stop_at` good ones the next are expected below the rate, and after one more no longer."""
    known = {"a": [Batch(0, 40, 12, 40)], "b": [Batch(0, 40, 10, 40)]}
    edge = stop_at(known, "a", 50, 0.2)

    def after(good: int) -> float:
        return Yields({**known, "a": [*known["a"], Batch(40, 50, good, 50)]}).expected("a", 50) / 50

    assert after(edge) < 0.2 <= after(edge + 1)
    assert stop_at(known, "a", 0, 0.2) is None


def test_a_market_is_judged_by_what_came_again():
    """Two samples of 200 from 1,000 equally likely companies find about 1,000; unequal ones find fewer, never more."""
    rng = random.Random(7)
    sizes, unequal, held = [], [], 0
    for _ in range(60):
        orders = [[str(k) for k in rng.sample(range(1000), 200)] for _ in range(2)]
        found = market_of(orders)
        sizes.append(found.size)
        held += found.low <= 1000 <= found.high
        easy = [{str(k) for k in range(1000) if rng.random() < (0.5 if k < 300 else 0.05)} for _ in range(2)]
        unequal.append(market_of(easy).size)

    assert np.mean(sizes) == pytest.approx(1000, rel=0.06)
    assert held >= 48
    assert np.mean(unequal) < 900
    assert market_of([["a", "b"]]) == (2, None, None, None)
    assert market_of([["a"], ["b"]]) == (2, None, None, None)
    assert market_of([["a", "b"], ["a", "b"]]) == (2, 2.0, 2.0, 2.0)


def test_the_chart_says_what_the_plan_says():
    """A bar an ICP, its expected companies as long as the plan expects, and the sum in the words; none has its rate."""
    planned = plan(bought({"a": (60, 40), "b": (60, 6)}), budget=500)
    drawn = charts.budget(planned)

    assert list(drawn.data[0].x) == planned.icps["expected"].to_list()
    assert "for 500 of 500" in drawn.layout.meta["subtitle"]
    assert "gets none now" in drawn.layout.meta["alt"]
    assert "Wohin" in charts.budget(planned, language="de", theme="dark").layout.meta["title"]
    assert charts.budget(plan(bought({"a": (5, 1)}), {}, budget=5, price_per_briefing=1.0)).layout.annotations


def test_the_best_of_a_comparison_and_of_a_plan_are_one_where_little_is_bought():
    """For a small budget the plan begins with the order that `compare` calls best."""
    results = bought({"a": (80, 30), "b": (80, 10), "c": (80, 20)})

    assert list(plan(results, budget=60).now) == [compare(results).best.upper()]
