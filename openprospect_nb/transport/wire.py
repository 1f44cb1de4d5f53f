"""The one module that imports httpx: bytes out, bytes in, and whatever httpx raises turned into a `Failure`."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from math import inf
from types import TracebackType
from typing import Any, Final, Self

import httpx

from openprospect_nb.contract import HEADER_IDEMPOTENCY_KEY
from openprospect_nb.errors import ConnectionFailed, ContractError
from openprospect_nb.settings import Secret
from openprospect_nb.transport.addresses import NotFollowed, is_followed, origin_of, redirect_target
from openprospect_nb.transport.bodies import MAX_BODY, MAX_ERROR_BODY, Body, Problem
from openprospect_nb.transport.masking import KeyMask
from openprospect_nb.transport.responses import Call, Response
from openprospect_nb.transport.retry import AttemptOutcome, Failure, Fate
from openprospect_nb.transport.statuses import rule_for

MAX_REDIRECTS: Final = 5
# A response that comes slower than this is as good as none: ten pages of results a minute on a bad train.
MIN_BYTES_PER_SECOND: Final = 10_000
NEVER_CONNECTED: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
TIMED_OUT: Final = (TimeoutError, httpx.TimeoutException)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where requests go and what they carry: base URL, bearer key, product name and version."""

    base_url: str
    api_key: Secret
    user_agent: str

    def __repr__(self) -> str:
        """Show the address, never the key."""
        return f"Origin({self.base_url!r})"


class Wire:
    """Sends one call and returns one response, or raises `Failure`; decides nothing.

    Args:
        origin: where to and with which key.
        timeout: seconds one attempt may take; more only for a long body, or while the response comes fast enough.
        transport: an httpx transport, such as one over an ASGI app; None opens sockets.
    """

    def __init__(self, origin: Origin, *, timeout: float, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._origin = origin
        self._mask = KeyMask(origin.api_key)
        self._timeout = timeout
        # No httpx client: it would keep cookies and parse every Location, and a server could make it raise anything.
        self._transport = transport or httpx.AsyncHTTPTransport(verify=tls_context(), trust_env=False)

    async def attempt(self, call: Call, *, within: float = inf) -> Response:
        """Send *call* once, following redirects as the contract allows; the key stays on its own origin.

        Args:
            call: what to send.
            within: seconds the caller can wait for the response, whatever the timeout is.

        Raises:
            Failure: no response, or none that can be read.
        """
        # A long list of companies goes up slowly on a slow line; a server's silence after it still ends at the timeout.
        exchange = AttemptClock(self._timeout + len(call.body or b"") / MIN_BYTES_PER_SECOND, within)
        try:
            async with exchange:
                return await self._follow(call, exchange)
        except Failure:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a server makes a transport raise, it is a failed attempt
            failure = _failure(error, call.name, is_sent=exchange.is_sent)
        # Raised out here, it does not carry the frames of httpx along: their variables hold the key.
        raise failure

    async def aclose(self) -> None:
        """Close the connections."""
        await self._transport.aclose()

    async def _follow(self, call: Call, exchange: AttemptClock) -> Response:
        url = f"{self._origin.base_url}{call.prefix}{call.path}"
        for _ in range(MAX_REDIRECTS + 1):
            response = await self._once(call, url, exchange)
            location = response.headers.get("location", "").strip()
            if not location or not call.follows or not is_followed(response.status, call.method):
                return response
            try:
                url = redirect_target(url, location, call.method)
            except NotFollowed as reason:
                raise _astray(call, response, str(reason)) from None
        raise _astray(call, response, "the server redirects in a circle.")

    async def _once(self, call: Call, url: str, exchange: AttemptClock) -> Response:
        request = httpx.Request(
            call.method,
            url,
            params=list(call.query) if call.query and "?" not in url else None,
            content=call.body,
            headers=self._headers(call, url),
            extensions={"timeout": httpx.Timeout(self._timeout).as_dict(), "trace": exchange.trace},
        )
        received = await self._transport.handle_async_request(request)
        try:
            body = await _read(received, call.name, exchange)
        finally:
            await received.aclose()
        return Response(
            status=received.status_code,
            headers={name.lower(): self._mask.text(value) for name, value in received.headers.items()},
            body=self._mask.body(body),
            request=call.name,
            protocol=_protocol(received),
        )

    def _headers(self, call: Call, url: str) -> httpx.Headers:
        # Headers, not a dict: their repr hides the key where a traceback shows variables.
        headers = httpx.Headers(
            {"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": self._origin.user_agent}
        )
        if origin_of(url) == origin_of(self._origin.base_url) and not call.is_anonymous:
            headers["Authorization"] = f"Bearer {self._origin.api_key.reveal()}"
        if call.body is not None:
            headers["Content-Type"] = "application/json"
        if call.idempotency_key is not None:
            headers[HEADER_IDEMPOTENCY_KEY] = call.idempotency_key
        return headers


class AttemptClock:
    """One attempt in time: how long it may still go on, and whether the request has left.

    Args:
        seconds: until the whole response is here; each 10,000 bytes of it give one second more.
        within: a limit that nothing extends.
    """

    def __init__(self, seconds: float, within: float) -> None:
        now = asyncio.get_running_loop().time()
        self._patience = now + seconds
        self._deadline = now + within
        self._limit = asyncio.timeout_at(min(self._patience, self._deadline))
        # A transport that tells nothing is taken to have sent: what may have arrived is not repeated lightly.
        self.is_sent = True

    async def __aenter__(self) -> Self:
        await self._limit.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._limit.__aexit__(kind, error, trace)

    def received(self, count: int) -> None:
        """Give the response the time that *count* more bytes of it have earned."""
        self._patience += count / MIN_BYTES_PER_SECOND
        self._limit.reschedule(min(self._patience, self._deadline))

    async def trace(self, event: str, _: object) -> None:
        """Note how far the request came; httpcore calls this."""
        if event.endswith("connect_tcp.started"):
            self.is_sent = False
        elif event.endswith("send_request_headers.started"):
            self.is_sent = True


@cache
def tls_context() -> ssl.SSLContext:
    """Return the one context that verifies servers; making it costs more than a request, so it is shared."""
    return httpx.create_ssl_context(trust_env=False)


class InProcess(httpx.ASGITransport):
    """A transport that calls an ASGI app in this process, without a port; a connection error in it is a cut line."""

    def __init__(self, app: Any) -> None:
        super().__init__(app=app, client=("127.0.0.1", 0))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Return the app's response; an app that breaks answers 500, as a served one would."""
        try:
            return await super().handle_async_request(request)
        except ConnectionError as error:
            raise httpx.ReadError(str(error), request=request) from error
        except Exception:  # noqa: BLE001 - whatever breaks in another program is that program's 500
            return httpx.Response(500, request=request)


async def _read(received: httpx.Response, request: str, exchange: AttemptClock) -> bytes:
    """Return the body, as far as it is wanted: all of a success, the beginning of a refusal.

    Raises:
        Failure: a success whose body is too large, cut off, or packed in a way that was not asked for.
    """
    is_success = 200 <= received.status_code < 300
    body = Body(received.headers.get("content-encoding", ""), MAX_BODY if is_success else MAX_ERROR_BODY)
    try:
        async with _chunks(received) as chunks:
            async for chunk in chunks:
                exchange.received(len(chunk))
                if not body.add(chunk):
                    break
    except httpx.TransportError:
        if is_success:
            raise
        # The status line of a refusal says enough; its words are a gift.
    content = body.finish()
    if is_success and body.problem is not None:
        raise _unreadable(body.problem, received, request)
    return content


def _protocol(received: httpx.Response) -> str:
    """Return the versions of HTTP and TLS; a transport without sockets knows neither."""
    version = received.extensions.get("http_version", b"")
    stream = received.extensions.get("network_stream")
    tls = stream.get_extra_info("ssl_object") if stream is not None else None
    parts = [version.decode("ascii", "replace"), tls.version() if tls is not None else None]
    return ", ".join(part for part in parts if part)


@asynccontextmanager
async def _chunks(received: httpx.Response) -> AsyncIterator[AsyncIterator[bytes]]:
    """Give the pieces of the body as they come, and close their source even where not all of them were wanted."""
    stream = received.stream
    if not isinstance(stream, httpx.AsyncByteStream):
        raise TypeError("the transport gives a body that cannot be awaited.")
    chunks = aiter(stream)
    try:
        yield chunks
    finally:
        if isinstance(chunks, AsyncGenerator):
            await chunks.aclose()


def _failure(error: Exception, request: str, *, is_sent: bool) -> Failure:
    """Return what an exception of the transport means: never sent, or lost on the way."""
    fate = Fate.LOST if is_sent and not isinstance(error, NEVER_CONNECTED) else Fate.NOT_SENT
    outcome = AttemptOutcome(fate=fate, timed_out=isinstance(error, TIMED_OUT))
    kind = "no response in time" if isinstance(error, TimeoutError) else type(error).__name__
    reason = f"{kind}: {error}" if str(error) else kind
    return Failure(outcome, ConnectionFailed(f"no good response ({reason}).", request=request))


def _astray(call: Call, response: Response, reason: str) -> Failure:
    error = ContractError(reason, status=response.status, code="REDIRECT", request=call.name)
    error.next_step = rule_for(response.status).next_step or error.next_step
    return Failure(AttemptOutcome(fate=Fate.ASTRAY, status=response.status), error)


def _unreadable(problem: Problem, received: httpx.Response, request: str) -> Failure:
    """Return what a success means whose body is not whole, or not as it was asked for."""
    fates = {Problem.TOO_LARGE: Fate.TOO_LARGE, Problem.CUT: Fate.LOST}
    outcome = AttemptOutcome(fate=fates.get(problem, Fate.UNREADABLE), status=received.status_code)
    encoding = received.headers.get("content-encoding", "")
    error = {
        Problem.TOO_LARGE: ContractError(f"the response is larger than {MAX_BODY:,} bytes."),
        Problem.UNKNOWN_ENCODING: ContractError(
            f"the response is compressed as {encoding[:40]!r}, which was not asked for."
        ),
        Problem.DAMAGED: ConnectionFailed("no good response (the compressed body is damaged)."),
        Problem.CUT: ConnectionFailed("no good response (the compressed body is cut off)."),
    }[problem]
    error.status, error.request = received.status_code, request
    return Failure(outcome, error)
