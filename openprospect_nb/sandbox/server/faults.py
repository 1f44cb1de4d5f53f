"""Faults on demand: what can be asked for, which call meets which fault, and the answer a fault gives instead.

Beyond contract 9.3, a fault may also carry: ``skip`` (let so many matching calls pass first), ``delay_seconds`` (a slow
answer), ``truncate_bytes`` (cut the body there, then the connection), ``content_type`` (claim that type),
``skew_seconds`` (the server's clock is off: the ``Date`` header and every stamp in the body move). Results that expire
are the setting ``results_ttl_seconds``.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from openprospect_nb.contract import API_PREFIX, HEADER_RETRY_AFTER
from openprospect_nb.sandbox.requests.rules import Body
from openprospect_nb.sandbox.server.call import Answer

__all__ = ["SHAPES", "Fault", "FaultPlan", "fault_answer", "read_fault"]

SHAPES: Final = ("E1", "E2", "E3", "E4", "E5", "E6")
METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
_MAX_TIMES: Final = 1_000_000
_MAX_DELAY: Final = 3_600
_MAX_SKEW: Final = 10**9
_EFFECTS: Final = ("status", "drop", "delay_seconds", "truncate_bytes", "content_type", "skew_seconds")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault: which calls meet it, how often, and what they get. Without ``status`` the call is handled first."""

    method: str | None = None
    path_prefix: str = "/"
    times: int = 1
    skip: int = 0
    status: int | None = None
    shape: str = "E1"
    code: str | None = None
    message: str | None = None
    retry_after: float | None = None
    drop: bool = False
    delay_seconds: float = 0
    truncate_bytes: int | None = None
    content_type: str | None = None
    skew_seconds: float = 0

    def meets(self, method: str, path: str) -> bool:
        """Whether a call is one of those meant; the prefix may leave out ``/api/v1``."""
        if self.method not in {None, method}:
            return False
        return path.startswith(self.path_prefix) or path.removeprefix(API_PREFIX).startswith(self.path_prefix)


def read_fault(body: Body) -> Fault:
    """Return the fault that a control call asks for; broken rules are noted in the body's findings."""
    for name in body.data:
        if name not in Fault.__dataclass_fields__:
            body.note(name, f"is no field of a fault; there are {', '.join(Fault.__dataclass_fields__)}")
    if not any(body.has(name) for name in _EFFECTS):
        body.findings.add("status", f"or another effect is required: {', '.join(_EFFECTS)}")
    return Fault(
        method=body.choice("method", METHODS),
        path_prefix=body.text("path_prefix", 2048) or "/",
        times=body.integer("times", 1, _MAX_TIMES) or 1,
        skip=body.integer("skip", 0, _MAX_TIMES) or 0,
        status=body.integer("status", 200, 599),
        shape=body.choice("shape", SHAPES) or "E1",
        code=body.text("code", 200),
        message=body.text("message", 5_000),
        retry_after=body.number("retry_after", 0, _MAX_SKEW),
        drop=body.flag("drop") or False,
        delay_seconds=body.number("delay_seconds", 0, _MAX_DELAY) or 0,
        truncate_bytes=body.integer("truncate_bytes", 0, 2**40),
        content_type=body.text("content_type", 200),
        skew_seconds=body.number("skew_seconds", -_MAX_SKEW, _MAX_SKEW) or 0,
    )


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


def fault_answer(fault: Fault) -> Answer:
    """Return the answer that *fault* gives instead of the real one, in its shape."""
    status = fault.status or HTTPStatus.INTERNAL_SERVER_ERROR
    phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else "Unknown"
    message = fault.message or phrase
    headers = {}
    if fault.retry_after is not None and fault.shape in {"E1", "E5", "E6"}:
        headers[HEADER_RETRY_AFTER] = f"{fault.retry_after:g}"
    if fault.shape == "E6":
        page = f"<html><body><h1>{status} {phrase}</h1></body></html>"
        return Answer(status, page.encode(), {**headers, "content-type": "text/html"})
    return Answer(status, json.dumps(_shaped(fault, message)).encode(), headers)


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
