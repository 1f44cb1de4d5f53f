"""Shrinking: take away steps, faults and oddities while a plan still breaks the same rule; greedy, repeatable."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from .plan import Plan
from .vendor import Habits
from .world import Report, run


def shrink(report: Report, rule: str | None = None, *, most: int = 600) -> Report:
    """Return the report of a smaller plan that breaks the same rule, after at most *most* runs."""
    rule = rule or report.violations[0].rule
    runs = 0
    while True:
        for plan in _smaller(report):
            runs += 1
            tried = run(plan)
            if runs >= most or any(violation.rule == rule for violation in tried.violations):
                break
        else:
            return report
        if runs >= most:
            return report
        report = tried


def _smaller(report: Report) -> Iterator[Plan]:
    """Yield plans that leave something out, the largest savings first."""
    plan = report.plan
    for size in _halves(len(plan.steps)):
        for start in range(0, len(plan.steps), size):
            yield replace(plan, steps=[*plan.steps[:start], *plan.steps[start + size :]])
    for size in _halves(len(report.struck)):
        for start in range(0, len(report.struck), size):
            yield replace(plan, spared=plan.spared | frozenset(report.struck[start : start + size]))
    yield from _plainer(plan)


def _plainer(plan: Plan) -> Iterator[Plan]:
    """Yield plans with one oddity of the world less."""
    usual = Habits()
    for name in Habits.__dataclass_fields__:
        if getattr(plan.habits, name) != getattr(usual, name):
            yield replace(plan, habits=replace(plan.habits, **{name: getattr(usual, name)}))
    for name in plan.settings:
        yield replace(plan, settings={n: v for n, v in plan.settings.items() if n != name})
    if any(plan.offsets.values()):
        yield replace(plan, offsets={})
    yield from _without(plan)


def _without(plan: Plan) -> Iterator[Plan]:
    """Yield plans in which a step needs less: no pause, the first window, fewer arguments."""
    changes: Sequence[Callable[[Plan], Plan]] = (
        lambda p: replace(p, echoes=False),
        lambda p: replace(p, elsewhere=""),
        lambda p: replace(p, crashes=0.0),
        lambda p: replace(p, disk=0.0),
        lambda p: replace(p, ends_killed=True),
    )
    yield from (smaller for change in changes if (smaller := change(plan)) != plan)
    for number, step in enumerate(plan.steps):
        easier = [replace(step, gap=0.0), replace(step, window="A")]
        args = {name: value for name, value in step.args.items() if name not in {"name", "idempotency_key"}}
        easier += [replace(step, args=args)]
        for other in easier:
            if other != step:
                yield replace(plan, steps=[*plan.steps[:number], other, *plan.steps[number + 1 :]])


def _halves(count: int) -> Iterator[int]:
    while count >= 1:
        yield count
        count //= 2
