"""Employee ranges in English and German text: "50-250 employees", "ab 1.000 Mitarbeitern", "fewer than 20 people"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from openprospect_nb.sandbox.universe.vocabulary import read_json

__all__ = ["SizeRange", "cut_sizes"]


def _any_of(*parts: str) -> str:
    """Join the lines of one long alternation."""
    return "|".join(parts)


_NUMBER = r"(\d{1,3}(?:[.,'’\u202f ]\d{3})+|\d+)\s*(k\b)?"
_UNIT = _any_of(
    r"(?:full[- ]time\s+)?(?:employees?|people|staff|persons?|workers?|headcount|fte|ftes|team members|heads",
    r"colleagues|mitarbeiter(?:innen|n|inn?en|\*innen|:innen)?|mitarbeitende[nr]?|beschäftigte[nr]?|angestellte[nr]?",
    r"personen|köpfe[n]?|leute[n]?|ma\b|vollzeitkräfte[n]?)",
)
_LOW = _any_of(
    r"(?:at least|min(?:imum|\.)?(?: of)?|more than|over|above|from|upwards of|starting at|ab|mindestens|mehr als|über",
    r"von mindestens|>=?|≥|mind\.)",
)
_HIGH = _any_of(
    r"(?:at most|max(?:imum|imal|\.)?(?: of)?|fewer than|less than|under|below|up to|no more than|bis zu|bis|höchstens",
    r"weniger als|unter|nicht mehr als|<=?|≤)",
)
_TO = r"\s*(?:-|–|—|to|and|bis(?: zu)?|und|bis maximal)\s*"
_BEFORE = _any_of(
    r"(?:headcount|team size|company size|size|staff|employees|mitarbeiterzahl|größe|betriebsgröße|unternehmensgröße",
    r"belegschaft|mitarbeiter)",
)
_MORE = r"(?:or more|and more|and up|plus|oder mehr|und mehr|aufwärts)"
_FEWER = r"(?:or fewer|or less|at most|oder weniger|maximal)"


def _compiled(*parts: str) -> re.Pattern[str]:
    return re.compile("|".join(parts), re.IGNORECASE)


_BETWEEN = _compiled(rf"(?:between|from|zwischen|von|mit)?\s*{_NUMBER}{_TO}{_NUMBER}\s*\+?\s*{_UNIT}")
_BETWEEN_AFTER = _compiled(rf"{_BEFORE}\s*(?:of|:|from|between|von|zwischen|ist|is)?\s*{_NUMBER}{_TO}{_NUMBER}")
_AT_LEAST = _compiled(
    rf"{_LOW}\s*{_NUMBER}\s*{_UNIT}",
    rf"{_NUMBER}\s*\+\s*{_UNIT}",
    rf"{_NUMBER}\s*{_MORE}\s*{_UNIT}",
    rf"{_NUMBER}\s*{_UNIT}\s*{_MORE}",
)
_AT_MOST = _compiled(
    rf"{_HIGH}\s*{_NUMBER}\s*{_UNIT}", rf"{_NUMBER}\s*{_FEWER}\s*{_UNIT}", rf"{_NUMBER}\s*{_UNIT}\s*{_FEWER}"
)
_ABOUT = _compiled(rf"(?:about|around|roughly|approx\.?|some|etwa|rund|ca\.?|ungefähr|circa)?\s*{_NUMBER}\s*{_UNIT}")


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
    for pattern, read in (
        (_BETWEEN, _both),
        (_BETWEEN_AFTER, _both),
        (_AT_LEAST, _low),
        (_AT_MOST, _high),
        (_ABOUT, _near),
    ):
        match = pattern.search(text)
        if match:
            found = read(_values(match))
            rest = pattern.sub(" ", text)
            return rest, _join(found, rest, pattern)
    for entry in read_json("size_words.json"):
        if re.search(entry["pattern"], text, re.IGNORECASE):
            return re.sub(entry["pattern"], " ", text, flags=re.IGNORECASE), SizeRange(entry["low"], entry["high"])
    return text, None


def _join(found: SizeRange, rest: str, pattern: re.Pattern[str]) -> SizeRange:
    """Join "at least 20 employees" with a later "at most 100 employees"."""
    if pattern is _AT_LEAST and (match := _AT_MOST.search(rest)):
        return SizeRange(found.low, _values(match)[0])
    return found


def _values(match: re.Match[str]) -> list[int]:
    groups = match.groups()
    numbers = zip(groups[::2], groups[1::2], strict=True)
    return [int(re.sub(r"\D", "", number)) * (1000 if kilo else 1) for number, kilo in numbers if number]


def _both(values: list[int]) -> SizeRange:
    return SizeRange(min(values), max(values))


def _low(values: list[int]) -> SizeRange:
    return SizeRange(values[0], None)


def _high(values: list[int]) -> SizeRange:
    return SizeRange(None, values[0])


def _near(values: list[int]) -> SizeRange:
    return SizeRange(round(values[0] * 0.6), round(values[0] * 1.6))
