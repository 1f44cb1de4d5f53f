"""Ids that carry their own address: a UUID encodes company number, spelling variant and person, keyed by the seed.

No index is needed to look one up, and a UUID of another seed, or one nobody issued, decodes to nothing.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

_HALF = (1 << 24) - 1
_SHAPE = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-([0-9a-f]{12})")
_COMPANY = 127  # the slot that stands for the company itself


@dataclass(frozen=True, slots=True)
class Address:
    """What an id points at: company number, spelling variant (0 or 1), and a person's slot or None."""

    number: int
    variant: int = 0
    person: int | None = None


def encode_id(seed: int, address: Address) -> str:
    """Return the UUID (version 4 in shape) of *address* under *seed*."""
    slot = _COMPANY if address.person is None else address.person
    node = _permute(seed, (address.number << 8) | (slot << 1) | address.variant, forward=True)
    head = hashlib.blake2b(f"{seed}|id|{node}".encode(), digest_size=10).hexdigest()
    version = f"4{head[12:15]}-{'89ab'[int(head[15], 16) % 4]}{head[16:19]}"
    return f"{head[:8]}-{head[8:12]}-{version}-{node:012x}"


def decode_id(seed: int, text: str) -> Address | None:
    """Return what *text* points at, or None if this seed never issued it."""
    match = _SHAPE.fullmatch(text.lower())
    if match is None:
        return None
    value = _permute(seed, int(match[1], 16), forward=False)
    slot = (value >> 1) & 0x7F
    address = Address(value >> 8, value & 1, None if slot == _COMPANY else slot)
    return address if encode_id(seed, address) == text.lower() else None


def _permute(seed: int, value: int, *, forward: bool) -> int:
    """A four-round Feistel network on 48 bits: a permutation that can be run backwards."""
    left, right = value >> 24, value & _HALF
    rounds = range(4) if forward else range(3, -1, -1)
    for number in rounds:
        if forward:
            left, right = right, left ^ _scramble(seed, number, right)
        else:
            left, right = right ^ _scramble(seed, number, left), left
    return (left << 24) | right


def _scramble(seed: int, number: int, half: int) -> int:
    mixed = (half + 1) * 0x9E3779B97F4A7C15 + (seed * 4 + number + 1) * 0xBF58476D1CE4E5B9
    mixed = ((mixed ^ (mixed >> 30)) * 0x94D049BB133111EB) & ((1 << 64) - 1)
    return (mixed ^ (mixed >> 31)) & _HALF
