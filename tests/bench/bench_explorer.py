"""How fast the explorer answers, and how many bytes it sends, at 50,000 and at 1,000,000 companies.

Each step is done as a front end does it, through the widget, and takes everything that follows: charts, facets, table,
code. The naive way it is compared with filters the whole table and sends all of it. Medians of seven.
Run by hand: ``python tests/bench explorer`` (two minutes).
"""

import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import comm
import polars as pl

sys.path.insert(0, str(Path(__file__).parents[1]))

import openprospect_nb as op
from openprospect_nb.frames.schemas import COMPANIES, PROSPECTS
from openprospect_nb.widgets import ResultsExplorer

Row = tuple[str, float, str]
SIZES = (50_000, 1_000_000)
REPETITIONS = 7


class CountingComm(comm.base_comm.BaseComm):
    """A comm that counts what would cross the wire, and sends nothing."""

    sent = 0

    def publish_msg(
        self, msg_type: str, data: Any = None, metadata: Any = None, buffers: Any = None, **keys: Any
    ) -> None:
        """Count the bytes of one message."""
        CountingComm.sent += len(json.dumps(data, default=str)) + sum(len(part) for part in buffers or ())


def rows(sizes: tuple[int, ...] = SIZES) -> list[Row]:
    """Return (name, milliseconds or ratio, detail) of each step at each size."""
    usual, comm.create_comm = comm.create_comm, CountingComm
    try:
        return [row for size in sizes for row in _at(size)]
    finally:
        comm.create_comm = usual


def _at(size: int) -> list[Row]:
    results = make_results(size)
    with tempfile.TemporaryDirectory() as home:
        start = time.perf_counter()
        explorer = ResultsExplorer(results, home=home)
        begun = time.perf_counter() - start
        # The list goes on beside; the forecast is measured apart, so that it does not slow what is measured here.
        explorer.journey._worker.shutdown(cancel_futures=True)
        explorer.journey._closed = True
        steps = [_step(explorer, name, act, size) for name, act in _steps(explorer).items()]
        naive = _naive(explorer)
        first = _median(lambda: explorer.model.choose_range("match_score", *next(_WIDTHS)))
        forecast = _forecast(explorer)
        explorer.close()
    return [
        (f"explorer opened, {size:,} companies", begun, f"seconds; {results.prospects.height:,} prospects"),
        *steps,
        (
            f"naive filter and whole table / drag, {size:,}",
            naive[0] / first,
            f"{naive[0]:.2f} s; {naive[1] / 1e6:.0f} MB",
        ),
        (f"forecast beside, {size:,} companies", forecast[0], f"seconds, for {forecast[1]:,} prospects"),
    ]


def _steps(explorer: ResultsExplorer) -> dict[str, Callable[[], None]]:
    model = explorer.model
    words = iter(["firm 1", "firm 2", "firm 3", "firm 4", "firm 5", "firm 6", "firm 7", "firm 8"])
    places = iter(range(100, 900, 50))
    return {
        "drag across the histogram": lambda: model.choose_range("match_score", *next(_WIDTHS)),
        "two ranges at once": lambda: model.choose_ranges(dict.fromkeys(_NUMBERS, op_range(*next(_WIDTHS)))),
        "search": lambda: (model.clear(), model.search(next(words)))[0],
        "facet": lambda: (model.clear(), model.choose_values("country", (random.choice(COUNTRIES),)))[0],
        "sort, turned round": lambda: model.sort_by("name"),
        "scroll": lambda: explorer._wanted({"act": "window", "value": 40 * next(places)}, []),
        "company in full": lambda: setattr(model, "chosen", next(places)),
    }


def _step(explorer: ResultsExplorer, name: str, act: Callable[[], None], size: int) -> Row:
    CountingComm.sent = 0
    seconds = _median(act)
    each = CountingComm.sent / REPETITIONS
    return f"{name}, {size:,} companies", seconds * 1000, f"milliseconds; {each / 1000:.1f} kB sent"


def _median(act: Callable[[], object]) -> float:
    taken = []
    for _ in range(REPETITIONS):
        start = time.perf_counter()
        act()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def _naive(explorer: ResultsExplorer) -> tuple[float, int]:
    """Return the seconds and bytes of filtering every column and sending all rows, once."""
    start = time.perf_counter()
    sent = explorer.model.rows.filter(pl.col("match_score").is_between(5, 8)).write_json()
    return time.perf_counter() - start, len(sent)


def _forecast(explorer: ResultsExplorer) -> tuple[float, int]:
    explorer.model.clear()
    start = time.perf_counter()
    people = explorer.prospects
    op.bounce_forecast(people)
    return time.perf_counter() - start, people.height


_NUMBERS = ("score", "lowest_bounce_risk")
COUNTRIES = ("Germany", "Austria", "Switzerland", "France")


def op_range(low: float, high: float) -> Any:
    """Return a range as the model takes it."""
    from openprospect_nb.widgets.explorer.filters import Range

    return Range(low, high)


def _widths() -> Any:
    while True:
        yield from ((n / 10, 7 + n / 10) for n in range(20))


_WIDTHS = _widths()


def make_results(count: int) -> op.Results:
    """Return *count* companies, and a prospect each."""
    n = pl.int_range(count, eager=True)
    chance = random.Random(7)
    scores = pl.Series([round(chance.uniform(0, 10), 1) for _ in range(9_973)])
    risks = pl.Series([round(min(100.0, chance.expovariate(1 / 8)), 1) for _ in range(9_967)])
    ids = n.cast(pl.String)
    companies = pl.DataFrame(
        {"order_id": ["bench"] * count, "id": ids, "match_score": scores.gather(n % len(scores))}
    ).with_columns(
        name="Firm " + ids,
        country=pl.Series(COUNTRIES).gather(n % 4),
        city=("Town " + (n % 5_000).cast(pl.String)),
        business_type=("Trade " + (n % 40).cast(pl.String)),
        website_url="https://firm" + ids + ".example",
        description=pl.lit("Builds machines for the packaging of food, in small series, since 1950."),
        employee_count=(n * 7_919) % 3_000,
        source=pl.lit("sandbox"),
    )
    prospects = pl.DataFrame({"order_id": ["bench"] * count, "company_id": ids, "id": ids}).with_columns(
        first_name=pl.lit("Ada"), email="person" + ids + "@firm" + ids + ".example",
        bounce_risk_score=risks.gather(n % len(risks)), qualification_score=scores.gather(n % len(scores)),
    )  # fmt: skip
    return op.Results(companies=_whole(companies, COMPANIES), prospects=_whole(prospects, PROSPECTS))


def _whole(frame: pl.DataFrame, schema: pl.Schema) -> pl.DataFrame:
    empty = [pl.lit(None, dtype=dtype).alias(name) for name, dtype in schema.items() if name not in frame.columns]
    return frame.with_columns(empty).select(pl.col(name).cast(dtype) for name, dtype in schema.items())


if __name__ == "__main__":
    for case, value, explanation in rows():
        print(f"{case:60} {value:9.2f}  {explanation}")
