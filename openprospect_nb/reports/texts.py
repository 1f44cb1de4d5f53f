"""Walk the texts of a summary: every string below it, except where a field is shown as it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar, cast

from openprospect_nb.markup.text import clean

T = TypeVar("T")
Change = Callable[[str, int | None], str]


def texts_of(value: object) -> Iterator[str]:
    """Yield every text below *value* that is not marked to be shown as it is."""
    if isinstance(value, str):
        yield value
    elif is_dataclass(value):
        for each in fields(value):
            if not each.metadata.get("as_is"):
                yield from texts_of(getattr(value, each.name))
    elif isinstance(value, Mapping):
        yield from texts_of(tuple(value.values()))
    elif isinstance(value, tuple | list):
        for item in value:
            yield from texts_of(item)


def changed(value: T, change: Change, at_most: int | None = None) -> T:
    """Return *value* with ``change(text, allowed length or None)`` in the place of every text `texts_of` yields."""
    new: Any = value
    if isinstance(value, str):
        new = change(value, at_most)
    elif is_dataclass(value) and not isinstance(value, type):
        each = [field for field in fields(value) if not field.metadata.get("as_is")]
        kept = {f.name: changed(getattr(value, f.name), change, f.metadata.get("at_most")) for f in each}
        new = replace(cast("Any", value), **kept)
    elif isinstance(value, Mapping):
        new = {key: changed(item, change, at_most) for key, item in value.items()}
    elif isinstance(value, tuple | list):
        new = type(value)(changed(item, change, at_most) for item in value)
    return cast("T", new)


def shortened(value: T) -> T:
    """Return *value* with each text cut to what its field allows."""
    return changed(value, lambda text, most: text if most is None else clean(text, most))
