"""Draw the panel, or read it from its cache file."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from openprospect_nb.sandbox.universe import UNIVERSE_VERSION
from openprospect_nb.sandbox.universe.chance import Chance
from openprospect_nb.sandbox.universe.columns import Columns, draw_columns
from openprospect_nb.sandbox.universe.vocabulary import fingerprint, vocabulary


def load_panel(seed: int, size: int, cache: Path | None) -> Columns:
    """Return the attributes of the panel's companies.

    A file that is missing, damaged or of another version is drawn again and replaced in one step; a folder that
    cannot be written costs nothing but the cache.
    """
    if cache is None:
        return draw_columns(Chance(seed), vocabulary(), size)
    path = cache / f"universe-v{UNIVERSE_VERSION}-{fingerprint()}-{seed}-{size}.npz"
    damage = (KeyError, ValueError, EOFError, BadZipFile)
    with suppress(OSError, *damage), np.load(path, allow_pickle=False) as stored:
        return Columns(**{field: stored[field] for field in Columns.__dataclass_fields__})
    columns = draw_columns(Chance(seed), vocabulary(), size)
    with suppress(OSError):
        _write(columns, path)
    return columns


def _write(columns: Columns, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".universe-", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez_compressed(file, allow_pickle=False, **columns.arrays())
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)
