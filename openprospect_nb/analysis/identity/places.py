"""Which city and which country is meant: Munich and München are one, Frankfurt (Oder) and Frankfurt am Main are two."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

from openprospect_nb.countries import country_code, region_codes, usual_country_code
from openprospect_nb.names.words import folded, words_of
from openprospect_nb.privacy import canonical
from openprospect_nb.tables import tables

# Where a name alone means one of several cities: which.
_MEANT: Final[Mapping[str, frozenset[str]]] = {
    base: frozenset(parts.split(", "))
    for base, parts in {
        "bad homburg": "hohe, h", "brandenburg": "havel", "ebersbach": "fils", "frankfurt": "main, m, hessen",
        "freiburg": "breisgau, br, baden wurttemberg", "halle": "saale, s, sachsen anhalt", "hofheim": "taunus",
        "kehl": "rhein", "kempten": "allgau", "konigstein": "taunus", "landsberg": "lech", "limburg": "lahn",
        "lindau": "bodensee", "ludwigshafen": "rhein, rh", "mulheim": "ruhr", "neuburg": "donau", "newcastle": "tyne",
        "offenbach": "main, m", "rothenburg": "tauber", "stratford": "avon", "wittenberg": "lutherstadt",
    }.items()
}  # fmt: skip
_POSTCODE: Final = re.compile(
    r"^(?:[a-z]{1,3}[-\s])?\d{4,6}(?:\s?[a-z]{2})?\s+|\s+\d{4,5}(?:-\d{4})?$|\s+(?:cedex\s*)?\d{1,2}(?:e|er|ème)?$|\s+cedex$"
    # London EC1, København K
    r"|\s+[a-z]{1,2}\d{1,2}[a-z]?(?:\s?\d[a-z]{2})?$|(?<=københavn)\s+[knøsv]{1,2}$"
)
_PART: Final = re.compile(
    r"\s*[,(/]\s*|(?<=\w)[\s-]+(?:am|an\s+der|an\s+dem|a\.?\s?d\.?|a\.|bei|b\.|im|in\s+der|in|i\.\s?d\.|i\.|ob\s+der|o\.\s?d\.|o\.|v\.?\s?d\.|vor\s+der|unter"
    r"|upon|on|under|near|by)(?:\s+|-|(?<=\.))(?:der\s+|dem\s+|den\s+|the\s+)?(?=\w)"
)
_TOWN: Final = re.compile(
    r"\b(?:stadt|city of|greater|metropolitan|region|landeshauptstadt|hansestadt)\b\s*|\s+(?:area|metropolitan area)$"
)
_SAINTS: Final = frozenset({"st", "ste", "sankt", "skt", "saint", "sainte", "sint"})
_RIVERS: Final = frozenset(
    {"main", "oder", "rhein", "saale", "neckar", "donau", "ruhr", "elbe", "weser", "lahn", "mosel", "tyne", "lyme"}
)


@dataclass(frozen=True, slots=True)
class Place:
    """A city: its ``base`` name in one language, the ``state`` it is said to be in, and what else tells it apart."""

    base: str
    state: str = ""
    part: str = ""

    def __str__(self) -> str:
        return " ".join(filter(None, (self.base, self.part, self.state)))

    def conflicts(self, other: Place) -> bool:
        """Whether these are certainly two cities: Frankfurt (Oder) and Frankfurt, Portland OR and Portland ME."""
        if not self.base or not other.base:
            return False
        if self.base != other.base:
            # One may be named with its district: Berlin-Mitte, Köln-Ehrenfeld.
            short, long = sorted((self.base, other.base), key=len)
            return len(short) <= 3 or not long.startswith(f"{short} ")
        if self.base in _MEANT:
            return self.part != other.part
        return bool(
            (self.state and other.state and self.state != other.state)
            or (self.part and other.part and self.part != other.part)
        )

    def is_same(self, other: Place) -> bool:
        """Whether both are known and nothing tells them apart."""
        return bool(self.base) and self.base == other.base and not self.conflicts(other)


NOWHERE: Final = Place("")


@lru_cache(maxsize=100_000)
def place_of(city: str | None, region: str | None = None) -> Place:
    """Return the city meant by *city*, in any usual spelling or language, and *region*, a state or province."""
    if not city:
        return NOWHERE
    whole = _known().get(_plain(city))
    if whole:
        return Place(_of_saint(whole), _state(region))
    text = _TOWN.sub("", _POSTCODE.sub("", canonical.cleaned(city).strip().lower())).strip()
    first, *others = [part for part in (piece.strip(" ).") for piece in _PART.split(text)) if part] or [""]
    words = words_of(first)
    is_state = words[-1:] and words[-1] in _states() and re.search(r"\s[A-Z]{2}$", city.strip())
    if len(words) > 1 and (words[-1] in _RIVERS or is_state):
        others, words = [words[-1], *others], words[:-1]
    base = _of_saint(_known().get("".join(words), " ".join(words)))
    states = [state for other in others if (state := _state(other))]
    parts = [_plain_words(other) for other in others if not _state(other) and not _country(other)]
    part = next((name for name in parts if name), "")
    state = states[0] if states else _state(region)
    if base in _MEANT:
        elsewhere = part or state
        return Place(base, part="" if elsewhere in _MEANT[base] else elsewhere)
    return Place(base, state, part)


def _of_saint(base: str) -> str:
    """Return a name with its saint in one spelling: St. Gallen and Sankt Gallen are one."""
    first, _, rest = base.partition(" ")
    return f"st {rest}" if rest and first in _SAINTS else base


def city_key(city: str | None) -> str:
    """Return a city's name without case and accents, English and native names alike: `Place` as one text."""
    return str(place_of(city))


@lru_cache(maxsize=10_000)
def country_key(country: str | None) -> str:
    """Return the ISO 3166-1 code of a country, or a part of one, in any language; empty where it names none."""
    if not country or not country.strip():
        return ""
    parts = region_codes(country)
    return country_code(country) or (parts[0] if len(parts) == 1 else "")


def usual_spellings(counts: Mapping[str, int], key: Callable[[str], str]) -> dict[str, str]:
    """Return for each text the most frequent one that means the same country or city (*key*), itself where none does.

    Args:
        counts: how often each text occurs.
        key: `country_key` or `city_key`.
    """
    most: dict[str, str] = {}
    for text in sorted(counts, key=lambda text: (-counts[text], text)):
        most.setdefault(key(text) or text, text)
    return {text: most[key(text) or text] for text in counts}


def _country(text: str) -> str:
    return usual_country_code(text) or "" if len(text) > 3 or text in {"uk", "usa", "uae", "gb", "us"} else ""


def _plain(text: str) -> str:
    return "".join(words_of(text))


def _plain_words(text: str) -> str:
    words = [word for word in words_of(text) if word not in {"der", "dem", "den", "the", "d"}]
    return words[-1] if words else ""


def _state(text: str | None) -> str:
    return _states().get(" ".join(words_of(text)), "") if text else ""


@cache
def _states() -> dict[str, str]:
    pairs = [pair.split("=") for pair in tables("analysis/identity/places.toml")["states"].split()]
    named = {short: folded(name.replace("_", " ")) for short, name in pairs}
    return named | {name: name for name in named.values()}


@cache
def _known() -> dict[str, str]:
    """Return every name of a known city, without blanks, and the one in its own country."""
    groups = [group.split("=") for group in tables("analysis/identity/places.toml")["cities"].split("|")]
    return {_plain(name): " ".join(words_of(names[0])) for names in groups for name in names if name.strip()}
