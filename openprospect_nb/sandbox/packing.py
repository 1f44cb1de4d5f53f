"""Packs what an order delivers: reads what it wishes, asks the supply, excludes, chooses and trims."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from openprospect_nb.sandbox.exclusion import Exclusion, read_exclusion
from openprospect_nb.sandbox.records.orders import submitted
from openprospect_nb.sandbox.records.profiles import profile_row
from openprospect_nb.sandbox.records.results import delivered_ids
from openprospect_nb.sandbox.records.searches import search_row
from openprospect_nb.sandbox.shipment import choose, trim
from openprospect_nb.sandbox.store import Settings
from openprospect_nb.sandbox.supply import Found, Supply

__all__ = ["Wishes", "pack", "read_wishes"]


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


def read_wishes(db: sqlite3.Connection, row: sqlite3.Row, settings: Settings) -> Wishes:
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


def pack(supply: Supply, wishes: Wishes, settings: Settings) -> list[dict[str, Any]]:
    """Return the Company objects to deliver, best first, or in the order submitted."""
    return _enriched(supply, wishes) if wishes.companies else _discovered(supply, wishes, settings)


def _discovered(supply: Supply, wishes: Wishes, settings: Settings) -> list[dict[str, Any]]:
    pool_size = max(settings.pool_size, wishes.quantity)
    found = choose(_allowed(supply, wishes, pool_size), wishes.delivered, wishes.quantity)
    return [trim(supply.document(one, wishes.profile), wishes.features) for one in found]


def _allowed(supply: Supply, wishes: Wishes, pool_size: int) -> Sequence[Found]:
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
