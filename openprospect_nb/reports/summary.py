"""What a report says, as frozen values: everything already counted, worded and formatted, nothing yet HTML.

A field marked ``_AS_IS`` is shown as it stands (ids, business names, our own words); every other text passes through
`texts.masked` before it is shown, unless the caller asked to reveal. Only then are texts cut to the length that
their field allows (`_at_most`): a name cut in two could not be found.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

_AS_IS: Final = MappingProxyType({"as_is": True})


def _at_most(letters: int) -> Mapping[str, int]:
    return MappingProxyType({"at_most": letters})


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A name and what holds for it."""

    name: str = field(metadata=_AS_IS)
    text: str = field(metadata=_at_most(5000))


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """One large number, what it counts, and how sure it is."""

    value: str = field(metadata=_AS_IS)
    name: str = field(metadata=_AS_IS)
    note: str = field(metadata=_AS_IS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """One chart: the words around it and the plotly figure (``data`` and ``layout``) without title or template."""

    section: str = field(metadata=_AS_IS)
    key: str = field(metadata=_AS_IS)
    title: str = field(metadata=_AS_IS)
    subtitle: str
    alt: str
    figure: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """The best contact of a company; ``identity`` tells persons apart and, like the prospect's id, is never shown."""

    identity: str
    prospect_id: str
    name: str = field(metadata=_at_most(80))
    role: str = field(metadata=_at_most(60))
    email: str = field(metadata=_at_most(120))
    phone: str = field(metadata=_at_most(40))
    profile: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyLine:
    """One row of the companies table."""

    rank: str = field(metadata=_AS_IS)
    name: str = field(metadata=_AS_IS)
    link: str | None = field(metadata=_AS_IS)
    host: str = field(metadata=_AS_IS)
    business: str = field(metadata=_at_most(60))
    place: str = field(metadata=_at_most(80))
    employees: str = field(metadata=_AS_IS)
    match: str = field(metadata=_AS_IS)
    score: str = field(metadata=_AS_IS)
    prospects: str = field(metadata=_AS_IS)
    contact: Contact | None
    points: str = field(metadata=_AS_IS)
    reasons: str = field(metadata=_at_most(120))


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """One order: what was asked, what came, when, and what it cost."""

    order_id: str = field(metadata=_AS_IS)
    title: str = field(metadata=_at_most(120))
    status: str = field(metadata=_AS_IS)
    asked: str = field(metadata=_AS_IS)
    delivered: str = field(metadata=_AS_IS)
    created: str = field(metadata=_AS_IS)
    completed: str = field(metadata=_AS_IS)
    cost: str = field(metadata=_AS_IS)
    message: str = field(metadata=_at_most(300))


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedOrder:
    """One order beside the others; shares and medians with their interval or n."""

    label: str = field(metadata=_at_most(80))
    companies: str = field(metadata=_AS_IS)
    contactable: str = field(metadata=_AS_IS)
    match: str = field(metadata=_AS_IS)
    bounces: str = field(metadata=_AS_IS)
    cost: str = field(metadata=_AS_IS)
    per_contact: str = field(metadata=_AS_IS)
    is_small: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Everything a report shows, in its language."""

    language: str = field(metadata=_AS_IS)
    title: str = field(metadata=_at_most(200))
    as_of: str = field(metadata=_AS_IS)
    is_sandbox: bool
    is_masked: bool
    recipient: str = field(metadata=_AS_IS)
    asked: tuple[Fact, ...] = ()
    orders: tuple[OrderLine, ...] = ()
    headlines: tuple[Headline, ...] = ()
    charts: tuple[Chart, ...] = ()
    compared: tuple[ComparedOrder, ...] = ()
    differences: tuple[Fact, ...] = ()
    companies: tuple[CompanyLine, ...] = ()
    companies_total: int | None = None
    quality: tuple[Fact, ...] = ()
    # Times, ids and versions of ours look like telephone numbers and name nobody.
    method: tuple[Fact, ...] = field(default=(), metadata=_AS_IS)
    provenance: tuple[Fact, ...] = field(default=(), metadata=_AS_IS)
    code: str = field(default="", metadata=_AS_IS)
    inform_by: str = field(default="", metadata=_AS_IS)
