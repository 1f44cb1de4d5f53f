"""What one order delivers: which companies of the ranking, and which of their fields (contract 4.3, 4.4, 5.3)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final

from openprospect_nb.contract import Feature
from openprospect_nb.sandbox.supply import Found

__all__ = ["choose", "trim"]

_COMPANY_FIELDS: Final = {
    Feature.COMPANY_DATA: [
        "website_url",
        "normalized_url",
        "business_type",
        "city",
        "country",
        "description",
        "employee_count",
        "phone_numbers",
        "social_media_links",
        "legal_registration_info",
    ],
    Feature.ANALYSIS: ["match_score", "match_reasons", "match_reasoning"],
    Feature.TECHNOLOGIES: ["web_technologies", "web_technologies_analyzed_at"],
}
_PROSPECT_FIELDS: Final = {
    Feature.ANALYSIS: ["qualification_score", "qualification_reason"],
    Feature.EMAIL_DISCOVERY: ["email", "email_type", "validation_confidence", "bounce_risk_score"],
}


def choose(pool: Sequence[Found], delivered: Collection[str], quantity: int) -> list[Found]:
    """Return the first *quantity* companies of the pool that were not delivered before."""
    return [found for found in pool if found.company_id not in delivered][:quantity]


def trim(document: dict[str, Any], features: Collection[str]) -> dict[str, Any]:
    """Return *document* with the fields of features not ordered set to null (``prospects`` to an empty list)."""
    kept = dict(document)
    _blank(kept, _COMPANY_FIELDS, features)
    kept["prospects"] = []
    if Feature.CONTACTS in features:
        kept["prospects"] = [dict(prospect) for prospect in document["prospects"]]
        for prospect in kept["prospects"]:
            _blank(prospect, _PROSPECT_FIELDS, features)
    return kept


def _blank(record: dict[str, Any], fields: dict[Feature, list[str]], features: Collection[str]) -> None:
    for feature, names in fields.items():
        if feature not in features:
            record.update(dict.fromkeys(names))
