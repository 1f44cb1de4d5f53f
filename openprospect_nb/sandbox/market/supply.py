"""Where delivered companies come from: the protocol the sandbox asks, and the seeded universe that answers it."""

from __future__ import annotations

import json
import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Protocol

from openprospect_nb.sandbox.market.truth import Truth

_REMEMBERED: Final = 16


class Found(Protocol):
    """A company that fits a profile, as far as exclusion needs to know it."""

    @property
    def company_id(self) -> str:
        """The stable id."""

    @property
    def name(self) -> str:
        """The name with its legal form."""

    @property
    def domain(self) -> str | None:
        """The bare domain, if it has a website."""

    @property
    def city(self) -> str:
        """The city as delivered."""


class Supply(Protocol):
    """Everything the server needs to know about companies."""

    def rank(self, profile: Mapping[str, Any], limit: int) -> Sequence[Found]:
        """Return the companies that fit *profile*, best first."""

    def document(self, company: Any, profile: Mapping[str, Any]) -> dict[str, Any]:
        """Return the full Company object of contract 4.4, with all features filled."""

    def enrich(self, company: Mapping[str, Any], profile: Mapping[str, Any] | None) -> dict[str, Any]:
        """Return the same object for a submitted company."""

    def jobs(self, company_id: str) -> list[dict[str, Any]]:
        """Return the company's job listings."""

    def technologies(self, company_id: str) -> list[dict[str, Any]]:
        """Return the company's technologies with category and confidence."""

    def truth(self, company_ids: Collection[str], prospect_ids: Collection[str], pool_size: int) -> Truth:
        """Return what is really so about delivered companies and prospects; *pool_size* as in the settings."""


class UniverseSupply:
    """The seeded universe behind the `Supply` protocol."""

    def __init__(self, seed: int, cache: Path | None) -> None:
        # imported on use, here and below: numpy and the vocabulary load with the first company, not with the server
        from openprospect_nb.sandbox.market.catalogue import Universe

        self.universe = Universe(seed, cache)
        # orders of one profile follow each other, and ranking costs more than all else
        self._ranked = lru_cache(maxsize=_REMEMBERED)(self._rank)

    def rank(self, profile: Mapping[str, Any], limit: int) -> Sequence[Found]:
        """Return the companies that fit *profile*, best first."""
        return self._ranked(json.dumps(profile, sort_keys=True), limit)

    def document(self, company: Any, profile: Mapping[str, Any]) -> dict[str, Any]:
        """Return the full Company object of a company that `rank` found."""
        return self.universe.document(company, profile)

    def enrich(self, company: Mapping[str, Any], profile: Mapping[str, Any] | None) -> dict[str, Any]:
        """Return the full Company object of a submitted company."""
        from openprospect_nb.sandbox.market.enrichment import enrich

        return enrich(self.universe, company, profile)

    def jobs(self, company_id: str) -> list[dict[str, Any]]:
        """Return the company's job listings."""
        return self.universe.jobs(company_id)

    def technologies(self, company_id: str) -> list[dict[str, Any]]:
        """Return the company's technologies with category and confidence."""
        return self.universe.technologies(company_id)

    def truth(self, company_ids: Collection[str], prospect_ids: Collection[str], pool_size: int) -> Truth:
        """Return what is really so about delivered companies and prospects."""
        from openprospect_nb.sandbox.market import truth
        from openprospect_nb.sandbox.market.matching import count_pool

        return Truth(
            bounces=truth.bounces(self.universe, prospect_ids),
            bounce_chances=truth.bounce_chances(self.universe, prospect_ids),
            responds=truth.responds(self.universe, prospect_ids),
            firms=truth.firms(self.universe, company_ids),
            duplicates=truth.duplicates(self.universe, company_ids),
            dead_domains=frozenset(truth.dead_domains(self.universe, company_ids)),
            pool=lambda icp: count_pool(self.universe, _fields(icp), pool_size),
        )

    def _rank(self, profile: str, limit: int) -> Sequence[Found]:
        from openprospect_nb.sandbox.market.matching import rank

        return tuple(rank(self.universe, json.loads(profile), limit))


def _fields(icp: object) -> Mapping[str, Any]:
    """Return the profile's fields of an ICP, which may come as the client's dataclass."""
    if is_dataclass(icp) and not isinstance(icp, type):
        return asdict(icp)
    if isinstance(icp, Mapping):
        return icp
    raise TypeError(f"an ICP, or the fields of a profile, is wanted; got {type(icp).__name__}")


class Universes:
    """From seed to supply: makes a universe on first use, and keeps the last one.

    Args:
        cache: the folder for the panel of a universe; None keeps it in memory.
    """

    def __init__(self, cache: Path | None) -> None:
        self._cache = cache
        self._lock = threading.Lock()
        self._seed: int | None = None
        self._open: UniverseSupply | None = None

    def __call__(self, seed: int) -> Supply:
        """Return the supply of *seed*."""
        with self._lock:
            if self._open is None or self._seed != seed:
                self._open, self._seed = UniverseSupply(seed, self._cache), seed
            return self._open
