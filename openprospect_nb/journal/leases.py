"""Who may act for a purchase: one living kernel at a time, however wrong the clocks of the others are.

A lease is a promise to be heard of again within so many seconds. Whoever waits for it watches it by a clock of its own:
a lease that did not change for as long as was promised has run out, whatever time is written in it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

IsGone = Callable[[str], bool]
# No clock in order is a day behind: a lease that ended so long ago is not watched first.
LONG_PAST: Final = 24 * 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """Who holds a purchase, until when by its own clock, and within how many seconds it promised to be heard again."""

    owner: str | None = None
    until: float | None = None
    seconds: float = 60.0


class Watch:
    """How long each lease has stood unchanged, by the watcher's own clock."""

    def __init__(self) -> None:
        self._first_seen: dict[str, tuple[Lease, float]] = {}

    def unchanged(self, key: str, lease: Lease, monotonic: float) -> float:
        """Return for how many seconds the *lease* of *key* has been seen as it is."""
        seen, since = self._first_seen.get(key, (None, monotonic))
        if seen != lease:
            since = monotonic
        self._first_seen[key] = (lease, since)
        return monotonic - since


def is_free(lease: Lease, owner: str, now: float, *, watched: float = 0.0, is_gone: IsGone) -> bool:
    """Whether *owner* may take a lease: nobody holds it, it is its own, it ran out, or its holder is dead.

    Args:
        lease: as it stands.
        owner: who asks.
        now: seconds since the epoch, by the asker's clock.
        watched: seconds for which the asker has seen the lease unchanged.
        is_gone: whether a holder no longer runs.
    """
    if lease.owner is None or lease.owner == owner or lease.until is None:
        return True
    return watched >= lease.seconds or lease.until < now - LONG_PAST or is_gone(lease.owner)


def name_of(holder: str) -> str:
    """Return a lease's owner as a person knows it."""
    place, process, _ = holder.rsplit(":", 2) if holder.count(":") > 1 else ("", holder, "")
    return f"process {process.partition('.')[0]} on {place.partition('/')[0] or 'this machine'}"
