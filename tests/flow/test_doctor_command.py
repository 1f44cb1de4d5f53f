"""`openprospect-nb doctor` as people and scripts meet it: codes, width, files, and no order by accident."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from contextlib import suppress

import pytest
from support.mutants import Mutated, lists_under

import openprospect_nb as op
from openprospect_nb.cli import main
from openprospect_nb.sandbox.server.port import Server
from openprospect_nb.settings import default_cache

BUYING = ["doctor", "--with-order", "--price", "1.50", "--budget", "2"]


@pytest.fixture
def sandbox(tmp_path, monkeypatch):
    """A served sandbox to which the environment leads, with a home of its own."""
    with op.Sandbox(port=0, step_seconds=0.01, cache=default_cache()) as sandbox:
        monkeypatch.setenv("OPENPROSPECT_BASE_URL", sandbox.url)
        monkeypatch.setenv("OPENPROSPECT_API_KEY", sandbox.key)
        monkeypatch.setenv("OPENPROSPECT_HOME", str(tmp_path / "home"))
        monkeypatch.chdir(tmp_path)
        yield sandbox


def said(capsys, *arguments):
    """Run a command in this process and return its code and what it printed."""
    capsys.readouterr()
    code = main(arguments)
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def orders(sandbox):
    """Return how many orders the server has."""
    return sandbox.control.state()["counts"]["orders"]


def in_terminal(typed, *arguments):
    """Run a command at a terminal where somebody types *typed*, and return its code and all that was shown there."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "openprospect_nb.cli", *arguments]
    with subprocess.Popen(command, stdin=theirs, stderr=theirs, stdout=subprocess.PIPE, text=True) as process:
        os.close(theirs)
        shown = b""
        while b"type:" not in shown:
            shown += os.read(ours, 1024)
        os.write(ours, typed.encode() + b"\n")
        out, _ = process.communicate(timeout=60)
    os.set_blocking(ours, False)
    with suppress(OSError):  # a terminal whose other end is closed has nothing more to say
        shown += os.read(ours, 65_536)
    os.close(ours)
    return process.returncode, out, shown.decode()


def typed_here(typed, *arguments):
    """Run a command in this process, its input and errors at a terminal; return its code and all that was shown there.

    What is typed waits in the terminal until it is read.
    """
    ours, theirs = pty.openpty()
    os.write(ours, typed.encode() + b"\n")
    with os.fdopen(os.dup(theirs)) as reads, os.fdopen(theirs, "w") as writes, pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", reads)
        patch.setattr(sys, "stderr", writes)
        code = main(arguments)
    shown = b""
    with suppress(OSError):  # so it ends once the other end is closed and all was read
        while part := os.read(ours, 65_536):
            shown += part
    os.close(ours)
    return code, shown.decode()


def test_the_table_fits_a_terminal_and_ends_with_the_counts(sandbox, capsys):
    """No line is longer than 80 columns; all three verdicts are headings; exit code 0 means as we assumed."""
    code, out, err = said(capsys, "doctor")
    assert (code, err) == (0, "")
    assert max(map(len, out.splitlines())) <= 80
    assert out.index("different (0)") < out.index("not seen (") < out.index("as we assumed (")
    assert "0 different" in out.splitlines()[-2]


def test_json_and_file_hold_the_same(sandbox, tmp_path, capsys):
    """--json prints what --save writes; the file is for its owner's eyes."""
    code, out, err = said(capsys, "doctor", "--json", "--save", "check.json", "--home", str(tmp_path / "other"))
    saved = tmp_path / "check.json"
    assert code == 0
    assert json.loads(out) == json.loads(saved.read_text("utf-8"))
    assert "check.json" in err
    assert saved.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "other" / "journal.sqlite").exists()


def test_something_different_is_exit_code_1_and_is_explained(sandbox, monkeypatch, capsys):
    """What was assumed, what was seen and what the client does about it stand first."""
    server = Server(Mutated(sandbox.app, lists_under("items", "/orders/?", "orders")), 0)
    try:
        monkeypatch.setenv("OPENPROSPECT_BASE_URL", server.url)
        code, out, _ = said(capsys, "doctor")
    finally:
        server.close()
    assert code == 1
    lines = out[out.index("different (1)") :].splitlines()[1:4]
    assert lines[0].split() == ["orders.list.key", "under", "`items`"]
    assert [line.split()[0] for line in lines[1:]] == ["assumed:", "client:"]


def test_what_cannot_be_checked_is_exit_code_2(sandbox, monkeypatch, capsys):
    """Nothing that listens, a key that is not valid, a file that cannot be written: 2, and no traceback."""
    code, out, _ = said(capsys, "doctor", "--save", "no/such/folder.json")
    assert code == 2
    monkeypatch.setenv("OPENPROSPECT_API_KEY", sandbox.keys["expired"])
    code, out, _ = said(capsys, "doctor")
    assert code == 2
    assert "does not accept the key" in " ".join(out.split())
    monkeypatch.setenv("OPENPROSPECT_BASE_URL", "http://127.0.0.1:9")
    code, out, _ = said(capsys, "doctor", "--json")
    assert code == 2
    assert not json.loads(out)["could_check"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([], "--confirm 1.50"),
        (["--confirm", "2"], "not the price"),
        (["--budget", "1", "--confirm", "1.50"], "above it"),
    ],
)
def test_nothing_is_ordered_unless_the_price_is_confirmed(options, words, sandbox, capsys):
    """Without a terminal, with another amount, or above the budget: exit code 2, the reason, and no order."""
    code, out, err = said(capsys, *BUYING, *options)
    assert (code, out) == (2, "")
    assert words in err
    assert orders(sandbox) == 0


@pytest.mark.parametrize("missing", ["--price", "--budget"])
def test_an_order_needs_a_price_and_a_budget(missing, sandbox, capsys):
    """Leave one out and nothing is ordered; the error names it."""
    words = list(BUYING)
    del words[words.index(missing) : words.index(missing) + 2]
    code, _, err = said(capsys, *words, "--confirm", "1.50")
    assert code == 2
    assert missing in err
    assert orders(sandbox) == 0


@pytest.mark.parametrize("typed", ["yes", "y", "1.50", "order 1 for 1.5", "ORDER 1 FOR 1.50", ""])
def test_a_yes_at_the_terminal_places_nothing(typed, sandbox):
    """Only the words that are shown, amount included, are an answer."""
    code, shown = typed_here(typed, *BUYING)
    assert code == 2
    assert "type:" in shown
    assert "Nothing was ordered" in shown
    assert orders(sandbox) == 0


def test_the_words_that_are_shown_place_one_order_of_one_briefing(sandbox):
    """It goes through the journal, is followed to its end, is what the check looks at, and its cost is told."""
    code, out, shown = in_terminal("order 1 for 1.50", *BUYING, "--json")
    assert code == 0, shown
    assert orders(sandbox) == 1
    assert "cost: 1.50" in shown
    assert "results.order" in {row["id"] for row in json.loads(out)["assumptions"]}
    with op.connect(poll_interval=0.01) as client:
        (order,) = client.orders.list().to_dicts()
        (bought,) = client.journal.frame().to_dicts()
    assert (order["briefing_quantity"], order["features"]) == (1, ["COMPANY_DATA"])
    assert (bought["order_id"], bought["budget"], bought["price"]) == (order["order_id"], 2.0, 1.5)


def test_the_amount_as_an_option_places_one_and_a_rerun_no_second(sandbox, capsys):
    """--confirm with the price orders once; the same again is refused by the journal's guard, not by luck."""
    assert said(capsys, *BUYING, "--confirm", "1.50")[0] == 0
    assert orders(sandbox) == 1
    code, _, err = said(capsys, *BUYING, "--confirm", "1.50")
    assert (code, orders(sandbox)) == (2, 1)
    assert "error:" in err


def test_an_order_that_is_not_done_in_time_is_left_to_go_on(sandbox, capsys):
    """--wait ends the following, not the order: the check is made with what is there, and its cost is not known yet."""
    sandbox.control.settings(step_seconds=0.5)
    code, out, err = said(capsys, *BUYING, "--confirm", "1.50", "--wait", "0")
    assert code == 0
    assert "cost: not known yet" in err
    assert "results.before_completed" in out
    assert orders(sandbox) == 1
