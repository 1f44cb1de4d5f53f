"""The sandbox's API keys: one label each, with organisation, tier and scopes (contract 9.3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from openprospect_nb.contract import KEY_PREFIX_TEST, Scope

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


_READS: Final = tuple(scope for scope in Scope if scope.endswith(":read"))
_TABLE: Final = (
    Key("full", "A", tuple(Scope), is_admin=True),
    Key("orders", "A", (Scope.ORDERS_READ, Scope.ORDERS_WRITE)),
    Key("discovery", "A", (Scope.ORDERS_READ, Scope.ORDERS_WRITE, Scope.BLACKLISTS_READ, Scope.BLACKLISTS_WRITE)),
    Key("readonly", "A", _READS),
    Key("sync", "A", (Scope.SEARCHES_READ, Scope.COMPANIES_READ, Scope.PROSPECTS_READ)),
    Key("editor", "A", (Scope.SEARCHES_READ, Scope.SEARCHES_WRITE)),
    Key("noscope", "A", ()),
    Key("freetier", "A", tuple(Scope), tier="free"),
    Key("otherorg", "B", tuple(Scope)),
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
