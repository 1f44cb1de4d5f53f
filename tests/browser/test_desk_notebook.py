"""The desk in a real JupyterLab: from nothing to a list and the page for the boss, and after the kernel is gone.

The vendor is a sandbox in a process of its own, so that it outlives the kernels as a real one would.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import Locator, Page, expect
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
    use_theme,
)

import openprospect_nb as op
from openprospect_nb.sandbox import Sandbox

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SETUP = """
import openprospect_nb as op
client = op.connect(api_key={key!r}, base_url={url!r}, home={home!r}, poll_interval=0.3, price_per_briefing=2.5)
"""
DESK = "desk = op.widgets.Desk(client)\ndesk"
FIELDS = {
    "profile_name": "Machine builders, DACH",
    "ideal_customer_profile": "Machine builders with 50 to 500 employees; a good fit runs its own production",
    "seller_offering": "Production planning software",
}


@pytest.fixture
def vendor() -> Iterator[Sandbox]:
    """A sandbox on loopback."""
    with Sandbox(port=0, step_seconds=0.3) as sandbox:
        yield sandbox


@pytest.fixture
def setup(vendor: Sandbox, tmp_path: Path) -> str:
    """The first cell: a client of that sandbox."""
    return SETUP.format(key=vendor.key, url=vendor.url, home=str(tmp_path / "home"))


def desk_of(page: Page) -> Locator:
    """Return the live view."""
    return page.locator(".op-desk-widget .op-desk").first


def describe(desk: Locator) -> None:
    """Fill the form in."""
    for name, text in FIELDS.items():
        desk.locator(f"[data-field={name}]").fill(text)
    desk.locator("[data-chips=target_countries]").fill("DACH")
    desk.locator("[data-chips=target_countries]").press("Enter")
    expect(desk.locator(".op-chip")).to_have_count(3)


def write(desk: Locator, card: str, path: Path, number: int) -> None:
    """Write one file of step 5."""
    desk.locator(".op-card", has_text=card).click()
    desk.locator("[data-field=path]").fill(str(path))
    desk.get_by_role("button", name="Write the file").click()
    expect(desk.locator(".op-step").last).to_contain_text(f"{number} file", timeout=WAIT)


def test_from_nothing_to_three_files_and_after_the_kernel_is_gone(
    page: Page, lab: Lab, vendor: Sandbox, setup: str, tmp_path: Path, axe: str
) -> None:
    """The journey by mouse in light and dark; a restart, a dead kernel and a reopened notebook buy nothing twice."""
    page.set_viewport_size({"width": 1440, "height": 900})
    open_and_run(page, lab, "desk.ipynb", setup, DESK)
    use_theme(page, "Light")
    desk = desk_of(page)
    expect(desk).to_be_visible(timeout=WAIT)
    picture(page, "lab-1-empty")
    assert desk.bounding_box()["height"] <= 780
    describe(desk)
    picture(page, "lab-1-profile")
    desk.get_by_role("button", name="Review and order").click()
    picture(page, "lab-1-review")
    desk.get_by_role("button", name="Confirm: order now").dblclick()
    expect(desk.locator(".op-step[aria-current]")).to_contain_text("Orders", timeout=WAIT)
    picture(page, "lab-2-placed")
    desk.get_by_role("button", name="Open", exact=True).click(timeout=WAIT)
    expect(desk.locator(".op-firms tbody tr:not(.op-gap)").first).to_be_visible(timeout=WAIT)
    desk.locator(".op-firms tbody tr:not(.op-gap)").first.click()
    for key in "jara":
        page.keyboard.press(key)
    expect(desk.locator(".op-figures")).to_contain_text("2 · 1", timeout=WAIT)
    expect(page.locator(".jp-CodeCell")).to_have_count(3)  # none of the letters was a command of the notebook
    picture(page, "lab-3-results")
    desk.get_by_role("button", name="Make the send list").click()
    expect(desk.locator("h2")).to_contain_text("Mail ", timeout=WAIT)
    picture(page, "lab-4-sending")
    use_theme(page, "Dark")
    picture(page, "lab-4-sending-dark")
    desk.get_by_role("button", name="Hand it over").click()
    for number, (card, name) in enumerate((("CRM", "a.csv"), ("Excel", "b.xlsx"), ("boss", "c.html")), 1):
        write(desk, card, tmp_path / name, number)
    picture(page, "lab-5-handing-dark")
    assert serious(page, axe) == []
    assert pl.read_csv(tmp_path / "a.csv").height > 0
    assert "@" not in (tmp_path / "c.html").read_text("utf-8").split("<style")[0]
    save(page)

    restart_and_run_all(page)
    expect(desk.locator(".op-step", has_text="Orders")).to_contain_text("1 done", timeout=WAIT)
    expect(page.locator(".op-still").filter(visible=True)).to_have_count(0)
    save(page)
    kill_kernel(page)
    picture(page, "lab-killed")
    reopen_without_kernel(page, lab, "desk.ipynb")
    expect(page.locator(".op-still .op-desk").filter(visible=True).first).to_be_visible(timeout=WAIT)
    picture(page, "lab-reopened")
    with op.connect(api_key=vendor.key, base_url=vendor.url, home=tmp_path / "home") as client:
        assert client.journal.frame().height == client.orders.list().height == 1
