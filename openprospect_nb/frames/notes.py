"""What a decoder says beside the frames: values that broke a rule; fields that are new, missing or retyped."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import polars as pl

from openprospect_nb.frames.repair import readable
from openprospect_nb.frames.schemas import DRIFT, REJECTS

RAW_LIMIT = 65_536
EXAMPLE_LIMIT = 200

_NO_REJECTS: Final = REJECTS.to_frame()
_NO_DRIFT: Final = DRIFT.to_frame()


@dataclass(slots=True)
class Notes:
    """Collects rejects and drift; `rejects_frame` and `drift_frame` give them with their declared schemas."""

    order_id: str | None = None
    rejected: list[tuple[str | None, str, str | None, str, str, str | None]] = field(default_factory=list)
    drifted: dict[tuple[str, str, str], tuple[int, str]] = field(default_factory=dict)

    def reject(self, record: str, row_id: str | None, name: str, rule: str, raw: str | None) -> None:
        """Name one value that broke *rule*; *raw* is kept as sent, up to `RAW_LIMIT` characters."""
        self.rejected.append((self.order_id, record, row_id, name, rule, None if raw is None else cut(raw, RAW_LIMIT)))

    def drift(self, record: str, name: str, kind: str, example: str, count: int = 1) -> None:
        """Count one deviation of *kind* (new, missing or retyped); the first example is kept."""
        seen, first = self.drifted.get((record, name, kind), (0, cut(example, EXAMPLE_LIMIT)))
        self.drifted[record, name, kind] = (seen + count, first)

    def add(self, later: Notes) -> None:
        """Take over what *later* collected, under this order."""
        self.rejected += [(self.order_id, *rest) for _, *rest in later.rejected]  # type: ignore[misc]
        for (record, name, kind), (count, example) in later.drifted.items():
            self.drift(record, name, kind, example, count)

    def rejects_frame(self) -> pl.DataFrame:
        """Return `schemas.REJECTS`, one row a rejected value, in the order they were found."""
        return pl.DataFrame(self.rejected, schema=REJECTS, orient="row") if self.rejected else _NO_REJECTS.clone()

    def drift_frame(self) -> pl.DataFrame:
        """Return `schemas.DRIFT`, one row a record, field and kind of deviation."""
        rows = [(*where, *what) for where, what in self.drifted.items()]
        return pl.DataFrame(rows, schema=DRIFT, orient="row") if rows else _NO_DRIFT.clone()


@dataclass(frozen=True, slots=True)
class Note:
    """`Notes` bound to one field of one row."""

    notes: Notes
    record: str
    row_id: str | None
    name: str

    def reject(self, rule: str, raw: str) -> None:
        """Name this field's value as broken."""
        self.notes.reject(self.record, self.row_id, self.name, rule, raw)

    def retyped(self, raw: str) -> None:
        """Count this field's value as of another type than declared."""
        self.notes.drift(self.record, self.name, "retyped", raw)

    def at(self, member: str, kind: str, example: str) -> None:
        """Count a deviation of *kind* at *member* inside this field."""
        self.notes.drift(self.record, f"{self.name}.{member}", kind, example)


def cut(text: str, limit: int) -> str:
    """Return *text* without lone surrogates, or its first *limit* characters and its full length."""
    text = readable(text)
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text)} characters)"
