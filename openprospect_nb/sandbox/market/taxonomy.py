"""The phrase book of ICP texts: which words name a place, an industry, a kind of business, a technology or a trait.

Aliases are reviewed strings in English and German. A phrase points at one or more entries of the vocabulary; the
longest phrase wins. Single words that no phrase knows are tried as German compounds and by three-letter fragments.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from openprospect_nb.sandbox.market.normalise import stem_words
from openprospect_nb.sandbox.universe.vocabulary import Vocabulary, of_row, read_json, read_table, vocabulary

# a meaning by root, compound or words in any order; it counts in full only where nothing was named outright
INFERRED = 0.5
_PRODUCT = 0.55  # a product alone names its makers; beside a named business it is not enough


@dataclass(frozen=True, slots=True)
class PhraseEntry:
    """What a phrase points at: its kind, the index or key of the target, and how surely (0 to 1)."""

    kind: str
    target: int | str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Region:
    """A region: country codes, and the state codes or names of cities where it is part of one country."""

    name: str
    countries: tuple[str, ...]
    states: tuple[str, ...]
    cities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PhraseBook:
    """All phrases, ready for look-up.

    Attributes:
        phrases: what each sequence of stemmed words points at; longest: the number of words of the longest.
        regions: by name.
        fragments: single words of five letters and more that name a business: parts of German compounds.
        roots: such words without their ending (Gießer, Gießerei); bags: two and three words in any order.
    """

    phrases: dict[tuple[str, ...], tuple[PhraseEntry, ...]]
    longest: int
    regions: dict[str, Region]
    fragments: tuple[tuple[str, PhraseEntry], ...]
    roots: dict[str, tuple[PhraseEntry, ...]]
    bags: tuple[tuple[frozenset[str], PhraseEntry], ...]


@lru_cache(maxsize=1)
def phrase_book() -> PhraseBook:
    """Return the phrase book; built on first use, shared afterwards."""
    lists = vocabulary()
    collected: dict[tuple[str, ...], list[PhraseEntry]] = {}
    regions = [of_row(Region, row) for row in read_table("regions.csv")]
    for phrase, entry in (*_places(lists, regions), *_business(lists), *_tools(lists), *_traits()):
        key = tuple(stem_words(phrase))
        entries = collected.setdefault(key, [])
        rival = next((e for e in entries if (e.kind, e.target) == (entry.kind, entry.target)), None)
        if rival is None:
            entries.append(entry)
        elif rival.weight < entry.weight:
            entries[entries.index(rival)] = entry
    collected.pop((), None)
    phrases = {key: _strongest(entries) for key, entries in collected.items()}
    return PhraseBook(
        phrases=phrases,
        longest=max(map(len, phrases)),
        regions={region.name: region for region in regions},
        fragments=_fragments(phrases),
        roots=_roots(phrases),
        bags=_bags(phrases),
    )


def root_of(word: str) -> str:
    """Return *word* without the ending that makes an agent, a trade or an action of it, if five letters remain."""
    for ending in ("erei", "ungs", "ung", "ing", "eur", "er", "or", "ei"):
        if word.endswith(ending) and len(word) - len(ending) >= 5:
            return word[: -len(ending)]
    return word


def _roots(phrases: Mapping[tuple[str, ...], tuple[PhraseEntry, ...]]) -> dict[str, tuple[PhraseEntry, ...]]:
    """Return what words point at once their endings are cut; a root shared by two kinds of business says nothing."""
    roots: dict[str, set[PhraseEntry]] = {}
    for key, entries in phrases.items():
        if len(key) == 1 and len(root_of(key[0])) >= 5:
            businesses = {
                PhraseEntry("subtype", entry.target, INFERRED) for entry in entries if entry.kind == "subtype"
            }
            roots.setdefault(root_of(key[0]), set()).update(businesses)
    return {root: tuple(entries) for root, entries in roots.items() if len(entries) == 1}


def _bags(phrases: Mapping[tuple[str, ...], tuple[PhraseEntry, ...]]) -> tuple[tuple[frozenset[str], PhraseEntry], ...]:
    """Return phrases of two and three words as sets: "homes for the elderly" holds "elderly homes"."""
    return tuple(
        (frozenset(key), PhraseEntry("subtype", entry.target, INFERRED))
        for key, entries in phrases.items()
        if len(set(key)) in {2, 3} and min(map(len, key)) >= 3
        for entry in entries
        if entry.kind == "subtype" and entry.weight == 1.0
    )


def _strongest(entries: list[PhraseEntry]) -> tuple[PhraseEntry, ...]:
    """Drop mere hints (products, weak aliases) beside an outright name, and the industry beside a kind of business."""
    named = [entry for entry in entries if entry.weight == 1.0] or entries
    if any(entry.kind == "subtype" for entry in named):
        named = [entry for entry in named if entry.kind != "industry"]
    return tuple(named)


def _places(lists: Vocabulary, regions: list[Region]) -> Iterable[tuple[str, PhraseEntry]]:
    for index, country in enumerate(lists.countries):
        for alias in (country.names["en"], country.names["de"], country.names["native"], *country.aliases):
            yield alias, PhraseEntry("country", index)
    for row, region in zip(read_table("regions.csv"), regions, strict=True):
        for alias in row["aliases"].split(";"):
            yield alias, PhraseEntry("region", region.name)
    for index, city in enumerate(lists.cities):
        for alias in (city.name, *city.aliases):
            yield alias, PhraseEntry("city", index)


def _business(lists: Vocabulary) -> Iterable[tuple[str, PhraseEntry]]:
    for index, industry in enumerate(lists.industries):
        for alias in (industry.en, industry.de, *industry.aliases):
            yield alias, PhraseEntry("industry", index)
    keys = {subtype.key: index for index, subtype in enumerate(lists.subtypes)}
    for index, subtype in enumerate(lists.subtypes):
        for label in (subtype.en, subtype.de):
            yield label, PhraseEntry("subtype", index)
        for language in ("en", "de"):
            for product in subtype.products[language]:
                yield product, PhraseEntry("subtype", index, _PRODUCT)
    for row in read_table("aliases.csv"):
        for alias in row["aliases"].split(";"):
            strong = not alias.startswith("~")
            yield alias.lstrip("~"), PhraseEntry("subtype", keys[row["subtype"]], 1.0 if strong else 0.6)


def _tools(lists: Vocabulary) -> Iterable[tuple[str, PhraseEntry]]:
    unclear = set(read_json("technologies.json")["ambiguous"])
    for index, tool in enumerate(lists.technologies):
        names = tool.aliases if tool.name in unclear else (tool.name, *tool.aliases)
        for name in names:
            yield name, PhraseEntry("technology", str(index))
    for family, names in read_json("technologies.json")["families"].items():
        members = ";".join(str(i) for i, tool in enumerate(lists.technologies) if tool.name in names)
        yield family, PhraseEntry("technology", members)


def _traits() -> Iterable[tuple[str, PhraseEntry]]:
    for name, aliases in read_json("trait_aliases.json").items():
        for alias in aliases:
            yield alias, PhraseEntry("trait", name)


def _fragments(phrases: dict[tuple[str, ...], tuple[PhraseEntry, ...]]) -> tuple[tuple[str, PhraseEntry], ...]:
    """Return single words of five letters or more that name a kind of business: parts of German compounds."""
    fragments = [
        (key[0], entry)
        for key, entries in phrases.items()
        if len(key) == 1 and len(key[0]) >= 5
        for entry in entries
        if entry.kind in {"subtype", "industry"}
    ]
    return tuple(sorted(fragments, key=lambda pair: (-len(pair[0]), pair[0], str(pair[1].target))))
