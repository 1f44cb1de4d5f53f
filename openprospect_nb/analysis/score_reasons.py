"""Say a score in words: one short reason a component, with its points and what they rest on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import narwhals.stable.v2 as nw

from openprospect_nb.analysis.table import Lazy

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
    known = nw.concat_str(signed(nw.col(f"points_{component}")), nw.lit(" "), _DETAILS[component](value))
    return nw.when(value.is_null()).then(nw.lit(f"unknown: {_SUBJECTS[component]}")).otherwise(known)


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
