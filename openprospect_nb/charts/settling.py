"""What was paid for: from what was ordered down to what is left, a step a reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import plotly.graph_objects as go

from openprospect_nb.analysis.settlement.settling import Settlement, settle
from openprospect_nb.charts.theme import COLOURS, Caption, Theme, figure, note, shade
from openprospect_nb.markup.wording import Wording, wording

_CLEAR: Final = "rgba(0,0,0,0)"
_COLOUR_OF: Final = {"ordered": "blue", "usable": "green", "missing": "unknown"}  # a reason is orange


def settlement(result: object, *, theme: Theme = "auto", language: str = "en") -> go.Figure:
    """Return a waterfall of companies and money: ordered, missing or not what was asked for, and what is left.

    *result* is a `Settlement`, or a `Results` to settle. Reasons under which no company falls are left out.

    Example:
        >>> op.charts.settlement(op.settle(results)).to_dict()["data"][0]["type"]
        'bar'
    """
    say = wording(language)
    settled = result if isinstance(result, Settlement) else settle(result)  # type: ignore[arg-type]  # it says what it takes
    rows = _rows(settled)
    drawn = figure(
        _caption(settled, rows, say), theme=theme, height=120 + 38 * max(len(rows), 3), separators=say.separators
    )
    most = max((row["companies"] for row in rows), default=0)
    axis = "settlement.x.paid" if any(row["money"] is not None for row in rows) else "settlement.x"
    drawn.update_xaxes(title_text=say.say(axis), range=[0, max(most, 1) * 1.45], tickformat=",d", nticks=6)
    drawn.update_yaxes(autorange="reversed", showgrid=False).update_layout(barmode="stack", showlegend=False)
    if not most:
        return shade(drawn, say.say("empty.companies"))
    _add_steps(drawn, rows, say)
    return drawn


def _add_steps(drawn: go.Figure, rows: list[dict[str, Any]], say: Wording) -> None:
    names = [say.say(f"settlement.{row['line']}") for row in rows]
    # Where each bar begins: a reason's ends where the one before began.
    starts, left = [], 0
    for row in rows:
        left = 0 if row["line"] in {"ordered", "usable"} else left - row["companies"]
        starts.append(left)
        left = row["companies"] if row["line"] == "ordered" else left
    drawn.add_bar(y=names, x=starts, orientation="h", marker={"color": _CLEAR}, hoverinfo="skip")
    drawn.add_bar(
        y=names,
        x=[row["companies"] for row in rows],
        orientation="h",
        marker={"color": [COLOURS[_COLOUR_OF.get(row["line"], "orange")] for row in rows]},
        text=[_words(row, say) for row in rows],
        textposition="outside",
        cliponaxis=False,
        hovertext=[f"{name}: {_words(row, say)}" for name, row in zip(names, rows, strict=True)],
        hoverinfo="text",
    )


def _rows(settled: Settlement) -> list[dict[str, Any]]:
    """Return the lines with companies, over all orders and currencies; money only where there is one currency."""
    total = settled.total
    many = total["currency"].n_unique() > 1
    summed: dict[str, dict[str, Any]] = {}
    for row in total.iter_rows(named=True):
        before = summed.setdefault(row["line"], {**row, "companies": 0, "money": None if many else row["money"]})
        before["companies"] += row["companies"]
    return [row for row in summed.values() if row["companies"] or row["line"] in {"ordered", "usable"}]


def _words(row: Mapping[str, Any], say: Wording) -> str:
    money = "" if row["money"] is None else f" · {say.number(row['money'], 2)} {row['currency'] or ''}".rstrip()
    return f"{say.number(row['companies'])}{money}"


def _caption(settled: Settlement, rows: list[dict[str, Any]], say: Wording) -> Caption:
    title = say.say("settlement.title")
    ordered = next((row["companies"] for row in rows if row["line"] == "ordered"), 0)
    sentences = [
        f"n = {say.say('settlement.n', n=ordered)}",
        say.say("settlement.outcomes", n=settled.outcomes),
        say.say("settlement.terms"),
    ]
    lines = [f"{say.say('settlement.' + row['line'])}: {_words(row, say)}" for row in rows]
    return Caption(title=title, subtitle=note(sentences), alt=note([title, *lines, *sentences]))
