from datetime import UTC, datetime

import polars as pl
import pytest
from support.analysis_frames import companies

from openprospect_nb.analysis import diff, drivers, overlap
from openprospect_nb.errors import ConfigurationError, ValidationError
from openprospect_nb.frames.results import Results

TIME = pl.Datetime("us", "UTC")


def day(number):
    """Return a day in May 2026."""
    return datetime(2026, 5, number, tzinfo=UTC)


FIRMS = companies(
    [
        {"order_id": "late", "id": "a", "name": "Kurz GmbH", "city": "Ulm", "delivered_at": day(9)},
        {"order_id": "late", "id": "d", "name": "Dora", "city": "Kiel", "delivered_at": day(9)},
        {"order_id": "early", "id": "b", "name": "KURZ", "city": "Ulm", "delivered_at": day(1)},
        {"order_id": "early", "id": "c", "name": "Cäsar", "city": "Bonn", "delivered_at": day(2)},
        {"order_id": "early", "id": "c", "name": "Cäsar", "city": "Bonn", "delivered_at": day(2)},
        {"order_id": "undated", "id": "c", "name": "Cäsar", "city": "Bonn", "delivered_at": None},
    ],
    delivered_at=TIME,
)


def test_overlap_counts_firms_not_spellings():
    """Two spellings of one firm in two orders are shared; the matrix holds both directions."""
    found = overlap(FIRMS)
    shared = {(r["order_id"], r["other"]): (r["shared"], r["share"], r["jaccard"]) for r in found.matrix.to_dicts()}

    assert found.companies == 3
    assert shared["late", "early"] == (1, 0.5, 1 / 3)
    assert shared["undated", "early"] == (1, 1.0, 0.5)
    assert shared["late", "late"] == (2, 1.0, 1.0)
    assert repr(found) == "Overlap(3 companies from 3 orders, 2 came twice)"


def test_marginal_yield_follows_delivery():
    """Orders come as they were delivered, undated last, each with what it added."""
    rows = [(r["order_id"], r["companies"], r["new"], r["cumulative"]) for r in overlap(FIRMS).marginal.to_dicts()]

    assert rows == [("early", 2, 2, 2), ("late", 2, 1, 3), ("undated", 1, 0, 3)]


def test_overlap_of_one_and_of_no_order():
    """One order overlaps with itself alone; no order gives no rows."""
    assert overlap(FIRMS.filter(pl.col("order_id") == "late")).matrix.height == 1
    assert overlap(Results(companies=FIRMS.clear())).companies == 0


BEFORE = companies(
    [
        {"id": "a", "name": "Anton", "city": "Ulm", "employee_count": 10, "match_score": 5.0},
        {"id": "b", "name": "Berta", "city": "Ulm", "employee_count": None, "match_score": 6.0},
        {"id": "c", "name": "Cäsar", "city": "Bonn", "employee_count": 5, "match_score": None},
    ]
)
AFTER = companies(
    [
        {"id": "d", "name": "Dora", "city": "Kiel", "employee_count": 1, "match_score": 9.0},
        {"id": "b", "name": "Berta", "city": "Neu-Ulm", "employee_count": 7, "match_score": 8.0},
        {"id": "a", "name": "Anton", "city": "Ulm", "employee_count": 10, "match_score": 5.0},
    ]
)


def test_changes_are_named_field_by_field():
    """New, gone and changed companies are found; unknown to known is a change, equal is none."""
    found = diff(BEFORE, AFTER)

    assert (found.new["id"].to_list(), found.gone["id"].to_list(), found.kept) == (["d"], ["c"], 2)
    assert found.changed.rows() == [("b", "city", "Ulm", "Neu-Ulm"), ("b", "employee_count", None, "7")]
    assert repr(found) == "Changes(1 new, 1 gone, 2 kept, 1 changed, score +1.00 on average)"


def test_score_drift_has_an_interval():
    """Drift is after minus before over companies scored twice, with mean, median and who moved."""
    drift = diff(BEFORE, AFTER).drift

    assert (drift.n, drift.mean, drift.median, drift.rose, drift.fell) == (2, 1.0, 1.0, 1, 0)
    assert drift.low < 1.0 < drift.high


def test_the_same_frame_has_not_changed():
    """A frame against itself shows nothing new, gone or changed, and no drift."""
    found = diff(BEFORE, BEFORE)

    assert (found.new.height, found.gone.height, found.changed.height, found.drift.mean) == (0, 0, 0, 0.0)
    assert diff(BEFORE.clear(), BEFORE).new_count == 3


def test_frames_of_two_kinds_are_refused():
    """A Polars and a DuckDB frame cannot be compared without copying, and the error says so."""
    duckdb = pytest.importorskip("duckdb")

    with pytest.raises(ConfigurationError, match="before is a polars frame and after a duckdb frame"):
        diff(BEFORE, duckdb.sql("select 'a' as id"))


FEATURED = companies(
    [
        {
            "id": f"f{n}",
            "match_score": 9.0 if n % 4 else 4.0,
            "employee_count": 80 if n % 4 else 5,
            "country": "Germany" if n % 2 else "Austria",
            "city": " ",
            "match_reasons": ["Size"] if n % 4 else [],
            "web_technologies": None if n % 5 == 0 else ["React"],
        }
        for n in range(80)
    ]
)


def test_drivers_find_what_goes_with_high_scores():
    """The feature that decides the score leads, with a lift above 1; a balanced one spans 1; blanks are no feature."""
    table = drivers(FEATURED).table
    best = table.row(0, named=True)
    country = table.row(by_predicate=pl.col("value") == "Germany", named=True)

    assert (best["kind"], best["n"], best["rate"], best["rate_without"]) == ("reason", 60, 1.0, 0.0)
    assert best["lift_low"] > 1
    assert (
        repr(drivers(FEATURED))
        == "Drivers(60 of 80 companies score 8 or more; 5 features tested, 5 hold at 8% false discovery)"
    )
    assert country["lift_low"] > 1
    assert "city" not in table["kind"].to_list()


def test_unknown_is_not_missing():
    """A company whose technologies are unknown is neither with nor without one."""
    frame = FEATURED.with_columns(
        web_technologies=pl.when(pl.col("id") < "f4").then(pl.lit(["React"])).otherwise(pl.lit([], pl.List(pl.String)))
    )
    unknown = frame.with_columns(web_technologies=pl.when(pl.col("id") < "f2").then(None).otherwise("web_technologies"))
    without = drivers(frame).table.filter(pl.col("value") == "React").row(0, named=True)
    fewer = drivers(unknown).table.filter(pl.col("value") == "React").row(0, named=True)

    assert without["n"] > fewer["n"]
    assert without["rate_without"] == fewer["rate_without"]


def test_a_suggestion_is_a_diff_of_the_icp():
    """Sure features become one added line of the ICP text, shown as a diff; unsure ones do not."""
    results = Results(
        companies=FEATURED, provenance={"icp": {"ideal_customer_profile": "Machine builders.\nFamily-owned."}}
    )
    text = drivers(results).suggestion

    assert " Machine builders." in text
    assert "+Prefer companies with 50-249 employees, or in Germany." in text
    assert "+Avoid companies with 1-9 employees, or in Austria." in text
    assert drivers(FEATURED.head(12)).suggestion == ""


def test_drivers_count_a_company_once():
    """The same companies twice give the same lifts; a frame without ids counts rows."""
    assert drivers(pl.concat([FEATURED, FEATURED])).table.equals(drivers(FEATURED).table)
    assert drivers(FEATURED.drop("id")).scored == 80


def test_drivers_of_nothing():
    """No scored companies give an empty table and no suggestion; a missing score column is named."""
    found = drivers(FEATURED.clear())

    assert (found.scored, found.table.height, found.suggestion) == (0, 0, "")
    with pytest.raises(ValidationError, match="match_score: is not in the frame"):
        drivers(FEATURED.drop("match_score"))


def test_every_engine_gives_the_same(engine):
    """Polars lazy, DuckDB and Spark agree on overlap, changes and drivers; new rows come back in kind."""
    assert overlap(engine.give(FIRMS)).matrix.equals(overlap(FIRMS).matrix)
    assert overlap(engine.give(FIRMS)).marginal.equals(overlap(FIRMS).marginal)
    found = diff(engine.give(BEFORE), engine.give(AFTER))
    assert engine.take(found.new) == diff(BEFORE, AFTER).new.to_dicts()
    assert (found.changed.rows(), found.drift) == (diff(BEFORE, AFTER).changed.rows(), diff(BEFORE, AFTER).drift)
    assert drivers(engine.give(FEATURED)).table.equals(drivers(FEATURED).table)
