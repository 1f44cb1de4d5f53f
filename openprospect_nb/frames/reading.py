"""Read one page of one record kind: in bulk if it conforms to the contract, else column by column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

import msgspec
import polars as pl

from openprospect_nb.frames.columns import Column, Kind, Wire
from openprospect_nb.frames.columnwise import read_records
from openprospect_nb.frames.notes import Note, Notes
from openprospect_nb.frames.pages import Envelope, Page, open_page
from openprospect_nb.frames.repair import MAX_DEPTH
from openprospect_nb.frames.shapes import Shape, shape_of
from openprospect_nb.frames.values import free_text

__all__ = ["Part", "read_part"]


@dataclass(frozen=True, slots=True)
class Part:
    """One page, read.

    Attributes:
        page: its counters.
        list_key: where its list was.
        records: a series of one row, the list of the records as structs of `shapes.wire_schema`; None if it has none.
        free: the free-form texts by field, one for each record.
        notes: what was wrong with it.
        is_tidy: whether each child is known to name its record as its parent.
    """

    page: Page
    list_key: str
    records: pl.Series | None = None
    free: Mapping[str, list[str | None]] = field(default_factory=dict)
    notes: Notes = field(default_factory=Notes)
    is_tidy: bool = False


def read_part(page: bytes, kind: Kind, list_key: str) -> Part:
    """Return one page, read; *list_key* is where its list is expected.

    Raises:
        ContractError: the page is no JSON object with a list of records.
    """
    shape = shape_of(kind, list_key)
    try:
        return _read_in_bulk(page, shape, shape.proof.decode(page))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, pl.exceptions.ComputeError):
        return _read_with_care(page, kind)


def _read_in_bulk(page: bytes, shape: Shape, proof: Any) -> Part:
    facts = Page(len(proof.records), proof.total, proof.has_more, proof.offset or 0, proof.limit)
    if not proof.records:
        return Part(facts, shape.list_key)
    notes = Notes()
    records = pl.read_json(page, schema=shape.schema).get_column(shape.list_key)
    free = {
        c.name: _free_texts(c, proof.records, Note(notes, shape.kind.record, None, c.name)) for c in _free(shape.kind)
    }
    return Part(facts, shape.list_key, records, free, notes=notes, is_tidy=_is_tidy(proof.records, shape.kind))


def _is_tidy(records: list[Any], kind: Kind) -> bool:
    """Whether each child names the record it is nested in as its parent."""
    if kind.child is None:
        return False
    children, link, key = attrgetter(kind.child_field), attrgetter(kind.child.key[0]), attrgetter(kind.key[-1])
    families = zip(map(key, records), map(children, records), strict=True)
    return all(link(child) == parent for parent, family in families for child in family)


def _free_texts(column: Column, records: list[Any], note: Note) -> list[str | None]:
    """Return the free-form texts of a conforming page; only one that may break a rule is looked at closely."""
    texts: list[str | None] = [str(raw, "utf-8") for raw in map(attrgetter(column.name), records)]
    for place, text in enumerate(texts):
        if text == "null":
            texts[place] = None
        elif text and (text[0] != "{" or len(text) > 2 * MAX_DEPTH):
            texts[place] = free_text(text, Note(note.notes, note.record, records[place].id, note.name))
    return texts


def _read_with_care(page: bytes, kind: Kind) -> Part:
    envelope = open_page(page, kind.name, kind.child_field)
    try:
        return _part_of(envelope, kind)
    except RecursionError:  # the page could be split, but a value in it only just not
        return _part_of(open_page(page, kind.name, kind.child_field, repair=True), kind)


def _part_of(envelope: Envelope, kind: Kind) -> Part:
    notes = Notes()
    for drift, fields in (("new", envelope.unknown), ("retyped", envelope.retyped)):
        for name, raw in fields.items():
            notes.drift("page", name, drift, raw)
    if not envelope.records:
        return Part(envelope.page, envelope.list_key, notes=notes)
    frame, free = read_records(envelope.records, kind, notes)
    records = frame.to_struct().implode() if frame.height else None
    return Part(envelope.page, envelope.list_key, records, free, notes)


def _free(kind: Kind) -> tuple[Column, ...]:
    return kind.of(Wire.FREE)
