"""Keep a spreadsheet from running a text as a formula, in a way that can be undone.

A text that starts with ``= + - @`` (also in their full-width forms), a tab or a line break, whatever blanks or
apostrophes stand before, gets one apostrophe in front. `restore` takes exactly that one away again.
"""

from __future__ import annotations

from typing import Final

import polars as pl

_DANGEROUS: Final = r"^'*\s*[=+\-@＝＋－＠\t\r\n]"
_NEUTRALISED: Final = r"^''*\s*[=+\-@＝＋－＠\t\r\n]"
_CALLS_NOTHING: Final = r"^[\d\s.,:;/()+\-–%€$£]*$"
PHONE: Final = r"^\+[\d ()/.\-]{5,25}$"
"""Digits and separators after one plus: a number at worst, never a call."""


def neutralised(column: str, harmless: str | None = None) -> pl.Expr:
    """Return the texts of *column*, under its name, with an apostrophe before whatever a spreadsheet could run.

    What matches the pattern *harmless* stays as it is.
    """
    text = pl.col(column)
    can_run = text.str.contains(_DANGEROUS)
    if harmless is not None:
        can_run &= ~text.str.contains(harmless)
    return pl.when(can_run).then(pl.concat_str(pl.lit("'"), text)).otherwise(text).alias(column)


def disarmed(column: str) -> pl.Expr:
    """Return the texts of *column* as `neutralised` does, but numbers, telephone numbers and dashes as they are.

    For rows that go back to whoever wrote them: without a letter, an equals sign or an @ nothing can be called, and
    ``+49 30 123`` or ``-`` behind an apostrophe would be another value.
    """
    return neutralised(column, _CALLS_NOTHING)


def restore(frame: pl.DataFrame) -> pl.DataFrame:
    """Return *frame* as it was before its texts (and column names) were neutralised for CSV.

    Example:
        >>> restore(pl.DataFrame({"a": ["'=1+1", "'tis"]}))["a"].to_list()
        ['=1+1', "'tis"]
    """
    texts = [pl.col(name) for name, kind in frame.schema.items() if kind == pl.String]
    plain = frame.with_columns(
        pl.when(text.str.contains(_NEUTRALISED)).then(text.str.slice(1)).otherwise(text) for text in texts
    )
    names = pl.Series(frame.columns, dtype=pl.String)
    marked = names.str.contains(_NEUTRALISED).to_list()
    return plain.rename({name: name[1:] for name, hit in zip(frame.columns, marked, strict=True) if hit})
