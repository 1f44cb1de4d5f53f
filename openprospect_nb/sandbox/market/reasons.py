"""Why a company scored as it did: labels of what it meets, and a sentence on what matched, missed or is unknown."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from openprospect_nb.sandbox.market.criteria import Criteria
from openprospect_nb.sandbox.market.taxonomy import phrase_book
from openprospect_nb.sandbox.universe.company import Company
from openprospect_nb.sandbox.universe.vocabulary import Vocabulary, read_json

__all__ = ["Explainer"]

_MET, _PARTLY = 0.6, 0.3
_NAMED_TOOLS = 4  # a wider choice of products is told by its kind


class Explainer:
    """Explains scores for one profile, in its output language (German or English).

    Reasons are the same few labels for all companies of an order, so that they can be counted; the sentence tells
    what the company itself is, and what was wanted instead where that differs.
    """

    def __init__(self, criteria: Criteria, lists: Vocabulary, language: str) -> None:
        self._language = "de" if language == "de" else "en"
        self._words: Mapping[str, str] = read_json("reasons.json")[self._language]
        self._hints = criteria.has_hints
        self._wanted = _wanted(criteria, lists, self._language)
        self._range = criteria.size.text(self._language) if criteria.size else ""

    def explain(self, values: Mapping[str, float], company: Company, *, all_met: bool) -> tuple[list[str], str]:
        """Return labels and reasoning for one company's components; NaN is unknown, which is not missed."""
        words = self._words
        states = {name: _state(value) for name, value in values.items()}
        if not self._hints:
            return ([words["text"]] if states.get("text") == "met" else [], words["no_hints"])
        groups: dict[str, list[str]] = {state: [] for state in ("met", "partly", "missed", "unknown", "wish")}
        for name in self._wanted:
            state = states.get(name, "unknown")
            # a preference that is absent is told as such: nothing required is missed
            groups["wish" if name == "preference" and state != "met" else state].append(name)
        told = [
            words[state].format(list="; ".join(self._tell(name, state, company) for name in names))
            for state, names in groups.items()
            if names
        ]
        return [self._label(name) for name in groups["met"]], " ".join([*told, words["all_met"]] if all_met else told)

    def _label(self, name: str) -> str:
        return self._words[f"label_{name}"].format(wanted=self._wanted[name])

    def _tell(self, name: str, state: str, company: Company) -> str:
        """Return what the company is in one respect, and what was wanted if that differs."""
        has = self._fact(name, company)
        if state in {"unknown", "wish"} or has is None:
            return self._label(name)
        return has if state == "met" else self._words["instead"].format(has=has, wanted=self._wanted[name])

    def _fact(self, name: str, company: Company) -> str | None:
        if name == "business":
            return company.subtype.de if self._language == "de" else company.subtype.en
        if name == "place":
            return f"{company.city.name}, {company.country.names[self._language]}"
        if name == "size":
            return self._words["headcount"].format(count=company.employees)
        return None


def _wanted(criteria: Criteria, lists: Vocabulary, language: str) -> dict[str, str]:
    """Return the stated criteria by component, as words."""
    traits = read_json("reasons.json")["traits"]
    named = {
        "business": _businesses(criteria, lists, language),
        "place": _places(criteria, lists, language),
        "size": criteria.size.text(language) if criteria.size else "",
        "technology": ", ".join(_tools(group, lists) for group in criteria.technologies),
        "trait": ", ".join(traits[name][language] for name in criteria.traits),
        "preference": ", ".join(traits[name][language] for name in criteria.preferences),
    }
    return {name: text for name, text in named.items() if text}


def _businesses(criteria: Criteria, lists: Vocabulary, language: str) -> str:
    named = sorted(criteria.subtypes, key=lambda index: (-criteria.subtypes[index], index))[:3]
    entries: Sequence[object] = [lists.subtypes[index] for index in named]
    if not entries:
        entries = [lists.industries[index] for index in sorted(criteria.industries)[:3]]
    return ", ".join(str(getattr(entry, language)) for entry in entries)


def _places(criteria: Criteria, lists: Vocabulary, language: str) -> str:
    places = [lists.cities[index].name for index in sorted(criteria.cities)][:4]
    by_state = {region.states[0]: name for name, region in phrase_book().regions.items() if len(region.states) == 1}
    places += [by_state.get(state, state) for _, state in sorted(criteria.states)][:6]
    return ", ".join(
        places or [lists.countries[index].names[language] for index in sorted(criteria.wanted_countries)][:6]
    )


def _tools(group: frozenset[int], lists: Vocabulary) -> str:
    if len(group) > _NAMED_TOOLS:
        return " / ".join(sorted({lists.technologies[index].label for index in group}))
    return " / ".join(lists.technologies[index].name for index in sorted(group))


def _state(value: float) -> str:
    if math.isnan(value):
        return "unknown"
    return "met" if value >= _MET else "partly" if value >= _PARTLY else "missed"
