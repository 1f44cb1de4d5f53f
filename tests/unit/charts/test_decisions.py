"""Charts of decisions: the send frontier, the calibration, the comparison of orders."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
import pytest

from openprospect_nb import charts
from openprospect_nb.analysis.bounces.calibrating import calibrate
from openprospect_nb.analysis.bounces.send_lists import send_list
from openprospect_nb.analysis.orders.comparison import compare
from openprospect_nb.frames.results import Results


def test_the_frontier_marks_the_chosen_list(make_results: Callable[..., Results]) -> None:
    """The size of the list stands in the chart and its alternative text, with the limit named."""
    chosen = send_list(make_results(300), max_bounce_rate=0.05)
    drawn = charts.send_frontier(chosen)

    assert chosen.size > 0
    assert f"{chosen.size} prospects" in drawn.layout.meta["alt"]
    assert {"limit 5%"} <= {note.text for note in drawn.layout.annotations}


def test_the_frontier_says_when_no_list_keeps_the_promise() -> None:
    """Where everything is too risky, the chart says so."""
    risky = pl.DataFrame({"email": ["a@a.example", "b@b.example"], "bounce_risk_score": [90.0, 95.0]})

    assert "no list stays" in charts.send_frontier(send_list(risky)).layout.meta["alt"]


def test_calibration_draws_intervals_and_the_diagonal(make_results: Callable[..., Results]) -> None:
    """Observed rates carry their interval; the diagonal is where the stated risk would be right."""
    people = make_results(400).prospects.drop_nulls(["email", "bounce_risk_score"])
    outcomes = people.select("email", bounced=pl.col("bounce_risk_score") > 30)
    drawn = charts.calibration(calibrate(people, outcomes))
    observed = drawn.data[0]

    assert len(observed.error_y.array) == len(observed.x) > 0
    assert drawn.layout.shapes[0].type == "line"
    assert "Brier" in drawn.layout.meta["subtitle"]


@pytest.mark.parametrize("measure", ["joint", "contactable", "match", "bounces", "cost"])
def test_orders_are_compared_with_n_and_interval(measure: str, make_results: Callable[..., Results]) -> None:
    """One dot an order, each with its n; unknown costs are named unknown and not drawn as zero."""
    one, other = make_results(40), make_results(12, order_id="order-2", seed=8)
    other.provenance["orders"][0]["estimated_cost"] = None
    both = Results(
        companies=pl.concat([one.companies, other.companies]),
        prospects=pl.concat([one.prospects, other.prospects]),
        provenance={"orders": [*one.provenance["orders"], *other.provenance["orders"]]},
    )
    drawn = charts.order_comparison(compare(both), measure=measure)
    notes = [note.text for note in drawn.layout.annotations]

    assert len(drawn.data[0].x) == (1 if measure == "cost" else 2)
    assert len(notes) == 2
    assert ("unknown" in notes) == (measure == "cost")
    assert sum("n = " in note for note in notes) == len(drawn.data[0].x)


def test_nothing_to_compare_is_said() -> None:
    """No orders draw an empty chart that says so."""
    drawn = charts.order_comparison(Results())

    assert "nothing to compare" in drawn.layout.annotations[0].text
