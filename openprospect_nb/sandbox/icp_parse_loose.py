"""Second readings of an ICP, tried only where the first named no business outright."""

from __future__ import annotations

import re

from openprospect_nb.sandbox.criteria import Criteria
from openprospect_nb.sandbox.icp_parse_entries import write_entry
from openprospect_nb.sandbox.taxonomy import phrase_book
from openprospect_nb.sandbox.universe.searchtext import stem_words
from openprospect_nb.sandbox.universe.vocabulary import read_json, vocabulary

__all__ = ["read_loosely", "read_sectors"]


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
