"""The documented bounds of every request body, as rules that list all broken fields at once.

`ICP.problems` and the requests themselves use the same functions, so that they cannot disagree.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from openprospect_nb import contract
from openprospect_nb.errors import FieldProblem, ValidationError

Problems = list[FieldProblem]
UNSENDABLE = re.compile("[\0\ud800-\udfff]")
COMPANY_BOUNDS = {
    "company_name": contract.MAX_COMPANY_NAME,
    "external_id": contract.MAX_EXTERNAL_ID,
    "website_url": contract.MAX_URL,
    "city": contract.MAX_CITY,
    "country": contract.MAX_COUNTRY,
}


def refuse(problems: Iterable[FieldProblem], what: str) -> None:
    """Raise one ValidationError that lists all *problems*, if there are any; *what* names the thing refused."""
    if broken := list(problems):
        raise ValidationError(f"{what} was not sent", fields=broken)


def profile_problems(body: Mapping[str, Any]) -> Problems:
    """Return what is wrong with a profile description (contract 4.2)."""
    return [
        *text("profile_name", body.get("profile_name"), contract.MAX_PROFILE_NAME, required=True),
        *description_problems(body),
    ]


def description_problems(body: Mapping[str, Any]) -> Problems:
    """Return what is wrong with the fields that a profile and an inline order share."""
    return [
        *text("ideal_customer_profile", body.get("ideal_customer_profile"), contract.MAX_ICP_TEXT, required=True),
        *text("seller_offering", body.get("seller_offering"), contract.MAX_ICP_TEXT, required=True),
        # Any text: no document closes the list of countries, so an unknown one is advice (`advice.country_advice`).
        *texts("target_countries", body.get("target_countries"), contract.MAX_COUNTRY, least=1),
        *text("seller_industry", body.get("seller_industry"), contract.MAX_SELLER_INDUSTRY),
        *texts("target_cities", body.get("target_cities"), contract.MAX_CITY),
        *texts("target_industries", body.get("target_industries")),
        *texts("excluded_industries", body.get("excluded_industries")),
        *texts("contact_roles", body.get("contact_roles")),
        *text("output_language", body.get("output_language"), contract.MAX_LANGUAGE),
    ]


def option_problems(options: Mapping[str, Any]) -> Problems:
    """Return what is wrong with the options common to all orders (contract 4.3)."""
    priority, allowed = options.get("priority"), [None, *map(str, contract.Priority)]
    wrong = FieldProblem("priority", f"must be {' or '.join(contract.Priority)}", priority)
    return [
        *text("title", options.get("title"), contract.MAX_TITLE),
        *texts("features", options.get("features"), unique=True, least=0 if options.get("features") is None else 1),
        *texts("blacklist_ids", options.get("blacklist_ids")),
        *texts("contact_roles", options.get("contact_roles")),
        *text("output_language", options.get("output_language"), contract.MAX_LANGUAGE),
        *([] if priority in allowed else [wrong]),
        *_webhook_url(options.get("webhook_url")),
    ]


def quantity_problems(value: Any) -> Problems:
    """Return what is wrong with a number of briefings: an integer from 1 to 10,000."""
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= contract.MAX_BRIEFINGS:
        return []
    return [FieldProblem("briefing_quantity", f"must be a whole number from 1 to {contract.MAX_BRIEFINGS:,}", value)]


def company_problems(companies: Sequence[Mapping[str, Any]]) -> Problems:
    """Return what is wrong with the companies of an enrichment order: their number, and each field of each."""
    if not 1 <= len(companies) <= contract.MAX_COMPANIES:
        return [FieldProblem("companies", f"must be 1 to {contract.MAX_COMPANIES:,} companies", len(companies))]
    return [problem for number, company in enumerate(companies) for problem in _company("companies", number, company)]


def entry_problems(entries: Sequence[Mapping[str, Any]]) -> Problems:
    """Return what is wrong with blacklist entries: each field of each; any number may be added, in several requests."""
    if not entries:
        return [FieldProblem("entries", "must be at least one company", 0)]
    return [problem for number, entry in enumerate(entries) for problem in _company("entries", number, entry)]


def text(field: str, value: Any, most: int, *, required: bool = False) -> Problems:
    """Return what is wrong with one text: its type, its absence if *required*, its length, what cannot be sent."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return [FieldProblem(field, "is required", value)] if required else []
    if not isinstance(value, str):
        return [FieldProblem(field, f"must be text, not {type(value).__name__}", value)]
    if len(value) > most:
        return [FieldProblem(field, f"has {len(value):,} characters, at most {most:,} are allowed", value)]
    match = UNSENDABLE.search(value)
    if match is None:
        return []
    what = "a NUL character" if match[0] == "\0" else f"half a character (surrogate U+{ord(match[0]):04X})"
    return [
        FieldProblem(field, f"has {what} at position {match.start() + 1:,}, which cannot be sent; remove it", value)
    ]


def texts(field: str, value: Any, most: int | None = None, *, least: int = 0, unique: bool = False) -> Problems:
    """Return what is wrong with a list of texts: its type, its size, and each member."""
    if value is None:
        return [FieldProblem(field, "is required", value)] if least else []
    if isinstance(value, str) or not isinstance(value, Sequence):
        return [FieldProblem(field, f"must be a list of texts, not {type(value).__name__}", value)]
    if len(value) < least:
        return [FieldProblem(field, f"needs at least {least}", list(value))]
    problems = [
        problem
        for number, member in enumerate(value)
        for problem in text(f"{field}[{number}]", member, most or contract.MAX_ICP_TEXT, required=True)
    ]
    if unique and not problems and len(set(value)) < len(value):
        return [FieldProblem(field, "must not repeat a value", list(value))]
    return problems


def _company(what: str, number: int, company: Mapping[str, Any]) -> Problems:
    return [
        problem
        for field, most in COMPANY_BOUNDS.items()
        for problem in text(f"{what}[{number}].{field}", company.get(field), most, required=field == "company_name")
    ]


def _webhook_url(value: Any) -> Problems:
    problems = text("webhook_url", value, contract.MAX_URL)
    if problems or value is None:
        return problems
    try:
        parts = urlsplit(value)
        is_address = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:  # a bracket that does not close, as in http://[::1
        is_address = False
    return [] if is_address else [FieldProblem("webhook_url", "must be an http(s) address", value)]
