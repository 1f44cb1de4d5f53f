"""Refuse what a verb with many options does not know."""

from __future__ import annotations

from collections.abc import Mapping


def refuse_unknown(options: Mapping[str, object], known: type) -> None:
    """Refuse an option that *known*, a typed dictionary, does not name, as Python refuses an unknown argument.

    Raises:
        TypeError: names it and the ones there are.
    """
    if unknown := sorted(set(options) - set(known.__annotations__)):
        raise TypeError(f"unknown option {unknown[0]!r}; there are: {', '.join(known.__annotations__)}")
