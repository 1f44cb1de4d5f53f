"""A promise in one world: how often it was kept, and how large what was promised was."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from openprospect_nb.analysis.intervals import Interval, wilson, z_value

FIRST = 10_000
"""The first seed. Those below were drawn while constants such as `belief.CAUTION` were chosen, and judge no more."""


class Trial(NamedTuple):
    """Whether a promise was kept once, and its size over that of somebody who is told the truth."""

    kept: bool
    size: float
    oracle: float


@dataclass(frozen=True, slots=True)
class Promise:
    """A promise of the package, and its worlds.

    Attributes:
        name, says: what it is called, and what it says.
        may_break: how often it may break, 0-1.
        worlds: by name; from a seed to what became of it there: a trial, or only whether it was kept.
        measure: what the size is.
        may_hold: how often it may hold at most, 0-1; an interval that holds more often is wider than it says.
    """

    name: str
    says: str
    may_break: float
    worlds: Mapping[str, Callable[[int], Trial | bool]]
    measure: str = "size"
    may_hold: float = 1.0


@dataclass(frozen=True, slots=True)
class Cell:
    """How often a promise was kept in a world, and how large it was beside that of somebody who knows the truth.

    ``size`` is None where there is nothing to measure; ``around`` is its interval at 90 %, None where it has none.
    """

    kept: int
    n: int
    size: float | None = None
    around: Interval | None = None

    @property
    def interval(self) -> Interval:
        """The chance that the promise is kept, at 90 %."""
        return wilson(self.kept, self.n)

    @property
    def shown_size(self) -> str:
        """The size in words, with its interval."""
        if self.size is None:
            return ""
        around = "" if self.around is None else f" ({self.around.low:.1%} to {self.around.high:.1%})"
        return f"{self.size:.1%}{around}"

    def __str__(self) -> str:
        """Return "kept of n (interval), size"."""
        low, high = self.interval
        size = f", {self.shown_size}" if self.shown_size else ""
        return f"{self.kept} of {self.n} ({low:.0%} to {high:.0%}){size}"


def cell(tried: Callable[[int], Trial | bool], draws: int, first: int = FIRST) -> Cell:
    """Return what became of a promise in so many draws of one of its worlds."""
    found = [tried(seed) for seed in range(first, first + draws)]
    trials = [each for each in found if isinstance(each, Trial)]
    kept = sum(each.kept if isinstance(each, Trial) else each for each in found)
    if not trials:
        return Cell(kept, draws)
    return Cell(kept, draws, *_ratio(np.array([t.size for t in trials]), np.array([t.oracle for t in trials])))


def _ratio(sizes: np.ndarray, oracles: np.ndarray) -> tuple[float, Interval | None]:
    """Return the sum of the sizes over that of the oracles, and its interval over draws (Cochran 1977, section 6.3)."""
    total, n = max(1e-9, float(oracles.sum())), len(sizes)
    ratio = float(sizes.sum()) / total
    if n < 2:
        return ratio, None
    error = float(np.sqrt(((sizes - ratio * oracles) ** 2).sum() * n / (n - 1))) / total
    return ratio, Interval(max(0.0, ratio - z_value(0.9) * error), ratio + z_value(0.9) * error)
