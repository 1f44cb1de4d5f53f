"""Erase a person or company from everything this package keeps on disk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from re import Pattern
from typing import Final

import polars as pl

from openprospect_nb.api._resource import Context
from openprospect_nb.errors import FieldProblem, ValidationError
from openprospect_nb.frames.decisions import Decisions
from openprospect_nb.frames.results import Results
from openprospect_nb.journal.forgetting import names, pattern_of, redacted

ERASED: Final = pl.Schema({"place": pl.String(), "erased": pl.Int64()})
FORGOTTEN: Final = "[forgotten]"
SHORTEST: Final = 4


def erase(context: Context, who: str) -> pl.DataFrame:
    """Erase *who* from journal, fetched results, sync store, half-fetched pages and decisions; return the counts.

    Raises:
        ValidationError: *who* is too short to name somebody.
    """
    if len(who.strip()) < SHORTEST:
        problem = FieldProblem("who", f"needs at least {SHORTEST} characters: an e-mail address, a domain, or an id")
        raise ValidationError("nothing was erased", fields=[problem])
    needle = pattern_of(who.strip())
    counts = {"journal": context.journal.forget(needle, FORGOTTEN)}
    for place, folder in (("results", context.results_home), ("sync", context.sync_home)):
        counts[place] = sum(_erase_from_results(path, needle) for path in _result_folders(folder))
    counts["pages"] = _erase_pages(context.pages_home, needle)
    counts["decisions"] = _erase_decisions(context.settings.home, needle)
    return pl.DataFrame(list(counts.items()), schema=ERASED, orient="row")


def without(results: Results, needle: Pattern[str]) -> tuple[Results, int]:
    """Return *results* without the companies and prospects that *needle* names, and how many rows went."""
    companies = results.companies.filter(~_mentions(results.companies, needle))
    prospects = results.prospects.filter(~_mentions(results.prospects, needle)).join(
        companies, left_on=["order_id", "company_id"], right_on=["order_id", "id"], how="semi", nulls_equal=True
    )
    rejects = results.rejects.filter(~_mentions(results.rejects, needle))
    drift = results.drift.with_columns(
        pl.when(_contains(results.drift["example"], needle))
        .then(pl.lit(FORGOTTEN))
        .otherwise("example")
        .alias("example")
    )
    gone = (results.companies.height - companies.height) + (results.prospects.height - prospects.height)
    cleaned = replace(
        results,
        companies=companies,
        prospects=prospects,
        rejects=rejects,
        drift=drift,
        provenance=redacted(dict(results.provenance), needle, FORGOTTEN),
        errors=redacted(dict(results.errors), needle, FORGOTTEN),
    )
    return cleaned, gone + results.rejects.height - rejects.height


def _erase_from_results(path: Path, needle: Pattern[str]) -> int:
    results = Results.read(path)
    cleaned, gone = without(results, needle)
    if gone or cleaned.provenance != results.provenance:
        cleaned.write(path)
    return gone


def _result_folders(folder: Path) -> Iterator[Path]:
    return (path.parent for path in sorted(folder.rglob("provenance.json"))) if folder.is_dir() else iter(())


def _erase_pages(folder: Path, needle: Pattern[str]) -> int:
    """Delete half-fetched pages that mention *needle*; they can be fetched again."""
    gone = [p for p in folder.rglob("*.json") if names(p.read_text("utf-8", "replace"), needle)]
    for page in gone:
        page.unlink()
    return len(gone)


def _erase_decisions(home: Path, needle: Pattern[str]) -> int:
    """Delete decisions and notes on companies that *needle* names, in whatever kernel they were made."""
    kept = Decisions(home)
    try:
        return kept.forget(needle)
    finally:
        kept.close()


def _mentions(frame: pl.DataFrame, needle: Pattern[str]) -> pl.Expr:
    """Whether any text of a row, lists and nested texts included, contains *needle*."""
    tests = [_contains(texts, needle) for texts in frame.iter_columns() if texts.dtype == pl.String]
    for name, dtype in frame.schema.items():
        if dtype == pl.List(pl.String):
            tests.append(pl.col(name).list.eval(_holds(pl.element(), needle)).list.any().fill_null(value=False))
        elif isinstance(dtype, pl.List):
            inner = pl.element().struct.field("url")
            tests.append(pl.col(name).list.eval(_holds(inner, needle)).list.any().fill_null(value=False))
    return pl.any_horizontal(tests)


def _contains(texts: pl.Series, needle: Pattern[str]) -> pl.Expr:
    """Whether the column *texts* names *needle*; the few texts with escapes are read one by one."""
    escaped = texts.filter(texts.str.contains("\\", literal=True)).unique()
    hidden = [text for text in escaped if names(text, needle)]
    return _holds(pl.col(texts.name), needle) | pl.col(texts.name).is_in(hidden, nulls_equal=True)


def _holds(text: pl.Expr, needle: Pattern[str]) -> pl.Expr:
    return text.str.contains(needle.pattern).fill_null(value=False)
