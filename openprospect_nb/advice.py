"""What the vendor's writing guide would miss in an ICP, and countries we do not know: pure checks with suggestions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from openprospect_nb.countries import country_code, region_codes, similar_countries
from openprospect_nb.tables import tables

FEW_WORDS: Final = 12


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing that would make an ICP easier to match: its topic, what is missing, and what to write."""

    topic: str
    missing: str
    suggestion: str

    def __str__(self) -> str:
        return f"{self.topic}: {self.missing} {self.suggestion}"


_TABLES: Final = tables("advice.toml")
_TOO_SHORT: Final = Advice(
    "length", "The description is very short.", "Two or three sentences match better than a phrase."
)


def _pattern(said: str) -> re.Pattern[str]:
    return re.compile("".join(said.splitlines()), re.IGNORECASE)


_TOPICS: Final = {
    Advice(topic, words["missing"], words["suggestion"]): _pattern(words["said"])
    for topic, words in _TABLES["topics"].items()
}
_VAGUE: Final = _pattern(_TABLES["vague"]["said"])


def advise(text: str, *, industries: Sequence[str], cities: Sequence[str], countries: Sequence[str]) -> list[Advice]:
    """Return what is missing in an ICP's *text*, given what its other fields already say; empty means nothing."""
    elsewhere = {"industry": bool(industries), "geography": bool(cities or countries)}
    missing = [advice for advice, said in _TOPICS.items() if not (elsewhere.get(advice.topic) or said.search(text))]
    if len(text.split()) < FEW_WORDS:
        missing.append(_TOO_SHORT)
    if vague := sorted({match.group().lower() for match in _VAGUE.finditer(text)}):
        quoted = ", ".join(f"“{word}”" for word in vague)
        suggestion = "Say what one would see in such a company instead."
        missing.append(Advice("vague words", f"{quoted} fits any company.", suggestion))
    return missing


def country_advice(countries: Sequence[str]) -> list[Advice]:
    """Return one piece of advice for each text of *countries* that is no country we know; the API may know it."""
    return [_about_country(text) for text in countries if region_codes(text) or country_code(text) is None]


def _about_country(text: str) -> Advice:
    codes = region_codes(text)
    if codes:
        return Advice(
            "countries",
            f"“{text}” is a region, or a part of a country; it is sent as written.",
            f"To be sure, name the country: {', '.join(codes)} (op.countries_of({text!r}) gives the list).",
        )
    similar = similar_countries(text)
    hint = f"Did you mean {' or '.join(similar)}?" if similar else "Use ISO codes such as DE, or names of countries."
    return Advice("countries", f"“{text}” is not a country we know; it is sent as written.", hint)
