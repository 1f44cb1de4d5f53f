"""The decisions made while a purchase is carried out: which order is a double, which refusal asks for more."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from openprospect_nb.api.buying.doubles import Shelf, doubted_since, fits, is_surely, made_meanwhile, recent
from openprospect_nb.api.buying.purchasing import inline_key, needs_description, words_after
from openprospect_nb.errors import (
    AuthenticationError,
    ContractError,
    FieldProblem,
    ServerError,
    ValidationError,
    WaitTimeout,
)
from openprospect_nb.journal import Purchase, PurchaseKind
from openprospect_nb.models import OrderState

NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def purchase(**facts):
    """Return a discovery order of five called T."""
    return Purchase(
        **{
            "key": "k", "kind": PurchaseKind.DISCOVERY, "intended_at": NOW, "profile": {"profile_name": "P"},
            "options": {"title": "T", "briefing_quantity": 5},
        } | facts
    )  # fmt: skip


def order(name="other", made=NOW, **facts):
    """Return an order as a list shows it."""
    return OrderState(**({"order_id": name, "status": "RECEIVED", "created_at": made} | facts))


@pytest.mark.parametrize(
    ("facts", "alike"),
    [
        ({}, True),
        ({"order_type": "DISCOVERY", "title": "T", "briefing_quantity": 5}, True),
        ({"order_type": "ENRICHMENT"}, False),
        ({"title": "U"}, False),
        ({"briefing_quantity": 6}, False),
        ({"profile_id": "anything"}, True),
    ],
)
def test_an_order_fits_a_purchase_if_nothing_both_state_speaks_against_it(facts, alike):
    """Kind, title and size are compared where the server states them."""
    assert fits(order(**facts), purchase()) is alike


def test_what_was_not_asked_for_cannot_tell_orders_apart():
    """Without a title any title fits; a profile that is known has to be the same."""
    assert fits(order(title="U"), purchase(options={}))
    assert not fits(order(profile_id="q"), purchase(profile_id="p"))


@pytest.mark.parametrize(
    ("stated", "made", "sure"),
    [
        ({"profile_id": "p"}, {"profile_id": "p", "profile_key": "pk"}, True),
        ({"profile_id": "p"}, {"profile_id": "p"}, False),
        ({}, {"profile_id": "p", "profile_key": "pk"}, False),
        ({"profile_id": "p"}, {"profile_key": "pk"}, False),
        ({"profile_id": "p", "briefing_quantity": 6}, {"profile_id": "p", "profile_key": "pk"}, False),
    ],
)
def test_an_order_is_surely_ours_by_the_profile_made_for_it_alone(stated, made, sure):
    """A profile that others may use too, or that the server does not name, proves nothing."""
    assert is_surely(order(**stated), purchase(**made)) is sure


@pytest.mark.parametrize(
    ("made", "counts"),
    [
        (NOW - MINUTE, True),
        (NOW - 3 * MINUTE, True),
        (NOW - 4 * MINUTE, False),
        (NOW - 7 * DAY, False),
        (NOW + 60 * MINUTE, True),
        (NOW + 61 * MINUTE, False),
        (None, True),
    ],
)
def test_a_double_is_made_while_the_order_was_placed_by_the_servers_stamps(made, counts):
    """Placing took two minutes, stamps differ by one, and a late copy arrives within an hour of our own order."""
    other, own = order("other", made), order("own")
    shelf = Shelf(orders=[other, own], strangers=[other])

    assert (made_meanwhile(shelf, order("own", None), 2 * MINUTE) == [other]) is counts
    assert (made_meanwhile(shelf, order("own", None), -DAY) == [other]) is (counts and made != NOW - 3 * MINUTE)


def test_where_our_own_order_has_no_time_every_stranger_may_be_a_double():
    """A server without stamps leaves it open which came first."""
    other = order("other", NOW - DAY)

    assert made_meanwhile(Shelf(orders=[other], strangers=[other]), order("own", None), MINUTE) == [other]


def test_a_time_between_two_kernels_may_be_a_day_off():
    """Our own time is taken as it is; another kernel's clock may have been wrong by hours."""
    assert doubted_since(NOW, is_ours=True) == NOW
    assert doubted_since(NOW) == NOW - DAY


def test_recent_is_counted_from_the_newest_order_of_the_server():
    """After a loss, orders of the last week before the newest count; one without a time does too."""
    newest, old, week, silent = order("n"), order("o", NOW - 8 * DAY), order("w", NOW - 7 * DAY), order("s", None)
    shelf = Shelf(orders=[newest, old, week, silent], strangers=[old, week, silent])

    assert recent(shelf) == [week, silent]
    assert recent(Shelf(orders=[silent], strangers=[silent])) == [silent]


LATER = NOW + MINUTE
SENT = {"profile_id": "p", "sent_at": NOW}
MAYBE = r"It may have been placed.*journal\.resume\(\), under its key \(k\); do not order anew"
OLD = r"forgotten its key.*orders\.list\(\).*resume\(keys=\['k'\]\)"


@pytest.mark.parametrize(
    ("error", "facts", "words"),
    [
        (ServerError("x"), SENT, f"^{MAYBE}"),
        (ValidationError("x"), SENT, f"^{MAYBE}"),
        (AuthenticationError("x"), SENT, f"^Check OPENPROSPECT_API_KEY.*{MAYBE}"),
        (ContractError("x", status=402, next_step="Pay."), SENT, f"^Pay. {MAYBE}"),
        (ServerError("x"), {"profile_sent_at": NOW}, "^No order was placed yet; its profile may have been made: run"),
        (WaitTimeout("x"), {"profile_creation_id": "c"}, "^No order was placed yet: run the same call.*key k"),
        (ServerError("x"), {}, "^Nothing was sent: run the same call again"),
        (
            ServerError("x"),
            {"kind": PurchaseKind.PROFILE, "profile_creation_id": "c"},
            "^No order is part of this: run",
        ),
        (ServerError("x"), {"sent_at": NOW - DAY}, OLD),
        (ValidationError("x"), {"problem": "x"}, "^Correct the fields"),
    ],
)
def test_an_error_ends_with_what_to_do_by_how_far_the_purchase_came(error, facts, words):
    """What may have been placed, what surely was not, and how to go on under which key."""
    assert re.search(words, words_after(error, purchase(**facts), LATER))


def refusal(*fields):
    """Return a refusal that names these fields."""
    return ValidationError("no", fields=[FieldProblem(field, "is missing") for field in fields], status=422)


@pytest.mark.parametrize(
    ("made", "error", "needed"),
    [
        (purchase(), refusal("ideal_customer_profile"), True),
        (purchase(), refusal("title", "seller_offering"), True),
        (purchase(), refusal("target_countries"), True),
        (purchase(), refusal("title"), False),
        (purchase(), refusal(), False),
        (purchase(), ServerError("ideal_customer_profile is required", status=500), False),
        (purchase(), ValidationError("no", fields=refusal("seller_offering").fields), False),
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
