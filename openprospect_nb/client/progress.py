"""Where progress goes: one line that moves on a terminal or in a notebook cell, nothing anywhere else."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from shutil import get_terminal_size
from typing import TextIO
from uuid import uuid4

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
    """Rewrites one line of a terminal, with a bar where the fraction is known, and wipes it at the end."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._longest = 0

    def update(self, text: str, fraction: float | None = None) -> None:
        """Show *text* in place of what stood there, as far as it fits: a line that wraps could not be rewritten."""
        line = line_of(text, fraction)[: max(20, get_terminal_size().columns - 1)]
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


class CellLine:
    """Rewrites one output of a notebook cell, and takes it away at the end.

    A stream would do for the text, but JupyterLab colours standard error as an error and leaves an empty bar of it.
    """

    def __init__(self) -> None:
        self._id = str(uuid4())
        self._is_shown = False

    def update(self, text: str, fraction: float | None = None) -> None:
        """Show *text* in place of what stood there."""
        self._show({"text/plain": line_of(text, fraction)})

    def say(self, text: str) -> None:
        """Leave a line, without a bar."""
        self._show({"text/plain": text})
        self._id, self._is_shown = str(uuid4()), False

    def close(self) -> None:
        """Show nothing any more."""
        if self._is_shown:
            self._show({})
            self._is_shown = False

    def _show(self, bundle: Mapping[str, str]) -> None:
        from IPython.display import publish_display_data

        publish: Callable[..., None] = publish_display_data  # it has no types of its own
        publish(bundle, transient={"display_id": self._id}, update=self._is_shown)
        self._is_shown = True


def line_of(text: str, fraction: float | None) -> str:
    """Return a line of progress, with a bar where the fraction is known."""
    return text if fraction is None else f"{bar(fraction)} {text}"


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
    """Return what `reporting_to` chose, else a line where someone can see it move: in a cell or on a terminal."""
    chosen = _CHOSEN.get()
    if chosen is not None:
        return chosen()
    stream = sys.stderr
    # A kernel replaces the streams of its process by those of its cells.
    if type(stream).__module__.startswith("ipykernel"):
        return CellLine()
    is_terminal = stream is not None and not getattr(stream, "closed", False) and stream.isatty()
    return MovingLine(stream) if is_terminal else Silent()
