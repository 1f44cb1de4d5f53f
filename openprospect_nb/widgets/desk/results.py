"""Step 3, Results: a strip of numbers, facets, one-line rows with histograms above them, one company beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any, Final

import polars as pl

from openprospect_nb.frames.decisions import ACCEPTED, REJECTED
from openprospect_nb.markup import clean
from openprospect_nb.widgets.desk import results_journey as way
from openprospect_nb.widgets.desk.audience import IN, PLACE, WHY, ListOutcome
from openprospect_nb.widgets.desk.pane import Intent
from openprospect_nb.widgets.desk.step import Act, DeskStep, FootButton, drawn
from openprospect_nb.widgets.explorer.companies import Detail, cell, detail_of
from openprospect_nb.widgets.explorer.counts import Bars
from openprospect_nb.widgets.explorer.filters import DECISION
from openprospect_nb.widgets.explorer.model import ROW, Exploration
from openprospect_nb.widgets.explorer.titles import COMPONENT_WORDS, range_words, steps_of, title_of

ROW_HEIGHT: Final = 26
WINDOW: Final = 48
_BEFORE: Final = 19
_LINES: Final = 1_000
_TALLEST: Final = 8_000_000  # pixels; a browser draws nothing below some 17 million
_BAR_SPACE: Final = 60
_MOST_BARS: Final = 20
_FEW_VALUES: Final = 4
_MANY_VALUES: Final = 16
COLUMNS: Final[Mapping[str, str]] = {
    "name": "Company",
    "city": "City",
    "employee_count": "Staff",
    "match_score": "Match",
    "score": "Score",
    "prospects": "People",
    "lowest_bounce_risk": "Risk %",
    DECISION: "",
}
"""Columns of the table → their headings; those that the results lack are left out."""
_FACETS: Final = ("country", "business_type", "city", "order_id", DECISION)
_MARKS: Final = {
    ACCEPTED: ("✓", "op-ok", "accepted"),
    REJECTED: ("✕", "op-bad", "rejected"),
    None: ("·", "op-mute", ""),
}
_ABOUT: Final = {"fit": ("match",), "reach": ("contact",), "deliverability": ("e-mail",)}  # words of its reasons
KEY_HELP: Final = (
    ("A", "accept the company and go to the next"),
    ("R", "reject it and go to the next"),
    ("J ↓", "next company"),
    ("K ↑", "previous company"),
    ("U", "undo the last decision"),
    ("/", "search"),
    ("?", "show or hide these keys"),
)
_UNKNOWN_VALUE: Final = "__op_unknown"  # stands for "no value" among the values of a facet, which are texts
_HAND_OVER: Final = FootButton(act="step", words="Hand over →", value=way.HANDING, kind="op-main op-last")
NOTHING: Final = "Open an order in step 2, or give results to the desk: op.widgets.Desk(client, results)."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cell:
    """One cell: its text, look, and, where it is a bar, its share (0-1)."""

    text: str
    kind: str = ""
    share: float | None = None
    hint: str = ""


class ResultsStep(DeskStep):
    """Narrow, look at, and decide on the companies of the results at hand."""

    name = way.RESULTS
    title = "Results"
    regions = ("strip", "facets", "heads", "rows", "company", "columns")

    def __init__(self, journey: way.ResultsJourney) -> None:
        super().__init__(journey)
        self.first = 0
        self._wide: set[str] = set()
        self._beside = ""
        self._reveals: int | None = None
        self._lines: tuple[Exploration | None, dict[tuple[object, ...], str]] = (None, {})

    @property
    def note(self) -> str:
        """How many companies there are, and how many are selected."""
        model = self.journey.model
        if model is None:
            return "none open"
        return f"{model.rows.height:,} → {model.count:,} kept"

    @property
    def acts(self) -> Mapping[str, Act]:
        """Filters, sorting, decisions, and what is shown beside the table."""
        if self.journey.model is None:
            return {}
        model = self.journey.model
        return {
            "window": lambda intent: self._turn(_whole(intent)),
            "row": lambda intent: self._choose(model, _whole(intent)),
            "sort": lambda intent: self._sort(model, str(intent["value"])),
            "facet": lambda intent: self._facet(model, str(intent["name"]), str(intent["value"])),
            "brush": lambda intent: self._brush(model, intent),
            "free": lambda intent: _free(model, str(intent["name"]), str(intent["value"])),
            "clear": lambda _: self._narrowed(model.clear),
            "wide": lambda intent: self._wide.symmetric_difference_update({str(intent["value"])}),
            "accept": lambda _: self._decide(model, ACCEPTED),
            "reject": lambda _: self._decide(model, REJECTED),
            "undecide": lambda _: model.decide(None),
            "accept-all": lambda _: model.decide_all(ACCEPTED),
            "undo": lambda _: model.undo(),
            "next": lambda _: self._step(model, 1),
            "previous": lambda _: self._step(model, -1),
            "help": lambda _: self._turn_beside("help"),
            "python": lambda _: self._turn_beside("python"),
            "field": lambda intent: self._field(model, str(intent["name"]), intent["value"]),
        }

    def body(self) -> str:
        """Return the body with empty regions, or what to do while nothing is open."""
        if self.journey.model is None:
            return drawn("nothing.html", live=True, words=NOTHING)
        regions = dict.fromkeys(self.regions, "") | {"columns": self._columns(self.journey.model)}
        return drawn("results.html", live=True, **regions)

    def still(self) -> str:
        """Return the body as a picture."""
        if self.journey.model is None:
            return drawn("nothing.html", live=False, words=NOTHING)
        return drawn("results.html", live=False, **self.draw(live=False), columns=self._columns(self.journey.model))

    def draw(self, *, live: bool) -> dict[str, str]:
        """Return the HTML of each region."""
        model = self.journey.model
        if model is None:
            return {}
        makers: Mapping[str, Callable[..., str]] = {
            "strip": self._strip, "facets": self._facets, "heads": self._heads, "rows": self._rows,
            "company": self._company,
        }  # fmt: skip
        if not live:
            return {name: make(model, live=False) for name, make in makers.items()}
        grounds = self._grounds(model)
        return {
            name: self.once(name, (model, *grounds[name]), lambda make=make: make(model, live=True))  # type: ignore[misc]
            for name, make in makers.items()
        }

    def _grounds(self, model: Exploration) -> dict[str, tuple[object, ...]]:
        """Return what each region rests on: most acts change one or two, and the others need not be made again."""
        asked, filters, sort, decided = model.asked, model.filters, model.sort, model.decisions.decided
        outcome, limit = self.journey.outcome, self.journey.choice.limit
        orders = model.facet("order_id") if "order_id" in model.facets else ()
        titles = tuple(self.journey.title_of(value) for value in orders if value)
        code = (asked, sort) if self._beside == "python" else ()
        return {
            "strip": (filters, decided.version, outcome, limit),
            "facets": (filters, decided.version, sort.column, frozenset(self._wide), titles),
            "heads": (asked, sort),
            "rows": (asked, sort, decided.version, self.first, model.chosen),
            "company": (model.chosen, self._is_revealed(model.chosen), self._beside, decided.version, outcome, code),
        }

    def foot(self) -> tuple[str, list[FootButton]]:
        """Return how many are selected, and the ways on."""
        model = self.journey.model
        if model is None:
            return NOTHING, [FootButton(act="step", words="To the orders", value=way.ORDERS, kind="op-main")]
        can = bool(model.count) and model.decisions.can_keep
        return f"{model.count:,} selected", [
            FootButton(act="accept-all", words=f"Accept all {model.count:,}", off=not can),
            FootButton(act="undo", words="Undo", hint="Take the last decision back"),
            FootButton(act="python", words="Python"),
            FootButton(act="help", words="Keys"),
            *([] if model.has_people else [_HAND_OVER]),
            FootButton(act="step", words="Make the send list →", value=way.SENDING, kind="op-main op-last"),
        ]

    def _columns(self, model: Exploration) -> list[str]:
        return [name for name in COLUMNS if name in model.column_names or name == DECISION]

    def _turn(self, first: int) -> None:
        self.first = max(0, first - _BEFORE)

    def _turn_beside(self, what: str) -> None:
        self._beside = "" if self._beside == what else what

    def _choose(self, model: Exploration, number: int) -> None:
        if 0 <= number < model.rows.height:
            self._beside = ""
            model.chosen = number

    def _step(self, model: Exploration, by: int) -> None:
        self._beside = ""
        if model.place_of_chosen is None:  # none, or one that is not selected any more
            self._choose(model, model.at(0))
        else:
            model.step(by)
        self._see_chosen(model)

    def _decide(self, model: Exploration, decision: str) -> None:
        if model.chosen is None:
            self._step(model, 1)
        else:
            model.decide_and_go_on(decision)
            self._see_chosen(model)

    def _see_chosen(self, model: Exploration) -> None:
        place = model.place_of_chosen
        if place is not None and not self.first + 2 <= place < self.first + WINDOW - 2:
            self._turn(place)

    def _sort(self, model: Exploration, column: str) -> None:
        if column in model.sortable:
            self._narrowed(lambda: model.sort_by(column))

    def _narrowed(self, act: Callable[[], None]) -> None:
        self.first = 0
        act()

    def _facet(self, model: Exploration, column: str, value: str) -> None:
        if column in model.facets:
            wanted = None if value == _UNKNOWN_VALUE else value
            had = model.filters.facets.get(column, ())
            now = tuple(v for v in had if v != wanted) if wanted in had else (*had, wanted)
            self._narrowed(lambda: model.choose_values(column, now))

    def _brush(self, model: Exploration, intent: Intent) -> None:
        column, ends = str(intent["name"]), intent["value"]
        axis = model.counts.axis(column) if column in model.numbers else None
        if axis is None:
            return
        if not ends:
            self._narrowed(lambda: model.free_range(column))
        else:
            low, high = (axis.value(float(end)) for end in ends)
            self._narrowed(lambda: model.choose_range(column, low, high))

    def _field(self, model: Exploration, name: str, value: Any) -> None:
        if name == "search":
            self._narrowed(lambda: model.search(str(value)))
        elif name == "reveal":
            self._reveals = model.chosen if value else None
        elif name == "note" and model.chosen is not None:
            model.decide(model.row(model.chosen)["decision"][0], str(value))
        elif name in {"low", "high"} and model.sort.column in model.numbers:
            self._limit(model, **{name: _number(value)})
        elif name == "unknown" and model.sort.column in model.filters.ranges:
            had = model.filters.ranges[model.sort.column]
            self._narrowed(lambda: model.choose_range(model.sort.column, had.low, had.high, unknown=bool(value)))

    def _limit(self, model: Exploration, *, low: float | None = None, high: float | None = None) -> None:
        column = model.sort.column
        axis, had = model.counts.axis(column), model.filters.ranges.get(column)
        if axis is None:
            return
        start = low if low is not None else had.low if had else axis.low
        end = high if high is not None else had.high if had else axis.high
        keeps = had is not None and had.unknown
        self._narrowed(lambda: model.choose_range(column, start, end, unknown=keeps))

    def _heads(self, model: Exploration, *, live: bool) -> str:
        return drawn("heads.html", live=live, heads=[_head(model, name) for name in self._columns(model)])

    def _strip(self, model: Exploration, *, live: bool) -> str:
        chips = [{"kind": "search", "value": "", "words": f"“{model.filters.search.strip()}”"}] * bool(
            model.filters.search.strip()
        )
        for column, values in model.filters.facets.items():
            words = ", ".join(clean(value, 20) if value else "unknown" for value in values[:2])
            more = f" +{len(values) - 2}" if len(values) > 2 else ""
            chips.append({"kind": "facet", "value": column, "words": f"{words}{more}"})
        for column, words in zip(model.filters.ranges, range_words(model.filters.ranges), strict=True):
            chips.append({"kind": "range", "value": column, "words": words})
        outcome, decided = self.journey.outcome, model.decided()
        figures = [(f"of {model.rows.height:,} companies", f"{model.count:,}")]
        if "prospects" in model.column_names:
            figures.append(("people", f"{int(model.rows['prospects'].filter(model.mask).sum()):,}"))
        if model.has_addresses:
            limit = self.journey.choice.limit
            figures.append((f"mailable at ≤ {limit * 100:g} %", "…" if outcome is None else f"{outcome.size:,}"))
            figures.append(_bounces(outcome))
        elif model.has_people:
            figures.append(("no e-mail addresses ordered", "–"))
        figures.append(("accepted · rejected", f"{decided[ACCEPTED]:,} · {decided[REJECTED]:,}"))
        return drawn("strip.html", live=live, figures=figures, search=model.filters.search, chips=chips)

    def _facets(self, model: Exploration, *, live: bool) -> str:
        facets = [self._facet_of(model, column) for column in _FACETS if column in model.facets]
        return drawn("facets.html", live=live, facets=facets, range=_range_of(model))

    def _facet_of(self, model: Exploration, column: str) -> dict[str, Any]:
        counted = sorted(model.facet(column).items(), key=lambda item: -item[1])
        if column == DECISION:
            counted = list(model.facet(column).items())
        on = model.filters.facets.get(column, ())
        most, size = max((n for _, n in counted), default=1) or 1, _MANY_VALUES if column in self._wide else _FEW_VALUES
        shown = counted[:size] + [item for item in counted[size:] if item[0] in on]
        many, left = model.counts.distinct(column) if column != DECISION else 0, len(counted) - len(shown)
        words = (f"+ {left:,} more" if left > 0 else "") if column not in self._wide else "fewer"
        return {
            "name": column,
            "title": title_of(column),
            "many": f"{many:,}" if many > _FEW_VALUES else "",
            "more": words if len(counted) > _FEW_VALUES else "",
            "bars": [self._bar(column, value, count, most, on) for value, count in shown],
        }

    def _bar(self, column: str, value: str | None, count: int, most: int, on: tuple[str | None, ...]) -> dict[str, Any]:
        words = self.journey.title_of(value) if column == "order_id" and value else value
        return {
            "key": _UNKNOWN_VALUE if value is None else value,
            "words": clean(words, 40) if words else "unknown",
            "count": f"{count:,}",
            "share": round(100 * count / most, 1),
            "on": value in on,
        }

    def _rows(self, model: Exploration, *, live: bool) -> str:
        total, columns = model.count, self._columns(model)
        self.first = min(self.first, max(0, total - WINDOW // 2))
        first, stretch = (self.first if live else 0), max(1.0, total * ROW_HEIGHT / _TALLEST)
        page = model.rows_at(first, WINDOW if live else 20, *columns)
        places = page[ROW].to_list()
        stop = model.chosen if model.chosen in places else next(iter(places), None)
        lines = [
            self._line(model, row, place=first + n + 2, stop=row[ROW] == stop, live=live)
            for n, row in enumerate(page.select(ROW, *columns).iter_rows(named=True))
        ]
        before, after = first * ROW_HEIGHT, (total - first - len(lines)) * ROW_HEIGHT
        gaps = {"before": round(before / stretch), "after": max(0, round(after / stretch)), "stretch": f"{stretch:g}"}
        empty = "No company fits the filters." if model.rows.height else "No companies were delivered."
        sizes = {"first": first, "total": total, "height": ROW_HEIGHT, "width": len(columns)}
        return drawn("rows.html", live=live, lines=lines, empty=empty, **sizes, **gaps)

    def _line(self, model: Exploration, row: Mapping[str, Any], *, place: int, stop: bool, live: bool) -> str:
        """Return one row as HTML, kept while one looks around: most acts change two or three of those in view."""
        number, key = row[ROW], (live, row[ROW], place, stop, row[ROW] == model.chosen, row[DECISION])
        if self._lines[0] is not model or len(self._lines[1]) > _LINES:
            self._lines = model, {}
        if key not in self._lines[1]:
            cells = [_cell_of(name, row[name], is_number=_is_number(model, name)) for name in self._columns(model)]
            given = {"number": number, "place": place, "chosen": number == model.chosen, "stop": stop, "cells": cells}
            self._lines[1][key] = drawn("row.html", live=live, **given)
        return self._lines[1][key]

    def _detail(self, model: Exploration, number: int) -> Detail:
        """Return one company in full; what stands beside the table is drawn anew when the list is, too."""
        reveal = self._is_revealed(number)
        return self.once("detail", (model, number, reveal), lambda: detail_of(model, number, reveal=reveal))

    def _company(self, model: Exploration, *, live: bool) -> str:
        if self._beside == "help":
            return drawn("help.html", live=live, keys=KEY_HELP)
        if self._beside == "python":
            return drawn("code.html", live=live, title="This selection in Python", code=model.code[:6_000])
        if model.chosen is None:
            hint = "Choose a company: click it, or press J. Then A accepts, R rejects, and the next one is shown."
            return drawn("company.html", live=live, detail=None, hint=hint)
        number = model.chosen
        detail, row = self._detail(model, number), model.row(number).row(0, named=True)
        described = dict(detail.facts).get("Description", "")
        return drawn(
            "company.html",
            live=live,
            detail=detail,
            number=number,
            about=_about(row),
            score="No score" if row.get("score") is None else f"Score {row['score']:.0f}",
            place=detail.place.split(",")[0].rstrip("."),
            parts=_parts(row, detail),
            text=f"{described[:220]} …" if len(described) > 220 else described,
            people=[*zip(detail.people, self._states(model, number, detail), strict=True)],
            decision=row["decision"] or "",
            note=row["note"] or "",
        )

    def _is_revealed(self, number: int | None) -> bool:
        if self._reveals != number:
            self._reveals = None  # whoever comes back to a company finds its people masked again
        return number is not None and self._reveals == number

    def _states(self, model: Exploration, number: int, detail: Detail) -> list[dict[str, Any]]:
        outcome = self.journey.outcome
        if outcome is None or WHY not in outcome.people.columns:
            return [{"inside": False, "words": "…" if model.has_addresses else "no address"} for _ in detail.people]
        ties = [pl.col(theirs).eq_missing(model.rows[ours][number]) for ours, theirs in model.keys]
        theirs = outcome.people.lazy().filter(*ties).sort(PLACE).select(WHY).collect()
        whys = theirs[WHY].to_list()[: len(detail.people)]
        whys += [None] * (len(detail.people) - len(whys))
        return [{"inside": why == IN, "words": "✓ in" if why == IN else why or "–"} for why in whys]


def _bounces(outcome: ListOutcome | None) -> tuple[str, str]:
    if outcome is None or outcome.chosen is None:
        return ("bounces expected", "…" if outcome is None else "–")
    forecast = outcome.chosen.forecast
    return (f"bounces expected ({forecast.low:,}–{forecast.high:,})", f"{forecast.expected:,.1f}")


def _head(model: Exploration, name: str) -> dict[str, Any]:
    is_number = _is_number(model, name)
    bars = model.counts.bars(name, model.conditions) if is_number else None
    sorted_by = model.sort.column == name
    return {
        "name": name,
        "title": COLUMNS[name],
        "kind": "op-score" if name == "score" else "op-n" if is_number else "",
        "sorts": name in model.sortable,
        "sorted": ("descending" if model.sort.descending else "ascending") if sorted_by else "",
        "arrow": (" ▼" if model.sort.descending else " ▲") if sorted_by else "",
        "width": _BAR_SPACE,
        "bars": _small(bars) if bars else [],
        "said": _said(bars) if bars else "",
    }


def _small(bars: Bars) -> list[dict[str, float]]:
    """Return at most `_MOST_BARS` rectangles on 24 units of height: what is selected before what is not."""
    step = ceil(bars.axis.bins / _MOST_BARS)
    groups = [
        (sum(bars.others[n : n + step]), sum(bars.selected[n : n + step])) for n in range(0, bars.axis.bins, step)
    ]
    top, width = max((others for others, _ in groups), default=0) or 1, _BAR_SPACE / max(1, len(groups))
    made = []
    for number, (others, selected) in enumerate(groups):
        tall, own = (max(1.0, 23 * n / top) if n else 0.0 for n in (others, selected))
        made.append({"x": round(number * width, 2), "w": round(width * 0.86, 2), "y": round(24 - tall, 1),
                     "yy": round(24 - own, 1)})  # fmt: skip
    return made


def _said(bars: Bars) -> str:
    peak = bars.axis.value((max(range(bars.axis.bins), key=bars.others.__getitem__) + 0.5) / bars.axis.bins)
    return f"{title_of(bars.axis.column)}, {bars.axis.low:g} to {bars.axis.high:g}, most near {peak:g}"


def _range_of(model: Exploration) -> dict[str, Any] | None:
    """Return the range of the column that is sorted by, as two fields: a histogram's stretch by keyboard."""
    column = model.sort.column
    axis = model.counts.axis(column) if column in model.numbers else None
    if axis is None:
        return None
    wanted = model.filters.ranges.get(column)
    low, high = (wanted.low, wanted.high) if wanted else (axis.low, axis.high)
    return {
        "title": COLUMNS.get(column) or title_of(column),
        "low": f"{low:g}",
        "high": f"{high:g}",
        "least": f"{axis.low:g}",
        "most": f"{axis.high:g}",
        "step": f"{steps_of(axis):g}",
        "asks": wanted is not None,
        "unknown": wanted is not None and wanted.unknown,
    }


def _is_number(model: Exploration, name: str) -> bool:
    return name in model.schema and model.schema[name].is_numeric()


def _cell_of(name: str, value: Any, *, is_number: bool) -> _Cell:
    if name == DECISION:
        mark, kind, hint = _MARKS.get(value, _MARKS[None])
        return _Cell(text=mark, kind=kind, hint=hint)
    if name == "score":
        share = None if value is None else round(float(value) / 100, 3)
        return _Cell(text="–" if value is None else f"{value:.0f}", kind="op-score", share=share)
    return _Cell(text=cell(value), kind="op-n" if is_number else "")


def _about(row: Mapping[str, Any]) -> str:
    staff = f"{row['employee_count']:,} staff" if row.get("employee_count") is not None else ""
    site = clean(str(row.get("normalized_url") or ""), 60)
    return " · ".join(clean(str(part), 60) for part in (row.get("city"), row.get("country"), staff, site) if part)


def _parts(row: Mapping[str, Any], detail: Detail) -> list[dict[str, Any]]:
    """Return the score taken apart: how far each component swings it from 50, and why in words."""
    parts = []
    for name, words in COMPONENT_WORDS.items():
        stated = row.get(f"points_{name}")
        points = row.get(f"assumed_{name}") if stated is None else stated
        if points is None or (abs(points) < 0.05 and name in {"completeness", "preference"}):
            continue
        half = min(50.0, abs(points))
        why = next((r for r in detail.reasons if any(word in r for word in _ABOUT.get(name, ()))), "")
        bar = {"start": round(50.0 if points >= 0 else 50.0 - half, 1), "wide": round(half, 1), "up": points >= 0}
        parts.append({"name": words, "points": f"{points:+.0f}", "assumed": stated is None, "why": why, **bar})
    return parts


def _free(model: Exploration, kind: str, name: str) -> None:
    if kind == "search":
        model.search("")
    elif kind == "facet":
        model.choose_values(name, ())
    else:
        model.free_range(name)


def _whole(intent: Intent) -> int:
    return int(float(intent["value"]))


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
