"""From a characteristic function on equally spaced frequencies to probabilities, by a plain radix-2 transform."""

from __future__ import annotations

import cmath
from collections.abc import Sequence
from math import pi


def transform(values: Sequence[complex]) -> list[complex]:
    """Return the discrete Fourier transform of *values*, whose length must be a power of two."""
    size = len(values)
    if size == 1:
        return list(values)
    even, odd = transform(values[0::2]), transform(values[1::2])
    turned = [cmath.exp(-2j * pi * k / size) * odd[k] for k in range(size // 2)]
    head = [a + b for a, b in zip(even, turned, strict=True)]
    return head + [a - b for a, b in zip(even, turned, strict=True)]


def probabilities(half: Sequence[complex], size: int, low: int) -> list[float]:
    """Return P(X = low), ..., P(X = low + size - 1) from the characteristic function of an integer variable X.

    Args:
        half: the function at the angles 2 pi l / size for l from 0 to size / 2; the rest follows by symmetry.
        size: a power of two; mass outside the window is folded into it, so the window must be wide enough.
        low: the smallest value of the window.
    """
    step = -2 * pi * low / size
    shifted = [value * cmath.exp(1j * step * k) for k, value in enumerate(half)]
    mirrored = [value.conjugate() for value in shifted[-2:0:-1]]
    return [max(0.0, value.real / size) for value in transform([*shifted, *mirrored])]
