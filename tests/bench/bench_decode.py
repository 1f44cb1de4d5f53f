"""How long the way from bytes to frames takes, over `orjson.loads` of the same bytes (which makes no frame).

Each contender runs in turn within every repetition, so that a busy machine slows all of them; medians are compared.
One thread is compared by seconds of the processor, two threads by the clock: on a machine that others use as well the
latter say little.
Run by hand: ``python tests/bench/bench_decode.py`` (about a minute).
"""

import gc
import importlib.util
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import polars as pl

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.bench_decode_pages import pages

from openprospect_nb.frames import Decoder

Row = tuple[str, float, str]
SEEDS = (7, 99)


def rows(*, large: bool = True) -> list[Row]:
    """Return (name, ratio, detail) of each case; *large* adds 1,000 pages."""
    return list(_rows(large=large))


def _rows(*, large: bool) -> Iterator[Row]:
    for seed in SEEDS:
        yield from _against_floor(f"1 page, seed {seed}", pages(1, seed), 200)
        yield from _against_floor(f"100 pages, seed {seed}", pages(100, seed), 11)
    yield from _against_floor("100 pages, no prospects", pages(100, SEEDS[0], people=0), 11)
    yield from _against_floor("100 pages, one odd value each", _changed(pages(100, SEEDS[0]), _one_odd), 5)
    yield from _against_floor("100 pages, a field added", _changed(pages(100, SEEDS[0]), _one_added), 5)
    if large:
        yield from _against_floor("1,000 pages", pages(1000, SEEDS[0]), 3)
    yield from _against_others(pages(100, SEEDS[0]))


def _against_floor(name: str, body: Sequence[bytes], repetitions: int) -> Iterator[Row]:
    import orjson

    size = sum(map(len, body)) / 1e6
    for threads, clock in ((1, time.process_time), (2, time.perf_counter))[: len(body)]:
        contenders = {
            "floor": lambda: [orjson.loads(page) and None for page in body],
            "ours": lambda threads=threads: decode(body, threads),
        }
        medians = interleaved(contenders, repetitions, clock)
        detail = _detail(medians["ours"], medians["floor"], size)
        yield f"decode / orjson.loads, {name}, {threads} thread(s)", medians["ours"] / medians["floor"], detail


def _against_others(body: Sequence[bytes]) -> Iterator[Row]:
    contenders: dict[str, Callable[[], object]] = {
        "ours": lambda: decode(body, 2),
        "pl.DataFrame(dicts)": lambda: _from_dicts(body),
    }
    if importlib.util.find_spec("pandas"):
        contenders["pandas json_normalize"] = lambda: _with_pandas(body)
    medians = interleaved(contenders, 3)
    ours = medians.pop("ours")
    for contender, seconds in medians.items():
        yield f"{contender} / decode, 100 pages", seconds / ours, f"{seconds * 1e3:.0f} ms against {ours * 1e3:.0f} ms"


def decode(body: Sequence[bytes], threads: int) -> object:
    """Return the frames of pages."""
    decoder = Decoder("order", "sandbox")
    decoder.feed_all(body, threads)
    return decoder.finish()


def interleaved(
    contenders: dict[str, Callable[[], object]], repetitions: int, clock: Callable[[], float] = time.perf_counter
) -> dict[str, float]:
    """Return the median seconds of each contender; all run once a repetition, after one unmeasured round."""
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for repetition in range(repetitions + 1):
        for name, run in contenders.items():
            gc.collect()
            start = clock()
            run()
            if repetition:
                seconds[name].append(clock() - start)
    return {name: statistics.median(values) for name, values in seconds.items()}


def _detail(seconds: float, floor: float, size: float) -> str:
    return f"{seconds * 1e3:.1f} ms over {floor * 1e3:.1f} ms, {size:.1f} MB, load {os.getloadavg()[0]:.1f}"


def _changed(body: Sequence[bytes], change: Callable[[list[dict[str, object]]], None]) -> list[bytes]:
    made = []
    for page in body:
        content = json.loads(page)
        change(content["items"])
        made.append(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode())
    return made


def _one_odd(items: list[dict[str, object]]) -> None:
    items[5]["employee_count"] = 3.7


def _one_added(items: list[dict[str, object]]) -> None:
    for item in items:
        item["revenue"] = 1e6


def _from_dicts(body: Sequence[bytes]) -> object:
    companies = [company for page in body for company in json.loads(page)["items"]]
    prospects = [prospect for company in companies for prospect in company.pop("prospects")]
    return pl.DataFrame(companies, infer_schema_length=None), pl.DataFrame(prospects, infer_schema_length=None)


def _with_pandas(body: Sequence[bytes]) -> object:
    import pandas as pd

    companies = [company for page in body for company in json.loads(page)["items"]]
    people = pd.json_normalize(companies, "prospects")
    return pd.json_normalize(companies, max_level=0), people


if __name__ == "__main__":
    for case, ratio, explanation in _rows(large="--small" not in sys.argv):
        print(f"{ratio:7.2f}  {case}  ({explanation})", flush=True)
