"""Try few first: one small order, its forecast, and the rest on one call, once, whatever happens in between."""

from __future__ import annotations

import asyncio

import pytest
from support.clients import clients_of
from support.vendor import company

import openprospect_nb as op
from openprospect_nb.errors import ConfigurationError, ConflictError, OpenProspectError, ValidationError

BUILDERS = op.ICP(
    profile_name="Builders", ideal_customer_profile="Machine builders, 50 to 500 employees", seller_offering="CAD",
    target_countries=["DE"],
)  # fmt: skip
WANTS_DESCRIPTION = {"path_prefix": "/orders", "status": 422, "message": "ideal_customer_profile is required"}


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


def waited(pilot):
    """Return the pilot once its first order was read."""
    return pilot.wait(timeout=60, progress=False)


def test_nothing_but_the_first_few_is_bought_until_then_is_called(connect):
    """A pilot buys its first order; asking, waiting and reading buy nothing more; `then()` buys the rest, once."""
    client = connect(price_per_briefing=2.0)
    pilot = client.orders.pilot(BUILDERS, of=30, first=8, budget=60.0, name="spring")
    assert (pilot.go, pilot.forecast, client.orders.list().height) == (None, None, 1)
    assert "first 8" in pilot.why
    waited(pilot)
    found = pilot.forecast

    assert client.orders.list().height == 1
    assert (found.delivered, found.rest, found.cost, found.new) == (8, 22, 44.0, 8)
    assert found.good <= min(found.matching, found.mailable)
    assert 0 <= found.low <= found.expected <= found.high <= 22
    assert pilot.go is (found.chance >= 0.5)
    assert f"{found.good} of the first 8" in pilot.why
    orders = [pilot.then().order_id for _ in range(3)]
    assert len({*orders, pilot.order.order_id}) == 2
    assert client.orders.list().height == 2
    bought = client.journal.frame()
    assert bought["name"].to_list() == ["spring", "spring, the rest"]
    assert (bought["quantity"].to_list(), bought["budget"].to_list()) == ([8, 22], [60.0, 44.0])


def test_the_rest_comes_from_the_same_profile_and_repeats_nobody(connect):
    """First order and rest share a profile, and no company is in both."""
    client = connect()
    pilot = waited(client.orders.pilot(BUILDERS, of=20, first=5))
    rest = pilot.then().wait(timeout=60, progress=False)
    companies = client.results([pilot.order, rest]).companies

    assert client.journal.frame()["profile_id"].n_unique() == 1
    assert companies.group_by("order_id").len()["len"].sort().to_list() == [5, 15]
    assert companies["id"].n_unique() == 20


def test_a_new_kernel_finds_the_same_pilot_and_the_same_rest(connect):
    """The same call in a new kernel buys nothing, sees the same forecast, and `then()` gives the order of the rest."""
    first = connect()
    pilot = waited(first.orders.pilot(BUILDERS, of=20, first=5))
    rest = pilot.then()
    first.close()
    second = connect()
    again = waited(second.orders.pilot(BUILDERS, of=20, first=5))

    assert again.order.order_id == pilot.order.order_id
    assert again.forecast == pilot.forecast
    assert again.then().order_id == rest.order_id
    assert second.orders.list().height == 2


def test_half_and_half_is_two_orders(connect):
    """A rest that is as large as the first order is another order, placed once."""
    client = connect()
    pilot = waited(client.orders.pilot(BUILDERS, of=10, first=5))

    assert pilot.then().order_id == pilot.then().order_id != pilot.order.order_id
    assert client.orders.list().height == 2


def test_a_lost_answer_to_the_rest_buys_once(connect, sandbox):
    """The server takes the order of the rest and its answer is lost, and once more: one order of the rest is there."""
    client = connect()
    pilot = waited(client.orders.pilot(BUILDERS, of=12, first=5))
    sandbox.control.fault(method="POST", path_prefix="/orders", drop=True, times=2)
    try:
        pilot.then()
    except OpenProspectError:
        pilot.then()

    assert client.orders.list().height == 2


def test_the_budget_is_for_both_orders(connect):
    """A pilot whose whole costs more than the budget is not begun; without a price a budget cannot be kept."""
    client = connect(price_per_briefing=2.0)
    with pytest.raises(ValidationError, match=r"60\.00"):
        client.orders.pilot(BUILDERS, of=30, first=5, budget=59.0)

    assert client.orders.list().is_empty()
    assert client.journal.frame().is_empty()


def test_a_pilot_is_found_again_whatever_prices_have_become(connect):
    """First order and rest are given again although both would be above the budget now; nothing new is bought at it."""
    cheap, terms = connect(price_per_briefing=2.0), {"of": 30, "budget": 60.0}
    pilot, other = (waited(cheap.orders.pilot(BUILDERS, first=first, **terms)) for first in (5, 6))
    rest = pilot.then()
    dear = connect(price_per_briefing=3.0)
    again = waited(dear.orders.pilot(BUILDERS, first=5, **terms))

    assert (again.order.order_id, again.then().order_id) == (pilot.order.order_id, rest.order_id)
    begun = waited(dear.orders.pilot(BUILDERS, first=6, **terms))
    assert begun.order.order_id == other.order.order_id
    with pytest.raises(ValidationError, match="budget"):
        begun.then()
    with pytest.raises(ValidationError, match="budget"):
        dear.orders.pilot(BUILDERS, first=7, **terms)
    assert dear.orders.list().height == 3


def test_there_is_no_pilot_where_no_number_is_sent(connect, sandbox):
    """In the older flow every order is the whole: a pilot is refused, also where only its own request shows the flow.

    The server has no profiles, or wants the description in the order: nothing is ordered, then or by resume().
    """
    with pytest.raises(ConfigurationError, match="no number"):
        connect(flow="inline").orders.pilot(BUILDERS, of=20, first=5)
    shown = [
        ("auto", {"path_prefix": "/search-profile-creations", "status": 404}),
        ("profile", WANTS_DESCRIPTION),
    ]
    for flow, fault in shown:
        client = connect(flow=flow)
        sandbox.control.fault(method="POST", times=1, **fault)
        with pytest.raises(ConfigurationError, match="no number"):
            client.orders.pilot(BUILDERS, of=20, first=5, name=flow)
        client.journal.resume()
    assert connect().orders.list().is_empty()


def test_the_rest_is_not_ordered_without_its_number_either(connect, sandbox):
    """The server turned to the older flow after the first order: the rest is refused, by then() and by resume()."""
    pilot = waited(connect().orders.pilot(BUILDERS, of=20, first=5))
    sandbox.control.fault(method="POST", times=1, **WANTS_DESCRIPTION)
    with pytest.raises(ConfigurationError, match="no number"):
        pilot.then()
    connect().journal.resume()
    assert connect().orders.list().height == 1


def test_a_pilot_that_was_interrupted_is_not_finished_the_older_way(connect, sandbox):
    """It stopped at its profile, and the next kernel meets the older flow: resume() orders nothing."""
    sandbox.control.fault(method="GET", path_prefix="/search-profile-creations", status=403, times=1)
    with pytest.raises(OpenProspectError):
        connect().orders.pilot(BUILDERS, of=20, first=5)
    sandbox.control.fault(method="POST", times=1, **WANTS_DESCRIPTION)
    outcome = connect().journal.resume()["outcome"].to_list()
    assert "no number" in outcome[0]
    assert connect().orders.list().is_empty()


def test_the_rest_is_not_bought_blindly(connect):
    """Before anybody read what the first order brought, `then()` refuses, and says what to do."""
    client = connect()
    pilot = client.orders.pilot(BUILDERS, of=10, first=5)
    with pytest.raises(ConfigurationError, match=r"pilot\.wait"):
        pilot.then()

    assert client.orders.list().height == 1


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({"of": 5, "first": 5}, "first"),
        ({"of": 5, "first": 0}, "first"),
        ({"of": 5.5, "first": 2}, "of"),
        ({"of": 5, "first": 2, "least": 0}, "least"),
        ({"of": 5, "first": 2, "value": -1.0}, "value"),
        ({"of": 20_000, "first": 2}, "briefing_quantity"),
    ],
)
def test_terms_that_make_no_pilot_are_refused_by_name(connect, terms, field):
    """Nothing is sent where the first is not less than the whole, or a number is none."""
    client = connect()
    with pytest.raises(ValidationError) as raised:
        client.orders.pilot(BUILDERS, **terms)

    assert field in {problem.field for problem in raised.value.fields}
    assert client.journal.frame().is_empty()


def test_a_name_stands_for_one_pilot(connect):
    """Another order under the name of a pilot is a conflict, not a second purchase."""
    client = connect()
    client.orders.pilot(BUILDERS, of=10, first=5, name="n")
    with pytest.raises(ConflictError):
        client.orders.pilot(BUILDERS, of=10, first=6, name="n")


def test_what_was_here_before_is_not_new(connect):
    """Companies of an earlier order count as known to a pilot, those bought after it do not."""
    client = connect()
    other = op.ICP(**{**BUILDERS.body(), "profile_name": "Also", "seller_offering": "CNC"})
    client.orders.discover(other, 40, name="before").wait(timeout=60, progress=False).results()
    pilot = waited(client.orders.pilot(BUILDERS, of=30, first=10))
    before = pilot.forecast
    pilot.then().wait(timeout=60, progress=False).results()

    assert before.new < before.delivered == 10
    assert waited(client.orders.pilot(BUILDERS, of=30, first=10)).forecast == before


def test_a_value_decides_by_the_price(connect):
    """A company worth a hundred times its price is bought at a share of one in a hundred, one worth its price never."""
    client = connect(price_per_briefing=2.0)
    rich, poor = (waited(client.orders.pilot(BUILDERS, of=20, first=5, value=value)) for value in (200.0, 2.0))

    assert rich.order.order_id == poor.order.order_id
    assert (rich.forecast.needed, poor.forecast.needed) == (0.01, 1.0)
    assert (rich.go, poor.go) == (True, False)


@pytest.fixture
def pilot_of(vendor, server, tmp_path):
    """Return a function that buys 25 of 500 of a vendor that states some companies and brings some, all good."""

    def good(order, number):
        made = company(order, number) | {"match_score": 9}
        mailable = {"email": f"a@c{number}.example", "bounce_risk_score": 1, "validation_confidence": 99}
        return made | {"prospects": [person | mailable for person in made["prospects"]]}

    with clients_of(
        api_key="lnc_test_" + "v" * 32, base_url=server.url, home=tmp_path / "v", poll_interval=0.01
    ) as make:

        def buy(came, stated, value=3.0):
            vendor.company_count, vendor.company = came, good
            pilot = make(price_per_briefing=1.0).orders.pilot(BUILDERS, of=500, first=25, value=value)
            vendor.orders[pilot.order.order_id] |= {"company_count": stated}
            return waited(pilot)

        yield buy


@pytest.mark.parametrize("value", [3.0, 1000.0])
@pytest.mark.parametrize(("came", "says"), [(0, "None of the 25"), (1, "Only 1 of the 25"), (12, "Only 12 of the 25")])
def test_a_pilot_that_brought_too_little_says_no(pilot_of, came, says, value):
    """Where less than half of what was asked for came, whatever it is worth, the rest is advised against, with why."""
    pilot = pilot_of(came, came, value)

    assert (pilot.go, pilot.forecast.asked, pilot.forecast.delivered) == (False, 25, came)
    assert says in pilot.why
    assert "widen the profile" in pilot.why
    assert "Do not buy the rest" in repr(pilot._card())


def test_what_did_not_come_counts_as_not_good(pilot_of):
    """A shortfall lowers what is expected of the rest, and is said."""
    short = pilot_of(20, 20)

    assert (short.go, short.forecast.good) == (True, 20)
    assert "5 of 25 asked for did not come" in short.why
    assert short.forecast.expected < 0.85 * 475


def test_results_that_are_not_whole_are_no_ground_to_buy(pilot_of, vendor):
    """Where the order states more companies than its list has, the pilot says no until another wait reads them."""
    pilot = pilot_of(20, 25, 1000.0)
    assert (pilot.go, pilot.forecast.delivered) == (False, 20)
    assert "pilot.wait()" in pilot.why
    vendor.company_count = 25

    assert waited(pilot).go


def test_the_awaited_face_does_the_same(tmp_path):
    """An AsyncClient's pilot waits, judges and buys as the blocking one does."""

    async def walk(sandbox):
        settings = {"api_key": sandbox.key, "base_url": sandbox.url, "home": tmp_path / "a", "poll_interval": 0.02}
        async with op.AsyncClient(**settings) as client:
            pilot = await (await client.orders.pilot(BUILDERS, of=12, first=5)).wait(60, progress=False)
            return (await pilot.then()).order_id, (await pilot.then()).order_id, pilot

    with op.Sandbox(step_seconds=0.02, port=0) as served:
        one, other, pilot = asyncio.run(walk(served))
    assert one == other != pilot.order.order_id
    assert "AsyncPilot(first 5 of 12" in repr(pilot)
    assert "the rest" in pilot._repr_html_()
