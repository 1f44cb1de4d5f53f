"""Companies without an order id, as a search brings them, are an order of their own: none is lost in silence."""

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from support.analysis_frames import companies, prospects

from openprospect_nb.analysis import compare, overlap, plan, what_if
from openprospect_nb.analysis.orders import far_comparison
from openprospect_nb.frames.results import Results

FIRMS = companies(
    [{"order_id": order, "id": f"{order or 'none'}{n}", "match_score": 9.0} for order in ("A", None) for n in range(40)]
    + [{"order_id": None, "id": "A1", "match_score": 9.0}]
)
PEOPLE = prospects(
    [{"order_id": order, "company_id": f"{order or 'none'}{n}", "email": f"p@{order or 'none'}{n}.example",
      "bounce_risk_score": 3.0} for order in ("A", None) for n in range(40)]
)  # fmt: skip
NONE = (FIRMS.filter(pl.col("order_id").is_null()), PEOPLE.filter(pl.col("order_id").is_null()))


@pytest.mark.parametrize(("firms", "people", "sizes"), [
    (FIRMS, PEOPLE, {"A": 40, "no order id": 41}), (*NONE, {"no order id": 41}),
])  # fmt: skip
def test_companies_without_an_order_id_are_an_order(firms, people, sizes):
    """Comparison, overlap and plan have them under a name of their own, with their people."""
    found = compare(Results(companies=firms, prospects=people), price_per_briefing=2.0).orders
    planned = plan(firms, prospects=people, budget=100, price_per_briefing=2.0).icps

    assert dict(found.select("order_id", "companies").iter_rows()) == sizes
    assert found["contactable"].sum() == people.height
    assert dict(overlap(firms).marginal.select("order_id", "companies").iter_rows()) == sizes
    assert dict(planned.select("icp", "companies").iter_rows()) == sizes


def test_what_they_cost_is_counted():
    """All contacts that remain are paid for by all companies."""
    found = what_if(FIRMS, prospects=PEOPLE, price_per_briefing=2.0)

    assert (found.cost, found.prospects_kept) == (162.0, 80)


def test_an_engine_keeps_them_too(engine, monkeypatch):
    """Wherever the rows are, the same orders are found."""
    monkeypatch.setattr(far_comparison, "FAR", 1)
    found = compare(engine.give(FIRMS), prospects=engine.give(PEOPLE))

    assert_frame_equal(found.orders, compare(FIRMS, prospects=PEOPLE).orders, rel_tol=1e-9)
    assert_frame_equal(overlap(engine.give(FIRMS)).marginal, overlap(FIRMS).marginal)
