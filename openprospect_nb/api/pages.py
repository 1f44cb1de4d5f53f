"""Pages already fetched of a result that is not complete yet, so that a crash in mid-paging costs no request twice."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path


class PageStore:
    """The pages of one order's results in one folder, by offset; losing it costs requests, never data."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, offset: int) -> bytes | None:
        """Return the page at *offset*, or None."""
        try:
            return (self._folder / f"{offset:08}.json").read_bytes()
        except OSError:
            return None

    def save(self, offset: int, page: bytes) -> None:
        """Keep a page; it appears whole or not at all, readable by its owner alone."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self._folder, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(page)
            Path(name).replace(self._folder / f"{offset:08}.json")
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def clear(self) -> None:
        """Forget all pages."""
        shutil.rmtree(self._folder, ignore_errors=True)
