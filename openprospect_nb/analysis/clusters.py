"""Merge what belongs together, remember why, and never merge what was told apart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a record joined: the rule's name and what the two records have in common, by id."""

    rule: str
    evidence: str


@dataclass(slots=True)
class Clusters:
    """Groups of ids; the smallest id of a group names it, so the order of merging does not matter for the name."""

    apart: set[frozenset[str]]
    _parent: dict[str, str] = field(default_factory=dict)
    _members: dict[str, list[str]] = field(default_factory=dict)
    reasons: dict[str, Reason] = field(default_factory=dict)

    def add(self, identity: str) -> None:
        """Make sure *identity* is in a group, its own at first."""
        if identity not in self._parent:
            self._parent[identity] = identity
            self._members[identity] = [identity]

    def root(self, identity: str) -> str:
        """Return the name of the group *identity* is in."""
        while (parent := self._parent[identity]) != identity:
            self._parent[identity] = self._parent[parent]
            identity = parent
        return identity

    def merge(self, one: str, other: str, rule: str, evidence: str) -> bool:
        """Join the groups of two ids and return whether they are one now; False if any two of them are kept apart."""
        low, high = sorted((self.root(one), self.root(other)))
        if low == high:
            return True
        if self.apart and self._forbidden(self._members[low], self._members[high]):
            return False
        self._parent[high] = low
        self._members[low] += self._members.pop(high)
        self.reasons[high] = Reason(rule, f"{evidence} ({one} and {other})")
        return True

    def _forbidden(self, left: Iterable[str], right: Iterable[str]) -> bool:
        others = list(right)
        return any(frozenset((a, b)) in self.apart for a in left for b in others)
