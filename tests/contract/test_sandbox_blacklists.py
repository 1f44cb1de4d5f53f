"""C33 to C35: blacklists and what they exclude."""

from __future__ import annotations

import uuid

import pytest
from support.sandbox_api import ENRICHMENT, INLINE, fields

BLACKLIST = {"id", "name", "description", "entry_count", "created_at", "updated_at"}
ENTRY = {"id", "company_name", "website_url", "city", "country", "external_id", "created_at"}


def blacklist(api, *entries):
    """Return the id of a new blacklist with *entries*."""
    identifier = api.post("/blacklists", {"name": "Ours"}).json()["id"]
    if entries:
        added = api.post(f"/blacklists/{identifier}/entries", {"entries": list(entries)})
        assert added.status_code == 201, added.text
    return identifier


def names(api, **more):
    """Return the names a discovery order delivers from a fresh search, in order."""
    return [company["name"] for company in api.results(api.complete(INLINE | more)["order_id"])["items"]]


def test_c33_a_blacklist_lives_and_dies(api):
    """Create, read, change, list and delete answer 201, 200, 200, 200, 204, and then it is 404."""
    created = api.post("/blacklists", {"name": "Ours", "description": "Customers"})
    path = f"/blacklists/{created.json()['id']}"
    read = api.get(path)
    changed = api.call("PATCH", path, json={"name": "Customers", "description": None})
    listed = api.get("/blacklists")
    deleted = api.call("DELETE", path)

    assert [one.status_code for one in (created, read, changed, listed, deleted)] == [201, 200, 200, 200, 204]
    assert set(created.json()) == BLACKLIST
    assert created.json() == read.json()
    assert (changed.json()["name"], changed.json()["description"]) == ("Customers", None)
    assert [changed.json()] == listed.json()["items"]
    assert deleted.content == b""
    assert (api.get(path).status_code, api.get(path).json()["code"]) == (404, "BLACKLIST_NOT_FOUND")
    assert api.call("DELETE", path).status_code == 404


def test_a_blacklist_needs_a_name_within_bounds(api):
    """The name has 1 to 255 characters, the description at most 5,000."""
    assert {"name"} == fields(api.post("/blacklists", {}))
    assert {"name", "description"} == fields(api.post("/blacklists", {"name": "x" * 256, "description": "x" * 5_001}))


def test_c34_ten_thousand_entries_go_in_at_once(api):
    """10,000 are added, 10,001 refused whole, a duplicate is skipped."""
    identifier = blacklist(api)
    path = f"/blacklists/{identifier}/entries"
    entries = [
        {"company_name": f"Firma {number}", "website_url": f"https://f{number}.example"} for number in range(10_001)
    ]

    refused = api.post(path, {"entries": entries})
    assert {"entries"} == fields(refused)
    assert api.get(path).json()["total"] == 0
    added = api.post(path, {"entries": entries[:10_000]}).json()
    again = api.post(path, {"entries": entries[:1]}).json()

    assert (added["added"], added["skipped"], len(added["entries"])) == (10_000, 0, 10_000)
    assert again == {"added": 0, "skipped": 1, "entries": []}
    assert api.get(f"/blacklists/{identifier}").json()["entry_count"] == 10_000


def test_entries_are_listed_and_deleted(api):
    """Entries page like everything else; they go by body or by query, and unknown ids are ignored."""
    identifier = blacklist(api, *({"company_name": f"F{number}", "city": "Bonn"} for number in range(5)))
    path = f"/blacklists/{identifier}/entries"
    page = api.get(path, params={"limit": 2}).json()
    ids = [entry["id"] for entry in api.get(path).json()["items"]]

    assert (len(page["items"]), page["total"], page["has_more"]) == (2, 5, True)
    assert set(page["items"][0]) == ENTRY
    by_body = api.call("DELETE", path, json={"entry_ids": [ids[0], str(uuid.uuid4())]})
    by_query = api.call("DELETE", path, params={"entry_ids": ids[1:3]})
    assert (by_body.json(), by_query.json()) == ({"removed": 1}, {"removed": 2})
    assert sorted(ids[3:]) == sorted(entry["id"] for entry in api.get(path).json()["items"])
    assert {"entry_ids"} == fields(api.call("DELETE", path, params={"entry_ids": "x"}))
    assert {"entry_ids"} == fields(api.call("DELETE", path, json={}))


def test_one_bad_entry_refuses_all(api):
    """A 422 names the entry and field, and nothing is stored."""
    identifier = blacklist(api)

    answer = api.post(f"/blacklists/{identifier}/entries", {"entries": [{"company_name": "A"}, {"city": "Bonn"}, 5]})

    assert {"entries[1].company_name", "entries[2]"} == fields(answer)
    assert api.get(f"/blacklists/{identifier}").json()["entry_count"] == 0


@pytest.mark.parametrize("path", ["", "/entries"])
def test_blacklists_are_private(api, path):
    """Another organisation sees neither the list nor its entries."""
    identifier = blacklist(api)

    assert api.get(f"/blacklists/{identifier}{path}", key="otherorg").json()["code"] == "BLACKLIST_NOT_FOUND"
    assert api.get("/blacklists", key="otherorg").json()["total"] == 0
    assert {"blacklist_id"} == fields(api.get(f"/blacklists/x{path}"))


def entry_for(company, tier):
    """Return an entry that hits *company* by *tier* alone, spelled a little differently."""
    if tier == 2:
        return {
            "company_name": "Someone else",
            "website_url": f"HTTPS://shop.{company['normalized_url'].upper()}:443/x",
        }
    spelled = f" {company['name'].upper()}  "
    return {"company_name": spelled, "city": company["city"]} if tier == 3 else {"company_name": spelled}


@pytest.mark.parametrize("tier", [2, 3, 4])
def test_c35_each_tier_removes_exactly_its_target(api, tier):
    """The listed company is gone, all others stay in their order, and the quantity is met by another one."""
    order = api.complete(INLINE)
    delivered = api.results(order["order_id"])["items"]
    target = next(company for company in delivered if company["normalized_url"])
    identifier = blacklist(api, entry_for(target, tier))

    left = names(api, blacklist_ids=[identifier])

    before = [company["name"] for company in delivered]
    assert [name for name in before if name != target["name"]] == [name for name in left if name in before]
    assert len(set(left)) == 40


def test_c35_another_city_fires_neither_tier_3_nor_4(api):
    """An entry that carries a city never hits by name alone."""
    before = names(api)
    identifier = blacklist(api, {"company_name": before[0], "city": "Reykjavik"})

    assert before == names(api, blacklist_ids=[identifier])


def test_c35_tier_1_drops_an_enriched_company(api):
    """An external id excludes the submitted company that carries it, and only on enrichment."""
    companies = [{"company_name": f"Firma {number}", "external_id": f"CRM-{number}"} for number in range(3)]
    identifier = blacklist(api, {"company_name": "x", "website_url": "https://x.example", "external_id": "CRM-1"})

    order = api.complete(ENRICHMENT | {"companies": companies, "blacklist_ids": [identifier]})

    assert [company["source_id"] for company in api.results(order["order_id"])["items"]] == ["CRM-0", "CRM-2"]


def test_a_list_assigned_to_a_search_holds_for_later_orders(api):
    """An assignment reaches the orders placed after it, not those before."""
    profile_id = api.profile()
    body = {"order_type": "DISCOVERY", "profile_id": profile_id, "briefing_quantity": 5}
    first = api.complete(body)
    pool = {"order_type": "DISCOVERY", "profile_id": api.profile(), "briefing_quantity": 10}
    expected = [company["name"] for company in api.results(api.complete(pool)["order_id"])["items"]]
    early = api.place(body)
    identifier = blacklist(api, {"company_name": expected[6]})
    path = f"/prospect-searches/{first['prospect_search_id']}/blacklists"
    api.call("PUT", path, json={"blacklist_ids": [identifier]})
    late = api.place(body)
    api.move(late, "ACCEPTED", "IN_PROGRESS", "COMPLETED")

    assert expected[6] not in [company["name"] for company in api.results(late)["items"]]
    api.move(early, "ACCEPTED", "IN_PROGRESS", "COMPLETED")
    assert expected[6] in [company["name"] for company in api.results(early)["items"]]
