"""What goes out and what comes back, as values: `Call`, `Response`, and the error an answer means."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

from openprospect_nb import errors
from openprospect_nb.contract import API_PREFIX, HEADER_IDEMPOTENCY_REPLAYED, HEADER_RETRY_AFTER
from openprospect_nb.transport.statuses import phrase, rule_for

KEPT_BODY = 64 * 1024
IDEMPOTENT = frozenset({"GET", "HEAD", "PUT", "DELETE"})

Query = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request: method, path below ``/api/v1``, query pairs, JSON body as bytes, and the idempotency key, if any.

    Attributes:
        prefix: what stands between the base URL and the path.
        is_anonymous: whether the API key stays at home.
        follows: whether a redirect is followed; otherwise it is the response.
    """

    method: str
    path: str
    query: Query = ()
    body: bytes | None = field(default=None, repr=False)
    idempotency_key: str | None = None
    prefix: str = API_PREFIX
    is_anonymous: bool = False
    follows: bool = True

    @property
    def is_keyed(self) -> bool:
        """Whether it carries an idempotency key."""
        return self.idempotency_key is not None

    @property
    def is_idempotent(self) -> bool:
        """Whether its method makes sending it twice the same as sending it once."""
        return self.method in IDEMPOTENT

    @property
    def name(self) -> str:
        """Method and path, for messages."""
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One response: status, lower-case headers, body bytes (decompressed), and the call it answers.

    ``protocol`` names the versions of HTTP and TLS, as far as the transport knows them.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    request: str
    protocol: str = ""

    @property
    def ok(self) -> bool:
        """Whether the status is 2xx."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    @property
    def is_replay(self) -> bool:
        """Whether the server says it repeated an earlier answer for the same idempotency key."""
        return self.headers.get(HEADER_IDEMPOTENCY_REPLAYED.lower(), "").lower() == "true"

    def mapping(self) -> dict[str, Any]:
        """Return the body as a JSON object.

        Raises:
            ContractError: the body is no JSON object, or is nested too deeply.
        """
        parsed = parse_json(self.body)
        if not isinstance(parsed, dict):
            kind = self.headers.get("content-type", "no content type")
            raise errors.ContractError(
                f"the answer is not a JSON object but {_describe(self.body)} ({kind}).",
                status=self.status,
                code="NOT_JSON",
                request=self.request,
            )
        return parsed


def nothing(response: Response) -> None:
    """Read nothing: for answers whose status says it all."""
    del response


def parse_json(body: bytes) -> Any:
    """Return the parsed body, or None if it is empty, no JSON, or nested deeper than the interpreter allows."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def retry_after(response: Response, now: datetime) -> float | None:
    """Return the delay in seconds that *response* states, in a header (seconds or date) or anywhere in its body."""
    stated = _header_delay(response.headers.get(HEADER_RETRY_AFTER.lower()), now)
    if stated is not None:
        return stated
    body = parse_json(response.body)
    return _body_delay(body) if isinstance(body, dict) else None


def requests_left(response: Response) -> int | None:
    """Return how many requests the server says are left in its window, or None if it does not say."""
    # The vendor's header name is not published; this ending is what servers commonly use, and the sandbox does.
    stated = [value for name, value in response.headers.items() if name.endswith("ratelimit-remaining")]
    return int(stated[0]) if stated and stated[0].isascii() and stated[0].isdigit() else None


def error_from(response: Response, now: datetime) -> errors.OpenProspectError:
    """Return the error that *response* means: the class by its status, the words from any of the body shapes E1-E6."""
    code, message, details = _read_body(response)
    rule = rule_for(response.status)
    common: dict[str, Any] = {
        "status": response.status,
        "code": code,
        "request": response.request,
        "next_step": rule.next_step,
        "details": {**details, "raw_body": response.body[:KEPT_BODY].decode("utf-8", "replace")},
    }
    if issubclass(rule.error, errors.ValidationError):
        return rule.error(message, fields=_field_problems(details), **common)
    if issubclass(rule.error, errors.RateLimitError | errors.ServerError):
        return rule.error(message, retry_after=retry_after(response, now), **common)
    if issubclass(rule.error, errors.PermissionError_):
        return rule.error(_with_scopes(message, details), **common)
    return rule.error(message, **common)


def _read_body(response: Response) -> tuple[str, str, dict[str, Any]]:
    parsed = parse_json(response.body)
    fallback = phrase(response.status)
    if not isinstance(parsed, dict):
        return f"HTTP_{response.status}", f"{fallback} (the answer is {_describe(response.body)})", {}
    inner = parsed["error"] if isinstance(parsed.get("error"), dict) else parsed
    string_error = inner.get("error") if isinstance(inner.get("error"), str) else None
    code = str(inner.get("code") or string_error or f"HTTP_{response.status}")
    message = inner.get("message") or _detail_text(inner.get("detail")) or fallback
    stated = inner.get("details")
    details = dict(stated) if isinstance(stated, dict) else {}
    outer = {**parsed, **inner} if inner is not parsed else inner
    details |= {k: v for k, v in outer.items() if k not in {"code", "message", "details", "error"}}
    return code, str(message), details


def _detail_text(detail: Any) -> str | None:
    if isinstance(detail, list):
        return "; ".join(f"{_location(item)}: {item.get('msg')}" for item in detail if isinstance(item, dict)) or None
    return str(detail) if detail else None


def _location(item: Mapping[str, Any]) -> str:
    where = item.get("loc")
    return ".".join(str(part) for part in where) if isinstance(where, list) else str(where)


def _field_problems(details: Mapping[str, Any]) -> list[errors.FieldProblem]:
    found = details.get("validation_errors")
    if isinstance(found, list):
        return [
            errors.FieldProblem(
                str(item.get("field")), str(item.get("error") or item.get("message")), item.get("provided")
            )
            for item in found
            if isinstance(item, dict)
        ]
    framework = details.get("detail")
    if isinstance(framework, list):
        return [
            errors.FieldProblem(_location(item), str(item.get("msg"))) for item in framework if isinstance(item, dict)
        ]
    return []


def _with_scopes(message: str, details: Mapping[str, Any]) -> str:
    required, held = details.get("required_scopes"), details.get("user_scopes")
    if not isinstance(required, list):
        return message
    has = ", ".join(map(str, held)) if isinstance(held, list) and held else "none"
    return f"{message} Required scopes: {', '.join(map(str, required))}; this key holds: {has}."


def _header_delay(value: str | None, now: datetime) -> float | None:
    if not value:
        return None
    try:
        return _sane(float(value))
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - now).total_seconds())


def _body_delay(body: Mapping[str, Any]) -> float | None:
    for place in (body, body.get("details"), body.get("error")):
        if isinstance(place, dict):
            value = place.get("retry_after", place.get("details", {}).get("retry_after") if place is not body else None)
            if isinstance(value, int | float) and not isinstance(value, bool):
                return _sane(float(value))
            if isinstance(value, str) and value.replace(".", "", 1).isdigit():
                return float(value)
    return None


def _sane(seconds: float) -> float | None:
    return seconds if 0 <= seconds < float("inf") else None


def _describe(body: bytes) -> str:
    if not body.strip():
        return "empty"
    start = body[:200].lstrip().lower()
    if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<")):
        return "a web page"
    return f"{len(body):,} bytes of something else"
