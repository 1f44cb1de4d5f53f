"""The two lifecycles as pure functions: which state may follow which, and which hop is due (contract 5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from openprospect_nb.contract import ORDER_TERMINAL, PROFILE_TERMINAL, OrderStatus, ProfileStatus

# the first edge of each state is the one that time takes
_EDGES: Final[dict[str, tuple[str, ...]]] = {
    OrderStatus.RECEIVED: (OrderStatus.ACCEPTED, OrderStatus.REJECTED, OrderStatus.CANCELLED),
    OrderStatus.ACCEPTED: (OrderStatus.IN_PROGRESS, OrderStatus.FAILED, OrderStatus.CANCELLED),
    OrderStatus.IN_PROGRESS: (OrderStatus.COMPLETED, OrderStatus.FAILED, OrderStatus.CANCELLED),
    ProfileStatus.PENDING: (ProfileStatus.RUNNING, ProfileStatus.FAILED),
    ProfileStatus.RUNNING: (ProfileStatus.SUCCEEDED, ProfileStatus.FAILED),
}

# what a hop by hand counts in a reproducible sandbox whose hops have no length of their own
_HAND_HOP_US: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Progress:
    """Where an order or profile creation stands: its state, when it entered it, and the stamp shown for that."""

    status: str
    entered_us: int
    stamp_us: int


@dataclass(frozen=True, slots=True)
class Hop:
    """A state to enter, when on the sandbox clock, and the stamp to show."""

    status: str
    entered_us: int
    stamp_us: int


def can_become(status: str, target: str) -> bool:
    """Whether an edge leads from *status* to *target*."""
    return target in _EDGES.get(status, ())


def is_terminal(status: str) -> bool:
    """Whether no edge leaves *status*."""
    return status in ORDER_TERMINAL or status in PROFILE_TERMINAL


def step(progress: Progress, now_us: int, step_us: int) -> Hop | None:
    """Return the hop that is due by *now_us*; None if none is.

    A timed hop counts exactly *step_us*, however late it is noticed; a length of 0 means that time makes no hops.
    """
    due_us = progress.entered_us + step_us
    if step_us == 0 or is_terminal(progress.status) or due_us > now_us:
        return None
    return Hop(_EDGES[progress.status][0], due_us, progress.stamp_us + step_us)


def hand_hop(progress: Progress, target: str, now_us: int, step_us: int, *, reproducible: bool) -> Hop:
    """Return the hop that someone makes by hand; if reproducible, its stamp follows from the last one."""
    stamp_us = progress.stamp_us + (step_us or _HAND_HOP_US) if reproducible else max(now_us, progress.stamp_us)
    return Hop(target, now_us, stamp_us)
