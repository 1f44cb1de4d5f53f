"""Asynchronous resources, one noun a file; the only implementation of every verb."""

from __future__ import annotations

from openprospect_nb.api.blacklists import AsyncBlacklist, AsyncBlacklists
from openprospect_nb.api.companies import AsyncCompanies
from openprospect_nb.api.deliveries import AsyncDeliveries
from openprospect_nb.api.journal import AsyncJournal
from openprospect_nb.api.order import AsyncOrder
from openprospect_nb.api.orders import AsyncOrders
from openprospect_nb.api.pilot import AsyncPilot
from openprospect_nb.api.profiles import AsyncProfile, AsyncProfiles
from openprospect_nb.api.prospects import AsyncProspects
from openprospect_nb.api.renewal import AsyncRenewal
from openprospect_nb.api.searches import AsyncSearches

__all__ = [
    "AsyncBlacklist",
    "AsyncBlacklists",
    "AsyncCompanies",
    "AsyncDeliveries",
    "AsyncJournal",
    "AsyncOrder",
    "AsyncOrders",
    "AsyncPilot",
    "AsyncProfile",
    "AsyncProfiles",
    "AsyncProspects",
    "AsyncRenewal",
    "AsyncSearches",
]
