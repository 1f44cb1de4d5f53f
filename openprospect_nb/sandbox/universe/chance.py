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
        return round(_NORMAL.inv_cdf(min(max(self.uniform(field, number, slot), _EDGE), 1 - _EDGE)), 6)

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
        return np.round(_quantiles(self.uniforms(field, numbers)), 6)


_EDGE = 1e-12  # at 0 the quantile is infinite: a draw is moved in by this much, which is seven standard deviations


# Algorithm AS 241 (Wichura 1988), which the standard library's inv_cdf follows too: each region is a ratio of two
# polynomials; coefficients from the highest power down, numerator first.
_CENTRE = (
    (2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457,
     13731.693765509461125, 1971.5909503065514427, 133.14166789178437745, 3.387132872796366608),
    (5226.495278852854561, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867,
     5394.1960214247511077, 687.1870074920579083, 42.313330701600911252, 1.0),
)  # fmt: skip
_FLANK = (
    (7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177, 1.27045825245236838258,
     3.64784832476320460504, 5.7694972214606914055, 4.6303378461565452959, 1.42343711074968357734),
    (1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966, 0.14810397642748007459,
     0.68976733498510000455, 1.6763848301838038494, 2.05319162663775882187, 1.0),
)  # fmt: skip
_TAIL = (
    (2.01033439929228813265e-7, 2.71155556874348757815e-5, 0.0012426609473880784386, 0.026532189526576123093,
     0.29656057182850489123, 1.7848265399172913358, 5.4637849111641143699, 6.6579046435011037772),
    (2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5, 7.868691311456132591e-4,
     0.0148753612908506148525, 0.13692988092273580531, 0.59983220655588793769, 1.0),
)  # fmt: skip


def _quantiles(uniforms: Floats) -> Floats:
    """Return the standard normal quantile of each, for many at once."""
    centred = np.clip(uniforms, _EDGE, 1 - _EDGE) - 0.5
    near = 0.180625 - centred * centred
    out = np.sqrt(-np.log(np.where(centred <= 0, centred + 0.5, 0.5 - centred)))
    far = np.where(out <= 5, _ratio(_FLANK, out - 1.6), _ratio(_TAIL, out - 5))
    return np.where(np.abs(centred) <= 0.425, _ratio(_CENTRE, near) * centred, np.where(centred < 0, -far, far))


def _ratio(polynomials: tuple[tuple[float, ...], tuple[float, ...]], at: Floats) -> Floats:
    upper, lower = (np.polyval(np.array(coefficients), at) for coefficients in polynomials)
    ratio: Floats = upper / lower
    return ratio
