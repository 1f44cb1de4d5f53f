"""The installed plotly's JavaScript, packed small enough to sit in a page once and be inflated by the browser."""

from __future__ import annotations

import gzip
from base64 import b64encode
from functools import cache
from hashlib import sha256


@cache
def packed() -> str:
    """Return the library as base64 of gzip (about 2 MB); the same library gives the same text."""
    return b64encode(gzip.compress(_source(), compresslevel=9, mtime=0)).decode("ascii")


@cache
def digest() -> str:
    """Return the library's ``sha256-…`` source expression for a content security policy."""
    return csp_hash(_source())


def csp_hash(script: bytes) -> str:
    """Return the source expression that allows exactly *script* and no other inline script."""
    return f"sha256-{b64encode(sha256(script).digest()).decode('ascii')}"


def _source() -> bytes:
    from plotly.offline import get_plotlyjs

    return str(get_plotlyjs()).encode()
