"""The Company object of contract 4.4 for a found company, with every feature filled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from openprospect_nb.sandbox.universe.chance import Chance
from openprospect_nb.sandbox.universe.company import Company
from openprospect_nb.sandbox.universe.contacts import phone_number
from openprospect_nb.sandbox.universe.hits import Hit
from openprospect_nb.sandbox.universe.naming import slug
from openprospect_nb.sandbox.universe.prospects import write_prospects
from openprospect_nb.sandbox.universe.registers import register_entry
from openprospect_nb.sandbox.universe.texts import describe
from openprospect_nb.sandbox.universe.vocabulary import vocabulary

__all__ = ["analysed_at", "write_document"]


def write_document(chance: Chance, company: Company, hit: Hit, profile: Mapping[str, Any]) -> dict[str, Any]:
    """Return the full object; ``delivered_at`` and ``source_id`` are left to the order."""
    return {
        "id": company.identifier,
        "name": company.spelling.name,
        **_web(company),
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
        "web_technologies": _technologies(company),
        "web_technologies_analyzed_at": analysed_at(chance, company) if company.website else None,
        "source_id": None,
        "delivered_at": None,
        "legal_registration_info": register_entry(chance, company),
        "prospects": write_prospects(chance, company, float(hit.match_score), profile),
    }


def analysed_at(chance: Chance, company: Company) -> str:
    """Return when the website was last looked at: within the half year before June 2026."""
    day = chance.below(178, "analysed", company.number)
    month, rest = divmod(day, 30)
    minutes = chance.below(1440, "analysed minute", company.number)
    stamp = f"2026-{month + 1:02d}-{min(rest + 1, 28):02d}T{minutes // 60:02d}:{minutes % 60:02d}"
    return f"{stamp}:00.000000Z"


def _web(company: Company) -> dict[str, str | None]:
    shown = company.domain if company.spelling.website else None
    return {"website_url": f"{company.spelling.prefix}{shown}" if shown else None, "normalized_url": shown}


def _headcount(chance: Chance, company: Company) -> int | None:
    if not company.known:
        return None
    if not company.variant:
        return company.employees
    return max(1, round(company.employees * (0.85 + 0.3 * chance.uniform("second count", company.number))))


def _phones(chance: Chance, company: Company) -> list[str]:
    listed = 0.35 + 0.19 * len(str(company.employees)) + 0.04 * company.maturity
    if chance.uniform("phone listed", company.number) > listed:
        return []
    number = phone_number(chance, company, "landline")
    return [number] if number else []


def _links(chance: Chance, company: Company) -> list[dict[str, str]]:
    name = slug(company.naming.short)
    links = []
    for platform, base in (("linkedin", 0.5), ("facebook", 0.3), ("instagram", 0.22), ("youtube", 0.1)):
        wanted = base + 0.09 * company.maturity + 0.03 * len(str(company.employees))
        if chance.uniform(f"link {platform}", company.number) < wanted:
            links.append({"platform": platform, "url": f"https://{platform}.example/company/{name}"})
    return links


def _technologies(company: Company) -> list[str] | None:
    if not company.website:
        return None
    return [vocabulary().technologies[i].name for i in company.technologies]
