"""Which forms of a person or company are learned from stored rows."""

from __future__ import annotations

import polars as pl
import pytest

from openprospect_nb.errors import ValidationError
from openprospect_nb.frames.schemas import COMPANIES, PROSPECTS
from openprospect_nb.privacy.called import is_called
from openprospect_nb.privacy.canonical import Form, Kind, person
from openprospect_nb.privacy.learning import known_of
from openprospect_nb.privacy.subjects import asked


def rows(schema, *rows):
    """Return a frame of a schema from partial rows, live where nothing else is said."""
    return pl.DataFrame([dict.fromkeys(schema) | {"source": "live"} | row for row in rows], schema=schema)


FRAMES = {
    "companies": rows(COMPANIES, {"id": "c-1", "website_url": "https://firm.example"}, {"id": "c-2"}),
    "prospects": rows(
        PROSPECTS,
        {
            "id": "p-1",
            "company_id": "c-1",
            "first_name": "Maja",
            "last_name": "Lindqvist",
            "email": "maja@firm.example",
        },
        {
            "id": "p-1",
            "company_id": "c-2",
            "first_name": "M.",
            "email": "m@b.example",
            "linkedin_url": "linkedin.com/in/m",
        },
        {"id": "p-2", "company_id": "c-2", "first_name": "Eva", "last_name": "Berg", "email": "info@b.example"},
        {
            "id": "p-3",
            "company_id": "c-2",
            "first_name": "Maja",
            "last_name": "Karin Lindqvist",
            "email": "mk@b.example",
        },
    ),
}
MAJA = {
    Form(Kind.ADDRESS, "maja@firm.example"),
    Form(Kind.ADDRESS, "m@b.example"),
    Form(Kind.PROFILE, "linkedin.com/in/m"),
    Form.of(Kind.PROSPECT, "live", "p-1"),
    Form.of(Kind.EMPLOYER, "live", "c-1"),
    Form.of(Kind.EMPLOYEE, "live", "c-1", "lindqvist maja"),
}


@pytest.mark.parametrize(
    "asked", [Form(Kind.ADDRESS, "m@b.example"), Form(Kind.PROFILE, "linkedin.com/in/m"), Form(Kind.ID, "p-1")]
)
def test_a_person_is_known_by_all_rows_that_hang_together(asked):
    """Address, id and profile lead from row to row, to no other person and no colleague."""
    assert known_of(asked, FRAMES).forms == MAJA | {asked}


def test_a_shared_mailbox_is_not_taken_along():
    """Who is forgotten by id leaves info@ to the others; asked for itself it is a form."""
    assert Form(Kind.ADDRESS, "info@b.example") not in known_of(Form(Kind.ID, "p-2"), FRAMES).forms
    assert Form.of(Kind.PROSPECT, "live", "p-2") in known_of(Form(Kind.ADDRESS, "info@b.example"), FRAMES).forms


def test_a_persons_own_number_is_learned_and_a_shared_one_is_not():
    """A line of the company's, or of a colleague, leads to others; it is read in the company's country."""
    people = FRAMES["prospects"].with_columns(
        phone_number=pl.Series(["030 1111111", "030 2222222", "030 3333333", None])
    )
    firms = FRAMES["companies"].with_columns(
        country=pl.lit("Germany"), phone_numbers=pl.Series([["+49 (0)30/2222222"], None], dtype=pl.List(pl.String))
    )
    known = known_of(Form(Kind.ID, "p-1"), {"prospects": people, "companies": firms})
    assert {form.text for form in known.forms if form.kind is Kind.PHONE} == {"+49301111111"}
    shared = people.with_columns(phone_number=pl.lit("+49 30 1111111"))
    known = known_of(Form(Kind.ID, "p-1"), {"prospects": shared, "companies": firms})
    assert not any(form.kind is Kind.PHONE for form in known.forms)


@pytest.mark.parametrize("asked", [Form(Kind.DOMAIN, "firm.example"), Form(Kind.ID, "c-1")])
def test_of_a_companys_people_the_ids_alone_are_learned(asked):
    """They did not ask: their addresses elsewhere stay theirs."""
    assert known_of(asked, FRAMES).forms == {
        asked, Form.of(Kind.COMPANY, "live", "c-1"), Form.of(Kind.PROSPECT, "live", "p-1"),
    }  # fmt: skip


def test_a_name_has_to_be_of_one_person():
    """Two bearers are told apart by id; one is learned like any other; nobody is said."""
    with pytest.raises(ValidationError, match=r"2 persons.*p-1, p-3"):
        known_of(Form(Kind.NAME, "lindqvist maja"), FRAMES)
    assert Form(Kind.ADDRESS, "mk@b.example") in known_of(Form(Kind.NAME, "karin lindqvist maja"), FRAMES).forms
    with pytest.raises(ValidationError, match="nobody"):
        known_of(Form(Kind.NAME, "greta nilsson"), FRAMES)


TARO = rows(
    PROSPECTS,
    {"id": "p-1", "company_id": "c-1", "first_name": "太郎", "last_name": "山田", "email": "t@firm.example"},
    {"id": "p-2", "company_id": "c-2", "first_name": "민수", "last_name": "김", "email": "k@firm.example"},
)


@pytest.mark.parametrize(("who", "email"), [("山田太郎", "t"), ("太郎 山田", "t"), ("김민수", "k")])
def test_a_name_without_blanks_is_a_persons(who, email):
    """It is learned like any other."""
    known = known_of(asked(who), FRAMES | {"prospects": TARO})
    assert Form(Kind.ADDRESS, f"{email}@firm.example") in known.forms


@pytest.mark.parametrize("who", ["太郎", "山田", "王伟", "Öztürk", "山田太郎子"])
def test_part_of_a_name_and_a_name_of_nobody_are_refused(who):
    """They are no ids: nothing would be erased, and nobody held back."""
    with pytest.raises(ValidationError, match="nobody"):
        known_of(asked(who), FRAMES | {"prospects": TARO})


def test_a_company_is_known_by_its_name_in_its_town_and_a_person_is_not_by_the_companys():
    """Asked for by domain, id or name it comes back under none; whoever works there takes nothing of it along."""
    firm = {"id": "c-1", "name": "Strauß Kälte GmbH", "city": "Graz", "website_url": "https://firm.example"}
    frames = FRAMES | {"companies": rows(COMPANIES, firm, {"id": "c-9", "name": "STRAUSS KAELTE GmbH", "city": "Graz"})}
    for who in (Form(Kind.DOMAIN, "firm.example"), Form(Kind.ID, "c-1")):
        known = known_of(who, frames)
        assert is_called(known, "Strauss Kälte GmbH", "Graz")
        assert Form.of(Kind.COMPANY, "live", "c-9") in known.forms
    assert not is_called(known_of(asked("maja@firm.example"), frames), "Strauß Kälte GmbH", "Graz")


FIRMS = rows(
    COMPANIES,
    {"id": "c-1", "name": "Invented Pumps GmbH", "website_url": "https://firm.example"},
    {"id": "c-2", "name": "Invented Pumps AG", "normalized_url": "ag.example"},
    {"id": "c-3", "name": "Pumps 24 & Söhne"},
    {"id": "c-4", "name": "Lindqvist Maja"},
)


@pytest.mark.parametrize(
    ("asked", "company", "domain"),
    [
        (Form(Kind.NAME, person("invented pumps GmbH")), "c-1", "firm.example"),
        (Form(Kind.NAME, person("Invented Pumps AG")), "c-2", "ag.example"),
        (Form(Kind.ID, "Pumps 24 & Soehne KG"), None, None),
        (Form(Kind.ID, "Pumps 24 & Soehne"), "c-3", None),
    ],
)
def test_a_company_is_known_by_its_name(asked, company, domain):
    """The legal form tells two apart; the company's own domain and id are learned."""
    forms = known_of(asked, FRAMES | {"companies": FIRMS}).forms
    assert {form.text.rpartition("\0")[2] for form in forms if form.kind is Kind.COMPANY} == {company} - {None}
    assert {form.text for form in forms if form.kind is Kind.DOMAIN} == {domain} - {None}


@pytest.mark.parametrize("name", ["Invented Pumps", "Lindqvist, Maja", "Invented Pumps Ltd"])
def test_a_name_of_several_or_of_no_company_is_said(name):
    """Without the legal form it is two companies, a person may bear a company's name, and another form is nobody's."""
    with pytest.raises(ValidationError, match=r"name of (2|3) persons or companies.*c-|nobody"):
        known_of(Form(Kind.NAME, person(name)), FRAMES | {"companies": FIRMS})


def test_an_id_of_a_person_and_of_a_company_is_asked_about():
    """Where both are counted from one, an id alone may not erase a firm for a person."""
    both = {name: frame.with_columns(id=pl.lit("7")) for name, frame in FRAMES.items()}
    with pytest.raises(ValidationError, match="of a person and of a company"):
        known_of(Form(Kind.ID, "7"), both)


def test_who_is_on_no_row_is_known_as_asked():
    """An address that was never delivered is all there is."""
    asked = Form(Kind.ADDRESS, "new@firm.example")
    assert known_of(asked, FRAMES).forms == {asked}
