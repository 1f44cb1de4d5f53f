"""What columns of companies and components of their score are called, and ranges in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from openprospect_nb.tables import tables
from openprospect_nb.widgets.explorer.counts import Axis
from openprospect_nb.widgets.explorer.filters import Range

TITLES: Final[Mapping[str, str]] = tables("widgets/explorer/titles.toml")["columns"]
COMPONENT_WORDS: Final[Mapping[str, str]] = tables("widgets/explorer/titles.toml")["components"]
"""Components of the score → a word each."""


def title_of(column: str) -> str:
    """Return what a column is called in the view."""
    return TITLES.get(column) or column.replace("_", " ").capitalize()


def steps_of(axis: Axis) -> float:
    """Return a step for fields that set a range of *axis*."""
    return 1.0 if axis.is_log or axis.is_whole else 10.0**-axis.digits


def range_words(ranges: Mapping[str, Range]) -> Sequence[str]:
    """Return each range in words."""
    return [
        f"{title_of(name)} {r.low:,g} to {r.high:,g}{' or unknown' if r.unknown else ''}" for name, r in ranges.items()
    ]
