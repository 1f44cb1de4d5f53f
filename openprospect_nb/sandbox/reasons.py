"""Why a company scored as it did: labels of what matched, and a sentence on what matched, missed or is unknown."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from openprospect_nb.sandbox.criteria import Criteria
from openprospect_nb.sandbox.universe.vocabulary import Vocabulary, read_json

__all__ = ["Explainer"]

_MET, _PARTLY = 0.6, 0.3


class Explainer:
    """Explains scores for one profile; the phrases of each criterion are made once, not once a company."""

    def __init__(self, criteria: Criteria, lists: Vocabulary, language: str) -> None:
        phrases = read_json("reasons.json")
        self._words: Mapping[str, str] = phrases.get(language, phrases["en"])
        self._language = language if language in phrases else "en"
        self._hints = criteria.has_hints
        self._wanted = self._name_criteria(criteria, lists)
        self._told: dict[tuple[tuple[str, str], ...], tuple[list[str], str]] = {}

    def explain(self, values: Mapping[str, float], *, all_met: bool) -> tuple[list[str], str]:
        """Return reasons and reasoning for one company's components; NaN is unknown, which is not missed."""
        states = tuple((name, _state(value)) for name, value in values.items())
        if states not in self._told:
            self._told[states] = self._tell(states, all_met=all_met)
        reasons, reasoning = self._told[states]
        return list(reasons), reasoning

    def _tell(self, states: Sequence[tuple[str, str]], *, all_met: bool) -> tuple[list[str], str]:
        words = self._words
        if not self._hints:
            return ([words["text"]] if any(s == ("text", "met") for s in states) else [], words["no_hints"])
        stated = [(name, state) for name, state in states if name in self._wanted]
        groups: dict[str, list[str]] = {state: [] for state in ("met", "partly", "missed", "unknown", "wish")}
        for name, state in stated:
            # a preference that is absent is told as such: nothing required is missed
            groups["wish" if name == "preference" and state != "met" else state].append(name)
        reasons = [self._wanted[name] for name in groups["met"]]
        sentences = [words[state].format(list=self._listed(names)) for state, names in groups.items() if names]
        if all_met:
            sentences.append(words["all_met"])
        return reasons, " ".join(sentences)

    def _listed(self, names: Sequence[str]) -> str:
        return "; ".join(self._wanted[name] for name in names)

    def _name_criteria(self, criteria: Criteria, lists: Vocabulary) -> dict[str, str]:
        words = self._words
        named: dict[str, str] = {}
        if business := self._business(criteria, lists):
            named["business"] = words["business"].format(list=business)
        if place := self._place(criteria, lists):
            named["place"] = words["place"].format(list=place)
        if criteria.size:
            named["size"] = words["size"].format(range=criteria.size.text(self._language))
        if criteria.technologies:
            tools = [" / ".join(lists.technologies[i].name for i in sorted(group)) for group in criteria.technologies]
            named["technology"] = words["technology"].format(list=", ".join(tools))
        for name, traits in (("trait", criteria.traits), ("preference", criteria.preferences)):
            if traits:
                told = read_json("reasons.json")["traits"]
                named[name] = ", ".join(told[trait]["de" if self._language == "de" else "en"] for trait in traits)
        return named

    def _business(self, criteria: Criteria, lists: Vocabulary) -> str:
        german = self._language == "de"
        subtypes = sorted(criteria.subtypes, key=lambda i: (-criteria.subtypes[i], i))[:3]
        if subtypes:
            return ", ".join(lists.subtypes[i].de if german else lists.subtypes[i].en for i in subtypes)
        return ", ".join(
            lists.industries[i].de if german else lists.industries[i].en for i in sorted(criteria.industries)[:3]
        )

    def _place(self, criteria: Criteria, lists: Vocabulary) -> str:
        places = [lists.cities[i].name for i in sorted(criteria.cities)][:4]
        places += [state for _, state in sorted(criteria.states)][:6]
        if not places:
            key = "de" if self._language == "de" else "en"
            places = [lists.countries[i].names[key] for i in sorted(criteria.wanted_countries)][:6]
        return ", ".join(places)


def _state(value: float) -> str:
    if math.isnan(value):
        return "unknown"
    return "met" if value >= _MET else "partly" if value >= _PARTLY else "missed"
