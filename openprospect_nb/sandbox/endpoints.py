"""The API as one table: method, path, handler, scopes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from openprospect_nb.contract import PATH_ORDERS, PATH_PROFILES, PATH_VALIDATE
from openprospect_nb.sandbox.call import Answer, Call
from openprospect_nb.sandbox.engine import Engine
from openprospect_nb.sandbox.handlers import keys, orders, profiles
from openprospect_nb.sandbox.keys import ORDERS_READ, ORDERS_WRITE

__all__ = ["ENDPOINTS", "Endpoint"]

Handler = Callable[[Engine, Call], Answer]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One operation; the path is relative to ``/api/v1``; a key needs all *scopes*."""

    method: str
    path: str
    handler: Handler
    scopes: tuple[str, ...] = ()


_ORDER: Final = f"{PATH_ORDERS}/{{order_id}}"

ENDPOINTS: Final = (
    Endpoint("GET", PATH_VALIDATE, keys.validate),
    Endpoint("POST", PATH_PROFILES, profiles.create, (ORDERS_WRITE,)),
    Endpoint("GET", f"{PATH_PROFILES}/{{profile_creation_id}}", profiles.get, (ORDERS_READ,)),
    Endpoint("POST", PATH_ORDERS, orders.create, (ORDERS_WRITE,)),
    Endpoint("GET", PATH_ORDERS, orders.list_all, (ORDERS_READ,)),
    Endpoint("GET", _ORDER, orders.get, (ORDERS_READ,)),
    Endpoint("GET", f"{_ORDER}/results", orders.results, (ORDERS_READ,)),
)
