"""What each export target calls the columns, needs in each row and takes at most; a table to extend, not code.

docs/files.md lists the vendors' pages each layout was checked against.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal

from openprospect_nb.errors import ConfigurationError

Target = Literal[
    "csv",
    "xlsx",
    "parquet",
    "hubspot",
    "salesforce",
    "pipedrive",
    "dynamics",
    "instantly",
    "smartlead",
    "lemlist",
    "art14",
]
Form = Literal["csv", "xlsx", "parquet", "notice"]
# Form → the endings it may have beside those that nobody takes for another kind of file.
_ENDINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "csv": (".csv", ".txt"),
    "xlsx": (".xlsx",),
    "parquet": (".parquet", ".pq"),
    "notice": (".csv", ".txt", ".json", ".md"),
}
_OTHERS: Final = frozenset({".xls", ".xlsm", ".xlsb", ".ods", ".pdf", ".html", ".tsv", ".jsonl"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How one target wants its file.

    Attributes:
        form: the file format.
        headings: our column → the target's heading, in the order of the file; of a layout that keeps all columns, the
            headings that differ.
        keeps_all: whether all columns of the frame are written, those without a heading under their own name.
        required: our columns without which the target refuses a row; such rows are left out and counted.
        lengths: our column → how many letters the target takes; longer values are written and said.
        is_for_mail: whether rows are persons to be written to: one row an address, malformed addresses left out.
        keeps_phones: whether a phone number stays ``+49 …`` in CSV: an apostrophe would spoil it in the CRM, which,
            unlike a spreadsheet, runs nothing.
        advice: what to do at the import, in sentences.
    """

    form: Form
    headings: Mapping[str, str] = field(default_factory=dict)
    keeps_all: bool = False
    required: tuple[str, ...] = ()
    lengths: Mapping[str, int] = field(default_factory=dict)
    is_for_mail: bool = False
    keeps_phones: bool = False
    advice: tuple[str, ...] = ()


# "Original Source" is left to HubSpot: its options are a closed list that HubSpot sets itself.
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
        "company_domain": "Company Domain Name",
        "lead_source": "OpenProspect Source",
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
_SALESFORCE_LENGTHS: Final = MappingProxyType(
    {
        "last_name": 80,
        "first_name": 40,
        "company_name": 255,
        "job_title": 128,
        "email": 80,
        "phone_number": 40,
        "company_website": 255,
        "company_city": 40,
        "company_country": 80,
        "lead_source": 255,
        "qualification_reason": 32_000,
    }
)
_PIPEDRIVE: Final = MappingProxyType(
    {
        "full_name": "Person - Name",
        "email": "Person - Email",
        "phone_number": "Person - Phone",
        "job_title": "Person - Job title",
        "linkedin_url": "Person - LinkedIn",
        "company_name": "Organization - Name",
        "company_website": "Organization - Website",
        "company_place": "Organization - Address",
        "lead_source": "Person - OpenProspect source",
        "id": "Person - OpenProspect ID",
    }
)
# The lead source of Dynamics is a closed list too.
_DYNAMICS: Final = MappingProxyType(
    {
        "topic": "Topic",
        "first_name": "First Name",
        "last_name": "Last Name",
        "job_title": "Job Title",
        "email": "Email",
        "phone_number": "Business Phone",
        "company_name": "Company Name",
        "company_website": "Website",
        "company_city": "City",
        "company_country": "Country/Region",
        "qualification_reason": "Description",
    }
)
_DYNAMICS_LENGTHS: Final = MappingProxyType(
    {
        "topic": 300,
        "first_name": 50,
        "last_name": 50,
        "job_title": 100,
        "email": 100,
        "phone_number": 50,
        "company_name": 100,
        "company_website": 200,
        "company_city": 80,
        "company_country": 80,
        "qualification_reason": 2_000,
    }
)
# Sequencers put any column into mails as a variable. Why the vendor thinks that somebody fits is not for their eyes, so
# no sequencer gets ``qualification_reason`` unless headings= asks for it.
_INSTANTLY: Final = MappingProxyType(
    {
        "email": "email",
        "first_name": "first_name",
        "last_name": "last_name",
        "company_name": "company_name",
        "job_title": "job_title",
        "phone_number": "phone",
        "company_website": "website",
        "linkedin_url": "linkedin",
        "company_city": "city",
        "company_country": "country",
        "id": "openprospect_id",
    }
)
_SMARTLEAD: Final = MappingProxyType(
    {
        "email": "email",
        "first_name": "first_name",
        "last_name": "last_name",
        "phone_number": "phone_number",
        "company_name": "company_name",
        "company_website": "website",
        "company_place": "location",
        "linkedin_url": "linkedin_profile",
        "company_url": "company_url",
        "job_title": "job_title",
        "company_city": "city",
        "company_country": "country",
        "id": "openprospect_id",
    }
)
_LEMLIST: Final = MappingProxyType(
    {
        "email": "email",
        "first_name": "firstName",
        "last_name": "lastName",
        "company_name": "companyName",
        "job_title": "jobTitle",
        "phone_number": "phone",
        "linkedin_url": "linkedinUrl",
        "company_domain": "companyDomain",
        "company_website": "companyWebsite",
        "company_city": "companyCity",
        "company_country": "companyCountry",
        "id": "openprospectId",
    }
)


def _for_mail(headings: Mapping[str, str], *required: str, advice: str, **lengths: int) -> Layout:
    return Layout(
        form="csv",
        headings=headings,
        required=required,
        lengths=lengths,
        is_for_mail=True,
        keeps_phones=True,
        advice=(advice,),
    )


_OWN_FIELDS: Final = (
    "Columns named OpenProspect are fields of your own: make them in {} first, or leave them out at the import."
)
_VARIABLES: Final = "{} keeps columns it has no field for as variables for mails."
LAYOUTS: Final[Mapping[str, Layout]] = MappingProxyType(
    {
        "csv": Layout(form="csv", keeps_all=True),
        "xlsx": Layout(form="xlsx", keeps_all=True),
        "parquet": Layout(form="parquet", keeps_all=True),
        "hubspot": _for_mail(_HUBSPOT, "email", advice=_OWN_FIELDS.format("HubSpot")),
        "salesforce": _for_mail(
            _SALESFORCE,
            "last_name",
            "company_name",
            advice=_OWN_FIELDS.format("Salesforce"),
            **_SALESFORCE_LENGTHS,
        ),
        "pipedrive": _for_mail(_PIPEDRIVE, "full_name", advice=_OWN_FIELDS.format("Pipedrive")),
        "dynamics": _for_mail(
            _DYNAMICS,
            "last_name",
            "topic",
            advice="Import it as leads; the headings map by themselves.",
            **_DYNAMICS_LENGTHS,
        ),
        "instantly": _for_mail(_INSTANTLY, "email", advice=_VARIABLES.format("Instantly")),
        "smartlead": _for_mail(_SMARTLEAD, "email", advice=_VARIABLES.format("Smartlead")),
        "lemlist": _for_mail(_LEMLIST, "email", advice=_VARIABLES.format("lemlist")),
        "art14": Layout(form="notice"),
    }
)
"""Headings are those of each tool's own import; look at its preview once."""


def layout_of(target: str, more: Mapping[str, str] | None, path: str | os.PathLike[str] = "") -> Layout:
    """Return the layout of *target*, with the headings of *more* (our column → heading) added or changed.

    Raises:
        ConfigurationError: no such target; names those there are. Or two columns would have one heading, or one a blank
            heading; names them. Or *path* ends like another kind of file; says how it may end.
    """
    if target not in LAYOUTS:
        raise ConfigurationError(f"target={target!r} is not known.", next_step=f"Use one of: {', '.join(LAYOUTS)}.")
    known = LAYOUTS[target]
    _refuse_ending(target, known.form, Path(path).suffix)
    headings = {**known.headings, **(more or {})}
    for ours, theirs in headings.items():
        if not theirs.strip():
            raise ConfigurationError(
                f"{ours!r} would be written under a blank heading.",
                next_step="Give it a heading, or leave the column out of the frame; nothing was written.",
            )
    refuse_twins(headings)
    return replace(known, headings=headings)


def _refuse_ending(target: str, form: Form, ending: str) -> None:
    small, own = ending.lower(), _ENDINGS[form]
    if small in own or small not in _OTHERS.union(*_ENDINGS.values()):
        return
    fits = next((name for name, endings in _ENDINGS.items() if small in endings and name in LAYOUTS), "")
    instead = f', or use target="{fits}"' if fits else ""
    raise ConfigurationError(
        f"target={target!r} does not write {ending} files.",
        next_step=f"End the path in {' or '.join(own)}{instead}; nothing was written.",
    )


def refuse_twins(headings: Mapping[str, str]) -> None:
    """Do nothing unless two columns would have one heading; importers do not tell Email from email.

    Raises:
        ConfigurationError: names the heading and the columns.
    """
    columns: dict[str, list[str]] = {}
    for ours, theirs in headings.items():
        columns.setdefault(theirs.strip().casefold(), []).append(ours)
    for same in columns.values():
        if len(same) > 1:
            raise ConfigurationError(
                f"{' and '.join(map(repr, same))} would both be written under the heading {headings[same[-1]]!r}.",
                next_step="Give each column of headings= a heading of its own; nothing was written.",
            )
