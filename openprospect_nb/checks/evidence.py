"""What a check saw: each request with its response, and careful ways to read them.

Nothing here trusts a server: a body may be anything. What cannot be seen in it raises `Unseen`, whose text is the
reason that the report gives.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import pairwise
from typing import Any, Final, TypeGuard, TypeVar

Row = Mapping[str, Any]
Some = TypeVar("Some", bound=Collection[object])

# `items` is documented for every list, `orders` for one; the rest is what other servers use.
LIST_KEYS: Final = ("items", "orders", "data", "results")
MAX_DEPTH: Final = 12
# A word a report may show: codes, states and names of fields are such words. Names of people and places are not: they
# have blanks or letters of their own, or are one capital with small letters after it.
PLAIN_WORD: Final = re.compile(r"(?![A-Z][a-z]+\Z)[A-Za-z_][\w.\-]{0,39}", re.ASCII)
UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.ASCII)


class Unseen(Exception):
    """What is asked about cannot be seen here; the text says why."""


def some(found: Some, otherwise: str) -> Some:
    """Return what was *found*; `Unseen`, with *otherwise* as the reason, where that is nothing."""
    if not found:
        raise Unseen(otherwise)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and what came back.

    Attributes:
        request: method, path and query, with names in the place of ids.
        query: what was asked for, as pairs.
        status: the HTTP status; None if no response came.
        headers: of the response, names in lower case.
        body: the parsed JSON; None if it is none.
        content: what the body is, in words: "JSON", "a web page", "empty", ….
        problem: why no response came; empty if one did.
        seconds: from sending to the last byte.
        sent_at, received_at: by this machine's clock.
        protocol: HTTP version, and TLS version where there is one.
        other_slash: whether the path had to be asked for in its other form, with a slash at the end or without.
    """

    request: str
    query: Sequence[tuple[str, str]] = ()
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    content: str = "empty"
    problem: str = ""
    seconds: float = 0.0
    sent_at: datetime
    received_at: datetime
    protocol: str = ""
    other_slash: bool = False

    @property
    def ok(self) -> bool:
        """Whether the status is 2xx."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_usable(self) -> bool:
        """Whether it says anything about the API: a readable response, or a refusal of the server's own."""
        return (self.ok and self.content == "JSON") or (self.status is not None and 400 <= self.status < 500)

    @property
    def outcome(self) -> str:
        """What came back, in a few words."""
        if self.status is None:
            return f"no response ({self.problem})"
        code = code_of(self.body) or f"without a code ({self.content})"
        return f"{self.status} with {count_of(self)}" if self.ok else f"{self.status} {code}"

    def asked(self, name: str) -> str | None:
        """Return the query value of *name*, the last one if repeated."""
        return dict(self.query).get(name)


def count_of(exchange: Exchange) -> str:
    """Return what a good response holds, in words."""
    body = exchange.body
    is_list = isinstance(body, list) or (isinstance(body, dict) and (set(body) & {*LIST_KEYS, "total"}))
    try:
        rows = list_in(body)[1] if is_list else None
    except Unseen:
        rows = None
    if rows is None:
        return "a JSON object" if isinstance(body, dict) else exchange.content
    return counted(len(rows), "row")


def counted(number: int, noun: str) -> str:
    """Return a number with its noun."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


@dataclass(slots=True)
class Evidence:
    """Everything a check saw so far.

    Attributes:
        exchanges: by the name of what was asked.
        unasked: why something was not asked, by name.
        order_id: the order the caller wants looked at, if any.
        creation_id: a profile creation this machine's journal knows, if any.
    """

    exchanges: dict[str, Exchange] = field(default_factory=dict)
    unasked: dict[str, str] = field(default_factory=dict)
    order_id: str | None = None
    creation_id: str | None = None

    def exchange(self, name: str) -> Exchange:
        """Return what came back when *name* was asked.

        Raises:
            Unseen: it was not asked, or nothing came back, or the server failed.
        """
        if name not in self.exchanges:
            raise Unseen(self.unasked.get(name) or "it was not asked")
        exchange = self.exchanges[name]
        if exchange.status is None or exchange.status >= 500:
            raise Unseen(f"{exchange.request}: {exchange.outcome}")
        return exchange

    def good(self, name: str) -> Exchange:
        """Return the 2xx response to *name*.

        Raises:
            Unseen: there is none, or it is no JSON.
        """
        exchange = self.exchange(name)
        if not exchange.ok or exchange.content != "JSON":
            raise Unseen(f"{exchange.request}: {exchange.outcome}")
        return exchange

    def record(self, name: str) -> Row:
        """Return the JSON object that answers *name*; `Unseen` if there is none."""
        exchange = self.good(name)
        if not isinstance(exchange.body, dict):
            raise Unseen(f"{exchange.request}: no JSON object")
        return exchange.body

    def rows(self, name: str, *, least: int = 0) -> list[Row]:
        """Return the records of the list that answers *name*.

        Raises:
            Unseen: there is no list, or it has fewer than *least* records.
        """
        exchange = self.good(name)
        rows: list[Row] = [row for row in list_in(exchange.body)[1] if isinstance(row, dict)]
        if len(rows) < least:
            raise Unseen(f"{exchange.request}: {counted(len(rows), 'row')}, which is too few to tell")
        return rows

    def is_whole(self, name: str) -> bool:
        """Whether the list that answers *name* has no further page."""
        exchange = self.good(name)
        body = envelope_of(exchange.body)
        total, more = body.get("total"), body.get("has_more")
        return more is not True and (not is_integer(total) or total <= len(list_in(exchange.body)[1]))

    def having(self, *names: str) -> list[Exchange]:
        """Return the good responses among *names*."""
        wanted = [self.exchanges[name] for name in names if name in self.exchanges]
        return [exchange for exchange in wanted if exchange.ok and exchange.content == "JSON"]


def list_in(body: Any) -> tuple[str, list[Any]]:
    """Return the list of a body and the key it was under: empty for a bare array, with a dot for one an object deeper.

    Raises:
        Unseen: there is none, or more than one and none under a known key.
    """
    if isinstance(body, list):
        return "", body
    inner = _inner(body)
    for place in ({"": body}, inner):
        lists = {
            f"{outer}.{key}".lstrip("."): value
            for outer, holder in place.items()
            if isinstance(holder, dict)
            for key, value in holder.items()
            if isinstance(value, list)
        }
        key = next((key for key in lists if key.rpartition(".")[2] in LIST_KEYS), None)
        if key is None and len(lists) == 1:
            (key,) = lists
        if key is not None:
            return key, lists[key]
    raise Unseen("the response holds no list")


def envelope_of(body: Any) -> Row:
    """Return the counters around a list: those of the body, and of the objects in it; empty for a bare array."""
    merged: dict[str, Any] = {}
    for inner in _inner(body).values():
        merged |= inner
    return merged | body if isinstance(body, dict) else {}


def _inner(body: Any) -> dict[str, Row]:
    return {key: value for key, value in body.items() if isinstance(value, dict)} if isinstance(body, dict) else {}


def error_object(body: Any) -> Row:
    """Return the object that carries code and message, whichever shape the error has."""
    if not isinstance(body, dict):
        return {}
    inner = body.get("error")
    return inner if isinstance(inner, dict) else body


def code_of(body: Any) -> str | None:
    """Return the code of an error body, if it has one that is a plain word."""
    error = error_object(body)
    code = error.get("code") or error.get("error")
    return plain(code) if isinstance(code, str) and code else None


def details_of(body: Any) -> Row:
    """Return the details of an error body; empty if it has none."""
    details = error_object(body).get("details")
    return details if isinstance(details, dict) else {}


def plain(text: Any) -> str:
    """Return *text* if it is one plain word, as codes, states and field names are; otherwise only that it is odd."""
    return text if isinstance(text, str) and PLAIN_WORD.fullmatch(text) else "(odd text)"


def form(text: str) -> str:
    """Return *text* with every letter as a and every digit as 9: what it looks like, not what it says."""
    return "".join("9" if c.isdecimal() else "a" if c.isalpha() else c for c in text[:40] if c.isprintable())


def kind_of(value: Any) -> str:
    """Return the JSON kind of a parsed value."""
    names = {bool: "boolean", int: "number", float: "number", str: "text", list: "list", dict: "object"}
    return names.get(type(value), "null")


def is_integer(value: Any) -> TypeGuard[int]:
    """Whether a parsed JSON value is a whole number."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value: Any) -> TypeGuard[int | float]:
    """Whether a parsed JSON value is a finite number."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < float("inf")


def moment(value: Any) -> datetime | None:
    """Return a time as ISO 8601, RFC 5322, seconds or milliseconds since 1970 write it; None if it is none."""
    try:
        if is_number(value):
            return datetime.fromtimestamp(value / 1000 if value > 1e11 else value, UTC)
        try:
            parsed = datetime.fromisoformat(value)
        except ValueError:
            parsed = parsedate_to_datetime(value)
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).astimezone(UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def members(body: Any) -> Iterator[tuple[str, Any]]:
    """Yield every name and value of every object inside *body*, to a bounded depth."""
    level = [body]
    for _ in range(MAX_DEPTH):
        below: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                yield from value.items()
                below += value.values()
            elif isinstance(value, list):
                below += value
        level = [value for value in below if isinstance(value, (dict, list))]


def text_in(row: Row, name: str) -> str:
    """Return the text of a field; empty if it is missing or no text."""
    value = row.get(name)
    return value if isinstance(value, str) else ""


def column(rows: Sequence[Row], name: str) -> list[Any]:
    """Return the values of one field that are not null."""
    return [row[name] for row in rows if row.get(name) is not None]


def numbers(rows: Sequence[Row], name: str) -> list[float]:
    """Return the values of one field that are numbers, or texts of numbers."""
    read = []
    for value in column(rows, name):
        if is_number(value) or (isinstance(value, str) and len(value) < 20):
            with suppress(ValueError, OverflowError):
                read.append(float(value))
    return [number for number in read if is_number(number)]


def times(rows: Sequence[Row], name: str) -> list[datetime]:
    """Return the values of one field that are times."""
    read = [moment(value) for value in column(rows, name)]
    return [value for value in read if value is not None]


def is_rising(values: Sequence[Any]) -> bool:
    """Whether no value is smaller than the one before."""
    return all(first <= second for first, second in pairwise(values))


def shows_microseconds(rows: Sequence[Row], name: str) -> bool:
    """Whether the times of a field are written to the microsecond, so that equal texts are equal times."""
    return all(isinstance(text, str) and re.search(r"\.\d{6}", text) for text in column(rows, name))


def as_query_time(value: datetime) -> str:
    """Return a time as the client writes it into a query: UTC, microseconds, Z."""
    return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def clock_difference(exchanges: Sequence[Exchange]) -> tuple[float, float] | None:
    """Return by how many seconds the server's clock is ahead of ours, and how far off that may be; None if unknown.

    A Date header has whole seconds and was written between sending and receiving, so each response bounds the
    difference from both sides; the bounds of all responses together are narrower than those of any one.
    """
    bounds = []
    for exchange in exchanges:
        stated = moment(exchange.headers.get("date", ""))
        if stated is not None:
            low = (stated - exchange.received_at).total_seconds()
            bounds.append((low, (stated + timedelta(seconds=1) - exchange.sent_at).total_seconds()))
    if not bounds:
        return None
    low, high = max(low for low, _ in bounds), min(high for _, high in bounds)
    if low > high:  # a cache, or a clock that was set on the way: only the best single response counts
        low, high = min(bounds, key=lambda pair: pair[1] - pair[0])
    return (low + high) / 2, (high - low) / 2


def parsed(body: bytes) -> tuple[Any, str]:
    """Return a response's JSON and what its body is in words."""
    start = body[:200].lstrip().lower()
    if not start:
        return None, "empty"
    if start.startswith(b"<"):
        return None, "a web page"
    try:
        return json.loads(body), "JSON"
    except (ValueError, RecursionError):
        return None, f"{len(body):,} bytes that are no JSON"
