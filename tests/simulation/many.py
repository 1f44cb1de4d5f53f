"""Many worlds: a range of seeds in several processes, what they came to, and a record that a later run goes on from."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from .plan import plan_of
from .world import run

CHUNK = 50


@dataclass(slots=True)
class Tally:
    """What a number of worlds came to: *given* of them gave the first order asked for; *broken* maps rules to seeds."""

    worlds: int = 0
    orders: int = 0
    requests: int = 0
    faults: int = 0
    cut_short: int = 0
    given: int = 0
    most_faults: int = 0
    broken: dict[str, list[int]] = field(default_factory=dict)

    def add(self, other: Tally) -> None:
        """Take another tally in."""
        for name in ("worlds", "orders", "requests", "faults", "cut_short", "given"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.most_faults = max(self.most_faults, other.most_faults)
        for rule, seeds in other.broken.items():
            self.broken.setdefault(rule, []).extend(seeds)

    def __str__(self) -> str:
        """Say it in one line, and one for each rule that was broken."""
        head = (
            f"{self.worlds:,} worlds: {self.orders:,} orders, {self.requests:,} requests, {self.faults:,} faults,"
            f" {self.cut_short:,} cut short"
        )
        rules = [
            f"  {rule}: {len(seeds):,} times, first by seed {min(seeds)}" for rule, seeds in sorted(self.broken.items())
        ]
        return "\n".join([head, *rules])


def tally_of(seeds: Iterable[int]) -> Tally:
    """Run the worlds of *seeds* here."""
    tally = Tally()
    for seed in seeds:
        report = run(plan_of(seed))
        tally.worlds += 1
        tally.orders += report.orders
        tally.requests += report.requests
        tally.faults += len(report.struck)
        tally.cut_short += report.was_cut_short
        tally.given += report.first_given
        tally.most_faults = max(tally.most_faults, len(report.struck))
        for rule in Counter(violation.rule for violation in report.violations):
            tally.broken.setdefault(rule, []).append(seed)
    return tally


def run_many(first: int, count: int, *, processes: int, seconds: float | None = None) -> Iterator[tuple[int, Tally]]:
    """Yield the tally of each chunk of seeds with the number of its first one, until done or *seconds* are over.

    Chunks are handed out one by one, so that a run that is stopped has left no gap behind what it yielded.
    """
    ends_at = None if seconds is None else time.monotonic() + seconds
    starts = iter(range(first, first + count, CHUNK))
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        waiting: list[tuple[int, Future[Tally]]] = []
        while True:
            while len(waiting) < processes * 2 and (ends_at is None or time.monotonic() < ends_at):
                start = next(starts, None)
                if start is None:
                    break
                waiting.append((start, pool.submit(tally_of, range(start, min(start + CHUNK, first + count)))))
            if not waiting:
                return
            start, done = waiting.pop(0)
            yield start, done.result()


class Record:
    """A file that says how far the seeds were run, and what was found; a later run goes on from there."""

    def __init__(self, path: Path) -> None:
        self._path = path
        known: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {"next": 0, "tally": {}}
        self.next_seed: int = known["next"]
        self.tally = Tally(**known["tally"])

    def add(self, start: int, tally: Tally) -> None:
        """Write down a chunk."""
        self.tally.add(tally)
        self.next_seed = start + tally.worlds
        whole = {"next": self.next_seed, "tally": asdict(self.tally)}
        self._path.write_text(json.dumps(whole, indent=1), "utf-8")
