"""What narrows a selection: a search, facets, ranges, decisions; each as an expression and as Python that says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Final, Self

import polars as pl

from openprospect_nb.frames.decisions import ACCEPTED, REJECTED

SEARCHED: Final = ("name", "website_url", "business_type", "city", "country", "description")
FACETS: Final = ("country", "business_type", "city", "order_id", "source")
SOURCE: Final = "__op_texts"
DECISION: Final = "decision"
UNDECIDED: Final = "undecided"


@dataclass(frozen=True, slots=True)
class Range:
    """Values from ``low`` to ``high``, both among them; ``unknown``: rows without a value too."""

    low: float
    high: float
    unknown: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "low", float(self.low))
        object.__setattr__(self, "high", float(self.high))


@dataclass(frozen=True, slots=True)
class Sort:
    """By which column, "" being the order of delivery, and whether the largest come first; unknown ones come last."""

    column: str = ""
    descending: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What a company must meet to be selected; all of it together.

    Attributes:
        search: words that must each occur somewhere in the texts of `SEARCHED`, whatever their case.
        facets: column → values of which one must be there; None is "no value"; ``decision`` is the local decision.
        ranges: numeric column → `Range`.
    """

    search: str = ""
    facets: Mapping[str, tuple[str | None, ...]] = field(default_factory=dict)
    ranges: Mapping[str, Range] = field(default_factory=dict)

    def with_search(self, text: str) -> Self:
        """Return these filters with another search; what cannot be text (half a character) is replaced."""
        return replace(self, search=text.encode("utf-8", "replace").decode())

    def with_facet(self, column: str, values: tuple[str | None, ...]) -> Self:
        """Return these filters with the wanted values of one facet; none at all asks nothing."""
        others = {name: chosen for name, chosen in self.facets.items() if name != column}
        return replace(self, facets=others | ({column: values} if values else {}))

    def with_range(self, column: str, wanted: Range | None) -> Self:
        """Return these filters with the range of one column; None asks nothing."""
        others = {name: limits for name, limits in self.ranges.items() if name != column}
        return replace(self, ranges=others | ({column: wanted} if wanted else {}))


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition: ``test`` on a row, and ``code``, the Python that makes the same expression, after ``before``.

    A search has a ``source``: the expression of the column `SOURCE` that its test reads, the same for every search.
    Conditions of one name and one ``key`` select the same rows; without one the code is it.
    """

    test: pl.Expr
    code: str
    before: tuple[str, ...] = ()
    source: pl.Expr | None = None
    key: str = ""

    def __post_init__(self) -> None:
        if not self.key:
            object.__setattr__(self, "key", self.code)


_WRITTEN_OUT: Final = 200  # more ids than a person reads; code takes them from the file of decisions
_VERSIONS: Final = count()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """The companies at hand on which there is a decision.

    Attributes:
        ids: `ACCEPTED` and `REJECTED` → ids of the companies so decided.
        home: the folder that keeps decisions, where one does.
        version: no two are equal.
    """

    ids: Mapping[str, pl.Series]
    home: Path | None = None
    version: int = field(default_factory=lambda: next(_VERSIONS))

    def of(self, *names: str) -> pl.Series:
        """Return the ids of these decisions together."""
        parts = [self.ids[name] for name in names if name in self.ids]
        return pl.concat(parts) if parts else pl.Series(dtype=pl.String)

    def code_of(self, *names: str) -> tuple[tuple[str, ...], str]:
        """Return lines of Python to go before, and the Python of the list of these ids: written out while few."""
        wanted = self.of(*names)
        if self.home is None or len(wanted) <= _WRITTEN_OUT:
            return (), f"{wanted.to_list()!r}"
        reading = "from openprospect_nb.frames.decisions import Decisions"
        lines = ("from pathlib import Path", "", reading, "", f"decided = Decisions(Path({str(self.home)!r})).frame()")
        return lines, f"decided.filter(pl.col('decision').is_in({list(names)!r}))['company_id'].implode()"


def conditions(filters: Filters, columns: list[str], decided: Decided) -> dict[str, Condition]:
    """Return the conditions of *filters* by name: "search", "facet <column>", "range <column>"."""
    in_force = {}
    words = filters.search.split()
    texts: list[str] = [name for name in SEARCHED if name in columns]
    if words and texts:
        tests = [pl.col(SOURCE).str.contains(word.lower(), literal=True) for word in words]
        code = " & ".join(f"texts.str.contains({word.lower()!r}, literal=True)" for word in words)
        parts = f'pl.concat_str(pl.col({texts!r}).fill_null(""), separator="\\n")'
        before = (f"texts = {parts}.str.to_lowercase()",)
        in_force["search"] = Condition(pl.all_horizontal(tests), code, before, haystack(texts).alias(SOURCE))
    for column, values in filters.facets.items():
        in_force[f"facet {column}"] = _decision(values, decided) if column == DECISION else _facet(column, values)
    for column, wanted in filters.ranges.items():
        in_force[f"range {column}"] = _range(column, wanted)
    return in_force


def key_of(in_force: Mapping[str, Condition]) -> tuple[str, ...]:
    """Return what is equal for conditions that select the same rows."""
    return tuple(f"{name} {condition.key}" for name, condition in in_force.items())


def haystack(texts: list[str]) -> pl.Expr:
    """Return the searched *texts* of a row as one text in lower case."""
    return pl.concat_str(pl.col(texts).fill_null(""), separator="\n").str.to_lowercase()


def selection_code(prepared: tuple[str, ...], in_force: Mapping[str, Condition], sort: Sort) -> str:
    """Return Python that makes ``selection`` out of ``results``: *prepared* lines, the conditions, the sort."""
    lines = ["import openprospect_nb as op", "import polars as pl", "", *prepared]
    for condition in in_force.values():
        lines += condition.before
    if in_force:
        tests = [f"    {condition.code}," for condition in in_force.values()]
        lines += ["selection = companies.filter(", *tests, ")"]
    else:
        lines += ["selection = companies"]
    if sort.column:
        how = f"descending={sort.descending}, nulls_last=True, maintain_order=True"
        lines += [f"selection = selection.sort({sort.column!r}, {how})"]
    return "\n".join(lines)


def _facet(column: str, values: tuple[str | None, ...]) -> Condition:
    texts = [value for value in values if value is not None]
    tests, codes = [], []
    if texts:
        tests.append(pl.col(column).is_in(texts))
        codes.append(f"pl.col({column!r}).is_in({texts!r})")
    if None in values:
        tests.append(pl.col(column).is_null())
        codes.append(f"pl.col({column!r}).is_null()")
    return Condition(pl.any_horizontal(tests), " | ".join(codes))


def _decision(values: tuple[str | None, ...], decided: Decided) -> Condition:
    # Decisions live beside the results, not in them: what is asked for is ids.
    is_open = UNDECIDED in values
    names = [name for name in (ACCEPTED, REJECTED) if (name in values) is not is_open]
    before, ids = decided.code_of(*names)
    test = pl.col("id").cast(pl.String).is_in(decided.of(*names).implode())
    code = f'pl.col("id").cast(pl.String).is_in({ids})'
    key = f"{values} {decided.version}"
    return Condition(~test if is_open else test, f"~{code}" if is_open else code, before, key=key)


def _range(column: str, wanted: Range) -> Condition:
    test = pl.col(column).is_between(wanted.low, wanted.high)
    code = f"pl.col({column!r}).is_between({wanted.low!r}, {wanted.high!r})"
    if wanted.unknown:
        return Condition(test | pl.col(column).is_null(), f"{code} | pl.col({column!r}).is_null()")
    return Condition(test, code)
