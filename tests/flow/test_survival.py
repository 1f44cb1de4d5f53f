"""Whatever dies, and wherever: exactly one order."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import time

import polars as pl
import pytest
from support.kernels import LONGEST_SECONDS, kernels
from support.servers import Reply, ScriptedServer
from support.vendor import Vendor

import openprospect_nb as op
from openprospect_nb.journal import Journal

KEY = "lnc_test_" + "v" * 32

# A child that buys, and is killed at the N-th border of the journal and the wire: before and after each call of each.
CHILD = """
import os, signal, sys
url, home, kill_at = sys.argv[1], sys.argv[2], int(sys.argv[3])
from openprospect_nb.journal import Journal
from openprospect_nb.transport.wire import Wire
import openprospect_nb as op

borders = 0
def border():
    global borders
    borders += 1
    if borders == kill_at:
        os.kill(os.getpid(), signal.SIGKILL)

def watched(cls, name):
    inner = getattr(cls, name)
    if name == "attempt":
        async def outer(self, *a, **k):
            border(); value = await inner(self, *a, **k); border(); return value
    else:
        def outer(self, *a, **k):
            border(); value = inner(self, *a, **k); border(); return value
    setattr(cls, name, outer)

for name in ("intend", "lease", "record", "saw", "release"):
    watched(Journal, name)
watched(Wire, "attempt")
client = op.connect(api_key="lnc_test_" + "v" * 32, base_url=url, home=home, poll_interval=0.01)
icp = op.ICP(profile_name="n", ideal_customer_profile="x", seller_offering="y", target_countries=["DE"])
client.orders.discover(icp, 5, idempotency_key="mine-1")
print("borders", borders)
"""


def icp() -> op.ICP:
    """Return the ICP the child buys with."""
    return op.ICP(profile_name="n", ideal_customer_profile="x", seller_offering="y", target_countries=["DE"])


def connect(url: str, home) -> op.Client:
    """Return a client like the child's."""
    return op.connect(api_key=KEY, base_url=url, home=home, poll_interval=0.01)


@pytest.mark.slow
def test_a_process_killed_at_any_border_leaves_exactly_one_order(tmp_path, forks):
    """Killed before or after every journal write and every request, then resumed: one order, bound in the journal."""
    vendor = Vendor()
    with ScriptedServer(vendor) as server:
        done = forks.run(CHILD, server.url, str(tmp_path / "whole"), "0")
        assert done.returncode == 0, done.stderr
        borders = int(done.stdout.split()[1])
        assert borders >= 20
    for kill_at in range(1, borders + 1):
        vendor, home = Vendor(), tmp_path / str(kill_at)
        with ScriptedServer(vendor) as server:
            killed = forks.run(CHILD, server.url, str(home), str(kill_at))
            assert killed.returncode == -signal.SIGKILL, killed.stderr
            with connect(server.url, home) as client:
                client.journal.resume()
                # Killed before the intent was on disk, nothing was bought: the user runs the cell again.
                order = client.orders.discover(icp(), 5, idempotency_key="mine-1")
                assert client.journal.unfinished()["order_id"].to_list() == [order.order_id]
            assert list(vendor.orders) == [order.order_id], f"killed at border {kill_at}"
            assert len(vendor.profiles) == 1


@pytest.mark.parametrize("endpoint", ["search-profile-creations", "orders"])
@pytest.mark.parametrize("created", [True, False], ids=["answer lost after creating", "request never handled"])
def test_a_process_killed_while_the_server_has_its_request(endpoint, created, tmp_path):
    """The kill falls between the request and its answer; resume() alone completes the purchase, once."""
    vendor, home = Vendor(), tmp_path / "home"
    running: list[subprocess.Popen[bytes]] = []
    with ScriptedServer(vendor) as server:

        def kill(request):
            if request.method == "POST" and request.path.endswith(endpoint) and running[0].poll() is None:
                if created:
                    vendor.answer(request)
                running[0].kill()
                running[0].wait()
                return Reply(500)
            return None

        vendor.disturb = kill
        running.append(subprocess.Popen([sys.executable, "-c", CHILD, server.url, str(home), "0"]))
        running[0].wait(60)
        assert running[0].returncode == -signal.SIGKILL
        with connect(server.url, home) as client:
            assert client.journal.unfinished().height == 1
            resumed = client.journal.resume()
            assert resumed["outcome"].to_list() == ["placed"]
            assert client.orders.get("order-1").idempotency_key == "mine-1"
        assert list(vendor.orders) == ["order-1"]


def test_two_processes_on_one_home_buy_one_order(tmp_path):
    """Two kernels run the same cell at the same moment; the server sees one order, the journal one row."""
    vendor, home = Vendor(), tmp_path / "home"
    answer, vendor.answer = vendor.answer, lambda request: (time.sleep(0.05), answer(request))[1]
    with ScriptedServer(vendor) as server:
        with kernels(2, "-c", CHILD, server.url, str(home), "0") as both:
            for process in both:
                _, said = process.communicate(timeout=LONGEST_SECONDS)
                assert process.returncode == 0, said
        with connect(server.url, home) as client:
            assert client.journal.frame().height == 1
    assert len(vendor.orders) == len(vendor.profiles) == 1


def test_an_old_purchase_is_asked_about_first(tmp_path):
    """A purchase intended longer ago than the limit is not sent unless its key is named."""
    vendor, home = Vendor(), tmp_path / "home"
    with ScriptedServer(vendor) as server:
        vendor.disturb = lambda r: Reply(422, {"message": "x"}) if r.method == "POST" else None
        with connect(server.url, home) as client, pytest.raises(op.errors.ValidationError):
            client.orders.discover(icp(), 5, idempotency_key="mine-1")
        database = sqlite3.connect(home / "journal.sqlite")
        database.execute(
            "UPDATE purchases SET intended_at = '2026-01-01T00:00:00+00:00', problem = NULL, finished_at = NULL"
        )
        database.commit()
        database.close()
        vendor.disturb = lambda _: None
        with connect(server.url, home) as client:
            assert "resume(keys=['mine-1'])" in client.journal.resume()["outcome"].item()
            assert vendor.orders == {}
            assert client.journal.resume(keys=["mine-1"])["outcome"].to_list() == ["placed"]
    assert list(vendor.orders) == ["order-1"]


def test_a_server_that_ignores_keys_is_named_loudly(tmp_path):
    """An answer is lost, the retry makes a second order: the client says so and names both."""
    vendor = Vendor()
    lost: list[int] = []

    def forgetful(request, make):
        return Reply(202, make(request.json()))

    def lose(request):
        if request.method == "POST" and request.path.endswith("/orders") and not lost:
            lost.append(1)
            return Reply(drop=True)
        return None

    vendor.keyed, vendor.disturb = forgetful, lose
    new = vendor.new_order
    vendor.new_order = lambda body: new(body) | {"created_at": "2999-01-01T00:00:00Z"}
    page = vendor.page
    vendor.page = lambda r, key, rows: page(r, key, [row | {"created_at": "2999-01-01T00:00:00Z"} for row in rows])
    with ScriptedServer(vendor) as server, connect(server.url, tmp_path) as client:
        with pytest.raises(op.errors.UnsafeToRetry, match=r"order-2 and order-1.*one purchase"):
            client.orders.discover(icp(), 5, idempotency_key="mine-1")
        assert client.journal.frame()["order_id"].to_list() == ["order-2"]


def test_a_refusal_after_a_lost_answer_proves_nothing(tmp_path):
    """The order is taken, its answer lost, and the retry refused: the purchase stays open and resume() finds it."""
    vendor = Vendor()
    script = [Reply(drop=True), Reply(403, {"message": "expired"})]
    vendor.disturb = lambda r: script.pop(0) if script and r.method == "POST" and r.path.endswith("/orders") else None
    with ScriptedServer(vendor) as server, connect(server.url, tmp_path) as client:
        with pytest.raises(op.errors.PermissionDeniedError):
            client.orders.discover(icp(), 5)
        assert client.journal.unfinished()["problem"].to_list() == [None]
        assert client.journal.resume()["order_id"].to_list() == ["order-1"]
    assert list(vendor.orders) == ["order-1"]


def test_an_older_server_gets_the_description_again(tmp_path):
    """A 422 that names an ICP field is answered with the description in the body, under a new key."""
    vendor = Vendor()

    def picky(request):
        if request.method == "POST" and request.path.endswith("/orders") and "seller_offering" not in request.json():
            wrong = {"field": "seller_offering", "error": "required"}
            return Reply(422, {"code": "VALIDATION_ERROR", "details": {"validation_errors": [wrong]}})
        return None

    vendor.disturb = picky
    with ScriptedServer(vendor) as server, connect(server.url, tmp_path) as client:
        first = client.orders.discover(icp(), 5, idempotency_key="mine-1")
        again = client.orders.discover(icp(), 5, idempotency_key="mine-1")
    body = vendor.bodies[first.order_id]
    assert first.order_id == again.order_id
    assert (body["seller_offering"], body["profile_id"]) == ("y", "profile-of-creation-1")
    assert not body.keys() & {"profile_name", "briefing_quantity"}
    assert [key for path, key in vendor.keys if path.endswith("orders")] != ["mine-1"]


def test_a_damaged_journal_is_set_aside_and_said(tmp_path):
    """Garbage in the journal's place is moved, not overwritten; the next client starts a new one."""
    (tmp_path / "journal.sqlite").write_bytes(b"not a database, but somebody's bytes" * 99)
    with pytest.raises(op.errors.JournalError, match=r"damaged-1.*orders\.list"):
        connect("http://127.0.0.1:9", tmp_path)
    assert (tmp_path / "journal.sqlite.damaged-1").read_bytes().startswith(b"not a database")
    connect("http://127.0.0.1:9", tmp_path).close()


def test_a_journal_of_a_newer_version_is_left_alone(tmp_path):
    """A schema this package does not know is refused, and not a byte of it changes."""
    path = tmp_path / "journal.sqlite"
    Journal(path, "a").close()
    database = sqlite3.connect(path)
    database.execute("PRAGMA user_version = 99")
    database.close()
    before = path.read_bytes()
    with pytest.raises(op.errors.JournalError, match=r"version 99.*Upgrade"):
        connect("http://127.0.0.1:9", tmp_path)
    assert path.read_bytes() == before


FULL_DISK = """
import resource, signal, sys
import openprospect_nb as op
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
client = op.connect(api_key="lnc_test_" + "v" * 32, base_url=sys.argv[1], home=sys.argv[2], poll_interval=0.01)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
icp = op.ICP(profile_name="n", ideal_customer_profile="x" * 4000, seller_offering="y", target_countries=["DE"])
try:
    order = client.orders.discover(icp, 5, idempotency_key="mine-1")
    order.wait(timeout=10, progress=False).results()
except op.errors.OpenProspectError as error:
    print(type(error).__name__, error)
    sys.exit(3)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs file size limits")
@pytest.mark.parametrize("limit", [4096, 30_000, 60_000, 100_000])
def test_a_full_disk_never_buys_unrecorded_or_twice(limit, tmp_path, forks):
    """With no room left, nothing was sent, or the order is found again under its key; nothing is half-written."""
    vendor = Vendor()
    with ScriptedServer(vendor) as server:
        connect(server.url, tmp_path).close()
        done = forks.run(FULL_DISK, server.url, str(tmp_path), str(limit))
        assert done.returncode in {0, 3}, done.stderr
        with connect(server.url, tmp_path) as client:
            client.journal.resume()
            big = op.ICP(
                profile_name="n", ideal_customer_profile="x" * 4000, seller_offering="y", target_countries=["DE"]
            )
            order = client.orders.discover(big, 5, idempotency_key="mine-1").wait(timeout=10, progress=False)
            assert order.results().companies.height == 230
    assert list(vendor.orders) == [order.order_id]


def test_a_clock_that_jumps_does_not_lose_the_purchase(tmp_path):
    """The lease of a living kernel far in the future does not stop it; sent again, the order is the same."""
    vendor = Vendor()
    with ScriptedServer(vendor) as server, connect(server.url, tmp_path) as client:
        order = client.orders.discover(icp(), 5, idempotency_key="mine-1")
        database = sqlite3.connect(tmp_path / "journal.sqlite")
        database.execute("UPDATE purchases SET intended_at = '2999-01-01T00:00:00+00:00', lease_owner = 'gone:1:x'")
        database.execute("UPDATE purchases SET order_id = NULL, lease_until = 1.0, finished_at = NULL")
        database.commit()
        database.close()
        assert client.journal.resume()["order_id"].to_list() == [order.order_id]
    assert list(vendor.orders) == [order.order_id]


def test_forgetting_leaves_no_byte_behind(tmp_path):
    """After forget() no file below home holds the address or domain, in no row, page, free page or log."""
    vendor, home = Vendor(), tmp_path / "home"
    person = {"id": "p-1", "company_id": "company-7", "first_name": "Ada", "email": "ada.unique@secret-firm.example"}
    company = vendor.company

    def with_person(order, number):
        row = company(order, number)
        if row["id"] == "company-7":
            row |= {"prospects": [person], "website_url": "https://www.secret-firm.example"}
        return row

    vendor.company = with_person
    with ScriptedServer(vendor) as server, connect(server.url, home) as client:
        order = client.orders.discover(icp(), 5).wait(timeout=10, progress=False)
        assert order.results().prospects["email"].drop_nulls().to_list() == ["ada.unique@secret-firm.example"]
        named = [
            {"company_name": "Secret Firm", "website_url": "https://secret-firm.example"},
            {"company_name": "Other"},
        ]
        client.orders.enrich(named, title="for secret-firm.example")
        client.journal.forget("secret-firm.example")
        left = order.results()
        assert left.companies.height == 229
        assert order.order_id in client.orders.list()["order_id"]
        assert client.journal.frame().height == 2
    found = [
        str(path.relative_to(home))
        for path in home.rglob("*")
        if path.is_file() and b"secret-firm" in path.read_bytes()
    ]
    assert found == []
    assert isinstance(left.companies, pl.DataFrame)
    assert any((home / "results").iterdir())
