"""The OpenAPI document as a whole."""

from __future__ import annotations

import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final

from openprospect_nb.contract import API_PREFIX
from openprospect_nb.sandbox.openapi.answers import ANSWERS
from openprospect_nb.sandbox.openapi.bodies import BODIES
from openprospect_nb.sandbox.openapi.operations import OPERATIONS, Operation
from openprospect_nb.sandbox.openapi.shapes import UUID, Schema, ref
from openprospect_nb.sandbox.orders.engine import Engine
from openprospect_nb.sandbox.server.endpoints import ENDPOINTS, Endpoint

__all__ = ["openapi_document"]

_DESCRIPTION: Final = (
    "A sandbox for clients of the OpenProspect API with invented companies and persons. What the vendor's documents "
    "leave open is decided here for the sandbox only; nothing in this document is a statement by the vendor."
)
_COMMON_REFUSALS: Final = (401, 403, 413, 422, 429)
_PARAMETER: Final = re.compile(r"\{(\w+)\}")


def openapi_document(url: str) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of the sandbox that answers at *url*."""
    paths: dict[str, dict[str, Any]] = {"/health": {"get": _health()}}
    for row in ENDPOINTS:
        paths.setdefault(API_PREFIX + row.path, {})[row.method.lower()] = _operation(row, OPERATIONS[row.handler])
    return {
        "openapi": "3.1.0",
        "info": {"title": "OpenProspect sandbox", "version": "1", "description": _DESCRIPTION},
        "servers": [{"url": url}],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "schemas": {**ANSWERS, **BODIES},
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }


def _health() -> dict[str, Any]:
    answers = {"200": _content("The server lives.", "Health")}
    return {"operationId": "health", "summary": "Say that the server lives.", "security": [], "responses": answers}


def _operation(row: Endpoint[Engine], facts: Operation) -> dict[str, Any]:
    names = _PARAMETER.findall(row.path)
    path_values = [{"name": name, "in": "path", "required": True, "schema": UUID} for name in names]
    described: dict[str, Any] = {
        "operationId": f"{row.handler.__module__.rpartition('.')[2]}_{row.handler.__name__}",
        "summary": (row.handler.__doc__ or "").partition("\n")[0],
        "parameters": [*path_values, *facts.parameters],
        "responses": _responses(facts),
    }
    if row.scopes:
        described["description"] = f"Needs the scopes: {', '.join(row.scopes)}."
    if facts.body is not None:
        content = {"application/json": {"schema": ref(facts.body)}}
        described["requestBody"] = {"required": True, "content": content}
    return described


def _responses(facts: Operation) -> dict[str, Schema]:
    success = _content(HTTPStatus(facts.status).phrase, facts.answer)
    refusals: Sequence[int] = sorted({*_COMMON_REFUSALS, *facts.refusals})
    return {str(facts.status): success} | {
        str(status): _content(HTTPStatus(status).phrase, "Error") for status in refusals
    }


def _content(description: str, schema: str | None) -> Schema:
    if schema is None:
        return {"description": description}
    return {"description": description, "content": {"application/json": {"schema": ref(schema)}}}
