"""Country names and codes: which ISO 3166-1 code a text means, and which countries a named region has.

Names and codes are Unicode's (CLDR), through Babel: it knows every country's name in some 270 languages, the
three-letter and numeric codes, and Kosovo, which ISO 3166 lacks; pycountry, which was compared, lacks Kosovo and the
short names people write. Babel is read on first use, English and German first: the other languages cost a second, and
only a text that is unknown in those two needs them.
"""

from __future__ import annotations

import difflib
import pickle
import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from openprospect_nb.errors import ConfigurationError
from openprospect_nb.tables import tables

FIRST_LANGUAGES: Final = ("en", "de")
# Codes that CLDR lists among territories and that name no country: unions, seas, tests, "unknown".
NO_COUNTRY: Final = frozenset({"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"})
_TABLES: Final = tables("countries.toml")
OTHER_NAMES: Final[Mapping[str, str]] = _TABLES["names"]
REGIONS: Final[Mapping[str, tuple[str, ...]]] = {
    name: tuple(_TABLES["regions"].get(codes, codes).split()) for name, codes in _TABLES["regions"].items()
}
LOOSE_REGIONS: Final = frozenset(_TABLES["loose"]["regions"])


def country_code(text: str) -> str | None:
    """Return the ISO 3166-1 alpha-2 code (Kosovo: XK) of *text*, a code or a name in any language, or None."""
    key = _key(text)
    return _first_codes().get(key) or _other_codes().get(key)


def usual_country_code(text: str) -> str | None:
    """Return the code of *text* if it is a code or a name in English or German, or None; no other is read."""
    return _first_codes().get(_key(text))


def country_name(text: str) -> str | None:
    """Return the English name of the country *text* means, or None."""
    code = country_code(text)
    return _names("en")[code] if code else None


def countries_of(region: str) -> list[str]:
    """Return the ISO 3166-1 codes of the countries of a region such as DACH, Benelux, Nordics or EU, sorted.

    Raises:
        ConfigurationError: no such region with a settled list; the error names those there are.

    Example:
        >>> op.countries_of("DACH")
        ['AT', 'CH', 'DE']
    """
    codes = region_codes(region)
    if not codes:
        raise ConfigurationError(
            f"{region!r} is not a region with a settled list of countries.",
            next_step=f"Name the countries yourself; known regions are {', '.join(REGIONS)}.",
        )
    return list(codes)


def region_codes(text: str) -> tuple[str, ...]:
    """Return the countries of the region *text* names, or nothing."""
    return _regions().get(_key(text), ())


def similar_countries(text: str) -> list[str]:
    """Return up to three names of different countries that look like *text*, best first."""
    key = _key(text)
    if not key or key in LOOSE_REGIONS:
        return []
    names = {_key(name): (name, code) for lang in FIRST_LANGUAGES[::-1] for code, name in _names(lang).items()}
    # "Korea" is not like "South Korea" to a comparison of letters.
    containing = sorted(name for name in names if f" {key} " in f" {name} ")
    close = difflib.get_close_matches(key, names, n=6, cutoff=0.7)
    by_code = {names[name][1]: names[name][0] for name in reversed((*containing, *close))}
    return list(reversed(by_code.values()))[:3]


def _key(text: str) -> str:
    """Return *text* as it is compared: without case, accents, dots, apostrophes, other punctuation and "the"."""
    plain = unicodedata.normalize("NFKD", text.casefold()).replace("&", " and ")
    letters = (c for c in plain if not unicodedata.combining(c) and c not in ".'’`")
    words = "".join(c if c.isalnum() else " " for c in letters).split()
    return " ".join(words[1:] if words[:1] == ["the"] else words)


@cache
def _names(language: str) -> dict[str, str]:
    """Return code → name in one language."""
    from babel import Locale

    territories: Mapping[str, str] = Locale(language).territories
    return {code: name for code, name in territories.items() if len(code) == 2 and code not in NO_COUNTRY}


@cache
def _first_codes() -> dict[str, str]:
    """Return name or code → code: all codes, other names, and names in the first languages."""
    from babel.core import get_global

    names = _names("en")
    # Of aliases only those of one country: three-letter and numeric codes. Old two-letter codes mean several.
    aliases = {alias: codes[0] for alias, codes in get_global("territory_aliases").items() if len(alias) == 3}
    codes_by_name = {_key(alias): code for alias, code in aliases.items() if code in names}
    for language in reversed(FIRST_LANGUAGES):
        codes_by_name |= {_key(name): code for code, name in _names(language).items()}
    codes_by_name |= {_key(name): code for name, code in OTHER_NAMES.items()}
    return codes_by_name | {code.casefold(): code for code in names}


@cache
def _other_codes() -> dict[str, str]:
    """Return name → code over all languages; a name that means two countries in two languages is left out."""
    from babel.localedata import locale_identifiers, resolve_locale_filename

    # Each file as it is: `Locale` lays it over a copy of its parents, and keeps that, which takes twice the time.
    paths = [Path(resolve_locale_filename(language)) for language in locale_identifiers() if "_" not in language]
    territories = [pickle.loads(path.read_bytes()).get("territories", {}) for path in paths]  # noqa: S301 - Babel's own
    named = {(name, code) for table in territories for code, name in table.items() if code in _names("en")}
    codes: dict[str, set[str]] = {}
    for name, code in named:
        codes.setdefault(_key(name), set()).add(code)
    return {name: next(iter(meant)) for name, meant in codes.items() if len(meant) == 1}


@cache
def _regions() -> dict[str, tuple[str, ...]]:
    return {_key(name): codes for name, codes in REGIONS.items()}
