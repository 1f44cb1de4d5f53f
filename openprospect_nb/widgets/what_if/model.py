"""What weights and limits leave of results, fast enough for a slider: everything slow is worked out once, before.

A score is a weighted mean of the match and of the best person one can write to (see `analysis.scoring.formula`). The
values of both do not depend on the weights, only who is the best person does, so that other weights need one pass over
the persons, not another scoring. The size of the list is estimated at once, from moments of
independent recipients; the exact list, where domains share a fate, takes longer and follows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl

from openprospect_nb.analysis import DEFAULT_WEIGHTS, SendList, send_list
from openprospect_nb.analysis.bounces.promises import Promise, estimate
from openprospect_nb.analysis.contacts.counting import PERSON, count_prospects, with_person
from openprospect_nb.analysis.contacts.recipients import recipients
from openprospect_nb.analysis.scoring.ready import Ready
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
    """Results made ready for many settings.

    A slider leaves 100 ms, also on a busy machine. So companies and addresses become numbers once, prospects are
    sorted by risk once, and a setting is a few passes over columns: no join, no sort, no hash of a text.
    """

    def __init__(self, results: Results) -> None:
        self._results = results
        self._ready = Ready(results)
        self._rows = results.companies.select("order_id", "id", "name")
        firms = self._rows.select("id", "name").unique("id", keep="first", maintain_order=True).sort("id")
        self._firms = firms.with_row_index("firm")
        numbers = self._firms.select("id", "firm")
        firm_of_row = self._rows.join(numbers, on="id", how="left", nulls_equal=True, maintain_order="left")["firm"]
        self._firm_of_row, self._row_of_firm = firm_of_row, firm_of_row.arg_sort()
        self._people = _people(results, numbers)
        self._prospects = count_prospects(results.prospects)

    def outcome(self, setting: Setting) -> WhatIfOutcome:
        """Return what *setting* leaves."""
        scores = self._best(self._ready.score(setting.weights))
        chosen = scores.fill_null(0.0) >= setting.min_score
        people = self._people.filter(chosen.gather(self._people["firm"]) & (self._people["risk"] <= setting.max_risk))
        once = (
            people if people["address"].n_unique() == people.height else people.unique("address", maintain_order=True)
        )
        size, expected = estimate(once["p"].drop_nulls(), Promise(setting.limit, setting.confidence))
        return WhatIfOutcome(
            companies=self._firms.height,
            companies_kept=int(chosen.sum()),
            prospects=self._prospects,
            prospects_kept=once.height,
            size=size,
            expected=expected,
            top=_top(self._firms.select("id", "name", score=scores).filter(chosen)),
        )

    def scores(self, weights: Mapping[str, float]) -> pl.DataFrame:
        """Return ``order_id``, ``id``, ``name`` and ``score`` (0-100, null where nothing is known)."""
        return self._rows.select("order_id", "id", "name", score=self._ready.score(weights))

    def _best(self, scores: pl.Series) -> pl.Series:
        """Return the best score of each company, in the order of ``_firms``; one may be in several orders."""
        if len(scores) == self._firms.height:
            return scores.gather(self._row_of_firm)
        rows = pl.DataFrame({"firm": self._firm_of_row, "score": scores})
        return rows.group_by("firm").agg(pl.col("score").max()).sort("firm")["score"]

    def exact(self, setting: Setting) -> SendList[pl.DataFrame]:
        """Return the largest list that keeps the promise; may take a second for many thousands."""
        firms = self.scores(setting.weights).group_by("id").agg(pl.col("score").max())
        chosen = firms.filter(pl.col("score").fill_null(0.0) >= setting.min_score)
        is_kept = pl.col("company_id").is_in(chosen["id"].implode())
        people = self._results.prospects.filter(
            is_kept & (pl.col("bounce_risk_score").fill_null(100.0) <= setting.max_risk)
        )
        return send_list(people, max_bounce_rate=setting.limit, confidence=setting.confidence)


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


def _people(results: Results, numbers: pl.DataFrame) -> pl.DataFrame:
    """Return ``firm``, ``risk`` (0-100, unknown is 100), ``address`` (a number) and ``p`` of prospects, safest first.

    A prospect without a usable address has a number too, and no ``p``.
    """
    risks = recipients(results).known.select("address", "p")
    written = pl.col("email").str.strip_chars().str.to_lowercase()
    people = with_person(results.prospects).select(
        "company_id", PERSON, risk=pl.col("bounce_risk_score").fill_null(100.0), address=written
    )
    placed = people.join(risks, on="address", how="left").join(
        numbers, left_on="company_id", right_on="id", how="inner"
    )
    number = pl.col(PERSON).rank("dense")
    return placed.select("firm", "risk", "p", address=number).sort("p", nulls_last=True)


def _top(chosen: pl.DataFrame) -> tuple[tuple[str, float | None], ...]:
    """Return name and score of the best of *chosen*, which is sorted by id; only these few are sorted by score."""
    best = chosen["score"].drop_nulls().top_k(TOP)
    candidates = chosen.filter(pl.col("score") >= best.min()) if len(best) == TOP else chosen
    top = candidates.sort(["score", "id"], descending=[True, False], nulls_last=True).head(TOP)
    return tuple(top.select("name", "score").iter_rows())
