"""What each export target calls the columns and needs in each row; a table to extend, not code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal

from openprospect_nb.errors import ConfigurationError

Target = Literal["csv", "xlsx", "parquet", "hubspot", "salesforce", "art14"]
Form = Literal["csv", "xlsx", "parquet", "notice"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How one target wants its file.

    Attributes:
        form: the file format.
        headings: our column → the target's heading, in the order of the file; empty keeps all columns and names.
        required: our columns without which the target refuses a row; such rows are left out and counted.
        keeps_phones: whether a phone number stays ``+49 …`` in CSV: an apostrophe would spoil it in the CRM, which,
            unlike a spreadsheet, runs nothing.
    """

    form: Form
    headings: Mapping[str, str] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    keeps_phones: bool = False


_HUBSPOT: Final = MappingProxyType(
    {
        "email": "Email",
        "first_name": "First Name",
        "last_name": "Last Name",
        "job_title": "Job Title",
        "phone_number": "Phone Number",
        "linkedin_url": "LinkedIn URL",
        "company_name": "Company Name",
        "company_website": "Website URL",
        "company_city": "City",
        "company_country": "Country/Region",
        "lead_source": "Original Source",
        "id": "OpenProspect Prospect ID",
        "company_id": "OpenProspect Company ID",
    }
)
_SALESFORCE: Final = MappingProxyType(
    {
        "last_name": "LastName",
        "first_name": "FirstName",
        "company_name": "Company",
        "job_title": "Title",
        "email": "Email",
        "phone_number": "Phone",
        "company_website": "Website",
        "company_city": "City",
        "company_country": "Country",
        "company_employees": "NumberOfEmployees",
        "lead_source": "LeadSource",
        "qualification_reason": "Description",
        "id": "OpenProspect_Prospect_Id__c",
        "company_id": "OpenProspect_Company_Id__c",
    }
)
LAYOUTS: Final[Mapping[str, Layout]] = MappingProxyType(
    {
        "csv": Layout(form="csv"),
        "xlsx": Layout(form="xlsx"),
        "parquet": Layout(form="parquet"),
        "hubspot": Layout(form="csv", headings=_HUBSPOT, required=("email",), keeps_phones=True),
        "salesforce": Layout(
            form="csv", headings=_SALESFORCE, required=("last_name", "company_name"), keeps_phones=True
        ),
        "art14": Layout(form="notice"),
    }
)
"""Headings are those of the CRM's own import of contacts (HubSpot) and leads (Salesforce); look at its preview once."""


def layout_of(target: str, more: Mapping[str, str] | None) -> Layout:
    """Return the layout of *target*, with the headings of *more* (our column → heading) added or changed.

    Raises:
        ConfigurationError: no such target; names those there are.
    """
    if target not in LAYOUTS:
        raise ConfigurationError(f"target={target!r} is not known.", next_step=f"Use one of: {', '.join(LAYOUTS)}.")
    known = LAYOUTS[target]
    return Layout(
        form=known.form,
        headings={**known.headings, **(more or {})},
        required=known.required,
        keeps_phones=known.keeps_phones,
    )
