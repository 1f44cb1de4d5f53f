"""What stands in a list that people give: paths, and rows of one cell as databases and arrays have them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import polars as pl

from openprospect_nb.files.company_list import READERS

# Endings of files that hold no table we read; no domain ends so. What to do about each is said when it is opened.
_OTHERS: Final = frozenset(
    {
        ".json", ".jsonl", ".ndjson", ".yaml", ".yml", ".xml", ".html", ".htm", ".vcf", ".eml", ".msg", ".mbox",
        ".pdf", ".doc", ".docx", ".rtf", ".gz", ".7z", ".rar", ".numbers", ".feather", ".arrow", ".avro", ".sqlite",
    }
)  # fmt: skip
_LONGEST_PATH: Final = 1_000


def is_path(given: str | Path) -> bool:
    """Return whether *given* is meant as a file's path: a `Path`, or a text that ends as files do and domains do not.

    Example:
        >>> [is_path(text) for text in ("stop.csv", "stop.json", "firm.example", "https://firm.example/stop.csv")]
        [True, True, False, False]
    """
    if isinstance(given, Path):
        return True
    if "://" in given or "@" in given or "." not in given or len(given) >= _LONGEST_PATH:
        return False
    path = Path(given)
    ending = path.suffix.lower()
    # Some domains end in "zip".
    return ending in READERS | _OTHERS or (ending == ".zip" and path.is_file())


def members_of(given: Iterable[Any]) -> list[Any]:
    """Return the members of a list: of a row with one cell the cell, of a database's row with names a mapping.

    Example:
        >>> members_of([("a@x.example",), ["b@x.example"], "c@x.example"])
        ['a@x.example', 'b@x.example', 'c@x.example']
    """
    return [_bare(member) for member in given]


def _bare(member: Any) -> Any:
    if isinstance(member, sqlite3.Row):
        return dict(zip(member.keys(), member, strict=True))
    return member[0] if _is_row(member) and len(member) == 1 else member


def _is_row(member: Any) -> bool:
    """Return whether *member* is a row of cells: a list or tuple, an array's, or one of an ODBC cursor."""
    is_of_array = getattr(member, "ndim", 0) == 1 and not hasattr(member, "iloc") and not isinstance(member, pl.Series)
    return isinstance(member, list | tuple) or is_of_array or hasattr(member, "cursor_description")


def several_cells(member: Any) -> str:
    """Return what to do about a row of several cells, of which no heading tells what they are; empty for others."""
    is_wide = _is_row(member) and isinstance(member, Sequence) and len(member) > 1
    return " (several cells: give a table, whose headings tell what they are)" if is_wide else ""
