"""Ranking: filters, order, determinism, caps and reasons."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from openprospect_nb.sandbox.market import matching
from openprospect_nb.sandbox.market.matching import CAP_HARD, CAP_PARTLY, CAP_UNKNOWN_ICP

ICPS = json.loads(Path(__file__).with_name("fixtures").joinpath("icps.json").read_text("utf-8"))


def profile(text, countries=("DE",), **extra):
    """A profile of the contract's field names."""
    return {
        "ideal_customer_profile": text,
        "target_countries": list(countries),
        "seller_offering": "CRM software",
        **extra,
    }


def test_hits_come_without_repeats(company_universe):
    """Ids and firms are unique, and no more than the limit come."""
    hits = matching.rank(company_universe, profile("Bakeries with 20-200 employees"), 300)

    assert len(hits) == 300
    assert len({h.company_id for h in hits}) == len({h.number for h in hits}) == 300


def test_equal_profiles_give_equal_hits(company_universe):
    """Ranking is a function of seed and profile content: name, key order and absent fields do not matter."""
    one = profile("Robotics integrators in Bavaria", target_cities=[])
    other = {"profile_name": "B", **dict(reversed(list(one.items()))), "target_industries": None}

    assert matching.rank(company_universe, one, 50) == matching.rank(company_universe, other, 50)


def test_longer_lists_start_with_the_shorter(company_universe):
    """Asking for more appends."""
    wanted = profile("Law firms in Hamburg")

    assert matching.rank(company_universe, wanted, 500)[:20] == matching.rank(company_universe, wanted, 20)


def test_target_countries_are_a_hard_filter(company_universe):
    """Only the target countries come, and a country outside the universe gives an honest nothing."""
    hits = matching.rank(company_universe, profile("Bakeries in Berlin", ["Austria", "CH"]), 500)

    assert {h.company.country.code for h in hits} == {"AT", "CH"}
    assert matching.rank(company_universe, profile("Bakeries", ["Japan"]), 50) == []
    assert matching.rank(company_universe, profile("Bakeries"), 0) == []


def test_exclusions_never_come(company_universe):
    """Excluded industries, negated businesses and unwanted technologies are absent from a long list."""
    wanted = profile("Retailers without Shopify, no pharmacies", excluded_industries=["Construction"])
    companies = [hit.company for hit in matching.rank(company_universe, wanted, 1500)]
    tools = company_universe.lists.technologies

    assert len(companies) == 1500
    assert not any(c.industry.key == "construction" or c.subtype.key == "pharmacy" for c in companies)
    assert not any(tools[i].name == "Shopify" for c in companies for i in c.technologies)


def test_eight_and_more_means_all_criteria(company_universe):
    """A score of 8 or more is given only where nothing stated is missed or unknown."""
    for case in ICPS:
        german = case["profile"].get("output_language") == "de"
        for hit in matching.rank(company_universe, case["profile"], 100):
            if hit.match_score >= 8:
                assert ("Alle erkannten" if german else "All recognised criteria are met") in hit.match_reasoning
            if "Does not match" in hit.match_reasoning:
                assert hit.match_score <= CAP_PARTLY


def test_what_does_not_fit_is_not_delivered(company_universe):
    """A narrow market brings what there is and a few firms that nearly fit, never another trade or a far size."""
    hits = matching.rank(company_universe, profile("Bakeries in Leipzig with 20-60 employees"), 400)
    near = [h for h in hits if "Does not match" in h.match_reasoning or "Comes close" in h.match_reasoning]

    assert 3 <= len(hits) < 100
    assert {h.company.subtype.key for h in hits} == {"bakery"}
    assert min(h.match_score for h in hits) >= CAP_HARD
    assert 0 < len(near) <= 3 + len(hits) / 12
    assert max(h.match_score for h in near) <= CAP_PARTLY


def test_unknown_is_not_missed(company_universe):
    """A company without a published headcount is called unknown in size, neither matched nor missed."""
    hits = matching.rank(company_universe, profile("Bakeries with 20-200 employees"), 400)
    unknown = [h for h in hits if not h.company.known]

    assert unknown
    for hit in unknown:
        assert "Unknown" in hit.match_reasoning
        assert "Headcount 20-200" in hit.match_reasoning.partition("Unknown")[2]
        assert "Headcount 20-200" not in hit.match_reasons
        assert hit.match_score <= CAP_PARTLY


def test_reasons_name_what_matched_and_what_missed(company_universe):
    """Labels list the met criteria; the sentence tells met and missed apart, in the output language."""
    wanted = profile("Bäckereien in Sachsen mit 20-60 Mitarbeitern", output_language="de")
    hits = matching.rank(company_universe, wanted, 100)

    assert hits[0].match_reasons == ["Branche", "Standort", "20-60 Mitarbeitende"]
    assert hits[0].match_reasoning.startswith("Passt: Bäckerei; ")
    assert any("statt 20-60" in h.match_reasoning for h in hits)


def test_text_without_hints_is_capped_and_says_so(company_universe):
    """Where nothing was recognised, no score is above 5 and the sentence admits it."""
    hits = matching.rank(company_universe, profile("delightful visionary folks"), 50)

    assert len(hits) == 50
    assert max(h.match_score for h in hits) <= CAP_UNKNOWN_ICP
    assert all("no score is above 5" in h.match_reasoning for h in hits)


@pytest.mark.parametrize("text", ['"', "NEAR(", "a OR", "* *", "drop'table", "zzz\x00yyy"])
def test_any_text_can_be_ranked(company_universe, text):
    """No character of a profile reaches the text index as syntax."""
    assert len(matching.rank(company_universe, profile(text), 5)) == 5


def test_hits_and_documents_agree(company_universe):
    """A document carries the name, domain, city, id and score of its hit."""
    wanted = profile("Software companies in Berlin")
    for hit in matching.rank(company_universe, wanted, 60):
        document = company_universe.document(hit, wanted)
        assert document["id"] == hit.company_id
        assert document["name"] == hit.name
        assert document["normalized_url"] == hit.domain
        assert document["city"] in {hit.city, None}
        assert document["match_score"] == hit.match_score


def test_two_profiles_of_one_market_overlap(company_universe):
    """Most firms that one profile finds first, another profile of the market finds early too, but not all of them."""

    def found(text):
        return {hit.number for hit in matching.rank(company_universe, profile(text), 100)}

    shared = found("Retailers in Germany") & found("Retailers in Germany, please")
    assert 40 <= len(shared) <= 95


def test_a_narrow_market_is_reached_whole(company_universe):
    """Every surgical instrument maker of the town that fits comes, and the pool says how many there are."""
    wanted = profile("Surgical instrument makers in Tuttlingen")
    met = [h for h in matching.rank(company_universe, wanted, 500) if "All recognised" in h.match_reasoning]
    strata, lists = company_universe.strata, company_universe.lists
    town = [lists.cities[city].name for city in strata.order].index("Tuttlingen")
    kind = [subtype.key for subtype in lists.subtypes].index("surgical")

    assert len(met) == strata.counts[kind, town].sum() == matching.count_pool(company_universe, wanted, 500).firms


@pytest.mark.parametrize("number", [17, 2_000_000])
def test_a_single_company_can_be_scored(company_universe, number):
    """Any company gets a score and reasons for a profile, also one that the profile's filters would drop."""
    hit = matching.score_company(company_universe, profile("Bakeries in Japan", ["Japan"]), number)

    assert hit.number == number
    assert 0 <= hit.match_score <= 10
    assert hit.match_reasoning
