"""The OpenAPI document: what each operation takes and gives, and the whole built from the table of routes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from openprospect_nb.contract import (
    API_PREFIX,
    HEADER_IDEMPOTENCY_KEY,
    MAX_IDEMPOTENCY_KEY,
    PAGE_DEFAULT,
    PAGE_LIMIT,
    OrderStatus,
    ReviewStatus,
)
from openprospect_nb.sandbox.handlers import blacklists, companies, keys, orders, profiles, prospects, searches
from openprospect_nb.sandbox.openapi.schemas import (
    BODIES,
    RESPONSES,
    STAMP,
    TEXT,
    UUID,
    Schema,
    array,
    choice,
    integer,
    ref,
)
from openprospect_nb.sandbox.orders.engine import Engine
from openprospect_nb.sandbox.server.call import MAX_OFFSET
from openprospect_nb.sandbox.server.endpoints import ENDPOINTS, Endpoint


@dataclass(frozen=True, slots=True)
class Operation:
    """What succeeds with which status and schema, what it takes, and which refusals it has beside the common ones."""

    answer: str | None
    status: int = 200
    body: str | None = None
    parameters: tuple[Schema, ...] = ()
    refusals: tuple[int, ...] = ()


def _query(name: str, schema: Schema, *, required: bool = False) -> Schema:
    return {"name": name, "in": "query", "required": required, "schema": schema}


def _key(*, required: bool) -> Schema:
    schema = {"type": "string", "minLength": 1, "maxLength": MAX_IDEMPOTENCY_KEY, "pattern": "^[!-~]([ -~]*[!-~])?$"}
    return {"name": HEADER_IDEMPOTENCY_KEY, "in": "header", "required": required, "schema": schema}


_PAGE: Final = (
    _query("limit", integer(1, PAGE_LIMIT) | {"default": PAGE_DEFAULT}),
    _query("offset", integer(0, MAX_OFFSET) | {"default": 0}),
)
_SINCE: Final = (_query("delivered_since", STAMP),)
_SEARCH_TEXT: Final = _query("search", TEXT)
_COMPANY_FILTERS: Final = (
    _query("prospect_search_id", UUID, required=True),
    _query("min_match_score", {"type": "number", "minimum": 0, "maximum": 10}),
    _query("review_status", choice(list(ReviewStatus))),
    _query("review_status_list", array(choice(list(ReviewStatus)), 1)),
    _SEARCH_TEXT,
)

OPERATIONS: Final[dict[Any, Operation]] = {
    keys.validate: Operation("KeyInfo"),
    profiles.create: Operation("ProfileCreation", 202, "ProfileRequest", (_key(required=True),), (409,)),
    profiles.get: Operation("ProfileCreation", refusals=(404,)),
    orders.create: Operation("OrderReceipt", 202, "OrderRequest", (_key(required=False),), (404, 409)),
    orders.list_all: Operation("OrderPage", parameters=(*_PAGE, _query("status", choice(list(OrderStatus))))),
    orders.get: Operation("Order", refusals=(404,)),
    orders.results: Operation("CompanyPage", parameters=(*_PAGE, *_SINCE), refusals=(404, 409, 410)),
    prospects.deliveries: Operation("CompanyPage", parameters=(*_PAGE, *_SINCE), refusals=(404,)),
    searches.list_all: Operation("SearchPage", parameters=_PAGE),
    searches.get: Operation("Search", refusals=(404,)),
    searches.update: Operation("SearchChange", body="SearchChangeRequest", refusals=(404, 409)),
    searches.assigned: Operation("BlacklistPage", refusals=(404,)),
    searches.assign: Operation("BlacklistPage", body="AssignmentRequest", refusals=(404,)),
    companies.list_all: Operation("CompanySummaryPage", parameters=(*_COMPANY_FILTERS, *_PAGE), refusals=(404,)),
    companies.get: Operation("CompanyDetail", refusals=(404,)),
    companies.jobs: Operation("JobPage", parameters=_PAGE, refusals=(404,)),
    companies.jobs_summary: Operation("JobSummary", refusals=(404,)),
    companies.technologies: Operation("Technologies", refusals=(404,)),
    companies.technologies_summary: Operation("TechnologySummary", refusals=(404,)),
    prospects.list_all: Operation(
        "ProspectPage",
        parameters=(_query("prospect_search_id", UUID), _query("company_id", UUID), _SEARCH_TEXT, *_PAGE),
        refusals=(404,),
    ),
    prospects.get: Operation("Prospect", refusals=(404,)),
    blacklists.create: Operation("Blacklist", 201, "BlacklistRequest"),
    blacklists.list_all: Operation("BlacklistPage", parameters=_PAGE),
    blacklists.get: Operation("Blacklist", refusals=(404,)),
    blacklists.update: Operation("Blacklist", body="BlacklistChangeRequest", refusals=(404,)),
    blacklists.delete: Operation(None, 204, refusals=(404,)),
    blacklists.add_entries: Operation("EntriesAdded", 201, "EntriesRequest", refusals=(404,)),
    blacklists.list_entries: Operation("EntryPage", parameters=_PAGE, refusals=(404,)),
    blacklists.drop_entries: Operation("EntriesRemoved", body="EntryIdsRequest", refusals=(404,)),
}


_DESCRIPTION: Final = (
    "A sandbox for clients of the OpenProspect API with invented companies and persons. What the vendor's documents "
    "leave open is decided here for the sandbox only; nothing in this document is a statement by the vendor."
)
_COMMON_REFUSALS: Final = (401, 403, 413, 422, 429)
_PARAMETER: Final = re.compile(r"\{(\w+)\}")


def openapi_document(url: str) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of the sandbox that answers at *url*."""
    lives: dict[str, Any] = {"operationId": "health", "summary": "Say that the server lives.", "security": []}
    lives["responses"] = {"200": _content("The server lives.", "Health")}
    paths: dict[str, dict[str, Any]] = {"/health": {"get": lives}}
    for row in ENDPOINTS:
        paths.setdefault(API_PREFIX + row.path, {})[row.method.lower()] = _operation(row, OPERATIONS[row.handler])
    return {
        "openapi": "3.1.0",
        "info": {"title": "OpenProspect sandbox", "version": "1", "description": _DESCRIPTION},
        "servers": [{"url": url}],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "schemas": {**RESPONSES, **BODIES},
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(row: Endpoint[Engine], facts: Operation) -> dict[str, Any]:
    names = _PARAMETER.findall(row.path)
    path_values = [{"name": name, "in": "path", "required": True, "schema": UUID} for name in names]
    success = _content(HTTPStatus(facts.status).phrase, facts.answer)
    refusals: Sequence[int] = sorted({*_COMMON_REFUSALS, *facts.refusals})
    described: dict[str, Any] = {
        "operationId": f"{row.handler.__module__.rpartition('.')[2]}_{row.handler.__name__}",
        "summary": (row.handler.__doc__ or "").partition("\n")[0],
        "parameters": [*path_values, *facts.parameters],
        "responses": (
            {str(facts.status): success}
            | {str(status): _content(HTTPStatus(status).phrase, "Error") for status in refusals}
        ),
    }
    if row.scopes:
        described["description"] = f"Needs the scopes: {', '.join(row.scopes)}."
    if facts.body is not None:
        content = {"application/json": {"schema": ref(facts.body)}}
        described["requestBody"] = {"required": True, "content": content}
    return described


def _content(description: str, schema: str | None) -> Schema:
    if schema is None:
        return {"description": description}
    return {"description": description, "content": {"application/json": {"schema": ref(schema)}}}
