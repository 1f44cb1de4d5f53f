"""Read an ideal customer profile: from free text and lists to criteria that can be scored.

Hints are found by phrase (longest first), employee ranges by pattern, negation by clause. Words no rule understood stay
in ``residue`` for full-text search; numbers and places never do.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any, Final

from openprospect_nb.sandbox.market.normalise import fold, stem_words
from openprospect_nb.sandbox.market.taxonomy import INFERRED, PhraseBook, PhraseEntry, phrase_book, root_of
from openprospect_nb.sandbox.universe.vocabulary import read_json, vocabulary

_PHRASES: Final = {
    name: "".join(lines.splitlines())
    for name, lines in tomllib.loads(
        files("openprospect_nb.sandbox.market").joinpath("size_phrases.toml").read_text("utf-8")
    ).items()
}


def _compiled(*parts: str) -> re.Pattern[str]:
    return re.compile("|".join(part.format_map(_PHRASES) for part in parts), re.IGNORECASE)


_BETWEEN = _compiled(r"(?:between|from|zwischen|von|mit)?\s*{number}{to}{number}\s*\+?\s*{unit}")
_BETWEEN_AFTER = _compiled(r"{before}\s*(?:of|:|from|between|von|zwischen|ist|is)?\s*{number}{to}{number}")
_AT_LEAST = _compiled(
    r"{low}\s*{number}\s*{unit}",
    r"{number}\s*\+\s*{unit}",
    r"{number}\s*{more}\s*{unit}",
    r"{number}\s*{unit}\s*{more}",
)
_AT_MOST = _compiled(r"{high}\s*{number}\s*{unit}", r"{number}\s*{fewer}\s*{unit}", r"{number}\s*{unit}\s*{fewer}")
_ABOUT = _compiled(r"(?:about|around|roughly|approx\.?|some|etwa|rund|ca\.?|ungefähr|circa)?\s*{number}\s*{unit}")


@dataclass(frozen=True, slots=True)
class SizeRange:
    """Wanted headcount, both ends included; an open end is None."""

    low: int | None
    high: int | None

    def text(self, language: str) -> str:
        """Return the range as words, such as ``50-250`` or ``at least 50``."""
        if self.low is not None and self.high is not None:
            return f"{self.low}-{self.high}"
        if self.high is None:
            return f"ab {self.low}" if language == "de" else f"at least {self.low}"
        return f"bis {self.high}" if language == "de" else f"up to {self.high}"


def cut_sizes(text: str) -> tuple[str, SizeRange | None]:
    """Return *text* without its size statements, and the range they give; figures win over words."""
    for pattern, read in _SIZES.items():
        match = pattern.search(text)
        if match:
            size, rest = read(_values(match)), pattern.sub(" ", text)
            # "at least 20 employees" and, later in the text, "at most 100 employees"
            if pattern is _AT_LEAST and (upper := _AT_MOST.search(rest)):
                size = SizeRange(size.low, _values(upper)[0])
            return rest, size
    for entry in read_json("size_words.json"):
        if re.search(entry["pattern"], text, re.IGNORECASE):
            return re.sub(entry["pattern"], " ", text, flags=re.IGNORECASE), SizeRange(entry["low"], entry["high"])
    return text, None


def _values(match: re.Match[str]) -> list[int]:
    groups = match.groups()
    numbers = zip(groups[::2], groups[1::2], strict=True)
    return [int(re.sub(r"\D", "", number)) * (1000 if kilo else 1) for number, kilo in numbers if number]


_SIZES: Final[Mapping[re.Pattern[str], Callable[[list[int]], SizeRange]]] = {
    _BETWEEN: lambda ends: SizeRange(min(ends), max(ends)),
    _BETWEEN_AFTER: lambda ends: SizeRange(min(ends), max(ends)),
    _AT_LEAST: lambda ends: SizeRange(ends[0], None),
    _AT_MOST: lambda ends: SizeRange(None, ends[0]),
    _ABOUT: lambda ends: SizeRange(round(ends[0] * 0.6), round(ends[0] * 1.6)),
}


Weights = dict[int, float]


@dataclass(slots=True)
class Criteria:
    """What a profile asks for.

    Attributes:
        countries: indices allowed by ``target_countries``; empty means that none of them is in the universe.
        wanted_countries, cities, states: places the text or ``target_cities`` prefers; state is (country, code).
        subtypes, industries: kinds of business with how strongly they were named, 0 to 1.
        stated: those of the industries that ``target_industries`` names outright.
        excluded_subtypes, excluded_industries: never delivered.
        size: wanted headcount, if stated.
        technologies: groups of indices; each group is met by any of its members. excluded_technologies: single ones.
        traits, preferences: names of wanted traits; preferences are welcome, not required.
        residue: stemmed words for full-text search.
    """

    countries: frozenset[int] = frozenset()
    wanted_countries: set[int] = field(default_factory=set)
    cities: set[int] = field(default_factory=set)
    states: set[tuple[int, str]] = field(default_factory=set)
    subtypes: Weights = field(default_factory=dict)
    industries: Weights = field(default_factory=dict)
    stated: set[int] = field(default_factory=set)
    excluded_subtypes: set[int] = field(default_factory=set)
    excluded_industries: set[int] = field(default_factory=set)
    size: SizeRange | None = None
    technologies: list[frozenset[int]] = field(default_factory=list)
    excluded_technologies: set[int] = field(default_factory=set)
    traits: list[str] = field(default_factory=list)
    preferences: list[str] = field(default_factory=list)
    residue: list[str] = field(default_factory=list)

    @property
    def has_hints(self) -> bool:
        """Whether anything but the target countries was understood."""
        is_business_or_place = bool(self.subtypes or self.industries or self.cities or self.states)
        return is_business_or_place or bool(self.size or self.technologies or self.traits or self.preferences)


def write_entry(criteria: Criteria, entry: PhraseEntry, book: PhraseBook, *, negated: bool) -> None:
    """Write what a phrase points at into the criteria; a negated place or trait is no criterion."""
    if entry.kind == "subtype" and negated:
        criteria.excluded_subtypes.add(int(entry.target))
    elif entry.kind in {"subtype", "industry"} and not negated:
        # a negated industry word drops nothing: industries are excluded through excluded_industries only
        index = int(entry.target)
        weights = criteria.subtypes if entry.kind == "subtype" else criteria.industries
        weights[index] = max(weights.get(index, 0), entry.weight)
    elif entry.kind == "technology":
        criteria.excluded_technologies |= {int(part) for part in str(entry.target).split(";")}
    elif entry.kind in {"country", "city", "region"} and not negated:
        add_place(criteria, entry, book)


def add_place(criteria: Criteria, entry: PhraseEntry, book: PhraseBook) -> None:
    """Add a country, a city or a region to the places that are wanted."""
    if entry.kind == "country":
        criteria.wanted_countries.add(int(entry.target))
    elif entry.kind == "city":
        criteria.cities.add(int(entry.target))
    else:
        region = book.regions[str(entry.target)]
        indices = [vocabulary().country_index(code) for code in region.countries]
        if region.cities:
            cities = enumerate(vocabulary().cities)
            criteria.cities.update(i for i, c in cities if c.country == indices[0] and c.name in region.cities)
        elif region.states:
            criteria.states.update((indices[0], state) for state in region.states)
        else:
            criteria.wanted_countries.update(indices)


def read_loosely(criteria: Criteria, text: str) -> None:
    """Find phrases whose words stand in one sentence in any order; tried only where nothing was named outright."""
    for sentence in re.split(r"[.;!?\n]", text):
        words = set(stem_words(sentence))
        hits = [(len(bag), entry) for bag, entry in phrase_book().bags if bag <= words]
        longest = max((size for size, _ in hits), default=0)
        for size, entry in hits:
            if size == longest and int(entry.target) not in criteria.excluded_subtypes:
                write_entry(criteria, entry, phrase_book(), negated=False)


def read_sectors(criteria: Criteria, text: str) -> None:
    """Take whole sectors ("manufacturers", "Dienstleister"); they count only where nothing closer was named."""
    spaced = f" {' '.join(stem_words(text))} "
    industries = {industry.key: index for index, industry in enumerate(vocabulary().industries)}
    for sector in read_json("sectors.json").values():
        if any(f" {' '.join(stem_words(alias))} " in spaced for alias in sector["aliases"]):
            criteria.industries.update((industries[key], 1.0) for key in sector["industries"])


_WORD = re.compile(r"[^\W_]+(?:[-/&+.'’][^\W_]+)*|[.;:!?\n]|,|\(|\)")
_BREAKS = frozenset(".;!?\n")


def parse_profile(profile: Mapping[str, Any]) -> Criteria:
    """Return the criteria of a profile (field names of contract 4.2)."""
    criteria = Criteria(countries=resolve_countries(profile.get("target_countries") or ()))
    text, criteria.size = cut_sizes(str(profile.get("ideal_customer_profile") or ""))
    _Reader(criteria, phrase_book()).read(text)
    if not criteria.subtypes:
        read_loosely(criteria, text)
    for industry in profile.get("target_industries") or ():
        _Reader(criteria, phrase_book(), business_only=True).read(str(industry))
        criteria.stated |= {int(entry.target) for entry in _entries_of(str(industry)) if entry.kind == "industry"}
    if not criteria.subtypes and not criteria.industries:
        read_sectors(criteria, " ".join([text, *map(str, profile.get("target_industries") or ())]))
    for industry in profile.get("excluded_industries") or ():
        _exclude(criteria, str(industry))
    for city in profile.get("target_cities") or ():
        for entry in _entries_of(str(city)):
            if entry.kind in {"city", "region"}:
                add_place(criteria, entry, phrase_book())
    _settle(criteria)
    return criteria


def resolve_countries(names: Sequence[Any]) -> frozenset[int]:
    """Return the indices of the countries (or regions) named by ISO code, English, German or native name."""
    countries: set[int] = set()
    lists, book = vocabulary(), phrase_book()
    codes = {country.code: index for index, country in enumerate(lists.countries)}
    codes["UK"] = codes["GB"]
    for name in names:
        text = str(name).strip()
        if text.upper() in codes:
            countries.add(codes[text.upper()])
            continue
        for entry in book.phrases.get(tuple(stem_words(text)), ()):
            if entry.kind == "country":
                countries.add(int(entry.target))
            elif entry.kind == "region":
                countries.update(codes[code] for code in book.regions[str(entry.target)].countries)
    return frozenset(countries)


class _Reader:
    """Walks over a text once, longest phrase first, and writes what it finds into the criteria."""

    def __init__(self, criteria: Criteria, book: PhraseBook, *, business_only: bool = False) -> None:
        self.criteria = criteria
        self.book = book
        self.business_only = business_only
        self.negated = False
        self.soft = False
        self.is_served = False  # whether the next business is a customer of the one before: "labs for dentists"
        self.is_context = False  # whether customers, rivals or reasons are told: "serving dentists", "selling to shops"
        self.previous = ""
        self.alternative = False  # whether the last technology and the next are joined by "or"

    def read(self, text: str) -> None:
        """Read *text* from front to back."""
        tokens = []
        for surface in _WORD.findall(text):
            stems = tuple(stem_words(surface)) if surface[0].isalnum() else ()
            tokens.append(_Token(surface, fold(surface), stems, surface in _BREAKS))
        position = 0
        while position < len(tokens):
            word = tokens[position]
            self._follow(word)
            length, entries = self._longest(tokens, position) if word.stems else (1, ())
            if entries:
                self._take(entries, word.surface)
            elif word.stems and word.folded not in _WORDS["negations"]["start"]:
                self._take_word(word)
            position += length

    def _follow(self, word: _Token) -> None:
        """Keep track of negation and of preference, which end with their clause, and of alternatives."""
        named = bool(self.criteria.subtypes or self.criteria.industries)
        is_aside = word.folded in _WORDS["negations"]["context"]
        is_aside |= word.folded in {"to", "an"} and self.previous in _WORDS["negations"]["sell"]
        self.is_context = (self.is_context or (is_aside and named)) and not word.ends_clause
        self.previous = word.folded
        if word.ends_clause:
            self.negated = self.soft = self.alternative = self.is_served = False
        elif word.folded in _WORDS["negations"]["start"]:
            self.negated = True
        elif word.folded in _WORDS["negations"]["end"]:
            self.negated = False
        if word.folded in {"for", "fuer"}:
            self.is_served = bool(self.criteria.subtypes)
        elif word.surface == ",":
            self.is_served = False
        self.soft = self.soft or word.folded in _WORDS["negations"]["soft"]
        self.alternative = self.alternative or word.folded in {"or", "oder"}

    def _longest(self, tokens: Sequence[_Token], position: int) -> tuple[int, tuple[PhraseEntry, ...]]:
        stems: list[str] = []
        best: tuple[int, tuple[PhraseEntry, ...]] = (1, ())
        for offset, token in enumerate(tokens[position : position + self.book.longest]):
            if not token.stems:
                break
            stems += token.stems
            entries = self.book.phrases.get(tuple(stems))
            if entries:
                best = (offset + 1, entries)
        return best

    def _take(self, entries: Sequence[PhraseEntry], surface: str) -> None:
        for entry in entries:
            if self.business_only and entry.kind not in {"subtype", "industry"}:
                continue
            if self.is_served and entry.kind == "subtype" and not self.negated:
                continue
            if self.is_context and entry.kind in {"subtype", "industry"} and not self.negated:
                continue
            if entry.kind in {"country", "city"} and not _names_place(entry, surface):
                continue
            if entry.kind == "technology" and not self.negated:
                self._take_technology(entry)
            elif entry.kind == "trait" and not self.negated:
                wanted = self.criteria.preferences if self.soft else self.criteria.traits
                if entry.target not in (*self.criteria.preferences, *self.criteria.traits):
                    wanted.append(str(entry.target))
            else:
                write_entry(self.criteria, entry, self.book, negated=self.negated)

    def _take_technology(self, entry: PhraseEntry) -> None:
        """Add a technology: as an alternative after "or", or to a rival it excludes; else as a must."""
        members = frozenset(int(part) for part in str(entry.target).split(";"))
        groups = self.criteria.technologies
        if any(members <= group for group in groups):
            return
        if groups and (self.alternative or _exclude_each_other(groups[-1] | members)):
            groups[-1] |= members
        else:
            groups.append(members)
        self.alternative = False

    def _take_word(self, word: _Token) -> None:
        """Try an unknown word as a compound that ends or starts with a known one; else keep it for text search."""
        stem = word.stems[-1]
        if word.folded in _WORDS["stop"]["words"] or len(stem) < 3 or stem.isdigit():
            return
        entries = _entries_of_unknown(self.book, stem)
        for entry in entries if not self.is_context else ():
            write_entry(self.criteria, entry, self.book, negated=self.negated)
        if not entries and not self.negated:
            self.criteria.residue.append(stem)


def _entries_of_unknown(book: PhraseBook, stem: str) -> list[PhraseEntry]:
    """Return what a word no phrase knows may mean: by its root, else as a compound of a known word.

    The last part of a German compound says what a thing is, so it goes before the first; a business before an industry.
    """
    if root_of(stem) in book.roots:
        return list(book.roots[root_of(stem)])
    if len(stem) < 8:
        return []
    ranked = [
        ((stem.endswith(part), entry.kind == "subtype", len(part)), entry)
        for part, entry in book.fragments
        if part != stem and (stem.startswith(part) or stem.endswith(part))
    ]
    best = max((rank for rank, _ in ranked), default=None)
    return [PhraseEntry(entry.kind, entry.target, INFERRED) for rank, entry in ranked if rank == best]


@dataclass(frozen=True, slots=True)
class _Token:
    surface: str
    folded: str
    stems: tuple[str, ...]
    ends_clause: bool


def _exclude_each_other(members: frozenset[int]) -> bool:
    lists = vocabulary()
    categories = {lists.technologies[index].category for index in members}
    return len(categories) == 1 and any(c["exclusive"] for c in lists.categories if c["key"] in categories)


def _names_place(entry: PhraseEntry, surface: str) -> bool:
    """Whether a word that may be a place is one: written with a capital, and not an everyday word."""
    if entry.kind == "country":
        return surface[0].isupper() or len(surface) > 3
    return surface[0].isupper() and (fold(surface) not in _WORDS["negations"]["not_cities"])


def _exclude(criteria: Criteria, text: str) -> None:
    for entry in _entries_of(text):
        if entry.kind == "industry":
            criteria.excluded_industries.add(int(entry.target))
        elif entry.kind == "subtype" and entry.weight >= 0.8:
            criteria.excluded_subtypes.add(int(entry.target))


def _entries_of(text: str) -> tuple[PhraseEntry, ...]:
    return phrase_book().phrases.get(tuple(stem_words(text)), ())


def _settle(criteria: Criteria) -> None:
    """Resolve what contradicts itself: exclusions win, cities outside the target countries fall away."""
    lists = vocabulary()
    if any(weight == 1.0 for weight in criteria.industries.values()):
        # what was only guessed from the parts of a word says nothing beside an industry that was named
        criteria.subtypes = {index: weight for index, weight in criteria.subtypes.items() if weight > INFERRED}
    for index in criteria.excluded_subtypes:
        criteria.subtypes.pop(index, None)
    for index in criteria.excluded_industries:
        criteria.industries.pop(index, None)
    if criteria.countries:
        criteria.cities = {city for city in criteria.cities if lists.cities[city].country in criteria.countries}
        criteria.states = {state for state in criteria.states if state[0] in criteria.countries}
        criteria.wanted_countries &= criteria.countries


_WORDS: Final[Mapping[str, Mapping[str, frozenset[str]]]] = {
    group: {name: frozenset(fold(word) for word in words) for name, words in lists.items()}
    for group, lists in read_json("words.json").items()
}
