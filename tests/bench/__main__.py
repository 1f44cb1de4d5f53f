"""All benchmarks in one command: ``python tests/bench``; prints ratios and writes ``tests/output/bench.json``.

``python tests/bench fetch import`` runs only those named. Nothing here passes or fails: the numbers are for reading,
on the machine and under the load they state.
"""

import importlib
import json
import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import polars as pl

NAMES = ("decode", "memory", "fetch", "store", "analysis", "engine", "market", "figures", "widgets", "desk", "import")


def main(names: list[str]) -> None:
    """Run the benchmarks named, or all that are there."""
    found = [n for n in names or NAMES if (Path(__file__).parent / f"bench_{n}.py").is_file()]
    machine = {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "polars": pl.__version__,
        "cores": os.cpu_count(),
        "machine": platform.machine(),
    }
    measured = []
    for name in found:
        print(f"\n{name}", flush=True)
        for case, ratio, detail in importlib.import_module(f"bench.bench_{name}").rows():
            measured.append({"benchmark": name, "case": case, "ratio": round(ratio, 3), "detail": detail})
            print(f"  {case:76} {ratio:7.2f}  {detail}", flush=True)
    target = Path(__file__).parents[1] / "output" / "bench.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps({"machine": machine, "measured": measured}, indent=2) + "\n", encoding="utf-8")
    print(f"\n{machine} → {target.relative_to(Path(__file__).parents[2])}")


if __name__ == "__main__":
    main(sys.argv[1:])
