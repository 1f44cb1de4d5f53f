"""Frozen values of the few: what the server said about an order, a profile, a key, at one moment.

Reading is generation-blind: every field but the id and the status may be missing, fields we do not know are kept in
``extra``, and states we do not know are kept as text and never taken for final (contract 1.3).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from math import isfinite
from typing import Any, Final, Self, TypeVar, cast

from openprospect_nb.contract import ORDER_TERMINAL, PROFILE_TERMINAL, OrderStatus, ProfileStatus
from openprospect_nb.errors import ContractError
from openprospect_nb.markup.cards import Card, Faced

Wire = Mapping[str, Any]
M = TypeVar("M")

LARGEST: Final = 2**63


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """An amount of money as the server stated it: ``total``, in units of ``currency`` (a code, or empty)."""

    total: float
    currency: str

    def __str__(self) -> str:
        return f"{self.total:,.2f} {self.currency}"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyInfo(Faced):
    """What a key may do.

    Attributes:
        valid: whether the server accepts it.
        scopes: what it may do, such as ``orders:read``.
        extra: fields the contract does not know.
    """

    valid: bool
    scopes: tuple[str, ...]
    extra: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_wire(cls, wire: Wire) -> Self:
        """Read the response of ``GET /auth/validate``.

        Raises:
            ContractError: it is no object.
        """
        wire = as_object(wire)
        return cls(valid=wire.get("valid") is True, scopes=texts(wire.get("scopes")) or (), extra=_extra(cls, wire))

    def _card(self) -> Card:
        """Return what the key may do as a card; the key itself is not known here."""
        answer = "The key is valid." if self.valid else "The server does not accept the key."
        calls = ("client.check()", "client.orders.list()") if self.valid else ("op.connect(api_key=…)",)
        return Card(kind="Key", answer=answer, facts=(("may do", ", ".join(self.scopes)),), calls=calls)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileState:
    """What the server said about a profile creation; times are aware UTC.

    Attributes:
        profile_creation_id: the id of the job.
        profile_name: the name it was given.
        status: one of `contract.ProfileStatus`, or a state we do not know, as text.
        created_at, updated_at: when the job was made, and last changed.
        profile_id: what orders are placed with; None until it is ready.
        message: why it failed, where the server says so.
        extra: fields the contract does not know.
    """

    profile_creation_id: str
    status: str
    profile_id: str | None = None
    profile_name: str | None = None
    message: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_terminal(self) -> bool:
        """Whether the creation has ended; an unknown status has not."""
        return self.status in PROFILE_TERMINAL

    @property
    def is_ready(self) -> bool:
        """Whether orders can be placed with ``profile_id``."""
        return self.status == ProfileStatus.SUCCEEDED and self.profile_id is not None

    @classmethod
    def from_wire(cls, wire: Wire) -> Self:
        """Read a profile creation.

        Raises:
            ContractError: the id or the status is missing.
        """
        return _read(cls, wire, ("profile_creation_id", "status"), created_at=moment, updated_at=moment)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderState:
    """What the server said about an order: the columns of `schemas.ORDERS` as fields, the price in one `Cost`.

    The union of all generations' fields; None where the server did not say. Times are aware UTC.
    """

    order_id: str
    status: str
    order_type: str | None = None
    title: str | None = None
    priority: str | None = None
    company_count: int | None = None
    briefing_quantity: int | None = None
    features: tuple[str, ...] | None = None
    estimated_cost: Cost | None = None
    profile_id: str | None = None
    prospect_search_id: str | None = None
    message: str | None = None
    admin_notes: str | None = None
    webhook_url: str | None = None
    seller_offering: str | None = None
    seller_industry: str | None = None
    output_language: str | None = None
    excluded_industries: tuple[str, ...] | None = None
    target_countries: tuple[str, ...] | None = None
    target_cities: tuple[str, ...] | None = None
    created_at: datetime | None = None
    accepted_at: datetime | None = None
    completed_at: datetime | None = None
    cancelled_at: datetime | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_terminal(self) -> bool:
        """Whether the order has ended; an unknown status has not."""
        return self.status in ORDER_TERMINAL

    @property
    def is_completed(self) -> bool:
        """Whether results are ready."""
        return self.status == OrderStatus.COMPLETED

    @property
    def reason(self) -> str | None:
        """Why it ended badly: the message or the reviewer's notes, whichever the server gave."""
        return self.message or self.admin_notes

    @classmethod
    def from_wire(cls, wire: Wire) -> Self:
        """Read an order, or the shorter response to its creation.

        Raises:
            ContractError: the id or the status is missing.
        """
        return _read(
            cls,
            wire,
            ("order_id", "status"),
            estimated_cost=cost,
            **dict.fromkeys(("company_count", "briefing_quantity"), integer),
            **dict.fromkeys(("features", "excluded_industries", "target_countries", "target_cities"), texts),
            **dict.fromkeys(("created_at", "accepted_at", "completed_at", "cancelled_at"), moment),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What the server said about a prospect search.

    Attributes:
        ideal_customer_profile: whom it looks for. geo_locations, search_keywords: where, and by which words.
        version: what an update is based on; it rises with every change.
        created_at, updated_at: when it was made, and last changed; aware UTC.
        stripped_fields: what an update asked for and the key was not allowed to change.
    """

    id: str
    name: str | None = None
    status: str | None = None
    version: int | None = None
    ideal_customer_profile: str | None = None
    geo_locations: tuple[str, ...] | None = None
    search_keywords: tuple[str, ...] | None = None
    stripped_fields: tuple[str, ...] | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_wire(cls, wire: Wire) -> Self:
        """Read a prospect search.

        Raises:
            ContractError: the id is missing.
        """
        lists = dict.fromkeys(("geo_locations", "search_keywords", "stripped_fields"), texts)
        return _read(cls, wire, ("id",), version=integer, created_at=moment, updated_at=moment, **lists)


@dataclass(frozen=True, slots=True, kw_only=True)
class Blacklist:
    """What the server said about a blacklist: the columns of `schemas.BLACKLISTS` as fields, times aware UTC."""

    id: str
    name: str | None = None
    description: str | None = None
    entry_count: int | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_wire(cls, wire: Wire) -> Self:
        """Read a blacklist.

        Raises:
            ContractError: the id is missing.
        """
        return _read(cls, wire, ("id",), entry_count=integer, created_at=moment, updated_at=moment)


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """What adding to a blacklist did; a count that the server did not say, or not plainly, is None and not 0.

    Attributes:
        added: entries that were new.
        skipped: entries that were there already.
        failed: entries the server says it did not take.
    """

    added: int | None
    skipped: int | None
    failed: int | None = None

    def __str__(self) -> str:
        if self.added is None and self.skipped is None:
            return "added; the server did not say how many were new"
        added = f"{_words(self.added)} added"
        skipped = f", {_words(self.skipped)} were there already"
        return added + skipped + (f", {self.failed:,} not taken" if self.failed else "")


def as_object(wire: Any) -> Wire:
    """Return *wire* if it is a JSON object.

    Raises:
        ContractError: it is anything else.
    """
    if not isinstance(wire, Mapping):
        raise ContractError(f"the response is no JSON object but a {type(wire).__name__}.", code="NOT_JSON")
    return wire


def needed(wire: Wire, name: str) -> str:
    """Return the text at *name*.

    Raises:
        ContractError: it is missing or empty.
    """
    value = text(wire.get(name))
    if not value:
        raise ContractError(f"the response has no {name!r}.", code="FIELD_MISSING")
    return value


def text(value: Any) -> str | None:
    """Return a text, a number as text, or None; half a surrogate pair, which no file takes, becomes a question mark."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode()
    return None if finite(value) is None else str(value)


def texts(value: Any) -> tuple[str, ...] | None:
    """Return a list's members as texts, or None if it is no list; a member that is no scalar is written as JSON."""
    if not isinstance(value, list | tuple):
        return None
    return tuple(
        text(member) or json.dumps(member, ensure_ascii=False, default=str).encode("utf-8", "replace").decode()
        for member in value
        if member is not None
    )


def integer(value: Any) -> int | None:
    """Return a whole number that a 64-bit column holds, or None."""
    if finite(value) is None or (isinstance(value, float) and not value.is_integer()):
        return None
    whole = int(value)
    return whole if -LARGEST <= whole < LARGEST else None


def cost(value: Any) -> Cost | None:
    """Return an amount, or None if it has no finite number."""
    total = finite(value.get("total")) if isinstance(value, Mapping) else None
    return None if total is None else Cost(total=total, currency=text(value.get("currency")) or "")


def finite(value: Any) -> float | None:
    """Return a number as a float, or None for anything that is none: a Boolean, NaN, an infinity, or too large."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if isfinite(value) else None
    except OverflowError:
        return None


def moment(value: Any) -> datetime | None:
    """Return an ISO 8601 time as aware UTC; a time without an offset is taken for UTC; None if it is neither."""
    if not isinstance(value, str):
        return None
    try:
        parsed = datetime.fromisoformat(value)
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):  # no time, or one that UTC puts before the year 1 or after 9999
        return None


def _read(cls: type[M], wire: Wire, needed_names: Collection[str], **readers: Callable[[Any], Any]) -> M:
    """Return a model of what *wire* holds: needed fields, fields with a reader of their own, the rest as text."""
    make, wire = cast("Callable[..., M]", cls), as_object(wire)
    values: dict[str, Any] = {"extra": _extra(cls, wire)}
    for name in (f.name for f in fields(cast("Any", cls)) if f.name != "extra"):
        read: Callable[[Any], Any] = readers.get(name, text)
        values[name] = needed(wire, name) if name in needed_names else read(wire.get(name))
    return make(**values)


def _extra(cls: type[Any], wire: Wire) -> dict[str, Any]:
    names: Iterable[str] = {f.name for f in fields(cls)}
    return {name: value for name, value in wire.items() if name not in names}


def _words(count: int | None) -> str:
    return "an unknown number" if count is None else f"{count:,}"
