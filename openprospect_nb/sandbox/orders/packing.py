"""Pack what an order delivers: read what it wishes, ask the supply, leave out who is on a blacklist, choose and trim.

Blacklists exclude by four tiers (contract 4.8); what is delivered is said in contract 4.3, 4.4 and 5.3.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from openprospect_nb.contract import Feature
from openprospect_nb.sandbox.market.normalise import city_key, name_key, registrable_domain
from openprospect_nb.sandbox.market.supply import Supply
from openprospect_nb.sandbox.records.orders import submitted
from openprospect_nb.sandbox.records.profiles import profile_row
from openprospect_nb.sandbox.records.results import delivered_ids
from openprospect_nb.sandbox.records.searches import search_row
from openprospect_nb.sandbox.records.store import SandboxSettings
from openprospect_nb.sandbox.universe.company import Hit


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


_COMPANY_FIELDS: Final = {
    Feature.COMPANY_DATA: [
        "website_url",
        "normalized_url",
        "business_type",
        "city",
        "country",
        "description",
        "employee_count",
        "phone_numbers",
        "social_media_links",
        "legal_registration_info",
    ],
    Feature.ANALYSIS: ["match_score", "match_reasons", "match_reasoning"],
    Feature.TECHNOLOGIES: ["web_technologies", "web_technologies_analyzed_at"],
}
_PROSPECT_FIELDS: Final = {
    Feature.ANALYSIS: ["qualification_score", "qualification_reason"],
    Feature.EMAIL_DISCOVERY: ["email", "email_type", "validation_confidence", "bounce_risk_score"],
}


def choose(pool: Sequence[Hit], delivered: Collection[str], quantity: int) -> list[Hit]:
    """Return the first *quantity* companies of the pool that were not delivered before."""
    return [company for company in pool if company.company_id not in delivered][:quantity]


def trim(document: dict[str, Any], features: Collection[str]) -> dict[str, Any]:
    """Return *document* with the fields of features not ordered set to null (``prospects`` to an empty list)."""
    trimmed = dict(document)
    _blank(trimmed, _COMPANY_FIELDS, features)
    trimmed["prospects"] = []
    if Feature.CONTACTS in features:
        trimmed["prospects"] = [dict(prospect) for prospect in document["prospects"]]
        for prospect in trimmed["prospects"]:
            _blank(prospect, _PROSPECT_FIELDS, features)
    return trimmed


def _blank(record: dict[str, Any], fields: dict[Feature, list[str]], features: Collection[str]) -> None:
    for feature, names in fields.items():
        if feature not in features:
            record.update(dict.fromkeys(names))


@dataclass(frozen=True, slots=True)
class Wishes:
    """All that decides what an order gets.

    Attributes:
        profile: the profile fields, with the order's own roles and language.
        companies: the submitted ones; empty for discovery.
        delivered: the ids its search was given before.
    """

    profile: dict[str, Any]
    quantity: int
    features: list[str]
    exclusion: Exclusion
    delivered: frozenset[str]
    companies: list[dict[str, Any]]


def read_wishes(db: sqlite3.Connection, row: sqlite3.Row, settings: SandboxSettings) -> Wishes:
    """Return what the order of *row* wishes; an edited search's ICP replaces its profile's."""
    wished = json.loads(row["wishes"])
    content = wished["content"]
    if content is None:
        stored = profile_row(db, row["organisation"], row["profile_id"])
        content = json.loads(stored["content"])
        search = search_row(db, row["organisation"], row["search_id"])
        content["ideal_customer_profile"] = json.loads(search["facts"])["ideal_customer_profile"]
    overrides = {name: wished[name] for name in ("contact_roles", "output_language") if wished[name]}
    return Wishes(
        profile={**content, **overrides},
        quantity=wished["quantity"] or settings.inline_count,
        features=json.loads(row["facts"])["features"],
        exclusion=read_exclusion(db, wished["blacklist_ids"]),
        delivered=delivered_ids(db, row["search_id"]),
        companies=submitted(db, row["order_id"]),
    )


def pack(supply: Supply, wishes: Wishes, settings: SandboxSettings) -> list[dict[str, Any]]:
    """Return the Company objects to deliver, best first, or in the order submitted."""
    if wishes.companies:
        return _enriched(supply, wishes)
    pool_size = max(settings.pool_size, wishes.quantity)
    companies = choose(_allowed(supply, wishes, pool_size), wishes.delivered, wishes.quantity)
    documents = [supply.document(one, wishes.profile) for one in companies]
    documents.sort(key=lambda document: document["match_score"] or 0, reverse=True)
    return [trim(document, wishes.features) for document in documents]


def shortfall(delivered: int, ordered: int) -> str | None:
    """Return what an order says that brought fewer companies than were ordered; None if none is missing."""
    if delivered >= ordered:
        return None
    return (
        f"Delivered {delivered:,} of {ordered:,}: no more companies fit this profile that the search has not delivered "
        "before and no blacklist excludes. A wider place, size or trade finds more."
    )


def _allowed(supply: Supply, wishes: Wishes, pool_size: int) -> Sequence[Hit]:
    """Return the pool: the best *pool_size* companies that no blacklist excludes, fewer only if there are no more."""
    limit = pool_size
    while True:
        ranked = supply.rank(wishes.profile, limit)
        allowed = [one for one in ranked if wishes.exclusion.tier(one.name, one.city, one.domain) is None]
        if len(allowed) >= pool_size or len(ranked) < limit:
            return allowed[:pool_size]
        limit *= 2


def _enriched(supply: Supply, wishes: Wishes) -> list[dict[str, Any]]:
    documents = []
    for company in wishes.companies:
        source_id = company["external_id"]
        if wishes.exclusion.tier(company["company_name"], company["city"], company["website_url"], source_id) is None:
            document = trim(supply.enrich(company, wishes.profile), wishes.features)
            documents.append({**document, "source_id": source_id})
    return documents
