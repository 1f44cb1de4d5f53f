"""Schemas of what the sandbox takes. ``null`` counts as absent wherever a field may be absent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from openprospect_nb import contract
from openprospect_nb.contract import Feature, OrderType, Priority
from openprospect_nb.sandbox.handlers.searches import EDITABLE, MAX_VERSION, READ_ONLY
from openprospect_nb.sandbox.openapi.shapes import UUID, Schema, array, choice, integer, nothing, optional, text
from openprospect_nb.sandbox.requests.profile_body import MAX_LABEL
from openprospect_nb.sandbox.requests.rules import WEB_ADDRESS

__all__ = ["BODIES"]

_ICP: Final = text(contract.MAX_ICP_TEXT)
_COUNTRIES: Final = array(text(contract.MAX_COUNTRY), 1)
_LABELS: Final = array(text(MAX_LABEL))
_WEB_ADDRESS: Final[Schema] = {"type": "string", "maxLength": contract.MAX_URL, "pattern": f"^{WEB_ADDRESS}$"}
_PROFILE_EXTRAS: Final = {
    "seller_industry": text(contract.MAX_SELLER_INDUSTRY),
    "target_cities": array(text(contract.MAX_CITY)),
    "target_industries": _LABELS,
    "excluded_industries": _LABELS,
}
_PEOPLE: Final = {"contact_roles": _LABELS, "output_language": text(contract.MAX_LANGUAGE)}
_FEATURES: Final = array(choice(list(Feature))) | {"uniqueItems": True}
_COMMON: Final = {
    "title": text(contract.MAX_TITLE),
    "features": _FEATURES,
    "profile_id": UUID,
    "profile_name": text(contract.MAX_PROFILE_NAME),
    "priority": choice(list(Priority)),
    "webhook_url": _WEB_ADDRESS,
    "blacklist_ids": array(UUID),
    **_PEOPLE,
}
_NEEDED_FEATURES: Final = _FEATURES | {"minItems": 1}
_DISCOVERY: Final[Schema] = {"type": "string", "const": str(OrderType.DISCOVERY)}


def _body(required: Mapping[str, Schema], free: Mapping[str, Schema], **rest: Any) -> Schema:
    """Return an object with *required* fields, and *free* ones that may be null or absent."""
    fields = {**{name: optional(schema) for name, schema in free.items()}, **required}
    return {"type": "object", "properties": fields, "required": list(required), **rest}


def _absent(*names: str) -> dict[str, Schema]:
    return {name: nothing() for name in names}


def _order(required: Mapping[str, Schema], free: Mapping[str, Schema], *absent: str) -> Schema:
    body = _body(required, {name: schema for name, schema in {**_COMMON, **free}.items() if name not in absent})
    body["properties"].update(_absent(*absent))
    return body


_COMPANY: Final = _body(
    {"company_name": text(contract.MAX_COMPANY_NAME)},
    {
        "external_id": text(contract.MAX_EXTERNAL_ID),
        "website_url": text(contract.MAX_URL),
        "city": text(contract.MAX_CITY),
        "country": text(contract.MAX_COUNTRY),
    },
)
_INLINE: Final = {
    "order_type": _DISCOVERY,
    "title": text(contract.MAX_TITLE),
    "features": _NEEDED_FEATURES,
    "ideal_customer_profile": _ICP,
    "seller_offering": _ICP,
    "target_countries": _COUNTRIES,
}
_COMPANIES: Final = {"companies": array(_COMPANY, 1, contract.MAX_COMPANIES)}
_ENRICHMENT: Final = {"order_type": choice([OrderType.ENRICHMENT])}
_QUANTITY: Final = {"briefing_quantity": integer(1, contract.MAX_BRIEFINGS)}
# the generations, and within them who names the profile: a body is exactly one of these
_ORDERS: Final = [
    _order(
        {"order_type": _DISCOVERY, "profile_id": UUID, **_QUANTITY},
        _PROFILE_EXTRAS,
        *("profile_name", "companies", "ideal_customer_profile", "seller_offering", "target_countries"),
    ),
    _order(_INLINE, _PROFILE_EXTRAS, "profile_id", "companies", "briefing_quantity"),
    _order({**_INLINE, "profile_id": UUID}, _PROFILE_EXTRAS, "profile_name", "companies", "briefing_quantity"),
    _order({**_COMPANIES, "profile_id": UUID}, _ENRICHMENT, "profile_name", "briefing_quantity"),
    _order(
        {**_COMPANIES, "title": text(contract.MAX_TITLE), "features": _NEEDED_FEATURES},
        _ENRICHMENT,
        *("profile_id", "briefing_quantity"),
    ),
]
_ENTRY_IDS: Final = array(UUID)

BODIES: Final[dict[str, Schema]] = {
    "ProfileRequest": _body(
        {
            "profile_name": text(contract.MAX_PROFILE_NAME),
            "ideal_customer_profile": _ICP,
            "seller_offering": _ICP,
            "target_countries": _COUNTRIES,
        },
        {**_PROFILE_EXTRAS, **_PEOPLE},
    ),
    "OrderRequest": {"anyOf": _ORDERS},
    "BlacklistRequest": _body(
        {"name": text(contract.MAX_BLACKLIST_NAME)}, {"description": text(contract.MAX_BLACKLIST_DESCRIPTION)}
    ),
    "BlacklistChangeRequest": _body(
        {},
        {"name": text(contract.MAX_BLACKLIST_NAME), "description": text(contract.MAX_BLACKLIST_DESCRIPTION)},
    ),
    "EntriesRequest": _body({"entries": array(_COMPANY, 1, contract.MAX_BLACKLIST_ENTRIES)}, {}),
    "EntryIdsRequest": _body({"entry_ids": _ENTRY_IDS}, {}),
    "AssignmentRequest": _body({"blacklist_ids": array(UUID)}, {}),
    "SearchChangeRequest": _body(
        {"version": integer(0, MAX_VERSION)},
        {
            "update_mask": array(choice(EDITABLE)),
            "name": text(contract.MAX_PROFILE_NAME),
            "ideal_customer_profile": _ICP,
            "geo_locations": array(text(contract.MAX_CITY)),
            "search_keywords": _LABELS,
        },
        **{"not": {"anyOf": [{"required": [name]} for name in READ_ONLY]}},
    ),
}
