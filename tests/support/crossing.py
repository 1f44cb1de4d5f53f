"""How much comes out of an engine into this process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from unittest.mock import patch

import polars as pl

from openprospect_nb.analysis import table


@dataclass(slots=True)
class Crossing:
    """What came out: ``rows``, and their ``bytes`` as Polars holds them."""

    rows: int = 0
    bytes: int = 0


@contextmanager
def crossing() -> Iterator[Crossing]:
    """Count what crosses from DuckDB or Spark while the block runs; frames given back unread do not count."""
    counted, fetched = Crossing(), table._fetched

    def counting(native: object, names: list[str]) -> pl.DataFrame:
        rows = fetched(native, names)
        counted.rows += rows.height
        counted.bytes += int(rows.estimated_size())
        return rows

    with patch.object(table, "_fetched", counting):
        yield counted
