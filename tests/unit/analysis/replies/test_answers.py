"""Who answers: learnt where there is something to learn, nothing where there is none, and used under the bounce promise."""

# ruff: noqa: E501 - rows of a world are read best in one line

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from worlds import replies
from worlds.replies import drawn

import openprospect_nb as op
from openprospect_nb.analysis.replies.regression import learn
from openprospect_nb.errors import ValidationError
from openprospect_nb.frames.results import Results


def world(seed: int = 1, *, noise: bool = False) -> tuple[Results, np.ndarray]:
    """People whose qualification tells in part who answers, and whether each would; or answers that nothing tells."""
    return drawn(replies.noise if noise else replies.telling, seed)


def test_noise_is_shrunk_to_nothing_and_its_intervals_hold_one() -> None:
    """Ratios are near 1 and the intervals of at least nine of ten drivers hold 1."""
    held = []
    for seed in range(8):
        results, replied = world(seed, noise=True)
        model = op.answers(results, results.prospects.head(500).select("email", replied=pl.Series(replied[:500])))
        held += ((model.drivers["low"] <= 1) & (model.drivers["high"] >= 1)).to_list()
        assert model.drivers["ratio"].is_between(0.6, 1.6).all()
    assert np.mean(held) >= 0.9


def test_the_regression_finds_what_was_planted() -> None:
    """With many outcomes the coefficients are those that made them; the spread says how sure they are."""
    rng = np.random.default_rng(3)
    design = np.column_stack([np.ones(20_000), rng.standard_normal((20_000, 2))])
    odds = design @ np.array([-2.0, 0.5, 0.0])
    learnt = learn(design, (rng.random(20_000) < 1 / (1 + np.exp(-odds))).astype(float), 0)
    spread = np.sqrt(np.diag(learnt.covariance))
    assert np.abs(learnt.mean - [-2.0, 0.5, 0.0]).max() < 0.1
    assert (np.abs(learnt.mean - [-2.0, 0.5, 0.0]) < 4 * spread).all()


def test_few_outcomes_are_refused_with_the_number_needed() -> None:
    """Below 100 messages, or eight answers, it says about how many messages it takes."""
    results, _ = world()
    sent = results.prospects.head(200).select("email", replied=pl.int_range(200) % 50 == 0)
    with pytest.raises(ValidationError, match="about 400 messages"):
        op.answers(results, sent)
    with pytest.raises(ValidationError, match="about 100 messages"):
        op.answers(results, sent.head(0))


def model_and_results(**given: Any) -> tuple[Any, Results]:
    """A model of one world, and its results."""
    results, replied = world()
    return op.answers(results, results.prospects.select("email", replied=pl.Series(replied)), **given), results


def test_what_bounced_or_was_answered_by_a_machine_is_no_answer() -> None:
    """Bounces and what was never sent do not count, automatic replies count as not answered, deals as answered."""
    results, _ = world()
    kinds = ["replied", "won", "auto_replied", "delivered", "bounced", "not_sent"] * 100
    told = results.prospects.head(600).select(
        "email", kind=pl.Series(kinds), value=pl.Series([None, 900.0, None, None, None, None] * 100)
    )
    model = op.answers(results, told)
    assert (model.n, model.replied) == (400, 200)
    assert model.value == 450.0
    assert op.answers(results, told, value=70.0).value == 70.0


def test_expectations_come_with_bounces_and_value() -> None:
    """Expected replies lie inside their interval and near what the world gives; orders have rates of their own."""
    model, results = model_and_results(value=100.0)
    expected = model.expected(results)
    assert expected.low <= expected.replies <= expected.high
    assert expected.value == pytest.approx(100 * expected.replies)
    assert expected.bounces == pytest.approx(op.bounce_forecast(results).expected, rel=0.3)
    assert model.icps["order_id"].to_list() == ["o0", "o1"]
    assert model.icps.select((pl.col("low") <= pl.col("rate")) & (pl.col("rate") <= pl.col("high"))).to_series().all()


def test_a_list_for_replies_keeps_the_bounce_promise_and_brings_more() -> None:
    """Under the same promise it brings at least as many replies as the largest list; without a model that is said."""
    model, results = model_and_results()
    by_size = op.send_list(results, max_bounce_rate=0.05)
    by_replies = op.send_list(results, max_bounce_rate=0.05, maximise="replies", answers=model)
    assert by_replies.p_over <= 0.1
    chances = dict(model.by_address(results).rows())

    def replies(sending: Any) -> float:
        people = sending.prospects.select("email", "bounce_risk_score")
        return sum(chances[email] * (1 - risk / 100) for email, risk in people.iter_rows())

    assert replies(by_replies) >= replies(by_size)
    left = by_replies.beyond + by_replies.unknown + by_replies.not_sendable + by_replies.duplicates
    assert by_replies.size + left == results.prospects.height
    with pytest.raises(ValidationError, match="answers"):
        op.send_list(results, maximise="replies")


def test_the_score_takes_points_for_likely_answers() -> None:
    """Ten points for each doubling of the odds, named among the reasons; best first all the same."""
    model, results = model_and_results()
    plain, scored = op.score(results), op.score(results, answers=model)
    both = plain.select("id", plain="score").join(scored.select("id", "score", "points_answers"), on="id")
    assert (both["score"] - (both["plain"] + both["points_answers"]).clip(0, 100)).abs().max() < 1e-6  # type: ignore[operator]
    assert both["points_answers"].abs().max() <= 20  # type: ignore[operator]
    assert scored["score"].is_sorted(descending=True)
    assert "times the usual odds" in scored["reasons"][0][-1]


def test_faces_name_nobody() -> None:
    """Text and table give rates, drivers and orders."""
    model, _ = model_and_results()
    assert "personal ×" in repr(model)
    face = model._repr_html_().replace("<style>@container", "")  # a rule of CSS, not an address
    assert "@" not in repr(model) + face
    assert "replies of" in repr(model.expected(world()[0]))
