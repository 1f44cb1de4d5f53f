"""What a report says, as frozen values: everything already counted, worded and formatted, nothing yet HTML.

A field marked ``AS_IS`` is shown as it stands (ids, business names, our own words); every other text passes through
`texts.masked` before it is shown, unless the caller asked to reveal. Only then are texts cut to the length that
their field allows (`at_most`): a name cut in two could not be found.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from openprospect_nb.reports.decision import PageOne
    from openprospect_nb.reports.first import FirstPage

AS_IS: Final = {"as_is": True}
"""Ids, business names, our own words: shown as they stand."""


def at_most(letters: int) -> Mapping[str, int]:
    """Return the mark of a text that is cut to so many letters once persons are out of it."""
    return {"at_most": letters}


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedField:
    """One field of the profile descriptions: its text in each, and whether they differ in it."""

    name: str = field(metadata=AS_IS)
    texts: tuple[str, ...] = field(metadata=at_most(5_000))
    differs: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Every different profile description: ``orders`` names those placed with it, ``fields`` what it says."""

    orders: tuple[str, ...] = field(default=(), metadata=at_most(300))
    fields: tuple[AskedField, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A name and what holds for it."""

    name: str = field(metadata=AS_IS)
    text: str = field(metadata=at_most(5000))


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanLine:
    """A profile, or the rule, and what a plan says of it; a profile may be named after a person."""

    name: str = field(metadata=at_most(80))
    text: str = field(metadata=at_most(500))


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """One large number, what it counts, and how sure it is."""

    value: str = field(metadata=AS_IS)
    name: str = field(metadata=AS_IS)
    note: str = field(metadata=AS_IS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """One chart: the words around it and the plotly figure (``data`` and ``layout``) without title or template."""

    section: str = field(metadata=AS_IS)
    key: str = field(metadata=AS_IS)
    title: str = field(metadata=AS_IS)
    subtitle: str
    alt: str
    figure: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """The best contact of a company; ``identity`` tells persons apart and, like the prospect's id, is never shown."""

    identity: str
    prospect_id: str
    name: str = field(metadata=at_most(80))
    role: str = field(metadata=at_most(60))
    email: str = field(metadata=at_most(120))
    phone: str = field(metadata=at_most(40))
    profile: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyLine:
    """One row of the companies table."""

    rank: str = field(metadata=AS_IS)
    name: str = field(metadata=AS_IS)
    link: str | None = field(metadata=AS_IS)
    host: str = field(metadata=AS_IS)
    business: str = field(metadata=at_most(60))
    place: str = field(metadata=at_most(80))
    employees: str = field(metadata=AS_IS)
    match: str = field(metadata=AS_IS)
    score: str = field(metadata=AS_IS)
    prospects: str = field(metadata=AS_IS)
    contact: Contact | None
    points: str = field(metadata=AS_IS)
    reasons: str = field(metadata=at_most(90))


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """One order: what was asked, what came, when, and what it cost."""

    order_id: str = field(metadata=AS_IS)
    title: str = field(metadata=at_most(120))
    status: str = field(metadata=AS_IS)
    asked: str = field(metadata=AS_IS)
    delivered: str = field(metadata=AS_IS)
    created: str = field(metadata=AS_IS)
    completed: str = field(metadata=AS_IS)
    cost: str = field(metadata=AS_IS)
    message: str = field(metadata=at_most(300))


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedOrder:
    """One order beside the others; shares and medians with their interval or n."""

    label: str = field(metadata=at_most(80))
    profile: str = field(metadata=at_most(80))
    companies: str = field(metadata=AS_IS)
    joint: str = field(metadata=AS_IS)
    contactable: str = field(metadata=AS_IS)
    match: str = field(metadata=AS_IS)
    bounces: str = field(metadata=AS_IS)
    cost: str = field(metadata=AS_IS)
    per_contact: str = field(metadata=AS_IS)
    is_small: bool
    is_best: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Who wins on what: two orders by name, and the numbers between them in words."""

    key: str = field(metadata=AS_IS)
    order: str = field(metadata=at_most(80))
    reference: str = field(metadata=at_most(80))
    numbers: str = field(metadata=AS_IS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Everything a report shows, in its language; ``differences`` are the clear ones, ``unclear`` names the others."""

    language: str = field(metadata=AS_IS)
    title: str = field(metadata=at_most(200))
    as_of: str = field(metadata=AS_IS)
    is_sandbox: bool
    is_masked: bool
    recipient: str = field(metadata=AS_IS)
    subtitle: str = field(default="", metadata=at_most(300))
    decision: PageOne | None = None
    first: FirstPage | None = None
    asked: Asked = field(default_factory=Asked)
    orders: tuple[OrderLine, ...] = ()
    charts: tuple[Chart, ...] = ()
    compared: tuple[ComparedOrder, ...] = ()
    differences: tuple[Difference, ...] = ()
    unclear: tuple[str, ...] = ()
    # Counts and money of lines look like telephone numbers too.
    settlement: tuple[Fact, ...] = field(default=(), metadata=AS_IS)
    companies: tuple[CompanyLine, ...] = ()
    companies_total: int | None = None
    quality: tuple[Fact, ...] = ()
    # Times, ids and versions of ours look like telephone numbers and name nobody.
    method: tuple[Fact, ...] = field(default=(), metadata=AS_IS)
    provenance: tuple[Fact, ...] = field(default=(), metadata=AS_IS)
    code: str = field(default="", metadata=AS_IS)
    inform_by: str = field(default="", metadata=AS_IS)
