"""The wire vocabulary of the OpenProspect API: states, paths, header names, limits. No logic.

Client and sandbox share these names and nothing else, so that neither can be wrong on the other's behalf.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

API_PREFIX: Final = "/api/v1"
PRODUCTION_URL: Final = "https://api.openprospect.io"

HEADER_IDEMPOTENCY_KEY: Final = "Idempotency-Key"
HEADER_IDEMPOTENCY_REPLAYED: Final = "Idempotency-Replayed"
HEADER_RETRY_AFTER: Final = "Retry-After"
HEADER_SANDBOX: Final = "X-OpenProspect-Sandbox"
HEADER_SANDBOX_CONTROL: Final = "X-Sandbox-Control"

KEY_PREFIX_LIVE: Final = "lnc_live_"
KEY_PREFIX_TEST: Final = "lnc_test_"

PATH_VALIDATE: Final = "/auth/validate"
PATH_PROFILES: Final = "/search-profile-creations"
PATH_ORDERS: Final = "/orders"
PATH_DELIVERIES: Final = "/deliveries"
PATH_SEARCHES: Final = "/prospect-searches"
PATH_COMPANIES: Final = "/companies"
PATH_PROSPECTS: Final = "/prospects"
PATH_BLACKLISTS: Final = "/blacklists"

PAGE_LIMIT: Final = 100
PAGE_DEFAULT: Final = 50
MAX_COMPANIES: Final = 10_000
MAX_BRIEFINGS: Final = 10_000
MAX_BLACKLIST_ENTRIES: Final = 10_000
MAX_PROFILE_NAME: Final = 500
MAX_TITLE: Final = 500
MAX_ICP_TEXT: Final = 5_000
MAX_SELLER_INDUSTRY: Final = 1_000
MAX_LANGUAGE: Final = 10
MAX_COUNTRY: Final = 100
MAX_COMPANY_NAME: Final = 500
MAX_EXTERNAL_ID: Final = 255
MAX_URL: Final = 2_048
MAX_CITY: Final = 255
MAX_BLACKLIST_NAME: Final = 255
MAX_BLACKLIST_DESCRIPTION: Final = 5_000
MAX_IDEMPOTENCY_KEY: Final = 255


class OrderType(StrEnum):
    """What kind of order: the server finds companies, or the caller names them."""

    DISCOVERY = "DISCOVERY"
    ENRICHMENT = "ENRICHMENT"


class OrderStatus(StrEnum):
    """The seven documented states of an order."""

    RECEIVED = "RECEIVED"
    ACCEPTED = "ACCEPTED"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    REJECTED = "REJECTED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


ORDER_TERMINAL: Final = frozenset(
    {OrderStatus.COMPLETED, OrderStatus.REJECTED, OrderStatus.FAILED, OrderStatus.CANCELLED}
)


class ProfileStatus(StrEnum):
    """The four documented states of a profile creation."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


PROFILE_TERMINAL: Final = frozenset({ProfileStatus.SUCCEEDED, ProfileStatus.FAILED})


class Feature(StrEnum):
    """The features seen in the vendor's documents; the list is open."""

    COMPANY_DATA = "COMPANY_DATA"
    CONTACTS = "CONTACTS"
    ANALYSIS = "ANALYSIS"
    TECHNOLOGIES = "TECHNOLOGIES"
    EMAIL_DISCOVERY = "EMAIL_DISCOVERY"


class Priority(StrEnum):
    """How urgent an order is."""

    NORMAL = "NORMAL"
    EXPRESS = "EXPRESS"


class ReviewStatus(StrEnum):
    """The review states of a company in a prospect search."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    PENDING = "pending"


class Scope(StrEnum):
    """What a key may be allowed to do."""

    ORDERS_READ = "orders:read"
    ORDERS_WRITE = "orders:write"
    COMPANIES_READ = "companies:read"
    PROSPECTS_READ = "prospects:read"
    SEARCHES_READ = "prospect_searches:read"
    SEARCHES_WRITE = "prospect_searches:write"
    BLACKLISTS_READ = "blacklists:read"
    BLACKLISTS_WRITE = "blacklists:write"
