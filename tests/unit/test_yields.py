"""What is believed about yields: without orders, where orders agree, where rates fall; and that the sums are right."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from openprospect_nb.yields import Batch, Yields, interval_of


def rate(batches, name="a", count=25):
    """Return the expected rate of the next companies."""
    return Yields(batches).expected(name, count) / count


def test_an_icp_alone_is_near_its_own_rate():
    """Forty good of a hundred make one expect about four in ten of the next few, and an interval around it."""
    yields = Yields({"a": [Batch(0, 100, 40, 100)]})
    low, high = yields.rate_interval("a", 10, 0.9)
    exact = stats.beta(41, 61).interval(0.9)

    assert yields.rates("a", 1)[0] == pytest.approx(0.38, abs=0.04)
    assert low < 0.4 < high
    assert high == pytest.approx(exact[1], abs=0.03)
    assert low <= exact[0] + 0.01


def test_icps_are_drawn_towards_each_other():
    """Five of five is less believable among four ICPs with one in ten than alone, and five of five of many stays."""
    others = {name: [Batch(0, 100, 10, 100)] for name in "bcde"}
    lucky, alone = [Batch(0, 5, 5, 5)], {"a": [Batch(0, 5, 5, 5)]}

    assert rate({"a": lucky, **others}) < 0.82 * rate(alone)
    assert rate({"a": [Batch(0, 200, 200, 200)], **others}) > 0.8


def test_an_icp_nobody_ordered_from_has_the_rates_of_the_others_with_their_spread():
    """Alike others make it sure, unlike others leave it open; and it is no better than they are on average."""
    alike = Yields({"new": [], **{name: [Batch(0, 200, 60, 200)] for name in "abcd"}})
    unlike = Yields({"new": [], **{str(hits): [Batch(0, 200, hits, 200)] for hits in (5, 20, 90, 150)}})
    widths = [high - low for low, high in (each.rate_interval("new", 1, 0.9) for each in (alike, unlike))]

    assert widths[0] < 0.5 * widths[1]
    assert alike.rates("new", 1)[0] == pytest.approx(0.3, abs=0.04)


def test_falling_rates_are_learnt_and_carried_over():
    """An ICP whose later orders brought less is expected to go on falling, and makes one doubt the others' rates."""
    steady = {"b": [Batch(0, 200, 80, 200), Batch(200, 200, 80, 200)]}
    falling = {"b": [Batch(0, 200, 80, 200), Batch(200, 200, 20, 200)]}
    pilot = {"a": [Batch(0, 25, 10, 25)]}
    rates = [Yields({**pilot, **other}) for other in (steady, falling)]

    assert rates[1].rates("b", 300)[[0, 299]].tolist() == pytest.approx([0.07, 0.02], abs=0.03)
    assert rates[0].rates("b", 300)[299] > 0.36
    assert rates[1].expected("a", 400) < 0.9 * rates[0].expected("a", 400)


def test_sister_companies_teach_less_and_swing_more():
    """A hundred companies worth twenty leave a wider interval of the rate, and of what the next hundred hold."""
    apart, sisters = (Yields({"a": [Batch(0, 100, 40, worth)]}) for worth in (100, 20))
    (low, high), (least, most) = (each.rate_interval("a", 10, 0.5) for each in (apart, sisters))
    chance = np.random.default_rng(1)
    spans = [np.ptp(interval_of(each.drawn({"a": 100}, chance)[:, 0], 0.9)) for each in (apart, sisters)]

    assert most - least > 1.3 * (high - low)
    assert spans[1] > 1.2 * spans[0]


def test_draws_have_the_expected_mean_and_are_the_same_for_the_same_chance():
    """What is drawn agrees with what is expected, for each ICP, and follows from the generator alone."""
    yields = Yields({"a": [Batch(0, 50, 20, 50)], "b": [Batch(0, 30, 2, 30), Batch(30, 80, 1, 80)], "c": []})
    counts = {"a": 100, "b": 40, "c": 0}
    drawn = yields.drawn(counts, np.random.default_rng(5), draws=20_000)

    assert drawn.mean(axis=0) == pytest.approx([yields.expected(n, k) for n, k in counts.items()], rel=0.03, abs=0.05)
    assert drawn[:50].tolist() == yields.drawn(counts, np.random.default_rng(5), draws=20_000)[:50].tolist()
    assert np.mean(yields.drawn_rates(counts, np.random.default_rng(5))[:, 0] >= 0.35) == pytest.approx(
        yields.chance_above("a", 100, 0.35), abs=0.05
    )


def test_what_is_expected_of_many_is_the_sum_of_what_each_is_expected_to_be():
    """The rates of the next companies add up to the expected number."""
    yields = Yields({"a": [Batch(0, 50, 20, 50), Batch(50, 100, 25, 90)]})

    assert yields.rates("a", 700).sum() == pytest.approx(yields.expected("a", 700), rel=1e-3)
    assert (np.diff(yields.rates("a", 700)) <= 0).all()


def test_large_and_contrary_orders_leave_numbers():
    """Orders of ten thousand that contradict each other, and twenty ICPs, give finite rates within 0 and 1."""
    batches = {str(k): [Batch(0, 10_000, 9_999 * (k % 2), 10_000)] for k in range(20)}
    yields = Yields({**batches, "none": []})

    for name in yields.names:
        rates = yields.rates(name, 50)
        assert np.isfinite(rates).all()
        assert ((rates >= 0) & (rates <= 1)).all()
    assert yields.expected("1", 100) > 95
    assert np.isfinite(yields.drawn({"0": 10, "none": 10}, np.random.default_rng(1))).all()
