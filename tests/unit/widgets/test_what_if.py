"""The what-if widget without a front end: the desk's fourth step alone, its list and code that repeats it."""

from __future__ import annotations

import polars as pl
import pytest

import openprospect_nb as op
from openprospect_nb.errors import ValidationError
from openprospect_nb.frames.results import Results
from openprospect_nb.frames.schemas import COMPANIES, PROSPECTS
from openprospect_nb.widgets import WhatIf
from openprospect_nb.widgets.what_if.model import Setting

SCORES = (9.0, 7.0, None, 3.0, 5.0)


def make_results(companies: int = 120) -> Results:
    """Return invented companies with two prospects each, on domains of their own."""
    firms = [
        {"order_id": "o", "id": f"c{n}", "name": f"Invented {n}", "match_score": SCORES[n % 5], "source": "sandbox"}
        for n in range(companies)
    ]
    people = [
        {
            "order_id": "o",
            "company_id": f"c{n}",
            "id": f"p{n}-{k}",
            "first_name": "Ada",
            "email": None if n % 7 == 0 else f"Person{k}@firm{n}.example",
            "bounce_risk_score": None if n % 11 == 0 else float((n * 13 + k * 29) % 60),
            "qualification_score": float(n % 10),
            "source": "sandbox",
        }
        for n in range(companies)
        for k in range(2)
    ]
    return Results(companies=pl.DataFrame(firms, schema=COMPANIES), prospects=pl.DataFrame(people, schema=PROSPECTS))


@pytest.fixture
def widget():
    """A widget on 120 companies."""
    made = WhatIf(make_results())
    yield made
    made.close()


def move(widget, **values):
    """Set fields as the page does."""
    for name, value in values.items():
        field = f"weight-{name}" if name in widget.weights else name
        widget._wanted({"act": "field", "name": field, "value": str(value)}, [])


@pytest.mark.parametrize(
    "weights", [{"fit": 1.0}, {"fit": 0.5, "reach": 0.5}, {"reach": 0.2, "deliverability": 0.3, "completeness": 0.5}]
)
def test_scores_are_those_of_score(widget, weights):
    """The best of other weights are, with their scores, those of ``op.score`` for them."""
    widget.setting = Setting(weights=weights)
    best = op.score(make_results(), weights=weights, sort=False)
    best = best.sort(["score", "id"], descending=[True, False], nulls_last=True)
    assert widget.outcome.top == tuple(best.head(8).select("name", "score").iter_rows())


def test_weights_that_are_none_are_refused():
    """Weights that do not sum to 1 are refused where they are written."""
    with pytest.raises(ValidationError, match=r"0\.5"):
        Setting(weights={"fit": 0.5})


def test_sliders_become_a_setting_whose_weights_sum_to_one(widget):
    """Weights are shares of what the sliders say, limits are rates; the other sliders stay where they are."""
    move(widget, fit=80, limit=5)
    assert sum(widget.weights.values()) == pytest.approx(1)
    assert widget.weights["fit"] == pytest.approx(80 / 130)
    assert widget.setting.limit == 0.05
    assert 'value="80"' in widget.pane.regions["side"]


def test_limits_narrow_what_is_kept(widget, until):
    """A higher score and a lower risk keep fewer and say who is left out; nothing is kept at the top."""
    before = widget.outcome
    move(widget, min_score=60, max_risk=20)
    assert widget.outcome.companies_kept < before.companies_kept
    assert widget.outcome.prospects_kept < before.prospects_kept
    until(widget.is_settled)
    assert "score below yours" in widget.pane.regions["main"]
    assert "risk above yours" in widget.pane.regions["main"]
    move(widget, min_score=100)
    assert (widget.outcome.companies_kept, widget.outcome.size) == (0, 0)


def test_the_list_shown_is_that_of_the_setting(widget, until):
    """What the step works out is what the property says: it keeps the promise, and the estimate was near it."""
    for setting in ({"limit": 10}, {"fit": 10, "min_score": 45}, {"max_risk": 30, "confidence": 80}):
        move(widget, **setting)
        until(widget.is_settled)
        exact = widget.send_list
        assert exact.forecast.p_over <= 1 - widget.setting.confidence + 1e-9
        assert abs(widget.outcome.size - exact.size) <= max(5, exact.size // 10)
        assert set(widget.journey.outcome.chosen.prospects["id"]) == set(exact.prospects["id"])


def test_what_is_set_in_python_is_shown(widget, until):
    """A setting given in a cell moves fields and sliders and leads to its list."""
    widget.setting = Setting(weights={"fit": 0.2, "reach": 0.7, "deliverability": 0.1}, limit=0.05, max_risk=40.0)
    until(widget.is_settled)
    side = widget.pane.regions["side"]
    assert 'data-key="weight-reach"' in side
    assert 'value="70"' in side
    assert 'value="40"' in side
    assert widget.journey.outcome.size == widget.send_list.size


def test_the_code_repeats_the_setting(widget):
    """Run on the results, the shown code finds the same list."""
    move(widget, reach=70, min_score=45)
    made = {"results": make_results()}
    exec(widget.code, made)  # noqa: S102 - our own code is the thing under test
    assert made["chosen"].size == widget.send_list.size
    assert made["chosen"].prospects["id"].to_list() == widget.send_list.prospects["id"].to_list()


def test_all_weights_at_zero_is_a_message(widget):
    """Without any weight there is no score, which the widget says."""
    for name in widget.weights:
        move(widget, **{name: 0})
    assert "At least one weight" in widget.message
    assert sum(widget.weights.values()) == pytest.approx(1)


def test_no_person_and_no_markup_in_view_or_picture():
    """Names of companies are escaped; no e-mail address is shown at all."""
    results = make_results(5)
    hostile = results.companies.with_columns(name=pl.lit("<img src=x>"))
    widget = WhatIf(Results(companies=hostile, prospects=results.prospects))
    html = widget.picture() + "".join(widget.pane.regions.values())
    assert "<img" not in html
    assert ".example" not in html
    widget.close()


def test_nothing_delivered_is_no_error(until):
    """An order without companies says that nobody can be mailed."""
    widget = WhatIf(Results())
    until(widget.is_settled)
    assert widget.outcome.size == 0
    assert "Nobody can be mailed" in widget.picture()
    widget.close()


def test_closing_ends_the_worker(widget, until):
    """After close no thread of the widget works on."""
    threads = tuple(widget.journey._worker._threads)
    widget.close()
    until(lambda: not any(thread.is_alive() for thread in threads))
