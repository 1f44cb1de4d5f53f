"""The journey of an analyst in a real JupyterLab: from an empty form to an exported selection, by mouse and keyboard.

The vendor is a sandbox in a process of its own, so that it outlives the kernels as a real one would.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import Locator, Page, expect
from support.jupyter import WAIT, Lab, fill, open_and_run, picture, restart_and_run_all, serious, tab_to, use_theme

import openprospect_nb as op
from openprospect_nb.sandbox import Sandbox

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SETUP = """
import openprospect_nb as op
from openprospect_nb.widgets import ICPBuilder, OrderMonitor
client = op.connect(api_key={key!r}, base_url={url!r}, home={home!r}, poll_interval=0.3)
"""
BUILDER = "builder = ICPBuilder(client)\nbuilder"
MONITOR = "monitor = OrderMonitor(client)\nmonitor"
LOWEST_MATCH = ".op-histogram .op-range input[type=number]"
DESCRIPTION = "Machine builders with 50 to 500 employees; a good fit runs its own production"


@pytest.fixture
def vendor(tmp_path: Path) -> Iterator[Sandbox]:
    """A sandbox on loopback."""
    with Sandbox(port=0, step_seconds=0.3) as sandbox:
        yield sandbox


@pytest.fixture
def setup(vendor: Sandbox, tmp_path: Path) -> str:
    """The first cell: a client of that sandbox."""
    return SETUP.format(key=vendor.key, url=vendor.url, home=str(tmp_path / "home"))


def bought(vendor: Sandbox, home: Path) -> pl.DataFrame:
    """Return the journal of the kernel's client, which is also what the vendor knows."""
    with op.connect(api_key=vendor.key, base_url=vendor.url, home=home) as client:
        journal, orders = client.journal.frame(), client.orders.list()
    assert sorted(orders["order_id"]) == sorted(journal["order_id"].drop_nulls())
    return journal


def exported(path: Path) -> pl.DataFrame:
    """Return an exported selection of the companies with a match of 7 and more; it holds some, and only those."""
    written = pl.read_csv(path)
    assert 0 < written.height < 25
    assert written["match_score"].is_between(7, 10).all()
    return written


def form_of(page: Page) -> Locator:
    """Return the builder's live view."""
    return page.locator(".op-icp-builder").first


def monitor_of(page: Page) -> Locator:
    """Return the monitor's live view."""
    return page.locator(".op-order-monitor").first


def describe_with_a_mistake(page: Page, form: Locator) -> None:
    """Fill the form in, with a country mistyped and mended."""
    fill(form, "profile_name", "Machine builders")
    fill(form, "ideal_customer_profile", DESCRIPTION, "textarea")
    fill(form, "seller_offering", "Scheduling software", "textarea")
    countries = form.locator(".op-field-target_countries input")
    countries.fill("Germny")
    countries.press("Enter")
    expect(form.locator(".op-field-target_countries")).to_contain_text("Did you mean Germany")
    picture(page, "builder-problem")
    form.get_by_role("button", name="Germny").click()
    countries.fill("Germany")
    countries.press("Enter")
    expect(form.locator(".op-field-target_countries")).to_contain_text("Germany (DE)")


def describe_by_keys(page: Page, form: Locator) -> None:
    """Fill the form in with the keyboard alone, with a country mistyped and mended."""
    keys = page.keyboard
    tab_to(page, ".op-field-profile_name input")
    keys.type("Keyboard")
    keys.press("Tab")
    keys.type(DESCRIPTION)
    keys.press("Tab")
    keys.type("Germny")
    keys.press("Enter")
    expect(form.locator(".op-field-target_countries")).to_contain_text("Did you mean Germany")
    tab_to(page, ".op-field-target_countries button")
    keys.press("Space")
    tab_to(page, ".op-field-target_countries input", back=True)
    keys.type("Germany")
    keys.press("Enter")
    expect(form.locator(".op-field-target_countries")).to_contain_text("Germany (DE)")
    tab_to(page, ".op-field-seller_offering textarea")
    keys.type("Scheduling software")


def test_by_mouse_from_an_empty_form_to_an_export_once_also_after_a_restart(
    page: Page, lab: Lab, vendor: Sandbox, setup: str, tmp_path: Path, axe: str
) -> None:
    """A mistake is mended, one order confirmed by a double click, followed, explored; a restart buys nothing more."""
    open_and_run(page, lab, "journey.ipynb", setup, BUILDER, MONITOR)
    use_theme(page, "Light")
    form, monitor = form_of(page), monitor_of(page)
    expect(form).to_be_visible(timeout=WAIT)
    picture(page, "builder-empty")
    describe_with_a_mistake(page, form)
    form.locator("button.op-place").click()
    expect(form.locator(".op-summary")).to_contain_text("25 companies")
    picture(page, "builder-summary")
    assert serious(page, axe) == []
    form.locator("button.op-confirm").dblclick()
    expect(form).to_contain_text("is placed", timeout=WAIT)
    picture(page, "builder-placed")
    monitor.locator("button.op-refresh").click()
    expect(monitor).to_contain_text("1 completed", timeout=WAIT)
    monitor.locator("button.op-fetch").click()
    expect(monitor).to_contain_text("Fetched 25 companies", timeout=WAIT)
    monitor.locator("button.op-open").click()
    explorer = monitor.locator(".op-results-explorer")
    fewest = explorer.locator(LOWEST_MATCH).first
    fewest.fill("7")
    fewest.press("Tab")
    expect(explorer).to_contain_text("Match score (0–10) 7 to 10", timeout=WAIT)
    explorer.get_by_label("File").fill("by-mouse.csv")
    explorer.get_by_label("File").press("Tab")
    explorer.locator("button.op-export").click()
    expect(explorer).to_contain_text("Exported ", timeout=WAIT)
    picture(page, "explorer-exported")
    assert serious(page, axe) == []
    exported(lab.root / "by-mouse.csv")
    expect(page.locator(".op-still").filter(visible=True)).to_have_count(0)

    restart_and_run_all(page)
    expect(monitor).to_contain_text("1 completed", timeout=WAIT)
    expect(form.locator(".op-field-profile_name input").first).to_have_value("")
    form.get_by_label("Recent profiles").select_option("Machine builders")
    expect(form).to_contain_text("Loaded “Machine builders”")
    form.locator("button.op-place").click()
    form.locator("button.op-confirm").click()
    expect(form).to_contain_text("equal purchase was placed", timeout=WAIT)
    picture(page, "builder-again")
    assert bought(vendor, tmp_path / "home")["status"].to_list() == ["COMPLETED"]


def test_by_keyboard_alone_in_the_dark(
    page: Page, lab: Lab, vendor: Sandbox, setup: str, tmp_path: Path, axe: str
) -> None:
    """Arrows choose the cell, Tab reaches every field and button in the order of the page, Enter and Space press."""
    (lab.root / "selection.csv").unlink(missing_ok=True)
    open_and_run(page, lab, "keyboard.ipynb", setup, BUILDER, MONITOR)
    use_theme(page, "Dark")
    form, monitor, keys = form_of(page), monitor_of(page), page.keyboard
    keys.press("ArrowUp")
    keys.press("ArrowUp")
    describe_by_keys(page, form)
    tab_to(page, "button.op-place")
    keys.press("Enter")
    expect(form.locator(".op-summary")).to_contain_text("25 companies")
    tab_to(page, "button.op-confirm")
    picture(page, "keyboard-confirm")
    assert serious(page, axe) == []
    keys.press("Space")
    expect(form).to_contain_text("is placed", timeout=WAIT)
    tab_to(page, ".op-order-monitor button.op-refresh")
    keys.press("Enter")
    expect(monitor).to_contain_text("1 completed", timeout=WAIT)
    tab_to(page, "button.op-fetch")
    keys.press("Enter")
    expect(monitor).to_contain_text("Fetched 25 companies", timeout=WAIT)
    tab_to(page, "button.op-open")
    keys.press("Enter")
    expect(monitor.locator(LOWEST_MATCH).first).to_be_visible(timeout=WAIT)
    tab_to(page, f".op-order-monitor .op-results-explorer {LOWEST_MATCH}")
    keys.press("Control+a")
    keys.type("7")
    keys.press("Tab")
    expect(monitor).to_contain_text("Match score (0–10) 7 to 10", timeout=WAIT)
    tab_to(page, "button.op-export")
    keys.press("Enter")
    expect(monitor).to_contain_text("Exported ", timeout=WAIT)
    picture(page, "keyboard-exported")
    assert serious(page, axe) == []
    exported(lab.root / "selection.csv")
    assert bought(vendor, tmp_path / "home").height == 1
