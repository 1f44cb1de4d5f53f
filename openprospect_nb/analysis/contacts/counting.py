"""How many prospects there are: the one answer that comparisons, scenarios, reports and charts give.

A prospect is a person. Rows with one e-mail address, whatever its case and the blanks around it, are one person; one
without an e-mail is a person too, told from others by id, else by name and company, else a row of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import polars as pl

PERSON: Final = "__op_person_key"


def with_person(prospects: pl.DataFrame) -> pl.DataFrame:
    """Return *prospects* with `PERSON`, a text that tells one person from another; columns may be missing."""
    text = partial(_text, prospects)
    keyed = prospects.with_columns(by_address(pl, text).alias(PERSON))
    if not keyed[PERSON].has_nulls():
        return keyed
    row = pl.format("row {}", pl.int_range(pl.len()))
    return keyed.with_columns(pl.coalesce(pl.col(PERSON), by_name(pl, text), row).alias(PERSON))


def by_address(on: Any, text: Callable[[str], Any]) -> Any:
    """Return the e-mail address, else the id, of a person; null where there is neither.

    Args:
        on: the dialect of the rows, as `table.dialect_of` says.
        text: gives a column by its name, `filled`.
    """
    return on.coalesce(text("email").str.to_lowercase(), on.concat_str([on.lit("id "), text("id")]))


def by_name(on: Any, text: Callable[[str], Any]) -> Any:
    """Return the name and the company of a person; null where there is no name. Arguments as for `by_address`."""
    parts = first, last, _ = [text(name) for name in ("first_name", "last_name", "company_id")]
    named = on.concat_str([part.fill_null("") for part in parts], separator="\n")
    return on.when(~first.is_null() | ~last.is_null()).then(on.concat_str([on.lit("name "), named]))


def filled(on: Any, text: Any) -> Any:
    """Return a text without blanks around it, null where nothing is left."""
    stripped = text.str.strip_chars()
    return on.when(stripped != "").then(stripped)


def count_prospects(prospects: pl.DataFrame) -> int:
    """Return how many different persons are among these rows."""
    return with_person(prospects)[PERSON].n_unique()


def one_each(prospects: pl.DataFrame) -> pl.DataFrame:
    """Return the first row of each person, in their order."""
    return with_person(prospects).unique(PERSON, keep="first", maintain_order=True).drop(PERSON)


def _text(prospects: pl.DataFrame, name: str) -> pl.Expr:
    kind = prospects.schema.get(name, pl.Null())
    if not (kind.is_numeric() or kind in (pl.String, pl.Categorical, pl.Enum)):
        return pl.lit(None, pl.String)
    text: pl.Expr = filled(pl, pl.col(name).cast(pl.String))
    return text
