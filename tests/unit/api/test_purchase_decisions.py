"""The decisions made while a purchase is carried out: which order is a double, which refusal asks for more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from openprospect_nb.api.purchasing import inline_key, looks_like, needs_description
from openprospect_nb.errors import FieldProblem, ServerError, ValidationError
from openprospect_nb.journal import Purchase, PurchaseKind
from openprospect_nb.models import OrderState

NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)
BOUGHT = OrderState(order_id="o", status="RECEIVED", created_at=NOW)


def purchase(**facts):
    """Return a discovery order of five called T."""
    return Purchase(
        **{
            "key": "k", "kind": PurchaseKind.DISCOVERY, "intended_at": NOW, "profile": {"profile_name": "P"},
            "options": {"title": "T", "briefing_quantity": 5},
        } | facts
    )  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "alike"),
    [
        ({}, True),
        ({"order_type": "DISCOVERY", "title": "T", "briefing_quantity": 5}, True),
        ({"order_id": "o"}, False),
        ({"order_type": "ENRICHMENT"}, False),
        ({"title": "U"}, False),
        ({"briefing_quantity": 6}, False),
        ({"created_at": None}, False),
        ({"created_at": NOW - timedelta(seconds=1)}, False),
        ({"created_at": NOW + timedelta(days=1)}, True),
    ],
)
def test_a_double_is_like_the_purchase_in_all_that_is_known(facts, alike):
    """Another order, made since, whose kind, title and size do not speak against it."""
    other = OrderState(**({"order_id": "other", "status": "RECEIVED", "created_at": NOW} | facts))

    assert looks_like(other, BOUGHT, purchase(), NOW) is alike


def test_without_a_title_any_title_is_alike():
    """What the purchase did not ask for cannot tell orders apart; its number can."""
    other = OrderState(order_id="other", status="RECEIVED", created_at=NOW, title="U", briefing_quantity=None)

    assert looks_like(other, BOUGHT, purchase(options={}), NOW)


def refusal(*fields):
    """Return a refusal that names these fields."""
    return ValidationError("no", fields=[FieldProblem(field, "is missing") for field in fields])


@pytest.mark.parametrize(
    ("made", "error", "needed"),
    [
        (purchase(), refusal("ideal_customer_profile"), True),
        (purchase(), refusal("title", "seller_offering"), True),
        (purchase(), refusal("target_countries"), True),
        (purchase(), refusal("title"), False),
        (purchase(), refusal(), False),
        (purchase(), ServerError("ideal_customer_profile"), False),
        (purchase(flow="inline"), refusal("seller_offering"), False),
        (purchase(profile=None), refusal("seller_offering"), False),
    ],
)
def test_an_older_server_is_told_by_the_fields_it_misses(made, error, needed):
    """Only a refusal that names a description field, of an order whose description is at hand, asks for it."""
    assert needs_description(made, error) is needed


def test_the_inline_key_follows_from_the_key():
    """The same purchase sent with its description has one other key, however often it is tried."""
    assert inline_key("k") == inline_key("k") != inline_key("l")
    assert inline_key("k") != "k"
