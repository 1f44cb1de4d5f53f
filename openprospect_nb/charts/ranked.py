"""Horizontal bars of counts with their words beside them: the common form of the charts that rank things."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from openprospect_nb.charts.theme import COLOURS, UNKNOWN_PATTERN, Caption, Theme, count_axis, figure, label


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar: its name, its length, the words beside it, and whether it stands for something known."""

    name: str
    length: float
    words: str
    colour: str = COLOURS["blue"]
    is_known: bool = True


def ranked(bars: Sequence[Bar], caption: Caption, across: str, *, theme: Theme, separators: str) -> go.Figure:
    """Return *bars* from top to bottom, lengths along *across* from 0."""
    # Two traces, because plotly takes a hatch for a whole trace only; numbers as places, because names may repeat.
    drawn = figure(caption, theme=theme, height=130 + 28 * max(len(bars), 4), separators=separators)
    for is_known in (True, False):
        drawn.add_bar(**_trace([(n, bar) for n, bar in enumerate(bars) if bar.is_known is is_known]))
    longest = max((bar.length for bar in bars), default=0)
    drawn.update_xaxes(title_text=across, **count_axis(longest, room=1.45))
    drawn.update_yaxes(
        tickvals=list(range(len(bars))),
        ticktext=[label(bar.name) for bar in bars],
        range=[max(len(bars), 3) - 0.5, -0.5],
        showgrid=False,
    )
    return drawn


def _trace(placed: Sequence[tuple[int, Bar]]) -> dict[str, object]:
    hatch = dict(UNKNOWN_PATTERN) if placed and not placed[0][1].is_known else {}
    return {
        "orientation": "h",
        "y": [place for place, _ in placed],
        "x": [bar.length for _, bar in placed],
        "width": 0.78,
        "text": [bar.words for _, bar in placed],
        "textposition": "outside",
        "cliponaxis": False,
        "hovertext": [f"{label(bar.name, 80)}<br>{bar.words}" for _, bar in placed],
        "hoverinfo": "text",
        "marker": {"color": [bar.colour for _, bar in placed] if not hatch else COLOURS["unknown"], "pattern": hatch},
        "showlegend": False,
    }
