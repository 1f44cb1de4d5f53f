"""From a profile to companies, best first, each with a score and the reasons for it.

Scores are one array a component, over all firms of a batch; reasons are worded for the few that are delivered.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from openprospect_nb.sandbox.market.candidates import FLOOR, Candidates, FirmBatch
from openprospect_nb.sandbox.market.catalogue import Universe
from openprospect_nb.sandbox.market.icp import Criteria, parse_profile
from openprospect_nb.sandbox.market.kinds import MET, value_cities, value_headcounts, value_trades, value_words
from openprospect_nb.sandbox.market.taxonomy import phrase_book
from openprospect_nb.sandbox.universe.chance import Chance, Floats, Ints
from openprospect_nb.sandbox.universe.columns import Columns
from openprospect_nb.sandbox.universe.company import Hit, UniverseCompany, describe_company, is_listed_twice
from openprospect_nb.sandbox.universe.identity import Address
from openprospect_nb.sandbox.universe.people import language_of
from openprospect_nb.sandbox.universe.vocabulary import Vocabulary, read_json, vocabulary

WEIGHTS = {"business": 3.2, "place": 2.4, "size": 2.0, "technology": 1.8, "trait": 1.4, "preference": 0.7, "text": 1.2}
# The highest score of a firm of another trade, of one that misses a hard criterion, of one that meets some criteria
# only, and for a profile nobody understood: so a score tells which of these it is.
CAP_UNRELATED = 4.2
CAP_HARD = 5.4
CAP_PARTLY = 7.8
CAP_UNKNOWN_ICP = 5.0
_CORE = ("business", "place", "size")
_HARD = (*_CORE, "technology")

Flags = NDArray[np.bool_]
Components = dict[str, Floats]


@dataclass(frozen=True, slots=True)
class MatchTask:
    """What is asked of which firms: the criteria of a profile, and everything they are held against.

    Attributes:
        criteria: what the profile asks for.
        numbers, columns: the firms, and their attributes in the same order.
        chance: the source of what no criterion explains.
        digest: of the profile's content; other profiles meet other chance.
    """

    criteria: Criteria
    numbers: Ints
    columns: Columns
    chance: Chance
    digest: str

    def __len__(self) -> int:
        return len(self.numbers)


def components(question: MatchTask) -> Components:
    """Return one array per stated criterion; criteria nobody stated are absent, and NaN is unknown."""
    criteria, columns = question.criteria, question.columns
    values: Components = {}
    if (trades := value_trades(criteria)) is not None:
        values["business"] = trades[columns.subtype]
    if (cities := value_cities(criteria)) is not None:
        values["place"] = cities[columns.city]
    if criteria.size is not None:
        headcounts = value_headcounts(criteria.size, columns.employees.astype(np.float64))
        values["size"] = np.where(columns.known, headcounts, np.nan)
    if criteria.technologies:
        groups = [columns.technologies[:, sorted(group)].any(axis=1) for group in criteria.technologies]
        values["technology"] = np.where(columns.website, np.mean(np.stack(groups, axis=1), axis=1), np.nan)
    for name, wanted in (("trait", criteria.traits), ("preference", criteria.preferences)):
        if wanted:
            places = [list(vocabulary().traits).index(trait) for trait in wanted]
            values[name] = np.mean(columns.traits[:, places], axis=1)
    if (words := value_words(criteria)) is not None:
        values["text"] = words[columns.subtype]
    return values


def scores(question: MatchTask, values: Components) -> tuple[Floats, Flags]:
    """Return match scores (0 to 10), and whether all stated criteria are met."""
    total, weight = np.zeros(len(question)), np.zeros(len(question))
    all_met, hard_missed = np.ones(len(question), dtype=bool), np.zeros(len(question), dtype=bool)
    for name, component in values.items():
        is_known = ~np.isnan(component)
        # what is unknown counts a little less than half met: it is no reason to leave a firm out
        total += np.where(is_known, np.nan_to_num(component), 0.45) * WEIGHTS[name]
        weight += WEIGHTS[name]
        if name not in {"text", "preference"}:
            all_met &= is_known & (np.nan_to_num(component) >= MET)
        if name in _HARD:
            hard_missed |= is_known & (np.nan_to_num(component) < FLOOR)
    fit = total / np.maximum(weight, 1e-9)
    unrelated = np.nan_to_num(values.get("business", np.ones(len(question)))) < FLOOR
    spread = _spread(question)
    raw, cap = _grade(fit, spread, [unrelated, hard_missed, all_met])
    if not question.criteria.has_hints:
        raw, cap = 2.6 + 1.6 * fit + 0.7 * spread, np.full(len(question), CAP_UNKNOWN_ICP)
        all_met = np.zeros(len(question), dtype=bool)
    # Bend values that approach *cap* so that they keep their order and do not tie.
    knee = cap - 0.9
    over = np.maximum(raw - knee, 0)
    return np.round(np.clip(np.where(raw > knee, knee + 0.9 * (1 - np.exp(-over / 0.9)), raw), 0.3, 10.0), 4), all_met


def _spread(question: MatchTask) -> Floats:
    """Return what tells apart companies that meet the same criteria: a latent fit, maturity and size."""
    columns = question.columns
    latent = question.chance.normals(f"fit {question.digest}", question.numbers)
    size = np.log(columns.employees) - 3
    return 0.7 * latent + 0.2 * np.clip(columns.maturity, -2, 2) + 0.08 * size


def _grade(fit: Floats, spread: Floats, kinds: list[Flags]) -> tuple[Floats, Floats]:
    """Return raw score and cap; firms of another trade, that miss a hard criterion, that meet all are *kinds* apart."""
    raw = np.select(
        kinds,
        [0.7 + 3.6 * fit + 0.8 * spread, 6.4 * fit + 0.1 + 0.8 * spread, 7.5 + 1.1 * spread],
        7.3 * fit - 0.7 + 0.9 * spread,
    )
    return raw, np.select(kinds, [CAP_UNRELATED, CAP_HARD, 10.0], CAP_PARTLY)


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
    return "met" if value >= MET else "partly" if value >= _PARTLY else "missed"


# what makes two profiles the same search; the profile's name is a label and does not count
_CONTENT = (
    "ideal_customer_profile",
    "seller_offering",
    "target_countries",
    "target_cities",
    "target_industries",
    "excluded_industries",
)
_EASY = 0.65  # share of firms that every profile finds as easily as any other
_BETWEEN = 12  # firms that fit between two that nearly fit
_FEW = 3
_NAMED = 0.9  # a kind of business that was named, not only its industry


def rank(universe: Universe, profile: Mapping[str, Any], limit: int) -> list[Hit]:
    """Return at most *limit* firms of the target countries, the most easily found first.

    Those that meet every criterion come before those that meet trade, place and size; between them comes one in
    thirteen that nearly fits, as no index is free of error. Firms that do not fit are not returned, however few there
    are. Equal for equal seed and profile content; a longer list starts with the shorter one.

    Args:
        universe: where to look.
        profile: the fields of contract 4.2; ``target_countries`` is a hard filter, and a country that the universe
            does not have gives nothing.
        limit: how many to return at most.
    """
    search = _search(universe, profile)
    return [
        graded.hit(search, int(row)) for graded, rows in search.deliverable(search.candidates(), limit) for row in rows
    ]


def score_company(universe: Universe, profile: Mapping[str, Any], number: int) -> Hit:
    """Return one company scored for *profile*, whether or not the profile's filters would let it pass."""
    columns, row = universe.row(number)
    search = _search(universe, profile)
    return search.grade(np.array([number], dtype=np.int64), columns.take(slice(row, row + 1))).hit(search, 0)


@dataclass(frozen=True, slots=True)
class MarketPool:
    """How many firms of the sandbox's market a profile is about.

    Attributes:
        firms: those that meet every stated criterion, as the truth has it.
        deliverable: how many companies all orders of one search can bring, before blacklists.
        exact: whether ``firms`` was counted; else it is scaled up from sixty thousand firms of a wider market, with an
            error of a few percent.
    """

    firms: int
    deliverable: int
    exact: bool


def count_pool(universe: Universe, profile: Mapping[str, Any], pool_size: int) -> MarketPool:
    """Return how many firms meet *profile*; *pool_size* is what a search delivers at most."""
    search = _search(universe, profile)
    candidates = search.candidates()
    sample, scale = candidates.evenly()
    met = int(search.grade(sample.numbers, sample.columns).all_met.sum()) if len(sample.numbers) else 0
    deliverable = sum(len(rows) for _, rows in search.deliverable(candidates, pool_size))
    return MarketPool(round(met * scale), deliverable, exact=scale == 1.0)


def _search(universe: Universe, profile: Mapping[str, Any]) -> _ProfileSearch:
    content = {name: profile.get(name) for name in _CONTENT if profile.get(name)}
    return _remembered(
        universe, json.dumps(content, sort_keys=True, ensure_ascii=False, default=str), language_of(profile)
    )


class _ProfileSearch:
    """One profile read once: criteria and digest."""

    def __init__(self, universe: Universe, content: str, language: str) -> None:
        self.universe = universe
        self.criteria = parse_profile(json.loads(content))
        self.digest = hashlib.blake2b(content.encode(), digest_size=8).hexdigest()
        self.explainer = Explainer(self.criteria, universe.lists, language)

    def deliverable(self, candidates: Candidates, limit: int) -> Iterator[tuple[_Graded, Ints]]:
        """Yield the firms of each batch with the rows to deliver, in order, until there are *limit*."""
        for batch in candidates.batches():
            if limit <= 0:
                return
            graded = self.grade(batch.numbers, batch.columns)
            rows = _order(graded, self._ease(batch), understood=self.criteria.has_hints)[:limit]
            limit -= len(rows)
            yield graded, rows

    def candidates(self) -> Candidates:
        return Candidates(self.universe.strata, self.universe.chance, self.criteria)

    def grade(self, numbers: Ints, columns: Columns) -> _Graded:
        question = MatchTask(self.criteria, numbers, columns, self.universe.chance, self.digest)
        values = components(question)
        match, all_met = scores(question, values)
        return _Graded(numbers, columns, values, match, all_met)

    def _ease(self, batch: FirmBatch) -> Floats:
        """Return a key per firm, the smaller the earlier it is found: much of it is common to all profiles."""
        chance = self.universe.chance
        common = chance.uniforms("easily found", batch.numbers) < _EASY
        own = chance.uniforms(f"found {self.digest}", batch.numbers)
        return -np.log1p(-np.where(common, chance.uniforms("found", batch.numbers), own)) / batch.visible


# an enrichment order scores thousands of companies for one profile
_remembered = lru_cache(maxsize=4)(_ProfileSearch)


@dataclass(frozen=True, slots=True)
class _Graded:
    """Firms with their components and scores."""

    numbers: Ints
    columns: Columns
    values: Components
    match: Floats
    all_met: Flags

    @property
    def fits(self) -> Flags:
        """Whether trade, place and size are as stated, and no technology is missed outright."""
        fits = self.match > CAP_HARD
        for name in _CORE:
            if name in self.values:
                fits = fits & (np.nan_to_num(self.values[name]) >= MET)
        return fits

    def hit(self, search: _ProfileSearch, row: int) -> Hit:
        """Return one firm with its score and reasons."""
        universe, number = search.universe, int(self.numbers[row])
        twice = is_listed_twice(universe.chance, number)
        variant = int(twice and universe.chance.uniform(f"variant {search.digest}", number) < 0.5)
        naming = universe.naming(number, universe.lists.forms[self.columns.form[row]].short)
        address = Address(number, variant)
        company = describe_company(universe.chance, universe.lists, self.columns, row, address, naming)
        values = {name: float(component[row]) for name, component in self.values.items()}
        reasons, reasoning = search.explainer.explain(values, company, all_met=bool(self.all_met[row]))
        rounded = round(float(self.match[row]), 1)
        return Hit(
            number=number,
            company_id=company.identifier,
            name=company.spelling.name,
            domain=company.domain if company.spelling.website else None,
            city=company.spelling.city,
            match_score=int(rounded) if rounded == int(rounded) else rounded,
            match_reasons=reasons,
            match_reasoning=reasoning,
            variant=variant,
            company=company,
        )


def _order(graded: _Graded, ease: Floats, *, understood: bool) -> Ints:
    """Return the rows to deliver, in order: see `rank`. Of a profile nobody understood, any firm is as good."""
    if not understood:
        return np.lexsort((graded.numbers, ease))
    fits = graded.fits
    named = graded.values.get("business", np.ones(len(ease))) >= _NAMED
    rows = np.lexsort((graded.numbers, ease, ~named, ~graded.all_met, ~(graded.all_met | fits)))
    good = rows[: int((graded.all_met | fits).sum())]
    near = rows[len(good) :]
    near = near[graded.match[near] > CAP_HARD][: _FEW + len(good) // _BETWEEN]
    places = np.concatenate([np.arange(len(good)) / _BETWEEN, np.arange(1, len(near) + 1) - 0.5 / _BETWEEN])
    ordered: Ints = np.concatenate([good, near])[np.argsort(places, kind="stable")]
    return ordered
