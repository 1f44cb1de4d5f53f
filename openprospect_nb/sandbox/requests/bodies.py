"""Every request body of the API, declared once (contract 4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field

from openprospect_nb import contract
from openprospect_nb.sandbox.requests.rules import WHOLE, Identifier, RequestBody, WebAddress, text

# Lists of industries and roles have no documented bound on an item.
_MAX_LABEL: Final = 500
# A version is a JSON number, and beyond this they are not exact everywhere.
_MAX_VERSION: Final = 2**53

ADMIN_ONLY: Final = ("geo_locations", "search_keywords")
EDITABLE: Final = ("name", "ideal_customer_profile", *ADMIN_ONLY)
STANDARD_FEATURES: Final = (contract.Feature.COMPANY_DATA, contract.Feature.CONTACTS, contract.Feature.ANALYSIS)

IcpText = Annotated[str, text(contract.MAX_ICP_TEXT)]
ProfileName = Annotated[str, text(contract.MAX_PROFILE_NAME)]
Title = Annotated[str, text(contract.MAX_TITLE)]
Language = Annotated[str, text(contract.MAX_LANGUAGE)]
City = Annotated[str, text(contract.MAX_CITY)]
Country = Annotated[str, text(contract.MAX_COUNTRY)]
Labels = list[Annotated[str, text(_MAX_LABEL)]]
Quantity = Annotated[int, Field(strict=True, ge=1, le=contract.MAX_BRIEFINGS), WHOLE]
Countries = Annotated[list[Country], Field(min_length=1)]


def _unrepeated(features: list[contract.Feature]) -> list[contract.Feature]:
    if len(set(features)) < len(features):
        raise ValueError("must not repeat a feature")
    return features


Features = Annotated[
    list[contract.Feature], AfterValidator(_unrepeated), Field(json_schema_extra={"uniqueItems": True})
]
SomeFeatures = Annotated[Features, Field(min_length=1)]
Identifiers = Annotated[list[Identifier], AfterValidator(lambda ids: list(dict.fromkeys(ids)))]


class SubmittedCompany(RequestBody):
    """A company somebody names: to be enriched, or to be left out."""

    company_name: Annotated[str, text(contract.MAX_COMPANY_NAME)]
    external_id: Annotated[str, text(contract.MAX_EXTERNAL_ID)] | None = None
    website_url: Annotated[str, text(contract.MAX_URL)] | None = None
    city: City | None = None
    country: Country | None = None


class _ProfileExtras(RequestBody):
    seller_industry: Annotated[str, text(contract.MAX_SELLER_INDUSTRY)] | None = None
    target_cities: list[City] | None = None
    target_industries: Labels | None = None
    excluded_industries: Labels | None = None


class ProfileContent(_ProfileExtras):
    """What a profile says."""

    ideal_customer_profile: IcpText
    seller_offering: IcpText
    target_countries: Countries
    contact_roles: Labels | None = None
    output_language: Language | None = None

    def content(self) -> dict[str, Any]:
        """Return what the profile says, its name left out."""
        return self.model_dump(include=set(ProfileContent.model_fields))


class ProfileRequest(ProfileContent):
    """A profile to create."""

    profile_name: ProfileName


class OrderRequest(RequestBody):
    """What every order may say; each kind of order below narrows it."""

    order_type: contract.OrderType | None = None
    title: Title | None = None
    features: Features | None = None
    profile_id: Identifier | None = None
    profile_name: ProfileName | None = None
    priority: contract.Priority | None = None
    webhook_url: WebAddress | None = None
    blacklist_ids: Identifiers | None = None
    contact_roles: Labels | None = None
    output_language: Language | None = None
    briefing_quantity: Quantity | None = None
    companies: Annotated[list[SubmittedCompany], Field(min_length=1, max_length=contract.MAX_COMPANIES)] | None = None

    def content(self) -> dict[str, Any] | None:
        """Return the profile in the body; None unless the order is inline."""
        return None


class DiscoveryOrder(OrderRequest, _ProfileExtras):
    """An order for companies of a profile that exists."""

    order_type: Literal[contract.OrderType.DISCOVERY]
    profile_id: Identifier
    briefing_quantity: Quantity
    profile_name: None = None
    companies: None = None
    ideal_customer_profile: None = None
    seller_offering: None = None
    target_countries: None = None


class _Inline(ProfileContent, OrderRequest):
    order_type: Literal[contract.OrderType.DISCOVERY]
    title: Title
    features: SomeFeatures
    briefing_quantity: None = None
    companies: None = None


class InlineOrder(_Inline):
    """An order for companies that brings its profile."""

    profile_id: None = None


class InlineOrderOfProfile(_Inline):
    """An inline order that names a profile for its search as well."""

    profile_id: Identifier
    profile_name: None = None


class _Enrichment(OrderRequest):
    order_type: Literal[contract.OrderType.ENRICHMENT] | None = None
    companies: Annotated[list[SubmittedCompany], Field(min_length=1, max_length=contract.MAX_COMPANIES)]
    briefing_quantity: None = None


class EnrichmentOrder(_Enrichment):
    """An order to fill in companies that are named."""

    title: Title
    features: SomeFeatures
    profile_id: None = None


class EnrichmentOrderOfProfile(_Enrichment):
    """An order to fill in companies and judge them for a profile."""

    profile_id: Identifier
    profile_name: None = None


ORDERS: Final[tuple[type[OrderRequest], ...]] = (
    DiscoveryOrder,
    InlineOrder,
    InlineOrderOfProfile,
    EnrichmentOrder,
    EnrichmentOrderOfProfile,
)


def order_kind(data: Mapping[str, Any]) -> type[OrderRequest]:
    """Return which kind of order a body must be, told by its type, its ICP fields and its profile."""
    has_profile = data.get("profile_id") is not None
    if data.get("order_type") != contract.OrderType.DISCOVERY:
        return EnrichmentOrderOfProfile if has_profile else EnrichmentOrder
    icp = ("ideal_customer_profile", "seller_offering", "target_countries")
    if all(data.get(name) is None for name in icp):
        return DiscoveryOrder
    return InlineOrderOfProfile if has_profile else InlineOrder


class BlacklistRequest(RequestBody):
    """A blacklist to make."""

    name: Annotated[str, text(contract.MAX_BLACKLIST_NAME)]
    description: Annotated[str, text(contract.MAX_BLACKLIST_DESCRIPTION)] | None = None


class BlacklistChangeRequest(RequestBody):
    """A blacklist's new name or description."""

    name: Annotated[str, text(contract.MAX_BLACKLIST_NAME)] | None = None
    description: Annotated[str, text(contract.MAX_BLACKLIST_DESCRIPTION)] | None = None


class EntriesRequest(RequestBody):
    """Entries to add to a blacklist."""

    entries: Annotated[list[SubmittedCompany], Field(min_length=1, max_length=contract.MAX_BLACKLIST_ENTRIES)]


class EntryIdsRequest(RequestBody):
    """Entries to delete."""

    entry_ids: Identifiers


class AssignmentRequest(RequestBody):
    """The blacklists a search is to obey."""

    blacklist_ids: Identifiers


class SearchChangeRequest(RequestBody):
    """A change to a search of a known version; ``update_mask`` says which fields count."""

    version: Annotated[int, Field(strict=True, ge=0, le=_MAX_VERSION), WHOLE]
    update_mask: list[Literal["name", "ideal_customer_profile", "geo_locations", "search_keywords"]] | None = None
    name: ProfileName | None = None
    ideal_customer_profile: IcpText | None = None
    geo_locations: list[City] | None = None
    search_keywords: Labels | None = None
    # The server alone writes these.
    language_config: None = None
    company_extraction_commands: None = None
    prospect_extraction_commands: None = None

    def changes(self) -> dict[str, Any]:
        """Return the fields to change."""
        wanted = EDITABLE if self.update_mask is None else self.update_mask
        return {name: getattr(self, name) for name in EDITABLE if name in wanted and getattr(self, name) is not None}
