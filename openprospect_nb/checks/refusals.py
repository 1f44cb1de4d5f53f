"""Judges of what surrounds the data: refusals and their bodies, rate limits, addresses, status codes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import pairwise
from typing import Final

from openprospect_nb import contract
from openprospect_nb.checks.assumptions import Finding, as_assumed, different, holds, not_seen
from openprospect_nb.checks.evidence import (
    Evidence,
    Exchange,
    Row,
    Unseen,
    code_of,
    details_of,
    error_object,
    is_number,
    plain,
    some,
    text_in,
)
from openprospect_nb.checks.questions import UNDER_WAY, is_named
from openprospect_nb.contract import API_PREFIX, PATH_ORDERS

INVALID: Final = frozenset({400, 422})
MISSING: Final = frozenset({404, 405})
USUAL: Final = 422
WINDOW: Final = ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset")
SINCE_1970: Final = 1e9  # seconds: September 2001; a number of seconds to wait is far below
# Frameworks answer these two before the API's own code runs, so their bodies say nothing about the API's errors.
NOT_THE_APIS: Final = ("no_route", "no_method", "openapi", "health")
# What is asked where nothing should be given: a success there is a rule of its own.
UNUSUAL: Final = frozenset({"health", "openapi", "no_route", "no_method", "results_open", "orders_beyond"})
USED_PATHS: Final = tuple(path for name, path in vars(contract).items() if name.startswith("PATH_"))


def refused(together: str, field: str, seen: Evidence, *, alone: str = "") -> Finding:
    """Judge whether a value is refused: its *field* named among others, or refused when asked *alone*."""
    alone = f"{together}_{alone or field}"
    exchange = seen.exchange(alone) if alone in seen.exchanges else seen.exchange(together)
    if alone not in seen.exchanges and not is_named(seen, together, field):
        raise Unseen(seen.unasked.get(alone, "it was not asked"))
    if exchange.status in MISSING and together == "companies_refused":
        seen.good("companies")  # a list that does not exist at all refuses nothing
    # One endpoint of its own kind is this rule's difference; all endpoints alike are `error.validation_status`.
    return holds(exchange.status == usual_status(seen), f"{field}: {exchange.outcome}")


def usual_status(seen: Evidence) -> int:
    """Return the status by which this server refuses values: the more frequent of 400 and 422."""
    statuses = [e.status for name, e in seen.exchanges.items() if "refused" in name and e.status in INVALID]
    return 400 if statuses.count(400) > statuses.count(USUAL) else USUAL


def _validation_status(seen: Evidence) -> Finding:
    refusals = [e for name, e in seen.exchanges.items() if "refused" in name and e.status in INVALID]
    if not refusals:
        raise Unseen("nothing was refused with 400 or 422")
    return holds(usual_status(seen) == USUAL, f"{len(refusals)} refusals, {usual_status(seen)} the most frequent")


def _errors(seen: Evidence) -> Iterator[Exchange]:
    """Yield the refusals of the API itself."""
    for name, exchange in seen.exchanges.items():
        if exchange.status is not None and 400 <= exchange.status < 500 and name not in NOT_THE_APIS:
            yield exchange


def shape_of(exchange: Exchange) -> str:
    """Return the shape of an error body in words; "flat" is what we assume."""
    body = exchange.body
    if not isinstance(body, dict):
        return exchange.content
    if isinstance(body.get("error"), dict):
        return "nested under error"
    if isinstance(body.get("error"), str):
        return "error is a text"
    if "code" in body and "message" in body:
        return "flat" if isinstance(body.get("details"), dict) else "flat without details"
    return "detail alone" if "detail" in body else "another object"


def _shape(seen: Evidence) -> Finding:
    shapes = some([shape_of(exchange) for exchange in _errors(seen)], "nothing was refused")
    odd = dict.fromkeys(shape for shape in shapes if shape != "flat")
    return different(", ".join(odd)) if odd else as_assumed(f"{len(shapes)} refusals, all flat")


def _validation_fields(seen: Evidence) -> Finding:
    bodies = [e for e in _errors(seen) if e.status in INVALID and details_of(e.body)]
    if not bodies:
        raise Unseen("no refusal of 400 or 422 has details")
    odd = dict.fromkeys(text for e in bodies if (text := _odd_problems(details_of(e.body))))
    return different(", ".join(odd)) if odd else as_assumed(f"in {len(bodies)} refusals")


def _odd_problems(details: Row) -> str:
    problems = details.get("validation_errors")
    if not isinstance(problems, list):
        return f"details have {', '.join(plain(name) for name in list(details)[:5])}"
    for problem in problems:
        members = set(problem) if isinstance(problem, dict) else set()
        if not {"field", "error", "provided"} <= members:
            return f"each has {', '.join(sorted(plain(name) for name in members)[:5]) or 'no fields'}"
    return ""


def _not_found(seen: Evidence) -> Finding:
    exchange = seen.exchange("nobodys")
    if exchange.status != 404 or not shape_of(exchange).startswith("flat"):
        raise Unseen(f"{exchange.request}: {exchange.outcome}, {shape_of(exchange)}")
    names = [plain(name) for name in exchange.body]
    return holds({"entity_type", "identifier"} <= set(names), f"404 with {', '.join(names[:6])}")


def _answered(name: str, status: int, code: str, seen: Evidence) -> Finding:
    exchange = seen.exchange(name)
    if exchange.ok:
        raise Unseen(f"{exchange.request}: {exchange.outcome}")
    return holds(exchange.status == status and has_code(seen, exchange, code), exchange.outcome)


def has_code(seen: Evidence, exchange: Exchange, code: str) -> bool:
    """Whether a refusal has this code; where no refusal of this server has any, that is another rule's matter."""
    stated = code_of(exchange.body)
    if stated is None:
        return not any(code_of(other.body) for other in _errors(seen) if other is not exchange)
    return stated.upper() == code


def _invalid_key(seen: Evidence) -> Finding:
    exchange = seen.exchange("validate")
    if exchange.status == 401:
        return holds(code_of(exchange.body) == "UNAUTHORIZED", f"this key: {exchange.outcome}")
    if exchange.ok and isinstance(exchange.body, dict) and exchange.body.get("valid") is False:
        return different("this key: 200 with valid false")
    return not_seen("this key is valid, and no wrong one is sent: it would look like an attack on somebody's account")


def _health(seen: Evidence) -> Finding:
    exchange = seen.exchange("health")
    if not exchange.is_usable:
        raise Unseen(f"{exchange.request}: {exchange.outcome}")
    return holds(exchange.ok, exchange.outcome)


def _slash(seen: Evidence) -> Finding:
    # Without it neither form is served, and that is not the slash's fault.
    if seen.good("orders").other_slash:
        return different(f"GET {PATH_ORDERS} is sent on to the form with a slash")
    exchange = seen.exchange("orders_slash")
    if exchange.status in {401, 403, 429}:
        raise Unseen(f"{exchange.request}: {exchange.outcome}")
    return holds(exchange.ok, f"GET {PATH_ORDERS}/: {exchange.outcome}")


def _success(seen: Evidence) -> Finding:
    statuses = {e.status for e in seen.having(*(name for name in seen.exchanges if name not in UNUSUAL))}
    if not statuses:
        raise Unseen("nothing succeeded")
    return holds(statuses == {200}, ", ".join(str(status) for status in sorted(filter(None, statuses))))


def _openapi(seen: Evidence) -> Finding:
    described = [e for name in ("openapi", "no_route") for e in seen.having(name) if isinstance(e.body, dict)]
    paths = next((e.body["paths"] for e in described if isinstance(e.body.get("paths"), dict)), None)
    if paths is None:
        raise Unseen(f"GET /openapi-public.json: {seen.exchange('openapi').outcome}")
    described_paths = [str(path).removeprefix(API_PREFIX) for path in paths]
    missing = [used for used in USED_PATHS if not any(path.startswith(used) for path in described_paths)]
    return holds(not missing, f"{len(described_paths)} paths" + (f", none for {', '.join(missing)}" if missing else ""))


def looks_like_a_limit(name: str) -> bool:
    """Whether a header's name speaks of a rate limit."""
    return "ratelimit" in name.replace("-", "") or name == "retry-after" or name.endswith("quota")


def limit_headers(exchange: Exchange) -> dict[str, str]:
    """Return the headers that look like rate limits."""
    return {name: value for name, value in exchange.headers.items() if looks_like_a_limit(name)}


def _stated(seen: Evidence, ending: str) -> list[tuple[Exchange, float]]:
    """Return the numbers of the rate-limit headers with this *ending*, in the order they came.

    Raises:
        Unseen: there are none.
    """
    numbers = [
        (exchange, float(value))
        for exchange in seen.exchanges.values()
        for name, value in limit_headers(exchange).items()
        if name.endswith(ending) and value.isascii() and value.isdigit() and len(value) < 20
    ]
    return some(numbers, f"no rate-limit header ends in {ending}")


def _limit_names(seen: Evidence) -> Finding:
    names = {name for exchange in seen.exchanges.values() for name in limit_headers(exchange)} - {"retry-after"}
    if not names:
        raise Unseen("no response has a header that looks like a rate limit")
    return holds(names == set(WINDOW), ", ".join(sorted(plain(name) for name in names)[:5]))


def _counting(seen: Evidence) -> Finding:
    left = [number for _, number in _stated(seen, "remaining")]
    steps = [before - after for before, after in pairwise(left) if before >= after]
    if not steps:
        raise Unseen("too few responses tell how many requests are left")
    # Others may use the same key meanwhile, so larger steps prove nothing; the smallest one is the price of a request.
    return holds(min(steps) == 1, f"{min(steps):g} to {max(steps):g} a request, over {len(steps)} requests")


def _reset(seen: Evidence) -> Finding:
    exchange, number = _stated(seen, "reset")[-1]
    is_moment = number >= SINCE_1970 and abs(number - exchange.received_at.timestamp()) < 366 * 86_400
    return holds(is_moment, "a moment in seconds since 1970" if is_moment else f"{len(f'{number:.0f}')} digits")


def _retry_after(seen: Evidence) -> Finding:
    limited = [exchange for exchange in seen.exchanges.values() if exchange.status == 429]
    if not limited:
        return not_seen("no request was refused with 429, and none is provoked")
    header, body = limited[-1].headers.get("retry-after"), limited[-1].body
    places = (body if isinstance(body, dict) else {}, error_object(body), details_of(body))
    stated = next((place["retry_after"] for place in places if "retry_after" in place), None)
    delay = str(stated) if is_number(stated) else None
    return holds(header is not None and header == delay, f"header {_digits(header)}, body {_digits(delay)}")


def _digits(text: str | None) -> str:
    return "missing" if text is None else text if text.isascii() and text.isdigit() and len(text) < 10 else "odd"


def _before_completed(seen: Evidence) -> Finding:
    exchange = seen.exchange("results_open")
    if exchange.status in {401, 403, 429}:
        raise Unseen(f"{exchange.request}: {exchange.outcome}")
    if "open_again" in seen.exchanges and text_in(seen.record("open_again"), "status") not in UNDER_WAY:
        raise Unseen("the order was completed meanwhile")
    is_so = exchange.status == 409 and has_code(seen, exchange, "ORDER_NOT_COMPLETED")
    return holds(is_so, exchange.outcome)


def _idempotency(_: Evidence) -> Finding:
    return not_seen("only sending a purchase twice would show it, and a server that ignores keys would sell twice")


JUDGES: Final[Mapping[str, Callable[[Evidence], Finding]]] = {
    "auth.invalid_key": _invalid_key,
    "health.keyless": _health,
    "openapi.paths": _openapi,
    "slash.forms": _slash,
    "status.success": _success,
    "ratelimit.headers": _limit_names,
    "ratelimit.counting": _counting,
    "ratelimit.reset": _reset,
    "ratelimit.retry_after": _retry_after,
    "error.shape": _shape,
    "error.validation_status": _validation_status,
    "error.validation_fields": _validation_fields,
    "error.not_found": _not_found,
    "error.unknown_route": partial(_answered, "no_route", 404, "NOT_FOUND"),
    "error.wrong_method": partial(_answered, "no_method", 405, "METHOD_NOT_ALLOWED"),
    "path_id.not_uuid": partial(refused, "path_refused", "order_id", alone="id"),
    "paging.limit.out_of_range": partial(refused, "orders_refused", "limit"),
    "paging.offset.negative": partial(refused, "orders_refused", "offset"),
    "orders.status_unknown": partial(refused, "orders_refused", "status"),
    "delivered_since.no_offset": partial(refused, "path_refused", "delivered_since", alone="since"),
    "results.before_completed": _before_completed,
    "companies.search_required": partial(refused, "companies_refused", "prospect_search_id", alone="search"),
    "companies.score_out_of_range": partial(refused, "companies_refused", "min_match_score"),
    "companies.review_status_unknown": partial(refused, "companies_refused", "review_status"),
    "idempotency.replay": _idempotency,
    "idempotency.conflict": _idempotency,
}
