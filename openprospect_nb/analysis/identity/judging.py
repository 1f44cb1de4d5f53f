"""Whether two companies are one: a table of rules over how they agree, each with its name and its evidence. Pure.

Words count by how rare they are (`common_words.weight`): a shared "Maschinenbau" or "Peter" is no evidence, a shared
"Hadermann" is. Another country, another city, or words that only a sister company has are counter-evidence.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from math import inf
from typing import Final

from openprospect_nb.analysis.identity import agreement
from openprospect_nb.analysis.identity.agreement import NameAgreement, Relation
from openprospect_nb.analysis.identity.firms import Firm
from openprospect_nb.analysis.identity.places import city_key
from openprospect_nb.names.common_words import kinds
from openprospect_nb.names.legal_forms import are_two_kinds

SAME, APART, UNKNOWN = Relation.SAME, Relation.APART, Relation.UNKNOWN
# How much the shared words of a name must say, by what else is known. 1 is a word that nobody else has, a common
# surname says 0.4, a trade 0.15.
IN_ONE_CITY: Final = 0.3
WITH_A_SLIP: Final = 0.5
WITH_LESS_NAME: Final = 0.8
ON_OTHER_DOMAINS: Final = 1.0
IN_NO_OTHER_PLACE: Final = 0.6  # more than a trade and a common surname say together
ANYWHERE: Final = 1.2
COINED: Final = 0.9  # of a name of one word, for want of a city
SHORTEST_MEANT: Final = 4  # letters of a word that is looked for in a domain
_REPEATED: Final = re.compile(r"(.)\1+")
FRANCHISE: Final = 3  # on a domain with companies of one name in so many cities, they are branches of a franchise


class Sameness(IntEnum):
    """What is decided of two companies: one, one if no other claims the shorter name, undecided, certainly two."""

    SAME = 3
    PART = 2
    UNDECIDED = 1
    APART = 0


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict, the rule behind it, what speaks for it in words, and how sure it is among others (higher is surer)."""

    verdict: Sameness
    rule: str = ""
    evidence: str = ""
    sureness: float = 0.0


_APART: Final = Judgement(Sameness.APART)
_UNDECIDED: Final = Judgement(Sameness.UNDECIDED)


@dataclass(frozen=True, slots=True)
class Frequencies:
    """What the whole frame says.

    Attributes:
        rarity: how rare each word is, 0 to 1.
        franchises: the domains of franchises.
        scattered: the names that are in two places, countries or on two domains of their own: not one company's alone.
        spelled: the words and names that are part of some company's own domain: whoever registers one means it so.
    """

    rarity: Mapping[str, float]
    franchises: frozenset[str] = frozenset()
    scattered: frozenset[tuple[str, ...]] = frozenset()
    spelled: frozenset[str] = frozenset()

    def are_meant(self, slips: tuple[tuple[str, str], ...]) -> bool:
        """Return whether one of these pairs is no slip: there are domains with both, Celle's and Melle's.

        Of a letter once or twice somebody may well have registered both.
        """
        pairs = ((one.replace(" ", ""), other.replace(" ", "")) for one, other in slips)
        return any({one, other} <= self.spelled and _undoubled(one) != _undoubled(other) for one, other in pairs)

    def needed_without_city(self, one: Firm, other: Firm) -> float:
        """Return how much names that agree must say where the city of one is not known."""
        if one.bag != other.bag:
            return inf if {one.bag, other.bag} & self.scattered else WITH_LESS_NAME
        return ANYWHERE if one.bag in self.scattered else IN_NO_OTHER_PLACE


def _undoubled(word: str) -> str:
    return _REPEATED.sub(r"\1", word)


def decide(one: Firm, other: Firm, whole: Frequencies) -> Judgement:
    """Return whether two companies are one."""
    names = agreement.names(one, other, whole.rarity) if one.core and other.core else NameAgreement()
    domains = agreement.domains(one, other)
    if domains is SAME:
        return _on_one_domain(one, other, names, whole)
    if agreement.countries(one, other) is APART or whole.are_meant(names.slips):
        return _APART
    if not one.core or not other.core:
        return _UNDECIDED
    if names.conflicts or agreement.tells_sisters_apart(names.extra) or not names.is_comparable or names.is_acronym:
        return _APART if names.conflicts or names.extra else _UNDECIDED
    reached = _by_contact(one, other, names)
    # A GmbH and a KG of one name may be a family's: where no number, address or site joins them, they are two.
    are_two = are_two_kinds(one.form, other.form) and (not one.label or one.label != other.label)
    return reached or (_APART if are_two else _elsewhere(one, other, names, domains, whole))


def _on_one_domain(one: Firm, other: Firm, names: NameAgreement, whole: Frequencies) -> Judgement:
    domain = next(name for name in one.domains if name in other.domains)
    if not one.core or not other.core:
        return Judgement(Sameness.SAME, "domain", f"domain {domain}", 0.5) if one.hosts & other.hosts else _UNDECIDED
    places = agreement.places(one, other)
    if _are_sisters(one, other, names, places) or (
        domain in whole.franchises and not _is_one_branch(one, other, places)
    ):
        return _APART
    said = "; ".join(filter(None, (f"domain {domain}", str(names))))
    if names.is_equal:
        return Judgement(Sameness.SAME, "domain", said, 4.0 if names.is_exact else 3.0)
    if _names_domain(names.extra, one):
        return Judgement(Sameness.SAME, "domain", said, 2.0)
    if names.is_acronym or not names.is_comparable:
        return _UNDECIDED if places is APART else Judgement(Sameness.PART, "domain", said, 1.0)
    return Judgement(Sameness.PART, "domain", said, 1.5)


def _are_sisters(one: Firm, other: Firm, names: NameAgreement, places: Relation) -> bool:
    """Whether two companies on one domain are certainly two of one group."""
    abroad = places is APART and agreement.countries(one, other) is APART
    if names.conflicts or abroad or agreement.tells_sisters_apart(names.extra):
        return True
    # Who writes the legal form writes the whole name: two that differ are two companies of a group, unless the domain
    # has the words that one lacks.
    is_whole = one.is_registered and other.is_registered and not _names_domain(names.extra, one)
    return bool(names.extra) and (is_whole or _is_elsewhere(names.extra, one, other))


def _names_domain(words: tuple[str, ...], firm: Firm) -> bool:
    """Whether a company's domain has these words: whoever is on it may leave them out of the name."""
    return len("".join(words)) >= SHORTEST_MEANT and "".join(words) in firm.label


def _is_one_branch(one: Firm, other: Firm, places: Relation) -> bool:
    """Whether two of a franchise's companies are in one city and nothing shows that they are in two places there."""
    differ = [a and b and a != b for a, b in ((one.phone, other.phone), (one.address, other.address))]
    return places is SAME and not any(differ)


def _is_elsewhere(extra: tuple[str, ...], one: Firm, other: Firm) -> bool:
    """Whether the words that one name has more are those of a city that the other is not in."""
    return any(
        firm.place.base and set(firm.place.base.split()) <= set(extra) and agreement.places(one, other) is APART
        for firm in (one, other)
    )


def _by_contact(one: Firm, other: Firm, names: NameAgreement) -> Judgement | None:
    """Return that they are one if names that fit are reached at one number or address, else None."""
    if not names.is_equal and names.strength < WITH_LESS_NAME:
        return None
    verdict = Sameness.SAME if names.is_equal else Sameness.PART
    if one.phone and one.phone == other.phone:
        return Judgement(verdict, "phone", f"one telephone number; {names}", 2.5)
    if one.address and one.address == other.address:
        return Judgement(verdict, "address", f"one address; {names}", 2.5)
    return None


def _elsewhere(one: Firm, other: Firm, names: NameAgreement, domains: Relation, whole: Frequencies) -> Judgement:
    """Decide on names and cities alone: no domain, or two different ones."""
    places = agreement.places(one, other)
    if places is APART:
        return _UNDECIDED if names.is_equal else _APART
    kin = domains is UNKNOWN or agreement.are_kin(one, other)
    if names.extra:
        # Two names on two domains are two companies, also where a third without a domain resembles both.
        return _APART if domains is APART else _with_less_name(names, one, other, places)
    if places is UNKNOWN:
        alike = domains is APART and one.label == other.label and names.strength >= IN_ONE_CITY
        # A word that hardly anybody else has, and one's domain is that word.
        is_coined = names.is_exact and names.strength >= COINED and one.joined in {one.label, other.label}
        is_telling = len(one.core) > 1 or is_coined
        enough = alike or (kin and is_telling and names.strength >= whole.needed_without_city(one, other))
        said = f"name; {names}" + (f"; domains {one.domains[0]} and {other.domains[0]}" if alike else "")
        return Judgement(Sameness.SAME, "name", said, 1.5) if enough else _UNDECIDED
    # A name that is its city's alone says nothing in that city: "AS Roma" is not "Roma".
    if one.is_registered != other.is_registered and city_key(one.joined) == one.place.base:
        return _UNDECIDED
    is_open = domains is UNKNOWN or one.label == other.label
    # Two companies of one city may not have one name; of one word it may be a trade or a family.
    is_whole = is_open and names.is_sure and len(one.core) > 1
    if not is_whole and names.strength < _needed(names, one, other, is_open=is_open, is_kin=kin):
        return _UNDECIDED
    said = f"name and city {' '.join(one.core)!r}, {one.place.base!r}" + (f"; {names}" if names.slips else "")
    return Judgement(Sameness.SAME, "name_city", said, 3.5 if names.is_exact else 2.0)


def _needed(names: NameAgreement, one: Firm, other: Firm, *, is_open: bool, is_kin: bool) -> float:
    """Return how much names must agree that are in one city."""
    if is_open:
        return IN_ONE_CITY if names.is_exact else WITH_A_SLIP
    if not is_kin:
        return ON_OTHER_DOMAINS if names.is_exact else ANYWHERE
    if names.is_exact:
        return IN_ONE_CITY if one.joined == other.joined else ON_OTHER_DOMAINS
    return WITH_LESS_NAME


def _with_less_name(names: NameAgreement, one: Firm, other: Firm, places: Relation) -> Judgement:
    """Decide on a name that holds the other: "Hadermann" and "Hadermann Maschinenbau" in one city."""
    if one.is_registered and other.is_registered:
        return _UNDECIDED
    are_common = all(kinds(word) for word in names.extra)
    if places is SAME and are_common and names.strength >= WITH_LESS_NAME:
        return Judgement(
            Sameness.PART, "name_city", f"name and city {' '.join(one.core)!r}, {one.place.base!r}; {names}", 1.0
        )
    return _UNDECIDED
