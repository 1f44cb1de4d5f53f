"""Whom to keep out, in every form people have it, for every function that takes a list: nobody slips through."""

import logging

import polars as pl
import pytest

import openprospect_nb as op
from openprospect_nb.errors import ValidationError
from openprospect_nb.files.exclusions import exclusions
from openprospect_nb.frames import schemas
from openprospect_nb.frames.results import Results

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
FORMS = {
    "a domain in a list": [DOMAIN],
    "one text": DOMAIN,
    "a web address": ["https://www.foo-x.example/de"],
    "a half address": ["http//foo-x.example"],
    "everybody at": ["*@foo-x.example"],
    "at": ["@foo-x.example"],
    "a mapping": {"domain": DOMAIN},
    "mappings with domain": [{"domain": DOMAIN}],
    "mappings with website": [{"website": DOMAIN}],
    "a frame": pl.DataFrame({"company_name": ["Foo X"], "domain": [DOMAIN]}),
    "a lazy frame": pl.LazyFrame({"Website": [f"http://{DOMAIN}:8080/x"]}),
    "an unknown heading": pl.DataFrame({"Sperrliste 2026": [DOMAIN]}),
    "a Series": pl.Series([DOMAIN]),
    "a set": {DOMAIN},
    "a generator": (text for text in [DOMAIN]),
    "upper case and a dot": ["FOO-X.example."],
    "blanks and nothing": [None, "", " ", float("nan"), DOMAIN],
    "a mark and zero-width": ["\ufeff\u200bfoo-x.example"],
    "several in one text": f"other.example; {DOMAIN}, third.example",
    "several in one cell": [f"other.example\n{DOMAIN}"],
    "quoted": ["'foo-x.example'", "<https://foo-x.example>"],
    "an earlier order": Results(companies=COMPANIES.head(1)),
    "entries of a blacklist": pl.DataFrame(
        {"id": ["e1"], "company_name": ["Foo"], "website_url": ["foo-x.example"], "city": [None], "external_id": [None]}
    ),
}


def form(name):
    """Return a form, a generator made anew."""
    return [DOMAIN] if name == "a generator" else FORMS[name]


FUNCTIONS = {
    "exclude, Results": lambda listed, _: _left(op.exclude(RESULTS, listed)),
    "exclude, companies": lambda listed, _: _left(op.exclude(COMPANIES, listed)),
    "contactable, Results": lambda listed, _: _tiered(op.contactable(RESULTS, suppressed=listed)),
    "contactable, frame": lambda listed, _: _tiered(op.contactable(PROSPECTS, suppressed=listed)),
    "export, Results": lambda listed, path: _exported(RESULTS, listed, path),
    "export, frame": lambda listed, path: _exported(PROSPECTS, listed, path),
    "export, send list": lambda listed, path: _exported(op.send_list(RESULTS, 0.5), listed, path),
    "export, its frame": lambda listed, path: _exported(op.send_list(RESULTS, 0.5).prospects, listed, path),
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
@pytest.mark.parametrize("name", FORMS)
def test_every_form_of_a_list_keeps_out_in_every_function(name, function, tmp_path):
    """The company, its people and those at hosts below its domain are kept out; look-alikes are not."""
    assert FUNCTIONS[function](form(name), tmp_path / "out.parquet") == FIRMS_LEFT


@pytest.mark.parametrize("function", [name for name in FUNCTIONS if not name.startswith("exclude")])
@pytest.mark.parametrize(
    "listed", [["Ada@FOO-X.example"], {"mailto:ada@foo-x.example"}, "Ada <ada+news@foo-x.example>"]
)
def test_an_address_keeps_out_one_person(function, listed, tmp_path):
    """One person's address takes that person and nobody else."""
    if function.startswith("export"):
        prospects = {"export, Results": RESULTS, "export, frame": PROSPECTS}.get(function)
        prospects = op.send_list(RESULTS, 0.5) if prospects is None else prospects
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
    for prospects in (RESULTS, op.send_list(RESULTS, 0.5), op.send_list(RESULTS, 0.5).prospects):
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
        ("5d1f7c0a-9e3b-4d0c-8a55-7a2d0f9b6c31", "client.blacklists.entries"),
        (["Acme GmbH"], "row 1: 'Acme GmbH'"),
        (5, "is a int"),
        (b"foo-x.example", "is a bytes"),
        (pl.DataFrame({"shoe size": [43]}), "no heading"),
        ([["nested"]], "row 1"),
    ],
    ids=["a blacklist's id", "a name", "a number", "bytes", "a foreign frame", "a list in a list"],
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


def test_a_list_that_keeps_nobody_out_is_never_silent(caplog):
    """No match is a warning that names the entries; an empty list is one too; a match is told as information."""
    caplog.set_level(logging.INFO)
    op.contactable(RESULTS, suppressed=["nowhere.example"])

    assert caplog.records[-1].levelname == "WARNING"
    assert "0 of 1 entries" in caplog.text
    assert "nowhere.example" in caplog.text
    caplog.clear()
    op.contactable(RESULTS, suppressed=[])
    assert caplog.records[-1].levelname == "WARNING"
    caplog.clear()
    op.contactable(RESULTS, suppressed=[DOMAIN, "nowhere.example"])
    assert caplog.records[-1].levelname == "INFO"
    assert "1 of 2 entries" in caplog.text
    assert "nowhere.example" in caplog.text


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
