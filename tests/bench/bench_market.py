"""What each helper takes over a market, as multiples of a plain Polars group_by, join and sort of the same prospects.

Each case is a process of its own. Processor time counts, not the clock, so that a busy machine says nearly the same;
Polars' threads count in full on both sides. Memory is what the high-water mark rises by. The plain work: prospects are
grouped by company (number, least risk, best qualification), joined back and sorted by the three.

``python tests/bench/bench_market.py`` prints the table; ``--write`` puts it into docs/benchmarks.md, where helpers that
were not asked for this time keep the row that stands; ``--sizes 10000,200000`` takes other sizes: growth is told from
the first to the last, multiples and memory at 200,000 or, without it, at the last; ``--helpers dedupe,exclude`` only
those named.
"""

import argparse
import json
import logging
import math
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import polars as pl
from bench.bench_memory import status
from bench.market import make_market

import openprospect_nb as op
from openprospect_nb.widgets import ResultsExplorer, WhatIf

Row = tuple[str, float, str]
SIZES = (10_000, 200_000, 1_000_000)
TOLD_AT = 200_000
LISTED = 20_000
GOALS = {
    "score": 1.5, "contactable": 2, "bounce_forecast": 2, "send_list": 4, "dedupe": 6, "exclude": 3, "overlap": 7,
    "compare": 4, "what_if": 3, "explorer": 3, "report": 15,
}  # fmt: skip
DOCS = Path(__file__).parents[2] / "docs" / "benchmarks.md"
BEGIN, END = "<!-- market -->", "<!-- /market -->"


def helpers(results: op.Results) -> dict[str, Callable[[], object]]:
    """Return each helper as a call on *results*."""
    unwanted = to_keep_out(results)
    return {
        "score": lambda: op.score(results),
        "contactable": lambda: op.contactable(results),
        "bounce_forecast": lambda: op.bounce_forecast(results),
        "send_list": lambda: op.send_list(results),
        "dedupe": lambda: op.dedupe(results),
        "exclude": lambda: op.exclude(results, unwanted),
        "overlap": lambda: op.overlap(results),
        "compare": lambda: op.compare(results),
        "what_if": lambda: WhatIf(results),
        "explorer": lambda: ResultsExplorer(results, home=tempfile.mkdtemp()),
        "report": lambda: op.report(results, lite=True).to_html(),
    }


def to_keep_out(results: op.Results) -> pl.DataFrame:
    """Return a suppression list: a quarter companies of these results, the rest of another market."""
    own = results.companies.head(LISTED // 4)
    rest = make_market(LISTED - own.height, seed=9).companies
    both = pl.concat([own, rest])
    return both.select("website_url", "city", company_name="name")


def plain(prospects: pl.DataFrame) -> pl.DataFrame:
    """Return the prospects with three facts of their company, sorted: what everything is measured by."""
    risk, fit = pl.col("bounce_risk_score").min().alias("risk"), pl.col("qualification_score").max().alias("fit")
    grouped = prospects.group_by("company_id").agg(pl.len().alias("n"), risk, fit)
    return prospects.join(grouped, on="company_id", how="left").sort("risk", "fit", "email")


def measure(helper: str, size: int) -> dict[str, float]:
    """Return the seconds of processor of helper and plain work, the bytes added at the peak and those of the frames."""
    logging.disable(logging.WARNING)
    helpers(make_market(300))[helper]()
    results = make_market(size)
    call = helpers(results)[helper]
    base = min(_processor(lambda: plain(results.prospects)) for _ in range(3))
    Path("/proc/self/clear_refs").write_text("5")
    before, start = status("VmRSS"), time.perf_counter()
    taken, clock = _processor(call), time.perf_counter() - start
    added = status("VmHWM") - before
    size_of_frames = results.companies.estimated_size() + results.prospects.estimated_size()
    return {"plain": base, "taken": taken, "clock": clock, "added": added, "frames": size_of_frames}


def _processor(call: Callable[[], object]) -> float:
    start = time.process_time()
    call()
    return time.process_time() - start


def rows(names: tuple[str, ...] = tuple(GOALS), sizes: tuple[int, ...] = SIZES) -> Iterator[Row]:
    """Yield (name, ratio, detail) of each helper at `TOLD_AT`, with its growth from the smallest to the largest."""
    size = told_at(sizes)
    for name in names:
        found = {each: _apart(name, each) for each in sizes}
        low, told, high = (found[each] for each in (sizes[0], size, sizes[-1]))
        growth = math.log(high["taken"] / low["taken"]) / math.log(sizes[-1] / sizes[0]) if len(sizes) > 1 else math.nan
        memory = told["added"] / told["frames"]
        detail = f"goal {GOALS[name]:g}; {told['taken']:.1f} s of processor; growth {growth:.2f}; memory {memory:.1f}"
        yield f"{name}, {size:,} companies", told["taken"] / told["plain"], detail


def told_at(sizes: tuple[int, ...]) -> int:
    """Return the size at which multiples and memory are told."""
    return TOLD_AT if TOLD_AT in sizes else sizes[-1]


def _apart(helper: str, size: int) -> dict[str, float]:
    """Measure in a process of its own."""
    command = [sys.executable, __file__, "--case", json.dumps([helper, size])]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def written(found: list[Row], sizes: tuple[int, ...], standing: str = "") -> str:
    """Return the table for the page of benchmarks; *standing*, the old one, gives the rows of helpers not *found*."""
    machine = f"{os.cpu_count()} cores ({platform.machine()}) under a load of {os.getloadavg()[2]:.0f}"
    when = f"{datetime.now(UTC):%d %B %Y}, CPython {platform.python_version()}, polars {pl.__version__}, {machine}"
    head = [
        f"{when}; seconds are of the processor. {told_at(sizes):,} companies, three prospects each; growth is the",
        f"exponent from {sizes[0]:,} to {sizes[-1]:,} companies, memory the peak added over the frames' bytes.",
        "`python tests/bench/bench_market.py --write` makes this table.",
        "",
        "| helper | × plain | goal | seconds | growth | memory |",
        "|---|---|---|---|---|---|",
    ]  # fmt: skip
    lines = {
        line.split(" ")[1]: line for line in standing.splitlines() if line.startswith("| ") and "plain" not in line
    }
    for name, ratio, detail in found:
        goal, seconds, growth, memory = (float(word) for word in detail.replace(";", "").split() if _is_number(word))
        helper = name.partition(",")[0]
        lines[helper] = f"| {helper} | {ratio:.1f} | {goal:g} | {seconds} | {growth} | {memory} |"
    return "\n".join([BEGIN, *head, *(lines[helper] for helper in GOALS if helper in lines), END])


def _is_number(word: str) -> bool:
    return word.replace(".", "").isdigit() or word == "nan"


def main() -> None:
    """Print the table, and write it where that is asked."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--case")
    asked.add_argument("--write", action="store_true")
    asked.add_argument("--sizes", default=",".join(map(str, SIZES)))
    asked.add_argument("--helpers", default=",".join(GOALS))
    given = asked.parse_args()
    if given.case:
        print(json.dumps(measure(*json.loads(given.case))), flush=True)
        os._exit(0)  # the explorer's threads are of no more interest
    sizes = tuple(map(int, given.sizes.split(",")))
    found = []
    for name, ratio, detail in rows(tuple(given.helpers.split(",")), sizes):
        print(f"{name:40} {ratio:7.2f}  {detail}", flush=True)
        found.append((name, ratio, detail))
    if given.write:
        page = DOCS.read_text("utf-8")
        old = page[page.index(BEGIN) : page.index(END) + len(END)]
        DOCS.write_text(page.replace(old, written(found, sizes, old)), "utf-8")


if __name__ == "__main__":
    main()
