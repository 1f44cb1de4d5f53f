"""Chance that depends on a name alone: taking one fault out of a world changes no other draw."""

from __future__ import annotations

import hashlib
import random


class Chance:
    """The draws of one seed, each under a name of its own."""

    def __init__(self, seed: str) -> None:
        self._seed = seed

    def share(self, name: str) -> float:
        """Return a number in [0, 1) that belongs to *name*."""
        digest = hashlib.blake2b(f"{self._seed}/{name}".encode(), digest_size=8).digest()
        return int.from_bytes(digest) / 2**64

    def pick(self, name: str, count: int) -> int:
        """Return a number below *count* that belongs to *name*."""
        return int(self.share(name) * count)

    def source(self, name: str) -> random.Random:
        """Return a generator that belongs to *name*; dearer than `share`."""
        return random.Random(f"{self._seed}/{name}")

    def token(self, name: str) -> str:
        """Return a UUID4 that belongs to *name*."""
        digits = hashlib.blake2b(f"{self._seed}/{name}".encode(), digest_size=16).hexdigest()
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:]}"
