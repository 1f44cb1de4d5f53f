"""Columns of places: whose they are, and whether they hold towns, countries or whole addresses."""

# Rows are read best as they stand, one a line.
# ruff: noqa: E501

from __future__ import annotations

import pytest

from openprospect_nb.files import preview

FOO = {"company_name": "Foo GmbH"}
HOMES = (
    "Wohnort|Woonplaats|Home City|Privatort|Geburtsort|Country of residence|Residencia|Bostadsort|Miejsce zamieszkania"
)


@pytest.mark.parametrize("home", HOMES.split("|"))
@pytest.mark.parametrize(
    "heads",
    ["Name;Arbeitgeber", "Name;Employer", "Naam;Werkgever", "Nom;Employeur", "Vorname;Firma", "First name;Company"],
)
def test_where_a_person_lives_is_not_where_the_company_is(home, heads):
    """Beside the name of whom a company employs it is not sent, and that is said."""
    person, company = heads.split(";")
    told = preview([{person: "Ben Bauer", company: "Foo GmbH", home: "Ulm"}])

    assert told.rows == [FOO]
    assert any(f"Column {home!r}" in note for note in told.notes)


@pytest.mark.parametrize("company", ["Arbeitgeber", "Employer", "Werkgever", "Firma", "Company"])
@pytest.mark.parametrize("place", ["Ort", "City", "Plaats", "Woonplaats"])
def test_a_town_in_a_list_of_employers_is_theirs(company, place):
    """Without a person beside them employers are a list of companies; the Dutch word for home is one for a town."""
    assert preview([{company: "Foo GmbH", place: "Ulm"}]).rows == [FOO | {"city": "Ulm"}]


def test_the_town_of_an_employer_is_the_companys():
    """Where a heading says whose town it is, it counts; the bare one beside a person does not."""
    told = preview([{"Name": "Ben Bauer", "Employer": "Foo GmbH", "City": "Bonn", "Employer City": "Ulm"}])

    assert told.rows == [FOO | {"city": "Ulm"}]


SEATS = "Headquarters|HQ|Company Headquarters|Hauptsitz|Firmensitz|Sitz|Siège social|Sede legale|Hoofdkantoor|Huvudkontor|本社"


@pytest.mark.parametrize("seat", SEATS.split("|"))
@pytest.mark.parametrize(
    ("place", "note"),
    [
        ("Ulm", ""),
        ("Ulm, Baden-Württemberg, Germany", "holds whole places; split it into city and country"),
        ("Weg 1\n89073 Ulm", "holds whole places; split it into city and country"),
        ("Deutschland", "holds countries; rename it to country if they are the companies'"),
        ("Yes", "holds no names of places"),
    ],
)
def test_a_seat_is_a_town_where_it_holds_towns(seat, place, note):
    """What stands below the heading tells: a town is sent, a whole place, a country or a yes is named."""
    told = preview([{"Account Name": "Foo GmbH", seat: place, "Website": "foo.example"}])

    assert told.rows == [FOO | {"website_url": "foo.example"} | ({} if note else {"city": "Ulm"})]
    assert [n for n in told.notes if seat in n] == ([f"Column {seat!r} {note}."] if note else [])


def test_the_seat_of_a_persons_company_is_the_companys():
    """Beside persons a bare town is theirs, and a seat is not."""
    told = preview([{"First Name": "Ben", "Last Name": "Bauer", "Company": "Foo GmbH", "City": "Bonn", "HQ": "Ulm"}])

    assert told.rows == [FOO | {"city": "Ulm"}]


@pytest.mark.parametrize("heading", ["LKZ", "Ctry", "Länderkennzeichen", "Länderkennung", "CTRY_CODE", "Nation"])
def test_short_words_for_a_country_are_known(heading):
    """ERP systems abbreviate it."""
    assert preview([{"Firma": "Foo GmbH", "Ort": "Ulm", heading: "DE"}]).rows == [
        FOO | {"city": "Ulm", "country": "DE"}
    ]


@pytest.mark.parametrize(
    ("heading", "values", "is_told"),
    [
        ("Markt", ["DE", "AT", "CH"], True),
        ("Where", ["Germany", "Österreich", "France"], True),
        ("Aktiv", ["no", "no", "no"], False),
        ("Klasse", ["A", "B", "C"], False),
        ("Sprache", ["de", "en", "fr"], False),
        ("Branche", ["Bau", "IT", "Handel"], False),
    ],
)
def test_countries_under_a_heading_nobody_knows_are_told(heading, values, is_told):
    """They are not sent, for they may be anybody's, and that they could be is said."""
    told = preview([{"Firma": f"Foo {n}", heading: value} for n, value in enumerate(values)])

    assert not any("country" in row for row in told.rows)
    assert any("holds countries; rename it to country" in note for note in told.notes) == is_told


def test_countries_beside_a_country_are_not_told():
    """Where the country is known, another column of them is somebody else's."""
    assert preview([{"Firma": "Foo GmbH", "Land": "DE", "Ursprung": "AT"}]).notes == []
