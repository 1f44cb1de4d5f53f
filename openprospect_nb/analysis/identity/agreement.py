"""How two companies agree: in the words of their names, in where they are, in how they can be reached. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from itertools import product
from typing import Final

import polars as pl
from rapidfuzz.distance import OSA
from rapidfuzz.process import cpdist

from openprospect_nb.analysis.identity.firms import Firm
from openprospect_nb.names.common_words import is_role, kinds, roles, spellings

_ROMAN: Final = re.compile("(?=[ivx])x{0,3}(?:ix|iv|v?i{0,3})")  # up to 39: what tells funds and wind parks apart
_LONG_NAME: Final = 10  # letters from which one may be wrong wherever it stands
_SHORT_WORD: Final = 6
TYPO: Final = 0.85  # what a word says that agrees but for a slip
_SOUNDS: Final = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        ("shch|sch|sh", "s"), ("tch|tsch|ch", "c"), ("kh|ck", "h"), ("ts|tz|z", "z"), ("ph", "f"), ("[wv]", "v"),
        ("y[aeou]|i[aeou]|j[aeou]", "a"), ("[iyj]+", "i"), ("ks|x", "x"), ("c(?=[aou])|q", "k"), (r"(.)\1+", r"\1"),
    )
)  # fmt: skip


class Relation(Enum):
    """How two values relate: certainly the same, certainly not, or not known."""

    SAME = "same"
    APART = "apart"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class NameAgreement:
    """Which words two names share, which only one has, and how much the shared ones say (0: nothing, 1: a rare word).

    ``slips`` are pairs of words that are one but for a typo, transliteration or abbreviation. Names are doubtful whose
    other words may be one but for two typos: too little to join them, too much to keep them apart.
    """

    shared: tuple[str, ...] = ()
    slips: tuple[tuple[str, str], ...] = ()
    only_one: tuple[str, ...] = ()
    only_other: tuple[str, ...] = ()
    strength: float = 0.0
    is_comparable: bool = True
    is_acronym: bool = False
    is_doubtful: bool = False

    @property
    def is_equal(self) -> bool:
        """Whether all words agree, some perhaps but for a slip."""
        return not self.only_one and not self.only_other and bool(self.shared or self.slips)

    @property
    def is_exact(self) -> bool:
        """Whether all words agree to the letter."""
        return self.is_equal and not self.slips

    @property
    def is_sure(self) -> bool:
        """Whether all words agree, and of two spellings one is a word of the lists and the other none."""
        return self.is_equal and all(bool(kinds(one)) != bool(kinds(other)) for one, other in self.slips)

    @property
    def extra(self) -> tuple[str, ...]:
        """The words that one name has beyond the other, if one holds the whole other name."""
        if (self.only_one and self.only_other) or not (self.shared or self.slips):
            return ()
        return self.only_one or self.only_other

    @property
    def conflicts(self) -> bool:
        """Whether each name has words of its own, or they share none."""
        if not self.is_comparable or self.is_acronym or self.is_doubtful:
            return False
        return bool(self.only_one and self.only_other) or not (self.shared or self.slips)

    def __str__(self) -> str:
        """Say which words agree and which do not, without persons: these are names of companies."""
        said = []
        if self.shared:
            said.append(f"{' '.join(self.shared)!r} in both names")
        said += [f"{one!r} for {other!r}" for one, other in self.slips]
        if self.extra:
            said.append(f"{' '.join(self.extra)!r} in one")
        return ", ".join(said)


def names(one: Firm, other: Firm, rarity: Mapping[str, float]) -> NameAgreement:
    """Return how the names of two companies agree; *rarity* is `rarities` of the frame.

    On one domain two slips are allowed in one word, elsewhere one in a short word.
    """
    if (whole := _as_wholes(one, other, rarity)) is not None:
        return whole
    left, right = set(one.core), set(other.core)
    shared = [word for word in one.core if word in right]
    rest = aligned(
        tuple(w for w in one.core if w not in right),
        tuple(w for w in other.core if w not in left),
        city=one.place.base if one.place.base == other.place.base and _is_in(one.place.base, one, other) else "",
        is_close=bool(set(one.domains) & set(other.domains)),
        is_foreign=one.is_foreign or other.is_foreign,
    )
    strength = sum(rarity.get(word, 1.0) for word in shared)
    # A typo makes a word rare: what it stands for tells how rare it is.
    strength += sum(TYPO * min(rarity.get(a, 1.0), rarity.get(b, 1.0)) for a, b in rest.slips)
    return NameAgreement(
        shared=tuple(shared),
        slips=rest.slips,
        only_one=rest.only_one,
        only_other=rest.only_other,
        strength=strength,
        is_comparable=one.is_wide == other.is_wide or bool(shared),
        is_acronym=not shared and (_abbreviates(one, other) or _abbreviates(other, one)),
        is_doubtful=rest.is_doubtful,
    )


def _is_in(city: str, one: Firm, other: Firm) -> bool:
    """Whether a city may be part of one of the names."""
    first = city.partition(" ")[0]
    return first in one.core or first in other.core


def _as_wholes(one: Firm, other: Firm, rarity: Mapping[str, float]) -> NameAgreement | None:
    """Return the agreement of two names that are one as a whole, perhaps in another alphabet, or but for one letter."""
    is_whole = one.bag == other.bag or one.joined == other.joined
    is_alike = (one.is_foreign or other.is_foreign) and sounds_alike(one.joined, other.joined)
    if not (is_whole or is_alike or _is_misspaced(one, other)):
        return None
    longer = max(one.core, other.core, key=len)
    strength = sum(rarity.get(word, 1.0) for word in longer)
    if is_whole:
        return NameAgreement(shared=longer, strength=strength)
    slips = ((" ".join(one.core), " ".join(other.core)),)
    if is_alike:
        strength = min(sum(rarity.get(word, 1.0) for word in firm.core) for firm in (one, other))
    return NameAgreement(slips=slips, strength=TYPO * strength)


def _is_misspaced(one: Firm, other: Firm) -> bool:
    """Whether two long names are one but for a letter, perhaps at a blank: "Hadermannx Bau", "Haderman nBau"."""
    # Names of as many words that share one are compared word by word.
    is_by_word = len(one.core) == len(other.core) and bool(len(one.core) == 1 or set(one.core) & set(other.core))
    shorter = min(len(one.joined), len(other.joined))
    if is_by_word or shorter < _LONG_NAME or _has_figures(one.joined + other.joined):
        return False
    # The one letter is a word of its own: "Windpark Heide" and "Windpark Heide A" are two.
    if any(len(word) == 1 for word in set(one.core) ^ set(other.core)):
        return False
    return OSA.distance(one.joined, other.joined, score_cutoff=1) <= 1


@dataclass(frozen=True, slots=True)
class Aligned:
    """What is left of the words that only one of two names has, when slips are taken out."""

    slips: tuple[tuple[str, str], ...]
    only_one: tuple[str, ...]
    only_other: tuple[str, ...]
    is_doubtful: bool


@lru_cache(maxsize=200_000)
def aligned(left: tuple[str, ...], right: tuple[str, ...], *, city: str, is_close: bool, is_foreign: bool) -> Aligned:
    """Return what is left of words that only one of two names has; of a market's pairs most have few different ones."""
    words = _Alignment(list(left), list(right))
    words.drop_city(city)
    words.join_compounds()
    words.pair_slips(is_close=is_close, is_foreign=is_foreign)
    return Aligned(tuple(words.slips), tuple(words.left), tuple(words.right), words.is_doubtful)


@dataclass(slots=True)
class _Alignment:
    """The words of two names that are not in both, becoming fewer as reasons are found why they are the same."""

    left: list[str]
    right: list[str]
    slips: list[tuple[str, str]] = field(default_factory=list)

    def drop_city(self, name: str) -> None:
        """Take out the name of the city that both companies are in: "Quast Ulm" in Ulm is "Quast" in Ulm."""
        city = set(name.split())
        for words in (self.left, self.right):
            if city and city <= set(words):
                words[:] = [word for word in words if word not in city]

    def join_compounds(self) -> None:
        """Take out words that are one word in the other name: "Maschinen Bau" and "Maschinenbau"."""
        for some, others in ((self.left, self.right), (self.right, self.left)):
            for start in range(len(some)):
                for end in range(start + 2, len(some) + 1):
                    wholes = {"".join(parts) for parts in product(*(spellings(word) for word in some[start:end]))}
                    if whole := next((word for word in others if word in wholes), None):
                        self.slips.append((" ".join(some[start:end]), whole))
                        others.remove(whole)
                        del some[start:end]
                        return

    @property
    def is_doubtful(self) -> bool:
        """Whether each word that is left may be one of the other name's but for two typos."""
        return len(self.left) == len(self.right) > 0 and all(
            any(_may_be_typos(word, candidate) for candidate in self.right) for word in self.left
        )

    def pair_slips(self, *, is_close: bool, is_foreign: bool) -> None:
        """Take out pairs of words that differ by a slip."""
        for word in list(self.left):
            for candidate in self.right:
                if is_slip(word, candidate, is_close=is_close) or (is_foreign and sounds_alike(word, candidate)):
                    self.slips.append((word, candidate))
                    self.left.remove(word)
                    self.right.remove(candidate)
                    break


@lru_cache(maxsize=200_000)
def is_slip(one: str, other: str, *, is_close: bool = False) -> bool:
    """Whether two words are one but for a typo, or one is short for the other.

    One slip (a letter wrong, missing, added, or two swapped) from five letters on, two from eight on, or from six on
    where *is_close*; in four letters two swapped, or one missing inside; in three one wrong that makes it no word.
    None between two words of the lists ("Bau", "Baum"; "Meier", "Meyer") or where there are digits.
    """
    shorter, longer = sorted((one, other), key=len)
    if len(shorter) == 1:
        return longer.startswith(shorter) and "first_names" in kinds(longer)
    if _has_figures(one + other) or (kinds(one) and kinds(other)):
        return False
    if len(shorter) >= 3 and longer.startswith(shorter) and len(longer) > 5 and "trades" in kinds(longer):
        return True
    return any(_is_typo(a, b, is_close=is_close) for a in spellings(one) for b in spellings(other))


def _has_figures(text: str) -> bool:
    return not text.isalpha() and any(c.isdigit() for c in text)


def _may_be_typos(one: str, other: str) -> bool:
    if min(len(one), len(other)) < 4 or _has_figures(one + other) or (kinds(one) and kinds(other)):
        return False
    return OSA.distance(one, other, score_cutoff=2) <= (2 if min(len(one), len(other)) > 4 else 1)


def _is_typo(one: str, other: str, *, is_close: bool) -> bool:
    shorter = min(len(one), len(other))
    if is_close and 3 <= shorter <= 4 and max(len(one), len(other)) > 3 and one[0] == other[0]:
        return OSA.distance(one, other, score_cutoff=1) <= 1
    if shorter == 3:
        # "Bru" is no word and "Bau" is one.
        return len(one) == len(other) and bool(kinds(one)) != bool(kinds(other)) and OSA.distance(one, other) == 1
    if shorter < 3:
        return False
    if shorter == 4:
        has_same_ends = one[0] == other[0] and one[-1] == other[-1]
        return has_same_ends and (
            sorted(one) == sorted(other) or (OSA.distance(one, other) == 1 and len(one) != len(other))
        )
    # Hardly anybody mistypes the first letter of a short word; Celle and Melle are two towns.
    if not is_close and shorter <= _SHORT_WORD and one[0] != other[0] and sorted(one[:2]) != sorted(other[:2]):
        return False
    limit = 2 if shorter >= (6 if is_close else 8) else 1
    return OSA.distance(one, other, score_cutoff=limit) <= limit


def slips_between(left: pl.Series, right: pl.Series, limit: int) -> pl.Series:
    """Return by how many letters wrong, missing, added or swapped texts differ, beyond *limit* only that it is more."""
    texts = (left.to_list(), right.to_list())
    counts: Sequence[int] = cpdist(*texts, scorer=OSA.distance, score_cutoff=limit).tolist() if len(left) else []
    return pl.Series(counts, dtype=pl.Int64)


def sounds_alike(one: str, other: str) -> bool:
    """Whether two words are transliterations of one: "Romaschka" and "Romashka", "Tschaika" and "Chayka"."""
    left, right = _sound(one), _sound(other)
    return left == right or (min(len(left), len(right)) >= 5 and OSA.distance(left, right, score_cutoff=1) <= 1)


@lru_cache(maxsize=50_000)
def _sound(word: str) -> str:
    for pattern, sound in _SOUNDS:
        word = pattern.sub(sound, word)
    return word


def _abbreviates(short: Firm, long: Firm) -> bool:
    """Whether a name is the initials of another: "KMW" of "Kurz Maschinen Werke"."""
    if len(short.core) != 1 or len(long.core) < 3:
        return False
    return short.core[0] == "".join(word[0] for word in long.core)


def countries(one: Firm, other: Firm) -> Relation:
    """Return how the countries relate."""
    if not one.country or not other.country:
        return Relation.UNKNOWN
    return Relation.SAME if one.country == other.country else Relation.APART


def places(one: Firm, other: Firm) -> Relation:
    """Return how the cities relate, a typo in one allowed for."""
    if not one.place.base or not other.place.base:
        return Relation.UNKNOWN
    if one.place is other.place or one.place.is_same(other.place):
        return Relation.SAME
    if not one.place.conflicts(other.place):
        return Relation.UNKNOWN
    a, b = one.place.base, other.place.base
    is_slip = a != b and min(len(a), len(b)) >= 5 and OSA.distance(a, b, score_cutoff=1) <= 1
    return Relation.SAME if is_slip else Relation.APART


def domains(one: Firm, other: Firm) -> Relation:
    """Return how the domains relate; unknown where one has none of its own."""
    if not one.domains or not other.domains:
        return Relation.UNKNOWN
    return Relation.APART if set(one.domains).isdisjoint(other.domains) else Relation.SAME


def are_kin(one: Firm, other: Firm) -> bool:
    """Whether two domains may well be of one company: alike, or both made of nothing but its name and city."""
    if are_alike(one.label, other.label):
        return True
    return all(is_named(firm.label, firm.core, firm.place.base) for firm in (one, other))


def are_alike(label: str, other: str) -> bool:
    """Whether the labels of two domains are one but for a slip, two from nine letters on."""
    size = min(len(label), len(other))
    limit = 0 if size < 5 else 1 if size < 9 else 2
    return label == other or (limit > 0 and OSA.distance(label, other, score_cutoff=limit) <= limit)


_USUAL: Final = (
    "deutschland",
    "germany",
    "online",
    "group",
    "gruppe",
    "gmbh",
    "ag",
    "kg",
    "ltd",
    "inc",
    "llc",
    "co",
    "de",
    "uk",
    "us",
    "web",
    "info",
)


def is_named(label: str, core: Sequence[str], city: str) -> bool:
    """Whether a company's domain is made of the words of its name, its city and what is usually added."""
    rest = label
    for word in sorted((*core, *city.split()), key=len, reverse=True):
        rest = rest.replace(word, "", 1)
    if rest == label:
        return False
    for word in _USUAL:
        rest = rest.removeprefix(word) if rest.startswith(word) else rest.removesuffix(word)
    return len(rest) <= 2


def tells_sisters_apart(words: tuple[str, ...]) -> bool:
    """Whether words that only one of two names has set a company apart from its parent or sister."""
    return any(_is_role_but_for_a_typo(word) or _has_figures(word) or _ROMAN.fullmatch(word) for word in words)


@lru_cache(maxsize=50_000)
def _is_role_but_for_a_typo(word: str) -> bool:
    if is_role(word) or kinds(word) or len(word) < 5:
        return is_role(word)
    return any(OSA.distance(word, a, score_cutoff=1) <= 1 for role in roles() for a in spellings(role) if len(a) > 4)
