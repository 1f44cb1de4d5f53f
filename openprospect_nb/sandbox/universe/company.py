"""The facts of one company, gathered from the columns and the counters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from openprospect_nb.sandbox.universe.chance import Chance
from openprospect_nb.sandbox.universe.columns import Columns
from openprospect_nb.sandbox.universe.identity import Address, encode_id
from openprospect_nb.sandbox.universe.naming import Naming, name_company
from openprospect_nb.sandbox.universe.spelling import Spelling, spell
from openprospect_nb.sandbox.universe.vocabulary import City, Country, Form, Industry, Subtype, Vocabulary

__all__ = ["Company", "describe_company", "describe_names"]


@dataclass(frozen=True, slots=True)
class Company:
    """One company as its document, its people and its jobs need it; missing facts are None.

    Attributes:
        identifier: the id it is delivered under; a spelling variant has its own.
        number, variant: its place in the universe, and which spelling this is.
        naming: the name in parts, in its usual spelling; spelling: name, city and website as delivered.
        country, city, industry, subtype, form: entries of the vocabulary.
        employees: headcount, also where it is not published; maturity: latent, about -3 to 3; founded: year.
        technologies: indices of the vocabulary; traits: names.
        website, known: whether it has a website, and whether its headcount is published.
    """

    identifier: str
    number: int
    variant: int
    naming: Naming
    spelling: Spelling
    country: Country
    city: City
    industry: Industry
    subtype: Subtype
    form: Form
    employees: int
    maturity: float
    founded: int
    technologies: tuple[int, ...]
    traits: tuple[str, ...]
    website: bool
    known: bool

    @property
    def domain(self) -> str | None:
        """The bare domain under ``.example``, or None without a website."""
        return self.naming.domain if self.website else None


def describe_company(chance: Chance, lists: Vocabulary, columns: Columns, address: Address) -> Company:
    """Return the facts of the company at *address*."""
    number = address.number
    subtype = lists.subtypes[columns.subtype[number]]
    city = lists.cities[columns.city[number]]
    form = lists.forms[columns.form[number]]
    traits = zip(lists.traits, columns.traits[number], strict=True)
    naming = name_company(chance, number, (subtype, lists.industries[subtype.industry].key), city.language, form.short)
    return Company(
        identifier=encode_id(chance.seed, address),
        number=number,
        variant=address.variant,
        naming=naming,
        spelling=spell(chance, address, naming, city, form),
        country=lists.countries[city.country],
        city=city,
        industry=lists.industries[subtype.industry],
        subtype=subtype,
        form=form,
        employees=int(columns.employees[number]),
        maturity=float(columns.maturity[number]),
        founded=int(columns.founded[number]),
        technologies=tuple(int(i) for i in np.flatnonzero(columns.technologies[number])),
        traits=tuple(name for name, has in traits if has),
        website=bool(columns.website[number]),
        known=bool(columns.known[number]),
    )


def describe_names(chance: Chance, lists: Vocabulary, columns: Columns) -> Iterator[Naming]:
    """Yield the names of all companies in number order, without the other facts."""
    rows = zip(columns.subtype.tolist(), columns.city.tolist(), columns.form.tolist(), strict=True)
    for number, (subtype_index, city, form) in enumerate(rows):
        subtype = lists.subtypes[subtype_index]
        business = (subtype, lists.industries[subtype.industry].key)
        yield name_company(chance, number, business, lists.cities[city].language, lists.forms[form].short)
