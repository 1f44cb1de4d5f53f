"""A vendor of another hand: the same documented API, answered in whatever shapes a `Manner` says.

Written from the contract alone; shares nothing with the sandbox or with `vendor`. Its truth is in plain attributes.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

BASE = "/api/v1"
JSON = "application/json; charset=utf-8"
STATES = ("RECEIVED", "IN_PROGRESS", "COMPLETED")
Row = dict[str, Any]


@dataclass
class Manner:
    """How this vendor answers.

    Attributes:
        lists: where a list is: "" for a bare array, "items", "noun", "data", "data.items", "_embedded.noun"; "null" and
            "204" for nothing at all, "403" for a refusal.
        counters: which counters a list carries: "documented", "count", "meta", "none".
        single: what is around one object: "", "data" or "noun".
        empty: status of a write without a body; 0 sends bodies.
        says: returns the body of a write that adds (or removes) some rows of some that were sent.
        ids: what an object's id is called, besides "id"; "noun_id" for one made of its noun.
        cap: the largest page. deaf: offset is ignored.
        locates: whether what was made is named in a Location header.
        shows: whether one object may be read. shows_changes: whether a changed search comes back.
        assigns: whether an assignment takes effect. loses: how many DELETEs (done) and orders (not done) end in a 502.
        hidden: how many more rows a list counts than it has.
        refusal: the body of the 422 for an order without a description; None takes every order.
        has_profiles: whether there are profile creations.
    """

    lists: str = "items"
    counters: str = "documented"
    single: str = ""
    empty: int = 0
    says: Callable[[str, list[Row], list[Row]], Any] = lambda verb, done, rest: {verb: len(done), "skipped": len(rest)}
    ids: str = "id"
    cap: int = 100
    deaf: bool = False
    locates: bool = False
    shows: bool = True
    shows_changes: bool = True
    assigns: bool = True
    loses: int = 0
    hidden: int = 0
    refusal: Any = None
    has_profiles: bool = True


@dataclass
class OtherVendor:
    """The vendor: its manner, what it holds, and every request it got as (method, path, query, body)."""

    manner: Manner = field(default_factory=Manner)
    blacklists: dict[str, Row] = field(default_factory=dict)
    entries: dict[str, list[Row]] = field(default_factory=dict)
    assigned: list[str] = field(default_factory=list)
    orders: dict[str, Row] = field(default_factory=dict)
    bodies: list[Row] = field(default_factory=list)
    requests: list[tuple[str, str, dict[str, str], Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._numbers = itertools.count(1)
        self.search: Row = {"id": "search-1", "name": "Hotels", "status": "ACTIVE", "version": 1}
        self.companies = [company(number) for number in range(130)]
        self.app = Starlette(routes=[Route(BASE + path, self._log(method)) for path, method in self._routes().items()])
        for route in self.app.routes:
            assert isinstance(route, Route)
            route.methods = None  # each handler looks at the method itself

    def _routes(self) -> dict[str, Callable[..., Response]]:
        return {
            "/auth/validate": lambda _, __: said(200, {"valid": True, "scopes": ["orders:read"]}),
            "/search-profile-creations": self._create_profile,
            "/search-profile-creations/{id}": self._profile,
            "/orders": self._orders,
            "/orders/{id}": self._order,
            "/orders/{id}/results": lambda request, _: self._list(request, self.companies, "companies"),
            "/deliveries/{id}/companies": lambda request, _: self._list(request, self.companies, "companies"),
            "/prospect-searches": lambda request, _: self._list(request, [self.search], "prospect_searches"),
            "/prospect-searches/{id}": self._search,
            "/prospect-searches/{id}/blacklists": self._assignment,
            "/companies": lambda request, _: self._list(request, [listed(c) for c in self.companies], "companies"),
            "/companies/{id}": lambda _, __: self._one("company", self.companies[0]),
            "/companies/{id}/jobs": lambda request, _: self._list(request, jobs(), "jobs"),
            "/companies/{id}/jobs/summary": lambda _, __: said(200, self._around("summary", {"total_jobs": 3})),
            "/companies/{id}/webtech-intel": lambda request, _: self._list(request, technologies(), "technologies"),
            "/companies/{id}/webtech-intel/summary": lambda _, __: said(200, self._around("summary", {"total": 150})),
            "/prospects": lambda request, _: self._list(request, people(self.companies), "prospects"),
            "/prospects/{id}": lambda _, __: self._one("prospect", people(self.companies)[0]),
            "/blacklists": self._blacklists,
            "/blacklists/{id}": self._blacklist,
            "/blacklists/{id}/entries": self._entries,
        }

    def _log(self, answer: Callable[..., Response]) -> Any:
        async def handle(request: Request) -> Response:
            raw = await request.body()
            body = json.loads(raw) if raw else None
            path = request.url.path.removeprefix(BASE)
            self.requests.append((request.method, path, dict(request.query_params), body))
            return answer(request, body)

        return handle

    def _create_profile(self, _: Request, body: Any) -> Response:
        if not self.manner.has_profiles:
            return said(404, {"detail": "Not Found"})
        self.bodies.append(body)
        return said(202, {"profile_creation_id": "creation-1", "status": "PENDING", "profile_id": None})

    def _profile(self, _: Request, __: Any) -> Response:
        return said(200, {"profile_creation_id": "creation-1", "status": "SUCCEEDED", "profile_id": "profile-1"})

    def _orders(self, request: Request, body: Any) -> Response:
        if request.method == "GET":
            for order in self.orders.values():
                move(order)
            return self._list(request, list(self.orders.values()), "orders")
        if self.manner.loses:
            self.manner.loses -= 1
            return said(502, None)
        if self.manner.refusal is not None and "ideal_customer_profile" not in body:
            return said(422, self.manner.refusal)
        self.bodies.append(body)
        key = f"order-{next(self._numbers)}"
        self.orders[key] = {"order_id": key, "status": "RECEIVED", "order_type": body.get("order_type", "ENRICHMENT")}
        if self.manner.empty and self.manner.locates:
            return said(202, None, {"Location": f"{BASE}/orders/{key}"})
        return said(202, self._around("order", self._renamed("order", self.orders[key])))

    def _order(self, request: Request, _: Any) -> Response:
        order = self.orders[request.path_params["id"]]
        move(order)
        return self._one("order", order | {"prospect_search_id": "search-1"})

    def _search(self, request: Request, body: Any) -> Response:
        if request.method != "PATCH":
            return self._one("prospect_search", self.search)
        if body["version"] != self.search["version"]:
            return said(409, {"code": "VERSION_CONFLICT", "message": "stale"})
        changes = {name: value for name, value in body.items() if name not in {"version", "update_mask"}}
        self.search |= changes | {"version": body["version"] + 1}
        if not self.manner.shows_changes:
            return said(200, {"stripped_fields": ["geo_locations"]})
        return self._written("prospect_search", self.search, 200)

    def _assignment(self, request: Request, body: Any) -> Response:
        if request.method == "PUT":
            self.assigned = body["blacklist_ids"] if self.manner.assigns else []
            return self._written("", {"updated": True}, 200)
        return self._list(request, [self._counted(key) for key in self.assigned], "blacklists")

    def _blacklists(self, request: Request, body: Any) -> Response:
        if request.method == "GET":
            return self._list(request, [self._counted(key) for key in self.blacklists], "blacklists")
        number = next(self._numbers)
        key = f"list-{number}"
        made = {"id": key, "name": body["name"].strip(), "description": body.get("description")}
        self.blacklists[key] = made | {"created_at": f"2026-11-28T10:00:{number:02}Z"}
        self.entries[key] = []
        headers = {"Location": f"https://other.example{BASE}/blacklists/{key}"} if self.manner.locates else {}
        return self._written("blacklist", self._counted(key), 201, headers)

    def _blacklist(self, request: Request, body: Any) -> Response:
        key = request.path_params["id"]
        if key not in self.blacklists:
            return said(404, {"error": "BLACKLIST_NOT_FOUND", "message": "no such list"})
        if request.method == "DELETE":
            del self.blacklists[key]
            if self.manner.loses:
                self.manner.loses -= 1
                return said(502, None)
            return self._written("", {"deleted": True}, 200)
        if request.method == "PATCH":
            self.blacklists[key] |= body
            return self._written("blacklist", self._counted(key), 200)
        return self._one("blacklist", self._counted(key))

    def _entries(self, request: Request, body: Any) -> Response:
        rows = self.entries[request.path_params["id"]]
        if request.method == "GET":
            return self._list(request, rows, "entries")
        if request.method == "DELETE":
            gone = [row for row in rows if row["id"] in body["entry_ids"]]
            rows[:] = [row for row in rows if row not in gone]
            return self._counted_write("removed", gone, [])
        known = {row["company_name"] for row in rows}
        new = [row for row in body["entries"] if row["company_name"] not in known]
        made = [row | {"id": f"entry-{next(self._numbers)}"} for row in new]
        rows += made
        return self._counted_write("added", made, [row for row in body["entries"] if row not in new])

    def _counted(self, key: str) -> Row:
        return self.blacklists[key] | {"entry_count": len(self.entries[key])}

    def _counted_write(self, verb: str, done: list[Row], rest: list[Row]) -> Response:
        return said(self.manner.empty, None) if self.manner.empty else said(200, self.manner.says(verb, done, rest))

    def _written(self, noun: str, row: Row, status: int, headers: dict[str, str] | None = None) -> Response:
        if self.manner.empty:
            return said(self.manner.empty, None, headers)
        return said(status, self._around(noun, self._renamed(noun, row)) if noun else row, headers)

    def _one(self, noun: str, row: Row) -> Response:
        if not self.manner.shows:
            return said(403, {"code": "AUTHORIZATION_ERROR", "message": "not allowed to read"})
        return said(200, self._around(noun, self._renamed(noun, row)))

    def _renamed(self, noun: str, row: Row) -> Row:
        if self.manner.ids == "id" or noun not in {"blacklist", "prospect_search", "order"}:
            return row
        if noun == "order":
            return {"id" if name == "order_id" else name: value for name, value in row.items()}
        return {f"{noun}_id" if name == "id" else name: value for name, value in row.items()}

    def _around(self, noun: str, row: Row) -> Row:
        where = {"": "", "data": "data", "noun": noun}[self.manner.single]
        return {where: row} if where else row

    def _list(self, request: Request, rows: Sequence[Row], noun: str) -> Response:
        query, manner = request.query_params, self.manner
        if manner.lists == "403":
            return said(403, {"code": "AUTHORIZATION_ERROR", "message": "not allowed to list"})
        if manner.lists in {"204", "null"}:
            return said(204, None) if manner.lists == "204" else Response(b"null", headers={"Content-Type": JSON})
        limit = min(int(query.get("limit", 50)), manner.cap)
        offset = 0 if manner.deaf else int(query.get("offset", 0))
        part = list(rows[offset : offset + limit])
        singular = {"blacklists": "blacklist", "prospect_searches": "prospect_search", "orders": "order"}.get(noun, "")
        part = [self._renamed(singular, row) for row in part]
        if not manner.lists:
            return said(200, part)
        more = offset + limit < len(rows)
        counters: dict[str, Any] = {
            "documented": {"total": len(rows) + manner.hidden, "limit": limit, "offset": offset, "has_more": more},
            "count": {"count": len(rows), "next": "https://other.example/more" if more else None},
            "meta": {"meta": {"totalCount": len(rows)}},
            "none": {},
        }[manner.counters]
        outer, _, inner = manner.lists.rpartition(".")
        listed_rows: Row = {noun if inner == "noun" else inner: part}
        return said(200, ({outer: listed_rows} if outer else listed_rows) | counters)


def said(status: int, body: Any, headers: dict[str, str] | None = None) -> Response:
    """Return a response; a body of None is no body at all."""
    content = b"" if body is None else json.dumps(body).encode()
    kind = {} if body is None else {"Content-Type": JSON}
    return Response(content, status, {**kind, **(headers or {})})


def move(order: Row) -> None:
    """Move an order one state on."""
    order["status"] = STATES[min(STATES.index(order["status"]) + 1, 2)]


def company(number: int) -> Row:
    """Return one company as results and deliveries hold it."""
    return {
        "id": f"company-{number}",
        "name": f"Invented {number}",
        "website_url": f"https://c{number}.example",
        "match_score": 7.5,
        "delivered_at": f"2026-11-20T08:{number // 60:02}:{number % 60:02}Z",
        "prospects": [{"id": f"person-{number}", "company_id": f"company-{number}", "first_name": "Ada"}],
    }


def listed(row: Row) -> Row:
    """Return a company as ``GET /companies`` lists it."""
    return {"id": row["id"], "prospect_search_id": "search-1", "name": row["name"], "review_status": "pending"}


def people(companies: Sequence[Row]) -> list[Row]:
    """Return the prospects of companies."""
    return [person for row in companies for person in row["prospects"]]


def jobs() -> list[Row]:
    """Return three job listings."""
    return [{"id": f"job-{number}", "title": "Planner"} for number in range(3)]


def technologies() -> list[Row]:
    """Return more technologies than fit on one page."""
    return [{"name": f"Tool {number}"} for number in range(150)]
