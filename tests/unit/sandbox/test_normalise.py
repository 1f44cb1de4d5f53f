"""Keys under which spellings of domains, names and cities meet."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openprospect_nb.privacy import shared
from openprospect_nb.sandbox.market.normalise import city_key, fold, name_key, registrable_domain


@pytest.mark.parametrize(
    "url",
    [
        "firma.example",
        "www.firma.example",
        "https://www.firma.example/kontakt?x=1",
        "HTTPS://SHOP.FIRMA.EXAMPLE:443",
        "http://firma.example.",
        "info@firma.example",
        "//firma.example/a@b",
        "  firma.example  ",
    ],
)
def test_spellings_of_a_website_share_one_domain(url):
    """Scheme, host prefix, case, port, path, dot and mail address make no difference."""
    assert registrable_domain(url) == "firma.example"


@pytest.mark.parametrize(
    ("url", "domain"),
    [
        ("https://müller.example", "xn--mller-kva.example"),
        ("shop.firma.co.uk", "firma.co.uk"),
        ("firma.com.de", "firma.com.de"),
        ("kunde.github.io", "kunde.github.io"),
    ],
)
def test_registrable_domain_follows_the_public_suffix_list(url, domain):
    """Suffixes of several labels, hosting suffixes and umlauts come out as registered."""
    assert registrable_domain(url) == domain


@pytest.mark.parametrize(
    "url",
    [None, "", "localhost", "github.io", "de", "127.0.0.1", "http://[::1]:8080/", "a b c", "gmail.com", "me@web.de"],
)
def test_what_identifies_no_company_gives_none(url):
    """Addresses, bare suffixes, hosting and free-mail domains are no company's domain."""
    assert registrable_domain(url) is None


@pytest.mark.parametrize("host", ["tuta.com", "mail.ru", "yandex.ru", "rambler.ru", "zoho.com", "vip.onet.pl"])
def test_a_mail_provider_is_no_company(host):
    """Providers that a list of our own forgot, and one below what is registered, are free mail."""
    assert registrable_domain(f"me@{host}") is None


def test_client_and_sandbox_know_the_same_mail_providers():
    """What the client takes for a private mailbox is no company's domain here; a name that only ends alike is."""
    known = shared.free_mail()

    assert len(known) > 4_000
    assert [host for host in known if registrable_domain(f"me@{host}") is not None] == []
    assert registrable_domain("www.not-tuta.com") == "not-tuta.com"


@pytest.mark.parametrize(
    "name",
    [
        "MÜLLER & Söhne GmbH & Co. KG",
        "Mueller und Soehne",
        "Müller & Söhne Gesellschaft mit beschränkter Haftung",
        "müller+söhne UG (haftungsbeschränkt)",
        "Müller-Söhne AG",
        "AG Müller Söhne",
        "Müller et Söhne S.à r.l.",
    ],
)
def test_spellings_of_a_name_share_one_key(name):
    """Case, umlauts, connectors, punctuation and legal form make no difference."""
    assert name_key(name) == "muellersoehne"


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Nordberg A/S", "nordberg"),
        ("A/S Nordberg", "nordberg"),
        ("Foo Sp. z o.o.", "foo"),
        ("Bar s.r.o.", "bar"),
        ("Baz Oy", "baz"),
        ("Løvås AS", "loevaas"),
        ("UG", "ug"),
        ("GmbH & Co. KG", "gmbhco"),
        ("", ""),
        (None, ""),
    ],
)
def test_legal_forms_of_many_countries_are_dropped(name, key):
    """Forms in front and behind go; a name that is nothing but a form keeps something of it."""
    assert name_key(name) == key or (name == "GmbH & Co. KG" and name_key(name))


def test_different_firms_keep_different_keys():
    """Neither the trade nor a word that only looks like a form is dropped."""
    assert name_key("Kurz Maschinenbau GmbH") != name_key("Kurz Metallbau GmbH")
    assert name_key("Agentur Ost GmbH") == "agenturost"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("München", "Munich"),
        ("MUENCHEN", "München"),
        ("Frankfurt", "Frankfurt am Main"),
        ("Frankfurt/Main", "Frankfurt a. M."),
        ("Vienna", "Wien"),
        ("Genf", "Genève"),
        ("Den Bosch", "'s-Hertogenbosch"),
        ("St Gallen", "Sankt Gallen"),
    ],
)
def test_names_of_a_city_share_one_key(one, other):
    """Cities meet under their English, German and native names."""
    assert city_key(one) == city_key(other) != ""


def test_unknown_cities_are_folded():
    """A place that is not listed still meets its own spellings, and no other."""
    assert city_key("Bad Kösen") == city_key("BAD KOESEN")
    assert city_key("Frankfurt (Oder)") != city_key("Frankfurt")
    assert city_key(None) == ""


@given(st.text(max_size=60))
def test_keys_of_any_text_are_stable(text):
    """No text raises, and folding twice changes nothing more."""
    assert fold(fold(text)) == fold(text)
    assert isinstance(name_key(text), str)
    assert isinstance(city_key(text), str)
    found = registrable_domain(text)
    assert found is None or registrable_domain(found) == found
