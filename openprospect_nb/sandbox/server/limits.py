"""Calls counted against a key's hourly tier, in a fixed window from its first counted call (contract 2.4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from openprospect_nb.contract import HEADER_RETRY_AFTER
from openprospect_nb.sandbox.clock import SECOND_US
from openprospect_nb.sandbox.records.store import Store
from openprospect_nb.sandbox.server.keys import HOURLY_CALLS, Key
from openprospect_nb.sandbox.server.problems import Problem

__all__ = ["Quota", "count_call"]

_WINDOW_US: Final = 3_600 * SECOND_US


@dataclass(frozen=True, slots=True)
class Quota:
    """What is left of a key's window after the present call; ``left`` is below zero if it was one too many."""

    limit: int
    left: int
    ends_us: int
    now_us: int

    @property
    def headers(self) -> dict[str, str]:
        """The rate-limit headers of the answer."""
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(max(self.left, 0)),
            "X-RateLimit-Reset": str(-(-self.ends_us // SECOND_US)),
        }

    def refusal(self) -> Problem:
        """Return the 429 with the delay in whole seconds, in the body and in a header."""
        delay = max(1, -(-(self.ends_us - self.now_us) // SECOND_US))
        headers = {**self.headers, HEADER_RETRY_AFTER: str(delay)}
        message = f"The limit of {self.limit} calls an hour is reached."
        facts = {"retry_after": delay}
        return Problem(429, "RATE_LIMIT_EXCEEDED", message, details=facts, extra=facts, headers=headers)


def count_call(store: Store, key: Key) -> Quota | None:
    """Count one call of *key*; return what is left, or None while limits are disabled."""
    with store.write() as db:
        settings = store.settings(db)
        if not settings.rate_limits_enabled:
            return None
        now_us = store.now(settings)
        row = db.execute("SELECT window_us, counted FROM calls WHERE label = ?", (key.label,)).fetchone()
        start_us, counted = (row["window_us"], row["counted"]) if row else (now_us, 0)
        if now_us >= start_us + _WINDOW_US:
            start_us, counted = now_us, 0
        db.execute("INSERT OR REPLACE INTO calls VALUES (?, ?, ?)", (key.label, start_us, counted + 1))
    limit = HOURLY_CALLS[key.tier]
    return Quota(limit, limit - counted - 1, start_us + _WINDOW_US, now_us)
