"""The explorer's table: one page of the selection, its columns and their order; only that page leaves Python."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import ipywidgets

from openprospect_nb.markup import render
from openprospect_nb.widgets.explorer_charts import head_of, title_of
from openprospect_nb.widgets.explorer_detail import page_cells
from openprospect_nb.widgets.explorer_filters import DECISION, Sort
from openprospect_nb.widgets.explorer_model import Exploration
from openprospect_nb.widgets.explorer_rows import ROW
from openprospect_nb.widgets.pane import Pane
from openprospect_nb.widgets.parts import LABEL, button, choice, row

SIZES: Final = (10, 25, 50, 100)
DELIVERED: Final = ("(order of delivery)", "")


class TablePanel:
    """A page of rows with its controls: names choose a company, headings sort; ``box`` is the view, ``still`` HTML."""

    def __init__(self, model: Exploration, guarded: Callable[[Callable[[], None]], None]) -> None:
        self._model, self._guarded, self._quiet, self.still = model, guarded, False, ""
        self.pane = Pane(self._told)
        self._make_controls()
        tools = row(self.sort, self.down, self.size, self.choose)
        pages = row(self.back, self.page, self.total, self.forward)
        self.box = ipywidgets.VBox([tools, self.columns, self.pane, pages])

    def show(self) -> None:
        """Draw the page as the model has it."""
        model, self._quiet = self._model, True
        self.pane.html, self.still = self._drawn()
        self.sort.value, self.down.value = model.sort.column, model.sort.descending
        self.down.disabled = not model.sort.column
        self.page.max = model.pages
        self.page.value = model.page + 1
        self.total.value = f"of {model.pages:,}"
        self.back.disabled, self.forward.disabled = model.page == 0, model.page + 1 >= model.pages
        self._quiet = False

    def _drawn(self) -> tuple[str, str]:
        """Return the page as a table with buttons, and as a still one; without persons."""
        model = self._model
        page = model.page_rows()
        columns = tuple(name for name in model.columns if name in page.columns)
        places = page[ROW].to_list()
        stop = model.chosen if model.chosen in places else next(iter(places), None)
        lines = [
            {"number": place, "cells": cells, "chosen": place == model.chosen, "stop": place == stop}
            for place, cells in zip(places, page_cells(model, page, columns), strict=True)
        ]
        heads = [self._head(name) for name in columns]
        empty = "No company fits the filters." if model.rows.height else "No companies were delivered."
        parts = {"lines": lines, "heads": heads, "caption": self._caption(page.height), "empty": empty}
        live, still = (render("widgets/explorer_table.html", live=live, **parts) for live in (True, False))
        return live, still

    def _make_controls(self) -> None:
        model = self._model
        sortable = [DELIVERED, *((title_of(name), name) for name in model.sortable)]
        self.sort = choice("Sort by", sortable, model.sort.column)
        self.down = ipywidgets.Checkbox(description="Largest first", indent=False, layout={"width": "auto"})
        self.size = choice("Rows a page", SIZES, model.page_size)
        self.choose = ipywidgets.Checkbox(description="Choose columns", indent=False, layout={"width": "auto"})
        self.columns = _column_list(model)
        self.page = ipywidgets.BoundedIntText(
            value=1, min=1, max=model.pages, description="Page", style={"description_width": "initial"},
            layout={"width": "9em"},
        )  # fmt: skip
        self.total = ipywidgets.HTML()
        self.back = button("Previous page", "op-previous", lambda: model.turn_to(model.page - 1))
        self.forward = button("Next page", "op-next", lambda: model.turn_to(model.page + 1))
        for control in (self.sort, self.size):
            control.style.description_width = "initial"
        for control in (self.sort, self.down, self.size, self.columns, self.page):
            control.observe(self._changed, "value")
        self.choose.observe(self._show_columns, "value")
        self._show_columns()

    def _changed(self, _: Any) -> None:
        if self._quiet:
            return
        model, sort = self._model, Sort(self.sort.value, self.down.value)
        place = model.page * model.page_size
        model.sort = sort
        if model.page_size != self.size.value:
            model.page_size = self.size.value
            model.turn_to(place // self.size.value)
        else:
            model.turn_to(self.page.value - 1)
        model.columns = tuple(self.columns.value) or model.columns

    def _show_columns(self, _: Any = None) -> None:
        self.columns.layout.display = "" if self.choose.value else "none"

    def _told(self, event: Mapping[str, Any]) -> None:
        kind, _, name = str(event.get("pick", "")).partition(":")
        if kind == "sort" and name in self._model.sortable:
            self._guarded(lambda: self._model.sort_by(name))
        elif kind == "row" and name.isdecimal() and int(name) < self._model.rows.height:
            self._guarded(lambda: setattr(self._model, "chosen", int(name)))

    def _head(self, name: str) -> dict[str, object]:
        model = self._model
        turned = "descending" if model.sort.descending else "ascending"
        kind = model.rows.schema.get(name)
        return {
            "name": name,
            "title": head_of(name),
            "is_number": kind is not None and kind.is_numeric(),
            "can_sort": name != DECISION and name in model.sortable,
            "sorted": turned if model.sort.column == name else "",
        }

    def _caption(self, shown: int) -> str:
        model = self._model
        first = model.page * model.page_size
        return f"Companies {first + 1:,} to {first + shown:,} of {model.count:,} selected" if shown else "No companies"


def _column_list(model: Exploration) -> ipywidgets.SelectMultiple:
    names = [*dict.fromkeys((*model.column_names, DECISION))]
    made = ipywidgets.SelectMultiple(
        description="Columns", options=[(title_of(name), name) for name in names], value=model.columns, rows=8,
        style=LABEL, layout={"width": "24em"},
    )  # fmt: skip
    made.add_class("op-columns")
    return made
