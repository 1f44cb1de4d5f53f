"""Peak memory of the way from bytes to frames, over the bytes; each case in a fresh process.

The high-water mark of the process is reset after the pages are in memory, so that only what decoding adds is counted.
Linux only (``/proc``). Run by hand: ``python tests/bench/bench_memory.py``.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

Row = tuple[str, float, str]
CASES = (
    ("100 pages, seed 7, 1 thread", 100, 7, None, 1),
    ("100 pages, seed 99, 2 threads", 100, 99, None, 2),
    ("100 pages, no prospects, 1 thread", 100, 7, 0, 1),
    ("1,000 pages, 1 thread", 1000, 7, None, 1),
)


def rows() -> list[Row]:
    """Return (name, ratio, detail) of each case."""
    return list(_rows())


def _rows() -> Iterator[Row]:
    for name, count, seed, people, threads in CASES:
        case = json.dumps([count, seed, people, threads])
        done = subprocess.run([sys.executable, __file__, case], check=True, capture_output=True, text=True)
        added, size = json.loads(done.stdout)
        yield f"peak memory / bytes, {name}", added / size, f"{added / 1e6:.0f} MB over {size / 1e6:.0f} MB"


def measure(count: int, seed: int, people: int | None, threads: int) -> tuple[int, int]:
    """Return the bytes decoding added at its peak, and the bytes of the pages."""
    from bench.bench_decode import decode
    from bench.bench_decode_pages import pages

    decode(pages(2, seed, people=people), threads)
    body = pages(count, seed, people=people)
    Path("/proc/self/clear_refs").write_text("5")
    before = status("VmRSS")
    frames = decode(body, threads)
    after = status("VmHWM")
    del frames
    return after - before, sum(map(len, body))


def status(name: str) -> int:
    """Return a size in bytes that Linux knows of this process, such as ``VmRSS``."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(measure(*json.loads(sys.argv[1]))))
    else:
        for case, ratio, explanation in _rows():
            print(f"{ratio:7.2f}  {case}  ({explanation})", flush=True)
