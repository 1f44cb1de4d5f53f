"""Ask a server the questions of a check, one after another, and stop where politeness or time ends."""

from __future__ import annotations

import re
from dataclasses import replace
from importlib.metadata import version
from typing import Any
from urllib.parse import urlsplit

import polars as pl

from openprospect_nb.api._resource import Context, off_loop
from openprospect_nb.checks import CheckReport, Finding
from openprospect_nb.checks.evidence import Evidence, Exchange, Unseen, parsed
from openprospect_nb.checks.questions import OUTSIDE, QUESTIONS, CheckRequest, other_form, reason_to_stop
from openprospect_nb.checks.report import facts_of, judge_all, request_lines
from openprospect_nb.errors import OpenProspectError
from openprospect_nb.transport import Call

AS_THEY_ARE = frozenset({"orders_slash"})  # asked to see whether this form is redirected
REDIRECTS = frozenset({301, 302, 307, 308})
LONGEST_REQUEST = 10.0  # seconds: a check that hangs tells nobody anything


async def check(context: Context, order_id: str | None, requests: int, seconds: float) -> CheckReport:
    """Return what holds of the server; see ``client.check``."""
    clock = context.sender.clock
    seen = Evidence(order_id=order_id, creation_id=await off_loop(known_creation, context))
    await _ask_all(context, seen, requests, clock.monotonic() + seconds)
    address, key = urlsplit(context.settings.base_url), context.settings.api_key.reveal()
    return CheckReport(
        server=f"{address.scheme}://{address.netloc}",
        source=context.source,
        made_at=clock.now(),
        version=version("openprospect-nb"),
        judged=tuple(replace(one, finding=_without(key, one.finding)) for one in judge_all(seen)),
        facts=_without(key, facts_of(seen)),
        requests=_without(key, request_lines(seen)),
        could_check=bool(seen.having(*(name for name in seen.exchanges if name not in OUTSIDE))),
    )


def _without(key: str, value: Any) -> Any:
    """Return *value* with the key masked in every text, should the server have echoed it."""
    if isinstance(value, str):
        return re.sub(re.escape(key), "[key]", value, flags=re.IGNORECASE)
    if isinstance(value, Finding):
        return replace(value, evidence=_without(key, value.evidence))
    if isinstance(value, dict):
        return {_without(key, name): _without(key, inner) for name, inner in value.items()}
    return type(value)(_without(key, inner) for inner in value) if isinstance(value, list | tuple) else value


def known_creation(context: Context) -> str | None:
    """Return the newest profile creation that this account's journal knows."""
    made = context.journal.frame().filter(pl.col("profile_creation_id").is_not_null()).sort("intended_at")
    return str(made["profile_creation_id"][-1]) if made.height else None


async def _ask_all(context: Context, seen: Evidence, requests: int, deadline: float) -> None:
    stop: str | None = None
    closed: list[tuple[str, ...]] = []
    most = context.sender.requests_sent + requests
    for question in QUESTIONS:
        try:
            request = question.make(seen)
            lacking = next((scopes for scopes in closed if scopes and set(scopes) <= set(question.scopes)), ())
            _refuse(stop or (f"the key lacks {' or '.join(lacking)} (403)" if lacking else None))
            _refuse(None if context.sender.requests_sent < most else f"all {requests} requests were spent")
            _refuse(None if context.sender.clock.monotonic() < deadline else "there was no time left")
        except Unseen as reason:
            seen.unasked[question.name] = str(reason)
            continue
        exchange = await _exchange(context, request, deadline)
        moved = None if question.name in AS_THEY_ARE else other_form(request, exchange.headers.get("location", ""))
        if moved is not None and exchange.status in REDIRECTS and context.sender.requests_sent < most:
            exchange = replace(await _exchange(context, moved, deadline), other_slash=True)
        seen.exchanges[question.name] = exchange
        if exchange.status == 403:
            closed.append(question.scopes)
        stop = reason_to_stop(seen)


def _refuse(reason: str | None) -> None:
    if reason is not None:
        raise Unseen(reason)


def _call(request: CheckRequest) -> Call:
    return Call(
        method="GET",
        path=request.path,
        query=request.query,
        prefix=request.prefix,
        is_anonymous=not request.keyed,
        follows=False,
    )


async def _exchange(context: Context, request: CheckRequest, deadline: float) -> Exchange:
    clock = context.sender.clock
    sent_at, start = clock.now(), clock.monotonic()
    empty = Exchange(request=request.name, query=request.query, sent_at=sent_at, received_at=sent_at)
    try:
        response = await context.sender.once(_call(request), deadline=min(deadline, start + LONGEST_REQUEST))
    except OpenProspectError as error:
        return replace(empty, problem=error.message[:80], seconds=clock.monotonic() - start, received_at=clock.now())
    body, content = parsed(response.body)
    return replace(
        empty,
        status=response.status,
        headers=response.headers,
        body=body,
        content=content,
        seconds=clock.monotonic() - start,
        received_at=clock.now(),
        protocol=response.protocol,
    )
