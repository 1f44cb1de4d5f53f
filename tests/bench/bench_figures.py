"""How much larger a chart of 1,000,000 rows is than one of 10,000, in bytes; and how long both take to make.

Run by hand: ``python tests/bench/bench_figures.py`` (half a minute).
"""

import random
import sys
import time
from pathlib import Path

import polars as pl

sys.path.insert(0, str(Path(__file__).parents[1]))

import openprospect_nb as op
from openprospect_nb.frames.schemas import COMPANIES, PROSPECTS

Row = tuple[str, float, str]
SIZES = (10_000, 1_000_000)


def rows() -> list[Row]:
    """Return (name, ratio of bytes, detail) of each of the three first charts."""
    made = {size: results(size) for size in SIZES}
    return [_row(name, made) for name in ("match_score", "prospect_quality", "bounce_risk")]


def _row(name: str, made: dict[int, op.Results]) -> Row:
    size, seconds = {}, {}
    for count, some in made.items():
        start = time.perf_counter()
        size[count] = len(getattr(op.charts, name)(some).to_json())
        seconds[count] = time.perf_counter() - start
    few, many = SIZES
    detail = f"{size[many] / 1e3:.1f} kB over {size[few] / 1e3:.1f} kB; {seconds[many]:.2f} s over {seconds[few]:.2f} s"
    return f"charts.{name}, 1,000,000 rows / 10,000 rows, bytes", size[many] / size[few], detail


def results(count: int) -> op.Results:
    """Return *count* companies with a prospect each, scores drawn at random."""
    chance = random.Random(7)
    scores = [round(chance.uniform(0, 10), 1) for _ in range(count)]
    companies = pl.DataFrame({"order_id": ["bench"] * count, "id": range(count), "match_score": scores})
    prospects = pl.DataFrame(
        {
            "order_id": ["bench"] * count,
            "company_id": range(count),
            "id": range(count),
            "email": ["a@b.example"] * count,
            "qualification_score": scores,
            "validation_confidence": [10 * score for score in scores],
            "bounce_risk_score": [100 - 10 * score for score in scores],
        }
    )
    return op.Results(companies=_whole(companies, COMPANIES), prospects=_whole(prospects, PROSPECTS))


def _whole(frame: pl.DataFrame, schema: pl.Schema) -> pl.DataFrame:
    empty = [pl.lit(None, dtype=dtype).alias(name) for name, dtype in schema.items() if name not in frame.columns]
    return frame.with_columns(empty).select(pl.col(name).cast(dtype) for name, dtype in schema.items())


if __name__ == "__main__":
    for case, ratio, explanation in rows():
        print(f"{case:72} {ratio:6.2f}  {explanation}")
