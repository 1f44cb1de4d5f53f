"""The results explorer without a front end: the desk's third step alone, its selection, decisions and files."""

from __future__ import annotations

import json

import comm
import polars as pl
import pytest
from support.samples import make_results

import openprospect_nb as op
from openprospect_nb.errors import ConfigurationError
from openprospect_nb.frames.decisions import FILE
from openprospect_nb.frames.results import Results
from openprospect_nb.widgets import ResultsExplorer


@pytest.fixture
def make(tmp_path):
    """Make explorers whose decisions go to a folder of the test, and close them in the end."""
    made = []

    def explorer(results=None, **options):
        made.append(ResultsExplorer(make_results() if results is None else results, home=tmp_path / "home", **options))
        return made[-1]

    yield explorer
    for one in made:
        one.close()


@pytest.fixture
def explorer(make):
    """An explorer of sixty companies."""
    return make()


def want(explorer, act, value=None, name=None):
    """Send an intent as the page does."""
    explorer._wanted({"act": act, "value": value, "name": name}, [])


def shown(explorer):
    """Return all HTML that the page has."""
    return "".join(explorer.pane.regions.values())


def row_of(explorer, company_id):
    """Return the number of a company's row."""
    return explorer.model.rows["id"].to_list().index(company_id)


def test_everything_follows_a_drag(explorer, until):
    """A drag across a histogram changes selection, table, counts, list and code."""
    want(explorer, "brush", [0.5, 0.8], "match_score")
    assert explorer.selection["match_score"].is_between(5, 8).all()
    assert f"<dt>of 60 companies</dt><dd>{explorer.selection.height}</dd>" in explorer.pane.regions["strip"]
    assert "Match score (0–10) 5 to 8" in explorer.pane.regions["strip"]
    want(explorer, "python")
    assert "pl.col(&#39;match_score&#39;).is_between(5.0, 8.0)" in explorer.pane.regions["company"]
    until(explorer.is_settled)
    assert "bounces expected" in explorer.pane.regions["strip"]
    assert "…" not in explorer.pane.regions["strip"].partition("</dl>")[0]
    assert explorer.forecast == op.bounce_forecast(explorer.prospects)


def test_fields_do_what_the_pointer_does(explorer):
    """Numbers in the fields give the same selection as a drag, unknown values on demand."""
    want(explorer, "brush", [0.5, 0.8], "match_score")
    by_drag = explorer.selection
    want(explorer, "clear")
    want(explorer, "sort", "match_score")
    want(explorer, "field", "5", "low")
    want(explorer, "field", "8", "high")
    assert set(explorer.selection["id"]) == set(by_drag["id"])
    want(explorer, "field", True, "unknown")
    assert explorer.selection["match_score"].null_count() > 0
    want(explorer, "field", "6", "low")
    assert explorer.selection["match_score"].null_count() > 0
    want(explorer, "brush", None, "match_score")
    assert explorer.selection.height == 60


@pytest.mark.parametrize(
    ("act", "value", "name"),
    [
        ("brush", [1], "score"), ("brush", "x", "score"), ("brush", [None] * 2, "score"), ("brush", [0, 1], "name"),
        ("row", "999", None), ("row", None, None), ("sort", "nothing", None), ("facet", "x", "nothing"),
        ("", None, None),
    ],
)  # fmt: skip
def test_what_no_front_end_sends_changes_nothing(explorer, act, value, name):
    """Odd messages neither raise nor select."""
    want(explorer, act, value, name)
    assert explorer.selection.height == 60
    assert explorer.model.chosen is None


def test_search_facets_and_sort(explorer):
    """Fields, bars and headings reach the model, and one button undoes every filter."""
    want(explorer, "field", "gmbh", "search")
    country = next(value for value in explorer.model.facet("country") if value)
    want(explorer, "facet", country, "country")
    assert set(explorer.selection["country"]) == {country}
    assert 'aria-pressed="true"' in explorer.pane.regions["facets"]
    want(explorer, "sort", "name")
    assert explorer.selection["name"].is_sorted()
    assert 'aria-sort="ascending"' in explorer.pane.regions["heads"]
    want(explorer, "clear")
    assert explorer.selection.height == 60
    assert 'aria-pressed="true"' not in explorer.pane.regions["facets"]


def test_what_python_does_is_shown(explorer):
    """A cell that narrows, sorts or chooses through the model moves the page too."""
    explorer.model.choose_range("score", 60, 100)
    assert f"<dd>{explorer.model.count}</dd>" in explorer.pane.regions["strip"]
    explorer.model.sort_by("name")
    assert 'aria-sort="ascending"' in explorer.pane.regions["heads"]
    explorer.model.chosen = 3
    assert "<h3>" in explorer.pane.regions["company"]


def test_a_company_in_full_hides_its_persons_until_asked(explorer):
    """Rank, reasons and roles are shown at once, persons after a tick, and masked again for the next company."""
    person = explorer.prospects.drop_nulls(["email", "last_name"]).row(0, named=True)
    place = row_of(explorer, person["company_id"])
    want(explorer, "row", place)
    assert "Rank " in explorer.pane.regions["company"]
    assert person["email"] not in shown(explorer)
    want(explorer, "field", True, "reveal")
    assert person["email"] in explorer.pane.regions["company"]
    assert person["email"] not in repr(explorer)
    want(explorer, "row", (place + 1) % 60)
    assert "@" not in explorer.pane.regions["company"]
    want(explorer, "row", place)
    assert person["email"] not in explorer.picture()


def test_the_rank_is_the_one_of_explain(explorer):
    """Among its neighbours alone a company gets the rank, reasons and sentences that op.explain gives among all."""
    scored = op.score(make_results())
    for identity in scored["id"].gather([0, 7, 31]):
        want(explorer, "row", row_of(explorer, identity))
        expected = op.explain(scored, identity)
        hidden = explorer.pane.regions["company"]
        assert f"Rank {expected.rank} of {expected.of}" in hidden
        assert ("Prospect " in hidden) == ("with an e-mail" in hidden)
        want(explorer, "field", True, "reveal")
        company = explorer.pane.regions["company"]
        assert all(reason.replace("'", "&#39;") in company for reason in expected.reasons)
        assert company.count('<li class="op-mute">') == len(expected.changes)


def test_texts_are_hostile_until_escaped_and_hold_no_person(make):
    """Markup in a company's texts is shown as text; a person named in a description is masked."""
    some = make_results()
    person = some.prospects.drop_nulls("last_name").row(0, named=True)
    name = f"{person['first_name']} {person['last_name']}"
    hostile = some.companies.with_columns(
        name=pl.lit("<img src=x onerror=alert(1)>"), description=pl.lit(f"Led by {name}, reach boss@firm.example")
    )
    explorer = make(Results(companies=hostile, prospects=some.prospects))
    want(explorer, "row", row_of(explorer, person["company_id"]))
    html = shown(explorer) + explorer.picture()
    assert "<img" not in html
    assert "&lt;img" in html
    assert "boss@firm.example" not in html
    assert name not in explorer.pane.regions["company"]


def test_decisions_show_everywhere_and_outlive_the_widget(explorer, make):
    """Accepting marks row, facet and count, and a later widget shows it, with its note, until it is taken back."""
    want(explorer, "row", 3)
    want(explorer, "field", "ask their CFO", "note")
    want(explorer, "accept")
    assert 'title="accepted"' in explorer.pane.regions["rows"] or "accepted" in explorer.pane.regions["rows"]
    assert "<dt>accepted · rejected</dt><dd>1 · 0</dd>" in explorer.pane.regions["strip"]
    assert "CFO" not in explorer.picture()
    explorer.close()
    later = make()
    assert later.decisions["note"].to_list() == ["ask their CFO"]
    want(later, "row", 3)
    assert "ask their CFO" in later.pane.regions["company"]
    want(later, "undecide")
    assert later.decisions["decision"].to_list() == [None]


def test_forget_erases_decisions_and_notes_also_of_an_open_widget(make, tmp_path):
    """client.journal.forget() deletes decision and note; an open explorer does not write the note back."""
    explorer = make()
    want(explorer, "row", row_of(explorer, "order-1-c3"))
    want(explorer, "field", "mail ada@firm3.example", "note")
    want(explorer, "reject")
    with op.connect(home=tmp_path / "home") as client:
        erased = client.journal.forget("firm3.example")
    assert erased.filter(place="decisions")["erased"].to_list() == [1]
    want(explorer, "row", row_of(explorer, "order-1-c3"))
    want(explorer, "accept")
    assert explorer.decisions.select("decision", "note").rows() == [("accepted", "")]
    explorer.close()
    assert not any(b"ada@firm3" in path.read_bytes() for path in (tmp_path / "home").glob("decisions*"))


def test_a_damaged_store_is_shown_and_the_rest_works(make, tmp_path):
    """Where decisions cannot be kept the widget says so and goes on without them."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / FILE).write_bytes(b"no database at all, but long enough to be looked at" * 50)
    explorer = make()
    assert "cannot be kept" in explorer.pane.regions["foot"]
    want(explorer, "row", 0)
    want(explorer, "accept")
    assert explorer.decisions.is_empty()
    assert explorer.selection.height == 60


def written(explorer, until, card, path, target=None):
    """Write the file of a card, and wait until it is there."""
    want(explorer, "step", "handing")
    want(explorer, "card", card)
    if target is not None:
        want(explorer, "target", target)
    want(explorer, "field", str(path), "path")
    until(explorer.is_settled)
    want(explorer, "write")
    until(lambda: explorer.message.startswith(("Wrote", "Not written")))
    return explorer.message


def test_an_export_is_the_send_list_unless_told_otherwise(explorer, tmp_path, until):
    """The frame writes the people of op.send_list, says who stays behind, and rejected companies stay too."""
    want(explorer, "row", row_of(explorer, "order-1-c3"))
    want(explorer, "reject")
    assert "Wrote" in written(explorer, until, "sequencer", tmp_path / "safe.csv", "csv")
    safe = pl.read_csv(tmp_path / "safe.csv")
    accepted = explorer.prospects.filter(pl.col("company_id") != "order-1-c3")
    assert set(safe["email"]) == set(op.send_list(accepted).prospects["email"])
    assert "too risky" in explorer.pane.regions["main"]
    by_hand = explorer.export(tmp_path / "again.csv", people="send_list").result()
    assert by_hand.rows == safe.height


def test_companies_leave_without_a_person_and_all_people_on_demand(explorer, tmp_path, until):
    """The card of companies says that nobody is in it, and nobody is; all people leave by the method alone."""
    want(explorer, "step", "handing")
    assert "no names, addresses or free texts leave" in explorer.pane.regions["main"]
    assert "Wrote" in written(explorer, until, "companies", tmp_path / "clicked.parquet", "parquet")
    assert pl.read_parquet(tmp_path / "clicked.parquet")["id"].to_list() == explorer.selection["id"].to_list()
    explorer.export(tmp_path / "masked.csv").result()
    masked = (tmp_path / "masked.csv").read_text("utf-8")
    emails = explorer.prospects["email"].drop_nulls().to_list()
    assert not any(email in masked for email in emails)
    made = explorer.export(tmp_path / "real.csv", people=True).result()
    assert made.rows == explorer.prospects.height
    assert sum(email in (tmp_path / "real.csv").read_text("utf-8") for email in emails) > 0


def test_without_addresses_nothing_is_promised(make, until):
    """Where no address came, no bounce is counted as zero, no send list is offered, and the reason is said."""
    some = make_results()
    bare = Results(companies=some.companies, prospects=some.prospects.with_columns(email=pl.lit(None, pl.String)))
    explorer = make(bare)
    until(explorer.is_settled)
    assert "bounces expected" not in explorer.pane.regions["strip"]
    assert "no e-mail addresses ordered" in explorer.pane.regions["strip"]
    want(explorer, "step", "handing")
    assert explorer.pane.regions["main"].count("nothing to hand over") >= 3


def test_a_decision_goes_on_to_the_next_company(explorer):
    """By button or key the next company is chosen; the last one stays; undo takes one back."""
    want(explorer, "next")
    order = explorer.model.selection["id"].to_list()
    ids = explorer.model.rows["id"]
    assert ids[explorer.model.chosen] == order[0]
    for _ in range(26):
        want(explorer, "accept")
    assert ids[explorer.model.chosen] == order[26]
    want(explorer, "reject")
    assert dict(explorer.decisions.select("company_id", "decision").iter_rows())[order[26]] == "rejected"
    want(explorer, "undo")
    assert explorer.decisions.height == 26
    want(explorer, "previous")
    want(explorer, "nonsense")
    assert ids[explorer.model.chosen] == order[26]
    explorer.model.chosen = ids.to_list().index(order[-1])
    want(explorer, "accept")
    assert ids[explorer.model.chosen] == order[-1]


def test_a_decision_that_narrows_the_selection_goes_on_all_the_same(explorer):
    """Among the undecided an accepted company leaves the selection, and the one after it is next."""
    want(explorer, "facet", "undecided", "decision")
    want(explorer, "next")
    order = explorer.model.selection["id"].to_list()
    want(explorer, "accept")
    assert explorer.model.rows["id"][explorer.model.chosen] == order[1]
    assert explorer.selection.height == 59


def test_from_a_company_no_longer_selected_keys_go_on_with_the_first(explorer):
    """Whoever narrows the selection away from the company in view finds the first of those left with the next key."""
    want(explorer, "next")
    left_behind = explorer.model.rows["name"][explorer.model.chosen]
    want(explorer, "field", next(n for n in explorer.selection["name"] if n != left_behind), "search")
    want(explorer, "next")
    assert explorer.model.rows["id"][explorer.model.chosen] == explorer.selection["id"][0]


def test_all_selected_are_accepted_at_once_and_given_back(explorer):
    """One button decides on the selection, one takes it back as it was, other decisions untouched."""
    want(explorer, "row", 0)
    want(explorer, "reject")
    before = explorer.decisions
    explorer.model.choose_range("score", 0, 50)
    want(explorer, "accept-all")
    assert set(explorer.decisions["decision"]) >= {"accepted"}
    assert explorer.model.decided()["accepted"] == explorer.selection.height
    want(explorer, "undo")
    assert explorer.decisions.select("company_id", "decision").equals(before.select("company_id", "decision"))
    want(explorer, "undo")
    want(explorer, "undo")
    assert "nothing to undo" in explorer.message
    assert explorer.decisions.is_empty()


@pytest.mark.parametrize("target", ["hubspot", "salesforce"])
def test_a_crm_takes_no_export_without_persons(explorer, tmp_path, target):
    """Companies alone are refused for a CRM, with the way out; the view shows the words."""
    with pytest.raises(ConfigurationError, match="real names and addresses"):
        explorer.export(tmp_path / "x.csv", target=target).result()


def test_a_failed_export_is_shown(explorer, until):
    """A folder that is not there gives words, not a traceback."""
    assert "cannot be written" in written(explorer, until, "companies", "/nowhere/at/all.csv")


@pytest.mark.parametrize(
    "results", [Results(), Results(companies=pl.DataFrame({"id": ["a"]})), make_results().companies]
)
def test_little_or_nothing_is_no_error(make, results, until, tmp_path):
    """Empty results, ids alone, and a companies frame without prospects are shown; the companies can be written."""
    explorer = make(results)
    assert explorer.selection.height == explorer.model.rows.height
    assert f"of {explorer.model.rows.height} companies" in explorer.picture()
    if isinstance(results, pl.DataFrame):
        assert "Make the send list" not in explorer.pane.regions["foot"]
        assert "Wrote" in written(explorer, until, "companies", tmp_path / "frame.csv")
        assert pl.read_csv(tmp_path / "frame.csv").height == results.height


def test_the_picture_is_without_script_or_button(explorer):
    """The still picture holds numbers, histograms and rows, and nothing that acts."""
    bundle = explorer._repr_mimebundle_()
    html = bundle["text/html"]
    assert html.count("<svg") >= 3
    assert "of 60 companies" in html
    assert not {"<script", "<button", "onclick"} & {part for part in ("<script", "<button", "onclick") if part in html}
    assert bundle["text/plain"] == "ResultsExplorer(60 of 60 companies selected)"


class CountingComm(comm.base_comm.BaseComm):
    """A comm that counts what would cross the wire."""

    sent = 0

    def publish_msg(self, msg_type, data=None, metadata=None, buffers=None, **keys):
        """Count the bytes of a message."""
        CountingComm.sent += len(json.dumps(data, default=str)) + sum(len(b) for b in buffers or ())


def test_only_what_is_seen_crosses_the_wire(make, monkeypatch):
    """Made, filtered, sorted and scrolled over a million rows, the explorer sends less than 200 kB a step."""
    monkeypatch.setattr(comm, "create_comm", CountingComm)
    rows = 1_000_000
    n = pl.int_range(rows, eager=True)
    frame = pl.DataFrame({"id": n.cast(pl.String), "name": "Firm " + n.cast(pl.String), "match_score": (n % 101) / 10})
    frame = frame.with_columns(country=pl.Series(["Germany", "Austria"]).gather(n % 2), employee_count=n % 977)

    def bytes_of(step):
        CountingComm.sent = 0
        step()
        return CountingComm.sent

    explorer = None

    def begin():
        nonlocal explorer
        explorer = make(frame)

    steps = {
        "begin": begin,
        "drag": lambda: want(explorer, "brush", [0.5, 0.8], "match_score"),
        "search": lambda: want(explorer, "field", "7", "search"),
        "sort": lambda: want(explorer, "sort", "name"),
        "scroll": lambda: want(explorer, "window", 25_000),
    }
    sent = {name: bytes_of(step) for name, step in steps.items()}
    assert explorer.model.count > 100_000
    assert all(100 < count < 200_000 for count in sent.values()), sent


def test_closing_leaves_nothing_working_and_looking_made_no_file(make, tmp_path):
    """Close ends the thread beside the widget, twice is once; whoever only looked has no decisions file."""
    explorer = make(make_results(5))
    threads = tuple(explorer.journey._worker._threads)
    want(explorer, "row", 0)
    explorer.close()
    explorer.close()
    for thread in threads:
        thread.join(30)
    assert not [thread for thread in threads if thread.is_alive()]
    assert not (tmp_path / "home").exists()
    with pytest.raises(ConfigurationError, match="closed"):
        explorer.export(tmp_path / "late.csv")
