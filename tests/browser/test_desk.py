"""The desk in a chromium: the whole journey by mouse and by keys, counted; sizes, themes, accessibility.

Most of it runs without a notebook (`support.desk_page`): the view is the same, and a kernel costs half a minute.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import Browser, Page, expect
from support.desk_page import FIELDS, ROWS, DeskPage, accept_by_mouse, describe, hand_over, make_list, order_and_open
from support.jupyter import picture, serious, tab_to

import openprospect_nb as op
from openprospect_nb.client import Client
from openprospect_nb.frames.results import Results
from openprospect_nb.frames.schemas import ORDERS
from openprospect_nb.sandbox import Sandbox
from openprospect_nb.widgets import Desk, ICPBuilder, OrderMonitor
from openprospect_nb.widgets.monitor.model import MonitorState, rows_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]
FEATURES = ["COMPANY_DATA", "CONTACTS", "ANALYSIS", "EMAIL_DISCOVERY"]
SCREEN = {"width": 1180, "height": 780}
IN_VIEW = """() => { const pane = document.querySelector("[data-rows]").getBoundingClientRect();
  return [...document.querySelectorAll(".op-firms tbody tr:not(.op-gap)")].filter((row) => {
    const box = row.getBoundingClientRect(); return box.bottom > pane.top + 60 && box.top < pane.bottom; }).length }"""
ORDER_ROWS = ".op-orders-table tbody tr:not(.op-left)"
ORDERS_IN_VIEW = """() => { const pane = document.querySelector(".op-orders .op-rows").getBoundingClientRect();
  return [...document.querySelectorAll(".op-orders-table tbody tr")].filter((row) => {
    const box = row.getBoundingClientRect(); return box.top >= pane.top && box.bottom <= pane.bottom; }).length }"""
NARROW = "() => { const body = document.querySelector('.op-body'); return body.scrollWidth <= body.clientWidth }"
STEPS = ("Profile", "Orders", "Results", "Send list", "Hand over")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A client of a sandbox whose orders are done in a moment."""
    with (
        Sandbox(step_seconds=0.02) as sandbox,
        op.connect(
            sandbox=sandbox, home=tmp_path_factory.mktemp("home"), poll_interval=0.1, price_per_briefing=2.5
        ) as made,
    ):
        yield made


@pytest.fixture(scope="module")
def results(client: Client) -> Results:
    """Sixty companies."""
    companies = [{"company_name": f"Invented {n}"} for n in range(60)]
    return client.orders.enrich(companies, title="Sixty", features=FEATURES).wait(progress=False).results()


@pytest.fixture
def bare(browser: Browser) -> Iterator[Page]:
    """A page that can reach nothing, and in which no script fails."""
    context, wrong = browser.new_context(viewport=SCREEN, offline=True), []
    page = context.new_page()
    page.on("pageerror", lambda error: wrong.append(str(error)))
    yield page
    context.close()
    assert wrong == []


def shown(page: Page, desk: Desk, *, paper: str = "#fff") -> DeskPage:
    """Show *desk* and wait until everything is there."""
    made = DeskPage(page, desk, paper=paper)
    expect(page.locator(".op-desk .op-step").first).to_be_visible()
    return made


@pytest.fixture
def triage(bare: Page, client: Client, results: Results) -> Iterator[DeskPage]:
    """A desk of the sixty companies, nothing decided yet."""
    (client.settings.home / "decisions.sqlite").unlink(missing_ok=True)
    desk = Desk(client, results)
    yield shown(bare, desk)
    desk.close()


def turn(page: Page, made: DeskPage, step: str) -> None:
    """Press a step's tab."""
    page.locator(".op-step", has_text=step).click()
    made.settle()


def test_from_an_empty_form_to_three_files_by_mouse(bare: Page, client: Client, tmp_path: Path) -> None:
    """DACH is typed, a double click places one order, 61 clicks decide on sixty companies, three files are written."""
    desk = Desk(client)
    made = shown(bare, desk)
    at = bare.locator(".op-desk")
    describe(at, quantity=60)
    expect(bare.locator(".op-beside")).to_contain_text("150.00")
    picture(bare, "desk-profile")
    order_and_open(at)
    assert accept_by_mouse(bare, at, 60) <= 70
    assert bare.evaluate("scrollY") == 0
    picture(bare, "desk-results")
    make_list(at)
    picture(bare, "desk-sending")
    hand_over(at, tmp_path)
    made.settle()
    assert pl.read_csv(tmp_path / "written.csv").height == desk.send_list.size
    assert client.journal.frame().filter(kind="DISCOVERY").height == 1
    picture(bare, "desk-handing")
    desk.close()


def test_sixty_companies_by_keys_alone(bare: Page, triage: DeskPage) -> None:
    """J and A or R decide all, the chosen row stays in view, / goes to the search, ? shows the keys, U undoes."""
    keys = bare.keyboard
    tab_to(bare, ".op-firms tbody th button")
    keys.press("j")
    expect(bare.locator("tr.op-chosen")).to_be_visible()
    for n in range(60):
        keys.press("a" if n % 2 else "r")
    triage.settle()
    expect(bare.locator(".op-figures")).to_contain_text("30 · 30")
    row, pane = bare.locator("tr.op-chosen").bounding_box(), bare.locator("[data-rows]").bounding_box()
    assert pane["y"] < row["y"] < pane["y"] + pane["height"]
    keys.press("u")
    expect(bare.locator(".op-figures")).to_contain_text("29 · 30")
    keys.press("?")
    expect(bare.locator(".op-beside")).to_contain_text("undo the last decision")
    keys.press("/")
    keys.type("invented 7")
    expect(bare.locator(".op-chip")).to_contain_text("invented 7")
    assert bare.evaluate("document.activeElement.value") == "invented 7"


def press(page: Page, selector: str, key: str = "Enter") -> None:
    """Reach a control with Tab, however long it takes to be there, and press it."""
    expect(page.locator(selector).first).to_be_visible()
    tab_to(page, selector)
    page.keyboard.press(key)


def test_the_form_alone_places_an_order_by_keys(bare: Page, tmp_path: Path) -> None:
    """`ICPBuilder`: Tab and typing fill it in, Enter reviews, Space confirms; pressed again nothing more is bought."""
    with op.connect(home=tmp_path, poll_interval=0.1, price_per_briefing=2.5) as client:
        form = ICPBuilder(client)
        made, keys = DeskPage(bare, form), bare.keyboard
        describe_by_keys(bare)
        press(bare, "[data-act=review]")
        expect(bare.locator(".op-review")).to_contain_text("25, discovery")
        for _ in range(2):
            press(bare, "[data-act=confirm]", "Space") if form.order is None else keys.press("Space")
            made.until(lambda: form.order is not None)
        expect(bare.locator(".op-foot")).to_contain_text("placed")
        assert bare.locator(".op-desk").get_attribute("aria-label") == "Profile"
        picture(bare, "alone-profile")
        assert client.orders.list()["order_id"].to_list() == [form.order.order_id]
        form.close()


def describe_by_keys(page: Page) -> None:
    """Fill the form in without a pointer."""
    tab_to(page, "[data-field=profile_name]")
    for text in FIELDS.values():
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    page.keyboard.type("DACH")
    page.keyboard.press("Enter")
    expect(page.locator(".op-chip")).to_have_count(3)


def test_the_monitor_alone_opens_and_corrects_by_keys(bare: Page, tmp_path: Path) -> None:
    """`OrderMonitor`: Enter opens results; a rejected order comes back into the form, and is ordered again once."""
    icp = op.ICP(**FIELDS, target_countries=["Germany"])
    with Sandbox(step_seconds=0.02) as vendor, op.connect(sandbox=vendor, home=tmp_path, poll_interval=0.1) as client:
        client.orders.discover(icp, 5, title="Good").wait()
        vendor.control.settings(step_seconds=0.3)  # time to stop the clock in, once the profile is ready
        rejected = client.orders.discover(icp, 5, title="Bad", name="bad")
        vendor.control.settings(step_seconds=0)
        vendor.control.transition(rejected.order_id, "REJECTED", "Too few companies")
        monitor = OrderMonitor(client)
        made = DeskPage(bare, monitor)
        expect(bare.locator(".op-need")).to_contain_text("order again")
        picture(bare, "alone-orders")
        press(bare, "button[data-act=open]")
        expect(bare.locator(ROWS).first).to_be_visible()
        press(bare, ".op-step[data-value=orders]")
        press(bare, "button[data-act=correct]")
        expect(bare.locator("[data-field=profile_name]")).to_have_value(FIELDS["profile_name"])
        tab_to(bare, "[data-field=ideal_customer_profile]")
        bare.keyboard.press("End")
        bare.keyboard.type(" with its own tool shop")
        vendor.control.settings(step_seconds=0.02)
        press(bare, "[data-act=review]")
        press(bare, "[data-act=confirm]", "Space")
        made.until(lambda: client.orders.list().height == 3)
        expect(bare.locator(".op-step[aria-current]")).to_contain_text("Orders")
        picture(bare, "alone-orders-again")
        monitor.close()


def test_an_output_frame_that_allows_little_is_enough(bare: Page, client: Client, results: Results) -> None:
    """In a sandboxed frame of no origin, where nothing can be loaded, all steps are drawn and keys decide."""
    (client.settings.home / "decisions.sqlite").unlink(missing_ok=True)
    desk = Desk(client, results)
    made = DeskPage(bare, desk, strange=True)
    made.place.locator(ROWS).first.click()
    expect(made.place.locator("tr.op-chosen")).to_be_visible()
    bare.keyboard.press("a")
    expect(made.place.locator(".op-figures")).to_contain_text("1 · 0")
    for step in STEPS:
        made.place.locator(".op-step", has_text=step).click()
        expect(made.place.locator(".op-step[aria-current]")).to_contain_text(step)
    assert bare.evaluate("window.wrong") == []
    desk.close()


def test_a_pointer_selects_in_the_histogram_and_drags_the_frontier(bare: Page, triage: DeskPage) -> None:
    """A drag across the heading of the score narrows; a facet narrows more; the frontier's handle moves the limit."""
    box = bare.locator("svg[data-plot=score]").bounding_box()
    bare.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 10)
    bare.mouse.down()
    bare.mouse.move(box["x"] + box["width"] - 1, box["y"] + 10, steps=4)
    bare.mouse.up()
    expect(bare.locator(".op-chip")).to_contain_text("Score (0–100) 50 to")
    assert triage.desk.journey.model.count < 60
    bare.locator(".op-facets button", has_text="undecided").first.click()
    expect(bare.locator(".op-chip")).to_have_count(2)
    bare.get_by_role("button", name="Clear").click()
    turn(bare, triage, "Send list")
    box = bare.locator("svg[data-plot=frontier]").bounding_box()
    bare.mouse.move(box["x"] + 80, box["y"] + 60)
    bare.mouse.down()
    bare.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + 60, steps=4)
    bare.mouse.up()
    triage.settle()
    assert triage.desk.journey.choice.limit > 0.02
    expect(bare.locator("[data-key=limit]")).to_have_value(f"{triage.desk.journey.choice.limit * 100:g}")


# In one go from the document down: a field that Playwright found may have been drawn anew before it is asked.
REDRAW = """() => { const place = document.querySelector("[data-field=low]").closest("[data-region]");
  window.hear([{ regions: { [place.dataset.region]: place.innerHTML } }]) }"""


def test_what_is_typed_goes_where_it_was_meant_though_the_field_is_drawn_anew(bare: Page, triage: DeskPage) -> None:
    """A number field that is all chosen is typed over; what is written in one is written on, also after its dot."""
    bare.locator("[data-act=sort][data-value=match_score]").click()
    triage.settle()
    lowest = bare.locator("[data-field=low]")
    lowest.focus()
    lowest.select_text()
    for key in "7.5":
        bare.evaluate(REDRAW)
        bare.keyboard.press(key)
    expect(lowest).to_have_value("7.5")
    bare.keyboard.press("ArrowLeft")
    bare.evaluate(REDRAW)
    bare.keyboard.press("2")
    expect(lowest).to_have_value("7.25")
    bare.evaluate(REDRAW)
    bare.keyboard.press("Tab")
    expect(bare.locator(".op-chip")).to_contain_text("7.25 to 10")


def test_fifty_thousand_rows_scroll(bare: Page, client: Client, results: Results) -> None:
    """The bar is as long as all rows; wherever one drags it, the rows of that place come; little crosses the wire."""
    copies = [results.companies.with_columns(id=pl.col("id") + f"-{n}") for n in range(834)]
    desk = Desk(client, replace(results, companies=pl.concat(copies), prospects=results.prospects.head(0)))
    made = shown(bare, desk)
    for place in (0.5, 0.99, 0.2):
        bare.locator("[data-rows]").evaluate("(pane, place) => { pane.scrollTop = pane.scrollHeight * place }", place)
        made.flush()
        expect(bare.locator(ROWS).first).to_be_attached()
        bare.wait_for_timeout(150)
        seen = bare.evaluate(IN_VIEW)
        assert seen > 15
    assert max(made.sent) < 200_000
    desk.close()


def polled(count: int) -> MonitorState:
    """Return what a poll of *count* orders brought: a failed one, a running one, else done for some days."""
    now = datetime(2026, 5, 30, 8, tzinfo=UTC)
    common = dict.fromkeys(ORDERS) | {"order_type": "DISCOVERY", "accepted_at": now}
    states = {3: "FAILED", 7: "IN_PROGRESS"}
    facts = [
        {
            "order_id": f"order-{n}", "title": f"Machine builders, DACH {n}", "status": states.get(n, "COMPLETED"),
            "created_at": now - timedelta(days=n), "completed_at": now - timedelta(days=n) + timedelta(hours=3),
        }
        for n in range(count)
    ]  # fmt: skip
    orders = pl.DataFrame([common | fact for fact in facts], schema=ORDERS)
    return MonitorState(rows=rows_of(orders, {}, now, {}), polled_at=now)


@pytest.mark.parametrize("width", [1180, 1024])
def test_sixty_orders_are_on_one_screen_and_all_of_five_hundred_can_be_had(
    bare: Page, client: Client, width: int
) -> None:
    """Sixty are seen at once, each with its state and a target of 24 px; so few that they fit say what comes next."""
    bare.set_viewport_size({"width": width, "height": 780})
    desk = Desk(client)
    made = shown(bare, desk)
    desk.journey.watch.stop()
    turn(bare, made, "Orders")
    desk.journey.watch.state = polled(60)
    expect(bare.locator(ORDER_ROWS)).to_have_count(60)
    assert bare.evaluate(ORDERS_IN_VIEW) == 60
    expect(bare.locator(ORDER_ROWS).nth(3)).to_contain_text("failed")
    expect(bare.locator(ORDER_ROWS).nth(9)).to_contain_text("d ago")
    picture(bare, f"desk-orders-60-{width}")
    places = bare.locator(f"{ORDER_ROWS} .op-btn").evaluate_all("all => all.map((b) => b.getBoundingClientRect().top)")
    assert min(b - a for a, b in pairwise(sorted(set(places)))) >= 24
    bare.set_viewport_size({"width": 390, "height": 780})
    picture(bare, "desk-orders-60-390")
    assert bare.evaluate(NARROW)
    bare.set_viewport_size({"width": width, "height": 780})
    bare.locator("[data-act=show][data-value=need]").click()
    expect(bare.locator(ORDER_ROWS)).to_have_count(1)
    expect(bare.locator("thead")).to_contain_text("What next")
    bare.locator("[data-act=show][data-value=all]").click()
    desk.journey.watch.state = polled(500)
    for shown_now in (240, 480):
        expect(bare.locator(ORDER_ROWS)).to_have_count(shown_now)
        bare.locator("[data-act=more]").click()
    expect(bare.locator(ORDER_ROWS)).to_have_count(500)
    bare.locator(ORDER_ROWS).last.scroll_into_view_if_needed()
    assert bare.evaluate("scrollY") == 0
    assert max(made.sent) < 200_000
    desk.close()


@pytest.mark.parametrize("paper", ["#fff", "#111"])
def test_every_step_fits_one_screen_and_can_be_read(
    bare: Page, client: Client, results: Results, axe: str, paper: str
) -> None:
    """On light and dark paper, wide and at 390 px: no step above 780 px, nothing hangs over, axe has nothing to say."""
    desk, found, theme = Desk(client, results), [], "light" if paper == "#fff" else "dark"
    made = shown(bare, desk, paper=paper)
    bare.locator(ROWS).first.click()
    for step in STEPS:
        turn(bare, made, step)
        picture(bare, f"desk-{step.split()[0].lower()}-{paper.strip('#')}")
        box = bare.locator(".op-desk").bounding_box()
        assert box["height"] <= 780
        assert bare.evaluate("document.documentElement.scrollWidth <= innerWidth")
        found += [f"{step}: {finding}" for finding in serious(bare, axe, colours_only=theme == "dark")]
    assert bare.locator(".op-desk").get_attribute("data-theme") == theme
    bare.set_viewport_size({"width": 390, "height": 780})
    for step in STEPS:
        turn(bare, made, step)
        picture(bare, f"desk-{step.split()[0].lower()}-390-{paper.strip('#')}")
        assert bare.evaluate(NARROW), step
        found += [f"{step} at 390 px: {finding}" for finding in serious(bare, axe, colours_only=theme == "dark")]
    assert "\n".join(found) == ""
    names = bare.locator("input, select, textarea").evaluate_all(
        "all => all.map((e) => e.ariaLabel ?? e.labels[0]?.innerText)"
    )
    assert all(names)
    desk.close()
