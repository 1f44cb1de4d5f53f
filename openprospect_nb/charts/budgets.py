"""Where the next money goes: one bar an ICP, and what it is expected to bring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from openprospect_nb.analysis.planning.budget_plan import BudgetPlan
from openprospect_nb.charts.theme import COLOURS, Caption, Theme, error_bars, figure, label, name_axis, note, shade
from openprospect_nb.markup.wording import Wording, wording


def budget(plan: BudgetPlan, *, theme: Theme = "auto", language: str = "en") -> go.Figure:
    """Return one bar an ICP: the good companies that the plan expects of it, with their interval; its money beside.

    What is bought now stands behind the money. An ICP that gets none has no bar, and its rate is said.

    Example:
        >>> op.charts.budget(op.plan(results, budget=500, price_per_briefing=2.5)).to_dict()["data"][0]["type"]
        'bar'
    """
    say = wording(language)
    rows = plan.icps.to_dicts()
    words = [_words(row, plan, say) for row in rows]
    drawn = figure(_caption(plan, rows, words, say), theme=theme, height=130 + 52 * max(len(rows), 3),
                   separators=say.separators)  # fmt: skip
    places = list(range(len(rows)))
    names = [f"{label(row['icp'], 80)}<br>{text}" for row, text in zip(rows, words, strict=True)]
    shared = {"x": [row["expected"] for row in rows], "y": places, "hoverinfo": "skip", "showlegend": False}
    bars = {**shared, "hovertext": names, "hoverinfo": "text"}
    drawn.add_bar(**bars, orientation="h", marker={"color": COLOURS["blue"]}, width=0.4)
    up = [max(0.0, row["high"] - row["expected"]) for row in rows]
    down = [max(0.0, row["expected"] - row["low"]) for row in rows]
    spans = error_bars(up, down, "orange")
    drawn.add_scatter(**shared, mode="markers", marker={"color": COLOURS["orange"], "size": 8}, error_x=spans)
    for place, text in zip(places, words, strict=True):
        drawn.add_annotation(x=0, xref="x domain", xanchor="left", y=place, yshift=19, text=text)
    top = max([*(row["high"] for row in rows), 1.0]) * 1.08
    drawn.update_xaxes(title_text=say.say("budget.axis"), range=[0, top], nticks=6)
    drawn.update_yaxes(**name_axis([label(row["icp"], 30) for row in rows], least=2, room=0.6))
    return drawn if rows else shade(drawn, say.say("empty.orders"))


def _words(row: Mapping[str, Any], plan: BudgetPlan, say: Wording) -> str:
    rate = f"{say.share(row['rate'], 1)} ({say.share(row['rate_low'], 1)} – {say.share(row['rate_high'], 1)})"
    if not row["buy"]:
        return say.say("budget.none", rate=rate)
    money = f"{say.number(row['cost'], 0)} {label(plan.currency or '', 8)}".strip()
    return say.say("budget.row", money=money, buy=say.number(row["buy"]), now=say.number(row["now"]), rate=rate)


def _caption(plan: BudgetPlan, rows: Sequence[Mapping[str, Any]], words: Sequence[str], say: Wording) -> Caption:
    title = say.say("budget.title")
    numbers = {name: say.number(getattr(plan, name), 0) for name in ("expected", "low", "high", "spent", "budget")}
    whole = say.say("budget.whole", **numbers, level=say.share(plan.level))
    each = [f"{label(row['icp'], 60)}: {text}" for row, text in zip(rows, words, strict=True)]
    return Caption(title=title, subtitle=whole, alt=note([title, whole, *each]))
