"""A purchase's next step, its body, its fingerprints: functions of what is known, as tables."""

from __future__ import annotations

import hashlib
import json

import pytest

from openprospect_nb.icp import ICP
from openprospect_nb.journal import PurchaseKind, PurchaseStep, next_step
from openprospect_nb.journal.purchase import order_body
from openprospect_nb.journal.sameness import canonical

DISCOVERY, PROFILE_ALONE = {"kind": PurchaseKind.DISCOVERY}, {"kind": PurchaseKind.PROFILE}
STEPS = [
    (DISCOVERY, PurchaseStep.CREATE_PROFILE),
    (DISCOVERY | {"profile_creation_id": "c"}, PurchaseStep.AWAIT_PROFILE),
    (DISCOVERY | {"profile_creation_id": "c", "profile_id": "p"}, PurchaseStep.PLACE_ORDER),
    (DISCOVERY | {"profile_id": "p"}, PurchaseStep.PLACE_ORDER),
    (DISCOVERY | {"profile": None, "profile_id": "p"}, PurchaseStep.PLACE_ORDER),
    (DISCOVERY | {"profile": None}, PurchaseStep.PLACE_ORDER),
    (DISCOVERY | {"flow": "inline"}, PurchaseStep.PLACE_ORDER),
    (DISCOVERY | {"flow": "inline", "order_id": "o"}, PurchaseStep.NOTHING),
    (DISCOVERY | {"profile_id": "p", "order_id": "o"}, PurchaseStep.NOTHING),
    (DISCOVERY | {"problem": "refused"}, PurchaseStep.NOTHING),
    (PROFILE_ALONE, PurchaseStep.CREATE_PROFILE),
    (PROFILE_ALONE | {"profile_creation_id": "c"}, PurchaseStep.AWAIT_PROFILE),
    (PROFILE_ALONE | {"profile_creation_id": "c", "profile_id": "p"}, PurchaseStep.NOTHING),
    (PROFILE_ALONE | {"problem": "failed"}, PurchaseStep.NOTHING),
    ({"kind": PurchaseKind.ENRICHMENT, "profile": None}, PurchaseStep.PLACE_ORDER),
    ({"kind": PurchaseKind.ENRICHMENT, "profile": None, "order_id": "o"}, PurchaseStep.NOTHING),
]


@pytest.mark.parametrize(("facts", "step"), STEPS)
def test_the_next_step_follows_from_what_is_known(purchase, facts, step):
    """A profile is created, awaited and ordered from, each once, and nothing follows an end."""
    assert next_step(purchase(**facts)) is step


def test_equal_orders_have_equal_intents(purchase):
    """The fingerprint knows kind, options and description; not key, name, time, price or the profile's new id."""
    same = [
        purchase(),
        purchase(key="other", name="n", price=3.0, budget=9.0),
        purchase(profile_id="made later", profile_creation_id="c", status="RUNNING"),
        purchase(options={"title": "T", "briefing_quantity": 5}),
    ]
    other = [
        purchase(kind=PurchaseKind.ENRICHMENT),
        purchase(options={"briefing_quantity": 6, "title": "T"}),
        purchase(profile={"profile_name": "Others"}),
        purchase(profile=None),
        purchase(profile=None, profile_id="p"),
        purchase(profile=None, profile_id="q"),
    ]

    assert len({p.intent for p in same}) == 1
    assert len({p.intent for p in [same[0], *other]}) == 1 + len(other)


def test_an_intent_outlives_versions_of_this_package(purchase):
    """The fingerprint is the SHA-256 of canonical JSON, so that an older journal still recognises a repeated order."""
    wanted = '["ENRICHMENT",{"title":"Ü"},null,"p"]'
    made = purchase(kind=PurchaseKind.ENRICHMENT, options={"title": "Ü"}, profile=None, profile_id="p")

    assert made.intent == hashlib.sha256(wanted.encode()).hexdigest()


def test_the_hash_of_a_description_is_that_of_its_icp(purchase):
    """``icp_hash`` is ``ICP.hash``: the name does not count, all else does; 16 characters."""
    icp = ICP(profile_name="A", ideal_customer_profile="B", seller_offering="C", target_countries=["DE"])

    assert purchase(profile=icp.body()).icp_hash == icp.hash
    assert purchase(profile={**icp.body(), "profile_name": "Z"}).icp_hash == icp.hash
    assert len(icp.hash) == 16
    assert purchase(profile=None).icp_hash is None


@pytest.mark.parametrize(
    ("facts", "body"),
    [
        (
            {"profile_id": "p", "options": {"title": "Ü", "briefing_quantity": 5}},
            {"order_type": "DISCOVERY", "profile_id": "p", "title": "Ü", "briefing_quantity": 5},
        ),
        ({"kind": PurchaseKind.ENRICHMENT, "profile": None, "options": {"companies": []}},
         {"order_type": "ENRICHMENT", "companies": []}),
        (
            {"flow": "inline", "options": {"briefing_quantity": 5}},
            {
                "order_type": "DISCOVERY", "title": "Builders", "profile_name": "Builders",
                "features": ["COMPANY_DATA", "CONTACTS", "ANALYSIS"], "ideal_customer_profile": "Machine builders",
            },
        ),
        (
            {"flow": "inline", "profile_id": "p", "options": {"title": "T", "features": ["CONTACTS"]}},
            {
                "order_type": "DISCOVERY", "profile_id": "p", "title": "T", "features": ["CONTACTS"],
                "ideal_customer_profile": "Machine builders",
            },
        ),
        ({"flow": "inline", "profile": {"seller_offering": "S"}, "profile_id": "p", "options": {"title": "T"}},
         {"order_type": "DISCOVERY", "profile_id": "p", "title": "T", "seller_offering": "S",
          "features": ["COMPANY_DATA", "CONTACTS", "ANALYSIS"]}),
        ({"flow": "inline", "profile": None, "profile_id": "p", "options": {"briefing_quantity": 5}},
         {"order_type": "DISCOVERY", "profile_id": "p", "briefing_quantity": 5}),
    ],
)  # fmt: skip
def test_the_body_follows_the_flow(purchase, facts, body):
    """Profile flow sends the id and no ICP field, inline flow the description and no quantity (contract 1.3)."""
    assert json.loads(order_body(purchase(**facts))) == body


def test_a_body_is_the_same_bytes_every_time(purchase):
    """The same purchase gives the same bytes, sorted and without spaces, umlauts in UTF-8."""
    first = purchase(profile=None, options={"title": "Ü", "a": 1})

    assert order_body(first) == '{"a":1,"order_type":"DISCOVERY","title":"Ü"}'.encode()
    assert canonical({"b": 1, "a": "ß"}) == '{"a":"ß","b":1}'
