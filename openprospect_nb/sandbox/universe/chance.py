"""Counter-based chance: every draw is a function of seed, field name and number, never of a stream.

Adding a field moves no other field, company 17 is the same in a universe of any size, and nothing depends on the
distribution code of numpy. The mixing function is splitmix64 (Steele, Lea and Flood, 2014); the normal quantile is
the rational approximation of Acklam (2003, relative error below 1.2e-9).
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Item = TypeVar("Item")

_MASK = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15
_FIRST = 0xBF58476D1CE4E5B9
_SECOND = 0x94D049BB133111EB
_SLOTS = 64  # draws of one field for one company; slots number a company's people, jobs and sentences
_UNIT = 2.0**-53


class Chance:
    """Draws for one seed; vectors for building the universe, scalars for one document, both from the same counter."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._keys: dict[str, int] = {}

    def key(self, field: str) -> int:
        """Return the 64-bit key of *field* under this seed."""
        found = self._keys.get(field)
        if found is None:
            digest = hashlib.blake2b(f"{self.seed}|{field}".encode(), digest_size=8).digest()
            found = self._keys[field] = int.from_bytes(digest, "big")
        return found

    def word(self, field: str, number: int, slot: int = 0) -> int:
        """Return 64 random bits for one company's *field*."""
        mixed = ((self._keys.get(field) or self.key(field)) + (number * _SLOTS + slot + 1) * _GOLDEN) & _MASK
        mixed = ((mixed ^ (mixed >> 30)) * _FIRST) & _MASK
        mixed = ((mixed ^ (mixed >> 27)) * _SECOND) & _MASK
        return mixed ^ (mixed >> 31)

    def uniform(self, field: str, number: int, slot: int = 0) -> float:
        """Return a float in [0, 1)."""
        return (self.word(field, number, slot) >> 11) * _UNIT

    def below(self, limit: int, field: str, number: int, slot: int = 0) -> int:
        """Return an integer in ``range(limit)``."""
        return int(self.uniform(field, number, slot) * limit)

    def pick(self, items: Sequence[Item], field: str, number: int, slot: int = 0) -> Item:
        """Return one of *items*, each with the same chance."""
        return items[int(self.uniform(field, number, slot) * len(items))]

    def normal(self, field: str, number: int, slot: int = 0) -> float:
        """Return a standard normal value, rounded to six decimals."""
        return round(_scalar_quantile(self.uniform(field, number, slot)), 6)

    def uniforms(self, field: str, numbers: Ints) -> Floats:
        """Return one float in [0, 1) per number; equal to `uniform` on each."""
        with np.errstate(over="ignore"):
            counter = (numbers.astype(np.uint64) * np.uint64(_SLOTS) + np.uint64(1)) * np.uint64(_GOLDEN)
            mixed = counter + np.uint64(self.key(field))
            mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(_FIRST)
            mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(_SECOND)
            mixed = mixed ^ (mixed >> np.uint64(31))
        return (mixed >> np.uint64(11)).astype(np.float64) * _UNIT

    def normals(self, field: str, numbers: Ints) -> Floats:
        """Return one standard normal value per number, rounded to six decimals so that platforms agree."""
        return np.round(normal_quantile(self.uniforms(field, numbers)), 6)


def normal_quantile(uniform: Floats) -> Floats:
    """Return the standard normal quantile of each value; 0 and 1 are drawn in by 1e-12."""
    p = np.clip(uniform, 1e-12, 1 - 1e-12)
    tail = np.sqrt(-2 * np.log(np.minimum(p, 1 - p)))
    outer = _ratio(tail, _TAIL_TOP, _TAIL_BOTTOM) * np.where(p < 0.5, 1.0, -1.0)
    centre = p - 0.5
    inner = centre * _ratio(centre * centre, _CENTRE_TOP, _CENTRE_BOTTOM)
    return np.where(np.abs(centre) <= 0.5 - _EDGE, inner, outer)


def _scalar_quantile(uniform: float) -> float:
    """The same as `normal_quantile` for one value, without the cost of an array."""
    p = min(max(uniform, 1e-12), 1 - 1e-12)
    centre = p - 0.5
    if abs(centre) <= 0.5 - _EDGE:
        square = centre * centre
        return centre * _horner(_CENTRE_TOP, square) / _horner(_CENTRE_BOTTOM, square)
    tail = math.sqrt(-2 * math.log(min(p, 1 - p)))
    value = _horner(_TAIL_TOP, tail) / _horner(_TAIL_BOTTOM, tail)
    return value if p < 0.5 else -value


def _horner(coefficients: Sequence[float], x: float) -> float:
    value = 0.0
    for coefficient in coefficients:
        value = value * x + coefficient
    return value


def _ratio(x: Floats, top: Sequence[float], bottom: Sequence[float]) -> Floats:
    return np.polyval(np.array(top), x) / np.polyval(np.array(bottom), x)


_EDGE = 0.02425
_CENTRE_TOP = (
    -3.969683028665376e01,
    2.209460984245205e02,
    -2.759285104469687e02,
    1.383577518672690e02,
    -3.066479806614716e01,
    2.506628277459239,
)
_CENTRE_BOTTOM = (
    -5.447609879822406e01,
    1.615858368580409e02,
    -1.556989798598866e02,
    6.680131188771972e01,
    -1.328068155288572e01,
    1.0,
)
_TAIL_TOP = (
    -7.784894002430293e-03,
    -3.223964580411365e-01,
    -2.400758277161838,
    -2.549732539343734,
    4.374664141464968,
    2.938163982698783,
)
_TAIL_BOTTOM = (7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996, 3.754408661907416, 1.0)
