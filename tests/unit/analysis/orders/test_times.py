"""Orders are in the order of their delivery, however its time is written."""

from datetime import UTC, date, datetime

import polars as pl
import pytest
from support.analysis_frames import companies, prospects

from openprospect_nb.analysis import compare, freshness, overlap, plan, stale
from openprospect_nb.errors import ValidationError
from openprospect_nb.frames.results import Results

FIRMS = companies([{"order_id": order, "id": "a", "match_score": 9.0} for order in "AB"])
PEOPLE = prospects([{"order_id": order, "company_id": "a", "id": "p", "email": "p@a.example", "bounce_risk_score": 3.0}
                    for order in "AB"])  # fmt: skip
# The second of each is the earlier.
WRITTEN = {
    "ISO": ("2026-11-02T00:00:00Z", "2026-11-01T00:00:00Z"),
    "ISO with offsets": ("2026-11-01T23:30:00-05:00", "2026-11-02T01:00:00Z"),
    "German": ("02.10.2026", "11.09.2026"),
    "American": ("10/25/2026", "09/11/2026"),
    "names of months": ("2 October 2026", "September 11, 2026"),
    "categories": pl.Series(["2026-11-02", "2026-11-01"], dtype=pl.Categorical),
    "seconds": (1793577600, 1793491200),
    "days of a sheet": (46328.5, 46327.25),
    "dates": (date(2026, 11, 2), date(2026, 11, 1)),
    "times": (datetime(2026, 11, 2, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)),
}


def written(form):
    """Return the companies with times of delivery in this form."""
    return FIRMS.with_columns(pl.Series("delivered_at", WRITTEN[form]))


@pytest.mark.parametrize("form", WRITTEN)
def test_the_order_delivered_first_brought_the_new(form):
    """A company is new in the earlier order; comparison, overlap and plan agree."""
    firms = written(form)
    found = compare(firms, prospects=PEOPLE)
    planned = plan(firms, prospects=PEOPLE, budget=10, price_per_briefing=1.0).icps

    assert dict(overlap(firms).marginal.select("order_id", "new").iter_rows()) == {"A": 0, "B": 1}
    assert dict(found.orders.select("order_id", "new").iter_rows()) == {"A": 0, "B": 1}
    assert dict(planned.select("icp", "repeats").iter_rows()) == {"A": 1.0, "B": None}


@pytest.mark.parametrize("form", ["ISO", "ISO with offsets", "German"])
def test_an_engine_reads_them_too(engine, form):
    """Texts in DuckDB and Spark are read as here."""
    assert overlap(engine.give(written(form))).marginal.equals(overlap(written(form)).marginal)


@pytest.mark.parametrize(
    ("texts", "why"), [(["03/05/2026", "04/05/2026"], "two readings"), (["soon", "later"], "no date")]
)
def test_times_that_cannot_be_read_are_named(texts, why):
    """Which came first is not guessed; of one order it is no matter."""
    firms = FIRMS.with_columns(delivered_at=pl.Series(texts))

    with pytest.raises(ValidationError, match=f"delivered_at: holds .*{why}"):
        overlap(firms)
    assert compare(firms.head(1), prospects=PEOPLE).orders["new"].to_list() == [1]


def test_records_age_by_written_times():
    """Freshness and what is stale need no times of a certain type."""
    firms = written("ISO")
    before, after = (
        Results(companies=firms.with_columns(delivered_at=pl.lit(day)), prospects=PEOPLE)
        for day in ("2026-01-01T00:00:00Z", "2026-12-31T00:00:00Z")
    )

    assert freshness(before, after).days == 364
    assert stale(firms, yearly=0.25, as_of=datetime(2026, 11, 3, tzinfo=UTC)).kept == 1
