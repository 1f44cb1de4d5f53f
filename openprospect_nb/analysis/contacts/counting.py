"""How many prospects there are: the one answer that comparisons, scenarios, reports and charts give.

A prospect is a person. Rows with one e-mail address, whatever its case and the blanks around it, are one person; one
without an e-mail is a person too, told from others by id, else by name and company, else a row of its own.
"""

from __future__ import annotations

from typing import Final

import polars as pl

PERSON: Final = "__op_person_key"


def with_person(prospects: pl.DataFrame) -> pl.DataFrame:
    """Return *prospects* with `PERSON`, a text that tells one person from another; columns may be missing."""
    email, identity = _text(prospects, "email").str.to_lowercase(), pl.format("id {}", _text(prospects, "id"))
    keyed = prospects.with_columns(pl.coalesce(email, identity).alias(PERSON))
    if not keyed[PERSON].has_nulls():
        return keyed
    first, last, company = (_text(prospects, name) for name in ("first_name", "last_name", "company_id"))
    names = pl.concat_str(*(part.fill_null("") for part in (first, last, company)), separator="\n")
    named = pl.when(first.is_not_null() | last.is_not_null()).then(pl.format("name {}", names))
    row = pl.format("row {}", pl.int_range(pl.len()))
    return keyed.with_columns(pl.coalesce(pl.col(PERSON), named, row).alias(PERSON))


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
    text = pl.col(name).cast(pl.String).str.strip_chars()
    return pl.when(text != "").then(text)
