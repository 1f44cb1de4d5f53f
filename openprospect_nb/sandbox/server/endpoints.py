"""The API as one table: method, path, handler, scopes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from openprospect_nb import contract
from openprospect_nb.contract import Scope
from openprospect_nb.sandbox.control import Control
from openprospect_nb.sandbox.handlers import blacklists, companies, control, keys, orders, profiles, prospects, searches
from openprospect_nb.sandbox.orders.engine import Engine
from openprospect_nb.sandbox.server.call import SandboxCall, SandboxResponse

Context = TypeVar("Context")
CONTROL_PREFIX: Final = "/_sandbox"


@dataclass(frozen=True, slots=True)
class Endpoint(Generic[Context]):
    """One operation: path below its surface, handler of that surface's object, scopes a key needs."""

    method: str
    path: str
    handler: Callable[[Context, SandboxCall], SandboxResponse]
    scopes: tuple[str, ...] = ()


_ORDER: Final = f"{contract.PATH_ORDERS}/{{order_id}}"
_SEARCH: Final = f"{contract.PATH_SEARCHES}/{{prospect_search_id}}"
_DELIVERIES: Final = f"{contract.PATH_DELIVERIES}/{{prospect_search_id}}/companies"
_COMPANY: Final = f"{contract.PATH_COMPANIES}/{{company_id}}"
_BLACKLIST: Final = f"{contract.PATH_BLACKLISTS}/{{blacklist_id}}"

ENDPOINTS: Final[tuple[Endpoint[Engine], ...]] = (
    Endpoint("GET", contract.PATH_VALIDATE, keys.validate),
    Endpoint("POST", contract.PATH_PROFILES, profiles.create, (Scope.ORDERS_WRITE,)),
    Endpoint("GET", f"{contract.PATH_PROFILES}/{{profile_creation_id}}", profiles.get, (Scope.ORDERS_READ,)),
    Endpoint("POST", contract.PATH_ORDERS, orders.create, (Scope.ORDERS_WRITE,)),
    Endpoint("GET", contract.PATH_ORDERS, orders.list_all, (Scope.ORDERS_READ,)),
    Endpoint("GET", _ORDER, orders.get, (Scope.ORDERS_READ,)),
    Endpoint("GET", f"{_ORDER}/results", orders.results, (Scope.ORDERS_READ,)),
    Endpoint("GET", _DELIVERIES, prospects.deliveries, (Scope.COMPANIES_READ, Scope.PROSPECTS_READ)),
    Endpoint("GET", contract.PATH_SEARCHES, searches.list_all, (Scope.SEARCHES_READ,)),
    Endpoint("GET", _SEARCH, searches.get, (Scope.SEARCHES_READ,)),
    Endpoint("PATCH", _SEARCH, searches.update, (Scope.SEARCHES_WRITE,)),
    Endpoint("GET", f"{_SEARCH}/blacklists", searches.assigned, (Scope.BLACKLISTS_READ,)),
    Endpoint("PUT", f"{_SEARCH}/blacklists", searches.assign, (Scope.BLACKLISTS_WRITE,)),
    Endpoint("GET", contract.PATH_COMPANIES, companies.list_all, (Scope.COMPANIES_READ,)),
    Endpoint("GET", _COMPANY, companies.get, (Scope.COMPANIES_READ,)),
    Endpoint("GET", f"{_COMPANY}/jobs", companies.jobs, (Scope.COMPANIES_READ,)),
    Endpoint("GET", f"{_COMPANY}/jobs/summary", companies.jobs_summary, (Scope.COMPANIES_READ,)),
    Endpoint("GET", f"{_COMPANY}/webtech-intel", companies.technologies, (Scope.COMPANIES_READ,)),
    Endpoint("GET", f"{_COMPANY}/webtech-intel/summary", companies.technologies_summary, (Scope.COMPANIES_READ,)),
    Endpoint("GET", contract.PATH_PROSPECTS, prospects.list_all, (Scope.PROSPECTS_READ,)),
    Endpoint("GET", f"{contract.PATH_PROSPECTS}/{{prospect_id}}", prospects.get, (Scope.PROSPECTS_READ,)),
    Endpoint("POST", contract.PATH_BLACKLISTS, blacklists.create, (Scope.BLACKLISTS_WRITE,)),
    Endpoint("GET", contract.PATH_BLACKLISTS, blacklists.list_all, (Scope.BLACKLISTS_READ,)),
    Endpoint("GET", _BLACKLIST, blacklists.get, (Scope.BLACKLISTS_READ,)),
    Endpoint("PATCH", _BLACKLIST, blacklists.update, (Scope.BLACKLISTS_WRITE,)),
    Endpoint("DELETE", _BLACKLIST, blacklists.delete, (Scope.BLACKLISTS_WRITE,)),
    Endpoint("POST", f"{_BLACKLIST}/entries", blacklists.add_entries, (Scope.BLACKLISTS_WRITE,)),
    Endpoint("GET", f"{_BLACKLIST}/entries", blacklists.list_entries, (Scope.BLACKLISTS_READ,)),
    Endpoint("DELETE", f"{_BLACKLIST}/entries", blacklists.drop_entries, (Scope.BLACKLISTS_WRITE,)),
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
