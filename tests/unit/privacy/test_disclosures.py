"""Who got whose data, by hashes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from openprospect_nb.privacy.canonical import Form, Kind
from openprospect_nb.privacy.disclosures import Disclosures, Handover, forms_asked, recipients_of
from openprospect_nb.privacy.ledger import Ledger

NOW = datetime(2026, 11, 28, 10, tzinfo=UTC)
MAJA = Form(Kind.ADDRESS, "maja@firm.example")
PEOPLE = pl.DataFrame(
    {
        "id": ["p-1", "p-2", None],
        "source": ["live", "live", None],
        "email": ["Maja+x@firm.example", None, None],
        "linkedin_url": [None, None, "https://linkedin.com/in/jo"],
    }
)


def handed(file, persons=PEOPLE, recipient=""):
    """Return a file that leaves."""
    return Handover(what="export", target="csv", recipient=recipient, file=Path(file), persons=persons)


def test_a_person_is_found_in_the_files_they_left_in(tmp_path):
    """By address in any spelling, by id, by profile; others and files without persons are not on record."""
    record = Disclosures(Ledger(tmp_path))
    record.note(handed("a.csv", recipient="Sales Ltd"), NOW)
    record.note(handed("b.csv", PEOPLE.filter(pl.col("id") == "p-2")), NOW)
    record.note(handed("c.csv", PEOPLE.clear()), NOW)

    def files(form):
        return [Path(name).name for name in record.frame(forms_asked(form))["file"]]

    assert files(MAJA) == files(Form(Kind.ID, "p-1")) == files(Form(Kind.PROFILE, "linkedin.com/in/jo")) == ["a.csv"]
    assert files(Form(Kind.ID, "p-2")) == ["a.csv", "b.csv"]
    assert files(Form(Kind.ADDRESS, "eva@firm.example")) == []
    assert record.frame().select("disclosed_at", "what", "target", "recipient", "persons").rows() == [
        (NOW, "export", "csv", "Sales Ltd", 3), (NOW, "export", "csv", "", 1),
    ]  # fmt: skip
    assert recipients_of(PEOPLE, [record._ledger]) == ["Sales Ltd", "Sales Ltd; export (csv)", "Sales Ltd"]


def test_nothing_of_a_person_is_in_the_record(tmp_path):
    """Hashes under the key of the home alone, in a file of its owner."""
    Disclosures(Ledger(tmp_path)).note(handed("a.csv"), NOW)
    text = (tmp_path / "privacy" / "disclosures.jsonl").read_text()

    assert not any(trace in text for trace in ("maja", "firm", "p-1", "linkedin"))
    assert (tmp_path / "privacy" / "disclosures.jsonl").stat().st_mode & 0o777 == 0o600


def test_the_record_outlives_the_person(tmp_path):
    """Any form that somebody was forgotten under still finds the files; names of files are blanked."""
    ledger = Ledger(tmp_path)
    record = Disclosures(ledger)
    record.note(handed("for-maja@firm.example", recipient="maja@firm.example"), NOW)
    profile = Form(Kind.PROFILE, "linkedin.com/in/maja")
    ledger.add(profile, [MAJA], NOW)

    assert record.frame([profile]).height == 1
    assert record.forget([MAJA], dry_run=True) == 1
    assert record.forget([MAJA]) == 1
    assert record.frame([profile]).select("recipient", "persons").rows() == [("[forgotten]", 3)]
    assert "maja" not in record.path.read_text()


def test_a_line_cut_short_spoils_no_other(tmp_path):
    """Half a line, as a full disk leaves it, is passed over."""
    record = Disclosures(Ledger(tmp_path))
    record.note(handed("a.csv"), NOW)
    with record.path.open("ab") as file:
        file.write(b'{"at": "2026')
    record.note(handed("b.csv"), NOW)
    assert record.frame([MAJA]).height == 2


def test_nothing_was_handed_over_from_a_new_home(tmp_path):
    """Looking makes no file."""
    assert Disclosures(Ledger(tmp_path)).frame([MAJA]).is_empty()
    assert list(tmp_path.iterdir()) == []
