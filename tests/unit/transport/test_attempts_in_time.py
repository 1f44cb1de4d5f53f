"""How long an attempt and a call may take: silence, drips, downloads and deadlines, in a time that jumps."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from itertools import repeat

import httpx
import pytest
from support.clocks import run_at_once

from openprospect_nb import errors
from openprospect_nb.settings import Secret
from openprospect_nb.transport import Attempts, Call, Response, RetryPolicy, Sender
from openprospect_nb.transport.clock import Clock
from openprospect_nb.transport.wire import Origin, Wire

GET = Call(method="GET", path="/orders")
KEYED = Call(method="POST", path="/orders", body=b"{}", idempotency_key="k")
KEYLESS = Call(method="POST", path="/blacklists", body=b"{}")


class Slow(httpx.AsyncBaseTransport):
    """A server that begins its answer after *silence* seconds and sends each chunk after a pause of *pause* seconds."""

    def __init__(self, *, silence: float = 0.0, pause: float = 0.0, chunks: Sequence[bytes] | repeat[bytes] = (b"{}",)):
        self.silence, self.pause, self.chunks = silence, pause, chunks
        self.status = 200
        self.tells: Sequence[str] = ()
        self.begun: list[float] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer in its own time."""
        self.begun.append(asyncio.get_running_loop().time())
        for event in self.tells:
            await request.extensions["trace"](event, {})
        await asyncio.sleep(self.silence)
        return httpx.Response(self.status, stream=Drip(self))


class Drip(httpx.AsyncByteStream):
    """The body of a `Slow` answer."""

    def __init__(self, server: Slow) -> None:
        self.server = server

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self.server.chunks:
            await asyncio.sleep(self.server.pause)
            yield chunk


class LoopClock(Clock):
    """The loop's time, and no jitter but the longest."""

    def monotonic(self) -> float:
        """Return the loop's seconds."""
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        """Wait in the loop's time."""
        await asyncio.sleep(seconds)

    def chance(self) -> float:
        """Return the longest jitter."""
        return 1.0


def send(server: Slow, call: Call, *, timeout: float, attempts: Attempts | None = None, deadline: float | None = None):
    """Send *call* and return the body or the error, and the seconds it took."""

    async def run():
        origin = Origin(base_url="http://127.0.0.1", api_key=Secret("k" * 20), user_agent="t")
        policy = RetryPolicy(cap=timeout)
        sender = Sender(Wire(origin, timeout=timeout, transport=server), policy, clock=LoopClock())
        try:
            return await sender.send(call, lambda response: response.body, attempts, deadline=deadline)
        except errors.OpenProspectError as error:
            return error

    return run_at_once(run())


@pytest.mark.parametrize("call", [GET, KEYED], ids=["GET", "keyed POST"])
def test_a_silent_server_is_given_two_attempts_and_a_pause(call):
    """Three times the timeout, and the error says that no answer came in time."""
    server, attempts = Slow(silence=3600), Attempts()
    error, seconds = send(server, call, timeout=1.0, attempts=attempts)
    assert isinstance(error, errors.ConnectionFailed)
    assert "in time" in error.message
    assert (seconds, server.begun[1], attempts.lost) == (pytest.approx(3, abs=0.01), pytest.approx(2, abs=0.01), 2)


def test_a_dripping_answer_is_as_good_as_none():
    """A byte each tenth of a second, for ever, does not hold an attempt beyond its timeout."""
    server = Slow(pause=0.1, chunks=repeat(b" "))
    error, seconds = send(server, GET, timeout=1.0)
    assert isinstance(error, errors.ConnectionFailed)
    assert 3.0 <= seconds < 3.1


def test_a_large_answer_has_the_time_it_earns():
    """A megabyte in ten seconds is more than 10 kB a second: it arrives whole, although the timeout is one second."""
    body, seconds = send(Slow(pause=0.5, chunks=[b"x" * 50_000] * 20), GET, timeout=1.0)
    assert (len(body), seconds) == (1_000_000, 10.0)


def test_a_keyless_post_that_was_sent_is_given_one_attempt():
    """What must not happen twice ends with its first silence."""
    server = Slow(silence=3600)
    error, seconds = send(server, KEYLESS, timeout=1.0)
    assert (type(error), len(server.begun)) == (errors.ConnectionFailed, 1)
    assert seconds == pytest.approx(1, abs=0.01)


def test_a_long_body_has_the_time_to_be_sent():
    """Ten thousand companies in two megabytes may take three minutes more before the answer comes."""
    enrichment = Call(method="POST", path="/orders", body=b"x" * 2_000_000, idempotency_key="k")
    body, seconds = send(Slow(silence=150), enrichment, timeout=1.0)
    assert (body, seconds) == (b"{}", 150.0)


def test_a_connection_never_made_is_known_as_such():
    """A transport that says it is still connecting when time is up has sent nothing, so a keyless POST goes again."""
    server, attempts = Slow(silence=3600), Attempts()
    server.tells = ["connection.connect_tcp.started"]
    send(server, KEYLESS, timeout=1.0, attempts=attempts)
    assert (len(server.begun), attempts.lost) == (2, 0)


def test_a_request_that_left_after_connecting_may_have_arrived():
    """Once the headers were on their way, silence proves nothing."""
    server, attempts = Slow(silence=3600), Attempts()
    server.tells = ["connection.connect_tcp.started", "http11.send_request_headers.started"]
    send(server, KEYLESS, timeout=1.0, attempts=attempts)
    assert (len(server.begun), attempts.lost) == (1, 1)


@pytest.mark.parametrize(
    "server",
    [Slow(silence=3600), Slow(pause=0.1, chunks=repeat(b" ")), Slow(pause=0.1, chunks=repeat(b"x" * 50_000))],
    ids=["silent", "dripping", "flowing"],
)
def test_nothing_extends_a_deadline(server):
    """Two seconds are two seconds: for a silent server, a drip, and a download that is going well."""
    error, seconds = send(server, GET, timeout=60.0, deadline=2.0)
    assert isinstance(error, errors.ConnectionFailed)
    assert seconds == pytest.approx(2.0)


def test_a_deadline_that_is_over_sends_nothing():
    """A call that comes too late is not begun."""
    server = Slow()
    error, seconds = send(server, GET, timeout=60.0, deadline=0.0)
    assert isinstance(error, errors.ConnectionFailed)
    assert (seconds, server.begun) == (0.0, [])


def test_trouble_is_still_asked_five_times_in_a_hurry():
    """Answers that come at once are no timeouts: five attempts, with pauses no longer than the timeout."""
    server = Slow()
    server.status = 503
    error, seconds = send(server, GET, timeout=1.0)
    assert (type(error), len(server.begun), seconds) == (errors.ServerError, 5, 4.0)


def test_a_call_waits_for_its_turn_no_longer_than_its_deadline():
    """Where eight slow calls hold all places, a ninth with a deadline says so in time."""

    async def run():
        origin = Origin(base_url="http://127.0.0.1", api_key=Secret("k" * 20), user_agent="t")
        sender = Sender(Wire(origin, timeout=60, transport=Slow(silence=30)), RetryPolicy(), clock=LoopClock())
        others = [asyncio.ensure_future(sender.send(GET, Response.mapping)) for _ in range(8)]
        await asyncio.sleep(0)
        with pytest.raises(errors.ConnectionFailed, match="other requests"):
            await sender.send(GET, Response.mapping, deadline=2.0)
        late = asyncio.get_running_loop().time()
        await asyncio.gather(*others)
        return late

    assert run_at_once(run()) == (2.0, 30.0)
