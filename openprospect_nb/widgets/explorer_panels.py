"""Parts of the explorer's view: charts with the fields that do what a pointer does, facets, and ranges."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from typing import Any

import ipywidgets

from openprospect_nb.markup import clean, render, trusted
from openprospect_nb.widgets.explorer_axes import Axis
from openprospect_nb.widgets.explorer_charts import histogram_svg, plane_svg, steps_of, title_of
from openprospect_nb.widgets.explorer_counts import FACET_VALUES
from openprospect_nb.widgets.explorer_filters import Range
from openprospect_nb.widgets.explorer_model import Exploration
from openprospect_nb.widgets.pane import Pane
from openprospect_nb.widgets.parts import choice, row

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
        plane = model.counts.plane((across, up), model.conditions) if across and up else None
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
