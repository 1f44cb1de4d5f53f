"""Plain ASGI middleware: the sandbox header, tolerant slashes, and who may call at all and how often.

Calls are counted against a key's hourly tier, in a fixed window from its first counted call (contract 2.4).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formatdate
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from openprospect_nb.contract import API_PREFIX, HEADER_RETRY_AFTER, HEADER_SANDBOX, HEADER_SANDBOX_CONTROL
from openprospect_nb.sandbox.clock import SECOND_US, SandboxClock
from openprospect_nb.sandbox.records.store import Store
from openprospect_nb.sandbox.server.call import refusal_as_http
from openprospect_nb.sandbox.server.keys import HOURLY_CALLS, Key, find_key
from openprospect_nb.sandbox.server.port import is_loopback
from openprospect_nb.sandbox.server.problems import Refusal

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
        """The rate-limit headers of the response."""
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(max(self.left, 0)),
            "X-RateLimit-Reset": str(-(-self.ends_us // SECOND_US)),
        }

    def refusal(self) -> Refusal:
        """Return the 429 with the delay in whole seconds, in the body and in a header."""
        delay = max(1, -(-(self.ends_us - self.now_us) // SECOND_US))
        headers = {**self.headers, HEADER_RETRY_AFTER: str(delay)}
        message = f"The limit of {self.limit} calls an hour is reached."
        facts = {"retry_after": delay}
        return Refusal(429, "RATE_LIMIT_EXCEEDED", message, details=facts, extra=facts, headers=headers)


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


class SandboxHeader:
    """Marks every response as the sandbox's, and dates it if nothing behind did."""

    def __init__(self, app: ASGIApp, clock: SandboxClock) -> None:
        self.app = app
        self.clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on; add the headers to the response's start."""
        date = formatdate(self.clock.now() / SECOND_US, usegmt=True)
        await self.app(scope, receive, _with_headers(send, {HEADER_SANDBOX: "true", "date": date}))


class SlashTolerance:
    """Serves ``/orders/`` as ``/orders``, with no redirect."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on with the path's last slash dropped."""
        if scope["type"] == "http" and scope["path"] != "/" and scope["path"].endswith("/"):
            scope = {**scope, "path": scope["path"][:-1]}
        await self.app(scope, receive, send)


class ControlGate:
    """Keeps the control surface out of reach of web pages and other machines.

    A call needs the control header, which a page cannot send across origins without a CORS answer that never comes, a
    loopback peer, and a loopback ``Host``, which a page on a rebound name doesn't have.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on, or answer 403."""
        if scope["type"] == "http" and f"{scope['path']}/".startswith("/_sandbox/") and not _may_control(scope):
            problem = Refusal(403, "CONTROL_FORBIDDEN", f"Send {HEADER_SANDBOX_CONTROL}: 1 from this machine.")
            await refusal_as_http(problem)(scope, receive, send)
            return
        await self.app(scope, receive, send)


class KeyGate:
    """Lets calls below ``/api/v1`` pass only with a valid key (401) that has calls left (429).

    Handlers find the key in ``scope["state"]``.
    """

    def __init__(self, app: ASGIApp, store: Store) -> None:
        self.app = app
        self.store = store

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on, or refuse it."""
        if scope["type"] != "http" or not f"{scope['path']}/".startswith(f"{API_PREFIX}/"):
            await self.app(scope, receive, send)
            return
        key = find_key(Headers(scope=scope).get("authorization"))
        if key is None:
            problem = Refusal(401, "UNAUTHORIZED", "The API key is missing, malformed, unknown or expired.")
            await refusal_as_http(problem)(scope, receive, send)
            return
        quota = await run_in_threadpool(count_call, self.store, key) if self.store.counts_calls else None
        if quota is not None and quota.left < 0:
            await refusal_as_http(quota.refusal())(scope, receive, send)
            return
        scope = {**scope, "state": {**scope.get("state", {}), "key": key}}
        await self.app(scope, receive, _with_headers(send, {} if quota is None else quota.headers))


def _with_headers(send: Send, headers: Mapping[str, str]) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            given = MutableHeaders(scope=message)
            for name, value in headers.items():
                given.setdefault(name, value)
        await send(message)

    return sending


def _may_control(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    peer = (scope.get("client") or ("",))[0]
    hosts = (f"[{peer}]" if ":" in peer else peer, headers.get("host", ""))  # an address of IPv6 stands in brackets
    return headers.get(HEADER_SANDBOX_CONTROL) == "1" and all(is_loopback(f"http://{host}") for host in hosts)
