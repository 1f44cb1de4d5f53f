"""Faults on demand: what can be asked for, which call meets which fault, and the response a fault gives instead.

Beyond contract 9.3, a fault may also carry: ``skip`` (let so many matching calls pass first), ``delay_seconds`` (a slow
response), ``truncate_bytes`` (cut the body there, then the connection), ``content_type`` (claim that type),
``skew_seconds`` (the server's clock is off: the ``Date`` header and every stamp in the body move). Results that expire
are the setting ``results_ttl_seconds``.
"""

from __future__ import annotations

import asyncio
import json
import re
import threading
from email.utils import formatdate
from http import HTTPStatus
from typing import Annotated, Any, Final, Literal, Self

from pydantic import ConfigDict, Field, StrictBool, model_validator
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from openprospect_nb.contract import API_PREFIX, HEADER_RETRY_AFTER, MAX_URL
from openprospect_nb.sandbox.clock import SECOND_US, SandboxClock, parse_stamp, read_seconds, stamp
from openprospect_nb.sandbox.requests.rules import WHOLE, RequestBody, text
from openprospect_nb.sandbox.server.call import SandboxResponse, as_http

_MAX_TIMES: Final = 1_000_000
_MAX_DELAY: Final = 3_600
_MAX_SKEW: Final = 10**9
_EFFECTS: Final = ("status", "drop", "delay_seconds", "truncate_bytes", "content_type", "skew_seconds")

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Shape = Literal["E1", "E2", "E3", "E4", "E5", "E6"]
Times = Annotated[int, Field(strict=True, ge=0, le=_MAX_TIMES), WHOLE]
Seconds = Annotated[float, Field(strict=True, ge=0, le=_MAX_DELAY)]
Skew = Annotated[float, Field(strict=True, ge=-_MAX_SKEW, le=_MAX_SKEW)]


class Fault(RequestBody):
    """One fault: which calls meet it, how often, and what they get. Without ``status`` the call is handled first."""

    model_config = ConfigDict(extra="forbid")

    method: Method | None = None
    path_prefix: Annotated[str, text(MAX_URL)] = "/"
    times: Annotated[Times, Field(ge=1)] = 1
    skip: Times = 0
    status: Annotated[int, Field(strict=True, ge=200, le=599), WHOLE] | None = None
    shape: Shape = "E1"
    code: Annotated[str, text(200)] | None = None
    message: Annotated[str, text(5_000)] | None = None
    retry_after: Annotated[float, Field(strict=True, ge=0, le=_MAX_SKEW)] | None = None
    drop: StrictBool = False
    delay_seconds: Seconds = 0
    truncate_bytes: Annotated[int, Field(strict=True, ge=0, le=2**40), WHOLE] | None = None
    content_type: Annotated[str, text(200)] | None = None
    skew_seconds: Skew = 0

    @model_validator(mode="after")
    def _has_an_effect(self) -> Self:
        if not self.model_fields_set.intersection(_EFFECTS):
            raise ValueError(f"one of these is required: {', '.join(_EFFECTS)}")
        return self

    def meets(self, method: str, path: str) -> bool:
        """Whether a call is one of those meant; the prefix may leave out ``/api/v1``."""
        if self.method not in {None, method}:
            return False
        return path.startswith(self.path_prefix) or path.removeprefix(API_PREFIX).startswith(self.path_prefix)


class FaultPlan:
    """The faults that are waiting for calls, first come first met; kept in this process only."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[tuple[Fault, list[int]]] = []

    def add(self, fault: Fault) -> None:
        """Let the calls that *fault* means meet it."""
        with self._lock:
            self._waiting.append((fault, [fault.skip, fault.times]))

    def clear(self) -> None:
        """Forget all faults."""
        with self._lock:
            self._waiting.clear()

    def __len__(self) -> int:
        return len(self._waiting)

    def take(self, method: str, path: str) -> Fault | None:
        """Return the fault that a call meets, and count it; None if it passes."""
        with self._lock:
            for number, (fault, left) in enumerate(self._waiting):
                if not fault.meets(method, path):
                    continue
                if left[0] > 0:
                    left[0] -= 1
                    continue
                left[1] -= 1
                if left[1] == 0:
                    del self._waiting[number]
                return fault
        return None


def fault_response(fault: Fault) -> SandboxResponse:
    """Return the response that *fault* gives instead of the real one, in its shape."""
    status = fault.status or HTTPStatus.INTERNAL_SERVER_ERROR
    phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else "Unknown"
    message = fault.message or phrase
    headers = {}
    if fault.retry_after is not None and fault.shape in {"E1", "E5", "E6"}:
        headers[HEADER_RETRY_AFTER] = f"{fault.retry_after:g}"
    if fault.shape == "E6":
        page = f"<html><body><h1>{status} {phrase}</h1></body></html>"
        return SandboxResponse(status, page.encode(), {**headers, "content-type": "text/html"})
    return SandboxResponse(status, json.dumps(_shaped(fault, message)).encode(), headers)


def _shaped(fault: Fault, message: str) -> dict[str, Any]:
    code = {} if fault.code is None else {"code": fault.code}
    delay = {} if fault.retry_after is None else {"retry_after": fault.retry_after}
    match fault.shape:
        case "E2":
            return {**code, "message": message, **delay}
        case "E3":
            return {"error": {**code, "message": message, "details": {}, **delay}}
        case "E4":
            return {"error": fault.code or message, "message": message, **delay}
        case "E5":
            return {"detail": message}
        case _:
            return {**code, "message": message, "details": delay}


_CONTROL_PATH: Final = "/_sandbox"
_STAMP: Final = re.compile(rb'"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)"')


class Breakage:
    """Asks the plan before every call but the control surface's, and acts on the fault it meets.

    Args:
        app: the application behind.
        plan: the faults.
        clock: gives the ``Date`` header that a skewed response needs.
    """

    def __init__(self, app: ASGIApp, plan: FaultPlan, clock: SandboxClock) -> None:
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
            await as_http(fault_response(fault))(scope, receive, send)
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
        raise ConnectionResetError("the sandbox closed the connection without a response (a fault asked for it)")
    transport.close()
    while (await receive())["type"] != "http.disconnect":
        pass
