"""C21 to C27: what orders deliver, page by page."""

from __future__ import annotations

import uuid
from datetime import datetime

import pytest
from support.sandbox_api import ENRICHMENT, INLINE, fields

TEXT, NUMBER, LIST, OBJECT = str, int | float, list, dict
NONE = type(None)
COMPANY = {
    "id": TEXT,
    "name": TEXT,
    "website_url": TEXT | NONE,
    "normalized_url": TEXT | NONE,
    "business_type": TEXT | NONE,
    "city": TEXT | NONE,
    "country": TEXT | NONE,
    "description": TEXT | NONE,
    "employee_count": int | NONE,
    "phone_numbers": LIST | NONE,
    "social_media_links": LIST | NONE,
    "match_score": NUMBER | NONE,
    "match_reasons": LIST | NONE,
    "match_reasoning": TEXT | NONE,
    "web_technologies": LIST | NONE,
    "web_technologies_analyzed_at": TEXT | NONE,
    "source_id": TEXT | NONE,
    "delivered_at": TEXT,
    "legal_registration_info": OBJECT | NONE,
    "prospects": LIST,
}
PROSPECT = {
    "id": TEXT,
    "company_id": TEXT,
    "first_name": TEXT,
    "last_name": TEXT | NONE,
    "job_title": TEXT | NONE,
    "email": TEXT | NONE,
    "phone_number": TEXT | NONE,
    "linkedin_url": TEXT | NONE,
    "qualification_score": NUMBER | NONE,
    "qualification_reason": TEXT | NONE,
    "email_type": TEXT | NONE,
    "validation_confidence": NUMBER | NONE,
    "bounce_risk_score": NUMBER | NONE,
}
FILLED_BY = {
    "COMPANY_DATA": {"website_url", "normalized_url", "business_type", "city", "country", "description",
                     "employee_count", "phone_numbers", "social_media_links", "legal_registration_info"},
    "ANALYSIS": {"match_score", "match_reasons", "match_reasoning"},
    "TECHNOLOGIES": {"web_technologies", "web_technologies_analyzed_at"},
}  # fmt: skip
CUSTOMERS = [
    {"company_name": "Kurz Maschinenbau GmbH", "website_url": "https://kurz-mb.example", "external_id": "CRM-1"},
    {"company_name": "Bäckerei Lindner", "city": "Wien", "country": "Austria", "external_id": "CRM-2"},
    {"company_name": "Nordlicht Software"},
]


def discovery(api, quantity=25, **more):
    """Return a completed profile-first order."""
    return api.complete({"order_type": "DISCOVERY", "profile_id": api.profile(), "briefing_quantity": quantity} | more)


def assert_shape(record, shape):
    """Assert that *record* has exactly the fields of *shape*, each of its type."""
    assert set(shape) == set(record)
    wrong = {name: record[name] for name, kind in shape.items() if not isinstance(record[name], kind)}
    assert not wrong


@pytest.mark.parametrize("way", [(), ("ACCEPTED",), ("ACCEPTED", "IN_PROGRESS"), ("REJECTED",)])
def test_c21_results_exist_once_the_order_is_completed(api, way):
    """Before that, the answer is a 409 that tells the status."""
    order_id = api.place(INLINE)
    api.move(order_id, *way)

    answer = api.get(f"/orders/{order_id}/results")

    assert (answer.status_code, answer.json()["code"]) == (409, "ORDER_NOT_COMPLETED")
    assert answer.json()["details"]["status"] == api.order(order_id)["status"]


def test_c22_discovery_delivers_what_was_ordered(api):
    """The quantity is met, ids are unique, no company has a source id."""
    order = discovery(api, 25)
    page = api.results(order["order_id"])

    assert (page["total"], order["company_count"]) == (25, 25)
    assert len({company["id"] for company in page["items"]}) == 25
    assert {None} == {company["source_id"] for company in page["items"]}


def test_a_search_is_given_a_company_once(api):
    """A second order of the same profile brings other companies; the pool can run dry."""
    profile_id = api.profile()
    body = {"order_type": "DISCOVERY", "profile_id": profile_id, "briefing_quantity": 60}
    api.control.settings(pool_size=100)

    first, second = api.complete(body), api.complete(body)
    ids = [{company["id"] for company in api.results(order["order_id"])["items"]} for order in (first, second)]

    assert [len(found) for found in ids] == [60, 40]
    assert not ids[0] & ids[1]
    assert first["prospect_search_id"] == second["prospect_search_id"]
    assert second["status"] == "COMPLETED"


def test_c23_enrichment_returns_the_callers_ids(api):
    """Each source id is the external id sent, null where none was."""
    order = api.complete(ENRICHMENT | {"companies": CUSTOMERS})
    page = api.results(order["order_id"])

    assert [company["source_id"] for company in page["items"]] == ["CRM-1", "CRM-2", None]
    assert [customer["company_name"] for customer in CUSTOMERS] == [company["name"] for company in page["items"]]


@pytest.mark.parametrize(
    "features",
    [
        ["COMPANY_DATA"],
        ["CONTACTS"],
        ["COMPANY_DATA", "CONTACTS", "ANALYSIS"],
        ["COMPANY_DATA", "CONTACTS", "ANALYSIS", "TECHNOLOGIES", "EMAIL_DISCOVERY"],
    ],
    ids=len,
)
@pytest.mark.parametrize("kind", ["discovery", "enrichment"])
def test_c24_records_have_exactly_the_documented_fields(api, features, kind):
    """Every company and prospect has the fields and types of the contract; what was not ordered stays null."""
    if kind == "discovery":
        order = discovery(api, 100, features=features)
    else:
        order = api.complete(ENRICHMENT | {"companies": CUSTOMERS, "features": features})

    companies = api.results(order["order_id"])["items"]
    people = [person for company in companies for person in company["prospects"]]

    for company in companies:
        assert_shape(company, COMPANY)
        uuid.UUID(company["id"])
        assert {type(text) for text in company["phone_numbers"] or []} <= {str}
        assert all(set(link) == {"platform", "url"} for link in company["social_media_links"] or [])
    for person in people:
        assert_shape(person, PROSPECT)
    unfilled = {name for feature, names in FILLED_BY.items() if feature not in features for name in names}
    assert {None} >= {company[name] for company in companies for name in unfilled}
    if "CONTACTS" not in features:
        assert not people
    if "EMAIL_DISCOVERY" not in features:
        assert {None} >= {person["email"] for person in people}
    if kind == "discovery" and "CONTACTS" in features:
        assert people
    if kind == "discovery" and len(features) == 5:
        assert all(any(company[name] is not None for company in companies) for name in COMPANY if name != "source_id")
        assert all(any(person[name] is not None for person in people) for name in PROSPECT)


def test_c25_pages_join_to_the_whole(api):
    """Pages of 10 give 10, 10, 5 in the order of one big page."""
    order_id = discovery(api)["order_id"]

    pages = [api.results(order_id, limit=10, offset=offset) for offset in (0, 10, 20)]

    assert [len(page["items"]) for page in pages] == [10, 10, 5]
    assert [page["has_more"] for page in pages] == [True, True, False]
    assert api.results(order_id)["items"] == [company for page in pages for company in page["items"]]


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=abc", "offset=-1", "limit=", "offset=1.0"])
def test_c26_paging_out_of_range_is_422(api, query):
    """Values are never clamped."""
    order_id = discovery(api)["order_id"]

    assert {query.partition("=")[0]} == fields(api.get(f"/orders/{order_id}/results?{query}"))


def test_c26_paging_defaults(api):
    """Without parameters a page has 50 from the start; beyond the end it is empty."""
    order_id = discovery(api)["order_id"]

    page = api.get(f"/orders/{order_id}/results").json()
    beyond = api.results(order_id, offset=25)
    far = api.results(order_id, offset=10**15)

    assert (page["limit"], page["offset"], page["total"], page["has_more"]) == (50, 0, 25, False)
    assert (beyond["items"], beyond["total"], beyond["has_more"]) == ([], 25, False)
    assert far["items"] == []


@pytest.mark.parametrize("kind", ["results", "deliveries"])
def test_c27_delivered_since_is_strict(api, kind):
    """After the last stamp nothing comes, after the first everything later; a value without offset is 422."""
    order = discovery(api)
    path = f"/orders/{order['order_id']}/results"
    if kind == "deliveries":
        path = f"/deliveries/{order['prospect_search_id']}/companies"
    everything = api.get(path).json()["items"]
    stamps = [company["delivered_at"] for company in everything]

    later = api.get(path, params={"delivered_since": stamps[0]}).json()

    assert sorted(set(stamps)) == stamps
    assert stamps[-1] == order["completed_at"]
    assert (24, everything[1:]) == (later["total"], later["items"])
    assert api.get(path, params={"delivered_since": stamps[-1]}).json()["items"] == []
    assert {"delivered_since"} == fields(api.get(path, params={"delivered_since": stamps[0].removesuffix("Z")}))
    offset = datetime.fromisoformat(stamps[3]).isoformat()
    paged = api.get(path, params={"delivered_since": offset, "offset": 1, "limit": 2}).json()
    assert everything[5:7] == paged["items"]


def test_results_of_another_organisation_are_404(api):
    """An order's results are as private as the order."""
    order_id = discovery(api)["order_id"]

    assert api.get(f"/orders/{order_id}/results", key="otherorg").json()["code"] == "ORDER_NOT_FOUND"


def test_results_can_expire(api):
    """With a lifetime set, the results of an order are gone after it, by the sandbox clock."""
    api.control.settings(results_ttl_seconds=3_600)
    order_id = discovery(api)["order_id"]

    assert api.get(f"/orders/{order_id}/results").status_code == 200
    api.control.advance(3_700)
    answer = api.get(f"/orders/{order_id}/results")
    assert (answer.status_code, answer.json()["code"]) == (410, "RESULTS_EXPIRED")
