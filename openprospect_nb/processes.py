"""Which process this is, and whether another one still runs: by machine, number and start, never by a clock."""

from __future__ import annotations

import hashlib
import os
import platform
import sys
from contextlib import suppress
from pathlib import Path


def this_process() -> str:
    """Return where this process runs, and its number; with a token behind it, the name of a lease's owner."""
    return f"{_place()}:{_process(os.getpid())}"


def is_gone(holder: str) -> bool:
    """Whether a holder was a process of this machine that no longer runs; a process elsewhere is taken for alive."""
    place, process, _ = holder.rsplit(":", 2)
    return place == _place() and _has_ended(process)


def file_mark() -> str:
    """Return this process as a part of a file name: ``<machine>-<number>.<start>``."""
    return f"{_place_mark()}-{_process(os.getpid())}"


def is_left_behind(mark: str) -> bool:
    """Whether the process that `file_mark` named was one of this machine and no longer runs."""
    place, _, process = mark.partition("-")
    return place == _place_mark() and _has_ended(process)


def _has_ended(process: str) -> bool:
    """Whether no process of this number and start runs on this machine."""
    number = process.partition(".")[0]
    # On Windows the question itself, signal 0, would end the other process.
    if not number.isdigit() or sys.platform == "win32":
        return False
    with suppress(PermissionError):
        try:
            os.kill(int(number), 0)
        except (ProcessLookupError, OverflowError):
            return True
    # The number may have been given to another process since.
    return "." in process and _process(int(number)) != process


def _place_mark() -> str:
    return hashlib.sha256(_place().encode()).hexdigest()[:8]


def _place() -> str:
    """Return the machine, told apart from its other starts and from containers that share its name."""
    parts = [platform.node().replace("/", "-")]
    with suppress(OSError):
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()[:8])
        parts.append(str(Path("/proc/self/ns/pid").readlink()).strip("pid:[]"))
    return "/".join(parts)


def _process(number: int) -> str:
    """Return a process's number with the tick of its start, where the system tells: clocks do not change it."""
    with suppress(OSError, IndexError):
        facts = Path(f"/proc/{number}/stat").read_text("utf-8", errors="replace").rpartition(")")[2].split()
        # A process that ended and that nobody has asked about yet (Z) is gone too.
        return f"{number}.{'ended' if facts[0] == 'Z' else facts[19]}"
    return str(number)


def lock(handle: int) -> None:
    """Wait until this process alone holds the open file or folder; closing it lets go.

    Without effect where there are no locks: on Windows, and on some network file systems.
    """
    try:
        import fcntl
    except ImportError:
        return
    with suppress(OSError):
        fcntl.flock(handle, fcntl.LOCK_EX)
