"""What passes the erasure ledger on its way in, and what is told of what did not."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import polars as pl
import pytest

from openprospect_nb.errors import NotFoundError
from openprospect_nb.frames.admission import admit, admit_frame, admit_record, in_words, may_be_kept, write_admitted
from openprospect_nb.frames.results import Results
from openprospect_nb.privacy import homes
from openprospect_nb.privacy.canonical import Form, Kind
from openprospect_nb.privacy.ledger import Ledger

NOW = datetime(2026, 11, 28, tzinfo=UTC)


@pytest.fixture
def results(make_results):
    """Results of twelve companies."""
    return make_results(12)


@pytest.fixture
def person(results):
    """One of their prospects who has an address."""
    return results.prospects.drop_nulls("email").row(0, named=True)


@pytest.fixture
def ledger(tmp_path, person):
    """A ledger that this person is in."""
    ledger = Ledger(tmp_path / "home")
    ledger.add(Form(Kind.ADDRESS, person["email"].lower()), [], NOW)
    return ledger


def test_whoever_is_in_the_ledger_is_left_out_counted_and_said_once(results, ledger, person, caplog):
    """The second time nobody is looked for: what passed a ledger as it is passes."""
    admitted = admit(results, [ledger])

    assert admitted.prospects["email"].to_list() == [e for e in results.prospects["email"] if e != person["email"]]
    assert admitted.provenance["held_back"] == {"persons": 1, "companies": 0, "texts": 0}
    assert admit(admitted, [ledger]) is admitted
    assert caplog.messages == ["1 forgotten person was delivered again and left out."]
    assert person["email"] not in caplog.text


def test_an_empty_ledger_changes_nothing(results, tmp_path):
    """Without anybody forgotten the very same results pass."""
    assert admit(results, [Ledger(tmp_path)]) is results
    assert may_be_kept(b"no page", "live", [Ledger(tmp_path)])


@pytest.mark.parametrize(
    ("held", "words"),
    [
        ({}, ""),
        ({"texts": 3}, ""),
        ({"persons": 3}, "3 forgotten persons were delivered again and left out"),
        (
            {"persons": 1, "companies": 2},
            "1 forgotten person and 2 forgotten companies were delivered again and left out",
        ),
        ({"companies": 1}, "1 forgotten company was delivered again and left out"),
    ],
)
def test_counts_read_as_a_sentence(held, words):
    """Persons and companies, one or several; nothing where nothing was held back."""
    assert in_words(held) == words


def test_lists_and_single_records_pass_too(ledger, person):
    """A row goes, a record that is theirs is refused, one that names them is blanked."""
    frame = pl.DataFrame({"id": ["1", "2"], "email": [person["email"].upper(), None]})
    assert admit_frame(frame, "prospects", [ledger])["id"].to_list() == ["2"]
    with pytest.raises(NotFoundError, match="undo=True") as caught:
        admit_record({"id": "1", "email": person["email"]}, "prospects", "live", [ledger])
    assert caught.value.code == "FORGOTTEN"
    job = {"id": 7, "title": "Buyer", "apply": f"mailto:{person['email']}", "list": [1, {"x": person["email"]}]}
    left = {"id": 7, "title": "Buyer", "apply": "[forgotten]", "list": [1, {"x": "[forgotten]"}]}
    assert admit_record(job, "jobs", "live", [ledger]) == left


def test_a_page_with_somebody_forgotten_is_not_put_on_disk(ledger, person):
    """Nor is one that cannot be read, once there is somebody to look for."""
    page = {
        "items": [{"id": "c", "name": "N", "prospects": [{"id": "p", "company_id": "c", "email": person["email"]}]}]
    }
    assert not may_be_kept(json.dumps(page).encode(), "live", [ledger])
    assert not may_be_kept(b"no page", "live", [ledger])
    page["items"][0]["prospects"] = []
    assert may_be_kept(json.dumps(page).encode(), "live", [ledger])


def test_who_is_forgotten_while_results_are_written_is_taken_out_again(results, ledger, tmp_path):
    """The ledger is looked at once more after the write, which an erasure may have overtaken."""
    other = results.prospects.drop_nulls("email").row(1, named=True)

    class Late(Results):
        def write(self, path):
            written = super().write(path)
            ledger.add(Form(Kind.ADDRESS, other["email"].lower()), [], NOW)
            return written

    late = Late(
        **{n: getattr(results, n) for n in ("companies", "prospects", "rejects", "drift", "errors", "provenance")}
    )
    admitted = write_admitted(admit(late, [ledger]), tmp_path / "folder", [ledger])

    assert other["email"] not in admitted.prospects["email"]
    assert other["email"] not in pl.read_parquet(tmp_path / "folder" / "prospects.parquet")["email"]


def test_old_folders_pass_the_ledger_of_the_home_they_came_from(results, ledger, person, tmp_path, caplog):
    """Read or scanned, inside the home or elsewhere; another home's ledger has no say."""
    caplog.set_level(logging.CRITICAL)
    home = tmp_path / "home"
    inside = results.write(home / "results" / "account" / "order")
    outside = replace(results, provenance=results.provenance | {"home": str(home)}).write(tmp_path / "old")
    foreign = replace(results, provenance=results.provenance | {"home": str(tmp_path)}).write(tmp_path / "foreign")

    assert person["email"] not in Results.read(inside).prospects["email"]
    assert person["email"] not in Results.read(outside).prospects["email"]
    assert person["email"] in Results.read(foreign).prospects["email"]
    scanned = Results.scan([inside, outside]).prospects.collect()
    assert person["email"] not in scanned["email"]
    assert scanned.height == 2 * results.prospects.height - 2
    assert Results.scan(foreign).prospects.collect().height == results.prospects.height


def test_a_bare_frame_passes_the_homes_that_clients_hold(ledger, person, tmp_path):
    """A home counts while a client on it is held; afterwards the default home alone does."""
    frame = pl.DataFrame({"email": [person["email"], "other@b.example"]})
    passed = partial(admit_frame, frame, "prospects")
    assert passed(homes.ledgers_for()).height == 2
    held = homes.ledger_of(tmp_path / "home")
    assert passed(homes.ledgers_for()).height == 1
    del held
    assert passed(homes.ledgers_for()).height == 2
