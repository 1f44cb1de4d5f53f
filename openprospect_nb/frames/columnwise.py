"""Read the records of a page that the proof refused, column by column, and name each value that is not as declared.

Such a page has mostly good columns: one odd value spoils one of them, a field the vendor adds none. So each column is
decoded whole as its declared type, and value by value only where that fails.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import chain
from typing import Any, Final

import msgspec
import polars as pl

from openprospect_nb.frames.columns import LINK, Column, Kind, Wire
from openprospect_nb.frames.notes import Note, Notes
from openprospect_nb.frames.repair import DEPTH_RULE, has_marks, is_too_deep, readable, restored, unmarked
from openprospect_nb.frames.shapes import EXTRA, PROOFS, wire_schema
from openprospect_nb.frames.values import read_value, split_list, split_object

__all__ = ["read_records"]

_WHOLE: Final = {wire: msgspec.json.Decoder(list[proof]) for wire, proof in PROOFS.items()}  # type: ignore[valid-type]

_PLACE: Final = "\x00place"

Fields = dict[str, str]
"""A record: field → raw JSON text."""


def read_records(records: Sequence[str], kind: Kind, notes: Notes) -> tuple[pl.DataFrame, dict[str, list[str | None]]]:
    """Return the columns of `shapes.wire_schema`, and the texts of each free-form field; one value a record.

    What is no JSON object is left out and named in *notes*, as everything is that is not as declared.
    """
    return _Table(_objects(records, kind, notes), kind, notes).read()


def _objects(records: Sequence[str], kind: Kind, notes: Notes) -> list[Fields]:
    rows = []
    for record in records:
        if record[0] == "{":
            fields = split_object(record)
            rows.append({_plain(name): raw for name, raw in fields.items()} if has_marks(record) else fields)
        else:
            notes.reject(kind.record, None, "", "object", restored(record))
    return rows


class _Table:
    """Records of one kind; reading a column takes its fields out of ``rows``, so that the unknown ones remain."""

    def __init__(self, rows: list[Fields], kind: Kind, notes: Notes) -> None:
        self.rows, self.kind, self.notes = rows, kind, notes
        self.ids = self._read_ids()

    def read(self) -> tuple[pl.DataFrame, dict[str, list[str | None]]]:
        """Return the frame and the free-form texts."""
        kind, schema = self.kind, wire_schema(self.kind)
        read: dict[str, Any] = {c.name: self._column(c) for c in kind.wired if not c.within}
        read |= {name: self._inner(name) for name in dict.fromkeys(c.within for c in kind.wired if c.within)}
        if kind.child:
            read[kind.child_field] = self._children(kind.child)
        read[EXTRA] = [self._extra(row, row_id) for row, row_id in zip(self.rows, self.ids, strict=True)]
        frame = pl.DataFrame({name: read[name] for name in schema}, schema=schema)
        return frame, {column.name: read[column.name] for column in kind.of(Wire.FREE)}

    def _read_ids(self) -> list[str | None]:
        """Return the rows' ids, read without a note: the column's own reading names what is wrong with them."""
        raws = [row.get(self.kind.key[-1], "null") for row in self.rows]
        whole = _whole(raws, Wire.TEXT)
        ids = [read_value(Wire.TEXT, raw, Note(Notes(), "", None, "")) for raw in raws] if whole is None else whole
        return [row_id if isinstance(row_id, str) else None for row_id in ids]

    def _note(self, row_id: str | None, name: str) -> Note:
        return Note(self.notes, self.kind.record, row_id, name)

    def _taken(self, name: str, alias: str = "") -> list[str | None]:
        """Take a field out of every row; under *alias* where only that name is there."""
        return [row.pop(name if name in row or alias not in row else alias, None) for row in self.rows]

    def _missing(self, name: str, raws: list[str | None]) -> None:
        if count := raws.count(None):
            self.notes.drift(self.kind.record, name, "missing", self.ids[raws.index(None)] or "", count)

    def _column(self, column: Column) -> list[Any] | pl.Series:
        raws = self._taken(column.name, column.alias)
        if not column.optional:
            self._missing(column.name, raws)
        sent = ["null" if raw is None else raw for raw in raws]
        values = None if column.wire is Wire.FREE else _whole(sent, column.wire)
        if values is None:
            notes = [self._note(row_id, column.name) for row_id in self.ids]
            values = [read_value(column.wire, raw, note) for raw, note in zip(sent, notes, strict=True)]
        return _links(values) if column.wire is Wire.LINKS else values

    def _inner(self, within: str) -> list[dict[str, Any] | None]:
        """Return the object *within* of each row; its fields are columns of their own in the end."""
        columns = [column for column in self.kind.wired if column.within == within]
        raws = self._taken(within)
        return [self._members(raw or "null", row_id, columns) for raw, row_id in zip(raws, self.ids, strict=True)]

    def _members(self, raw: str, row_id: str | None, columns: list[Column]) -> dict[str, Any] | None:
        note = self._note(row_id, columns[0].within)
        if raw == "null":
            return None
        if raw[0] != "{":
            note.retyped(restored(raw))
            note.reject("object", restored(raw))
            return None
        members = split_object(raw)
        values = {c.member: self._member(members.pop(c.member, None), row_id, c) for c in columns}
        for name, value in members.items():
            note.at(name, "new", restored(value))
            note.reject("known member", f"{msgspec.json.encode(name).decode()}: {restored(value)}")
        return values

    def _member(self, raw: str | None, row_id: str | None, column: Column) -> Any:
        if raw is None:
            self._note(row_id, column.within).at(column.member, "missing", row_id or "")
            return None
        return read_value(column.wire, raw, self._note(row_id, column.name))

    def _children(self, child: Kind) -> pl.Series:
        """Return the child records as a list column; they are read as one table of their own."""
        raws = self._taken(self.kind.child_field)
        self._missing(self.kind.child_field, raws)
        families = [
            [] if raw is None else _objects(self._listed(raw, row_id), child, self.notes)
            for raw, row_id in zip(raws, self.ids, strict=True)
        ]
        flat, _ = _Table(list(chain.from_iterable(families)), child, self.notes).read()
        parents = pl.Series(_PLACE, [place for place, family in enumerate(families) for _ in family], dtype=pl.UInt32)
        nested = pl.DataFrame([flat.to_struct(self.kind.child_field), parents]).group_by(_PLACE).agg(pl.all())
        places = pl.DataFrame({_PLACE: pl.Series(range(len(families)), dtype=pl.UInt32)})
        return places.join(nested, on=_PLACE, how="left", maintain_order="left")[self.kind.child_field]

    def _listed(self, raw: str, row_id: str | None) -> list[str]:
        if raw[0] == "[":
            return split_list(raw)
        note = self._note(row_id, self.kind.child_field)
        if raw != "null":
            note.retyped(restored(raw))
        note.reject("list of records", restored(raw))
        return []

    def _extra(self, row: Fields, row_id: str | None) -> str | None:
        """Return the unknown fields as one JSON object, so that nothing the vendor adds is lost."""
        members = []
        for name, raw in sorted(row.items()):
            text = readable(restored(raw))
            self.notes.drift(self.kind.record, name, "new", text)
            if is_too_deep(text):
                self.notes.reject(self.kind.record, row_id, name, DEPTH_RULE, text)
            else:
                members.append(f"{msgspec.json.encode(name).decode()}:{text}")
        return f"{{{','.join(members)}}}" if members else None


def _whole(raws: list[str], wire: Wire) -> list[Any] | None:
    """Return the values of a column if all are as declared, else None."""
    text = f"[{','.join(raws)}]"
    if has_marks(text):
        return None
    try:
        values: list[Any] = _WHOLE[wire].decode(text)
    except msgspec.DecodeError:
        return None
    return values


def _links(values: list[Any]) -> pl.Series:
    """Return lists of links as a column; Polars is twenty times slower from Python's own objects than from JSON."""
    text = msgspec.json.encode([{"links": links} for links in values])
    return pl.read_json(text, schema={"links": pl.List(LINK)}).get_column("links")


def _plain(name: str) -> str:
    """Return a field's name; one that is no Unicode text was marked, and is shown with U+FFFD."""
    if name[:1] != "\x00":  # where every mark starts
        return name
    rule, sent = unmarked(json.dumps(name))
    return readable(json.loads(sent, strict=False)) if rule else name
