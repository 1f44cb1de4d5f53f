"""Turn pages of JSON into frames with declared schemas; nothing is inferred and nothing is dropped in silence.

A page that conforms to the contract is read in bulk, any other page column by column (`reading`); both give the same
rows, whose times are parsed and rules enforced (`rules`) once at the end.

One thing is not seen: a name that comes twice within one JSON object. Readers differ on which value counts, and the
bulk reader takes the first.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import polars as pl

from openprospect_nb.frames.columns import JsonType, RecordKind
from openprospect_nb.frames.notes import Notes
from openprospect_nb.frames.pages import Page
from openprospect_nb.frames.reading import Part, read_part, rows_of
from openprospect_nb.frames.rules import enforce
from openprospect_nb.frames.schemas import KINDS, RESULTS
from openprospect_nb.frames.values import read_times

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

    def __init__(self, kind: RecordKind, ours: Mapping[str, str | None]) -> None:
        self.notes = Notes(order_id=ours.get("order_id"))
        self._kind = kind
        self._ours = ours
        self._list_key = kind.list_key
        self._parts: list[Part] = []
        self._flat: list[tuple[pl.DataFrame, pl.DataFrame]] = []
        self._total: int | None = None

    def feed(self, page: bytes) -> Page:
        """Read one page and return its counters; the bytes are not kept.

        Raises:
            ContractError: the page is no JSON object with a list of records.
        """
        return self.absorb(self.read(page))

    def feed_all(self, pages: Iterable[bytes], threads: int = THREADS) -> list[Page]:
        """Read pages that are all at hand, by default with two threads, and return their counters in order.

        Raises:
            ContractError: as for `feed`; nothing of the page at fault or of later ones is kept.
        """
        if threads < 2:
            return [self.feed(page) for page in pages]
        with ThreadPoolExecutor(threads, thread_name_prefix="decode") as pool:
            return [self.absorb(part) for part in pool.map(self.read, pages)]

    def frames(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Return the frame of the kind and of its children (an empty frame where it has none); the pages are let go."""
        if self._parts or not self._flat:
            self._flatten()
        flat, self._flat = self._flat, []
        rows = pl.concat([rows for rows, _ in flat])
        children = pl.concat([children for _, children in flat])
        child = self._kind.child
        return self._frame(rows, self._kind), self._frame(children, child) if child else children

    def read(self, page: bytes) -> Part:
        """Return one page, read and not yet among the others; any number of threads may read at a time.

        Raises:
            ContractError: as for `feed`.
        """
        return read_part(page, self._kind, self._list_key)

    def absorb(self, part: Part) -> Page:
        """Put a page that was read after those before it, and return its counters."""
        self._list_key = part.list_key
        self.notes.add(part.notes)
        # Name a page whose total differs from the first one's: the list changed while it was fetched.
        if self._total is None:
            self._total = part.page.total
        elif part.page.total not in {None, self._total}:
            self.notes.reject("page", str(part.page.offset), "total", f"stays {self._total}", str(part.page.total))
        self._parts.append(part)
        if len(self._parts) >= BATCH:
            self._flatten()
        return part.page

    def _flatten(self) -> None:
        """Turn the pages read so far into flat rows, which need less memory than their nested records."""
        parts, self._parts = self._parts, []
        rows = rows_of(parts, self._kind, self.notes)
        self._flat.append((rows, self._children(rows)))

    def _frame(self, rows: pl.DataFrame, kind: RecordKind) -> pl.DataFrame:
        """Return wire rows as the declared frame: times parsed, our own columns filled, rules enforced."""
        columns = {series.name: series for series in rows.get_columns()}
        columns |= {c.name: columns[c.within].struct.field(c.member) for c in kind.wired if c.within}
        columns |= {series.name: series for series in self._times(rows, kind)}
        columns |= {
            name: pl.Series([value], dtype=pl.String).new_from_index(0, rows.height)
            for name, value in self._ours.items()
        }
        return enforce(pl.DataFrame([columns[name].alias(name) for name in kind.schema]), kind, self.notes)

    def _times(self, rows: pl.DataFrame, kind: RecordKind) -> list[pl.Series]:
        times, broken = read_times(rows, [column.name for column in kind.of(JsonType.TIME)])
        for name, rules in broken.items():
            odd = rows.filter(pl.col(name).is_in(list(rules))).select(kind.key[-1], name)
            for row_id, text in odd.iter_rows():
                self.notes.reject(kind.record, row_id, name, rules[text], text)
        return times

    def _children(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Take the children out of *rows* (their column is dropped there) and return them, one row each."""
        kind, name = self._kind.child, self._kind.child_field
        if kind is None:
            return pl.DataFrame()
        parents = rows.get_column(self._kind.key[-1]).alias(_PARENT)
        # A record without children leaves no row; to filter such rows out afterwards copies every text.
        families = pl.DataFrame([parents, rows.drop_in_place(name)])
        nested = families.explode(name, empty_as_null=False, keep_nulls=False)
        parents = nested.drop_in_place(_PARENT)
        return self._adopted(nested.get_column(name).struct.unnest(), parents, kind)

    def _adopted(self, children: pl.DataFrame, parents: pl.Series, kind: RecordKind) -> pl.DataFrame:
        """Return the children under the parent they were sent in; one that names another parent is named."""
        link = kind.key[0]
        if children.get_column(link).equals(parents, null_equal=True):
            return children
        children.insert_column(0, parents)
        for row_id, sent in children.filter(pl.col(link) != pl.col(_PARENT)).select(kind.key[-1], link).iter_rows():
            self.notes.reject(kind.record, row_id, link, "the company it is nested in", sent)
        return children.with_columns(pl.coalesce(_PARENT, link).alias(link)).drop(_PARENT)


@dataclass(frozen=True, slots=True)
class Decoded:
    """The frames of one order or delivery: `schemas.COMPANIES`, `PROSPECTS`, `REJECTS` and `DRIFT`."""

    companies: pl.DataFrame
    prospects: pl.DataFrame
    rejects: pl.DataFrame
    drift: pl.DataFrame


@dataclass(frozen=True, slots=True)
class DecodedList:
    """The frame of one list with its declared schema, and its `schemas.REJECTS` and `DRIFT`."""

    frame: pl.DataFrame
    rejects: pl.DataFrame
    drift: pl.DataFrame


class Decoder(Gather):
    """Decodes the pages of one order's results, or of one delivery, in the order they are fed.

    Args:
        order_id: the order, for the first column; None where it is not known.
        source: ``sandbox`` or ``live``.

    A decoder may be fed from any thread, one page at a time; Polars' part of the work releases the GIL. Who gets pages
    in any order lets several threads `read` them as they come, and one after the other `absorb` them in their order.
    """

    def __init__(self, order_id: str | None, source: str) -> None:
        super().__init__(RESULTS, {"order_id": order_id, "source": source})

    def finish(self) -> Decoded:
        """Return everything fed so far as frames, in page order; a company sent twice is kept once."""
        companies, prospects = self.frames()
        return Decoded(companies, prospects, self.notes.rejects_frame(), self.notes.drift_frame())


def table(pages: Sequence[bytes], kind: str, *, source: str | None = None) -> DecodedList:
    """Return the records of a list endpoint as one frame with its declared schema.

    Args:
        pages: the responses, in order.
        kind: ``orders``, ``searches``, ``blacklists``, ``entries``, ``companies`` (of a prospect search) or
            ``prospects``.
        source: ``sandbox`` or ``live``, for the column of that name.

    Raises:
        ContractError: a page is no JSON object with a list of records.
    """
    gather = Gather(KINDS[kind], {"source": source})
    gather.feed_all(pages, threads=1)
    frame, _ = gather.frames()
    return DecodedList(frame, gather.notes.rejects_frame(), gather.notes.drift_frame())
