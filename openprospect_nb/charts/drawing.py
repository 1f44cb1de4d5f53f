"""The plane a still picture is drawn on: scales from values to pixels, marks in the order they are painted; bars."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from html import unescape
from math import floor, log10
from typing import Any, Final

import plotly.graph_objects as go

from openprospect_nb.charts.theme import COLOURS, UNKNOWN_PATTERN, Caption, Theme, count_axis, figure, label

_TAGS: Final = re.compile(r"</?(?:b|i|span|sub|sup|a|em|s|u)\b[^>]*>", re.IGNORECASE)
_STEPS: Final = (1, 2, 2.5, 5, 10)
_DASHES: Final = {"dot": "2 4", "dash": "6 4", "dashdot": "6 4 2 4"}
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """The rectangle inside the axes, in pixels from the top left."""

    left: float
    right: float
    top: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Span:
    """What one axis covers: numbers from *low* to *high*, or *names* in order; with ticks of its own if it has any."""

    low: float
    high: float
    names: tuple[str, ...]
    own_ticks: tuple[tuple[float, str], ...]
    form: str

    def ticks(self, separators: str | None) -> Iterator[tuple[object, str]]:
        """Yield each tick's value and its words."""
        if self.names:
            yield from ((name, plain(name)) for name in self.names)
        elif self.own_ticks:
            yield from self.own_ticks
        else:
            step = _step((self.high - self.low) / 6, whole=self.form.endswith("d"))
            first = int(-(-self.low // step))
            last = floor(self.high / step + 1e-9)
            yield from ((n * step, _number(n * step, self.form, separators or ".,")) for n in range(first, last + 1))


@dataclass(frozen=True, slots=True)
class Scale:
    """Places the values of a span between two pixels."""

    span: Span
    start: float
    end: float

    def __call__(self, value: Any) -> float:
        """Return the pixel of *value*, a number or one of the span's names."""
        number = self.span.names.index(str(value)) if self.span.names else float(value)
        share = (number - self.span.low) / ((self.span.high - self.span.low) or 1.0)
        return round(self.start + share * (self.end - self.start), 1)

    def around(self, value: Any, half: float) -> tuple[float, float]:
        """Return the pixels *half* a width to either side of *value*, the smaller first."""
        one = abs(self.end - self.start) / (abs(self.span.high - self.span.low) or 1.0)
        middle = self(value)
        return round(middle - half * one, 1), round(middle + half * one, 1)


@dataclass(slots=True)
class Drawing:
    """The marks of one picture; every adding verb takes pixels."""

    box: Box
    x: Scale
    y: Scale
    marks: list[dict[str, object]] = field(default_factory=list)
    texts: list[dict[str, object]] = field(default_factory=list)

    def at(self, value: Any, reference: str | None, *, across: bool) -> float:
        """Return the pixel of a coordinate that counts in data, or (``domain``, ``paper``) in shares of the box."""
        scale = self.x if across else self.y
        if reference and ("domain" in reference or reference == "paper"):
            return scale.start + float(value) * (scale.end - scale.start)
        return scale(value)

    def rectangle(self, corners: tuple[float, float, float, float], *, fill: str, hatched: bool, hint: str) -> None:
        """Add a rectangle between two opposite corners; empty ones are left out."""
        left, right = sorted((corners[0], corners[2]))
        top, bottom = sorted((corners[1], corners[3]))
        if right - left > 0.05 and bottom - top > 0.05:
            size = {"x": left, "y": top, "width": round(right - left, 1), "height": round(bottom - top, 1)}
            self.marks.append({"kind": "rectangle", **size, "fill": fill, "hatched": hatched, "hint": hint})

    def line(
        self,
        points: Sequence[Point],
        *,
        colour: str | None = None,
        dash: str | None = None,
        thickness: float = 1,
        css: str = "",
    ) -> None:
        """Add a line through *points*."""
        look = {"colour": colour or "#858b93", "dash": _DASHES.get(dash or "", ""), "thickness": thickness, "css": css}
        self.marks.append({"kind": "line", "points": _joined(points), **look})

    def band(self, points: Sequence[Point], *, fill: str | None) -> None:
        """Add a filled outline."""
        self.marks.append({"kind": "band", "points": _joined(points), "fill": fill or "#858b93"})

    def dot(self, x: float, y: float, *, radius: float, fill: str | None, hint: str) -> None:
        """Add a disc."""
        self.marks.append({"kind": "dot", "x": x, "y": y, "radius": radius, "fill": fill or "#858b93", "hint": hint})

    def text(self, x: float, y: float, words: str, *, anchor: str = "start", turned: bool = False) -> None:
        """Add words, on several lines where they hold line breaks; nothing where they are empty."""
        if words:
            place = {"x": round(x, 1), "y": round(y, 1)}
            self.texts.append({**place, "lines": words.split("\n"), "anchor": anchor, "turned": turned})


def span_of(figure: go.Figure, letter: str) -> Span:
    """Return what the figure's x or y axis covers, from its settings and else from its data."""
    axis = getattr(figure.layout, f"{letter}axis")
    values = [v for mark in figure.data for v in (getattr(mark, letter) or ()) if v is not None]
    names = (
        tuple(dict.fromkeys(str(name) for name in (axis.categoryarray or values))) if _is_named(axis, values) else ()
    )
    low, high = _ends(axis, values, len(names))
    ticks = tuple(zip(axis.tickvals or (), axis.ticktext or (), strict=True)) if axis.ticktext else ()
    return Span(low, high, names, tuple((float(value), plain(words)) for value, words in ticks), axis.tickformat or "")


def plain(words: str | None) -> str:
    """Return plotly's small HTML as text: tags gone, entities read, ``<br>`` as line breaks."""
    lines = re.split(r"<br\s*/?>", words or "", flags=re.IGNORECASE)
    return "\n".join(unescape(_TAGS.sub("", line)) for line in lines)


def _is_named(axis: Any, values: Iterable[object]) -> bool:
    return axis.type == "category" or any(isinstance(value, str) for value in values)


def _ends(axis: Any, values: Sequence[Any], names: int) -> tuple[float, float]:
    if names:
        low, high = -0.5, names - 0.5
    elif axis.range is not None:
        low, high = (float(end) for end in axis.range)
    else:
        low, high = min(0.0, *map(float, values), 0.0), max(0.0, *map(float, values), 0.0) or 1.0
    return (high, low) if axis.autorange == "reversed" else (low, high)


def _step(rough: float, *, whole: bool) -> float:
    if rough <= 0:
        return 1.0
    ten = 10.0 ** floor(log10(rough))
    step = next(ten * factor for factor in _STEPS if ten * factor >= rough * 0.999)
    return max(1.0, float(round(step))) if whole else step


def _number(value: float, form: str, separators: str) -> str:
    shown = f"{value * 100:,.10g}%" if form.endswith("%") else f"{value:,.10g}"
    return shown.translate(str.maketrans(".,", separators[:2]))


def _joined(points: Sequence[Point]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in points)


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
