"""Companies that were bought before, and which rows of a new list are among them, however they are written.

Two rows mean one company when their names agree and nothing speaks against it: the same web site or id of one's own,
or, where no site tells, the same name in no other place, with legal forms that may be of one company. A group's
companies on one site have other names and stay apart. This leaves out of an order what was paid for; it is stricter
than `op.dedupe`, which may show more pairs, because a company left out by mistake is a company that is missing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property, lru_cache
from typing import Final

from openprospect_nb.names.legal_forms import are_two_kinds, parted
from openprospect_nb.names.words import LINKING
from openprospect_nb.privacy import canonical, shared

Company = Mapping[str, str | None]
_COMPARED: Final = ("company_name", "website_url", "city", "external_id")
_LINKING: Final = LINKING | {"the"}
_ALIKE: Final = 0.9


@dataclass(frozen=True, slots=True)
class _Facts:
    """What of a company is compared: its name and legal form, its own domains, the words of its city, its id."""

    name: tuple[str, ...]
    form: str
    sites: frozenset[str]
    city: frozenset[str]
    external_id: str | None

    @property
    def keys(self) -> set[tuple[str, str]]:
        """Under what it is looked up: two of one company share at least one."""
        own = {("site", site) for site in self.sites} | {("name", "".join(self.name))}
        return own | ({("id", self.external_id)} if self.external_id else set())

    def is_same(self, other: _Facts) -> bool:
        """Return whether both are one company."""
        if self.sites and other.sites:
            return bool(self.sites & other.sites) and self._is_named_alike(other)
        if self.external_id and self.external_id == other.external_id:
            return self._is_named_alike(other)
        # Frankfurt is in Frankfurt am Main.
        elsewhere = self.city and other.city and not (self.city <= other.city or other.city <= self.city)
        are_two = elsewhere or are_two_kinds(self.form, other.form)
        return bool(self.name) and "".join(self.name) == "".join(other.name) and not are_two

    def _is_named_alike(self, other: _Facts) -> bool:
        mine, theirs = set(self.name), set(other.name)
        if not mine or not theirs or mine <= theirs or theirs <= mine:
            return True
        return SequenceMatcher(None, "".join(self.name), "".join(other.name)).ratio() >= _ALIKE


@lru_cache(maxsize=200_000)
def _facts_of(name: str | None, site: str | None, city: str | None, external_id: str | None) -> _Facts:
    """Return what is compared; each order asks for those of all companies that are here, mostly the same as before."""
    words, form = parted(name or "")
    sites = (shared.own_domain(host) for host in canonical.domains(site or ""))
    return _Facts(
        tuple([word for word in words if word not in _LINKING] or words),
        form,
        frozenset(site for site in sites if site is not None),
        frozenset(canonical.words_of(city or "")),
        external_id,
    )


class KnownCompanies:
    """Companies with the orders they came with, looked up by what they are."""

    def __init__(self, companies: Iterable[tuple[str, Company]]) -> None:
        """Take orders' ids with a company each."""
        self._companies = list(companies)

    def __len__(self) -> int:
        """Return how many there are, a company bought twice counted twice."""
        return len(self._companies)

    def without(self, orders: Collection[str]) -> KnownCompanies:
        """Return what would be known without some orders."""
        return KnownCompanies(each for each in self._companies if each[0] not in orders)

    def orders_of(self, company: Company) -> list[str]:
        """Return the orders that brought *company*, each once."""
        asked = _facts_of(*(company.get(field) for field in _COMPARED))
        met = {place for key in asked.keys for place in self._index.get(key, ())}
        return list(dict.fromkeys(self._companies[at][0] for at in sorted(met) if self._facts[at].is_same(asked)))

    @cached_property
    def _facts(self) -> list[_Facts]:
        return [_facts_of(*(company.get(field) for field in _COMPARED)) for _, company in self._companies]

    @cached_property
    def _index(self) -> dict[tuple[str, str], list[int]]:
        index: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        for place, facts in enumerate(self._facts):
            for key in facts.keys:
                index[key].append(place)
        return index
