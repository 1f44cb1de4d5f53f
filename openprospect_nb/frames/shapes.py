"""Compile a record kind into the two machines of the fast path: a strict proof and a bulk reader's schema.

The proof (msgspec) accepts a page only if each record has exactly the declared fields with exactly the declared JSON
types; it builds no rows. What it accepts, Polars' `read_json` reads without loss, so the pair is both fast and exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Final

import msgspec
import polars as pl

from openprospect_nb.frames.columns import LINK, Column, Kind, Wire

__all__ = ["EXTRA", "LooseShape", "Shape", "loose_shape_of", "shape_of", "wire_schema"]

EXTRA: Final = "extra"

_Int64 = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]


class _Link(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    platform: str | None
    url: str | None


_PROOFS: Final[dict[Wire, Any]] = {
    Wire.TEXT: str | None,
    Wire.NUMBER: float | None,
    Wire.INTEGER: _Int64 | None,
    Wire.TIME: str | None,
    Wire.TEXTS: list[str] | None,
    Wire.LINKS: list[_Link] | None,
    Wire.FREE: msgspec.Raw,
}
_READS: Final[dict[Wire, pl.DataType]] = {
    Wire.TEXT: pl.String(),
    Wire.NUMBER: pl.Float64(),
    Wire.INTEGER: pl.Int64(),
    Wire.TIME: pl.String(),  # parsed once at the end, where a bad one can still be named
    Wire.TEXTS: pl.List(pl.String),
    Wire.LINKS: pl.List(LINK),
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

    kind: Kind
    list_key: str
    proof: msgspec.json.Decoder[Any]
    schema: pl.Schema


@lru_cache(maxsize=64)
def shape_of(kind: Kind, list_key: str) -> Shape:
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


@dataclass(frozen=True, slots=True)
class LooseShape:
    """A proof of single records that also accepts absent fields and some named unknown ones.

    Attributes:
        proof: decodes a record; an absent field is `msgspec.UNSET`, the known unknown ones are raw JSON.
        unknown: attribute → field name of the unknown fields of a record, and of a child record.
    """

    proof: msgspec.json.Decoder[Any]
    unknown: tuple[dict[str, str], dict[str, str]]


@lru_cache(maxsize=256)
def loose_shape_of(kind: Kind, unknown: tuple[str, ...], child_unknown: tuple[str, ...]) -> LooseShape:
    """Return the loose shape of *kind* that knows these unknown fields of a record and of a child record."""
    named = tuple({f"unknown_{n}": name for n, name in enumerate(names)} for names in (unknown, child_unknown))
    child = _loose_proof_of(kind.child, named[1], None) if kind.child else None
    return LooseShape(msgspec.json.Decoder(_loose_proof_of(kind, named[0], child)), (named[0], named[1]))


def _loose_proof_of(kind: Kind, unknown: dict[str, str], child: type[msgspec.Struct] | None) -> type[msgspec.Struct]:
    proofs = {c.within or c.name: _inner_proof(kind, c) if c.within else _PROOFS[c.wire] for c in kind.wired}
    if child:
        proofs[kind.child_field] = list[child]  # type: ignore[valid-type]
    proofs |= dict.fromkeys(unknown, msgspec.Raw)
    fields: list[Any] = [(name, proof | msgspec.UnsetType, msgspec.UNSET) for name, proof in proofs.items()]
    return msgspec.defstruct("LooseRecord", fields, rename=unknown, gc=False, forbid_unknown_fields=True)


def wire_schema(kind: Kind) -> dict[str, pl.DataType]:
    """Return the columns of a page's records before times are parsed: wire fields, children, and ``extra``."""
    fields: dict[str, pl.DataType] = {}
    for column in kind.wired:
        if column.within:
            fields[column.within] = pl.Struct({c.member: _READS[c.wire] for c in _members(kind, column.within)})
        elif column.wire is not Wire.FREE:
            fields[column.name] = _READS[column.wire]
    if kind.child:
        fields[kind.child_field] = pl.List(pl.Struct(wire_schema(kind.child)))
    return {**fields, EXTRA: pl.String()}


def _members(kind: Kind, within: str) -> list[Column]:
    return [column for column in kind.wired if column.within == within]


def _proof_of(kind: Kind) -> type[msgspec.Struct]:
    needed: dict[str, Any] = {}
    optional: dict[str, Any] = {}
    for column in kind.wired:
        place = optional if column.optional else needed
        place[column.within or column.name] = _inner_proof(kind, column) if column.within else _PROOFS[column.wire]
    if kind.child:
        needed[kind.child_field] = list[_proof_of(kind.child)]  # type: ignore[misc]
    fields: list[Any] = [*needed.items(), *((name, proof, None) for name, proof in optional.items())]
    return msgspec.defstruct("Record", fields, gc=False, forbid_unknown_fields=True)


def _inner_proof(kind: Kind, column: Column) -> Any:
    members = [(c.member, _PROOFS[c.wire]) for c in _members(kind, column.within)]
    return msgspec.defstruct("Member", members, gc=False, forbid_unknown_fields=True) | None
