"""What every resource shares: the way to the server, the local memory, the clock, and a way to report progress."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ParamSpec, Protocol, TypeVar
from urllib.parse import quote

from openprospect_nb.api.waiting.polling import PROFILE_TIMEOUT
from openprospect_nb.api.waiting.waits import Waits
from openprospect_nb.bounds import Problems, refuse, text
from openprospect_nb.contract import MAX_ICP_TEXT, MAX_URL
from openprospect_nb.errors import ConfigurationError, FieldProblem
from openprospect_nb.journal import Journal
from openprospect_nb.privacy.ledger import Ledger
from openprospect_nb.settings import Settings
from openprospect_nb.transport import Call, Sender

T = TypeVar("T")
P = ParamSpec("P")
QueryValue = str | int | float | list[str] | tuple[str, ...] | None


class Reporter(Protocol):
    """Where progress is shown; a client decides how."""

    def update(self, text: str, fraction: float | None = None) -> None:
        """Show *text*, and how much is done (0-1) where that is known."""

    def say(self, text: str) -> None:
        """Leave *text* standing: there is nothing to wait for."""

    def close(self) -> None:
        """Show nothing any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The parts a client is composed of, handed to each resource.

    Attributes:
        owner: names this process in leases, followed by a call's own token.
        source: "sandbox" or "live", the value of every frame's ``source`` column.
        results_home: folder of fetched results, one folder an order.
        pages_home: folder of pages of results that are not complete yet.
        sync_home: folder of synced deliveries, one folder a search.
        reporter: makes a `Reporter` for one wait or fetch.
        waits: the waits that are running.
        profile_timeout: seconds to wait for a profile to be ready; None waits as long as it takes.
        ledger: who was forgotten in this home; whatever enters passes it, see `frames.admission`.
    """

    settings: Settings
    sender: Sender
    journal: Journal
    owner: str
    source: str
    results_home: Path
    pages_home: Path
    sync_home: Path
    reporter: Callable[[], Reporter]
    ledger: Ledger
    waits: Waits = field(default_factory=Waits)
    profile_timeout: float | None = PROFILE_TIMEOUT


class Resource:
    """A group of calls on one noun."""

    def __init__(self, context: Context) -> None:
        self._context = context


def get(path: str, **query: QueryValue) -> Call:
    """Return a GET call; a None is left out, a list is repeated.

    Raises:
        ValidationError: a text that no request can carry.
    """
    pairs = [(name, part) for name, value in query.items() for part in _parts(value)]
    refuse([problem for name, part in pairs for problem in text(name, part, MAX_ICP_TEXT)], "the request")
    return Call(method="GET", path=path, query=tuple(pairs))


def post(path: str, body: bytes | Mapping[str, Any], *, key: str | None = None) -> Call:
    """Return a POST call with a JSON body and, if given, an idempotency key."""
    data = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    return Call(method="POST", path=path, body=data, idempotency_key=key)


def call_with_body(method: str, path: str, body: Mapping[str, Any] | None) -> Call:
    """Return a call of any method, with a JSON body unless it is None."""
    data = None if body is None else json.dumps(body, ensure_ascii=False).encode()
    return Call(method=method, path=path, body=data)


def below(path: str, *parts: str) -> str:
    """Return *path* with *parts* appended, each percent-encoded, so that an id cannot leave its place.

    Raises:
        ValidationError: a part is no text, empty (the path would name the whole list), or a step such as ``..``.
    """
    refuse([problem for part in parts for problem in _id_problems(part)], "the request")
    return "/".join([path, *(quote(part, safe="") for part in parts)])


async def off_loop(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a short disk transaction on a thread, so that the event loop goes on.

    Raises:
        ConfigurationError: the interpreter is ending and starts no more threads.
    """
    try:
        return await asyncio.to_thread(function, *args, **kwargs)
    except RuntimeError as error:
        if not interpreter_is_ending():
            raise
        raise ConfigurationError("the interpreter is ending: the client can do no more.") from error


def interpreter_is_ending() -> bool:
    """Whether the main thread has ended, and the interpreter only waits for others to do so too."""
    return not threading.main_thread().is_alive()


def _id_problems(part: str) -> Problems:
    if part in {".", ".."}:
        return [FieldProblem("id", f"{part!r} is no id", part)]
    return text("id", part, MAX_URL, required=True)


def _parts(value: QueryValue) -> list[str]:
    if value is None:
        return []
    return [str(part) for part in value] if isinstance(value, list | tuple) else [str(value)]
