"""Contacts for a submitted company: roles, never persons, with mailboxes under ``.example``."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from openprospect_nb.sandbox.market.catalogue import Universe
from openprospect_nb.sandbox.universe.naming import slug
from openprospect_nb.sandbox.universe.people import roles_source
from openprospect_nb.sandbox.universe.prospects import interest_of

__all__ = ["write_placeholders"]


def write_placeholders(
    universe: Universe, place: tuple[int, str], company: Mapping[str, Any], profile: Mapping[str, Any] | None
) -> list[dict[str, Any]]:
    """Return one to three Prospect objects that stand for roles, such as "Sandbox Contact 1, Head of IT".

    Args:
        universe: the source of chance.
        place: the submitted company's key and the id it is delivered under.
        company: as submitted; only its website or name is used, for the invented ``.example`` domain.
        profile: whose contact roles and offering decide on the departments; None takes management and the like.
    """
    key, company_id = place
    wanted = interest_of(profile or {}).departments
    names = [*sorted(wanted, key=lambda name: (-wanted[name], name)), "management", "finance", "it"]
    count = 1 + universe.chance.below(3, "placeholders", key)
    domain = f"{slug(_host(company))[:50].strip('-') or 'submitted'}.example"
    return [
        _placeholder(universe, (key, slot), (company_id, domain), department)
        for slot, department in enumerate(list(dict.fromkeys(names))[:count], start=1)
    ]


def _host(company: Mapping[str, Any]) -> str:
    website = str(company.get("website_url") or "")
    return website.partition("//")[2].removeprefix("www.").partition("/")[0] or str(company.get("company_name") or "")


def _placeholder(universe: Universe, place: tuple[int, int], owner: tuple[str, str], department: str) -> dict[str, Any]:
    (key, slot), (company_id, domain) = place, owner
    chance = universe.chance
    level = "top" if department == "management" else "head"
    bits = chance.word("placeholder", key, slot) << 64 | chance.word("placeholder tail", key, slot)
    score = round(5 + 4 * chance.uniform("placeholder score", key, slot), 1)
    return {
        "id": str(uuid.UUID(int=bits, version=4)),
        "company_id": company_id,
        "first_name": "Sandbox",
        "last_name": f"Contact {slot}",
        "job_title": roles_source()["departments"][department]["titles"][level]["en"][0],
        "email": f"sandbox-{key % 10_000:04d}-{slot}@{domain}",
        "phone_number": None,
        "linkedin_url": None,
        "qualification_score": int(score) if score == int(score) else score,
        "qualification_reason": "A role placeholder of the sandbox; no person was looked up.",
        "email_type": "GENERIC",
        "validation_confidence": 40 + chance.below(50, "placeholder confidence", key, slot),
        "bounce_risk_score": 5 + chance.below(60, "placeholder risk", key, slot),
    }
