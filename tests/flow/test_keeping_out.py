"""No paid repeats: what this home has is kept out where an order asks for it, and how much it would be is forecast."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

import openprospect_nb as op
from openprospect_nb.api.blacklists import AsyncBlacklist, AsyncBlacklists, facts_of
from openprospect_nb.api.buying.repeats import repeats_expected
from openprospect_nb.errors import ContractError

TERMS = {"seller_offering": "CAD", "target_countries": ["DE"]}
FIRST = op.ICP(profile_name="A", ideal_customer_profile="Machine builders, 50 to 500 employees", **TERMS)
SECOND = op.ICP(profile_name="B", ideal_customer_profile="Metal working and machine builders", **TERMS)


@pytest.fixture(scope="module")
def sandbox():
    """One sandbox, whose companies are made once."""
    with op.Sandbox(step_seconds=0.01) as running:
        yield running


@pytest.fixture
def client(sandbox, tmp_path):
    """A client with a home of its own on an empty server."""
    sandbox.control.reset()
    sandbox.control.settings(step_seconds=0.01)
    with op.connect(sandbox=sandbox, home=tmp_path / "home", poll_interval=0.02) as connected:
        yield connected


def bought(client, icp, count, **terms):
    """Order, wait, and keep the results in the home."""
    order = client.orders.discover(icp, count, **terms).wait(timeout=60, progress=False)
    return order, order.results().companies


def test_what_is_here_is_not_delivered_again(client):
    """Of a second profile's companies many are here; asked to, the order brings none of them, and as many as wanted."""
    _, first = bought(client, FIRST, 40)
    forecast = client.orders.repeats(40)
    _, second = bought(client, SECOND, 40)
    repeats = len(set(first["id"]) & set(second["id"]))
    again = op.ICP(**{**SECOND.body(), "seller_offering": "CNC"})
    _, third = bought(client, again, 40, avoid_known=True)

    assert repeats >= 5
    assert forecast.low <= repeats <= forecast.high
    assert third.height == 40
    assert not set(third["id"]) & (set(first["id"]) | set(second["id"]))
    assert set(third["name"]).isdisjoint({*first["name"], *second["name"]})


def test_one_list_a_home_grows_by_what_is_new(client):
    """Every order that asks for it carries the same list; a second one sends only what came since."""
    _, first = bought(client, FIRST, 10, avoid_known=True, name="one")
    client.orders.discover(SECOND, 10, avoid_known=True, name="two").wait(timeout=60, progress=False)
    lists = client.blacklists.list()

    assert lists.height == 1
    assert lists["entry_count"].to_list() == [10]
    assert sorted(client.blacklists.entries(lists["id"][0])["company_name"]) == sorted(first["name"])
    stored = client.journal.frame().sort("intended_at")["name"].to_list()
    assert stored == ["one", "two"]


def test_a_cell_that_runs_again_means_its_own_order(client):
    """The order's own companies are on the list when the cell runs again, and nothing new is bought."""
    one, _ = bought(client, FIRST, 8, avoid_known=True, name="spring")
    again = client.orders.discover(FIRST, 8, avoid_known=True, name="spring")

    assert again.order_id == one.order_id
    assert client.orders.list().height == 1


def test_a_list_deleted_at_the_server_is_made_again_whole(client):
    """Whoever deletes the list gets it back with all companies with the next order that needs it."""
    bought(client, FIRST, 6, avoid_known=True)
    client.orders.discover(SECOND, 3, avoid_known=True)
    for gone in client.blacklists.list()["id"]:
        client.blacklists.delete(gone)
    _, companies = bought(client, op.ICP(**{**SECOND.body(), "seller_offering": "CNC"}), 4, avoid_known=True)

    assert client.blacklists.list()["entry_count"][0] >= 6
    assert companies.height == 4


def deleted(client):
    """Delete every blacklist at the server."""
    for gone in client.blacklists.list()["id"]:
        client.blacklists.delete(gone)


def test_a_cell_means_its_own_order_whatever_became_of_the_list(client):
    """Whether named, unnamed or a pilot's: with its list deleted at the server the same cell buys nothing again."""
    bought(client, FIRST, 4)
    named = client.orders.discover(SECOND, 3, avoid_known=True, name="spring")
    deleted(client)
    assert client.orders.discover(SECOND, 3, avoid_known=True, name="spring").order_id == named.order_id

    client.orders.discover(SECOND, 5, avoid_known=True)
    deleted(client)
    with pytest.raises(op.errors.UnsafeToRetry, match="an equal purchase was placed"):
        client.orders.discover(SECOND, 5, avoid_known=True)

    pilot = client.orders.pilot(SECOND, of=9, first=2, avoid_known=True).wait(timeout=60, progress=False)
    rest = pilot.then()
    deleted(client)
    again = client.orders.pilot(SECOND, of=9, first=2, avoid_known=True).wait(timeout=60, progress=False)
    assert (again.order.order_id, again.then().order_id) == (pilot.order.order_id, rest.order_id)
    assert client.orders.list().height == 5
    assert client.blacklists.list().is_empty()


def test_the_list_of_an_order_is_known_again_without_its_file(client, tmp_path):
    """The journal tells which list an order carried where the file beside the results is lost."""
    one, _ = bought(client, FIRST, 4, avoid_known=True, name="spring")
    deleted(client)
    next((tmp_path / "home" / "kept_out").glob("*.json")).unlink()

    assert client.orders.discover(FIRST, 4, avoid_known=True, name="spring").order_id == one.order_id


def test_kernels_that_ask_at_once_make_one_list_and_one_order(sandbox, tmp_path):
    """The list is made by one of them, so that all carry the same, and the order is placed once."""
    for number in range(3):
        sandbox.control.reset()
        kernels = [op.connect(sandbox=sandbox, home=tmp_path / str(number), poll_interval=0.02) for _ in range(4)]
        with ThreadPoolExecutor(len(kernels)) as pool:
            waits = [pool.submit(one.orders.discover, FIRST, 3, avoid_known=True) for one in kernels]
        raised = [error for wait in waits if (error := wait.exception()) is not None]

        assert all(isinstance(error, op.errors.UnsafeToRetry) for error in raised)
        assert len(raised) < len(kernels)
        assert kernels[0].orders.list().height == 1
        assert kernels[0].blacklists.list().height == 1
        for kernel in kernels:
            kernel.close()


def test_nothing_is_sent_where_the_order_is_refused(client):
    """A list is not made for an order that breaks a bound or its budget."""
    for terms in ({"briefing_quantity": 0}, {"briefing_quantity": 5, "budget": 1}):
        with pytest.raises(op.errors.ValidationError):
            client.orders.discover(FIRST, avoid_known=True, **terms)

    assert client.blacklists.list().is_empty()


def test_the_file_of_what_is_kept_out_holds_no_company(client, tmp_path):
    """Beside the results stands which list it is and how much of which order is on it, readable by its owner alone."""
    _, companies = bought(client, FIRST, 5)
    client.orders.discover(SECOND, 5, avoid_known=True)
    file = next((tmp_path / "home" / "kept_out").iterdir())
    text = file.read_text("utf-8")

    assert [mark.split()[0] for mark in json.loads(text)["orders"].values()] == ["5"]
    assert not any(name in text for name in companies["name"])
    assert file.stat().st_mode & 0o077 == 0


def test_other_blacklists_stay(client):
    """The home's list is attached beside the caller's own."""
    own = client.blacklists.create("Customers")
    order = client.orders.discover(FIRST, 3, avoid_known=True, blacklist_ids=[own.id], name="both")
    options = client.submit(lambda core: _options(core, order.order_id)).result()

    assert options["blacklist_ids"][0] == own.id
    assert len(options["blacklist_ids"]) == 2


async def _options(core, order_id):
    return core._context.journal.find(order_id=order_id).options


def test_a_forgotten_company_is_not_sent_to_be_kept_out(client):
    """Who was forgotten here is not named to the vendor by the list."""
    _, companies = bought(client, FIRST, 6)
    site = companies.drop_nulls("website_url").row(0, named=True)
    client.journal.forget(site["website_url"].removeprefix("https://").removeprefix("www."))
    client.orders.discover(SECOND, 3, avoid_known=True)
    entries = client.blacklists.entries(client.blacklists.list()["id"][0])

    assert entries.height == 5
    assert site["name"] not in entries["company_name"].to_list()


def test_who_is_forgotten_later_is_taken_off_the_list(client):
    """The next order that carries the list carries it without whoever was forgotten since; undone, they are back."""
    _, companies = bought(client, FIRST, 6, avoid_known=True)
    client.orders.discover(SECOND, 2, avoid_known=True)
    site = companies.drop_nulls("website_url").row(0, named=True)
    who = site["website_url"].removeprefix("https://").removeprefix("www.")
    counts = []
    for number, undo in enumerate([None, False, True]):
        if undo is not None:
            client.journal.forget(who, undo=undo)
        client.orders.discover(SECOND, 3 + number, avoid_known=True)
        entries = client.blacklists.entries(client.blacklists.list()["id"][0])["company_name"].to_list()
        counts.append((site["name"] in entries, len(entries)))

    assert counts == [(True, 6), (False, 5), (False, 5)]


def test_what_somebody_took_off_the_list_is_put_back(client):
    """Where the server holds fewer companies than it did, all are sent again: no repeat is paid for."""
    bought(client, FIRST, 6)
    client.orders.discover(SECOND, 2, avoid_known=True)
    mine = client.blacklists.list()["id"][0]
    client.blacklists.remove(mine, client.blacklists.entries(mine)["id"].to_list()[:4])
    client.orders.discover(SECOND, 3, avoid_known=True)

    assert client.blacklists.list()["entry_count"].to_list() == [6]


@pytest.mark.parametrize("others", [0, 6])
@pytest.mark.parametrize("is_counted", [True, False])
def test_a_list_that_was_emptied_or_holds_others_is_filled_again(client, monkeypatch, others, is_counted):
    """Emptied, or with as many others in their place, and at a server that counts nothing: all are offered again."""
    if not is_counted:
        plain = AsyncBlacklists.get

        async def uncounted(self, blacklist_id):
            found = await plain(self, blacklist_id)
            return AsyncBlacklist(**{**facts_of(found), "entry_count": None}, context=self._context)

        monkeypatch.setattr(AsyncBlacklists, "get", uncounted)
    _, first = bought(client, FIRST, 6)
    client.orders.discover(SECOND, 2, avoid_known=True)
    mine = client.blacklists.list()["id"][0]
    client.blacklists.remove(mine, client.blacklists.entries(mine)["id"].to_list())
    if others:
        client.blacklists.add(mine, [company(n) for n in range(others)])
    client.orders.discover(SECOND, 3, avoid_known=True)

    assert set(first["name"]) <= set(client.blacklists.entries(mine)["company_name"])


def test_nothing_is_ordered_under_a_list_that_lacks_some(client, monkeypatch):
    """The server takes all but two: refused with both numbers; they are offered again, and then the order goes."""
    bought(client, FIRST, 6)
    plain, offered = AsyncBlacklists.add, []

    async def partly(self, blacklist_id, entries, *, warn=True):
        offered.append(len(entries))
        added = await plain(self, blacklist_id, entries[:4] if len(offered) == 1 else entries, warn=warn)
        return replace(added, failed=2) if len(offered) == 1 else added

    monkeypatch.setattr(AsyncBlacklists, "add", partly)
    with pytest.raises(ContractError, match=r"of 6 companies.*did not take 2.*blacklist_ids="):
        client.orders.discover(SECOND, 3, avoid_known=True, name="n")
    assert client.journal.frame().height == 1
    client.orders.discover(SECOND, 3, avoid_known=True, name="n")
    assert offered == [6, 6]
    assert client.blacklists.list()["entry_count"].to_list() == [6]


def test_what_was_bought_and_never_fetched_is_kept_out_too(client, sandbox, caplog):
    """Results of a completed order are fetched for it; an order that still runs is named as not kept out."""
    client.orders.discover(FIRST, 6).wait(timeout=60, progress=False)
    sandbox.control.settings(step_seconds=0.2)
    running = client.orders.discover(op.ICP(**{**FIRST.body(), "profile_name": "C", "seller_offering": "CNC"}), 2)
    client.orders.discover(SECOND, 2, avoid_known=True)

    assert client.blacklists.list()["entry_count"].to_list() == [6]
    assert f"1 order(s) bring is not here yet and not kept out ({running.order_id})" in caplog.text


def company(number):
    """Return an invented company."""
    return {"company_name": f"Invented {number}", "website_url": f"https://invented{number}.example", "city": None}


def orders(*ranges):
    """Return orders of numbered companies."""
    return {f"o{k}": [company(n) for n in numbers] for k, numbers in enumerate(ranges)}


def test_repeats_are_expected_as_earlier_orders_repeated():
    """Orders that brought a third again make one expect about a third; without orders nothing comes again."""
    third = repeats_expected(orders(range(60), range(40, 100), range(80, 140)), 60)
    none = repeats_expected({}, 60)

    assert third.expected == pytest.approx(20, abs=6)
    assert third.low < 20 < third.high
    assert (third.held, third.orders) == (180, 2)
    assert (none.expected, none.high, none.held) == (0.0, 0.0, 0)
    assert "no earlier order tells" in str(repeats_expected(orders(range(5)), 10))
    assert "1 earlier order tells" in str(repeats_expected(orders(range(60), range(40, 100)), 60))
    assert "2 earlier orders tell" in str(third)


def test_a_repeat_is_known_in_another_spelling():
    """The same company under another spelling of its name counts as here."""
    other = {"o1": [{"company_name": "INVENTED 3 GmbH", "website_url": "www.invented3.example", "city": "Ulm"}]}

    assert (
        repeats_expected(orders(range(5)) | other, 1).expected
        > repeats_expected(orders(range(5)) | {"o1": [company(77)]}, 1).expected
    )
