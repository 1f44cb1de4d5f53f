from itertools import pairwise

import polars as pl
import pytest
from support.analysis_frames import companies, prospects

from openprospect_nb.analysis import Thresholds, explain, score, what_if
from openprospect_nb.errors import ValidationError
from openprospect_nb.frames.results import Results

FIRMS = companies(
    [{"order_id": "o1", "id": f"f{n}", "match_score": float(n), "city": "Ulm"} for n in range(11)]
    + [{"order_id": "o1", "id": "unknown", "match_score": None, "city": None}]
)
PEOPLE = prospects(
    [
        {
            "order_id": "o1",
            "company_id": f"f{n}",
            "email": f"p@f{n}.example",
            "bounce_risk_score": float(n),
            "job_title": "CEO",
        }
        for n in range(11)
    ]
)


def test_thresholds_are_counted_by_hand():
    """Companies and contacts that remain are those one would count by hand, cost and risk go with them."""
    weights = {"fit": 1.0}
    found = what_if(FIRMS, weights, Thresholds(min_score=50, max_risk=8), prospects=PEOPLE, price_per_briefing=2.0)

    assert (found.companies, found.companies_kept, found.companies_reached) == (12, 6, 4)
    assert (found.prospects, found.prospects_kept) == (11, 4)
    assert found.forecast.expected == pytest.approx(0.05 + 0.06 + 0.07 + 0.08)
    assert (found.cost, found.cost_per_contact) == (24.0, 6.0)


def test_stricter_never_keeps_more():
    """Raising the smallest score while lowering the largest risk never keeps more, step by step down to nobody."""
    steps = [
        what_if(FIRMS, None, Thresholds(min_score=t, max_risk=100 - t), prospects=PEOPLE) for t in range(0, 101, 5)
    ]
    kept = [(found.companies_kept, found.prospects_kept) for found in steps]

    assert all(loose >= strict for pair in pairwise(kept) for loose, strict in zip(*pair, strict=True))
    assert (kept[0], kept[-1]) == ((12, 11), (0, 0))


def test_repeated_orders_and_results():
    """A Results holding an order twice counts everyone once; the repr names counts and the risk."""
    twice = Results(companies=pl.concat([FIRMS, FIRMS]), prospects=pl.concat([PEOPLE, PEOPLE]))
    found = what_if(twice)

    assert (found.companies, found.prospects, found.cost) == (12, 11, None)
    assert repr(found).startswith("Scenario(12 of 12 companies, 11 contacts")


@pytest.mark.parametrize("values", [{"min_score": 101}, {"max_risk": -1}, {"limit": 2}, {"tiers": ("best",)}])
def test_thresholds_are_checked(values):
    """Thresholds out of range and unknown tiers are named."""
    with pytest.raises(ValidationError, match=next(iter(values))):
        what_if(FIRMS, None, Thresholds(**values), prospects=PEOPLE)


def test_scenarios_on_every_engine(engine):
    """Polars lazy, DuckDB and Spark give the same scenario."""
    assert what_if(engine.give(FIRMS), prospects=engine.give(PEOPLE)) == what_if(FIRMS, prospects=PEOPLE)


SCORED = score(FIRMS, prospects=PEOPLE)


def test_a_company_is_placed_among_its_neighbours():
    """Rank, neighbours and the points between them are those of the scored frame."""
    ranked = SCORED.drop_nulls("score").sort("score", descending=True)["id"].to_list()
    found = explain(SCORED, ranked[3])

    assert (found.rank, found.of) == (4, len(ranked))
    assert (found.above.company_id, found.below.company_id) == (ranked[2], ranked[4])
    assert sum(found.above.points.values()) == pytest.approx(found.above.score - found.score, abs=1e-4)
    assert found.reasons == tuple(SCORED.row(by_predicate=pl.col("id") == ranked[3], named=True)["reasons"])
    assert f"to pass {ranked[2]}" in str(explain(SCORED.drop("name", strict=False), ranked[3]))
    named = explain(SCORED.with_columns(pl.format("Firm {}", "id").alias("name")), ranked[3])
    assert f"to pass Firm {ranked[2]}" in str(named)


def test_the_ends_have_one_neighbour():
    """The best has nobody above, the last nobody below; a row will do in place of an id."""
    ranked = SCORED.drop_nulls("score").sort("score", descending=True).to_dicts()

    assert explain(SCORED, ranked[0]).above is None
    assert explain(SCORED, ranked[-1]).below is None


def test_unknown_parts_are_named():
    """What is unknown is said to move the score in either direction."""
    scored = score(FIRMS)

    assert any("finding out about reach" in line for line in explain(scored, "f3").changes)


def test_who_is_not_there_is_refused():
    """An id that is not there or has no score, and a frame that was never scored, are refused with the next step."""
    with pytest.raises(ValidationError, match="'nobody' is not among"):
        explain(SCORED, "nobody")
    with pytest.raises(ValidationError, match="score: is not in the frame"):
        explain(FIRMS, "f1")


def test_explaining_on_every_engine(engine):
    """Polars lazy, DuckDB and Spark explain alike."""
    scored = score(engine.give(FIRMS), prospects=engine.give(PEOPLE))

    assert explain(scored, "f5") == explain(SCORED, "f5")
