"""C30 to C32 and C36 to C39: prospect searches and the companies and prospects in them."""

from __future__ import annotations

import pytest
from support.sandbox_api import INLINE, fields

UNKNOWN = "00000000-0000-4000-8000-000000000000"
SUMMARY = {"id", "prospect_search_id", "name", "city", "country", "business_type", "website", "match_score",
           "review_status", "employee_count", "description", "delivered_at"}  # fmt: skip


def companies(api, search_id, **params):
    """Return all companies of a search that pass a filter."""
    return api.get("/companies", params={"prospect_search_id": search_id, "limit": 100} | params).json()["items"]


def test_c30_companies_belong_to_a_search_and_have_a_website(api):
    """The search is required; these items say website, results say website_url."""
    search_id = api.search()
    listed = companies(api, search_id)
    delivered = api.get(f"/deliveries/{search_id}/companies").json()["items"]

    assert {"prospect_search_id"} == fields(api.get("/companies"))
    assert api.get("/companies", params={"prospect_search_id": UNKNOWN}).json()["code"] == "PROSPECT_SEARCH_NOT_FOUND"
    assert [set(company) for company in listed] == [SUMMARY] * 30
    assert all("website_url" in company and "website" not in company for company in delivered)
    assert {company["id"]: company["website"] for company in listed} == {
        company["id"]: company["website_url"] for company in delivered
    }


def test_companies_come_best_match_first(api):
    """The list is sorted by score, then id."""
    listed = companies(api, api.search())

    assert sorted(listed, key=lambda company: (-company["match_score"], company["id"])) == listed


def test_c31_min_match_score_is_inclusive_and_bounded(api):
    """Only scores at or above the bound come; outside 0 to 10 it is 422; some score is no integer."""
    search_id = api.search()
    everything = companies(api, search_id)
    bound = sorted(company["match_score"] for company in everything)[15]

    chosen = companies(api, search_id, min_match_score=bound)

    assert [company for company in everything if company["match_score"] >= bound] == chosen
    assert bound in {company["match_score"] for company in chosen}
    assert any(company["match_score"] % 1 for company in everything)
    for value in ("-1", "11", "x"):
        answer = api.get("/companies", params={"prospect_search_id": search_id, "min_match_score": value})
        assert {"min_match_score"} == fields(answer)


def test_c31_a_score_filter_leaves_out_unknown_scores(api):
    """Companies without a score pass no score filter."""
    order = api.complete(INLINE | {"features": ["COMPANY_DATA"]})
    search_id = order["prospect_search_id"]

    assert len(companies(api, search_id)) == 40
    assert companies(api, search_id, min_match_score=0) == []


def test_c32_review_status_filters_agree(api):
    """Repeated and comma-separated lists are one thing, and win over the single value; an unknown value is 422."""
    search_id = api.search()

    repeated = companies(api, search_id, review_status_list=["accepted", "rejected"], review_status="pending")
    joined = companies(api, search_id, review_status_list="accepted,rejected")
    pending = companies(api, search_id, review_status="pending")

    assert repeated == joined
    assert {"accepted", "rejected"} == {company["review_status"] for company in joined}
    assert (
        sum(company["review_status"] == "accepted" for company in joined),
        sum(company["review_status"] == "rejected" for company in joined),
        len(pending),
    ) == (5, 5, 20)
    for name in ("review_status", "review_status_list"):
        answer = api.get("/companies", params={"prospect_search_id": search_id, name: "maybe"})
        assert {name} == fields(answer)


def test_c32_search_ignores_case_and_finds_cities_and_people(api):
    """The text filter looks at name, city, business type and contacts."""
    search_id = api.search()
    company = companies(api, search_id)[0]
    person = api.get("/prospects", params={"prospect_search_id": search_id}).json()["items"][0]

    for text in (company["city"].upper(), company["name"].lower(), person["first_name"].upper()):
        found = companies(api, search_id, search=text)
        assert 0 < len(found) <= 30
    assert company["id"] in {one["id"] for one in companies(api, search_id, search=company["city"].swapcase())}
    assert companies(api, search_id, search="%") == companies(api, search_id, search="no such company") == []


def test_a_company_shows_its_prospects_jobs_and_technologies(api):
    """The detail endpoint and its four relatives answer in the sandbox's shapes."""
    search_id = api.search()
    company = companies(api, search_id)[0]
    path = f"/companies/{company['id']}"

    detail, jobs = api.get(path).json(), api.get(f"{path}/jobs").json()
    jobs_summary = api.get(f"{path}/jobs/summary").json()
    intel, intel_summary = api.get(f"{path}/webtech-intel").json(), api.get(f"{path}/webtech-intel/summary").json()

    assert SUMMARY | {"prospects"} == set(detail)
    assert {"items", "total", "limit", "offset", "has_more"} == set(jobs)
    for job in jobs["items"]:
        assert {"id", "company_id", "title", "location", "url", "posted_at", "is_active"} == set(job)
    assert jobs_summary["total_jobs"] == jobs["total"]
    assert {"company_id", "total_jobs", "active_jobs", "last_posted_at"} == set(jobs_summary)
    assert {"company_id", "analyzed_at", "technologies"} == set(intel)
    assert all({"name", "category", "confidence"} == set(found) for found in intel["technologies"])
    assert (
        intel_summary["total_technologies"] == len(intel["technologies"]) == sum(intel_summary["categories"].values())
    )
    assert api.get(f"/companies/{UNKNOWN}").json()["code"] == "ENTITY_NOT_FOUND"
    assert api.get(path, key="otherorg").status_code == 404
    assert {"company_id"} == fields(api.get("/companies/x/jobs"))


def test_prospects_are_listed_filtered_and_shown(api):
    """Prospects can be listed by search, company or text, and read one by one."""
    search_id = api.search()
    everyone = api.get("/prospects", params={"limit": 100}).json()
    person = everyone["items"][0]
    delivered = api.get(f"/deliveries/{search_id}/companies").json()["items"]

    colleagues = api.get("/prospects", params={"company_id": person["company_id"]}).json()["items"]
    named = api.get("/prospects", params={"search": person["first_name"].upper()}).json()["items"]

    assert everyone["total"] == sum(len(company["prospects"]) for company in delivered)
    assert {person["company_id"]} == {one["company_id"] for one in colleagues}
    assert person["id"] in {one["id"] for one in named}
    assert person == api.get(f"/prospects/{person['id']}").json()
    assert api.get(f"/prospects/{UNKNOWN}").json()["code"] == "ENTITY_NOT_FOUND"
    assert api.get(f"/prospects/{person['id']}", key="otherorg").status_code == 404
    unknown = api.get("/prospects", params={"prospect_search_id": UNKNOWN})
    assert unknown.json()["code"] == "PROSPECT_SEARCH_NOT_FOUND"


def test_c36_put_replaces_the_assigned_blacklists(api):
    """The set is replaced whole and cleared by an empty list; delivered results stay."""
    order = api.complete(INLINE)
    path = f"/prospect-searches/{order['prospect_search_id']}/blacklists"
    first, second = (api.post("/blacklists", {"name": name}).json()["id"] for name in ("A", "B"))
    before = api.results(order["order_id"])

    for wanted in ([first], [second, first], [second], []):
        answer = api.call("PUT", path, json={"blacklist_ids": wanted})
        assert answer.status_code == 200
        assert wanted == [one["id"] for one in answer.json()["items"]]
        assert answer.json() == api.get(path).json()
        assert (len(wanted), False) == (answer.json()["total"], answer.json()["has_more"])
    assert before == api.results(order["order_id"])
    unknown = api.call("PUT", path, json={"blacklist_ids": [UNKNOWN]})
    assert unknown.json()["code"] == "BLACKLIST_NOT_FOUND"
    assert {"blacklist_ids"} == fields(api.call("PUT", path, json={}))


def test_c37_a_search_is_changed_under_its_version(api):
    """The right version succeeds and counts up, the old one is a conflict that tells the present one."""
    path = f"/prospect-searches/{api.search()}"
    before = api.get(path).json()

    changed = api.call("PATCH", path, json={"version": before["version"], "name": "New", "search_keywords": ["erp"]})
    stale = api.call("PATCH", path, json={"version": before["version"], "name": "Newer"})

    assert changed.status_code == 200
    assert changed.json() == api.get(path).json() | {"stripped_fields": []}
    assert (before["version"] + 1, "New", ["erp"]) == tuple(
        changed.json()[name] for name in ("version", "name", "search_keywords")
    )
    assert (stale.status_code, stale.json()["code"]) == (409, "VERSION_CONFLICT")
    assert stale.json()["details"]["current_version"] == before["version"] + 1


def test_c38_admin_fields_are_stripped_for_others(api):
    """Without admin rights geo_locations is dropped and named; the mask limits; read-only fields are 422."""
    path = f"/prospect-searches/{api.search()}"
    before = api.get(path).json()

    changed = api.call("PATCH", path, key="editor", json={"version": 1, "name": "N", "geo_locations": ["Bonn"]}).json()
    masked = api.call(
        "PATCH",
        path,
        json={"version": 2, "update_mask": ["name"], "name": "M", "ideal_customer_profile": "x", "geo_locations": []},
    ).json()
    only_stripped = api.call("PATCH", path, key="editor", json={"version": 3, "search_keywords": ["x"]}).json()

    assert ("N", ["geo_locations"], before["geo_locations"]) == (
        changed["name"],
        changed["stripped_fields"],
        changed["geo_locations"],
    )
    assert ("M", before["ideal_customer_profile"], before["geo_locations"]) == (
        masked["name"],
        masked["ideal_customer_profile"],
        masked["geo_locations"],
    )
    assert (only_stripped["version"], only_stripped["stripped_fields"]) == (3, ["search_keywords"])
    assert {"language_config"} == fields(api.call("PATCH", path, json={"version": 3, "language_config": {}}))
    assert {"version"} == fields(api.call("PATCH", path, json={"name": "x"}))
    assert {"update_mask[0]"} == fields(api.call("PATCH", path, json={"version": 3, "update_mask": ["status"]}))


def test_c39_the_search_list_has_no_has_more(api):
    """The envelope is the older one, and a search is not its profile."""
    profile_id = api.profile()

    listed = api.get("/prospect-searches").json()

    assert {"items", "total", "limit", "offset"} == set(listed)
    assert [{"id", "name", "status"}] == [set(item) for item in listed["items"]]
    assert profile_id not in {item["id"] for item in listed["items"]}
    assert api.get("/prospect-searches", key="otherorg").json()["total"] == 0


@pytest.mark.parametrize("path", ["", "/blacklists"])
def test_searches_of_another_organisation_are_404(api, path):
    """A search is private to its organisation, and its id must be a UUID."""
    search_id = api.search()

    answer = api.get(f"/prospect-searches/{search_id}{path}", key="otherorg")

    assert (answer.status_code, answer.json()["code"]) == (404, "PROSPECT_SEARCH_NOT_FOUND")
    assert {"prospect_search_id"} == fields(api.get(f"/prospect-searches/x{path}"))
    assert answer.json() == api.get(f"/deliveries/{search_id}/companies", key="otherorg").json()


def test_an_edited_icp_changes_later_orders(api):
    """A search's ideal_customer_profile is what its next order looks for."""
    profile_id = api.profile()
    body = {"order_type": "DISCOVERY", "profile_id": profile_id, "briefing_quantity": 20}
    first = api.complete(body)
    kinds = {company["business_type"] for company in api.results(first["order_id"])["items"]}
    edited = {"version": 1, "ideal_customer_profile": "Hotels with more than 30 employees"}
    api.call("PATCH", f"/prospect-searches/{first['prospect_search_id']}", json=edited)

    second = api.complete(body)

    assert kinds.isdisjoint(company["business_type"] for company in api.results(second["order_id"])["items"])
