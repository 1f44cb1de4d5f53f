"""Read pages of one record kind: what a proof accepts in bulk, the other records column by column.

The proof (msgspec) accepts a record only if it has exactly the declared fields with exactly the declared JSON types; it
builds no rows. What it accepts, Polars' `read_json` reads without loss, so the pair is both fast and exact. It is tried
on the page, and where that fails on each of its records, so that only odd records pay.

Odd records of several pages are read together. They have mostly good columns: each column is decoded whole as its
declared type, and value by value only where that fails; each odd value is named.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import chain, count, groupby
from operator import attrgetter
from typing import Annotated, Any, Final

import msgspec
import polars as pl

from openprospect_nb.frames.columns import DTYPES, LINK, Column, JsonType, RecordKind
from openprospect_nb.frames.notes import Note, Notes
from openprospect_nb.frames.pages import Envelope, Page, open_page
from openprospect_nb.frames.repair import MAX_DEPTH, has_marks, readable, restored, unmarked
from openprospect_nb.frames.unknown_fields import EXTRA, Row, as_bytes, extra_of, set_aside
from openprospect_nb.frames.values import free_text, read_value, split_list, split_object

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
# Times are parsed once at the end, where a bad one can still be named.
_READS: Final[Mapping[JsonType, pl.DataType]] = {**DTYPES, JsonType.TIME: pl.String()}
_UNPROVEN: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError, pl.exceptions.ComputeError)
_UNNAMEABLE: Final = re.compile(r'[\\"\x00-\x1f]')

RecordProof = tuple[str | None, msgspec.json.Decoder[Any]]
"""Where unknown fields may be ("record", "children", None: nowhere), and what decodes such a record."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How a page of one kind is read.

    Attributes:
        kind: the record kind.
        list_key: where the page has its list.
        proof: decodes a conforming page to an object with ``records``, ``total``, ``offset``, ``limit``, ``has_more``.
        record_proofs: decode one conforming record; one that has other fields as well; one whose children have, too.
        split: decodes a page of the same envelope whose records may be anything, and leaves them raw.
        schema: what `pl.read_json` is given for the page.
    """

    kind: RecordKind
    list_key: str
    proof: msgspec.json.Decoder[Any]
    record_proofs: tuple[RecordProof, ...]
    split: msgspec.json.Decoder[Any]
    schema: pl.Schema


@lru_cache(maxsize=64)
def shape_of(kind: RecordKind, list_key: str) -> Shape:
    """Return the compiled shape of *kind*, made once for each place the list can be."""
    record = _proof_of(kind)
    wide, widest = _proof_of(kind, wide=True), _proof_of(kind, wide=True, wide_children=True)
    places = ((None, record), ("record", wide), ("children", widest))
    proofs = tuple((place, msgspec.json.Decoder(of)) for place, of in places)
    page, split = (msgspec.json.Decoder(_page_of(of, list_key)) for of in (record, msgspec.Raw))
    return Shape(kind, list_key, page, proofs, split, _records_schema(kind, list_key))


def _page_of(record: Any, list_key: str) -> type[msgspec.Struct]:
    """Return the documented envelope around a list of *record*."""
    return msgspec.defstruct(
        "Page",
        [
            ("records", list[record]),
            ("total", int | None, None),
            ("limit", int | None, None),
            ("offset", int | None, None),
            ("has_more", bool | None, None),
        ],
        # A key that no field can have proves nothing: such a page lacks "records", and is read with care.
        rename={"records": "records" if _UNNAMEABLE.search(list_key) else list_key},
        gc=False,
        forbid_unknown_fields=True,
    )


@cache
def wire_schema(kind: RecordKind) -> Mapping[str, pl.DataType]:
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


def _proof_of(kind: RecordKind, *, wide: bool = False, wide_children: bool = False) -> type[msgspec.Struct]:
    needed: dict[str, Any] = {}
    optional: dict[str, Any] = {}
    for column in kind.wired:
        proof = _PROOFS[column.wire]
        if column.within:
            members = [(c.member, _PROOFS[c.wire]) for c in _members(kind, column.within)]
            proof = msgspec.defstruct("Member", members, gc=False, forbid_unknown_fields=True) | None
        (optional if column.optional else needed)[column.within or column.name] = proof
    if kind.child:
        needed[kind.child_field] = list[_proof_of(kind.child, wide=wide_children)]  # type: ignore[misc]
    fields: list[Any] = [*needed.items(), *((name, proof, None) for name, proof in optional.items())]
    return msgspec.defstruct("Record", fields, gc=False, forbid_unknown_fields=not wide)


_WHOLE: Final = {wire: msgspec.json.Decoder(list[proof]) for wire, proof in _PROOFS.items()}  # type: ignore[valid-type]

_PLACE: Final = "\x00place"

Fields = dict[str, str]
"""A record: field → raw JSON text."""


def read_records(
    records: Sequence[str], kind: RecordKind, notes: Notes
) -> tuple[pl.DataFrame, dict[str, list[str | None]]]:
    """Return the columns of `wire_schema`, and the texts of each free-form field; one value a record.

    What is no JSON object is left out and named in *notes*, as everything is that is not as declared.
    """
    return _Records(_objects(records, kind, notes), kind, notes).read()


def _objects(records: Sequence[str], kind: RecordKind, notes: Notes) -> list[Fields]:
    """Return the records that are JSON objects, taken apart; any other is named in *notes*."""
    rows = []
    for record in records:
        if record[0] == "{":
            fields = split_object(record)
            rows.append({_plain(name): raw for name, raw in fields.items()} if has_marks(record) else fields)
        else:
            notes.reject(kind.record, None, "", "object", restored(record))
    return rows


class _Records:
    """Records of one kind; reading a column takes its fields out of ``rows``, so that the unknown ones remain."""

    def __init__(self, rows: list[Fields], kind: RecordKind, notes: Notes) -> None:
        self.rows, self.kind, self.notes = rows, kind, notes
        # The rows' ids, read without a note: the column's own reading names what is wrong with them.
        raws = [row.get(self.kind.key[-1], "null") for row in self.rows]
        whole = _whole(raws, JsonType.TEXT)
        ids = [read_value(JsonType.TEXT, raw, Note(Notes(), "", None, "")) for raw in raws] if whole is None else whole
        self.ids = [row_id if isinstance(row_id, str) else None for row_id in ids]

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
        columns = _members(self.kind, within)
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
        flat, _ = _Records(list(chain.from_iterable(families)), child, self.notes).read()
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
        return extra_of({name: restored(raw) for name, raw in row.items()}, self.kind, row_id, self.notes)


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


_MANY_RUNS: Final = 400
"""Odd records among good ones are put back as slices, which copies each row once; so many that slices cost more are
gathered one by one."""

FreeTexts = dict[str, list[str | None]]
"""Free-form texts by field, one for each record."""


@dataclass(frozen=True, slots=True)
class Part:
    """One page, read.

    Attributes:
        page: its counters.
        list_key: where its list was.
        good: how many of its records are good.
        records: a series of one row, the list of the good records as structs of `wire_schema`; None if none is good.
        free: the free-form texts of the good records.
        odd: the other records as JSON texts, by their place on the page.
        notes: what was wrong with it, but for what is wrong within odd records.
    """

    page: Page
    list_key: str
    good: int = 0
    records: pl.Series | None = None
    free: Mapping[str, list[str | None]] = field(default_factory=dict)
    odd: Mapping[int, str] = field(default_factory=dict)
    notes: Notes = field(default_factory=Notes)

    def places(self) -> Iterator[bool]:
        """Say of each record, in the page's order, whether it is odd."""
        return (place in self.odd for place in range(self.good + len(self.odd)))


def read_part(page: bytes, kind: RecordKind, list_key: str) -> Part:
    """Return one page, read; *list_key* is where its list is expected.

    Raises:
        ContractError: the page is no JSON object with a list of records.
    """
    shape = shape_of(kind, list_key)
    with suppress(*_UNPROVEN):
        return _read_in_bulk(page, shape)
    with suppress(*_UNPROVEN):
        return _read_split(page, shape)
    return _read_apart(open_page(page, kind.name, kind.child_field), kind)


def rows_of(parts: Sequence[Part], kind: RecordKind, notes: Notes) -> pl.DataFrame:
    """Return the records of *parts* in order, with the columns of `wire_schema` and the free-form texts.

    What is wrong within their odd records is added to *notes*.
    """
    names = [column.name for column in kind.of(JsonType.FREE)]
    if read := [part.records[0].rename("") for part in parts if part.records is not None]:
        texts = {name: [text for part in parts for text in part.free.get(name, ())] for name in names}
        good = _with_texts(pl.concat(read, rechunk=True).struct.unnest(), texts)
    else:
        good = pl.DataFrame(schema={**wire_schema(kind), **dict.fromkeys(names, pl.String())})
    odd = [raw for part in parts for raw in part.odd.values()]
    if not odd:
        return good
    return _merged(good, _with_texts(*_read_odd(odd, kind, notes)), [odd for part in parts for odd in part.places()])


def _merged(good: pl.DataFrame, odd: pl.DataFrame, are_odd: Sequence[bool]) -> pl.DataFrame:
    """Return the rows of both, each in its place."""
    runs = [(is_odd, len(list(run))) for is_odd, run in groupby(are_odd)]
    if len(runs) > _MANY_RUNS:
        next_good, next_odd = count(), count(good.height)
        return pl.concat([good, odd])[[next(next_odd if is_odd else next_good) for is_odd in are_odd]]
    pieces, starts = [], {False: 0, True: 0}
    for is_odd, length in runs:
        pieces.append((odd if is_odd else good).slice(starts[is_odd], length))
        starts[is_odd] += length
    return pl.concat(pieces, rechunk=True)


def _with_texts(frame: pl.DataFrame, texts: FreeTexts) -> pl.DataFrame:
    return frame.hstack([pl.Series(name, values, dtype=pl.String) for name, values in texts.items()])


def _read_odd(records: list[str], kind: RecordKind, notes: Notes) -> tuple[pl.DataFrame, FreeTexts]:
    attempt = Notes()
    try:
        frame, free = read_records(records, kind, attempt)
    except RecursionError:  # the page could be split, but a value in it only just not
        page = f'{{"items":[{",".join(records)}]}}'.encode()
        return read_records(open_page(page, kind.name, kind.child_field, repair=True).records, kind, notes)
    notes.add(attempt)
    return frame, free


def _read_in_bulk(page: bytes, shape: Shape) -> Part:
    proof = shape.proof.decode(page)
    facts, notes = _counters(proof), Notes()
    if not proof.records:
        return Part(facts, shape.list_key)
    free = _free_columns(proof.records, shape.kind, notes)
    del proof  # half a million objects that nobody reads any more: the reader below wants their room in the cache
    records = pl.read_json(page, schema=shape.schema).get_column(shape.list_key)
    return Part(facts, shape.list_key, facts.count, records, free, notes=notes)


def _read_split(page: bytes, shape: Shape) -> Part:
    """Read a page of the documented envelope with odd records in it."""
    envelope = shape.split.decode(page)
    if has_marks(page):
        raise msgspec.DecodeError
    return _read_sorted(envelope.records, _counters(envelope), shape, Notes())


def _read_apart(envelope: Envelope, kind: RecordKind) -> Part:
    notes = Notes()
    for drift, fields in (("new", envelope.unknown), ("retyped", envelope.retyped)):
        for name, raw in fields.items():
            notes.drift("page", name, drift, raw)
    return _read_sorted(envelope.records, envelope.page, shape_of(kind, envelope.list_key), notes)


def _read_sorted(rows: Sequence[Row], page: Page, shape: Shape, notes: Notes) -> Part:
    """Read the records that have a proof in bulk, and leave the odd ones for later."""
    within = Notes()
    good, odd = _sorted_out(rows, shape, notes, within)
    free = _free_columns([proof for _, proof in good], shape.kind, within)
    proven = [row for row, _ in good]
    del good  # the proofs: see `_read_in_bulk`
    text = b'{"records":[%b]}' % b",".join(map(as_bytes, proven))
    schema = _records_schema(shape.kind, "records")
    try:
        records = pl.read_json(text, schema=schema).get_column("records") if proven else None
    except pl.exceptions.ComputeError:  # a number in a free-form object that the bulk reader cannot hold
        texts = (text for text in map(_text, rows) if text[0] == "{")
        return Part(page, shape.list_key, odd=dict(enumerate(texts)), notes=notes)
    notes.add(within)
    return Part(page, shape.list_key, len(proven), records, free, odd, notes)


def _counters(envelope: Any) -> Page:
    return Page(len(envelope.records), envelope.total, envelope.has_more, envelope.offset or 0, envelope.limit)


def _sorted_out(
    rows: Iterable[Row], shape: Shape, notes: Notes, within: Notes
) -> tuple[list[tuple[Row, Any]], dict[int, str]]:
    """Return the records that have a proof, with it, and the texts of the others by place.

    What is no object is named in *notes*, unknown fields of the proven records in *within*.
    """
    good: list[tuple[Row, Any]] = []
    odd: dict[int, str] = {}
    likely = 0
    for row in rows:
        proven = None if isinstance(row, str) and has_marks(row) else _proven(row, shape, likely, within)
        if proven is not None:
            good.append(proven[:2])
            likely = proven[2]  # the next one is probably of the same kind
        elif (text := _text(row))[0] == "{":
            odd[len(good) + len(odd)] = text
        else:
            notes.reject(shape.kind.record, None, "", "object", restored(text))
    return good, odd


def _proven(row: Row, shape: Shape, likely: int, notes: Notes) -> tuple[Row, Any, int] | None:
    """Return a record, its unknown fields set aside, its proof, and the number of the proof; None for no proof."""
    for place in sorted(range(len(shape.record_proofs)), key=likely.__ne__):
        aside, decoder = shape.record_proofs[place]
        with suppress(*_UNPROVEN):
            proof = decoder.decode(row)
            good = row if aside is None else set_aside(row, shape.kind, notes, among_children=aside == "children")
            return good, proof, 0 if good is row else place
    return None


def _text(row: Row) -> str:
    return row if isinstance(row, str) else str(row, "utf-8")


@cache
def _records_schema(kind: RecordKind, list_key: str) -> pl.Schema:
    return pl.Schema({list_key: pl.List(pl.Struct(wire_schema(kind)))})


def _free_columns(proofs: list[Any], kind: RecordKind, notes: Notes) -> FreeTexts:
    """Return the free-form texts of conforming records; only one that may break a rule is looked at closely."""
    free: FreeTexts = {}
    for name in (column.name for column in kind.of(JsonType.FREE)):
        texts = free[name] = [str(raw, "utf-8") for raw in map(attrgetter(name), proofs)]
        for place, text in enumerate(texts):
            if text == "null":
                texts[place] = None
            elif text and (text[0] != "{" or len(text) > 2 * MAX_DEPTH):
                texts[place] = free_text(text, Note(notes, kind.record, proofs[place].id, name))
    return free
