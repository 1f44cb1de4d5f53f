"""The explorer's view without a front end: everything follows a selection, persons stay masked, only a page is sent."""

from __future__ import annotations

import json
import threading

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


def drag(panel, *shares):
    """Do what the front end does after a drag over a share of a plot."""
    panel.pane._handle_custom_msg({"brush": list(shares)}, [])


def press(explorer, name):
    """Do what the front end does after a press on a button of the table."""
    explorer._table.pane._handle_custom_msg({"pick": name}, [])


def test_everything_follows_a_drag(explorer, until):
    """A drag across the histogram changes selection, table, counts, forecast and code."""
    before = explorer._numbers.value
    drag(explorer._histogram, 0.5, 0.8, 0, 1)
    assert explorer.selection["match_score"].is_between(5, 8).all()
    assert f"{explorer.selection.height} of 60 companies selected" in explorer._status.value
    assert f"of {explorer.selection.height} selected" in explorer._table.pane.html
    assert "pl.col(&#39;match_score&#39;).is_between(5.0, 8.0)" in explorer._code.value
    assert (explorer._histogram.fields.low.value, explorer._histogram.fields.high.value) == (5, 8)
    until(lambda: "bounces expected" in explorer._numbers.value and "…" not in explorer._numbers.value)
    assert explorer._numbers.value != before
    assert explorer.forecast == op.bounce_forecast(explorer.prospects)


def test_a_box_in_the_scatter_selects_by_both_columns_and_a_click_frees_them(explorer):
    """A box sets two ranges at once; a click without a drag takes both away."""
    drag(explorer._plane, 0.5, 1, 0, 0.5)
    assert set(explorer.model.filters.ranges) == {"score", "lowest_bounce_risk"}
    assert explorer.selection["lowest_bounce_risk"].max() <= 50
    explorer._plane.pane._handle_custom_msg({"brush": None}, [])
    assert explorer.selection.height == 60


def test_fields_do_what_the_pointer_does(explorer):
    """Numbers in the fields give the same selection as a drag, unknown values on demand."""
    drag(explorer._histogram, 0.5, 0.8, 0, 1)
    by_drag = explorer.selection
    explorer.model.clear()
    explorer._histogram.fields.low.value = 5
    explorer._histogram.fields.high.value = 8
    assert explorer.selection.equals(by_drag)
    explorer._histogram.fields.unknown.value = True
    assert explorer.selection["match_score"].null_count() > 0


@pytest.mark.parametrize(
    "event", [{"brush": [1]}, {"brush": "x"}, {"brush": [None] * 4}, {"pick": "row:999"}, {"pick": 3}, {}]
)
def test_what_no_front_end_sends_changes_nothing(explorer, event):
    """Odd messages neither raise nor select."""
    for pane in (explorer._histogram.pane, explorer._plane.pane, explorer._table.pane):
        pane._handle_custom_msg(event, [])
    assert explorer.selection.height == 60
    assert explorer.model.chosen is None


def test_search_facets_sort_and_pages(explorer):
    """Controls reach the model, headings sort, pages turn, columns change, and one button undoes every filter."""
    explorer._search.value = "gmbh"
    explorer._facets.lists["country"].index = (0,)
    country = explorer._facets._values["country"][0]
    assert set(explorer.selection["country"]) == {country}
    assert f"Country: {country}" in explorer.message
    explorer._table.size.value = 10
    explorer._table.forward.click()
    assert explorer.model.page == 1
    press(explorer, "sort:name")
    assert explorer.selection["name"].is_sorted()
    assert 'aria-sort="ascending"' in explorer._table.pane.html
    explorer._table.columns.value = ("name", "website_url")
    assert "Web site" in explorer._table.pane.html
    explorer.model.clear()
    assert explorer._search.value == ""
    assert explorer._facets.lists["country"].index == ()


def test_a_company_in_full_hides_its_persons_until_asked(explorer):
    """Rank, reasons and roles are shown at once, persons after a tick, and masked again for the next company."""
    person = explorer.prospects.drop_nulls(["email", "last_name"]).row(0, named=True)
    place = explorer.model.rows["id"].to_list().index(person["company_id"])
    press(explorer, f"row:{place}")
    shown = explorer._desk._line.value + explorer._desk._detail.value
    assert "Rank " in shown
    assert "Prospect 1" in shown
    assert person["email"] not in shown
    explorer._desk.reveal.value = True
    assert person["email"] in explorer._desk._detail.value
    assert person["email"] not in explorer.picture() + repr(explorer)
    press(explorer, f"row:{(place + 1) % 60}")
    assert explorer._desk.reveal.value is False
    assert "@" not in explorer._desk._detail.value


def test_the_rank_is_the_one_of_explain(explorer):
    """Among its neighbours alone a company gets the rank, reasons and sentences that op.explain gives among all."""
    scored = op.score(make_results())
    for place in (0, 7, 31):
        press(explorer, f"row:{place}")
        expected = op.explain(scored, scored["id"][place])
        assert f"Rank {expected.rank} of {expected.of}," in explorer._desk._line.value
        assert all(reason.replace("'", "&#39;") in explorer._desk._detail.value for reason in expected.reasons)
        assert explorer._desk._detail.value.count('<li class="op-soft">') == len(expected.changes)


def test_texts_are_hostile_until_escaped_and_hold_no_person(make):
    """Markup in a company's texts is shown as text; a person named in a description is masked in table and detail."""
    some = make_results()
    person = some.prospects.drop_nulls("last_name").row(0, named=True)
    name = f"{person['first_name']} {person['last_name']}"
    hostile = some.companies.with_columns(
        name=pl.lit("<img src=x onerror=alert(1)>"), description=pl.lit(f"Led by {name}, reach boss@firm.example")
    )
    explorer = make(Results(companies=hostile, prospects=some.prospects))
    explorer._table.columns.value = ("name", "description")
    explorer.model.sort_by("id")
    press(explorer, f"row:{some.companies['id'].to_list().index(person['company_id'])}")
    html = explorer._table.pane.html + explorer._desk._detail.value + explorer.picture()
    assert "<img" not in html
    assert "&lt;img" in html
    assert "boss@firm.example" not in html
    assert name not in explorer._desk._detail.value


def test_decisions_show_everywhere_and_outlive_the_widget(explorer, make):
    """Accepting marks row, facet and count, and a later widget shows it; a note is never in the picture."""
    press(explorer, "row:3")
    explorer._desk.note.value = "ask their CFO"
    explorer._desk.accept.click()
    assert "accepted" in explorer._table.pane.html or explorer.model.page_rows().filter(decision="accepted").is_empty()
    assert "accepted (1)" in str(explorer._facets.lists["decision"].options)
    assert "<dt>accepted</dt><dd>1</dd>" in explorer._numbers.value
    assert "CFO" not in explorer.picture()
    explorer.close()
    later = make()
    assert later.decisions["note"].to_list() == ["ask their CFO"]
    press(later, "row:3")
    assert later._desk.note.value == "ask their CFO"
    later._desk.undecide.click()
    assert later.decisions["decision"].to_list() == [None]


def test_forget_erases_decisions_and_notes_also_of_an_open_widget(make, tmp_path):
    """client.journal.forget() deletes decision and note; an open explorer does not write the note back."""
    explorer = make()
    press(explorer, "row:3")
    explorer._desk.note.value = "mail ada@firm3.example"
    explorer._desk.reject.click()
    with op.connect(home=tmp_path / "home") as client:
        erased = client.journal.forget("firm3.example")
    assert erased.filter(place="decisions")["erased"].to_list() == [1]
    explorer._desk.accept.click()
    assert explorer.decisions.select("decision", "note").rows() == [("accepted", "")]
    assert explorer._desk.note.value == ""
    explorer.close()
    assert not any(b"ada@firm3" in path.read_bytes() for path in (tmp_path / "home").glob("decisions*"))


def test_a_damaged_store_is_shown_and_the_rest_works(make, tmp_path):
    """Where decisions cannot be kept the widget says so and goes on without them."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / FILE).write_bytes(b"no database at all, but long enough to be looked at" * 50)
    explorer = make()
    assert "cannot be kept" in explorer._numbers.value
    press(explorer, "row:0")
    assert explorer._desk.accept.disabled
    assert explorer.selection.height == 60


def test_an_export_says_whether_persons_are_in_it(explorer, tmp_path, until):
    """By default no person leaves; real names leave on request, after a warning; rejected companies stay."""
    explorer._handover.path.value = str(tmp_path / "masked.csv")
    explorer._handover._pressed()
    until(lambda: "Exported 60 rows" in explorer._said.value)
    masked = (tmp_path / "masked.csv").read_text("utf-8")
    emails = explorer.prospects["email"].drop_nulls().to_list()
    assert not any(email in masked for email in emails)
    press(explorer, "row:3")
    explorer._desk.reject.click()
    explorer._handover.contents.value = "people"
    assert 'role="alert"' in explorer._handover._warning.value
    made = explorer.export(tmp_path / "real.csv", people=True).result()
    assert made.rows == explorer.prospects.filter(pl.col("company_id") != "order-1-c3").height
    assert sum(email in (tmp_path / "real.csv").read_text("utf-8") for email in emails) > 0


@pytest.mark.parametrize("target", ["hubspot", "salesforce"])
def test_a_crm_takes_no_export_without_persons(explorer, tmp_path, target):
    """Companies alone are refused for a CRM, with the way out; the view shows the words."""
    with pytest.raises(ConfigurationError, match="real names and addresses"):
        explorer.export(tmp_path / "x.csv", target=target).result()


def test_a_failed_export_is_shown(explorer, until):
    """A folder that is not there gives words, not a traceback."""
    explorer._handover.path.value = "/nowhere/at/all.csv"
    explorer._handover._pressed()
    until(lambda: "cannot be written" in explorer._said.value)


@pytest.mark.parametrize(
    "results", [Results(), Results(companies=pl.DataFrame({"id": ["a"]})), make_results().companies]
)
def test_little_or_nothing_is_no_error(make, results):
    """Empty results, ids alone, and a companies frame without prospects are shown."""
    explorer = make(results)
    assert explorer.selection.height == explorer.model.rows.height
    assert "companies selected" in explorer.picture()


def test_the_picture_is_without_script_or_button(explorer):
    """The still picture holds numbers, both charts, the page and the code, and nothing that acts."""
    bundle = explorer._repr_mimebundle_()
    html = bundle["text/html"]
    assert html.count("<svg") == 2
    assert "import polars as pl" in html
    assert not {"<script", "<button", "onclick"} & {part for part in ("<script", "<button", "onclick") if part in html}
    assert bundle["text/plain"] == "ResultsExplorer(60 of 60 companies selected)"


class CountingComm(comm.base_comm.BaseComm):
    """A comm that counts what would cross the wire."""

    sent = 0

    def publish_msg(self, msg_type, data=None, metadata=None, buffers=None, **keys):
        """Count the bytes of a message."""
        CountingComm.sent += len(json.dumps(data, default=str)) + sum(len(b) for b in buffers or ())


def test_only_a_page_crosses_the_wire(make, monkeypatch):
    """Made, filtered, sorted and turned over a million rows, the explorer sends less than 200 kB a step."""
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
        "drag": lambda: drag(explorer._histogram, 0.5, 0.8, 0, 1),
        "search": lambda: explorer.model.search("7"),
        "sort": lambda: explorer.model.sort_by("name"),
        "turn": lambda: explorer.model.turn_to(1000),
    }
    sent = {name: bytes_of(step) for name, step in steps.items()}
    assert explorer.model.count > 100_000
    assert all(100 < count < 200_000 for count in sent.values()), sent


def test_closing_leaves_nothing_working_and_looking_made_no_file(make, tmp_path):
    """Close ends the thread beside the widget, twice is once; whoever only looked has no decisions file."""
    explorer = make(make_results(5))
    press(explorer, "row:0")
    explorer.close()
    explorer.close()
    left = [thread for thread in threading.enumerate() if thread.name.startswith("openprospect-explorer")]
    for thread in left:
        thread.join(30)
    assert not [thread for thread in left if thread.is_alive()]
    assert not (tmp_path / "home").exists()
