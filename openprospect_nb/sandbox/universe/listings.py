"""Job listings and technology details of a company, in the item shapes of contract 4.5."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from openprospect_nb.sandbox.universe.chance import Chance
from openprospect_nb.sandbox.universe.company import Company
from openprospect_nb.sandbox.universe.people import roles_source
from openprospect_nb.sandbox.universe.vocabulary import vocabulary

__all__ = ["write_jobs", "write_technologies"]

_TODAY = datetime(2026, 6, 30, 8, 0, tzinfo=UTC)  # of the universe; no value depends on the clock


def write_jobs(chance: Chance, company: Company) -> list[dict[str, Any]]:
    """Return job listings, newest first: several for firms that are hiring, few for the others, none for many."""
    appetite = len(str(company.employees)) * (1.6 if "hiring" in company.traits else 0.45)
    count = int(appetite * (0.3 + chance.uniform("jobs", company.number)))
    jobs = [_job(chance, company, slot) for slot in range(min(count, 12))]
    return sorted(jobs, key=lambda job: job["posted_at"] or "", reverse=True)


def write_technologies(chance: Chance, company: Company) -> list[dict[str, Any]]:
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


def _job(chance: Chance, company: Company, slot: int) -> dict[str, Any]:
    number = company.number
    departments = roles_source()["departments"]
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
