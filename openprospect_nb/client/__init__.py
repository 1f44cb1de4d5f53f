"""The client, twice: `Client` blocks, `AsyncClient` is awaited; one implementation."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
from openprospect_nb.lazily import on_first_use

if TYPE_CHECKING:
    from openprospect_nb.checks import CheckReport

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

# Few ask for the report of a check.
__getattr__, __dir__ = on_first_use(__name__, __all__, {"CheckReport": "openprospect_nb.checks"})
