"""The words of headings, totals, footers, outcomes, months and empty cells, in many languages: data, not code."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final

from openprospect_nb.tables import tables


@cache
def words_of(name: str) -> Mapping[str, tuple[str, ...]]:
    """Return the lists of a file beside this module; a text stands for the words in it."""
    lists = tables(f"files/{name}")
    return {key: tuple(words.split() if isinstance(words, str) else words) for key, words in lists.items()}


WORDS: Final = words_of("words.toml")
YES: Final = frozenset(words_of("outcomes.toml")["yes"])
NO: Final = frozenset(words_of("outcomes.toml")["no"])
