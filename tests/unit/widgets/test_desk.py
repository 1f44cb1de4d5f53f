"""The desk without a page: what its steps show, what intents do, and what is never bought, shown or written."""

from __future__ import annotations

import json
import random
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from support.requirements import missing

import openprospect_nb as op
from openprospect_nb.client import Client
from openprospect_nb.errors import ConfigurationError
from openprospect_nb.frames.results import Results
from openprospect_nb.sandbox import Sandbox
from openprospect_nb.widgets import Desk
from openprospect_nb.widgets.base import WIDGET_VIEW
from openprospect_nb.widgets.desk.audience import REASONS, WHY, SendChoice, limit_for
from openprospect_nb.widgets.desk.pane import FRONT, MODULES, script, style
from openprospect_nb.widgets.desk.results import WINDOW

FEATURES = ["COMPANY_DATA", "CONTACTS", "ANALYSIS", "EMAIL_DISCOVERY"]
STEPS = ("profile", "orders", "results", "sending", "handing")
LINTER = """
import js from "@eslint/js";
import globals from "globals";
const rules = { eqeqeq: "error", "no-eval": "error", "no-var": "error", "prefer-const": "error", "no-shadow": "error" };
export default [js.configs.recommended, { languageOptions: { globals: globals.browser }, rules }];
"""
STRICT = [
    "--noEmit", "--allowJs", "--checkJs", "--strict", "--noUnusedLocals", "--noUnusedParameters", "--noImplicitReturns",
    "--noFallthroughCasesInSwitch", "--target", "es2022", "--lib", "es2022,dom,dom.iterable", "--module", "esnext",
    "--moduleResolution", "bundler", "--skipLibCheck",  # TypeScript's own declarations are not ours to check
]  # fmt: skip
FOREIGN = (
    r"\b(?:import|require|define|fetch|eval|XMLHttpRequest|WebSocket|Worker|localStorage|sessionStorage|indexedDB|cookie|"
    r"jupyterapp|jupyterlab|Jupyter|IPython|google|acquireVsCodeApi|parent|top|opener|currentScript)\s*[.(]"
)
Until = Callable[[Callable[[], object]], None]


@pytest.fixture(scope="module")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Client, Results]]:
    """Sixty companies from a sandbox that goes on by itself."""
    home = tmp_path_factory.mktemp("home")
    with (
        Sandbox(step_seconds=0.01) as sandbox,
        op.connect(sandbox=sandbox, home=home, poll_interval=0.05, price_per_briefing=1.5) as client,
    ):
        companies = [{"company_name": f"Invented {n}"} for n in range(60)]
        order = client.orders.enrich(companies, title="Sixty", features=FEATURES).wait(progress=False)
        yield client, order.results()


@pytest.fixture
def desk(delivered: tuple[Client, Results], until: Until, tmp_path: Path) -> Iterator[Desk]:
    """A desk on these, with a home of its own for decisions."""
    client, results = delivered
    (client.settings.home / "decisions.sqlite").unlink(missing_ok=True)
    made = Desk(client, results)
    until(made.is_settled)
    yield made
    made.close()


def want(desk: Desk, act: str, value: Any = None, name: str | None = None) -> None:
    """Send an intent as the page does."""
    desk._wanted({"act": act, "value": value, "name": name}, [])


def told(desk: Desk) -> list[dict[str, Any]]:
    """Take down what is sent to the page from now on."""
    sent: list[dict[str, Any]] = []
    desk.pane.send = lambda content, *_: sent.append(content)
    return sent


def test_sixty_companies_are_decided_with_sixty_one_keys(desk):
    """The first key chooses a company, each further one decides and goes on; undo takes one back."""
    want(desk, "next")
    for n in range(60):
        want(desk, "accept" if n % 3 else "reject")
    assert desk.journey.model.decided() == {"accepted": 40, "rejected": 20}
    want(desk, "undo")
    assert sum(desk.journey.model.decided().values()) == 59


def test_the_chosen_row_is_always_among_those_sent(delivered, until):
    """However far one walks through many rows, the window that is sent holds the chosen row, and little else."""
    client, results = delivered
    many = pl.concat([results.companies.with_columns(id=pl.col("id") + f"-{n}") for n in range(20)])
    desk = Desk(client, replace(results, companies=many))
    until(desk.is_settled)
    sent = told(desk)
    want(desk, "next")
    for _ in range(2 * WINDOW):  # the window is moved three times on the way
        want(desk, "next")
    assert desk.journey.model.place_of_chosen == 2 * WINDOW
    assert f'data-value="{desk.journey.model.chosen}"' in desk.pane.regions["rows"]
    want(desk, "window", 900)
    assert desk.pane.regions["rows"].count("<tr data-act") == WINDOW
    assert max(len(json.dumps(message)) for message in sent) < 60_000
    desk.close()


def test_what_is_kept_shows_what_a_fresh_look_shows(desk):
    """Whatever one does, in whatever order, no part stays as it was that would be drawn otherwise from nothing."""
    chance, step, columns = random.Random(7), desk._steps["results"], ("score", "match_score", "name", "city")
    acts: list[tuple[str, Callable[[], object], Callable[[], str | None]]] = [
        *((act, lambda: None, lambda: None) for act in ("accept", "reject", "undo", "next", "help", "python", "clear")),
        ("facet", lambda: chance.choice(["accepted", "undecided"]), lambda: "decision"),
        ("facet", lambda: "Germany", lambda: "country"),
        ("brush", lambda: chance.choice([None, [0.2, 0.9], [0.5, 0.6]]), lambda: chance.choice(columns[:2])),
        ("sort", lambda: chance.choice(columns), lambda: None),
        ("row", lambda: chance.randrange(60), lambda: None),
        ("window", lambda: chance.randrange(60), lambda: None),
        ("field", lambda: chance.choice(["", "invented 1", "gmbh"]), lambda: "search"),
        ("field", lambda: chance.choice([True, ""]), lambda: chance.choice(["reveal", "note"])),
        ("wide", lambda: "city", lambda: None),
    ]  # fmt: skip
    for _ in range(40):
        act, value, name = chance.choice(acts)
        want(desk, act, value(), name())
        with desk._lock:
            kept = step.draw(live=True)
            step._made, step._lines = {}, (None, {})
            desk.journey.model.counts._recent.clear()
            assert step.draw(live=True) == kept, act


def test_a_step_sends_little(desk):
    """Turning to any step sends less than 200 kB."""
    sent = told(desk)
    for step in STEPS:
        want(desk, "step", step)
    assert len(sent) >= 5
    assert max(len(json.dumps(message)) for message in sent) < 60_000


@pytest.mark.slow
def test_fifty_thousand_are_decided_in_one_act_and_little_is_sent(delivered, until):
    """Accepting and undoing 50,000 companies costs the processor little; no step and no answer sends 200 kB."""
    client, results = delivered
    many = pl.concat([results.companies.with_columns(id=pl.col("id") + f"-{n}") for n in range(834)])
    desk = Desk(client, replace(results, companies=many))
    until(desk.is_settled)
    sent, took = told(desk), []
    for act in ("accept-all", "next", "accept", "undo", "undo"):
        start = time.process_time()
        want(desk, act)
        took.append(time.process_time() - start)
    want(desk, "accept-all")
    for step in (*STEPS, *STEPS):
        want(desk, "step", step)
        want(desk, "code")
        want(desk, "python")
    assert desk.journey.model.decided()["accepted"] == many.height
    assert max(len(json.dumps(message).encode()) for message in sent) < 200_000
    assert max(took) < 2.0, took  # 0.2 s, most of it SQLite's; it was twenty times as much row by row
    desk.close()
    (client.settings.home / "decisions.sqlite").unlink()


def test_nobody_is_named_unasked(desk, delivered):
    """No name, address or telephone number of a person stands in any step or picture, until one company's are asked."""
    people = delivered[1].prospects
    private = {text for name in ("last_name", "email", "phone_number") for text in people[name].drop_nulls().unique()}
    shown = []
    want(desk, "next")
    for step in STEPS:
        want(desk, "step", step)
        want(desk, "see", next(iter(REASONS)))
        shown += [*desk.pane.regions.values(), desk.picture()]
    text = re.sub(r"<[^>]+>", " ", " ".join(shown))
    assert [word for word in private if re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text)] == []
    want(desk, "step", "results")
    want(desk, "field", value=True, name="reveal")
    assert any(word in desk.pane.regions["company"] for word in private)
    want(desk, "next")
    assert not any(f">{word}<" in desk.pane.regions["company"] for word in private)


def test_hostile_names_stay_text(delivered, until):
    """Markup in what the vendor delivered is shown as text in every step."""
    client, results = delivered
    bad = "<img src=x onerror=alert(1)>"
    columns = [pl.lit(bad).alias(name) for name in ("name", "city", "business_type")]
    desk = Desk(client, replace(results, companies=results.companies.with_columns(columns)))
    until(desk.is_settled)
    want(desk, "next")
    for step in STEPS:
        want(desk, "step", step)
        assert "<img" not in "".join(desk.pane.regions.values()) + desk.picture()
    desk.close()


def test_the_list_and_those_left_out_are_everybody(desk, until):
    """Whatever is selected, decided and asked, each person delivered is in the list or left out for one reason."""
    want(desk, "next")
    want(desk, "reject")
    want(desk, "accept")
    want(desk, "brush", [0.3, 1.0], name="score")
    for asked in ({}, {"limit": 0.08}, {"per_company": 1, "limit": 0.2}, {"only_accepted": True}):
        desk.journey.choose(**asked)
        until(desk.is_settled)
        outcome = desk.journey.outcome
        assert outcome.choice == desk.journey.choice
        assert outcome.size + sum(line.people for line in outcome.left_out) == desk.results.prospects.height
        assert outcome.people[WHY].null_count() == 0
        assert outcome.people.filter(pl.col(WHY) == "in").height == outcome.size


def test_the_list_is_that_of_the_library(desk, until):
    """With everything selected and nothing decided the list is what `op.send_list` takes of all people."""
    desk.journey.choose(limit=0.1)
    until(desk.is_settled)
    expected = op.send_list(desk.results, max_bounce_rate=0.1)
    assert desk.send_list.size == expected.size
    assert set(desk.send_list.prospects["id"]) == set(expected.prospects["id"])


def test_dragging_the_frontier_moves_the_limit(desk, until):
    """A place further right asks for a higher limit, and the list it leads to is about that long."""
    desk.journey.choose(limit=0.1)
    until(desk.is_settled)
    limits = [limit_for(desk.send_list, size) for size in (10, 60, 150)]
    assert limits[1] <= limits[2]
    assert all(0.001 <= limit <= 0.2 for limit in limits)
    want(desk, "step", "sending")
    want(desk, "frontier", 0.9)
    until(desk.is_settled)
    assert desk.journey.choice.limit > 0.02


def test_without_addresses_it_says_so_and_writes_no_list(delivered, until, tmp_path):
    """Where no address came, no number stands in for one, and a send list is refused instead of all people written."""
    client, results = delivered
    desk = Desk(client, replace(results, prospects=results.prospects.with_columns(email=pl.lit(None, pl.String))))
    until(desk.is_settled)
    assert "no e-mail addresses ordered" in desk.pane.regions["strip"]
    want(desk, "step", "sending")
    assert "Nobody can be mailed" in desk.pane.regions["main"]
    want(desk, "step", "handing")
    want(desk, "field", str(tmp_path / "none.csv"), name="path")
    want(desk, "write")
    until(lambda: desk.journey.said.is_wrong)
    assert "Nobody would be in the file" in desk.journey.said.words
    assert not (tmp_path / "none.csv").exists()
    desk.close()


def test_files_hold_the_list_and_are_on_record(desk, until, delivered, tmp_path):
    """The CRM file holds the people of the list alone; Excel says of everybody whether he is in it; both are noted."""
    client, _ = delivered
    desk.journey.choose(limit=0.1)
    want(desk, "step", "handing")
    want(desk, "field", "M. in sales", name="recipient")
    for number, (card, name) in enumerate((("crm", "crm.csv"), ("sales", "sales.xlsx"), ("boss", "page.html")), 1):
        want(desk, "card", card)
        want(desk, "field", str(tmp_path / name), name="path")
        want(desk, "write")
        until(lambda number=number: len(desk.handed_over) == number)
    assert pl.read_csv(tmp_path / "crm.csv").height == desk.send_list.size
    sheet = pl.read_excel(tmp_path / "sales.xlsx")
    assert sheet["send_list"].value_counts().filter(send_list="in")["count"].item() == desk.send_list.size
    assert sheet.height == desk.results.prospects.height
    page = (tmp_path / "page.html").read_text("utf-8")
    assert not [mail for mail in desk.results.prospects["email"].drop_nulls() if mail in page]
    record = client.journal.disclosures().filter(recipient="M. in sales")
    assert set(record["target"]) == {"hubspot", "xlsx"}


@pytest.mark.parametrize("given", [(), (op.Results(),)])
def test_without_a_client_it_says_what_to_type(given):
    """Who gives none, or results in its place, is told the whole call."""
    with pytest.raises(ConfigurationError, match=r"op\.widgets\.Desk\(op\.connect\(\)\)"):
        Desk(*given)


def test_a_first_visit_says_what_to_do(client, until):
    """Without any order each step says in words how to begin, and the form names what it still needs."""
    desk = Desk(client)
    until(desk.is_settled)
    assert "Profile name is required" in desk.pane.regions["side"]
    for step, words in (("orders", "No orders yet"), ("results", "Open an order"), ("sending", "Open results first")):
        want(desk, "step", step)
        assert words in "".join(
            desk.pane.regions[name] for name in ("main", "rows", "rows0", "body") if name in desk.pane.regions
        )
    desk.close()


def test_what_to_expect_rests_on_the_orders_that_brought_something(client, icp, place, sandbox, until):
    """An order that still runs beside one that was fetched is neither counted nor in the way."""
    sandbox.control.settings(step_seconds=0.02)
    client.orders.discover(icp, briefing_quantity=20, features=FEATURES).wait(progress=False).results()
    sandbox.control.settings(step_seconds=0)
    for n in range(3):
        place(f"Running {n}")
    desk = Desk(client, icp=icp)
    until(lambda: desk.journey.learnt and desk.is_settled())
    assert "1 earlier order, n = 20" in desk.pane.regions["side"]
    desk.close()


def test_a_step_that_cannot_be_drawn_is_said_and_ends_no_poll(client, icp, place, until):
    """An error in a drawing stands in the foot; what changed the state goes on."""
    desk = Desk(client, icp=icp)
    until(desk.is_settled)
    desk._steps["profile"].draw = lambda *, live: {}["broken"]
    place()
    desk.catch_up()
    until(lambda: len(desk.journey.watch.state.rows) == 1)
    until(lambda: "broken" in desk.pane.regions["foot"])
    assert desk.journey.watch.state.problem == ""
    desk.close()


def test_regions_of_the_world_are_countries(client):
    """DACH and EU become the countries they stand for, a country is named once; what is neither stays as typed."""
    desk = Desk(client)
    want(desk, "chip", "Germny", name="target_countries")
    assert desk.icp.target_countries == ("Germny",)
    want(desk, "unchip", None, name="target_countries")
    want(desk, "chip", "DACH, poland, de", name="target_countries")
    assert desk.icp.target_countries == ("Austria", "Switzerland", "Germany", "Poland")
    want(desk, "chip", "EU", name="target_countries")
    assert len(desk.icp.target_countries) == 28
    want(desk, "unchip", "Poland", name="target_countries")
    want(desk, "unchip", None, name="target_countries")
    assert len(desk.icp.target_countries) == 26
    desk.close()


def test_one_confirmation_buys_once(client, sandbox, icp, until):
    """A second click, a third, and clicks after a turn to another step buy nothing more."""
    sandbox.control.settings(step_seconds=0.05)
    desk = Desk(client, icp=icp)
    until(desk.is_settled)
    want(desk, "confirm")
    want(desk, "review")
    assert "You are about to order" in desk.pane.regions["side"]
    for act in ("confirm", "confirm", "review", "confirm"):
        want(desk, act)
    until(lambda: desk.order is not None)
    until(lambda: desk.step == "orders")
    want(desk, "step", "profile")
    for act in ("confirm", "cancel", "confirm"):
        want(desk, act)
    until(lambda: client.orders.list().height == 1)
    assert client.journal.frame()["order_id"].drop_nulls().len() == 1
    desk.close()


def test_the_rest_of_a_pilot_is_bought_once_and_only_after_it_was_judged(client, sandbox, icp, until):
    """Twenty-five of sixty come first; what they say is shown; only then a button buys the other 35, once."""
    sandbox.control.settings(step_seconds=0.02)
    desk = Desk(client, icp=icp)
    until(desk.is_settled)
    want(desk, "field", "60", name="briefing_quantity")
    want(desk, "pilot")
    want(desk, "confirm")
    until(lambda: desk.step == "orders" and [row.is_completed for row in desk.journey.watch.state.rows] == [True])
    assert "builder" not in desk.journey.said.words
    want(desk, "rest")
    until(lambda: desk.journey.said.is_wrong)
    assert "Buy the other" not in desk.pane.regions["pilot"]
    want(desk, "judge")
    until(lambda: "Buy the other 35 for 52.50" in desk.pane.regions["pilot"])
    assert client.orders.list().height == 1
    for _ in range(3):
        want(desk, "rest")
    until(lambda: "the rest is ordered" in desk.pane.regions["pilot"])
    assert sorted(client.journal.frame()["quantity"].to_list()) == [25, 35]
    assert client.orders.list().height == 2
    desk.close()


def test_outcomes_brought_back_make_the_promise_rest_on_them(client, delivered, until, tmp_path):
    """A file of bounces goes into the home's inbox; the list is worked out anew, and its Python says so."""
    _, results = delivered
    desk = Desk(client, results)
    until(desk.is_settled)
    assert "vendor" in desk.send_list.basis
    sent = (
        results.prospects.drop_nulls("email").unique("email").select("email", bounced=pl.col("bounce_risk_score") > 60)
    )
    want(desk, "step", "handing")
    desk._wanted({"act": "file", "name": "../campaign.csv"}, [memoryview(sent.write_csv().encode())])
    until(lambda: desk.send_list is not None and "outcome" in desk.send_list.basis)
    assert "outcome" in desk.pane.regions["side"]
    want(desk, "code")
    assert "calibration=op.calibrate(results)" in desk.pane.regions["side"].replace("&#34;", "")
    assert op.outcomes(home=client.settings.home).frame.height == sent.height
    desk._wanted({"act": "file", "name": "cat.png"}, [memoryview(b"no table")])
    until(lambda: desk.journey.said.is_wrong)
    desk.close()


def test_portions_and_claims_are_files_too(desk, until, tmp_path):
    """Daily portions hold the list with the day of each; claims are a folder without a person in it."""
    desk.journey.choose(limit=0.2, promise="expected")
    want(desk, "step", "handing")
    until(lambda: "at most 20 % bounces expected" in str(desk.pane.regions))
    for number, (card, name) in enumerate((("portions", "ramp.csv"), ("settlement", "claims")), 1):
        want(desk, "card", card)
        want(desk, "field", str(tmp_path / name), name="path")
        want(desk, "write")
        until(lambda number=number: len(desk.handed_over) == number or desk.journey.said.is_wrong)
    portions = pl.read_csv(tmp_path / "ramp.csv")
    assert 0 < portions.height <= desk.send_list.size  # the rule that stops may leave the last ones unsent
    assert portions["ramp_day"].min() == 1
    assert portions["ramp_day"].null_count() == 0
    written = "".join(path.read_text("utf-8") for path in (tmp_path / "claims").iterdir())
    assert "ordered" in written
    assert not [mail for mail in desk.results.prospects["email"].drop_nulls() if mail in written]
    given = []
    desk.pane.send = lambda content, buffers=(): given.append((content, buffers))
    want(desk, "download", "0")
    assert ({"file": "ramp.csv"}, [(tmp_path / "ramp.csv").read_bytes()]) in given


def test_the_page_and_the_claims_are_about_what_was_delivered_and_the_list_in_hand(desk, until, tmp_path):
    """The page names the list of the other files, whatever its limit; what one rejected was delivered all the same."""
    want(desk, "next")
    want(desk, "reject")
    desk.journey.choose(limit=0.2, promise="expected")
    until(desk.is_settled)
    want(desk, "step", "handing")
    for number, (card, name) in enumerate((("boss", "boss.html"), ("settlement", "claims")), 1):
        want(desk, "card", card)
        want(desk, "field", str(tmp_path / name), name="path")
        want(desk, "write")
        until(lambda number=number: len(desk.handed_over) == number or desk.journey.said.is_wrong)
    page, size = (tmp_path / "boss.html").read_text("utf-8"), desk.send_list.size
    assert size != op.send_list(desk.results).size
    assert re.search(rf"Mail {size} people at \d+ companies", page)
    assert "did not come" not in page.partition("<details")[0]
    op.settle(desk.results).write(tmp_path / "all")
    files = [{path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("claims", "all")]
    assert files[0] == files[1]


def test_the_page_ranks_by_the_weights_moved(desk, until, tmp_path):
    """Weights, limit and decisions reach the page: it is the one `op.report` makes with them, as its Python does."""
    for act in ("next", "reject"):
        want(desk, act)
    desk.journey.choose(limit=0.1)
    want(desk, "step", "sending")
    want(desk, "field", 90, name="weight-fit")
    want(desk, "field", 5, name="weight-reach")
    until(desk.is_settled)
    want(desk, "step", "handing")
    want(desk, "card", "boss")
    want(desk, "field", str(tmp_path / "boss.html"), name="path")
    want(desk, "write")
    until(lambda: desk.handed_over or desk.journey.said.is_wrong)
    page, weights = (tmp_path / "boss.html").read_text("utf-8"), dict(desk.journey.weights)
    (tmp_path / "boss.html").unlink()
    run(desk)
    assert (tmp_path / "boss.html").read_text("utf-8") == page
    assert f"weights={weights!r}" in desk._steps["handing"].code
    assert page != op.report(desk.results, sending=desk.send_list).to_html()


def test_what_was_said_of_an_order_placed_ends_with_it(client, sandbox, icp, until):
    """The foot says that it is watched, and once it has ended, how; no state stands there that has passed."""
    sandbox.control.settings(step_seconds=0.05)
    desk, said = Desk(client, icp=icp), []
    desk.journey.observe(lambda change: said.append(change["new"].words), "said")
    until(desk.is_settled)
    want(desk, "review")
    want(desk, "confirm")
    until(lambda: "completed. Results are ready to fetch." in desk.pane.regions["foot"])
    assert any("It is watched below" in words for words in said)
    assert not any("RECEIVED" in words for words in said)
    assert "It is watched below" not in desk.pane.regions["foot"]
    desk.close()


def test_no_wait_is_shorter_than_a_second(client, icp, place, until):
    """However often is polled, the foot of the orders speaks of whole seconds, at least one."""
    desk = Desk(client, icp=icp)
    place()
    want(desk, "step", "orders")
    desk.catch_up()
    until(lambda: ", next in 1 s." in desk.pane.regions["foot"])
    assert re.search(r"Polled [1-9]\d* s ago", desk.pane.regions["foot"])
    desk.close()


def test_many_orders_say_what_to_do_with_those_that_ended_badly(client, sandbox, place, until):
    """Of more orders than fit by full lines, each that was rejected shows what to do, live and in the picture."""
    ids = [place(f"Order {n}") for n in range(25)]
    for order_id in ids[:2]:
        sandbox.control.transition(order_id, "REJECTED", "Too few companies")
    desk = Desk(client)
    want(desk, "step", "orders")
    until(lambda: sum(row.is_terminal for row in desk.journey.watch.state.rows) == 2)
    want(desk, "step", "orders")
    assert "op-in" not in desk.picture().split("</style>")[1], "a picture has an empty field"
    for shown in (desk.pane.regions["rows0"], desk.picture()):
        rows = re.findall(r'<tr class="op-need".*?</tr>', shown, re.DOTALL)
        assert len(rows) == 2
        assert all("Correct, order again" in re.sub(r"<[^>]*>", " ", row) for row in rows)
    desk.close()


@pytest.mark.parametrize("seed", range(3))
def test_no_order_of_clicks_buys_unconfirmed(client, icp, until, seed):
    """A hundred and fifty clicks and fields at random, without a confirmation, raise nothing and buy nothing."""
    desk, chance = Desk(client, icp=icp), random.Random(seed)
    acts = ["review", "cancel", "step", "field", "chip", "unchip", "code", "save", "row", "facet", "brush", "write",
            "frontier", "accept", "window", "open", "correct", "card", "target", "other", "sort", "free", "judge",
            "rest", "ask", "download", "file"]  # fmt: skip
    values = [None, "", "9", -3, "results", "profile", "handing", "sending", "orders", [0.1, 0.4], True, "x" * 40]
    names = [None, "limit", "kind", "target_countries", "budget", "map-company_name", "briefing_quantity"]
    for _ in range(150):
        want(desk, chance.choice(acts), chance.choice(values), chance.choice(names))
    assert client.journal.frame().is_empty()
    desk.close()


def test_a_view_that_comes_late_gets_everything(desk):
    """Who says hello is sent every region as it stands."""
    sent = told(desk)
    want(desk, "hello")
    assert sent[0]["regions"] == desk.pane.regions
    assert {"steps", "body", "foot", "rows"} <= sent[0]["regions"].keys()


def test_the_picture_tells_the_step_without_controls(desk):
    """A picture holds the numbers of the step in view and nothing that could be pressed or typed into."""
    want(desk, "next")
    for step in STEPS:
        want(desk, "step", step)
        assert not re.search(r"<(button|input|textarea|select)\b", desk.picture())
    want(desk, "step", "results")
    assert "of 60 companies" in desk.picture()


def test_the_choice_is_said_in_python(desk, until, tmp_path):
    """The code of all choices, run on the same results, selects the people of the list."""
    want(desk, "next")
    want(desk, "reject")
    desk.journey.choose(limit=0.1, per_company=2)
    until(desk.is_settled)
    want(desk, "step", "handing")
    want(desk, "field", str(tmp_path / "again.csv"), name="path")
    want(desk, "code")
    known = run(desk)
    assert set(known["chosen"].prospects["id"]) == set(desk.send_list.prospects["id"])
    assert pl.read_csv(tmp_path / "again.csv").height == desk.send_list.size


def run(desk: Desk) -> dict[str, Any]:
    """Run the Python of the last step on the results at hand, and return the names it made."""
    code, known = desk._steps["handing"].code, {"op": op, "pl": pl, "results": desk.results}
    asking = ("op.connect", "client.")
    exec("\n".join(line for line in code.splitlines() if not any(a in line for a in asking)), known)  # noqa: S102
    return known


def test_the_front_end_is_small_and_one_module(tmp_path):
    """Script and style weigh less than 60 kB, and the modules put behind each other are one that can be read."""
    assert len((script() + style()).encode()) < 60_000
    assert "import " not in script()
    assert {path.stem for path in FRONT.glob("*.js")} == set(MODULES)
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node here")
    joined = tmp_path / "joined.mjs"
    joined.write_text(script(), "utf-8")
    done = subprocess.run([node, "--check", str(joined)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_view_needs_a_page_and_what_every_host_of_anywidget_gives(desk):
    """It calls three methods of its model, names no front end, loads and stores nothing; what is shown is a view."""
    assert set(re.findall(r"\bmodel\.(\w+)", script())) == {"send", "on", "off"}
    assert re.findall(FOREIGN, script()) == []
    assert WIDGET_VIEW in desk._repr_mimebundle_()
    assert desk.pane.get_state()["_esm"] == script()
    assert desk.pane.get_state()["_view_module"] == "anywidget"


@pytest.mark.slow
def test_a_linter_and_a_type_checker_have_nothing_to_say_on_the_modules(tmp_path):
    """The JSDoc types hold under TypeScript's strictest checks, and ESLint finds nothing."""
    npm = shutil.which("npm")
    wanted = ["typescript@5", "eslint@9", "@eslint/js@9", "globals@16"]
    quiet = ["--silent", "--no-fund", "--no-audit", "--ignore-scripts"]
    got = npm and subprocess.run([npm, "install", *quiet, *wanted], cwd=tmp_path, check=False, timeout=180)
    tools = tmp_path / "node_modules" / ".bin"
    if not got or not (tools / "tsc").exists() or not (tools / "eslint").exists():
        missing("npm", "TypeScript and ESLint cannot be had from npm here")
    shutil.copytree(FRONT, tmp_path / "front")
    (tmp_path / "eslint.config.mjs").write_text(LINTER, "utf-8")
    modules = [f"front/{name}.js" for name in MODULES]
    for command in ([tools / "tsc", *STRICT, *modules], [tools / "eslint", *modules]):
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=180)
        assert done.returncode == 0, done.stdout + done.stderr


def test_a_choice_is_what_it_says():
    """Unasked the promise is two percent with ninety percent confidence, and everybody at a company may be in."""
    assert SendChoice() == SendChoice(limit=0.02, confidence=0.9, per_company=0, promise="confidence")
