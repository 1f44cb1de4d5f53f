"""Gather pages of one record kind, and make the frames of that kind and of its children from them once."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import polars as pl

from openprospect_nb.frames.columns import Kind, Wire
from openprospect_nb.frames.notes import Notes
from openprospect_nb.frames.pages import Page
from openprospect_nb.frames.reading import Part, read_part
from openprospect_nb.frames.rules import enforce
from openprospect_nb.frames.shapes import wire_schema
from openprospect_nb.frames.times import read_times

__all__ = ["THREADS", "Gather"]

THREADS: Final = min(2, os.cpu_count() or 1)
"""Threads that help: the proof holds the interpreter lock for a third of the work, the bulk reader does not."""

BATCH: Final = 32
"""Pages that are kept as nested records before they are made flat rows."""

_PARENT: Final = "\x00parent"


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
        self._parts: list[Part] = []
        self._flat: list[tuple[pl.DataFrame, pl.DataFrame]] = []
        self._total: int | None = None

    def feed(self, page: bytes) -> Page:
        """Read one page and return its counters."""
        return self._absorb(self._read(page))

    def feed_all(self, pages: Iterable[bytes], threads: int) -> list[Page]:
        """Read pages with several threads, absorb them in order, and return their counters."""
        if threads < 2:
            return [self.feed(page) for page in pages]
        with ThreadPoolExecutor(threads, thread_name_prefix="decode") as pool:
            return [self._absorb(part) for part in pool.map(self._read, pages)]

    def finish(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Return the frame of the kind and of its children (an empty frame where it has none); the pages are let go."""
        if self._parts or not self._flat:
            self._flatten()
        flat, self._flat = self._flat, []
        rows = pl.concat([rows for rows, _ in flat])
        children = pl.concat([children for _, children in flat])
        child = self._kind.child
        return self._frame(rows, self._kind), self._frame(children, child) if child else children

    def _read(self, page: bytes) -> Part:
        return read_part(page, self._kind, self._list_key)

    def _absorb(self, part: Part) -> Page:
        self._list_key = part.list_key
        self.notes.add(part.notes)
        self._watch_total(part.page)
        if part.records is not None:
            self._parts.append(part)
        if len(self._parts) >= BATCH:
            self._flatten()
        return part.page

    def _watch_total(self, facts: Page) -> None:
        """Name a page whose total differs from the first one's: the list changed while it was fetched."""
        if self._total is None:
            self._total = facts.total
        elif facts.total not in {None, self._total}:
            self.notes.reject("page", str(facts.offset), "total", f"stays {self._total}", str(facts.total))

    def _flatten(self) -> None:
        """Turn the pages read so far into flat rows, which need less memory than their nested records."""
        parts, self._parts = self._parts, []
        rows = self._rows(parts)
        self._flat.append((rows, self._children(rows, parts)))

    def _rows(self, parts: list[Part]) -> pl.DataFrame:
        free = [column.name for column in self._kind.of(Wire.FREE)]
        if not parts:
            return pl.DataFrame(schema={**wire_schema(self._kind), **dict.fromkeys(free, pl.String())})
        records = pl.concat([part.records.alias("") for part in parts if part.records is not None])
        texts = {name: [text for part in parts for text in part.free[name]] for name in free}
        series = [pl.Series(name, values, dtype=pl.String) for name, values in texts.items()]
        return records.explode().struct.unnest().hstack(series)

    def _frame(self, rows: pl.DataFrame, kind: Kind) -> pl.DataFrame:
        """Return wire rows as the declared frame: times parsed, our own columns filled, rules enforced."""
        found = {series.name: series for series in rows.get_columns()}
        found |= {c.name: found[c.within].struct.field(c.member) for c in kind.wired if c.within}
        found |= {series.name: series for series in self._times(rows, kind)}
        found |= {name: _constant(value, rows.height) for name, value in self._ours.items()}
        return enforce(pl.DataFrame([found[name].alias(name) for name in kind.schema]), kind, self.notes)

    def _times(self, rows: pl.DataFrame, kind: Kind) -> list[pl.Series]:
        times, broken = read_times(rows, [column.name for column in kind.of(Wire.TIME)])
        for name, rules in broken.items():
            odd = rows.filter(pl.col(name).is_in(list(rules))).select(kind.key[-1], name)
            for row_id, text in odd.iter_rows():
                self.notes.reject(kind.record, row_id, name, rules[text], text)
        return times

    def _children(self, rows: pl.DataFrame, parts: list[Part]) -> pl.DataFrame:
        """Take the children out of *rows* (their column is dropped there) and return them, one row each."""
        kind, name = self._kind.child, self._kind.child_field
        if kind is None:
            return pl.DataFrame()
        if all(part.is_tidy for part in parts):
            tidy = rows.drop_in_place(name).explode()
            return (tidy.drop_nulls() if tidy.null_count() else tidy).struct.unnest()
        nested = rows.lazy().select(pl.col(self._kind.key[-1]).alias(_PARENT), name).filter(pl.col(name).list.len() > 0)
        rows.drop_in_place(name)
        children = nested.explode(name).unnest(name).collect()
        return self._adopted(children, kind)

    def _adopted(self, children: pl.DataFrame, kind: Kind) -> pl.DataFrame:
        """Return the children under the parent they were sent in; one that names another parent is named."""
        link = kind.key[0]
        strays = children.filter(pl.col(link) != pl.col(_PARENT))
        for row_id, sent in strays.select(kind.key[-1], link).iter_rows():
            self.notes.reject(kind.record, row_id, link, "the company it is nested in", sent)
        return children.with_columns(pl.coalesce(_PARENT, link).alias(link)).drop(_PARENT)


def _constant(value: str | None, height: int) -> pl.Series:
    return pl.Series([value], dtype=pl.String).new_from_index(0, height)
