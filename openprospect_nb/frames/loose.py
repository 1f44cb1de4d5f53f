"""Read the records of a page that is not as declared: in bulk all that only lack or add fields, the rest exactly.

A vendor that adds a field changes every record; one odd value changes one. Either way almost all records can still be
read in bulk: a loose proof accepts absent fields, and unknown ones once their names were met on the same page.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from operator import attrgetter
from typing import Any, Final

import msgspec
import polars as pl
from msgspec import UNSET

from openprospect_nb.frames.columns import Column, Kind, Wire
from openprospect_nb.frames.exact import ExactReader
from openprospect_nb.frames.notes import Note, Notes
from openprospect_nb.frames.repair import MAX_DEPTH, has_marks, is_too_deep
from openprospect_nb.frames.shapes import EXTRA, LooseShape, loose_shape_of, wire_schema
from openprospect_nb.frames.values import free_text

__all__ = ["Loose", "read_loosely"]

_LEARNABLE: Final = re.compile(r"[\w .:/$@-]{1,80}")
_LEARN_AT_MOST: Final = 20

Texts = list[str | None]


@dataclass(frozen=True, slots=True)
class Loose:
    """The records of one page.

    Attributes:
        frame: their columns of `shapes.wire_schema`.
        free: their free-form texts by field.
        child_extra: one text or None for each of their children, in order; None if the frame holds all of them.
    """

    frame: pl.DataFrame
    free: Mapping[str, Texts]
    child_extra: Texts | None


@dataclass(frozen=True, slots=True)
class _Told:
    """Records told apart: those the loose proof accepted, and rows of the others; both by their place on the page."""

    proved: dict[int, Any] = field(default_factory=dict)
    rows: dict[int, dict[str, Any]] = field(default_factory=dict)

    def in_order(self, of_proved: Iterable[Any], of_rows: Iterable[Any]) -> list[Any]:
        """Return one value a record, in the order of the page."""
        values = dict(zip(self.proved, of_proved, strict=True)) | dict(zip(self.rows, of_rows, strict=True))
        return [values[place] for place in sorted(values)]


def read_loosely(records: Sequence[str], kind: Kind, notes: Notes) -> Loose:
    """Return the records of one page, each read in bulk if it can be, and name in *notes* what is odd."""
    exact = ExactReader(notes)
    told = _tell_apart(records, kind, exact)
    frame = _frame(records, told, kind, exact)
    proved, rows = list(told.proved.values()), list(told.rows.values())
    _count_missing(proved, kind, notes)
    free = {
        column.name: told.in_order(_free_texts(column, proved, kind, notes), (row.pop(column.name) for row in rows))
        for column in kind.of(Wire.FREE)
    }
    of_proved = _extras(proved, _learned(kind, exact), kind, notes)
    extra = told.in_order(of_proved, (row[EXTRA] for row in rows))
    return Loose(frame.with_columns(pl.Series(EXTRA, extra, pl.String)), free, _child_extra(told, kind, exact, notes))


def _tell_apart(records: Sequence[str], kind: Kind, exact: ExactReader) -> _Told:
    told, shape = _Told(), _shape(kind, exact)
    for place, raw in enumerate(records):
        record = None if has_marks(raw) else _proved(raw, shape, kind)
        if record is not None:
            told.proved[place] = record
            continue
        for row in exact.rows([raw], kind):
            told.rows[place] = row
        shape = _shape(kind, exact)
    return told


def _shape(kind: Kind, exact: ExactReader) -> LooseShape:
    return loose_shape_of(kind, _learned(kind, exact), _learned(kind.child, exact) if kind.child else ())


def _learned(kind: Kind, exact: ExactReader) -> tuple[str, ...]:
    """Return the unknown fields met so far that a proof can be taught, in the order they were met."""
    taught = {column.name for column in kind.wired} | {column.alias for column in kind.wired}
    met = (name for name in dict.fromkeys(exact.unknown.get(kind.record, [])) if name not in taught)
    return tuple(name for name in met if _LEARNABLE.fullmatch(name))[:_LEARN_AT_MOST]


def _proved(raw: str, shape: LooseShape, kind: Kind) -> Any:
    """Return the record if the loose proof accepts it and its unknown fields are not nested too deep, else None."""
    try:
        record = shape.proof.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    mine, of_children = shape.unknown
    values = [getattr(record, attribute) for attribute in mine]
    if of_children:
        values += [getattr(child, attribute) for child in _children_of(record, kind) for attribute in of_children]
    texts = (str(value, "utf-8") for value in values if value is not UNSET and len(value) > MAX_DEPTH)
    return None if any(is_too_deep(text) for text in texts) else record


def _children_of(record: Any, kind: Kind) -> list[Any]:
    children = getattr(record, kind.child_field) if kind.child else UNSET
    return [] if children is UNSET else list(children)


def _count_missing(records: Sequence[Any], kind: Kind, notes: Notes) -> None:
    names = [column.name for column in kind.wired if not (column.optional or column.within)]
    for name in [*names, *([kind.child_field] if kind.child else [])]:
        values = list(map(attrgetter(name), records))
        if count := values.count(UNSET):
            example = getattr(records[values.index(UNSET)], kind.key[-1])
            notes.drift(kind.record, name, "missing", example if isinstance(example, str) else "", count)
    if kind.child:
        _count_missing([child for record in records for child in _children_of(record, kind)], kind.child, notes)


def _free_texts(column: Column, records: Sequence[Any], kind: Kind, notes: Notes) -> Texts:
    texts: Texts = []
    for record in records:
        raw, row_id = getattr(record, column.name), getattr(record, kind.key[-1])
        note = Note(notes, kind.record, row_id if isinstance(row_id, str) else None, column.name)
        texts.append(None if raw is UNSET else free_text(str(raw, "utf-8"), note))
    return texts


def _extras(records: Sequence[Any], names: Sequence[str], kind: Kind, notes: Notes) -> Texts:
    """Return the unknown fields of each record as one JSON object, and count them as new."""
    extras: list[list[str]] = [[] for _ in records]
    for name, attribute in sorted((name, f"unknown_{n}") for n, name in enumerate(names)):
        label = msgspec.json.encode(name).decode()
        values = [getattr(record, attribute, UNSET) for record in records]
        found = [(place, str(raw, "utf-8")) for place, raw in enumerate(values) if raw is not UNSET]
        for place, text in found:
            extras[place].append(f"{label}:{text}")
        if found:
            notes.drift(kind.record, name, "new", found[0][1], len(found))
    return [f"{{{','.join(members)}}}" if members else None for members in extras]


def _frame(records: Sequence[str], told: _Told, kind: Kind, exact: ExactReader) -> pl.DataFrame:
    """Return all records in order: the proved ones in bulk, unless the bulk reader refuses one of them."""
    schema = pl.Schema(wire_schema(kind))
    bulk = schema.to_frame()
    try:
        if told.proved:
            text = ",".join(records[place] for place in told.proved)
            bulk = pl.read_json(f"[{text}]".encode(), schema=schema)
    except pl.exceptions.ComputeError:  # a number in a free-form object that it cannot hold, such as 1e400
        for place in told.proved:
            told.rows.update((place, row) for row in exact.rows([records[place]], kind))
        told.proved.clear()
    rows = [{name: row[name] for name in schema} for row in told.rows.values()]
    both = pl.concat([bulk, pl.DataFrame(rows, schema=schema)])
    return both[told.in_order(range(bulk.height), range(bulk.height, both.height))]


def _child_extra(told: _Told, kind: Kind, exact: ExactReader, notes: Notes) -> Texts | None:
    names = _learned(kind.child, exact) if kind.child else ()
    if not kind.child or not names:
        return None
    families = [_children_of(record, kind) for record in told.proved.values()]
    extras = iter(_extras(list(chain.from_iterable(families)), names, kind.child, notes))
    of_proved = [[next(extras) for _ in family] for family in families]
    of_rows = [[None] * len(row[kind.child_field]) for row in told.rows.values()]
    return list(chain.from_iterable(told.in_order(of_proved, of_rows)))
