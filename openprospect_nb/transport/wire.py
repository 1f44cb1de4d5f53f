"""The one module that imports httpx: bytes out, bytes in, and httpx's exceptions turned into fates."""

from __future__ import annotations

import asyncio
import ssl
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from math import inf
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

import httpx

from openprospect_nb.contract import HEADER_IDEMPOTENCY_KEY
from openprospect_nb.errors import ContractError
from openprospect_nb.transport.responses import Call, Response
from openprospect_nb.transport.retry import Fate

MAX_BODY: Final = 128 * 1024 * 1024
MAX_REDIRECTS: Final = 5
REDIRECTS_FOR_READING: Final = frozenset({301, 302, 303, 307, 308})
REDIRECTS_FOR_ALL: Final = frozenset({307, 308})


class AttemptFailed(Exception):
    """No readable answer: how far the request came, and why."""

    def __init__(self, fate: Fate, reason: str, *, timed_out: bool = False) -> None:
        self.fate = fate
        self.reason = reason
        self.timed_out = timed_out
        super().__init__(reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where requests go and what they carry: base URL, bearer key, product name and version."""

    base_url: str
    api_key: str
    user_agent: str

    def __repr__(self) -> str:
        """Show the address, never the key."""
        return f"Origin({self.base_url!r})"


class Wire:
    """Sends one call and returns one answer, or raises `AttemptFailed`; decides nothing.

    Args:
        origin: where to and with which key.
        timeout: seconds for connecting, and for each wait for bytes.
        transport: an httpx transport, such as one over an ASGI app; None opens sockets.
    """

    def __init__(self, origin: Origin, *, timeout: float, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._origin = origin
        sockets = transport or httpx.AsyncHTTPTransport(verify=tls_context(), trust_env=False)
        self._http = httpx.AsyncClient(transport=sockets, timeout=timeout, follow_redirects=False, trust_env=False)

    async def attempt(self, call: Call, *, within: float = inf) -> Response:
        """Send *call* once, following redirects as the contract allows; the key stays on its own origin.

        Args:
            call: what to send.
            within: seconds the caller can wait for the answer, whatever the timeout is.
        """
        try:
            async with asyncio.timeout(None if within == inf else within):
                return await self._follow(call)
        except TimeoutError:
            raise AttemptFailed(Fate.LOST, "no answer before the deadline", timed_out=True) from None

    async def _follow(self, call: Call) -> Response:
        url = f"{self._origin.base_url}{call.prefix}{call.path}"
        for _ in range(MAX_REDIRECTS + 1):
            answer, location = await self._once(call, url)
            if location is None or not call.follows:
                return answer
            url = _next_url(call, url, location)
        raise ContractError("the server redirects in a circle.", request=call.name)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _once(self, call: Call, url: str) -> tuple[Response, str | None]:
        request = self._http.build_request(
            call.method,
            url,
            params=list(call.query) if call.query and "?" not in url else None,
            content=call.body,
            headers=self._headers(call, url),
        )
        try:
            response = await self._http.send(request, stream=True)
            try:
                answer = self._without_key(await _read(response, call.name))
            finally:
                await response.aclose()
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise AttemptFailed(Fate.NOT_SENT, _words(error)) from error
        except httpx.TransportError as error:
            raise AttemptFailed(Fate.LOST, _words(error)) from error
        allowed = REDIRECTS_FOR_READING if call.method == "GET" else REDIRECTS_FOR_ALL
        location = response.headers.get("location") if answer.status in allowed else None
        return answer, location

    def _without_key(self, answer: Response) -> Response:
        """Return a refusal with the key blanked, should the server have echoed it: errors keep the body."""
        key = self._origin.api_key.encode()
        return (
            answer if answer.ok or key not in answer.body else replace(answer, body=answer.body.replace(key, b"[key]"))
        )

    def _headers(self, call: Call, url: str) -> dict[str, str]:
        headers = {
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
            "User-Agent": self._origin.user_agent,
        }
        if _origin_of(url) == _origin_of(self._origin.base_url) and not call.is_anonymous:
            headers["Authorization"] = f"Bearer {self._origin.api_key}"
        if call.body is not None:
            headers["Content-Type"] = "application/json"
        if call.idempotency_key is not None:
            headers[HEADER_IDEMPOTENCY_KEY] = call.idempotency_key
        return headers


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


async def _read(response: httpx.Response, request: str) -> Response:
    # A transport that hands over a finished response (httpx's own mock does) has nothing left to stream.
    body = response.content if response.is_stream_consumed else await _stream(response, request)
    return Response(
        status=response.status_code,
        headers={name.lower(): value for name, value in response.headers.items()},
        body=body,
        request=request,
        protocol=_protocol(response),
    )


def _protocol(response: httpx.Response) -> str:
    """Return the versions of HTTP and TLS; a transport without sockets knows neither."""
    version = response.extensions.get("http_version", b"")
    stream = response.extensions.get("network_stream")
    tls = stream.get_extra_info("ssl_object") if stream is not None else None
    parts = [version.decode("ascii", "replace"), tls.version() if tls is not None else None]
    return ", ".join(part for part in parts if part)


async def _stream(response: httpx.Response, request: str) -> bytes:
    """Collect the body, inflating gzip ourselves so that a bomb is refused before it is unpacked."""
    inflate = _inflater(response.headers, request)
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += inflate.decompress(chunk, MAX_BODY + 1 - len(body)) if inflate else chunk
        if len(body) > MAX_BODY:
            raise ContractError(f"the answer is larger than {MAX_BODY:,} bytes.", request=request)
    if inflate and body and not inflate.eof:
        raise AttemptFailed(Fate.LOST, "the compressed answer is cut off")
    return bytes(body)


class _Inflater:
    """A gzip reader that turns damage into a failed attempt."""

    def __init__(self) -> None:
        self._zlib = zlib.decompressobj(wbits=31)

    @property
    def eof(self) -> bool:
        return self._zlib.eof

    def decompress(self, chunk: bytes, most: int) -> bytes:
        try:
            return self._zlib.decompress(chunk, most)
        except zlib.error as error:
            raise AttemptFailed(Fate.UNREADABLE, f"the compressed answer is damaged ({error})") from error


def _inflater(headers: Mapping[str, str], request: str) -> _Inflater | None:
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding in {"", "identity"}:
        return None
    if encoding == "gzip":
        return _Inflater()
    raise ContractError(f"the answer is compressed as {encoding!r}, which was not asked for.", request=request)


def _next_url(call: Call, url: str, location: str) -> str:
    target = urljoin(url, location)
    same = _origin_of(target) == _origin_of(url)
    if urlsplit(target).scheme not in {"http", "https"} or (
        url.startswith("https:") and not target.startswith("https:")
    ):
        raise ContractError("the server redirects to an insecure address; not followed.", request=call.name)
    if not same and call.method != "GET":
        raise ContractError(
            f"the server redirects to another host ({urlsplit(target).hostname}); nothing was sent there.",
            request=call.name,
            next_step="If that host is right, set base_url= to it.",
        )
    return target


def _origin_of(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def _words(error: Exception) -> str:
    kind = type(error).__name__
    return f"{kind}: {error}" if str(error) else kind
