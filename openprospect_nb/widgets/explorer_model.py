"""`Exploration`: the model of the results explorer: what is selected, in which order, which page, what is decided.

Everything is worked out here, in Python; a view shows a page and some dozens of counts, however many rows there are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

import polars as pl
import traitlets

from openprospect_nb.frames.decisions import Decisions
from openprospect_nb.widgets.explorer_counts import Counts
from openprospect_nb.widgets.explorer_filters import (
    DECISION,
    FACETS,
    UNDECIDED,
    Condition,
    Filters,
    Range,
    Sort,
    conditions,
    selection_code,
)
from openprospect_nb.widgets.explorer_marks import Marks
from openprospect_nb.widgets.explorer_rows import ROW, Explored

DEFAULT_COLUMNS: Final = (
    "name", "city", "country", "business_type", "employee_count", "match_score", "score", "prospects",
    "lowest_bounce_risk", DECISION,
)  # fmt: skip
_SORTABLE: Final = (pl.String, pl.Boolean, pl.Date, pl.Datetime)


class Exploration(traitlets.HasTraits):
    """A selection of companies: narrowed, sorted, paged, decided.

    Attributes:
        filters, sort: what is selected, and in which order.
        page, page_size: which page (0 is the first), and how many rows a page has.
        columns: columns a table shows.
        histogram, plane: numeric columns of the charts: one, and the pair (across, up); "" where there is none.
        chosen: number of the row whose details are asked for, or None.
        marks: decisions on the companies at hand; columns as `frames.decisions.DECISIONS`. decisions: who keeps them.
        message: what went wrong or was done last.
    """

    filters = traitlets.Instance(Filters, args=())
    sort = traitlets.Instance(Sort, args=())
    page = traitlets.Int(0)
    page_size = traitlets.Int(25)
    columns = traitlets.Tuple(())
    histogram = traitlets.Unicode()
    plane = traitlets.Tuple(("", ""))
    chosen = traitlets.Int(None, allow_none=True)
    marks = traitlets.Instance(pl.DataFrame)
    message = traitlets.Unicode()

    def __init__(self, explored: Explored, decisions: Decisions | None, now: Callable[[], datetime]) -> None:
        super().__init__()
        self._explored = explored
        self._selected: tuple[tuple[str, ...], pl.Series] | None = None
        self._ranked: pl.DataFrame | None = None
        self.counts = Counts(explored.rows)
        self.decisions = Marks(explored.rows, decisions, now)
        self.marks = self.decisions.frame
        self.columns = tuple(name for name in DEFAULT_COLUMNS if name in (*self.column_names, DECISION))
        self.histogram = self._first("match_score", "score")
        self.plane = (self._first("score", "match_score"), self._first("lowest_bounce_risk", "employee_count"))
        self.sort = Sort("score" if "score" in self.column_names else "")

    @property
    def rows(self) -> pl.DataFrame:
        """All companies, ready to explore."""
        return self._explored.rows

    @property
    def column_names(self) -> list[str]:
        """The columns of `rows`."""
        return self._explored.rows.columns

    @property
    def numbers(self) -> list[str]:
        """Numeric columns in which some value is known; names that Polars would read as a pattern are left out."""
        plain = [n for n, kind in self.rows.schema.items() if kind.is_numeric() and not kind.is_decimal()]
        return [n for n in plain if not n.startswith("^") and "*" not in n and self.counts.axis(n) is not None]

    @property
    def sortable(self) -> list[str]:
        """Columns that have an order."""
        kinds = self.rows.schema.items()
        return [n for n, kind in kinds if kind.is_numeric() or isinstance(kind, _SORTABLE)]

    @property
    def facets(self) -> list[str]:
        """Columns worth choosing values of: texts with more than one value; and the decision."""
        texts = [n for n in FACETS if self.rows.schema.get(n) == pl.String and self.counts.distinct(n) > 1]
        return [*texts, DECISION]

    @property
    def conditions(self) -> Mapping[str, Condition]:
        """The conditions in force, by name."""
        return conditions(self.filters, self.column_names, self.decisions.ids)

    @property
    def mask(self) -> pl.Series:
        """Which rows are selected."""
        found = self.conditions
        key = tuple(f"{name} {condition.code}" for name, condition in found.items())
        if self._selected is None or self._selected[0] != key:
            self._selected = key, self.counts.mask(found)
        return self._selected[1]

    @property
    def count(self) -> int:
        """How many companies are selected."""
        return int(self.mask.sum())

    @property
    def pages(self) -> int:
        """How many pages the selection has, at least one."""
        return max(1, -(-self.count // self.page_size))

    @property
    def selection(self) -> pl.DataFrame:
        """The selected companies, sorted; the columns of `rows`."""
        return self.rows[self.counts.ordered(self.sort, self.mask)]

    @property
    def selection_with_decisions(self) -> pl.DataFrame:
        """The selection as in `selection`, with ``decision`` and ``note``."""
        places = self.counts.ordered(self.sort, self.mask)
        return self.decisions.marked(self.rows[places].insert_column(0, places.alias(ROW))).drop(ROW)

    @property
    def people(self) -> pl.DataFrame:
        """The prospects of the selected companies, as delivered."""
        return self.people_in(self.mask)

    def people_in(self, mask: pl.Series) -> pl.DataFrame:
        """Return the prospects of the companies in *mask*; safe on any thread."""
        keys = [ours for ours, _ in self._explored.keys]
        return self._explored.people_of(self.rows.select(keys).filter(mask) if keys else self.rows.head(0))

    @property
    def has_people(self) -> bool:
        """Whether prospects came with the companies."""
        return self._explored.people is not None

    @property
    def code(self) -> str:
        """Python that makes ``selection`` out of ``results``."""
        return selection_code(self._explored.code, self.conditions, self.sort)

    def page_rows(self) -> pl.DataFrame:
        """Return the rows of the page in view: `ROW` (the row's number), all columns, ``decision`` and ``note``."""
        places = self.counts.ordered(self.sort, self.mask).slice(self.page * self.page_size, self.page_size)
        return self.decisions.marked(self.rows[places].drop(ROW, strict=False).insert_column(0, places.alias(ROW)))

    def row(self, number: int) -> pl.DataFrame:
        """Return one company as `page_rows` does."""
        return self.decisions.marked(self.rows[[number]].insert_column(0, pl.Series(ROW, [number])))

    def people_of(self, companies: pl.DataFrame) -> pl.DataFrame:
        """Return the prospects of *companies*, rows of this exploration."""
        return self._explored.people_of(companies)

    def facet(self, column: str) -> dict[str | None, int]:
        """Return value → companies that all other conditions leave."""
        found = self.conditions
        if column != DECISION:
            return self.counts.facet(column, found)
        left = self.counts.mask(found, f"facet {DECISION}")
        decided = self.decisions.counts(left)
        undecided: dict[str | None, int] = {UNDECIDED: int(left.sum()) - sum(decided.values())}
        return undecided | dict(decided.items())

    def decided(self) -> dict[str, int]:
        """Return `ACCEPTED` and `REJECTED` → how many of the selected companies are so decided."""
        return self.decisions.counts(self.mask)

    def ranked(self) -> pl.DataFrame:
        """Return `ROW`, ``id`` and ``score`` of every company with a score, each id once; kept once worked out."""
        if self._ranked is None:
            first = pl.col("score").is_not_null() & pl.col("id").is_first_distinct()
            self._ranked = self.rows.select("id", "score").with_row_index(ROW).filter(first)
        return self._ranked

    def search(self, text: str) -> None:
        """Select what holds every word of *text*."""
        self._narrow(self.filters.with_search(text))

    def choose_values(self, column: str, values: tuple[str | None, ...]) -> None:
        """Select what has one of *values* in *column*; none at all asks nothing."""
        self._narrow(self.filters.with_facet(column, values))

    def choose_range(self, column: str, low: float, high: float, *, unknown: bool = False) -> None:
        """Select what lies from *low* to *high*, in either order; the whole axis asks nothing."""
        self.choose_ranges({column: Range(min(low, high), max(low, high), unknown)})

    def choose_ranges(self, wanted: Mapping[str, Range]) -> None:
        """Select by several columns at once; the whole axis of one asks nothing of it."""
        filters = self.filters
        for column, limits in wanted.items():
            axis = self.counts.axis(column)
            is_whole = axis is None or (limits.low <= axis.low and limits.high >= axis.high)
            filters = filters.with_range(column, None if is_whole else limits)
        self._narrow(filters)

    def free_range(self, *columns: str) -> None:
        """Ask nothing of these columns any more."""
        wanted = self.filters
        for column in columns:
            wanted = wanted.with_range(column, None)
        self._narrow(wanted)

    def clear(self) -> None:
        """Select everything."""
        self._narrow(Filters())

    def sort_by(self, column: str) -> None:
        """Sort by *column*, the largest first; once more turns it round."""
        again = self.sort.column == column
        self.sort = Sort(column, descending=not self.sort.descending if again else self._is_number(column))
        self.page = 0

    def turn_to(self, page: int) -> None:
        """Show a page; beyond the ends the first or last."""
        self.page = min(max(page, 0), self.pages - 1)

    def decide(self, decision: str | None, note: str | None = None) -> None:
        """Keep a decision (accepted, rejected or None) and a note (None: the one there is) on the chosen company."""
        self.message = self.decisions.keep(self.chosen, decision, note)
        self.page = min(self.page, self.pages - 1)
        self.marks = self.decisions.frame

    def close(self) -> None:
        """Let go of the decisions file; safe to call twice."""
        self.decisions.close()

    def _narrow(self, filters: Filters) -> None:
        if filters != self.filters:
            self.page = 0
            self.filters = filters

    def _first(self, *wanted: str) -> str:
        return next((name for name in (*wanted, *self.numbers) if name in self.numbers), "")

    def _is_number(self, column: str) -> bool:
        return bool(column) and self.rows.schema[column].is_numeric()
