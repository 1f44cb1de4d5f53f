"""One company: its invented name and domain, how it is spelled when delivered, and its facts from the columns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from math import gcd

import numpy as np

from openprospect_nb.sandbox.market.normalise import fold
from openprospect_nb.sandbox.universe.chance import Chance
from openprospect_nb.sandbox.universe.columns import Columns
from openprospect_nb.sandbox.universe.identity import Address, encode_id
from openprospect_nb.sandbox.universe.vocabulary import (
    City,
    Country,
    Industry,
    LegalForm,
    Subtype,
    Vocabulary,
    read_json,
    read_table,
)


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


# trades whose firms often carry invented words rather than place-like ones
_COINED = {"it": 0.6, "lifescience": 0.45, "electronics": 0.3, "chemicals": 0.2, "media": 0.3, "energy": 0.2}
# where the trade is usually named before the firm: Boulangerie Montavert, Piekarnia Radomir
_TRADE_FIRST = frozenset({"fr", "it", "es", "nl", "pl", "cs"})
_WORD_FIRST = frozenset(
    {"hotel", "bakery", "brewery", "clinic", "pharmacy", "restaurant", "law_firm", "winery", "driving_school"}
)


class Naming:
    """A company's name in parts: ``stem``, ``word`` (may be empty), ``form``; ``short`` is the name without form."""

    __slots__ = ("domain", "form", "name", "short", "stem", "word")

    def __init__(self, short: str, stem: str, word: str, form: str) -> None:
        self.short = short
        self.stem = stem
        self.word = word
        self.form = form
        self.name = f"{short} {form}".strip()
        self.domain = f"{slug(stem)}{'-' + slug(word) if word else ''}.example"


def name_company(chance: Chance, number: int, subtype: Subtype, industry: str, language: str, form: str) -> Naming:
    """Return the name of company *number*; *industry* is the key of its sub-type's."""
    stem = _stem(chance, number, industry, language)
    word = chance.pick(_trade_words(subtype, language), "name word", number)
    style = chance.uniform("name style", number)
    if style < 0.14:
        return Naming(stem, stem, "", form)
    own_word = language in _TRADE_FIRST and word not in subtype.words["en"]
    first = style < (0.75 if subtype.key in _WORD_FIRST or own_word else 0.18)
    return Naming(f"{word} {stem}" if first else f"{stem} {word}", stem, word if style > 0.35 else "", form)


def _trade_words(subtype: Subtype, language: str) -> tuple[str, ...]:
    """Return the words a firm of this trade may carry: the country's own where it is one word, else international."""
    if language in subtype.words:
        return subtype.words[language]
    own = _activities()[subtype.key][language]
    return subtype.words["en"] if " " in own else (own[0].upper() + own[1:], subtype.words["en"][0])


def family_stems(family: str) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Return the heads, links and tails whose products are the stems of a language family."""
    source = _families()[family]
    return tuple(source["heads"]), tuple(source["links"]), tuple(source["tails"])


@lru_cache(maxsize=8192)
def slug(text: str) -> str:
    """Return *text* as part of a domain: ASCII letters and digits, single hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", fold(text)).strip("-")


def _stem(chance: Chance, number: int, industry: str, language: str) -> str:
    coined = chance.uniform("name kind", number) < _COINED.get(industry, 0.06)
    family = "coined" if coined else _families_by_language()[language]
    heads, links, tails = family_stems(family)
    size = len(heads) * len(links) * len(tails)
    step, start = _walk(chance, family, size)
    index = (number * step + start) % size
    rest, tail = divmod(index, len(tails))
    head, link = divmod(rest, len(links))
    return heads[head] + links[link] + tails[tail]


def _walk(chance: Chance, family: str, size: int) -> tuple[int, int]:
    """An affine permutation of the stem numbers: a step without common factor, and a start."""
    step = chance.word(f"stem step {family}", 0) % size
    while gcd(step, size) != 1:
        step = (step + 1) % size
    return step, chance.word(f"stem start {family}", 0) % size


@lru_cache(maxsize=1)
def _activities() -> dict[str, dict[str, str]]:
    return {row["key"]: row for row in read_table("activities.csv")}


@lru_cache(maxsize=1)
def _families() -> dict[str, dict[str, list[str]]]:
    families: dict[str, dict[str, list[str]]] = read_json("stems.json")["families"]
    return families


@lru_cache(maxsize=1)
def _families_by_language() -> dict[str, str]:
    languages: dict[str, str] = read_json("stems.json")["languages"]
    return languages


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


def describe_company(chance: Chance, lists: Vocabulary, columns: Columns, address: Address) -> UniverseCompany:
    """Return the facts of the company at *address*."""
    number = address.number
    subtype = lists.subtypes[columns.subtype[number]]
    city = lists.cities[columns.city[number]]
    form = lists.forms[columns.form[number]]
    traits = zip(lists.traits, columns.traits[number], strict=True)
    naming = name_company(chance, number, subtype, lists.industries[subtype.industry].key, city.language, form.short)
    return UniverseCompany(
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
        industry = lists.industries[subtype.industry].key
        yield name_company(chance, number, subtype, industry, lists.cities[city].language, lists.forms[form].short)


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
