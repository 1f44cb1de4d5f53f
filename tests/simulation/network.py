"""The network between a process and the vendor: it loses, repeats, delays, cuts and forges, as the seed says."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any

import httpx

from .vendor import Asked, Said, read_request, short

if TYPE_CHECKING:
    from .process import Process

LATENCY = 0.05
PAGE = b"<!doctype html><html><body>Please sign in to the network.</body></html>"
# What a gateway says although the vendor may have acted; never one of the statuses that prove that nothing was bought.
DOUBTFUL = (408, 409, 423, 425, 429, 499, 500, 502, 503, 504, 520, 302, 303)
# What proves that nothing was bought: whoever says it did not hand the request on.
PROOF = (400, 401, 403, 404, 405, 413, 415, 422)
ODD_BODIES = (PAGE, b"", b"null", b"[]", b"{}", b"OK", b'{"order_id": null}', b'"', b"\xff\xfe")
ODD_ERRORS: tuple[Any, ...] = (
    {"error": {"code": "X", "message": "m", "details": None}},
    {"error": {"code": "X", "message": "m", "details": [1]}},
    {"error": {"code": "X", "message": "m", "details": "text"}},
    {"error": ["X"]},
    {"detail": [{"loc": "body", "msg": None}]},
    {"code": 7, "message": None, "details": 3},
    {"error": "RATE_LIMIT_EXCEEDED", "retry_after": "²"},
    {"error": "RATE_LIMIT_EXCEEDED", "retry_after": float("nan")},
    {"error": "RATE_LIMIT_EXCEEDED", "retry_after": 10**300},
    [],
    "text",
    None,
)
ODD_WAITS = ("9" * 400, "²", "nan", "Fri, 31 Dec 1999 23:59:59 +9999", "-1", "")
LOCATIONS = (
    "/api/v1{path}/",
    "javascript:alert(1)",
    "http://api.openprospect.example{path}",
    "https://elsewhere.example/login",
    "https://x:99999/",
    "",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """What becomes of one request; times in seconds after it was sent.

    Attributes:
        copies: when each copy of it reaches the vendor.
        work: how long the vendor has it in hand.
        acts_late: the vendor acts when the work is done, not when it starts.
        back: when the answer is there, or the error.
        error: raised instead of an answer.
        gives: the copy whose answer comes back; one that has not arrived yet was lost.
        said: an answer that somebody on the way gives instead.
        raw: a body in place of the answer's own.
        cut: how much of the body arrives; drip: seconds between its pieces.
    """

    copies: tuple[float, ...] = (LATENCY,)
    work: float = 0.0
    acts_late: bool = False
    back: float = 2 * LATENCY
    error: type[httpx.TransportError] | None = None
    gives: int = 0
    said: Said | None = None
    raw: bytes | None = None
    cut: float | None = None
    drip: float = 0.0


Fault = Callable[[Random, Asked], tuple[str, Journey]]


def _refused(draw: Random, asked: Asked) -> tuple[str, Journey]:
    if draw.random() < 0.5:
        return "connection refused", Journey(copies=(), error=httpx.ConnectError)
    return "cannot connect", Journey(copies=(), back=1e9, error=httpx.ConnectTimeout)


def _request_lost(draw: Random, asked: Asked) -> tuple[str, Journey]:
    back = draw.choice((LATENCY, 1e9))
    return "request lost", Journey(copies=(), back=back, error=httpx.WriteError if back < 1 else httpx.ReadTimeout)


def _answer_lost(draw: Random, asked: Asked) -> tuple[str, Journey]:
    kind = draw.choice((httpx.ReadError, httpx.RemoteProtocolError, httpx.ReadTimeout))
    return "answer lost", Journey(back=1e9 if kind is httpx.ReadTimeout else 3 * LATENCY, error=kind)


def _repeated(draw: Random, asked: Asked) -> tuple[str, Journey]:
    apart, work = draw.choice((0.0, 0.2, 2.0, 50.0)), draw.choice((0.0, 1.0, 5.0, 30.0))
    gives = draw.choice((0, 1))
    back = LATENCY * 2 + (apart if gives else work)
    words = f"request sent twice, {apart:g} s apart; the answer is that of the {('first', 'second')[gives]}"
    return words, Journey(copies=(LATENCY, LATENCY + apart), work=work, gives=gives, back=back)


def _slow(draw: Random, asked: Asked) -> tuple[str, Journey]:
    work, late = draw.choice((1.0, 10.0, 59.0, 70.0, 600.0)), draw.random() < 0.5
    words = f"answer takes {work:g} s{', the vendor acts at the end of it' if late else ''}"
    return words, Journey(work=work, acts_late=late, back=work + 2 * LATENCY)


def _delayed(draw: Random, asked: Asked) -> tuple[str, Journey]:
    late = draw.choice((5.0, 59.0, 120.0, 1200.0))
    return f"request arrives {late:g} s late", Journey(copies=(late,), back=late + LATENCY)


def _doubtful(draw: Random, asked: Asked) -> tuple[str, Journey]:
    status, acts = draw.choice(DOUBTFUL), draw.random() < 0.5
    body = draw.choice((PAGE, {"code": "X", "message": "later"}, None, *ODD_ERRORS))
    headers = {"Retry-After": draw.choice(("1", "30", "600", "3600", *ODD_WAITS))} if draw.random() < 0.4 else {}
    headers |= {"Location": draw.choice(LOCATIONS).format(path=asked.path)} if status in {302, 303} else {}
    words = f"a gateway answers {status}{'' if acts else ', the request goes no further'}"
    return words, Journey(copies=(LATENCY,) if acts else (), said=Said(status=status, body=body, headers=headers))


def _proof(draw: Random, asked: Asked) -> tuple[str, Journey]:
    status = draw.choice(PROOF)
    body = draw.choice(({"code": "X", "message": "no"}, PAGE, *ODD_ERRORS))
    return f"{status}, nothing was done", Journey(copies=(), said=Said(status=status, body=body))


def _odd_body(draw: Random, asked: Asked) -> tuple[str, Journey]:
    acts, status = draw.random() < 0.6, draw.choice((200, 202, 204))
    raw = b"" if status == 204 else draw.choice(ODD_BODIES)
    words = f"{status} with {raw[:20]!r} for a body{'' if acts else ', the request goes no further'}"
    return words, Journey(copies=(LATENCY,) if acts else (), said=Said(status=status), raw=raw)


def _cut(draw: Random, asked: Asked) -> tuple[str, Journey]:
    return "answer cut off", Journey(cut=draw.random())


def _drip(draw: Random, asked: Asked) -> tuple[str, Journey]:
    gap = draw.choice((0.5, 5.0, 50.0))
    return f"answer drips, a piece in {gap:g} s", Journey(drip=gap)


def _limited(draw: Random, asked: Asked) -> tuple[str, Journey]:
    wait = draw.choice((1, 20, 119, 3600))
    body = {"error": "RATE_LIMIT_EXCEEDED", "message": "too many", "retry_after": wait}
    return f"429, retry after {wait} s", Journey(copies=(), said=Said(status=429, body=body))


def _moved(draw: Random, asked: Asked) -> tuple[str, Journey]:
    location = draw.choice(LOCATIONS).format(path=asked.path)
    said = Said(status=draw.choice((301, 307, 308)), headers={"Location": location})
    return f"{said.status} to {location!r}", Journey(copies=(), said=said)


FAULTS: Mapping[str, Fault] = {
    "refused": _refused,
    "request lost": _request_lost,
    "answer lost": _answer_lost,
    "repeated": _repeated,
    "slow": _slow,
    "delayed": _delayed,
    "doubtful": _doubtful,
    "proof": _proof,
    "odd body": _odd_body,
    "cut": _cut,
    "drip": _drip,
    "limited": _limited,
    "moved": _moved,
}


class Body(httpx.AsyncByteStream):
    """A body that arrives in pieces, and perhaps not whole."""

    def __init__(self, content: bytes, journey: Journey, limit: float | None) -> None:
        self._content = content
        self._journey = journey
        self._limit = limit

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield piece by piece."""
        whole, cut = self._content, self._journey.cut
        end = len(whole) if cut is None else int(cut * len(whole))
        size = max(1, len(whole) // 8) if self._journey.drip else max(1, end)
        for start in range(0, end, size):
            await self._pause()
            yield whole[start : min(start + size, end)]
        if cut is not None:
            raise httpx.RemoteProtocolError("peer closed connection without sending complete message body")

    async def _pause(self) -> None:
        gap, limit = self._journey.drip, self._limit
        if gap:
            await asyncio.sleep(gap if limit is None else min(gap, limit))
        if limit is not None and gap > limit:
            raise httpx.ReadTimeout("timed out")


class Line(httpx.AsyncBaseTransport):
    """The transport of one process: real httpx requests go in, real httpx responses or errors come out."""

    def __init__(self, process: Process) -> None:
        self._process = process

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Carry one request to the vendor and its answer back, as far as the weather lets it."""
        process = self._process
        process.refuse_work()
        sending = process.world.send(process, request)
        journey = sending.journey
        answers: list[Said | None] = [None] * len(journey.copies)
        for copy, delay in enumerate(journey.copies):
            arrive = partial(self._arrive, sending.asked, journey, answers, copy)
            process.world.timeline.after(delay + (journey.work if journey.acts_late else 0.0), arrive)
        await self._until_back(request, journey)
        process.refuse_work()
        said = journey.said or (answers[journey.gives] if answers else None)
        if said is None:
            raise httpx.ReadError("connection reset", request=request)
        sending.came_back(said)
        return _response(said, journey, request.extensions.get("timeout", {}).get("read"))

    def _arrive(self, asked: Asked, journey: Journey, answers: list[Said | None], copy: int) -> None:
        answers[copy] = self._process.world.vendor.answer(asked, 0.0 if journey.acts_late else journey.work)

    async def _until_back(self, request: httpx.Request, journey: Journey) -> None:
        limits = request.extensions.get("timeout", {})
        connecting = journey.error is httpx.ConnectTimeout
        limit = limits.get("connect" if connecting else "read")
        before = self._process.loop.lost
        await asyncio.sleep(journey.back if limit is None else min(journey.back, limit))
        if self._process.loop.lost - before > 30:
            raise httpx.ReadError("connection reset while the machine slept", request=request)
        if limit is not None and journey.back > limit:
            raise (httpx.ConnectTimeout if connecting else httpx.ReadTimeout)("timed out", request=request)
        if journey.error is not None:
            raise journey.error("lost", request=request)


def asked_of(request: httpx.Request) -> Asked:
    """Return a request as it will reach the vendor."""
    query = dict(request.url.params)
    return read_request(
        request.method, request.url.path, query, request.headers.get("idempotency-key"), request.content
    )


def journey_of(fault: str | None, draw: Random, asked: Asked) -> tuple[str, Journey]:
    """Return how a request fares under a fault, in words and as a plan."""
    return ("", Journey()) if fault is None else FAULTS[fault](draw, asked)


def portal() -> Journey:
    """Return how a request fares behind a captive portal."""
    return Journey(copies=(), said=Said(status=200), raw=PAGE)


def words_of(asked: Asked) -> str:
    """Return a request in the story's words."""
    key = f" (key {short(asked.key)})" if asked.key else ""
    return f"{asked.method} {asked.path.removeprefix('/api/v1')}{key}"


def with_echo(journey: Journey, text: str) -> Journey:
    """Return a journey whose forged answer repeats *text*, as a proxy's error page does."""
    if journey.said is None or journey.raw is not None:
        return journey
    return replace(journey, said=replace(journey.said, body={"code": "X", "message": f"refused: {text}"}))


def _response(said: Said, journey: Journey, limit: float | None) -> httpx.Response:
    body = journey.raw
    if body is None:
        body = said.body if isinstance(said.body, bytes) else _json(said.body)
    kind = "text/html" if body.startswith(b"<") else "application/json"
    headers = [(name.encode(), value.encode("latin-1")) for name, value in said.headers.items()]
    stream = Body(body, journey, limit)
    return httpx.Response(said.status, headers=[(b"content-type", kind.encode()), *headers], stream=stream)


def _json(value: Any) -> bytes:
    return b"" if value is None else json.dumps(value, ensure_ascii=False).encode()
