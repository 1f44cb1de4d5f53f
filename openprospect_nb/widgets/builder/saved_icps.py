"""Find again the profiles that were ordered or saved here: JSON files in one folder of the client's home."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from openprospect_nb.errors import ConfigurationError, OpenProspectError
from openprospect_nb.icp import ICP
from openprospect_nb.markup import clean

RECENT: Final = 10
NONE: Final = ("(choose a recent profile)", "")


class ProfileShelf:
    """The profiles that were ordered or saved lately: JSON files (0600) in one folder, named by their content."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def remember(self, icp: ICP) -> bool:
        """Keep *icp*, unless it has no name; return whether it is kept.

        Raises:
            OSError: the folder cannot be written.
            ConfigurationError: the file cannot be written.
        """
        if not icp.profile_name.strip():
            return False
        name = hashlib.sha256(f"{icp.profile_name}\0{icp.hash}".encode()).hexdigest()[:16]
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        icp.save(self._folder / f"{name}.json").chmod(0o600)
        return True

    def recent(self) -> list[tuple[str, str]]:
        """Return (title, key) of the profiles, a line that asks to choose one first; only that where there are none."""
        return [NONE, *((_title(path), str(path)) for path in self._files())] if self._files() else []

    def read(self, key: str) -> ICP:
        """Return the profile of a key that `recent` gave.

        Raises:
            ConfigurationError: there is no such profile any more, or it cannot be read.
        """
        path = next((path for path in self._files() if str(path) == key), None)
        if path is None:
            raise ConfigurationError("That profile is gone.", next_step="Choose another one.")
        return ICP.load(path)

    def _files(self) -> list[Path]:
        files = sorted(self._folder.glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
        return files[:RECENT]


def _title(path: Path) -> str:
    try:
        return clean(ICP.load(path).profile_name, 60) or path.stem
    except OpenProspectError:
        return path.stem
