"""How often to look: pure cadence, and the one loop that waits by it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Final, TypeVar

from openprospect_nb.errors import WaitTimeout
from openprospect_nb.transport.clock import Clock

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadence:
    """Seconds between looks: *first*, then each *factor* times the last, up to *most*."""

    first: float
    factor: float
    most: float

    def intervals(self) -> Iterator[float]:
        """Yield the interval before each further look, without end."""
        interval = self.first
        while True:
            yield interval
            interval = min(self.most, interval * self.factor)


# Contract 2.4 and 5.2: the vendor's samples look every 60 s; growing keeps a day's watching inside the free tier.
ORDER_CADENCE: Final = Cadence(first=60.0, factor=1.5, most=300.0)
PROFILE_CADENCE: Final = Cadence(first=2.0, factor=1.5, most=30.0)
PROFILE_TIMEOUT: Final = 15 * 60.0


def cadence_or(override: float | None, adaptive: Cadence) -> Cadence:
    """Return the adaptive cadence, or a steady one where the caller set the interval."""
    return adaptive if override is None else Cadence(first=override, factor=1.0, most=override)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """One look: seconds waited so far, and seconds until the next look."""

    elapsed: float
    next_in: float


async def poll(
    look: Callable[[], Awaitable[T | None]],
    cadence: Cadence,
    clock: Clock,
    *,
    deadline: float | None,
    on_tick: Callable[[Tick], None],
) -> T:
    """Look until *look* returns something; never sleep after the last look, never past the deadline.

    Raises:
        WaitTimeout: *deadline* seconds went by; the caller adds what is still pending.
    """
    start = clock.monotonic()
    for interval in cadence.intervals():
        found = await look()
        if found is not None:
            return found
        elapsed = clock.monotonic() - start
        left = float("inf") if deadline is None else deadline - elapsed
        if left <= 0:
            break
        pause = min(interval, left)
        on_tick(Tick(elapsed=elapsed, next_in=pause))
        await clock.sleep(pause)
    raise WaitTimeout(f"still running after {deadline:g} s.")
