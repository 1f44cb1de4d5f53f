"""Processes that a test starts and always ends."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

# A loaded machine takes a minute to start four kernels; a test that hangs ends here.
LONGEST_SECONDS = 240.0


@contextmanager
def kernels(count: int, *arguments: str) -> Iterator[Sequence[subprocess.Popen[str]]]:
    """Start so many Pythons with the same arguments; at the end they are dead, their pipes closed."""
    command, pipe = [sys.executable, *arguments], subprocess.PIPE
    with ExitStack() as stack:
        started = []
        for _ in range(count):
            started.append(stack.enter_context(subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True)))
            stack.callback(started[-1].kill)
        yield started
