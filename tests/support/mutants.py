"""Servers that differ from the sandbox in one thing: middleware around its application, written as a stranger would.

A mutant gets each request and a way to ask the real sandbox; what it returns is sent. None of them knows what a check
asks or looks at.
"""

from __future__ import annotations

import copy
import json
import random
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode

UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
STAMP = re.compile(r"\d{4}-\d\d-\d\dT[\d:]+\.\d+Z")


@dataclass(frozen=True)
class Asked:
    """A request: path and query pairs."""

    path: str
    query: tuple[tuple[str, str], ...] = ()

    @property
    def place(self) -> str:
        """The path below ``/api/v1``, ids written as {}; the whole path elsewhere."""
        return UUID.sub("{}", self.path.removeprefix("/api/v1"))

    def get(self, name: str) -> str | None:
        """Return a query value."""
        return dict(self.query).get(name)

    def having(self, **values: str) -> Asked:
        """Return the request with query values set."""
        kept = tuple(pair for pair in self.query if pair[0] not in values)
        return replace(self, query=(*kept, *values.items()))

    def without(self, *names: str) -> Asked:
        """Return the request without query values."""
        return replace(self, query=tuple(pair for pair in self.query if pair[0] not in names))


@dataclass
class Told:
    """A response: status, headers, and the body as JSON (or bytes, sent as they are)."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def rows(self) -> list[Any]:
        """The list of a page; empty if there is none."""
        body = self.body if isinstance(self.body, dict) else {}
        return body.get("items") or body.get("orders") or []


Ask = Callable[[Asked], Awaitable[Told]]
Mutant = Callable[[Asked, Ask], Awaitable[Told]]


class Mutated:
    """The ASGI application of a mutant around another application."""

    def __init__(self, app: Any, mutant: Mutant) -> None:
        self.app = app
        self.mutant = mutant

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Let the mutant handle a GET; anything else passes untouched."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return

        async def ask(asked: Asked) -> Told:
            query = urlencode(asked.query).encode()
            changed = {**scope, "path": asked.path, "raw_path": asked.path.encode(), "query_string": query}
            return await collected(self.app, changed, receive)

        asked = Asked(scope["path"], tuple(parse_qsl(scope["query_string"].decode(), keep_blank_values=True)))
        told = await self.mutant(asked, ask)
        body = told.body if isinstance(told.body, bytes) else json.dumps(told.body).encode()
        headers = {"content-type": "application/json", **told.headers, "content-length": str(len(body))}
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": told.status, "headers": raw})
        await send({"type": "http.response.body", "body": body})


class Remembered:
    """The ASGI application of a server whose state stays: it says again what it said to the same GET."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self._said: dict[Any, list[Any]] = {}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Repeat what was said to this GET, or ask; anything else passes."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        asked = (scope["path"], scope["query_string"], tuple(map(tuple, scope["headers"])))
        if asked not in self._said:
            messages: list[Any] = []

            async def keep(message: Any) -> None:
                messages.append(message)

            await self.app(scope, receive, keep)
            self._said[asked] = messages
        for message in self._said[asked]:
            await send(message)


async def collected(app: Any, scope: Any, receive: Any) -> Told:
    """Return the whole response of an application."""
    told, body = Told(), bytearray()

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            told.status = message["status"]
            told.headers = {name.decode().lower(): value.decode() for name, value in message["headers"]}
        else:
            body.extend(message.get("body", b""))

    await app(scope, receive, send)
    told.body = json.loads(bytes(body)) if body else None
    return told


# ways to write a mutant


def answers(change: Callable[[Asked, Told], Any]) -> Mutant:
    """Change responses in place, or return another one."""

    async def mutant(asked: Asked, ask: Ask) -> Told:
        told = await ask(asked)
        told.body = copy.deepcopy(told.body)
        return change(asked, told) or told

    return mutant


def requests(change: Callable[[Asked], Asked | Told]) -> Mutant:
    """Change requests on their way, or answer them at once."""

    async def mutant(asked: Asked, ask: Ask) -> Told:
        changed = change(asked)
        return changed if isinstance(changed, Told) else await ask(changed)

    return mutant


def each(place: str, change: Callable[[dict[str, Any]], Any], *, alone: bool = True) -> Mutant:
    """Change every record of the list at *place* (a pattern), and the record alone below it."""

    def changed(asked: Asked, told: Told) -> None:
        if told.status == 200 and re.fullmatch(place, asked.place):
            for row in told.rows:
                change(row)
            if alone and not told.rows and isinstance(told.body, dict) and "total" not in told.body:
                change(told.body)

    return answers(changed)


def values(change: Callable[[str, Any], Any]) -> Mutant:
    """Change every value of every response by name and value."""

    def walked(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: change(name, walked(inner)) for name, inner in value.items()}
        return [walked(inner) for inner in value] if isinstance(value, list) else value

    def changed(_: Asked, told: Told) -> None:
        told.body = walked(told.body)

    return answers(changed)


def refusals(change: Callable[[Told], Any]) -> Mutant:
    """Change refusals alone."""
    return answers(lambda _, told: change(told) if 400 <= told.status < 500 else None)


def drop(*names: str) -> Callable[[dict[str, Any]], None]:
    """Take fields away."""

    def change(row: dict[str, Any]) -> None:
        for name in names:
            row.pop(name, None)

    return change


def rename(**names: str) -> Callable[[dict[str, Any]], None]:
    """Give fields other names."""

    def change(row: dict[str, Any]) -> None:
        for old, new in names.items():
            if old in row:
                row[new] = row.pop(old)

    return change


def scale(name: str, factor: float) -> Mutant:
    """Multiply a score wherever it stands."""
    return values(lambda n, value: round(value * factor, 3) if n == name and value is not None else value)


ORDERS = "/orders"
ORDER_OR_LIST = r"/orders(/|/\{\}|)"


def lists_under(key: str, place: str, old: str = "items") -> Mutant:
    """Put lists under another key."""

    def change(asked: Asked, told: Told) -> None:
        if re.fullmatch(place, asked.place) and isinstance(told.body, dict) and old in told.body:
            told.body[key] = told.body.pop(old)

    return answers(change)


def envelope(change: Callable[[dict[str, Any]], Any]) -> Mutant:
    """Change the counters of every list."""
    return answers(lambda _, told: change(told.body) if isinstance(told.body, dict) and "total" in told.body else None)


def reversed_at(place: str) -> Mutant:
    """Turn a list round."""

    def change(asked: Asked, told: Told) -> None:
        if re.fullmatch(place, asked.place):
            told.rows.reverse()

    return answers(change)


def at(place: str, status: int, body: Any) -> Mutant:
    """Answer a place with something else."""
    return requests(lambda asked: Told(status, body) if re.fullmatch(place, asked.place) else asked)


def is_bad_id(asked: Asked) -> bool:
    """Whether the path of an order has no UUID."""
    return bool(re.match(r"/api/v1/orders/[^/]+", asked.path)) and not UUID.search(asked.path)


def when(is_so: Callable[[Asked], bool], then: Callable[[Asked], Asked | Told]) -> Mutant:
    """Change or answer those requests for which something is so."""
    return requests(lambda asked: then(asked) if is_so(asked) else asked)


# single mutants that need more than a line


async def bare_orders(asked: Asked, ask: Ask) -> Told:
    """The list of orders is a bare array."""
    told = await ask(asked)
    return Told(200, told.rows) if asked.place.rstrip("/") == ORDERS and told.status == 200 else told


def offset_ignored(asked: Asked) -> Asked:
    """Every page is the first."""
    offset = asked.get("offset") or "0"
    return asked if offset.startswith("-") else asked.without("offset")


def capped(limit: int) -> Callable[[Asked], Asked]:
    """Pages have so many rows at most, whatever was asked for, as long as that is allowed."""

    def change(asked: Asked) -> Asked:
        wanted = asked.get("limit")
        return asked.having(limit=str(limit)) if wanted and limit < int(wanted) <= 100 else asked

    return change


async def beyond_is_404(asked: Asked, ask: Ask) -> Told:
    """A page after the last one does not exist."""
    told = await ask(asked)
    beyond = told.status == 200 and not told.rows and int(asked.get("offset") or 0) > 1
    return Told(404, {"code": "PAGE_NOT_FOUND", "message": "No such page.", "details": {}}) if beyond else told


def earlier(asked: Asked) -> Asked:
    """A time lets through what was delivered at it."""
    since = asked.get("delivered_since")
    if since is None or not since.endswith("Z"):
        return asked
    moment = datetime.fromisoformat(since) - timedelta(microseconds=1)
    return asked.having(delivered_since=moment.isoformat().replace("+00:00", "Z"))


def earlier_at(place: str) -> Callable[[Asked], Asked]:
    """The same, at one place."""
    return lambda asked: earlier(asked) if re.fullmatch(place, asked.place) else asked


def taken_for_utc(asked: Asked) -> Asked:
    """A time without an offset is taken for UTC."""
    since = asked.get("delivered_since")
    return asked.having(delivered_since=f"{since}Z") if since and not since.endswith("Z") else asked


async def exclusive(asked: Asked, ask: Ask) -> Told:
    """min_match_score asks for more than it."""
    told = await ask(asked)
    limit = asked.get("min_match_score")
    if limit is not None and told.status == 200:
        better = [row for row in told.rows if row["match_score"] > float(limit)]
        told.body["total"] -= len(told.rows) - len(better)
        told.body["items"] = better
    return told


def last_review_only(asked: Asked) -> Asked:
    """Of a repeated parameter the last one counts."""
    wanted = [value for name, value in asked.query if name == "review_status_list"]
    return asked.having(review_status_list=wanted[-1]) if wanted else asked


def single_review_wins(asked: Asked) -> Asked:
    """review_status wins over the list."""
    return asked.without("review_status_list") if asked.get("review_status") else asked


def prefixed(name: str, value: Any) -> Any:
    """Ids of companies have a prefix."""
    return f"co_{value}" if name in {"id", "company_id"} and isinstance(value, str) and UUID.fullmatch(value) else value


async def prefixed_ids(asked: Asked, ask: Ask) -> Told:
    """Ids say what they are ids of, and are understood."""
    plain = Asked(asked.path.replace("co_", ""), tuple((n, v.replace("co_", "")) for n, v in asked.query))
    return await values(prefixed)(plain, ask)


def in_capitals(name: str, value: Any) -> Any:
    """UUIDs are written in capitals."""
    return value.upper() if isinstance(value, str) and UUID.fullmatch(value) else value


def stamped(write: Callable[[str], Any]) -> Mutant:
    """Times are written in another way."""
    return values(lambda _, value: write(value) if isinstance(value, str) and STAMP.fullmatch(value) else value)


def milliseconds(stamp: str) -> int:
    """Milliseconds since 1970."""
    return int(datetime.fromisoformat(stamp).timestamp() * 1000)


def by_code(name: str, value: Any) -> Any:
    """Countries are written as codes."""
    return {"Germany": "DE", "Austria": "AT", "Switzerland": "CH"}.get(value, "XX") if name == "country" else value


def nested(told: Told) -> None:
    """Everything below ``error``."""
    code, message, details = (told.body.get(name) for name in ("code", "message", "details"))
    told.body = {"error": {"code": code, "message": message, "details": details}}


def as_detail(told: Told) -> None:
    """As FastAPI says it."""
    problems = (told.body.get("details") or {}).get("validation_errors")
    listed = [{"loc": ["query", p["field"]], "msg": p["error"], "type": "value_error"} for p in problems or []]
    told.body = {"detail": listed or told.body["message"]}


def as_text(told: Told) -> None:
    """The oldest form: the code under ``error``."""
    told.body = {"error": told.body["code"], "message": told.body["message"]}


def as_problem(told: Told) -> None:
    """As RFC 9457 says it."""
    told.body = {"type": "about:blank", "title": told.body["message"], "status": told.status, "instance": "/orders"}


def as_page(told: Told) -> None:
    """A proxy's own page."""
    told.body, told.headers["content-type"] = b"<html><body>Not possible</body></html>", "text/html"


def bad_request(told: Told) -> None:
    """400 for what breaks a rule."""
    told.status = 400 if told.status == 422 else told.status


def other_problems(told: Told) -> None:
    """Broken rules are listed in another way."""
    details = told.body.get("details") or {}
    if "validation_errors" in details:
        problems = details.pop("validation_errors")
        details["problems"] = [{"param": p["field"], "reason": p["error"]} for p in problems]


def renamed_headers(old: str, new: str) -> Mutant:
    """Give headers another name."""

    def change(_: Asked, told: Told) -> None:
        told.headers = {name.replace(old, new): value for name, value in told.headers.items()}

    return answers(change)


def header(name: str, change: Callable[[int], int]) -> Mutant:
    """Change the number in a header."""

    def changed(_: Asked, told: Told) -> None:
        if name in told.headers:
            told.headers[name] = str(change(int(told.headers[name])))

    return answers(changed)


def redirecting(asked: Asked) -> Asked | Told:
    """A slash too many is sent back."""
    if asked.path.endswith("/"):
        return Told(307, None, {"location": asked.path.rstrip("/") + "?" + urlencode(asked.query)})
    return asked


def at_once(asked: Asked, told: Told) -> None:
    """All companies of an order are delivered in one moment."""
    if asked.place == "/orders/{}/results" and told.rows:
        last = max(row["delivered_at"] for row in told.rows)
        for row in told.rows:
            row["delivered_at"] = last


async def wants_slashes(asked: Asked, ask: Ask) -> Told:
    """Lists are served with a slash at the end alone."""
    if asked.path.removeprefix("/api/v1") in {
        "/orders",
        "/companies",
        "/prospect-searches",
        "/blacklists",
        "/prospects",
    }:
        return Told(307, None, {"location": f"http://proxy.example{asked.path}/?{urlencode(asked.query)}"})
    return await ask(replace(asked, path=asked.path.rstrip("/")))


def none_if_empty(row: dict[str, Any]) -> None:
    """No list where there is nobody."""
    if (row.get("city") or "")[:1] < "L":
        row["prospects"] = None


def described(without: str) -> Mutant:
    """A description of the API is served, in which something is missing."""
    places = ("auth/validate", "search-profile-creations", "orders", "deliveries/{id}/companies", "prospect-searches",
              "companies", "prospects", "blacklists")  # fmt: skip
    paths = {f"/api/v1/{place}": {} for place in places if not place.startswith(without)}
    return when(lambda asked: asked.path == "/openapi-public.json", lambda _: Told(200, {"paths": paths}))


def not_ready(status: int, body: Any) -> Mutant:
    """Results of an order under way are answered in another way."""
    return answers(
        lambda asked, told: Told(status, body) if asked.place == "/orders/{}/results" and told.status == 409 else None
    )


def known_early(row: dict[str, Any]) -> None:
    """The search exists as soon as the order does."""
    row["prospect_search_id"] = row["prospect_search_id"] or "3f0c1a52-7b7e-4c59-9a68-0d5f8f6f2a11"


def one_id(row: dict[str, Any]) -> None:
    """Profile and search are one thing."""
    row["profile_id"] = row["prospect_search_id"] or row["profile_id"]


def with_more(row: dict[str, Any]) -> None:
    """More is delivered than was asked for."""
    row["company_count"] += 3


def without_reason(row: dict[str, Any]) -> None:
    """Nobody says why."""
    row["message"] = None


def anywhere(asked: Asked) -> Asked | Told:
    """Without a search, companies of all searches are listed."""
    if asked.place == "/companies" and asked.get("prospect_search_id") is None:
        wrong = {"min_match_score", "review_status"} & dict(asked.query).keys()
        problems = [{"field": name, "error": "is out of range", "provided": asked.get(name)} for name in sorted(wrong)]
        if problems:
            details = {"validation_errors": problems}
            return Told(422, {"code": "VALIDATION_ERROR", "message": "Validation failed.", "details": details})
        return Told(200, {"items": [], "total": 0, "limit": 50, "offset": 0, "has_more": False})
    return asked


def no_offset_given(asked: Asked) -> Asked:
    """A page starts at 0 where the offset is negative."""
    return asked.without("offset") if (asked.get("offset") or "").startswith("-") else asked


NONSENSE = (
    "COMPLETED", "RECEIVED", "accepted", "2026-05-06T09:15:00.000000Z", "not a time", "8.5", "Maja Lindqvist", "\ud800",
    "nan", "", 0, 1, -1, 9, 10**400, 1e308, float("inf"), float("nan"), True, False, None, [], {}, [[]], [None, 3],
)  # fmt: skip


def corrupting(seed: int) -> Mutant:
    """Return a server in which some values, names and states are nonsense, few or many of them."""
    chance = random.Random(seed)
    rate = chance.choice([0.002, 0.01, 0.03, 0.1])

    def hits() -> bool:
        return chance.random() < rate

    def corrupted(value: Any) -> Any:
        if hits():
            return chance.choice(NONSENSE)
        if isinstance(value, dict):
            return {"Maja Lindqvist" if hits() else name: corrupted(inner) for name, inner in value.items()}
        return [corrupted(inner) for inner in value] if isinstance(value, list) else value

    def change(_: Asked, told: Told) -> None:
        told.body = corrupted(told.body)
        told.status = chance.choice([201, 204, 302, 400, 404, 409, 422, 500]) if hits() else told.status

    return answers(change)


EMPTY_PAGE = {"items": [], "total": 0, "limit": 50, "offset": 0, "has_more": False}
NO_ORDERS = {"orders": [], "total": 0, "limit": 50, "offset": 0, "has_more": False}
GONE = {"code": "NOT_READY", "message": "Not yet.", "details": {}}
NO_SUCH = {"code": "ORDER_NOT_FOUND", "message": "No such order.", "details": {}, "entity_type": "order",
           "identifier": "x"}  # fmt: skip

# What is different, which assumption that is, and the mutant.
MUTANTS: list[tuple[str, str, Mutant]] = [
    ("orders under items", "orders.list.key", lists_under("items", ORDER_OR_LIST, "orders")),
    ("orders under order_list", "orders.list.key", lists_under("order_list", ORDER_OR_LIST, "orders")),
    ("orders as a bare array", "orders.list.key", bare_orders),
    ("lists under data", "paging.list_key", lists_under("data", ".*")),
    ("companies under companies", "paging.list_key", lists_under("companies", "/companies")),
    ("20 rows by default", "paging.limit.default", when(lambda a: not a.get("limit"), lambda a: a.having(limit="20"))),
    ("limits are cut to 100", "paging.limit.out_of_range",
     when(lambda a: (a.get("limit") or "0") > "100" and len(a.get("limit") or "") > 2 and a.get("limit") != "100",
          lambda a: a.having(limit="100"))),
    ("pages of 10 at most", "paging.limit.respected", requests(capped(10))),
    ("offsets below 0 are 0", "paging.offset.negative", requests(no_offset_given)),
    ("limits above 100 are a bad request", "paging.limit.out_of_range",
     when(lambda a: a.get("limit") == "101", lambda _: Told(400, {**GONE, "code": "BAD_LIMIT"}))),
    ("nothing after the last page", "paging.offset.beyond_total",
     when(lambda a: len(a.get("offset") or "") > 4, lambda _: Told(204, None))),
    ("offsets are ignored", "paging.offset.respected", requests(offset_ignored)),
    ("no page after the last", "paging.offset.beyond_total", beyond_is_404),
    ("no has_more", "paging.has_more", envelope(drop("has_more"))),
    ("total is called count", "paging.counters", envelope(rename(total="count"))),
    ("total is a text", "paging.counters", envelope(lambda body: body.update(total=str(body["total"])))),
    ("total counts too many", "paging.agreement", envelope(lambda body: body.update(total=body["total"] + 7))),
    ("has_more is never true", "paging.agreement",
     envelope(lambda body: body.update(has_more=False, total=body["total"] + 1) if "has_more" in body else None)),
    ("searches have has_more", "searches.no_has_more",
     answers(lambda a, t: t.body.update(has_more=False) if a.place == "/prospect-searches" else None)),
    ("oldest order first", "orders.list.order", reversed_at(ORDERS)),
    ("the list of orders is short", "orders.list.fields",
     each("/orders/?", drop("seller_offering", "target_cities", "admin_notes"), alone=False)),
    ("an unknown status finds nothing", "orders.status_unknown",
     when(lambda a: a.place == ORDERS and a.get("status") not in {None, "COMPLETED"}, lambda _: Told(200, NO_ORDERS))),
    ("an unknown status is ignored", "orders.status_unknown",
     when(lambda a: a.place == ORDERS, lambda a: a.without("status"))),
    ("orders do not tell the profile", "order.profile_id", each(ORDER_OR_LIST, drop("profile_id"))),
    ("orders do not tell the quantity", "order.briefing_quantity", each(ORDER_OR_LIST, drop("briefing_quantity"))),
    ("orders have no message", "order.message", each(ORDER_OR_LIST, drop("message"))),
    ("more is delivered than asked for", "order.quantity", each(ORDER_OR_LIST, with_more)),
    ("a completed order names no search", "order.search_id",
     each(ORDER_OR_LIST, lambda r: r.update(prospect_search_id=None) if r["status"] == "COMPLETED" else None)),
    ("the search is known from the start", "order.search_id", each(ORDER_OR_LIST, known_early)),
    ("profile and search are one", "order.ids_differ", each(ORDER_OR_LIST, one_id)),
    ("rejected without a reason", "order.rejected_reason",
     each(ORDER_OR_LIST, lambda row: row.update(admin_notes=None) if row["status"] == "REJECTED" else None)),
    ("failed without a reason", "order.failed_reason",
     each(ORDER_OR_LIST, lambda row: row.update(message=None) if row["status"] == "FAILED" else None)),
    ("no results yet: an empty page", "results.before_completed", not_ready(200, EMPTY_PAGE)),
    ("no results yet: 404", "results.before_completed", not_ready(404, GONE)),
    ("no results yet: 409 of another code", "results.before_completed", not_ready(409, GONE)),
    ("no results yet: 202", "results.before_completed", not_ready(202, {"status": "IN_PROGRESS"})),
    ("no results yet: nothing", "results.before_completed", not_ready(204, None)),
    ("no results yet: what there is", "results.before_completed", not_ready(200, {**EMPTY_PAGE, "items": [{}]})),
    ("results latest first", "results.order", reversed_at("/orders/{}/results")),
    ("results delivered all at once", "results.delivered_distinct",
     answers(at_once)),
    ("orders are completed an hour later", "results.completed_at",
     each(ORDER_OR_LIST, lambda row: row.update(completed_at="2026-05-06T09:15:00.000000Z")
          if row["completed_at"] else None)),
    ("results have website", "results.website_field", each("/orders/{}/results", rename(website_url="website"))),
    ("prospects are null where nobody is", "results.prospects", each("/orders/{}/results", none_if_empty)),
    ("delivered at or after", "delivered_since.strict", requests(earlier)),
    ("delivered at or after, results", "delivered_since.strict", requests(earlier_at("/orders/{}/results"))),
    ("delivered at or after, deliveries", "delivered_since.strict", requests(earlier_at("/deliveries/{}/companies"))),
    ("times are ignored", "delivered_since.strict",
     when(lambda a: (a.get("delivered_since") or "").endswith("Z"), lambda a: a.without("delivered_since"))),
    ("times without offset are UTC", "delivered_since.no_offset", requests(taken_for_utc)),
    ("deliveries are short", "deliveries.fields",
     each("/deliveries/{}/companies", lambda r: [r.pop(n) for n in set(r) - {"id", "name", "prospects"}])),
    ("deliveries latest first", "deliveries.order", reversed_at("/deliveries/{}/companies")),
    ("match scores to 100", "score.match", scale("match_score", 10)),
    ("match scores to 1", "score.match", scale("match_score", 0.1)),
    ("qualification scores to 100", "score.qualification", scale("qualification_score", 10)),
    ("confidence to 1", "score.validation_confidence", scale("validation_confidence", 0.01)),
    ("bounce risk to 1", "score.bounce_risk", scale("bounce_risk_score", 0.01)),
    ("bounce risk to 1000", "score.bounce_risk", scale("bounce_risk_score", 10)),
    ("companies have website_url", "companies.website_field",
     each(r"/companies(/\{\})?", rename(website="website_url"))),
    ("companies are short", "companies.fields", each("/companies", drop("employee_count", "description"))),
    ("worst company first", "companies.order", reversed_at("/companies")),
    ("companies of all searches", "companies.search_required", requests(anywhere)),
    ("scores above it alone", "companies.min_score_inclusive", exclusive),
    ("a score of 11 is 10", "companies.score_out_of_range",
     when(lambda a: a.get("min_match_score") == "11", lambda a: a.having(min_match_score="10"))),
    ("the last review state counts", "companies.review_list", requests(last_review_only)),
    ("the list of review states is ignored", "companies.review_list",
     when(lambda a: bool(a.get("review_status_list")), lambda a: a.without("review_status_list", "review_status"))),
    ("the single review state wins", "companies.review_list_wins", requests(single_review_wins)),
    ("an unknown review state is ignored", "companies.review_status_unknown",
     when(lambda a: a.get("review_status") not in {None, "accepted", "rejected", "pending"},
          lambda a: a.without("review_status"))),
    ("the search is of one case", "companies.search_text",
     when(lambda a: bool(a.get("search")), lambda a: a.having(search="no such place"))),
    ("one company without people", "company.prospects", each(r"/companies/\{\}", drop("prospects"))),
    ("prospects are short", "prospects.fields", each("/prospects", drop("email_type"))),
    ("prospects of all companies", "prospects.company_filter",
     when(lambda a: a.place == "/prospects", lambda a: a.without("company_id"))),
    ("searches are RUNNING", "searches.status", each("/prospect-searches", lambda r: r.update(status="RUNNING"))),
    ("searches have no stamps", "search.fields", each(r"/prospect-searches/\{\}", drop("created_at", "updated_at"))),
    ("blacklists of a search as a map", "search.blacklists",
     lists_under("blacklists", r"/prospect-searches/\{\}/blacklists")),
    ("blacklists of a search are paged", "search.blacklists_unpaged",
     answers(lambda a, t: t.body.update(items=t.rows[:1], limit=1, has_more=True)
             if a.place == "/prospect-searches/{}/blacklists" else None)),
    ("blacklists have no count", "blacklists.fields", each("/blacklists", rename(entry_count="size"))),
    ("oldest blacklist first", "blacklists.order", reversed_at("/blacklists")),
    ("entries have a name", "blacklists.entries", each(r"/blacklists/\{\}/entries", rename(company_name="name"))),
    ("creations have no stamps", "profile.fields",
     each(r"/search-profile-creations/\{\}", drop("created_at", "updated_at"))),
    ("jobs have positions", "jobs.fields", each(r"/companies/\{\}/jobs", rename(title="position"))),
    ("jobs are summed up otherwise", "jobs.summary", each(r"/companies/\{\}/jobs/summary", rename(total_jobs="jobs"))),
    ("technologies under items", "technologies.fields",
     each(r"/companies/\{\}/webtech-intel", rename(technologies="stack"))),
    ("technologies without sum", "technologies.summary",
     each(r"/companies/\{\}/webtech-intel/summary", drop("total_technologies"))),
    ("ids of companies have a prefix", "ids.uuid", prefixed_ids),
    ("ids in capitals", "ids.uuid", values(in_capitals)),
    ("times with +00:00", "time.format", stamped(lambda stamp: stamp.replace("Z", "+00:00"))),
    ("times in whole seconds", "time.format", stamped(lambda stamp: stamp[:19] + "Z")),
    ("times in milliseconds", "time.format", stamped(lambda stamp: stamp[:23] + "Z")),
    ("times as numbers", "time.format", stamped(milliseconds)),
    ("times without offset", "time.format", stamped(lambda stamp: stamp.removesuffix("Z"))),
    ("countries as codes", "country.style", values(by_code)),
    ("errors nested", "error.shape", refusals(nested)),
    ("errors as a framework's detail", "error.shape", refusals(as_detail)),
    ("errors as texts", "error.shape", refusals(as_text)),
    ("errors as problems", "error.shape", refusals(as_problem)),
    ("errors without details", "error.shape", refusals(lambda told: drop("details")(told.body))),
    ("errors as pages", "error.shape", refusals(as_page)),
    ("400 for broken rules", "error.validation_status", refusals(bad_request)),
    ("broken rules listed otherwise", "error.validation_fields", refusals(other_problems)),
    ("nothing said about what is missing", "error.not_found",
     refusals(lambda told: drop("entity_type", "identifier")(told.body))),
    ("no route: a framework's words", "error.unknown_route",
     answers(lambda _, t: Told(404, {"detail": "Not Found"}) if (t.body or {}).get("code") == "NOT_FOUND" else None)),
    ("no route: a page", "error.unknown_route",
     answers(lambda _, t: Told(404, b"<html>no such page</html>", {"content-type": "text/html"})
             if isinstance(t.body, dict) and t.body.get("code") == "NOT_FOUND" else None)),
    ("no route: 403", "error.unknown_route",
     answers(lambda _, t: Told(403, {**t.body, "code": "FORBIDDEN"}) if (t.body or {}).get("code") == "NOT_FOUND"
             else None)),
    ("no method: 404", "error.wrong_method",
     answers(lambda _, t: Told(404, {**t.body, "code": "NOT_FOUND"}) if t.status == 405 else None)),
    ("an odd id is 404", "path_id.not_uuid", when(is_bad_id, lambda _: Told(404, NO_SUCH))),
    ("an odd id is 400", "path_id.not_uuid",
     when(is_bad_id, lambda _: Told(400, {"code": "INVALID_ID", "message": "No id.", "details": {}}))),
    ("a slash is sent back", "slash.forms", requests(redirecting)),
    ("a slash is wanted", "slash.forms", wants_slashes),
    ("a slash is not found", "slash.forms",
     when(lambda a: a.path.endswith("/"),
          lambda _: Told(404, {"code": "NOT_FOUND", "message": "Not found.", "details": {}}))),
    ("health wants a key", "health.keyless",
     at("/health", 401, {"code": "UNAUTHORIZED", "message": "No key.", "details": {}})),
    ("203 for reading", "status.success", answers(lambda a, t: setattr(t, "status", 203) if t.status == 200 else None)),
    ("described without deliveries", "openapi.paths", described("deliveries")),
]  # fmt: skip

# These need a sandbox that counts requests.
LIMITED: list[tuple[str, str, Mutant]] = [
    ("the standard's names", "ratelimit.headers", renamed_headers("x-ratelimit-", "ratelimit-")),
    ("names with another dash", "ratelimit.headers", renamed_headers("x-ratelimit-", "x-rate-limit-")),
    ("reset in seconds from now", "ratelimit.reset", header("x-ratelimit-reset", lambda _: 3_540)),
    ("a request costs two", "ratelimit.counting", header("x-ratelimit-remaining", lambda left: 2 * left - 1_000)),
    ("nothing is counted", "ratelimit.counting", header("x-ratelimit-remaining", lambda _: 900)),
]
