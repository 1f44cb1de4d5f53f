"""A check of a server: right about the sandbox and about servers that differ in one thing, calm about hostile ones."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest
from support.mutants import LIMITED, MUTANTS, Mutated, Remembered, answers, corrupting
from support.servers import Reply, ScriptedServer

import openprospect_nb as op
from openprospect_nb.checks import ASSUMPTIONS
from openprospect_nb.settings import default_cache
from openprospect_nb.transport.wire import InProcess

KEY = "lnc_test_" + "v" * 31  # of a length that a plain word may have
EVERYTHING = 60  # more than there is to ask
ALL_FEATURES = ["COMPANY_DATA", "CONTACTS", "ANALYSIS", "TECHNOLOGIES", "EMAIL_DISCOVERY"]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """The home whose journal knows the orders."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def sandbox(home):
    """A sandbox with orders in every state, prospects, blacklists and jobs."""
    icp = op.ICP(
        profile_name="Software",
        ideal_customer_profile="Software companies with 50 to 500 employees",
        seller_offering="soap",
        target_countries=["DE", "AT", "CH"],
    )
    with (
        op.Sandbox(port=0, step_seconds=0.01, cache=default_cache()) as sandbox,
        op.connect(sandbox=sandbox, home=home, poll_interval=0.02) as client,
    ):
        enriched = client.orders.enrich([{"company_name": "Invented Ltd", "external_id": "1"}], title="mine")
        profile = client.profiles.create(icp)
        order = client.orders.discover(profile, 40, features=ALL_FEATURES).wait(timeout=60, progress=False)
        enriched.wait(timeout=60, progress=False)
        first, second = (client.blacklists.create(name).id for name in ("first", "second"))
        client.blacklists.add(second, [{"company_name": "Not this one"}])
        client.searches.set_blacklists(order.prospect_search_id, [first, second])
        sandbox.control.settings(step_seconds=0)
        for quantity, way in ((1, ["REJECTED"]), (2, ["ACCEPTED", "FAILED"]), (3, [])):
            placed = client.orders.discover(profile, quantity)
            for status in way:
                sandbox.control.transition(placed.order_id, status)
        yield sandbox


@pytest.fixture
def connect(sandbox, home):
    """Make clients of the sandbox, of a mutant around it, or of any other application."""
    made = []

    def make(mutant=None, app=sandbox.app, **more):
        app = app if mutant is None else Mutated(app, mutant)
        client = op.Client(
            **{"api_key": sandbox.key, "base_url": sandbox.url, "home": home, "transport": InProcess(app)} | more
        )
        made.append(client)
        return client

    yield make
    for client in made:
        client.close()


@pytest.fixture(scope="module")
def unchanging(sandbox):
    """The sandbox for tests that only read it: seventy mutants ask it the same."""
    return Remembered(sandbox.app)


@pytest.fixture(scope="module")
def some_people(sandbox, home):
    """Names and addresses of those who were delivered."""
    with op.connect(sandbox=sandbox, home=home) as client:
        people = client.results([client.orders.list(status="COMPLETED")["order_id"][0]]).prospects
    return {text for text in [*people["last_name"], *people["email"]] if text and len(text) > 4}


def test_the_sandbox_is_as_we_assumed(connect):
    """In process, with all there is to ask: nothing is different, and next to everything is seen."""
    report = connect().check(requests=EVERYTHING)
    assert report.different == []
    assert len(report.ids("as we assumed")) >= 72


@pytest.mark.parametrize(("what", "expected", "mutant"), MUTANTS, ids=[what for what, _, _ in MUTANTS])
def test_a_server_that_differs_in_one_thing_is_told_that_one_thing(what, expected, mutant, connect, unchanging):
    """Each mutant breaks one choice: that one is named, and no other."""
    report = connect(mutant, unchanging).check(requests=EVERYTHING)
    assert report.different == [expected], report.frame.filter(report.frame["verdict"] == "different").to_dicts()


def test_every_assumption_that_reading_can_show_has_a_mutant():
    """What has none is what a mutant of GET cannot show: keys, a 429 that nobody provokes, data no order here has."""
    without = {assumption.id for assumption in ASSUMPTIONS} - {expected for _, expected, _ in [*MUTANTS, *LIMITED]}
    assert without == {
        "auth.invalid_key",
        "companies.null_score_excluded",
        "idempotency.conflict",
        "idempotency.replay",
        "ratelimit.retry_after",
    }


@pytest.mark.parametrize(("what", "expected", "mutant"), LIMITED, ids=[what for what, _, _ in LIMITED])
def test_a_server_with_other_rate_limits_is_told_which(what, expected, mutant, sandbox, connect):
    """Names of headers, what a reset means, what a request costs: each alone."""
    sandbox.control.settings(rate_limits_enabled=True)
    try:
        assert connect().check().different == []
        report = connect(mutant).check()
    finally:
        sandbox.control.settings(rate_limits_enabled=False)
    assert report.different == [expected], report.facts["rate_limit_headers"]


def test_the_usual_budget_tells_most_differences_and_never_a_wrong_one(connect, unchanging):
    """With the 25 requests that are sent unless told otherwise nine in ten mutants are named, none wrongly."""
    named = 0
    for what, expected, mutant in MUTANTS:
        with connect(mutant, unchanging) as client:
            report = client.check()
        assert report.different in ([], [expected]), what
        assert len(report.requests) <= 25
        named += report.different == [expected]
    assert named >= len(MUTANTS) * 0.9


@pytest.mark.parametrize(
    ("label", "least"), [("orders", 38), ("readonly", 60), ("sync", 30), ("noscope", 4), ("otherorg", 20)]
)
def test_a_key_with_fewer_scopes_is_refused_once_a_scope(label, least, sandbox, connect):
    """What a scope is missing for is not asked again, and is told; what remains is as we assumed."""
    report = connect(api_key=sandbox.keys[label]).check(requests=EVERYTHING)
    assert report.different == []
    assert len(report.ids("as we assumed")) >= least
    refused = [r["status"] for r in report.requests].count(403)
    assert refused <= 5  # as many as there are kinds of scope
    assert any("the key lacks" in text for text in report.frame["evidence"]) == (refused > 0)


def test_a_key_that_is_not_valid_ends_it_with_one_request(sandbox, connect):
    """After a 401 nothing more is asked; what a 401 looks like has been seen, and nothing could be checked."""
    report = connect(api_key=sandbox.keys["expired"]).check()
    assert [request["status"] for request in report.requests] == [401]
    assert "auth.invalid_key" in report.ids("as we assumed")
    assert not report.could_check


def use_up(client):
    """Ask until the server says that it was too often."""
    for _ in range(20):
        client.key_info()


def test_a_used_up_window_is_left_to_others(sandbox, connect):
    """With few requests left a check stops; a 429 is seen and not waited out."""
    sandbox.control.settings(rate_limits_enabled=True)
    client = connect(api_key=sandbox.keys["freetier"])
    try:
        reports = [client.check(requests=EVERYTHING) for _ in range(5)]
        left = [r for r in reports if "fewer than 10 requests are left" in " ".join(r.frame["evidence"])]
        assert left
        with pytest.raises(op.errors.RateLimitError):
            use_up(client)
        limited = client.check()
    finally:
        sandbox.control.settings(rate_limits_enabled=False)
    assert [request["status"] for request in limited.requests] == [429]
    assert "ratelimit.retry_after" in limited.ids("as we assumed")


JUNK = [b"[" * 50_000, b"null", b"3", b'"text"', b'{"orders": 7}', b'{"items": [[[]], null, 4]}', b"\xff\xfe", b"{} {}"]
HOSTILE = {
    "fails": lambda _: Reply(500, {"code": "INTERNAL", "message": "no"}),
    "shows a page": lambda _: Reply(200, b"<html>Welcome, please log in</html>", {"Content-Type": "text/html"}),
    "sends elsewhere": lambda _: Reply(302, b"", {"Location": "https://elsewhere.example/"}),
    "says nothing": lambda _: Reply(204, None),
    "hangs up": lambda _: Reply(drop=True),
    "stops half-way": lambda _: Reply(200, {"items": []}, cut=3),
    "compresses oddly": lambda _: Reply(200, b"x", {"Content-Encoding": "br"}),
    **{f"says {junk[:12]!r}": lambda _, junk=junk: Reply(200, junk) for junk in JUNK},
}


@pytest.mark.parametrize("how", HOSTILE)
def test_a_server_that_makes_no_sense_gives_a_report_of_nothing(how, tmp_path):
    """Every row says that it was not seen, or what little was; nothing is raised, and soon nothing more is asked."""
    with (
        ScriptedServer(HOSTILE[how]) as server,
        op.Client(api_key=KEY, base_url=server.url, home=tmp_path) as client,
    ):
        report = client.check()
    judged = set(report.frame["verdict"].to_list())
    assert judged == {"not seen"} or how.startswith("says ")
    assert len(server.received) <= 25
    assert all(report.frame["evidence"])
    assert KEY not in json.dumps(report.as_json())


@pytest.mark.parametrize("seed", range(20))
def test_nonsense_anywhere_breaks_nothing_and_no_person_gets_out(seed, connect, some_people):
    """Values, names and states of a whole account turned into nonsense here and there give a report, as ever."""
    report = connect(corrupting(seed)).check(requests=EVERYTHING)
    shown = json.dumps(report.as_json()) + repr(report) + report._repr_html_()
    assert [name for name in [*some_people, "Maja"] if name in shown] == []
    assert len(report.judged) == len(ASSUMPTIONS)


def test_a_server_that_answers_slowly_is_left_when_time_is_up(tmp_path):
    """No request and no check outlasts its seconds; what was not asked says that there was no time."""

    class Slow(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request):
            await asyncio.sleep(3600)

    with op.Client(api_key=KEY, base_url="http://127.0.0.1:9", home=tmp_path, transport=Slow()) as client:
        report = client.check(timeout=0.3)
    assert set(report.frame["verdict"]) == {"not seen"}
    assert len(report.requests) == 1
    assert "there was no time left" in report.frame["evidence"].to_list()


def test_a_server_that_echoes_the_key_gets_it_nowhere(tmp_path):
    """A key in a code, a field's name, a header or a status is in no part of the report."""
    body = {"orders": [{"order_id": KEY, "status": KEY, KEY: 1}], "code": KEY, "message": KEY, KEY: []}
    for status in (200, 404, 422):
        headers = {"Server": KEY, f"X-RateLimit-{KEY}": KEY, "X-RateLimit-Limit": KEY}
        with (
            ScriptedServer(lambda _, s=status, h=headers: Reply(s, body, h)) as server,
            op.Client(api_key=KEY, base_url=server.url, home=tmp_path) as client,
        ):
            report = client.check()
        shown = json.dumps(report.as_json()) + repr(report) + report._repr_html_() + str(report.frame.to_dicts())
        assert KEY.lower() not in shown.lower()


def test_the_saved_file_holds_no_person_no_company_no_id_and_no_key(connect, sandbox, tmp_path):
    """Of all that was delivered nothing is in the file but names of fields, states, codes and numbers; it is 0600."""
    client = connect()
    path = client.check(requests=EVERYTHING).save(tmp_path / "check.json")
    text = path.read_text("utf-8")
    assert path.stat().st_mode & 0o777 == 0o600
    results = client.results([client.orders.list(status="COMPLETED")["order_id"][0]])
    people, companies = results.prospects, results.companies
    private = [sandbox.key, *people["email"], *people["last_name"], *companies["name"], *companies["id"], *people["id"]]
    private += [*client.orders.list()["order_id"], *client.searches.list()["id"], *companies["website_url"]]
    assert [text_of for text_of in private if text_of and len(text_of) > 3 and text_of in text] == []
    saved = json.loads(text)
    assert saved["verdicts"]["different"] == 0
    assert [set(row) for row in saved["assumptions"]] == [
        {"id", "topic", "assumed", "verdict", "evidence", "consequence"}
    ] * len(ASSUMPTIONS)
    with pytest.raises(op.errors.ConfigurationError, match="no/such"):
        client.check(requests=1).save(tmp_path / "no/such/folder.json")


def test_over_a_port_by_both_faces_and_with_nothing_but_get(sandbox, home):
    """Served over HTTP the sandbox is as assumed for a client and an awaited one; nothing but GET is sent."""
    methods = []

    class Watched(httpx.AsyncHTTPTransport):
        async def handle_async_request(self, request):
            methods.append(request.method)
            return await super().handle_async_request(request)

    async def awaited():
        async with op.AsyncClient(api_key=sandbox.key, base_url=sandbox.url, home=home, transport=Watched()) as client:
            return await client.check(requests=EVERYTHING)

    with op.Client(api_key=sandbox.key, base_url=sandbox.url, home=home) as client:
        reports = [client.check(requests=EVERYTHING), asyncio.run(awaited())]
    for report in reports:
        assert report.different == []
        assert len(report.ids("as we assumed")) >= 72
        assert report.facts["protocol"] == "HTTP/1.1"
        assert abs(report.facts["clock_ahead_seconds"]) <= report.facts["clock_uncertainty_seconds"] + 0.05
    assert set(methods) == {"GET"}


def test_health_is_asked_without_the_key_and_no_redirect_is_followed(tmp_path):
    """The one question outside of the API carries no key; a redirect is what was seen, not where it leads."""

    def answer(request):
        if request.path == "/api/v1/orders/":
            return Reply(307, b"", {"Location": "/api/v1/orders?from=slash"})
        return Reply(200, {"orders": []})

    with ScriptedServer(answer) as server, op.Client(api_key=KEY, base_url=server.url, home=tmp_path) as client:
        report = client.check()
    keyed = {request.path: "authorization" in request.headers for request in server.received}
    assert not keyed.pop("/health")
    assert all(keyed.values())
    assert "slash.forms" in report.different
    assert not any(dict(request.query).get("from") for request in server.received)


def test_versions_of_http_and_tls_are_told_where_the_transport_knows_them(tmp_path):
    """What the connection says of itself is a fact of the report."""

    class Secure:
        def get_extra_info(self, what):
            return self if what == "ssl_object" else None

        def version(self):
            return "TLSv1.3"

    class Told(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request):
            extensions = {"http_version": b"HTTP/2", "network_stream": Secure()}
            return httpx.Response(200, json={"valid": True, "scopes": []}, extensions=extensions)

    with op.Client(api_key=KEY, base_url="http://127.0.0.1:9", home=tmp_path, transport=Told()) as client:
        assert client.check(requests=1).facts["protocol"] == "HTTP/2, TLSv1.3"


def test_an_empty_account_is_as_assumed_as_far_as_it_shows(tmp_path):
    """Before the first order little can be seen, and that is said; nothing is different."""
    with op.Sandbox(cache=default_cache()) as sandbox, op.connect(sandbox=sandbox, home=tmp_path) as client:
        report = client.check()
    assert report.different == []
    assert "no order is completed yet" in report.frame["evidence"].to_list()
    assert len(report.ids("as we assumed")) >= 20


def test_fields_and_values_we_do_not_know_are_told(connect):
    """A new field of an order and of a prospect, a new state and a new feature are named, with JSON kinds, unharmed."""

    def more(asked, told):
        for row in told.rows:
            row["sla_tier"] = {"level": 2}
            row["status"] = "ON_HOLD" if row.get("status") == "RECEIVED" else row.get("status")
            for person in row.get("prospects") or []:
                person["seniority_rank"] = 3

    facts = connect(answers(more)).check(requests=EVERYTHING).facts
    assert facts["unknown_fields"]["orders"] == {"sla_tier": "object"}
    assert facts["unknown_fields"]["prospects"]["seniority_rank"] == "number"
    assert facts["unknown_values"]["order status"] == ["ON_HOLD"]


def test_the_order_that_is_named_is_the_one_looked_at(connect):
    """order= takes an id or a handle; its results are those that are read."""
    client = connect()
    older = client.orders.list(status="COMPLETED").sort("created_at")["order_id"][0]
    paths = []

    async def noted(asked, ask):
        paths.append(asked.path)
        return await ask(asked)

    watched = connect(noted)
    watched.check(order=older)
    watched.check(order=client.orders.get(older))
    assert paths.count(f"/api/v1/orders/{older}/results") >= 2
