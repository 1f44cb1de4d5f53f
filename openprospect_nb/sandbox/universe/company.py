"""One company: its facts from the columns, and how it is spelled when delivered."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from openprospect_nb.sandbox.market.normalise import fold
from openprospect_nb.sandbox.universe.chance import Chance
from openprospect_nb.sandbox.universe.columns import Columns
from openprospect_nb.sandbox.universe.identity import Address, encode_id
from openprospect_nb.sandbox.universe.naming import Naming, name_company
from openprospect_nb.sandbox.universe.vocabulary import City, Country, Industry, LegalForm, Subtype, Vocabulary


@dataclass(frozen=True, slots=True)
class Hit:
    """One found company, best first in a ranking.

    Attributes:
        number: the company's number in the universe.
        company_id: the id it is delivered under.
        name, domain, city: as delivered; the domain is bare, None without a website.
        match_score: 0 to 10; an integer where it is whole.
        match_reasons: short labels of what matched.
        match_reasoning: one or two sentences on what matched, what missed and what is unknown.
        variant: which spelling of the company this profile meets (0 is the usual one).
        company: its facts, so that the document needs no second draw; None draws them then.
    """

    number: int
    company_id: str
    name: str
    domain: str | None
    city: str
    match_score: float
    match_reasons: list[str] = field(default_factory=list)
    match_reasoning: str = ""
    variant: int = 0
    company: UniverseCompany | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class UniverseCompany:
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
    form: LegalForm
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


def describe_company(
    chance: Chance, lists: Vocabulary, columns: Columns, row: int, address: Address, naming: Naming
) -> UniverseCompany:
    """Return the facts of the company at *address*, whose attributes stand in *row* of the columns."""
    subtype = lists.subtypes[columns.subtype[row]]
    city = lists.cities[columns.city[row]]
    form = lists.forms[columns.form[row]]
    traits = zip(lists.traits, columns.traits[row], strict=True)
    return UniverseCompany(
        identifier=encode_id(chance.seed, address),
        number=address.number,
        variant=address.variant,
        naming=naming,
        spelling=spell(chance, address, naming, city, form),
        country=lists.countries[city.country],
        city=city,
        industry=lists.industries[subtype.industry],
        subtype=subtype,
        form=form,
        employees=int(columns.employees[row]),
        maturity=float(columns.maturity[row]),
        founded=int(columns.founded[row]),
        technologies=tuple(int(i) for i in np.flatnonzero(columns.technologies[row])),
        traits=tuple(name for name, has in traits if has),
        website=bool(columns.website[row]),
        known=bool(columns.known[row]),
    )


def name_row(chance: Chance, lists: Vocabulary, columns: Columns, number: int) -> Naming:
    """Return the name of company *number* of the panel."""
    subtype = lists.subtypes[columns.subtype[number]]
    language = lists.cities[columns.city[number]].language
    industry = lists.industries[subtype.industry].key
    return name_company(chance, number, subtype, industry, language, lists.forms[columns.form[number]].short)


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


def spell(chance: Chance, address: Address, naming: Naming, city: City, form: LegalForm) -> Spelling:
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


def _respell(naming: Naming, form: LegalForm, kind: float) -> str:
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
