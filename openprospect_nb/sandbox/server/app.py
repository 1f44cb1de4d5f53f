"""The ASGI application: a table of routes, a list of middleware, a map of error handlers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Final, TypeVar, cast

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from openprospect_nb.contract import API_PREFIX
from openprospect_nb.sandbox.clock import SandboxClock
from openprospect_nb.sandbox.control import Control
from openprospect_nb.sandbox.handlers.keys import health
from openprospect_nb.sandbox.openapi import openapi_document
from openprospect_nb.sandbox.orders.engine import Engine
from openprospect_nb.sandbox.server.call import SandboxCall, as_http, refusal_as_http, respond
from openprospect_nb.sandbox.server.endpoints import CONTROL_ENDPOINTS, CONTROL_PREFIX, ENDPOINTS, Endpoint
from openprospect_nb.sandbox.server.faults import Breakage, FaultPlan
from openprospect_nb.sandbox.server.gate import ControlGate, KeyGate, SandboxHeader, SlashTolerance
from openprospect_nb.sandbox.server.keys import NO_KEY
from openprospect_nb.sandbox.server.problems import Refusal, forbidden

Context = TypeVar("Context")
MAX_BODY: Final = 32 * 1024 * 1024


def create_app(engine: Engine, control: Control, plan: FaultPlan, clock: SandboxClock) -> ASGIApp:
    """Return the sandbox's application; it is ready at once and needs no lifespan events."""
    app = Starlette(
        routes=[
            Route("/openapi.json", _describe, methods=["GET"]),
            *_routes("", [Endpoint("GET", "/health", health)], engine),
            *_routes(API_PREFIX, ENDPOINTS, engine),
            *_routes(CONTROL_PREFIX, CONTROL_ENDPOINTS, control),
        ],
        middleware=[Middleware(SlashTolerance), Middleware(ControlGate), Middleware(KeyGate, store=engine.store)],
        exception_handlers={Refusal: _refuse, HTTPException: _refuse_http, Exception: _confess},
    )
    app.router.redirect_slashes = False
    # outside Starlette, whose own error handling would answer for a connection that a fault cuts
    return SandboxHeader(Breakage(app, plan, clock), clock)


def _routes(prefix: str, rows: Sequence[Endpoint[Context]], context: Context) -> list[Route]:
    """Return one route a path, so that a wrong method is told all the right ones."""
    by_path: dict[str, dict[str, Endpoint[Context]]] = {}
    for row in rows:
        by_path.setdefault(prefix + row.path, {})[row.method] = row
    return [_route(path, methods, context) for path, methods in by_path.items()]


def _route(path: str, rows: Mapping[str, Endpoint[Context]], context: Context) -> Route:
    async def endpoint(request: Request) -> Response:
        row = rows["GET" if request.method == "HEAD" else request.method]
        key = getattr(request.state, "key", NO_KEY)
        if not set(row.scopes) <= set(key.scopes):
            raise forbidden(row.scopes, key.scopes)
        call = SandboxCall(
            key=key,
            method=request.method,
            path=request.scope["path"],
            values=request.path_params,
            query=request.query_params.multi_items(),
            headers=request.headers,
            body=await _read_body(request),
        )
        # SQLite and fulfilment stay off the caller's event loop, which in process is the notebook's
        return as_http(await run_in_threadpool(row.handler, context, call))

    return Route(path, endpoint, methods=list(rows))


async def _describe(request: Request) -> Response:
    return as_http(respond(200, openapi_document(str(request.base_url).rstrip("/"))))


async def _read_body(request: Request) -> bytes:
    chunks, size = [], 0
    async for chunk in request.stream():
        chunks.append(chunk)
        size += len(chunk)
        if size > MAX_BODY:
            raise Refusal(413, "PAYLOAD_TOO_LARGE", f"A body may have at most {MAX_BODY} bytes.")
    return b"".join(chunks)


async def _refuse(_request: Request, problem: Exception) -> Response:
    return refusal_as_http(cast("Refusal", problem))


async def _refuse_http(_request: Request, problem: Exception) -> Response:
    refusal = cast("HTTPException", problem)
    status = HTTPStatus(refusal.status_code)
    return refusal_as_http(Refusal(status, status.name, f"{status.phrase}.", headers=refusal.headers))


async def _confess(_request: Request, _problem: Exception) -> Response:
    return refusal_as_http(Refusal(500, "INTERNAL_ERROR", "The sandbox failed. This is a bug of the sandbox."))
