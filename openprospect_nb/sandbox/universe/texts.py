"""Descriptions in the language of the company's city, put together from reviewed phrases.

Every description ends with a sentence that says the company is invented.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from openprospect_nb.sandbox.universe.chance import Chance
from openprospect_nb.sandbox.universe.company import Company
from openprospect_nb.sandbox.universe.vocabulary import read_json, read_table

__all__ = ["describe"]

_MOST_CLAUSES = 2


def describe(chance: Chance, company: Company) -> str | None:
    """Return two to four sentences, or None for the few companies nothing was found about."""
    if chance.uniform("described", company.number) > 0.985 - (0 if company.website else 0.08):
        return None
    phrases = _phrases()[company.city.language]
    values = _values(chance, company, phrases)
    sentences = [chance.pick(phrases["openings"], "opening", company.number).format(**values)]
    clauses = [(name, phrases["clauses"][name]) for name in company.traits if name in phrases["clauses"]]
    order = sorted(clauses, key=lambda clause: chance.uniform(f"clause {clause[0]}", company.number))
    for name, options in order[:_MOST_CLAUSES]:
        if chance.uniform(f"clause shown {name}", company.number) < 0.7:
            sentences.append(chance.pick(options, "clause wording", company.number).format(**values))
    if company.known and chance.uniform("size told", company.number) < 0.35:
        sentences.append(chance.pick(phrases["size"], "size wording", company.number).format(**values))
    return " ".join([*(text[0].upper() + text[1:] for text in sentences), phrases["sandbox"]])


def _values(chance: Chance, company: Company, phrases: dict[str, Any]) -> dict[str, object]:
    return {
        "name": company.naming.short,
        "city": company.city.name,
        "year": company.founded,
        "count": company.employees,
        "sites": 2 + chance.below(5, "sites", company.number),
        "share": 20 + 5 * chance.below(12, "export share", company.number),
        **_business(chance, company, phrases["products"]),
    }


def _business(chance: Chance, company: Company, language: str) -> dict[str, object]:
    """Return label, area and products; languages other than English and German know the activity alone."""
    products = company.subtype.products.get(language)
    if products is None:
        return {"label": _activities()[company.subtype.key][language]}
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


@lru_cache(maxsize=1)
def _activities() -> dict[str, dict[str, str]]:
    return {row["key"]: row for row in read_table("activities.csv")}


@lru_cache(maxsize=1)
def _phrases() -> dict[str, dict[str, Any]]:
    source: dict[str, dict[str, Any]] = read_json("phrases.json")
    return source
