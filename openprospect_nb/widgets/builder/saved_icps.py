"""Save, load and find again the profiles written here: JSON files in one folder of the client's home."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import ipywidgets
from traitlets import TraitError

from openprospect_nb.errors import OpenProspectError
from openprospect_nb.icp import ICP
from openprospect_nb.markup import clean
from openprospect_nb.widgets.builder.model import OrderDraft
from openprospect_nb.widgets.parts import LABEL, button, choice, row

RECENT: Final = 10
NONE: Final = ("(choose a recent profile)", "")


class SavedICPs:
    """Fields to save to and load from a path, and a choice of recent profiles; ``box`` is the view."""

    def __init__(self, folder: Path, draft: OrderDraft, say: Callable[[str], None]) -> None:
        self._folder, self._draft, self._say = folder, draft, say
        self.recent = choice("Recent profiles", [NONE], "")
        self.path = ipywidgets.Text(description="File", placeholder="my-profile.json", style=LABEL)
        self.recent.observe(self._take_recent, "value")
        save = button("Save", "op-save", lambda: self._try(self._save), hint="Write the profile to the file")
        load = button("Load", "op-load", lambda: self._try(self._load), hint="Read a profile from the file")
        self.box = row(self.recent, self.path, save, load)
        self.refresh()

    def remember(self) -> None:
        """Keep the profile as it is now among the recent ones."""
        icp = self._draft.icp
        if not icp.profile_name.strip():
            return
        name = hashlib.sha256(f"{icp.profile_name}\0{icp.hash}".encode()).hexdigest()[:16]
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            path = icp.save(self._folder / f"{name}.json")
            path.chmod(0o600)
        except (OSError, OpenProspectError) as error:
            self._say(f"The profile could not be kept among the recent ones: {error}")
        self.refresh()

    def refresh(self) -> None:
        """Read the folder again."""
        files = sorted(self._folder.glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)[:RECENT]
        options = [NONE, *((_title(path), str(path)) for path in files)]
        if list(self.recent.options) != options:
            self.recent.options = options
            self.recent.value = ""

    def _take_recent(self, change: Any) -> None:
        if change["new"]:
            self._try(lambda: self._read(Path(change["new"])))

    def _save(self) -> None:
        path = self._draft.icp.save(Path(self.path.value.strip() or "my-profile.json").expanduser())
        self.remember()
        self._say(f"Saved to {path}.")

    def _load(self) -> None:
        self._read(Path(self.path.value.strip() or "my-profile.json").expanduser())

    def _read(self, path: Path) -> None:
        with self._draft.hold_trait_notifications():  # all of the profile, or, where a field is no text, none of it
            self._draft.icp = ICP.load(path)
        self._say(f"Loaded “{self._draft.profile_name}”.")

    def _try(self, act: Callable[[], None]) -> None:
        try:
            act()
        except OpenProspectError as error:
            self._say(str(error))
        except (OSError, RuntimeError, TraitError, ValueError) as error:
            self._say(f"{self.path.value}: {error}")


def _title(path: Path) -> str:
    try:
        return clean(ICP.load(path).profile_name, 60) or path.stem
    except OpenProspectError:
        return path.stem
