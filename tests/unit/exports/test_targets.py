"""Lists for CRMs and sequencers: what each importer requires is there, and its outcome files come back to the list."""

# Tables of headings are read best as they stand, one a line.
# ruff: noqa: E501

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from openprospect_nb.analysis import contactable, send_list
from openprospect_nb.errors import ConfigurationError, ValidationError
from openprospect_nb.exports import LAYOUTS, export, restore
from openprospect_nb.files import preview, read_outcomes
from openprospect_nb.frames.results import Results

# What the vendor's public guide asks for (docs/files.md has the pages): headings that must be there, and be filled.
REQUIRED = {
    "hubspot": ({"Email", "First Name", "Last Name"}, {"Email"}),
    "salesforce": ({"LastName", "Company", "Email", "FirstName"}, {"LastName", "Company"}),
    "pipedrive": ({"Person - Name", "Organization - Name", "Person - Email"}, {"Person - Name"}),
    "dynamics": ({"Topic", "Last Name", "First Name", "Company Name", "Email"}, {"Topic", "Last Name"}),
    "instantly": ({"email", "first_name", "last_name", "company_name"}, {"email"}),
    "smartlead": ({"email", "first_name", "last_name", "company_name", "location"}, {"email"}),
    "lemlist": ({"email", "firstName", "lastName", "companyName"}, {"email"}),
}
# Where each file says company, web site, city and country.
COMPANY = {
    "hubspot": ("Company Name", "Website URL", "City", "Country/Region"),
    "salesforce": ("Company", "Website", "City", "Country"),
    "pipedrive": ("Organization - Name", "Organization - Website", "Organization - Address", "Organization - Address"),
    "dynamics": ("Company Name", "Website", "City", "Country/Region"),
    "instantly": ("company_name", "website", "city", "country"),
    "smartlead": ("company_name", "website", "city", "country"),
    "lemlist": ("companyName", "companyWebsite", "companyCity", "companyCountry"),
}
# How each tool says that the first address bounced and the others did not, beside the columns that it was given.
OUTCOMES = {
    "hubspot": ("Email", {"Portal Bounce": ("TRUE", "FALSE")}),
    "salesforce": ("Email", {"Email Bounced Reason": ("550 5.1.1 unknown", None), "Sent": ("yes", "yes")}),
    "pipedrive": ("Person - Email", {"Email status": ("bounced", "delivered")}),
    "dynamics": ("Email", {"Delivery status": ("Hard bounced", "Delivered")}),
    "instantly": ("email", {"Lead Status": ("Bounced", "Completed")}),
    "smartlead": ("email", {"status": ("STOPPED", "COMPLETED"), "is_bounced": ("true", "false")}),
    "lemlist": ("email", {"lastState": ("emailsBounced", "emailsSent")}),
}


def read_csv(path: Path) -> pl.DataFrame:
    """Every column as text, exactly as written."""
    return pl.read_csv(path, infer_schema=False)


def listed(results: Results) -> pl.DataFrame:
    """Return a send list's prospects, the way a list usually comes to be."""
    chosen = send_list(contactable(results, tiers=["verified", "likely", "uncertain"]), 0.5, 0.5)
    assert chosen.size > 5
    return chosen.prospects


@pytest.mark.parametrize("target", REQUIRED)
def test_what_the_importer_requires_is_there(target: str, some_results: Results, tmp_path: Path) -> None:
    """The required headings are in the file, those that must be filled are, and company, site and place stand in it."""
    there, filled = REQUIRED[target]
    prospects = listed(some_results)
    done = export(prospects, tmp_path / "leads.csv", target=target)
    read = read_csv(done.path)

    assert there <= set(read.columns)
    assert all(read[heading].null_count() == 0 for heading in filled)
    assert done.rows == read.height > 0
    company, site, city, country = (restore(read)[heading] for heading in COMPANY[target])
    assert company.null_count() == 0
    assert set(company) <= set(prospects["company_name"])
    assert set(prospects["company_website"].drop_nulls()) >= set(site.drop_nulls()) != set()
    assert {name[-7:] for name in country.drop_nulls()} <= {name[-7:] for name in prospects["company_country"]}
    assert city.drop_nulls().len() > 0
    assert len({name.casefold() for name in read.columns}) == read.width


@pytest.mark.parametrize("target", OUTCOMES)
def test_outcomes_of_the_tool_come_back_to_the_list(target: str, some_results: Results, tmp_path: Path) -> None:
    """The file goes out, the tool adds what became of it, and each address of the list has its outcome."""
    prospects = listed(some_results)
    path = export(prospects, tmp_path / "leads.csv", target=target).path
    email, columns = OUTCOMES[target]
    sent = read_csv(path)
    told = sent.with_columns(
        pl.Series(name, [first, *[other] * (sent.height - 1)], dtype=pl.String)
        for name, (first, other) in columns.items()
    )
    told.write_csv(path)
    back = read_outcomes(path).frame

    assert back["email"].to_list() == sent[email].str.to_lowercase().to_list()
    assert back["bounced"].to_list() == [True, *[False] * (sent.height - 1)]
    assert set(back["email"]) <= set(prospects["email"].str.to_lowercase())


@pytest.mark.parametrize("target", ["hubspot", "salesforce", "dynamics", "instantly", "smartlead", "lemlist"])
def test_the_companies_of_a_list_can_be_read_back(target: str, some_results: Results, tmp_path: Path) -> None:
    """Our own reader of company lists finds the company in the file, and no person in its place."""
    prospects = listed(some_results)
    done = export(prospects, tmp_path / "leads.csv", target=target)
    companies = preview(done.path)

    assert companies.columns["company_name"] == COMPANY[target][0]
    assert {row["company_name"] for row in companies.rows} <= set(prospects["company_name"])


def people(*rows: dict[str, str | None]) -> pl.DataFrame:
    """Return prospects with the columns that every target asks for."""
    base = {"first_name": "Mia", "last_name": "Muster", "email": "mia@firm.example", "company_name": "Firm"}
    return pl.DataFrame(
        [base | row for row in rows], schema=dict.fromkeys({**base, **(rows[0] if rows else {})}, pl.String)
    )


@pytest.mark.parametrize("target", REQUIRED)
def test_an_address_leaves_once_and_well_formed(target: str, tmp_path: Path) -> None:
    """The first row of an address is written, whatever its case and blanks; malformed addresses are counted."""
    frame = people(
        {"last_name": "First"}, {"last_name": "Second", "email": " MIA@firm.example "}, {"email": "a..b@firm.example"},
        {"email": f"{'a' * 65}@firm.example"}, {"email": " max@firm.example "},
    )  # fmt: skip
    done = export(frame, tmp_path / "leads.csv", target=target)
    heading = LAYOUTS[target].headings["email"]
    read = read_csv(done.path)

    assert read[heading].to_list() == ["mia@firm.example", "max@firm.example"]
    assert done.left_out == {"malformed address": 2, "repeated address": 1}
    assert "First" in str(read.row(0))


@pytest.mark.parametrize("target", ["csv", "xlsx", "parquet"])
def test_a_file_of_all_rows_says_what_mailing_would_leave_out(target: str, tmp_path: Path) -> None:
    """Files for people keep every row, and say how many repeat an address or have none that works."""
    frame = people({}, {}, {"email": "a..b@firm.example"}, {"email": None})
    done = export(frame, tmp_path / "leads", target=target)

    assert done.rows == 4
    assert "1 rows repeat an address" in str(done.notes)
    assert "1 addresses are malformed" in str(done.notes)


@pytest.mark.parametrize(("target", "column", "most"), [
    ("salesforce", "first_name", 40), ("salesforce", "last_name", 80), ("salesforce", "job_title", 128), ("salesforce", "company_name", 255),
    ("salesforce", "company_city", 40), ("salesforce", "phone_number", 40), ("dynamics", "company_name", 100), ("dynamics", "last_name", 50),
])  # fmt: skip
def test_values_longer_than_a_field_are_said(target: str, column: str, most: int, tmp_path: Path) -> None:
    """The field, its length and the rows of the file are named; a value of that length passes."""
    frame = people({column: "x" * most, "email": "a@firm.example"}, {column: "x" * (most + 1)})
    done = export(frame, tmp_path / "leads.csv", target=target)
    heading = LAYOUTS[target].headings[column]

    assert done.rows == 2
    assert f"{heading} is longer than the {most:,} letters it may have in 1 rows (row 3 of the file)" in repr(done)


@pytest.mark.parametrize(("target", "headings"), [
    ("hubspot", {"qualification_score": "Email"}), ("hubspot", {"qualification_score": "email "}), ("salesforce", {"fit": "LASTNAME"}),
    ("csv", {"first_name": "last_name"}), ("csv", {"first_name": "Name", "last_name": "name"}), ("lemlist", {"a": "X", "b": "x"}),
])  # fmt: skip
def test_two_columns_under_one_heading_are_refused(target: str, headings: dict[str, str], tmp_path: Path) -> None:
    """Importers do not tell Email from email: the heading and both columns are named, and nothing is written."""
    with pytest.raises(ConfigurationError, match=r"would both be written under the heading"):
        export(people({}), tmp_path / "leads.csv", target=target, headings=headings)
    assert list(tmp_path.iterdir()) == []


def test_headings_of_ones_own_keep_the_other_columns(tmp_path: Path) -> None:
    """A file of all columns renames those that are named; a column that is not there is said."""
    done = export(people({}), tmp_path / "a.csv", headings={"email": "E-Mail", "fit": "Fit"})
    assert done.columns == ("first_name", "last_name", "E-Mail", "company_name")
    assert "Not written, because the frame has no such column: Fit." in done.notes


def test_closed_lists_of_a_crm_are_left_to_it(some_results: Results, tmp_path: Path) -> None:
    """HubSpot sets its original source itself, and no sequencer is told why somebody was found to fit."""
    for target, layout in LAYOUTS.items():
        assert "Original Source" not in layout.headings.values()
        if target in {"instantly", "smartlead", "lemlist"}:
            assert "qualification_reason" not in layout.headings


def test_domains_and_places_follow_from_the_company(tmp_path: Path) -> None:
    """A domain is the registered one and none on a shared site; a place is city and country, as far as known."""
    frame = people(
        {"company_website": "https://www.firm.example/de", "company_city": "Ulm", "company_country": "Germany"},
        {"email": "b@x.example", "company_website": "https://www.linkedin.com/company/firm", "company_city": None, "company_country": "Germany"},
    )  # fmt: skip
    lemlist = read_csv(export(frame, tmp_path / "l.csv", target="lemlist").path)
    assert lemlist["companyDomain"].to_list() == ["firm.example", None]
    smartlead = read_csv(export(frame, tmp_path / "s.csv", target="smartlead").path)
    assert smartlead["location"].to_list() == ["Ulm, Germany", "Germany"]


def test_cells_that_could_run_are_said_and_can_be_restored(tmp_path: Path) -> None:
    """A company called @home gets an apostrophe, the note counts it, and restoring takes it off."""
    done = export(people({"company_name": "@home GmbH"}), tmp_path / "a.csv", target="instantly")
    assert "1 cells that a spreadsheet could run" in str(done.notes)
    assert restore(read_csv(done.path))["company_name"].to_list() == ["@home GmbH"]


def test_a_name_that_pipedrive_needs_is_asked_for(tmp_path: Path) -> None:
    """Without a name the columns it could be made of are named; rows without one are counted."""
    with pytest.raises(ValidationError, match="full_name or first_name or last_name"):
        export(pl.DataFrame({"email": ["a@firm.example"]}), tmp_path / "a.csv", target="pipedrive")
    done = export(people({"first_name": None, "last_name": None}, {}), tmp_path / "a.csv", target="pipedrive")
    assert done.left_out == {"without full_name": 1}


@pytest.mark.parametrize(
    ("target", "name"),
    [("csv", "x.xlsx"), ("hubspot", "x.XLSX"), ("xlsx", "x.csv"), ("parquet", "x.csv"), ("lemlist", "x.parquet"),
     ("art14", "x.xlsx"), ("xlsx", "x.xls"), ("csv", "x.json"), ("csv", "x.pdf")],
)  # fmt: skip
def test_an_ending_of_another_kind_of_file_is_refused(target: str, name: str, tmp_path: Path) -> None:
    """No file says by its name that it is what it is not; the error says how the path may end."""
    with pytest.raises(ConfigurationError, match=r"End the path in \."):
        export(people({"email": "a@x.example"}), tmp_path / name, target=target)

    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("heading", ["", "  ", "\t"])
@pytest.mark.parametrize("target", ["csv", "hubspot"])
def test_a_blank_heading_is_refused(target: str, heading: str, tmp_path: Path) -> None:
    """No importer can place a column without a heading; nothing is written."""
    with pytest.raises(ConfigurationError, match="blank heading"):
        export(people({"email": "a@x.example"}), tmp_path / "x.csv", target=target, headings={"job_title": heading})

    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("target", sorted(REQUIRED))
def test_a_link_that_is_no_web_page_does_not_reach_a_crm(target: str, tmp_path: Path) -> None:
    """What would run when clicked is left empty and said; pages, bare hosts and hosts with a port stay."""
    odd = ["javascript:alert(1)", " JavaScript:alert(1)", "java\nscript:alert(1)", "data:text/html,x", "file:///x"]
    sound = ["https://a.example", "HTTP://b.example", "c.example", "d.example:8080/x", "intranet:8080"]
    names = {"first_name": "Ann", "last_name": "Lee", "company_name": "Firm"}
    rows = [{"email": f"p{n}@x.example", "company_website": s, **names} for n, s in enumerate([*odd, *sound])]
    done = export(pl.DataFrame(rows), tmp_path / "x.csv", target=target)
    text = done.path.read_text("utf-8")

    assert done.rows == 10
    assert [link for link in odd if link in text] == []
    assert [link for link in sound if link not in text] == []
    assert [note for note in done.notes if "is left empty in 5 rows" in note]


@pytest.mark.parametrize("target", sorted(REQUIRED))
@pytest.mark.parametrize("sign", ["\0", "\x07", "\x1b", "\x7f", "\x9c"])
def test_control_characters_do_not_reach_a_crm(target: str, sign: str, tmp_path: Path) -> None:
    """They are left out of its file and said with their row; umlauts, line breaks and tabs stay."""
    frame = people({"email": "a@firm.example"}, {"first_name": f"Ä{sign}n\tn\na", "email": "b@firm.example"})
    done = export(frame, tmp_path / "leads.csv", target=target)

    assert "Än\tn\na" in done.path.read_text("utf-8")
    assert sign not in done.path.read_text("utf-8")
    assert "holds control characters in 1 rows (row 3 of the file); they are left out" in str(done.notes)


@pytest.mark.parametrize("target", ["csv", "xlsx", "parquet"])
def test_control_characters_in_a_file_of_all_are_said(target: str, tmp_path: Path) -> None:
    """The frame is written as it is; who reads the file elsewhere is told."""
    done = export(people({"first_name": "A\0nna"}), tmp_path / "leads", target=target)

    assert "first_name holds control characters in 1 rows (row 2 of the file); they are left in" in str(done.notes)


@pytest.mark.parametrize("target", sorted(REQUIRED))
@pytest.mark.parametrize(
    ("name", "is_said"),
    [
        *(
            (name, True)
            for name in ("{{company}}", "Foo {% if x %}", "{Hi|Hello} Ltd", "${name}", "<%= x %>", "*|FNAME|*")
        ),
        *((name, False) for name in ("{Foo} Ltd", "50% Off", "A|B", "Foo [Bar]", "Foo & Bar", "A*B|C", "Foo } {")),
    ],
)
def test_a_name_that_mails_take_for_a_template_is_said(target: str, name: str, is_said: bool, tmp_path: Path) -> None:
    """It is written as it is, and named with its row before a sequencer fills it in."""
    done = export(people({"company_name": name}), tmp_path / "leads.csv", target=target)

    assert name in done.path.read_text("utf-8")
    assert any("take for a template" in note and "(row 2 of the file)" in note for note in done.notes) == is_said
