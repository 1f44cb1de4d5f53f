"""Run worlds by hand: ``python -m tests.simulation --help``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from .many import Record, Tally, run_many
from .plan import Plan, plan_of
from .shrink import shrink
from .world import Report, readable, run


def main() -> int:
    """Replay one world, or run many; 1 if a rule was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description="One seed, one world, one story.")
    parser.add_argument("--seed", nargs="+", help="replay these worlds; one that breaks a rule is shrunk")
    parser.add_argument("--plan", type=Path, help="replay a plan that --keep wrote")
    parser.add_argument("--keep", type=Path, help="write the (shrunk) plan to this file")
    parser.add_argument("--rule", help="shrink towards this rule; the first broken one otherwise")
    parser.add_argument("--whole", action="store_true", help="do not shrink")
    parser.add_argument("--first", type=int, default=0, help="the first seed of many")
    parser.add_argument("--count", type=int, default=2_000, help="how many worlds")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seconds", type=float, help="stop after this long")
    parser.add_argument("--record", type=Path, help="go on from, and write down, how far the seeds were run")
    given = parser.parse_args()
    if given.seed is not None or given.plan is not None:
        plans = [Plan.from_json(given.plan.read_text("utf-8"))] if given.plan else map(plan_of, given.seed)
        return max([_replay(plan, given) for plan in plans])
    return _many(given)


def _replay(plan: Plan, given: argparse.Namespace) -> int:
    report = run(plan)
    if report.violations and not given.whole:
        report = shrink(report, given.rule)
    if given.keep is not None:
        given.keep.write_text(report.plan.to_json(), "utf-8")
    print(told(report))
    return bool(report.violations)


def told(report: Report) -> str:
    """Return a world's story, and the rules it broke."""
    broken = [f"broken: {violation.rule}: {violation.text}" for violation in report.violations]
    return "\n".join([*readable(report), *(broken or ["no rule was broken"])])


def _many(given: argparse.Namespace) -> int:
    record = Record(given.record) if given.record is not None else None
    first = given.first if record is None else record.next_seed
    whole = Tally()
    for start, tally in run_many(first, given.count, processes=given.processes, seconds=given.seconds):
        whole.add(tally)
        if record is not None:
            record.add(start, tally)
    print(whole)
    for rule, seeds in sorted(whole.broken.items()):
        print(f"  python -m tests.simulation --seed {min(seeds)} --rule '{rule}'")
    return bool(whole.broken)


if __name__ == "__main__":
    sys.exit(main())
