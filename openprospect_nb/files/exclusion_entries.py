"""Whom a list of people and companies to keep out means, and what of it was not used, in words for messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from openprospect_nb.privacy import shared

__all__ = ["ExclusionEntry", "Exclusions"]

_LISTED: Final = 5  # how many unreadable entries a message names


class ExclusionEntry(NamedTuple):
    """One line of a list: whom it means, in canonical forms; None where it does not say.

    Attributes:
        row: its place in what was given, from 1. text: as it was given, for messages.
        address: an e-mail address. domain: a host; what is below it counts.
        is_site: whether the domain was a company's web site, so that the whole registered domain is meant.
        external_id, name, city, country: of a company.
    """

    row: int
    text: str
    address: str | None = None
    domain: str | None = None
    is_site: bool = False
    external_id: str | None = None
    name: str | None = None
    city: str | None = None
    country: str | None = None

    @property
    def company(self) -> dict[str, str]:
        """The entry as a blacklist of the API holds it; a company that is known by its domain alone is called by it."""
        facts = {
            "company_name": self.name or self.domain,
            "website_url": self.domain,
            "city": self.city,
            "country": self.country,
            "external_id": self.external_id,
        }
        return {field: value for field, value in facts.items() if value}

    @property
    def is_host(self) -> bool:
        """Whether it is a host of mail, or of pages of many, alone: it keeps out who writes from there, no company."""
        names_any = self.name or self.external_id or self.address
        return not names_any and self.domain is not None and shared.own_domain(self.domain) is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusions:
    """A list that was read.

    Attributes:
        entries: whom it means.
        unreadable: what could not be read, or names nobody, each with its row.
        shared: web sites beside a name or id that many companies share, each with its row; the rest of the row counts.
        let_in: rows that say themselves that they are not meant ("opted out: no"), each with its row.
        doubts: columns that tell of objections, but not of each row, so that all their rows count; columns that may
            name somebody and are not used.
        blanks: rows without anything.
    """

    entries: tuple[ExclusionEntry, ...] = ()
    unreadable: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
    let_in: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    blanks: int = 0

    @property
    def companies(self) -> list[dict[str, str]]:
        """The entries as a blacklist of the API holds them, each once; it holds no persons, and no `hosts`."""
        rows = [entry.company for entry in self.entries if entry.address is None and not entry.is_host]
        return [dict(row) for row in dict.fromkeys(tuple(row.items()) for row in rows)]

    @property
    def persons(self) -> tuple[str, ...]:
        """The entries that are addresses of persons, each with its row."""
        return tuple(f"row {entry.row}: {entry.text[:60]!r}" for entry in self.entries if entry.address is not None)

    @property
    def hosts(self) -> tuple[str, ...]:
        """The entries that are hosts of mail, or of pages of many, each with its row: they name no company."""
        return tuple(f"row {entry.row}: {entry.text[:60]!r}" for entry in self.entries if entry.is_host)

    @property
    def complaint(self) -> str:
        """What could not be read, in one sentence; empty if everything could."""
        return _counted("entries of the suppression list cannot be read", self.unreadable)

    @property
    def remark(self) -> str:
        """Which web sites and rows were not used, and what is in doubt, a sentence each; empty if all is clear."""
        sites = _counted("web sites of the suppression list are not used", self.shared)
        rows = _counted("rows of the suppression list say that they are not meant and keep out nobody", self.let_in)
        columns = _counted("columns of the suppression list are in doubt", self.doubts)
        return " ".join(said for said in (sites, rows, columns) if said)


def _counted(what: str, places: Sequence[str]) -> str:
    more = f"; and {len(places) - _LISTED:,} more" if len(places) > _LISTED else ""
    return f"{len(places):,} {what}: {'; '.join(places[:_LISTED])}{more}." if places else ""
