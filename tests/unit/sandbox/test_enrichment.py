"""Submitted companies: their own record for sandbox firms, careful placeholders for all others."""

from __future__ import annotations

import json
import re

import pytest

from openprospect_nb.sandbox.market.enrichment import enrich
from openprospect_nb.sandbox.universe.strata import FIRST

PROFILE = {"seller_offering": "Network security", "ideal_customer_profile": "Bakeries", "target_countries": ["DE"]}
SUBMITTED = {
    "company_name": "Kurz Maschinenbau GmbH",
    "website_url": "https://www.kurz-mb.test/de",
    "city": "Ulm",
    "country": "Germany",
    "external_id": "CRM-7",
}


@pytest.fixture(scope="module")
def many(company_universe):
    """A thousand submitted companies and what came back."""
    given = [{"company_name": f"Firma {n} GmbH", "website_url": f"https://firma-{n}.test"} for n in range(1000)]
    return [(company, enrich(company_universe, company, PROFILE)) for company in given]


def test_given_fields_come_back_as_given(company_universe):
    """Name, website, city and country are echoed to the letter; the domain is the registrable one."""
    record = enrich(company_universe, SUBMITTED, PROFILE)

    assert record["name"] == SUBMITTED["company_name"]
    assert record["website_url"] == SUBMITTED["website_url"]
    assert (record["city"], record["country"]) == ("Ulm", "Germany")
    assert record["normalized_url"] == "kurz-mb.test"
    assert record["source_id"] is None


def test_records_have_exactly_the_fields_of_the_contract(many, contract_fields):
    """Found or not, a record carries the contract's fields with its types, and so do its contacts."""
    company, prospect = contract_fields
    for _, record in many:
        assert list(record) == list(company)
        assert all(isinstance(record[name], kinds) for name, kinds in company.items())
        for person in record["prospects"]:
            assert list(person) == list(prospect)
            assert all(isinstance(person[name], kinds) for name, kinds in prospect.items())


def test_nothing_is_invented_that_reads_as_a_fact(many):
    """No person, no mailbox at the submitted domain, no phone, no register number, no link."""
    for company, record in many:
        domain = company["website_url"].removeprefix("https://")
        assert record["phone_numbers"] in (None, [])
        assert record["social_media_links"] in (None, [])
        if record["legal_registration_info"]:
            assert record["legal_registration_info"]["registration_number"] is None
            assert record["legal_registration_info"]["reason"]
        for person in record["prospects"]:
            assert person["first_name"] == "Sandbox"
            assert re.fullmatch(r"Contact \d", person["last_name"])
            assert re.fullmatch(r"sandbox-\d{4}-\d@[a-z0-9-]+\.example", person["email"])
            assert not person["email"].endswith(f"@{domain}")
            assert person["phone_number"] is None
            assert person["linkedin_url"] is None


def test_synthetic_fields_are_listed(many):
    """Whatever was filled in beyond the given fields is named, and the description says it was not researched."""
    for _, record in many:
        if record["description"] is None:
            continue
        listed = set(record["legal_registration_info"]["synthetic_fields"])
        kept = {"id", "name", "website_url", "normalized_url", "city", "country", "legal_registration_info"}
        filled = {name for name, value in record.items() if value not in (None, []) and name not in kept}
        assert filled == listed
        assert record["legal_registration_info"]["sandbox"] is True
        assert "not researched" in record["description"] or "nicht recherchiert" in record["description"]


def test_some_companies_are_not_found(many):
    """About eight in a hundred come back bare: the given fields, nulls, and no contacts."""
    bare = [(company, record) for company, record in many if record["description"] is None]

    assert 50 <= len(bare) <= 115
    for company, record in bare:
        assert record["name"] == company["company_name"]
        assert record["prospects"] == []
        given = {"id", "name", "website_url", "normalized_url", "prospects"}
        assert all(value is None for name, value in record.items() if name not in given)


@pytest.mark.parametrize(
    "variant",
    [
        {"website_url": "kurz-mb.test"},
        {"website_url": "HTTP://SHOP.KURZ-MB.TEST"},
        {"company_name": "Kurz-Maschinenbau"},
    ],
)
def test_spellings_answer_alike(company_universe, variant):
    """The same company under another spelling gets the same id, size and contacts."""
    first = enrich(company_universe, SUBMITTED, PROFILE)
    again = enrich(company_universe, SUBMITTED | variant, PROFILE)

    assert again["id"] == first["id"]
    assert [p["id"] for p in again["prospects"]] == [p["id"] for p in first["prospects"]]


def test_spellings_without_a_website_answer_alike(company_universe):
    """Without a domain, normalised name and city decide."""
    one = enrich(company_universe, {"company_name": "Bäcker Müller e.K.", "city": "Munich"}, None)
    other = enrich(company_universe, {"company_name": "BAECKER MUELLER", "city": "München"}, None)

    assert one["id"] == other["id"]
    assert one["employee_count"] == other["employee_count"]


def test_trade_is_read_from_the_name(company_universe):
    """A name that says what the company does decides on its type; one that does not leaves it open."""
    assert enrich(company_universe, SUBMITTED, None)["business_type"] == "Mechanical engineering"
    assert enrich(company_universe, {"company_name": "Bäckerei Kunze"}, None)["business_type"] in {"Bakery", None}
    assert enrich(company_universe, {"company_name": "Zyx 42"}, None)["business_type"] is None


def test_without_a_profile_there_is_no_score(company_universe):
    """A score needs something to be scored against; with one, its reason says that it means nothing."""
    assert enrich(company_universe, SUBMITTED, None)["match_score"] is None
    scored = enrich(company_universe, SUBMITTED, PROFILE)
    assert 0 <= scored["match_score"] <= 10
    assert "erfunden" in scored["match_reasoning"] or "Invented" in scored["match_reasoning"]


def test_sandbox_companies_get_their_own_record(company_universe, contract_fields):
    """A company of the market, known by its domain, or by name and city, comes back with its people and register."""
    number = next(n for n in range(FIRST, FIRST + 200) if company_universe.company(n).website)
    company = company_universe.company(number)
    by_domain = enrich(company_universe, {"company_name": "as in our CRM", "website_url": company.domain}, PROFILE)
    named = {"company_name": company.naming.short.upper(), "city": by_domain["city"]}
    by_name = enrich(company_universe, named, PROFILE)

    assert by_domain["id"] == by_name["id"] == company.identifier
    assert by_domain["name"] == "as in our CRM"
    assert by_domain["legal_registration_info"]["legal_form"] == company.form.short
    assert [p["id"] for p in by_domain["prospects"]] == [p["id"] for p in by_name["prospects"]]
    assert list(by_name) == list(contract_fields[0])


def test_answers_are_json_and_repeatable(company_universe):
    """Two calls give equal records that survive a trip through JSON."""
    first = enrich(company_universe, SUBMITTED, PROFILE)

    assert enrich(company_universe, dict(SUBMITTED), dict(PROFILE)) == first
    assert json.loads(json.dumps(first)) == first


@pytest.mark.parametrize("name", ["🙂", "   ", "a" * 500, "GmbH", "'; DROP TABLE x; --", "\x00"])
def test_any_name_is_answered(company_universe, name):
    """No submitted name raises."""
    assert enrich(company_universe, {"company_name": name}, PROFILE)["name"] == name
