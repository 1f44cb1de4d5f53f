"""How often to look, and when to stop."""

from __future__ import annotations

import asyncio
from itertools import islice

import pytest
from support.clocks import TestClock

from openprospect_nb.api.polling import ORDER_CADENCE, PROFILE_CADENCE, Cadence, Tick, cadence_or, poll
from openprospect_nb.errors import WaitTimeout

STEADY = Cadence(first=10.0, factor=1.0, most=10.0)


@pytest.mark.parametrize(
    ("cadence", "intervals"),
    [
        (ORDER_CADENCE, [60.0, 90.0, 135.0, 202.5, 300.0, 300.0]),
        (PROFILE_CADENCE, [2.0, 3.0, 4.5, 6.75, 10.125, 15.1875]),
        (STEADY, [10.0] * 6),
    ],
)
def test_intervals_grow_up_to_the_most(cadence, intervals):
    """Orders are looked at after 60 s, growing by half to 300 s (contract 2.4)."""
    assert list(islice(cadence.intervals(), 6)) == intervals


def test_a_stated_interval_is_kept():
    """An override replaces the adaptive cadence by a steady one; 0 is an override too."""
    assert cadence_or(None, ORDER_CADENCE) is ORDER_CADENCE
    assert list(islice(cadence_or(0.5, ORDER_CADENCE).intervals(), 3)) == [0.5, 0.5, 0.5]
    assert list(islice(cadence_or(0.0, ORDER_CADENCE).intervals(), 3)) == [0.0, 0.0, 0.0]


def watched(answers, *, deadline=None, cadence=STEADY):
    """Return what polling found, what was slept and which ticks were told; *answers* are given in turn."""
    clock, ticks = TestClock(), []
    asyncio.run(clock.sleep(1000))  # no clock starts at nought
    clock.slept.clear()
    given = iter(answers)

    async def look():
        return next(given)

    found = asyncio.run(poll(look, cadence, clock, deadline=deadline, on_tick=ticks.append))
    return found, clock.slept, ticks


def test_the_first_look_costs_no_wait():
    """What is there already is returned at once; an empty answer is an answer."""
    assert watched(["done"]) == ("done", [], [])
    assert watched([""]) == ("", [], [])


def test_each_look_is_told_before_the_wait():
    """Every wait is announced with the seconds gone and those to come, and none follows the last look."""
    ticks = [Tick(elapsed=0.0, next_in=10.0), Tick(elapsed=10.0, next_in=10.0)]

    assert watched([None, None, 7]) == (7, [10.0, 10.0], ticks)


def test_the_last_wait_ends_at_the_deadline():
    """A deadline between two looks shortens the wait and earns one last look."""
    found, slept, ticks = watched([None, None, None, 7], deadline=25)

    assert (found, slept) == (7, [10.0, 10.0, 5.0])
    assert ticks[-1] == Tick(elapsed=20.0, next_in=5.0)


@pytest.mark.parametrize(("deadline", "looks"), [(0, 1), (-1, 1), (20, 3), (20.5, 4)])
def test_the_deadline_is_kept_to_the_second(deadline, looks):
    """Up to the deadline every look is taken, after it there is neither a look nor a wait, and the error names it."""
    answers = iter([None] * looks)
    with pytest.raises(WaitTimeout, match=rf"^still running after {deadline:g} s\."):
        watched(answers, deadline=deadline)

    assert list(answers) == []
