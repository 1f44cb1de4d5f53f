"""What a column and a record kind are: the words every declared schema is written in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import polars as pl

UTC_TIME: Final = pl.Datetime("us", "UTC")
LINK: Final = pl.Struct({"platform": pl.String, "url": pl.String})


class JsonType(StrEnum):
    """The JSON type a field should have; the value is the rule named when it has another."""

    TEXT = "text"
    NUMBER = "number"
    INTEGER = "integer"
    TIME = "time"
    TEXTS = "list of texts"
    LINKS = "list of links"
    FREE = "object"
    OURS = "ours"
    """Filled by this package, never read from the wire."""


DTYPES: Final[Mapping[JsonType, pl.DataType]] = {
    JsonType.TEXT: pl.String(),
    JsonType.NUMBER: pl.Float64(),
    JsonType.INTEGER: pl.Int64(),
    JsonType.TIME: UTC_TIME,
    JsonType.TEXTS: pl.List(pl.String),
    JsonType.LINKS: pl.List(LINK),
    JsonType.FREE: pl.String(),
    JsonType.OURS: pl.String(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One declared column.

    Attributes:
        name: the column in the frame.
        wire: the JSON type it is read from.
        meaning: one phrase for the docs page.
        low, high: the declared range, both ends included; None where there is none.
        unit: the unit of the numbers, where they have one.
        nullable: False where the contract promises a value; a null there is named in ``rejects``.
        optional: True where the contract itself says the field may be absent; its absence is then no drift.
        within: the JSON object the value sits in (``estimated_cost``), if it is not the record itself.
        member: the field's name inside that object.
        alias: another name the vendor's documents use for the same field.
        source: section of the contract, or "ours".
    """

    name: str
    wire: JsonType
    meaning: str
    low: float | None = None
    high: float | None = None
    unit: str = ""
    nullable: bool = True
    optional: bool = False
    within: str = ""
    member: str = ""
    alias: str = ""
    source: str = "4.4"

    @property
    def dtype(self) -> pl.DataType:
        """The Polars dtype of the column."""
        return DTYPES[self.wire]

    @property
    def range(self) -> str:
        """The declared range as text, such as ``0 to 10`` or ``at least 0``; empty where there is none."""
        if self.low is None:
            return ""
        return f"at least {self.low:g}" if self.high is None else f"{self.low:g} to {self.high:g}"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RecordKind:
    """One kind of record: what a list endpoint sends, and the frame it becomes.

    Attributes:
        name: the plural word used by `decode.table`.
        record: the singular word used in ``rejects`` and ``drift``.
        columns: the declared columns, in frame order.
        key: the columns that together name a row; a second row with the same key is dropped and named.
        child: the kind nested in each record under ``child_field``, if any.
        child_field: the field the children sit in.
        list_key: where the list of records is usually found in a page.
    """

    name: str
    record: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ("id",)
    child: RecordKind | None = None
    child_field: str = ""
    list_key: str = "items"
    schema: pl.Schema = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "schema", pl.Schema({column.name: column.dtype for column in self.columns}))

    @property
    def wired(self) -> tuple[Column, ...]:
        """The columns read from the wire."""
        return tuple(column for column in self.columns if column.wire is not JsonType.OURS)

    def of(self, *wires: JsonType) -> tuple[Column, ...]:
        """Return the columns read from one of *wires*."""
        return tuple(column for column in self.columns if column.wire in wires)
