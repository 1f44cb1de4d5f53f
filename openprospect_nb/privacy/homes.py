"""Which ledgers a folder, results or a frame have to pass: those of the homes they can have come from."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Final
from weakref import WeakValueDictionary

from openprospect_nb.privacy.disclosures import Disclosures, Handover
from openprospect_nb.privacy.ledger import FOLDER, Ledger
from openprospect_nb.settings import default_home, environment

_LOCK: Final = Lock()
# Weak: a home counts as long as a client on it is held, be it closed.
_IN_USE: Final[WeakValueDictionary[Path, Ledger]] = WeakValueDictionary()


def ledger_of(home: Path) -> Ledger:
    """Return the ledger of a home that a client of this process uses, and remember that one does."""
    place = home.expanduser().absolute()
    with _LOCK:
        _IN_USE[place] = ledger = _IN_USE.pop(place, None) or Ledger(home)  # last in use comes last
        return ledger


def ledgers_for(folder: Path | None = None, home: str | None = None) -> list[Ledger]:
    """Return the ledgers that data has to pass.

    Args:
        folder: where it is read from: inside a home only the ledger of that home counts.
        home: the home its provenance names.

    Without either, data may be from any home that this process used, or from the default one.
    """
    above = folder.expanduser().absolute().parents if folder is not None else ()
    place = next((parent for parent in above if parent in _IN_USE or (parent / FOLDER / "key").is_file()), None)
    if place is None and home and Path(home).is_dir():
        place = Path(home)
    if place is not None:
        return [_IN_USE.get(place, Ledger(place))]
    usual = Path(environment().get("home") or default_home()).expanduser().absolute()
    with _LOCK:
        homes = dict(_IN_USE)
    return [*homes.values(), *([Ledger(usual)] if usual not in homes else [])]


def home_in_use(home: str | Path | None = None) -> Path:
    """Return the home that is meant: the given one, else that of the client made last, else the usual one."""
    if home is not None:
        return Path(home).expanduser().absolute()
    with _LOCK:
        used = list(_IN_USE)
    return used[-1] if used else Path(environment().get("home") or default_home()).expanduser().absolute()


def note_handover(handover: Handover, home: str | None = None) -> bool:
    """Note in the homes that data can have come from that a file with persons left; return whether there is one.

    Raises:
        JournalError: the record cannot be written.
    """
    homes = [ledger for ledger in ledgers_for(home=home) if ledger.folder.parent.is_dir()]
    for ledger in homes:
        Disclosures(ledger).note(handover, datetime.now(UTC))
    return bool(homes)
