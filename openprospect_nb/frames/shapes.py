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

__all__ = ["EXTRA", "PROOFS", "Shape", "shape_of", "wire_schema"]

EXTRA: Final = "extra"

_Int64 = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]


class _Link(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    platform: str | None
    url: str | None


PROOFS: Final[dict[Wire, Any]] = {
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
        place[column.within or column.name] = _inner_proof(kind, column) if column.within else PROOFS[column.wire]
    if kind.child:
        needed[kind.child_field] = list[_proof_of(kind.child)]  # type: ignore[misc]
    fields: list[Any] = [*needed.items(), *((name, proof, None) for name, proof in optional.items())]
    return msgspec.defstruct("Record", fields, gc=False, forbid_unknown_fields=True)


def _inner_proof(kind: Kind, column: Column) -> Any:
    members = [(c.member, PROOFS[c.wire]) for c in _members(kind, column.within)]
    return msgspec.defstruct("Member", members, gc=False, forbid_unknown_fields=True) | None
