"""What the fields of a profile, an order and a company list are called, and problems by the field they belong to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from openprospect_nb.errors import FieldProblem
from openprospect_nb.tables import tables

REQUIRED: Final = "is required"  # the words of `bounds.text`; an empty field is not yet a mistake
NOT_SENT: Final = "(not sent)"
_TABLES: Final = tables("widgets/builder/labels.toml")
LABELS: Final[Mapping[str, str]] = _TABLES["fields"]
FEATURE_LABELS: Final[Mapping[str, str]] = _TABLES["features"]
COLUMN_LABELS: Final[Mapping[str, str]] = _TABLES["listed"]
"""Columns of a company list."""


def labelled(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return values of API fields as (label, text), labelled as in the form."""
    return [(LABELS.get(name, name), _words(value)) for name, value in values.items()]


def by_field(problems: Iterable[FieldProblem]) -> dict[str, list[str]]:
    """Return the messages of *problems* by the field they belong to, members of a list with their place."""
    messages: dict[str, list[str]] = {}
    for problem in problems:
        name, _, place = problem.field.partition("[")
        where = f"{int(place.split(']')[0]) + 1}: " if place.split("]")[0].isdigit() else ""
        messages.setdefault(name, []).append(f"{where}{problem.message}")
    return messages


def _words(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(FEATURE_LABELS.get(part, str(part)) for part in value)
    return str(value) or "–"
