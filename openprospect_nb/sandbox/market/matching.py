"""From a profile to companies, best first, each with a score and the reasons for it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from openprospect_nb.sandbox.market.catalogue import Universe
from openprospect_nb.sandbox.market.criteria import Criteria
from openprospect_nb.sandbox.market.icp_parse import parse_profile
from openprospect_nb.sandbox.market.reasons import Explainer
from openprospect_nb.sandbox.market.scoring import Components, allowed_rows, components, reached, scores
from openprospect_nb.sandbox.universe.chance import Floats, Ints
from openprospect_nb.sandbox.universe.hits import Hit
from openprospect_nb.sandbox.universe.spelling import is_listed_twice

__all__ = ["Hit", "rank", "score_company"]

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
        parts = (self.criteria, universe.lists, universe.columns)
        found = components(parts, rows)
        if self.text is not None:
            found["text"] = self.text[rows]
        latent = (universe.chance, self.digest)
        values, all_met = scores(parts, rows, found, latent)
        if self.criteria.has_hints and not everywhere:
            values = np.where(reached(values, all_met, rows, latent), values, np.nan)
        order = np.lexsort((rows, -values))[: min(limit, int((~np.isnan(values)).sum()))]
        return [self._hit(int(rows[i]), float(values[i]), _row_of(found, i), all_met=bool(all_met[i])) for i in order]

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


def _row_of(found: Components, index: int) -> dict[str, float]:
    return {name: float(values[index]) for name, values in found.items()}


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
