"""The risk of every list size at once: the k safest recipients for all k, by running moments.

Adding a recipient changes the moments of its domain only, so all sizes cost one pass. The tail follows from mean,
variance and skewness (first Edgeworth term, with continuity correction). Good enough to see where the limit lies;
`send_lists` decides with the distribution itself.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import NamedTuple

import polars as pl

from openprospect_nb.analysis.bounces.calibration import Calibration
from openprospect_nb.analysis.bounces.fate import Cumulants, shared_fate, while_alive

_NORMAL = NormalDist()


class Size(NamedTuple):
    """The k safest recipients: how many, and the moments of their bounces."""

    size: int
    moments: Cumulants

    def over(self, limit: float) -> float:
        """Return about P(bounces > limit * size)."""
        spread = math.sqrt(self.moments.variance)
        allowed = math.floor(limit * self.size + 1e-9)
        if spread == 0:
            return float(self.moments.mean > allowed)
        z = (allowed + 0.5 - self.moments.mean) / spread
        skewness = self.moments.third / spread**3
        return min(1.0, max(0.0, 1 - _NORMAL.cdf(z) + _NORMAL.pdf(z) * skewness * (z * z - 1) / 6))

    def between(self, interval: float) -> tuple[int, int]:
        """Return about the counts between which *interval* of the probability lies (Cornish and Fisher 1937)."""
        spread = math.sqrt(self.moments.variance)
        z = _NORMAL.inv_cdf(0.5 + interval / 2)
        shift = self.moments.third / spread**3 * (z * z - 1) / 6 if spread else 0.0
        low, high = (self.moments.mean + spread * (side * z + shift) for side in (-1, 1))
        return max(0, math.ceil(low - 0.5)), min(self.size, math.ceil(high - 0.5))


@dataclass(slots=True)
class _Domain:
    dead: float
    size: int = 0
    alive: tuple[float, float, float] = (0.0, 0.0, 0.0)
    moments: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def add(self, risk: float) -> None:
        p = while_alive(risk, self.dead)
        spread = p * (1 - p)
        self.size += 1
        self.alive = (self.alive[0] + p, self.alive[1] + spread, self.alive[2] + spread * (1 - 2 * p))
        self.moments = shared_fate(self.dead, float(self.size), self.alive)


def all_sizes(known: pl.DataFrame, share: float, calibration: Calibration | None) -> list[Size]:
    """Return every size from 1 to all of *known* (``p``, ``stated``, ``domain``; safest first)."""
    sizes: list[Size] = []
    mean = variance = third = 0.0
    domains: dict[str, _Domain] = {}
    noise = [0.0] * known.height if calibration is None else _noise(known["stated"].to_list(), calibration)
    for number, (risk, domain) in enumerate(known.select("p", "domain").iter_rows()):
        own = _Domain(0.0) if domain is None else domains.setdefault(domain, _Domain(min(share * risk, 1 - 1e-12)))
        before = own.moments
        own.add(risk)
        mean += own.moments[0] - before[0]
        variance += own.moments[1] - before[1]
        third += own.moments[2] - before[2]
        sizes.append(Size(number + 1, Cumulants(mean, max(0.0, variance) + noise[number], third)))
    return sizes


def _noise(stated: Sequence[float], calibration: Calibration) -> list[float]:
    """Return `Calibration.variance_of_total` of each head of *stated* as a choice, by what each recipient adds."""
    matrix = calibration.errors(is_chosen=True)
    carried = [0.0] * len(matrix)
    total, totals = 0.0, []
    for risk in stated:
        step = calibration.step_of(risk)
        total += 2 * carried[step] + matrix[step][step]
        carried = [held + value for held, value in zip(carried, matrix[step], strict=True)]
        totals.append(total)
    return totals
