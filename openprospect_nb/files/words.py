"""The words of headings, totals, footers and empty cells, in many languages: data, not code."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Final

__all__ = ["WORDS"]


def _read() -> dict[str, tuple[str, ...]]:
    tables = tomllib.loads(files("openprospect_nb.files").joinpath("words.toml").read_text("utf-8"))
    return {name: tuple(words.split() if isinstance(words, str) else words) for name, words in tables.items()}


WORDS: Final[Mapping[str, tuple[str, ...]]] = _read()
