"""Pages of invented companies for the decode benchmarks: about 2.6 kB a company, compact UTF-8, as servers send them.

Prose is drawn from German, Swedish and English words, so some texts are ASCII and some are not; every optional field
is sometimes null. Same seed, same bytes.
"""

import json
import random

_WORDS = [
    "Anlagenbau",
    "Förderanlagen",
    "Großküchen",
    "Prüftechnik",
    "Maschinenbau",
    "für",
    "die",
    "und",
    "mit",
    "aus",
    "dem",
    "der",
    "kundenspezifische",
    "Lösungen",
    "Qualität",
    "Größen",
    "Übergabe",
    "export",
    "retrofit",
    "welding",
    "cell",
    "integrator",
    "packaging",
    "conveyor",
    "sensor",
    "vision",
    "line",
    "service",
    "plant",
    "automation",
    "machine",
    "builder",
    "logistics",
    "warehouse",
    "controls",
    "cabinet",
    "spare",
    "parts",
    "maintenance",
    "engineering",
    "family",
    "owned",
    "since",
    "founded",
    "employees",
    "sites",
    "customers",
    "food",
    "pharma",
    "automotive",
    "livsmedel",
    "tillverkning",
    "svetsning",
    "företag",
    "kunder",
]
_CITIES = (
    ("München", "Germany"),
    ("Graz", "Austria"),
    ("Uppsala", "Sweden"),
    ("Zürich", "Switzerland"),
    ("Lyon", "France"),
)
_TECH = ("TYPO3", "nginx", "HubSpot", "Matomo", "WordPress", "Google Tag Manager", "jQuery", "Shopware", "Cloudflare")
_TITLES = ("Geschäftsführer", "Head of Sales", "Leiter Einkauf", "Chief Technology Officer", "Produktionsleiter")


def pages(count: int, seed: int = 7, *, per_page: int = 100, people: int | None = None) -> list[bytes]:
    """Return *count* conforming pages; *people* fixes the prospects of each company, else 0 to 5."""
    chance = random.Random(seed)
    total = count * per_page
    made = []
    for number in range(count):
        items = [_company(chance, number * per_page + n, people) for n in range(per_page)]
        body = {
            "items": items,
            "total": total,
            "limit": per_page,
            "offset": number * per_page,
            "has_more": number < count - 1,
        }
        made.append(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode())
    return made


def _company(chance: random.Random, number: int, people: int | None) -> dict[str, object]:
    identity = _uuid(chance)
    domain = f"firma-{number}.example"
    city, country = chance.choice(_CITIES)
    staff = chance.choice((0, 1, 1, 2, 2, 3, 5)) if people is None else people
    return {
        "id": identity,
        "name": f"{_text(chance, 2).title()} {chance.choice(('GmbH', 'AB', 'AG', 'GmbH & Co. KG'))}",
        "website_url": f"https://www.{domain}/",
        "normalized_url": domain,
        "business_type": _text(chance, 2),
        "city": city,
        "country": country,
        "description": _text(chance, chance.randint(40, 80)),
        "employee_count": chance.choice((None, chance.randint(5, 5000), chance.randint(5, 500))),
        "phone_numbers": [f"+49 89 {chance.randint(100_000, 9_999_999)}" for _ in range(chance.randint(0, 2))],
        "social_media_links": [{"platform": "linkedin", "url": f"https://social.example/{number}"}]
        * chance.randint(0, 2),
        "match_score": chance.choice((None, 9, 8.5, 7.25, 6)),
        "match_reasons": [_text(chance, 2) for _ in range(chance.randint(0, 4))],
        "match_reasoning": _text(chance, chance.randint(30, 60)),
        "web_technologies": chance.choice((None, chance.sample(_TECH, chance.randint(1, 6)))),
        "web_technologies_analyzed_at": chance.choice((None, _moment(chance))),
        "source_id": None,
        "delivered_at": _moment(chance),
        "legal_registration_info": chance.choice((None, _registration(chance, city))),
        "prospects": [_prospect(chance, identity, domain) for _ in range(staff)],
    }


def _prospect(chance: random.Random, company: str, domain: str) -> dict[str, object]:
    number = chance.randint(1, 10**6)
    return {
        "id": _uuid(chance),
        "company_id": company,
        "first_name": chance.choice(("Maja", "Jürgen", "Åsa", "Peter", "Zoë")),
        "last_name": chance.choice(("Lindqvist", "Müller", "Gruber", "Sjöberg", None)),
        "job_title": chance.choice(_TITLES),
        "email": chance.choice((None, f"person{number}@{domain}", f"person{number}@{domain}")),
        "phone_number": chance.choice((None, f"+46 18 {number}")),
        "linkedin_url": chance.choice((None, f"https://social.example/in/{number}")),
        "qualification_score": chance.choice((None, 8, 7.5, 3)),
        "qualification_reason": _text(chance, chance.randint(8, 16)),
        "email_type": chance.choice((None, "PERSONAL")),
        "validation_confidence": chance.choice((None, chance.randint(0, 100))),
        "bounce_risk_score": chance.choice((None, chance.randint(0, 100))),
    }


def _registration(chance: random.Random, city: str) -> dict[str, object]:
    capital = {"amount": chance.randint(25, 999) * 1000.0, "currency": "EUR"}
    return {"court": f"Amtsgericht {city}", "number": f"HRB {chance.randint(1, 99_999)}", "capital": capital}


def _text(chance: random.Random, words: int) -> str:
    return " ".join(chance.choices(_WORDS, k=words))


def _uuid(chance: random.Random) -> str:
    digits = f"{chance.getrandbits(128):032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _moment(chance: random.Random) -> str:
    month, day, minute, micro = (chance.randint(*span) for span in ((1, 9), (10, 28), (10, 59), (0, 999_999)))
    return f"2026-0{month}-{day}T09:{minute}:00.{micro:06d}Z"
