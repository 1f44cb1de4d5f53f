"""Enriching the stale again: said before, bought on one call, once, and not of whom it was ordered already."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from support.clients import clients_of

import openprospect_nb as op
from openprospect_nb.errors import ConfigurationError, ConflictError, OpenProspectError, ValidationError

ICP = op.ICP(
    profile_name="Builders", ideal_customer_profile="Machine builders, 50 to 500 employees", seller_offering="CAD",
    target_countries=["DE"],
)  # fmt: skip
LATER = datetime.now(UTC) + timedelta(days=400)


@pytest.fixture
def sandbox():
    """A sandbox that outlives its clients."""
    with op.Sandbox(step_seconds=0.02) as running:
        yield running


@pytest.fixture
def connect(sandbox, tmp_path):
    """Make clients of one home, each as if in a new kernel."""
    with clients_of(sandbox=sandbox, home=tmp_path / "home", poll_interval=0.02) as make:
        yield make


def bought(client, count=8):
    """Results of a first order, all of it stale soon."""
    return client.orders.discover(ICP, count, name="first").wait(timeout=60, progress=False).results()


def stale(results):
    """Everybody in *results*, a good year later."""
    return op.stale(results, yearly=0.5, as_of=LATER)


def test_nothing_is_bought_until_then_is_called_and_then_once(connect):
    """To ask writes nothing; `then()` is one order in the journal, under one budget, however often."""
    client = connect(price_per_briefing=2.0)
    results = bought(client)
    renewal = client.orders.renew(stale(results), value=100.0, budget=20.0)
    assert (len(renewal.companies), renewal.forecast.cost) == (8, 16.0)
    assert "for 16.00" in renewal.why
    assert client.orders.list().height == client.journal.frame().height == 1

    orders = {renewal.then().order_id for _ in range(3)}
    assert len(orders) == 1
    assert client.orders.list().height == 2
    row = client.journal.frame().row(-1, named=True)
    assert (row["name"], row["quantity"], row["price"], row["budget"]) == (renewal.name, 8, 16.0, 20.0)
    assert {company["company_name"] for company in renewal.companies} == set(results.companies["name"])


def test_a_new_kernel_comes_back_to_the_same_order(connect):
    """The same list in a new kernel is the same order, and buys nothing."""
    first = connect()
    results = bought(first)
    one = first.orders.renew(stale(results)).then()
    first.close()
    second = connect()
    again = second.orders.renew(stale(results))

    assert again.then().order_id == one.order_id
    assert second.orders.list().height == 2


def test_whom_an_order_was_for_since_is_not_bought_again(connect):
    """A longer list of the stale leaves out those ordered again since they came, says so, and stays what it is."""
    client = connect()
    results = bought(client)
    everybody = stale(results).companies
    client.orders.renew(everybody.head(3)).then()
    renewal = client.orders.renew(everybody)

    assert (len(renewal.companies), renewal.forecast.ordered) == (5, 3)
    assert "3 were ordered again since they came" in renewal.why
    order = renewal.then()
    assert client.orders.renew(everybody).then().order_id == order.order_id
    assert client.journal.frame()["quantity"].to_list() == [8, 3, 5]


def test_next_years_list_is_another_order(connect):
    """Companies that were delivered anew and went stale anew are ordered anew."""
    client = connect()
    companies = stale(bought(client)).companies
    first = client.orders.renew(companies)
    first.then()
    later = companies.with_columns(pl.col("delivered_at").dt.offset_by("1y"))
    second = client.orders.renew(later)

    assert second.name != first.name
    assert len(second.companies) == 8


def test_a_value_weighs_what_is_corrected_against_the_price(connect):
    """A corrected record worth less than it costs says do not; `then()` is still the caller's."""
    client = connect(price_per_briefing=2.0)
    companies = stale(bought(client)).companies.with_columns(chance=pl.lit(0.25))
    rich, poor = (client.orders.renew(companies, value=value) for value in (9.0, 7.0))

    assert (rich.go, poor.go) == (True, False)
    assert rich.forecast.expected == 2.0
    assert "worth 14.00" in poor.why
    assert rich.name == poor.name


def test_the_budget_holds_and_nothing_is_sent(connect):
    """An order above its budget is refused when it is to be bought, and nothing is in the journal."""
    client = connect(price_per_briefing=2.0)
    renewal = client.orders.renew(stale(bought(client)), budget=15.0)
    with pytest.raises(ValidationError, match=r"16\.00"):
        renewal.then()
    assert client.journal.frame().height == 1


def test_a_lost_answer_buys_once(connect, sandbox):
    """The server takes the order and its answer is lost: one order is there."""
    client = connect()
    renewal = client.orders.renew(stale(bought(client)))
    sandbox.control.fault(method="POST", path_prefix="/orders", drop=True, times=2)
    try:
        renewal.then()
    except OpenProspectError:
        renewal.then()

    assert client.orders.list().height == 2


def test_nobody_is_nobody(connect):
    """Where nothing is stale it says so, and `then()` refuses; rows without a name are counted."""
    client = connect()
    results = bought(client)
    fresh = client.orders.renew(op.stale(results, yearly=0.25))
    assert (fresh.go, "Nobody" in fresh.why) == (False, True)
    with pytest.raises(ConfigurationError, match="nobody"):
        fresh.then()
    nameless = client.orders.renew(stale(results).companies.with_columns(company_name=pl.lit(None, pl.String)))
    assert (nameless.forecast.companies, nameless.forecast.nameless) == (0, 8)
    for wrong in ("all", pl.DataFrame({"name": ["x"]}), None):
        with pytest.raises(ValidationError, match=r"op\.stale"):
            client.orders.renew(wrong)


def test_a_name_stands_for_one_list(connect):
    """Another list under a name of the caller's is a conflict, not a purchase."""
    client = connect()
    companies = stale(bought(client)).companies
    client.orders.renew(companies.head(2), name="spring").then()
    with pytest.raises(ConflictError):
        client.orders.renew(companies.tail(2), name="spring").then()


def test_what_is_known_can_be_avoided_in_an_enrichment(connect):
    """`avoid_known=True` leaves out of a list what this home has, as `skip_known` does."""
    client = connect()
    results = bought(client, 3)
    names = [
        {"company_name": name, "website_url": site}
        for name, site in results.companies.select("name", "website_url").rows()
    ]
    order = client.orders.enrich([*names, {"company_name": "Invented Ltd"}], avoid_known=True, name="list")

    assert client.journal.frame().filter(order_id=order.order_id)["quantity"].to_list() == [1]


def test_the_awaited_face_does_the_same(tmp_path):
    """An AsyncClient's renewal says and buys as the blocking one does."""

    async def walk(sandbox):
        settings = {"api_key": sandbox.key, "base_url": sandbox.url, "home": tmp_path / "a", "poll_interval": 0.02}
        async with op.AsyncClient(**settings) as client:
            order = await (await client.orders.discover(ICP, 3, name="n")).wait(60, progress=False)
            renewal = await client.orders.renew(stale(await order.results()))
            return (await renewal.then()).order_id, (await renewal.then()).order_id, renewal

    with op.Sandbox(step_seconds=0.02, port=0) as served:
        one, other, renewal = asyncio.run(walk(served))
    assert one == other
    assert "AsyncRenewal(3 companies: go)" in repr(renewal)
    assert "renewal.then()" in renewal._repr_html_()
