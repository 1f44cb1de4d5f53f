"""What leaves an engine, how long it takes and what memory: companies and prospects that lie in Parquet files.

Made by DuckDB, a prospect a company. Each case runs in a process of its own; DuckDB may use 2 GB and spills to disk
beyond that. ``python tests/bench/bench_engine.py`` prints the table for a million companies; ``--companies 10000000``
for ten, ``--cases send_list`` for one of them, ``--engine spark`` for Spark local[2] with a driver of 2 GB, whose own
time and memory are not in the numbers of this process.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import duckdb
import narwhals.stable.v2 as nw
from support.crossing import crossing

import openprospect_nb as op
from openprospect_nb.analysis.table import collect

Row = tuple[str, float, str]
MILLION = 1_000_000
CASES = ("score", "contactable", "bounce_forecast", "send_list", "compare")

_COMPANIES = """
COPY (
  SELECT 'o' || (i % 4) AS order_id, 'c' || i AS id, 'Firm ' || i || ' GmbH' AS name,
    'https://firm' || i || '.example/' AS website_url, 'Ulm' AS city, 'Germany' AS country,
    CASE WHEN i % 20 = 0 THEN NULL ELSE (hash(i) % 101) / 10.0 END AS match_score, (hash(i + 1) % 3000)::BIGINT
    AS employee_count
  FROM range({count}) t(i)
) TO '{path}' (FORMAT parquet)
"""
_PROSPECTS = """
COPY (
  SELECT 'o' || (i % 4) AS order_id, 'c' || i AS company_id, 'p' || i AS id, 'Maja' AS first_name,
    'Brenner' || (i % 977) AS last_name, ['CEO', 'Head of Sales', 'Assistant', NULL][1 + i % 4] AS job_title,
    CASE WHEN i % 40 = 0 THEN 'maja' || i || '@gmail.com' ELSE 'm.brenner' || i || '@firm' || (i // 3) || '.example' END
    AS email, CASE i % 9 WHEN 0 THEN 'role' WHEN 1 THEN 'catch_all' ELSE 'personal' END AS email_type,
    (hash(i + 2) % 101) / 10.0 AS qualification_score, 50.0 + hash(i + 3) % 51 AS validation_confidence,
    CASE WHEN i % 10 = 0 THEN NULL ELSE least(100.0, -8 * ln((1 + hash(i + 4) % 1000) / 1001.0)) END
    AS bounce_risk_score
  FROM range({count}) t(i)
) TO '{path}' (FORMAT parquet)
"""


def rows(companies: int = MILLION, cases: tuple[str, ...] = CASES, engine: str = "duckdb") -> Iterator[Row]:
    """Yield (name, rows crossing over rows of input, detail) of each case."""
    with tempfile.TemporaryDirectory() as folder:
        for name, query in (("companies", _COMPANIES), ("prospects", _PROSPECTS)):
            duckdb.connect().execute(query.format(count=companies, path=f"{folder}/{name}.parquet"))
        for case in cases:
            command = [sys.executable, __file__, "--case", case, "--folder", folder, "--engine", engine]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            found = json.loads(done.stdout.splitlines()[-1])
            detail = (
                f"{found['rows']:,} rows and {found['bytes'] / 1e3:,.0f} kB crossed; {found['clock']:.0f} s, "
                f"{found['processor']:.0f} s of processor; peak {found['peak'] / 1e9:.1f} GB; {found['answer']}"
            )
            yield f"{case}, {companies:,} companies in {engine}", found["rows"] / companies, detail


def _in_duckdb(folder: str) -> tuple[Any, Any]:
    connection = duckdb.connect(
        config={"memory_limit": "2GB", "temp_directory": folder, "threads": os.cpu_count() or 1}
    )
    # Order of insertion would have to be kept in memory.
    connection.execute("SET preserve_insertion_order = false")
    companies, prospects = (connection.read_parquet(f"{folder}/{n}.parquet") for n in ("companies", "prospects"))
    return companies, prospects


def _in_spark(folder: str) -> tuple[Any, Any]:
    from pyspark.sql import SparkSession

    settings = {"driver.memory": "2g", "local.dir": folder, "ui.enabled": "false", "sql.session.timeZone": "UTC"}
    building = SparkSession.builder.master("local[2]")
    for name, value in settings.items():
        building = building.config(f"spark.{name}", value)
    session = building.getOrCreate()
    companies, prospects = (session.read.parquet(f"{folder}/{n}.parquet") for n in ("companies", "prospects"))
    return companies, prospects


def _measured(case: str, folder: str, engine: str) -> dict[str, Any]:
    companies, prospects = {"duckdb": _in_duckdb, "spark": _in_spark}[engine](folder)
    asked: dict[str, Callable[[], object]] = {
        "score": lambda: _summed(op.score(companies, sort=False), nw.col("score").round(-1), "score"),
        "contactable": lambda: _summed(op.contactable(prospects), nw.col("tier"), "bounce_risk_score"),
        "bounce_forecast": lambda: op.bounce_forecast(prospects),
        "send_list": lambda: op.send_list(prospects),
        "compare": lambda: op.compare(companies, prospects=prospects),
    }
    start, used = time.perf_counter(), time.process_time()
    with crossing() as crossed:
        answer = asked[case]()
    return {
        "rows": crossed.rows,
        "bytes": crossed.bytes,
        "clock": time.perf_counter() - start,
        "processor": time.process_time() - used,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "answer": str(answer)[:90],
    }


def _summed(relation: object, by: nw.Expr, value: str) -> list[tuple[object, ...]]:
    """Return how many rows there are in each group, and their mean value."""
    lazy: Any = nw.from_native(relation)
    grouped = lazy.with_columns(by.alias("by")).group_by("by").agg(nw.len().alias("n"), nw.col(value).mean())
    return sorted(collect(grouped, ["by", "n", value]).rows(), key=str)


def main() -> None:
    """Print each case."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--case")
    asked.add_argument("--folder")
    asked.add_argument("--companies", type=int, default=MILLION)
    asked.add_argument("--engine", default="duckdb", choices=("duckdb", "spark"))
    asked.add_argument("--cases", default=",".join(CASES))
    given = asked.parse_args()
    if given.case:
        print(json.dumps(_measured(given.case, given.folder, given.engine)))
        return
    for name, ratio, detail in rows(given.companies, tuple(given.cases.split(",")), given.engine):
        print(f"{name:52} {ratio:.5f}  {detail}", flush=True)


if __name__ == "__main__":
    main()
