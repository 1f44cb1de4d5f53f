"""The API as one table: method, path, handler, scopes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from openprospect_nb.contract import (
    PATH_BLACKLISTS,
    PATH_COMPANIES,
    PATH_DELIVERIES,
    PATH_ORDERS,
    PATH_PROFILES,
    PATH_PROSPECTS,
    PATH_SEARCHES,
    PATH_VALIDATE,
)
from openprospect_nb.sandbox.control import Control
from openprospect_nb.sandbox.handlers import blacklists, companies, control, keys, orders, profiles, prospects, searches
from openprospect_nb.sandbox.orders.engine import Engine
from openprospect_nb.sandbox.server.call import SandboxCall, SandboxResponse
from openprospect_nb.sandbox.server.keys import (
    BLACKLISTS_READ,
    BLACKLISTS_WRITE,
    COMPANIES_READ,
    ORDERS_READ,
    ORDERS_WRITE,
    PROSPECTS_READ,
    SEARCHES_READ,
    SEARCHES_WRITE,
)

Context = TypeVar("Context")
CONTROL_PREFIX: Final = "/_sandbox"


@dataclass(frozen=True, slots=True)
class Endpoint(Generic[Context]):
    """One operation: path below its surface, handler of that surface's object, scopes a key needs."""

    method: str
    path: str
    handler: Callable[[Context, SandboxCall], SandboxResponse]
    scopes: tuple[str, ...] = ()


_ORDER: Final = f"{PATH_ORDERS}/{{order_id}}"
_SEARCH: Final = f"{PATH_SEARCHES}/{{prospect_search_id}}"
_COMPANY: Final = f"{PATH_COMPANIES}/{{company_id}}"
_BLACKLIST: Final = f"{PATH_BLACKLISTS}/{{blacklist_id}}"

ENDPOINTS: Final[tuple[Endpoint[Engine], ...]] = (
    Endpoint("GET", PATH_VALIDATE, keys.validate),
    Endpoint("POST", PATH_PROFILES, profiles.create, (ORDERS_WRITE,)),
    Endpoint("GET", f"{PATH_PROFILES}/{{profile_creation_id}}", profiles.get, (ORDERS_READ,)),
    Endpoint("POST", PATH_ORDERS, orders.create, (ORDERS_WRITE,)),
    Endpoint("GET", PATH_ORDERS, orders.list_all, (ORDERS_READ,)),
    Endpoint("GET", _ORDER, orders.get, (ORDERS_READ,)),
    Endpoint("GET", f"{_ORDER}/results", orders.results, (ORDERS_READ,)),
    Endpoint(
        "GET",
        f"{PATH_DELIVERIES}/{{prospect_search_id}}/companies",
        prospects.deliveries,
        (COMPANIES_READ, PROSPECTS_READ),
    ),
    Endpoint("GET", PATH_SEARCHES, searches.list_all, (SEARCHES_READ,)),
    Endpoint("GET", _SEARCH, searches.get, (SEARCHES_READ,)),
    Endpoint("PATCH", _SEARCH, searches.update, (SEARCHES_WRITE,)),
    Endpoint("GET", f"{_SEARCH}/blacklists", searches.assigned, (BLACKLISTS_READ,)),
    Endpoint("PUT", f"{_SEARCH}/blacklists", searches.assign, (BLACKLISTS_WRITE,)),
    Endpoint("GET", PATH_COMPANIES, companies.list_all, (COMPANIES_READ,)),
    Endpoint("GET", _COMPANY, companies.get, (COMPANIES_READ,)),
    Endpoint("GET", f"{_COMPANY}/jobs", companies.jobs, (COMPANIES_READ,)),
    Endpoint("GET", f"{_COMPANY}/jobs/summary", companies.jobs_summary, (COMPANIES_READ,)),
    Endpoint("GET", f"{_COMPANY}/webtech-intel", companies.technologies, (COMPANIES_READ,)),
    Endpoint("GET", f"{_COMPANY}/webtech-intel/summary", companies.technologies_summary, (COMPANIES_READ,)),
    Endpoint("GET", PATH_PROSPECTS, prospects.list_all, (PROSPECTS_READ,)),
    Endpoint("GET", f"{PATH_PROSPECTS}/{{prospect_id}}", prospects.get, (PROSPECTS_READ,)),
    Endpoint("POST", PATH_BLACKLISTS, blacklists.create, (BLACKLISTS_WRITE,)),
    Endpoint("GET", PATH_BLACKLISTS, blacklists.list_all, (BLACKLISTS_READ,)),
    Endpoint("GET", _BLACKLIST, blacklists.get, (BLACKLISTS_READ,)),
    Endpoint("PATCH", _BLACKLIST, blacklists.update, (BLACKLISTS_WRITE,)),
    Endpoint("DELETE", _BLACKLIST, blacklists.delete, (BLACKLISTS_WRITE,)),
    Endpoint("POST", f"{_BLACKLIST}/entries", blacklists.add_entries, (BLACKLISTS_WRITE,)),
    Endpoint("GET", f"{_BLACKLIST}/entries", blacklists.list_entries, (BLACKLISTS_READ,)),
    Endpoint("DELETE", f"{_BLACKLIST}/entries", blacklists.drop_entries, (BLACKLISTS_WRITE,)),
)

CONTROL_ENDPOINTS: Final[tuple[Endpoint[Control], ...]] = (
    Endpoint("GET", "/state", control.state),
    Endpoint("POST", "/reset", control.reset),
    Endpoint("PATCH", "/settings", control.settings),
    Endpoint("POST", "/orders/{order_id}/transition", control.transition_order),
    Endpoint("POST", "/profile-creations/{profile_creation_id}/transition", control.transition_profile),
    Endpoint("POST", "/faults", control.fault),
    Endpoint("DELETE", "/faults", control.clear_faults),
    Endpoint("GET", "/webhooks", control.webhooks),
    Endpoint("POST", "/clock", control.advance),
)
