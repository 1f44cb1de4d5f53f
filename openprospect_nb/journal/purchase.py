"""`Purchase`: one thing a user decided to buy, and, as a pure function of it, the step that comes next."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from openprospect_nb.contract import Feature
from openprospect_nb.journal.sameness import canonical, meaning
from openprospect_nb.models import Cost

NEVER_INLINE = frozenset({"target_industries"})
STANDARD_FEATURES = [str(feature) for feature in (Feature.COMPANY_DATA, Feature.CONTACTS, Feature.ANALYSIS)]


class PurchaseKind(StrEnum):
    """What is bought: a discovery order, an enrichment order, or a profile alone."""

    DISCOVERY = "DISCOVERY"
    ENRICHMENT = "ENRICHMENT"
    PROFILE = "PROFILE"


class PurchaseStep(StrEnum):
    """What has to happen next for a purchase."""

    CREATE_PROFILE = "create the profile"
    AWAIT_PROFILE = "wait for the profile"
    PLACE_ORDER = "place the order"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """What was intended, under which key, and how far it came. Times are aware UTC.

    Attributes:
        key: the idempotency key of the buying POST; every attempt of every process uses it.
        kind: what is bought.
        options: the order-level fields of the body.
        profile: the profile description, if one has to be created or resent; None when a ``profile_id`` was given.
        flow: ``profile`` or ``inline``: how the description reaches the server.
        name: the caller's own stable name for this purchase, if any.
        quantity: briefings wanted, or companies sent.
        price: what the caller expects to pay, where known.
        budget: what the caller refuses to exceed.
        profile_key: idempotency key of the profile creation.
        profile_creation_id, profile_id, order_id: what the server answered, once it did.
        status: the last state seen.
        cost: what the server said it costs, if it did.
        profile_sent_at, sent_at: when the creation of the profile, and the order, first left; None means that the
            server cannot have it.
        bound_at: when the server's id of what was bought was written down.
        doubted_at: since when the server may have made a second order of it: an attempt was lost, and no response said
            that it was a repeat. None once the server's list was compared late enough, and what it showed was told.
        given_at: when the caller first got it in hand, or was told that it bought nothing; None if the kernel died, or
            was stopped, just before.
        problem: why it cannot go on, once it cannot.
        again: whether the caller meant it as one more although an equal one was there.
        counted: whether it is bought only where its number of companies is sent; so are both orders of a pilot.
        lost: whether options and description are gone or unreadable, so that its body cannot be made any more.
        known_intent: the fingerprint written down before the text was lost.
    """

    key: str
    kind: PurchaseKind
    intended_at: datetime
    options: Mapping[str, Any] = field(default_factory=dict)
    profile: Mapping[str, Any] | None = None
    flow: str = "profile"
    name: str | None = None
    quantity: int | None = None
    price: float | None = None
    budget: float | None = None
    profile_key: str | None = None
    profile_creation_id: str | None = None
    profile_id: str | None = None
    order_id: str | None = None
    status: str | None = None
    cost: Cost | None = None
    profile_sent_at: datetime | None = None
    sent_at: datetime | None = None
    bound_at: datetime | None = None
    given_at: datetime | None = None
    doubted_at: datetime | None = None
    finished_at: datetime | None = None
    problem: str | None = None
    again: bool = False
    counted: bool = False
    lost: bool = False
    known_intent: str | None = None

    @property
    def intent(self) -> str:
        """A fingerprint of what is wanted: equal for equal orders, whichever key, name, spelling or profile id."""
        profile = None if self.profile is None else meaning(self.profile)
        return self._fingerprint(meaning(self.options), profile)

    @property
    def intents(self) -> frozenset[str]:
        """The fingerprints under which an equal order may be in the journal; earlier versions took the exact text."""
        return frozenset({self.intent, self._fingerprint(self.options, self.profile)})

    @property
    def icp_hash(self) -> str | None:
        """The fingerprint of the profile description without its name, as `ICP.hash` gives it."""
        if self.profile is None:
            return None
        content = {name: value for name, value in self.profile.items() if name != "profile_name"}
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]

    def _fingerprint(self, options: Mapping[str, Any], profile: Mapping[str, Any] | None) -> str:
        if self.known_intent is not None:
            return self.known_intent
        wanted = [self.kind, options, profile, self.profile_id if profile is None else None]
        return hashlib.sha256(canonical(wanted).encode()).hexdigest()


def next_step(purchase: Purchase) -> PurchaseStep:
    """Return what has to happen next; the same answer for a fresh purchase and for one found after a crash."""
    if purchase.problem is not None or purchase.lost:
        return PurchaseStep.NOTHING
    if purchase.profile is not None and purchase.flow == "profile" and purchase.profile_id is None:
        return PurchaseStep.CREATE_PROFILE if purchase.profile_creation_id is None else PurchaseStep.AWAIT_PROFILE
    if purchase.kind is PurchaseKind.PROFILE or purchase.order_id is not None:
        return PurchaseStep.NOTHING
    return PurchaseStep.PLACE_ORDER


def order_body(purchase: Purchase) -> bytes:
    """Return the body of ``POST /orders``: options with the profile's id, or (flow inline) with its description.

    [choice] The documents show the description in inline discovery orders alone. An inline enrichment order carries the
    same fields: what a server does not read there costs nothing, and leaving them out would lose the ICP in silence.
    """
    body = {"order_type": str(purchase.kind), **purchase.options}
    if purchase.profile is not None and purchase.flow == "inline":
        inline = {name: value for name, value in purchase.profile.items() if name not in NEVER_INLINE}
        # An inline order must have a title and features (contract 4.3); profile-first orders need neither.
        body = {"title": inline.get("profile_name"), "features": STANDARD_FEATURES, **inline, **body}
        body.pop("briefing_quantity", None)
        if purchase.profile_id is not None:
            body.pop("profile_name", None)
    if purchase.profile_id is not None:
        body["profile_id"] = purchase.profile_id
    return canonical(body).encode()
