"""`Truth`: what is really so about the companies and prospects a sandbox delivered; the API never shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

__all__ = ["Truth"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """The known truth behind delivered data, to check forecasts, calibration and deduplication against.

    Attributes:
        bounces: prospect id → whether a mail to that mailbox would bounce; prospects without a mailbox are left out.
        bounce_chances: prospect id → the chance (0 to 1) that ``bounces`` was drawn from.
        responds: prospect id → whether the person would answer one mail.
        firms: company id → the number of the firm behind it.
        duplicates: groups of different company ids that are one firm under different spellings.
        dead_domains: domains that take no mail at all.
    """

    bounces: Mapping[str, bool]
    bounce_chances: Mapping[str, float]
    responds: Mapping[str, bool]
    firms: Mapping[str, int]
    duplicates: Sequence[Sequence[str]]
    dead_domains: frozenset[str]

    def __repr__(self) -> str:
        """Return how much is known, without any id."""
        return f"<Truth: {len(self.bounces)} mailboxes, {len(self.firms)} companies, {len(self.duplicates)} duplicates>"
