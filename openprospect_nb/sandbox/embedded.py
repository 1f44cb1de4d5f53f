"""`Sandbox`: the embedded OpenProspect server, in process or on a loopback port."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Self

from openprospect_nb.sandbox.clock import SandboxClock
from openprospect_nb.sandbox.control import Control
from openprospect_nb.sandbox.market.supply import Universes
from openprospect_nb.sandbox.orders.engine import Engine
from openprospect_nb.sandbox.orders.webhooks import Courier
from openprospect_nb.sandbox.records.store import SandboxSettings, Store
from openprospect_nb.sandbox.server.app import create_app
from openprospect_nb.sandbox.server.faults import FaultPlan
from openprospect_nb.sandbox.server.keys import ALL_KEYS
from openprospect_nb.sandbox.server.port import Server

IN_PROCESS_URL: Final = "http://sandbox.localhost"


class Sandbox:
    """A full, stateful OpenProspect server with invented data, for this process or this machine.

    Args:
        seed: which company universe; a database that already holds one keeps its own.
        port: None opens no port (use ``app``); 0 takes a free one.
        step_seconds: how long each hop of a lifecycle takes; 0 means hops are made through ``control`` only.
        db: the file that keeps the state; None keeps it in memory.
        cache: the folder that keeps the companies of orders from earlier versions, if any; None draws them when needed.
        reproducible: ids and stamps follow from the seed and the order of calls, not from chance and the clock.

    Attributes:
        app: the ASGI application, ready at once.
        control: looks into the state, resets it, moves orders and time, asks for faults.
        url: where it answers; in process a name that is never looked up.
        key: a key that holds every scope.
        keys: all keys by label: full, orders, discovery, readonly, sync, editor, noscope, freetier, otherorg, expired.

    Example:
        >>> with Sandbox(port=0) as sandbox:
        ...     print(sandbox.url)
        http://127.0.0.1:...
    """

    def __init__(
        self,
        seed: int = 42,
        port: int | None = None,
        *,
        step_seconds: float = 1.0,
        db: Path | None = None,
        cache: Path | None = None,
        reproducible: bool = False,
    ) -> None:
        clock = SandboxClock()
        self._store = Store(db, clock)
        first = self._store.first_settings(
            SandboxSettings(seed=seed, step_seconds=step_seconds, reproducible=reproducible)
        )
        self._courier, plan = Courier(), FaultPlan()
        self._engine = Engine(self._store, Universes(cache), self._courier)
        self._courier.follow(self._engine)
        self.control = Control(self._engine, plan, self._courier, first)
        self.app = create_app(self._engine, self.control, plan, clock)
        self.keys = dict(ALL_KEYS)
        self.key = self.keys["full"]
        self._server: Server | None = None
        self.url = IN_PROCESS_URL
        if port is not None:
            try:
                self._server = Server(self.app, port)
            except OSError:
                self.close()
                raise
            self.url = self._server.url

    def wait(self) -> None:
        """Serve until interrupted or closed from another thread; returns at once if no port is open."""
        if self._server is not None:
            self._server.join()

    def close(self) -> None:
        """Stop serving and close the database; what was acknowledged stays in ``db``."""
        if self._server is not None:
            self._server.close()
        self._courier.close()
        self._engine.close()
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Sandbox {self.url}>"
