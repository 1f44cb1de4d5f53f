"""The explorer's charts, facets and ranges: inline SVG in which a pointer can select, and fields that do the same.

Plain ipywidgets do not suffice for a pointer: their HTML tells nothing back. anywidget carries the fifty lines of
script (`pane.js`) to every front end without a build; plotly's own figure widget needs anywidget too, and five
megabytes of script in each notebook.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import isfinite, log1p
from pathlib import Path
from typing import Any, Final

import anywidget
import ipywidgets
import traitlets

from openprospect_nb.markup import clean, render, trusted
from openprospect_nb.markup.drawing import Box, Drawing, Scale, Span, even_ticks
from openprospect_nb.widgets.explorer.counts import FACET_VALUES, Axis, Bars, Plane
from openprospect_nb.widgets.explorer.filters import Range
from openprospect_nb.widgets.explorer.model import Exploration
from openprospect_nb.widgets.parts import choice, row

_SCRIPT: Final = Path(__file__).with_name("pane.js").read_text(encoding="utf-8")


class Pane(anywidget.AnyWidget):
    """HTML that tells of drags and presses.

    Args:
        on_event: called with what happened: ``{"brush": [left, right, low, high]}``, shares (0-1) of the plot a drag
            covered, or None for a click that clears; or ``{"pick": name}``, the ``data-pick`` of a pressed button.

    Attributes:
        html: what is shown; made by our templates alone.
    """

    _esm = _SCRIPT
    html = traitlets.Unicode().tag(sync=True)

    def __init__(self, on_event: Callable[[Mapping[str, Any]], None]) -> None:
        super().__init__()
        self.on_msg(lambda _, content, __: on_event(content))


WIDTH: Final = 480.0
HEIGHT: Final = 250.0
BOX: Final = Box(left=56.0, right=468.0, top=12.0, bottom=204.0)
SHADES: Final = 5
_DOT: Final = 3.2
_LOOKS: Final = {True: "op-own", False: "op-rest"}  # whether a mark is selected

HEADS: Final = {
    "match_score": "Match",
    "score": "Score",
    "employee_count": "Staff",
    "lowest_bounce_risk": "Lowest risk %",
}
TITLES: Final = {
    "match_score": "Match score (0–10)",
    "score": "Score (0–100)",
    "known_share": "Share of the score that is known",
    "employee_count": "Employees",
    "prospects": "Prospects",
    "lowest_bounce_risk": "Lowest bounce risk (%)",
    "name": "Company",
    "city": "City",
    "country": "Country",
    "business_type": "Industry",
    "order_id": "Order",
    "source": "Source",
    "decision": "Decision",
    "website_url": "Web site",
    "delivered_at": "Delivered",
}


def title_of(column: str) -> str:
    """Return what a column is called in the view."""
    return TITLES.get(column) or column.replace("_", " ").capitalize()


def head_of(column: str) -> str:
    """Return what a column is called above a table, where room is scarce."""
    return HEADS.get(column) or title_of(column)


def histogram_svg(bars: Bars, wanted: Range | None) -> str:
    """Return the histogram: the selected rows of each bin filled, before what the other filters leave, in outline."""
    axis, top = bars.axis, max(*bars.others, 1)
    # The highest bar stays a little below the top of the box.
    shares = [(n, n / top * 0.98) for n in even_ticks(0, top, whole=True)]
    drawing = _axes(axis, [(share, _short(n)) for n, share in shares], "Companies")
    for number, counts in enumerate(zip(bars.others, bars.selected, strict=True)):
        left, right = (drawing.x((number + end) / axis.bins) for end in (0, 1))
        for count, is_selected in zip(counts, (False, True), strict=True):
            corners = (left + 0.5, BOX.bottom, max(right - 0.5, left + 1), drawing.y(count / top * 0.98))
            drawing.rectangle(corners, css=_LOOKS[is_selected])
    if wanted is not None:
        low, high = (drawing.x(axis.share(value)) for value in (wanted.low, wanted.high))
        drawing.rectangle((low, BOX.top, max(high, low + 1), BOX.bottom), css="op-brush")
    title, most = title_of(axis.column), max(range(axis.bins), key=bars.others.__getitem__)
    peak = axis.value((most + 0.5) / axis.bins)
    said = f"{title}: {sum(bars.selected):,} of {sum(bars.others):,} companies selected, most near {peak:g}"
    return drawing.svg(WIDTH, HEIGHT, said, brush="x")


def plane_svg(plane: Plane, ranges: Mapping[str, Range]) -> str:
    """Return points, or cells whose shade counts rows; what is selected is filled, the rest is in outline or pale."""
    x, y = plane.x, plane.y
    drawing = _axes(x, y.ticks(), title_of(y.column))
    if plane.points is None:
        _shade(drawing, plane)
    for across, up, is_selected in plane.points or ():
        drawing.dot(drawing.x(across), drawing.y(up), radius=_DOT, css=_LOOKS[is_selected])
    if x.column in ranges or y.column in ranges:
        wide, tall = ranges.get(x.column), ranges.get(y.column)
        left, right = (drawing.x(x.share(n)) for n in ((wide.low, wide.high) if wide else (x.low, x.high)))
        low, high = (drawing.y(y.share(n)) for n in ((tall.low, tall.high) if tall else (y.low, y.high)))
        drawing.rectangle((left, min(high, low - 1), max(right, left + 1), low), css="op-brush")
    selected, everything = sum(n for _, n in plane.cells.values()), sum(n for n, _ in plane.cells.values())
    said = f"{title_of(x.column)} against {title_of(y.column)}: {selected:,} of {everything:,} companies selected"
    return drawing.svg(WIDTH, HEIGHT, said, brush="xy")


def _axes(across: Axis, ups: Sequence[tuple[float, str]], up_title: str) -> Drawing:
    """Return a drawing with ticks and titles; its scales place shares from 0 to 1."""
    whole = Span(0.0, 1.0, (), (), "")
    drawing = Drawing(BOX, Scale(whole, BOX.left, BOX.right), Scale(whole, BOX.bottom, BOX.top))
    for share, words in ups:
        at = drawing.y(share)
        drawing.line([(BOX.left, at), (BOX.right, at)], css="grid op-grid")
        drawing.text(BOX.left - 6, at + 4, words, anchor="end")
    for share, words in across.ticks():
        drawing.text(drawing.x(share), BOX.bottom + 16, words, anchor="middle")
    drawing.line([(BOX.left, BOX.bottom), (BOX.right, BOX.bottom)], css="op-axis")
    drawing.text((BOX.left + BOX.right) / 2, BOX.bottom + 38, title_of(across.column), anchor="middle")
    drawing.text(13, (BOX.top + BOX.bottom) / 2, up_title, anchor="middle", turned=True)
    return drawing


def _short(count: float) -> str:
    """Return a count for an axis: 2k, 1.5M; the room beside it is narrow."""
    for size, unit in ((1_000_000, "M"), (1_000, "k")):
        if count >= size:
            return f"{count / size:g}{unit}"
    return f"{count:g}"


def _shade(drawing: Drawing, plane: Plane) -> None:
    """Draw one path a shade: cells by the logarithm of their count, selected ones apart from the rest."""
    top = max((n for n, _ in plane.cells.values()), default=1)
    wide, tall = (BOX.right - BOX.left) / plane.x.bins, (BOX.bottom - BOX.top) / plane.y.bins
    paths: dict[tuple[bool, int], list[str]] = {}
    for (across, up), (everything, selected) in plane.cells.items():
        shade = min(SHADES, 1 + int(SHADES * log1p(selected or everything) / (log1p(top) + 1e-9)))
        corner = f"M{BOX.left + across * wide:.4g} {BOX.bottom - (up + 1) * tall:.4g}"
        paths.setdefault((selected > 0, shade), []).append(
            f"{corner}h{wide - 0.6:.3g}v{tall - 0.6:.3g}h-{wide - 0.6:.3g}z"
        )
    for (is_selected, shade), steps in sorted(paths.items()):
        opacity = 0.2 + 0.8 * shade / SHADES if is_selected else 1.0
        drawing.path("".join(steps), css=_LOOKS[is_selected], opacity=opacity)


def steps_of(axis: Axis) -> float:
    """Return a step for fields that set a range of *axis*."""
    return 1.0 if axis.is_log or axis.is_whole else 10.0**-axis.digits


def range_words(ranges: Mapping[str, Range]) -> Sequence[str]:
    """Return each range in words."""
    return [
        f"{title_of(name)} {r.low:,g} to {r.high:,g}{' or unknown' if r.unknown else ''}" for name, r in ranges.items()
    ]


OWN = {"description_width": "initial"}


class RangeFields:
    """Two number fields and a tick for the range of one column; ``box`` is the view."""

    def __init__(self, model: Exploration, column: str) -> None:
        self._model, self._column, self._quiet = model, "", False
        self.low, self.high = (_number_field() for _ in range(2))
        self.unknown = ipywidgets.Checkbox(indent=False, layout={"width": "auto"})
        self.box = row(self.low, self.high, self.unknown)
        self.box.add_class("op-range")
        for field in (self.low, self.high, self.unknown):
            field.observe(self._changed, "value")
        self.show(column)

    def show(self, column: str) -> None:
        """Show the range of *column* as the model has it."""
        axis = self._model.counts.axis(column) if column else None
        self.box.layout.display = "none" if axis is None else ""
        if axis is None:
            return
        self._quiet, self._column = True, column
        wanted = self._model.filters.ranges.get(column)
        self.low.description, self.high.description = f"{title_of(column)} from", "to"
        self.high.tooltip = self.low.tooltip = f"{title_of(column)}, {axis.low:g} to {axis.high:g}"
        self.low.step = self.high.step = steps_of(axis)
        self.low.value, self.high.value = (wanted.low, wanted.high) if wanted else (axis.low, axis.high)
        self.unknown.description, self.unknown.value = "or unknown", bool(wanted and wanted.unknown)
        self.unknown.disabled = wanted is None
        self._quiet = False

    def _changed(self, _: Any) -> None:
        if not self._quiet:
            self._model.choose_range(self._column, self.low.value, self.high.value, unknown=self.unknown.value)
            self.show(self._column)


class HistogramPanel:
    """A histogram of one column; a drag across it, or its fields, select; ``box`` is the view, ``svg`` the drawing."""

    def __init__(self, model: Exploration, guarded: Callable[[Callable[[], None]], None]) -> None:
        self._model, self._guarded, self.svg = model, guarded, ""
        self.pane = Pane(self._told)
        self.column = choice("Column", _named(model.numbers), model.histogram or None)
        self.fields = RangeFields(model, model.histogram)
        self.column.observe(lambda change: setattr(model, "histogram", change["new"] or ""), "value")
        self.box = _panel("Histogram", [self.column], self.pane, [self.fields])

    def show(self) -> None:
        """Draw the chart and its fields as the model has them."""
        model = self._model
        bars = model.counts.bars(model.histogram, model.conditions) if model.histogram else None
        self.svg = histogram_svg(bars, model.filters.ranges.get(model.histogram)) if bars else _nothing()
        self.pane.html = _picture(
            self.svg, f"{bars.unknown:,} without a value, not drawn." if bars and bars.unknown else ""
        )
        self.fields.show(model.histogram)

    def _told(self, event: Mapping[str, Any]) -> None:
        if "brush" not in event:
            return
        axis, shares = self._model.counts.axis(self._model.histogram), _shares(event["brush"])
        if axis is None:
            return
        self._guarded(lambda: self._brush(axis, shares))

    def _brush(self, axis: Axis, shares: tuple[float, ...] | None) -> None:
        if shares is None:
            self._model.free_range(axis.column)
        else:
            self._model.choose_range(axis.column, axis.value(shares[0]), axis.value(shares[1]))


class PlanePanel:
    """Two columns against each other; a box drawn in it, or its fields, select; ``box`` and ``svg`` as above."""

    def __init__(self, model: Exploration, guarded: Callable[[Callable[[], None]], None]) -> None:
        self._model, self._guarded, self.svg = model, guarded, ""
        self.pane = Pane(self._told)
        across, up = model.plane
        self.across, self.up = (
            choice(label, _named(model.numbers), value or None) for label, value in (("Across", across), ("Up", up))
        )
        self.fields = RangeFields(model, across), RangeFields(model, up)
        for control in (self.across, self.up):
            control.observe(lambda _: setattr(model, "plane", (self.across.value or "", self.up.value or "")), "value")
        self.box = _panel("Scatter", [self.across, self.up], self.pane, self.fields)

    def show(self) -> None:
        """Draw the chart and its fields as the model has them."""
        model = self._model
        across, up = model.plane
        plane = model.counts.plane(across, up, model.conditions) if across and up else None
        lacking = f"{plane.unknown:,} lack one of the two, not drawn. " if plane and plane.unknown else ""
        cells = "The stronger a cell, the more companies in it." if plane and plane.points is None else ""
        self.svg = plane_svg(plane, model.filters.ranges) if plane else _nothing()
        self.pane.html = _picture(self.svg, lacking + cells)
        for fields, column in zip(self.fields, model.plane, strict=True):
            fields.show(column)

    def _told(self, event: Mapping[str, Any]) -> None:
        if "brush" in event and all(self._model.plane):
            self._guarded(lambda: self._brush(_shares(event["brush"])))

    def _brush(self, shares: tuple[float, ...] | None) -> None:
        if shares is None:
            self._model.free_range(*self._model.plane)
            return
        sides = zip(self._model.plane, shares[::2], shares[1::2], strict=True)
        axes = [(self._model.counts.axis(column), low, high) for column, low, high in sides]
        self._model.choose_ranges(
            {a.column: Range(a.value(low), a.value(high)) for a, low, high in axes if a is not None}
        )


class FacetPanel:
    """One list of values a facet, each with how many companies the other filters leave; ``box`` is the view."""

    def __init__(self, model: Exploration) -> None:
        self._model, self._quiet = model, False
        self._values: dict[str, list[str | None]] = {}
        self.lists = {column: _facet_list(column) for column in model.facets}
        for column, control in self.lists.items():
            control.observe(lambda _, column=column: self._chosen(column), "index")
        self.box = row(*self.lists.values())
        self.box.layout.align_items = "flex-start"

    def show(self) -> None:
        """Count every value anew; a list whose counts stay is left alone, so that it keeps the focus."""
        self._quiet = True
        for column, control in self.lists.items():
            counted = self._model.facet(column)
            self._values[column] = list(counted)
            labels = tuple(f"{_value(value)} ({count:,})" for value, count in counted.items())
            more = self._model.counts.distinct(column) - len(labels) if len(labels) == FACET_VALUES else 0
            control.tooltip = f"{more:,} rarer values are not listed" if more else "Several with Ctrl"
            if control.options != labels:
                control.options = labels
            wanted = self._model.filters.facets.get(column, ())
            index = tuple(place for place, value in enumerate(self._values[column]) if value in wanted)
            if control.index != index:
                control.index = index
        self._quiet = False

    def _chosen(self, column: str) -> None:
        if not self._quiet:
            values = self._values[column]
            self._model.choose_values(column, tuple(values[place] for place in self.lists[column].index))


def _named(columns: Sequence[str]) -> list[tuple[str, str]]:
    return [(title_of(name), name) for name in columns]


def _number_field() -> ipywidgets.FloatText:
    return ipywidgets.FloatText(style=OWN, continuous_update=False, layout={"width": "auto"})


def _facet_list(column: str) -> ipywidgets.SelectMultiple:
    made = ipywidgets.SelectMultiple(description=title_of(column), rows=5, style=OWN, layout={"width": "14.5em"})
    made.add_class("op-facet")
    made.add_class(f"op-facet-{column}")
    return made


def _panel(
    name: str, controls: Sequence[ipywidgets.Widget], pane: Pane, fields: Sequence[RangeFields]
) -> ipywidgets.VBox:
    for control in controls:
        control.style.description_width = "initial"
        control.layout.max_width = "15.5em" if len(controls) > 1 else "100%"
    boxes = [row(*controls), pane, *(part.box for part in fields)]
    box = ipywidgets.VBox(boxes, layout={"flex": "1 1 26em", "min_width": "0"})
    box.add_class("op-panel")
    box.add_class(f"op-{name.lower()}")
    return box


def _picture(svg: str, said: str) -> str:
    return render("widgets/chart.html", svg=trusted(svg), said=f"Filled: selected; outlined: left out here. {said}")


def _nothing() -> str:
    return render("widgets/region.html", text="No numbers to draw.", kind="status", html="")


def _value(value: str | None) -> str:
    if value is None:
        return "(unknown)"
    return clean(value, 40) or "(blank)"


def _shares(raw: object) -> tuple[float, ...] | None:
    """Return the four shares of a drag; None for a click, or for anything else a front end may send."""
    if not isinstance(raw, list) or len(raw) != 4:
        return None
    numbers = [float(n) for n in raw if isinstance(n, int | float) and isfinite(n)]
    return tuple(numbers) if len(numbers) == 4 else None
