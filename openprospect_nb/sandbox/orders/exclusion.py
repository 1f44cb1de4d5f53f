"""Which companies a set of blacklists excludes, and by which of the four tiers (contract 4.8)."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from openprospect_nb.sandbox.market.normalise import city_key, name_key, registrable_domain

__all__ = ["Exclusion", "entry_keys", "read_exclusion"]


@dataclass(frozen=True, slots=True)
class Exclusion:
    """The keys that exclude, one set a tier: source id, registrable domain, name with city, name alone."""

    external_ids: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()
    name_cities: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()

    def tier(self, name: str, city: str | None, website: str | None, source_id: str | None = None) -> int | None:
        """Return the best tier, 1 to 4, that excludes a company; None if none does."""
        if source_id is not None and source_id in self.external_ids:
            return 1
        if website and self.domains and registrable_domain(website) in self.domains:
            return 2
        if not (self.name_cities or self.names):
            return None
        key = name_key(name)
        if city and _joined(key, city) in self.name_cities:
            return 3
        return 4 if key in self.names else None


def entry_keys(entry: Mapping[str, Any]) -> tuple[str | None, str | None, str | None, str | None]:
    """Return an entry's key for each tier.

    A tier has a key only if the entry carries its fields; the name alone counts if there is neither website nor city.
    """
    website, city = entry.get("website_url"), entry.get("city")
    name = name_key(entry["company_name"])
    return (
        entry.get("external_id"),
        registrable_domain(website) if website else None,
        _joined(name, city) if city else None,
        name if not website and not city else None,
    )


def read_exclusion(db: sqlite3.Connection, blacklist_ids: Sequence[str]) -> Exclusion:
    """Return what the entries of these blacklists exclude."""
    keys: list[set[str]] = [set(), set(), set(), set()]
    for identifier in blacklist_ids:
        rows = db.execute(
            "SELECT external_id, domain, name_city, name_only FROM entries WHERE blacklist_id = ?", (identifier,)
        )
        for row in rows:
            for collected, key in zip(keys, row, strict=True):
                if key is not None:
                    collected.add(key)
    return Exclusion(*(frozenset(collected) for collected in keys))


def _joined(name: str, city: str) -> str:
    return f"{name}|{city_key(city)}"
