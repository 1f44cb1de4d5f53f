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
    "country", ["DE", "de", "Germany", "Deutschland", "UK", "Österreich", "USA", "Schweiz", "Česko"]
)
def test_countries_are_known_by_code_and_by_name(country):
    """ISO codes and English, German or local names are countries, and go out as written."""
    icp = op.ICP(**{**GOOD, "target_countries": [country]})
    assert icp.problems() == []
    assert icp.body()["target_countries"] == [country]


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


def test_what_other_fields_say_needs_no_advice():
    """Target industries, cities and countries count as industry and geography."""
    bare = op.ICP(**{**GOOD, "target_countries": [], "ideal_customer_profile": "Some"})
    filled = op.ICP(**{**GOOD, "ideal_customer_profile": "Some", "target_industries": ["Hotels"]})
    assert {"industry", "geography"} <= {a.topic for a in bare.advice()}
    assert not {"industry", "geography"} & {a.topic for a in filled.advice()}
