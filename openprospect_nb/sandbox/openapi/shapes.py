"""Pieces of JSON Schema from which the document's schemas are put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

__all__ = [
    "BOOLEAN",
    "COUNT",
    "NUMBER",
    "STAMP",
    "TEXT",
    "UUID",
    "array",
    "choice",
    "integer",
    "optional",
    "page",
    "record",
    "ref",
]

Schema = dict[str, Any]

TEXT: Final[Schema] = {"type": "string"}
NUMBER: Final[Schema] = {"type": "number"}
BOOLEAN: Final[Schema] = {"type": "boolean"}
COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
UUID: Final[Schema] = {"type": "string", "format": "uuid"}
STAMP: Final[Schema] = {"type": "string", "format": "date-time"}


def integer(low: int, high: int) -> Schema:
    """Return an integer from *low* to *high*."""
    return {"type": "integer", "minimum": low, "maximum": high}


def choice(values: Sequence[str]) -> Schema:
    """Return one of *values*."""
    return {"type": "string", "enum": [str(value) for value in values]}


def array(items: Schema, low: int = 0, high: int | None = None) -> Schema:
    """Return an array of *low* to *high* items."""
    bounds = {} if high is None else {"maxItems": high}
    return {"type": "array", "items": items, **({"minItems": low} if low else {}), **bounds}


def optional(schema: Schema) -> Schema:
    """Return *schema* or null."""
    if "$ref" in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    wider = {**schema, "type": [schema["type"], "null"]}
    if "enum" in schema:
        wider["enum"] = [*schema["enum"], None]
    return wider


def record(fields: Mapping[str, Schema]) -> Schema:
    """Return an object with exactly these fields, all present."""
    return {
        "type": "object",
        "properties": dict(fields),
        "required": list(fields),
        "additionalProperties": False,
    }


def page(items: Schema, *, key: str = "items", more: bool = True) -> Schema:
    """Return the page envelope around *items*."""
    counters = {"total": COUNT, "limit": COUNT, "offset": COUNT}
    return record({key: array(items), **counters, **({"has_more": BOOLEAN} if more else {})})


def ref(name: str) -> Schema:
    """Return a reference to a named schema."""
    return {"$ref": f"#/components/schemas/{name}"}
