"""A second, tiny OpenProspect in the tests' own words, so that the client is not only measured against our sandbox."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from support.servers import Received, Reply

COMPANIES = 230


class Vendor:
    """Keeps profile creations and orders; honours idempotency keys; each read moves an order one state on.

    Attributes:
        disturb: called with each request; a Reply it returns is sent instead, unless it has ``drop`` set: then the
            request is handled first and its answer lost.
        has_profiles: False answers 404 to profile creations, as an older server does.
    """

    STATES = ("RECEIVED", "ACCEPTED", "IN_PROGRESS", "COMPLETED")

    def __init__(self) -> None:
        self.orders: dict[str, dict[str, Any]] = {}
        self.bodies: dict[str, Any] = {}
        self.profiles: dict[str, dict[str, Any]] = {}
        self.keys: dict[tuple[str, str], tuple[bytes, dict[str, Any]]] = {}
        self.disturb: Callable[[Received], Reply | None] = lambda _: None
        self.has_profiles = True
        self.company_count = COMPANIES

    def __call__(self, request: Received) -> Reply:
        """Answer one request."""
        disturbed = self.disturb(request)
        if disturbed is not None and not disturbed.drop:
            return disturbed
        reply = self.answer(request)
        return disturbed or reply

    def answer(self, request: Received) -> Reply:  # noqa: PLR0911 - one line a route
        """Answer one request, undisturbed."""
        parts = request.path.removeprefix("/api/v1/").split("/")
        match (request.method, *parts):
            case ("POST", "search-profile-creations") if self.has_profiles:
                return self.keyed(request, self.new_profile)
            case ("GET", "search-profile-creations", profile) if profile in self.profiles:
                return Reply(
                    200, self.profiles[profile] | {"status": "SUCCEEDED", "profile_id": f"profile-of-{profile}"}
                )
            case ("POST", "orders"):
                return self.keyed(request, self.new_order)
            case ("GET", "orders"):
                for order in self.orders:
                    self.move(order)
                return self.page(request, "orders", list(self.orders.values()))
            case ("GET", "orders", order) if order in self.orders:
                self.move(order)
                return Reply(200, self.orders[order])
            case ("GET", "orders", order, "results") if order in self.orders:
                return self.page_made(request, lambda number: self.company(order, number))
        return Reply(404, {"code": "NOT_FOUND", "message": "no such thing"})

    def keyed(self, request: Received, make: Callable[[Any], dict[str, Any]]) -> Reply:
        """Answer a POST once per idempotency key."""
        place = (request.path, request.headers["idempotency-key"])
        if place in self.keys:
            body, answer = self.keys[place]
            same = json.loads(body) == request.json()
            return Reply(202, answer, {"Idempotency-Replayed": "true"}) if same else Reply(409, {"code": "CONFLICT"})
        answer = make(request.json())
        self.keys[place] = (request.body, answer)
        return Reply(202, answer)

    def new_profile(self, body: Any) -> dict[str, Any]:
        """Take a profile creation."""
        creation = f"creation-{len(self.profiles) + 1}"
        self.bodies[creation] = body
        self.profiles[creation] = {"profile_creation_id": creation, "status": "PENDING", "profile_id": None}
        return self.profiles[creation]

    def new_order(self, body: Any) -> dict[str, Any]:
        """Take an order."""
        order = f"order-{len(self.orders) + 1}"
        self.bodies[order] = body
        self.orders[order] = {
            "order_id": order,
            "order_type": body["order_type"],
            "status": "RECEIVED",
            "company_count": 0,
        }
        return dict(self.orders[order])

    def move(self, order: str) -> None:
        """Move an order one state on."""
        place = self.STATES.index(self.orders[order]["status"])
        self.orders[order]["status"] = self.STATES[min(place + 1, 3)]

    def page(self, request: Received, key: str, rows: list[Any]) -> Reply:
        """Answer one page of a list."""
        limit, offset = asked(request)
        return paged(request, key, rows[offset : offset + limit], len(rows))

    def company(self, order: str, number: int) -> dict[str, Any]:
        """Return a company of an order by its number; a test with companies of its own puts another here."""
        return company(order, number)

    def page_made(self, request: Received, make: Callable[[int], dict[str, Any]]) -> Reply:
        """Answer one page of so many companies as there are, by their numbers; the other pages are not made for it."""
        limit, offset = asked(request)
        numbers = range(self.company_count)[offset : offset + limit]
        return paged(request, "items", [make(number) for number in numbers], self.company_count)


def asked(request: Received) -> tuple[int, int]:
    """Return the limit and the offset of a request for a page."""
    query = dict(request.query)
    return int(query.get("limit", 50)), int(query.get("offset", 0))


def paged(request: Received, key: str, part: list[Any], total: int) -> Reply:
    """Return the page that a request asked for, with how many there are in all."""
    limit, offset = asked(request)
    more = offset + limit < total
    return Reply(200, {key: part, "total": total, "limit": limit, "offset": offset, "has_more": more})


def company(order: str, number: int) -> dict[str, Any]:
    """Return one company with one prospect."""
    identity = f"company-{number}"
    return {
        "id": identity,
        "name": f"Invented {number}",
        "website_url": f"https://c{number}.example",
        "match_score": number % 11,
        "delivered_at": f"2026-05-06T09:{number // 60 % 60:02}:{number % 60:02}.000000Z",
        "prospects": [{"id": f"prospect-{number}", "company_id": identity, "first_name": "Ada", "email": None}],
    }
