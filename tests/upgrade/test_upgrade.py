"""What earlier versions left on disk opens in this one, with every fact; what a newer one wrote is left alone."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import tarfile
from pathlib import Path

import polars as pl
import pytest

import openprospect_nb as op
from openprospect_nb.errors import ConfigurationError, JournalError
from openprospect_nb.frames import Results
from openprospect_nb.journal import Journal
from openprospect_nb.journal.migrations import MIGRATIONS

HOMES = Path(__file__).parent / "homes"
ALL = sorted(path.name.removesuffix(".tar.xz") for path in HOMES.glob("*.tar.xz"))
EMBEDDED = [name for name in ALL if name.endswith("-embedded")]
ELSEWHERE = [name for name in ALL if name not in EMBEDDED]


def unpack(name, folder):
    """Put a home where the test may write, and return it with what the version that made it said of it."""
    with tarfile.open(HOMES / f"{name}.tar.xz") as archive:
        archive.extractall(folder, filter="data")
    return folder / "home", json.loads((folder / "facts.json").read_text("utf-8"))


def rows_of(database):
    """Return every table of a SQLite file as a list of rows by column name."""
    connection = sqlite3.connect(database)
    connection.row_factory = sqlite3.Row
    names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    found = {name: [dict(row) for row in connection.execute(f"SELECT * FROM {name}")] for name in names}  # noqa: S608
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    connection.close()
    return found, version


def connect(home, facts):
    """Return a client of the newest version on *home*; nothing answers at its address, unless it is the sandbox."""
    if not facts["url"]:
        return op.connect(home=home, poll_interval=0.01)
    return op.connect(api_key=facts["key"], base_url=facts["url"], home=home)


@pytest.mark.parametrize("name", ELSEWHERE)
def test_a_journal_of_an_earlier_version_keeps_every_row(name, tmp_path):
    """After the upgrade each table holds the same rows in its old columns, and the frame says what it said then."""
    home, facts = unpack(name, tmp_path)
    before, _ = rows_of(home / "journal.sqlite")
    with connect(home, facts) as client:
        frame = client.journal.frame()
        open_orders = client.journal.unfinished()["order_id"].to_list()
    after, version = rows_of(home / "journal.sqlite")
    assert version == len(MIGRATIONS)
    assert {table: len(rows) for table, rows in before.items()} == {table: len(after[table]) for table in before}
    assert len(before["purchases"]) == 3
    for table, rows in before.items():
        assert [{column: row[column] for column in rows[0]} for row in after[table] if rows] == rows, table
    said = [{k: v.isoformat() if hasattr(v, "isoformat") else v for k, v in row.items()} for row in frame.to_dicts()]
    assert [{column: row[column] for column in old} for old, row in zip(facts["journal"], said, strict=True)] == (
        facts["journal"]
    )
    assert open_orders == [facts["orders"][1]]


@pytest.mark.parametrize("name", ELSEWHERE)
def test_results_and_synced_deliveries_of_an_earlier_version_read_as_they_were_written(name, tmp_path):
    """Every column of every frame, the provenance and the sync cursor come back equal, with no request."""
    home, facts = unpack(name, tmp_path)
    folders = [path.parent for path in sorted(home.rglob("provenance.json"))]
    assert len(folders) == (2 if facts["search"] else 1)
    for folder in folders:
        read = Results.read(folder)
        for frame in ("companies", "prospects", "rejects", "drift"):
            written = pl.read_parquet(folder / f"{frame}.parquet")
            assert getattr(read, frame).select(written.columns).equals(written), (folder, frame)
        assert read.companies.height == 2
        assert read.provenance == json.loads((folder / "provenance.json").read_text("utf-8"))["provenance"]
    with connect(home, facts) as client:
        if facts["search"]:
            synced = client.deliveries.read(facts["search"])
            assert (synced.companies.height, "cursor" in synced.provenance) == (2, True)
        assert client.traffic.sent == 0
    assert Results.scan(home).companies.collect().height == 2


@pytest.mark.parametrize("name", EMBEDDED)
def test_an_order_begun_on_an_earlier_sandbox_is_finished_by_this_one(name, tmp_path):
    """The sandbox's database opens too: the order that was still open is waited for and delivers, the other reads."""
    home, facts = unpack(name, tmp_path)
    first, second = facts["orders"]
    with connect(home, facts) as client:
        assert client.orders.get(first).results().companies.height == 2
        assert client.orders.get(second).wait(timeout=60, progress=False).results().companies.height == 3
        assert sorted(client.orders.list()["order_id"]) == sorted(facts["orders"])
        assert client.journal.unfinished().is_empty()
        known = client.journal.frame().select(facts["journal"][0].keys()).drop("status", "finished_at").to_dicts()
    for old, new in zip(facts["journal"], known, strict=True):
        assert {k: str(old[k]).replace("T", " ") for k in new} == {k: str(v) for k, v in new.items()}


def test_the_sandbox_leaves_a_database_of_a_newer_version_alone(tmp_path):
    """A schema it does not know is refused with what to do, and not a byte of the file changes."""
    path = tmp_path / "sandbox.sqlite"
    op.Sandbox(db=path).close()
    database = sqlite3.connect(path)
    database.execute("PRAGMA user_version = 99")
    database.close()
    before = path.read_bytes()
    with pytest.raises(JournalError, match=r"version 99.*Upgrade"):
        op.Sandbox(db=path)
    assert path.read_bytes() == before


def test_results_of_a_newer_version_are_refused_and_left_alone(tmp_path):
    """A folder of a higher format is named as such, by read and by scan, and no file of it changes."""
    folder = Results().write(tmp_path / "results" / "o1")
    facts = folder / "provenance.json"
    facts.write_text(json.dumps({**json.loads(facts.read_text("utf-8")), "format": 2}), encoding="utf-8")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    for opening in (Results.read, Results.scan):
        with pytest.raises(ConfigurationError, match=r"newer version \(format 2, .* knows 1\).*Upgrade"):
            opening(folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.parametrize("name", ELSEWHERE)
def test_an_upgraded_journal_has_the_columns_of_a_new_one(name, tmp_path):
    """Whatever the way there, the schema is the same: no step was edited after files had been made by it."""
    home, _ = unpack(name, tmp_path)
    schemas = []
    for path in (home / "journal.sqlite", tmp_path / "new.sqlite"):
        Journal(path, "a").close()
        connection = sqlite3.connect(path)
        columns = "SELECT m.name, c.name, c.type, c.pk FROM sqlite_master m, pragma_table_info(m.name) c"
        indexes = "SELECT name, sql, NULL, NULL FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        schemas.append({*connection.execute(columns), *connection.execute(indexes)})
        connection.close()
    assert schemas[0] == schemas[1]


# The newest steps on an old journal, with a kill after the N-th statement that changes something.
@pytest.mark.parametrize("name", ELSEWHERE)
def test_somebody_is_forgotten_in_a_home_of_an_earlier_version(name, tmp_path):
    """Results, sync store and journal of any age lose the person, keep all else, and pass the ledger from then on."""
    home, facts = unpack(name, tmp_path)
    folders = [path.parent for path in sorted(home.rglob("provenance.json"))]
    before = [Results.read(folder) for folder in folders]
    person = before[0].prospects.row(0, named=True)
    with connect(home, facts) as client:
        done = client.journal.forget(person["linkedin_url"])
        assert client.journal.frame().height == 3
    assert done["left"].null_count() == done.height
    for folder, old in zip(folders, before, strict=True):
        new = Results.read(folder)
        assert new.companies.height == old.companies.height
        assert new.prospects.height == old.prospects.filter(pl.col("id") != person["id"]).height
        assert new.provenance["passed_ledgers"]
        told = str([new.companies.to_dicts(), new.prospects.to_dicts(), new.drift.to_dicts(), new.provenance])
        assert person["linkedin_url"] not in told
        assert person["id"] not in told


KILLED = """
import os, signal, sqlite3, sys
from pathlib import Path
from openprospect_nb.journal import Journal
from openprospect_nb.journal.migrations import MIGRATIONS
from openprospect_nb.sqlite import open_database

def more(connection):
    connection.execute("CREATE TABLE added (x)")
    connection.execute("DELETE FROM sightings")
    if sys.argv[2] == "in the step":
        os.kill(os.getpid(), signal.SIGKILL)

def last(connection):
    connection.execute("DROP TABLE flows")
    os.kill(os.getpid(), signal.SIGKILL)

open_database(Path(sys.argv[1]), [*MIGRATIONS, more, last])
"""


@pytest.mark.parametrize("moment", ["in the step", "after one step of two"])
def test_an_upgrade_killed_in_the_middle_leaves_the_old_database(moment, tmp_path):
    """Killed within its steps, an upgrade has not happened: version and rows are the old ones, and it can be redone."""
    home, facts = unpack("52d23c4", tmp_path)
    before = rows_of(home / "journal.sqlite")
    command = [sys.executable, "-c", KILLED, str(home / "journal.sqlite"), moment]
    done = subprocess.run(command, env=os.environ, check=False, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert rows_of(home / "journal.sqlite") == before
    with connect(home, facts) as client:
        assert client.journal.frame().height == 3
    assert rows_of(home / "journal.sqlite")[1] == len(MIGRATIONS)
