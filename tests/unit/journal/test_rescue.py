"""A journal that lost something says so, keeps what can be known, and still refuses what would buy twice."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from contextlib import closing, suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.examples import examples

from openprospect_nb.errors import ConflictError, JournalError, UnsafeToRetry
from openprospect_nb.journal import Journal
from openprospect_nb.journal.guard import Standing, standing
from openprospect_nb.journal.witness import Witness

HOUR = timedelta(hours=1)


@pytest.fixture
def bought(tmp_path, purchase, start):
    """A home that holds a placed order, one of unknown fate, one not sent, one refused; with a log that is not merged.

    The connection that wrote it is kept open until the end, as a living kernel keeps it.
    """
    path = tmp_path / "journal.sqlite"
    journal = Journal(path, "a")
    placed = {"profile_key": "pk", "profile_id": "p", "sent_at": start, "bound_at": start, "order_id": "o-1"}
    placed["given_at"] = start
    journal.intend(purchase(key="placed", name="spring", **placed))
    journal.intend(purchase(key="unsure", options={"n": 2}))
    journal.record("unsure", sent_at=start)
    journal.intend(purchase(key="unsent", options={"n": 3}))
    journal.intend(purchase(key="refused", options={"n": 4}))
    journal.record("refused", sent_at=start)
    journal.record("refused", problem="no", finished_at=start)
    yield path
    journal.close()


def checkpoint(path):
    """Bring everything into the main file, as the last kernel to close does."""
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def delete(path):
    """Everything of the journal goes, side files included."""
    for part in path.parent.glob("journal*"):
        part.unlink()


def empty(path):
    """No byte is left."""
    delete(path)
    path.touch()


def lose_the_log(path):
    """The main file is there, its log is not: copied without it while a kernel lived, or after a crash."""
    copy = path.with_name("copy")
    shutil.copy(path, copy)
    delete(path)
    copy.rename(path)


def fill_with_garbage(path):
    """Somebody else's bytes are in its place."""
    delete(path)
    path.write_bytes(b"not a database, but somebody's bytes" * 99)


def spoil_the_header(path):
    """The first page is gone, so that nothing can be read."""
    checkpoint(path)
    with path.open("r+b") as file:
        file.write(bytes(4096))


def truncate(path):
    """The file ends in the middle."""
    checkpoint(path)
    os.truncate(path, 3 * 4096)


def forget_its_version(path):
    """The tables are there, and the number that says so is not."""
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA user_version = 0")


def lose_its_tables(path):
    """A database, but not ours."""
    with closing(sqlite3.connect(path)) as database:
        database.execute("DROP TABLE purchases")


def lose_a_column(path):
    """A table of our name with other columns."""
    with closing(sqlite3.connect(path)) as database:
        database.executescript("DROP INDEX purchases_by_name; ALTER TABLE purchases DROP COLUMN name")


LOSSES = [
    delete, empty, lose_the_log, fill_with_garbage, spoil_the_header, truncate,
    forget_its_version, lose_its_tables, lose_a_column,
]  # fmt: skip
DAMAGED = {fill_with_garbage, spoil_the_header, truncate, forget_its_version, lose_its_tables, lose_a_column}


def opened(path):
    """Open the journal as a second attempt would: the first may say that it is damaged."""
    with suppress(JournalError):
        Journal(path, "a").close()
    return closing(Journal(path, "a"))


@pytest.mark.parametrize("lose", LOSSES)
def test_a_loss_is_said_until_it_is_acknowledged(lose, bought):
    """However the rows went: every opening says that purchases are gone, until it is acknowledged, and never after."""
    lose(bought)
    for _ in range(3):
        with opened(bought) as journal:
            assert journal.losses() != []
    with opened(bought) as journal:
        journal.acknowledge()
        assert journal.losses() == []
    with opened(bought) as journal:
        assert journal.losses() == []


@pytest.mark.parametrize("lose", LOSSES)
def test_what_was_bought_is_still_known_and_not_bought_again(lose, bought, purchase, start):
    """The placed order keeps its id and name, the unsure one stays unsure, what was refused or not sent is free."""
    lose(bought)
    later = start + HOUR
    with opened(bought) as journal:
        assert journal.find(key="placed").order_id == "o-1"
        again = purchase(key="new", name="spring", intended_at=later)
        known, is_new = journal.intend(again, adopt=False)
        assert (known.key, known.order_id, known.name, is_new) == ("placed", "o-1", "spring", False)
        with pytest.raises(UnsafeToRetry, match="not confirmed yet, key unsure"):
            journal.intend(purchase(key="new", options={"n": 2}, intended_at=later))
        with pytest.raises(ConflictError, match="already stands"):
            journal.intend(purchase(key="placed", options={"n": 9}))
        assert journal.intend(purchase(key="new-4", options={"n": 4}, intended_at=later))[1]
        journal.intend(purchase(key="new-3", options={"n": 3}, intended_at=later))


@pytest.mark.parametrize("lose", LOSSES)
def test_a_lost_text_comes_back_with_the_call_that_made_it(lose, bought, purchase, start):
    """The same order wanted again has the lost one's fingerprint: it can be finished under its key after all."""
    lose(bought)
    with opened(bought) as journal:
        with pytest.raises(UnsafeToRetry):
            journal.intend(purchase(key="new", options={"n": 2}, intended_at=start + HOUR))
        whole = journal.find(key="unsure")
        assert (whole.options, whole.lost, standing(whole)) == ({"n": 2}, False, Standing.UNCONFIRMED)
        assert whole.intent == purchase(options={"n": 2}).intent


@pytest.mark.parametrize("lose", sorted(DAMAGED, key=lambda f: f.__name__))
def test_a_damaged_file_is_moved_aside_as_it_was(lose, bought):
    """The first opening says where it went; the file is not changed by the rescue, and the new one is private."""
    checkpoint(bought)
    lose(bought)
    before = bought.read_bytes()
    with pytest.raises(JournalError, match=r"damaged and was moved to .*damaged-1") as caught:
        Journal(bought, "a")
    assert caught.value.code == "DAMAGED"
    assert caught.value.next_step.startswith("Look at client.orders.list() before ordering;")
    assert bought.with_name("journal.sqlite.damaged-1").read_bytes() == before
    for path in (bought, Witness.of(bought).path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not list(bought.parent.glob("*rescue*"))


def test_a_schema_that_is_no_text_is_damage_like_any_other(tmp_path, purchase):
    """SQLite quotes it in its message, which is no Unicode then; the next client opens a journal all the same."""
    path = tmp_path / "journal.sqlite"
    with closing(Journal(path, "a")) as journal:
        journal.intend(purchase(key="placed"))
    path.write_bytes(path.read_bytes().replace(b"CREATE TABLE purchases", b"CREATE \xff\xfe\x9d\xe3E purchases"))
    with pytest.raises(JournalError, match="damaged and was moved to"):
        Journal(path, "a")
    with closing(Journal(path, "a")) as journal:
        assert journal.find(key="placed") is not None


def test_damaged_files_are_set_aside_one_by_one(bought):
    """A second damage does not overwrite what was kept of the first."""
    for number in (1, 2):
        fill_with_garbage(bought)
        bought.with_name("journal.sqlite.damaged-1").touch() if number == 2 else None
        with pytest.raises(JournalError, match="damaged-"):
            Journal(bought, "a")
    assert bought.with_name("journal.sqlite.damaged-2").exists()


def test_rows_of_pages_that_can_be_read_come_back_whole(tmp_path, purchase, start):
    """With one page of many spoiled, the others' purchases keep their text; the witness knows the rest."""
    path = tmp_path / "journal.sqlite"
    with closing(Journal(path, "a")) as journal:
        for number in range(200):
            journal.intend(purchase(key=f"k{number}", options={"n": number, "text": "x" * 500}))
            journal.record(f"k{number}", order_id=f"o{number}", bound_at=start)
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(b"\xff" * 4096)
    with opened(path) as journal:
        everything = journal.all()
        assert {p.order_id for p in everything} == {f"o{number}" for number in range(200)}
        assert sum(not p.lost for p in everything) > 150


def test_an_older_copy_is_brought_up_to_date(bought, purchase, start, tmp_path):
    """A copy from before an order was placed learns the order's id again, and what had been sent."""
    checkpoint(bought)
    copy = tmp_path / "older"
    shutil.copy(bought, copy)
    with closing(Journal(bought, "a")) as journal:
        journal.record("unsure", order_id="o-2", bound_at=start)
        journal.record("unsent", sent_at=start)
    delete(bought)
    copy.rename(bought)
    with opened(bought) as journal:
        assert journal.find(key="unsure").order_id == "o-2"
        assert standing(journal.find(key="unsent")) is Standing.UNCONFIRMED
        assert journal.losses() == ["2 purchase(s) had gone back to an earlier state, as in a restored copy."]


SPOILT = {
    "options": b"{broken",
    "profile": b"[]",
    "intended_at": b"yesterday",
    "bound_at": b"\xff\xfe",
    "kind": b"GIFT",
    "intent": b"of another purchase",
    "sent_at": b"+999999-01-01T00:00:00+00:00",
}


@pytest.mark.parametrize("column", SPOILT)
@pytest.mark.parametrize("key", ["placed", "unsure", "unsent"])
def test_one_unreadable_row_hides_no_other(column, key, bought, purchase, start):
    """A row with nonsense in it is named at every opening, keeps its id, and the others are read as always."""
    with closing(sqlite3.connect(bought)) as database:
        database.execute(f"UPDATE purchases SET {column} = CAST(? AS TEXT) WHERE key = ?", (SPOILT[column], key))  # noqa: S608
        database.commit()
    for _ in range(2):
        with closing(Journal(bought, "a")) as journal:
            assert [p.key for p in journal.all() if p.lost] in ([key], [])
            assert journal.frame().height == 4
            assert journal.find(key="placed").order_id == "o-1"
            if any(p.lost for p in journal.all()):
                assert f"cannot be read (key {key})" in journal.losses()[0]
    with closing(Journal(bought, "a")) as journal:
        for number, options in ((1, {"briefing_quantity": 5, "title": "T"}), (2, {"n": 2})):
            wanted = purchase(key=f"new-{number}", options=options, intended_at=start + timedelta(minutes=5))
            if (key, column) not in {("placed", "intent"), ("unsure", "intent")}:
                with pytest.raises(UnsafeToRetry):
                    journal.intend(wanted)


def test_a_journal_without_a_witness_gets_one(bought):
    """What an earlier version left is written down at the first opening, so that a later loss is noticed."""
    forget_the_witness(bought)
    Journal(bought, "a").close()
    delete(bought)
    with opened(bought) as journal:
        assert journal.losses() == [
            "4 purchase(s) that this home once held are gone from its journal, 1 of them placed."
        ]


def forget_the_witness(path):
    """The journal is one of an earlier version, which had no witness."""
    checkpoint(path)
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA application_id = 0")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    Witness.of(path).path.unlink()


@pytest.mark.parametrize("is_merged", [True, False])
def test_a_copy_of_the_journal_alone_says_that_something_may_be_gone(bought, tmp_path, purchase, is_merged):
    """Copied without its log while a kernel lives, and without its witness: said until it is acknowledged."""
    copy = tmp_path / "elsewhere" / bought.name
    copy.parent.mkdir()
    checkpoint(bought) if is_merged else None
    shutil.copy(bought, copy)
    for _ in range(2):
        with closing(Journal(copy, "a")) as journal:
            [words] = journal.losses()
            assert "witness file is gone" in words
            journal.intend(purchase(key="a new one", options={"n": 9}))
    with closing(Journal(copy, "a")) as journal:
        journal.acknowledge()
    with closing(Journal(copy, "a")) as journal:
        assert journal.losses() == []


def test_a_copy_of_an_empty_journal_alone_says_so_too(open_journal, tmp_path):
    """The main file of a home whose first purchase is in its log alone holds nothing but the mark."""
    (tmp_path / "elsewhere").mkdir()
    shutil.copy(open_journal(name="journal.sqlite").path, tmp_path / "elsewhere")
    with closing(Journal(tmp_path / "elsewhere" / "journal.sqlite", "a")) as journal:
        assert "witness file is gone" in journal.losses()[0]


@pytest.mark.parametrize("rest", [b"\0" * 3000, b"\xff\xfe no line", bytes(range(256))], ids=repr)
def test_a_witness_that_cannot_be_read_beside_an_empty_journal_is_a_loss(bought, rest):
    """Both are spoilt at once, as by a disk: what this home held is not known, and it says so."""
    delete(bought)
    Witness.of(bought).path.write_bytes(rest)
    for _ in range(2):
        with closing(Journal(bought, "a")) as journal:
            assert [words for words in journal.losses() if "cannot be read" in words]


def test_a_message_that_python_cannot_read_is_damage_wherever_it_comes(tmp_path):
    """SQLite may quote spoilt names in the message of any statement, not of the first alone."""

    class Spoilt(sqlite3.Connection):
        def execute(self, sql, *values):
            if sql.startswith("SELECT"):
                b"\xff".decode()
            return super().execute(sql, *values)

    path = tmp_path / "journal.sqlite"
    Journal(path, "a").close()
    with pytest.raises(JournalError):
        Journal(path, "a", connect=lambda *given, **named: sqlite3.connect(*given, **named, factory=Spoilt))


def test_a_new_home_has_lost_nothing(open_journal):
    """An empty journal beside an empty witness is simply new."""
    assert open_journal().losses() == []


def test_a_line_cut_off_by_a_crash_swallows_no_other(bought):
    """The witness goes on after a torn line, and what it said before and after counts."""
    witness = Witness.of(bought)
    with witness.path.open("ab") as file:
        file.write(b'\n{"account":"a","key":"to')
    with closing(Journal(bought, "a")) as journal:
        journal.record("unsent", order_id="o-3")
    delete(bought)
    with opened(bought) as journal:
        assert {p.order_id for p in journal.all()} == {"o-1", "o-3", None}


@settings(max_examples=examples(60), suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.one_of(st.binary(max_size=40), st.sampled_from([b"null", b"[]", b'{"loss":1}', b'{"key":{}}']))))
def test_no_bytes_in_the_witness_stop_a_client(tmp_path, lines):
    """Whatever became of the file beside the journal, it is read as far as it goes."""
    path = tmp_path / "journal.sqlite"
    Witness.of(path).path.write_bytes(b"\n".join(lines))
    with closing(Journal(path, "a")) as journal:
        assert journal.all() == []


def test_the_witness_holds_no_text_of_an_order(open_journal, purchase, tmp_path):
    """Keys, fingerprints, ids and times are in it; titles, names and reasons, which may name somebody, are not."""
    journal = open_journal(name="journal.sqlite")
    journal.intend(purchase(name="for ab.example", options={"title": "for ab.example"}))
    journal.record("k", problem="ab.example is closed")
    assert b"ab.example" not in Witness.of(journal.path).path.read_bytes()


def test_a_kernel_whose_journal_was_taken_away_buys_nothing(open_journal, purchase):
    """With the file moved or replaced under it, a client refuses to begin: nobody else would know of its purchase."""
    journal = open_journal(name="journal.sqlite")
    journal.intend(purchase())
    journal.path.rename(journal.path.with_name("elsewhere"))
    for _ in range(2):
        with pytest.raises(JournalError, match=r"moved, deleted or replaced.*Make a new client"):
            journal.intend(purchase(key="2", options={}))
        with pytest.raises(JournalError, match="Nothing was sent"):
            journal.lease("k", "me", 60.0, now=0.0, monotonic=0.0)
        journal.path.touch()
    # What an answer brings is written down all the same: the witness tells the next kernel.
    journal.record("k", order_id="o")
    assert Witness.of(journal.path).read().entries["a", "k"]["order_id"] == "o"


def test_a_client_made_before_a_fork_is_refused_in_the_child(journal, purchase):
    """SQLite's connections do not survive a fork; the child is told instead of spoiling the file."""
    child = os.fork()
    if child == 0:
        try:
            journal.all()
        except JournalError:
            os._exit(7)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    assert journal.intend(purchase())[1]


def test_a_closed_journal_says_so(tmp_path, purchase):
    """A call that comes after close() gets an error of ours."""
    journal = Journal(tmp_path / "journal.sqlite", "a")
    journal.close()
    for call in (journal.all, lambda: journal.intend(purchase())):
        with pytest.raises(JournalError, match="closed database"):
            call()


def test_what_was_sent_can_be_taken_back_where_nothing_left(bought, start):
    """A time that is taken back is taken back in the witness too, so that nothing looks like an older copy."""
    with closing(Journal(bought, "a")) as journal:
        journal.record("unsure", sent_at=None)
        assert standing(journal.find(key="unsure")) is Standing.UNSENT
    with closing(Journal(bought, "a")) as journal:
        assert standing(journal.find(key="unsure")) is Standing.UNSENT
        assert journal.losses() == []
        journal.record("unsure", sent_at=start)
    delete(bought)
    with opened(bought) as journal:
        assert standing(journal.find(key="unsure")) is Standing.UNCONFIRMED


def test_a_path_too_long_for_a_database_is_named(tmp_path):
    """SQLite opens no path of more than some 500 characters; the error says so."""
    folder = tmp_path.joinpath(*["x" * 100] * 5)
    folder.mkdir(parents=True)
    with pytest.raises(JournalError, match=r"more than 500 characters.*shorter path: home="):
        Journal(folder / "journal.sqlite", "a")


def test_texts_that_no_file_can_hold_are_kept_as_escapes(journal, purchase):
    """Half a surrogate pair in a server's answer does not stop the journal from writing the answer down."""
    journal.intend(purchase())
    assert journal.record("k", order_id="o", status="\ud800").status == "\\ud800"
    assert replace(journal.find(key="k"), status=None).order_id == "o"
