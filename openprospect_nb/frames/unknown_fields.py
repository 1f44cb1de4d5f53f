"""Fields nobody declared: kept as JSON in the column ``extra`` of their record, and counted as drift.

A vendor that adds a field adds it to every record. Such a record is as declared but for that, so its unknown fields are
moved into a text under ``extra``, and the rest is read in bulk like any other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from operator import is_
from typing import Final

import msgspec

from openprospect_nb.frames.columns import RecordKind
from openprospect_nb.frames.notes import Notes
from openprospect_nb.frames.repair import DEPTH_RULE, is_too_deep, readable

EXTRA: Final = "extra"

Row = str | bytes | msgspec.Raw
"""One record as JSON: taken apart with care as a text, or raw from a page of the documented envelope."""

_TAME = re.compile(r'"[^"\\]*+"|-?\d{1,15}(\.\d{1,15})?|true|false|null', re.ASCII)
"""A value that every reader takes, so that it may stay where it is and be passed over there."""

_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_LIST = msgspec.json.Decoder(list[msgspec.Raw])


def extra_of(fields: Mapping[str, str], kind: RecordKind, row_id: str | None, notes: Notes) -> str | None:
    """Return unknown *fields* as one JSON object, so that nothing the vendor adds is lost; each is counted."""
    members = []
    for name, raw in sorted(fields.items()):
        text = readable(raw)
        notes.drift(kind.record, name, "new", text)
        if is_too_deep(text):
            notes.reject(kind.record, row_id, name, DEPTH_RULE, text)
        else:
            members.append(f"{msgspec.json.encode(name).decode()}:{text}")
    return f"{{{','.join(members)}}}" if members else None


def set_aside(row: Row, kind: RecordKind, notes: Notes, *, among_children: bool) -> Row:
    """Return a record with its unknown fields moved into a text ``extra``; *among_children*, those of its children too.

    Raises:
        UnicodeDecodeError: an unknown field is no UTF-8.
    """
    fields = _OBJECT.decode(row)
    unknown = {name: str(fields.pop(name), "utf-8") for name in fields.keys() - _names(kind)}
    is_tame = all(map(_TAME.fullmatch, unknown.values())) and EXTRA not in unknown
    if among_children and kind.child:
        children = _LIST.decode(fields[kind.child_field])
        rows = [set_aside(child, kind.child, notes, among_children=False) for child in children]
        is_tame &= all(map(is_, rows, children))
        fields[kind.child_field] = msgspec.Raw(b"[%b]" % b",".join(map(as_bytes, rows)))
    if is_tame and not unknown:
        return row
    if unknown:
        row_id = msgspec.json.decode(fields[kind.key[-1]], type=str | None)
        extra = msgspec.json.encode(extra_of(unknown, kind, row_id, notes))
        if is_tame:
            return b'%b,"extra":%b}' % (bytes(as_bytes(row))[:-1], extra)
        fields[EXTRA] = msgspec.Raw(extra)
    return b"{%b}" % b",".join([b'"%b":%b' % (name.encode(), raw) for name, raw in fields.items()])


def as_bytes(row: Row) -> bytes | msgspec.Raw:
    """Return a record as what bytes can be made of."""
    return row.encode() if isinstance(row, str) else row


@cache
def _names(kind: RecordKind) -> frozenset[str]:
    """Return the names that a record's declared fields have on the wire."""
    return frozenset({column.within or column.name for column in kind.wired} | {kind.child_field} - {""})
