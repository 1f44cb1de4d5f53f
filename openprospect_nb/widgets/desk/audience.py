"""Whom a send list may take: the people of the companies selected, who is left out of it and why.

Everything here is a function of values; `SendChoice` is what the fourth step asks, `ListOutcome` what comes of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import ceil
from typing import Final, Literal

import polars as pl

from openprospect_nb.analysis import BounceForecast, Calibration, SendList, bounce_forecast, contactable, send_list
from openprospect_nb.analysis.bounces.forecast import BOUNCE_LIMIT
from openprospect_nb.analysis.contacts.recipients import NEVER_SENT
from openprospect_nb.frames.decisions import ACCEPTED, REJECTED
from openprospect_nb.widgets.explorer.model import Exploration

WHY: Final = "__op_why"
PLACE: Final = "__op_place"
IN: Final = "in"
NOT_SELECTED: Final = "company not selected"
REJECTED_FIRM: Final = "company rejected"
NOT_ACCEPTED: Final = "company not accepted"
NO_ADDRESS: Final = "no address"
ABOVE: Final = "risk above yours"
LOW: Final = "score below yours"
CAPPED: Final = "beyond the number a company"
TWICE: Final = "address listed twice"
UNKNOWN: Final = "risk unknown"
RISKY: Final = "too risky"
REASONS: Final[Mapping[str, str]] = {
    RISKY: "would break the limit",
    UNKNOWN: "the vendor rated none",
    NO_ADDRESS: "no usable e-mail address",
    TWICE: "written to once",
    ABOVE: "you asked for less risk",
    CAPPED: "you asked for fewer a company",
    LOW: "you asked for better companies",
    REJECTED_FIRM: "your decision",
    NOT_ACCEPTED: "you asked for accepted ones alone",
    NOT_SELECTED: "your filters",
}
"""Why somebody is not in the list → in words; in the order of showing."""
_WHAT_IFS: Final = (0.01, 0.02, 0.03, 0.05)


@dataclass(frozen=True, slots=True, kw_only=True)
class SendChoice:
    """What is asked of a send list.

    Attributes:
        limit: the bounce rate not to exceed, 0-1. confidence: how sure to be of that, 0-1.
        per_company: at most so many people a company, the safest; 0 is everybody.
        promise: as for `send_list`.
        only_accepted: whether companies without a decision are left out, as rejected ones always are.
        min_score: smallest score of a company, 0-100; one without a score counts as 0.
        max_risk: largest stated bounce risk of a person, 0-100; an unknown one counts as 100.
    """

    limit: float = BOUNCE_LIMIT
    confidence: float = 0.9
    per_company: int = 0
    promise: Literal["confidence", "expected"] = "confidence"
    only_accepted: bool = False
    min_score: float = 0.0
    max_risk: float = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """One reason, how many people it keeps out, at how many companies."""

    name: str
    why: str
    people: int
    companies: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ListOutcome:
    """A send list with everybody who is not in it.

    Attributes:
        choice: what was asked.
        people: everybody delivered, in the order of delivery, with `WHY`: `IN`, or a name of `REASONS`.
        chosen: the list; None where the results have no addresses at all.
        everybody: the forecast of mailing to all whom the choice allows, or None; worked out by `with_what_ifs`.
        candidates: whom the choice allows, in the order of delivery.
        what_ifs: what else could be asked → size of the list it would give; worked out by `with_what_ifs`.
        problem: why there is no list, in words, or empty.
        calibration: what outcomes said of the risks, where they did.
    """

    choice: SendChoice
    people: pl.DataFrame
    chosen: SendList[pl.DataFrame] | None = None
    everybody: BounceForecast | None = None
    candidates: pl.DataFrame = field(default_factory=pl.DataFrame)
    what_ifs: Mapping[SendChoice, int] = field(default_factory=dict)
    problem: str = ""
    calibration: Calibration | None = None

    @property
    def size(self) -> int:
        """How many people are in the list."""
        return 0 if self.chosen is None else self.chosen.size

    @property
    def companies(self) -> int:
        """At how many companies they are."""
        return 0 if self.chosen is None else self.chosen.prospects["company_id"].n_unique()

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        """Who is not in the list, by reason; with the list they are everybody delivered."""
        counted = self.people.group_by(WHY).agg(pl.len().alias("people"), pl.col("company_id").n_unique())
        by_name = {row[WHY]: row for row in counted.iter_rows(named=True)}
        return tuple(
            LeftOut(name=name, why=why, people=by_name[name]["people"], companies=by_name[name]["company_id"])
            for name, why in REASONS.items()
            if name in by_name
        )


def whys_of_companies(model: Exploration, mask: pl.Series, choice: SendChoice) -> pl.DataFrame:
    """Return each company's keys with `WHY`: what keeps its people out of any list of *choice*, else null.

    Equal ones give equal lists: most decisions change none.
    """
    keys = [ours for ours, _ in model.keys]
    names = [name for name in dict.fromkeys((*keys, "id", "source")) if name in model.rows.columns]
    best = pl.col("score").fill_null(0.0).max().over("id") if "score" in model.rows.columns else pl.lit(100.0)
    rows = model.rows.select(*names, best.alias("best"))
    firms = model.decisions.marked(rows).with_columns(inside=mask)
    decision = pl.col("decision")
    not_accepted = decision.ne_missing(ACCEPTED) & choice.only_accepted
    firms = firms.with_columns(
        pl.when(~pl.col("inside"))
        .then(pl.lit(NOT_SELECTED))
        .when(decision == REJECTED)
        .then(pl.lit(REJECTED_FIRM))
        .when(not_accepted)
        .then(pl.lit(NOT_ACCEPTED))
        .when(pl.col("best") < choice.min_score)
        .then(pl.lit(LOW))
        .alias(WHY)
    ).select(*keys, WHY)
    return firms.unique(keys, keep="first", maintain_order=True)


def work_out(
    model: Exploration, whys: pl.DataFrame, choice: SendChoice, calibration: Calibration | None = None
) -> ListOutcome:
    """Return the list of *choice*, *whys* being `whys_of_companies`; may take a second for many thousands of people.

    Args:
        model: whose people.
        whys: what keeps companies out.
        choice: what is asked.
        calibration: what outcomes say of the vendor's risks; None takes its word, with doubt.

    Raises:
        ValidationError: a column holds another kind of value than a forecast needs.
    """
    names = dict(model.keys)
    everybody = model.everybody.with_row_index(PLACE).join(
        whys.rename(names), on=list(names.values()), how="left", nulls_equal=True, maintain_order="left"
    )
    if not model.has_addresses:
        alone = everybody.with_columns(pl.col(WHY).fill_null(NO_ADDRESS))
        return ListOutcome(choice=choice, people=alone, problem="No e-mail addresses came with these results.")
    allowed = everybody.filter(pl.col(WHY).is_null())
    open_ones = allowed_people(allowed.drop(WHY), choice)
    candidates = open_ones.filter(pl.col(WHY).is_null()).drop(WHY)
    chosen = _chosen(candidates, choice, calibration)
    whys = pl.concat([open_ones.select(PLACE, WHY).drop_nulls(WHY), _places(candidates, chosen)])
    people = everybody.join(whys, on=PLACE, how="left", suffix="_list", maintain_order="left")
    return ListOutcome(
        choice=choice,
        people=people.with_columns(pl.coalesce(WHY, f"{WHY}_list").alias(WHY)).drop(f"{WHY}_list"),
        chosen=chosen,
        calibration=calibration,
        candidates=candidates,
    )


def with_what_ifs(outcome: ListOutcome) -> ListOutcome:
    """Return *outcome* with what else could be asked: of other limits, of the other kind of promise, of everybody."""
    choice = outcome.choice
    if outcome.chosen is None:
        return outcome
    others = [replace(choice, limit=limit) for limit in _WHAT_IFS if abs(limit - choice.limit) > 1e-9][-3:]
    others.append(replace(choice, promise="confidence" if choice.promise == "expected" else "expected"))
    people, calibration = outcome.candidates, outcome.calibration
    return replace(
        outcome,
        what_ifs={other: _chosen(people, other, calibration).size for other in others},
        everybody=bounce_forecast(people, limit=choice.limit, calibration=calibration) if people.height else None,
    )


def _chosen(candidates: pl.DataFrame, choice: SendChoice, calibration: Calibration | None) -> SendList[pl.DataFrame]:
    return send_list(
        candidates,
        max_bounce_rate=choice.limit,
        confidence=choice.confidence,
        promise=choice.promise,
        calibration=calibration,
    )


def allowed_people(people: pl.DataFrame, choice: SendChoice) -> pl.DataFrame:
    """Return *people* with `WHY`: null for those a list of *choice* may take, the safest of each company first."""
    tiers = contactable(people.drop("tier", "rule", "why", strict=False)).select(PLACE, "tier")
    placed = people.join(tiers, on=PLACE, how="left", maintain_order="left")
    sendable, above = ~pl.col("tier").is_in(NEVER_SENT), _risk_of(people).fill_null(100.0) > choice.max_risk
    ranked = placed.filter(sendable & ~above).sort(_RISK, PLACE, nulls_last=True)
    most = choice.per_company or people.height
    over = ranked.filter(pl.int_range(pl.len()).over("company_id") >= most)[PLACE]
    is_over = pl.col(PLACE).is_in(over.implode())
    why = pl.when(~sendable).then(pl.lit(NO_ADDRESS)).when(above).then(pl.lit(ABOVE)).when(is_over).then(pl.lit(CAPPED))
    return placed.with_columns(why.alias(WHY)).drop("tier")


def limit_for(chosen: SendList[pl.DataFrame], size: int) -> float:
    """Return the smallest limit, in tenths of a percent, under which about *size* people can be mailed; 0.1 to 20 %.

    Read off the frontier: the bounces that at most come at the list's confidence, over the size.
    """
    rows = chosen.frontier.filter(pl.col("size") >= size)
    row = rows.row(0, named=True) if rows.height else chosen.frontier.row(-1, named=True)
    bound = row["rate"] if chosen.promise == "expected" else row["high"] / row["size"]
    return float(min(max(ceil(bound * 1000 - 1e-9) / 1000, 0.001), 0.2))


_RISK: Final = "bounce_risk_score"


def _places(candidates: pl.DataFrame, chosen: SendList[pl.DataFrame]) -> pl.DataFrame:
    """Return `PLACE` and `WHY` of everybody the list could have taken."""
    address = pl.col("email").str.strip_chars().str.to_lowercase()
    mailed = chosen.prospects.select(address.alias("email"))["email"].unique()
    why = (
        pl.when(pl.col(PLACE).is_in(chosen.prospects[PLACE].implode()))
        .then(pl.lit(IN))
        .when(address.is_in(mailed.implode()) | ~address.is_first_distinct())
        .then(pl.lit(TWICE))
        .when(_risk_of(candidates).is_null())
        .then(pl.lit(UNKNOWN))
        .otherwise(pl.lit(RISKY))
    )
    return candidates.select(PLACE, why.alias(WHY))


def _risk_of(people: pl.DataFrame) -> pl.Expr:
    return pl.col(_RISK) if _RISK in people.columns else pl.lit(None, pl.Float64)
