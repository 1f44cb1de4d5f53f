"""Read a page that the proof refused: field by field, each deviation named. Slow and obviously right."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from openprospect_nb.frames.columns import Column, Kind, Wire
from openprospect_nb.frames.notes import Note, Notes
from openprospect_nb.frames.repair import DEPTH_RULE, is_too_deep, readable, restored, unmarked
from openprospect_nb.frames.shapes import EXTRA
from openprospect_nb.frames.values import read_value, split_list, split_object

__all__ = ["ExactReader"]


@dataclass(frozen=True, slots=True)
class ExactReader:
    """Turns raw records of one kind into rows, and says in ``notes`` what was wrong with them."""

    notes: Notes
    unknown: dict[str, list[str]] = field(default_factory=dict)
    """Names of the unknown fields met so far, by record."""

    def rows(self, records: Iterable[str], kind: Kind) -> list[dict[str, Any]]:
        """Return one row a record, with the columns of `shapes.wire_schema` and the free-form fields."""
        found = (self._row(record, kind) for record in records)
        return [row for row in found if row is not None]

    def _row(self, record: str, kind: Kind) -> dict[str, Any] | None:
        if record[0] != "{":
            self.notes.reject(kind.record, None, "", "object", restored(record))
            return None
        fields = {_plain(name): raw for name, raw in split_object(record).items()}
        row_id = self._row_id(fields, kind)
        row: dict[str, Any] = {}
        for column in kind.wired:
            if column.within:
                row.setdefault(column.within, self._object(fields, kind, row_id, column.within))
            else:
                row[column.name] = self._value(fields, kind, row_id, column)
        if kind.child:
            row[kind.child_field] = self._children(fields, kind, row_id)
        row[EXTRA] = self._extra(fields, kind, row_id)
        return row

    def _row_id(self, fields: dict[str, str], kind: Kind) -> str | None:
        """Return the row's id, read without a note: the column's own reading names what is wrong with it."""
        row_id = read_value(Wire.TEXT, fields.get(kind.key[-1], "null"), Note(Notes(), "", None, ""))
        return row_id if isinstance(row_id, str) else None

    def _value(self, fields: dict[str, str], kind: Kind, row_id: str | None, column: Column) -> Any:
        name = column.name if column.name in fields or column.alias not in fields else column.alias
        raw = fields.pop(name, None)
        if raw is None:
            if not column.optional:
                self.notes.drift(kind.record, name, "missing", row_id or "")
            return None
        return read_value(column.wire, raw, Note(self.notes, kind.record, row_id, column.name))

    def _object(self, fields: dict[str, str], kind: Kind, row_id: str | None, within: str) -> dict[str, Any] | None:
        raw = fields.pop(within, "null")
        note = Note(self.notes, kind.record, row_id, within)
        if raw == "null":
            return None
        if raw[0] != "{":
            note.retyped(restored(raw))
            note.reject("object", restored(raw))
            return None
        members = split_object(raw)
        columns = [column for column in kind.wired if column.within == within]
        values = {c.member: self._member(members, kind, row_id, c) for c in columns}
        for name, value in members.items():
            note.at(name, "new", restored(value))
            note.reject("known member", f"{msgspec.json.encode(name).decode()}: {restored(value)}")
        return values

    def _member(self, members: dict[str, str], kind: Kind, row_id: str | None, column: Column) -> Any:
        raw = members.pop(column.member, None)
        if raw is None:
            Note(self.notes, kind.record, row_id, column.within).at(column.member, "missing", row_id or "")
            return None
        return read_value(column.wire, raw, Note(self.notes, kind.record, row_id, column.name))

    def _children(self, fields: dict[str, str], kind: Kind, row_id: str | None) -> list[dict[str, Any]]:
        raw = fields.pop(kind.child_field, None)
        note = Note(self.notes, kind.record, row_id, kind.child_field)
        if raw is None:
            self.notes.drift(kind.record, kind.child_field, "missing", row_id or "")
            return []
        if raw[0] == "[" and kind.child:
            return self.rows(split_list(raw), kind.child)
        if raw != "null":
            note.retyped(restored(raw))
        note.reject("list of records", restored(raw))
        return []

    def _extra(self, fields: dict[str, str], kind: Kind, row_id: str | None) -> str | None:
        """Return the unknown fields as one JSON object, so that nothing the vendor adds is lost."""
        members = []
        for name, raw in sorted(fields.items()):
            self.unknown.setdefault(kind.record, []).append(name)
            text = readable(restored(raw))
            self.notes.drift(kind.record, name, "new", text)
            if is_too_deep(text):
                self.notes.reject(kind.record, row_id, name, DEPTH_RULE, text)
                continue
            members.append(f"{msgspec.json.encode(name).decode()}:{text}")
        return f"{{{','.join(members)}}}" if members else None


def _plain(name: str) -> str:
    """Return a field's name; one that is no Unicode text was marked, and is shown with U+FFFD."""
    rule, sent = unmarked(json.dumps(name))
    return readable(json.loads(sent, strict=False)) if rule else name
