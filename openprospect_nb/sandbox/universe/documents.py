"""What is delivered of a company: the object of contract 4.4 with every feature, job listings and technologies.

Descriptions are in the language of its city; register numbers are such as no register has issued.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from openprospect_nb.sandbox.universe.chance import Chance
from openprospect_nb.sandbox.universe.company import Hit, UniverseCompany
from openprospect_nb.sandbox.universe.naming import activities, slug
from openprospect_nb.sandbox.universe.people import numbered, phone_number, write_prospects
from openprospect_nb.sandbox.universe.vocabulary import read_json, vocabulary

_MOST_CLAUSES = 2


def describe(chance: Chance, company: UniverseCompany) -> str | None:
    """Return two to four sentences, or None for the few companies nothing was found about."""
    if chance.uniform("described", company.number) > 0.985 - (0 if company.website else 0.08):
        return None
    phrases = read_json("phrases.json")[company.city.language]
    values = {
        "name": company.naming.short,
        "city": company.city.name,
        "year": company.founded,
        "count": company.employees,
        "sites": 2 + chance.below(5, "sites", company.number),
        "share": 20 + 5 * chance.below(12, "export share", company.number),
        **_business(chance, company, phrases["products"]),
    }
    sentences = [chance.pick(phrases["openings"], "opening", company.number).format(**values)]
    clauses = [(name, phrases["clauses"][name]) for name in company.traits if name in phrases["clauses"]]
    order = sorted(clauses, key=lambda clause: chance.uniform(f"clause {clause[0]}", company.number))
    for name, options in order[:_MOST_CLAUSES]:
        if chance.uniform(f"clause shown {name}", company.number) < 0.7:
            sentences.append(chance.pick(options, "clause wording", company.number).format(**values))
    if company.known and chance.uniform("size told", company.number) < 0.35:
        sentences.append(chance.pick(phrases["size"], "size wording", company.number).format(**values))
    return " ".join([*(text[0].upper() + text[1:] for text in sentences), phrases["sandbox"]])


def _business(chance: Chance, company: UniverseCompany, language: str) -> dict[str, object]:
    """Return label, area and products; languages other than English and German know the activity alone."""
    products = company.subtype.products.get(language)
    if products is None:
        return {"label": activities()[company.subtype.key][language]}
    turn = chance.below(len(products), "first product", company.number)
    turned = products[turn:] + products[:turn]
    german = language == "de"
    return {
        "label": company.subtype.de if german else company.subtype.en,
        "area": company.industry.de if german else company.industry.en,
        "p1": turned[0],
        "p2": turned[1],
        "p3": turned[2],
    }


# register -> (number pattern, name of the register); # stands for a digit
_PATTERNS = {
    "HRB": ("HRB 9#####", "Amtsgericht {city} (sandbox)"),
    "HRA": ("HRA 9#####", "Amtsgericht {city} (sandbox)"),
    "FN": ("FN 9#####zz", "Firmenbuchgericht {city} (sandbox)"),
    "CHE": ("CHE-000.###.###", "Handelsregister {city} (sandbox)"),
    "CRN": ("ZZ######", "Companies House (sandbox)"),
    "CRO": ("ZZ######", "Companies Registration Office (sandbox)"),
    "RCS": ("ZZ ### ### ###", "RCS {city} (sandbox)"),
    "KVK": ("ZZ######", "Kamer van Koophandel (sandbox)"),
}


def register_entry(chance: Chance, company: UniverseCompany) -> dict[str, Any]:
    """Return ``legal_registration_info``; its ``sandbox`` is always true, the number sometimes unknown."""
    pattern, court = _PATTERNS.get(company.form.register, ("ZZ########", "Register {city} (sandbox)"))
    digits = f"{chance.below(10**10, 'register number', company.number):010d}"
    is_registered = chance.uniform("register known", company.number) < 0.8 + 0.03 * len(str(company.employees))
    return {
        "sandbox": True,
        "legal_form": company.form.short,
        "register": company.form.register,
        "court": court.format(city=company.city.name),
        "registration_number": numbered(pattern, digits) if is_registered else None,
        "founded_year": company.founded,
        "nace_code": company.subtype.nace,
    }


def write_document(chance: Chance, company: UniverseCompany, hit: Hit, profile: Mapping[str, Any]) -> dict[str, Any]:
    """Return the full object; ``delivered_at`` and ``source_id`` are left to the order."""
    shown = company.domain if company.spelling.website else None
    tools = [vocabulary().technologies[i].name for i in company.technologies]
    return {
        "id": company.identifier,
        "name": company.spelling.name,
        "website_url": f"{company.spelling.prefix}{shown}" if shown else None,
        "normalized_url": shown,
        "business_type": company.subtype.en if chance.uniform("type known", company.number) < 0.985 else None,
        "city": company.spelling.city if chance.uniform("city known", company.number) < 0.985 else None,
        "country": company.country.names["en"],
        "description": describe(chance, company),
        "employee_count": _headcount(chance, company),
        "phone_numbers": _phones(chance, company),
        "social_media_links": _links(chance, company),
        "match_score": hit.match_score,
        "match_reasons": list(hit.match_reasons),
        "match_reasoning": hit.match_reasoning,
        "web_technologies": tools if company.website else None,
        "web_technologies_analyzed_at": analysed_at(chance, company) if company.website else None,
        "source_id": None,
        "delivered_at": None,
        "legal_registration_info": register_entry(chance, company),
        "prospects": write_prospects(chance, company, float(hit.match_score), profile),
    }


def analysed_at(chance: Chance, company: UniverseCompany) -> str:
    """Return when the website was last looked at: within the half year before June 2026."""
    day = chance.below(178, "analysed", company.number)
    month, rest = divmod(day, 30)
    minutes = chance.below(1440, "analysed minute", company.number)
    stamp = f"2026-{month + 1:02d}-{min(rest + 1, 28):02d}T{minutes // 60:02d}:{minutes % 60:02d}"
    return f"{stamp}:00.000000Z"


def _headcount(chance: Chance, company: UniverseCompany) -> int | None:
    if not company.known:
        return None
    if not company.variant:
        return company.employees
    return max(1, round(company.employees * (0.85 + 0.3 * chance.uniform("second count", company.number))))


def _phones(chance: Chance, company: UniverseCompany) -> list[str]:
    listed = 0.35 + 0.19 * len(str(company.employees)) + 0.04 * company.maturity
    if chance.uniform("phone listed", company.number) > listed:
        return []
    number = phone_number(chance, company, "landline")
    return [number] if number else []


def _links(chance: Chance, company: UniverseCompany) -> list[dict[str, str]]:
    name = slug(company.naming.short)
    links = []
    for platform, base in (("linkedin", 0.5), ("facebook", 0.3), ("instagram", 0.22), ("youtube", 0.1)):
        wanted = base + 0.09 * company.maturity + 0.03 * len(str(company.employees))
        if chance.uniform(f"link {platform}", company.number) < wanted:
            links.append({"platform": platform, "url": f"https://{platform}.example/company/{name}"})
    return links


_TODAY = datetime(2026, 6, 30, 8, 0, tzinfo=UTC)  # of the universe; no value depends on the clock


def write_jobs(chance: Chance, company: UniverseCompany) -> list[dict[str, Any]]:
    """Return job listings, newest first: several for firms that are hiring, few for the others, none for many."""
    appetite = len(str(company.employees)) * (1.6 if "hiring" in company.traits else 0.45)
    count = int(appetite * (0.3 + chance.uniform("jobs", company.number)))
    jobs = [_job(chance, company, slot) for slot in range(min(count, 12))]
    return sorted(jobs, key=lambda job: job["posted_at"] or "", reverse=True)


def write_technologies(chance: Chance, company: UniverseCompany) -> list[dict[str, Any]]:
    """Return name, category and confidence (0-100) of each technology seen on the website."""
    tools = vocabulary().technologies
    return [
        {
            "name": tools[index].name,
            "category": tools[index].label,
            "confidence": 60 + chance.below(41, f"seen {index}", company.number),
        }
        for index in company.technologies
    ]


def _job(chance: Chance, company: UniverseCompany, slot: int) -> dict[str, Any]:
    number = company.number
    departments = read_json("roles.json")["departments"]
    entry = departments[chance.pick(tuple(departments), "job department", number, slot)]
    level = "staff" if chance.uniform("job level", number, slot) < 0.6 else "manager"
    titles = entry["titles"][level]
    title = chance.pick(titles.get(company.city.language, titles["en"]), "job title", number, slot)
    suffix = " (m/w/d)" if company.city.language == "de" else ""
    age = timedelta(minutes=chance.below(240 * 1440, "job age", number, slot))
    identifier = uuid.UUID(
        int=chance.word("job id", number, slot) << 64 | chance.word("job id tail", number, slot), version=4
    )
    return {
        "id": str(identifier),
        "company_id": company.identifier,
        "title": f"{title}{suffix}",
        "location": company.city.name,
        "url": f"https://{company.domain}/jobs/{identifier.hex[:8]}" if company.domain else None,
        "posted_at": (_TODAY - age).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "is_active": age < timedelta(days=75),
    }
