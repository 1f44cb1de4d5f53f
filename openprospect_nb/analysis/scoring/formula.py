"""Score companies from 0 to 100 by a declared formula, with points and reasons for each component.

Every component is a value from 0 to 1, known or assumed. With weights that sum to 1::

    points_i = 100 * weight_i * (value_i - 0.5)
    score = 50 + sum of points_i  =  100 * sum of weight_i * value_i

so points say how far a component lifts a company above the middle or pulls it below. What is unknown is assumed to be
what is expected of a company of that order (`contacts.best.expected_of`: the mean of the known, drawn towards a
declared value, and never above 0.75, so that a good value is better known than unknown). Every weight always counts,
so each value that gets better lifts the score, and scores of orders with other features can be compared.
`known_share` (0-1) says how much weight was known; with nothing known the score is null.
The vendor's scales are brought to 0-1 first; 0-10 is never averaged with 0-100.

=================  ======  =====================================================================================
component          weight  value from 0 to 1
=================  ======  =====================================================================================
fit                0.50    ``match_score`` / 10
reach              0.25    of the best mailable person: mean of ``qualification_score`` / 10 and the seniority of the
                           job title
deliverability     0.25    of the same person: 1 - bounce risk / 100 (calibrated, else stated, else from the
                           validation)
completeness       0       share of the basic facts (`FACTS`) that are there, among the columns the frame has; how
                           much the vendor knows is no merit of a company, so it counts only where you weigh it
preference         0       mean of the `Preferences` that are met; 0.15 when given, the others times 0.85
=================  ======  =====================================================================================

Reach and deliverability belong together: a person who cannot be mailed is not reached. With weights a and b (equal by
default) the person with the greatest ``reach**(a/max) * deliverability**(b/max)`` is taken, that product counts with
the weight a + b, and the two columns of points share it as Shapley values: what each takes away from 1, averaged over
both orders of asking.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, reduce
from operator import or_
from typing import Any, Final, overload

import narwhals.stable.v2 as nw
import polars as pl

from openprospect_nb.analysis.contacts.best import (
    DELIVERY,
    DELIVERY_KNOWN,
    ORDER,
    PERSON,
    REACH,
    REACH_KNOWN,
    Exponents,
    add_contacts,
    assumed_by_order,
    companies_by_order,
    known,
    order_key,
    raised,
)
from openprospect_nb.analysis.contacts.percentages import within
from openprospect_nb.analysis.replies.choosing import with_answers
from openprospect_nb.analysis.replies.learning import Answers, answers_kept
from openprospect_nb.analysis.table import Expr, FrameT, Lazy, OpenTable, companies_of, open_table
from openprospect_nb.errors import FieldProblem, ValidationError
from openprospect_nb.frames.results import Results

_SEPARATOR: Final = "\n"


@cache
def _sentence(on: Any, component: str) -> Any:
    value, share = on.col(value_of(component)), on.col(known_of(component))
    number = on.col(f"__op_points_{component}")
    # Rounded half away from zero: "+18", "-6", "+0".
    is_negative = (number < 0) & (number.abs() >= 0.5 - 1e-9)
    sign = on.when(is_negative).then(on.lit("-")).otherwise(on.lit("+"))
    points = on.concat_str(sign, _whole(on, number.abs()))
    partly = on.when(share < 1).then(on.lit(", in part assumed")).otherwise(on.lit(""))
    subject, measured, detailed = _COMPONENTS[component]
    said = on.concat_str(points, on.lit(" "), detailed(on, value), partly)
    unknown = on.lit(f"unknown: {subject}, assumed ")
    assumed = on.concat_str(unknown, measured(on, value), on.lit(" ("), points, on.lit(")"))
    return on.when(share > 0).then(said).otherwise(assumed)


def _whole(on: Any, number: Any) -> Any:
    # The last bits of a sum differ between engines; the nudge makes halves round alike on all of them.
    return (number + (0.5 + 1e-9)).floor().cast(on.Int64).cast(on.String)


def _percent(on: Any, value: Any, of: str = "") -> Any:
    return on.concat_str(_whole(on, value * 100), on.lit(f" %{of}"))


def _out_of_ten(on: Any, value: Any) -> Any:
    tenths = (value * 10 * 10 + (0.5 + 1e-9)).floor().cast(on.Int64)
    last = on.concat_str(on.lit("."), (tenths % 10).cast(on.String))
    rest = on.when(tenths % 10 == 0).then(on.lit("")).otherwise(last)
    return on.concat_str((tenths // 10).cast(on.Int64).cast(on.String), rest, on.lit("/10"))


def _out_of_hundred(on: Any, value: Any) -> Any:
    return on.concat_str(_whole(on, value * 100), on.lit("/100"))


def _reach(on: Any, value: Any) -> Any:
    named = on.concat_str(on.lit(" "), on.col(PERSON))
    person = on.when(on.col(PERSON).is_null()).then(on.lit("")).otherwise(named)
    role = on.concat_str(_out_of_hundred(on, value), on.lit(" by role and qualification"))
    mailable = on.concat_str(on.lit("best contact with an e-mail"), person.fill_null(""), on.lit(" "), role)
    words = on.when(on.col(DELIVERY) > 0).then(mailable).otherwise(on.concat_str(on.lit("best contact "), role))
    return on.when(value > 0).then(words).otherwise(on.lit("no contact found"))


def _deliverability(on: Any, value: Any) -> Any:
    sure = on.concat_str(on.lit("e-mail to this contact "), _percent(on, value), on.lit(" likely to arrive"))
    return on.when(value > 0).then(sure).otherwise(on.lit("no e-mail that could arrive"))


_Words = Callable[[Any, Any], Any]
_COMPONENTS: Final[Mapping[str, tuple[str, _Words, _Words]]] = {
    "fit": ("match score", _out_of_ten, lambda on, value: on.concat_str(on.lit("match "), _out_of_ten(on, value))),
    "reach": ("best contact", _out_of_hundred, _reach),
    "deliverability": ("e-mail deliverability", _percent, _deliverability),
    "completeness": ("basic facts", _percent, lambda on, value: _percent(on, value, " of the basic facts known")),
    "preference": ("your preferences", _percent, lambda on, value: _percent(on, value, " of your preferences met")),
}
"""Component → what it is called, its value in words, and what it says where it is known."""


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
        return bool(self.employees or self.cities or self.technologies)


def wishes(companies: OpenTable, preferences: Preferences) -> list[Expr]:
    """Return one expression a wish: 1 met, 0 missed, null unknown."""
    on, asked = companies.on, []
    if preferences.employees:
        # NaN and infinity count nobody: such a size is unknown, not missed.
        size, (low, high) = within(companies.column("employee_count", nw.Float64), 0, 1e12), preferences.employees
        asked.append((size >= (low or 0)) & (size <= (high if high is not None else float("inf"))))
    if preferences.cities:
        names = [city.strip().lower() for city in preferences.cities]
        stripped = companies.column("city", nw.String).str.strip_chars().str.to_lowercase()
        asked.append(on.when(stripped != "").then(stripped).otherwise(on.lit(None, on.String)).is_in(names))
    if preferences.technologies:
        listed = companies.column("web_technologies", nw.List).list
        uses = reduce(or_, [listed.contains(name) for name in preferences.technologies])
        asked.append(uses if companies.holds_values("web_technologies") else on.lit(None, on.Boolean))
    return [on.when(met).then(on.lit(1.0)).when(~met).then(on.lit(0.0)).otherwise(on.lit(None)) for met in asked]


DEFAULT_WEIGHTS: Final[Mapping[str, float]] = {
    "fit": 0.50,
    "reach": 0.25,
    "deliverability": 0.25,
    "completeness": 0.0,
    "preference": 0.0,
}
"""Component → its weight in `score` where nothing else is asked; ours, not the vendor's."""
PREFERENCE_WEIGHT: Final = 0.15
DECIMALS: Final = 6  # sums differ in their last bits between engines and lengths of frame; equal inputs score equal
DECLARED_FIT: Final = 0.5
DECLARED_WISH: Final = 0.5
"""What is assumed of a match or a wish in an order where none is known."""
ADDED: Final = (
    "score",
    "known_share",
    *(f"points_{name}" for name in DEFAULT_WEIGHTS),
    *(f"assumed_{name}" for name in DEFAULT_WEIGHTS),
    "reasons",
)
FACTS: Final = ("website_url", "city", "country", "business_type", "employee_count", "description")


@overload
def score(
    results: Results,
    weights: Mapping[str, float] | None = None,
    *,
    prospects: object = None,
    preferences: Preferences | None = None,
    sort: bool | None = None,
    answers: Answers | None = None,
) -> pl.DataFrame: ...
@overload
def score(
    results: FrameT,
    weights: Mapping[str, float] | None = None,
    *,
    prospects: object = None,
    preferences: Preferences | None = None,
    sort: bool | None = None,
    answers: Answers | None = None,
) -> FrameT: ...
def score(
    results: object,
    weights: Mapping[str, float] | None = None,
    *,
    prospects: object = None,
    preferences: Preferences | None = None,
    sort: bool | None = None,
    answers: Answers | None = None,
) -> Any:
    """Return the companies, best first, in their own kind of frame, with a score and why.

    The first columns are ``score``, ``name`` and ``reasons``; those of the company follow, then what the score is of.

    Added columns: ``score`` (0-100, null where nothing is known), ``known_share`` (0-1), ``points_<component>``
    (signed, null where unknown or without weight), ``assumed_<component>`` (the points of what is assumed there, null
    where known; all points and the assumed together are the score minus 50), ``reasons`` (list of str, such as
    "+20 match 9/10", "unknown: match score, assumed 5.4/10 (+2)"; the reason of reach names the person).

    Args:
        results: a `Results`, or a companies frame with ``id`` and ``match_score``; all else may be missing.
        weights: component to weight, summing to 1; a component left out weighs nothing. See `DEFAULT_WEIGHTS`.
        prospects: the prospects frame, when *results* is a companies frame; needs ``company_id``.
        preferences: wished-for size, city, technology; see `Preferences`.
        sort: best score first, equal ones in their own order; False keeps the order. None sorts frames in memory, and
            leaves lazy frames and those of an engine as they are, which would have to be read whole.

        answers: what `op.answers` learnt, for a `Results` or Polars frames in memory: adds ``points_answers``, ten
            points for each doubling of the odds that the company's best contact answers (at most 20), to the score.
            None takes, for a `Results` at the usual weights, all that `op.outcomes` keeps of mails to its prospects,
            where that is enough; the reasons then say of how many outcomes.

    Raises:
        ValidationError: a needed column is missing or of the wrong kind, or the weights do not sum to 1.
        ConfigurationError: this kind of frame is not supported.

    Example:
        >>> scored = op.score(results)
        >>> scored["score"].is_between(0, 100).all()
        True
        >>> scored.columns[:3], scored["score"][0] == scored["score"].max()
        (['score', 'name', 'reasons'], True)
    """
    shares = checked_weights(weights, has_preferences=bool(preferences))
    companies = open_table(companies_of(results), name="companies", required=("id", "match_score"))
    people = results.prospects if prospects is None and isinstance(results, Results) else prospects
    contacts = None if people is None else open_table(people, name="prospects", required=("company_id",))
    exponents = Exponents.of(shares["reach"], shares["deliverability"])
    rows = with_values(companies, add_contacts(companies, contacts, exponents), preferences or Preferences())
    on = companies.on
    weighing = {name: share for name, share in shares.items() if share > 0}
    said = on.concat_str(*(_sentence(on, component) for component in weighing), separator=_SEPARATOR)
    pointed = _with_points(on, rows, weighing, exponents)
    scored = pointed.with_columns(reasons=said.str.split(_SEPARATOR))
    is_sorted = companies.is_eager if sort is None else sort
    given = _given_back(companies, scored, is_sorted=is_sorted)
    is_usual = weights is None and preferences is None and prospects is None
    model = answers_kept(results) if answers is None and is_usual and isinstance(results, Results) else answers
    if model is None:
        return given
    return with_answers(
        given, results if people is None or prospects is None else prospects, model, is_sorted=is_sorted
    )


def _given_back(companies: OpenTable, scored: Lazy, *, is_sorted: bool) -> Any:
    """Return what was asked for first: score, name and reasons, then the company, then where the score comes from."""
    own = [column for column in companies.columns if column not in ADDED]
    first = ("score", *(column for column in own if column == "name"), "reasons")
    columns = (*first, *(c for c in own if c not in first), *(c for c in ADDED if c not in first))
    if not is_sorted:
        return companies.give_back(scored, columns)
    order, falling = ["score", *companies.row_order], [True, *(False for _ in companies.row_order)]
    return companies.give_back_sorted(scored.sort(*order, descending=falling, nulls_last=True), columns)


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


def value_of(component: str) -> str:
    """Return the name of the column with a component's value, 0-1, known or assumed."""
    return f"__op_value_{component}"


def known_of(component: str) -> str:
    """Return the name of the column that says how much of a component is known, 0-1."""
    return f"__op_known_{component}"


def with_values(companies: OpenTable, lazy: Lazy, preferences: Preferences) -> Lazy:
    """Return *lazy*, which has contacts, with `value_of` and `known_of` each component; none is null."""
    asked = {f"__op_wish_{number}": wish for number, wish in enumerate(wishes(companies, preferences))}
    wished = list(asked)
    asked["__op_fit"] = within(companies.column("match_score", nw.Float64), 0, 10) / 10
    keyed = lazy.with_columns(order_key(companies, companies).alias(ORDER), **asked)
    on = companies.on
    filled = _filled(companies, on, keyed, dict.fromkeys(wished, DECLARED_WISH) | {"__op_fit": DECLARED_FIT})
    facts = [_fact(companies, on, name) for name in FACTS if name in companies.columns]
    values = {
        "fit": (on.col("__op_fit"), on.col("__op_fit_n")),
        "reach": (on.col(REACH), on.col(REACH_KNOWN)),
        "deliverability": (on.col(DELIVERY), on.col(DELIVERY_KNOWN)),
        "completeness": (on.mean_horizontal(facts), on.lit(1.0)) if facts else (on.lit(0.5), on.lit(0.0)),
        "preference": (on.lit(0.5), on.lit(0.0)),
    }
    if wished:
        values["preference"] = on.mean_horizontal(wished), on.mean_horizontal([f"{name}_n" for name in wished])
    valued = {value_of(name): value for name, (value, _) in values.items()}
    return filled.with_columns(**valued, **{known_of(name): share for name, (_, share) in values.items()})


def _filled(companies: OpenTable, on: Any, keyed: Any, declared: Mapping[str, float]) -> Any:
    """Return the rows with the unknown values of the columns *declared* assumed, and how far they are known: ``…_n``.

    Where an order knows nothing, what is declared for the column is assumed.
    """
    flagged = keyed.with_columns(*(known(on, name).alias(f"{name}_n") for name in declared))
    sizes = companies_by_order(companies)
    joined = flagged.join(assumed_by_order(on, flagged, sizes, declared), on=ORDER, how="left").drop(ORDER)
    return joined.with_columns(*(on.coalesce(on.col(name), on.col(f"{name}_assumed")) for name in declared))


def _fact(companies: OpenTable, on: Any, name: str) -> Any:
    present = ~on.col(name).is_null()
    if companies.schema[name] == nw.String:
        present = present & (on.col(name).str.strip_chars() != "")
    return on.when(present).then(on.lit(1.0)).otherwise(on.lit(0.0))


def _with_points(on: Any, rows: Any, weights: Mapping[str, float], exponents: Exponents) -> Any:
    """Return the rows with score, `known_share` and the points of each component, by *weights* above 0."""
    points = _points(on, weights, exponents)
    weighed = rows.with_columns(
        **{f"__op_points_{name}": value.round(DECIMALS) for name, value in points.items()},
        known_share=on.sum_horizontal([on.col(known_of(n)) * on.lit(w) for n, w in weights.items()]).round(DECIMALS),
    )
    nothing = on.lit(None, on.Float64)
    parted = {f"{kind}_{name}": nothing for name in DEFAULT_WEIGHTS for kind in ("points", "assumed")}
    for name in weights:
        value, is_known = on.col(f"__op_points_{name}"), on.col(known_of(name)) > 0
        parted[f"points_{name}"] = on.when(is_known).then(value).otherwise(nothing)
        parted[f"assumed_{name}"] = on.when(is_known).then(nothing).otherwise(value)
    total = (50 + on.sum_horizontal([f"__op_points_{name}" for name in weights])).clip(0, 100).round(DECIMALS)
    return weighed.with_columns(
        on.when(on.col("known_share") > 0).then(total).otherwise(nothing).alias("score"), **parted
    )


def _points(on: Any, weights: Mapping[str, float], exponents: Exponents) -> dict[str, Any]:
    points = {name: 100 * weight * (on.col(value_of(name)) - 0.5) for name, weight in weights.items()}
    both = weights.get("reach", 0.0) + weights.get("deliverability", 0.0)
    reach = raised(on.col(value_of("reach")), exponents.reach)
    delivery = raised(on.col(value_of("deliverability")), exponents.delivery)
    # Shapley: 1 - reach * delivery is what both take away, (1 - reach) * (1 + delivery) / 2 of it is reach's.
    lost = {"reach": (1 - reach) * (1 + delivery) / 2, "deliverability": (1 - delivery) * (1 + reach) / 2}
    shared = {name: 100 * (weights[name] * 0.5 - both * part) for name, part in lost.items() if name in weights}
    return points | shared
