"""The ICP: its problems, its advice, its file."""

from __future__ import annotations

import pytest

import openprospect_nb as op

GOOD = {
    "profile_name": "n",
    "ideal_customer_profile": "Machine builders",
    "seller_offering": "software",
    "target_countries": ["DE"],
}
LIMITS = {
    "profile_name": 500,
    "ideal_customer_profile": 5_000,
    "seller_offering": 5_000,
    "seller_industry": 1_000,
    "output_language": 10,
}


@pytest.mark.parametrize(("field", "limit"), LIMITS.items())
def test_texts_may_be_as_long_as_documented_and_no_longer(field, limit):
    """At the limit a text is valid; one character more is named with its field."""
    assert op.ICP(**{**GOOD, field: "x" * limit}).problems() == []
    assert [p.field for p in op.ICP(**{**GOOD, field: "x" * (limit + 1)}).problems()] == [field]


@pytest.mark.parametrize(
    "country",
    ["DE", "de", "Germany", "Deutschland", "UK", "uk", "Österreich", "USA", "Schweiz", "Česko", "Kosovo", "XK", "DEU"],
)
def test_countries_are_known_by_code_and_by_name(country):
    """Codes of two and three letters and names in any language are countries, go out as written, and need no advice."""
    icp = op.ICP(**{**GOOD, "target_countries": [country]})
    assert icp.problems() == []
    assert icp.body()["target_countries"] == [country]
    assert "countries" not in [advice.topic for advice in icp.advice()]


@pytest.mark.parametrize(
    ("country", "missing", "suggestion"),
    [
        ("Atlantis", "not a country we know", "Use ISO codes such as DE"),
        ("Germny", "not a country we know", "Did you mean Germany or Guernsey?"),
        ("Korea", "not a country we know", "Did you mean South Korea or North Korea?"),
        ("Europe", "not a country we know", "Use ISO codes such as DE"),
        ("DACH", "a region", "AT, CH, DE (op.countries_of('DACH') gives the list)"),
        ("Scotland", "a region, or a part of a country", "GB (op.countries_of('Scotland')"),
    ],
)
def test_an_unknown_country_is_advice_and_is_sent_as_written(country, missing, suggestion):
    """No document closes the list of countries: what we do not know is no problem, and says what to write instead."""
    icp = op.ICP(**{**GOOD, "target_countries": ["DE", country]})
    assert icp.problems() == []
    assert icp.body()["target_countries"] == ["DE", country]
    [advice] = [advice for advice in icp.advice() if advice.topic == "countries"]
    assert f"“{country}” is " in advice.missing
    assert missing in advice.missing
    assert "sent as written" in advice.missing
    assert suggestion in advice.suggestion


@pytest.mark.parametrize("value", [3, None, "", "  ", "x" * 101, ["DE"], "D\ud83d", "D\0"])
def test_what_is_no_text_for_a_country_is_a_problem(value):
    """A number, an empty text, one that is too long or cannot be sent is refused with its place, and not advised on."""
    icp = op.ICP(**{**GOOD, "target_countries": ["DE", value]})
    assert [p.field for p in icp.problems()] == ["target_countries[1]"]
    assert "countries" not in [advice.topic for advice in icp.advice()]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ab\0c", "has a NUL character at position 3, which cannot be sent; remove it"),
        ("\ud83d smile", "has half a character (surrogate U+D83D) at position 1, which cannot be sent; remove it"),
        ("smile \ude00", "has half a character (surrogate U+DE00) at position 7, which cannot be sent; remove it"),
    ],
)
@pytest.mark.parametrize("field", [*LIMITS, "target_cities", "contact_roles"])
def test_what_no_request_can_carry_is_named_with_its_place(field, text, message, tmp_path):
    """NUL and half characters are problems of their field in any text; the profile can still be saved and read."""
    listed = field in {"target_cities", "contact_roles"}
    icp = op.ICP(**{**GOOD, field: ["ok", text] if listed else text[:10]})
    [problem] = icp.problems()
    assert (problem.field, problem.message) == (f"{field}[1]" if listed else field, message)
    assert op.ICP.load(icp.save(tmp_path / "icp.json")) == icp


def test_whole_characters_outside_the_basic_plane_can_be_sent():
    """An emoji and a line break are text like any other."""
    assert op.ICP(**{**GOOD, "seller_offering": "😀\n\ttab"}).problems() == []


def test_a_text_where_a_list_belongs_is_named():
    """target_countries="DE" is one text, not a list."""
    assert "must be a list" in str(op.ICP(**{**GOOD, "target_countries": "DE"}).problems()[0])


def test_a_profile_comes_back_from_its_file(tmp_path):
    """Saving and loading give an equal profile, lists and umlauts included."""
    icp = op.ICP(**GOOD, target_cities=["München"], contact_roles=["CEO"], output_language="de")
    assert op.ICP.load(icp.save(tmp_path / "icp.json")) == icp


def test_the_hash_is_of_the_content_not_of_the_name():
    """Renaming a profile keeps its hash; changing its text does not."""
    icp = op.ICP(**GOOD)
    assert op.ICP(**{**GOOD, "profile_name": "other"}).hash == icp.hash
    assert op.ICP(**{**GOOD, "seller_offering": "other"}).hash != icp.hash


COMPLETE = [
    "Machine builders in Germany with 50 to 500 employees that run their own production. A good fit plans ahead.",
    "Hersteller von Verpackungsmaschinen in Bayern mit 50 bis 500 Mitarbeitern, die SAP nutzen, weil sie wachsen.",
    "Dental clinics in Austria, SMEs, with several locations; ideal are practices that need appointment software soon.",
]


@pytest.mark.parametrize("text", COMPLETE)
def test_a_complete_description_needs_no_advice(text):
    """Industry, size, place, traits and fit are all there, in English or German."""
    assert op.ICP(**{**GOOD, "ideal_customer_profile": text}).advice() == []


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("Innovative leading companies", ["industry", "size", "characteristics", "fit", "length", "vague words"]),
        ("Hotels", ["size", "characteristics", "fit", "length"]),
        ("Softwarehäuser mit 20 Mitarbeitern, die in Berlin sitzen und die SAP nutzen und wachsen wollen", ["fit"]),
        ("", ["industry", "size", "characteristics", "fit", "length"]),
    ],
)
def test_what_is_missing_is_named_with_a_suggestion(text, topics):
    """Each missing topic is one piece of advice, and each says what to write."""
    advice = op.ICP(**{**GOOD, "ideal_customer_profile": text}).advice()
    found = [a.topic for a in advice]
    assert [t for t in found if t != "industry" or "industry" in topics] == topics
    assert all(a.suggestion for a in advice)


@pytest.mark.parametrize(
    "text",
    ["Dentists in Germany", "Family bakeries with a shop", "Car dealers", "Breweries", "Law firms and notaries",
     "Zahnärzte", "Rechtsanwälte", "Steuerberater und Wirtschaftsprüfer", "Autohäuser", "Apotheken auf dem Land"],
)  # fmt: skip
def test_a_trade_is_a_kind_of_business(text):
    """Shops, professions and workshops count as a kind of business, in English and German."""
    assert "industry" not in [a.topic for a in op.ICP(**{**GOOD, "ideal_customer_profile": text}).advice()]


@pytest.mark.parametrize("text", ["Companies in Germany with 50 staff", "Firmen, die wachsen", "Growing customers"])
def test_companies_alone_are_no_kind_of_business(text):
    """Who only says that he wants companies is asked for their kind."""
    assert "industry" in [a.topic for a in op.ICP(**{**GOOD, "ideal_customer_profile": text}).advice()]


def test_what_other_fields_say_needs_no_advice():
    """Target industries, cities and countries count as industry and geography."""
    bare = op.ICP(**{**GOOD, "target_countries": [], "ideal_customer_profile": "Some"})
    filled = op.ICP(**{**GOOD, "ideal_customer_profile": "Some", "target_industries": ["Hotels"]})
    assert {"industry", "geography"} <= {a.topic for a in bare.advice()}
    assert not {"industry", "geography"} & {a.topic for a in filled.advice()}
