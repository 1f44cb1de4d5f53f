"""What weights and limits leave of results: how many companies and people, the list, and Python that repeats it.

The size of the list is estimated at once, from moments of independent recipients; the exact list, where domains share a
fate, takes longer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl

from openprospect_nb.analysis import DEFAULT_WEIGHTS, SendList, score, send_list
from openprospect_nb.analysis.bounces.promises import Promise, estimate
from openprospect_nb.analysis.contacts.counting import PERSON, count_prospects, with_person
from openprospect_nb.analysis.contacts.recipients import recipients
from openprospect_nb.analysis.scoring.formula import checked_weights
from openprospect_nb.frames.results import Results

COMPONENTS: Final = tuple(name for name, weight in DEFAULT_WEIGHTS.items() if weight > 0)
TOP: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What the sliders say.

    Attributes:
        weights: component → weight, summing to 1.
        min_score: smallest score of a company that is kept, 0-100; one without a score counts as 0.
        max_risk: largest stated bounce risk of a prospect that is kept, 0-100; an unknown one counts as 100.
        limit: the bounce rate not to exceed, 0-1. confidence: how sure to be of that, 0-1.
    """

    weights: Mapping[str, float]
    min_score: float = 0.0
    max_risk: float = 100.0
    limit: float = 0.02
    confidence: float = 0.9

    def __post_init__(self) -> None:
        checked_weights(self.weights, has_preferences=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIfOutcome:
    """What a setting leaves; ``size`` and ``expected`` (bounces) of the list are estimates."""

    companies: int
    companies_kept: int
    prospects: int
    prospects_kept: int
    size: int
    expected: float
    top: tuple[tuple[str, float | None], ...]


class Possibilities:
    """What settings leave of *results*: companies are scored once for all limits, people are placed once for all."""

    def __init__(self, results: Results) -> None:
        self._results, self._people = results, _people(results)
        self._scored: tuple[Mapping[str, float], pl.DataFrame] | None = None

    def outcome(self, setting: Setting) -> WhatIfOutcome:
        """Return what *setting* leaves."""
        firms, chosen = self._firms(setting.weights), self._chosen(setting)
        once = self._people.filter(_kept(chosen, setting)).unique(PERSON, maintain_order=True)
        size, expected = estimate(once["p"].drop_nulls(), Promise(setting.limit, setting.confidence))
        return WhatIfOutcome(
            companies=firms.height,
            companies_kept=chosen.height,
            prospects=count_prospects(self._results.prospects),
            prospects_kept=once.height,
            size=size,
            expected=expected,
            top=tuple(
                chosen.sort("score", "id", descending=[True, False], nulls_last=True)
                .head(TOP)
                .select("name", "score")
                .iter_rows()
            ),
        )

    def exact(self, setting: Setting) -> SendList[pl.DataFrame]:
        """Return the largest list that keeps the promise; may take a second for many thousands."""
        people = self._results.prospects.filter(_kept(self._chosen(setting), setting))
        return send_list(people, max_bounce_rate=setting.limit, confidence=setting.confidence)

    def _firms(self, weights: Mapping[str, float]) -> pl.DataFrame:
        """Return ``id``, ``name`` and ``score`` of each company, its best where it is in several orders."""
        if self._scored is None or self._scored[0] != weights:
            scored = score(self._results, weights=weights, sort=False)
            best = scored.group_by("id").agg(pl.col("name").first(), pl.col("score").max())
            self._scored = dict(weights), best
        return self._scored[1]

    def _chosen(self, setting: Setting) -> pl.DataFrame:
        return self._firms(setting.weights).filter(pl.col("score").fill_null(0.0) >= setting.min_score)


def _kept(chosen: pl.DataFrame, setting: Setting) -> pl.Expr:
    """Return whether a prospect is at one of the companies *chosen*, and of no larger risk than wanted."""
    is_there = pl.col("company_id").is_in(chosen["id"].implode())
    return is_there & (pl.col("bounce_risk_score").fill_null(100.0) <= setting.max_risk)


def code_of(setting: Setting) -> str:
    """Return Python that repeats *setting* on ``results``."""
    weights = {name: round(weight, 4) for name, weight in setting.weights.items()}
    drift = round(1 - sum(weights.values()), 4)
    largest = max(weights, key=lambda name: weights[name])
    weights[largest] = round(weights[largest] + drift, 4)
    return "\n".join(
        [
            "import openprospect_nb as op",
            "import polars as pl",
            "",
            f"scored = op.score(results, weights={weights!r})",
            'best = scored.group_by("id").agg(pl.col("score").max())',
            f'kept = best.filter(pl.col("score").fill_null(0.0) >= {setting.min_score!r})',
            "people = results.prospects.filter(",
            '    pl.col("company_id").is_in(kept["id"].implode())',
            f'    & (pl.col("bounce_risk_score").fill_null(100.0) <= {setting.max_risk!r})',
            ")",
            f"chosen = op.send_list(people, max_bounce_rate={setting.limit!r}, confidence={setting.confidence!r})",
        ]
    )


def _people(results: Results) -> pl.DataFrame:
    """Return prospects with `PERSON` and ``p``, the chance of a bounce, safest first; null without a usable address."""
    risks = recipients(results).known.select("address", "p")
    written = pl.col("email").str.strip_chars().str.to_lowercase()
    people = with_person(results.prospects).select("company_id", "bounce_risk_score", PERSON, address=written)
    return people.join(risks, on="address", how="left").sort("p", nulls_last=True)
