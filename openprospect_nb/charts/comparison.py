"""Orders beside each other: one measure, one dot an order, with its interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import plotly.graph_objects as go

from openprospect_nb.analysis.orders.comparison import Comparison, compare
from openprospect_nb.charts.theme import COLOURS, Caption, Theme, error_bars, figure, label, name_axis, note, shade
from openprospect_nb.markup.wording import Wording, wording

Measure = Literal["joint", "contactable", "match", "bounces", "cost"]
"""What `order_comparison` can draw."""


@dataclass(frozen=True, slots=True)
class _MeasureColumn:
    """Where a measure stands in a comparison: its value, the ends of its interval, its n, and how it is written."""

    value: str
    low: str | None
    high: str | None
    n: str
    is_rate: bool


_COLUMNS: Final[Mapping[Measure, _MeasureColumn]] = {
    "joint": _MeasureColumn("joint_rate", "joint_low", "joint_high", "joint_n", is_rate=True),
    "contactable": _MeasureColumn(
        "contactable_rate", "contactable_low", "contactable_high", "contactable_n", is_rate=True
    ),
    "match": _MeasureColumn("match_median", "match_q10", "match_q90", "scored", is_rate=False),
    "bounces": _MeasureColumn("bounce_rate", "bounce_low", "bounce_high", "risk_known", is_rate=True),
    "cost": _MeasureColumn("cost_per_contactable", None, None, "contactable_prospects", is_rate=False),
}


def order_comparison(
    result: object, *, measure: Measure = "joint", theme: Theme = "auto", language: str = "en"
) -> go.Figure:
    """Return one dot an order for *measure*, with its interval and n: which ICP to buy from next.

    Measures: ``joint`` (share of companies that are contactable and of a good match, Wilson interval: what decides),
    ``contactable`` (share of companies with a contactable prospect, Wilson interval), ``match`` (median score
    with the span of the middle 80 % of companies), ``bounces`` (expected bounce rate with the forecast's interval),
    ``cost`` (per contactable prospect, in the stated currency). *result* is a `Comparison`, or what `compare` takes.

    Example:
        >>> op.charts.order_comparison(results, measure="match").to_dict()["data"][0]["type"]
        'scatter'
    """
    say = wording(language)
    compared = result if isinstance(result, Comparison) else compare(result)
    rows = compared.orders.to_dicts()
    words = [_words(row, measure, say) for row in rows]
    drawn = figure(
        _caption(rows, words, measure, say, compared.level),
        theme=theme,
        height=130 + 52 * max(len(rows), 3),
        separators=say.separators,
    )
    measured = [(place, row) for place, row in enumerate(rows) if row[_COLUMNS[measure].value] is not None]
    drawn.add_scatter(**_dots(measured, words, measure))
    for place, row in enumerate(rows):
        _name_value(drawn, place, row, measure, say)
    _axes(drawn, rows, measure, say)
    return drawn if rows else shade(drawn, say.say("empty.orders"))


def _name_value(drawn: go.Figure, place: int, row: Mapping[str, Any], measure: Measure, say: Wording) -> None:
    """Write the value and its n above the dot, or that it is unknown where the dot would be."""
    value = row[_COLUMNS[measure].value]
    if value is None:
        drawn.add_annotation(x=0, xref="x domain", xanchor="left", y=place, text=say.say("unknown.tick"))
    else:
        drawn.add_annotation(x=value, y=place, yshift=17, text=_words(row, measure, say, has_span=False))


def _dots(
    measured: Sequence[tuple[int, Mapping[str, Any]]], words: Sequence[str], measure: Measure
) -> dict[str, object]:
    column = _COLUMNS[measure]
    values = [row[column.value] for _, row in measured]
    trace: dict[str, object] = {
        "x": values,
        "y": [place for place, _ in measured],
        "mode": "markers",
        "marker": {"color": COLOURS["blue"], "size": 12},
        "hovertext": [f"{label(_name(row), 80)}<br>{words[place]}" for place, row in measured],
        "hoverinfo": "text",
        "showlegend": False,
    }
    if column.low and column.high:
        up = [(row[column.high] or value) - value for (_, row), value in zip(measured, values, strict=True)]
        down = [value - (row[column.low] or 0.0) for (_, row), value in zip(measured, values, strict=True)]
        trace["error_x"] = error_bars(up, down, "blue")
    return trace


def _axes(drawn: go.Figure, rows: Sequence[Mapping[str, Any]], measure: Measure, say: Wording) -> None:
    column = _COLUMNS[measure]
    ends = [row[name] or 0.0 for row in rows for name in (column.value, column.high) if name]
    top = 10.0 if measure == "match" else max(ends, default=0.0) * 1.12 or 1.0
    currencies = ", ".join(sorted({label(row["currency"], 8) for row in rows if row["currency"]}))
    drawn.update_xaxes(
        title_text=say.say(f"compare.{measure}.axis", currency=f" ({currencies})" if currencies else ""),
        range=[0, min(top, 1.02) if measure in {"joint", "contactable"} else top],
        tickformat=".3~%" if column.is_rate else None,
        nticks=6,
    )
    drawn.update_yaxes(**name_axis([label(_name(row), 30) for row in rows], least=2))


def _words(row: Mapping[str, Any], measure: Measure, say: Wording, *, has_span: bool = True) -> str:
    """Return the value, its interval if wanted, its n, and what such a company costs where that is known."""
    column = _COLUMNS[measure]
    names = (column.value, column.low, column.high)
    values = [row[name] if name else None for name in names]
    value, low, high = (
        say.share(each, 1) if column.is_rate else say.number(each, 2 if measure == "cost" else 1) for each in values
    )
    span = f" ({low} – {high})" if has_span and column.low and row[column.value] is not None else ""
    price = ""
    if measure == "joint" and row["cost_per_joint"] is not None:
        amount = f"{say.number(row['cost_per_joint'], 2)} {label(row['currency'], 8)}".strip()
        price = ", " + say.say("compare.joint.price", amount=amount)
    return f"{value}{span}, n = {say.number(row[column.n])}{price}"


def _caption(
    rows: Sequence[Mapping[str, Any]], words: Sequence[str], measure: Measure, say: Wording, level: float
) -> Caption:
    few = sum(row["note"] is not None for row in rows)
    sentences = [
        f"n = {say.count('order', len(rows))}, {say.count('company', sum(row['companies'] for row in rows))}",
        say.say(f"compare.{measure}.span", level=say.share(level)) if rows else "",
        say.say("compare.few", n=few) if few else "",
    ]
    title = say.say(f"compare.{measure}.title")
    each = [f"{label(_name(row), 60)}: {text}" for row, text in zip(rows, words, strict=True)]
    return Caption(title=title, subtitle=note(sentences), alt=note([title, *sentences, *each]))


def _name(row: Mapping[str, Any]) -> str:
    return str(row["label"] or row["order_id"])
