"""The erasure ledger: who is in it, what it tells, and what it survives."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from openprospect_nb.errors import JournalError
from openprospect_nb.privacy.canonical import Form, Kind
from openprospect_nb.privacy.ledger import LOST, Ledger

NOW = datetime(2026, 11, 28, 10, tzinfo=UTC)
MAJA = Form(Kind.ADDRESS, "maja@firm.example")
ID = Form.of(Kind.PROSPECT, "live", "p-1")
EVA = Form(Kind.ADDRESS, "eva@firm.example")
LINE = Form(Kind.PHONE, "+493012345")


def test_whoever_is_added_is_held_and_nobody_else(tmp_path):
    """An entry holds its form and what was learned with it, for a new object on the same home too."""
    Ledger(tmp_path).add(MAJA, [ID, LINE], NOW)
    everybody = Ledger(tmp_path).everybody()

    assert all(everybody.holds(form) for form in (MAJA, ID, LINE))
    assert not any(everybody.holds(form) for form in (EVA, Form(Kind.ID, "p-1"), Form(Kind.DOMAIN, "firm.example")))
    assert everybody.kinds == {Kind.ADDRESS, Kind.PROSPECT, Kind.PHONE}
    assert everybody.countries == {"DE"}


def test_an_untouched_home_stays_empty(tmp_path):
    """Looking makes no file and holds nobody."""
    ledger = Ledger(tmp_path / "home")

    assert (ledger.everybody(), ledger.frame().height, ledger.undo(MAJA, NOW)) == (None, 0, 0)
    assert list(tmp_path.iterdir()) == []


def test_nothing_of_a_person_is_in_the_files(tmp_path):
    """Neither form nor an unkeyed hash of it: another home's hash of the same person differs."""
    for home in ("a", "b"):
        Ledger(tmp_path / home).add(MAJA, [ID, LINE], NOW)
    a, b = ((tmp_path / home / "privacy" / "ledger.jsonl").read_text() for home in ("a", "b"))
    digests = [{json.loads(line).get("digest") for line in text.splitlines() if line} - {None} for text in (a, b)]

    assert not any(part in text for text in (a, b) for part in ("maja", "firm", "12345", "p-1"))
    assert [len(found) for found in digests] == [3, 3]
    assert not digests[0] & digests[1]


def test_files_are_private_whatever_the_umask(tmp_path):
    """Key and ledger are 0600 in a folder of 0700."""
    before = os.umask(0)
    try:
        Ledger(tmp_path).add(MAJA, [], NOW)
    finally:
        os.umask(before)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*")}

    assert modes == {"privacy": 0o700, "key": 0o600, "ledger.jsonl": 0o600}


def test_the_frame_tells_dates_and_kinds_alone(tmp_path):
    """One row a call, oldest first, with how much was noted beside what was asked for."""
    ledger = Ledger(tmp_path)
    ledger.add(MAJA, [ID, LINE], NOW)
    ledger.add(LINE, [], NOW + timedelta(days=1))
    ledger.add(MAJA, [ID], NOW + timedelta(days=2))
    frame = ledger.frame()

    assert frame.select("forgotten_at", "kind", "also").rows() == [
        (NOW, "address", 2),
        (NOW + timedelta(days=1), "phone", 0),
    ]
    assert ledger.frame(ID)["kind"].to_list() == ["address"]
    assert ledger.frame(EVA).is_empty()
    assert "maja" not in str(frame.to_dicts())


def test_undo_takes_back_one_call_and_all_it_noted(tmp_path):
    """What another call noted too stands; who was undone can be forgotten again."""
    ledger = Ledger(tmp_path)
    ledger.add(MAJA, [ID, LINE], NOW)
    ledger.add(EVA, [LINE], NOW)

    assert ledger.undo(ID, NOW) == 3
    assert [ledger.everybody().holds(form) for form in (MAJA, ID, EVA, LINE)] == [False, False, True, True]
    assert ledger.undo(MAJA, NOW) == 0
    ledger.add(MAJA, [], NOW)
    assert ledger.everybody().holds(MAJA)


def test_a_name_is_remembered_for_undo_and_takes_out_no_row(tmp_path):
    """Names repeat, so a name alone holds nobody back; texts are blanked by it."""
    name = Form(Kind.NAME, "lindqvist maja")
    ledger = Ledger(tmp_path)
    ledger.add(name, [MAJA], NOW)

    assert not ledger.everybody().holds(name)
    assert ledger.everybody(named=True).holds(name)
    assert ledger.frame()["kind"].to_list() == ["name"]
    assert ledger.undo(name, NOW) == 2


def test_a_name_noted_beside_an_address_is_no_way_to_undo_it(tmp_path):
    """Two persons of one name asked by their addresses: undoing the name brings back neither."""
    name = Form(Kind.NAME, "lindqvist maja")
    ledger = Ledger(tmp_path)
    ledger.add(MAJA, [name], NOW)
    ledger.add(EVA, [name], NOW)

    assert ledger.undo(name, NOW) == 0
    assert ledger.frame(name).is_empty()
    assert ledger.everybody().holds(MAJA)


def test_a_lost_key_is_said_and_never_replaced(tmp_path):
    """Without its key, or with another, nobody in the ledger could be recognised, so nothing passes."""
    ledger = Ledger(tmp_path)
    ledger.add(MAJA, [], NOW)
    key = tmp_path / "privacy" / "key"
    for spoil in (key.unlink, lambda: key.write_text("ab" * 32), lambda: key.write_text("")):
        spoil()
        with pytest.raises(JournalError, match="Restore the key") as caught:
            Ledger(tmp_path).everybody()
        assert caught.value.code == LOST
        with pytest.raises(JournalError):
            Ledger(tmp_path).add(EVA, [], NOW)


def test_a_lost_ledger_is_said(tmp_path, caplog):
    """A home with a key once had a ledger."""
    Ledger(tmp_path).add(MAJA, [], NOW)
    (tmp_path / "privacy" / "ledger.jsonl").unlink()
    ledger = Ledger(tmp_path)

    assert (ledger.everybody(), ledger.everybody()) == (None, None)
    assert [record.getMessage().split(" is gone")[0][-12:] for record in caplog.records] == ["ledger.jsonl"]


@pytest.mark.parametrize(
    "junk",
    [b"\xff\xfe", b'{"kind": "addr', b"7", b'{"digest": "x"}', b'{"digest":"x","kind":"new","asked":"x","at":"y"}'],
)
def test_a_damaged_line_spoils_no_other_and_is_said(tmp_path, caplog, junk):
    """A write cut short by a full disk leaves half a line; what comes after it is whole."""
    ledger = Ledger(tmp_path)
    ledger.add(MAJA, [], NOW)
    with ledger.path.open("ab") as file:
        file.write(junk)
    ledger.add(EVA, [], NOW)

    assert [Ledger(tmp_path).everybody().holds(form) for form in (MAJA, EVA)] == [True, True]
    assert "1 line(s)" in caplog.text


ADDER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from openprospect_nb.privacy.canonical import Form, Kind
from openprospect_nb.privacy.ledger import Ledger
ledger, name = Ledger(Path(sys.argv[1])), sys.argv[2]
for n in range(40):
    ledger.add(Form(Kind.ADDRESS, f"{name}{n}@firm.example"), [Form(Kind.ID, f"{name}-{n}")], datetime.now(UTC))
"""


def test_processes_write_one_ledger_at_once(tmp_path):
    """Three processes that begin a ledger together lose no entry and agree on one key."""
    writers = [subprocess.Popen([sys.executable, "-c", ADDER, str(tmp_path), name]) for name in "abc"]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    everybody = Ledger(tmp_path).everybody()

    assert all(everybody.holds(Form(Kind.ADDRESS, f"{name}{n}@firm.example")) for name in "abc" for n in range(40))
    assert all(everybody.holds(Form(Kind.ID, f"{name}-{n}")) for name in "abc" for n in range(40))


def test_a_ledger_that_cannot_be_written_is_said(tmp_path):
    """A file where the folder should be is one clear error."""
    (tmp_path / "privacy").write_text("")
    with pytest.raises(JournalError, match="cannot be written"):
        Ledger(tmp_path).add(MAJA, [], NOW)
