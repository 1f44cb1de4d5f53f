"""What an order stated of the companies it wanted, as far as it can be held against a company without judgement.

Sizes are read out of the free text ("50 to 500 employees"); of several the widest counts, so that nothing is claimed
that some reading of the text would allow. Countries, cities and excluded industries are fields. What a company *should*
be by trade is a matter of judgement and is claimed only where an industry was excluded by name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from openprospect_nb.countries import country_code, region_codes

_COUNT: Final = r"(\d{1,3}(?:[.,' ]\d{3})+|\d+)\s*(k\b|tsd\.?)?"
_PEOPLE: Final = (
    r"(?:full-time |ftes?|employees|people|staff|persons|heads|headcount|mitarbeit\w*|beschäftigte\w*|angestellte\w*"
    r"|personen|salariés|employés|empleados|dipendenti)"
)
_RANGE: Final = re.compile(
    rf"{_COUNT}\s*(?:\+\s*)?(?:-|–|—|to|bis|and|und|à|a)\s*{_COUNT}\s*(?:\w+\s+){{0,2}}?{_PEOPLE}", re.IGNORECASE
)
_LEAST: Final = re.compile(
    rf"(?:at least|more than|over|from|min(?:imum|destens|\.)?|ab|über|mehr als)\s+{_COUNT}"
    rf"\s*(?:\w+\s+){{0,2}}?{_PEOPLE}"
    rf"|{_COUNT}\s*(?:\+|or more|and more|und mehr|plus)\s*(?:\w+\s+){{0,2}}?{_PEOPLE}",
    re.IGNORECASE,
)
_MOST: Final = re.compile(
    r"(?:at most|up to|fewer than|less than|under|below|max(?:imum|imal|\.)?|bis zu|höchstens|unter|weniger als)"
    rf"\s+{_COUNT}\s*(?:\w+\s+){{0,2}}?{_PEOPLE}",
    re.IGNORECASE,
)
_WIDEST: Final = 10**9  # the open end of "50 or more": no firm has so many people
Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Stated:
    """What can be held against a company: sizes (from, to), country codes, cities, excluded industries, contacts."""

    size: Range | None = None
    countries: frozenset[str] = frozenset()
    cities: frozenset[str] = frozenset()
    excluded: tuple[str, ...] = ()
    contacts: bool = True


def stated_in(icp: Mapping[str, Any] | None, order: Mapping[str, Any]) -> Stated:
    """Return what the ICP and the order's own fields state; a country text that nobody knows states nothing."""
    facts = {**(icp or {}), **{name: value for name, value in order.items() if value}}
    texts = [str(text) for text in facts.get("target_countries") or ()]
    codes = [region_codes(text) or [country_code(text)] for text in texts]
    countries = frozenset(code for each in codes for code in each if code is not None)
    features = {str(feature) for feature in order.get("features") or ()}
    return Stated(
        size=size_in(str(facts.get("ideal_customer_profile") or "")),
        countries=countries if all(None not in each for each in codes) else frozenset(),
        cities=frozenset(" ".join(str(city).casefold().split()) for city in facts.get("target_cities") or ()),
        excluded=tuple(str(text) for text in facts.get("excluded_industries") or ()),
        contacts=not features or bool(features & {"CONTACTS", "EMAIL_DISCOVERY"}),
    )


def size_in(text: str) -> Range | None:
    """Return the smallest and largest number of employees a text asks for; None where it states none.

    Example:
        >>> size_in("Machine builders with 50 to 1.000 Mitarbeiter"), size_in("at least 20 employees")
        ((50, 1000), (20, 1000000000))
    """
    ranges = [(_number(hit[1], hit[2] or hit[4]), _number(hit[3], hit[4])) for hit in _RANGE.finditer(text)]
    rest = _RANGE.sub(" ", text)
    ranges += [(_number(hit[1] or hit[3], hit[2] or hit[4]), _WIDEST) for hit in _LEAST.finditer(rest)]
    ranges += [(0, _number(hit[1], hit[2])) for hit in _MOST.finditer(rest)]
    right = [(low, high) for low, high in ranges if low <= high]
    lows, highs = [low for low, high in right if low], [high for low, high in right if high < _WIDEST]
    if not right:
        return None
    # "At least 20 and at most 200": two halves of one range; anything else that differs is taken at its widest.
    if len(right) == 2 and len(lows) == len(highs) == 1 and lows[0] <= highs[0]:
        return lows[0], highs[0]
    return min(low for low, _ in right), max(high for _, high in right)


def _number(digits: str, thousand: str | None) -> int:
    return int(re.sub(r"\D", "", digits)) * (1000 if thousand else 1)
