"""What a choice of weights and thresholds leaves: how many companies and contacts, at what cost and risk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import narwhals.stable.v2 as nw
import polars as pl

from openprospect_nb.analysis.bounces.calibration import Calibration
from openprospect_nb.analysis.bounces.forecast import BOUNCE_LIMIT, BounceForecast, bounce_forecast
from openprospect_nb.analysis.contacts.counting import PERSON, with_person
from openprospect_nb.analysis.contacts.percentages import refuse_fractions
from openprospect_nb.analysis.contacts.recipients import PERSON_FACTS, calibrated, person_facts, tiered
from openprospect_nb.analysis.contacts.tiers import TIERS
from openprospect_nb.analysis.contacts.validations import bounce_risk
from openprospect_nb.analysis.orders.comparison import CONTACTABLE
from openprospect_nb.analysis.orders.descriptions import NO_ORDER, both, cost_of_all, describe_orders
from openprospect_nb.analysis.scoring.formula import score
from openprospect_nb.analysis.table import companies_of, open_table, read
from openprospect_nb.errors import FieldProblem, ValidationError
from openprospect_nb.frames.results import Results
from openprospect_nb.markup.cards import Card, Faced, percent


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """What must hold to be kept.

    Attributes:
        min_score: smallest score of a company, 0-100; a company without a score is kept only at 0.
        max_risk: largest bounce risk of a prospect, 0-100; a prospect of unknown risk is kept only at 100.
        tiers: tiers of `contactable` that are kept.
        limit: the bounce rate asked about, 0-1.
    """

    min_score: float = 0.0
    max_risk: float = 100.0
    tiers: tuple[str, ...] = CONTACTABLE
    limit: float = BOUNCE_LIMIT


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario(Faced):
    """What weights and thresholds leave.

    Attributes:
        companies, prospects: how many there are, each counted once over all orders; one e-mail address is one
            prospect, and one without an address is one too.
        companies_kept: those with a score high enough.
        companies_reached: kept, and with a prospect kept. prospects_kept: contacts that remain.
        forecast: the `BounceForecast` of writing to them.
        cost: of all companies delivered, as stated by the server or at the price given; None where unknown.
        cost_per_contact: cost over the contacts that remain.
    """

    companies: int
    companies_kept: int
    companies_reached: int
    prospects: int
    prospects_kept: int
    forecast: BounceForecast
    cost: float | None
    cost_per_contact: float | None

    def _card(self) -> Card:
        each = None if self.cost_per_contact is None else f"{self.cost_per_contact:,.2f}"
        bounces = f"{self.forecast.low} to {self.forecast.high} of {self.forecast.n}"
        return Card(
            kind="What if",
            answer=f"{self.prospects_kept} of {self.prospects} contacts at {self.companies_reached} companies remain.",
            facts=(
                ("companies kept", f"{self.companies_kept} of {self.companies}"),
                ("bounces if all were mailed", f"{bounces}, {percent(self.forecast.rate, 1)} expected"),
                ("cost of a contact", each),
            ),
            doubt=f"Risks: {self.forecast.basis}.",
            calls=("op.widgets.WhatIf(results)", "op.send_list(results)"),
        )

    def __repr__(self) -> str:
        return (
            f"Scenario({self.companies_kept} of {self.companies} companies, {self.prospects_kept} contacts "
            f"of {self.prospects} at {self.companies_reached} companies, "
            f"{self.forecast.expected:.1f} bounces expected, P(rate > {self.forecast.limit:.1%}) = "
            f"{self.forecast.p_over:.2f})"
        )


DEFAULTS: Final = Thresholds()


def what_if(
    results: object,
    weights: Mapping[str, float] | None = None,
    thresholds: Thresholds = DEFAULTS,
    *,
    prospects: object = None,
    price_per_briefing: float | None = None,
    calibration: Calibration | None = None,
) -> Scenario:
    """Return what these weights and thresholds would leave.

    Args:
        results: a `Results`, or a companies frame with ``order_id``, ``id`` and ``match_score``.
        weights: as in `score`.
        thresholds: see `Thresholds`.
        prospects: the prospects frame, when *results* is a companies frame.
        price_per_briefing: as in `compare`.
        calibration: your own outcomes; corrects the risks before tiers, thresholds and bounces are worked out.

    Raises:
        ValidationError: a needed column is missing, or weights, thresholds or the price cannot be used.

    Example:
        >>> from openprospect_nb.analysis import Thresholds
        >>> op.what_if(results, thresholds=Thresholds(min_score=100)).companies_kept
        0
    """
    _check(thresholds)
    both(results, prospects)
    people = results.prospects if prospects is None and isinstance(results, Results) else prospects
    scored = _scored(results, people, weights)
    firms = scored.group_by("id").agg(pl.col("score").max())
    chosen = firms.filter(pl.col("score").fill_null(0.0) >= thresholds.min_score)
    everyone = _tiered(people, calibration)
    remaining = everyone.filter(
        pl.col("tier").is_in(list(thresholds.tiers))
        & (pl.col("risk").fill_null(100.0) <= thresholds.max_risk)
        & pl.col("company_id").is_in(chosen["id"].implode())
    )
    contacts = remaining[PERSON].n_unique()
    cost = _cost(results, scored, price_per_briefing)
    return Scenario(
        companies=firms.height,
        companies_kept=chosen.height,
        companies_reached=chosen.filter(pl.col("id").is_in(remaining["company_id"].implode())).height,
        prospects=everyone[PERSON].n_unique(),
        prospects_kept=contacts,
        forecast=bounce_forecast(remaining, thresholds.limit, calibration=calibration),
        cost=cost,
        cost_per_contact=cost / contacts if cost is not None and contacts else None,
    )


def _scored(results: object, people: object, weights: Mapping[str, float] | None) -> pl.DataFrame:
    """Return ``order_id``, ``id`` and ``score``, a row a company and order."""
    is_own = isinstance(results, Results) and people is results.prospects
    given: Any = score(results, weights) if is_own else score(companies_of(results), weights, prospects=people)
    # Of all columns an engine would be asked for its time zone, with all that the score takes to plan.
    narrow = nw.from_native(given).select("order_id", "id", "score").to_native()
    table = open_table(narrow, name="companies", required=())
    columns = {name: table.column(name, nw.String) for name in ("order_id", "id")}
    rows = read(table.lazy, {**columns, "score": table.column("score", nw.Float64)})
    typed = rows.cast({"order_id": pl.String, "id": pl.String, "score": pl.Float64})
    return typed.unique(["order_id", "id"]).sort("order_id", "id")


def _tiered(people: object, calibration: Calibration | None) -> pl.DataFrame:
    """Return what tells persons, tiers and risks, a row a prospect, with `PERSON` and the ``risk`` in force (0-100)."""
    given = open_table(people, name="prospects", required=("company_id", "email"))
    refuse_fractions(given)
    table = calibrated(given, calibration)
    rows = read(tiered(table), {**person_facts(table), "risk": bounce_risk(table)})
    typed = rows.cast(pl.Schema({**PERSON_FACTS, "risk": pl.Float64()})).drop("order_id", "email_type")
    # Checked above, and as if `contactable` had seen them: what is left may lie below one percent throughout.
    seen = [pl.lit("").alias(name) for name in ("rule", "why")]
    return with_person(typed).with_columns(*seen)


def _cost(results: object, scored: pl.DataFrame, price: float | None) -> float | None:
    sizes = dict(scored.with_columns(pl.col("order_id").fill_null(NO_ORDER)).group_by("order_id").len().rows())
    return cost_of_all(describe_orders(results, list(sizes), sizes, price).values())


def _check(thresholds: Thresholds) -> None:
    problems = [FieldProblem("tiers", f"has no {tier!r}") for tier in thresholds.tiers if tier not in TIERS]
    for name, top in (("min_score", 100), ("max_risk", 100), ("limit", 1)):
        if not 0 <= (value := getattr(thresholds, name)) <= top:
            problems.append(FieldProblem(name, f"is {value}, not 0 to {top}"))
    if problems:
        raise ValidationError("the thresholds cannot be used", fields=problems, next_step="Correct the thresholds.")
