"""The known truth: which contacts would bounce or answer, and which records are one firm. The API never tells.

Bounces follow a hidden function that the vendor-style ``bounce_risk_score`` only resembles: confirmed mailboxes are a
little worse than scored, guessed and catch-all ones much better, people of one domain share a common effect, and a few
domains are dead altogether. So a forecast can be checked, and a calibration has something to find.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from openprospect_nb.sandbox.market.catalogue import Universe
from openprospect_nb.sandbox.universe.company import UniverseCompany
from openprospect_nb.sandbox.universe.people import Mailbox, Role, mailbox_of, name_person, roles_of

if TYPE_CHECKING:
    from openprospect_nb.sandbox.market.matching import MarketPool


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """The known truth behind delivered data, to check forecasts, calibration and deduplication against.

    Attributes:
        bounces: prospect id → whether a mail to that mailbox would bounce; prospects without a mailbox are left out.
        bounce_chances: prospect id → the chance (0 to 1) that ``bounces`` was drawn from.
        responds: prospect id → whether the person would answer one mail.
        firms: company id → the number of the firm behind it.
        duplicates: groups of different company ids that are one firm under different spellings.
        dead_domains: domains that take no mail at all.
        pool: from an ICP, or the fields of a profile, to how many firms of the market meet it, delivered or not.
    """

    bounces: Mapping[str, bool]
    bounce_chances: Mapping[str, float]
    responds: Mapping[str, bool]
    firms: Mapping[str, int]
    duplicates: Sequence[Sequence[str]]
    dead_domains: frozenset[str]
    pool: Callable[[object], MarketPool]

    def __repr__(self) -> str:
        """Return how much is known, without any id."""
        return f"<Truth: {len(self.bounces)} mailboxes, {len(self.firms)} companies, {len(self.duplicates)} duplicates>"


_DEAD_DOMAINS = 0.007
_DOMAIN_SPREAD = 0.55  # of the effect, in logits, that all mailboxes of a domain share
# logit(chance) = intercept + slope * logit(risk / 100), by e-mail type
_HIDDEN = {"PERSONAL": (-2.95, 0.5), "PATTERN": (-0.95, 0.7), "CATCH_ALL": (-2.3, 0.9), "GENERIC": (-1.9, 0.3)}
_LEVEL_REPLY = {"top": 0.075, "head": 0.085, "manager": 0.055, "staff": 0.02}


class MailboxTruth(NamedTuple):
    """What would happen to a mail to each prospect; those without a mailbox, and unknown ids, are left out.

    Attributes:
        bounces: prospect id → whether it would bounce. A mailbox has one outcome: under both ids of a firm that is
            listed twice, and for all who share it.
        chances: prospect id → the chance (0 to 1) that ``bounces`` was drawn from.
        responds: prospect id → whether the person would answer; whoever bounces does not, open people do more often.
    """

    bounces: dict[str, bool]
    chances: dict[str, float]
    responds: dict[str, bool]


def mailboxes(universe: Universe, prospect_ids: Iterable[str]) -> MailboxTruth:
    """Return what would happen to a mail to each of these prospects."""
    known = _mailboxes(universe, prospect_ids)
    bounces = {
        identifier: universe.chance.uniform("truth bounce", _key_of(mailbox)) < chance
        for identifier, (mailbox, chance) in known.items()
    }
    return MailboxTruth(
        bounces=bounces,
        chances={identifier: chance for identifier, (_, chance) in known.items()},
        responds={identifier: not lost and _answers(universe, identifier) for identifier, lost in bounces.items()},
    )


def dead_domains(universe: Universe, company_ids: Iterable[str]) -> set[str]:
    """Return those of the companies' domains that take no mail at all."""
    domains = set()
    places = list(filter(None, map(universe.locate, company_ids)))
    universe.draw([place.number for place in places])
    for place in places:
        company = universe.company(place.number)
        if company.domain and _is_dead(universe, place.number):
            domains.add(company.domain)
    return domains


def firms(universe: Universe, company_ids: Iterable[str]) -> dict[str, int]:
    """Return the firm behind each company id: ids with one number are one firm; unknown ids are left out."""
    located = ((identifier, universe.locate(identifier)) for identifier in company_ids)
    return {identifier: place.number for identifier, place in located if place is not None}


def duplicates(universe: Universe, company_ids: Iterable[str]) -> list[list[str]]:
    """Return the groups of two and more different ids that are one firm under different spellings."""
    groups: dict[int, list[str]] = {}
    for identifier, number in firms(universe, dict.fromkeys(company_ids)).items():
        groups.setdefault(number, []).append(identifier)
    return [group for group in groups.values() if len(group) > 1]


def _key_of(mailbox: Mailbox) -> int:
    return int.from_bytes(hashlib.blake2b(mailbox.address.encode(), digest_size=6).digest(), "big")


def _mailboxes(universe: Universe, prospect_ids: Iterable[str]) -> dict[str, tuple[Mailbox, float]]:
    """Return the mailbox of each prospect that has one, and the chance that a mail to it bounces."""
    known: dict[str, tuple[Mailbox, float]] = {}
    staff: dict[int, tuple[UniverseCompany, dict[int, Role]]] = {}
    located = [(identifier, universe.locate(identifier)) for identifier in prospect_ids]
    universe.draw([place.number for _, place in located if place is not None])
    for identifier, place in located:
        if place is None or place.person is None:
            continue
        if place.number not in staff:
            company = universe.company(place.number)
            staff[place.number] = company, {role.slot: role for role in roles_of(universe.chance, company)}
        company, roles = staff[place.number]
        if role := roles.get(place.person):
            mailbox = mailbox_of(universe.chance, company, role, name_person(universe.chance, company, role))
            if mailbox is not None:
                known[identifier] = (mailbox, _chance(universe, place.number, mailbox))
    return known


def _chance(universe: Universe, number: int, mailbox: Mailbox) -> float:
    if _is_dead(universe, number):
        return 1.0
    intercept, slope = _HIDDEN[mailbox.kind]
    risk = min(max(mailbox.risk / 100, 0.005), 0.99)
    shared = _DOMAIN_SPREAD * universe.chance.normal("truth domain", number)
    return round(1 / (1 + math.exp(-(intercept + slope * math.log(risk / (1 - risk)) + shared))), 6)


def _is_dead(universe: Universe, number: int) -> bool:
    return universe.chance.uniform("truth dead domain", number) < _DEAD_DOMAINS


def _answers(universe: Universe, identifier: str) -> bool:
    place = universe.locate(identifier)
    if place is None or place.person is None:
        return False
    roles = roles_of(universe.chance, universe.company(place.number))
    role = next((role for role in roles if role.slot == place.person), None)
    openness = universe.chance.uniform("openness", place.number, place.person)
    likely = _LEVEL_REPLY[role.level if role else "staff"] * (0.1 + 2.2 * openness**2)
    return universe.chance.uniform("truth reply", place.number, place.person) < likely
