"""The invented people of a company: who exists, how they are reached, and which are delivered for a profile.

Names combine the most common first and last names of a language, so that a pair identifies nobody. Mailboxes stand
under ``.example``, phone numbers are such as no subscriber has.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from math import gcd
from typing import Any, NamedTuple

from openprospect_nb.sandbox.universe.chance import Chance
from openprospect_nb.sandbox.universe.company import UniverseCompany
from openprospect_nb.sandbox.universe.identity import Address, encode_id
from openprospect_nb.sandbox.universe.naming import slug
from openprospect_nb.sandbox.universe.vocabulary import Phone, read_json, vocabulary

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


def roles_of(chance: Chance, company: UniverseCompany) -> list[Role]:
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


class InventedPerson(NamedTuple):
    """An invented person's first and last name and job title."""

    first: str
    last: str
    title: str


def name_person(chance: Chance, company: UniverseCompany, role: Role) -> InventedPerson:
    """Return who has a role, named in the language of the company's city where one is listed."""
    names = read_json("names.json")
    is_other_swiss = company.country.code == "CH" and company.city.language in {"fr", "it"}
    pool = names["pools"][company.city.language if is_other_swiss else names["countries"][company.country.code]]
    female = chance.uniform("gender", company.number, role.slot) < 0.42
    firsts = pool["female" if female else "male"]
    first = _nth(chance, firsts, "first name", company.number, role.slot)
    lasts = pool.get("last_female", pool["last"]) if female else pool["last"]
    last = _nth(chance, lasts, "last name", company.number, role.slot)
    while (first, last) in _too_famous():
        first = firsts[(firsts.index(first) + 1) % len(firsts)]
    return InventedPerson(first, last, _title(chance, company, role, female=female))


def _nth(chance: Chance, names: Sequence[str], field: str, number: int, slot: int) -> str:
    """Return another name for every slot of a company, so that no two of its people share a mailbox."""
    size = len(names)
    step = 1 + chance.below(size - 1, f"{field} step", number)
    while gcd(step, size) != 1:
        step += 1
    return names[(chance.below(size, field, number) + slot * step) % size]


def _level(draw: float, size: int) -> str:
    top = 0.04 if size < 100 else 0.12
    if draw < top:
        return "top"
    if draw < top + 0.42:
        return "head"
    return "manager" if draw < top + 0.78 else "staff"


def _title(chance: Chance, company: UniverseCompany, role: Role, *, female: bool) -> str:
    titles = read_json("roles.json")["departments"][role.department]["titles"][role.level]
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
    source = read_json("roles.json")["departments"]
    weights = [entry["weight"] * entry["lift"].get(industry, 1.0) for entry in source.values()]
    return tuple(source), tuple(accumulate(weights))


@lru_cache(maxsize=1)
def _too_famous() -> frozenset[tuple[str, str]]:
    return frozenset((first, last) for first, last in read_json("famous_pairs.json"))


EMAIL_TYPES = ("PERSONAL", "PATTERN", "CATCH_ALL", "GENERIC")
_CATCH_ALL_DOMAINS = 0.19
_SHARED = 60  # the slot of a firm's shared mailbox
# mean and spread of validation confidence, of bounce risk; confirmed mailboxes draw their risk log-normally
_CONFIDENCE = {"PERSONAL": (87.0, 10.0), "PATTERN": (66.0, 17.0), "CATCH_ALL": (56.0, 18.0), "GENERIC": (72.0, 16.0)}
_RISK = {"PATTERN": (37.0, 13.0), "CATCH_ALL": (63.0, 12.0), "GENERIC": (17.0, 9.0)}
_PATTERNS = ("{first}.{last}", "{initial}.{last}", "{first}", "{last}", "{initial}{last}")
_GENERIC = {"de": ("info", "kontakt", "office", "vertrieb"), "fr": ("contact", "accueil"), "es": ("info", "contacto")}


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An address with its type, validation confidence (0-100) and bounce risk (0-100)."""

    address: str
    kind: str
    confidence: int
    risk: int


def is_catch_all(chance: Chance, company: UniverseCompany) -> bool:
    """Whether the company's domain accepts mail to any address."""
    return chance.uniform("catch-all", company.number) < _CATCH_ALL_DOMAINS


def mailbox_of(chance: Chance, company: UniverseCompany, role: Role, person: InventedPerson) -> Mailbox | None:
    """Return the person's mailbox, or None: no website, or nothing found (more often for staff and small firms)."""
    number, slot = company.number, role.slot
    missing = 0.05 + (0.05 if role.level == "staff" else 0) + (0.06 if company.employees < 10 else 0)
    if company.domain is None or chance.uniform("mailbox missing", number, slot) < missing:
        return None
    kind = _kind(chance, company, role)
    local = (
        chance.pick(_GENERIC.get(company.city.language, ("info", "office", "sales")), "mailbox", number)
        if kind == "GENERIC"
        else _local_part(chance, number, person)
    )
    mean, spread = _CONFIDENCE[kind]
    box = _SHARED if kind == "GENERIC" else slot  # a shared mailbox has one confidence and one risk
    doubt = chance.normal("confidence", number, box)
    confidence = min(99, max(5, round(mean + spread * doubt)))
    return Mailbox(
        f"{local}@{company.domain}", kind, confidence, _risk(kind, doubt, chance.normal("risk", number, box))
    )


def phone_number(chance: Chance, company: UniverseCompany, kind: str, slot: int = 0) -> str | None:
    """Return a number from a range reserved for fiction, fitting the city where a regulator has one there.

    None where the country reserves ranges in a few cities only and the company sits elsewhere, or for a mobile number
    in a country without such a range.
    """
    ranges = _ranges().get((company.country.code, kind), ())
    here = [entry for entry in ranges if entry.city == company.city.name] or [e for e in ranges if not e.city]
    if not here:
        return None
    return numbered(here[0].pattern, f"{chance.below(10**9, f'phone {kind}', company.number, slot):09d}")


def numbered(pattern: str, digits: str) -> str:
    """Return *pattern* with *digits* for its ``#``, from the left."""
    for digit in digits[: pattern.count("#")]:
        pattern = pattern.replace("#", digit, 1)
    return pattern


def profile_link(chance: Chance, company: UniverseCompany, role: Role, person: InventedPerson) -> str | None:
    """Return a link below ``linkedin.example``; missing less often the higher the level."""
    shown = {"top": 0.62, "head": 0.78, "manager": 0.7, "staff": 0.48}[role.level] + 0.04 * company.maturity
    if chance.uniform("profile link", company.number, role.slot) > shown:
        return None
    tail = chance.word("profile tail", company.number, role.slot) % 16**6
    return f"https://linkedin.example/in/{slug(person.first)}-{slug(person.last)}-{tail:06x}"


def _kind(chance: Chance, company: UniverseCompany, role: Role) -> str:
    draw = chance.uniform("mailbox kind", company.number, role.slot)
    generic = 0.11 + (0.1 if company.employees < 10 else 0) + (0.05 if role.level == "staff" else 0)
    if draw < generic:
        return "GENERIC"
    if is_catch_all(chance, company):
        return "CATCH_ALL"
    return "PERSONAL" if chance.uniform("confirmed", company.number, role.slot) < 0.66 else "PATTERN"


def _risk(kind: str, doubt: float, noise: float) -> int:
    mixed = 0.95 * noise - 0.3 * doubt
    if kind == "PERSONAL":
        return min(30, max(0, round(2.2 * math.exp(0.7 * mixed))))
    mean, spread = _RISK[kind]
    return min(97, max(1, round(mean + spread * mixed)))


def _local_part(chance: Chance, number: int, person: InventedPerson) -> str:
    first, last = (slug(part).replace("-", "") for part in (person.first, person.last))
    draw = chance.uniform("mailbox pattern", number)
    pattern = _PATTERNS[0 if draw < 0.58 else 1 if draw < 0.78 else 2 if draw < 0.88 else 3 if draw < 0.94 else 4]
    return pattern.format(first=first, last=last, initial=first[0])


@lru_cache(maxsize=1)
def _ranges() -> dict[tuple[str, str], tuple[Phone, ...]]:
    grouped: dict[tuple[str, str], tuple[Phone, ...]] = {}
    for entry in vocabulary().phones:
        key = (entry.country, entry.kind)
        grouped[key] = (*grouped.get(key, ()), entry)
    return grouped


_SENIORITY = {"top": 1.0, "head": 0.92, "manager": 0.6, "staff": 0.25}


@dataclass(frozen=True, slots=True)
class Interest:
    """Which departments and levels a profile's seller wants to reach, each 0 to 1; read with `interest_of`."""

    departments: Mapping[str, float]
    levels: frozenset[str]
    named: bool  # whether contact_roles asked for them by name


def interest_of(profile: Mapping[str, Any]) -> Interest:
    """Return the departments and levels that ``contact_roles`` and ``seller_offering`` point at."""
    roles = tuple(str(role) for role in profile.get("contact_roles") or ())
    return _interest(roles, str(profile.get("seller_offering") or ""))


def qualification(chance: Chance, company: UniverseCompany, role: Role, interest: Interest, match: float) -> float:
    """Return 0-10: level 27 %, department against the offering 29 %, the company's match 32 %, personal chance 12 %."""
    level = _SENIORITY[role.level]
    if interest.levels:
        level = 1.0 if role.level in interest.levels else 0.55 * level
    department = interest.departments.get(role.department, 0.15)
    if role.department == "management" and company.employees < 25:
        department = max(department, 0.85)  # in a small firm the head decides everything
    chance_part = chance.uniform("openness", company.number, role.slot)
    return round(10 * (0.27 * level + 0.29 * department + 0.32 * match / 10 + 0.12 * chance_part), 1)


def write_prospects(
    chance: Chance, company: UniverseCompany, match: float, profile: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return the Prospect objects of contract 4.4 delivered for *profile*, best qualified first."""
    interest = interest_of(profile)
    scored = [(qualification(chance, company, role, interest, match), role) for role in roles_of(chance, company)]
    scored.sort(key=lambda pair: (-pair[0], pair[1].slot))
    german, size = language_of(profile) == "de", company.employees
    count = 1 if size < 5 else 2 if size < 12 else 3 if size < 60 else 4
    count += chance.uniform("people found", company.number) < 0.45
    return [
        _prospect(chance, company, role, score, _reason(company, role, interest, german=german))
        for score, role in scored[:count]
    ]


def _prospect(chance: Chance, company: UniverseCompany, role: Role, score: float, reason: str) -> dict[str, Any]:
    person = name_person(chance, company, role)
    mailbox = mailbox_of(chance, company, role, person)
    return {
        "id": encode_id(chance.seed, Address(company.number, company.variant, role.slot)),
        "company_id": company.identifier,
        "first_name": person.first,
        "last_name": None if chance.uniform("last name missing", company.number, role.slot) < 0.015 else person.last,
        "job_title": None if chance.uniform("title missing", company.number, role.slot) < 0.03 else person.title,
        "email": mailbox.address if mailbox else None,
        "phone_number": _phone(chance, company, role),
        "linkedin_url": profile_link(chance, company, role, person),
        "qualification_score": int(score) if score == int(score) else score,
        "qualification_reason": reason,
        "email_type": mailbox.kind if mailbox else None,
        "validation_confidence": mailbox.confidence if mailbox else None,
        "bounce_risk_score": mailbox.risk if mailbox else None,
    }


def _phone(chance: Chance, company: UniverseCompany, role: Role) -> str | None:
    likelihood = 0.2 + 0.05 * len(str(company.employees))
    if chance.uniform("own phone", company.number, role.slot) > likelihood:
        return None
    kind = "mobile" if chance.uniform("mobile", company.number, role.slot) < 0.3 else "landline"
    return phone_number(chance, company, kind, role.slot + 1)


def _reason(company: UniverseCompany, role: Role, interest: Interest, *, german: bool) -> str:
    texts = read_json("qualification.json")["de" if german else "en"]
    department = read_json("roles.json")["departments"][role.department]["de" if german else "en"]
    fit = interest.departments.get(role.department, 0.15)
    part = "wanted" if interest.named and fit >= 0.8 else "close" if fit >= 0.6 else "far"
    if role.department == "management" and company.employees < 25 and part == "far":
        part = "small"
    return f"{texts['level'][role.level]} {texts['department'][part].format(department=department)}"


def language_of(profile: Mapping[str, Any]) -> str:
    """Return the two letters of the language that *profile* wants its texts in."""
    return str(profile.get("output_language") or "en").lower()[:2]


@lru_cache(maxsize=256)
def _interest(roles: Sequence[str], offering: str) -> Interest:
    words = read_json("roles.json")
    asked = [role.lower() for role in roles]
    departments = {name: 1.0 for name, keys in words["roles"].items() if _mentions(asked, keys)}
    levels = frozenset(level for level in LEVELS if _mentions(asked, words["levels"][level]))
    if not departments:
        hits = {name: _count_mentions(offering.lower(), keys) for name, keys in words["offering"].items()}
        most = max(hits.values(), default=0)
        departments = {name: 0.55 + 0.45 * count / most for name, count in hits.items() if count}
        departments.setdefault("management", 0.5)
    return Interest(departments, levels, named=bool(asked))


def _mentions(asked: Sequence[str], keys: Sequence[str]) -> bool:
    return any(re.search(rf"(?<!\w){re.escape(key)}(?!\w)", role) for role in asked for key in keys)


def _count_mentions(text: str, keys: Sequence[str]) -> int:
    # short ones, such as IT, are words of their own; longer ones may start a word
    return sum(bool(re.search(rf"(?<!\w){re.escape(key)}" + ("" if len(key) > 3 else r"(?!\w)"), text)) for key in keys)
