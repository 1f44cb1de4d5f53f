"""Schemas of what the sandbox sends and takes; those of requests are made of the types that check them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic.json_schema import models_json_schema

from openprospect_nb.contract import Feature, OrderStatus, OrderType, Priority, ProfileStatus, ReviewStatus
from openprospect_nb.sandbox.requests.bodies import (
    ORDERS,
    AssignmentRequest,
    BlacklistChangeRequest,
    BlacklistRequest,
    EntriesRequest,
    EntryIdsRequest,
    ProfileRequest,
    SearchChangeRequest,
)
from openprospect_nb.sandbox.requests.rules import RequestBody

Schema = dict[str, Any]

TEXT: Final[Schema] = {"type": "string"}
NUMBER: Final[Schema] = {"type": "number"}
BOOLEAN: Final[Schema] = {"type": "boolean"}
COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
UUID: Final[Schema] = {"type": "string", "format": "uuid"}
STAMP: Final[Schema] = {"type": "string", "format": "date-time"}


def integer(low: int, high: int) -> Schema:
    """Return an integer from *low* to *high*."""
    return {"type": "integer", "minimum": low, "maximum": high}


def choice(values: Sequence[str]) -> Schema:
    """Return one of *values*."""
    return {"type": "string", "enum": [str(value) for value in values]}


def array(items: Schema, low: int = 0) -> Schema:
    """Return an array of at least *low* items."""
    return {"type": "array", "items": items, **({"minItems": low} if low else {})}


def optional(schema: Schema) -> Schema:
    """Return *schema* or null."""
    if "$ref" in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    wider = {**schema, "type": [schema["type"], "null"]}
    if "enum" in schema:
        wider["enum"] = [*schema["enum"], None]
    return wider


def record(fields: Mapping[str, Schema]) -> Schema:
    """Return an object with exactly these fields, all present."""
    return {
        "type": "object",
        "properties": dict(fields),
        "required": list(fields),
        "additionalProperties": False,
    }


def page(items: Schema, *, key: str = "items", more: bool = True) -> Schema:
    """Return the page envelope around *items*."""
    counters = {"total": COUNT, "limit": COUNT, "offset": COUNT}
    return record({key: array(items), **counters, **({"has_more": BOOLEAN} if more else {})})


def ref(name: str) -> Schema:
    """Return a reference to a named schema."""
    return {"$ref": f"#/components/schemas/{name}"}


_OBJECT: Final[Schema] = {"type": "object"}
_SCORE: Final[Schema] = {"type": "number", "minimum": 0, "maximum": 10}
_SHARE: Final[Schema] = {"type": "number", "minimum": 0, "maximum": 100}
_COST: Final = record({"total": NUMBER, "currency": TEXT})
_TEXTS: Final = array(TEXT)

_ORDER: Final = {
    "order_id": UUID,
    "order_type": choice(list(OrderType)),
    "status": choice(list(OrderStatus)),
    "company_count": COUNT,
    "title": TEXT,
    "priority": choice(list(Priority)),
    "features": array(choice(list(Feature))),
    "estimated_cost": optional(_COST),
    **{name: optional(TEXT) for name in ("seller_offering", "seller_industry", "output_language")},
    **{name: optional(_TEXTS) for name in ("excluded_industries", "target_countries", "target_cities")},
    "briefing_quantity": optional(COUNT),
    "prospect_search_id": optional(UUID),
    "admin_notes": optional(TEXT),
    "webhook_url": optional(TEXT),
    "created_at": STAMP,
    **{name: optional(STAMP) for name in ("accepted_at", "completed_at", "cancelled_at")},
    "profile_id": optional(UUID),
    "message": optional(TEXT),
}
_PROSPECT: Final = {
    "id": UUID,
    "company_id": UUID,
    "first_name": TEXT,
    **{name: optional(TEXT) for name in ("last_name", "job_title", "email", "phone_number", "linkedin_url")},
    "qualification_score": optional(_SCORE),
    "qualification_reason": optional(TEXT),
    "email_type": optional(TEXT),
    "validation_confidence": optional(_SHARE),
    "bounce_risk_score": optional(_SHARE),
}
_COMPANY: Final = {
    "id": UUID,
    "name": TEXT,
    **{name: optional(TEXT) for name in ("website_url", "normalized_url", "business_type", "city", "country")},
    "description": optional(TEXT),
    "employee_count": optional(COUNT),
    "phone_numbers": optional(_TEXTS),
    "social_media_links": optional(array(record({"platform": TEXT, "url": TEXT}))),
    "match_score": optional(_SCORE),
    "match_reasons": optional(_TEXTS),
    "match_reasoning": optional(TEXT),
    "web_technologies": optional(_TEXTS),
    "web_technologies_analyzed_at": optional(STAMP),
    "source_id": optional(TEXT),
    "delivered_at": STAMP,
    "legal_registration_info": optional(_OBJECT),
    "prospects": array(ref("Prospect")),
}
_SUMMARY: Final = {
    "id": UUID,
    "prospect_search_id": UUID,
    "name": TEXT,
    **{name: optional(TEXT) for name in ("city", "country", "business_type", "website")},
    "match_score": optional(_SCORE),
    "review_status": choice(list(ReviewStatus)),
    "employee_count": optional(COUNT),
    "description": optional(TEXT),
    "delivered_at": STAMP,
}
_JOB: Final = {
    "id": UUID,
    "company_id": UUID,
    "title": TEXT,
    "location": optional(TEXT),
    "url": optional(TEXT),
    "posted_at": optional(STAMP),
    "is_active": BOOLEAN,
}
_TECHNOLOGY: Final = {"name": TEXT, "category": optional(TEXT), "confidence": optional(NUMBER)}
_ANALYZED: Final = {"company_id": UUID, "analyzed_at": optional(STAMP)}
_SEARCH: Final = {
    "id": UUID,
    "name": TEXT,
    "status": TEXT,
    "version": COUNT,
    "ideal_customer_profile": optional(TEXT),
    "geo_locations": _TEXTS,
    "search_keywords": _TEXTS,
    "language_config": _OBJECT,
    "company_extraction_commands": array({}),
    "prospect_extraction_commands": array({}),
    "created_at": STAMP,
    "updated_at": STAMP,
}
_BLACKLIST: Final = {
    "id": UUID,
    "name": TEXT,
    "description": optional(TEXT),
    "entry_count": COUNT,
    "created_at": STAMP,
    "updated_at": STAMP,
}
_ENTRY: Final = {
    "id": UUID,
    "company_name": TEXT,
    **{name: optional(TEXT) for name in ("website_url", "city", "country", "external_id")},
    "created_at": STAMP,
}
_CREATION: Final = {
    "profile_creation_id": UUID,
    "status": choice(list(ProfileStatus)),
    "profile_id": optional(UUID),
    "profile_name": TEXT,
    "message": optional(TEXT),
    "created_at": STAMP,
    "updated_at": STAMP,
}
_RECEIPT: Final = {name: _ORDER[name] for name in ("order_id", "order_type", "status", "company_count")} | {
    "estimated_cost": _ORDER["estimated_cost"],
    "message": TEXT,
}
_ERROR: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {"code": TEXT, "message": TEXT, "details": _OBJECT},
    "required": ["code", "message", "details"],
}

RESPONSES: Final[dict[str, Schema]] = {
    "Error": _ERROR,
    "Health": record({"service": TEXT, "status": TEXT}),
    "KeyInfo": record({"valid": BOOLEAN, "scopes": _TEXTS}),
    "ProfileCreation": record(_CREATION),
    "OrderReceipt": record(_RECEIPT),
    "Order": record(_ORDER),
    "OrderPage": page(ref("Order"), key="orders"),
    "Prospect": record(_PROSPECT),
    "ProspectPage": page(ref("Prospect")),
    "Company": record(_COMPANY),
    "CompanyPage": page(ref("Company")),
    "CompanySummary": record(_SUMMARY),
    "CompanySummaryPage": page(ref("CompanySummary")),
    "CompanyDetail": record({**_SUMMARY, "prospects": array(ref("Prospect"))}),
    "JobPage": page(record(_JOB)),
    "JobSummary": record(
        {"company_id": UUID, "total_jobs": COUNT, "active_jobs": COUNT, "last_posted_at": optional(STAMP)}
    ),
    "Technologies": record({**_ANALYZED, "technologies": array(record(_TECHNOLOGY))}),
    "TechnologySummary": record(
        {**_ANALYZED, "total_technologies": COUNT, "categories": {"type": "object", "additionalProperties": COUNT}}
    ),
    "Search": record(_SEARCH),
    "SearchChange": record({**_SEARCH, "stripped_fields": _TEXTS}),
    "SearchPage": page(record({"id": UUID, "name": TEXT, "status": TEXT}), more=False),
    "Blacklist": record(_BLACKLIST),
    "BlacklistPage": page(ref("Blacklist")),
    "Entry": record(_ENTRY),
    "EntryPage": page(ref("Entry")),
    "EntriesAdded": record({"added": COUNT, "skipped": COUNT, "entries": array(ref("Entry"))}),
    "EntriesRemoved": record({"removed": COUNT}),
}


_OTHERS: Final[tuple[type[RequestBody], ...]] = (
    ProfileRequest,
    BlacklistRequest,
    BlacklistChangeRequest,
    EntriesRequest,
    EntryIdsRequest,
    AssignmentRequest,
    SearchChangeRequest,
)
_, _MADE = models_json_schema(
    [(model, "validation") for model in (*ORDERS, *_OTHERS)], ref_template="#/components/schemas/{model}"
)

BODIES: Final[dict[str, Schema]] = {
    **_MADE["$defs"],
    "OrderRequest": {"anyOf": [ref(model.__name__) for model in ORDERS]},
}
