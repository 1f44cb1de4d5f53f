"""The first minute from the command line: no network, equal runs, clear refusals."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from support.forks import forks_of_one
from support.servers import Reply, ScriptedServer

import openprospect_nb as op
from openprospect_nb.cli import main

# Every attempt to reach a socket, or to look a name up, ends the process with a mark.
WITHOUT_NETWORK = """
import os, sys
def refuse(event, arguments):
    if event in {"socket.connect", "socket.bind", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"}:
        os.write(2, f"NETWORK {event} {arguments}".encode())
        os._exit(99)
sys.addaudithook(refuse)
from openprospect_nb.cli import main
sys.exit(main(sys.argv[1:]))
"""


# The command line in a fork: these tests are about what it does, not about how it starts.
FORKED = "import sys; from openprospect_nb.cli import main; sys.exit(main(sys.argv[1:]))"
WALKED = """
import plotly.graph_objects
import openprospect_nb.analysis, openprospect_nb.demo, openprospect_nb.reports, openprospect_nb.sandbox
"""


def run(*arguments: str, code: str | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own."""
    start = [sys.executable, "-c", code] if code else [sys.executable, "-m", "openprospect_nb.cli"]
    return subprocess.run(
        [*start, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, **environment},
    )


@pytest.fixture(scope="module")
def forks(tmp_path_factory):
    """Forks that have what a demo imports, which takes as long as a third of its walk."""
    with forks_of_one(tmp_path_factory.mktemp("forks"), WALKED) as running:
        yield running


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """A finished demo, run without any network."""
    folder = tmp_path_factory.mktemp("demo") / "out"
    return run("demo", "-o", str(folder), code=WITHOUT_NETWORK), folder


def test_the_demo_runs_without_a_network(demo):
    """With every socket call refused the demo ends with 0, prints its time, and says what to try next."""
    done, _ = demo
    assert done.returncode == 0, done.stderr
    assert "Done in" in done.stdout
    assert "What to try next" in done.stdout
    assert "\r" not in done.stdout + done.stderr


def test_the_hook_would_have_noticed():
    """The refusal works: the same process is ended when it does reach for a socket."""
    code = WITHOUT_NETWORK.replace(
        "sys.exit(main", "import socket; socket.create_connection(('127.0.0.1', 9))\nsys.exit(main"
    )
    assert run(code=code).returncode == 99


def test_the_demo_leaves_frames_and_a_report(demo):
    """There are two Parquet frames of 60 companies, the scored companies, and one HTML file with three charts."""
    _, folder = demo
    results = op.Results.read(folder / "results")
    assert results.companies.height == 60
    assert results.companies["source"].unique().to_list() == ["sandbox"]
    assert results.prospects.height > 60
    assert results.provenance["icp"]["profile_name"] == "Machine builders, DACH"
    scored = pl.read_parquet(folder / "scored_companies.parquet")
    assert scored["score"].is_between(0, 100).all()
    html = (folder / "report.html").read_text("utf-8")
    assert "http://" not in html.split("<body")[0]
    assert len(html) < 2_300_000


@pytest.mark.slow
def test_two_runs_with_one_seed_give_equal_frames(demo, forks, tmp_path):
    """Another run gives the same rows; another seed does not."""
    _, folder = demo
    assert forks.run(FORKED, "demo", "-o", str(tmp_path / "same")).returncode == 0
    assert forks.run(FORKED, "demo", "-o", str(tmp_path / "other"), "--seed", "7").returncode == 0
    first, same, other = (op.Results.read(f / "results") for f in (folder, tmp_path / "same", tmp_path / "other"))
    assert same.companies.equals(first.companies)
    assert same.prospects.equals(first.prospects)
    assert not other.companies.equals(first.companies)


def test_a_home_that_is_kept_remembers_every_demo(forks, tmp_path):
    """With --home the journal and the sandbox stay: two runs are two orders, which any later client finds."""
    home = str(tmp_path / "home")
    for number in (1, 2):
        done = forks.run(FORKED, "demo", "-o", str(tmp_path / str(number)), "--home", home, "--quantity", "3")
        assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "home" / "results").glob("*/*"))) == 2
    with op.connect(home=home) as client:
        assert client.orders.list()["order_id"].sort().equals(client.journal.frame()["order_id"].sort())
    refused = forks.run(FORKED, "demo", "-o", str(tmp_path / "3"), "--home", home, "--seed", "7")
    assert refused.returncode == 1
    assert "seed 42, not 7" in refused.stderr


def test_every_sandbox_row_says_so(demo):
    """Rows carry source=sandbox, .example addresses only, and a registration marked as the sandbox's."""
    results = op.Results.read(demo[1] / "results")
    sites = results.companies["website_url"].drop_nulls()
    assert sites.str.contains(r"^https?://[^/]+\.example(/|$)").all()
    assert results.prospects["email"].drop_nulls().str.ends_with(".example").all()
    assert all(json.loads(info)["sandbox"] is True for info in results.companies["legal_registration_info"])


BAD = {
    "half a character": ({"target_countries": ["DE", "\ud83d"]}, [], "target_countries[1]", "cannot be sent"),
    "empty ICP": ({"ideal_customer_profile": " ", "seller_offering": ""}, [], "ideal_customer_profile", "is required"),
    "no countries": ({"target_countries": []}, [], "target_countries", "is required"),
    "quantity 0": ({}, ["--quantity", "0"], "briefing_quantity", "1 to 10,000"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_profile_is_refused_with_its_field(case, tmp_path, capsys):
    """Each broken field is named on a line of its own, nothing is ordered, the exit code is 1."""
    changes, arguments, field, words = BAD[case]
    sample = json.loads((Path(op.__file__).parents[1] / "data" / "icp_machine_builders.json").read_text("utf-8"))
    icp = tmp_path / "icp.json"
    icp.write_text(json.dumps({**sample, **changes}), "utf-8")
    assert main(["demo", "-o", str(tmp_path / "out"), "--icp", str(icp), *arguments]) == 1
    said = capsys.readouterr()
    assert any(field in line and words in line for line in said.err.splitlines()), said.err
    assert "nothing was ordered" in said.err
    assert "ordered" not in said.out


@pytest.mark.parametrize("content", ["{", "[]", '{"profile_nam": "x"}'])
def test_a_file_that_is_no_profile_is_named(content, tmp_path, capsys):
    """Broken JSON, a list, and an unknown field are told apart; no traceback."""
    icp = tmp_path / "icp.json"
    icp.write_text(content, "utf-8")
    assert main(["demo", "-o", str(tmp_path / "out"), "--icp", str(icp)]) == 1
    assert capsys.readouterr().err.startswith("error: ")
    assert main(["demo", "-o", str(tmp_path / "out"), "--icp", str(tmp_path / "none.json")]) == 1
    assert "none.json cannot be read" in capsys.readouterr().err


def test_an_output_folder_that_cannot_be_written_is_refused_before_ordering(tmp_path, capsys):
    """A file in the folder's place is an error that names the folder and -o."""
    (tmp_path / "file").write_text("", "utf-8")
    assert main(["demo", "-o", str(tmp_path / "file" / "out")]) == 1
    said = capsys.readouterr()
    assert "cannot be written" in said.err
    assert "-o DIR" in said.err
    assert said.out == ""


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX users")
def test_a_read_only_home_is_refused_for_an_ordinary_user(forks, tmp_path):
    """Without the right to write its home, a client says so and names home=; the exit code is 1."""
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(0o555)
    if os.access(home, os.W_OK):
        # Root may write anywhere, so a file stands in the folder's place instead.
        home.rmdir()
        home.write_text("", "utf-8")
    for command in (["orders", "list"], ["demo", "-o", str(tmp_path / "out"), "--home", str(home)]):
        done = forks.run(FORKED, *command, OPENPROSPECT_HOME=str(home))
        assert done.returncode == 1
        assert "home" in done.stderr
        assert "OPENPROSPECT_HOME" in done.stderr
        assert "Traceback" not in done.stderr


@pytest.fixture
def against(forks, tmp_path):
    """List the orders of another server: ``against(url)`` gives how the process ended, and what it said."""

    def listed(url: str) -> subprocess.CompletedProcess[str]:
        environment = {"OPENPROSPECT_API_KEY": "lnc_test_" + "x" * 32, "OPENPROSPECT_BASE_URL": url}
        return forks.run(FORKED, "orders", "list", OPENPROSPECT_HOME=str(tmp_path), **environment)

    return listed


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("not a url", "not an http(s) address"),
        ("ftp://api.openprospect.example", "not an http(s) address"),
        ("http://api.openprospect.example", "unencrypted"),
        ("https://user:secret@api.openprospect.example", "credentials"),
    ],
)
def test_a_wrong_address_is_explained(url, words, against):
    """An address that cannot work is refused before anything is sent."""
    done = against(url)
    assert (done.returncode, done.stdout) == (1, "")
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_server_that_answers_html_is_explained(against):
    """A web page where the API should be: one clear sentence that points at the base URL."""
    page = Reply(200, b"<html><body>Welcome</body></html>", {"Content-Type": "text/html"})
    with ScriptedServer(lambda _: page) as server:
        done = against(server.url)
    assert done.returncode == 1
    assert "base URL" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_refused_key_is_explained(against):
    """401 names the variable to look at, and never the key."""
    with ScriptedServer(lambda _: Reply(401, {"code": "UNAUTHORIZED", "message": "bad key"})) as server:
        done = against(server.url)
    assert done.returncode == 1
    assert "OPENPROSPECT_API_KEY" in done.stderr
    assert "x" * 32 not in done.stderr


@pytest.mark.slow
def test_the_sandbox_order_is_there_in_the_next_process(forks, tmp_path):
    """Without a key the embedded sandbox keeps its orders in home, where another process finds them."""
    code = """
import openprospect_nb as op
from openprospect_nb.demo import sample_icp
with op.connect() as client:
    print(client.orders.discover(sample_icp(), 5).order_id)
"""
    home = {"OPENPROSPECT_HOME": str(tmp_path / "home")}
    order_id = run(code=code, **home).stdout.strip()
    assert order_id in forks.run(FORKED, "orders", "list", **home).stdout
    assert "COMPLETED" in forks.run(FORKED, "orders", "wait", order_id, **home).stdout
    done = forks.run(FORKED, "results", order_id, "-o", str(tmp_path / "got"), **home)
    assert "5 companies" in done.stdout, done.stderr
    assert order_id in forks.run(FORKED, "journal", **home).stdout
    report = forks.run(FORKED, "report", str(tmp_path / "got"), "-o", str(tmp_path / "report.html"))
    assert (tmp_path / "report.html").stat().st_size > 100_000, report.stderr
