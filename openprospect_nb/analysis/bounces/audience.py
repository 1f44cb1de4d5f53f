"""The recipients of a list in arrays, and the moments of the bounces of every head of it at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from openprospect_nb.analysis.bounces.poisson_binomial import Crowd, Floats, Ints, mixed_moments, tallied


@dataclass(frozen=True, slots=True)
class Audience:
    """Recipients, safest first where heads of them are asked for.

    Attributes:
        risks: 0-1. domains: a number a domain, -1 for nobody's.
        grouped: the places of those with a domain, domain by domain, safest first within each.
    """

    risks: Floats
    domains: Ints
    grouped: Ints

    @property
    def size(self) -> int:
        """How many recipients."""
        return len(self.risks)

    @property
    def neighbours(self) -> Neighbours:
        """How the first 1, 2, ... lie on domains."""
        starts, sizes = runs(self.domains[self.grouped])
        places = np.zeros(self.size, dtype=np.int64)
        places[self.grouped] = np.arange(1, len(self.grouped) + 1) - np.repeat(starts, sizes)
        # The second of a domain makes two who are not alone, each further one adds itself.
        return Neighbours(np.maximum.accumulate(places), np.cumsum(np.where(places == 2, 2, places > 2)))

    def crowd(self, size: int | None = None) -> Crowd:
        """Return the first *size*, all by default."""
        size = self.size if size is None else size
        inside = self.grouped[self.grouped < size][::-1]
        return self._gathered(inside, self.risks[:size][self.domains[:size] < 0])

    def part(self, chosen: NDArray[np.bool_]) -> Crowd:
        """Return those that are *chosen*, place by place."""
        return self._gathered(self.grouped[chosen[self.grouped]][::-1], self.risks[chosen & (self.domains < 0)])

    def _gathered(self, inside: Ints, nobodys: Floats) -> Crowd:
        _, sizes = runs(self.domains[inside])
        is_shared = np.repeat(sizes > 1, sizes)
        alone, times = tallied(np.concatenate([nobodys, self.risks[inside[~is_shared]]]))
        shared = sizes[sizes > 1]
        return Crowd(alone, times, self.risks[inside[is_shared]], np.cumsum(shared) - shared)


class Neighbours(NamedTuple):
    """Of the first 1, 2, ...: the size of the ``largest`` domain, and how many are ``shared``, not alone on theirs."""

    largest: Ints
    shared: Ints


class Heads(NamedTuple):
    """Moments of the bounces of the 1, 2, ... safest: ``mean`` and, a row a share, ``variance`` and ``third``.

    ``slope`` is how fast the mean grows with the log-odds of all.
    """

    mean: Floats
    slope: Floats
    variance: Floats
    third: Floats

    def at(self, sizes: Ints) -> Heads:
        """Return the moments of these sizes alone."""
        place = sizes - 1
        return Heads(self.mean[place], self.slope[place], self.variance[:, place], self.third[:, place])


def audience_of(known: pl.DataFrame, risks: Floats) -> Audience:
    """Return the recipients of *known* (``domain``), which *risks* (0-1) belong to."""
    codes = np.unique(known["domain"].hash().to_numpy(), return_inverse=True)[1].astype(np.int64)
    domains = np.where(known["domain"].is_null().to_numpy(), -1, codes)
    order = np.argsort(domains + risks / 2, kind="stable")  # equal risks stay in their places
    return Audience(risks, domains, order[np.searchsorted(domains[order], 0) :])


def heads(audience: Audience, risks: Floats, shares: Sequence[float]) -> Heads:
    """Return the moments of every head of the audience, at *risks* in place of its own, for each share."""
    spread = risks * (1 - risks)
    skew = spread * (1 - 2 * risks)
    starts, sizes = runs(audience.domains[audience.grouped])
    q = risks[audience.grouped]
    sums = _domain_sums(q, starts, sizes)
    variances, thirds = [], []
    for share in shares:
        if share == 0:
            variances.append(np.cumsum(spread))
            thirds.append(np.cumsum(skew))
            continue
        together = mixed_moments(share, sums)
        more = [np.zeros(len(risks)), np.zeros(len(risks))]
        for further, moment, own in zip(more, together, (spread, skew), strict=True):
            gained = np.diff(moment, prepend=0.0)
            gained[starts] = moment[starts]
            further[audience.grouped] = gained - own[audience.grouped]
        variances.append(np.cumsum(spread + more[0]))
        thirds.append(np.cumsum(skew + more[1]))
    return Heads(np.cumsum(risks), np.cumsum(spread), np.array(variances), np.array(thirds))


def _domain_sums(q: Floats, starts: Ints, sizes: Ints) -> Floats:
    """Return what `mixed_moments` needs, for the safest 1, 2, ... of each domain.

    The next one is the riskiest so far: the places of all others move by one.
    """

    def running(values: Floats) -> Floats:
        total = np.cumsum(values)
        result: Floats = total - np.repeat(total[starts] - values[starts], sizes)
        return result

    first = running(q)
    second = running(q + 2 * (first - q))
    gained = q + 2 * (first - q)
    third = running(q + 3 * (second - gained) + 3 * (first - q))
    spread = q * (1 - q)
    return np.stack([first, second, third, running(spread), running(spread * (1 - 2 * q))])


def runs(codes: Ints) -> tuple[Ints, Ints]:
    """Return where each run of equal codes begins, and how long it is."""
    starts = np.flatnonzero(np.diff(codes, prepend=-2))
    return starts, np.diff(starts, append=len(codes))
