"""The two faces of the API: `Client` blocks, `AsyncClient` is awaited; one implementation."""

from __future__ import annotations

from openprospect_nb.checks import CheckReport
from openprospect_nb.client.aio import AsyncClient
from openprospect_nb.client.blocking import (
    Blacklists,
    Client,
    Companies,
    Deliveries,
    Journal,
    Order,
    Orders,
    Pilot,
    Profile,
    Profiles,
    Prospects,
    Renewal,
    Searches,
)

__all__ = [
    "AsyncClient",
    "Blacklists",
    "CheckReport",
    "Client",
    "Companies",
    "Deliveries",
    "Journal",
    "Order",
    "Orders",
    "Pilot",
    "Profile",
    "Profiles",
    "Prospects",
    "Renewal",
    "Searches",
]
