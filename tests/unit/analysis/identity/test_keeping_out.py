"""Whom to keep out, in every form people have it, for every function that takes a list: nobody slips through."""

import logging
from dataclasses import dataclass
from functools import cache

import polars as pl
import pytest

import openprospect_nb as op
from openprospect_nb.errors import ValidationError
from openprospect_nb.files.exclusions import exclusions
from openprospect_nb.frames import schemas
from openprospect_nb.frames.results import Results
from openprospect_nb.models import Blacklist

COMPANIES = pl.DataFrame(
    {
        "order_id": ["o"] * 4,
        "id": ["c1", "c2", "c3", "c4"],
        "name": ["Foo X GmbH", "Foo Extra Ltd", "Bar AG", "Müller KG"],
        "website_url": ["https://www.foo-x.example/", "https://foo-xx.example", "https://bar.example", None],
        "city": ["Leeds", "Leeds", "Bonn", "Köln"],
        "country": ["GB", "GB", "DE", "DE"],
        "source_id": ["A-1", "A-2", None, "007"],
    }
)
WHOLE = pl.concat([schemas.COMPANIES.to_frame(), COMPANIES], how="diagonal_relaxed")
PROSPECTS = pl.DataFrame(
    {
        "order_id": ["o"] * 6,
        "company_id": ["c1", "c1", "c1", "c2", "c3", "c4"],
        "id": ["p1", "p2", "p3", "p4", "p5", "p6"],
        "first_name": ["Ada", "Bob", "Cid", "Dan", "Eve", "Fay"],
        "email": [
            "ada@foo-x.example",
            "BOB@mail.Foo-X.example",
            None,
            "dan@foo-xx.example",
            "eve@bar.example",
            "fay@mueller.example",
        ],
        "bounce_risk_score": [1.0] * 6,
    }
)
RESULTS = Results(companies=WHOLE, prospects=PROSPECTS)
DOMAIN = "foo-x.example"


@dataclass(frozen=True, slots=True, kw_only=True)
class Handle(Blacklist):
    """A blacklist's handle, with its entries beside it instead of at a server."""

    domain: str

    def entries(self):
        """Return its entries as the client does."""
        row = {"id": "e1", "company_name": "Foo", "website_url": self.domain, "city": None, "external_id": None}
        return pl.DataFrame([row], schema_overrides={"city": pl.String, "external_id": pl.String})


def forms(domain):
    """Return every form in which people hold a list with one domain on it, by what it is."""
    handle = Handle(id="5d1f7c0a-9e3b-4d0c-8a55-7a2d0f9b6c31", entry_count=1, domain=domain)
    firm = COMPANIES.head(1).with_columns(name=pl.lit("Another"), website_url=pl.lit(domain), source_id=pl.lit("other"))
    return {
        "a domain in a list": [domain],
        "one text": domain,
        "a web address": [f"https://www.{domain}/de"],
        "a half address": [f"http//{domain}"],
        "everybody at": [f"*@{domain}"],
        "at": [f"@{domain}"],
        "everything below": [f".{domain}"],
        "a mapping": {"domain": domain},
        "mappings with domain": [{"domain": domain}],
        "mappings with website": [{"website": domain}],
        "a frame": pl.DataFrame({"company_name": ["Foo X"], "domain": [domain]}),
        "a lazy frame": pl.LazyFrame({"Website": [f"http://{domain}:8080/x"]}),
        "an unknown heading": pl.DataFrame({"Sperrliste 2026": [domain]}),
        "a Series": pl.Series([domain]),
        "a set": {domain},
        "a generator": (text for text in [domain]),
        "upper case and a dot": [f"{domain.upper()}."],
        "blanks and nothing": [None, "", " ", float("nan"), domain],
        "a mark and zero-width": [f"\ufeff\u200b{domain}"],
        "several in one text": f"other.example; {domain}, third.example",
        "several in one cell": [f"other.example\n{domain}"],
        "quoted": [f"'{domain}'", f"<https://{domain}>"],
        "an earlier order": Results(companies=firm),
        "a blacklist": handle,
        "blacklists": [handle, "other.example"],
        "its entries": handle.entries(),
        "frames and results": [pl.DataFrame({"domain": ["other.example"]}), Results(companies=firm)],
    }


@cache
def sent():
    """Return the send list of all of them."""
    return op.send_list(RESULTS, 0.5)


FUNCTIONS = {
    "exclude, Results": lambda listed, _: _left(op.exclude(RESULTS, listed)),
    "exclude, companies": lambda listed, _: _left(op.exclude(COMPANIES, listed)),
    "contactable, Results": lambda listed, _: _tiered(op.contactable(RESULTS, suppressed=listed)),
    "contactable, frame": lambda listed, _: _tiered(op.contactable(PROSPECTS, suppressed=listed)),
    "export, Results": lambda listed, path: _exported(RESULTS, listed, path),
    "export, frame": lambda listed, path: _exported(PROSPECTS, listed, path),
    "export, send list": lambda listed, path: _exported(sent(), listed, path),
    "export, its frame": lambda listed, path: _exported(sent().prospects, listed, path),
}
FIRMS_LEFT = {"c2", "c3", "c4"}


def _left(marked):
    return set(marked.filter(~pl.col("excluded"))["id"])


def _tiered(rows):
    return {row["company_id"] for row in rows.iter_rows(named=True) if row["tier"] not in {"suppressed", "no_email"}}


def _exported(prospects, listed, path):
    op.export(prospects, path, suppress=listed, target="parquet")
    written = pl.read_parquet(path)
    return set(written.filter(pl.col("email").is_not_null())["company_id"])


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("name", forms(DOMAIN))
def test_every_form_of_a_list_keeps_out_in_every_function(name, function, tmp_path):
    """The company, its people and those at hosts below its domain are kept out; look-alikes are not."""
    assert FUNCTIONS[function](forms(DOMAIN)[name], tmp_path / "out.parquet") == FIRMS_LEFT


@pytest.mark.parametrize("function", [name for name in FUNCTIONS if not name.startswith("exclude")])
@pytest.mark.parametrize(
    "listed", [["Ada@FOO-X.example"], {"mailto:ada@foo-x.example"}, "Ada <ada+news@foo-x.example>"]
)
def test_an_address_keeps_out_one_person(function, listed, tmp_path):
    """One person's address takes that person and nobody else."""
    if function.startswith("export"):
        prospects = {"export, Results": RESULTS, "export, frame": PROSPECTS}.get(function)
        prospects = sent() if prospects is None else prospects
        op.export(prospects, tmp_path / "o.parquet", suppress=listed, target="parquet")
        mails = set(pl.read_parquet(tmp_path / "o.parquet")["email"].drop_nulls())
    else:
        rows = op.contactable(RESULTS if "Results" in function else PROSPECTS, suppressed=listed)
        mails = set(rows.filter(~pl.col("tier").is_in(["suppressed", "no_email"]))["email"])

    assert {mail.lower() for mail in mails} == {mail.lower() for mail in PROSPECTS["email"].drop_nulls()[1:]}


@pytest.mark.parametrize(
    "listed",
    [
        [{"company_name": "Müller", "city": "Köln"}],
        [{"Account Name": "MUELLER KG", "Billing City": "Cologne"}],
        [{"external_id": "007"}],
    ],
    ids=["name and city", "a CRM's headings", "the customer's id"],
)
def test_a_company_without_a_web_site_is_kept_out_with_its_people(listed, tmp_path):
    """Name and city, or the customer's own id, keep out the company's people also from a send list's frame."""
    for prospects in (RESULTS, sent(), sent().prospects):
        assert _exported(prospects, listed, tmp_path / "o.parquet") == {"c1", "c2", "c3"}
    assert _tiered(op.contactable(RESULTS, suppressed=listed)) == {"c1", "c2", "c3"}


def test_an_entry_that_the_frame_cannot_be_compared_with_is_an_error(tmp_path):
    """A list of names and a frame without companies: an error with the remedy, and nothing is written."""
    listed = [{"company_name": "Foo X", "city": "Leeds"}, "eve@bar.example"]

    with pytest.raises(ValidationError, match=r"name: is not in the frame.*Give the Results"):
        op.export(PROSPECTS, tmp_path / "o.csv", suppress=listed)
    with pytest.raises(ValidationError, match="Give the Results"):
        op.contactable(PROSPECTS, suppressed=listed)
    with pytest.raises(ValidationError, match="compared with prospects"):
        op.exclude(COMPANIES, ["eve@bar.example"])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("5d1f7c0a-9e3b-4d0c-8a55-7a2d0f9b6c31", "client.blacklists.get('5d1f7c0a"),
        (["5d1f7c0a-9e3b-4d0c-8a55-7a2d0f9b6c31", DOMAIN], "client.blacklists.get('5d1f7c0a"),
        (Blacklist(id="b", entry_count=1), "await client.blacklists.entries('b')"),
        (pl.DataFrame({"id": ["b"], "name": ["Ours"], "entry_count": [3]}), "tells of blacklists"),
        (["Acme GmbH"], "row 1: 'Acme GmbH'"),
        (5, "is a int"),
        (b"foo-x.example", "is a bytes"),
        (pl.DataFrame({"shoe size": [43]}), "no heading"),
        ([["nested"]], "row 1"),
    ],
    ids=[
        "a blacklist's id",
        "an id in a list",
        "an asynchronous handle",
        "the list of blacklists",
        "a name",
        "a number",
        "bytes",
        "a foreign frame",
        "a list in a list",
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason(given, words, tmp_path):
    """A list of which nothing can be read suppresses nobody, so it is an error in every function."""
    for call in (
        lambda: op.exclude(RESULTS, given),
        lambda: op.contactable(RESULTS, suppressed=given),
        lambda: op.export(RESULTS, tmp_path / "o.csv", suppress=given),
    ):
        with pytest.raises(ValidationError, match="nobody was suppressed") as caught:
            call()
        assert words in str(caught.value)


# What is said of a form is settled where forms are read, and that it is said where lists are taken: every form in a
# function of companies and one of persons, and three kinds of forms in every function.
NOBODY = [
    (name, function)
    for name in forms("nowhere.example")
    for function in FUNCTIONS
    if name in {"a domain in a list", "a lazy frame", "an earlier order"}
    or function in {"exclude, companies", "export, Results"}
]


@pytest.mark.parametrize(("name", "function"), NOBODY)
def test_a_list_that_matches_nobody_is_never_silent(name, function, tmp_path, caplog):
    """Whatever the form and whatever takes it: nobody is kept out, and a warning names who was meant."""
    assert FUNCTIONS[function](forms("nowhere.example")[name], tmp_path / "out.parquet") == FIRMS_LEFT | {"c1"}

    said = caplog.records[-1]
    assert said.levelname == "WARNING"
    assert "0 of " in said.getMessage()
    assert "nowhere.example" in said.getMessage().lower()


@pytest.mark.parametrize("function", FUNCTIONS)
def test_an_entry_that_matches_nobody_is_named_beside_those_that_do(function, tmp_path, caplog):
    """What matched is counted; of seven that did not five are named; a list that matches whole is no warning."""
    caplog.set_level(logging.INFO)
    strangers = [f"nowhere{number}.example" for number in range(7)]
    FUNCTIONS[function]([DOMAIN, *strangers], tmp_path / "out.parquet")

    assert caplog.records[-1].levelname == "WARNING"
    assert "1 of 8 entries" in caplog.text
    assert "nowhere4.example and 2 more." in caplog.text
    caplog.clear()
    FUNCTIONS[function]([DOMAIN], tmp_path / "out.parquet")
    assert caplog.records[-1].levelname == "INFO"
    FUNCTIONS[function]([], tmp_path / "out.parquet")
    assert caplog.records[-1].levelname == "WARNING"


def test_what_a_list_does_is_told_as_a_value(caplog):
    """All entries without a match, how many matched by which tier, and nothing logged; persons and firms are met."""
    listed = [DOMAIN, "eve@bar.example", {"company_name": "Müller", "city": "Köln"}, "nowhere.example"]
    told = op.suppression(RESULTS, listed)

    assert (told.entries, told.matched, told.unmatched) == (4, 3, ("nowhere.example",))
    assert told.by_tier == {"address": 1, "domain": 1, "name_city": 1}
    assert "nowhere.example" in told._repr_html_()
    assert caplog.records == []
    alone = Results(companies=WHOLE, prospects=PROSPECTS.head(1))
    assert op.suppression(alone, ["bar.example"]).matched == 1
    assert op.suppression(sent(), ["eve@bar.example", "x@nowhere.example"]).matched == 1


def test_a_persons_address_among_companies_is_said_to_belong_elsewhere(caplog):
    """`exclude` marks companies: an address in its list is told as one that others compare."""
    op.exclude(RESULTS, [DOMAIN, "eve@bar.example"])

    assert "1 are addresses of persons: contactable and export compare them" in caplog.text


def test_unreadable_entries_beside_good_ones_are_named_and_bounded(caplog):
    """Twenty names among domains: the first five are named, the rest counted, and the domain works."""
    listed = [DOMAIN, *(f"Some Firm {number}" for number in range(20))]
    marked = op.exclude(RESULTS, listed)

    assert _left(marked) == FIRMS_LEFT
    assert "20 entries of the suppression list cannot be read" in caplog.text
    assert "row 2: 'Some Firm 0'" in caplog.text
    assert "and 15 more" in caplog.text
    assert "Some Firm 9" not in caplog.text


def test_a_page_on_a_shared_site_names_nobody(caplog):
    """A company's page at a portal does not suppress everybody with a page there, and that is said."""
    op.exclude(RESULTS, [{"company_name": "Foo", "website": "facebook.com/foo"}, {"domain": DOMAIN}])

    assert "is a page on a site that many share" in caplog.text


def test_a_page_on_a_shared_site_alone_is_refused_by_every_reader():
    """It names nobody, whoever asks; beside a name the rest of the row counts."""
    with pytest.raises(ValidationError, match="a site that many share"):
        exclusions(["https://facebook.com/foo"])
    with pytest.raises(ValidationError, match="a site that many share"):
        op.contactable(RESULTS, suppressed="https://www.linkedin.com/company/foo-x")
    read = exclusions([{"company_name": "Foo", "website": "facebook.com/foo"}])

    assert [(entry.name, entry.domain) for entry in read.entries] == [("Foo", None)]
    assert read.complaint == ""


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_a_path_is_read_whatever_its_ending(encoding, tmp_path):
    """A `Path` is a file in any encoding; a text is one if it ends like a table."""
    path = tmp_path / "keep out.dat"
    path.write_bytes(f"Domäne;Grund\n{DOMAIN};möchte nicht\n".encode(encoding))
    path.with_suffix(".TXT").write_bytes(f"{DOMAIN}\nother.example\n".encode())

    assert _left(op.exclude(RESULTS, path)) == FIRMS_LEFT
    assert _left(op.exclude(RESULTS, str(path.with_suffix(".TXT")))) == FIRMS_LEFT


@pytest.mark.parametrize("last", ["Total;;3", "Summe;;", "Gesamt (3);;3"])
def test_a_report_s_total_is_no_company_to_keep_out(last, tmp_path):
    """A row that sums up a file, or repeats its heading, names nobody; a company of that name would be kept out."""
    path = tmp_path / "list.csv"
    path.write_text(f"Firma;Ort;Bestellungen\nFoo X;Leeds;1\nFirma;Ort;Bestellungen\nBar;Bonn;2\n{last}\n", "utf-8")

    assert [entry.name for entry in exclusions(path).entries] == ["Foo X", "Bar"]


def test_prospects_as_a_list_mean_their_addresses_and_nothing_is_complained_of(caplog):
    """A page of a person on a network beside the address says nothing about whom to keep out."""
    pages = PROSPECTS.filter(pl.col("email").is_not_null()).with_columns(
        linkedin_url=pl.format("https://linkedin.example/in/{}", "first_name")
    )
    with caplog.at_level(logging.INFO):
        op.contactable(RESULTS, suppressed=pages)

    assert caplog.records[-1].levelname == "INFO"
    assert "5 of 5 entries" in caplog.text


@pytest.mark.parametrize(
    "row",
    [
        {"Yritys": "Foo X", "Kaupunki": "Leeds"},
        {"Şirket Ünvanı": "Foo X", "Şehir": "Leeds"},
        {"会社名": "Foo X", "都市": "Leeds"},
        {"Nom du compte": "Foo X", "Ville de facturation": "Leeds"},
        {"Account Name": "Foo X", "Billing City": "Leeds"},
        {"Unternehmen": "irrelevant", "Domainname des Unternehmens": DOMAIN},
    ],
)
def test_the_headings_of_company_lists_are_known_here_too(row):
    """There is one list of headings: what buys a company keeps it out as well."""
    assert _left(op.exclude(RESULTS, [row])) == FIRMS_LEFT


def test_the_export_says_what_the_list_did(tmp_path):
    """The answer of an export counts the entries that matched and names those that did not."""
    written = op.export(RESULTS, tmp_path / "o.csv", suppress=[DOMAIN, "nowhere.example"])

    assert (written.suppression.entries, written.suppression.matched) == (2, 1)
    assert written.suppression.unmatched == ("nowhere.example",)
    assert written.left_out["suppressed"] == 3


@pytest.mark.parametrize("ending", [".csv", ".txt", ".tsv", ".parquet"])
@pytest.mark.parametrize("heading", ["domain", "E-Mail", "Company Domain Name", "Webseite", None])
def test_a_file_is_a_list(ending, heading, tmp_path):
    """A file with or without a heading keeps out whom it names."""
    path = tmp_path / f"list{ending}"
    lines = [heading, DOMAIN, "other.example"] if heading else [DOMAIN, "other.example"]
    if ending == ".parquet":
        pl.DataFrame({heading or "x": [DOMAIN, "other.example"]}).write_parquet(path)
    else:
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")

    assert _left(op.exclude(RESULTS, str(path))) == FIRMS_LEFT
    assert _left(op.exclude(RESULTS, path)) == FIRMS_LEFT


def test_a_person_beside_an_address_is_not_taken_for_a_company():
    """An export of unsubscribed persons with their firms suppresses persons, and their firms' names are no entries."""
    listed = exclusions([{"Company": "Bar AG", "Name": "Eve", "E-mail": "eve@bar.example"}])

    assert [(entry.address, entry.name) for entry in listed.entries] == [("eve@bar.example", None)]


def test_a_domain_below_takes_only_itself():
    """A host below a domain, typed as such, does not take the rest of the domain's people."""
    rows = op.contactable(PROSPECTS, suppressed=["mail.foo-x.example"])

    assert set(rows.filter(pl.col("tier") == "suppressed")["id"]) == {"p2"}
