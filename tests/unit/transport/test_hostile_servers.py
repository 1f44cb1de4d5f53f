"""Whatever a server sends, a call returns or raises an error of the package: over a mocked line and over sockets."""

from __future__ import annotations

import asyncio
import gzip
import json
import traceback
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.clocks import TestClock
from support.examples import examples

from openprospect_nb import errors
from openprospect_nb.api.listing import measure, order_states
from openprospect_nb.models import Blacklist, KeyInfo, OrderState, ProfileState, Search
from openprospect_nb.settings import Secret
from openprospect_nb.transport import Attempts, Call, Response, RetryPolicy, Sender
from openprospect_nb.transport.statuses import rule_for
from openprospect_nb.transport.wire import Origin, Wire

KEY = "lnc_test_secretsecretsecretsecretsecret00"
CALLS = [
    Call(method="GET", path="/orders"),
    Call(method="POST", path="/orders", body=b"{}", idempotency_key="k"),
    Call(method="POST", path="/blacklists", body=b"{}"),
    Call(method="PATCH", path="/prospect-searches/1", body=b"{}"),
    Call(method="DELETE", path="/blacklists/1"),
]
READS = {
    "mapping": Response.mapping,
    "nothing": lambda _: None,
    "order": lambda response: OrderState.from_wire(response.mapping()),
    "profile": lambda response: ProfileState.from_wire(response.mapping()),
    "search": lambda response: Search.from_wire(response.mapping()),
    "blacklist": lambda response: Blacklist.from_wire(response.mapping()),
    "key": lambda response: KeyInfo.from_wire(response.mapping()),
    "orders": lambda response: order_states([measure(response, 0, "orders")[1]]),
    "a reader with a fault": lambda response: json.loads(response.body)["order"][0],
}
# What servers and proxies get wrong, and what they should not be able to do with it.
HEADERS = [
    (b"Content-Length", b"5"),
    (b"Content-Length", b"-1"),
    (b"Content-Length", b"9" * 30),
    (b"Content-Length", b"5, 5"),
    (b"Content-Length", "²".encode()),
    (b"Transfer-Encoding", b"chunked"),
    (b"Transfer-Encoding", b"gzip, chunked"),
    (b"Content-Encoding", b"gzip"),
    (b"Content-Encoding", b"br"),
    (b"Content-Encoding", b"gzip, gzip"),
    (b"Content-Type", b"text/html; charset=klingon"),
    (b"Content-Type", b"\xff\xfe"),
    (b"Location", b"javascript:alert(1)"),
    (b"Location", b"http://[::1"),
    (b"Location", b"http://one.example:99999/"),
    (b"Location", b"/api/v1/orders/"),
    (b"Location", b"\x01\x02"),
    (b"Location", b"http://user:word@127.0.0.1:1/x"),
    (b"Location", "http://ü.example/".encode()),
    (b"Location", b""),
    (b"Location", b"http://" + b"a" * 300 + b"/"),
    (b"Retry-After", b"9" * 400),
    (b"Retry-After", "²".encode()),
    (b"Retry-After", b"nan"),
    (b"Retry-After", b"Mon, 05 Jan 2026 08:00:07 +9999"),
    (b"X-RateLimit-Remaining", b"9" * 5000),
    (b"Set-Cookie", b"\xff=\x80; expires=never; Max-Age=" + b"9" * 30),
    (b"Idempotency-Replayed", b"\xff"),
    (b"Connection", b"upgrade"),
    (b"Keep-Alive", b"timeout=" + b"9" * 20),
]
BODIES = [
    b"",
    b"{}",
    b"[]",
    b"null",
    b'{"order_id": "o", "status": "RECEIVED"}',
    b'{"order_id": "\\ud800", "status": 1e400, "estimated_cost": {"total": NaN}}',
    b'{"orders": null}',
    b'{"orders": [null, 1, {"order_id": []}]}',
    b'{"error": {"code": "X", "message": "m", "details": null}, "retry_after": "\xc2\xb2"}',
    b'7\r\n{"a": 1\r\n1\r\n}\r\n0\r\n\r\n',
    b"ffffffffffffffff\r\n",
    b"-5\r\nhello",
    b"zz\r\n",
    gzip.compress(b"{}", mtime=0),
    gzip.compress(b"{}" * 50, mtime=0)[:-4],
    b"[" * 5000,
    b"<html>sign in",
    b"\xff\xfe\x00",
]


@dataclass(frozen=True)
class Said:
    """What a server answers, and whether it breaks off in the middle."""

    status: int
    headers: Sequence[tuple[bytes, bytes]]
    chunks: Sequence[bytes]
    breaks: bool = False


class Mocked(httpx.AsyncBaseTransport):
    """Answers everything with *said*."""

    def __init__(self, said: Said) -> None:
        self.said = said

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer."""
        return httpx.Response(self.said.status, headers=list(self.said.headers), stream=MockedBody(self.said))


class MockedBody(httpx.AsyncByteStream):
    """The chunks, and perhaps an end before the end."""

    def __init__(self, said: Said) -> None:
        self.said = said

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self.said.chunks:
            yield chunk
        if self.said.breaks:
            raise httpx.ReadError("cut off")


SAID = st.builds(
    Said,
    st.sampled_from([200, 202, 204, 302, 307, 402, 409, 422, 429, 503]) | st.integers(100, 999),
    st.lists(
        st.sampled_from(HEADERS) | st.tuples(st.sampled_from([name for name, _ in HEADERS]), st.binary()), max_size=4
    ),
    st.lists(st.sampled_from(BODIES) | st.binary(), max_size=3),
    st.booleans(),
)


async def outcome_of(wire: Wire, call: Call, read, attempts: Attempts):
    """Return what a call gives, or its error."""
    sender = Sender(wire, RetryPolicy(tries=2), clock=TestClock())
    try:
        return await sender.send(call, read, attempts)
    except errors.OpenProspectError as error:
        return error
    finally:
        await sender.aclose()


def judge(outcome, call: Call) -> None:
    """Hold an outcome against what is promised of every error."""
    if not isinstance(outcome, errors.OpenProspectError):
        return
    assert outcome.request == call.name
    shown = "".join(traceback.format_exception(outcome))
    assert KEY not in shown + repr(outcome) + repr(outcome.details)
    str(outcome).encode()
    if outcome.status is not None and type(outcome) is not errors.ContractError:
        assert isinstance(outcome, (rule_for(outcome.status).error, errors.ConnectionFailed))


@settings(max_examples=examples(300))
@given(SAID, st.sampled_from(CALLS), st.sampled_from(sorted(READS)))
def test_any_answer_over_a_mocked_line(said, call, read):
    """Every status, header and body, whole or cut: a value, or an error that names its request and not the key."""

    async def run():
        origin = Origin(base_url="https://api.one.example", api_key=Secret(KEY), user_agent="t")
        return await outcome_of(Wire(origin, timeout=5, transport=Mocked(said)), call, READS[read], Attempts())

    judge(asyncio.run(run()), call)


STATUS_LINES = [
    *(b"HTTP/1.1 %d OK" % status for status in (100, 101, 103, 200, 202, 204, 302, 304, 307, 404, 409, 429, 503, 999)),
    b"HTTP/1.1 099 No",
    b"HTTP/1.1 2000 Much",
    b"HTTP/1.1 abc",
    b"HTTP/1.0 200",
    b"HTTP/9.9 200 OK",
    b"HTTP/1.1 200 \xff\xfe",
    b"ICY 200 OK",
    b"",
]
RAW = st.binary() | st.builds(
    lambda line, headers, body: b"\r\n".join([line, *headers, b"", body]),
    st.sampled_from(STATUS_LINES),
    st.lists(
        st.sampled_from(
            [*(name + b": " + value for name, value in HEADERS), b"no colon", b": none", b"X: a\r\n folded"]
        ),
        max_size=4,
    ),
    st.sampled_from(BODIES),
)


@settings(max_examples=examples(300))
@given(st.lists(RAW, min_size=1, max_size=3), st.sampled_from(CALLS))
def test_any_bytes_over_a_socket(answers, call):
    """Malformed status lines, headers, lengths and chunks, straight from a socket: the same promise."""
    left = list(answers)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(left.pop(0) if len(left) > 1 else left[0])
        writer.close()

    async def run():
        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            origin = Origin(base_url=f"http://127.0.0.1:{port}", api_key=Secret(KEY), user_agent="t")
            return await outcome_of(Wire(origin, timeout=5), call, Response.mapping, Attempts())

    judge(asyncio.run(run()), call)


@pytest.mark.parametrize(
    "error", [RuntimeError("x"), ValueError("x"), OSError(5, "x"), UnicodeError("x"), KeyError("x")]
)
def test_whatever_a_transport_raises_is_a_failed_attempt(error):
    """An exception nobody thought of is a lost answer: the call may have arrived."""

    class Broken(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            raise error

    async def run():
        origin = Origin(base_url="https://api.one.example", api_key=Secret(KEY), user_agent="t")
        met = Attempts()
        return await outcome_of(Wire(origin, timeout=5, transport=Broken()), CALLS[1], READS["nothing"], met), met

    outcome, attempts = asyncio.run(run())
    assert isinstance(outcome, errors.ConnectionFailed)
    assert type(error).__name__ in outcome.message
    assert attempts.lost == 2
    assert outcome.__cause__ is None
    assert outcome.__context__ is None


def test_a_reader_with_a_fault_of_its_own_is_named_and_chained():
    """What Python raised while an answer was read is in the text and in the cause."""

    async def run():
        origin = Origin(base_url="https://api.one.example", api_key=Secret(KEY), user_agent="t")
        wire = Wire(origin, timeout=5, transport=Mocked(Said(200, (), [b'{"order": []}'])))
        return await outcome_of(wire, CALLS[1], READS["a reader with a fault"], Attempts())

    outcome = asyncio.run(run())
    assert isinstance(outcome, errors.ContractError)
    assert "IndexError" in outcome.message
    assert isinstance(outcome.__cause__, IndexError)
