"""How people and companies are reached: mailboxes under ``.example``, numbers no subscriber has, invented links.

E-mail types of the sandbox (the vendor's set is open; only ``PERSONAL`` is documented):

- ``PERSONAL``: the mailbox itself was confirmed.
- ``PATTERN``: guessed from the address pattern of the domain.
- ``CATCH_ALL``: the domain accepts every address, so nothing is confirmed; a property of the whole domain.
- ``GENERIC``: a shared mailbox such as ``info@``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

from openprospect_nb.sandbox.universe.chance import Chance
from openprospect_nb.sandbox.universe.company import Company
from openprospect_nb.sandbox.universe.naming import slug
from openprospect_nb.sandbox.universe.people import Role
from openprospect_nb.sandbox.universe.vocabulary import Phone, vocabulary

__all__ = ["EMAIL_TYPES", "Mailbox", "is_catch_all", "mailbox_of", "phone_number", "profile_link"]

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


def is_catch_all(chance: Chance, company: Company) -> bool:
    """Whether the company's domain accepts mail to any address."""
    return chance.uniform("catch-all", company.number) < _CATCH_ALL_DOMAINS


def mailbox_of(chance: Chance, company: Company, role: Role, person: tuple[str, str]) -> Mailbox | None:
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
    place = (number, _SHARED if kind == "GENERIC" else slot)  # a shared mailbox has one confidence and one risk
    doubt = chance.normal("confidence", *place)
    confidence = min(99, max(5, round(mean + spread * doubt)))
    return Mailbox(f"{local}@{company.domain}", kind, confidence, _risk(chance, kind, place, doubt))


def phone_number(chance: Chance, company: Company, kind: str, slot: int = 0) -> str | None:
    """Return a number from a range reserved for fiction, fitting the city where a regulator has one there.

    None where the country reserves ranges in a few cities only and the company sits elsewhere, or for a mobile number
    in a country without such a range.
    """
    ranges = _ranges().get((company.country.code, kind), ())
    here = [entry for entry in ranges if entry.city == company.city.name] or [e for e in ranges if not e.city]
    if not here:
        return None
    pattern = here[0].pattern
    digits = f"{chance.below(10**9, f'phone {kind}', company.number, slot):09d}"
    for digit in digits[: pattern.count("#")]:
        pattern = pattern.replace("#", digit, 1)
    return pattern


def profile_link(chance: Chance, company: Company, role: Role, person: tuple[str, str]) -> str | None:
    """Return a link below ``linkedin.example``; missing less often the higher the level."""
    shown = {"top": 0.62, "head": 0.78, "manager": 0.7, "staff": 0.48}[role.level] + 0.04 * company.maturity
    if chance.uniform("profile link", company.number, role.slot) > shown:
        return None
    tail = chance.word("profile tail", company.number, role.slot) % 16**6
    return f"https://linkedin.example/in/{slug(person[0])}-{slug(person[1])}-{tail:06x}"


def _kind(chance: Chance, company: Company, role: Role) -> str:
    draw = chance.uniform("mailbox kind", company.number, role.slot)
    generic = 0.11 + (0.1 if company.employees < 10 else 0) + (0.05 if role.level == "staff" else 0)
    if draw < generic:
        return "GENERIC"
    if is_catch_all(chance, company):
        return "CATCH_ALL"
    return "PERSONAL" if chance.uniform("confirmed", company.number, role.slot) < 0.66 else "PATTERN"


def _risk(chance: Chance, kind: str, place: tuple[int, int], doubt: float) -> int:
    noise = chance.normal("risk", *place)
    mixed = 0.95 * noise - 0.3 * doubt
    if kind == "PERSONAL":
        return min(30, max(0, round(2.2 * math.exp(0.7 * mixed))))
    mean, spread = _RISK[kind]
    return min(97, max(1, round(mean + spread * mixed)))


def _local_part(chance: Chance, number: int, person: tuple[str, str]) -> str:
    first, last = (slug(part).replace("-", "") for part in person)
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
