"""Companies bought from this home are not paid twice unasked: on a real sandbox, with journal and results on disk."""

from __future__ import annotations

import logging
import time
from datetime import timedelta

import polars as pl
import pytest
from support.clocks import MovedClock

import openprospect_nb as op
from openprospect_nb.errors import UnsafeToRetry, ValidationError
from openprospect_nb.settings import default_cache

FIRST = [
    {"company_name": f"Invented {n} GmbH", "website_url": f"https://invented{n}.example", "city": "Ulm"}
    for n in range(3)
]
NEXT = pl.DataFrame(
    {
        "Firma": ["INVENTED 1", "Neu AG", "Invented 2 GmbH & Co. KG", "Neu AG"],
        "Web": ["www.invented1.example", "neu.example", "invented2.example/de", "neu.example"],
    }
)
FEATURES = ["COMPANY_DATA"]


@pytest.fixture
def client(tmp_path):
    """A client on a sandbox of its own, with a home of its own."""
    with (
        op.Sandbox(step_seconds=0.02, cache=default_cache()) as sandbox,
        op.connect(sandbox=sandbox, home=tmp_path / "home", poll_interval=0.02) as connected,
    ):
        yield connected


def bought(client, companies, **terms):
    """Order and wait for the end."""
    return client.orders.enrich(companies, features=FEATURES, title="t", **terms).wait(timeout=60, progress=False)


def a_day_later(client):
    """Move the client's clock on by a day."""
    clock = client._core._context.sender.clock = MovedClock()
    clock.offset = timedelta(days=1)


def test_what_was_bought_before_is_shown_with_its_order(client):
    """The preview names the rows and the order, whatever the spelling; the order sends them unless told not to."""
    order = bought(client, FIRST)
    shown = client.orders.preview(NEXT)

    assert shown.known["row"].to_list() == [1, 3]
    assert shown.known["orders"].to_list() == [[order.order_id]] * 2
    assert "2 companies were bought from this home before and would be paid again" in " ".join(shown.notes)
    assert len(shown.rows) == 3
    assert op.files.preview(NEXT).known.is_empty()


def test_skipping_leaves_them_out_and_says_so(client, caplog):
    """Only the new company is sent; the log names what was left out; what is not asked for is only said."""
    bought(client, FIRST)
    assert [row["company_name"] for row in client.orders.preview(NEXT, skip_known=True).rows] == ["Neu AG"]
    with caplog.at_level(logging.WARNING):
        order = bought(client, NEXT, skip_known=True)
    assert client.journal.frame().filter(pl.col("order_id") == order.order_id)["quantity"].to_list() == [1]
    assert "2 companies were bought from this home before and are left out: row 1 in order" in caplog.text
    assert client.orders.preview(NEXT, skip_known=True).rows == []


def test_a_delivered_company_is_known_by_its_results_too(client, make_results):
    """A company that a search brought is known from the results on disk, though nobody named it."""
    icp = op.ICP(
        profile_name="p", ideal_customer_profile="machine builders", seller_offering="s", target_countries=["DE"]
    )
    order = client.orders.discover(icp, 5).wait(timeout=60, progress=False)
    firm = order.results().companies.row(0, named=True)
    shown = client.orders.preview(
        [{"company_name": firm["name"].upper(), "website_url": firm["website_url"]}, {"company_name": "Neu"}]
    )
    assert shown.known["orders"].to_list() == [[order.order_id]]


def test_a_list_that_is_all_bought_is_refused_with_its_orders(client):
    """Nothing is sent; the message names the orders that have the companies."""
    order = bought(client, FIRST)
    bought(client, FIRST[:1], again=True)
    with pytest.raises(ValidationError, match=f"every company was bought here before.*{order.order_id}"):
        client.orders.enrich(FIRST[::-1][:2], features=FEATURES, title="other", skip_known=True)
    assert client.journal.frame().height == 2


def test_a_cell_that_runs_again_orders_the_same_and_nothing_more(client):
    """Its own companies are no reason to leave them out: a named order comes back, an unnamed one is not doubled."""
    bought(client, FIRST)
    first = bought(client, NEXT, skip_known=True, name="spring")
    assert bought(client, NEXT, skip_known=True, name="spring").order_id == first.order_id
    bought(client, [{"company_name": "Anders AG"}, *FIRST], skip_known=True)
    with pytest.raises(UnsafeToRetry):
        bought(client, [{"company_name": "Anders AG"}, *FIRST], skip_known=True)
    assert client.journal.frame().height == 3


def test_only_a_call_that_comes_back_to_its_order_may_name_its_companies(client):
    """Under another name or key, or a day later, the same list is all bought before: refused, and shown so."""
    bought(client, FIRST, name="spring").results()
    shown = client.orders.preview(FIRST, skip_known=True)
    assert (shown.rows, shown.known.height) == ([], 3)
    for terms in ({"name": "summer"}, {"idempotency_key": "k-2"}, {"name": "spring 2", "avoid_known": True}):
        with pytest.raises(ValidationError, match="every company was bought here before"):
            client.orders.enrich(FIRST, features=FEATURES, title="t", **{"skip_known": True} | terms)
    with pytest.raises(UnsafeToRetry):
        client.orders.enrich(FIRST, features=FEATURES, title="t", skip_known=True)
    a_day_later(client)
    for terms in ({}, {"again": True}, {"title": "other"}):
        with pytest.raises(ValidationError, match="every company was bought here before"):
            client.orders.enrich(FIRST, features=FEATURES, skip_known=True, **{"title": "t"} | terms)
    assert bought(client, FIRST, skip_known=True, name="spring").order_id
    assert client.orders.list().height == 1


def test_an_order_nobody_saw_end_is_read_before_its_list_is_ordered_again(client):
    """A day later the same call asks how its order stands: it has ended, so the list is all bought, and is refused."""
    order = client.orders.enrich(FIRST, features=FEATURES, title="t", skip_known=True)
    time.sleep(0.5)
    assert client.journal.frame()["finished_at"].to_list() == [None]
    a_day_later(client)
    with pytest.raises(ValidationError, match=f"every company was bought here before.*{order.order_id}"):
        client.orders.enrich(FIRST, features=FEATURES, title="t", skip_known=True)
    assert client.orders.list().height == 1


def test_an_order_is_found_again_although_later_ones_brought_its_companies(client):
    """A named order comes back after a later one was for the same companies: its list is what it was then."""
    first = bought(client, FIRST, skip_known=True, name="spring")
    bought(client, [*FIRST, {"company_name": "Neu AG"}], name="more")
    assert bought(client, FIRST, skip_known=True, name="spring").order_id == first.order_id
