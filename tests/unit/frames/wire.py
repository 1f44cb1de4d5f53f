"""Pages as a server would send them, built field by field from raw JSON texts, so that any oddity can be placed."""

import json


def company(number=0, people=1, **fields):
    """Return a conforming company as field → raw JSON text; *fields* replaces some, None leaves one out."""
    record = {
        "id": f'"c{number}"',
        "name": '"Fjordarm Automation AB"',
        "website_url": '"https://www.fjordarm.example"',
        "normalized_url": '"fjordarm.example"',
        "business_type": '"Robotics integrator"',
        "city": '"Uppsala"',
        "country": '"Sweden"',
        "description": '"Builds robot cells for \\"food\\" packaging."',
        "employee_count": "64",
        "phone_numbers": '["+46 18 000 00 00"]',
        "social_media_links": '[{"platform":"linkedin","url":"https://social.example/fjordarm"}]',
        "match_score": "8.5",
        "match_reasons": '["Industry","Headcount"]',
        "match_reasoning": '"Fits vertical and size."',
        "web_technologies": "null",
        "web_technologies_analyzed_at": "null",
        "source_id": "null",
        "delivered_at": f'"2026-05-06T09:15:{number % 60:02d}.000000Z"',
        "legal_registration_info": '{"court":"Uppsala","number":12345678901234567890123}',
        "prospects": listed(prospect(f"{number}-{n}", company_id=f'"c{number}"') for n in range(people)),
    }
    return replaced(record, fields)


def prospect(number="0", **fields):
    """Return a conforming prospect as field → raw JSON text."""
    record = {
        "id": f'"p{number}"',
        "company_id": '"c0"',
        "first_name": '"Maja"',
        "last_name": '"Lindqvist"',
        "job_title": '"Head of Sales"',
        "email": '"maja@fjordarm.example"',
        "phone_number": "null",
        "linkedin_url": "null",
        "qualification_score": "8",
        "qualification_reason": '"Owns the budget"',
        "email_type": '"PERSONAL"',
        "validation_confidence": "91",
        "bounce_risk_score": "6",
    }
    return replaced(record, fields)


def replaced(record, fields):
    """Return *record* with some raw texts replaced, added or (None) left out."""
    return {name: raw for name, raw in {**record, **fields}.items() if raw is not None}


def rendered(record):
    """Return a record as JSON text."""
    return "{" + ",".join(f"{json.dumps(name)}:{raw}" for name, raw in record.items()) + "}"


def listed(records):
    """Return records as a JSON list."""
    return "[" + ",".join(rendered(record) for record in records) + "]"


def page(records, list_key="items", **envelope):
    """Return a page as bytes; *envelope* adds or replaces raw texts beside the list."""
    rest = {"total": str(len(records)), "limit": "100", "offset": "0", "has_more": "false", **envelope}
    return rendered({list_key: listed(records), **rest}).encode("utf-8", errors="surrogatepass")
