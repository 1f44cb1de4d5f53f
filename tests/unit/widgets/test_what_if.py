"""The what-if widget without a front end: fast numbers, exact list, code that repeats it."""

from __future__ import annotations

import polars as pl
import pytest

import openprospect_nb as op
from openprospect_nb.frames.results import Results
from openprospect_nb.frames.schemas import COMPANIES, PROSPECTS
from openprospect_nb.widgets import WhatIf

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


@pytest.mark.parametrize(
    "weights", [{"fit": 1.0}, {"fit": 0.5, "reach": 0.5}, {"reach": 0.2, "deliverability": 0.3, "completeness": 0.5}]
)
def test_fast_scores_are_those_of_score(widget, weights):
    """Other weights give, row for row, what ``op.score`` gives for them."""
    expected = op.score(make_results(), weights=weights)["score"].to_list()
    assert widget._possible.scores(weights)["score"].to_list() == pytest.approx(expected, abs=1e-4, nan_ok=True)


def test_sliders_become_a_setting_whose_weights_sum_to_one(widget):
    """Weights are shares of what the sliders say, limits are rates."""
    widget._weights["fit"].value = 80
    widget._limits["limit"].value = 5
    assert sum(widget.weights.values()) == pytest.approx(1)
    assert widget.weights["fit"] == pytest.approx(80 / 135)
    assert widget.setting.limit == 0.05


def test_limits_narrow_what_is_kept(widget):
    """A higher score and a lower risk keep fewer; nothing is kept at the top."""
    before = widget.outcome
    widget._limits["min_score"].value = 60
    widget._limits["max_risk"].value = 20
    assert widget.outcome.companies_kept < before.companies_kept
    assert widget.outcome.prospects_kept < before.prospects_kept
    widget._limits["min_score"].value = 100
    assert (widget.outcome.companies_kept, widget.outcome.size) == (0, 0)
    assert "No company is kept" in widget._numbers.value


def test_the_exact_list_follows_the_estimate(widget, until):
    """After a move the exact list is shown, it keeps the promise, and the estimate was near it."""
    widget._limits["limit"].value = 10
    until(lambda: "Exact for this setting" in widget._said.value)
    exact = widget.send_list
    assert exact.forecast.p_over <= 0.1 + 1e-9
    assert abs(widget.outcome.size - exact.size) <= max(5, exact.size // 10)


def test_the_code_repeats_the_setting(widget):
    """Run on the results, the shown code finds the same list."""
    widget._weights["reach"].value, widget._limits["min_score"].value = 70, 45
    made = {"results": make_results()}
    exec(widget.code, made)  # noqa: S102 - our own code is the thing under test
    assert made["chosen"].size == widget.send_list.size
    assert made["chosen"].prospects["id"].to_list() == widget.send_list.prospects["id"].to_list()


def test_all_weights_at_zero_is_a_message(widget):
    """Without any weight there is no score, which the widget says."""
    for slider in widget._weights.values():
        slider.value = 0
    assert "At least one weight" in widget._said.value


def test_no_person_and_no_markup_in_view_or_picture():
    """Names of companies are escaped; no e-mail address is shown at all."""
    results = make_results(5)
    hostile = results.companies.with_columns(name=pl.lit("<img src=x>"))
    widget = WhatIf(Results(companies=hostile, prospects=results.prospects))
    html = widget.picture() + widget._numbers.value + widget._code.value
    assert "<img" not in html
    assert ".example" not in html
    widget.close()


def test_nothing_delivered_is_no_error():
    """An order without companies shows zeros."""
    widget = WhatIf(Results())
    assert widget.outcome.size == 0
    assert "0 of 0" in widget._numbers.value
    widget.close()


def test_closing_ends_the_worker(widget, until):
    """After close no thread of the widget works on."""
    threads = tuple(widget._worker._threads)
    widget.close()
    until(lambda: not any(thread.is_alive() for thread in threads))
