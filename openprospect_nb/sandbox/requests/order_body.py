"""The body of ``POST /orders`` in both generations: classified, checked, and reduced to what the sandbox keeps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from openprospect_nb.contract import (
    MAX_BRIEFINGS,
    MAX_CITY,
    MAX_COMPANIES,
    MAX_COMPANY_NAME,
    MAX_COUNTRY,
    MAX_EXTERNAL_ID,
    MAX_LANGUAGE,
    MAX_PROFILE_NAME,
    MAX_TITLE,
    MAX_URL,
    Feature,
    OrderType,
    Priority,
)
from openprospect_nb.sandbox.requests.profile_body import MAX_LABEL, profile_content
from openprospect_nb.sandbox.requests.rules import Body

__all__ = ["OrderDraft", "order_draft"]

_INLINE_FIELDS: Final = ("ideal_customer_profile", "seller_offering", "target_countries")
_STANDARD_FEATURES: Final = [Feature.COMPANY_DATA.value, Feature.CONTACTS.value, Feature.ANALYSIS.value]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDraft:
    """A valid order body.

    Attributes:
        content: the profile fields in the body; None unless the order is inline.
        quantity: ``briefing_quantity``; None for inline and enrichment orders.
        companies: the submitted companies; empty for discovery.
    """

    order_type: str
    title: str | None
    features: list[str]
    priority: str
    profile_id: str | None
    profile_name: str | None
    webhook_url: str | None
    blacklist_ids: list[str]
    contact_roles: list[str] | None
    output_language: str | None
    content: dict[str, Any] | None
    quantity: int | None
    companies: list[dict[str, Any]]


def order_draft(body: Body) -> OrderDraft:
    """Return the order that *body* asks for; broken rules are noted in its findings."""
    order_type = body.choice("order_type", list(OrderType)) or OrderType.ENRICHMENT
    is_discovery = order_type == OrderType.DISCOVERY
    is_inline = is_discovery and any(body.has(name) for name in _INLINE_FIELDS)
    if body.has("profile_id") and body.has("profile_name"):
        body.note("profile_name", "cannot be sent together with profile_id")
    needs_title = is_inline or (not is_discovery and not body.has("profile_id"))
    return OrderDraft(
        order_type=order_type,
        title=body.text("title", MAX_TITLE, required=needs_title),
        features=_features(body, required=needs_title),
        priority=body.choice("priority", list(Priority)) or Priority.NORMAL,
        profile_id=body.identifier("profile_id"),
        profile_name=body.text("profile_name", MAX_PROFILE_NAME),
        webhook_url=body.url("webhook_url"),
        blacklist_ids=body.identifiers("blacklist_ids"),
        contact_roles=body.texts("contact_roles", MAX_LABEL),
        output_language=body.text("output_language", MAX_LANGUAGE),
        content=_content(body, is_discovery=is_discovery, is_inline=is_inline),
        quantity=_quantity(body, is_discovery=is_discovery, is_inline=is_inline),
        companies=_companies(body, is_discovery=is_discovery),
    )


def _features(body: Body, *, required: bool) -> list[str]:
    values = body.texts("features", MAX_LABEL, required=required)
    if values is None:
        return _STANDARD_FEATURES
    for number, value in enumerate(values):
        if isinstance(value, str) and value not in list(Feature):
            body.findings.add(f"features[{number}]", f"must be one of {', '.join(Feature)}", value)
    if len({str(value) for value in values}) < len(values):
        body.note("features", "must not repeat a feature")
    return values or _STANDARD_FEATURES


def _content(body: Body, *, is_discovery: bool, is_inline: bool) -> dict[str, Any] | None:
    content = profile_content(body, required=is_inline) if is_discovery else None
    return content if is_inline else None


def _quantity(body: Body, *, is_discovery: bool, is_inline: bool) -> int | None:
    if is_discovery and not is_inline:
        for name in ("profile_id", "briefing_quantity"):
            if not body.has(name):
                body.note(
                    name, "is required unless ideal_customer_profile, seller_offering and target_countries are sent"
                )
        return body.integer("briefing_quantity", 1, MAX_BRIEFINGS)
    if body.has("briefing_quantity"):
        reason = "an inline ICP field" if is_inline else "an enrichment order, which has as many as companies"
        body.note("briefing_quantity", f"cannot be sent with {reason}")
    return None


def _companies(body: Body, *, is_discovery: bool) -> list[dict[str, Any]]:
    value = body.data.get("companies")
    if is_discovery:
        if value is not None:
            body.note("companies", "cannot be sent with a discovery order")
        return []
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_COMPANIES:
        body.findings.add("companies", f"needs 1 to {MAX_COMPANIES} companies")
        return []
    return [_company(item, body, number) for number, item in enumerate(value)]


def _company(item: Any, body: Body, number: int) -> dict[str, Any]:
    if not isinstance(item, dict):
        body.findings.add(f"companies[{number}]", "must be an object", item)
        return {}
    fields = Body(item, body.findings, f"companies[{number}].")
    return {
        "company_name": fields.text("company_name", MAX_COMPANY_NAME, required=True),
        "external_id": fields.text("external_id", MAX_EXTERNAL_ID),
        "website_url": fields.text("website_url", MAX_URL),
        "city": fields.text("city", MAX_CITY),
        "country": fields.text("country", MAX_COUNTRY),
    }
