import fcntl
import os
import signal
import stat
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import polars as pl
import pytest
from unit.frames.wire import company, page

from openprospect_nb.errors import ConfigurationError
from openprospect_nb.frames import Decoder, Results
from openprospect_nb.frames.schemas import COMPANIES, DRIFT, PROSPECTS, REJECTS

FACTS = {
    "orders": [{"order_id": "o1", "title": "Grüße"}],
    "icp": {"profile_name": "Nordic integrators"},
    "icp_hash": "abc",
    "fetched_at": "2026-05-06T09:15:00+00:00",
    "source": "sandbox",
    "versions": {"polars": "2"},
}


def results(order_id="o1", numbers=range(3), **fields):
    """Return results decoded from a page, with a reject and provenance."""
    decoder = Decoder(order_id, "sandbox")
    decoder.feed(page([company(number, 2, **fields) for number in numbers]))
    made = decoder.finish()
    return Results(
        companies=made.companies,
        prospects=made.prospects,
        rejects=made.rejects,
        drift=made.drift,
        errors={"o9": "not found"},
        provenance={**FACTS, "orders": [{"order_id": order_id}]},
    )


def test_what_is_written_is_read_back_equal(tmp_path):
    """Frames, errors and provenance survive the disk, rejects included."""
    first = results(match_score="11", unheard_of="1")
    again = Results.read(first.write(tmp_path / "new" / "folder"))
    for name in ("companies", "prospects", "rejects", "drift"):
        assert getattr(again, name).equals(getattr(first, name))
    assert again.rejects.height > 0
    assert (again.errors, again.provenance) == (first.errors, first.provenance)


def test_empty_results_survive_the_disk_too(tmp_path):
    """No row, and still every declared schema."""
    again = Results.read(Results().write(tmp_path / "empty"))
    schemas = [frame.schema for frame in (again.companies, again.prospects, again.rejects, again.drift)]
    assert schemas == [COMPANIES, PROSPECTS, REJECTS, DRIFT]


def test_files_are_private(tmp_path):
    """The folder is 0700 and each file 0600, whatever the umask says."""
    folder = results().write(tmp_path / "private")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}
    assert {file.name for file in folder.iterdir()} == {
        "companies.parquet",
        "prospects.parquet",
        "rejects.parquet",
        "drift.parquet",
        "provenance.json",
    }


def test_writing_again_replaces_the_old_results_and_leaves_nothing_behind(tmp_path):
    """The second write wins and the parent holds only the folder."""
    results().write(tmp_path / "r")
    results(numbers=range(5)).write(tmp_path / "r")
    assert Results.read(tmp_path / "r").companies.height == 5
    assert [entry.name for entry in tmp_path.iterdir()] == ["r"]


def test_a_folder_with_other_files_is_not_replaced(tmp_path):
    """A mistyped path costs nobody's files."""
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(ConfigurationError, match="something else"):
        results().write(tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_a_path_that_cannot_be_written_is_named(tmp_path):
    """A file in the way gives the clear error, with the path."""
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match=str(tmp_path / "file")):
        results().write(tmp_path / "file" / "below")


@pytest.mark.parametrize("damage", ["missing", "no facts", "no json", "no parquet", "wrong facts"])
def test_a_folder_that_holds_no_results_is_named(tmp_path, damage):
    """Each kind of damage gives one error with the path, never a foreign exception."""
    folder = results().write(tmp_path / "r")
    if damage == "missing":
        folder = tmp_path / "absent"
    elif damage == "no facts":
        (folder / "provenance.json").unlink()
    elif damage == "no json":
        (folder / "provenance.json").write_text("{")
    elif damage == "wrong facts":
        (folder / "provenance.json").write_text("[]")
    else:
        (folder / "companies.parquet").write_bytes(b"PAR1")
    with pytest.raises(ConfigurationError, match=str(folder)):
        Results.read(folder)


def test_results_written_by_an_older_version_gain_the_new_columns(tmp_path):
    """A file without a later column is read with that column null."""
    folder = results().write(tmp_path / "r")
    old = pl.read_parquet(folder / "companies.parquet").drop("extra")
    old.write_parquet(folder / "companies.parquet")
    assert Results.read(folder).companies.schema == COMPANIES
    assert Results.scan(folder).companies.select("extra").collect().to_series().null_count() == 3


def test_between_the_two_renames_the_old_results_are_still_found(tmp_path):
    """A crash after the old folder was moved aside, before the new one is in place, loses nothing."""
    folder = results().write(tmp_path / "r")
    folder.rename(tmp_path / ".r.previous")
    assert Results.is_stored(folder)
    assert Results.read(folder).companies.height == 3
    results(numbers=range(4)).write(folder)
    assert Results.read(folder).companies.height == 4
    assert [entry.name for entry in tmp_path.iterdir()] == ["r"]


def test_a_writer_killed_at_any_moment_leaves_whole_results(tmp_path):
    """SIGKILL while results of two sizes replace each other: what is read is always one of the two, whole."""
    script = textwrap.dedent(
        """
        import sys
        from openprospect_nb.frames import Results
        path = sys.argv[1]
        small = Results.read(path)
        large = small.upsert(Results(companies=small.companies.with_columns(id=small.companies["id"] + "x")))
        print("ready", flush=True)
        while True:
            large.write(path)
            small.write(path)
        """
    )
    for pause in (0.003, 0.017, 0.031, 0.05):
        results().write(tmp_path / "r")
        with subprocess.Popen([sys.executable, "-c", script, str(tmp_path / "r")], stdout=subprocess.PIPE) as writer:
            assert writer.stdout.readline().strip() == b"ready"
            time.sleep(pause)
            os.kill(writer.pid, signal.SIGKILL)
        found = Results.read(tmp_path / "r")
        assert found.companies.height in {3, 6}


def test_writers_and_readers_of_one_folder_do_not_disturb_each_other(tmp_path):
    """Two kernels store the same order at once while a third reads it: no error, and always one of the two, whole."""
    results().write(tmp_path / "r")
    script = textwrap.dedent(
        """
        import sys
        from openprospect_nb.frames import Results
        mine = Results.read(sys.argv[1])
        for _ in range(40):
            mine.write(sys.argv[1])
        """
    )
    command = [sys.executable, "-c", script, str(tmp_path / "r")]
    writers = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(2)]
    while any(writer.poll() is None for writer in writers):
        assert Results.is_stored(tmp_path / "r")
        assert Results.read(tmp_path / "r").companies.height == 3
    assert [writer.communicate()[1] for writer in writers] == [b"", b""]
    assert [entry.name for entry in tmp_path.iterdir()] == ["r"]


def test_what_a_killed_writer_left_is_removed_an_hour_later(tmp_path):
    """Half-written personal data does not stay; a writer at work now is left alone."""
    old, recent = tmp_path / ".r.new-old", tmp_path / ".r.new-recent"
    old.mkdir()
    recent.mkdir()
    os.utime(old, (0, 0))
    results().write(tmp_path / "r")
    assert (old.exists(), recent.exists()) == (False, True)


def test_concat_joins_frames_and_provenance_and_keeps_a_row_of_one_order_once():
    """Two orders give both; the same order twice gives one copy; a company in two orders stays in both."""
    joined = Results.concat([results("o1"), results("o2"), results("o1")])
    assert joined.companies.height == 6
    assert joined.prospects.height == 12
    assert [order["order_id"] for order in joined.provenance["orders"]] == ["o1", "o2", "o1"]
    assert joined.provenance["icp_hash"] == "abc"
    assert Results.concat([]).companies.schema == COMPANIES


def test_concat_adds_up_drift_and_says_mixed_facts_are_mixed():
    """The same deviation in two orders is one row; facts on which the parts differ become None."""
    first, second = results("o1", unheard_of="1"), results("o2", unheard_of="1")
    other = Results(companies=second.companies, drift=second.drift, provenance={**second.provenance, "icp_hash": "z"})
    joined = Results.concat([first, other])
    assert joined.drift.rows() == [("company", "unheard_of", "new", 6, "1")]
    assert joined.provenance["icp_hash"] is None
    assert [part["icp_hash"] for part in joined.provenance["parts"]] == ["abc", "z"]


def test_joined_puts_each_prospect_beside_its_company():
    """One row a prospect in its order, both sets of columns; the same id in another order is another company."""
    both = Results.concat([results("o1"), results("o2", name='"Other"')])
    joined = both.joined()
    assert joined["id"].equals(both.prospects["id"])
    assert joined.columns[: len(both.prospects.columns)] == both.prospects.columns
    assert set(joined.filter(order_id="o2")["company_name"]) == {"Other"}
    assert "Other" not in joined.filter(order_id="o1")["company_name"].to_list()
    assert joined.schema["company_match_score"] == pl.Float64
    assert results(numbers=()).joined().is_empty()


def test_upsert_puts_newer_companies_in_the_place_of_older_ones_with_their_people():
    """A company delivered again replaces the old row and its prospects; the others stay as they were."""
    base, newer = results(numbers=range(3)), results("o2", numbers=[2, 3], match_score="1")
    merged = base.upsert(newer)
    assert dict(merged.companies.select("id", "match_score").iter_rows()) == {
        "c0": 8.5,
        "c1": 8.5,
        "c2": 1.0,
        "c3": 1.0,
    }
    assert merged.prospects.get_column("company_id").value_counts().get_column("count").to_list() == [2] * 4
    assert merged.prospects.filter(pl.col("company_id") == "c2").get_column("order_id").to_list() == ["o2", "o2"]


def test_upsert_lets_go_of_rejects_whose_rows_were_replaced():
    """Syncing the same odd company again does not pile up rejects; those of other rows stay."""
    odd = results(numbers=range(3), match_score="11")
    assert odd.upsert(odd).rejects.equals(odd.rejects)
    mended = odd.upsert(results(numbers=[1]))
    assert mended.rejects.get_column("row_id").to_list() == ["c0", "c2"]


def test_the_repr_is_one_line_without_personal_data():
    """Counts, and no name, address or company."""
    text = repr(results())
    assert text == "Results(3 companies, 6 prospects, 0 rejects, 1 order, 1 failed)"


def test_the_html_repr_escapes_what_others_wrote_and_shows_no_person():
    """Counts, errors and provenance; a hostile error text stays text."""
    shown = Results(
        companies=results().companies, errors={"o1": "<script>alert(1)</script>"}, provenance={"source": "<b>live</b>"}
    )._repr_html_()
    assert "<script" not in shown
    assert "<b>" not in shown
    assert "companies" in shown
    assert "Fjordarm" not in shown


def test_rules_are_named_expressions_that_hold_on_decoded_frames():
    """Each rule can be looked up by name and evaluated on the frame it speaks of."""
    made = results()
    assert "company.match_score.0 to 10" in made.rules
    assert "prospect.first_name.non-null" in repr(made.rules)
    for name, expression in made.rules.items():
        frame = made.companies if name.startswith("company.") else made.prospects
        assert frame.select(expression.all()).item()
    assert len(list(made.rules)) == len(made.rules)


def test_scan_reads_many_folders_lazily_with_their_provenance(tmp_path):
    """Rows of each folder carry its ICP, time and path; hidden folders are left out."""
    for number in range(3):
        results(f"o{number}").write(tmp_path / "results" / f"o{number}")
    results().write(tmp_path / "results" / ".o1.previous")
    scan = Results.scan(tmp_path)
    assert isinstance(scan.companies, pl.LazyFrame)
    found = (
        scan.companies.group_by("order_id", "icp_name", "icp_hash").len().sort("order_id").collect(engine="streaming")
    )
    assert found.rows() == [(f"o{number}", "Nordic integrators", "abc", 3) for number in range(3)]
    assert scan.companies.collect_schema()["fetched_at"] == pl.Datetime("us", "UTC")
    assert scan.prospects.select(pl.len()).collect().item() == 18
    assert scan.orders.collect().height == 3
    few = Results.scan([tmp_path / "results" / "o0", tmp_path / "results" / "o0"])
    assert few.companies.select(pl.len()).collect().item() == 3


def test_scan_of_a_home_reads_its_orders_and_not_its_deliveries(tmp_path):
    """A company that was ordered and synced is not counted twice; the deliveries are read where they are named."""
    results().write(tmp_path / "results" / "account" / "o1")
    results().write(tmp_path / "deliveries" / "account" / "s1")
    assert Results.scan(tmp_path).companies.select(pl.len()).collect().item() == 3
    assert Results.scan(tmp_path / "deliveries").companies.select(pl.len()).collect().item() == 3


def test_scan_names_what_it_cannot_find_or_read(tmp_path):
    """No folder, or one whose facts are broken, is the clear error."""
    with pytest.raises(ConfigurationError, match=str(tmp_path)):
        Results.scan(tmp_path)
    folder = results().write(tmp_path / "r")
    (folder / "provenance.json").write_text("{")
    with pytest.raises(ConfigurationError, match=r"provenance\.json"):
        Results.scan(tmp_path)


def test_a_folder_that_moves_between_two_looks_is_still_there(tmp_path, monkeypatch):
    """Results are stored also where each of the two names is missing at the moment one asks for it."""
    results().write(tmp_path / "r")
    (tmp_path / "r").rename(tmp_path / ".r.previous")
    monkeypatch.setattr(Path, "is_dir", lambda _: False)

    assert Results.is_stored(tmp_path / "r")
    assert not Results.is_stored(tmp_path / "s")


def test_one_process_at_a_time_puts_a_folder_in_place(tmp_path):
    """While somebody else puts results in place a writer waits, and then writes."""
    results().write(tmp_path / "r")
    handle = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    writer = threading.Thread(target=results().write, args=(tmp_path / "r",))
    writer.start()
    writer.join(0.3)
    waited = writer.is_alive()
    os.close(handle)
    writer.join(20)

    assert waited
    assert not writer.is_alive()
    assert [entry.name for entry in tmp_path.iterdir()] == ["r"]
