"""Score companies from 0 to 100 by a declared formula, with points and reasons for each component.

Every component is a value from 0 to 1, or unknown. With weights that sum to 1::

    share_i = weight_i / sum of the weights of the known components
    points_i = 100 * share_i * (value_i - 0.5)
    score = 50 + sum of points_i  =  100 * sum of share_i * value_i

so points say how far a component lifts a company above the middle or pulls it below. What is unknown takes no part:
its points are null, `known_share` (0-1) says how much weight was known, and with nothing known the score is null.
The vendor's scales are brought to 0-1 first; 0-10 is never averaged with 0-100.

=================  ======  =====================================================================================
component          weight  value from 0 to 1
=================  ======  =====================================================================================
fit                0.45    ``match_score`` / 10
reach              0.20    best prospect: mean of ``qualification_score`` / 10 and the job title's seniority
deliverability     0.20    best e-mail: 1 - bounce risk / 100 (calibrated, else stated, else from the validation)
completeness       0.15    share of the basic facts (`FACTS`) that are there, among the columns the frame has
preference         0       share of the known `Preferences` that are met; 0.15 when given, the others times 0.85
=================  ======  =====================================================================================
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, overload

import narwhals.stable.v2 as nw
import polars as pl

from openprospect_nb.analysis.contacts.best import DELIVERY, REACH, add_contacts, known_mean, within
from openprospect_nb.analysis.table import FrameT, Lazy, OpenTable, companies_of, open_table
from openprospect_nb.errors import FieldProblem, ValidationError
from openprospect_nb.frames.results import Results

_SEPARATOR: Final = "\n"


def add_reasons(lazy: Lazy, components: Sequence[str]) -> Lazy:
    """Return *lazy* with ``reasons``: a list of str, one a component in the order given.

    Expects ``points_<component>`` and ``__op_value_<component>`` columns.
    """
    sentences = [_sentence(component).alias(f"__op_reason_{component}") for component in components]
    names = [f"__op_reason_{component}" for component in components]
    joined = lazy.with_columns(*sentences).with_columns(reasons=nw.concat_str(names, separator=_SEPARATOR))
    return joined.with_columns(nw.col("reasons").str.split(_SEPARATOR)).drop(names)


def _sentence(component: str) -> nw.Expr:
    value = nw.col(f"__op_value_{component}")
    sentence = nw.concat_str(signed(nw.col(f"points_{component}")), nw.lit(" "), _DETAILS[component](value))
    return nw.when(value.is_null()).then(nw.lit(f"unknown: {_SUBJECTS[component]}")).otherwise(sentence)


def signed(points: nw.Expr) -> nw.Expr:
    """Return points as text, rounded half away from zero: "+18", "-6", "+0"."""
    size = _whole(points.abs())
    negative = (points < 0) & (points.abs() >= 0.5 - 1e-9)
    return nw.concat_str(nw.when(negative).then(nw.lit("-")).otherwise(nw.lit("+")), size)


def _whole(number: nw.Expr) -> nw.Expr:
    # The last bits of a sum differ between engines; the nudge makes halves round alike on all of them.
    return (number + (0.5 + 1e-9)).floor().cast(nw.Int64).cast(nw.String)


def _tenths(number: nw.Expr) -> nw.Expr:
    tenths = (number * 10 + (0.5 + 1e-9)).floor().cast(nw.Int64)
    whole = (
        nw.when(tenths % 10 == 0).then(nw.lit("")).otherwise(nw.concat_str(nw.lit("."), (tenths % 10).cast(nw.String)))
    )
    return nw.concat_str((tenths // 10).cast(nw.Int64).cast(nw.String), whole)


def _fit(value: nw.Expr) -> nw.Expr:
    return nw.concat_str(nw.lit("match "), _tenths(value * 10), nw.lit("/10"))


def _reach(value: nw.Expr) -> nw.Expr:
    words = nw.concat_str(nw.lit("best contact "), _whole(value * 100), nw.lit("/100 by role and qualification"))
    return nw.when(value > 0).then(words).otherwise(nw.lit("no contact found"))


def _deliverability(value: nw.Expr) -> nw.Expr:
    percent = _whole(value * 100)
    good = nw.concat_str(nw.lit("best e-mail "), percent, nw.lit(" % likely to arrive"))
    poor = nw.concat_str(nw.lit("no verified e-mail, the best is "), percent, nw.lit(" % likely to arrive"))
    return nw.when(value >= 0.5).then(good).when(value > 0).then(poor).otherwise(nw.lit("no verified e-mail"))


def _completeness(value: nw.Expr) -> nw.Expr:
    return nw.concat_str(_whole(value * 100), nw.lit(" % of the basic facts known"))


def _preference(value: nw.Expr) -> nw.Expr:
    return nw.concat_str(_whole(value * 100), nw.lit(" % of your known preferences met"))


_DETAILS: Final[Mapping[str, Callable[[nw.Expr], nw.Expr]]] = {
    "fit": _fit,
    "reach": _reach,
    "deliverability": _deliverability,
    "completeness": _completeness,
    "preference": _preference,
}
_SUBJECTS: Final[Mapping[str, str]] = {
    "fit": "match score",
    "reach": "best contact",
    "deliverability": "e-mail deliverability",
    "completeness": "basic facts",
    "preference": "your preferences",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """Firmographic wishes for `score`; what is left out is not asked.

    Attributes:
        employees: smallest and largest wanted ``employee_count``, both included; None for an open end.
        cities: wanted cities, compared without case.
        technologies: at least one of these in ``web_technologies``, spelled as delivered.
    """

    employees: tuple[int | None, int | None] | None = None
    cities: tuple[str, ...] = ()
    technologies: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything is wished for at all."""
        return bool(self.employees or self.cities or self.technologies)


def wishes(companies: OpenTable, preferences: Preferences) -> list[nw.Expr]:
    """Return one expression a wish: 1 met, 0 missed, null unknown."""
    asked: list[nw.Expr] = []
    if preferences.employees:
        asked.append(_size(companies.column("employee_count", nw.Float64), *preferences.employees))
    if preferences.cities:
        names = [city.strip().lower() for city in preferences.cities]
        asked.append(_known_text(companies.column("city", nw.String)).is_in(names))
    if preferences.technologies:
        asked.append(_any_of(companies.column("web_technologies", nw.List), preferences.technologies, companies))
    return [nw.when(met).then(nw.lit(1.0)).when(~met).then(nw.lit(0.0)).otherwise(nw.lit(None)) for met in asked]


def _size(employees: nw.Expr, low: int | None, high: int | None) -> nw.Expr:
    return (employees >= (low or 0)) & (employees <= (high if high is not None else float("inf")))


def _known_text(text: nw.Expr) -> nw.Expr:
    stripped = text.str.strip_chars().str.to_lowercase()
    return nw.when(stripped != "").then(stripped).otherwise(nw.lit(None, nw.String))


def _any_of(technologies: nw.Expr, wanted: tuple[str, ...], companies: OpenTable) -> nw.Expr:
    if "web_technologies" not in companies.columns:
        return nw.lit(None, nw.Boolean)
    return nw.any_horizontal([technologies.list.contains(name) for name in wanted], ignore_nulls=False)


DEFAULT_WEIGHTS: Final[Mapping[str, float]] = {
    "fit": 0.45,
    "reach": 0.20,
    "deliverability": 0.20,
    "completeness": 0.15,
    "preference": 0.0,
}
"""Component → its weight in `score` where nothing else is asked; ours, not the vendor's."""
PREFERENCE_WEIGHT: Final = 0.15
_DECIMALS: Final = 6  # sums differ in their last bits between engines and lengths of frame; equal inputs score equal
ADDED: Final = ("score", "known_share", *(f"points_{name}" for name in DEFAULT_WEIGHTS), "reasons")
FACTS: Final = ("website_url", "city", "country", "business_type", "employee_count", "description")


@overload
def score(
    results: Results,
    weights: Mapping[str, float] | None = None,
    *,
    prospects: object = None,
    preferences: Preferences | None = None,
) -> pl.DataFrame: ...
@overload
def score(
    results: FrameT,
    weights: Mapping[str, float] | None = None,
    *,
    prospects: object = None,
    preferences: Preferences | None = None,
) -> FrameT: ...
def score(
    results: object,
    weights: Mapping[str, float] | None = None,
    *,
    prospects: object = None,
    preferences: Preferences | None = None,
) -> Any:
    """Return the companies in their own order and kind of frame, with a score and why.

    Added columns: ``score`` (0-100 or null), ``known_share`` (0-1), ``points_<component>`` (signed, null where
    unknown), ``reasons`` (list of str, such as "+18 match 9/10", "-6 no verified e-mail", "unknown: best contact").

    Args:
        results: a `Results`, or a companies frame with ``id`` and ``match_score``; all else may be missing.
        weights: component to weight, summing to 1; a component left out weighs nothing. See `DEFAULT_WEIGHTS`.
        prospects: the prospects frame, when *results* is a companies frame; needs ``company_id``.
        preferences: wished-for size, city, technology; see `Preferences`.

    Raises:
        ValidationError: a needed column is missing or of the wrong kind, or the weights do not sum to 1.
        ConfigurationError: this kind of frame is not supported.

    Example:
        >>> scored = op.score(results)
        >>> scored["score"].is_between(0, 100).all()
        True
        >>> scored.sort("score", descending=True, nulls_last=True)["reasons"][0].len() > 0
        True
    """
    shares = checked_weights(weights, has_preferences=bool(preferences))
    companies = open_table(companies_of(results), name="companies", required=("id", "match_score"))
    people = results.prospects if prospects is None and isinstance(results, Results) else prospects
    contacts = None if people is None else open_table(people, name="prospects", required=("company_id",))
    valued = _with_values(companies, add_contacts(companies, contacts), preferences or Preferences())
    scored = add_reasons(_with_points(valued, shares), [name for name in shares if shares[name] > 0])
    return companies.give_back(scored, (*(c for c in companies.columns if c not in ADDED), *ADDED))


def checked_weights(weights: Mapping[str, float] | None, *, has_preferences: bool) -> dict[str, float]:
    """Return a weight for every component, in declared order.

    Raises:
        ValidationError: an unknown component, a negative weight, a sum other than 1, or a preference weight
            without preferences.
    """
    if weights is None:
        rest = 1 - PREFERENCE_WEIGHT if has_preferences else 1.0
        scaled = {name: weight * rest for name, weight in DEFAULT_WEIGHTS.items()}
        return scaled | ({"preference": PREFERENCE_WEIGHT} if has_preferences else {})
    problems = [
        FieldProblem(f"weights[{name!r}]", f"is not a component; there are {', '.join(DEFAULT_WEIGHTS)}")
        for name in weights
        if name not in DEFAULT_WEIGHTS
    ]
    problems += [FieldProblem(f"weights[{n!r}]", f"is {w}, not 0 to 1") for n, w in weights.items() if not 0 <= w <= 1]
    if abs(sum(weights.values()) - 1) > 1e-9:
        problems.append(FieldProblem("weights", f"sum to {sum(weights.values()):.6g}, not to 1"))
    if weights.get("preference") and not has_preferences:
        problems.append(FieldProblem("preferences", "are not given, though weights name them"))
    if problems:
        raise ValidationError("the weights cannot be used", fields=problems, next_step="Correct the weights.")
    return {name: float(weights.get(name, 0.0)) for name in DEFAULT_WEIGHTS}


def _value(component: str) -> str:
    return f"__op_value_{component}"


def _with_values(companies: OpenTable, lazy: Lazy, preferences: Preferences) -> Lazy:
    facts = [_fact(companies, name) for name in FACTS if name in companies.columns]
    wished = wishes(companies, preferences)
    unknown = nw.lit(None, nw.Float64)
    values = {
        "fit": within(companies.column("match_score", nw.Float64), 0, 10) / 10,
        "reach": nw.col(REACH),
        "deliverability": nw.col(DELIVERY),
        "completeness": nw.mean_horizontal(facts) if facts else unknown,
        "preference": known_mean(wished) if wished else unknown,
    }
    return lazy.with_columns(**{_value(name): value for name, value in values.items()})


def _fact(companies: OpenTable, name: str) -> nw.Expr:
    present = ~nw.col(name).is_null()
    if companies.lazy.collect_schema()[name] == nw.String:
        present = present & (nw.col(name).str.strip_chars() != "")
    return nw.when(present).then(nw.lit(1.0)).otherwise(nw.lit(0.0))


def _with_points(lazy: Lazy, shares: Mapping[str, float]) -> Lazy:
    weights = [
        nw.when(nw.col(_value(name)).is_null()).then(nw.lit(0.0)).otherwise(nw.lit(weight))
        for name, weight in shares.items()
    ]
    weighed = lazy.with_columns(known_share=nw.sum_horizontal(weights).round(_DECIMALS))
    points = {
        f"points_{name}": nw.when(nw.col("known_share") > 0).then(
            (100 * weight * (nw.col(_value(name)) - 0.5) / nw.col("known_share")).round(_DECIMALS)
        )
        for name, weight in shares.items()
    }
    total = nw.sum_horizontal([nw.col(column).fill_null(0.0) for column in points])
    return weighed.with_columns(**points).with_columns(
        score=nw.when(nw.col("known_share") > 0).then((50 + total).clip(0, 100).round(_DECIMALS))
    )
