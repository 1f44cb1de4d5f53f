"""What the vendor's pages leave open and we assumed, as data: one table of ``assumptions.toml`` an assumption.

Each table stands for a place that our contract marks ``[choice]``, or where the vendor's pages contradict each other,
and that reading alone can show. What only buying or writing would show is there too, as far as it concerns money, so
that nobody takes its absence for a promise.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from openprospect_nb.tables import tables


class Verdict(StrEnum):
    """What a check found about an assumption."""

    AS_ASSUMED = "as we assumed"
    DIFFERENT = "different"
    NOT_SEEN = "not seen"


@dataclass(frozen=True, slots=True)
class Finding:
    """A verdict, and in a few words what it rests on: shapes, codes and counts, never a person or a company."""

    verdict: Verdict
    evidence: str


@dataclass(frozen=True, slots=True)
class Assumption:
    """One thing we assumed about the server.

    Attributes:
        id: its stable name; what stands before the first dot is its topic.
        section: of our contract.
        assumed: what we assumed.
        consequence: what the client does about it, and what follows if it is different.
    """

    id: str
    section: str
    assumed: str
    consequence: str

    @property
    def topic(self) -> str:
        """What it is about: ``orders``, ``paging``, ``error``, …."""
        return self.id.partition(".")[0]


def as_assumed(evidence: str) -> Finding:
    """Return that the assumption holds."""
    return Finding(Verdict.AS_ASSUMED, evidence)


def different(evidence: str) -> Finding:
    """Return that the assumption does not hold."""
    return Finding(Verdict.DIFFERENT, evidence)


def not_seen(reason: str) -> Finding:
    """Return that it could not be seen, and why."""
    return Finding(Verdict.NOT_SEEN, reason)


def holds(is_so: bool, evidence: str) -> Finding:
    """Return whether the assumption holds, resting on *evidence* either way."""
    return as_assumed(evidence) if is_so else different(evidence)


ASSUMPTIONS: Final = tuple(Assumption(id=name, **table) for name, table in tables("checks/assumptions.toml").items())
