"""Order webhooks: read an event, check its secret, and a small ASGI receiver that treats each event as a hint.

The vendor documents the event's five fields and no signature, so nothing here trusts an event: the receiver answers at
once, reads the order from the API, and only what the API says reaches the journal (contract 7.3).
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qs

from openprospect_nb.client import AsyncClient, Client
from openprospect_nb.errors import ConfigurationError, FieldProblem, OpenProspectError, ValidationError
from openprospect_nb.models import moment

__all__ = ["OrderEvent", "Receiver", "has_secret", "parse"]

log = logging.getLogger(__name__)
ORDER_EVENT: Final = "order.status_changed"
MAX_BODY: Final = 64 * 1024
MAX_TEXT: Final = 255  # longer than any id or state; what is longer is no event
REMEMBERED: Final = 10_000

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderEvent:
    """What an event claims: an order went from one state to another.

    Attributes:
        event: its kind; ``order.status_changed`` is the documented one.
        order_id: the order; empty for an event of another kind that names none.
        status: the state it went to; empty for an event of another kind that names none.
        previous_status: the state it left; None if it is not told as a text.
        timestamp: when, as aware UTC; None if it cannot be read.
        raw: the whole body; not compared, and not in the repr.
    """

    event: str
    order_id: str
    status: str
    previous_status: str | None
    timestamp: datetime | None
    raw: Mapping[str, Any] = field(repr=False, compare=False)

    @property
    def identity(self) -> tuple[str, str, str, str | None, datetime | None]:
        """What makes two deliveries of one event equal; the vendor documents no event id."""
        return self.event, self.order_id, self.status, self.previous_status, self.timestamp

    @property
    def is_known(self) -> bool:
        """Whether it is the documented event; others are accepted and left alone."""
        return self.event == ORDER_EVENT


def parse(body: bytes | str) -> OrderEvent:
    """Return the event in a webhook's body; nothing in it is trusted.

    Fields that nobody needs may hold anything: they are None, and ``raw`` has them as they came.

    Raises:
        ValidationError: the body is no JSON object, or the event, the order id or the status is missing, no text, or
            longer than any could be.

    Example:
        >>> parse('{"event": "order.status_changed", "order_id": "o-1", "status": "COMPLETED"}').status
        'COMPLETED'
    """
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise ValidationError("not a webhook", fields=[FieldProblem("body", "is not a JSON object")], next_step="")
    needed = ("event", "order_id", "status") if content.get("event") == ORDER_EVENT else ("event",)
    missing = [FieldProblem(name, "is required, as a short text") for name in needed if not _text(content.get(name))]
    if missing:
        raise ValidationError("not a webhook", fields=missing, next_step="")
    return OrderEvent(
        event=_text(content["event"]),
        order_id=_text(content.get("order_id")),
        status=_text(content.get("status")),
        previous_status=_text(content.get("previous_status")) or None,
        timestamp=moment(content.get("timestamp")),
        raw=content,
    )


def _text(value: Any) -> str:
    """Return a text that can be an id or a state, or an empty one."""
    can_be = isinstance(value, str) and len(value) <= MAX_TEXT and value.isprintable() and value.strip()
    return value if can_be else ""


def has_secret(secret: str, *, authorization: str | None = None, token: str | None = None) -> bool:
    """Whether a bearer header or a URL token carries *secret*; compared in constant time.

    Example:
        >>> has_secret("s3cret", authorization="Bearer s3cret"), has_secret("s3cret", token="guess")
        (True, False)
    """
    bearer = (authorization or "").removeprefix("Bearer ").strip()
    # Both are compared, whatever the first says, so that the time tells nothing.
    wanted, *given = (text.encode("utf-8", "surrogatepass") for text in (secret, bearer, token or ""))
    matches = [hmac.compare_digest(each, wanted) for each in given]
    return any(matches)


class Receiver:
    """An ASGI app to mount where the vendor's webhooks arrive; every event leads to one read of its order.

    A wait of the same client for that order hears what was read, and ends at once if the order has. Nothing that
    arrives makes the receiver fail: what cannot be read is answered with 422, another kind of event with 204.

    Args:
        client: the client whose journal and waits learn of the change.
        secret: what callers must send as ``Authorization: Bearer …`` or ``?token=…``; None accepts everybody.
        on_order: called, on the receiver's own loop, with each order once the API has confirmed a change; what it
            raises is logged.

    Raises:
        ConfigurationError: the secret is empty, and would let everybody in.

    Example:
        >>> app = Receiver(client, secret="s3cret", on_order=lambda order: print(order.status))
    """

    def __init__(
        self,
        client: Client | AsyncClient,
        *,
        secret: str | None = None,
        on_order: Callable[[Any], None] | None = None,
    ) -> None:
        if secret is not None and not secret.strip():
            raise ConfigurationError(
                "the secret is empty: everybody would have it.", next_step="Set one, or give None."
            )
        self._client = client
        self._secret = secret
        self._on_order = on_order
        self._seen: dict[object, None] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request: 204, or 401, 405, 413, 422; take part in a server's start and end."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1000})
        elif scope["type"] == "http":
            status = await self._accept(scope, receive)
            if status is not None:
                headers = [(b"content-length", b"0"), *([(b"allow", b"POST")] if status == 405 else [])]
                await send({"type": "http.response.start", "status": status, "headers": headers})
                await send({"type": "http.response.body", "body": b""})

    async def settle(self) -> None:
        """Wait until every event received so far has been confirmed or given up."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            event = str((await receive())["type"])
            if event == "lifespan.shutdown":
                await self.settle()
            await send({"type": f"{event}.complete"})
            if event == "lifespan.shutdown":
                return

    async def _accept(self, scope: Mapping[str, Any], receive: Receive) -> int | None:
        """Return the status to answer with, or None if the caller has gone."""
        if scope["method"] != "POST":
            return 405
        if self._secret is not None and not _is_allowed(scope, self._secret):
            return 401
        body = await _body(receive)
        if body is None:
            return None
        if len(body) > MAX_BODY:
            return 413
        try:
            event = parse(body)
        except ValidationError:
            return 422
        if event.is_known and event.identity not in self._seen:
            self._seen[event.identity] = None
            while len(self._seen) > REMEMBERED:
                del self._seen[next(iter(self._seen))]
            task = asyncio.ensure_future(self._confirm(event))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return 204

    async def _confirm(self, event: OrderEvent) -> None:
        """Read the order from the API; reading commits what it says to the journal and tells the client's waits."""
        try:
            if isinstance(self._client, AsyncClient):
                order: Any = await self._client.orders.get(event.order_id)
            else:
                order = await asyncio.to_thread(self._client.orders.get, event.order_id)
        except Exception as error:
            # Forgotten again, so that the vendor's next delivery of the same event is another chance.
            self._seen.pop(event.identity, None)
            is_ours = isinstance(error, OpenProspectError)
            log.warning("a webhook could not be confirmed (order %s): %s", event.order_id, error, exc_info=not is_ours)
            return
        try:
            if self._on_order is not None:
                self._on_order(order)
        except Exception:
            log.exception("on_order failed for order %s", event.order_id)


def _is_allowed(scope: Mapping[str, Any], secret: str) -> bool:
    headers = {
        bytes(name).decode("latin-1").lower(): bytes(value).decode("latin-1") for name, value in scope["headers"]
    }
    query = bytes(scope.get("query_string") or b"").decode("latin-1")
    try:
        tokens = parse_qs(query, max_num_fields=100).get("token", [""])
    except ValueError:
        return False
    return has_secret(secret, authorization=headers.get("authorization"), token=tokens[0])


async def _body(receive: Receive) -> bytes | None:
    """Return the body, or its beginning if it is larger than any event; None if the caller goes before its end."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body") or b""
        if len(body) > MAX_BODY or not message.get("more_body", False):
            return bytes(body)
