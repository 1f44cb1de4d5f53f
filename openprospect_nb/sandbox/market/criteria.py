"""What a profile asks for, as far as it was understood."""

from __future__ import annotations

from dataclasses import dataclass, field

from openprospect_nb.sandbox.market.size_parse import SizeRange

__all__ = ["Criteria"]

Weights = dict[int, float]


@dataclass(slots=True)
class Criteria:
    """What a profile asks for.

    Attributes:
        countries: indices allowed by ``target_countries``; empty means that none of them is in the universe.
        wanted_countries, cities, states: places the text or ``target_cities`` prefers; state is (country, code).
        subtypes, industries: kinds of business with how strongly they were named, 0 to 1.
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
        return bool(
            self.subtypes
            or self.industries
            or self.size
            or self.technologies
            or self.traits
            or self.preferences
            or self.cities
            or self.states
        )
