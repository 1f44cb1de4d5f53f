"""Who may act for a purchase: one living kernel at a time."""

from __future__ import annotations

import os
import platform
import uuid


def new_owner() -> str:
    """Return a name for this process and client: machine, process id, and a number of its own."""
    return f"{platform.node()}:{os.getpid()}:{uuid.uuid4()}"


def is_free(holder: str | None, until: float | None, owner: str, now: float) -> bool:
    """Whether *owner* may take a lease: nobody holds it, it is its own, it ran out, or its holder is dead."""
    if holder is None or holder == owner or until is None or until < now:
        return True
    return is_gone(holder)


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
