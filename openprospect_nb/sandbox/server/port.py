"""Serve an ASGI application on a loopback port, in a daemon thread; and which hosts are only this machine."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import threading
from typing import Final
from urllib.parse import urlsplit

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol


def is_loopback(url: str) -> bool:
    """Whether the host of *url* is 127.0.0.0/8, ::1, localhost or a name below ``.localhost``."""
    try:
        host = (urlsplit(url).hostname or "").rstrip(".")
        return host == "localhost" or host.endswith(".localhost") or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


LOOPBACK: Final = "127.0.0.1"
# longer than most clients poll, so that they seldom meet a connection that is just being closed
_KEEP_ALIVE_SECONDS: Final = 75
_STOP_SECONDS: Final = 5.0


class _OpenProtocol(H11Protocol):
    """Shows each call its connection, so that a fault can cut it."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)  # type: ignore[arg-type]
        self.app_state = {**self.app_state, "transport": transport}


class Server:
    """A running server on 127.0.0.1.

    Args:
        app: what to serve.
        port: where; 0 takes a free one.

    Raises:
        OSError: the port is taken.
    """

    def __init__(self, app: ASGIApp, port: int) -> None:
        self._socket = _listen(port)
        self.port: int = self._socket.getsockname()[1]
        config = uvicorn.Config(
            app,
            http=_OpenProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="critical",
            access_log=False,
            timeout_graceful_shutdown=int(_STOP_SECONDS),
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            server_header=False,
            date_header=False,
        )
        self._server = uvicorn.Server(config)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="openprospect-sandbox", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """The address without a path."""
        return f"http://{LOOPBACK}:{self.port}"

    def close(self) -> None:
        """Stop serving, after the calls in progress."""
        self._server.should_exit = True
        if self._ended.wait(2 * _STOP_SECONDS):
            self._thread.join()
        self._socket.close()

    def join(self) -> None:
        """Wait until the server stops; an interrupt gets through within half a second."""
        # an untimed wait is woken by a signal only if the kernel hands it to the main thread, which not all do; and an
        # interrupted Thread.join makes CPython 3.11 and 3.12 take a running thread for ended, so an event is waited for
        while not self._ended.wait(0.5):
            pass

    def _run(self) -> None:
        try:
            self._server.run(sockets=[self._socket])
        finally:
            self._ended.set()


def _listen(port: int) -> socket.socket:
    # asyncio switches off Nagle's delay only if the protocol is named; without it each response waits 40 ms for an ACK
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((LOOPBACK, port))
        listener.listen(128)
    except BaseException:
        listener.close()
        raise
    return listener
