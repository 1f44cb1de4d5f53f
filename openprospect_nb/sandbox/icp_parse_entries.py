"""Write what a phrase points at into the criteria."""

from __future__ import annotations

from openprospect_nb.sandbox.criteria import Criteria
from openprospect_nb.sandbox.taxonomy import Entry, PhraseBook
from openprospect_nb.sandbox.universe.vocabulary import vocabulary

__all__ = ["add_place", "write_entry"]


def write_entry(criteria: Criteria, entry: Entry, book: PhraseBook, *, negated: bool) -> None:
    """Write what a phrase points at into the criteria; a negated place or trait is no criterion."""
    if entry.kind == "subtype":
        _add_subtype(criteria, entry, negated=negated)
    elif entry.kind == "industry" and not negated:
        # a negated industry word drops nothing: industries are excluded through excluded_industries only
        index = int(entry.target)
        criteria.industries[index] = max(criteria.industries.get(index, 0), entry.weight)
    elif entry.kind == "technology":
        criteria.excluded_technologies |= {int(part) for part in str(entry.target).split(";")}
    elif entry.kind in {"country", "city", "region"} and not negated:
        add_place(criteria, entry, book)


def _add_subtype(criteria: Criteria, entry: Entry, *, negated: bool) -> None:
    index = int(entry.target)
    if negated:
        criteria.excluded_subtypes.add(index)
    else:
        criteria.subtypes[index] = max(criteria.subtypes.get(index, 0), entry.weight)


def add_place(criteria: Criteria, entry: Entry, book: PhraseBook) -> None:
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
