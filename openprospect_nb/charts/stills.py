"""What can be a still picture, and what has to be filled in first: a picture that might be wrong is refused.

`static` draws bars, lines, bands and markers on one pair of axes. Here it is decided, by the names and values a figure
holds, whether those are all there is to it: whatever is not known to be drawn, or to be no matter, is a reason not to.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

from openprospect_nb.charts.arrays import decoded
from openprospect_nb.errors import ConfigurationError

Json = dict[str, Any]

# How plotly.js colours traces where neither they nor a template say.
_COLOURS: Final = (
    *("#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd"),
    *("#8c564b", "#e377c2", "#7f7f7f", "#bcbd22", "#17becf"),
)
_UNSEEN: Final = {
    *("name", "showlegend", "legendgroup", "legendrank", "hoverinfo", "hovertext", "hovertemplate", "hoverlabel"),
    *("customdata", "ids", "uid", "meta", "cliponaxis", "textfont", "alignmentgroup", "offsetgroup", "type"),
}
_MARKS: Final[Mapping[str, frozenset[str]]] = {
    "bar": frozenset({*_UNSEEN, "x", "y", "xaxis", "yaxis", "visible", "orientation", "width", "marker", "text"})
    | {"textposition", "insidetextanchor", "constraintext", "textangle"},
    "scatter": frozenset({*_UNSEEN, "x", "y", "xaxis", "yaxis", "visible", "orientation", "mode", "line", "marker"})
    | {"text", "textposition", "fill", "fillcolor", "opacity", "error_x", "error_y"},
}
_INNER: Final[Mapping[str, frozenset[str]]] = {
    "line": frozenset({"color", "dash", "width", "shape"}),
    "marker": frozenset({"color", "size", "symbol", "line", "pattern"}),
    "error_x": frozenset({"type", "array", "arrayminus", "color", "thickness", "width", "visible"}),
    "error_y": frozenset({"type", "array", "arrayminus", "color", "thickness", "width", "visible"}),
}
_LAYOUT: Final = {
    *("template", "title", "legend", "margin", "barmode", "bargap", "bargroupgap", "height", "width", "xaxis", "yaxis"),
    *("annotations", "shapes", "showlegend", "separators", "meta", "font", "paper_bgcolor", "plot_bgcolor", "colorway"),
    *("hovermode", "hoverlabel", "uirevision", "dragmode", "modebar", "autosize", "hoverdistance", "clickmode"),
}
_AXIS: Final = {
    *("title", "anchor", "domain", "range", "autorange", "tickvals", "ticktext", "tickmode", "tickformat", "nticks"),
    *("tick0", "dtick", "showgrid", "gridcolor", "gridwidth", "griddash", "zeroline", "zerolinecolor", "zerolinewidth"),
    *("type", "categoryorder", "categoryarray", "rangemode", "automargin", "tickangle", "tickfont", "color", "ticks"),
    *("linecolor", "linewidth", "showline", "mirror", "fixedrange", "ticklabelstandoff", "ticklen", "tickcolor"),
}
# A text that plotly would take for a number or a day, and place on an axis of those.
_MEASURED: Final = re.compile(r"\s*[-+]?[$£€¥]?[\d.,]+(?:[eE][-+]?\d+)?\s*%?\s*|\s*-?\d{4}-\d{1,2}(?:\D.*)?", re.DOTALL)


class PlainFigure:
    """A figure, or a part of it, by its settings: one not set is None, a group of them empty. Plotly's is slow."""

    __slots__ = ("_settings",)
    _GROUPS: Final = {
        *("layout", "xaxis", "yaxis", "title", "marker", "line", "pattern", "error_x", "error_y"),
    }
    _LISTS: Final = {"data", "shapes", "annotations"}

    def __init__(self, settings: Json) -> None:
        self._settings = settings

    def __bool__(self) -> bool:
        return bool(self._settings)

    def __getattr__(self, name: str) -> Any:
        value = self._settings.get(name)
        if name in self._LISTS:
            return [PlainFigure(each) for each in value or ()]
        return PlainFigure(value or {}) if name in self._GROUPS else value


def prepared(figure: Json) -> PlainFigure:
    """Return *figure* ready to be drawn: packed arrays as lists, plotly's defaults of colour, mode and range filled in.

    Raises:
        ConfigurationError: it holds something that cannot be drawn as it is meant; the message names it.
    """
    plain = decoded(figure)
    reason = next(_reasons(plain), None)
    if reason is not None:
        raise ConfigurationError(
            f"this figure cannot be a still picture: {reason}.", next_step="Show it live, or as a picture of kaleido."
        )
    _fill_in(plain)
    return PlainFigure(plain)


def _reasons(figure: Json) -> Iterator[str]:
    marks, layout = figure.get("data", []), figure.get("layout", {})
    yield from _strange(layout, _LAYOUT, "layout")
    if figure.get("frames"):
        yield "it moves"
    for mark in marks:
        yield from _mark_reasons(mark)
    bars = [mark for mark in marks if mark.get("type") == "bar"]
    if layout.get("barmode", "group") == "group" and _share_places(bars):
        yield "its bars stand side by side"
    for letter in "xy":
        axis = layout.get(f"{letter}axis", {})
        yield from _axis_reasons(letter, axis, _values(marks, letter))
        if axis.get("range") is None and any(mark.get(f"error_{letter}") for mark in marks):
            yield f"the {letter} axis has to leave room for error bars"
    yield from _note_reasons(layout, marks)


def _share_places(bars: Sequence[Json]) -> bool:
    """Whether two traces have a bar at one place: plotly then makes both smaller, and otherwise neither."""
    axes = ["y" if bar.get("orientation", "v") == "h" else "x" for bar in bars]
    places = [{*(bar.get(axis) or ())} - {None} for bar, axis in zip(bars, axes, strict=True)]
    return len(set().union(*places)) < sum(map(len, places))


def _mark_reasons(mark: Json) -> Iterator[str]:
    kind = mark.get("type", "scatter")
    if kind not in _MARKS:
        yield f"it holds marks of the type {kind}"
        return
    yield from _strange(mark, _MARKS[kind], kind)
    for name, known in _INNER.items():
        yield from _strange(mark.get(name) or {}, known, f"{kind}.{name}")
    if mark.get("visible", True) is not True or (mark.get("xaxis", "x"), mark.get("yaxis", "y")) != ("x", "y"):
        yield "a part of it is hidden, or has axes of its own"
    x, y = mark.get("x"), mark.get("y")
    if len(x if isinstance(x, list) else ()) != len(y if isinstance(y, list) else ()):
        yield f"a {kind} states one of its coordinates alone"
    yield from _look_reasons(mark)


def _look_reasons(mark: Json) -> Iterator[str]:
    marker, line = mark.get("marker") or {}, mark.get("line") or {}
    colours = [marker.get("color"), line.get("color"), mark.get("fillcolor")]
    if not all(isinstance(colour, str) for colour in _flat(colours)):
        yield "its colours are numbers on a scale"
    if marker.get("symbol", "circle") != "circle" or line.get("shape", "linear") != "linear":
        yield "its symbols or lines have a shape of their own"
    if line.get("dash", "solid") not in {"solid", "dot", "dash", "dashdot"}:
        yield "its lines are dashed in a way of their own"
    if mark.get("fill", "none") not in {"none", "toself"} or ("opacity" in mark and mark.get("fill") != "toself"):
        yield "it is filled or shines through"
    if not all(isinstance(text, str) for text in _flat([mark.get("text")])) or mark.get("textposition") == "none":
        yield "its texts are no words"
    if not all(isinstance(size, int | float) for size in _flat([marker.get("size"), mark.get("width")])):
        yield "its sizes are no numbers"
    if mark.get("type") == "bar" and (marker.get("pattern") or {}).get("shape") not in {None, "", "/"}:
        yield "its bars have a pattern each"


def _axis_reasons(letter: str, axis: Json, values: Sequence[Any]) -> Iterator[str]:
    yield from _strange(axis, _AXIS, f"{letter}axis")
    kind, texts = axis.get("type", "-"), [value for value in values if isinstance(value, str)]
    whole = all(isinstance(value, str | int) for value in values)
    if not all(isinstance(value, str | int | float) and not isinstance(value, bool) for value in values):
        yield f"values on {letter} are neither numbers nor words"
    elif kind == "category":
        if not whole:
            yield f"the categories on {letter} are numbers"
    elif kind not in {"-", "linear"}:
        yield f"the {letter} axis is of the type {kind}"
    elif texts and (len(texts) < len(values) or any(_MEASURED.fullmatch(text) for text in texts)):
        yield f"words on {letter} stand for numbers or days"
    if (kind == "category" or texts) and axis.get("range") is not None:
        yield f"the {letter} axis shows some of its categories"
    if axis.get("categoryorder", "array") not in {"array", "trace"} or axis.get("tickformat") not in _FORMS:
        yield f"the {letter} axis orders or writes its values in a way of its own"
    if axis.get("domain", [0, 1]) not in ([0, 1], (0, 1)) or axis.get("autorange", True) not in {
        True,
        False,
        "reversed",
    }:
        yield f"the {letter} axis takes a part of the room"


_FORMS: Final = {None, "", ",d", "d", ".3~%"}


def _note_reasons(layout: Json, marks: Sequence[Json]) -> Iterator[str]:
    defaults = ((layout.get("template") or {}).get("layout") or {}).get("annotationdefaults") or {}
    for note in layout.get("annotations") or ():
        if {**defaults, **note}.get("showarrow", True) or note.get("textangle"):
            yield "a note has an arrow or is turned"
    for shape in layout.get("shapes") or ():
        if shape.get("type") not in {"line", "rect"} or shape.get("label") or shape.get("visible", True) is not True:
            yield "it holds a shape that is neither line nor rectangle"
    for thing in [*(layout.get("annotations") or ()), *(layout.get("shapes") or ())]:
        for letter in "xy":
            if not _is_placed(thing, letter, any(isinstance(v, str) for v in _values(marks, letter))):
                yield f"a note or shape stands on {letter} where it cannot be placed"


def _is_placed(thing: Json, letter: str, is_named: bool) -> bool:
    reference = str(thing.get(f"{letter}ref", letter if f"{letter}0" in thing else "paper"))
    places = [thing[key] for key in (letter, f"{letter}0", f"{letter}1") if key in thing]
    if reference in {"paper", f"{letter} domain"}:
        return all(isinstance(place, int | float) for place in places)
    return reference == letter and all(isinstance(place, str) == is_named for place in places)


def _fill_in(figure: Json) -> None:
    marks, layout = figure.get("data", []), figure.setdefault("layout", {})
    template = (layout.get("template") or {}).get("layout") or {}
    colours = layout.get("colorway") or template.get("colorway") or _COLOURS
    for number, mark in enumerate(marks):
        _fill_mark(mark, colours[number % len(colours)])
    _set_widths(marks)
    for letter in "xy":
        axis = layout.setdefault(f"{letter}axis", {})
        values = [value for value in _values(marks, letter) if not isinstance(value, str)]
        is_named = axis.get("type") == "category" or len(values) < len(_values(marks, letter))
        if axis.get("range") is None and values and not is_named:
            _set_range(axis, letter, marks, values, layout.get("barmode"))


def _fill_mark(mark: Json, colour: str) -> None:
    for letter in "xy":
        values = mark.get(letter) or ()
        mark[letter] = [None if isinstance(v, float) and not math.isfinite(v) else v for v in values]
    if not all(isinstance(words, str) for words in _flat([mark.get("hovertext")])):
        del mark["hovertext"]
    marker, line = mark.setdefault("marker", {}), mark.setdefault("line", {})
    if mark.setdefault("type", "scatter") == "bar":
        del mark["line"]
    else:
        mark.setdefault("mode", "lines+markers" if len(mark["x"]) < 20 else "lines")
        line.setdefault("color", next(iter(_flat([marker.get("color")])), colour))
    marker.setdefault("color", line.get("color", colour))


def _set_widths(marks: Sequence[Json]) -> None:
    """Give bars on an axis of numbers four fifths of the smallest step between two of them, as plotly does."""
    for letter, across in (("x", "v"), ("y", "h")):
        bars = [m for m in marks if m["type"] == "bar" and m.get("orientation", "v") == across and "width" not in m]
        places = sorted({value for value in _values(bars, letter) if not isinstance(value, str)})
        if len(places) > 1:
            step = min(after - before for before, after in pairwise(places))
            for bar in bars:
                bar["width"] = 0.8 * step


def _set_range(axis: Json, letter: str, marks: Sequence[Json], values: Sequence[float], barmode: str | None) -> None:
    bars = [mark for mark in marks if mark["type"] == "bar"]
    counted = [bar for bar in bars if (bar.get("orientation", "v") == "h") == (letter == "x")]
    low, high = min(values), max(values)
    if counted and barmode in {"stack", "relative"}:
        low, high = min(low, *_heaps(counted, letter)), max(high, *_heaps(counted, letter))
    half = max((max(_flat([bar.get("width", 0.8)])) / 2 for bar in bars if bar not in counted), default=0.0)
    room = 0.05 * (high - low) or 0.5
    if counted or axis.get("rangemode") in {"tozero", "nonnegative"}:
        ends = [min(0.0, low - room if low < 0 else 0.0), max(0.0, high + room if high > 0 else 0.0)]
    else:
        ends = [low - max(half, 0 if half else room), high + max(half, 0 if half else room)]
    axis["range"] = ends if ends[0] < ends[1] else [ends[0], ends[0] + 1.0]


def _heaps(bars: Sequence[Json], letter: str) -> list[float]:
    """Return where the heaps of bars with one place end, those below zero apart from those above."""
    heaps: dict[object, float] = {}
    for bar in bars:
        for value, place in zip(bar[letter], bar["y" if letter == "x" else "x"], strict=True):
            heaps[place, (value or 0) < 0] = heaps.get((place, (value or 0) < 0), 0.0) + (value or 0)
    return [0.0, 0.0, *heaps.values()]


def _strange(given: Json, known: Iterable[str], where: str) -> Iterator[str]:
    yield from (f"{where} has {name}" for name in sorted(set(given) - set(known)))


def _values(marks: Sequence[Json], letter: str) -> list[Any]:
    return [value for mark in marks for value in (mark.get(letter) or ()) if value is not None]


def _flat(settings: Iterable[Any]) -> list[Any]:
    """Return the values of settings that are one value for all or a list of one a mark; unset ones are left out."""
    parts = [part for each in settings for part in (each if isinstance(each, list) else [each])]
    return [part for part in parts if part is not None]
