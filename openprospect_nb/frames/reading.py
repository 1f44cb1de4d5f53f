"""Read one page of one record kind: in bulk if a proof accepts it, else column by column.

The proof (msgspec) accepts a page only if each record has exactly the declared fields with exactly the declared JSON
types; it builds no rows. What it accepts, Polars' `read_json` reads without loss, so the pair is both fast and exact.

A page it refuses has mostly good columns: one odd value spoils one of them, a field the vendor adds none. So each
column is decoded whole as its declared type, and value by value only where that fails; each odd value is named.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from operator import attrgetter
from typing import Annotated, Any, Final

import msgspec
import polars as pl

from openprospect_nb.frames.columns import LINK, Column, JsonType, RecordKind
from openprospect_nb.frames.notes import Note, Notes
from openprospect_nb.frames.pages import Envelope, Page, open_page
from openprospect_nb.frames.repair import DEPTH_RULE, MAX_DEPTH, has_marks, is_too_deep, readable, restored, unmarked
from openprospect_nb.frames.values import free_text, read_value, split_list, split_object

EXTRA: Final = "extra"

_Int64 = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]


class _Link(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    platform: str | None
    url: str | None


_PROOFS: Final[dict[JsonType, Any]] = {
    JsonType.TEXT: str | None,
    JsonType.NUMBER: float | None,
    JsonType.INTEGER: _Int64 | None,
    JsonType.TIME: str | None,
    JsonType.TEXTS: list[str] | None,
    JsonType.LINKS: list[_Link] | None,
    JsonType.FREE: msgspec.Raw,
}
_READS: Final[dict[JsonType, pl.DataType]] = {
    JsonType.TEXT: pl.String(),
    JsonType.NUMBER: pl.Float64(),
    JsonType.INTEGER: pl.Int64(),
    JsonType.TIME: pl.String(),  # parsed once at the end, where a bad one can still be named
    JsonType.TEXTS: pl.List(pl.String),
    JsonType.LINKS: pl.List(LINK),
}


@dataclass(frozen=True, slots=True)
class Shape:
    """How a page of one kind is read.

    Attributes:
        kind: the record kind.
        list_key: where the page has its list.
        proof: decodes a conforming page to an object with ``records``, ``total``, ``offset``, ``limit``, ``has_more``.
        schema: what `pl.read_json` is given for the page.
    """

    kind: RecordKind
    list_key: str
    proof: msgspec.json.Decoder[Any]
    schema: pl.Schema


@lru_cache(maxsize=64)
def shape_of(kind: RecordKind, list_key: str) -> Shape:
    """Return the compiled shape of *kind*, made once for each place the list can be."""
    record = _proof_of(kind)
    page = msgspec.defstruct(
        "Page",
        [
            ("records", list[record]),  # type: ignore[valid-type]
            ("total", int | None, None),
            ("limit", int | None, None),
            ("offset", int | None, None),
            ("has_more", bool | None, None),
        ],
        rename={"records": list_key},
        gc=False,
        forbid_unknown_fields=True,
    )
    schema = pl.Schema({list_key: pl.List(pl.Struct(wire_schema(kind)))})
    return Shape(kind, list_key, msgspec.json.Decoder(page), schema)


def wire_schema(kind: RecordKind) -> dict[str, pl.DataType]:
    """Return the columns of a page's records before times are parsed: wire fields, children, and ``extra``."""
    fields: dict[str, pl.DataType] = {}
    for column in kind.wired:
        if column.within:
            fields[column.within] = pl.Struct({c.member: _READS[c.wire] for c in _members(kind, column.within)})
        elif column.wire is not JsonType.FREE:
            fields[column.name] = _READS[column.wire]
    if kind.child:
        fields[kind.child_field] = pl.List(pl.Struct(wire_schema(kind.child)))
    return {**fields, EXTRA: pl.String()}


def _members(kind: RecordKind, within: str) -> list[Column]:
    return [column for column in kind.wired if column.within == within]


def _proof_of(kind: RecordKind) -> type[msgspec.Struct]:
    needed: dict[str, Any] = {}
    optional: dict[str, Any] = {}
    for column in kind.wired:
        place = optional if column.optional else needed
        place[column.within or column.name] = _inner_proof(kind, column) if column.within else _PROOFS[column.wire]
    if kind.child:
        needed[kind.child_field] = list[_proof_of(kind.child)]  # type: ignore[misc]
    fields: list[Any] = [*needed.items(), *((name, proof, None) for name, proof in optional.items())]
    return msgspec.defstruct("Record", fields, gc=False, forbid_unknown_fields=True)


def _inner_proof(kind: RecordKind, column: Column) -> Any:
    members = [(c.member, _PROOFS[c.wire]) for c in _members(kind, column.within)]
    return msgspec.defstruct("Member", members, gc=False, forbid_unknown_fields=True) | None


_WHOLE: Final = {wire: msgspec.json.Decoder(list[proof]) for wire, proof in _PROOFS.items()}  # type: ignore[valid-type]

_PLACE: Final = "\x00place"

Fields = dict[str, str]
"""A record: field → raw JSON text."""


def read_records(
    records: Sequence[str], kind: RecordKind, notes: Notes
) -> tuple[pl.DataFrame, dict[str, list[str | None]]]:
    """Return the columns of `shapes.wire_schema`, and the texts of each free-form field; one value a record.

    What is no JSON object is left out and named in *notes*, as everything is that is not as declared.
    """
    return _Table(_objects(records, kind, notes), kind, notes).read()


def _objects(records: Sequence[str], kind: RecordKind, notes: Notes) -> list[Fields]:
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

    def __init__(self, rows: list[Fields], kind: RecordKind, notes: Notes) -> None:
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
        return frame, {column.name: read[column.name] for column in kind.of(JsonType.FREE)}

    def _read_ids(self) -> list[str | None]:
        """Return the rows' ids, read without a note: the column's own reading names what is wrong with them."""
        raws = [row.get(self.kind.key[-1], "null") for row in self.rows]
        whole = _whole(raws, JsonType.TEXT)
        ids = [read_value(JsonType.TEXT, raw, Note(Notes(), "", None, "")) for raw in raws] if whole is None else whole
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
        values = None if column.wire is JsonType.FREE else _whole(sent, column.wire)
        if values is None:
            notes = [self._note(row_id, column.name) for row_id in self.ids]
            values = [read_value(column.wire, raw, note) for raw, note in zip(sent, notes, strict=True)]
        return _links(values) if column.wire is JsonType.LINKS else values

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

    def _children(self, child: RecordKind) -> pl.Series:
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


def _whole(raws: list[str], wire: JsonType) -> list[Any] | None:
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


def read_part(page: bytes, kind: RecordKind, list_key: str) -> Part:
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


def _is_tidy(records: list[Any], kind: RecordKind) -> bool:
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


def _read_with_care(page: bytes, kind: RecordKind) -> Part:
    envelope = open_page(page, kind.name, kind.child_field)
    try:
        return _part_of(envelope, kind)
    except RecursionError:  # the page could be split, but a value in it only just not
        return _part_of(open_page(page, kind.name, kind.child_field, repair=True), kind)


def _part_of(envelope: Envelope, kind: RecordKind) -> Part:
    notes = Notes()
    for drift, fields in (("new", envelope.unknown), ("retyped", envelope.retyped)):
        for name, raw in fields.items():
            notes.drift("page", name, drift, raw)
    if not envelope.records:
        return Part(envelope.page, envelope.list_key, notes=notes)
    frame, free = read_records(envelope.records, kind, notes)
    records = frame.to_struct().implode() if frame.height else None
    return Part(envelope.page, envelope.list_key, records, free, notes)


def _free(kind: RecordKind) -> tuple[Column, ...]:
    return kind.of(JsonType.FREE)
