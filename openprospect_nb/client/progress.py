"""Where progress goes: one line that moves on a terminal or in a notebook cell, nothing anywhere else."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TextIO

from openprospect_nb.api._resource import Reporter

WIDTH = 24
_CHOSEN: ContextVar[Callable[[], Reporter] | None] = ContextVar("reporter", default=None)


class Silent:
    """Shows nothing."""

    def update(self, text: str, fraction: float | None = None) -> None:
        """Do nothing."""

    def say(self, text: str) -> None:
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

    def say(self, text: str) -> None:
        """Leave a line, without a bar."""
        self.close()
        self._stream.write(f"{text}\n")
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


@contextmanager
def reporting_to(make: Callable[[], Reporter]) -> Iterator[None]:
    """Let work that is started inside report to what *make* returns, such as a widget, instead of a moving line."""
    token = _CHOSEN.set(make)
    try:
        yield
    finally:
        _CHOSEN.reset(token)


def default_reporter() -> Reporter:
    """Return what `reporting_to` chose, else a moving line on standard error if someone can see it move."""
    chosen = _CHOSEN.get()
    if chosen is not None:
        return chosen()
    return MovingLine(sys.stderr) if _is_watched(sys.stderr) else Silent()


def _is_watched(stream: TextIO) -> bool:
    if stream is None or getattr(stream, "closed", False):
        return False
    return stream.isatty() or type(stream).__module__.startswith("ipykernel")
