"""Counter-based chance: every draw is a function of seed, field name and number, never of a stream.

Adding a field moves no other field, company 17 is the same in a universe of any size, and nothing depends on the
distribution code of numpy. The mixing function is splitmix64 (Steele, Lea and Flood, 2014).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from statistics import NormalDist
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
_NORMAL = NormalDist()


class Chance:
    """Draws for one seed; vectors for building the universe, scalars for one document, both from the same counter."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._keys: dict[str, int] = {}

    def key(self, field: str) -> int:
        """Return the 64-bit key of *field* under this seed."""
        key = self._keys.get(field)
        if key is None:
            digest = hashlib.blake2b(f"{self.seed}|{field}".encode(), digest_size=8).digest()
            key = self._keys[field] = int.from_bytes(digest, "big")
        return key

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
        return round(_quantile(self.uniform(field, number, slot)), 6)

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
        return np.round([_quantile(uniform) for uniform in self.uniforms(field, numbers).tolist()], 6)


def _quantile(uniform: float) -> float:
    # At 0 the quantile is infinite: a draw is moved in by 1e-12, which is seven standard deviations.
    return _NORMAL.inv_cdf(min(max(uniform, 1e-12), 1 - 1e-12))
