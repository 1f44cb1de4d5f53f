"""Gather pages of one record kind, and make the frames of that kind and of its children from them once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import polars as pl

from openprospect_nb.frames.columns import Column, Kind, Wire
from openprospect_nb.frames.exact import ExactReader
from openprospect_nb.frames.notes import Note, Notes
from openprospect_nb.frames.pages import Page, open_page
from openprospect_nb.frames.rules import enforce
from openprospect_nb.frames.shapes import Shape, shape_of, wire_schema
from openprospect_nb.frames.times import read_times
from openprospect_nb.frames.values import free_text

__all__ = ["Gather"]

_RECORDS = "records"
_PARENT = "\x00parent"


@dataclass(frozen=True, slots=True)
class _Part:
    """One page: a frame of one row and one column, the list of its records; and its free-form texts, by field."""

    records: pl.DataFrame
    free: Mapping[str, list[str | None]]


class Gather:
    """Collects the pages of one kind.

    Args:
        kind: what the pages hold.
        ours: values of the columns this package fills, such as ``order_id`` and ``source``.
    """

    def __init__(self, kind: Kind, ours: Mapping[str, str | None]) -> None:
        self.notes = Notes(order_id=ours.get("order_id"))
        self._kind = kind
        self._ours = ours
        self._list_key = kind.list_key
        self._parts: list[_Part] = []
        self._total: int | None = None

    def feed(self, page: bytes) -> Page:
        """Read one page, by bulk if it conforms, else field by field, and return its counters."""
        shape = shape_of(self._kind, self._list_key)
        try:
            proof = shape.proof.decode(page)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            facts = self._feed_exact(page)
        else:
            facts = Page(len(proof.records), proof.total, proof.has_more, proof.offset or 0, proof.limit)
            if proof.records:
                self._parts.append(self._bulk(page, shape, proof.records))
        self._watch_total(facts)
        return facts

    def finish(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Return the frame of the kind and of its children (an empty frame where it has none)."""
        rows = self._rows()
        children = self._children(rows)
        return self._frame(rows, self._kind), children

    def _bulk(self, page: bytes, shape: Shape, records: list[Any]) -> _Part:
        frame = pl.read_json(page, schema=shape.schema).select(pl.col(shape.list_key).alias(_RECORDS))
        free = {
            column.name: [
                self._free(str(bytes(getattr(record, column.name)), "utf-8"), record.id, column) for record in records
            ]
            for column in self._kind.of(Wire.FREE)
        }
        return _Part(frame, free)

    def _free(self, raw: str, row_id: str | None, column: Column) -> str | None:
        return None if raw == "null" else free_text(raw, Note(self.notes, self._kind.record, row_id, column.name))

    def _feed_exact(self, page: bytes) -> Page:
        envelope = open_page(page, self._kind.name, self._kind.child_field)
        self._list_key = envelope.list_key
        for name, raw in envelope.unknown.items():
            self.notes.drift("page", name, "new", raw)
        for name, raw in envelope.retyped.items():
            self.notes.drift("page", name, "retyped", raw)
        rows = ExactReader(self.notes).rows(envelope.records, self._kind)
        if rows:
            free = {c.name: [row.pop(c.name) for row in rows] for c in self._kind.of(Wire.FREE)}
            frame = pl.DataFrame(rows, schema=wire_schema(self._kind))
            self._parts.append(_Part(frame.select(pl.struct(pl.all()).implode().alias(_RECORDS)), free))
        return envelope.page

    def _watch_total(self, facts: Page) -> None:
        """Name a page whose total differs from the first one's: the list changed while it was fetched."""
        if self._total is None:
            self._total = facts.total
        elif facts.total not in {None, self._total}:
            self.notes.reject("page", str(facts.offset), "total", f"stays {self._total}", str(facts.total))

    def _rows(self) -> pl.DataFrame:
        if not self._parts:
            free = {column.name: pl.String() for column in self._kind.of(Wire.FREE)}
            return pl.DataFrame(schema={**wire_schema(self._kind), **free})
        rows = pl.concat([part.records for part in self._parts]).explode(_RECORDS).unnest(_RECORDS)
        texts = {
            column.name: [text for part in self._parts for text in part.free[column.name]]
            for column in self._kind.of(Wire.FREE)
        }
        return rows.with_columns(pl.Series(name, values, dtype=pl.String) for name, values in texts.items())

    def _frame(self, rows: pl.DataFrame, kind: Kind) -> pl.DataFrame:
        inner = [pl.col(c.within).struct.field(c.member).alias(c.name) for c in kind.wired if c.within]
        times = self._times(rows, kind)
        ours = [pl.lit(value, dtype=pl.String).alias(name) for name, value in self._ours.items() if name in kind.schema]
        frame = rows.with_columns(*inner, *times, *ours).select(kind.schema.names())
        return enforce(frame, kind, self.notes)

    def _times(self, rows: pl.DataFrame, kind: Kind) -> list[pl.Series]:
        parsed = []
        for column in kind.of(Wire.TIME):
            texts = rows.get_column(column.name)
            times, broken = read_times(texts)
            parsed.append(times)
            if broken:
                odd = rows.filter(texts.is_in(list(broken))).select(kind.key[-1], column.name)
                for row_id, text in odd.iter_rows():
                    self.notes.reject(kind.record, row_id, column.name, broken[text], text)
        return parsed

    def _children(self, rows: pl.DataFrame) -> pl.DataFrame:
        kind = self._kind.child
        if kind is None:
            return pl.DataFrame()
        field = self._kind.child_field
        nested = rows.select(pl.col(self._kind.key[-1]).alias(_PARENT), field).filter(pl.col(field).list.len() > 0)
        children = nested.explode(field).unnest(field)
        return self._frame(self._adopted(children, kind), kind)

    def _adopted(self, children: pl.DataFrame, kind: Kind) -> pl.DataFrame:
        """Return the children under the parent they were sent in; one that names another parent is named."""
        link = kind.key[0]
        strays = children.filter(pl.col(link) != pl.col(_PARENT))
        for row_id, sent in strays.select(kind.key[-1], link).iter_rows():
            self.notes.reject(kind.record, row_id, link, "the company it is nested in", sent)
        return children.with_columns(pl.coalesce(_PARENT, link).alias(link))
