"""Lists that contradict themselves: every paid row is given, and nothing incomplete passes for whole."""

import httpx
import pytest
from support.paged import KEY, PagedServer, company

import openprospect_nb as op
from openprospect_nb.errors import ConfigurationError, ConflictError, NotFoundError, OrderFailed


@pytest.fixture
def connected(tmp_path):
    """Return a function that makes a server and a client of it, on one home."""
    clients = []

    def connect(rows, lie=lambda *_: None):
        server = PagedServer(list(rows), lie)
        client = op.Client(
            api_key=KEY, base_url="http://127.0.0.1:9", home=tmp_path / "home", transport=httpx.MockTransport(server)
        )
        clients.append(client)
        return server, client

    yield connect
    for client in clients:
        client.close()


def firms(count):
    """Return so many companies."""
    return [company(number) for number in range(count)]


def total_of_47(page, *_):
    """The guide's own sample: one item, total 47, and no more."""
    return {**page, "total": 47, "has_more": False}


def ignores_offset(page, offset, limit, server):
    """Sends the first page whatever is asked for."""
    first = server.rows[:limit]
    return {**page, "items": first, "total": 250, "has_more": offset + limit < 250}


def never_ends(page, offset, limit, server):
    """Says that more follow, for ever."""
    return {**page, "has_more": True}


def gone_in_the_middle(page, offset, limit, server):
    """Answers 404 for the second page."""
    return 404 if offset else None


def empty_in_the_middle(page, offset, limit, server):
    """Sends the second page empty."""
    return {**page, "items": []} if offset == 100 else None


CASES = [
    pytest.param(1, total_of_47, 1, id="the total is larger than the list"),
    pytest.param(100, ignores_offset, 100, id="the offset is ignored"),
    pytest.param(30, never_ends, 30, id="more follows for ever"),
    pytest.param(150, gone_in_the_middle, 100, id="a page is gone"),
    pytest.param(150, empty_in_the_middle, 100, id="the last page is empty"),
]


@pytest.mark.parametrize(("count", "lie", "given"), CASES)
def test_rows_of_a_list_that_contradicts_itself_are_given_and_marked(connected, count, lie, given):
    """What came is returned on every path, says that rows may be missing, and is asked for again next time."""
    server, client = connected(firms(count), lie)
    order = client.orders.get("o-1")
    results = order.results()

    assert results.companies.height == given
    assert results.companies["id"].is_unique().all()
    assert set(results.incomplete) == {"o-1"}
    assert "INCOMPLETE" in repr(results)
    assert "incomplete" in results._repr_html_()
    assert "incomplete" in results.drift["kind"]
    for again in (order.results(refresh=True), order.results(), client.results(["o-1"])):
        assert again.companies.height == results.companies.height
        assert "o-1" in again.incomplete
    since = order.results(delivered_since="2026-01-01T00:00:00Z")
    assert since.companies.height == results.companies.height
    assert since.incomplete

    server.lie = lambda *_: None
    whole = order.results()

    assert whole.companies.height == count
    assert dict(whole.incomplete) == {}
    asked = len(server.requests)
    assert order.results().companies.height == count
    assert len(server.requests) == asked


def test_a_report_names_the_orders_that_may_lack_rows(connected):
    """The report's part on the data says which order is incomplete, and why."""
    _, client = connected(firms(1), total_of_47)

    html = op.report(client.orders.get("o-1").results(), lite=True).to_html()

    assert "Orders that may lack rows" in html
    assert "of 47" in html


def test_an_incomplete_refresh_leaves_the_whole_results_on_disk(connected):
    """Whole results are not replaced by a refresh that brought fewer."""
    server, client = connected(firms(20))
    order = client.orders.get("o-1")
    order.results()
    server.rows = server.rows[:1]
    server.lie = total_of_47

    assert order.results(refresh=True).companies.height == 1
    assert order.results().companies.height == 20


def test_incomplete_rows_survive_the_expiry_of_the_results(connected):
    """What was fetched before the server removed the results is still given; without any, the error says so."""
    server, client = connected(firms(3), total_of_47)
    order = client.orders.get("o-1")
    order.results()
    server.lie = lambda *_: 410

    assert order.results().companies.height == 3
    with pytest.raises(NotFoundError, match="no longer there"):
        client.orders.get("o-2").results()


def test_an_incomplete_list_grows_with_each_fetch(connected):
    """Two fetches that each lack other rows end in all of them."""
    server, client = connected(firms(10), lambda page, *_: {**page, "items": page["items"][:6]})
    order = client.orders.get("o-1")
    order.results()
    server.lie = lambda page, *_: {**page, "items": page["items"][4:], "has_more": False}

    assert order.results().companies.height == 10


def test_a_total_below_the_list_costs_no_row(connected):
    """A server that counts too few is believed where it says that more follow."""
    _, client = connected(firms(250), lambda page, *_: {**page, "total": 7})

    results = client.orders.get("o-1").results()

    assert results.companies.height == 250
    assert dict(results.incomplete) == {}


def cut_short(page, offset, limit, server):
    """Ends at 60, and says so with every counter."""
    return {**page, "items": page["items"][:60], "total": min(60, page["total"]), "has_more": False}


def still_empty(page, *_):
    """Shows nothing yet."""
    return {**page, "items": [], "total": 0, "has_more": False}


@pytest.mark.parametrize(
    ("kind", "lie", "given"),
    [("DISCOVERY", cut_short, 60), ("DISCOVERY", still_empty, 0), ("ENRICHMENT", still_empty, 0)],
)
def test_a_list_that_agrees_with_itself_is_held_against_its_order(connected, kind, lie, given):
    """An order that states more companies than its list shows is incomplete, and is asked for again."""
    server, client = connected(firms(90), lie)
    server.order = {"order_type": kind, "company_count": 90}
    order = client.orders.get("o-1")

    assert order.results().companies.height == given
    assert (
        f"the order states 90 companies, and the list of its results has {given}" in order.results().incomplete["o-1"]
    )
    assert dict(order.results(delivered_since="2027-01-01T00:00:00Z").incomplete) == {}
    server.lie = lambda *_: None
    assert order.results().companies.height == 90
    assert dict(order.results().incomplete) == {}


def test_companies_that_an_enrichment_did_not_find_are_not_missing(connected):
    """An enrichment order states how many were submitted: fewer results are whole, and asked for once."""
    server, client = connected(firms(7))
    server.order = {"order_type": "ENRICHMENT", "company_count": 90}
    order = client.orders.get("o-1")

    assert dict(order.results().incomplete) == {}
    asked = len(server.requests)
    assert order.results().companies.height == 7
    assert len(server.requests) == asked


@pytest.mark.parametrize("file", ["companies.parquet", "prospects.parquet", "drift.parquet", "provenance.json"])
def test_damaged_results_are_fetched_again(connected, tmp_path, caplog, file):
    """What cannot be read on disk is fetched from the server, on every path, and it is logged."""
    server, client = connected(firms(7))
    order = client.orders.get("o-1")
    order.results()
    path = next((tmp_path / "home" / "results").rglob(file))
    for get in (order.results, lambda: client.results(["o-1"])):
        path.write_bytes(b"PAR1 torn")
        assert get().companies.height == 7
        assert "does not hold readable results" in caplog.text
        asked = len(server.requests)
        assert order.results().companies.height == 7
        assert len(server.requests) == asked


def test_results_of_a_newer_version_are_left_alone(connected, tmp_path):
    """They are no damage: an error says to upgrade, and nothing is fetched over them."""
    server, client = connected(firms(7))
    order = client.orders.get("o-1")
    order.results()
    path = next((tmp_path / "home" / "results").rglob("provenance.json"))
    path.write_text(path.read_text().replace('"format": 1', '"format": 99'))
    asked = len(server.requests)
    with pytest.raises(ConfigurationError, match="newer version"):
        order.results()
    assert len(server.requests) == asked


def test_an_incomplete_list_read_again_tells_each_broken_rule_once(connected):
    """What breaks a rule of the list's pages is in the rejects once, however often the list is read."""
    _, client = connected(firms(250), lambda page, offset, *_: {**page, "total": 250 if not offset else 260})
    order = client.orders.get("o-1")
    counts = [order.results().rejects.height for _ in range(3)]

    assert counts == [counts[0]] * 3
    assert counts[0] > 0


UNSURE = ["completed", "Completed", "PARTIALLY_COMPLETED", "DONE", "abgeschlossen", "CANCELLED", "FAILED"]


@pytest.mark.parametrize("status", UNSURE)
def test_rows_are_given_whatever_their_order_is_called(connected, status):
    """Of an order in another state than COMPLETED what came is given on every path, and never taken for all of it."""
    server, client = connected(firms(3))
    server.order = {"status": status}
    order = client.orders.get("o-1")
    ways = [
        order.results(),
        order.results(refresh=True),
        order.results("2026-01-01T00:00:00Z"),
        client.results(["o-1"]),
    ]

    assert [way.companies.height for way in ways] == [3] * 4
    assert all(f"is {status}, not COMPLETED" in way.incomplete["o-1"] for way in ways)
    server.order = {"status": "COMPLETED"}
    assert dict(client.orders.get("o-1").results().incomplete) == {}


@pytest.mark.parametrize("answer", [400, 404, 409, 410, 422, None])
@pytest.mark.parametrize("status", UNSURE)
def test_an_order_without_rows_says_so_and_loses_none(connected, status, answer):
    """Where the list is empty or refused, an error says it as before; rows fetched earlier are given all the same."""
    server, client = connected([], lambda *_: answer)
    server.order = {"status": status}
    ended = OrderFailed if status in {"CANCELLED", "FAILED"} else ConflictError
    with pytest.raises(ended, match=status):
        client.orders.get("o-1").results()
    server.rows, server.lie = firms(2), lambda *_: None
    client.orders.get("o-1").results()
    server.rows, server.lie = [], lambda *_: answer

    assert client.orders.get("o-1").results().companies.height == 2


@pytest.mark.parametrize(
    ("status", "error"),
    [
        ("RECEIVED", ConflictError),
        ("ACCEPTED", ConflictError),
        ("IN_PROGRESS", ConflictError),
        ("REJECTED", OrderFailed),
    ],
)
def test_where_the_documents_say_not_to_ask_nobody_asks(connected, status, error):
    """Of an order that goes on, or was not approved, no results are asked for."""
    server, client = connected(firms(3))
    server.order = {"status": status}
    with pytest.raises(error):
        client.orders.get("o-1").results()

    assert not any("/results" in url for url in server.requests)
