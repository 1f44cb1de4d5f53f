"""Where progress goes: one line that moves on a terminal or in a notebook cell, nothing anywhere else."""

from __future__ import annotations

import sys
from typing import TextIO

WIDTH = 24


class Silent:
    """Shows nothing."""

    def update(self, text: str, fraction: float | None = None) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


class MovingLine:
    """Rewrites one line of a stream, with a bar where the fraction is known, and wipes it at the end."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._longest = 0

    def update(self, text: str, fraction: float | None = None) -> None:
        """Show *text* in place of what stood there."""
        line = text if fraction is None else f"{bar(fraction)} {text}"
        self._longest = max(self._longest, len(line))
        self._stream.write("\r" + line.ljust(self._longest))
        self._stream.flush()

    def close(self) -> None:
        """Wipe the line."""
        if self._longest:
            self._stream.write("\r" + " " * self._longest + "\r")
            self._stream.flush()


def bar(fraction: float) -> str:
    """Return a text bar for a fraction, which is held to 0-1."""
    full = round(WIDTH * min(1.0, max(0.0, fraction)))
    return "█" * full + "░" * (WIDTH - full)


def default_reporter() -> Silent | MovingLine:
    """Return a moving line on standard error if someone can see it move."""
    return MovingLine(sys.stderr) if _is_watched(sys.stderr) else Silent()


def _is_watched(stream: TextIO) -> bool:
    if stream is None or getattr(stream, "closed", False):
        return False
    return stream.isatty() or type(stream).__module__.startswith("ipykernel")
