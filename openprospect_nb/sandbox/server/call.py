"""One call as a handler sees it, the response it gives back, and both as HTTP."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.responses import Response

from openprospect_nb.contract import HEADER_IDEMPOTENCY_KEY, MAX_IDEMPOTENCY_KEY, PAGE_DEFAULT, PAGE_LIMIT
from openprospect_nb.sandbox.clock import parse_stamp
from openprospect_nb.sandbox.requests.rules import Findings, M, is_identifier, read
from openprospect_nb.sandbox.server.keys import Key
from openprospect_nb.sandbox.server.problems import Refusal, invalid

MAX_OFFSET: Final = 10**15
_INTEGER: Final = re.compile(r"-?\d{1,18}", re.ASCII)
_NUMBER: Final = re.compile(r"-?\d{1,9}(\.\d{1,30})?([eE][+-]?\d{1,3})?", re.ASCII)
_HEADER_TEXT: Final = re.compile(r"[\x20-\x7e]+")


@dataclass(frozen=True, slots=True)
class SandboxResponse:
    """Status, body bytes (JSON) and extra headers."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which part of a list: at most ``limit`` rows after the first ``offset``."""

    limit: int
    offset: int


def dump(value: Any) -> str:
    """Return compact JSON text, non-ASCII kept."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def respond(status: int, value: Any, headers: Mapping[str, str] | None = None) -> SandboxResponse:
    """Return a response with *value* as its JSON body."""
    return SandboxResponse(status, dump(value).encode(), headers or {})


def respond_page(
    rows: Sequence[str], page: PageRequest, total: int, *, key: str = "items", more: bool = True
) -> SandboxResponse:
    """Return the page envelope around *rows*, which are JSON texts already and are joined, not parsed again."""
    tail = f'"total":{total},"limit":{page.limit},"offset":{page.offset}'
    if more:
        tail += f',"has_more":{"true" if page.offset + len(rows) < total else "false"}'
    return SandboxResponse(200, f'{{"{key}":[{",".join(rows)}],{tail}}}'.encode())


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxCall:
    """What was asked: by which key, with which path values, query, headers (lower-case names) and body.

    Whatever is asked of it notes in ``findings`` which rule it breaks; ``findings.stop()`` and `read` refuse it.
    """

    key: Key
    method: str
    path: str
    values: Mapping[str, str]
    query: Sequence[tuple[str, str]]
    headers: Mapping[str, str]
    body: bytes = b""
    findings: Findings = field(default_factory=Findings)

    def identifier(self, name: str) -> str:
        """Return a path value, which must be a UUID, in lower case."""
        value = self.values[name]
        if not is_identifier(value):
            self.findings.add(name, "must be a UUID", value)
        return value.lower()

    def sole_identifier(self, name: str) -> str:
        """Return a path value of a call that has nothing else to check; raises the 422 at once."""
        value = self.identifier(name)
        self.findings.stop()
        return value

    def argument(self, name: str) -> str | None:
        """Return a query value, the last one if repeated."""
        return next((value for key, value in reversed(self.query) if key == name), None)

    def arguments(self, name: str) -> list[str]:
        """Return all values of a repeated query parameter."""
        return [value for key, value in self.query if key == name]

    def page(self) -> PageRequest:
        """Return ``limit`` and ``offset``; out of range is an error, never clamped."""
        limit = self._integer("limit", PAGE_DEFAULT, 1, PAGE_LIMIT)
        return PageRequest(limit, self._integer("offset", 0, 0, MAX_OFFSET))

    def choice(self, name: str, allowed: Sequence[str]) -> str | None:
        """Return a query value that is one of *allowed*."""
        value = self.argument(name)
        if value is not None and value not in allowed:
            self.findings.add(name, f"must be one of {', '.join(allowed)}", value)
        return value

    def number(self, name: str, low: float, high: float) -> float | None:
        """Return a query value that is a number from *low* to *high*."""
        value = self.argument(name)
        if value is None:
            return None
        if not _NUMBER.fullmatch(value) or not low <= float(value) <= high:
            self.findings.add(name, f"must be a number from {low:g} to {high:g}", value)
            return None
        return float(value)

    def since(self) -> int | None:
        """Return ``delivered_since`` in microseconds."""
        value = self.argument("delivered_since")
        if value is None:
            return None
        moment = parse_stamp(value)
        if moment is None:
            self.findings.add(
                "delivered_since", "must be an ISO 8601 date-time with offset, such as 2026-05-06T09:15:00Z", value
            )
        return moment

    def uuid_argument(self, name: str, *, required: bool = False) -> str | None:
        """Return a query value that is a UUID, in lower case."""
        value = self.argument(name)
        if value is None:
            if required:
                self.findings.add(name, "is required")
            return None
        if not is_identifier(value):
            self.findings.add(name, "must be a UUID", value)
        return value.lower()

    def json(self) -> dict[str, Any]:
        """Return the body as an object; malformed JSON is a 422 on the field ``body``."""
        try:
            value = json.loads(self.body, parse_constant=_refuse_constant)
            dump(value).encode()
        except (ValueError, RecursionError) as error:
            raise invalid([{"field": "body", "error": f"is not valid JSON: {error}"[:200], "provided": None}]) from None
        if not isinstance(value, dict):
            raise invalid([{"field": "body", "error": "must be a JSON object", "provided": None}])
        return value

    def read(self, model: type[M]) -> M:
        """Return the body as *model*, or raise the 422 with every broken rule, those noted before first."""
        return read(model, self.json(), self.findings)

    def idempotency_key(self, *, required: bool) -> str | None:
        """Return the ``Idempotency-Key``: 1 to 255 printable ASCII characters."""
        value = self.headers.get(HEADER_IDEMPOTENCY_KEY.lower())
        if value is None and not required:
            return None
        if not value or len(value) > MAX_IDEMPOTENCY_KEY or not _HEADER_TEXT.fullmatch(value):
            rule = f"needs 1 to {MAX_IDEMPOTENCY_KEY} printable ASCII characters"
            self.findings.add(HEADER_IDEMPOTENCY_KEY, rule, value)
        return value

    def fingerprint(self) -> str:
        """Return a digest of the parsed body: equal for bodies that differ in spacing or key order only."""
        canonical = json.dumps(json.loads(self.body), sort_keys=True, separators=(",", ":"))
        return hashlib.blake2b(canonical.encode(), digest_size=16).hexdigest()

    def _integer(self, name: str, default: int, low: int, high: int) -> int:
        value = self.argument(name)
        if value is None:
            return default
        if not _INTEGER.fullmatch(value) or not low <= int(value) <= high:
            self.findings.add(name, f"must be an integer from {low} to {high}", value)
            return default
        return int(value)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def as_http(given: SandboxResponse) -> Response:
    """Return a handler's response as HTTP."""
    media_type = None if given.status == 204 else "application/json"
    return Response(given.body, given.status, given.headers, media_type)


def refusal_as_http(problem: Refusal) -> Response:
    """Return the HTTP response of a refusal."""
    return as_http(respond(problem.status, problem.body, problem.headers))
