"""What the security page promises and no nearer test shows: key, home, ids, other people's files."""

from __future__ import annotations

import dataclasses
import json
import logging
import os
import pickle
import stat
import traceback
from pathlib import Path

import pytest
from support.clocks import TestClock
from support.servers import Reply

import openprospect_nb as op
from openprospect_nb.settings import default_cache, default_home, make_home

KEY = "lnc_test_" + "v" * 32
HOSTILE_ID = "../../../evil/%2e%2e/order?limit=1#x"


def test_the_key_is_nowhere_but_in_the_header(connect, server, vendor, icp, tmp_path, caplog):
    """After a walk and a refusal the key is in no repr, log, traceback, report or file; only requests carried it."""
    caplog.set_level(logging.DEBUG)
    client = connect()
    order = client.orders.discover(icp, 5).wait(progress=False)
    results = order.results()
    op.report(results, tmp_path / "home" / "report.html", lite=True)
    vendor.disturb = lambda request: Reply(401, {"message": f"no: {request.headers['authorization']}"})
    with pytest.raises(op.errors.AuthenticationError) as caught:
        client.orders.discover(icp, 6)
    shown = [*map(repr, (client, client.settings, order, order.state, results, caught.value, client.journal.frame()))]
    shown += [order._repr_html_(), results._repr_html_(), caplog.text, *traceback.format_exception(caught.value)]
    assert [text for text in shown if KEY in text] == []
    files = [path for path in (tmp_path / "home").rglob("*") if path.is_file()]
    assert len(files) > 5
    assert [path for path in files if KEY.encode() in path.read_bytes()] == []
    assert {request.headers["authorization"] for request in server.received} == {f"Bearer {KEY}"}
    assert not any(KEY in request.path + str(request.query) for request in server.received)


def test_a_success_that_echoes_the_key_does_not_bring_it_home(connect, server, vendor, icp, tmp_path):
    """A failed profile whose message repeats the key: it is masked in the error, the journal and every file."""
    profile = {"profile_creation_id": "c", "status": "FAILED", "message": f"no: Bearer {KEY}"}
    vendor.disturb = lambda request: Reply(202, profile)
    client = connect()
    with pytest.raises(op.errors.OrderFailed, match=r"no: Bearer \[key\]") as caught:
        client.orders.discover(icp, 5)
    shown = [*traceback.format_exception(caught.value), client.journal.frame().write_json()]
    assert [text for text in shown if KEY in text] == []
    assert [p for p in (tmp_path / "home").rglob("*") if p.is_file() and KEY.encode() in p.read_bytes()] == []


@pytest.mark.parametrize("reply", [Reply(drop=True), Reply(500, {}), Reply(200, b"<html>"), None])
def test_a_traceback_with_its_variables_shows_no_key(connect, server, vendor, reply):
    """Even where every frame's variables are printed, as IPython's verbose mode does, the key is in none of them."""
    client = connect(timeout=1, base_url=server.url if reply else "http://127.0.0.1:1")
    client._core._context.sender.clock = TestClock(chance=0.0)
    vendor.disturb = lambda request: reply
    with pytest.raises(op.errors.OpenProspectError) as caught:
        client.orders.list()
    told, errors_told = [], [caught.value]
    while errors_told:
        error = errors_told.pop()
        told += traceback.TracebackException.from_exception(error, capture_locals=True).format()
        errors_told += [each for each in (error.__cause__, error.__context__) if each is not None]
    assert len(told) > 5
    assert [text for text in told if KEY in text] == []


def test_the_settings_can_be_shown_and_kept_without_the_key(connect):
    """What a user prints or saves of a client's settings holds no key, and pickling them is refused."""
    kept = connect().settings
    shown = [repr(kept), str(dataclasses.asdict(kept)), json.dumps(dataclasses.asdict(kept), default=str)]
    assert [text for text in shown if KEY in text] == []
    with pytest.raises(op.errors.ConfigurationError, match="not pickled"):
        pickle.dumps(kept)


def test_the_environment_cannot_lead_requests_elsewhere(connect, monkeypatch):
    """A proxy named in the environment, or a netrc file, sees no request: they would see the key."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "")
    assert connect().orders.list().height == 0


def test_everything_below_home_is_its_owners(connect, icp, tmp_path):
    """Under the usual umask every file is 0600, and no folder that lies directly in home's way is open."""
    before = os.umask(0o022)
    try:
        connect().orders.discover(icp, 5).wait(progress=False).results()
    finally:
        os.umask(before)
    home = tmp_path / "home"
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in home.rglob("*") if path.is_file()} == {0o600}


def test_the_default_home_is_closed_whoever_makes_it_first(tmp_path, monkeypatch):
    """The demo's cache makes a private home, an open one is closed, and a folder of the user's choice is left alone."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("OPENPROSPECT_CACHE", raising=False)
    default_cache().mkdir()
    assert stat.S_IMODE(default_home().stat().st_mode) == 0o700
    default_home().chmod(0o755)
    make_home(default_home())
    assert stat.S_IMODE(default_home().stat().st_mode) == 0o700
    tmp_path.chmod(0o755)
    make_home(tmp_path)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


def test_a_hostile_id_leads_neither_out_of_a_path_nor_out_of_a_folder(connect, server, vendor, tmp_path):
    """An order id full of dots, slashes and a query stays one path segment and one folder below home."""
    order = {"order_id": HOSTILE_ID, "order_type": "DISCOVERY", "status": "COMPLETED"}
    page = {"items": [{"id": "c", "name": "C", "prospects": []}], "total": 1, "limit": 100, "offset": 0}
    vendor.disturb = lambda request: Reply(200, page if request.path.endswith("/results") else order)
    assert connect().orders.get(HOSTILE_ID).results().companies.height == 1
    for request in server.received:
        assert request.path.removeprefix("/api/v1/orders/").removesuffix("/results").count("/") == 0
    assert {path.name for path in tmp_path.iterdir()} == {"home"}
    assert not list(tmp_path.rglob("*evil*"))


@pytest.mark.parametrize("name", ["companies.parquet", "provenance.json", "icp.json"])
def test_other_peoples_files_are_data_not_code(name, tmp_path):
    """A pickle in the place of a results file or a profile is refused by name, and nothing in it runs."""

    class Bomb:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "ran"),)

    folder = op.Results().write(tmp_path / "results")
    place = (tmp_path if name == "icp.json" else folder) / name
    place.write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(op.errors.OpenProspectError):
        op.ICP.load(place) if name == "icp.json" else op.Results.read(folder)
    assert not Path(tmp_path / "ran").exists()
