"""How a company is spelled when it is delivered: one usual way, and for some firms a second one under another id.

A vendor's index holds some firms twice. Which of the two spellings an order meets depends on its profile, never on
chance within the order: a firm appears once in an order, and may appear under another id and spelling in the next.
"""

from __future__ import annotations

from dataclasses import dataclass

from openprospect_nb.sandbox.market.normalise import fold
from openprospect_nb.sandbox.universe.chance import Chance
from openprospect_nb.sandbox.universe.identity import Address
from openprospect_nb.sandbox.universe.naming import Naming
from openprospect_nb.sandbox.universe.vocabulary import City, Form

__all__ = ["TWICE_LISTED", "Spelling", "is_listed_twice", "spell"]

TWICE_LISTED = 0.14  # share of firms the index holds a second time


@dataclass(frozen=True, slots=True)
class Spelling:
    """Name, city and website prefix as delivered; ``website`` False means this record lacks the website."""

    name: str
    city: str
    prefix: str = "https://www."
    website: bool = True


def is_listed_twice(chance: Chance, number: int) -> bool:
    """Whether the index holds company *number* under two ids."""
    return chance.uniform("listed twice", number) < TWICE_LISTED


def spell(chance: Chance, address: Address, naming: Naming, city: City, form: Form) -> Spelling:
    """Return the spelling of one record of a company."""
    number = address.number
    if not address.variant:
        prefix = "https://www." if chance.uniform("www", number) < 0.8 else "https://"
        return Spelling(naming.name, city.name, prefix)
    kind = chance.uniform("spelling", number)
    other_city = (
        city.aliases[0].title() if city.aliases and chance.uniform("spelling city", number) < 0.6 else city.name
    )
    has_website = chance.uniform("spelling website", number) < 0.7
    return Spelling(_respell(naming, form, kind), other_city, "http://", has_website)


def _respell(naming: Naming, form: Form, kind: float) -> str:
    if kind < 0.3:
        return naming.short
    if kind < 0.5:
        return f"{naming.short} {form.long}"
    if kind < 0.7:
        return naming.name.upper()
    if kind < 0.85:
        return f"{naming.short.replace(' ', '-')} {form.short}"
    # written on a keyboard without umlauts; names without any lose their legal form's dots instead
    plain = " ".join(word if word == form.short else fold(word).title() for word in naming.short.split())
    return f"{plain} {form.short.replace('.', '')}"
