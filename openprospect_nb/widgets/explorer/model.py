"""`Exploration`: the model of the results explorer: what is selected, in which order, what is decided.

Everything is worked out here, in Python; a view shows some rows and dozens of counts, however many rows there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import polars as pl
import traitlets

from openprospect_nb.analysis import score
from openprospect_nb.analysis.table import open_table
from openprospect_nb.errors import ConfigurationError
from openprospect_nb.frames.decisions import Decisions
from openprospect_nb.frames.results import Results
from openprospect_nb.widgets.explorer.counts import ExplorerCounts
from openprospect_nb.widgets.explorer.filters import (
    DECISION,
    FACETS,
    SEARCHED,
    SOURCE,
    UNDECIDED,
    Condition,
    Decided,
    Filters,
    Range,
    Sort,
    conditions,
    haystack,
    key_of,
    selection_code,
)
from openprospect_nb.widgets.explorer.marks import Marks

ROW: Final = "__op_row"
PROSPECTS: Final = "prospects"
RISK: Final = "lowest_bounce_risk"
_FEW: Final = 1_000
_IN_MEMORY: Final = 200_000  # rows whose texts are joined before a search; of more that takes hundreds of MB


@dataclass(frozen=True, slots=True)
class Explored:
    """Companies ready to explore.

    Attributes:
        rows: the companies as delivered, then what `op.score` adds (where there is a ``match_score``), then
            ``prospects`` (how many) and ``lowest_bounce_risk`` (0-100, of a prospect with an address).
        people: the prospects, or None where a companies frame came alone.
        code: lines of Python that make ``companies``, equal to ``rows``, out of ``results``.
        keys: pairs of columns that tie a company to its prospects, companies' column first.
    """

    rows: pl.DataFrame
    people: pl.DataFrame | None
    code: tuple[str, ...]
    keys: tuple[tuple[str, str], ...]

    def people_of(self, companies: pl.DataFrame) -> pl.DataFrame:
        """Return the prospects of *companies*, in their own order."""
        if self.people is None:
            return pl.DataFrame()
        theirs, ours = [name for _, name in self.keys], [name for name, _ in self.keys]
        wanted, people = companies[ours], self.people.lazy()
        if wanted.height <= _FEW:
            # Looking ids up among a few is several times faster than joining, and leaves little to join.
            people = people.filter(pl.col("company_id").is_in(wanted["id"].implode()))
        firms = wanted.lazy()
        same = people.join(firms, left_on=theirs, right_on=ours, how="semi", nulls_equal=True, maintain_order="left")
        return same.collect()


def explored(results: object, weights: Mapping[str, float] | None = None) -> Explored:
    """Return *results*, a `Results` or a Polars frame of companies, ready to explore; scored by *weights* if given.

    Raises:
        ConfigurationError: it is neither.
        ValidationError: the companies have no ``id``, or a column holds another kind of value than the score needs.
    """
    companies, people = _parts(results)
    open_table(companies, name="companies", required=("id",))
    with_people = people is not None and "company_id" in people.columns
    plain = "results.companies" if isinstance(results, Results) else "results"
    given = "results" if with_people else plain
    scored = None
    if "match_score" in companies.columns:
        scored = score(results, weights) if with_people and isinstance(results, Results) else score(companies, weights)
    weighed = f", weights={dict(weights)!r}" if weights else ""
    code = [f"companies = op.score({given}{weighed})" if scored is not None else f"companies = {plain}"]
    rows = companies if scored is None else scored
    if people is None or not with_people:
        return Explored(rows, None, tuple(code), ())
    keys: tuple[tuple[str, str], ...] = (("id", "company_id"),)
    if "order_id" in rows.columns and "order_id" in people.columns:
        keys = (("order_id", "order_id"), *keys)
    facts = _facts(people, rows.columns)
    if facts:
        ours, theirs = [name for name, _ in keys], [name for _, name in keys]
        counted = people.group_by(theirs).agg(**facts)
        joined = rows.join(counted, left_on=ours, right_on=theirs, how="left", nulls_equal=True, maintain_order="left")
        rows = joined.with_columns(pl.col(PROSPECTS).fill_null(0)) if PROSPECTS in facts else joined
        code += _people_code(keys, facts, people.columns)
    return Explored(rows, people, tuple(code), keys)


def _parts(results: object) -> tuple[pl.DataFrame, pl.DataFrame | None]:
    if isinstance(results, Results):
        return results.companies, results.prospects
    if isinstance(results, pl.DataFrame):
        return results, None
    raise ConfigurationError(
        f"results is a {type(results).__name__}, not a Results.",
        next_step="Give what order.results() returned, or a Polars DataFrame of companies (collect a lazy one first).",
    )


def _facts(people: pl.DataFrame, taken: Iterable[str]) -> dict[str, pl.Expr]:
    risk = pl.col("bounce_risk_score") if "bounce_risk_score" in people.columns else None
    if risk is not None and "email" in people.columns:
        risk = risk.filter(pl.col("email").is_not_null())
    facts = {PROSPECTS: pl.len()} | ({RISK: risk.min()} if risk is not None else {})
    return {name: fact for name, fact in facts.items() if name not in taken}


def _people_code(keys: tuple[tuple[str, str], ...], facts: dict[str, pl.Expr], columns: Iterable[str]) -> list[str]:
    ours, theirs = [name for name, _ in keys], [name for _, name in keys]
    mailable = '.filter(pl.col("email").is_not_null())' if "email" in columns else ""
    said = {PROSPECTS: "pl.len()", RISK: f'pl.col("bounce_risk_score"){mailable}.min()'}
    zero = f".with_columns(pl.col({PROSPECTS!r}).fill_null(0))" if PROSPECTS in facts else ""
    return [
        f"people = results.prospects.group_by({theirs!r}).agg(",
        *(f"    {name}={said[name]}," for name in facts),
        ")",
        "companies = companies.join(",
        f"    people, left_on={ours!r}, right_on={theirs!r},",
        "    how='left', nulls_equal=True, maintain_order='left',",
        f"){zero}",
    ]


def utc_now() -> datetime:
    """Return the current time, UTC."""
    return datetime.now(UTC)


DEFAULT_COLUMNS: Final = (
    "name", "score", "match_score", "city", "employee_count", "prospects", "lowest_bounce_risk", DECISION, "country",
    "business_type",
)  # fmt: skip
_UNDO_STEPS: Final = 50
_SORTABLE: Final = (pl.String, pl.Boolean, pl.Date, pl.Datetime)


class Exploration(traitlets.HasTraits):
    """A selection of companies: narrowed, sorted, decided.

    Attributes:
        schema: the columns of `rows` and their types, asked for many times an act.
        filters, sort: what is selected, and in which order.
        columns: columns a table shows.
        chosen: number of the row whose details are asked for, or None.
        marks: decisions on the companies at hand; columns as `frames.decisions.DECISIONS`. decisions: who keeps them.
        message: what went wrong or was done last.
    """

    filters = traitlets.Instance(Filters, args=())
    sort = traitlets.Instance(Sort, args=())
    columns = traitlets.Tuple(())
    chosen = traitlets.Int(None, allow_none=True)
    marks = traitlets.Instance(pl.DataFrame)
    message = traitlets.Unicode()

    def __init__(self, explored: Explored, decisions: Decisions | None, now: Callable[[], datetime]) -> None:
        super().__init__()
        self._explored = explored
        self.schema = explored.rows.schema
        self._conditions: tuple[Filters, Decided, Mapping[str, Condition]] | None = None
        self._ranked: pl.DataFrame | None = None
        self._row: tuple[tuple[int, int], pl.DataFrame] | None = None
        self._undo: list[tuple[pl.Series, pl.Series]] = []
        self.counts = ExplorerCounts(explored.rows)
        self.decisions = Marks(explored.rows, decisions, now)
        self.marks = self.decisions.frame
        self.columns = tuple(name for name in DEFAULT_COLUMNS if name in (*self.column_names, DECISION))
        self.sort = Sort("score" if "score" in self.column_names else "")

    @property
    def rows(self) -> pl.DataFrame:
        """All companies, ready to explore."""
        return self._explored.rows

    @property
    def column_names(self) -> list[str]:
        """The columns of `rows`."""
        return list(self.schema)

    @property
    def numbers(self) -> list[str]:
        """Numeric columns in which some value is known; names that Polars would read as a pattern are left out."""
        plain = [n for n, kind in self.schema.items() if kind.is_numeric() and not kind.is_decimal()]
        return [n for n in plain if not n.startswith("^") and "*" not in n and self.counts.axis(n) is not None]

    @property
    def sortable(self) -> list[str]:
        """Columns that have an order."""
        kinds = self.schema.items()
        return [n for n, kind in kinds if kind.is_numeric() or isinstance(kind, _SORTABLE)]

    @property
    def facets(self) -> list[str]:
        """Columns worth choosing values of: texts with more than one value; and the decision."""
        texts = [n for n in FACETS if self.schema.get(n) == pl.String and self.counts.distinct(n) > 1]
        return [*texts, DECISION]

    @property
    def conditions(self) -> Mapping[str, Condition]:
        """The conditions in force, by name."""
        filters, decided, last = self.filters, self.decisions.decided, self._conditions
        if last is None or last[0] is not filters or last[1] is not decided:
            last = self._conditions = filters, decided, conditions(filters, self.column_names, decided)
        return last[2]

    @property
    def mask(self) -> pl.Series:
        """Which rows are selected."""
        return self.counts.mask(self.conditions)

    @property
    def asked(self) -> tuple[str, ...]:
        """What is equal while the same rows are selected."""
        return key_of(self.conditions)

    @property
    def count(self) -> int:
        """How many companies are selected."""
        return int(self.mask.sum())

    @property
    def selection(self) -> pl.DataFrame:
        """The selected companies, sorted; the columns of `rows`."""
        return self.rows[self._ordered]

    @property
    def selection_with_decisions(self) -> pl.DataFrame:
        """The selection as in `selection`, with ``decision`` and ``note``."""
        places = self._ordered
        return self.decisions.marked(self.rows[places].insert_column(0, places.alias(ROW))).drop(ROW)

    @property
    def keys(self) -> tuple[tuple[str, str], ...]:
        """Pairs of columns that tie a company to its prospects, companies' column first."""
        return self._explored.keys

    @property
    def everybody(self) -> pl.DataFrame:
        """All prospects, as delivered; without any, an empty frame."""
        return pl.DataFrame() if self._explored.people is None else self._explored.people

    @property
    def people(self) -> pl.DataFrame:
        """The prospects of the selected companies, as delivered."""
        keys = [ours for ours, _ in self._explored.keys]
        return self._explored.people_of(self.rows.select(keys).filter(self.mask) if keys else self.rows.head(0))

    @property
    def has_people(self) -> bool:
        """Whether prospects came with the companies."""
        return self._explored.people is not None

    @property
    def has_addresses(self) -> bool:
        """Whether any prospect came with an e-mail address; without, the order did not ask for them."""
        people = self._explored.people
        return people is not None and "email" in people.columns and people["email"].null_count() < people.height

    @property
    def code(self) -> str:
        """Python that makes ``selection`` out of ``results``."""
        return selection_code(self._explored.code, self.conditions, self.sort)

    def prepare(self) -> None:
        """Work out beforehand what the first search, and the first sort by a text, would wait for; on any thread."""
        texts = [name for name in SEARCHED if name in self.schema and self.rows.height <= _IN_MEMORY]
        shown = [name for name in self.columns if self.schema.get(name) == pl.String]
        self.counts.prepare(haystack(texts).alias(SOURCE) if texts else None, *shown)

    def rows_at(self, first: int, count: int, *columns: str) -> pl.DataFrame:
        """Return *count* rows of the selection from place *first* on, with `ROW` (their numbers) and what is decided.

        Of *columns* those alone are there; without any, all.
        """
        places = self._ordered.slice(first, count)
        named = [name for name in dict.fromkeys(("source", "id", *columns)) if name in self.schema]
        rows = self.rows[named] if columns else self.rows
        return self.decisions.marked(rows[places].insert_column(0, places.alias(ROW)))

    def at(self, place: int) -> int:
        """Return the number of the row at a place of the selection, -1 beyond its end."""
        return int(self._ordered[place]) if 0 <= place < self.count else -1

    @property
    def place_of_chosen(self) -> int | None:
        """At which place of the selection the chosen company is; None where it is not selected."""
        return None if self.chosen is None else self._ordered.index_of(self.chosen)

    def row(self, number: int) -> pl.DataFrame:
        """Return one company as `rows_at` does; the last one is kept until something is decided."""
        known = number, self.decisions.decided.version
        if self._row is None or self._row[0] != known:
            self._row = known, self.decisions.marked(self.rows[[number]].insert_column(0, pl.Series(ROW, [number])))
        return self._row[1]

    def people_of(self, companies: pl.DataFrame) -> pl.DataFrame:
        """Return the prospects of *companies*, rows of this exploration."""
        return self._explored.people_of(companies)

    def facet(self, column: str) -> dict[str | None, int]:
        """Return value → companies that all other conditions leave."""
        in_force = self.conditions
        if column != DECISION:
            return self.counts.facet(column, in_force)
        left = self.counts.mask(in_force, f"facet {DECISION}")
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

    def free_range(self, column: str) -> None:
        """Ask nothing of a column any more."""
        self._narrow(self.filters.with_range(column, None))

    def clear(self) -> None:
        """Select everything."""
        self._narrow(Filters())

    def sort_by(self, column: str) -> None:
        """Sort by *column*, the largest first; once more turns it round."""
        again, is_number = self.sort.column == column, bool(column) and self.schema[column].is_numeric()
        self.sort = Sort(column, descending=not self.sort.descending if again else is_number)

    def step(self, by: int) -> None:
        """Choose the company *by* places further in the selection, if there is one."""
        neighbour = self._neighbour(by)
        if neighbour is not None:
            self.chosen = neighbour

    def decide(self, decision: str | None, note: str | None = None) -> None:
        """Keep a decision (accepted, rejected or None) and a note (None: the one there is) on the chosen company."""
        if self.chosen is not None:
            self._remember(pl.Series([self.chosen]))
        self._tell(self.decisions.keep(self.chosen, decision, note))

    def decide_and_go_on(self, decision: str | None) -> None:
        """Decide on the chosen company, then choose the one after it; the last one stays chosen."""
        following = self._neighbour(1)  # of the selection as it was: the decision may take the company out of it
        with self.hold_trait_notifications():  # a view is drawn once, with the next company already chosen
            self.decide(decision)
            if following is not None:
                self.chosen = following

    def decide_all(self, decision: str | None) -> None:
        """Keep one decision on every selected company; their notes stay."""
        numbers = self._ordered
        self._remember(numbers)
        why = self.decisions.keep_all(numbers, pl.repeat(decision, len(numbers), dtype=pl.String, eager=True))
        self._tell(
            why or f"{len(numbers):,} companies: {decision or UNDECIDED}; kept on this machine. Undo takes it back."
        )

    def undo(self) -> None:
        """Take the last decision back, of one company or of many; notes stay as they are now."""
        if not self._undo:
            self.message = "There is nothing to undo."
            return
        numbers, earlier = self._undo.pop()
        why = self.decisions.keep_all(numbers, earlier)
        self._tell(
            why or f"Undone: {len(numbers):,} {'company is' if len(numbers) == 1 else 'companies are'} as before."
        )

    def _tell(self, words: str) -> None:
        self.message = words
        self.marks = self.decisions.frame

    def _remember(self, numbers: pl.Series) -> None:
        if len(numbers):
            names = [name for name in ("source", "id") if name in self.column_names]
            decisions = self.decisions.marked(self.rows[names][numbers])["decision"]
            self._undo = [*self._undo[1 - _UNDO_STEPS :], (numbers, decisions)]

    @property
    def _ordered(self) -> pl.Series:
        return self.counts.ordered(self.sort, self.mask)

    def _neighbour(self, by: int) -> int | None:
        place = None if self.chosen is None else self._ordered.index_of(self.chosen)
        return None if place is None or not 0 <= place + by < self.count else self._ordered[place + by]

    def close(self) -> None:
        """Let go of the decisions file; safe to call twice."""
        self.decisions.close()

    def _narrow(self, filters: Filters) -> None:
        if filters != self.filters:
            self.filters = filters
