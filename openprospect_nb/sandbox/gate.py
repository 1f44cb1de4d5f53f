"""Plain ASGI middleware: the sandbox header, tolerant slashes, and who may call at all (401)."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from openprospect_nb.contract import API_PREFIX, HEADER_SANDBOX
from openprospect_nb.sandbox.keys import Key, find_key
from openprospect_nb.sandbox.problems import Problem
from openprospect_nb.sandbox.wire import refusal

__all__ = ["KeyGate", "SandboxHeader", "SlashTolerance"]


class SandboxHeader:
    """Marks every answer as the sandbox's."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on; add the header to the answer's start."""

        async def mark(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER_SANDBOX] = "true"
            await send(message)

        await self.app(scope, receive, mark)


class SlashTolerance:
    """Serves ``/orders/`` as ``/orders``, with no redirect."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on with the path's last slash dropped."""
        if scope["type"] == "http" and scope["path"] != "/" and scope["path"].endswith("/"):
            scope = {**scope, "path": scope["path"][:-1]}
        await self.app(scope, receive, send)


class KeyGate:
    """Lets calls below ``/api/v1`` pass only with a valid key, which handlers find in ``scope["state"]``."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on, or answer 401."""
        if scope["type"] == "http" and f"{scope['path']}/".startswith(f"{API_PREFIX}/"):
            key: Key | None = find_key(Headers(scope=scope).get("authorization"))
            if key is None:
                problem = Problem(401, "UNAUTHORIZED", "The API key is missing, malformed, unknown or expired.")
                await refusal(problem)(scope, receive, send)
                return
            scope = {**scope, "state": {**scope.get("state", {}), "key": key}}
        await self.app(scope, receive, send)
