"""Results made ready to explore: one row a company with its score and what its prospects say, and how to repeat it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import polars as pl

from openprospect_nb.analysis import score
from openprospect_nb.analysis.table import open_table
from openprospect_nb.errors import ConfigurationError
from openprospect_nb.frames.results import Results

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
