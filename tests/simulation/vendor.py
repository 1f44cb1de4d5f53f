"""A vendor written from the contract alone: profiles, orders in both flows, results, deliveries, lists.

It shares nothing with the package or with its sandbox. Its habits (does it keep idempotency keys, how long does it
work) are drawn for each world; what the network does to its answers is no concern of its own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
ORDER_STATES = ("RECEIVED", "ACCEPTED", "IN_PROGRESS", "COMPLETED")
INLINE_FIELDS = ("ideal_customer_profile", "seller_offering", "target_countries")
HOUR = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How this vendor behaves; times in seconds.

    Attributes:
        keeps_keys: how long an idempotency key is remembered; 0 ignores keys, None never forgets.
        tells_replay: whether a repeated answer says so in a header.
        in_work: the status for a second copy while the first is in work; 0 lets it wait and answers like the first.
        old: knows no profile creations, as the inline flow's generation.
        clock: how far its clock is ahead of the world's.
        profile: from creation to SUCCEEDED; profile_fails: ends FAILED instead.
        order: from one state to the next; ending: the state an order ends in.
        tells_created: whether orders carry ``created_at``.
        list_status: what ``GET /orders`` answers; 200 is the list.
        companies: delivered by an order.
        lates: how many of them appear only when the order is done, under an older stamp.
        future: the first is stamped in the year 2099.
        cut: lists of companies end after so many, although they count them all; 0 cuts nothing.
        gap: the second page of companies is empty, and says that more follow.
        shrinks: the first company is taken away when a second page is asked for.
        changes: the name of the last company changes when the order is done, under its old stamp.
    """

    keeps_keys: float | None = None
    tells_replay: bool = True
    in_work: int = 409
    old: bool = False
    clock: float = 0.0
    profile: float = 4.0
    profile_fails: bool = False
    order: float = 60.0
    ending: str = "COMPLETED"
    tells_created: bool = True
    list_status: int = 200
    companies: int = 3
    lates: int = 0
    future: bool = False
    cut: int = 0
    gap: bool = False
    shrinks: bool = False
    changes: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request as it reaches the vendor."""

    method: str
    path: str
    query: Mapping[str, str]
    key: str | None
    body: Any
    sending: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An answer as it leaves the vendor."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Made:
    """Something a POST made: an order or a profile creation, when, from what, under which key.

    Attributes:
        buyer: None for us.
        sending: the request that brought it; a network that repeats one makes two things of the same sending.
    """

    number: str
    at: float
    body: Mapping[str, Any]
    key: str | None
    content: str
    buyer: str | None = None
    sending: int = 0


@dataclass(slots=True, kw_only=True)
class Kept:
    """A key and what it stands for; *done* is when the answer was ready."""

    body: Any
    answer: Said
    at: float
    done: float


class Vendor:
    """The server: answers requests at a moment of the world, and remembers every order ever made.

    Args:
        habits: how it behaves.
        now: the world's time in seconds.
        tell: takes what happens here for the story.
    """

    def __init__(self, habits: Habits, now: Callable[[], float], tell: Callable[[str], None]) -> None:
        self.habits = habits
        self._now = now
        self._tell = tell
        self.orders: dict[str, Made] = {}
        self.profiles: dict[str, Made] = {}
        self._keys: dict[tuple[str, str], Kept] = {}
        self._shrunk: set[str] = set()

    def answer(self, asked: Asked, work: float = 0.0) -> Said:
        """Return the answer to one request; *work* is how long the vendor has it in hand after acting."""
        parts = tuple(asked.path.removeprefix("/api/v1/").split("/"))
        if asked.method == "POST":
            return self._post(asked, parts, work)
        handlers = {1: self._list, 2: self._one, 3: self._below}
        handler = handlers.get(len(parts)) if asked.method == "GET" else None
        return handler(asked, parts) if handler is not None else _missing()

    def state(self, order: Made, at: float | None = None) -> str:
        """Return an order's state now, or at another moment after it was made."""
        age = (self._now() if at is None else at) - order.at
        if age >= 3 * self.habits.order:
            return self.habits.ending
        return ORDER_STATES[int(age // self.habits.order)]

    def place(self, body: Mapping[str, Any], content: str, *, key: str | None = None, buyer: str | None = None) -> Made:
        """Make an order."""
        order = Made(
            number=f"order-{len(self.orders) + 1}", at=self._now(), body=body, key=key, content=content, buyer=buyer
        )
        self.orders[order.number] = order
        self._tell(f"places {order.number}{f' for {buyer}' if buyer else ''} ({content}, key {short(key)})")
        return order

    # POST

    def _post(self, asked: Asked, parts: tuple[str, ...], work: float) -> Said:
        makers = {("search-profile-creations",): self._new_profile, ("orders",): self._new_order}
        if parts not in makers or (self.habits.old and parts != ("orders",)):
            return _missing()
        if parts != ("orders",) and asked.key is None:
            return _refused("Idempotency-Key", "is required")
        return self._keyed(asked, makers[parts], work)

    def _keyed(self, asked: Asked, make: Callable[[Asked], Said], work: float) -> Said:
        place = (asked.path, asked.key or "")
        kept = self._keys.get(place) if self.habits.keeps_keys != 0 and asked.key is not None else None
        if kept is not None and self.habits.keeps_keys and self._now() - kept.at > self.habits.keeps_keys:
            self._tell(f"has forgotten key {short(asked.key)}")
            kept = None
        if kept is None:
            answer = make(asked)
            if answer.status < 300:
                self._keys[place] = Kept(body=asked.body, answer=answer, at=self._now(), done=self._now() + work)
            return answer
        return self._again(asked, kept)

    def _again(self, asked: Asked, kept: Kept) -> Said:
        if kept.body != asked.body:
            return _error(409, "IDEMPOTENCY_CONFLICT", "the key stands for another body")
        if self._now() < kept.done and self.habits.in_work:
            return _error(self.habits.in_work, "IN_PROGRESS", "a request with this key is in work")
        replay = {"Idempotency-Replayed": "true"} if self.habits.tells_replay else {}
        return Said(status=kept.answer.status, body=kept.answer.body, headers=replay)

    def _new_profile(self, asked: Asked) -> Said:
        number = f"creation-{len(self.profiles) + 1}"
        content = str(asked.body.get("ideal_customer_profile"))
        self.profiles[number] = Made(number=number, at=self._now(), body=asked.body, key=asked.key, content=content)
        self._tell(f"creates {number} ({content}, key {short(asked.key)})")
        return Said(status=202, body=self._profile(self.profiles[number]))

    def _new_order(self, asked: Asked) -> Said:
        body = asked.body
        missing = [name for name in INLINE_FIELDS if not body.get(name)]
        discovery = body.get("order_type") == "DISCOVERY"
        if self.habits.old and discovery and missing:
            return _refused(missing[0], "is required")
        if discovery and len(missing) == len(INLINE_FIELDS) and not body.get("profile_id"):
            return _refused("profile_id", "is required")
        order = self.place(body, self._content(body), key=asked.key)
        order.sending = asked.sending
        return Said(status=202, body=self._order(order) | {"message": "Waiting for review."})

    def _content(self, body: Mapping[str, Any]) -> str:
        """Return what an order is about, in the words of the user who wants it."""
        if body.get("companies"):
            return f"enrich {body['companies'][0]['company_name']}"
        profile = body.get("profile_id")
        known = [made.content for made in self.profiles.values() if profile == f"profile-of-{made.number}"]
        return str(body.get("ideal_customer_profile") or (known[0] if known else profile))

    # GET

    def _list(self, asked: Asked, parts: tuple[str, ...]) -> Said:
        if parts == ("orders",):
            if self.habits.list_status != 200:
                return _error(self.habits.list_status, "CLOSED", "no list for you")
            rows = [self._order(order) for order in reversed(self.orders.values())]
            wanted = asked.query.get("status")
            return _page(asked, "orders", [row for row in rows if wanted in {None, row["status"]}])
        if parts == ("prospect-searches",):
            rows = [{"id": f"search-of-{number}", "name": number, "status": "ACTIVE"} for number in self.orders]
            return _page(asked, "items", rows)
        return _missing()

    def _one(self, asked: Asked, parts: tuple[str, ...]) -> Said:
        kind, number = parts
        if kind == "auth":
            return Said(status=200, body={"valid": True, "scopes": ["orders:read", "orders:write"]})
        if kind == "search-profile-creations" and number in self.profiles and not self.habits.old:
            return Said(status=200, body=self._profile(self.profiles[number]))
        if kind == "orders" and number in self.orders:
            return Said(status=200, body=self._order(self.orders[number]))
        return _missing("ORDER_NOT_FOUND" if kind == "orders" else "ENTITY_NOT_FOUND")

    def _below(self, asked: Asked, parts: tuple[str, ...]) -> Said:
        kind, number, what = parts
        order = self.orders.get(number.removeprefix("search-of-"))
        if order is None or (kind, what) not in {("orders", "results"), ("deliveries", "companies")}:
            return _missing()
        if kind == "orders" and self.state(order) != "COMPLETED":
            return _error(409, "ORDER_NOT_COMPLETED", "not yet", {"status": self.state(order)})
        since, offset = asked.query.get("delivered_since"), int(asked.query.get("offset", 0))
        if self.habits.shrinks and offset:
            self._shrunk.add(order.number)
        rows = [row for row in self.delivered(order) if since is None or row["delivered_at"] > since]
        if self.habits.gap and offset:
            return Said(status=200, body={"items": [], "total": len(rows), "offset": offset, "has_more": True})
        return _page(asked, "items", rows[: self.habits.cut or None], total=len(rows))

    def delivered(self, order: Made) -> list[dict[str, Any]]:
        """Return the companies of an order that can be seen now.

        They appear one after the other while it is fulfilled; every second shares its stamp with the one before it.
        """
        span, last = 3 * self.habits.order, self.habits.companies
        done = self.state(order) not in ORDER_STATES[:3]
        rows = []
        for number in range(1 + (order.number in self._shrunk), last + 1):
            stamped = order.at + (number - number % 2) * span / last
            is_late = number > last - self.habits.lates
            if done or (stamped <= self._now() and not is_late):
                stamp = "2099-01-01T00:00:00.000000Z" if self.habits.future and number == 1 else self._stamp(stamped)
                is_new = self.habits.changes and done and number == last
                rows.append(_company(order.number, number, stamp, "Renamed" if is_new else "Invented"))
        return rows

    def _profile(self, made: Made) -> dict[str, Any]:
        age = self._now() - made.at
        ended = "FAILED" if self.habits.profile_fails else "SUCCEEDED"
        status = ended if age >= self.habits.profile else "RUNNING" if age >= self.habits.profile / 2 else "PENDING"
        ready = f"profile-of-{made.number}" if status == "SUCCEEDED" else None
        reason = "too vague" if status == "FAILED" else None
        return {"profile_creation_id": made.number, "status": status, "profile_id": ready, "message": reason}

    def _order(self, order: Made) -> dict[str, Any]:
        body = order.body
        created = {"created_at": self._stamp(order.at)} if self.habits.tells_created else {}
        return {
            "order_id": order.number,
            "order_type": body.get("order_type", "ENRICHMENT"),
            "status": self.state(order),
            "title": body.get("title"),
            "profile_id": body.get("profile_id"),
            "briefing_quantity": body.get("briefing_quantity"),
            "company_count": len(body.get("companies", [])) or self._count(order),
            "prospect_search_id": f"search-of-{order.number}" if self.state(order) != "RECEIVED" else None,
            "message": "see the notes" if self.state(order) in {"REJECTED", "FAILED"} else None,
            **created,
        }

    def _count(self, order: Made) -> int:
        return self.habits.companies if self.state(order) == "COMPLETED" else 0

    def _stamp(self, at: float) -> str:
        return (START + timedelta(seconds=at + self.habits.clock)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def short(key: str | None) -> str:
    """Return the part of a key that a reader can tell from others."""
    return "none" if key is None else key[:8]


def read_request(method: str, path: str, query: Mapping[str, str], key: str | None, body: bytes) -> Asked:
    """Return a request as the vendor reads it."""
    return Asked(method=method, path=path, query=query, key=key, body=json.loads(body) if body else None)


def _page(asked: Asked, name: str, rows: list[Any], *, total: int | None = None) -> Said:
    limit, offset = int(asked.query.get("limit", 50)), int(asked.query.get("offset", 0))
    page = {
        "total": len(rows) if total is None else total,
        "limit": limit,
        "offset": offset,
        "has_more": offset + limit < len(rows),
    }
    return Said(status=200, body={name: rows[offset : offset + limit], **page})


def _company(order: str, number: int, stamp: str, name: str) -> dict[str, Any]:
    identity = f"company-{order}-{number}"
    person = {"id": f"person-{order}-{number}", "company_id": identity, "first_name": "Ada", "email": None}
    return {"id": identity, "name": f"{name} {number}", "delivered_at": stamp, "prospects": [person]}


def _error(status: int, code: str, message: str, details: Mapping[str, Any] | None = None) -> Said:
    return Said(status=status, body={"code": code, "message": message, "details": dict(details or {})})


def _missing(code: str = "NOT_FOUND") -> Said:
    return _error(404, code, "no such thing")


def _refused(name: str, problem: str) -> Said:
    broken = [{"field": name, "error": problem, "provided": None}]
    return _error(422, "VALIDATION_ERROR", "a field is wrong", {"validation_errors": broken})
