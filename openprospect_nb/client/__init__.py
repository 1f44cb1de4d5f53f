"""The two faces of the API: `Client` blocks, `AsyncClient` is awaited; one implementation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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


def __getattr__(name: str) -> Any:
    """Return the report of a check, which few ask for, when first used."""
    if name == "CheckReport":
        from openprospect_nb.checks import CheckReport

        return CheckReport
    raise AttributeError(f"module 'openprospect_nb.client' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
