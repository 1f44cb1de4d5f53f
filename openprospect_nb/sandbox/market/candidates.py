"""Choose the firms that are scored for a profile, batch by batch: all of a narrow market, a part of a wide one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from openprospect_nb.sandbox.market.icp import Criteria
from openprospect_nb.sandbox.market.kinds import MET, value_cities, value_classes, value_trades, value_words
from openprospect_nb.sandbox.universe.chance import Chance, Floats, Ints
from openprospect_nb.sandbox.universe.columns import Columns
from openprospect_nb.sandbox.universe.strata import EDGES, Strata
from openprospect_nb.sandbox.universe.vocabulary import vocabulary

FLOOR: Final = 0.4  # below it, a trade, place or size is another one
_BATCH: Final = 4_000  # firms of the first batch, enough for a small order; each next one is twice as large
_BATCHES: Final = 4
_MOST: Final = _BATCH * (2**_BATCHES - 1)  # sixty thousand firms
_NEAR: Final = 0.15  # of a batch come from cells that nearly fit
# how easily a firm is found, by size class: who names no size wants firms where somebody answers
_VISIBLE: Final = np.array((0.02, 0.15, 0.5, 0.8, 1.0, 1.0, 1.0, 1.0))

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class FirmBatch:
    """Firms to look at: their numbers, their attributes, and how easily each is found, relative to the others."""

    numbers: Ints
    columns: Columns
    visible: Floats


class Candidates:
    """The firms that a profile may be about.

    Attributes:
        count: how many firms the cells hold that fit by trade, place and size class.
    """

    def __init__(self, strata: Strata, chance: Chance, criteria: Criteria) -> None:
        self._strata = strata
        self._chance = chance
        self._criteria = criteria
        self._core, self._near = _cells(strata, criteria)
        self.count = int(strata.counts.ravel()[self._core].sum())

    def batches(self) -> Iterator[FirmBatch]:
        """Yield batches, each firm in one of them at most; together at most sixty thousand firms."""
        taken = [np.zeros(len(cells), dtype=np.int64) for cells in (self._core, self._near)]
        for turn in range(_BATCHES):
            aim = _BATCH * (2 ** (turn + 1) - 1)
            numbers, visible = [], []
            for group, (cells, limit) in enumerate(((self._core, aim), (self._near, round(aim * _NEAR)))):
                upto, weight = self._reach(cells, limit)
                numbers.append(_spread(self._strata.starts.ravel()[cells], taken[group], upto))
                visible.append(np.repeat(weight, upto - taken[group]))
                taken[group] = upto
            if len(chosen := np.concatenate(numbers)):
                yield self._batch(chosen, np.concatenate(visible))
            if (taken[0] == self._strata.counts.ravel()[self._core]).all():
                return

    def evenly(self) -> tuple[FirmBatch, float]:
        """Return the firms that fit by trade, place and size class, at most sixty thousand, each with the same chance.

        The second value is how many firms each stands for; 1.0 where none was left out.
        """
        counts = self._strata.counts.ravel()[self._core]
        share = min(1.0, _MOST / max(self.count, 1))
        upto = np.floor(counts * share + self._chance.uniforms("sampled", self._core)).astype(np.int64)
        numbers = _spread(self._strata.starts.ravel()[self._core], np.zeros_like(upto), upto)
        return self._batch(numbers, np.ones(len(numbers))), 1 / share

    def _reach(self, cells: Ints, aim: int) -> tuple[Ints, Floats]:
        """Return up to which firm each cell is looked at, and how easily its firms are found beyond that."""
        counts = self._strata.counts.ravel()[cells]
        easy = _VISIBLE[cells % (len(EDGES) - 1)]
        # all of it where that is no more than the aim; else in proportion to how easily the firms are found
        share = np.inf if counts.sum() <= aim else aim / max((counts * easy).sum(), 1e-9)
        upto = np.minimum(
            counts, np.floor(np.minimum(counts * easy * share, counts) + self._chance.uniforms("reach", cells))
        )
        return upto.astype(np.int64), np.maximum(easy, 1 / share)

    def _batch(self, numbers: Ints, visible: Floats) -> FirmBatch:
        columns = self._strata.columns(numbers)
        unwanted = sorted(self._criteria.excluded_technologies)
        if not unwanted:
            return FirmBatch(numbers, columns, visible)
        rows = np.flatnonzero(~columns.technologies[:, unwanted].any(axis=1))
        return FirmBatch(numbers[rows], columns.take(rows), visible[rows])


def _cells(strata: Strata, criteria: Criteria) -> tuple[Ints, Ints]:
    """Return the cells whose firms fit by trade, place and size class, and those that nearly do."""
    lists = vocabulary()
    trades = value_trades(criteria)
    if trades is None:
        trades = value_words(criteria)
    places = value_cities(criteria)
    is_excluded = np.isin(range(len(lists.subtypes)), list(criteria.excluded_subtypes))
    is_excluded |= np.isin([trade.industry for trade in lists.subtypes], list(criteria.excluded_industries))
    is_allowed_city = np.isin([city.country for city in lists.cities], list(criteria.countries))
    worth = (
        np.where(is_excluded, 0.0, 1.0 if trades is None else trades),
        np.where(is_allowed_city, 1.0 if places is None else places, 0.0)[strata.order],
        value_classes(criteria.size),
    )
    met = [value >= MET for value in worth]
    close = [value >= FLOOR for value in worth]
    filled = strata.counts > 0
    core = _crossed(met) & filled
    return np.flatnonzero(core), np.flatnonzero(_crossed(close) & filled & ~core)


def _crossed(flags: list[Flags]) -> Flags:
    trades, places, classes = flags
    crossed: Flags = trades[:, None, None] & places[None, :, None] & classes[None, None, :]
    return crossed


def _spread(starts: Ints, first: Ints, upto: Ints) -> Ints:
    """Return the numbers ``starts + first`` to ``starts + upto`` of each cell, one after the other."""
    lengths = upto - first
    within = np.arange(lengths.sum(), dtype=np.int64) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    numbers: Ints = np.repeat(starts + first, lengths) + within
    return numbers
