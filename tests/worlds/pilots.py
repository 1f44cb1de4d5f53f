"""The forecast of a pilot at fixed rates and sizes: ``python -m tests.worlds.pilots`` prints a table of it.

Each cell has one true rate, a kind of market whose size is drawn, and an order as it was placed: what a market that has
ended does not deliver is not good either. Intervals too narrow and too wide both count.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from openprospect_nb.analysis.intervals import Interval, wilson
from openprospect_nb.yields import Batch, Yields

from .cells import FIRST
from .seasons import VENDORS, Vendor

LEVEL = 0.9
WANTED = Interval(0.86, 0.94)
RATES = (0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9)
SIZES = (100, 200, 500, 1000)
PILOT = 25
DRAWS = 2000


class Held(NamedTuple):
    """Of *n* forecasts, how often fewer and how often more good ones came than was said."""

    n: int
    below: int
    above: int

    @property
    def kept(self) -> float:
        """The share of forecasts that held, 0-1."""
        return 1 - (self.below + self.above) / self.n

    @property
    def interval(self) -> Interval:
        """The chance that a forecast holds, at 90 %."""
        return wilson(self.n - self.below - self.above, self.n)

    @property
    def is_too_narrow(self) -> bool:
        """Whether it holds too seldom, beyond doubt."""
        return self.interval.high < WANTED.low

    @property
    def is_too_wide(self) -> bool:
        """Whether it holds too often, beyond doubt."""
        return self.interval.low > WANTED.high


@cache
def foretold(good: int, rest: int) -> tuple[float, float]:
    """Return the interval after a pilot with so many good ones, as `orders.pilot` gives it."""
    return Yields({"pilot": [Batch(0, PILOT, good, PILOT)]}).count_interval("pilot", rest, LEVEL, seed=1)


@cache
def _believed(good: int, rest: int) -> np.ndarray:
    yields = Yields({"pilot": [Batch(0, PILOT, good, PILOT)]})
    return np.sort(yields.drawn({"pilot": rest}, np.random.default_rng(2), 16_000)[:, 0])


@cache
def _shapes(vendor: Vendor, draws: int, first: int) -> np.ndarray:
    """Return how rates go from 1 in so many markets, a row each; nothing comes after a market's end."""
    sizes = np.exp(np.random.default_rng(first).uniform(np.log(150), np.log(3000), draws)).astype(int)
    shapes = np.zeros((draws, max(SIZES)), dtype=np.float32)
    for row, size in zip(shapes, sizes, strict=True):
        own = vendor.rates(1.0, int(size))[: max(SIZES)]
        row[: len(own)] = own
    return shapes


def held(vendor: Vendor, rate: float, of: int, draws: int = DRAWS, first: int = FIRST) -> Held:
    """Return how often the forecast of a pilot of 25 held for the rest of an order of so many."""
    seen, came = _drawn(vendor, rate, of, draws, first)
    low, high = np.array([foretold(int(good), of - PILOT) for good in range(seen.max() + 1)])[seen].T
    return Held(draws, int((came < low).sum()), int((came > high).sum()))


def unlumped(vendor: Vendor, rate: float, of: int, draws: int = DRAWS, first: int = FIRST) -> float:
    """Return the share (0-1) that holds if an end of the interval counts for as much as makes it 90 % to the dot.

    That is the randomised probability integral transform. What `held` has more is due to counting whole companies.
    """
    rng = np.random.default_rng([first, 1])
    seen, came = _drawn(vendor, rate, of, draws, first)
    inside = 0
    for good in np.unique(seen):
        believed, own = _believed(int(good), of - PILOT), came[seen == good]
        below, upto = (np.searchsorted(believed, own, side) / len(believed) for side in ("left", "right"))
        inside += int((np.abs(below + rng.random(len(own)) * (upto - below) - 0.5) <= LEVEL / 2).sum())
    return inside / draws


def _drawn(vendor: Vendor, rate: float, of: int, draws: int, first: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the good companies of so many pilots, and of what was ordered after each."""
    rng = np.random.default_rng([first, of, int(1000 * rate)])
    good = rng.random((draws, of), dtype=np.float32) < rate * _shapes(vendor, draws, first)[:, :of]
    return good[:, :PILOT].sum(axis=1), good[:, PILOT:].sum(axis=1)


def _marked(found: Held) -> str:
    shown = f"{100 * found.kept:.1f}"
    return f"**{shown}**" if found.is_too_narrow or found.is_too_wide else shown


def main() -> None:
    """Print the table."""
    print(f"| market, order | {' | '.join(f'{rate:.0%}' for rate in RATES)} |")
    print(f"|---|{'---|' * len(RATES)}")
    for vendor in VENDORS:
        for of in SIZES:
            shown = " | ".join(
                f"{_marked(held(vendor, rate, of))} ({100 * unlumped(vendor, rate, of):.1f})" for rate in RATES
            )
            print(f"| {vendor.name}, 25 of {of:,} | {shown} |", flush=True)


if __name__ == "__main__":
    main()
