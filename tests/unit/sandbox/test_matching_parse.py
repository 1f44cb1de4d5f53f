"""What is understood of an ICP: sizes, places, businesses, technologies, preferences and negations."""

from __future__ import annotations

import pytest

from openprospect_nb.sandbox.market.icp import SizeRange, cut_sizes, parse_profile, resolve_countries
from openprospect_nb.sandbox.universe.vocabulary import vocabulary


def understood(text, countries=("DE", "AT", "CH", "GB", "US", "FR"), **lists):
    """Parse *text* and name what was found."""
    found = parse_profile({"ideal_customer_profile": text, "target_countries": list(countries), **lists})
    words = vocabulary()
    return {
        "subtypes": {words.subtypes[i].key for i in found.subtypes},
        "industries": {words.industries[i].key for i in found.industries},
        "not_subtypes": {words.subtypes[i].key for i in found.excluded_subtypes},
        "not_industries": {words.industries[i].key for i in found.excluded_industries},
        "cities": {words.cities[i].name for i in found.cities},
        "states": {state for _, state in found.states},
        "countries": {words.countries[i].code for i in found.wanted_countries},
        "technologies": [{words.technologies[i].name for i in group} for group in found.technologies],
        "not_technologies": {words.technologies[i].name for i in found.excluded_technologies},
        "traits": set(found.traits),
        "preferences": set(found.preferences),
        "size": found.size,
        "residue": found.residue,
    }


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("companies with 50-250 employees", 50, 250),
        ("between 20 and 150 people", 20, 150),
        ("zwischen 20 und 150 Mitarbeitern", 20, 150),
        ("von 10 bis 49 Mitarbeitenden", 10, 49),
        ("ab 1.000 Mitarbeitern", 1000, None),
        ("1,000+ employees", 1000, None),
        ("2k+ employees", 2000, None),
        ("mehr als 200 Beschäftigte", 200, None),
        ("20 or more employees", 20, None),
        ("mindestens 30 Angestellte", 30, None),
        ("bis zu 49 Mitarbeiter", None, 49),
        ("fewer than 20 staff", None, 20),
        ("höchstens 100 Personen", None, 100),
        ("at least 20 employees and at most 100 employees", 20, 100),
        ("headcount 10 to 40", 10, 40),
        ("Mitarbeiterzahl: 50 bis 500", 50, 500),
        ("about 100 employees", 60, 160),
        ("mid-sized manufacturers", 50, 500),
        ("kleine und mittlere Unternehmen", 10, 249),
        ("Konzerne", 250, 3200),
    ],
)
def test_sizes_are_read_in_two_languages(text, low, high):
    """A statement of size becomes a range with open ends where none is given."""
    assert cut_sizes(text)[1] == SizeRange(low, high)


def test_numbers_that_are_no_sizes_stay_unread():
    """A certificate number or a year says nothing about headcount."""
    assert cut_sizes("ISO 9001 certified, founded after 1990")[1] is None


def test_size_numbers_never_reach_the_text_search():
    """The figure is cut out, so that 50 in a profile does not match 50 in a description."""
    assert "50" not in understood("bakeries with 50-250 employees")["residue"]


@pytest.mark.parametrize(
    ("names", "codes"),
    [
        (["DE", "at", "Schweiz"], {"DE", "AT", "CH"}),
        (["Germany", "United Kingdom", "UK"], {"DE", "GB"}),
        (["Deutschland", "Österreich", "Niederlande"], {"DE", "AT", "NL"}),
        (["DACH"], {"DE", "AT", "CH"}),
        (["Benelux", "Nordics"], {"BE", "NL", "LU", "SE", "DK", "NO", "FI"}),
        (["Japan"], set()),
    ],
)
def test_countries_go_by_many_names(names, codes):
    """Countries are known by code, English, German and native name, and by region; others are not in the universe."""
    assert {vocabulary().countries[i].code for i in resolve_countries(names)} == codes


@pytest.mark.parametrize(
    ("text", "cities"),
    [
        ("hotels in Munich", {"München"}),
        ("Hotels in Muenchen", {"München"}),
        ("hotels in Vienna and Cologne", {"Wien", "Köln"}),
        ("Kanzleien in Frankfurt", {"Frankfurt am Main"}),
        ("nice companies reading trade magazines", set()),
        ("Catering: gutes Essen für Betriebe", set()),
    ],
)
def test_cities_have_aliases_and_false_friends(text, cities):
    """Cities are found by all their names; everyday words that are also cities are not."""
    assert understood(text)["cities"] == cities


@pytest.mark.parametrize(
    ("text", "subtypes"),
    [
        ("dental laboratories for dentists", {"dental"}),
        ("Dentallabore für Zahnärzte", {"dental"}),
        ("marketing agencies for hotels, bakeries", {"marketing_agency", "bakery"}),
        ("Dental laboratories for dentists. Bakeries", {"dental", "bakery"}),
        ("looking for dentists", {"dental_practice"}),
    ],
)
def test_customers_of_a_business_are_not_what_is_wanted(text, subtypes):
    """A business named after "for" is a customer of the one before it, up to the next comma or sentence."""
    assert understood(text)["subtypes"] == subtypes


def test_target_cities_may_carry_ambiguous_names():
    """In target_cities, Essen and Reading are cities without doubt."""
    found = understood("bakeries", target_cities=["Essen", "Reading"])

    assert found["cities"] == {"Essen", "Reading"}


def test_regions_become_countries_or_states():
    """DACH stands for three countries, NRW and Southern Germany for states."""
    assert understood("bakeries in the DACH region")["countries"] == {"DE", "AT", "CH"}
    assert understood("Bäckereien in NRW")["states"] == {"NW"}
    assert understood("bakeries in Southern Germany")["states"] == {"BW", "BY"}
    assert {"Essen", "Dortmund"} < understood("Bäckereien im Ruhrgebiet")["cities"]


def test_places_outside_the_target_countries_fall_away():
    """A city of another country than the targets does not make every company miss."""
    assert understood("agencies in Paris and Berlin", countries=("DE",))["cities"] == {"Berlin"}


@pytest.mark.parametrize(
    ("text", "subtypes"),
    [
        ("firms that build robots for factories", {"robotics"}),
        ("Hersteller von Zahnersatz", {"dental"}),
        ("Firmen, die Windräder warten", {"wind"}),
        ("Steuerberatungskanzleien", {"tax_adviser"}),
        ("trucking companies", {"freight"}),
        ("Metzgereibetriebe", {"meat_processing"}),
    ],
)
def test_businesses_are_found_by_alias_and_compound(text, subtypes):
    """Paraphrases, inflected forms and German compounds lead to the kind of business."""
    assert understood(text)["subtypes"] == subtypes


def test_negated_business_is_excluded_but_never_its_industry():
    """Negated electricians go, and the other trades stay."""
    found = understood("Handwerksbetriebe, aber keine Elektriker")

    assert found["not_subtypes"] == {"electricians"}
    assert found["industries"] == {"trades"}
    assert found["not_industries"] == set()


def test_negation_ends_with_its_clause():
    """What follows a full stop, or "but", is wanted again."""
    assert understood("No breweries. Bakeries only.")["subtypes"] == {"bakery"}
    assert understood("no breweries or dairies but bakeries")["not_subtypes"] == {"brewery", "dairy"}


def test_excluded_industries_may_be_industries_or_businesses():
    """The list field excludes whole industries as well as kinds of business."""
    found = understood("manufacturers", excluded_industries=["Automotive", "Stahlbau"])

    assert found["not_industries"] == {"automotive"}
    assert found["not_subtypes"] == {"steel_construction"}


def test_technologies_are_musts_or_alternatives():
    """Alternatives and rivals of one category make one group, a combination makes two."""
    assert understood("shops on Shopware or Magento")["technologies"] == [{"Shopware", "Magento"}]
    assert understood("shops on Shopware, Magento")["technologies"] == [{"Shopware", "Magento"}]
    assert understood("Shopify shops with Klaviyo")["technologies"] == [{"Shopify"}, {"Klaviyo"}]
    assert understood("companies without Salesforce")["not_technologies"] == {"Salesforce"}
    assert len(understood("Zulieferer mit SAP")["technologies"][0]) == 4


def test_sectors_count_where_nothing_closer_is_named():
    """Manufacturers are nine industries; manufacturers of pumps are pump makers alone."""
    assert len(understood("family-owned manufacturers with 50-250 employees")["industries"]) == 9
    assert len(understood("produzierendes Gewerbe in Bayern")["industries"]) == 9
    assert understood("manufacturers of industrial pumps")["industries"] == set()
    assert understood("manufacturers of industrial pumps")["subtypes"] == {"pumps_valves"}


def test_kinds_of_software_may_be_asked_for():
    """Asking for "an ERP system" is met by any product of that kind."""
    assert len(understood("machine builders with an ERP system")["technologies"][0]) == 12


def test_preferences_are_not_requirements():
    """What is "ideally" so is welcome; what is stated plainly is required."""
    assert understood("family-owned bakeries, ideally exporting")["traits"] == {"family_owned"}
    assert understood("family-owned bakeries, ideally exporting")["preferences"] == {"exporter"}
    assert understood("Bäckereien, gerne familiengeführt")["preferences"] == {"family_owned"}


def test_hostile_or_empty_text_is_no_error():
    """Any text parses, to nothing if need be."""
    for text in ("", "   ", '"; DROP TABLE texts; --', "(((", "ß" * 4000, "\x00", "NEAR AND OR NOT *", "🙂" * 100):
        assert understood(text)["subtypes"] == set()
