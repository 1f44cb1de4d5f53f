"""A selection leaves for a file: companies without persons, all people, or those of the send list."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Final

import polars as pl

from openprospect_nb.analysis import send_list
from openprospect_nb.errors import ConfigurationError
from openprospect_nb.exports import Exported, export
from openprospect_nb.exports.targets import Target
from openprospect_nb.frames.decisions import REJECTED
from openprospect_nb.frames.results import Results
from openprospect_nb.frames.schemas import COMPANIES, PROSPECTS

CRM: Final = frozenset({"hubspot", "salesforce"})
WITHOUT_PERSONS: Final = (
    "order_id", "id", "name", "normalized_url", "business_type", "city", "country", "employee_count", "match_score",
    "score", "known_share", "prospects", "lowest_bounce_risk", "decision", "delivered_at", "source",
)  # fmt: skip
"""Columns in which no person can be: no free text, and no path of a web address."""


def export_companies(rows: pl.DataFrame, path: str | os.PathLike[str], target: Target) -> Exported:
    """Write companies, those columns of `WITHOUT_PERSONS` that *rows* has, and return what was written.

    Raises:
        ConfigurationError: *target* is a CRM, which needs persons; or the file cannot be written.
    """
    if target in CRM:
        raise ConfigurationError(
            f"{target} takes persons, and this export holds none.",
            next_step="Export prospects with real names and addresses, or choose CSV, Excel or Parquet.",
        )
    return export(rows.select(name for name in WITHOUT_PERSONS if name in rows.columns), path, target=target)


def export_people(
    rows: pl.DataFrame, people: pl.DataFrame, path: str | os.PathLike[str], target: Target, *, only_safe: bool
) -> Exported:
    """Write *people* with names and addresses, the columns of their companies (*rows*) joined; return the outcome.

    With *only_safe* those alone whom `send_list` takes under its usual limit; the others are counted in ``left_out``.

    Raises:
        ConfigurationError: the file cannot be written.
    """
    whole = Results(companies=_whole(rows, COMPANIES), prospects=_whole(people, PROSPECTS))
    if not only_safe:
        return export(whole, path, target=target)
    chosen = send_list(whole)
    made = export(chosen, path, target=target)
    counts = {
        f"too risky for a bounce rate of {chosen.max_bounce_rate:.0%}": chosen.beyond,
        "of unknown risk": chosen.unknown,
        "without a usable address or suppressed": chosen.not_sendable,
        "whose address is there twice": chosen.duplicates,
    }
    left_out = {reason: count for reason, count in counts.items() if count}
    return replace(made, left_out={**left_out, **made.left_out})


def without_rejected(rows: pl.DataFrame) -> pl.DataFrame:
    """Return *rows* without those whose ``decision`` is rejected."""
    return rows.filter(pl.col("decision").ne_missing(REJECTED))


def _whole(frame: pl.DataFrame, schema: pl.Schema) -> pl.DataFrame:
    """Return *frame* with exactly the columns of *schema*; missing ones are empty."""
    missing = [pl.lit(None, kind).alias(name) for name, kind in schema.items() if name not in frame.columns]
    return frame.with_columns(missing).select(schema.names())
