"""Formulas in the words of the rows they are for: Polars' own where these lie in Polars, else those of narwhals.

Both read alike, so a formula is written once and takes the dialect, called `on`: the module with ``col``, ``when``,
``lit``. Narwhals translates every expression anew for every frame, which for four rows takes most of the time.
"""

from __future__ import annotations

from typing import Any

import narwhals.stable.v2 as nw
import polars as pl

from openprospect_nb.analysis.table import Lazy


def dialect_of(lazy: Lazy) -> tuple[Any, Any]:
    """Return the dialect of these rows, and the rows as that dialect takes them."""
    native = lazy.to_native()
    return (pl, native) if isinstance(native, pl.LazyFrame) else (nw, lazy)


def narwhal(rows: Any) -> Lazy:
    """Return rows of either dialect as narwhals' own."""
    return nw.from_native(rows) if isinstance(rows, pl.LazyFrame) else rows
