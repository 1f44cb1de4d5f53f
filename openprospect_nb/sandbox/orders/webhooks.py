"""Sends order events to their receivers, with retries, from one daemon thread (contract 7.3)."""

from __future__ import annotations

import heapq
import http.client
import itertools
import sqlite3
import threading
import time
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final
from urllib.parse import urlsplit

from openprospect_nb.sandbox.orders.engine import Engine, Event
from openprospect_nb.sandbox.server.port import is_loopback

_TIMEOUT_SECONDS: Final = 5.0
_PAUSES: Final = (1, 2, 4)
_SHORTEST_STEP: Final = 0.05
_TICK_SECONDS: Final = (0.02, 0.25)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try to hand over an event: the receiver's status, or why there was none."""

    url: str
    body: str
    attempt: int
    status: int | None = None
    error: str | None = None


def add_attempt(db: sqlite3.Connection, attempt: Attempt) -> None:
    """Store an attempt."""
    db.execute(
        "INSERT INTO webhook_attempts (url, body, attempt, status, error) "
        "VALUES (:url, :body, :attempt, :status, :error)",
        asdict(attempt),
    )


def list_attempts(db: sqlite3.Connection) -> list[dict[str, Any]]:
    """Return all attempts, oldest first."""
    rows = db.execute("SELECT url, body, attempt, status, error FROM webhook_attempts ORDER BY id")
    return [dict(row) for row in rows]


@dataclass(order=True, slots=True)
class _Parcel:
    due: float
    number: int
    event: Event = field(compare=False)
    attempt: int = field(compare=False, default=1)


class Courier:
    """Hands events over in the order in which they happened; a failed one waits and is tried again.

    While an unfinished order has a receiver, it also makes due hops, since nobody may be polling.
    """

    def __init__(self) -> None:
        self._engine: Engine | None = None
        self._parcels: list[_Parcel] = []
        self._numbers = itertools.count()
        self._oldest = 0
        self._changed = threading.Condition()
        self._is_closed = False
        self._thread: threading.Thread | None = None

    def follow(self, engine: Engine) -> None:
        """Deliver the events of *engine*, also of orders that a former process left unfinished."""
        self._engine = engine
        if engine.is_watched():
            self.wake()

    def post(self, event: Event) -> None:
        """Take an event for delivery."""
        self._push(_Parcel(time.monotonic(), next(self._numbers), event))

    def wake(self) -> None:
        """Look again whether someone waits for events."""
        with self._changed:
            if self._thread is None and not self._is_closed and self._engine is not None:
                name = "openprospect-webhooks"
                self._thread = threading.Thread(target=self._run, args=(self._engine,), name=name, daemon=True)
                self._thread.start()
            self._changed.notify()

    def forget(self) -> None:
        """Drop what is not delivered yet."""
        with self._changed:
            self._parcels.clear()
            self._oldest = next(self._numbers)

    def close(self) -> None:
        """Stop; what is not delivered yet is written into the log as dropped."""
        with self._changed:
            self._is_closed = True
            dropped = sorted(self._parcels)
            self._parcels.clear()
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(2 * _TIMEOUT_SECONDS)
        if self._engine is not None and dropped:
            with self._engine.store.write() as db:
                for parcel in dropped:
                    add_attempt(db, _failed(parcel, "dropped: the sandbox was closed"))

    def _push(self, parcel: _Parcel) -> None:
        with self._changed:
            if not self._is_closed and parcel.number >= self._oldest:
                heapq.heappush(self._parcels, parcel)
        self.wake()

    def _run(self, engine: Engine) -> None:
        while not self._is_closed:
            step_seconds = engine.step_seconds()
            is_watching = engine.is_watched()
            shortest, longest = _TICK_SECONDS
            parcel = self._next(min(max(step_seconds / 4, shortest), longest) if is_watching else None)
            if parcel is not None:
                self._hand_over(parcel, engine, max(step_seconds, _SHORTEST_STEP))
            elif is_watching and not self._is_closed:
                engine.settle()

    def _next(self, tick: float | None) -> _Parcel | None:
        """Return the parcel that is due; None after the tick, or when something changed."""
        with self._changed:
            waits = [] if tick is None else [tick]
            if self._parcels:
                wait = self._parcels[0].due - time.monotonic()
                if wait <= 0:
                    return heapq.heappop(self._parcels)
                waits.append(wait)
            if not self._is_closed:
                self._changed.wait(min(waits, default=None))
            return None

    def _hand_over(self, parcel: _Parcel, engine: Engine, step_seconds: float) -> None:
        attempt = _try(parcel)
        if parcel.number < self._oldest:
            return
        with engine.store.write() as db:
            add_attempt(db, attempt)
        is_delivered = attempt.status is not None and 200 <= attempt.status < 300
        if not is_delivered and is_loopback(parcel.event.url) and parcel.attempt <= len(_PAUSES):
            due = time.monotonic() + _PAUSES[parcel.attempt - 1] * step_seconds
            self._push(replace(parcel, due=due, attempt=parcel.attempt + 1))


def _try(parcel: _Parcel) -> Attempt:
    event = parcel.event
    if not is_loopback(event.url):
        return _failed(parcel, "skipped: webhooks are sent to loopback hosts only")
    try:
        status = _post(event.url, event.body)
    except (OSError, http.client.HTTPException, ValueError) as problem:
        return _failed(parcel, f"{type(problem).__name__}: {problem}")
    return Attempt(url=event.url, body=event.body, attempt=parcel.attempt, status=status)


def _failed(parcel: _Parcel, why: str) -> Attempt:
    return Attempt(url=parcel.event.url, body=parcel.event.body, attempt=parcel.attempt, error=why)


def _post(url: str, body: str) -> int:
    """POST a JSON body; return the status. Redirects are not followed."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    # a name below .localhost is this machine by definition, whatever a resolver says
    host = parts.hostname or ""
    host = "127.0.0.1" if host.rstrip(".").endswith("localhost") else host
    connection = kind(host, parts.port, timeout=_TIMEOUT_SECONDS)
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        headers = {"Content-Type": "application/json", "Host": parts.netloc.rpartition("@")[2]}
        connection.request("POST", target, body.encode(), headers)
        return connection.getresponse().status
    finally:
        connection.close()
