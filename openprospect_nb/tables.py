"""`tables`: what stands as TOML beside the modules that read it: data, not code."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def tables(path: str) -> Mapping[str, Any]:
    """Return the tables of a file of this package, such as ``files/words.toml``; it is read once."""
    return tomllib.loads(files("openprospect_nb").joinpath(path).read_text("utf-8"))
