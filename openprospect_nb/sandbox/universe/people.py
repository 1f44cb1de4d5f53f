"""The invented people of a company: who exists, whatever the profile; which of them are delivered is decided later.

Names combine the most common first and last names of a language, so that a pair identifies nobody.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from math import gcd
from typing import Any

from openprospect_nb.sandbox.universe.chance import Chance
from openprospect_nb.sandbox.universe.company import Company
from openprospect_nb.sandbox.universe.vocabulary import read_json

__all__ = ["LEVELS", "Role", "name_person", "roles_of", "roles_source"]

LEVELS = ("top", "head", "manager", "staff")
_FEMININE = re.compile(
    r"(leiter|führer|Inhaber|Gesellschafter|käufer|Konstrukteur|Disponent|prüfer|planer|berater|referent|Referent"
    r"|halter|mitarbeiter|betreuer|administrator|Redakteur|Prokurist|Leiter)(?=\b)"
)


@dataclass(frozen=True, slots=True)
class Role:
    """A person's place in a company: slot (0 is the head of the firm), department and level."""

    slot: int
    department: str
    level: str


def roles_of(chance: Chance, company: Company) -> list[Role]:
    """Return everyone the index knows at a company; two in the smallest firms, nine in the largest."""
    size = company.employees
    count = 2 if size < 5 else 3 if size < 10 else 5 if size < 50 else 7 if size < 250 else 9
    names, edges = _departments(company.industry.key)
    roles = [Role(0, "management", "top" if chance.uniform("boss", company.number) < 0.88 else "head")]
    for slot in range(1, count):
        draw = chance.uniform("department", company.number, slot) * edges[-1]
        department = next(name for name, edge in zip(names, edges, strict=True) if draw < edge)
        level = _level(chance.uniform("level", company.number, slot), size)
        if all((role.department, role.level) != (department, level) for role in roles):
            roles.append(Role(slot, department, level))
    return roles


def name_person(chance: Chance, company: Company, role: Role) -> tuple[str, str, str]:
    """Return first name, last name and job title, in the language of the company's city where one is listed."""
    source = _names()
    pool = source["pools"][_pool_of(company)]
    female = chance.uniform("gender", company.number, role.slot) < 0.42
    firsts = pool["female" if female else "male"]
    first = _nth(chance, firsts, "first name", (company.number, role.slot))
    lasts = pool.get("last_female", pool["last"]) if female else pool["last"]
    last = _nth(chance, lasts, "last name", (company.number, role.slot))
    while (first, last) in _too_famous():
        first = firsts[(firsts.index(first) + 1) % len(firsts)]
    return first, last, _title(chance, company, role, female=female)


def _nth(chance: Chance, names: Sequence[str], field: str, place: tuple[int, int]) -> str:
    """Return another name for every slot of a company, so that no two of its people share a mailbox."""
    number, slot = place
    size = len(names)
    step = 1 + chance.below(size - 1, f"{field} step", number)
    while gcd(step, size) != 1:
        step += 1
    return names[(chance.below(size, field, number) + slot * step) % size]


@lru_cache(maxsize=1)
def roles_source() -> dict[str, Any]:
    """Return departments, titles and the words that point at them."""
    source: dict[str, Any] = read_json("roles.json")
    return source


def _pool_of(company: Company) -> str:
    if company.country.code == "CH" and company.city.language in {"fr", "it"}:
        return company.city.language
    return str(_names()["countries"][company.country.code])


def _level(draw: float, size: int) -> str:
    top = 0.04 if size < 100 else 0.12
    if draw < top:
        return "top"
    if draw < top + 0.42:
        return "head"
    return "manager" if draw < top + 0.78 else "staff"


def _title(chance: Chance, company: Company, role: Role, *, female: bool) -> str:
    titles = roles_source()["departments"][role.department]["titles"][role.level]
    language = company.city.language
    if language not in titles:
        language = "en"
    title: str = chance.pick(titles[language], "title", company.number, role.slot)
    if language != "de" or not female:
        return title
    feminine = re.sub(r"\b(Geschäftsführend|Technisch|Kaufmännisch|Strategisch)er\b", r"\1e", title)
    return _FEMININE.sub(lambda match: match[1] + "in", feminine)


@lru_cache(maxsize=64)
def _departments(industry: str) -> tuple[tuple[str, ...], tuple[float, ...]]:
    source = roles_source()["departments"]
    weights = [entry["weight"] * entry["lift"].get(industry, 1.0) for entry in source.values()]
    return tuple(source), tuple(accumulate(weights))


@lru_cache(maxsize=1)
def _names() -> dict[str, Any]:
    source: dict[str, Any] = read_json("names.json")
    return source


@lru_cache(maxsize=1)
def _too_famous() -> frozenset[tuple[str, str]]:
    return frozenset((first, last) for first, last in read_json("famous_pairs.json"))
