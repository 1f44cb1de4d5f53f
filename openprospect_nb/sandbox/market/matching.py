"""From a profile to companies, best first, each with a score and the reasons for it.

Scores are one array a component, over all companies at once; reasons are worded for the few that are delivered.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from openprospect_nb.sandbox.market.catalogue import Universe
from openprospect_nb.sandbox.market.icp import Criteria, parse_profile
from openprospect_nb.sandbox.market.taxonomy import phrase_book
from openprospect_nb.sandbox.universe.chance import Chance, Floats, Ints
from openprospect_nb.sandbox.universe.columns import Columns
from openprospect_nb.sandbox.universe.company import Hit, UniverseCompany, is_listed_twice
from openprospect_nb.sandbox.universe.vocabulary import Vocabulary, read_json

WEIGHTS = {"business": 3.2, "place": 2.4, "size": 2.0, "technology": 1.8, "trait": 1.4, "preference": 0.7, "text": 1.2}
CAP_UNRELATED = 4.2
CAP_HARD = 5.4
CAP_PARTLY = 7.8
CAP_UNKNOWN_ICP = 5.0
_MET = 0.6  # from here on a component counts as met
_HARD = ("business", "place", "size", "technology")
_HARD_FLOOR = 0.4  # below it, a hard criterion counts as missed outright
_SIBLING = 0.3  # what another kind of business of the named one's industry counts

Flags = NDArray[np.bool_]
Components = dict[str, Floats]


@dataclass(frozen=True, slots=True)
class MatchTask:
    """What is asked of which companies: the criteria of a profile, and everything they are held against.

    Attributes:
        criteria: what the profile asks for.
        lists, columns: the vocabulary, and the attributes of all companies.
        chance: the source of what no criterion explains.
        digest: of the profile's content; other profiles meet other chance.
    """

    criteria: Criteria
    lists: Vocabulary
    columns: Columns
    chance: Chance
    digest: str


@dataclass(frozen=True, slots=True)
class Grades:
    """Which companies meet all stated criteria, miss a hard one outright, or are in another trade."""

    all_met: Flags
    hard_missed: Flags
    unrelated: Flags


def allowed_rows(criteria: Criteria, columns: Columns) -> Ints:
    """Return the numbers of companies in the target countries that no exclusion names."""
    allowed = np.isin(columns.country, list(criteria.countries))
    allowed &= ~np.isin(columns.industry, list(criteria.excluded_industries))
    allowed &= ~np.isin(columns.subtype, list(criteria.excluded_subtypes))
    if criteria.excluded_technologies:
        allowed &= ~columns.technologies[:, sorted(criteria.excluded_technologies)].any(axis=1)
    return np.flatnonzero(allowed)


def components(question: MatchTask, rows: Ints) -> Components:
    """Return one array per stated criterion, for the companies *rows*; criteria nobody stated are absent."""
    makers: dict[str, Callable[[MatchTask, Ints], Floats | None]] = {
        "business": _business,
        "place": _place,
        "size": _size,
        "technology": _technology,
        "trait": _trait,
        "preference": _preference,
    }
    made = {name: maker(question, rows) for name, maker in makers.items()}
    return {name: values for name, values in made.items() if values is not None}


def scores(question: MatchTask, rows: Ints, values: Components) -> tuple[Floats, Flags]:
    """Return match scores (0 to 10, one decimal) of the companies *rows*, and whether all stated criteria are met."""
    total, weight = np.zeros(len(rows)), np.zeros(len(rows))
    all_met, hard_missed = np.ones(len(rows), dtype=bool), np.zeros(len(rows), dtype=bool)
    for name, component in values.items():
        is_known = ~np.isnan(component)
        total += np.where(is_known, np.nan_to_num(component), 0.45) * WEIGHTS[name]
        weight += WEIGHTS[name]
        if name not in {"text", "preference"}:
            all_met &= is_known & (np.nan_to_num(component) >= _MET)
        if name in _HARD:
            hard_missed |= is_known & (np.nan_to_num(component) < _HARD_FLOOR)
    fit = total / np.maximum(weight, 1e-9)
    unrelated = np.nan_to_num(values.get("business", np.ones(len(rows)))) < _HARD_FLOOR
    spread = _spread(question, rows)
    raw, cap = _grade(fit, Grades(all_met, hard_missed, unrelated), spread)
    if not question.criteria.has_hints:
        raw, cap = 2.6 + 1.6 * fit + 0.7 * spread, np.full(len(rows), CAP_UNKNOWN_ICP)
        all_met = np.zeros(len(rows), dtype=bool)
    return np.round(_soft_cap(raw, cap), 4), all_met


def _spread(question: MatchTask, rows: Ints) -> Floats:
    """Return what tells apart companies that meet the same criteria: a latent fit, maturity and size."""
    columns = question.columns
    latent = question.chance.normals(f"fit {question.digest}", rows)
    size = np.log(columns.employees[rows]) - 3
    return 0.7 * latent + 0.2 * np.clip(columns.maturity[rows], -2, 2) + 0.08 * size


def _grade(fit: Floats, grades: Grades, spread: Floats) -> tuple[Floats, Floats]:
    """Return raw score and cap."""
    kinds = [grades.unrelated, grades.hard_missed, grades.all_met]
    raw = np.select(
        kinds,
        [0.7 + 3.6 * fit + 0.8 * spread, 6.4 * fit + 0.1 + 0.8 * spread, 7.5 + 1.1 * spread],
        7.3 * fit - 0.7 + 0.9 * spread,
    )
    cap = np.select(
        kinds, [np.full_like(fit, CAP_UNRELATED), np.full_like(fit, CAP_HARD), np.full_like(fit, 10.0)], CAP_PARTLY
    )
    return raw, cap


def reached(question: MatchTask, rows: Ints, values: Floats, all_met: Flags) -> Flags:
    """Return which companies this profile's discovery reaches: all of a narrow market, a part of a wide one.

    Beyond 24 companies that meet everything one in ten more is reached, beyond 60 that come close one in four; which
    ones depends on the profile, so two profiles for one market overlap without being equal. The rest is always reached.
    """
    chance = question.chance
    # most of what is easy to find is found by every profile, the rest by some
    common = chance.uniforms("easily found", rows) < 0.65
    draw = np.where(common, chance.uniforms("reach", rows), chance.uniforms(f"reach {question.digest}", rows))
    close = ~all_met & (values > CAP_HARD)
    within = np.ones(len(rows), dtype=bool)
    for group, always, share in ((all_met, 24, 0.1), (close, 60, 0.25)):
        count = int(group.sum())
        if count > always:
            within &= ~group | (draw < (always + share * (count - always)) / count)
    return within


def _soft_cap(raw: Floats, cap: Floats) -> Floats:
    """Bend values that approach *cap* so that they keep their order and do not tie."""
    knee = cap - 0.9
    over = np.maximum(raw - knee, 0)
    return np.clip(np.where(raw > knee, knee + 0.9 * (1 - np.exp(-over / 0.9)), raw), 0.3, 10.0)


def _business(question: MatchTask, rows: Ints) -> Floats | None:
    criteria, lists, columns = question.criteria, question.lists, question.columns
    if not criteria.subtypes and not criteria.industries:
        return None
    value = np.zeros(len(lists.subtypes))
    named_best = max(criteria.subtypes.values(), default=0.0)
    related = {lists.subtypes[index].industry for index in criteria.subtypes}
    for index, subtype in enumerate(lists.subtypes):
        named = criteria.subtypes.get(index, 0.0)
        industry = criteria.industries.get(subtype.industry, 0.0)
        sibling = _SIBLING * named_best if subtype.industry in related else 0.0
        value[index] = max(named, industry * (0.5 * named_best if criteria.subtypes else 1.0), sibling)
    return np.minimum(value / (named_best or 1.0), 1.0)[columns.subtype[rows]]


def _place(question: MatchTask, rows: Ints) -> Floats | None:
    criteria, lists, columns = question.criteria, question.lists, question.columns
    if not criteria.cities and not criteria.states and not criteria.wanted_countries:
        return None
    value = np.zeros(len(lists.cities))
    near = {(lists.cities[city].country, lists.cities[city].region) for city in criteria.cities}
    for index, city in enumerate(lists.cities):
        if (
            index in criteria.cities
            or (city.country, city.region) in criteria.states
            or (city.country in criteria.wanted_countries and not (criteria.cities or criteria.states))
        ):
            value[index] = 1.0
        elif city.region and (city.country, city.region) in near:
            value[index] = 0.45
        elif city.country in criteria.wanted_countries:
            value[index] = 0.25
    return value[columns.city[rows]]


def _size(question: MatchTask, rows: Ints) -> Floats | None:
    criteria, columns = question.criteria, question.columns
    if criteria.size is None:
        return None
    size = np.log(columns.employees[rows])
    low = np.log(criteria.size.low) if criteria.size.low else -np.inf
    high = np.log(criteria.size.high) if criteria.size.high else np.inf
    outside = np.maximum(np.maximum(low - size, size - high), 0)
    value = np.exp(-((outside / 0.3) ** 2) / 2)
    return np.where(columns.known[rows], np.where(outside > 0, np.minimum(value, _MET - 0.01), value), np.nan)


def _technology(question: MatchTask, rows: Ints) -> Floats | None:
    criteria, columns = question.criteria, question.columns
    if not criteria.technologies:
        return None
    groups = [columns.technologies[rows][:, sorted(group)].any(axis=1) for group in criteria.technologies]
    met = np.mean(np.stack(groups, axis=1), axis=1)
    return np.where(columns.website[rows], met, np.nan)


def _trait(question: MatchTask, rows: Ints) -> Floats | None:
    return _share_of_traits(question, rows, question.criteria.traits)


def _preference(question: MatchTask, rows: Ints) -> Floats | None:
    return _share_of_traits(question, rows, question.criteria.preferences)


def _share_of_traits(question: MatchTask, rows: Ints, wanted: list[str]) -> Floats | None:
    if not wanted:
        return None
    names = list(question.lists.traits)
    met: Floats = np.mean(question.columns.traits[rows][:, [names.index(trait) for trait in wanted]], axis=1)
    return met


_PARTLY = 0.3  # from here on it counts as partly met
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

    def explain(self, values: Mapping[str, float], company: UniverseCompany, *, all_met: bool) -> tuple[list[str], str]:
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
        sentences = [
            words[state].format(list="; ".join(self._tell(name, state, company) for name in names))
            for state, names in groups.items()
            if names
        ]
        return [self._label(name) for name in groups["met"]], " ".join(
            [*sentences, words["all_met"]] if all_met else sentences
        )

    def _label(self, name: str) -> str:
        return self._words[f"label_{name}"].format(wanted=self._wanted[name])

    def _tell(self, name: str, state: str, company: UniverseCompany) -> str:
        """Return what the company is in one respect, and what was wanted if that differs."""
        has = self._fact(name, company)
        if state in {"unknown", "wish"} or has is None:
            return self._label(name)
        return has if state == "met" else self._words["instead"].format(has=has, wanted=self._wanted[name])

    def _fact(self, name: str, company: UniverseCompany) -> str | None:
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


# what makes two profiles the same search; the profile's name is a label and does not count
_CONTENT = (
    "ideal_customer_profile",
    "seller_offering",
    "target_countries",
    "target_cities",
    "target_industries",
    "excluded_industries",
)
_TEXT_LIMIT = 2000


def rank(universe: Universe, profile: Mapping[str, Any], limit: int) -> list[Hit]:
    """Return at most *limit* companies of the target countries, best first; equal for equal seed and profile content.

    Args:
        universe: where to look.
        profile: the fields of contract 4.2; ``target_countries`` is a hard filter, and a country that the universe
            does not have gives nothing.
        limit: how many to return at most.
    """
    search = _search(universe, profile)
    rows = allowed_rows(search.criteria, universe.columns)
    return search.hits(rows, limit) if len(rows) and limit > 0 else []


def score_company(universe: Universe, profile: Mapping[str, Any], number: int) -> Hit:
    """Return one company scored for *profile*, whether or not the profile's filters would let it pass."""
    return _search(universe, profile).hits(np.array([number], dtype=np.int64), 1, everywhere=True)[0]


def _search(universe: Universe, profile: Mapping[str, Any]) -> _Search:
    content = {name: profile.get(name) for name in _CONTENT if profile.get(name)}
    return _Search.of(
        universe, json.dumps(content, sort_keys=True, ensure_ascii=False, default=str), _language(profile)
    )


class _Search:
    """One profile read once: criteria, digest and the text's matches by company number."""

    def __init__(self, universe: Universe, content: str, language: str) -> None:
        self.universe = universe
        self.criteria = parse_profile(json.loads(content))
        self.digest = hashlib.blake2b(content.encode(), digest_size=8).hexdigest()
        self.explainer = Explainer(self.criteria, universe.lists, language)
        self.text = _text_matches(universe, self.criteria)

    @staticmethod
    @lru_cache(maxsize=4)  # an enrichment order scores thousands of companies for one profile
    def of(universe: Universe, content: str, language: str) -> _Search:
        """Return the search of a profile's content, the last few of which are remembered."""
        return _Search(universe, content, language)

    def hits(self, rows: Ints, limit: int, *, everywhere: bool = False) -> list[Hit]:
        """Return the best *limit* of the companies *rows* that this profile reaches, or of all of them."""
        universe = self.universe
        question = MatchTask(self.criteria, universe.lists, universe.columns, universe.chance, self.digest)
        values = components(question, rows)
        if self.text is not None:
            values["text"] = self.text[rows]
        match, all_met = scores(question, rows, values)
        if self.criteria.has_hints and not everywhere:
            match = np.where(reached(question, rows, match, all_met), match, np.nan)
        order = np.lexsort((rows, -match))[: min(limit, int((~np.isnan(match)).sum()))]
        return [self._hit(int(rows[i]), float(match[i]), _row_of(values, i), all_met=bool(all_met[i])) for i in order]

    def _hit(self, number: int, score: float, values: Mapping[str, float], *, all_met: bool) -> Hit:
        chance = self.universe.chance
        twice = is_listed_twice(chance, number)
        company = self.universe.company(number, int(twice and chance.uniform(f"variant {self.digest}", number) < 0.5))
        reasons, reasoning = self.explainer.explain(values, company, all_met=all_met)
        rounded = round(score, 1)
        return Hit(
            number=number,
            company_id=company.identifier,
            name=company.spelling.name,
            domain=company.domain if company.spelling.website else None,
            city=company.spelling.city,
            match_score=int(rounded) if rounded == int(rounded) else rounded,
            match_reasons=reasons,
            match_reasoning=reasoning,
            variant=company.variant,
        )


def _row_of(values: Components, index: int) -> dict[str, float]:
    return {name: float(component[index]) for name, component in values.items()}


def _text_matches(universe: Universe, criteria: Criteria) -> Floats | None:
    """Return 0 to 1 per company by full-text rank on the words no rule understood; None if nothing matches."""
    words = list(dict.fromkeys(criteria.residue))[:24]
    if not words:
        return None
    hits = universe.search_text(" OR ".join(f'"{word}"' for word in words), _TEXT_LIMIT)
    if not hits:
        return None
    best = min(score for _, score in hits)
    by_number = np.zeros(len(universe))
    for number, score in hits:
        by_number[number] = score / best
    return by_number


def _language(profile: Mapping[str, Any]) -> str:
    return str(profile.get("output_language") or "en").lower()[:2]
