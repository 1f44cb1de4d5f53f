"""`Exploration`: the model of the results explorer: what is selected, in which order, which page, what is decided.

Everything is worked out here, in Python; a view shows a page and some dozens of counts, however many rows there are.
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
from openprospect_nb.errors import ConfigurationError, OpenProspectError
from openprospect_nb.frames.decisions import ACCEPTED, DECISIONS, REJECTED, DecidedCompany, Decisions
from openprospect_nb.frames.results import Results
from openprospect_nb.widgets.explorer.counts import ExplorerCounts
from openprospect_nb.widgets.explorer.filters import (
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

ROW: Final = "__op_row"
PROSPECTS: Final = "prospects"
RISK: Final = "lowest_bounce_risk"
_FEW: Final = 1_000


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
        wanted = companies.select(ours).unique()
        people = self.people
        if wanted.height <= _FEW:
            # Looking ids up among a few is several times faster than joining, and leaves little to join.
            people = people.filter(pl.col("company_id").is_in(wanted["id"].implode()))
        return people.join(wanted, left_on=theirs, right_on=ours, how="semi", nulls_equal=True, maintain_order="left")


def explored(results: object) -> Explored:
    """Return *results*, a `Results` or a Polars frame of companies, ready to explore.

    Raises:
        ConfigurationError: it is neither.
        ValidationError: the companies have no ``id``, or a column holds another kind of value than the score needs.
    """
    companies, people, name = _parts(results)
    open_table(companies, name="companies", required=("id",))
    with_people = people is not None and "company_id" in people.columns
    given = name if with_people or not isinstance(results, Results) else f"{name}.companies"
    scored = None
    if "match_score" in companies.columns:
        scored = score(results) if with_people and isinstance(results, Results) else score(companies)
    code = [f"companies = op.score({given})" if scored is not None else f"companies = {_plain(results, name)}"]
    rows = companies if scored is None else scored
    if people is None or not with_people:
        return Explored(rows, None, tuple(code), ())
    keys: tuple[tuple[str, str], ...] = (("id", "company_id"),)
    if "order_id" in rows.columns and "order_id" in people.columns:
        keys = (("order_id", "order_id"), *keys)
    facts = _facts(people, rows.columns)
    if facts:
        rows = _with_people(rows, people, keys, facts)
        code += _people_code(keys, facts, people.columns)
    return Explored(rows, people, tuple(code), keys)


def _parts(results: object) -> tuple[pl.DataFrame, pl.DataFrame | None, str]:
    if isinstance(results, Results):
        return results.companies, results.prospects, "results"
    if isinstance(results, pl.DataFrame):
        return results, None, "results"
    raise ConfigurationError(
        f"results is a {type(results).__name__}, not a Results.",
        next_step="Give what order.results() returned, or a Polars DataFrame of companies (collect a lazy one first).",
    )


def _plain(results: object, name: str) -> str:
    return f"{name}.companies" if isinstance(results, Results) else name


def _facts(people: pl.DataFrame, taken: Iterable[str]) -> dict[str, pl.Expr]:
    risk = pl.col("bounce_risk_score") if "bounce_risk_score" in people.columns else None
    if risk is not None and "email" in people.columns:
        risk = risk.filter(pl.col("email").is_not_null())
    facts = {PROSPECTS: pl.len()} | ({RISK: risk.min()} if risk is not None else {})
    return {name: fact for name, fact in facts.items() if name not in taken}


def _with_people(
    rows: pl.DataFrame, people: pl.DataFrame, keys: tuple[tuple[str, str], ...], facts: dict[str, pl.Expr]
) -> pl.DataFrame:
    ours, theirs = [name for name, _ in keys], [name for _, name in keys]
    counted = people.group_by(theirs).agg(**facts)
    joined = rows.join(counted, left_on=ours, right_on=theirs, how="left", nulls_equal=True, maintain_order="left")
    return joined.with_columns(pl.col(PROSPECTS).fill_null(0)) if PROSPECTS in facts else joined


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


_MADE: Final = (ACCEPTED, REJECTED)


class Marks:
    """What is decided on the companies of *rows*; a company keeps its decision whatever order delivered it.

    Args:
        rows: the companies. decisions: where decisions are kept, None where they cannot be. now: the time, UTC.

    Attributes:
        frame: one row a decided or noted company; columns as `frames.decisions.DECISIONS`.
        ids: `ACCEPTED` and `REJECTED` → ids of the companies so decided.
    """

    def __init__(self, rows: pl.DataFrame, decisions: Decisions | None, now: Callable[[], datetime]) -> None:
        self._rows, self._decisions, self._now = rows, decisions, now
        self._read()

    @property
    def can_keep(self) -> bool:
        """Whether decisions can be kept."""
        return self._decisions is not None

    def counts(self, mask: pl.Series) -> dict[str, int]:
        """Return `ACCEPTED` and `REJECTED` → how many of the rows in *mask* are so decided."""
        return {name: int(mask.gather(places).sum()) for name, places in self._places.items()}

    def marked(self, page: pl.DataFrame) -> pl.DataFrame:
        """Return *page*, rows of ours, with ``decision`` and ``note``."""
        marks = self.frame.select("source", "company_id", "decision", "note")
        identified = _identities(page).join(marks, on=["source", "company_id"], how="left", maintain_order="left")
        return page.drop("decision", "note", strict=False).with_columns(identified["decision"], identified["note"])

    def keep(self, number: int | None, decision: str | None, note: str | None) -> str:
        """Keep *decision* and *note* (None: as it is) on row *number*; return in words what was done or why not."""
        if self._decisions is None:
            return "Decisions cannot be kept, see above."
        if number is None:
            return "Choose a company first."
        company = _company(self._rows.row(number, named=True))
        try:
            self._decisions.decide(company, decision, note and note.strip(), self._now())
            self._read()
        except OpenProspectError as error:
            return f"Not kept: {error}"
        return f"{company.name or company.company_id}: {decision or UNDECIDED}; kept on this machine."

    def close(self) -> None:
        """Let go of the file; safe to call twice."""
        if self._decisions is not None:
            self._decisions.close()
            self._decisions = None

    def _read(self) -> None:
        decisions = DECISIONS.to_frame() if self._decisions is None else self._decisions.frame()
        # Among a million rows most have no decision: only those whose id has one are joined.
        some = self._rows.select(pl.col("id").cast(pl.String).is_in(decisions["company_id"].implode())).to_series()
        places = some.fill_null(value=False).arg_true()
        decided = _identities(self._rows[places]).with_columns(places.alias(ROW))
        decided = decided.join(decisions, on=["source", "company_id"], how="inner")
        self.frame = decisions.join(decided, on=["source", "company_id"], how="semi", maintain_order="left")
        self._places = {name: decided.filter(decision=name)[ROW] for name in _MADE}
        self.ids: Mapping[str, tuple[str, ...]] = {
            name: tuple(self.frame.filter(decision=name)["company_id"].to_list()) for name in _MADE
        }


def _identities(rows: pl.DataFrame) -> pl.DataFrame:
    source = pl.col("source").cast(pl.String).fill_null("") if "source" in rows.columns else pl.lit("")
    return rows.select(source=source, company_id=pl.col("id").cast(pl.String))


def _company(row: Mapping[str, object]) -> DecidedCompany:
    def text(name: str) -> str:
        value = row.get(name)
        return "" if value is None else str(value)

    domain = text("normalized_url") or text("website_url")
    return DecidedCompany(source=text("source"), company_id=text("id"), name=text("name"), domain=domain)


def utc_now() -> datetime:
    """Return the current time, UTC."""
    return datetime.now(UTC)


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
        self.counts = ExplorerCounts(explored.rows)
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
        in_force = self.conditions
        key = tuple(f"{name} {condition.code}" for name, condition in in_force.items())
        if self._selected is None or self._selected[0] != key:
            self._selected = key, self.counts.mask(in_force)
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
