"""Sending in steps: bounces to expect as messages go out, the limit, and the line at which to stop."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
import polars as pl

from openprospect_nb.analysis.sending.ramping import INTERVAL, Ramp, RampDecision
from openprospect_nb.charts.theme import COLOURS, Caption, Theme, add_band, figure, note, shade
from openprospect_nb.markup.wording import Wording, wording


def ramp(result: Ramp, *, seen: RampDecision | None = None, theme: Theme = "auto", language: str = "en") -> go.Figure:
    """Return the fan of bounces to expect by messages sent, with the limit, the stop line, and what was *seen* so far.

    *result* is a `Ramp`; *seen* what its ``after`` gave.

    Example:
        >>> sending = op.ramp(op.send_list(results, max_bounce_rate=0.05), per_day=10)
        >>> op.charts.ramp(sending).to_dict()["data"][0]["type"]
        'scatter'
    """
    say = wording(language)
    drawn = figure(_caption(result, seen, say), theme=theme, height=420, separators=say.separators)
    drawn.update_xaxes(title_text=say.say("ramp.x"), rangemode="tozero", tickformat=",d", nticks=7, showgrid=False)
    drawn.update_yaxes(title_text=say.say("ramp.y"), rangemode="tozero", tickformat=",d", nticks=6)
    rows = result.plan
    if rows.is_empty():
        drawn.update_xaxes(range=[0, 10]).update_yaxes(range=[0, 5])
        return shade(drawn, say.say("empty.risks"))
    top = max(float(rows["high"].max() or 1), result.budget + 1.0, *([float(seen.bounced)] if seen else [])) * 1.12  # type: ignore[arg-type]  # an Int64 column's maximum
    drawn.update_xaxes(range=[0, result.prospects.height * 1.02]).update_yaxes(range=[0, top])
    _add_fan(drawn, rows, say)
    _add_lines(drawn, result, say)
    if seen is not None and seen.sent:
        _add_seen(drawn, seen, say)
    return drawn.update_layout(showlegend=True, margin_t=drawn.layout.margin.t + 26)


def _add_fan(drawn: go.Figure, rows: pl.DataFrame, say: Wording) -> None:
    sent = [0, *rows["sent"]]
    add_band(drawn, sent, [0, *rows["low"]], [0, *rows["high"]])
    drawn.add_scatter(
        x=sent,
        y=[0, *rows["expected"]],
        mode="lines",
        line={"color": COLOURS["blue"], "width": 3},
        name=say.say("ramp.expected"),
        hovertext=["", *(_hover(row, say) for row in rows.iter_rows(named=True))],
        hoverinfo="text",
    )


def _hover(row: dict[str, Any], say: Wording) -> str:
    shown = {name: row[name] for name in ("day", "sent", "low", "high")}
    return say.say("ramp.hover", **shown, expected=say.number(row["expected"], 1), stop=row["stop_at"])


def _add_lines(drawn: go.Figure, result: Ramp, say: Wording) -> None:
    rows = result.plan
    drawn.add_scatter(
        x=rows["sent"].to_list(),
        y=rows["stop_at"].to_list(),
        mode="lines" if rows.height > 1 else "markers",
        line={"color": COLOURS["red"], "width": 2},
        marker={"color": COLOURS["red"], "size": 9},
        name=say.say("ramp.stop"),
        hoverinfo="skip",
    )
    drawn.add_hline(y=result.budget, line={"width": 2, "dash": "dash", "color": COLOURS["orange"]})
    words = say.say("ramp.limit", rate=say.share(result.limit, 1))
    drawn.add_annotation(x=0.01, xref="x domain", xanchor="left", y=result.budget, yanchor="bottom", text=words)


def _add_seen(drawn: go.Figure, seen: RampDecision, say: Wording) -> None:
    words = f"{say.say('ramp.seen')}: {say.number(seen.bounced)} ({say.say('ramp.state.' + seen.state)})"
    drawn.add_scatter(
        x=[seen.sent],
        y=[seen.bounced],
        mode="markers",
        marker={"color": COLOURS["purple"], "size": 13},
        name=words,
        hovertext=[words],
        hoverinfo="text",
    )


def _caption(result: Ramp, seen: RampDecision | None, say: Wording) -> Caption:
    n, planned = result.prospects.height, result.planned
    size = say.say("ramp.n" if planned >= n else "ramp.n.part", n=n, days=result.plan.height, planned=planned)
    sentences = [
        f"n = {size}",
        say.say("ramp.band", confidence=say.share(INTERVAL)),
        say.say("ramp.promise", risk=say.share(result.risk)),
        say.say("ramp.explored", n=result.explored) if result.explored else "",
    ]
    now = []
    if seen is not None:
        now = [f"{say.say('ramp.seen')}: {seen.bounced} / {seen.sent}, {say.say('ramp.state.' + seen.state)}"]
    title, limit = say.say("ramp.title"), f"{say.say('ramp.limit', rate=say.share(result.limit, 1))}: {result.budget}"
    return Caption(title=title, subtitle=note([*sentences, *now]), alt=note([title, limit, *now, *sentences]))
