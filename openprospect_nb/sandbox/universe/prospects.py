"""Which of a company's people are delivered for a profile, and how well each fits: the Prospect objects."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from openprospect_nb.sandbox.universe.chance import Chance
from openprospect_nb.sandbox.universe.company import Company
from openprospect_nb.sandbox.universe.contacts import Mailbox, mailbox_of, phone_number, profile_link
from openprospect_nb.sandbox.universe.identity import Address, encode_id
from openprospect_nb.sandbox.universe.people import LEVELS, Role, name_person, roles_of, roles_source
from openprospect_nb.sandbox.universe.vocabulary import read_json

__all__ = ["Interest", "interest_of", "qualification", "write_prospects"]

_SENIORITY = {"top": 1.0, "head": 0.92, "manager": 0.6, "staff": 0.25}


class Interest:
    """Which departments and levels a profile's seller wants to reach, each 0 to 1; read with `interest_of`."""

    __slots__ = ("departments", "levels", "named")

    def __init__(self, departments: Mapping[str, float], levels: frozenset[str], *, named: bool) -> None:
        self.departments = departments
        self.levels = levels
        self.named = named  # whether contact_roles asked for them by name


def interest_of(profile: Mapping[str, Any]) -> Interest:
    """Return the departments and levels that ``contact_roles`` and ``seller_offering`` point at."""
    roles = tuple(str(role) for role in profile.get("contact_roles") or ())
    return _interest(roles, str(profile.get("seller_offering") or ""))


def qualification(chance: Chance, company: Company, role: Role, interest: Interest, match: float) -> float:
    """Return 0-10: level 27 %, department against the offering 29 %, the company's match 32 %, personal chance 12 %."""
    level = _SENIORITY[role.level]
    if interest.levels:
        level = 1.0 if role.level in interest.levels else 0.55 * level
    department = interest.departments.get(role.department, 0.15)
    if role.department == "management" and company.employees < 25:
        department = max(department, 0.85)  # in a small firm the head decides everything
    chance_part = chance.uniform("openness", company.number, role.slot)
    return round(10 * (0.27 * level + 0.29 * department + 0.32 * match / 10 + 0.12 * chance_part), 1)


def write_prospects(chance: Chance, company: Company, match: float, profile: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the Prospect objects of contract 4.4 delivered for *profile*, best qualified first."""
    interest = interest_of(profile)
    scored = [(qualification(chance, company, role, interest, match), role) for role in roles_of(chance, company)]
    scored.sort(key=lambda pair: (-pair[0], pair[1].slot))
    german = _language(profile) == "de"
    return [_prospect(chance, company, pair, (interest, german)) for pair in scored[: _count(chance, company)]]


def _count(chance: Chance, company: Company) -> int:
    base = 1 if company.employees < 5 else 2 if company.employees < 12 else 3 if company.employees < 60 else 4
    return base + (chance.uniform("people found", company.number) < 0.45)


def _prospect(
    chance: Chance, company: Company, scored: tuple[float, Role], context: tuple[Interest, bool]
) -> dict[str, Any]:
    score, role = scored
    first, last, title = name_person(chance, company, role)
    mailbox = mailbox_of(chance, company, role, (first, last))
    interest, german = context
    return {
        "id": encode_id(chance.seed, Address(company.number, company.variant, role.slot)),
        "company_id": company.identifier,
        "first_name": first,
        "last_name": None if chance.uniform("last name missing", company.number, role.slot) < 0.015 else last,
        "job_title": None if chance.uniform("title missing", company.number, role.slot) < 0.03 else title,
        "email": mailbox.address if mailbox else None,
        "phone_number": _phone(chance, company, role),
        "linkedin_url": profile_link(chance, company, role, (first, last)),
        "qualification_score": int(score) if score == int(score) else score,
        "qualification_reason": _reason(company, role, interest, german=german),
        **_deliverability(mailbox),
    }


def _deliverability(mailbox: Mailbox | None) -> dict[str, Any]:
    return {
        "email_type": mailbox.kind if mailbox else None,
        "validation_confidence": mailbox.confidence if mailbox else None,
        "bounce_risk_score": mailbox.risk if mailbox else None,
    }


def _phone(chance: Chance, company: Company, role: Role) -> str | None:
    found = 0.2 + 0.05 * len(str(company.employees))
    if chance.uniform("own phone", company.number, role.slot) > found:
        return None
    kind = "mobile" if chance.uniform("mobile", company.number, role.slot) < 0.3 else "landline"
    return phone_number(chance, company, kind, role.slot + 1)


def _reason(company: Company, role: Role, interest: Interest, *, german: bool) -> str:
    texts = read_reasons()["de" if german else "en"]
    department = roles_source()["departments"][role.department]["de" if german else "en"]
    fit = interest.departments.get(role.department, 0.15)
    part = "wanted" if interest.named and fit >= 0.8 else "close" if fit >= 0.6 else "far"
    if role.department == "management" and company.employees < 25 and part == "far":
        part = "small"
    return f"{texts['level'][role.level]} {texts['department'][part].format(department=department)}"


def _language(profile: Mapping[str, Any]) -> str:
    return str(profile.get("output_language") or "en").lower()[:2]


@lru_cache(maxsize=1)
def read_reasons() -> dict[str, Any]:
    """Return the phrases of qualification reasons by language."""
    source: dict[str, Any] = read_json("qualification.json")
    return source


@lru_cache(maxsize=256)
def _interest(roles: Sequence[str], offering: str) -> Interest:
    words = roles_source()
    asked = [role.lower() for role in roles]
    departments = {name: 1.0 for name, keys in words["roles"].items() if _mentions(asked, keys)}
    levels = frozenset(level for level in LEVELS if _mentions(asked, words["levels"][level]))
    if not departments:
        hits = {name: _count_mentions(offering.lower(), keys) for name, keys in words["offering"].items()}
        most = max(hits.values(), default=0)
        departments = {name: 0.55 + 0.45 * count / most for name, count in hits.items() if count}
        departments.setdefault("management", 0.5)
    return Interest(departments, levels, named=bool(asked))


def _mentions(asked: Sequence[str], keys: Sequence[str]) -> bool:
    return any(re.search(rf"(?<!\w){re.escape(key)}(?!\w)", role) for role in asked for key in keys)


def _count_mentions(text: str, keys: Sequence[str]) -> int:
    return sum(
        1
        for key in keys
        if re.search(rf"(?<!\w){re.escape(key)}", text if len(key) > 3 else f"{text} ")
        and (len(key) > 3 or re.search(rf"(?<!\w){re.escape(key)}(?!\w)", text))
    )
