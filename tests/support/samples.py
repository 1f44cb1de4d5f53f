"""Invented results for charts and reports: companies under .example, names that identify nobody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import polars as pl

from openprospect_nb.frames.results import Results
from openprospect_nb.frames.schemas import COMPANIES, PROSPECTS

DELIVERED = datetime(2026, 5, 6, 9, 15, tzinfo=UTC)
FIRST = ("Maja", "Jonas", "Lea", "Émile", "Søren", "Zoë")
LAST = ("Lindqvist", "Berger", "Weiß", "O'Brien", "van den Berg", "Müller-Lüdenscheidt", None)


def make_results(companies: int = 60, *, order_id: str = "order-1", seed: int = 7) -> Results:
    """Return one sandbox order with *companies* companies and up to four prospects each, the same for the same seed."""
    random = Random(seed)
    rows = [_company(random, order_id, number) for number in range(companies)]
    people = [
        _prospect(random, order_id, number, each) for number in range(companies) for each in range(random.randint(0, 4))
    ]
    return Results(
        companies=pl.DataFrame(rows, schema=COMPANIES),
        prospects=pl.DataFrame(people, schema=PROSPECTS),
        provenance=_provenance(order_id, companies),
    )


def _company(random: Random, order_id: str, number: int) -> dict[str, Any]:
    host = f"firm{number}.example"
    return {
        "order_id": order_id,
        "id": f"{order_id}-c{number}",
        "name": f"{random.choice(('Fjordarm', 'Elbtal', 'Nordlicht', 'Brückner & Weg'))} {number} GmbH",
        "website_url": f"https://www.{host}/about" if random.random() < 0.9 else None,
        "normalized_url": host,
        "business_type": random.choice(("Robotics integrator", "Machine builder", None)),
        "city": random.choice(("Stuttgart", "Wien", "Zürich", None)),
        "country": random.choice(("Germany", "Austria", "Switzerland")),
        "description": "Builds robot cells for food packaging.",
        "employee_count": random.choice((None, 12, 40, 64, 120, 560)),
        "phone_numbers": ["+49 30 23125 001"],
        "match_score": None if random.random() < 0.06 else round(min(10, max(0, random.gauss(6.3, 1.7))), 1),
        "match_reasons": random.sample(("Industry", "Headcount", "Region", "Technology"), random.randint(0, 3)),
        "web_technologies": random.sample(("Shopware", "SAP", "WordPress", "React"), random.randint(0, 3)),
        "delivered_at": DELIVERED + timedelta(milliseconds=number),
        "source": "sandbox",
    }


def _prospect(random: Random, order_id: str, company: int, number: int) -> dict[str, Any]:
    has_email = random.random() < 0.8
    risk = random.choice((1.0, 3.5, 7.0, 18.0, 42.0, 81.0))
    return {
        "order_id": order_id,
        "company_id": f"{order_id}-c{company}",
        "id": f"{order_id}-p{company}-{number}",
        "first_name": random.choice(FIRST),
        "last_name": random.choice(LAST),
        "job_title": random.choice(("CEO", "Head of Sales", "Geschäftsführerin", "IT-Leiter", None)),
        "email": f"person{number}@firm{company}.example" if has_email else None,
        "phone_number": f"+49 89 99998 {random.randint(0, 999):03d}" if random.random() < 0.5 else None,
        "linkedin_url": f"https://linkedin.example/in/p{company}-{number}" if random.random() < 0.5 else None,
        "qualification_score": None if random.random() < 0.08 else float(random.choice((3, 5, 6.5, 8, 9, 10))),
        "qualification_reason": "Owns the budget",
        "email_type": "PERSONAL" if has_email else None,
        "validation_confidence": None if random.random() < 0.1 else random.choice((95.0, 88.0, 70.0, 40.0)),
        "bounce_risk_score": risk if has_email and random.random() < 0.9 else None,
        "source": "sandbox",
    }


def _provenance(order_id: str, companies: int) -> dict[str, Any]:
    return {
        "orders": [
            {
                "order_id": order_id,
                "order_type": "DISCOVERY",
                "title": "Robots, spring",
                "status": "COMPLETED",
                "company_count": companies,
                "briefing_quantity": companies,
                "estimated_cost": {"total": 90.5, "currency": "EUR"},
                "created_at": "2026-05-04T08:00:00.000000Z",
                "completed_at": "2026-05-06T09:15:00.000000Z",
            }
        ],
        "icp": {
            "profile_name": "DACH robotics",
            "ideal_customer_profile": "Machine builders and robotics integrators with 50 to 500 employees.",
            "seller_offering": "Vision software for robot cells.",
            "target_countries": ["DE", "AT", "CH"],
        },
        "icp_hash": "9f3a5c",
        "fetched_at": "2026-05-06T10:00:00Z",
        "source": "sandbox",
        "versions": {"openprospect_nb": "0.1.0"},
    }
