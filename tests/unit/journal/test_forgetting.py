"""Who is blanked in the journal and its witness, and what stays known of the purchases."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace

from openprospect_nb.journal.forgetting import blanked_order
from openprospect_nb.journal.guard import Standing, standing
from openprospect_nb.journal.purchase import PurchaseStep, next_step
from openprospect_nb.privacy.canonical import Form, Kind
from openprospect_nb.privacy.subjects import MARK, Subject

ADDRESS = Subject(frozenset({Form(Kind.ADDRESS, "j@ab.example")}))
DOMAIN = Subject(frozenset({Form(Kind.DOMAIN, "ab.example")}))
BOTH = Subject(ADDRESS.forms | DOMAIN.forms)


def left_in(folder):
    """Return the files of a folder that hold the domain."""
    return [path.name for path in folder.iterdir() if path.is_file() and b"ab.example" in path.read_bytes()]


def test_forgetting_blanks_texts_and_stops_what_was_not_placed(open_journal, purchase, start):
    """Every account is searched; a placed purchase stays placed, an unplaced one can no longer be placed."""
    mine, theirs = open_journal("a"), open_journal("b")
    who = DOMAIN
    named = {"title": "for ab.example"}
    mine.intend(purchase(options=named, order_id="o", name="for ab.example"))
    mine.intend(purchase(key="ended", options=named | {"n": 1}, finished_at=start))
    theirs.intend(purchase(key="unplaced", options=named))
    theirs.intend(purchase(key="sent", options=named | {"n": 2}, sent_at=start), again=True)
    theirs.intend(purchase(key="nobody"), again=True)

    assert mine.forget(who, dry_run=True) == (4, None)
    assert mine.find(key="k").options == named
    assert mine.forget(who) == (4, None)
    placed, ended, sent = mine.find(key="k"), mine.find(key="ended"), theirs.find(key="sent")
    assert (placed.options, placed.problem) == ({"title": MARK}, None)
    assert placed.name.startswith("forgotten:")
    assert (ended.options, ended.problem) == ({"title": MARK, "n": 1}, None)
    assert theirs.find(key="unplaced").problem == "forgotten before it was placed"
    assert (standing(sent), sent.lost) == (Standing.UNCONFIRMED, True)
    assert theirs.find(key="nobody") == purchase(key="nobody", again=True)
    assert left_in(mine.path.parent) == []
    assert mine.forget(who) == (0, None)


def test_what_was_bought_under_words_that_were_forgotten_is_known_again(open_journal, purchase, start):
    """A key or name that names somebody is kept as a hash: the same call returns its purchase, and buys nothing."""
    journal = open_journal()
    options = {"title": "for ab.example"}
    placed = purchase(key="for-j@ab.example", options=options, order_id="o", bound_at=start)
    named = purchase(key="k2", name="ask j@ab.example", options={"title": "x"}, order_id="o2", bound_at=start)
    for bought in (placed, named):
        journal.intend(bought)
    assert journal.forget(BOTH)[0] == 2

    for reopened in (journal, open_journal()):
        for bought, order in ((placed, "o"), (named, "o2")):
            there, is_new = reopened.intend(replace(bought, order_id=None, bound_at=None))
            assert (there.order_id, is_new) == (order, False)
        assert reopened.losses() == []
    assert left_in(journal.path.parent) == []


def test_two_purchases_whose_names_hold_one_address_stay_two(open_journal, purchase):
    """Blanking makes no two names, or keys, one."""
    journal = open_journal()
    for number in (1, 2):
        words = {"key": f"{number}-j@ab.example", "name": f"j@ab.example, part {number}"}
        journal.intend(purchase(**words, options={"n": number}, order_id=f"o{number}"))
    assert journal.forget(ADDRESS) == (2, None)

    assert len({p.name for p in journal.all()} | {p.key for p in journal.all()}) == 4
    assert sorted(p.order_id for p in journal.all()) == ["o1", "o2"]


def test_a_purchase_that_may_be_at_the_server_goes_on_under_its_own_key(open_journal, purchase, start):
    """Text and key come back with the same call; until then nothing of it is sent."""
    journal = open_journal()
    sent = purchase(key="for-j@ab.example", options={"title": "j@ab.example"}, sent_at=start)
    journal.intend(sent)
    journal.forget(ADDRESS)
    assert next_step(journal.all()[0]) is PurchaseStep.NOTHING

    there, is_new = journal.intend(replace(sent, sent_at=None))
    assert (there.key, there.options, is_new) == (sent.key, sent.options, False)


def test_a_reader_that_keeps_the_log_is_said(open_journal, purchase):
    """While another connection reads, bytes stay in the log; once it is gone the next call cuts it."""
    journal = open_journal()
    journal.intend(purchase(options={"title": "j@ab.example"}, order_id="o"))
    reader = sqlite3.connect(journal.path)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM purchases").fetchall()
    touched, left = journal.forget(ADDRESS)
    assert touched == 1
    assert "another kernel" in left

    reader.close()
    assert journal.forget(ADDRESS) == (0, None)
    assert left_in(journal.path.parent) == []


def test_a_witness_line_that_cannot_be_read_goes_and_the_others_stay(open_journal, purchase):
    """After an erasure the witness says the same of every purchase, in lines that all can be read."""
    journal = open_journal()
    journal.intend(purchase(key="one", options={"title": "j@ab.example"}, order_id="o1"))
    witness = journal.path.with_name("witness.journal")
    with witness.open("ab") as file:
        file.write(b'\n{"key": "j@ab.example')
    journal.forget(ADDRESS)

    assert all(json.loads(line) for line in witness.read_bytes().splitlines() if line)
    assert open_journal().losses() == []
    assert open_journal().find(key="one").order_id == "o1"


def test_a_listed_company_that_is_named_goes_whole():
    """Only texts that name somebody are replaced; of the companies to enrich one that is named keeps nothing."""
    stored = json.dumps(
        {
            "title": "for j@ab.example",
            "briefing_quantity": 3,
            "tags": ["ab.example", "ok"],
            "companies": [{"company_name": "Ab", "website_url": "https://ab.example", "n": 1}, {"company_name": "Öl"}],
        }
    )
    assert json.loads(blanked_order(stored, DOMAIN)) == {
        "title": MARK,
        "briefing_quantity": 3,
        "tags": [MARK, "ok"],
        "companies": [{"company_name": MARK}, {"company_name": "Öl"}],
    }
    assert blanked_order("no JSON, ab.example", DOMAIN) == MARK
    assert json.loads(blanked_order('{"companies":"ab.example"}', DOMAIN)) == {"companies": MARK}
