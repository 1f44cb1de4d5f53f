"""Results on disk: writing, opening, reading after an upsert, and queries over many orders.

``growth`` writes up to 10 million generated companies (1,000 orders) to a temporary folder and queries them lazily.
Run by hand: ``python tests/bench/bench_store.py [--growth]``.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl

sys.path.insert(0, str(Path(__file__).parents[1]))

from openprospect_nb.frames import Results
from openprospect_nb.frames.schemas import COMPANIES

Row = tuple[str, float, str]
PER_ORDER = 10_000


def rows(*, growth: bool = True) -> list[Row]:
    """Return (name, ratio, detail) of each case; *growth* adds the queries over 1 and 10 million companies."""
    return list(_rows(growth=growth))


def _rows(*, growth: bool) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        for size in (10_000, 100_000):
            yield from _one_order(Path(folder), size)
    if growth:
        with tempfile.TemporaryDirectory() as folder:
            yield from _growth(Path(folder))


def companies(order: int, size: int) -> pl.DataFrame:
    """Return *size* generated companies of one order, with texts, scores, a list and a time in each."""
    place = pl.int_range(size)
    mixed = place.hash(seed=order)
    score = pl.when(mixed % 10 == 0).then(None).otherwise((mixed % 21).cast(pl.Float64) / 2)
    cities = pl.Series(["München", "Graz", "Uppsala", "Lyon"], dtype=pl.String)
    frame = pl.select(
        order_id=pl.lit(f"order-{order}"),
        id=pl.format("company-{}-{}", pl.lit(order), place),
        name=pl.format("Firma {} GmbH", mixed % 100_000),
        normalized_url=pl.format("firma-{}.example", mixed % 5_000_000),
        city=pl.lit(cities).gather(mixed % 4),
        country=pl.lit("Germany"),
        employee_count=(mixed % 5000).cast(pl.Int64),
        match_score=score,
        match_reasons=pl.concat_list(pl.lit("Industry"), pl.format("Reason {}", mixed % 50)),
        delivered_at=pl.datetime(2026, 5, 6, time_unit="us", time_zone="UTC") + pl.duration(milliseconds=place),
        source=pl.lit("sandbox"),
    )
    return frame.select(
        pl.col(name) if name in frame.columns else pl.lit(None, dtype=dtype).alias(name)
        for name, dtype in COMPANIES.items()
    )


def _one_order(folder: Path, size: int) -> Iterator[Row]:
    results = Results(companies=companies(0, size), provenance={"icp_hash": "a"})
    path = results.write(folder / str(size))
    plain = _median(lambda: [pl.read_parquet(path / f"{name}.parquet") for name in ("companies", "prospects")])
    opened = _median(lambda: Results.read(path))
    newer = Results(companies=results.companies.tail(size // 100).with_columns(match_score=pl.lit(1.0)))
    upserting = _median(lambda: Results.read(path).upsert(newer).write(path))
    again = _median(lambda: Results.read(path))
    writing = _median(lambda: results.write(path))
    rows = f"{size:,} companies"
    yield f"open results / plain read, {rows}", opened / plain, f"{opened * 1e3:.0f} ms over {plain * 1e3:.0f} ms"
    yield (
        f"read after a 1 % upsert / plain read, {rows}",
        again / plain,
        f"{again * 1e3:.0f} ms over {plain * 1e3:.0f} ms",
    )
    yield (
        f"upsert (read, replace, write) / write, {rows}",
        upserting / writing,
        f"write {writing * 1e3:.0f} ms, flushed to disk",
    )


def _growth(folder: Path) -> Iterator[Row]:
    seconds: dict[tuple[str, int], tuple[float, int]] = {}
    for first, last in ((0, 100), (100, 1000)):
        for order in range(first, last):
            facts = {"icp_hash": f"icp-{order % 10}", "icp": {"profile_name": f"ICP {order % 10}"}}
            Results(companies=companies(order, PER_ORDER), provenance=facts).write(folder / f"order-{order}")
        for query in _QUERIES:
            seconds[query, last] = _measured(query, folder)
    for query in _QUERIES:
        (small, low), (large, high) = seconds[query, 100], seconds[query, 1000]
        yield f"{query}, time 10M / 1M", large / small, f"{large:.2f} s over {small:.2f} s, {small:.2f} s for 1M"
        yield (
            f"{query}, peak memory 10M / 1M",
            high / low,
            f"{high / 1e6:.0f} MB over {low / 1e6:.0f} MB above the start",
        )


def _group(scan: pl.LazyFrame) -> pl.LazyFrame:
    score = pl.col("match_score") * 10 + pl.col("employee_count").clip(0, 1000) / 100
    scored = scan.with_columns(score=score).filter(pl.col("score") > 50)
    return scored.group_by("icp_name", "city").agg(pl.len(), pl.col("score").mean())


def _top(scan: pl.LazyFrame) -> pl.LazyFrame:
    return scan.select("order_id", "id", "match_score", "employee_count").top_k(
        1000, by=["match_score", "employee_count"]
    )


_QUERIES: dict[str, Callable[[pl.LazyFrame], pl.LazyFrame]] = {"score, filter, group-by": _group, "top 1,000": _top}


def _measured(query: str, folder: Path) -> tuple[float, int]:
    """Return the median seconds and the peak bytes of a query, in a fresh process."""
    done = subprocess.run(
        [sys.executable, __file__, "--query", query, str(folder)], check=True, capture_output=True, text=True
    )
    seconds, peak = json.loads(done.stdout)
    return seconds, peak


def _query(query: str, folder: str) -> tuple[float, int]:
    from bench.bench_memory import _status

    run = _QUERIES[query]
    Results.scan(folder).companies.head(1).collect()
    before = _status("VmRSS")
    seconds = _median(lambda: run(Results.scan(folder).companies).collect(engine="streaming"), 3)
    return seconds, _status("VmHWM") - before


def _median(run: Callable[[], object], repetitions: int = 7) -> float:
    measured = []
    for _ in range(repetitions):
        start = time.perf_counter()
        run()
        measured.append(time.perf_counter() - start)
    return statistics.median(measured)


if __name__ == "__main__":
    if "--query" in sys.argv:
        print(json.dumps(_query(*sys.argv[2:4])))
    else:
        for case, ratio, explanation in _rows(growth="--growth" in sys.argv):
            print(f"{ratio:7.2f}  {case}  ({explanation})", flush=True)
