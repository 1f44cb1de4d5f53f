"""The two faces of the API: `Client` blocks, `AsyncClient` is awaited; one implementation."""

from __future__ import annotations

from openprospect_nb.client.aio import AsyncClient
from openprospect_nb.client.blocking import Client, Order, Orders, Profile, Profiles

__all__ = ["AsyncClient", "Client", "Order", "Orders", "Profile", "Profiles"]
