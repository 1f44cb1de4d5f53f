"""Schemas of what the sandbox takes, made of the types that check it; ``null`` counts as absent."""

from __future__ import annotations

from typing import Final

from pydantic.json_schema import models_json_schema

from openprospect_nb.sandbox.openapi.shapes import Schema, ref
from openprospect_nb.sandbox.requests.bodies import (
    ORDERS,
    AssignmentRequest,
    BlacklistChangeRequest,
    BlacklistRequest,
    EntriesRequest,
    EntryIdsRequest,
    ProfileRequest,
    SearchChangeRequest,
)
from openprospect_nb.sandbox.requests.rules import Request

__all__ = ["BODIES"]

_OTHERS: Final[tuple[type[Request], ...]] = (
    ProfileRequest,
    BlacklistRequest,
    BlacklistChangeRequest,
    EntriesRequest,
    EntryIdsRequest,
    AssignmentRequest,
    SearchChangeRequest,
)
_, _MADE = models_json_schema(
    [(model, "validation") for model in (*ORDERS, *_OTHERS)], ref_template="#/components/schemas/{model}"
)

BODIES: Final[dict[str, Schema]] = {
    **_MADE["$defs"],
    "OrderRequest": {"anyOf": [ref(model.__name__) for model in ORDERS]},
}
