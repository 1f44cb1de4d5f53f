"""Idempotency keys: mint one, derive one for a second step, refuse what a header cannot carry."""

from __future__ import annotations

import hashlib
import uuid
from typing import Final

from openprospect_nb.contract import MAX_IDEMPOTENCY_KEY
from openprospect_nb.errors import FieldProblem, ValidationError

REST: Final = "rest"
"""The step that buys the rest of a pilot."""


def mint_key() -> str:
    """Return a new random key (UUID4); called once a purchase, never by a retry."""
    return str(uuid.uuid4())


def derive_key(key: str, step: str) -> str:
    """Return the key of another step of the same purchase: always the same for the same *key* and *step*."""
    return str(uuid.UUID(bytes=hashlib.blake2b(f"{step}\0{key}".encode(), digest_size=16).digest(), version=4))


def check_key(key: str) -> str:
    """Return *key* if a header can carry it: 1 to 255 printable ASCII characters, no blank at either end.

    Raises:
        ValidationError: it cannot.
    """
    if (
        isinstance(key, str)
        and 1 <= len(key) <= MAX_IDEMPOTENCY_KEY
        and key.isascii()
        and key.isprintable()
        and key == key.strip()
    ):
        return key
    problem = FieldProblem("idempotency_key", f"must be 1 to {MAX_IDEMPOTENCY_KEY} printable ASCII characters", key)
    raise ValidationError("the idempotency key cannot be sent", fields=[problem])
