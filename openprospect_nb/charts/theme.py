"""The one look of every chart: colours, type, margins, and the frame each figure starts from.

Traces take their colours from `COLOURS`, each with a contrast of at least 3:1 on both backgrounds and, after Okabe
and Ito, apart for colour-blind readers; everything else comes from a template, so that a page can turn a light
figure dark by exchanging the template alone. Where nothing can exchange it, in a notebook's cell, the "auto" theme
follows: it has no background of its own, and its text is as far from white as from JupyterLab's #111111: 4.34 to 1,
the most that one colour can have on both. On Colab's dark grey it would have 2.7, so there it is the light theme, with
a background.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from textwrap import wrap
from types import MappingProxyType
from typing import Final, Literal

import plotly.graph_objects as go

from openprospect_nb.errors import ConfigurationError
from openprospect_nb.markup.text import clean

Theme = Literal["auto", "light", "dark"]

COLOURS: Final = MappingProxyType(
    {
        "blue": "#2a7ab9",
        "green": "#0f8f68",
        "orange": "#c96a12",
        "red": "#d5483b",
        "purple": "#a866a3",
        "unknown": "#858b93",
    }
)
BACKGROUND: Final = MappingProxyType({"light": "#ffffff", "dark": "#15181d"})
_INK: Final = {"auto": "#737a83", "light": "#1f2328", "dark": "#e6e8eb"}
_SOFT: Final = {"auto": "#737a83", "light": "#59616b", "dark": "#a3abb5"}
_GRID: Final = {"auto": "rgba(128,128,128,0.28)", "light": "#e4e7eb", "dark": "#31363d"}
_FONT: Final = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif"
# A hatch tells unknown from known without colour.
UNKNOWN_PATTERN: Final = MappingProxyType({"shape": "/", "size": 6, "solidity": 0.35, "fillmode": "overlay"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Caption:
    """The words of a chart: what it shows, of how many, and the same in a sentence for who cannot see it."""

    title: str
    subtitle: str
    alt: str


def figure(caption: Caption, *, theme: Theme = "auto", height: int = 380, separators: str = ".,") -> go.Figure:
    """Return an empty figure with the theme, title, subtitle and alternative text.

    ``layout.meta`` carries the three as plain text (``title``, ``subtitle``, ``alt``) for whoever shows them outside.
    """
    # Plotly does not break titles by itself.
    subtitle = "<br>".join(wrap(caption.subtitle, 88)) or " "
    lines = subtitle.count("<br>") + 1
    # Given at once: plotly takes twice the time to update what is there.
    return go.Figure(
        layout={
            "template": shared_template(theme),
            "title": {"text": f"<b>{caption.title}</b>", "subtitle": {"text": subtitle}},
            "meta": {"alt": caption.alt, "title": caption.title, "subtitle": caption.subtitle},
            "height": height + 16 * (lines - 1),
            "margin": {"t": 66 + 16 * lines},
            "separators": separators,
        }
    )


def template(theme: Theme) -> go.layout.Template:
    """Return the plotly template of a theme: "light", "dark", or "auto", readable on the page's own background.

    Raises:
        ConfigurationError: another name.

    Example:
        >>> op.charts.match_score(results).update_layout(template=op.charts.template("dark")).layout.paper_bgcolor
    """
    if theme not in _INK:
        raise ConfigurationError(f"theme={theme!r} is not known.", next_step="Use 'auto', 'light' or 'dark'.")
    ink, paper = _INK[theme], BACKGROUND.get(theme, "rgba(0,0,0,0)")
    # What floats over a figure needs a background.
    back, front = ("#2b3036", "#ffffff") if theme == "auto" else (paper, ink)
    return go.layout.Template(
        layout={
            "font": {"family": _FONT, "size": 13, "color": ink},
            "title": _title(theme),
            "paper_bgcolor": paper,
            "plot_bgcolor": paper,
            "colorway": list(COLOURS.values()),
            "xaxis": _axis(theme),
            "yaxis": _axis(theme),
            "margin": {"l": 12, "r": 20, "b": 12},
            "hoverlabel": {"bgcolor": back, "font": {"color": front}, "bordercolor": _SOFT[theme], "align": "left"},
            "annotationdefaults": {"font": {"color": ink, "size": 12}, "showarrow": False},
            "legend": {**_LEGEND, "font": {"color": ink}},
            "bargap": 0.08,
            "dragmode": False,
        }
    )


@cache
def shared_template(theme: Theme) -> go.layout.Template:
    """Return the one template of all figures of a theme, which they copy: making it takes plotly a while."""
    return template("light" if theme == "auto" and "google.colab" in sys.modules else theme)


_LEGEND: Final = {"orientation": "h", "x": 0, "y": 1, "xanchor": "left", "yanchor": "bottom", "traceorder": "normal"}


def _title(theme: Theme) -> dict[str, object]:
    place = {"x": 0, "xref": "container", "xanchor": "left", "y": 1, "yref": "container", "yanchor": "top"}
    small = {"font": {"size": 13, "color": _SOFT[theme]}}
    return {**place, "pad": {"t": 14, "l": 12}, "font": {"size": 17, "color": _INK[theme]}, "subtitle": small}


def _axis(theme: Theme) -> dict[str, object]:
    return {
        "gridcolor": _GRID[theme],
        "linecolor": _SOFT[theme],
        "zeroline": False,
        "ticks": "",
        "automargin": True,
        "ticklabelstandoff": 5,
        "title": {"standoff": 10, "font": {"size": 13}},
    }


def shade(drawn: go.Figure, name: str) -> go.Figure:
    """Return *drawn* marked empty: the axes stay, and one line in the middle says *name*."""
    return drawn.add_annotation(
        text=name, x=0.5, y=0.5, xref="x domain", yref="y domain", font={"size": 15}, name="empty"
    )


def add_band(drawn: go.Figure, x: Sequence[float], low: Sequence[float], high: Sequence[float]) -> None:
    """Draw the interval between *low* and *high* as a grey band behind whatever comes after it."""
    drawn.add_scatter(
        x=[*x, *reversed(x)],
        y=[*low, *reversed(high)],
        fill="toself",
        fillcolor=COLOURS["unknown"],
        opacity=0.25,
        mode="lines",
        line={"width": 0, "color": COLOURS["unknown"]},
        hoverinfo="skip",
        showlegend=False,
    )


def error_bars(up: Sequence[float], down: Sequence[float], colour: str) -> dict[str, object]:
    """Return the settings of intervals that reach so far *up* and *down* from what is drawn."""
    return {"type": "data", "array": up, "arrayminus": down, "color": COLOURS[colour], "thickness": 2}


def count_axis(largest: float, *, room: float = 1.12) -> dict[str, object]:
    """Return the settings of an axis of counts: from 0, whole steps only, and *room* beyond the *largest* one."""
    steps = {"dtick": 1} if largest < 6 else {"nticks": 7}
    return {"range": [0, max(largest, 1) * room], "tickformat": ",d", "tick0": 0, **steps}


def name_axis(names: Sequence[str], *, least: int, room: float = 0.5) -> dict[str, object]:
    """Return the settings of an axis of *names* from top to bottom, as if there were at *least* so many."""
    ends = [max(len(names), least) - 0.5, -room]
    return {"tickvals": list(range(len(names))), "ticktext": list(names), "range": ends, "showgrid": False}


def label(text: str | None, limit: int = 32) -> str:
    """Return a vendor's *text* as a label: cleaned, cut, and inert where plotly would read tags and entities."""
    return clean(text, limit).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def note(parts: Sequence[str]) -> str:
    """Return the non-empty *parts* as one subtitle."""
    return " · ".join(part for part in parts if part)
