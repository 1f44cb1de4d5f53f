"""Field rules, and which companies blacklists exclude."""

from __future__ import annotations

import pytest

from openprospect_nb.sandbox.orders.packing import Exclusion, entry_keys
from openprospect_nb.sandbox.requests.bodies import BlacklistRequest, DiscoveryOrder, EntriesRequest
from openprospect_nb.sandbox.requests.rules import is_identifier, read
from openprospect_nb.sandbox.server.port import is_loopback
from openprospect_nb.sandbox.server.problems import Refusal

COMPANY = "00000000-0000-4000-8000-00000000000a"


def refused(model, data):
    """Return what the 422 on *data* lists."""
    with pytest.raises(Refusal) as caught:
        read(model, data)
    assert caught.value.status == 422
    return caught.value.body["details"]["validation_errors"]


def test_null_counts_as_absent():
    """A null field is as good as none: fine where the field may be absent, and missing where it may not."""
    assert read(BlacklistRequest, {"name": "x", "description": None}).description is None
    assert refused(BlacklistRequest, {"name": None}) == [{"field": "name", "error": "is required", "provided": None}]


def test_long_values_are_echoed_in_part():
    """A 422 doesn't send back megabytes."""
    problems = refused(BlacklistRequest, {"name": "x" * 10_000, "description": ["y" * 10_000]})

    assert [len(problem["provided"]) for problem in problems] == [200, 200]


@pytest.mark.parametrize(
    ("value", "is_read"), [(5, True), (5.0, True), (5.5, False), (True, False), ("5", False), (0, False)]
)
def test_integers_are_those_of_json_schema(value, is_read):
    """5.0 is an integer, true is none, and bounds hold."""
    body = {"order_type": "DISCOVERY", "profile_id": COMPANY, "briefing_quantity": value}

    if is_read:
        assert read(DiscoveryOrder, body).briefing_quantity == 5
    else:
        assert [problem["field"] for problem in refused(DiscoveryOrder, body)] == ["briefing_quantity"]


def test_all_broken_rules_are_named_by_their_place():
    """The 422 names every field in its text and its details, list items by number."""
    with pytest.raises(Refusal, match=r"entries\[0\].company_name, entries\[2\].city") as caught:
        read(EntriesRequest, {"entries": [{}, {"company_name": "A"}, {"company_name": "B", "city": " "}]})
    assert caught.value.status == 422


def test_what_a_kind_of_order_cannot_have_is_refused():
    """A discovery order has no companies, and no list repeats a feature; texts say so plainly."""
    body = {"order_type": "DISCOVERY", "profile_id": COMPANY, "briefing_quantity": 5}
    problems = refused(
        DiscoveryOrder, {**body, "companies": [], "features": ["CONTACTS"] * 2, "webhook_url": "ftp://x"}
    )

    assert {problem["field"]: problem["error"] for problem in problems} == {
        "features": "must not repeat a feature",
        "webhook_url": "must be an http or https address",
        "companies": "cannot be sent with this kind of request",
    }


@pytest.mark.parametrize(
    "text", ["", "x", "00000000-0000-4000-8000-00000000000", "0" * 32, "00000000-0000-4000-8000-0000000000٠٠"]
)
def test_only_the_usual_spelling_is_a_uuid(text):
    """Too short, undashed or non-ASCII digits are no identifiers."""
    assert not is_identifier(text)


def test_tiers_are_tried_best_first():
    """The best tier that fires is told: source id, domain, name with city, name alone."""
    exclusion = Exclusion(*(frozenset({key}) for key in entry_keys({"company_name": "Kurz GmbH", "external_id": "7"})))

    assert exclusion.tier("Kurz AG", "Bonn", None, "7") == 1
    assert exclusion.tier("KURZ", "Bonn", None) == 4
    assert exclusion.tier("Lang", "Bonn", "https://kurz.example") is None


def test_an_entry_has_a_key_for_the_fields_it_carries():
    """Domain and city keys appear with their fields; then the name alone never counts."""
    external, domain, name_city, name = entry_keys(
        {"company_name": "Müller & Söhne GmbH", "website_url": "https://www.shop.mueller.example/x", "city": "München"}
    )

    assert (external, domain, name) == (None, "mueller.example", None)
    assert name_city == entry_keys({"company_name": "MUELLER & SOEHNE", "city": "Muenchen"})[2]


@pytest.mark.parametrize(
    ("url", "is_local"),
    [
        ("http://127.0.0.1:80/x", True),
        ("http://127.9.9.9", True),
        ("http://[::1]:5", True),
        ("http://localhost./", True),
        ("http://sandbox.localhost", True),
        ("http://localhost.evil.example", False),
        ("http://127.0.0.1.evil.example", False),
        ("http://10.0.0.1", False),
        ("http://[::1", False),
        ("", False),
    ],
)
def test_loopback_is_recognised_and_nothing_else(url, is_local):
    """Only hosts that cannot leave the machine count."""
    assert is_loopback(url) is is_local
