"""The quick part of ``python -m tests.worlds``: promises that must hold, in worlds where they can."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from support.examples import examples

from openprospect_nb.analysis import calibrate, send_list
from openprospect_nb.analysis.bounces.belief import Belief
from worlds.__main__ import ALL
from worlds.cells import Cell, Trial, cell
from worlds.conformal import learn_then_test
from worlds.pilots import held
from worlds.promises import believed, chosen_of, learnt
from worlds.seasons import VENDORS
from worlds.table import END, START, page
from worlds.truths import WORLDS

BY_NAME = {promise.name: promise for promise in ALL}
WORLD = {world.name: world for world in WORLDS}
DRAWS = 20

# The promise, the world, and the least size beside that of somebody who knows the truth.
QUICK = (
    ("forecast", "right", 1.0),
    ("forecast", "too low", 1.0),
    ("forecast", "moods 0.8", 1.0),
    ("forecast, calibrated", "right", 1.0),
    ("forecast, calibrated", "catch-all", 1.0),
    ("list at 5 %", "right", 0.45),
    ("list at 5 %", "too low", 0.45),
    ("list at 5 %", "too low, moods 0.8", 0.45),
    ("list at 5 %", "dead domains", 0.3),
    ("list at 5 %", "moods 0.8", 0.3),
    ("list at 2 %", "too low", 0.0),
    ("list at 5 %, calibrated", "right", 0.6),
    ("list at 5 %, calibrated", "three values", 0.6),
    ("the loop at 5 %", "right", 0.5),
    ("the loop at 5 %", "too low", 0.5),
    ("the loop at 5 %", "catch-all", 0.4),
    ("ramp", "right", 0.9),
    ("ramp", "too low", 0.5),
    ("ramp", "a list at 10%", 0.0),
    ("pilot", "endless, 25 of 500", 0.0),
    ("pilot", "repeats, 100 of 1000", 0.0),
    ("answers", "telling", 1.3),
    ("answers", "noise", 0.9),
    ("expected replies", "noise", 0.0),
    ("settle", "several at once", 1.0),
)


@pytest.mark.parametrize(("promise", "world", "least"), QUICK)
def test_a_promise_holds_at_a_useful_size(promise, world, least):
    """In twenty draws nothing speaks for more broken promises than may be, and what was promised is not empty."""
    asked = BY_NAME[promise]
    found = cell(asked.worlds[world], DRAWS)

    assert found.kept == found.n or (asked.may_break and found.interval.high >= 1 - asked.may_break), str(found)
    assert found.size >= least - 1e-9, str(found)


@pytest.mark.parametrize("vendor", ["endless", "ending", "best first", "repeats"])
def test_a_plan_in_parts_loses_little_of_what_knowing_all_rates_would_bring(vendor):
    """In a dozen seasons after pilots of 25 it loses at most 6 %, and beats equal shares and one order."""
    world = f"{vendor}, pilots of 25"
    plan, equal, best = (
        cell(BY_NAME[name].worlds[world], 12) for name in ("plan in 8 parts", "equal shares", "all on the best")
    )

    assert plan.size >= 0.94
    assert plan.size > 1.1 * equal.size
    assert plan.size > 0.97 * best.size
    assert plan.kept >= 11


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
@pytest.mark.parametrize("rate", [0.1, 0.3])
def test_a_pilots_interval_holds_neither_too_seldom_nor_too_often(vendor, rate):
    """Of forecasts after 25 of 100 companies nothing says that fewer than 86 or more than 94 of 100 hold."""
    found = held(vendor, rate, 100, examples(1000))

    assert not found.is_too_narrow, str(found)
    assert not found.is_too_wide, str(found)


def test_the_worlds_try_what_users_call():
    """Lists and maps of the worlds are those of `send_list` and `calibrate`."""
    draw, new = WORLD["right"].draw(1), WORLD["right"].draw(1, prefix="b")
    calibration, public = learnt(believed(draw, None)), calibrate(draw.frame, draw.outcomes)
    listed = send_list(new.frame, 0.05, 0.9, calibration=public)

    for one, other in zip(calibration.knots, public.knots, strict=True):
        assert (one.stated, one.value) == pytest.approx((other.stated, other.value))
    assert sum(calibration.covariance, ()) == pytest.approx(sum(public.covariance, ()))
    ours = chosen_of(believed(new, calibration), 0.05, Belief(calibration))
    assert listed.prospects["email"].to_list() == ours["address"].to_list()


@pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.name)
def test_a_draw_follows_from_its_seed_and_keeps_its_truth(world):
    """The same seed draws the same people, and over many draws as many bounce as is true."""
    draws = [world.draw(seed) for seed in range(20)]

    assert draws[3].frame.equals(world.draw(3).frame)
    expected, happened = (
        sum(float(each.sum()) for each in part) for part in zip(*((d.truth, d.bounced) for d in draws), strict=True)
    )
    assert happened == pytest.approx(expected, rel=0.2)


@pytest.mark.parametrize(
    ("sent", "bounced", "kept"), [(200, [], 200), (200, [10], 180), (200, range(40), 0), (60, [], 0)]
)
def test_learning_then_testing_stops_where_a_test_fails(sent, bounced, kept):
    """A test at every twentieth outcome from the 80th, as long as the binomial says that the rate is below 5 %."""
    happened = np.cumsum(np.isin(np.arange(sent), list(bounced)))
    tested = [size for size in range(80, sent + 1, 20) if stats.binom.cdf(happened[size - 1], size, 0.05) <= 0.1]
    found = np.flatnonzero(learn_then_test(np.arange(1, sent + 1), happened, 0.05)) + 1

    assert max(found, default=0) == max(tested, default=0)
    assert max(found, default=0) >= kept


def test_a_size_has_the_interval_of_its_draws():
    """Over draws of sizes 1 to 3 beside 4 the size is their mean over 4, within what chance would move it by."""
    found = cell(lambda seed: Trial(True, 1.0 + seed % 3, 4.0), 300)

    assert found.size == pytest.approx(0.5)
    assert found.around.high - found.around.low == pytest.approx(
        2 * 1.645 * np.sqrt(2 / 3) / np.sqrt(300) / 4, rel=0.01
    )
    assert str(cell(lambda seed: seed % 2 == 0, 10)) == "5 of 10 (27% to 73%)"


def test_the_page_holds_what_was_found():
    """A table is written between the marks, says where a promise is broken beyond doubt, and stays if not tried."""
    whole = {("score", world): Cell(30 - (world == "half unknown"), 30) for world in BY_NAME["score"].worlds}
    whole |= {("forecast", world): Cell(95, 100, 1.5) for world in WORLD} | {("forecast", "noise"): Cell(50, 100, 1.2)}
    stood = "**answers**: as it stood.\n\n| world |\n|---|\n| noise |\n\n**expected replies**: too.\n"
    text = page(f"before\n{START}\nwhat stood there\n\n{stood}{END}\nafter", ALL, whole)

    assert text.startswith("before\n")
    assert text.endswith("after")
    assert "| right | 95 of 100 | 90% to 98% | 150.0% |" in text
    assert "| noise | 50 of 100 **broken** |" in text
    assert "| all known | 30 of 30 |" in text
    assert "| half unknown | 29 of 30 **broken** |" in text
    assert "**answers**: as it stood.\n\n| world |\n|---|\n| noise |\n\n**expected" in text
    assert "what stood there" not in text
    assert page(text, ALL, {}) == text
