"""Harms that chance rarely meets, told by hand: plans, and a death, or a failing disk, at each border of a step.

Each file in `plans/` is a world of its own, which ``python -m tests.simulation --plan FILE`` tells.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from simulation.__main__ import told
from simulation.plan import Plan
from simulation.test_finds import (
    leases_are_held_by_the_wall_clock,
    losses_go_unnoticed,
    orders_that_run_are_forgotten_after_ten_minutes,
)
from simulation.world import Report, run

PLANS = {
    path.stem: Plan.from_json(path.read_text("utf-8")) for path in sorted(Path(__file__).parent.glob("plans/*.json"))
}
MOST_BORDERS = 150
# What is drawn never strikes; what is forced does.
NEVER_DRAWN = 1e-12


def borders(plan: Plan, step: str, harm: str) -> Iterator[Report]:
    """Yield the world of *plan* with one statement or file of a process' step harmed, once for each there is."""
    for kind in ("sql", "file"):
        for number in range(1, MOST_BORDERS):
            name = f"{step}.{kind}{number}.{harm}"
            report = run(replace(plan, crashes=NEVER_DRAWN, disk=NEVER_DRAWN, forced=plan.forced | {name}))
            if name not in report.struck:
                break
            yield report
        else:
            pytest.fail(f"more than {MOST_BORDERS} borders")


def full_disks(plan: Plan, step: str) -> Iterator[Report]:
    """Yield the world of *plan* with a disk that is full from one statement of a process' step to the step's end."""
    for first in range(1, MOST_BORDERS):
        names = {f"{step}.{kind}{n}.fails" for kind in ("sql", "file") for n in range(first, MOST_BORDERS)}
        report = run(replace(plan, disk=NEVER_DRAWN, forced=plan.forced | names))
        if not names & set(report.struck):
            break
        yield report


@pytest.mark.parametrize("name", PLANS)
def test_a_rare_harm_stays_mended(name):
    """No rule is broken in it, and it still is a whole world in which something is asked of the vendor."""
    report = run(PLANS[name])

    assert report.violations == (), told(report)
    assert report.requests > 0
    assert not report.was_cut_short


# The step of each plan in which a process dies, or its disk fails, at every border.
STEPS = {
    "doubles-and-a-dead-kernel": "s3.A2",
    "a-refusal-nobody-was-told": "s1.A1",
    "bought-after-a-loss": "s3.open.A2",
    "run-again-while-it-runs": "s2.A1",
    "run-again-once-it-ended": "s2.A1",
}


@pytest.mark.slow
@pytest.mark.parametrize("harm", ["dies", "fails"])
@pytest.mark.parametrize("name", STEPS)
def test_a_step_may_break_at_every_border(name, harm):
    """Dead or without a disk at any one statement or file: nothing is bought twice, what was learnt is told later."""
    reports = list(borders(PLANS[name], STEPS[name], harm))

    assert len(reports) > 10
    assert not [told(report) for report in reports if report.violations]


@pytest.mark.slow
@pytest.mark.parametrize("name", STEPS)
def test_a_disk_may_stay_full(name):
    """Full from any one statement on, until the step has ended: nothing is bought twice or lost, errors are ours."""
    reports = list(full_disks(PLANS[name], STEPS[name]))

    assert len(reports) > 5
    assert not [told(report) for report in reports if report.violations]


def doubts_are_not_kept(monkeypatch):
    """What the server's list showed of a lost purchase is said once, by whoever looked."""
    monkeypatch.setattr("openprospect_nb.api.buying.purchasing.doubted_since", lambda sent, **_: None)


def closings_are_not_kept(monkeypatch):
    """Why a purchase bought nothing is said once, by whoever was told."""
    monkeypatch.setattr("openprospect_nb.journal.journal.Journal.untold", lambda self: [])


FOUND = [
    ("doubles-and-a-dead-kernel", "dies", doubts_are_not_kept, "double unsaid"),
    ("a-refusal-nobody-was-told", "dies", closings_are_not_kept, "closed unsaid"),
    ("bought-after-a-loss", None, losses_go_unnoticed, "bought twice"),
    ("run-again-while-it-runs", None, orders_that_run_are_forgotten_after_ten_minutes, "bought twice"),
    ("a-lease-nobody-renews", None, leases_are_held_by_the_wall_clock, "silent"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "harm", "mutate", "rule"), FOUND, ids=[mutate.__name__ for *_, mutate, _ in FOUND])
def test_the_plans_can_find(name, harm, mutate, rule, monkeypatch):
    """With the old behaviour back, the rule is broken: in the plan itself, or at one border of its step."""
    mutate(monkeypatch)

    reports = [run(PLANS[name])] if harm is None else borders(PLANS[name], STEPS[name], harm)
    assert any(violation.rule == rule for report in reports for violation in report.violations)
