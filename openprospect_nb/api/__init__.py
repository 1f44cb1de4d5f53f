"""Asynchronous resources, one noun a file; the only implementation of every verb."""

from __future__ import annotations

from openprospect_nb.api.order import AsyncOrder
from openprospect_nb.api.orders import AsyncOrders
from openprospect_nb.api.profiles import AsyncProfile, AsyncProfiles

__all__ = ["AsyncOrder", "AsyncOrders", "AsyncProfile", "AsyncProfiles"]
