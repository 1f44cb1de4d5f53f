"""Judges of lists: where the list stands in a page, what its counters say, which page comes, in which order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Final

from openprospect_nb.checks.assumptions import Finding, Verdict, as_assumed, different, holds
from openprospect_nb.checks.evidence import (
    Evidence,
    Exchange,
    Row,
    Unseen,
    envelope_of,
    is_integer,
    is_rising,
    kind_of,
    list_in,
    numbers,
    plain,
    some,
    times,
)
from openprospect_nb.checks.questions import BEYOND
from openprospect_nb.contract import PAGE_DEFAULT

UNDER_ITEMS: Final = ("results", "deliveries", "searches", "companies", "prospects", "blacklists", "entries", "jobs")
COUNTED: Final = ("orders", *UNDER_ITEMS)
WITHOUT_LIMIT: Final = ("orders", "searches", "blacklists")


def pages(seen: Evidence, names: Sequence[str]) -> dict[str, Exchange]:
    """Return the good responses among *names* that hold a list; `Unseen` if there is none."""
    last_pages = {}
    for name in names:
        for exchange in seen.having(name):
            try:
                list_in(exchange.body)
            except Unseen:
                continue
            last_pages[name] = exchange
    if not last_pages:
        seen.good(names[0])
        raise Unseen("no list was seen")
    return last_pages


def envelopes(seen: Evidence, names: Sequence[str]) -> dict[str, Row]:
    """Return what stands around the lists among *names* that are no bare arrays.

    Raises:
        Unseen: every list is a bare array.
    """
    around: dict[str, Row] = {
        name: page.body for name, page in pages(seen, names).items() if isinstance(page.body, dict)
    }
    return some(around, "lists are bare arrays here, without counters")


def orders_part(seen: Evidence) -> Exchange:
    """Return the page of orders asked for with limit=1 and offset=1, in whichever form; `Unseen` if there is none."""
    served = seen.having("orders_slash", "orders_part")
    return served[0] if served else seen.good("orders_part")


def _count(exchange: Exchange) -> int:
    return len(list_in(exchange.body)[1])


def _worst(problems: Sequence[str], otherwise: str) -> Finding:
    """Return the first few of *problems*, or that all is well."""
    return different("; ".join(problems[:3])) if problems else as_assumed(otherwise)


def _orders_key(seen: Evidence) -> Finding:
    key, _ = list_in(seen.good("orders").body)
    return holds(key == "orders", _where(key))


def _list_key(seen: Evidence) -> Finding:
    keys = {name: list_in(page.body)[0] for name, page in pages(seen, UNDER_ITEMS).items()}
    odd = [f"{name}: {_where(key)}" for name, key in keys.items() if key != "items"]
    return _worst(odd, f"{len(keys)} lists under `items`")


def _where(key: str) -> str:
    return f"under `{plain(key)}`" if key else "a bare array"


def _counters(seen: Evidence) -> Finding:
    bodies = envelopes(seen, COUNTED)
    odd = [
        f"{name}: {counter} is {kind_of(body[counter]) if counter in body else 'missing'}"
        for name, body in bodies.items()
        for counter in ("total", "limit", "offset")
        if not is_integer(body.get(counter))
    ]
    return _worst(odd, f"all three in {len(bodies)} lists")


def _has_more(seen: Evidence) -> Finding:
    bodies = envelopes(seen, [name for name in COUNTED if name != "searches"])
    odd = [
        f"{name}: has_more is {kind_of(body['has_more']) if 'has_more' in body else 'missing'}"
        for name, body in bodies.items()
        if not isinstance(body.get("has_more"), bool)
    ]
    return _worst(odd, f"true or false in {len(bodies)} lists")


def _no_has_more(seen: Evidence) -> Finding:
    body = envelopes(seen, ["searches"])["searches"]
    return holds("has_more" not in body, "it has one" if "has_more" in body else "it has none")


def _agreement(seen: Evidence) -> Finding:
    counted = {name: body for name, body in envelopes(seen, COUNTED).items() if is_integer(body.get("total"))}
    if not counted:
        raise Unseen("no list states a total")
    # Of first pages: on a later one a server that ignores the offset would be blamed for its counters.
    odd = [text for name, body in counted.items() if (text := _disagreement(name, body, _count(seen.good(name))))]
    odd += [text for page in seen.having("orders_slash", "orders_part") if (text := _early_end(page))]
    return _worst(odd, f"in {len(counted)} lists")


def _disagreement(name: str, body: Row, count: int) -> str:
    total, more = body["total"], body.get("has_more")
    if count > total:
        return f"{name}: {count} rows of {total}"
    if isinstance(more, bool) and more != (count < total):
        return f"{name}: {count} rows of {total}, has_more {str(more).lower()}"
    return ""


def _early_end(page: Exchange) -> str:
    """Return what a later page contradicts wherever it began: more rows follow it, and it says that none do."""
    body, offset = envelope_of(page.body), int(page.asked("offset") or 0)
    total = body.get("total")
    try:
        count = _count(page)
    except Unseen:
        return ""
    is_early = body.get("has_more") is False and is_integer(total) and offset + count < total
    return f"offset={offset}: {count} rows of {total}, has_more false" if is_early else ""


def _default_limit(seen: Evidence) -> Finding:
    lists = pages(seen, WITHOUT_LIMIT)
    limits = {name: envelope_of(page.body).get("limit") for name, page in lists.items()}
    stated = {name: limit for name, limit in limits.items() if is_integer(limit)}
    odd = [f"{name}: limit {limit}" for name, limit in stated.items() if limit != PAGE_DEFAULT]
    odd += [f"{name}: {_count(page)} rows" for name, page in lists.items() if _count(page) > PAGE_DEFAULT]
    if not odd and not stated and all(_count(page) < PAGE_DEFAULT for page in lists.values()):
        raise Unseen("no list states its limit, or is long enough to show it")
    return _worst(odd, f"limit {PAGE_DEFAULT} in {len(stated)} lists")


def _limit_respected(seen: Evidence) -> Finding:
    lists = pages(seen, ("orders_slash", "orders_part", *COUNTED))
    asked = {name: page for name, page in lists.items() if page.asked("limit")}
    odd = [text for name, page in asked.items() if (text := _odd_size(name, page))]
    if not odd and not any(_count(page) == int(page.asked("limit") or 0) for page in asked.values()):
        raise Unseen("no list is as long as the limit that was asked for")
    return _worst(odd, "no page is longer, none is shorter than there are rows")


def _odd_size(name: str, page: Exchange) -> str:
    limit, count = int(page.asked("limit") or 0), _count(page)
    body = envelope_of(page.body)
    total = body.get("total")
    # Where counters contradict each other they prove nothing about the limit.
    is_short = count < limit and is_integer(total) and count < total and body.get("has_more") is not False
    if count > limit or (is_short and not page.asked("offset")):
        return f"{name}: limit={limit} gave {count} rows"
    return ""


def _offset_respected(seen: Evidence) -> Finding:
    first, part = seen.rows("orders", least=1), orders_part(seen)
    rows = list_in(part.body)[1]
    if not rows:
        return holds(len(first) < 2, f"offset=1 gave no row of {len(first)}")
    ids = [_identity(row) for row in first]
    if _identity(rows[0]) == ids[0]:
        return different("offset=1 gave the first row again")
    if len(ids) > 1 and _identity(rows[0]) == ids[1]:
        return as_assumed("offset=1 gave the second row")
    raise Unseen("the list of orders changed meanwhile")


def _identity(row: Any) -> Any:
    return row.get("order_id", row) if isinstance(row, dict) else row


def _offset_beyond(seen: Evidence) -> Finding:
    exchange = seen.exchange("orders_beyond")
    is_ignored = is_empty = False
    with suppress(Unseen):
        is_ignored = _offset_respected(seen).verdict is Verdict.DIFFERENT
    if exchange.ok and is_ignored:
        raise Unseen("offsets are ignored")
    with suppress(Unseen):
        is_empty = exchange.ok and _count(exchange) == 0
    return holds(is_empty, f"offset={BEYOND}: {exchange.outcome}")


def _by_time(name: str, seen: Evidence, *, field: str, words: str, sign: int) -> Finding:
    """Judge whether the list *name* goes by the time *field*, which *sign* 1 has rising and -1 falling."""
    moments = times(seen.rows(name, least=2), field)
    return _sorted([sign * moment.timestamp() for moment in moments], field, words)


_newest_first = partial(_by_time, field="created_at", words="newest first", sign=-1)
_earliest_first = partial(_by_time, field="delivered_at", words="earliest first", sign=1)


def _best_first(seen: Evidence) -> Finding:
    rows = seen.rows("companies", least=2)
    scores = numbers(rows, "match_score")
    finding = _sorted([-score for score in scores], "match_score", "best first")
    unknown = [row.get("match_score") is None for row in rows]
    if finding.verdict is Verdict.AS_ASSUMED and not is_rising(unknown):
        return different("companies without a score stand among the others")
    return finding


def _sorted(values: Sequence[float], field: str, words: str) -> Finding:
    if len(set(values)) < 2:
        raise Unseen(f"no two rows differ in {field}")
    if is_rising(values):
        return as_assumed(f"{len(values)} rows, {words} by {field}")
    return different(f"{len(values)} rows, {'the other way round' if is_rising(values[::-1]) else 'mixed'} by {field}")


JUDGES: Final[Mapping[str, Callable[[Evidence], Finding]]] = {
    "paging.list_key": _list_key,
    "paging.counters": _counters,
    "paging.has_more": _has_more,
    "paging.agreement": _agreement,
    "paging.limit.default": _default_limit,
    "paging.limit.respected": _limit_respected,
    "paging.offset.respected": _offset_respected,
    "paging.offset.beyond_total": _offset_beyond,
    "orders.list.key": _orders_key,
    "orders.list.order": partial(_newest_first, "orders"),
    "results.order": partial(_earliest_first, "results"),
    "deliveries.order": partial(_earliest_first, "deliveries"),
    "companies.order": _best_first,
    "searches.no_has_more": _no_has_more,
    "blacklists.order": partial(_newest_first, "blacklists"),
}
