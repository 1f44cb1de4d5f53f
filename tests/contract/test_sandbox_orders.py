"""C10 to C20, C28 and C29: placing orders, both generations, and their lifecycle."""

from __future__ import annotations

import itertools
import time

import pytest
from support.sandbox_api import ENRICHMENT, INLINE, PROFILE, fields

STATUSES = ("RECEIVED", "ACCEPTED", "IN_PROGRESS", "COMPLETED", "REJECTED", "FAILED", "CANCELLED")
WAYS = {
    "RECEIVED": (),
    "ACCEPTED": ("ACCEPTED",),
    "IN_PROGRESS": ("ACCEPTED", "IN_PROGRESS"),
    "COMPLETED": ("ACCEPTED", "IN_PROGRESS", "COMPLETED"),
    "REJECTED": ("REJECTED",),
    "FAILED": ("ACCEPTED", "FAILED"),
    "CANCELLED": ("CANCELLED",),
}
EDGES = {
    "RECEIVED": {"ACCEPTED", "REJECTED", "CANCELLED"},
    "ACCEPTED": {"IN_PROGRESS", "FAILED", "CANCELLED"},
    "IN_PROGRESS": {"COMPLETED", "FAILED", "CANCELLED"},
}


def without(body, name):
    """Return *body* less one field."""
    return {key: value for key, value in body.items() if key != name}


def test_c10_a_profile_first_order_is_received(api):
    """A G2 order starts RECEIVED, with no companies and no cost."""
    answer = api.post("/orders", {"order_type": "DISCOVERY", "profile_id": api.profile(), "briefing_quantity": 25})

    assert answer.status_code == 202
    assert without(without(answer.json(), "order_id"), "message") == {
        "order_type": "DISCOVERY",
        "status": "RECEIVED",
        "company_count": 0,
        "estimated_cost": None,
    }


def test_c11_an_inline_order_echoes_its_fields(api):
    """A G1 order is accepted, and GET shows seller, country, city, industry and language fields."""
    more = {
        "seller_industry": "Services",
        "target_cities": ["Wien"],
        "excluded_industries": ["Retail"],
        "output_language": "de",
        "priority": "EXPRESS",
    }
    order = api.order(api.place(INLINE | more))

    echoed = {name: INLINE[name] for name in ("title", "features", "seller_offering", "target_countries")} | more
    assert echoed == {name: order[name] for name in echoed}
    assert "ideal_customer_profile" not in order


@pytest.mark.parametrize("name", ["ideal_customer_profile", "seller_offering", "target_countries"])
def test_c12_an_inline_order_needs_its_icp_fields(api, name):
    """Each of the three ICP fields is required; an empty list of countries counts as missing."""
    assert {name} == fields(api.post("/orders", without(INLINE, name)))
    if name == "target_countries":
        assert {name} == fields(api.post("/orders", INLINE | {name: []}))


@pytest.mark.parametrize("name", ["title", "features"])
def test_an_inline_order_needs_title_and_features(api, name):
    """The other required fields of G1 are named as well."""
    assert {name} == fields(api.post("/orders", without(INLINE, name)))


def test_c13_what_excludes_each_other_is_refused(api):
    """Companies on discovery, repeated features, and profile_id beside profile_name are 422."""
    companies = api.post("/orders", INLINE | {"companies": [{"company_name": "A"}]})
    repeated = api.post("/orders", INLINE | {"features": ["CONTACTS", "CONTACTS"]})
    both = api.post("/orders", INLINE | {"profile_id": api.profile(), "profile_name": "X"})

    assert {"companies"} == fields(companies)
    assert {"features"} == fields(repeated)
    assert {"profile_name"} == fields(both)


LIMITS = {"title": 500, "ideal_customer_profile": 5_000, "seller_industry": 1_000, "output_language": 10,
          "profile_name": 500}  # fmt: skip


@pytest.mark.parametrize(("name", "limit"), LIMITS.items(), ids=LIMITS)
def test_c14_length_limits_hold_to_the_character(api, name, limit):
    """One character too many is 422, at the limit it is accepted."""
    assert {name} == fields(api.post("/orders", INLINE | {name: "ä" * (limit + 1)}))
    assert api.post("/orders", INLINE | {name: "ä" * limit}).status_code == 202


@pytest.mark.parametrize("count", [0, 10_001])
def test_c15_an_enrichment_order_has_limits(api, count):
    """No company, or one too many, is 422."""
    companies = [{"company_name": f"Firma {number}"} for number in range(count)]

    assert {"companies"} == fields(api.post("/orders", ENRICHMENT | {"companies": companies}))


@pytest.mark.parametrize("count", [1, 10_000])
def test_c15_an_enrichment_order_counts_its_companies(api, count):
    """One company and ten thousand are accepted, and counted."""
    companies = [{"company_name": f"Firma {number}", "external_id": str(number)} for number in range(count)]

    answer = api.post("/orders", ENRICHMENT | {"companies": companies})

    assert (202, count) == (answer.status_code, answer.json()["company_count"])
    assert answer.json()["estimated_cost"]["currency"] == "EUR"


@pytest.mark.parametrize("quantity", [0, 10_001, "5", 2.5, True])
def test_c16_briefing_quantity_has_bounds(api, quantity):
    """Only an integer from 1 to 10,000 will do."""
    body = {"order_type": "DISCOVERY", "profile_id": api.profile(), "briefing_quantity": quantity}

    assert {"briefing_quantity"} == fields(api.post("/orders", body))


def test_c16_briefing_quantity_belongs_to_profile_first_discovery(api):
    """It is refused on enrichment and beside an inline ICP."""
    assert {"briefing_quantity"} == fields(api.post("/orders", ENRICHMENT | {"briefing_quantity": 5}))
    assert {"briefing_quantity"} == fields(api.post("/orders", INLINE | {"briefing_quantity": 5}))


def test_c17_defaults_are_enrichment_and_normal(api):
    """Without order_type an order is an enrichment, without priority it is NORMAL; URGENT is unknown."""
    order = api.order(api.place(ENRICHMENT))

    assert (order["order_type"], order["priority"]) == ("ENRICHMENT", "NORMAL")
    assert {"priority"} == fields(api.post("/orders", ENRICHMENT | {"priority": "URGENT"}))


@pytest.mark.parametrize(("start", "target"), list(itertools.product(STATUSES, STATUSES)))
def test_c18_only_the_documented_edges_exist(api, start, target):
    """Every legal edge can be walked, every other pair of states is a 409."""
    order_id = api.place(ENRICHMENT)
    api.move(order_id, *WAYS[start])

    answer = api.client.post(
        f"{api.sandbox.url}/_sandbox/orders/{order_id}/transition",
        json={"status": target},
        headers={"X-Sandbox-Control": "1"},
    )

    if target in EDGES.get(start, set()):
        assert (200, target) == (answer.status_code, api.order(order_id)["status"])
    else:
        assert (answer.status_code, answer.json()["code"]) == (409, "STATE_CONFLICT")
        assert api.order(order_id)["status"] == start


def test_c19_stamps_and_texts_appear_with_their_state(api):
    """Each stamp, the search id and the texts are null before their state and set from it on."""
    order_id = api.place(INLINE)
    received = api.order(order_id)
    accepted = api.move(order_id, "ACCEPTED")
    completed = api.move(order_id, "IN_PROGRESS", "COMPLETED")
    cancelled = api.move(api.place(INLINE), "CANCELLED")
    rejected = api.move(api.place(INLINE), "REJECTED")
    failed = api.move(api.place(INLINE), "ACCEPTED", "FAILED")

    names = ("accepted_at", "completed_at", "cancelled_at", "prospect_search_id", "message", "admin_notes")
    assert [received[name] for name in names] == [None] * 6
    assert accepted["accepted_at"]
    assert accepted["prospect_search_id"]
    assert accepted["completed_at"] is None
    assert received["created_at"] <= accepted["accepted_at"] <= completed["completed_at"]
    assert cancelled["cancelled_at"]
    assert cancelled["prospect_search_id"] is None
    assert rejected["message"]
    assert rejected["admin_notes"]
    assert failed["message"]


def test_c20_an_order_completes_by_polling_alone(api):
    """With a short step, nothing but GET is needed."""
    order_id = api.place(INLINE)
    api.control.settings(step_seconds=0.05)
    deadline = time.monotonic() + 60

    while api.order(order_id)["status"] != "COMPLETED":
        assert time.monotonic() < deadline
        time.sleep(0.01)

    assert api.order(order_id)["company_count"] == 40


def test_c28_the_list_is_called_orders(api):
    """Both kinds of orders are listed under one key, newest first, and filtered by status."""
    first, second = api.place(ENRICHMENT), api.place(INLINE)
    api.move(first, "ACCEPTED", "IN_PROGRESS", "COMPLETED")

    listed = api.get("/orders").json()
    completed = api.get("/orders", params={"status": "COMPLETED"}).json()

    assert {"orders", "total", "limit", "offset", "has_more"} == set(listed)
    assert [second, first] == [order["order_id"] for order in listed["orders"]]
    assert {"DISCOVERY", "ENRICHMENT"} == {order["order_type"] for order in listed["orders"]}
    assert [first] == [order["order_id"] for order in completed["orders"]]
    assert listed["orders"][0] == api.order(second)
    assert {"status"} == fields(api.get("/orders", params={"status": "DONE"}))


def test_c29_an_order_is_visible_to_its_organisation_only(api):
    """An unknown id and another organisation's order are 404, no UUID at all is 422."""
    order_id = api.place(INLINE)

    unknown = api.get("/orders/00000000-0000-4000-8000-000000000000")
    foreign = api.get(f"/orders/{order_id}", key="otherorg")

    assert (unknown.status_code, unknown.json()["code"]) == (404, "ORDER_NOT_FOUND")
    assert (foreign.status_code, foreign.json()["code"]) == (404, "ORDER_NOT_FOUND")
    assert foreign.json()["identifier"] == order_id
    assert {"order_id"} == fields(api.get("/orders/not-a-uuid"))
    assert api.get("/orders", key="otherorg").json()["total"] == 0


def test_an_order_is_placed_once_under_one_key(api):
    """A replay under the same key gives the same order; another body is a conflict."""
    first = api.post("/orders", INLINE, headers={"Idempotency-Key": "k"})
    again = api.post("/orders", INLINE, headers={"Idempotency-Key": "k"})
    other = api.post("/orders", INLINE | {"title": "Other"}, headers={"Idempotency-Key": "k"})

    assert first.json() == again.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert other.json()["code"] == "IDEMPOTENCY_CONFLICT"
    assert api.control.state()["counts"]["orders"] == 1


def test_a_profile_first_order_needs_profile_and_quantity(api):
    """A discovery order without ICP fields lacks profile_id and briefing_quantity."""
    assert {"profile_id", "briefing_quantity"} == fields(api.post("/orders", {"order_type": "DISCOVERY"}))


def test_unknown_references_are_404(api):
    """An unknown profile or blacklist, or another organisation's, is a 404 of its own code."""
    body = {"order_type": "DISCOVERY", "profile_id": api.profile(), "briefing_quantity": 5}

    profile = api.post("/orders", body, key="otherorg")
    blacklist = api.post("/orders", body | {"blacklist_ids": ["00000000-0000-4000-8000-000000000000"]})

    assert (
        profile.status_code,
        profile.json()["code"],
        profile.json()["entity_type"],
    ) == (404, "ENTITY_NOT_FOUND", "profile")
    assert (blacklist.status_code, blacklist.json()["code"]) == (404, "BLACKLIST_NOT_FOUND")


def test_bad_companies_are_named_by_place(api):
    """A 422 says which company and field is wrong."""
    companies = [{"company_name": "A"}, {"website_url": "x" * 2_049}, "B"]

    answer = api.post("/orders", ENRICHMENT | {"companies": companies})

    assert {"companies[1].company_name", "companies[1].website_url", "companies[2]"} == fields(answer)


def test_an_unknown_feature_is_422(api):
    """Only the five known features are accepted."""
    assert {"features[0]"} == fields(api.post("/orders", INLINE | {"features": ["MAGIC"]}))


def test_unknown_body_fields_are_ignored(api):
    """A field the contract doesn't know changes nothing."""
    assert api.post("/orders", INLINE | {"colour": "blue"}).status_code == 202
    assert api.create(PROFILE | {"colour": "blue"}).status_code == 202


def test_a_body_has_at_most_32_mebibytes(api):
    """One byte more is 413, before it is parsed."""
    answer = api.call("POST", "/orders", content=b" " * (32 * 1024 * 1024 + 1))

    assert (answer.status_code, answer.json()["code"]) == (413, "PAYLOAD_TOO_LARGE")
