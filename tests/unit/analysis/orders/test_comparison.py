import itertools

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from scipy import stats
from support.analysis_frames import Duck, companies, prospects
from support.crossing import crossing

from openprospect_nb.analysis import bounce_forecast, compare
from openprospect_nb.analysis.orders import far_comparison
from openprospect_nb.analysis.orders.rates import cliffs_delta
from openprospect_nb.errors import ConfigurationError, ValidationError
from openprospect_nb.frames.results import Results

FIRMS = companies(
    [{"order_id": "o1", "id": f"a{n}", "match_score": float(n % 10)} for n in range(40)]
    + [{"order_id": "o2", "id": f"b{n}", "match_score": 9.0} for n in range(8)]
    + [{"order_id": "o3", "id": "c0", "match_score": None}]
)
PEOPLE = prospects(
    [
        {
            "order_id": "o1",
            "company_id": f"a{n}",
            "email": f"p{n}@a{n}.example",
            "bounce_risk_score": 2.0 if n % 2 else 60.0,
        }
        for n in range(40)
    ]
    + [
        {"order_id": "o2", "company_id": f"b{n}", "email": f"p{n}@b{n}.example", "bounce_risk_score": 4.0}
        for n in range(8)
    ]
)
RESULTS = Results(
    companies=FIRMS,
    prospects=PEOPLE,
    provenance={
        "orders": [
            {"order_id": "o1", "title": "DACH machines", "estimated_cost": {"total": 80.0, "currency": "EUR"}},
            {"order_id": "o2", "title": None, "estimated_cost": None},
        ]
    },
)


def rows(comparison):
    """Return the comparison's rows by order."""
    return {row["order_id"]: row for row in comparison.orders.to_dicts()}


def test_a_comparison_says_where_its_companies_come_from():
    """The sources of the rows are listed once, sorted; a frame without them says nothing."""
    mixed = FIRMS.with_columns(source=pl.when(pl.col("order_id") != "o3").then(pl.lit("sandbox")))
    both = mixed.with_columns(source=pl.when(pl.col("id") == "b1").then(pl.lit("live")).otherwise("source"))

    assert compare(RESULTS).sources == ()
    assert compare(mixed, prospects=PEOPLE).sources == ("sandbox",)
    assert compare(both, prospects=PEOPLE).sources == ("live", "sandbox")


def test_an_order_is_counted_by_hand():
    """Companies, contactable ones, quantiles, bounces and costs are those one would count by hand."""
    row = rows(compare(RESULTS))["o1"]

    assert (row["label"], row["companies"], row["contactable"], row["contactable_prospects"]) == (
        "DACH machines",
        40,
        20,
        20,
    )
    assert row["contactable_rate"] == 0.5
    assert [row[name] for name in ("scored", "match_q10", "match_median", "match_q90")] == pytest.approx(
        [40, 0.9, 4.5, 8.1]
    )
    assert (row["cost"], row["currency"], row["cost_per_contactable"]) == (80.0, "EUR", 4.0)
    assert row["expected_bounces"] == pytest.approx(0.4)
    assert row["note"] is None


def test_every_rate_has_its_interval():
    """The contactable rate's interval is scipy's Wilson; the bounce interval is that of the forecast."""
    row = rows(compare(RESULTS, level=0.8))["o1"]
    wilson = stats.binomtest(20, 40).proportion_ci(0.8, method="wilson")
    forecast = bounce_forecast(
        PEOPLE.filter((pl.col("order_id") == "o1") & (pl.col("bounce_risk_score") == 2)), interval=0.8
    )

    assert (row["contactable_low"], row["contactable_high"]) == pytest.approx((wilson.low, wilson.high))
    assert (row["bounce_low"], row["bounce_high"]) == (forecast.low / 20, forecast.high / 20)


def test_small_samples_say_so():
    """An order of few companies carries a note, and its differences say it too."""
    comparison = compare(RESULTS)

    assert rows(comparison)["o2"]["note"] == "small sample: 8 companies"
    assert comparison.differences.filter(pl.col("order_id") == "o2")["reading"].str.contains("small sample").all()


def test_what_is_unknown_stays_null():
    """An order without prospects, scores and costs has counts of zero and nulls, not made-up numbers."""
    row = rows(compare(RESULTS))["o3"]

    assert (row["contactable"], row["scored"], row["match_median"], row["bounce_rate"], row["cost"]) == (
        0,
        0,
        None,
        None,
        None,
    )
    assert rows(compare(RESULTS, price_per_briefing=2.5))["o3"]["cost"] == 2.5
    assert rows(compare(RESULTS, price_per_briefing=2.5))["o1"]["cost"] == 80.0


def test_differences_come_with_effect_and_interval():
    """Against the reference each order has a rate difference and a superiority, both inside their intervals."""
    table = compare(RESULTS, reference="o1").differences
    rate = table.row(by_predicate=(pl.col("order_id") == "o2") & (pl.col("measure") == "contactable_rate"), named=True)
    score = table.row(
        by_predicate=(pl.col("order_id") == "o2") & (pl.col("measure") == "match_superiority"), named=True
    )

    assert rate["difference"] == 0.5
    assert rate["low"] < 0.5 < rate["high"]
    assert score["difference"] == pytest.approx(0.9)
    assert score["reading"] == "higher (small sample)"
    assert "p_value" not in table.columns


numbers = st.lists(st.integers(0, 10).map(float), min_size=1, max_size=30)


@given(numbers, numbers)
def test_superiority_agrees_with_brute_force_and_scipy(first, second):
    """Cliff's delta is the share of won minus lost pairs, and scipy's Mann-Whitney U in other units."""
    pairs = list(itertools.product(first, second))
    expected = sum((b > a) - (b < a) for a, b in pairs) / len(pairs)
    u = stats.mannwhitneyu(second, first).statistic

    assert cliffs_delta(sorted(first), sorted(second)) == pytest.approx(expected)
    assert cliffs_delta(sorted(first), sorted(second)) == pytest.approx(2 * u / len(pairs) - 1)


def test_repeated_rows_change_nothing():
    """The same results twice compare as once."""
    twice = compare(pl.concat([FIRMS, FIRMS]), prospects=pl.concat([PEOPLE, PEOPLE]))
    once = compare(FIRMS, prospects=PEOPLE)

    assert twice.orders.equals(once.orders)
    assert twice.differences.equals(once.differences)


def test_prospects_without_order_follow_their_company():
    """A prospects frame without order_id is put to the orders by company."""
    assert compare(FIRMS, prospects=PEOPLE.drop("order_id")).orders.equals(compare(FIRMS, prospects=PEOPLE).orders)


def test_nothing_compares_to_nothing():
    """No companies give no rows and no reference."""
    comparison = compare(FIRMS.clear(), prospects=PEOPLE.clear())

    assert (comparison.reference, comparison.orders.height, comparison.differences.height) == (None, 0, 0)


def test_wrong_questions_are_refused():
    """An unknown reference, missing prospects and a missing column are named."""
    with pytest.raises(ValidationError, match="'o9' is not among the orders"):
        compare(RESULTS, reference="o9")
    with pytest.raises(ConfigurationError, match="prospects="):
        compare(FIRMS)
    with pytest.raises(ValidationError, match="order_id: is not in the frame"):
        compare(FIRMS.drop("order_id"), prospects=PEOPLE)


def test_every_engine_gives_the_same(engine):
    """Polars lazy, DuckDB and Spark compare alike."""
    found = compare(engine.give(FIRMS), prospects=engine.give(PEOPLE))

    assert found.orders.equals(compare(FIRMS, prospects=PEOPLE).orders)
    assert repr(found).startswith(f"Comparison(3 orders, best {found.best} (")


def test_long_frames_are_counted_where_they_are(engine, monkeypatch):
    """Counted in the engine, a comparison of few says the same."""
    monkeypatch.setattr(far_comparison, "FAR", 1)
    here = compare(FIRMS, prospects=PEOPLE)
    found = compare(engine.give(FIRMS), prospects=engine.give(PEOPLE))

    assert found == here
    assert_frame_equal(found.orders, here.orders, rel_tol=1e-12)
    assert_frame_equal(found.differences, here.differences, rel_tol=1e-12)


def test_a_company_and_a_prospect_leave_an_engine_once():
    """A row a company, a row a prospect and the hosts of addresses cross, and of the orders little more than times."""
    duck = Duck()
    native = duck.give(FIRMS), duck.give(PEOPLE)
    with crossing() as crossed:
        compare(native[0], prospects=native[1])

    assert FIRMS.height + PEOPLE.height < crossed.rows < FIRMS.height + 2 * PEOPLE.height + 20
