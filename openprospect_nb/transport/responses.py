"""What goes out and what comes back, as values: `Call`, `Response`, and the error a response means."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Final

from openprospect_nb import errors
from openprospect_nb.contract import API_PREFIX, HEADER_IDEMPOTENCY_REPLAYED, HEADER_RETRY_AFTER
from openprospect_nb.transport.statuses import REFUSED_AS_IT_IS, Repeat, StatusRule, phrase, rule_for

KEPT_BODY: Final = 64 * 1024
KEPT_TEXT: Final = 2000
KEPT_CODE: Final = 100
LONGEST_DELAY: Final = 365 * 24 * 3600.0
# The deepest thing the API sends has seven levels; the interpreter's own limit differs by version and by caller.
DEEPEST: Final = 100
# The API's own name, a common one, and that of the framework the API seems to be made with.
PROBLEM_LISTS: Final = ("validation_errors", "errors", "detail")
NUMBER: Final = re.compile(r"\d+(?:\.\d*)?", re.ASCII)
IDEMPOTENT: Final = frozenset({"GET", "HEAD", "PUT", "DELETE"})

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
        """Whether the server says it repeated an earlier response for the same idempotency key."""
        return self.headers.get(HEADER_IDEMPOTENCY_REPLAYED.lower(), "").lower() == "true"

    def mapping(self, *, quotes: bool = False) -> dict[str, Any]:
        """Return the body as a JSON object; where it *quotes*, the error shows how a body that is none begins.

        Raises:
            ContractError: the body is no JSON object, or is nested too deeply.
        """
        parsed = parse_json(self.body)
        if not isinstance(parsed, dict):
            kind = plain_text(self.headers.get("content-type", "no content type"), KEPT_CODE)
            begins = f" It {excerpt(self.body)}." if quotes and not is_page(self.body) and self.body.strip() else ""
            raise errors.ContractError(
                f"the response is not a JSON object but {_describe(self.body)} ({kind}).{begins}",
                status=self.status,
                code="NOT_JSON",
                request=self.request,
            )
        return parsed


def parse_json(body: bytes, *, mends: bool = False) -> Any:
    """Return the parsed body, or None if it is empty, no JSON, or nested deeper than anything the API sends.

    Half a surrogate pair, which no file and no database takes, becomes a question mark; so do bytes that are no UTF-8
    where it *mends*.
    """
    try:
        parsed = json.loads(body.decode(json.detect_encoding(body), "replace") if mends else body)
        if rb"\ud" in body.lower():
            parsed = json.loads(json.dumps(parsed, ensure_ascii=False).encode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
    return parsed if _is_shallow(parsed) else None


def retry_after(response: Response, now: datetime) -> float | None:
    """Return the delay in seconds that *response* states, in a header (seconds or date) or in its body.

    What is no number of at least 0, and no date, states nothing; a delay beyond a year counts as a year.
    """
    stated = _header_delay(response.headers.get(HEADER_RETRY_AFTER.lower(), ""), now)
    if stated is not None:
        return stated
    body = parse_json(response.body)
    return next((delay for place in _places(body) if (delay := _seconds(place.get("retry_after"))) is not None), None)


def requests_left(response: Response) -> int | None:
    """Return how many requests the server says are left in its window, or None if it does not say."""
    # The vendor's header name is not published; this ending is what servers commonly use, and the sandbox does.
    stated = [value for name, value in response.headers.items() if name.endswith("ratelimit-remaining")]
    return int(stated[0]) if stated and re.fullmatch(r"\d{1,15}", stated[0], re.ASCII) else None


def unreadable(response: Response, error: Exception) -> errors.ContractError:
    """Return the error of a success that could not be read because of *error*."""
    reason = plain_text(f"{type(error).__name__}: {error}")
    made = errors.ContractError(
        f"the response cannot be read ({reason}).", status=response.status, code="UNREADABLE", request=response.request
    )
    made.__cause__ = error
    return made


def error_from(response: Response, now: datetime) -> errors.OpenProspectError:
    """Return the error that *response* means: the class by its status, the words from any of the body shapes E1-E6."""
    code, message, details = _read_body(response)
    rule = rule_for(response.status)
    common: dict[str, Any] = {
        "status": response.status,
        "code": code,
        "request": response.request,
        "next_step": _next_step(response, rule, details),
        "details": {**details, "raw_body": response.body[:KEPT_BODY].decode("utf-8", "replace")},
    }
    if issubclass(rule.error, errors.ValidationError):
        return rule.error(message, fields=_field_problems(details), **common)
    if issubclass(rule.error, errors.RateLimitError | errors.ServerError):
        return rule.error(message, retry_after=retry_after(response, now), **common)
    if issubclass(rule.error, errors.PermissionDeniedError):
        return rule.error(_with_scopes(message, details), **common)
    return rule.error(message, **common)


def plain_text(value: Any, most: int = KEPT_TEXT) -> str:
    """Return what a server sent as one line a terminal can show: no control characters, at most *most* characters."""
    text = value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)
    line = "".join(letter if letter.isprintable() else " " for letter in text[: most + 1])
    return line if len(line) <= most else f"{line[:most]}…"


def _next_step(response: Response, rule: StatusRule, details: Mapping[str, Any]) -> str | None:
    """Return what to do: the status's own advice, unless a page shows that no API answered, or no scope is named."""
    general = rule.next_step in {None, REFUSED_AS_IT_IS} and response.status != HTTPStatus.UNAUTHORIZED
    if general and rule.repeat is Repeat.NEVER and is_page(response.body):
        return errors.ContractError.default_next_step
    if rule.error is errors.PermissionDeniedError and not errors.scopes_in(details, "required_scopes"):
        return "Use a key that may do this, or ask the vendor to allow it."
    return rule.next_step


def _read_body(response: Response) -> tuple[str, str, dict[str, Any]]:
    """Return code, message, and whatever else the body of a refusal says."""
    parsed, fallback = parse_json(response.body), phrase(response.status)
    location = plain_text(response.headers.get("location", ""), 200)
    if location and response.status // 100 == 3:
        fallback += f", pointing to {location!r}"
    if not isinstance(parsed, dict):
        return f"HTTP_{response.status}", f"{fallback} (the response {excerpt(response.body)})", {}
    nested = parsed.get("error")
    inner = nested if isinstance(nested, dict) else parsed
    code = next((c for c in (inner.get("code"), inner.get("error")) if isinstance(c, str | int) and c), None)
    # An ``error`` that is a list, or has none of the names we know, is shown as it is.
    unnamed = nested if isinstance(nested, list | dict) else None
    message = inner.get("message") or _detail_text(inner.get("detail")) or unnamed or fallback
    details = dict(inner["details"]) if isinstance(inner.get("details"), dict) else {}
    outer = {**parsed, **inner} if inner is not parsed else inner
    details |= {name: value for name, value in outer.items() if name not in {"code", "message", "details", "error"}}
    return plain_text(code or f"HTTP_{response.status}", KEPT_CODE), plain_text(message), details


def _detail_text(detail: Any) -> Any:
    if isinstance(detail, list):
        listed = [f"{_location(item)}: {plain_text(item.get('msg'))}" for item in detail if isinstance(item, dict)]
        return "; ".join(listed) or detail
    return detail


def _location(item: Mapping[str, Any]) -> str:
    where = item.get("loc")
    return ".".join(map(plain_text, where)) if isinstance(where, list) else plain_text(where) or "body"


def _field_problems(details: Mapping[str, Any]) -> list[errors.FieldProblem]:
    """Return the broken rules a refusal names, in the API's own shape or in its framework's."""
    stated = next((value for name in PROBLEM_LISTS if isinstance(value := details.get(name), list)), [])
    return [
        errors.FieldProblem(
            plain_text(item.get("field") or "") or _location(item),
            plain_text(next((item[name] for name in ("error", "message", "msg") if item.get(name)), None)),
            item.get("provided"),
        )
        for item in stated
        if isinstance(item, dict)
    ]


def _with_scopes(message: str, details: Mapping[str, Any]) -> str:
    required = errors.scopes_in(details, "required_scopes")
    if not required:
        return message
    held = ", ".join(errors.scopes_in(details, "user_scopes")) or "none"
    return f"{message} Required scopes: {', '.join(required)}; this key holds: {held}."


def _places(body: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the objects of an error body that may state a delay, the outermost first."""
    if isinstance(body, dict):
        yield body
        for name in ("details", "error"):
            yield from _places(body.get(name))


def _header_delay(value: str, now: datetime) -> float | None:
    # Two headers of the name arrive joined by a comma; a date has one of its own.
    stated = [seconds for part in value.split(",") if (seconds := _seconds(part.strip())) is not None]
    if stated:
        return max(stated)
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    # A date without a zone is in UTC, as the standard has it.
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(LONGEST_DELAY, max(0.0, (moment - now).total_seconds()))


def _seconds(value: Any) -> float | None:
    """Return a delay as a number of seconds, or None for anything that is no number of at least 0."""
    if isinstance(value, str):
        value = float(value[:KEPT_CODE]) if NUMBER.fullmatch(value) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
        return None
    return float(min(LONGEST_DELAY, value))


def _is_shallow(parsed: Any) -> bool:
    level = [parsed]
    for _ in range(DEEPEST):
        holders = [node.values() if isinstance(node, dict) else node for node in level if isinstance(node, dict | list)]
        level = [child for children in holders for child in children]
        if not level:
            return True
    return False


def is_page(body: bytes) -> bool:
    """Whether *body* is HTML or XML rather than a response of the API."""
    return body[:200].lstrip().startswith(b"<")


def excerpt(body: bytes) -> str:
    """Return what a refusal says that is no JSON object: its first words, unless it is a page."""
    if not body.strip() or is_page(body):
        return f"is {_describe(body)}"
    return f"reads {plain_text(body[:1000].decode('utf-8', 'replace'), 200)!r}"


def _describe(body: bytes) -> str:
    if not body.strip():
        return "empty"
    return "a web page" if is_page(body) else f"{len(body):,} bytes of something else"
