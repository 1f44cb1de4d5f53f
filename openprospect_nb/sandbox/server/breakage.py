"""Plain ASGI middleware that lets calls meet their faults; handlers know nothing of it."""

from __future__ import annotations

import asyncio
import re
from email.utils import formatdate
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from openprospect_nb.sandbox.clock import SECOND_US, Clock, parse_stamp, read_seconds, stamp
from openprospect_nb.sandbox.server.faults import Fault, FaultPlan, fault_answer
from openprospect_nb.sandbox.server.wire import response

__all__ = ["Breakage"]

_CONTROL_PATH: Final = "/_sandbox"
_STAMP: Final = re.compile(rb'"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)"')


class Breakage:
    """Asks the plan before every call but the control surface's, and acts on the fault it meets.

    Args:
        app: the application behind.
        plan: the faults.
        clock: gives the ``Date`` header that a skewed answer needs.
    """

    def __init__(self, app: ASGIApp, plan: FaultPlan, clock: Clock) -> None:
        self.app = app
        self.plan = plan
        self.clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on, whole or through its fault."""
        fault = None
        if scope["type"] == "http" and not scope["path"].startswith(_CONTROL_PATH):
            fault = self.plan.take(scope["method"], scope["path"])
        if fault is None:
            await self.app(scope, receive, send)
            return
        await asyncio.sleep(fault.delay_seconds)
        if fault.status is not None and not fault.drop:
            await response(fault_answer(fault))(scope, receive, send)
            return
        start, body = await self._handle(scope, receive)
        if fault.drop:
            await _cut(scope, receive)
            return
        await _answer(fault, start, self._skewed(fault, start, body), scope, receive, send)

    async def _handle(self, scope: Scope, receive: Receive) -> tuple[Message, bytes]:
        start: Message = {}
        chunks: list[bytes] = []

        async def collect(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                chunks.append(message.get("body", b""))

        await self.app(scope, receive, collect)
        return start, b"".join(chunks)

    def _skewed(self, fault: Fault, start: Message, body: bytes) -> bytes:
        if not fault.skew_seconds:
            return body
        shift_us = read_seconds(fault.skew_seconds)
        MutableHeaders(scope=start)["date"] = formatdate((self.clock.now() + shift_us) / SECOND_US, usegmt=True)

        def shift(match: re.Match[bytes]) -> bytes:
            us = parse_stamp(match[1].decode())
            return b'"%s"' % str(stamp((us or 0) + shift_us)).encode()

        return _STAMP.sub(shift, body)


async def _answer(fault: Fault, start: Message, body: bytes, scope: Scope, receive: Receive, send: Send) -> None:
    headers = MutableHeaders(scope=start)
    headers["content-length"] = str(len(body))
    if fault.content_type:
        headers["content-type"] = fault.content_type
    await send(start)
    if fault.truncate_bytes is None or fault.truncate_bytes >= len(body):
        await send({"type": "http.response.body", "body": body})
        return
    part = body[: fault.truncate_bytes]
    is_served = "transport" in scope.get("state", {})
    await send({"type": "http.response.body", "body": part, "more_body": is_served})
    if is_served:
        await _cut(scope, receive)


async def _cut(scope: Scope, receive: Receive) -> None:
    """Close the connection under a served call; in process, where there is none, fail as if it had been closed."""
    transport = scope.get("state", {}).get("transport")
    if transport is None:
        raise ConnectionResetError("the sandbox closed the connection without an answer (a fault asked for it)")
    transport.close()
    while (await receive())["type"] != "http.disconnect":
        pass
