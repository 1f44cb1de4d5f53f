"""The command line as a script and a reader of its help meet it: every example works, JSON is JSON, codes are kept."""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import nbformat
import pytest
import xlsxwriter
from support.requirements import missing

import openprospect_nb as op
from openprospect_nb.cli import build_parser, main
from openprospect_nb.cli.output import order_record
from openprospect_nb.frames.schemas import ORDERS
from openprospect_nb.journal.rows import FRAME

HOSTILE = "Frühling \x1b[31m\u202e list"


def parsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """Yield a parser and all parsers below it."""
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for below in action.choices.values():
                yield from parsers(below)


PARSERS = {parser.prog: parser for parser in parsers(build_parser())}
EXAMPLES = {
    prog: [line.strip() for line in parser.format_help().splitlines() if line.startswith("  openprospect-nb ")]
    for prog, parser in PARSERS.items()
}
ALL_LINES = list(dict.fromkeys(line for lines in EXAMPLES.values() for line in lines))
DEMO_JSON = [
    line for line in ALL_LINES if "demo" in line and "--json" in line
]  # run once, where its keys are looked at
LINES = [line for line in ALL_LINES if line not in DEMO_JSON]


@pytest.fixture(scope="module")
def order(tmp_path_factory):
    """A completed order on a served sandbox, to which the environment leads, with a working folder of its own."""
    icp = op.ICP(
        profile_name="Hotels", ideal_customer_profile="Hotels", seller_offering="soap", target_countries=["DE"]
    )
    folder = tmp_path_factory.mktemp("work")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("print(order_id)")])
    nbformat.write(notebook, folder / "analysis.ipynb")
    (folder / "list.csv").write_text("Company,Website\nFoo Ltd,foo.example\n,bar.example\n", "utf-8")
    (folder / "export.csv").write_text("Email,Status\na@foo.example,Bounced\nb@foo.example,Delivered\n", "utf-8")
    with xlsxwriter.Workbook(folder / "list.xlsx") as book:
        book.add_worksheet("Companies").write_column("A1", ["Company", "Foo Ltd"])
    with op.Sandbox(port=0, step_seconds=0.02) as sandbox, pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENPROSPECT_BASE_URL", sandbox.url)
        patch.setenv("OPENPROSPECT_API_KEY", sandbox.key)
        patch.setenv("OPENPROSPECT_HOME", str(folder / "home"))
        patch.chdir(folder)
        with op.connect(poll_interval=0.02) as client:
            placed = client.orders.discover(icp, 8, title=HOSTILE, webhook_url="http://127.0.0.1:9/in?token=secret")
            yield placed.wait(timeout=60, progress=False)


def said(capsys, *arguments: str) -> tuple[int, str, str]:
    """Run a command in this process and return its code and what it printed."""
    capsys.readouterr()
    code = main(arguments)
    printed = capsys.readouterr()
    return code, printed.out, printed.err


@pytest.mark.parametrize("prog", PARSERS)
def test_every_help_ends_in_an_example_of_its_own_and_is_plain_ascii(prog):
    """Each command, nested ones too, says what it does and shows a call of itself; any terminal can print it."""
    text = PARSERS[prog].format_help()
    assert PARSERS[prog].description
    assert EXAMPLES[prog]
    assert all(line.startswith(prog) for line in EXAMPLES[prog])
    assert text.isascii()
    for action in PARSERS[prog]._actions:
        assert action.help or isinstance(action, argparse._SubParsersAction), action


def reprs(text: str) -> list[str]:
    """What in a text for a person reads like Python; code that is marked as such may."""
    return re.findall(r"\b[A-Z]\w*\(|\w+\(\w+=", re.sub(r"`[^`]*`", "", text))


def test_an_order_of_nothing_reads_like_the_others(order, capsys, tmp_path):
    """Without orders, outcomes, companies or rows a command says so in words, never with a repr or an empty table."""
    home, folder = ("--home", str(tmp_path / "home")), str(tmp_path / "none")
    with op.connect() as client:
        results = client.orders.get(order.order_id).results()
    replace(results, companies=results.companies.clear(), prospects=results.prospects.clear()).write(folder)
    (tmp_path / "list.csv").write_text("Company,Website\n", "utf-8")
    (tmp_path / "export.csv").write_text("Email,Status\n", "utf-8")
    for words in (
        ("orders", "list", "--status", "REJECTED"),
        ("journal", *home),
        ("journal", "disclosures", *home),
        ("files", "preview", str(tmp_path / "list.csv")),
        ("files", "outcomes", str(tmp_path / "export.csv")),
        ("outcomes", str(tmp_path / "export.csv"), *home),
        ("plan", folder, "--budget", "100", "--price", "2", *home),
        ("settle", folder, "--price", "2", *home),
        ("ramp", folder, "--limit", "0.1", *home),
    ):
        code, out, err = said(capsys, *words)
        assert code == 0, (words, err)
        assert out.strip()
        assert reprs(out + err) == [], words
        assert "┌" not in out, words


SERVERS = ("openprospect-nb sandbox serve", "openprospect-nb desk")


@pytest.mark.parametrize("line", [line for line in LINES if not line.startswith(SERVERS)])
def test_every_example_works(line, order, capsys):
    """An example, with a real order id in its place, is done with exit code 0 and leaves what it names."""
    words = shlex.split(line.replace("ORDER_ID", order.order_id))[1:]
    if words[0] in {"report", "plan", "settle", "ramp"}:
        assert main(["results", order.order_id, "-o", "spring"]) == 0
    code, out, _ = said(capsys, *words)
    assert code == 0
    assert out
    if "--json" in words:
        json.loads(out)
    else:
        assert reprs(out) == []
    if "-o" in words:
        assert os.path.exists(words[words.index("-o") + 1])  # noqa: PTH110 - the words of a shell


@pytest.mark.parametrize("line", [line for line in LINES if line.startswith(SERVERS[0])])
def test_every_example_of_a_server_serves_until_interrupted(line, tmp_path):
    """Two lines a shell can read, an answer at that address, and 130 after Ctrl-C, without a traceback."""
    command = [sys.executable, "-m", "openprospect_nb.cli", *shlex.split(line)[1:]]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path) as server:
        facts = dict(server.stdout.readline().strip().split("=", 1) for _ in range(2))
        with urllib.request.urlopen(facts["OPENPROSPECT_BASE_URL"] + "/health") as answer:
            assert answer.status == 200
        assert facts["OPENPROSPECT_API_KEY"].startswith("lnc_test_")
        server.send_signal(signal.SIGINT)
        _, errors = server.communicate(timeout=60)
    assert server.returncode == 130
    assert "Traceback" not in errors


@pytest.mark.parametrize("line", [line for line in LINES if line.startswith(SERVERS[1])])
def test_every_example_of_the_desk_serves_on_loopback_behind_a_secret(line, tmp_path):
    """It names an address with a secret, asks whoever comes without it to log in, and ends with 130 after Ctrl-C."""
    if importlib.util.find_spec("voila") is None:
        missing("voila", "Voila is not installed; it comes with the extra 'test'")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    words = [*shlex.split(line)[1:], "--no-browser", "--port", port]
    command = [sys.executable, "-m", "openprospect_nb.cli", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path) as server:
        address = next(line.strip() for line in server.stderr if "?token=" in line)
        with urllib.request.urlopen(address.partition("?")[0], timeout=60) as answer:
            asked = answer.url
        server.send_signal(signal.SIGINT)
        _, errors = server.communicate(timeout=60)
    assert address.startswith("http://127.0.0.1:")
    assert "/login" in asked
    assert server.returncode == 130
    assert "Traceback" not in errors


def test_list_get_and_wait_give_the_same_keys_with_utc_times(order, capsys):
    """`orders list|get|wait --json` have the columns of the orders frame as keys, in its order; times end in Z."""
    _, listed, _ = said(capsys, "orders", "list", "--json")
    (row,) = (row for row in json.loads(listed) if row["order_id"] == order.order_id)
    assert list(row) == list(ORDERS)
    for verb in ("get", "wait"):
        code, out, err = said(capsys, "orders", verb, order.order_id, "--json")
        one = json.loads(out)
        assert (code, err) == (0, "")
        assert list(one) == list(ORDERS)
        assert {name for name in one if one[name] != row[name]} == set()
    assert row["created_at"].endswith("Z")
    assert datetime.fromisoformat(row["created_at"]) == order.state.created_at
    assert row["title"] == HOSTILE
    assert listed.isascii()


def test_a_list_and_an_export_are_told_as_json_without_a_person(order, capsys):
    """Counts, the mapping and bad rows by their number; of outcomes counts alone, and addresses only in the file."""
    code, out, err = said(capsys, "files", "preview", "list.csv", "--bad", "bad.csv", "--json")
    facts = json.loads(out)
    assert (code, facts["rows"], facts["bad"]) == (0, 1, 1)
    assert facts["columns"] == {"company_name": "Company", "website_url": "Website"}
    assert facts["bad_rows"] == [{"row": 3, "why": "company_name: is required"}]
    assert "bad.csv" in err
    with op.connect(poll_interval=0.02) as client:
        placed = client.orders.enrich(
            [{"company_name": "FOO", "website_url": "foo.example"}], features=["COMPANY_DATA"]
        )
    code, out, _ = said(capsys, "files", "preview", "list.csv", "--bought", "--json")
    assert json.loads(out)["known_rows"] == [{"row": 2, "orders": [placed.order_id]}]
    code, out, _ = said(capsys, "files", "outcomes", "export.csv", "-o", "outcomes.csv", "--json")
    counts = json.loads(out)
    assert (code, counts["bounced"], counts["not_bounced"], counts["unknown"]) == (0, 1, 1, 0)
    assert "@" not in out
    assert (Path("outcomes.csv").read_text("utf-8").splitlines())[1] == "a@foo.example,true,,bounced"
    assert said(capsys, "files", "preview", "nowhere.csv")[0] == 1


def test_the_next_order_is_told_as_json_without_a_person(order, capsys, tmp_path):
    """Inbox, plan, settlement and ramp agree on how many outcomes there are, buy nothing, and print no address."""
    folder, home = str(tmp_path / "results"), str(tmp_path / "home")
    assert said(capsys, "results", order.order_id, "-o", folder)[0] == 0
    code, out, _ = said(capsys, "outcomes", "export.csv", "--home", home, "--json")
    assert (code, json.loads(out)["counts"]["bounced"], json.loads(out)["read"]["added"]) == (0, 1, 2)
    assert json.loads(said(capsys, "outcomes", "export.csv", "--home", home, "--json")[1])["read"]["known"] == 2
    before = said(capsys, "journal", "--json")[1]
    plan = json.loads(said(capsys, "plan", folder, "--budget", "100", "--price", "2", "--home", home, "--json")[1])
    settled = json.loads(said(capsys, "settle", folder, "--price", "2", "--home", home, "--json")[1])
    ramp = json.loads(said(capsys, "ramp", folder, "--limit", "0.2", "--home", home, "--json")[1])

    assert plan["spent"] + plan["kept"] == 100.0
    assert plan["basis"] == "the vendor's risks"
    assert settled["total"][0]["money"] == 2.0 * settled["total"][0]["companies"]
    assert settled["basis"] == "no outcomes of mails to these people"
    assert ramp["from_inbox"] is True
    assert ramp["today"] <= ramp["messages"]
    assert "@" not in "".join(map(json.dumps, (plan, settled, ramp)))
    assert said(capsys, "journal", "--json")[1] == before
    assert said(capsys, "plan", folder, "--budget", "0", "--price", "2")[0] == 1
    assert said(capsys, "settle", str(tmp_path / "nowhere"))[0] == 1


def test_a_person_is_forgotten_from_the_command_line(order, capsys):
    """What would be erased is counted, then erased, and taken back; nothing printed says who it was."""
    with op.connect() as client:
        people = client.orders.get(order.order_id).results().prospects
    person = people["id"][0]
    for arguments in (["--dry-run"], []):
        _, out, err = said(capsys, "journal", "forget", person, "--json", *arguments)
        assert {row["place"]: row["erased"] for row in json.loads(out)}["results"] >= 1
        assert person not in out + err
    assert said(capsys, "journal", "forget", person)[0] == 0
    assert "id" in [row["kind"] for row in json.loads(said(capsys, "journal", "forgotten", "--json")[1])]
    assert json.loads(said(capsys, "journal", "disclosures", person, "--json")[1]) == []
    assert said(capsys, "journal", "forget", person, "--undo")[0] == 0
    code, _, err = said(capsys, "journal", "forget", "a")
    assert code == 1
    assert "at least 4 characters" in err


def test_journal_results_and_demo_give_json_with_stable_keys(order, capsys):
    """`--json` of the other commands: the journal's columns; counts and folder of results; the demo's files."""
    _, out, _ = said(capsys, "journal", "--json")
    assert {tuple(row) for row in json.loads(out)} == {tuple(FRAME)}
    counts = ["order_ids", "companies", "prospects", "rejects", "drift", "errors", "source", "fetched_at", "folder"]
    _, out, err = said(capsys, "results", order.order_id, "-o", "counted", "--json")
    assert list(json.loads(out)) == counts
    assert json.loads(out)["companies"] == 8
    assert err == ""
    (example,) = DEMO_JSON
    code, out, err = said(capsys, *shlex.split(example)[1:])
    assert code == 0
    assert list(json.loads(out)) == [*counts, "scored", "report"]
    assert "Done in" in err


def test_an_error_is_json_where_json_was_asked_for(order, capsys):
    """Standard output stays empty; standard error is one object with type, status, request and next step."""
    missing = "00000000-0000-0000-0000-000000000000"
    code, out, err = said(capsys, "orders", "get", missing, "--json")
    error = json.loads(err)["error"]
    assert (code, out) == (1, "")
    assert (error["type"], error["status"], error["request"]) == ("NotFoundError", 404, f"GET /orders/{missing}")
    assert error["next_step"]
    code, _, err = said(capsys, "demo", "--quantity", "0", "--json")
    fields = json.loads(err.splitlines()[-1])["error"]["fields"]
    assert (code, [problem["field"] for problem in fields]) == (1, ["briefing_quantity"])


def test_wrong_usage_is_2_and_a_refusal_is_1(order, capsys):
    """An unknown command, a port that cannot be, and a negative time are usage; an unknown order is a refusal."""
    for words in (["nonsense"], ["sandbox", "serve", "--port", "70000"], ["orders", "wait", "x", "--timeout", "-1"]):
        with pytest.raises(SystemExit) as ended:
            main(words)
        assert ended.value.code == 2
    code, out, err = said(capsys, "orders", "get", "00000000-0000-0000-0000-000000000000")
    assert (code, out) == (1, "")
    assert err.startswith("error: ")


def test_a_port_that_is_taken_and_a_file_that_cannot_be_are_named(order, capsys):
    """`sandbox serve` on a busy port, or below no folder: one sentence, the option to change, no traceback."""
    port = os.environ["OPENPROSPECT_BASE_URL"].rpartition(":")[2]
    code, out, err = said(capsys, "sandbox", "serve", "--port", port)
    assert (code, out) == (1, "")
    assert f"port {port} cannot be opened" in err
    assert "--port" in err
    code, out, err = said(capsys, "sandbox", "serve", "--db", "no/such/folder.sqlite")
    assert (code, out) == (1, "")
    assert err.rstrip().endswith("Choose another file with --db.")
    assert "home=" not in err


def test_the_help_states_the_exit_codes_and_the_variables(capsys):
    """`--help` lists 0, 1, 2 and 130, and every variable of the environment that is read."""
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    text = capsys.readouterr().out
    assert [line.split()[0] for line in text.splitlines() if line.startswith(("  0 ", "  1 ", "  2 ", "  130 "))] == [
        "0",
        "1",
        "2",
        "130",
    ]
    for name in ("API_KEY", "BASE_URL", "HOME", "CACHE"):
        assert f"OPENPROSPECT_{name}" in text


def test_hostile_text_cannot_steer_a_terminal_and_a_webhooks_secret_stays_out(order, capsys):
    """Escape sequences and direction marks of a title are not printed; a webhook's token or password never is."""
    for words in (["list"], ["get", order.order_id], ["list", "--json"], ["get", order.order_id, "--json"]):
        _, out, _ = said(capsys, "orders", *words)
        assert "Fr" in out
        assert not {"\x1b", "\u202e"} & set(out)
        assert "secret" not in out
    state = replace(order.state, webhook_url="https://user:secret@hook.example/in")
    assert order_record(state, "live")["webhook_url"] == "https://hook.example/in"


def piped(*arguments: str, stdout: int = subprocess.PIPE, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run a command in a process of its own, as a script would."""
    command = [sys.executable, "-m", "openprospect_nb.cli", *arguments]
    env = {**os.environ, **environment}
    return subprocess.run(command, stdout=stdout, stderr=subprocess.PIPE, env=env, check=False, timeout=120)


def test_a_terminal_without_unicode_gets_ascii(order):
    """With LC_ALL=C and an ASCII stream the table is drawn in ASCII and other letters are escaped."""
    done = piped("orders", "list", LC_ALL="C", PYTHONIOENCODING="ascii", NO_COLOR="1")
    assert done.returncode == 0, done.stderr
    assert done.stdout.isascii()
    assert rb"Fr\xfchling" in done.stdout
    assert b"|" in done.stdout


def test_a_reader_that_went_away_is_no_traceback(order):
    """Printing into a closed pipe ends with 1 and silence."""
    reader, writer = os.pipe()
    os.close(reader)
    done = piped("orders", "list", stdout=writer)
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, b"")
