"""What the sandbox knows of a company someone submits: a universe record for its own, careful placeholders for others.

A submitted company may be real. Nothing is then invented that could be read as a fact about it: no person, no mailbox
at its domain, no register number, no profile link, no judgement. What is filled in is named in ``synthetic_fields``,
and spelling variants of one company get one answer.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from typing import Any

from openprospect_nb.sandbox.market.catalogue import Universe
from openprospect_nb.sandbox.market.icp import Criteria, parse_profile, resolve_countries
from openprospect_nb.sandbox.market.lookup import find_domain, find_name
from openprospect_nb.sandbox.market.matching import score_company
from openprospect_nb.sandbox.market.normalise import city_key, name_key, registrable_domain
from openprospect_nb.sandbox.universe.chance import Chance
from openprospect_nb.sandbox.universe.documents import analysed_at
from openprospect_nb.sandbox.universe.naming import slug
from openprospect_nb.sandbox.universe.people import interest_of
from openprospect_nb.sandbox.universe.vocabulary import read_json, vocabulary


def write_placeholders(
    universe: Universe, key: int, company_id: str, company: Mapping[str, Any], profile: Mapping[str, Any] | None
) -> list[dict[str, Any]]:
    """Return one to three Prospect objects that stand for roles, such as "Sandbox Contact 1, Head of IT".

    Args:
        universe: the source of chance.
        key: the submitted company's key.
        company_id: the id it is delivered under.
        company: as submitted; only its website or name is used, for the invented ``.example`` domain.
        profile: whose contact roles and offering decide on the departments; None takes management and the like.
    """
    wanted = interest_of(profile or {}).departments
    names = [*sorted(wanted, key=lambda name: (-wanted[name], name)), "management", "finance", "it"]
    count = 1 + universe.chance.below(3, "placeholders", key)
    website = str(company.get("website_url") or "")
    host = website.partition("//")[2].removeprefix("www.").partition("/")[0] or str(company.get("company_name") or "")
    domain = f"{slug(host)[:50].strip('-') or 'submitted'}.example"
    return [
        _placeholder(universe.chance, key, slot, company_id, domain, department)
        for slot, department in enumerate(list(dict.fromkeys(names))[:count], start=1)
    ]


def _placeholder(chance: Chance, key: int, slot: int, company_id: str, domain: str, department: str) -> dict[str, Any]:
    level = "top" if department == "management" else "head"
    bits = chance.word("placeholder", key, slot) << 64 | chance.word("placeholder tail", key, slot)
    score = round(5 + 4 * chance.uniform("placeholder score", key, slot), 1)
    return {
        "id": str(uuid.UUID(int=bits, version=4)),
        "company_id": company_id,
        "first_name": "Sandbox",
        "last_name": f"Contact {slot}",
        "job_title": read_json("roles.json")["departments"][department]["titles"][level]["en"][0],
        "email": f"sandbox-{key % 10_000:04d}-{slot}@{domain}",
        "phone_number": None,
        "linkedin_url": None,
        "qualification_score": int(score) if score == int(score) else score,
        "qualification_reason": "A role placeholder of the sandbox; no person was looked up.",
        "email_type": "GENERIC",
        "validation_confidence": 40 + chance.below(50, "placeholder confidence", key, slot),
        "bounce_risk_score": 5 + chance.below(60, "placeholder risk", key, slot),
    }


NOT_FOUND = 0.08  # share of submitted companies nothing is found about
_LEFT_OPEN = ("description", "employee_count", "phone_numbers", "social_media_links", "match_score", "match_reasons",
              "match_reasoning", "web_technologies", "web_technologies_analyzed_at", "source_id", "delivered_at",
              "legal_registration_info")  # fmt: skip


def enrich(universe: Universe, company: Mapping[str, Any], profile: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the Company object of contract 4.4 for a submitted company (fields of contract 4.3).

    Given fields come back exactly as given. A company of the universe, known by its ``.example`` domain or by name and
    city, gets its own record; about 8 in 100 others are not found: their record holds the given fields and nulls.
    """
    domain = registrable_domain(company.get("website_url"))
    number = _find(universe, company, domain)
    if number is not None:
        hit = score_company(universe, profile or {}, number)
        record = universe.document(hit, profile or {})
        if profile is None:
            record.update(match_score=None, match_reasons=None, match_reasoning=None)
        given = {name: value for name, value in _given(company, record["normalized_url"]).items() if value is not None}
        return record | given
    # one key for all spellings of a company, so that they get one answer
    spelling = domain or f"{name_key(company.get('company_name'))}|{city_key(company.get('city'))}"
    key = int.from_bytes(hashlib.blake2b(spelling.encode(), digest_size=6).digest(), "big")
    unknown = dict.fromkeys(_LEFT_OPEN) | {"prospects": []}
    record = {"id": _identifier(universe.seed, key), **_given(company, domain), **unknown}
    if universe.chance.uniform("not found", key) >= NOT_FOUND:
        record.update(_synthesise(universe, company, key, domain, profile))
    return record


def _find(universe: Universe, company: Mapping[str, Any], domain: str | None) -> int | None:
    """Return the sandbox company that was submitted: of the market, else of the panel, which older orders came from."""
    if domain is not None:
        if not domain.endswith(".example"):
            return None
        number = find_domain(universe, domain)
        return universe.panel.number_of_domain(domain) if number is None else number
    name, city = company.get("company_name") or "", company.get("city")
    number = find_name(universe, name, city)
    if number is None:
        number = universe.panel.number_of_name(name_key(name))
    if number is None or (city and city_key(universe.company(number).city.name) != city_key(city)):
        return None
    return number


def _given(company: Mapping[str, Any], domain: str | None) -> dict[str, Any]:
    return {
        "name": company.get("company_name"),
        "website_url": company.get("website_url"),
        "normalized_url": domain,
        "business_type": None,  # nobody submits one; it stands here for the order of the fields
        "city": company.get("city"),
        "country": company.get("country"),
    }


def _synthesise(
    universe: Universe,
    company: Mapping[str, Any],
    key: int,
    domain: str | None,
    profile: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """Fill what a demonstration needs from an invented donor of the same trade and country, and say so."""
    read = parse_profile({"ideal_customer_profile": company.get("company_name") or ""})
    countries = resolve_countries([company["country"]] if company.get("country") else [])
    donors = universe.donors(countries, frozenset(read.subtypes))
    donor = universe.company(donors[key % len(donors)])
    texts = read_json("enrichment.json")
    text = texts.get(donor.city.language, texts["en"])
    filled = {
        "business_type": _business_type(read),
        "description": text["description"].format(name=company.get("company_name")),
        "employee_count": donor.employees,
        "phone_numbers": [],
        "social_media_links": [],
        "web_technologies": [vocabulary().technologies[i].name for i in donor.technologies] if domain else None,
        "web_technologies_analyzed_at": analysed_at(universe.chance, donor) if domain else None,
        "prospects": write_placeholders(universe, key, _identifier(universe.seed, key), company, profile),
        **_match(universe, key, text, wanted=profile is not None),
    }
    synthetic = sorted(name for name, value in filled.items() if value not in (None, []))
    filled["legal_registration_info"] = {
        "sandbox": True,
        "registration_number": None,
        "reason": text["register"],
        "synthetic_fields": synthetic,
    }
    return filled


def _match(universe: Universe, key: int, text: Mapping[str, str], *, wanted: bool) -> dict[str, Any]:
    """Return a score that says nothing about the company, and a sentence that says so."""
    if not wanted:
        return {}
    score = round(4 + 4.5 * universe.chance.uniform("synthetic match", key), 1)
    return {
        "match_score": int(score) if score == int(score) else score,
        "match_reasons": [text["reason"]],
        "match_reasoning": text["reasoning"],
    }


def _business_type(read: Criteria) -> str | None:
    lists = vocabulary()
    if read.subtypes:
        return lists.subtypes[max(read.subtypes, key=lambda index: (read.subtypes[index], -index))].en
    return lists.industries[min(read.industries)].en if read.industries else None


def _identifier(seed: int, key: int) -> str:
    digest = hashlib.blake2b(f"{seed}|submitted|{key}".encode(), digest_size=16).digest()
    return str(uuid.UUID(bytes=digest, version=4))
