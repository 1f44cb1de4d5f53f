"""How long importing the package takes, over importing polars and httpx, each in fresh processes.

Run by hand: ``python tests/bench/bench_import.py`` (half a minute).
"""

import statistics
import subprocess
import sys
import time

Row = tuple[str, float, str]
CASES = {"ours": "import openprospect_nb", "theirs": "import polars, httpx"}


def rows(*, repetitions: int = 11) -> list[Row]:
    """Return (name, ratio, detail) of the import."""
    taken = {name: [] for name in CASES}
    for _ in range(repetitions):
        for name, code in CASES.items():
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True)
            taken[name].append(time.perf_counter() - start)
    ours, theirs = (statistics.median(taken[name]) for name in ("ours", "theirs"))
    return [
        ("import openprospect_nb / import polars, httpx", ours / theirs, f"{ours * 1e3:.0f} ms, interpreter included")
    ]


if __name__ == "__main__":
    for case, ratio, explanation in rows():
        print(f"{case:72} {ratio:6.2f}  {explanation}")
