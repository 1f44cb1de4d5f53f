"""The sandbox's companies: opened from a seed, cached as one SQLite file, read from any thread."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from openprospect_nb.sandbox.market.normalise import name_key
from openprospect_nb.sandbox.universe import documents
from openprospect_nb.sandbox.universe.chance import Chance, Ints
from openprospect_nb.sandbox.universe.columns import Columns
from openprospect_nb.sandbox.universe.company import Hit, UniverseCompany, describe_company, describe_names
from openprospect_nb.sandbox.universe.identity import Address, decode_id, encode_id
from openprospect_nb.sandbox.universe.storage import load_universe
from openprospect_nb.sandbox.universe.vocabulary import Vocabulary, vocabulary

SIZE = 20_000


class Universe:
    """Twenty thousand invented companies; every value is a function of the seed and the company's number.

    Made by `Universe.open`. Reads are safe from any thread. Company ids are UUIDs that only this seed understands.

    Attributes:
        seed: what the universe was drawn from.
        columns: the drawn attributes, one array a field.
        lists: the vocabulary the arrays point into.
    """

    def __init__(self, seed: int, columns: Columns, database: sqlite3.Connection) -> None:
        self.seed = seed
        self.columns = columns
        self.lists: Vocabulary = vocabulary()
        self.chance = Chance(seed)
        self._database = database
        self._lock = threading.Lock()
        self._donors: dict[tuple[frozenset[int], frozenset[int]], Ints] = {}
        self._index: tuple[dict[str, int], dict[str, int]] | None = None

    @classmethod
    def open(cls, seed: int, cache: Path | None = None, *, size: int = SIZE) -> Universe:
        """Return the universe of *seed*; about two seconds on first use, about a tenth from the cache.

        Args:
            seed: any integer.
            cache: a folder for the one SQLite file; None, or a folder that cannot be written, keeps it in memory.
            size: how many companies; the first *n* are the same in a universe of any size.
        """
        return cls(seed, *load_universe(seed, size, cache))

    def close(self) -> None:
        """Close the full-text index; nothing can be searched afterwards."""
        with self._lock:
            self._database.close()

    def __len__(self) -> int:
        return len(self.columns)

    def __repr__(self) -> str:
        """Return seed and size."""
        return f"Universe(seed={self.seed}, companies={len(self):,})"

    def company(self, number: int, variant: int = 0) -> UniverseCompany:
        """Return the facts of one company, in one of its spellings.

        Raises:
            IndexError: there is no company of that number.
        """
        return describe_company(self.chance, self.lists, self.columns, Address(number, variant))

    def locate(self, identifier: str) -> Address | None:
        """Return the company (and person) behind an id, or None if this universe never issued it."""
        address = decode_id(self.seed, identifier)
        return address if address is not None and address.number < len(self) else None

    def company_id(self, number: int, variant: int = 0) -> str:
        """Return the id under which a company's spelling variant is delivered."""
        return encode_id(self.seed, Address(number, variant))

    def document(self, hit: Hit, profile: Mapping[str, Any]) -> dict[str, Any]:
        """Return the Company object of contract 4.4 with all features filled; ``delivered_at``, ``source_id`` None."""
        return documents.write_document(self.chance, self.company(hit.number, hit.variant), hit, profile)

    def jobs(self, company_id: str) -> list[dict[str, Any]]:
        """Return a company's job listings, newest first; empty for an id that is not of this universe."""
        address = self.locate(company_id)
        return (
            [] if address is None else documents.write_jobs(self.chance, self.company(address.number, address.variant))
        )

    def technologies(self, company_id: str) -> list[dict[str, Any]]:
        """Return name, category and confidence (0-100) of each technology; empty for an unknown id."""
        address = self.locate(company_id)
        if address is None:
            return []
        return documents.write_technologies(self.chance, self.company(address.number, address.variant))

    def number_of_domain(self, domain: str) -> int | None:
        """Return the company whose website is *domain*, or None."""
        return self._indices()[0].get(domain)

    def number_of_name(self, key: str) -> int | None:
        """Return the company whose name has this `name_key`, or None."""
        return self._indices()[1].get(key)

    def donors(self, countries: frozenset[int], subtypes: frozenset[int]) -> Ints:
        """Return the companies of these countries and kinds of business; a set that leaves none is not applied."""
        key = (countries, subtypes)
        donors = self._donors.get(key)
        if donors is None:
            rows = np.ones(len(self), dtype=bool)
            for column, wanted in ((self.columns.country, countries), (self.columns.subtype, subtypes)):
                narrowed = rows & np.isin(column, list(wanted))
                rows = narrowed if narrowed.any() else rows
            donors = self._donors[key] = np.flatnonzero(rows)
        return donors

    def search_text(self, query: str, limit: int) -> Sequence[tuple[int, float]]:
        """Return (company number, bm25) of the best matches of an FTS5 query, best (lowest) first."""
        sql = "SELECT rowid, bm25(texts) FROM texts WHERE texts MATCH ? ORDER BY rank, rowid LIMIT ?"
        with self._lock:
            return [(int(row[0]), float(row[1])) for row in self._database.execute(sql, (query, limit))]

    def _indices(self) -> tuple[dict[str, int], dict[str, int]]:
        """Return the companies by domain and by name key; made on first use, since only enrichment asks."""
        with self._lock:
            if self._index is None:
                domains: dict[str, int] = {}
                names: dict[str, int] = {}
                for number, naming in enumerate(describe_names(self.chance, self.lists, self.columns)):
                    names.setdefault(name_key(naming.name), number)
                    if self.columns.website[number]:
                        domains[naming.domain] = number
                self._index = (domains, names)
            return self._index
