"""Collect a response's body as it comes, inflated by ourselves, so that a bomb is refused before it is unpacked."""

from __future__ import annotations

import zlib
from enum import StrEnum
from typing import Final

MAX_BODY: Final = 128 * 1024 * 1024
# Of a refusal only the words matter: this holds the problems of some 10,000 companies.
MAX_ERROR_BODY: Final = 1024 * 1024
# A stream may be packed in parts; nobody needs more, and each costs a copy of what follows it.
MAX_PARTS: Final = 1000
GZIP: Final = 31  # zlib's number for "with a gzip header"


class Problem(StrEnum):
    """Why a body is not whole."""

    TOO_LARGE = "too large"
    DAMAGED = "damaged"
    CUT = "cut off"
    UNKNOWN_ENCODING = "unknown encoding"


class Body:
    """A body that grows chunk by chunk up to *most* bytes, on the wire as well as unpacked.

    Args:
        encoding: the Content-Encoding header; empty if there is none.
        most: how many bytes are taken.

    Attributes:
        problem: why it is not whole; None while nothing is wrong.
    """

    def __init__(self, encoding: str, most: int) -> None:
        names = [name for part in encoding.lower().split(",") if (name := part.strip()) not in {"", "identity"}]
        self._inflater = zlib.decompressobj(GZIP) if names in (["gzip"], ["x-gzip"]) else None
        self.problem = Problem.UNKNOWN_ENCODING if names and self._inflater is None else None
        self._most = most
        self._received = self._parts = 0
        self._data = bytearray()

    def add(self, chunk: bytes) -> bool:
        """Take *chunk*, and return whether more is wanted."""
        self._received += len(chunk)
        if self.problem is None:
            try:
                self._data += self._inflated(chunk) if self._inflater else chunk
            except zlib.error:
                self.problem = Problem.DAMAGED
        if max(len(self._data), self._received) > self._most:
            self.problem = self.problem or Problem.TOO_LARGE
        return self.problem is None

    def finish(self) -> bytes:
        """Return what was collected, at most *most* bytes; `problem` tells whether it is all."""
        if self._inflater and self._received and not self._inflater.eof:
            self.problem = self.problem or Problem.CUT
        return bytes(self._data[: self._most])

    def _inflated(self, chunk: bytes) -> bytes:
        unpacked = bytearray()
        while chunk and self._inflater and (room := self._most + 1 - len(self._data) - len(unpacked)) > 0:
            if self._inflater.eof:
                chunk = chunk.lstrip(b"\0")  # padding is allowed between parts
                if not chunk:
                    break
                self._parts += 1
                if self._parts > MAX_PARTS:
                    raise zlib.error("too many parts")
                self._inflater = zlib.decompressobj(GZIP)
            unpacked += self._inflater.decompress(chunk, room)
            chunk = self._inflater.unused_data
        return bytes(unpacked)
