"""The best non-decreasing step function through weighted points: pool adjacent violators."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from math import fsum
from operator import itemgetter
from typing import NamedTuple


class Block(NamedTuple):
    """A run of points that share one fitted value."""

    first: float
    last: float
    value: float
    weight: float


def pool(points: Iterable[tuple[float, float, float]]) -> list[Block]:
    """Return the blocks of the isotonic regression of (x, y, weight) points, by rising x.

    Equal x are one point; weights are above 0. Least squares under "never falling" (Ayer et al. 1955); each block's
    value is the weighted mean of its points, so the weighted mean of the fit is that of the data.
    """
    blocks: list[Block] = []
    for x, same in groupby(sorted(points), key=itemgetter(0)):
        new = _level(x, [(y, weight) for _, y, weight in same])
        while blocks and blocks[-1].value >= new.value:
            new = _merged(blocks.pop(), new)
        blocks.append(new)
    return blocks


def _level(x: float, values: list[tuple[float, float]]) -> Block:
    weight = fsum(weight for _, weight in values)
    return Block(x, x, fsum(y * weight for y, weight in values) / weight, weight)


def _merged(left: Block, right: Block) -> Block:
    weight = left.weight + right.weight
    value = (left.value * left.weight + right.value * right.weight) / weight
    return Block(left.first, right.last, value, weight)
