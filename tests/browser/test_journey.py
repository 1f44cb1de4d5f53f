"""The builder and the monitor in a real JupyterLab: from an empty form to an exported selection by mouse.

By keyboard alone: `test_desk_notebook`, whose steps these widgets are.

The vendor is a sandbox in a process of its own, so that it outlives the kernels as a real one would.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import Locator, Page, expect
from support.jupyter import WAIT, Lab, fill, open_and_run, picture, restart_and_run_all, serious, use_theme

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
SORT_BY_MATCH = "[data-act=sort][data-value=match_score]"
LOWEST = "[data-field=low]"
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


def exported(path: Path, vendor: Sandbox, home: Path) -> None:
    """Assert that a file holds people of companies with a match of 7 and more, and only those."""
    with op.connect(api_key=vendor.key, base_url=vendor.url, home=home) as client:
        results = client.results(client.orders.list()["order_id"].to_list())
    good = results.companies.filter(pl.col("match_score") >= 7)["id"]
    theirs = results.prospects.filter(pl.col("company_id").is_in(good.implode()))["email"]
    written = pl.read_csv(path)["email"]
    assert written.len() > 0
    assert set(written) <= set(theirs)


def form_of(page: Page) -> Locator:
    """Return the builder's live view."""
    return page.locator(".op-icp-builder").first


def monitor_of(page: Page) -> Locator:
    """Return the monitor's live view."""
    return page.locator(".op-order-monitor").first


def describe_with_a_mistake(page: Page, form: Locator) -> None:
    """Fill the form in, with a country mistyped and mended."""
    fill(form, "profile_name", "Machine builders")
    fill(form, "ideal_customer_profile", DESCRIPTION)
    fill(form, "seller_offering", "Scheduling software")
    countries = form.locator("[data-chips=target_countries]")
    countries.fill("Germny")
    countries.press("Enter")
    expect(form).to_contain_text("Did you mean Germany", timeout=WAIT)
    picture(page, "builder-problem")
    form.get_by_role("button", name="Remove Germny").click()
    countries.fill("DACH")
    countries.press("Enter")
    expect(form.locator(".op-chip")).to_have_text(["Austria ✕", "Switzerland ✕", "Germany ✕"], timeout=WAIT)


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
    form.locator("[data-act=review]").click()
    expect(form.locator(".op-review")).to_contain_text("25, discovery", timeout=WAIT)
    picture(page, "builder-summary")
    assert serious(page, axe) == []
    form.locator("[data-act=confirm]").dblclick()
    expect(form).to_contain_text("is placed", timeout=WAIT)
    picture(page, "builder-placed")
    monitor.locator("[data-act=poll]").click()
    expect(monitor).to_contain_text("1 done", timeout=WAIT)
    picture(page, "monitor-done")
    monitor.locator("button[data-act=open]").click()
    monitor.locator(SORT_BY_MATCH).click(timeout=WAIT)
    monitor.locator(LOWEST).fill("7")
    expect(monitor.locator(".op-chip")).to_contain_text("Match score (0–10) 7 to 10", timeout=WAIT)
    picture(page, "monitor-results")
    monitor.get_by_role("button", name="Make the send list").click()
    monitor.get_by_role("button", name="Hand it over").click(timeout=WAIT)
    monitor.locator("[data-act=card][data-value=sequencer]").click()
    monitor.locator("[data-act=target][data-value=csv]").click()
    monitor.locator("[data-field=path]").fill("by-mouse.csv")
    monitor.locator("[data-act=write]").click()
    expect(monitor).to_contain_text("Wrote by-mouse.csv", timeout=WAIT)
    picture(page, "monitor-handed-over")
    assert serious(page, axe) == []
    exported(lab.root / "by-mouse.csv", vendor, tmp_path / "home")
    expect(page.locator(".op-still").filter(visible=True)).to_have_count(0)

    restart_and_run_all(page)
    expect(monitor).to_contain_text("1 done", timeout=WAIT)
    expect(form.locator("[data-field=profile_name]")).to_have_value("", timeout=WAIT)
    form.get_by_label("Recent profiles").select_option("Machine builders")
    expect(form).to_contain_text("Loaded “Machine builders”", timeout=WAIT)
    form.locator("[data-act=review]").click()
    form.locator("[data-act=confirm]").click()
    expect(form).to_contain_text("equal purchase was placed", timeout=WAIT)
    picture(page, "builder-again")
    assert bought(vendor, tmp_path / "home")["status"].to_list() == ["COMPLETED"]
