"""Sandbox time: microseconds since the epoch in UTC, and its two spellings on the wire."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

SECOND_US: Final = 1_000_000
MINUTE_US: Final = 60 * SECOND_US
# 2026-01-05T08:00:00Z: where the creation stamps of a reproducible sandbox begin
EPOCH_US: Final = int(datetime(2026, 1, 5, 8, tzinfo=UTC).timestamp()) * SECOND_US
_START: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DATE_TIME: Final = re.compile(
    r"(?P<date>\d{4}-\d{2}-\d{2})[Tt](?P<time>\d{2}:\d{2}:\d{2})(?:\.(?P<fraction>\d{1,30}))?"
    r"(?P<zone>[Zz]|[+-]\d{2}:\d{2})",
    re.ASCII,
)


def read_seconds(seconds: float) -> int:
    """Return *seconds* as whole microseconds."""
    return round(seconds * SECOND_US)


class SandboxClock:
    """A clock that never runs backwards. How far a sandbox is moved ahead is kept in its settings, beside its data.

    Args:
        read_ns: the time source, nanoseconds since the epoch.
    """

    def __init__(self, read_ns: Callable[[], int] = time.time_ns) -> None:
        self._read_ns = read_ns
        self._latest = 0

    def now(self) -> int:
        """Return the present, in microseconds since the epoch."""
        self._latest = max(self._latest, self._read_ns() // 1000)
        return self._latest


def stamp(us: int | None) -> str | None:
    """Return ``2026-05-06T09:15:00.000000Z``, as every response spells a time; None stays None."""
    return None if us is None else f"{_moment(us)}Z"


def stamp_offset(us: int) -> str:
    """Return ``2026-05-06T09:15:00.000000+00:00``, as webhook bodies spell a time."""
    return f"{_moment(us)}+00:00"


def parse_stamp(text: str) -> int | None:
    """Return the microseconds of an ISO 8601 date-time with offset; None if *text* is anything else."""
    match = _DATE_TIME.fullmatch(text)
    if match is None:
        return None
    zone = match["zone"].upper().replace("Z", "+00:00")
    try:
        moment = datetime.fromisoformat(f"{match['date']}T{match['time']}{zone}")
    except ValueError:
        return None
    # compare, not convert: near year 1 or 9999 a conversion to UTC could leave the calendar
    whole = (moment - _START) // timedelta(microseconds=1)
    return whole + int((match["fraction"] or "0").ljust(6, "0")[:6])


def _moment(us: int) -> str:
    return (_START + timedelta(microseconds=us)).replace(tzinfo=None).isoformat(timespec="microseconds")
