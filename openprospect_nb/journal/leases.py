"""Who may act for a purchase: one living kernel at a time."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable

IsGone = Callable[[str], bool]


def this_process() -> str:
    """Return the machine's name and the process id; with a token behind it, the name of a lease's owner."""
    return f"{platform.node()}:{os.getpid()}"


def is_gone(holder: str) -> bool:
    """Whether a holder was a process of this machine that no longer runs; a process elsewhere is taken for alive."""
    machine, pid, _ = holder.rsplit(":", 2)
    if machine != platform.node() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def is_free(holder: str | None, until: float | None, owner: str, now: float, *, is_gone: IsGone = is_gone) -> bool:
    """Whether *owner* may take a lease: nobody holds it, it is its own, it ran out, or its holder is dead."""
    if holder is None or holder == owner or until is None or until < now:
        return True
    return is_gone(holder)
