"""Where delivered companies come from: one seeded universe, and what the server may ask it."""

from __future__ import annotations

import json
import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from openprospect_nb.sandbox.market import truth
from openprospect_nb.sandbox.market.catalogue import Universe
from openprospect_nb.sandbox.market.truth import Truth
from openprospect_nb.sandbox.universe.company import Hit

_REMEMBERED: Final = 16
# A universe says the same in every sandbox: nothing changes it, all it keeps follows from the seed. To make one and to
# index its panel takes a second of a core.
_OPEN: Final = 2


class Supply:
    """Everything the server needs to know about companies; of one that was delivered, ask ``universe``."""

    def __init__(self, seed: int, cache: Path | None) -> None:
        # imported on use, here and below: the patterns that read a profile take a sixth of a second to compile
        from openprospect_nb.sandbox.market.matching import rank

        self.universe = Universe(seed, cache)

        # orders of one profile follow each other, and ranking costs more than all else
        @lru_cache(maxsize=_REMEMBERED)
        def ranked(profile: str, limit: int) -> Sequence[Hit]:
            return tuple(rank(self.universe, json.loads(profile), limit))

        self._ranked = ranked

    def rank(self, profile: Mapping[str, Any], limit: int) -> Sequence[Hit]:
        """Return the companies that fit *profile*, best first."""
        return self._ranked(json.dumps(profile, sort_keys=True), limit)

    def document(self, company: Any, profile: Mapping[str, Any]) -> dict[str, Any]:
        """Return the full Company object (contract 4.4, all features filled) of a company that `rank` found."""
        return self.universe.document(company, profile)

    def enrich(self, company: Mapping[str, Any], profile: Mapping[str, Any] | None) -> dict[str, Any]:
        """Return the full Company object of a submitted company."""
        from openprospect_nb.sandbox.market.enrichment import enrich

        return enrich(self.universe, company, profile)

    def truth(self, company_ids: Collection[str], prospect_ids: Collection[str], pool_size: int) -> Truth:
        """Return what is really so about delivered companies and prospects; *pool_size* as in the settings."""
        from openprospect_nb.sandbox.market.matching import count_pool

        mailboxes = truth.mailboxes(self.universe, prospect_ids)
        return Truth(
            bounces=mailboxes.bounces,
            bounce_chances=mailboxes.chances,
            responds=mailboxes.responds,
            firms=truth.firms(self.universe, company_ids),
            duplicates=truth.duplicates(self.universe, company_ids),
            dead_domains=frozenset(truth.dead_domains(self.universe, company_ids)),
            pool=lambda icp: count_pool(self.universe, _fields(icp), pool_size),
        )


def _fields(icp: object) -> Mapping[str, Any]:
    """Return the profile's fields of an ICP, which may come as the client's dataclass."""
    if is_dataclass(icp) and not isinstance(icp, type):
        return asdict(icp)
    if isinstance(icp, Mapping):
        return icp
    raise TypeError(f"an ICP, or the fields of a profile, is wanted; got {type(icp).__name__}")


_open = lru_cache(maxsize=_OPEN)(Supply)
_opening = threading.Lock()


class Universes:
    """From seed to supply: makes a universe on first use; all sandboxes of a process share the last ones.

    Args:
        cache: the folder for the panel of a universe; None keeps it in memory.
    """

    def __init__(self, cache: Path | None) -> None:
        self._cache = cache

    def __call__(self, seed: int) -> Supply:
        """Return the supply of *seed*."""
        # one thread makes it, the others wait for it
        with _opening:
            return _open(seed, self._cache)
