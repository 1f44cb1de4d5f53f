"""A figure as a still picture: inline SVG without scripts, drawn from the same traces plotly would draw.

It knows the marks our charts use (bars, lines, bands, markers, error bars, straight shapes, notes); a figure with
others, or with an axis of days or logarithms, is refused (`stills`), for a wrong picture is worse than none. Text and
grid carry the classes ``ink`` and ``grid`` beside light colours, so that a page can set the theme by style.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from html import unescape
from itertools import groupby
from typing import Any, Final

import plotly.graph_objects as go

from openprospect_nb.charts.stills import PlainFigure, prepared
from openprospect_nb.markup.drawing import Box, Drawing, Point, Scale, Span

# Where bars of one place and sign end so far.
Heaps = dict[tuple[object, bool], float]

WIDTH: Final = 640
_TAGS: Final = re.compile(r"</?(?:b|i|span|sub|sup|a|em|s|u)\b[^>]*>", re.IGNORECASE)
_LETTER: Final = 6.6  # average width of a letter at 12 px
_LEGEND_ROW: Final = 20


def svg(figure: go.Figure) -> str:
    """Return *figure* as one SVG element, titled by its alternative text; the same figure gives the same text.

    Raises:
        ConfigurationError: it holds something that cannot be drawn as it is meant (another kind of mark, several pairs
            of axes, an axis of days or logarithms, colours by number, …); the message names it.

    Example:
        >>> op.charts.svg(op.charts.match_score(results))[:4]
        '<svg'
    """
    return svg_of(json.loads(figure.to_json()))


def svg_of(drawn: dict[str, Any]) -> str:
    """Return a figure that is at hand as plain JSON, as `svg` does; it is filled in on the way."""
    figure = prepared(drawn)
    spans = span_of(figure, "x"), span_of(figure, "y")
    legend = _legend_rows(figure)
    longest = max((len(plain(words)) for _, words in spans[1].ticks(figure.layout.separators)), default=1)
    box = Box(
        left=16.0 + min(longest, 34) * _LETTER + (18 if figure.layout.yaxis.title.text else 0),
        right=WIDTH - 16.0,
        top=26.0 + _LEGEND_ROW * len(legend),
        bottom=float(figure.layout.height or 380) - 52,
    )
    drawing = Drawing(box, Scale(spans[0], box.left, box.right), Scale(spans[1], box.bottom, box.top))
    _frame(drawing, figure, spans)
    stacked: Heaps = {}
    for mark in figure.data:
        _MARKS[mark.type](drawing, mark, stacked if figure.layout.barmode in {"stack", "relative"} else {})
    for shape in figure.layout.shapes:
        _shape(drawing, shape)
    for note in figure.layout.annotations:
        _note(drawing, note)
    _legend(drawing, legend)
    meta = figure.layout.meta or {}
    return drawing.svg(WIDTH, box.bottom + 52, meta.get("alt", ""))


def span_of(figure: PlainFigure, letter: str) -> Span:
    """Return what the figure's x or y axis covers, from its settings and else from its data."""
    axis = getattr(figure.layout, f"{letter}axis")
    values = [v for mark in figure.data for v in (getattr(mark, letter) or ()) if v is not None]
    is_named = axis.type == "category" or any(isinstance(value, str) for value in values)
    ordered = (*(axis.categoryarray or ()), *values) if is_named else ()
    names = tuple(dict.fromkeys(str(name) for name in ordered))
    low, high = _ends(axis, values, len(names))
    ticks = tuple(zip(axis.tickvals or (), axis.ticktext or (), strict=True)) if axis.ticktext else ()
    return Span(low, high, names, tuple((float(value), words) for value, words in ticks), axis.tickformat or "")


def plain(words: str | None) -> str:
    """Return plotly's small HTML as text: tags gone, entities read, ``<br>`` as line breaks."""
    lines = re.split(r"<br\s*/?>", words or "", flags=re.IGNORECASE)
    return "\n".join(unescape(_TAGS.sub("", line)) for line in lines)


def _ends(axis: Any, values: Sequence[Any], names: int) -> tuple[float, float]:
    if names:
        low, high = -0.5, names - 0.5
    elif axis.range is not None:
        low, high = (float(end) for end in axis.range)
    else:
        low, high = min(0.0, *map(float, values), 0.0), max(0.0, *map(float, values), 0.0) or 1.0
    return (high, low) if axis.autorange == "reversed" else (low, high)


def _frame(drawing: Drawing, figure: PlainFigure, spans: tuple[Span, Span]) -> None:
    box, layout = drawing.box, figure.layout
    for value, words in spans[0].ticks(layout.separators):
        at = drawing.x(value)
        if layout.xaxis.showgrid is not False:
            drawing.line([(at, box.top), (at, box.bottom)], css="grid")
        drawing.text(at, box.bottom + 17, plain(words), anchor="middle")
    for value, words in spans[1].ticks(layout.separators):
        at = drawing.y(value)
        if layout.yaxis.showgrid is not False:
            drawing.line([(box.left, at), (box.right, at)], css="grid")
        drawing.text(box.left - 7, at + 4, plain(words), anchor="end")
    drawing.text((box.left + box.right) / 2, box.bottom + 40, plain(layout.xaxis.title.text), anchor="middle")
    drawing.text(14, (box.top + box.bottom) / 2, plain(layout.yaxis.title.text), anchor="middle", turned=True)


def _bars(drawing: Drawing, mark: Any, stacked: Heaps) -> None:
    across = mark.orientation == "h"
    values, places = (mark.x, mark.y) if across else (mark.y, mark.x)
    for index, (value, place) in enumerate(zip(values, places, strict=True)):
        if place is None:
            continue
        heap = place, (value or 0) < 0
        base = stacked.get(heap, 0.0)
        stacked[heap] = base + (value or 0)
        half = (_each(mark.width, index) or 0.8) / 2
        slot = drawing.y if across else drawing.x
        scale = drawing.x if across else drawing.y
        near, far = slot.around(place, half)
        fill, hatched = _each(mark.marker.color, index), bool(mark.marker.pattern and mark.marker.pattern.shape)
        start, end = scale(base), scale(base + (value or 0))
        corner = (start, near, end, far) if across else (near, start, far, end)
        drawing.rectangle(corner, fill=fill, hatched=hatched, hint=plain(_each(mark.hovertext, index)))
        words = plain(_each(mark.text, index))
        if words and across:
            drawing.text(end + 5, (near + far) / 2 + 4, words)
        elif words:
            drawing.text((near + far) / 2, end - 5, words, anchor="middle")


def _scatter(drawing: Drawing, mark: Any, _: Heaps) -> None:
    pairs = [*zip(mark.x or (), mark.y or (), strict=True)]
    points = {i: (drawing.x(x), drawing.y(y)) for i, (x, y) in enumerate(pairs) if x is not None and y is not None}
    if mark.fill == "toself":
        drawing.band([*points.values()], fill=mark.fillcolor)
        return
    line = mark.line.color or _each(mark.marker.color, 0)
    for piece in _pieces(points) if "lines" in (mark.mode or "lines") else ():
        drawing.line(piece, colour=line, dash=mark.line.dash, thickness=mark.line.width or 2)
    for index, (x, y) in points.items():
        _whiskers(drawing, mark, index, line)
        if "markers" in (mark.mode or ""):
            hint = plain(_each(mark.hovertext, index))
            drawing.dot(
                x, y, radius=(_each(mark.marker.size, index) or 8) / 2, fill=_each(mark.marker.color, index), hint=hint
            )
        words = plain(_each(mark.text, index)) if "text" in (mark.mode or "") else ""
        if words:
            drawing.text(x + 9, y + 4, words)


def _pieces(points: Mapping[int, Point]) -> Iterator[list[Point]]:
    """Yield what is one line each: a missing value in between ends one, as it does in plotly."""
    for _, numbered in groupby(enumerate(points), key=lambda pair: pair[1] - pair[0]):
        if len(piece := [points[index] for _, index in numbered]) > 1:
            yield piece


def _whiskers(drawing: Drawing, mark: Any, index: int, colour: str | None) -> None:
    for error, scale, is_x in ((mark.error_x, drawing.x, True), (mark.error_y, drawing.y, False)):
        if error.array is None or _each(error.array, index) is None:
            continue
        x, y = mark.x[index], mark.y[index]
        middle = x if is_x else y
        low = scale(middle - _each(error.arrayminus if error.arrayminus is not None else error.array, index))
        high = scale(middle + _each(error.array, index))
        ends = [(low, drawing.y(y)), (high, drawing.y(y))] if is_x else [(drawing.x(x), low), (drawing.x(x), high)]
        drawing.line(ends, colour=error.color or colour, thickness=2)


_MARKS: Final[Mapping[str, Callable[[Drawing, Any, Heaps], None]]] = {"bar": _bars, "scatter": _scatter}


def _shape(drawing: Drawing, shape: Any) -> None:
    xs = [drawing.at(value, shape.xref, across=True) for value in (shape.x0, shape.x1)]
    ys = [drawing.at(value, shape.yref, across=False) for value in (shape.y0, shape.y1)]
    if shape.type == "rect":
        drawing.band([(xs[0], ys[0]), (xs[1], ys[0]), (xs[1], ys[1]), (xs[0], ys[1])], fill=shape.fillcolor)
    else:
        drawing.line([(xs[0], ys[0]), (xs[1], ys[1])], colour=shape.line.color, dash=shape.line.dash, thickness=1.5)


def _note(drawing: Drawing, note: Any) -> None:
    x = drawing.at(note.x, note.xref, across=True) + (note.xshift or 0)
    y = drawing.at(note.y, note.yref, across=False) - (note.yshift or 0)
    anchor = {"left": "start", "right": "end"}.get(note.xanchor or "", "middle")
    lift = {"bottom": -5, "top": 13}.get(note.yanchor or "", 4)
    drawing.text(x, y + lift, plain(note.text), anchor=anchor)


def _legend_rows(figure: PlainFigure) -> list[list[Any]]:
    """Return the legend's traces, as many a row as fit."""
    if figure.layout.showlegend is False:
        return []
    rows: list[list[Any]] = []
    used = WIDTH
    for mark in figure.data:
        if mark.showlegend is not False and mark.name and (figure.layout.showlegend or len(figure.data) > 1):
            needed = int(len(mark.name) * _LETTER) + 36
            if used + needed > WIDTH:
                rows.append([])
                used = 0
            rows[-1].append(mark)
            used += needed
    return rows


def _legend(drawing: Drawing, rows: list[list[Any]]) -> None:
    for number, row in enumerate(rows):
        x, y = 8.0, 6.0 + number * _LEGEND_ROW
        for mark in row:
            fill = mark.fillcolor if mark.type == "scatter" and mark.fill else None
            colour = fill or _each(mark.marker.color, 0) or mark.line.color
            drawing.rectangle((x, y, x + 12, y + 12), fill=colour, hatched=False, hint="")
            drawing.text(x + 18, y + 11, plain(mark.name))
            x += len(mark.name) * _LETTER + 36


def _each(values: Any, index: int) -> Any:
    """Return the value for one mark of a setting that is one value for all or a list of one a mark."""
    return values[index] if isinstance(values, list | tuple) else values
