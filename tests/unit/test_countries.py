"""Which country a text means, and which countries a region has."""

from __future__ import annotations

import subprocess
import sys

import pytest
from babel import Locale

import openprospect_nb as op
from openprospect_nb.countries import REGIONS, country_code, country_name, similar_countries


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("DEU", "DE"),
        ("276", "DE"),
        (" germany ", "DE"),
        ("Allemagne", "DE"),
        ("日本", "JP"),
        ("Ελλάδα", "GR"),
        ("Vereinigtes Königreich", "GB"),
        ("Great Britain", "GB"),
        ("U.S.A.", "US"),
        ("Cote d'Ivoire", "CI"),
        ("The Netherlands", "NL"),
        ("Trinidad and Tobago", "TT"),
        ("Georgia", "GE"),
        ("Kosovo", "XK"),
        ("EU", None),
        ("SU", None),
        ("YU", None),
        ("ZZ", None),
        ("XX", None),
        ("Atlantis", None),
        ("Kongo", None),
        ("", None),
    ],
)
def test_a_country_is_known_by_codes_and_by_names_of_any_language(text, code):
    """Case, accents, dots and "the" do not matter; dissolved states, unions and ambiguous names are no country."""
    assert country_code(text) == code
    assert (country_name(text) is None) == (code is None)


@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "it", "nl", "pl", "cs", "ja", "ar"])
def test_every_name_of_a_language_leads_to_its_country(language):
    """Unicode's own names, read apart from our index, give their own code, or none where two countries share a name."""
    english = Locale("en").territories
    for code, name in Locale(language).territories.items():
        if country_code(code) == code:
            assert country_code(name) in {code, None}, (english[code], name)
    assert country_code(Locale(language).territories["DE"]) == "DE"


def test_similar_names_are_of_different_countries_and_best_first():
    """A name and its German twin are one suggestion; a region that nobody has settled gets none."""
    assert similar_countries("Germny")[0] == "Germany"
    assert similar_countries("Korea") == ["South Korea", "North Korea"]
    assert len(similar_countries("Guinea")) == 3
    assert similar_countries("Africa") == similar_countries("EMEA") == similar_countries(" ") == []


def test_a_region_gives_its_countries():
    """Every region leads to codes of countries, by any of its spellings; an unknown one is refused with those known."""
    assert op.countries_of("dach") == op.countries_of("D-A-CH") == ["AT", "CH", "DE"]
    assert len(op.countries_of("EU")) == 27
    assert set(op.countries_of("EEA")) - set(op.countries_of("EU")) == {"IS", "LI", "NO"}
    for region, codes in REGIONS.items():
        assert [country_code(code) for code in codes] == list(codes) == sorted(codes), region
    with pytest.raises(op.errors.ConfigurationError, match=r"'Germany' is not a region.*DACH"):
        op.countries_of("Germany")


def test_a_valid_profile_loads_no_tables_of_names():
    """Checking a profile, and so importing the package, reads no names of countries; only advice does."""
    code = """
import sys
import openprospect_nb as op
icp = op.ICP(profile_name="n", ideal_customer_profile="x", seller_offering="y", target_countries=["Germany"])
assert icp.problems() == []
assert "babel" not in sys.modules
icp.advice()
assert "babel" in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
