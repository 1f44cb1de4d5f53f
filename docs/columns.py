"""The page that explains every column, made from the declarations: ``python docs/columns.py > docs/columns.md``."""

from __future__ import annotations

import sys

from openprospect_nb.frames.columns import Column
from openprospect_nb.frames.schemas import DRIFT, REJECTS, described_kinds

_HEAD = """# Columns

Every frame has a fixed schema: the same columns and dtypes whether it is empty or not. Times are UTC with microseconds.
"Source" is the section of the API contract a column comes from; "ours" marks columns this package fills.

A value outside its declared range, or of a type that cannot be read, is null and named in `rejects` with what was
sent; its row stays. A null in a column marked "always" is named in `rejects`. Of two rows with one key the first is
kept. Fields that are new, missing or of another type are counted in `drift`; the values of new ones are in `extra`.
"""
_REJECTS = {
    "order_id": "the order",
    "record": "company, prospect, order, …, or page",
    "row_id": "id of the row; null where it has none; for a page its offset",
    "field": "the field at fault",
    "rule": "the declared rule it broke, such as `0 to 10`, `integer`, `duplicate`",
    "raw": "the value as sent (a dropped duplicate as JSON)",
}
_DRIFT = {
    "record": "company, prospect, order, …, or page",
    "field": "the field, with a dot before a member inside it",
    "kind": "new, missing or retyped; incomplete where a list ended before its own total",
    "count": "how often",
    "example": "the first value (for missing: the first row's id)",
}


def columns_guide() -> str:
    """Return the page as Markdown: one table a frame, one row a column."""
    parts = [_HEAD]
    for name, kind in described_kinds().items():
        key = " and ".join(f"`{column}`" for column in kind.key)
        parts += [f"## {name}\n\nKey: {key}.\n", _table(kind.columns)]
    for name, schema, meanings in (("results.rejects", REJECTS, _REJECTS), ("results.drift", DRIFT, _DRIFT)):
        rows = [f"| `{column}` | {dtype} | {meanings[column]} |" for column, dtype in schema.items()]
        parts += [f"## {name}\n", "\n".join(("| column | dtype | meaning |", "|---|---|---|", *rows)) + "\n"]
    return "\n".join(parts)


def _table(columns: tuple[Column, ...]) -> str:
    head = "| column | dtype | unit | range | present | meaning | source |"
    rows = [
        f"| `{c.name}` | {c.dtype} | {c.unit} | {c.range} | {'if known' if c.nullable else 'always'} | {c.meaning} "
        f"| {c.source} |"
        for c in columns
    ]
    return "\n".join((head, "|---|---|---|---|---|---|---|", *rows)) + "\n"


if __name__ == "__main__":
    sys.stdout.write(columns_guide())
