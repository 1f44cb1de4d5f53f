"""The sandbox's companies: a market of millions that is made on demand, and the panel that older orders came from."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile

import numpy as np

from openprospect_nb.sandbox.market.normalise import name_key
from openprospect_nb.sandbox.universe import UNIVERSE_VERSION, documents
from openprospect_nb.sandbox.universe.chance import Chance, Ints
from openprospect_nb.sandbox.universe.columns import Columns, draw_columns
from openprospect_nb.sandbox.universe.company import Hit, UniverseCompany, describe_company, name_row
from openprospect_nb.sandbox.universe.identity import Address, decode_id, encode_id
from openprospect_nb.sandbox.universe.naming import Naming, name_firm
from openprospect_nb.sandbox.universe.strata import FIRST, Strata
from openprospect_nb.sandbox.universe.vocabulary import Vocabulary, fingerprint, vocabulary

Rows = list[dict[str, Any]]

PANEL_SIZE: Final = 20_000
_KEPT: Final = 50_000  # firms whose attributes are kept at hand


class Panel:
    """The twenty thousand companies of version 2, numbered from 0, for orders placed when there were no others.

    Attributes:
        columns: the drawn attributes, one array a field; row *n* is company number *n*.
    """

    def __init__(self, chance: Chance, columns: Columns) -> None:
        self.columns = columns
        self._chance = chance
        self._lock = threading.Lock()
        self._index: tuple[dict[str, int], dict[str, int]] | None = None

    def __len__(self) -> int:
        return len(self.columns)

    def number_of_domain(self, domain: str) -> int | None:
        """Return the company whose website is *domain*, or None."""
        return self._indices()[0].get(domain)

    def number_of_name(self, key: str) -> int | None:
        """Return the company whose name has this `name_key`, or None."""
        return self._indices()[1].get(key)

    def _indices(self) -> tuple[dict[str, int], dict[str, int]]:
        """Return the companies by domain and by name key; made on first use, since only enrichment asks."""
        with self._lock:
            if self._index is None:
                domains: dict[str, int] = {}
                names: dict[str, int] = {}
                for number in range(len(self)):
                    naming = name_row(self._chance, vocabulary(), self.columns, number)
                    names.setdefault(name_key(naming.name), number)
                    if self.columns.website[number]:
                        domains[naming.domain] = number
                self._index = (domains, names)
            return self._index


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


class Universe:
    """Millions of invented companies; every value is a function of the seed and the company's number.

    Nothing is drawn before an order touches it. Reads are safe from any thread. Company ids are UUIDs that only this
    seed understands. Discovery delivers from the market (numbers from 2 ** 20 on); the panel (numbers below) is opened
    only where an order of an earlier version asks for it.

    Args:
        seed: any integer.
        cache: a folder for the panel's file; None, or a folder that cannot be written, draws it when it is needed.

    Attributes:
        seed: what the universe is drawn from.
        lists: the vocabulary the attributes point into.
        chance: the source of all draws.
        strata: how many firms there are of each kind, and which numbers they have.
    """

    def __init__(self, seed: int, cache: Path | None = None) -> None:
        self.seed = seed
        self.lists: Vocabulary = vocabulary()
        self.chance = Chance(seed)
        self.strata = Strata(self.chance)
        self._cache = cache
        self._panel: Panel | None = None
        self._lock = threading.Lock()
        self._rows: dict[int, tuple[Columns, int]] = {}
        self._donors: dict[tuple[frozenset[int], frozenset[int]], list[int]] = {}

    @property
    def panel(self) -> Panel:
        """The companies of version 2; half a second on first use."""
        with self._lock:
            if self._panel is None:
                self._panel = Panel(self.chance, load_panel(self.seed, PANEL_SIZE, self._cache))
            return self._panel

    def __len__(self) -> int:
        return len(self.strata)

    def __repr__(self) -> str:
        return f"Universe(seed={self.seed}, companies={len(self):,})"

    def columns(self, numbers: Ints) -> Columns:
        """Return the attributes of these firms of the market, and keep them at hand for `company`."""
        columns = self.strata.columns(numbers)
        with self._lock:
            if len(self._rows) + len(numbers) > _KEPT:
                self._rows.clear()
            self._rows.update((number, (columns, row)) for row, number in enumerate(numbers.tolist()))
        return columns

    def draw(self, numbers: Collection[int]) -> None:
        """Draw these firms together, which costs a fraction of one after the other; `company` then finds them."""
        missing = [number for number in dict.fromkeys(numbers) if number in self.strata and number not in self._rows]
        if missing:
            self.columns(np.array(missing, dtype=np.int64))

    def donors(self, countries: frozenset[int], subtypes: frozenset[int]) -> list[int]:
        """Return some firms of these countries and kinds of business; a set that leaves none is not applied."""
        key = (countries, subtypes)
        if key not in self._donors:
            self._donors[key] = self.strata.some(countries, subtypes).tolist()
        self.draw(self._donors[key])
        return self._donors[key]

    def company(self, number: int, variant: int = 0) -> UniverseCompany:
        """Return the facts of one company, in one of its spellings.

        Raises:
            IndexError: there is no company of that number.
        """
        columns, row = self.row(number)
        naming = self.naming(number, self.lists.forms[columns.form[row]].short)
        return describe_company(self.chance, self.lists, columns, row, Address(number, variant), naming)

    def naming(self, number: int, form: str = "") -> Naming:
        """Return a company's name in its usual spelling; *form* is the legal form of a firm of the market."""
        if number >= FIRST:
            return name_firm(self.chance, self.strata.position(number), form)
        return name_row(self.chance, self.lists, self.panel.columns, number)

    def locate(self, identifier: str) -> Address | None:
        """Return the company (and person) behind an id, or None if this universe never issued it."""
        address = decode_id(self.seed, identifier)
        return address if address is not None and self._has(address.number) else None

    def company_id(self, number: int, variant: int = 0) -> str:
        """Return the id under which a company's spelling variant is delivered."""
        return encode_id(self.seed, Address(number, variant))

    def document(self, hit: Hit, profile: Mapping[str, Any]) -> dict[str, Any]:
        """Return the Company object of contract 4.4 with all features filled; ``delivered_at``, ``source_id`` None."""
        return documents.write_document(self.chance, hit.company or self.company(hit.number, hit.variant), hit, profile)

    def jobs(self, company_id: str) -> list[dict[str, Any]]:
        """Return a company's job listings, newest first; empty for an id that is not of this universe."""
        return self._of_company(documents.write_jobs, company_id)

    def technologies(self, company_id: str) -> list[dict[str, Any]]:
        """Return name, category and confidence (0-100) of each technology; empty for an unknown id."""
        return self._of_company(documents.write_technologies, company_id)

    def _of_company(self, write: Callable[[Chance, UniverseCompany], Rows], company_id: str) -> Rows:
        address = self.locate(company_id)
        return [] if address is None else write(self.chance, self.company(address.number, address.variant))

    def _has(self, number: int) -> bool:
        return number in self.strata or number < PANEL_SIZE

    def row(self, number: int) -> tuple[Columns, int]:
        """Return the columns that hold a company, and its row there.

        Raises:
            IndexError: there is no company of that number.
        """
        if not self._has(number):
            raise IndexError(number)
        if number < FIRST:
            return self.panel.columns, number
        row = self._rows.get(number)
        return row if row is not None else (self.columns(np.array([number], dtype=np.int64)), 0)
