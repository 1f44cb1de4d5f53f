"""The body of a profile creation, and the profile fields it shares with inline orders (contract 4.2)."""

from __future__ import annotations

from typing import Any

from openprospect_nb.contract import (
    MAX_CITY,
    MAX_COUNTRY,
    MAX_ICP_TEXT,
    MAX_LANGUAGE,
    MAX_PROFILE_NAME,
    MAX_SELLER_INDUSTRY,
)
from openprospect_nb.sandbox.requests.rules import Body

__all__ = ["MAX_LABEL", "profile_content", "profile_creation"]

# lists of industries and roles have no documented bound on an item
MAX_LABEL = 500


def profile_content(body: Body, *, required: bool) -> dict[str, Any]:
    """Return what a profile says; *required* asks for ICP, offering and countries."""
    return {
        "ideal_customer_profile": body.text("ideal_customer_profile", MAX_ICP_TEXT, required=required),
        "seller_offering": body.text("seller_offering", MAX_ICP_TEXT, required=required),
        "target_countries": body.texts("target_countries", MAX_COUNTRY, required=required),
        "seller_industry": body.text("seller_industry", MAX_SELLER_INDUSTRY),
        "target_cities": body.texts("target_cities", MAX_CITY),
        "target_industries": body.texts("target_industries", MAX_LABEL),
        "excluded_industries": body.texts("excluded_industries", MAX_LABEL),
        "contact_roles": body.texts("contact_roles", MAX_LABEL),
        "output_language": body.text("output_language", MAX_LANGUAGE),
    }


def profile_creation(body: Body) -> tuple[str, dict[str, Any]]:
    """Return the name and content of a profile to create."""
    name = body.text("profile_name", MAX_PROFILE_NAME, required=True)
    return name or "", profile_content(body, required=True)
