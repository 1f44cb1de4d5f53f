"""The company universe, drawn once for all tests that read it, and the fields its documents must have."""

from __future__ import annotations

import pytest

from openprospect_nb.sandbox.market.catalogue import Universe


@pytest.fixture(scope="session")
def company_universe():
    """The universe of seed 42, in memory."""
    return Universe(42)


COMPANY = {
    "id": str,
    "name": str,
    "website_url": (str, type(None)),
    "normalized_url": (str, type(None)),
    "business_type": (str, type(None)),
    "city": (str, type(None)),
    "country": (str, type(None)),
    "description": (str, type(None)),
    "employee_count": (int, type(None)),
    "phone_numbers": (list, type(None)),
    "social_media_links": (list, type(None)),
    "match_score": (int, float, type(None)),
    "match_reasons": (list, type(None)),
    "match_reasoning": (str, type(None)),
    "web_technologies": (list, type(None)),
    "web_technologies_analyzed_at": (str, type(None)),
    "source_id": (str, type(None)),
    "delivered_at": (str, type(None)),
    "legal_registration_info": (dict, type(None)),
    "prospects": list,
}
PROSPECT = {
    "id": str,
    "company_id": str,
    "first_name": str,
    "last_name": (str, type(None)),
    "job_title": (str, type(None)),
    "email": (str, type(None)),
    "phone_number": (str, type(None)),
    "linkedin_url": (str, type(None)),
    "qualification_score": (int, float, type(None)),
    "qualification_reason": (str, type(None)),
    "email_type": (str, type(None)),
    "validation_confidence": (int, float, type(None)),
    "bounce_risk_score": (int, float, type(None)),
}


@pytest.fixture(scope="session")
def contract_fields():
    """The fields of Company and of Prospect in contract 4.4, in order, with the types each may have."""
    return COMPANY, PROSPECT
