"""The explorer's companies: the table of one page, and one company in full with what is decided about it.

Persons are masked until asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

import ipywidgets
import polars as pl

from openprospect_nb.analysis import explain
from openprospect_nb.frames.decisions import ACCEPTED, REJECTED
from openprospect_nb.markup import clean, render, web_link, wording
from openprospect_nb.privacy.masking import mask_for
from openprospect_nb.widgets.explorer.charts import Pane, head_of, title_of
from openprospect_nb.widgets.explorer.filters import DECISION, Sort
from openprospect_nb.widgets.explorer.model import ROW, Exploration
from openprospect_nb.widgets.parts import LABEL, LiveLine, button, choice, row, text_field

_SAY: Final = wording("en")
_AS_IS: Final = frozenset(
    {ROW, "id", "order_id", "name", "normalized_url", "city", "country", "source", "decision", "delivered_at"}
)
_FACTS: Final = ("website_url", "business_type", "city", "country", "employee_count", "match_score", "description",
                 "match_reasons", "match_reasoning", "web_technologies", "delivered_at", "order_id")  # fmt: skip
MOST_PEOPLE: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPerson:
    """A prospect as shown: who (a number or the name), what is known of them, and, if revealed, ways to reach them."""

    who: str
    role: str
    qualification: str
    risk: str
    email: str
    phone: str
    profile: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """One company as shown; texts are cleaned and hold no person unless ``is_revealed``."""

    name: str
    facts: tuple[tuple[str, str], ...]
    place: str
    reasons: tuple[str, ...]
    changes: tuple[str, ...]
    people: tuple[ShownPerson, ...]
    more_people: int
    is_revealed: bool


def detail_of(model: Exploration, number: int, *, reveal: bool) -> Detail:
    """Return row *number* in full."""
    company = model.row(number)
    people = model.people_of(company)
    row = company.row(0, named=True)
    shown = {name: cell(row[name]) for name in _FACTS if row.get(name) not in (None, [], "")}
    mask = _masker(people, list(shown.values()), reveal=reveal)
    place, reasons, changes = _place(model, number)
    return Detail(
        name=clean(str(row.get("name") or row["id"]), 120),
        facts=tuple(
            (title_of(name), text if name in _AS_IS else _fact(name, text, mask, reveal=reveal))
            for name, text in shown.items()
        ),
        place=place,
        reasons=reasons,
        changes=changes,
        people=tuple(_people(people.head(MOST_PEOPLE), reveal=reveal)),
        more_people=max(0, people.height - MOST_PEOPLE),
        is_revealed=reveal,
    )


def page_cells(model: Exploration, page: pl.DataFrame, columns: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Return the cells of *page* as texts without persons, one tuple a row, in the order of *columns*."""
    rows = [{name: cell(row[name]) for name in columns} for row in page.iter_rows(named=True)]
    free = [name for name in columns if name not in _AS_IS and not page.schema[name].is_numeric()]
    if free:
        mask = _masker(model.people_of(page), [row[name] for row in rows for name in free], reveal=False)
        rows = [row | {name: _fact(name, row[name], mask, reveal=False) for name in free} for row in rows]
    return [tuple(row.values()) for row in rows]


def cell(value: object) -> str:
    """Return a value as the text of a cell: numbers grouped, lists joined, "–" where nothing is known."""
    if value is None:
        return "–"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, bool) or not isinstance(value, int | float):
        joined = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        return clean(joined, 600) or "–"
    return f"{value:,}" if isinstance(value, int) else f"{value:,.1f}".removesuffix(".0")


def _masker(people: pl.DataFrame, texts: list[str], *, reveal: bool) -> Callable[[str], str]:
    if reveal or not {"first_name", "last_name", "phone_number"} <= set(people.columns):
        people = pl.DataFrame(schema={"first_name": pl.String, "last_name": pl.String, "phone_number": pl.String})
    return (lambda text: text) if reveal else mask_for(texts, people, {}, _SAY)


def _fact(name: str, text: str, mask: Callable[[str], str], *, reveal: bool) -> str:
    if name.endswith("_url") and not reveal:
        # A path may name a person (…/~maja.lindqvist); the host is the company's own.
        parts = urlsplit(text) if web_link(text) else None
        return f"{parts.scheme}://{parts.netloc}/" if parts else mask(text)
    return mask(text)


def _place(model: Exploration, number: int) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """Return the rank in words, the reasons, and what would change the rank, as `op.explain` says them.

    `op.explain` sorts every company; among a million only the neighbours in rank are handed to it.
    """
    rows = model.rows
    if "score" not in rows.columns or "reasons" not in rows.columns:
        return "No score: there is no match score to start from.", (), ()
    mine = rows.row(number, named=True)
    if mine["score"] is None:
        return "No score: nothing is known that it could rest on.", tuple(mine["reasons"] or ()), ()
    before, after, ranked_count = _around(model.ranked(), mine)
    near = rows[[*before.tail(1)[ROW], number, *after.head(1)[ROW]]]
    said = explain(near, mine["id"])
    names = dict(near.select(pl.col("id").cast(pl.String), _name(near)).iter_rows())
    place = f"Rank {ranked_count + 1:,} of {model.ranked().height:,}, score {mine['score']:.1f} of 100."
    return place, tuple(clean(line) for line in said.reasons), tuple(_named(line, names) for line in said.changes)


def _around(ranked: pl.DataFrame, mine: Mapping[str, Any]) -> tuple[pl.DataFrame, pl.DataFrame, int]:
    """Return those ranked next above, the nearest last, those next below, the nearest first, and how many are above.

    Ids are compared among equal scores alone: comparing texts takes ten times as long as comparing numbers.
    """
    score, identity = pl.col("score"), pl.col("id")
    equal = ranked.filter(score == mine["score"]).sort("id")
    better = ranked.filter(score > mine["score"])
    equal_before, after = equal.filter(identity < mine["id"]), equal.filter(identity > mine["id"])
    count = better.height + equal_before.height
    before = equal_before if equal_before.height else better.filter(score == score.min()).sort("id")
    if after.is_empty():
        after = ranked.filter(score < mine["score"]).filter(score == score.max()).sort("id")
    return before, after, count


def _name(near: pl.DataFrame) -> pl.Expr:
    return pl.col("name") if "name" in near.columns else pl.col("id").cast(pl.String).alias("name")


def _named(line: str, names: Mapping[str, str]) -> str:
    for identity, name in names.items():
        shown = (clean(name, 60) or identity).replace("\\", r"\\")
        line = re.sub(rf"(?<![\w-]){re.escape(identity)}(?![\w-])", shown, line)
    return clean(line, 300)


def _people(people: pl.DataFrame, *, reveal: bool) -> list[ShownPerson]:
    return [_person(row, number, reveal=reveal) for number, row in enumerate(people.iter_rows(named=True), start=1)]


def _person(row: Mapping[str, object], number: int, *, reveal: bool) -> ShownPerson:
    def text(name: str, limit: int = 120) -> str:
        value = row.get(name)
        return clean(str(value), limit) if value is not None else ""

    full = f"{text('first_name')} {text('last_name')}".strip()
    link = row.get("linkedin_url")
    return ShownPerson(
        who=(full if reveal else "") or f"Prospect {number}",
        role=text("job_title") or "–",
        qualification=cell(row.get("qualification_score")),
        risk=cell(row.get("bounce_risk_score")),
        email=_way(text("email"), reveal=reveal),
        phone=_way(text("phone_number"), reveal=reveal),
        profile=web_link(str(link)) if reveal and link else None,
    )


def _way(text: str, *, reveal: bool) -> str:
    return text if reveal and text else "masked" if text else "–"


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


_HINT: Final = "Press a company's name in the table to see it in full, with the reasons of its score."


class Desk:
    """Details of the chosen company, a tick that reveals its persons, decision and note; ``box`` is the view."""

    def __init__(self, model: Exploration, guarded: Callable[[Callable[[], None]], None]) -> None:
        self._model, self._guarded, self._quiet = model, guarded, False
        self._shown: int | None = None
        self._known = ""
        self._line, self._detail = LiveLine(), ipywidgets.HTML()
        self._line.add_class("op-company-line")
        self._line.say(_HINT)
        self._controls = ipywidgets.VBox(self._rows())
        self.box = ipywidgets.VBox([self._line, self._detail, self._controls])
        self.box.add_class("op-company")
        self.show()

    def _rows(self) -> list[ipywidgets.Widget]:
        """Make the controls of the chosen company."""
        shown = "Show names and addresses (a saved notebook keeps what is shown)"
        self.reveal = ipywidgets.Checkbox(description=shown, indent=False, layout={"width": "auto"})
        self.reveal.observe(lambda _: self._guarded(self._draw), "value")
        self.accept = self._button("Accept", "op-accept", ACCEPTED, "success")
        self.reject = self._button("Reject", "op-reject", REJECTED, "danger")
        self.undecide = self._button("Undecided", "op-undecide", None, "")
        self.note = text_field("Note", rows=2, placeholder="on this company; kept on this machine alone")
        self.note.style.description_width = "initial"
        self.note.continuous_update = False
        keep = button("Keep note", "op-keep-note", lambda: self._guarded(self._keep))
        return [self.reveal, row(self.accept, self.reject, self.undecide), self.note, row(keep)]

    def show(self) -> None:
        """Show the chosen company; a newly chosen one starts with its persons masked."""
        number = self._model.chosen
        self._controls.layout.display = "none" if number is None else ""
        if number is None:
            return
        if number != self._shown:
            self._shown, self._quiet = number, True
            self.reveal.value, self._quiet = False, False
            self.note.value = self._known = ""
        decision, note = self._kept()
        if self.note.value == self._known or self.note.value.strip() == (note or ""):
            self.note.value = self._known = note or ""
        for control, name, words in (
            (self.accept, ACCEPTED, "Accept"), (self.reject, REJECTED, "Reject"), (self.undecide, None, "Undecided"),
        ):  # fmt: skip
            control.description = f"✓ {words}ed" if name and decision == name else words
            control.disabled = not self._model.decisions.can_keep or (name is None and decision is None)
        self.note.disabled = not self._model.decisions.can_keep
        self._draw()

    def _button(self, words: str, hook: str, decision: str | None, style: str) -> ipywidgets.Button:
        return button(
            words, hook, lambda: self._guarded(lambda: self._model.decide(decision, self._edited())), style=style
        )

    def _keep(self) -> None:
        self._model.decide(self._kept()[0], self.note.value)

    def _edited(self) -> str | None:
        """Return the note if it was edited here; one that was not may have been forgotten meanwhile, and stays so."""
        return None if self.note.value == self._known else self.note.value

    def _kept(self) -> tuple[str | None, str | None]:
        if self._shown is None:
            return None, ""
        row = self._model.row(self._shown)
        return row["decision"][0], row["note"][0]

    def _draw(self, _: Any = None) -> None:
        if not self._quiet and self._shown is not None:
            detail = detail_of(self._model, self._shown, reveal=self.reveal.value)
            self._line.say(f"{detail.name}. {detail.place}")
            self._detail.value = render("widgets/explorer_detail.html", detail=detail)
