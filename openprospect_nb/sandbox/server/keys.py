"""The sandbox's API keys: one label each, with organisation, tier and scopes (contract 9.3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from openprospect_nb.contract import KEY_PREFIX_TEST

ORDERS_READ: Final = "orders:read"
ORDERS_WRITE: Final = "orders:write"
COMPANIES_READ: Final = "companies:read"
PROSPECTS_READ: Final = "prospects:read"
SEARCHES_READ: Final = "prospect_searches:read"
SEARCHES_WRITE: Final = "prospect_searches:write"
BLACKLISTS_READ: Final = "blacklists:read"
BLACKLISTS_WRITE: Final = "blacklists:write"

ALL_SCOPES: Final = (
    ORDERS_READ,
    ORDERS_WRITE,
    COMPANIES_READ,
    PROSPECTS_READ,
    SEARCHES_READ,
    SEARCHES_WRITE,
    BLACKLISTS_READ,
    BLACKLISTS_WRITE,
)
HOURLY_CALLS: Final = {"free": 100, "pro": 1000}
_SECRET_LENGTH: Final = 32


@dataclass(frozen=True, slots=True)
class Key:
    """One sandbox key: whose it is, how often it may call, and what it opens."""

    label: str
    organisation: str
    scopes: tuple[str, ...]
    tier: str = "pro"
    is_admin: bool = False
    is_expired: bool = False
    secret: str = field(init=False)

    def __post_init__(self) -> None:
        """Spell the secret: test prefix, label, padded with zeros to 32 characters."""
        object.__setattr__(self, "secret", KEY_PREFIX_TEST + self.label.ljust(_SECRET_LENGTH, "0"))


_READS: Final = tuple(scope for scope in ALL_SCOPES if scope.endswith(":read"))
_TABLE: Final = (
    Key("full", "A", ALL_SCOPES, is_admin=True),
    Key("orders", "A", (ORDERS_READ, ORDERS_WRITE)),
    Key("discovery", "A", (ORDERS_READ, ORDERS_WRITE, BLACKLISTS_READ, BLACKLISTS_WRITE)),
    Key("readonly", "A", _READS),
    Key("sync", "A", (SEARCHES_READ, COMPANIES_READ, PROSPECTS_READ)),
    Key("editor", "A", (SEARCHES_READ, SEARCHES_WRITE)),
    Key("noscope", "A", ()),
    Key("freetier", "A", ALL_SCOPES, tier="free"),
    Key("otherorg", "B", ALL_SCOPES),
    Key("expired", "A", (), is_expired=True),
)
# who calls what needs no key
NO_KEY: Final = Key("", "", ())
ALL_KEYS: Final = {key.label: key.secret for key in _TABLE}
_BY_SECRET: Final = {key.secret: key for key in _TABLE}


def find_key(authorization: str | None) -> Key | None:
    """Return the key of an ``Authorization`` header; None if it is missing, malformed, unknown or expired."""
    scheme, _, secret = (authorization or "").partition(" ")
    key = _BY_SECRET.get(secret.strip()) if scheme.lower() == "bearer" else None
    return None if key is None or key.is_expired else key
