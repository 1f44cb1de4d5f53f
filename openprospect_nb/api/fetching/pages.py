"""Pages already fetched of a result that is not complete yet, so that a crash in mid-paging costs no request twice."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

from openprospect_nb.processes import file_mark
from openprospect_nb.settings import make_private

log = logging.getLogger(__name__)
_ATTEMPTS: Final = 5


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
        """Keep a page; it appears whole or not at all, readable by its owner alone.

        A page that cannot be kept is fetched again next time: that is said, and no reason to lose the fetch.
        """
        for attempt in range(_ATTEMPTS):
            try:
                self._save(offset, page)
            except FileNotFoundError as error:
                # Another process finished the same order and removed the folder under our hands.
                if attempt + 1 == _ATTEMPTS:
                    log.debug("page %d is not kept for a restart (%s).", offset, error.strerror)
            except OSError as error:
                log.warning("page %d is not kept for a restart (%s).", offset, error.strerror)
                return
            else:
                return

    def clear(self) -> None:
        """Forget all pages."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _save(self, offset: int, page: bytes) -> None:
        make_private(self._folder)
        handle, name = tempfile.mkstemp(dir=self._folder, prefix=f"{file_mark()}-", suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(page)
            Path(name).replace(self._folder / f"{offset:08}.json")
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
