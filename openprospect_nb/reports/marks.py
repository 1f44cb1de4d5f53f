"""How a field of a summary is treated before it is shown: as it stands, or masked and cut."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

AS_IS: Final = MappingProxyType({"as_is": True})
"""Ids, business names, our own words: shown as they stand."""


def at_most(letters: int) -> Mapping[str, int]:
    """Return the mark of a text that is cut to so many letters once persons are out of it."""
    return MappingProxyType({"at_most": letters})
