"""What weights and limits leave of results, fast enough for a slider: everything slow is worked out once, before.

A score is a weighted mean of components (see `analysis.scoring`). Its published points give each component's value
back, so that other weights need one expression, not another scoring. The size of the list is estimated at once with a
normal tail of independent recipients; the exact list, where domains share a fate, takes longer and follows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

import polars as pl

from openprospect_nb.analysis import DEFAULT_WEIGHTS, SendList, score, send_list, what_if
from openprospect_nb.analysis.recipients import recipients
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
class Outcome:
    """What a setting leaves; ``size`` and ``expected`` (bounces) of the list are estimates."""

    companies: int
    companies_kept: int
    prospects: int
    prospects_kept: int
    size: int
    expected: float
    top: tuple[tuple[str, float | None], ...]


class Possibilities:
    """Results made ready for many settings."""

    def __init__(self, results: Results) -> None:
        self._results = results
        scored = score(results).with_row_index("position")
        values = [_value(name).alias(name) for name in COMPONENTS]
        self._companies = scored.select("order_id", "id", "name", *values)
        known = recipients(results).known.select("address", "p")
        self._people = results.prospects.select(
            "company_id", "bounce_risk_score", address=pl.col("email").str.strip_chars().str.to_lowercase()
        ).join(known, on="address", how="left")

    def outcome(self, setting: Setting) -> Outcome:
        """Return what *setting* leaves."""
        firms = self.scores(setting.weights).group_by("id").agg(pl.col("score").max(), pl.col("name").first())
        kept = firms.filter(pl.col("score").fill_null(0.0) >= setting.min_score)
        people = self._people.filter(_eligible(kept, setting))
        size, expected = _estimate(people.drop_nulls("p").unique("address")["p"].sort(), setting)
        top = kept.sort(["score", "id"], descending=[True, False], nulls_last=True).head(TOP)
        return Outcome(
            companies=firms.height,
            companies_kept=kept.height,
            prospects=self._people.height,
            prospects_kept=people.height,
            size=size,
            expected=expected,
            top=tuple(top.select("name", "score").iter_rows()),
        )

    def scores(self, weights: Mapping[str, float]) -> pl.DataFrame:
        """Return ``order_id``, ``id``, ``name`` and ``score`` (0-100, null where nothing is known)."""
        known = [pl.when(pl.col(n).is_not_null()).then(weights.get(n, 0.0)).otherwise(0.0) for n in COMPONENTS]
        sums = [pl.col(name).fill_null(0.0) * weights.get(name, 0.0) for name in COMPONENTS]
        share = pl.sum_horizontal(known)
        mean = pl.when(share > 0).then(pl.sum_horizontal(sums) / share * 100)
        return self._companies.select("order_id", "id", "name", score=mean.round(6))

    def exact(self, setting: Setting) -> SendList[pl.DataFrame]:
        """Return the largest list that keeps the promise; may take a second for many thousands."""
        firms = self.scores(setting.weights).group_by("id").agg(pl.col("score").max())
        kept = firms.filter(pl.col("score").fill_null(0.0) >= setting.min_score)
        people = self._results.prospects.filter(_eligible(kept, setting))
        return send_list(people, max_bounce_rate=setting.limit, confidence=setting.confidence)

    def cost(self) -> float | None:
        """Return what all delivered companies cost as the server stated it, or None where it did not."""
        return what_if(self._results).cost


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


def _value(name: str) -> pl.Expr:
    """Return a component's value (0-1, null where unknown) from the points it was given with the default weights."""
    share = DEFAULT_WEIGHTS[name] / pl.col("known_share")
    return pl.col(f"points_{name}") / (share * 100) + 0.5


def _eligible(kept: pl.DataFrame, setting: Setting) -> pl.Expr:
    return pl.col("company_id").is_in(kept["id"].implode()) & (
        pl.col("bounce_risk_score").fill_null(100.0) <= setting.max_risk
    )


def _estimate(risks: pl.Series, setting: Setting) -> tuple[int, float]:
    """Return the size of the largest list of the safest, and the bounces expected of it."""
    z = NormalDist().inv_cdf(min(max(setting.confidence, 0.5), 0.999))
    sizes = pl.DataFrame({"p": risks}).select(
        size=pl.int_range(1, pl.len() + 1),
        mean=pl.col("p").cum_sum(),
        deviation=(pl.col("p") * (1 - pl.col("p"))).cum_sum().clip(0).sqrt(),
    )
    # At most floor(limit * size) bounces are allowed; the half is the usual correction for whole numbers.
    allowed = (pl.col("size") * setting.limit + 1e-9).floor() + 0.5
    fitting = sizes.filter(pl.col("mean") + z * pl.col("deviation") <= allowed)
    if fitting.is_empty():
        return 0, 0.0
    return int(fitting["size"][-1]), float(fitting["mean"][-1])
