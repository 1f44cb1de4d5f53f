"""A cell that is run again and says the same in other words buys nothing more."""

from __future__ import annotations

import hashlib
import sqlite3
from dataclasses import replace

import pytest
from support.servers import Reply

import openprospect_nb as op

ROWS = [{"company_name": "Invented Ltd", "city": "Leeds"}, {"company_name": "Made-up AG"}]
CELLS = {
    "order": [{"features": ["CONTACTS", "COMPANY_DATA"]}, {"features": ("COMPANY_DATA", "CONTACTS")}],
    "default": [{}, {"priority": "NORMAL"}],
    "empty": [{}, {"blacklist_ids": [], "contact_roles": [], "title": ""}],
}


def lose_orders(vendor):
    """Have every order placed and no answer about it arrive."""

    def disturb(request):
        return Reply(drop=True) if request.method == "POST" and request.path.endswith("/orders") else None

    vendor.disturb = disturb


def exact_fingerprint(options, profile):
    """Return the fingerprint that earlier versions wrote beside these texts."""
    return hashlib.sha256(f'["DISCOVERY",{options},{profile},null]'.encode()).hexdigest()


@pytest.mark.parametrize(("first", "again"), CELLS.values(), ids=CELLS)
def test_options_in_other_words(connect, vendor, icp, first, again):
    """After a lost answer the cell is refused however its options are spelled; resume() finds the one order."""
    client = connect(max_wait=0, timeout=1)
    lose_orders(vendor)
    with pytest.raises(op.errors.ConnectionFailed):
        client.orders.discover(icp, 5, **first)
    vendor.disturb = lambda _: None
    with pytest.raises(op.errors.UnsafeToRetry, match="resume"):
        client.orders.discover(icp, 5, **again)
    assert client.journal.resume()["outcome"].to_list() == ["placed"]
    assert len(vendor.orders) == 1


def test_an_icp_in_other_words(connect, vendor, icp):
    """Countries by other names and in another order, and blanks, are the same ICP; under a name, the same order."""
    client = connect()
    order = client.orders.discover(icp, 5, name="spring")
    other = replace(icp, target_countries=["Österreich", "Germany"], seller_offering=" Scheduling  software")

    with pytest.raises(op.errors.UnsafeToRetry, match=order.order_id):
        client.orders.discover(other, 5)
    assert client.orders.discover(other, 5, name="spring").order_id == order.order_id
    assert len(vendor.orders) == 1


def test_companies_in_another_order(connect, vendor):
    """A file that somebody sorted is the same enrichment."""
    client = connect()
    order = client.orders.enrich(ROWS)

    with pytest.raises(op.errors.UnsafeToRetry, match=order.order_id):
        client.orders.enrich(ROWS[::-1])
    assert len(vendor.orders) == 1


def test_a_journal_of_an_earlier_version_knows_its_orders(connect, vendor, icp, tmp_path):
    """Rows that carry the fingerprint of the exact text are readable, and still stand in the way of an equal order."""
    client = connect()
    order = client.orders.discover(icp, 5, priority="NORMAL")
    client.close()
    with sqlite3.connect(tmp_path / "home" / "journal.sqlite") as journal:
        texts = journal.execute("SELECT options, profile FROM purchases").fetchone()
        journal.execute("UPDATE purchases SET intent = ?", (exact_fingerprint(*texts),))
    journal.close()

    client = connect()
    assert client.journal.frame()["problem"].to_list() == [None]
    with pytest.raises(op.errors.UnsafeToRetry, match=order.order_id):
        client.orders.discover(icp, 5, priority="NORMAL")
    assert len(vendor.orders) == 1
