"""The desk in a real JupyterLab: the whole journey by mouse, by keyboard alone, and after the kernel is gone.

The tests share one notebook and its kernel; each begins with an empty desk. The vendor is a sandbox in a process of its
own, so that it outlives the kernels as a real one would.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import Locator, Page, expect
from support.desk_page import (
    CARDS,
    FIELDS,
    ROWS,
    accept_by_mouse,
    describe,
    hand_over,
    make_list,
    order_and_open,
)
from support.jupyter import (
    WAIT,
    Lab,
    kill_kernel,
    open_and_run,
    picture,
    reopen_without_kernel,
    restart_and_run_all,
    save,
    serious,
    tab_to,
    use_theme,
)

import openprospect_nb as op
from openprospect_nb.client import Client
from openprospect_nb.sandbox import Sandbox

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SETUP = """
import openprospect_nb as op
client = op.connect(api_key={key!r}, base_url={url!r}, home={home!r}, poll_interval=0.3, price_per_briefing=2.5)
"""
DESK = "desk = op.widgets.Desk(client)\ndesk"
SCROLLED = "() => document.querySelector('.jp-WindowedPanel-outer').scrollTop"
SMALLEST = "[data-field=low]"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A client beside the kernel's, of the same vendor and home."""
    home = tmp_path_factory.mktemp("home")
    with (
        Sandbox(port=0, step_seconds=0.3) as vendor,
        op.connect(api_key=vendor.key, base_url=vendor.url, home=home, poll_interval=0.3) as made,
    ):
        yield made


@pytest.fixture(scope="module")
def notebook(shared_page: Page, lab: Lab, client: Client) -> Page:
    """The notebook, run once."""
    shared_page.set_viewport_size({"width": 1440, "height": 900})
    known = client.settings
    setup = SETUP.format(key=known.api_key.reveal(), url=known.base_url, home=str(known.home))
    open_and_run(shared_page, lab, "desk.ipynb", setup, DESK)
    return shared_page


@pytest.fixture
def desk(notebook: Page) -> Locator:
    """The live view of an empty desk: its cell was run again, and is at the top of the notebook."""
    notebook.locator(".jp-CodeCell .jp-InputArea-editor").nth(1).click()
    notebook.keyboard.press("Control+Enter")
    notebook.keyboard.press("Escape")
    shown = notebook.locator(".op-desk-widget .op-desk").first
    expect(shown.locator("[data-field=profile_name]")).to_have_value("", timeout=WAIT)
    notebook.locator(".jp-CodeCell").nth(1).evaluate("cell => cell.scrollIntoView()")
    return shown


def test_by_mouse_from_nothing_to_three_files(notebook: Page, desk: Locator, tmp_path: Path, axe: str) -> None:
    """Twenty of sixty companies are decided, the pointer at rest and the page too; no step is above 780 px.

    All sixty with 61 clicks: `test_desk`, where a click does not cross a notebook.
    """
    use_theme(notebook, "Light")
    picture(notebook, "lab-1-empty")
    describe(desk, quantity=60)
    picture(notebook, "lab-1-profile")
    heights, before = [desk.bounding_box()["height"]], notebook.evaluate(SCROLLED)
    order_and_open(desk)
    accept_by_mouse(notebook, desk, 20)
    assert notebook.evaluate(SCROLLED) == before
    picture(notebook, "lab-3-results")
    make_list(desk)
    picture(notebook, "lab-4-sending")
    hand_over(desk, tmp_path)
    picture(notebook, "lab-5-handing")
    for step in range(5):
        desk.locator(".op-step").nth(step).click()
        expect(desk.locator(".op-step").nth(step)).to_have_attribute("aria-current", "step", timeout=WAIT)
        heights.append(desk.bounding_box()["height"])
    assert max(heights) <= 780
    desk.locator(".op-step").nth(1).click()
    expect(desk.locator(".op-orders .op-asked input")).to_have_css("width", "169px")  # not what its lists leave
    assert serious(notebook, axe) == []
    assert pl.read_csv(tmp_path / "written.csv").height > 0
    assert "@" not in (tmp_path / "written.html").read_text("utf-8").split("<style")[0]


def describe_by_keys(page: Page, desk: Locator) -> None:
    """Fill the first step in, with a country mistyped and mended."""
    keys = page.keyboard
    tab_to(page, "[data-field=profile_name]")
    for text in FIELDS.values():
        keys.type(text)
        keys.press("Tab")
    keys.type("Germny")
    keys.press("Enter")
    expect(desk).to_contain_text("Did you mean Germany", timeout=WAIT)
    keys.press("Backspace")
    expect(desk.locator(".op-chip")).to_have_count(0, timeout=WAIT)
    keys.type("DACH")
    keys.press("Enter")
    expect(desk.locator(".op-chip")).to_have_count(3, timeout=WAIT)


def press(page: Page, selector: str, *, back: bool = False) -> None:
    """Reach a control with Tab and press it."""
    tab_to(page, f".op-desk {selector}", back=back)
    page.keyboard.press("Enter")


def select_by_keys(page: Page, desk: Locator) -> None:
    """Narrow the histogram of the match, then accept two companies and reject one."""
    keys = page.keyboard
    press(page, "[data-act=sort][data-value=match_score]")
    expect(desk.locator(SMALLEST)).to_be_visible(timeout=WAIT)
    tab_to(page, f".op-desk {SMALLEST}", back=True)
    keys.press("Control+a")
    keys.type("6")
    expect(desk.locator(".op-chip")).to_contain_text("Match score (0–10) 6 to 10", timeout=WAIT)
    tab_to(page, f".op-desk {ROWS} th button")
    for key in ("ArrowDown", "a", "r", "a"):
        keys.press(key)
    expect(desk.locator(".op-figures")).to_contain_text("2 · 1", timeout=WAIT)


def test_by_keyboard_alone_in_the_dark(notebook: Page, desk: Locator, client: Client, tmp_path: Path, axe: str) -> None:
    """Tab reaches everything in the order of the page, Enter and Space press; the slider moves as far as pressed."""
    (client.settings.home / "decisions.sqlite").unlink(missing_ok=True)
    use_theme(notebook, "Dark")
    keys, cells, orders = notebook.keyboard, notebook.locator(".jp-Cell").count(), client.orders.list().height
    describe_by_keys(notebook, desk)
    press(notebook, "[data-act=review]")
    expect(desk.locator(".op-review")).to_contain_text("25, discovery", timeout=WAIT)
    tab_to(notebook, ".op-desk [data-act=confirm]")
    assert serious(notebook, axe) == []
    keys.press("Space")
    expect(desk.locator("button[data-act=open]").first).to_be_visible(timeout=WAIT)
    press(notebook, "button[data-act=open]")
    expect(desk.locator(ROWS).first).to_be_visible(timeout=WAIT)
    select_by_keys(notebook, desk)
    assert serious(notebook, axe) == []
    press(notebook, "[data-act=step][data-value=sending].op-main")
    expect(desk.locator("h2")).to_contain_text("Mail ", timeout=WAIT)
    tab_to(notebook, ".op-desk input[type=range][data-field=limit]")
    for _ in range(12):
        keys.press("ArrowRight")
    expect(desk.locator("input[type=number][data-field=limit]")).to_have_value("3.2", timeout=WAIT)
    picture(notebook, "lab-4-keys-dark")
    assert serious(notebook, axe) == []
    press(notebook, "[data-act=step][data-value=handing].op-main")
    for number, (card, suffix) in enumerate(CARDS.items(), 1):
        write_by_keys(notebook, desk, card, tmp_path / f"keys{suffix}")
        expect(desk.locator(".op-step").last).to_contain_text(f"{number} file", timeout=WAIT)
    picture(notebook, "lab-5-keys-dark")
    assert serious(notebook, axe) == []
    assert pl.read_csv(tmp_path / "keys.csv").height > 0
    assert notebook.locator(".jp-Cell").count() == cells, "the notebook took a letter meant for the desk"
    assert client.orders.list().height == orders + 1


def write_by_keys(page: Page, desk: Locator, card: str, path: Path) -> None:
    """Choose a card, name its file, write it."""
    key = desk.locator(".op-card", has_text=card).get_attribute("data-value")
    press(page, f"[data-act=card][data-value={key}]")
    expect(desk.locator(f"[data-act=card][data-value={key}]")).to_have_attribute("aria-checked", "true", timeout=WAIT)
    tab_to(page, ".op-desk [data-field=path]")
    page.keyboard.press("Control+a")
    page.keyboard.type(str(path))
    press(page, "[data-act=write]")


def test_nothing_is_bought_twice_when_the_kernel_goes(notebook: Page, desk: Locator, lab: Lab, client: Client) -> None:
    """A restart, a kernel that dies, a notebook reopened without one: the picture tells the orders, and none is new."""
    client.orders.enrich([{"company_name": "Invented"}], title="From elsewhere").wait(progress=False)
    before = client.orders.list().height
    restart_and_run_all(notebook)
    expect(desk.locator(".op-step", has_text="Orders")).to_contain_text(f"{before} done", timeout=WAIT)
    expect(notebook.locator(".op-still").filter(visible=True)).to_have_count(0)
    save(notebook)
    kill_kernel(notebook)
    picture(notebook, "lab-killed")
    reopen_without_kernel(notebook, lab, "desk.ipynb")
    expect(notebook.locator(".op-still .op-desk").filter(visible=True).first).to_be_visible(timeout=WAIT)
    picture(notebook, "lab-reopened")
    assert client.journal.frame().height == client.orders.list().height == before
