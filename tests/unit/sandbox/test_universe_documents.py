"""Delivered objects: exactly the contract's fields, clearly not real, in the city's language, with structured gaps."""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from openprospect_nb.sandbox.market import matching
from openprospect_nb.sandbox.universe.company import Hit
from openprospect_nb.sandbox.universe.people import EMAIL_TYPES, is_catch_all
from openprospect_nb.sandbox.universe.vocabulary import read_json, vocabulary

PROFILE = {"seller_offering": "CRM software for sales teams", "target_countries": ["DE"]}
REGISTERS = re.compile(r"HR[AB] 9\d{5}|FN 9\d{5}zz|CHE-000\.\d{3}\.\d{3}|ZZ[ \d]{6,12}")
ICPS = json.loads(Path(__file__).with_name("fixtures").joinpath("icps.json").read_text("utf-8"))


def _ranks(values):
    _, inverse, counts = np.unique(np.asarray(values, dtype=float), return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[inverse]


def _hit(universe, number, score=7.5):
    return Hit(number, universe.company_id(number), "", None, "", score)


@pytest.fixture(scope="module")
def documents(company_universe):
    """The first three thousand companies as delivered."""
    return [company_universe.document(_hit(company_universe, n), PROFILE) for n in range(3000)]


@pytest.fixture(scope="module")
def delivered(company_universe):
    """Sixty companies for each of the fifty ICPs: (match score, document)."""
    return [
        (float(hit.match_score), company_universe.document(hit, case["profile"]))
        for case in ICPS
        for hit in matching.rank(company_universe, case["profile"], 60)
    ]


@pytest.fixture(scope="module")
def people(documents):
    """Everyone delivered with them."""
    return [person for document in documents for person in document["prospects"]]


def test_fields_are_exactly_those_of_the_contract(documents, people, contract_fields):
    """Company and Prospect carry the contract's fields in its order, with its types, and nothing else."""
    company, prospect = contract_fields
    for record, fields in (*((d, company) for d in documents), *((p, prospect) for p in people)):
        assert list(record) == list(fields)
        assert all(isinstance(record[name], kinds) for name, kinds in fields.items())
    assert json.loads(json.dumps(documents[:20])) == documents[:20]


def test_delivery_fields_are_left_to_the_order(documents):
    """The universe sets neither the delivery time nor the caller's id."""
    assert all(d["delivered_at"] is None and d["source_id"] is None for d in documents)


def test_everything_that_could_be_reached_is_out_of_reach(documents, people):
    """Websites, mailboxes and links all sit in the reserved top-level domain."""
    for document in documents:
        urls = [document["website_url"], *(link["url"] for link in document["social_media_links"])]
        assert all(re.match(r"https?://[a-z0-9.-]+\.example(/|$)", url) for url in urls if url)
    assert all(p["email"].endswith(".example") for p in people if p["email"])
    assert all(p["linkedin_url"].startswith("https://linkedin.example/in/") for p in people if p["linkedin_url"])


def test_phones_come_from_ranges_no_subscriber_has(documents, people):
    """Every phone number fits a reserved range of its country, or a subscriber part of zeros."""
    patterns = [
        re.compile(re.escape(entry.pattern).replace(r"\#", "#").replace("#", r"\d")) for entry in vocabulary().phones
    ]
    numbers = [n for d in documents for n in d["phone_numbers"]] + [p["phone_number"] for p in people]
    given = [number for number in numbers if number]

    assert len(given) > 500
    assert all(any(pattern.fullmatch(number) for pattern in patterns) for number in given)


def test_german_landlines_fit_the_city(documents):
    """A German landline is given only where the city has a reserved range, and then that of the city."""
    ranges = {e.city: e.pattern.replace("#", "") for e in vocabulary().phones if e.country == "DE"}
    german = [d for d in documents if d["country"] == "Germany" and d["phone_numbers"] and d["city"]]

    assert len(german) > 30
    assert all(d["phone_numbers"][0].startswith(ranges[d["city"]]) for d in german)


def test_register_entries_are_marked_and_outside_reality(documents):
    """Every company says it is a sandbox row; numbers have shapes no register issues; the register fits the form."""
    for document in documents:
        entry = document["legal_registration_info"]
        assert entry["sandbox"] is True
        assert "(sandbox)" in entry["court"]
        assert entry["registration_number"] is None or REGISTERS.fullmatch(entry["registration_number"])
        if entry["legal_form"] in {"GmbH & Co. KG", "KG", "e.K.", "OHG"} and document["country"] == "Germany":
            assert entry["register"] == "HRA"
        if entry["legal_form"] in {"UG (haftungsbeschränkt)", "SE"}:
            assert entry["register"] == "HRB"


def test_descriptions_follow_the_city_and_say_they_are_invented(company_universe, documents):
    """A company in Lausanne is described in French; every description ends with the sandbox sentence."""
    endings = {language: phrases["sandbox"] for language, phrases in read_json("phrases.json").items()}
    for number, document in enumerate(documents):
        if document["description"]:
            language = company_universe.company(number).city.language
            assert document["description"].endswith(endings[language])
            assert "{" not in document["description"]


def test_descriptions_do_not_read_as_templates(company_universe):
    """Among two hundred German descriptions no opening pattern makes up more than a fifth."""
    numbers = [n for n in range(2000) if company_universe.company(n).city.language == "de"][:200]
    texts = [company_universe.document(_hit(company_universe, n), PROFILE)["description"] or "" for n in numbers]
    openings = {}
    for text, number in zip(texts, numbers, strict=True):
        company = company_universe.company(number)
        masked = (
            text.replace(company.naming.short, "N").replace(company.city.name, "C").replace(str(company.founded), "Y")
        )
        for product in company.subtype.products["de"]:
            masked = masked.replace(product, "P").replace(product[0].upper() + product[1:], "P")
        opening = masked.split(".")[0][:18]
        openings[opening] = openings.get(opening, 0) + 1

    assert max(openings.values()) <= 40
    assert len(set(texts)) >= 195


def test_property_5_email_types_and_their_risk(people):
    """Confirmed mailboxes are the largest group and safe; catch-all ones are risky; both scores disagree at times."""
    mailed = [p for p in people if p["email"]]
    kinds = {kind: [p["bounce_risk_score"] for p in mailed if p["email_type"] == kind] for kind in EMAIL_TYPES}

    assert sum(map(len, kinds.values())) == len(mailed)
    assert 0.38 < len(kinds["PERSONAL"]) / len(mailed) < 0.54
    assert np.percentile(kinds["PERSONAL"], 90) < 10
    assert 50 <= np.median(kinds["CATCH_ALL"]) <= 70
    confidence = _ranks([p["validation_confidence"] for p in mailed])
    assert -0.8 <= np.corrcoef(confidence, _ranks([p["bounce_risk_score"] for p in mailed]))[0, 1] <= -0.6
    assert all(0 <= p["bounce_risk_score"] <= 100 and 0 <= p["validation_confidence"] <= 100 for p in mailed)


def test_property_5_catch_all_is_a_property_of_the_domain(company_universe, documents):
    """All mailboxes of a catch-all domain are catch-all or generic, and no other domain has one."""
    for number, document in enumerate(documents):
        kinds = {p["email_type"] for p in document["prospects"]} - {None}
        if is_catch_all(company_universe.chance, company_universe.company(number)):
            assert kinds <= {"CATCH_ALL", "GENERIC"}
        else:
            assert "CATCH_ALL" not in kinds


def test_property_6_match_scores_of_an_order(company_universe):
    """Orders of 25 spread over the upper scale, mix whole and broken numbers, and hardly ever reach 9.5."""
    scores = [h.match_score for case in ICPS for h in matching.rank(company_universe, case["profile"], 25)]

    assert 5.2 <= np.percentile(scores, 10) <= 6.5
    assert 6.5 <= np.median(scores) <= 8
    assert 8 <= np.percentile(scores, 90) <= 9
    assert np.mean(np.array(scores) >= 9.5) <= 0.01
    assert {type(score) for score in scores} == {int, float}


def test_property_6_scores_rarely_tie(company_universe):
    """Two hundred results of one order hold, for a typical ICP, at least 25 different scores."""
    distinct = [len({h.match_score for h in matching.rank(company_universe, c["profile"], 200)}) for c in ICPS[::5]]

    assert np.median(distinct) >= 25


def test_property_7_qualification_follows_match_and_seniority(delivered):
    """Qualification correlates with the company's match, and heads of firms are not always the best contact."""
    pairs = [(score, p["qualification_score"]) for score, d in delivered for p in d["prospects"]]
    best = [d["prospects"][0]["job_title"] or "" for _, d in delivered if len(d["prospects"]) > 1]

    assert 0.2 <= np.corrcoef(*zip(*pairs, strict=True))[0, 1] <= 0.55
    bosses = np.mean([bool(re.search(r"Geschäftsf|Inhaber|Managing|Owner|Chief Executive", title)) for title in best])
    assert 0.1 < bosses < 0.75
    assert all(0 <= score <= 10 for _, score in pairs)


def test_property_7_offering_and_roles_decide_on_departments(company_universe):
    """Payroll software reaches personnel, ERP reaches IT; asking for purchasing delivers purchasing."""
    large = [n for n in range(2000) if company_universe.company(n).employees > 150][:40]

    def best_titles(profile):
        found = [company_universe.document(_hit(company_universe, n), profile)["prospects"][0] for n in large]
        return [person["qualification_reason"] for person in found]

    payroll = best_titles({"seller_offering": "Payroll and recruiting software for HR"})
    security = best_titles({"seller_offering": "Network security and cloud backup"})
    asked = best_titles({"seller_offering": "Payroll", "contact_roles": ["Head of Purchasing"]})
    assert sum("Human resources" in reason for reason in payroll) > sum("Human resources" in r for r in security)
    assert sum("IT " in reason for reason in security) > sum("IT " in reason for reason in payroll)
    assert sum("Exactly the role" in reason for reason in asked) > len(large) / 4


def test_property_8_gaps_are_structured(documents, people):
    """No optional field is full; small firms lack phones more often, staff lack profile links more often."""
    for name in ("website_url", "business_type", "city", "description", "employee_count", "web_technologies"):
        assert 0 < np.mean([d[name] is None for d in documents]) < 0.2, name
    for name in ("last_name", "job_title", "email", "phone_number", "linkedin_url"):
        assert any(p[name] is None for p in people), name
    counted = [d for d in documents if d["employee_count"]]
    small = np.mean([bool(d["phone_numbers"]) for d in counted if d["employee_count"] < 10])
    large = np.mean([bool(d["phone_numbers"]) for d in counted if d["employee_count"] > 100])
    assert small < large
    assert 2 <= np.mean([len(d["prospects"]) for d in documents]) <= 5


def test_jobs_and_technologies_have_the_contract_shapes(company_universe):
    """Jobs carry seven fields and parse as times; technologies carry name, category and a confidence up to 100."""
    identifiers = [company_universe.company_id(n) for n in range(400)]
    jobs = [job for identifier in identifiers for job in company_universe.jobs(identifier)]
    tools = [tool for identifier in identifiers for tool in company_universe.technologies(identifier)]

    assert len(jobs) > 50
    for job in jobs:
        assert list(job) == ["id", "company_id", "title", "location", "url", "posted_at", "is_active"]
        assert datetime.fromisoformat(job["posted_at"]).tzinfo is not None
        assert job["company_id"] in identifiers
    assert all(set(tool) == {"name", "category", "confidence"} and 0 <= tool["confidence"] <= 100 for tool in tools)
    assert company_universe.jobs("unknown") == []
    assert company_universe.technologies("unknown") == []
