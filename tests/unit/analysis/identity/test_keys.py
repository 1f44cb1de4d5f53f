import pytest
from hypothesis import given
from hypothesis import strategies as st

from openprospect_nb.analysis.identity.keys import (
    hosts,
    name_key,
    person_key,
    registrable_domain,
    without_town,
)
from openprospect_nb.analysis.identity.places import city_key


@pytest.mark.parametrize(
    "spellings",
    [
        ("Müller GmbH & Co. KG", "Mueller", "MULLER AG", "Müller  GmbH", "Muller G.m.b.H."),
        ("AG Meier", "Meier AG", "Meier"),
        ("S.à r.l. Dupont", "Dupont SARL", "Dupont S.A.R.L."),
        ("A/S Nordberg", "Nordberg A/S", "Nordberg"),
        ("Łódź Sp. z o.o.", "Lodz Spzoo"),
        ("Kurz Maschinenbau UG (haftungsbeschränkt)", "Kurz Maschinenbau UG", "Kurz Maschinenbau"),
        ("Schmidt und Söhne OHG", "Schmidt & Soehne", "Schmidt + Söhne"),
        ("Foo Gesellschaft mit beschränkter Haftung", "Foo Gesellschaft m.b.H.", "Foo GmbH"),
        ("A.B.C. Ltd", "ABC Limited", "a b c"),
        ("L'Oréal S.A.", "LOREAL"),
    ],
)
def test_spellings_of_one_name_meet(spellings):
    """Case, accents, transliteration, punctuation and legal forms do not tell names apart."""
    assert len({name_key(name) for name in spellings}) == 1


@pytest.mark.parametrize("name", ["GmbH", "AG", "& Co.", "SE", "株式会社", "Ёлка"])
def test_a_name_never_becomes_empty(name):
    """Stripping legal forms leaves something of every name that has letters."""
    assert name_key(name)


@given(st.text(max_size=40))
def test_what_stands_around_a_name_changes_nothing(text):
    """Space and punctuation before and behind a name leave its key as it is, whatever the name."""
    assert name_key(f" ({text}). ") == name_key(text)


@pytest.mark.parametrize(
    ("url", "domain"),
    [
        ("https://www.Müller.de/x", "xn--mller-kva.de"),
        ("shop.firm.co.uk", "firm.co.uk"), ("me.github.io", "me.github.io"),
        ("HTTPS://WWW.FIRM.EXAMPLE:443/a?b#c", "firm.example"), ("firm.example.", "firm.example"),
        ("mailto.firm.example", "firm.example"), ("http://127.0.0.1:80", None), ("http://[::1]/", None),
        ("facebook.com/firm", None), ("https://de.linkedin.com/company/x", None), ("nothing", None), ("", None),
        (None, None), ("http://[bad", None), ("co.uk", None), ("https://user:pw@firm.example/", "firm.example"),
        ("http://a..b.example", None),
    ],
)  # fmt: skip
def test_addresses_become_registrable_domains(url, domain):
    """Whatever is written, the registered domain comes out; shared sites, IP addresses and nonsense give none."""
    assert registrable_domain(url) == domain


@given(st.text(max_size=60))
def test_no_address_breaks_the_keys(text):
    """Any text at all gives hosts or none, never an error."""
    assert all("." in name for name in hosts(text))
    assert registrable_domain(text) is None or registrable_domain(text)


@pytest.mark.parametrize(
    "names",
    [
        ("München", "Munich", "Muenchen", "MUNCHEN"), ("Köln", "Cologne", "Koeln"), ("Wien", "Vienna"),
        ("Frankfurt am Main", "Frankfurt/Main", "Frankfurt (Main)", "Frankfurt"), ("Den Haag", "The Hague"),
        ("Zürich", "Zurich", "Zuerich"), ("Genève", "Genf", "Geneva"),
    ],
)  # fmt: skip
def test_cities_meet_in_both_languages(names):
    """English, native and transliterated names of a city are one key."""
    assert len({city_key(name) for name in names}) == 1


def test_a_person_needs_both_names():
    """A key exists only where first and last name do, without title and accents."""
    assert person_key("Dr. José", "Núñez") == person_key("Jose", "Nunez")
    assert person_key("Jose", None) == ""


@pytest.mark.parametrize(
    "name",
    [
        "Stadtwerke Ulm",
        "Sparkasse (Ulm)",
        "Volksbank Foo-Ulm",
        "Foo (Bonn)",
        "Foo GmbH, Bonn",
        "(Ulm)",
        ", Ulm",
        "Ulm",
        "",
        "Foo",
    ],
)
def test_a_town_that_is_the_name_or_another_stays(name):
    """A trade alone is no name, a hyphen joins, and another town says where else."""
    assert without_town(name, "Ulm") == name
