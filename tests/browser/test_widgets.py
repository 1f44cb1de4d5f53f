"""The widgets in a real JupyterLab: the builder and the monitor, the explorer, and what outlives a kernel.

The tests share one JupyterLab in one page, since to load it takes longer than most of them; each has a notebook and a
kernel of its own. The desk, of which these widgets are steps, by keyboard alone: `test_desk_notebook`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
import polars as pl
import pytest
from playwright.sync_api import Locator, Page, expect
from support.jupyter import (
    WAIT,
    Lab,
    fill,
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
from openprospect_nb.sandbox import Sandbox

pytestmark = [pytest.mark.browser, pytest.mark.slow]
CLIENT = """
import openprospect_nb as op
from openprospect_nb.widgets import ICPBuilder, OrderMonitor
client = op.connect(api_key={key!r}, base_url={url!r}, home={home!r}, poll_interval=0.3)
"""
BUILDER = "builder = ICPBuilder(client)\nbuilder"
MONITOR = "monitor = OrderMonitor(client)\nmonitor"
SORT_BY_MATCH = "[data-act=sort][data-value=match_score]"
LOWEST = "[data-field=low]"
DESCRIPTION = "Machine builders with 50 to 500 employees; a good fit runs its own production"
TESTS = str(Path(__file__).parents[1])
EXPLORER = (
    f"import sys; sys.path.insert(0, {TESTS!r})\nfrom support.samples import make_results",
    "import openprospect_nb as op",
    "explorer = op.widgets.ResultsExplorer(make_results(400), home='decisions')\nexplorer",
)
SETUP = """
import openprospect_nb as op
from openprospect_nb.sandbox import Sandbox
from openprospect_nb.widgets import *
client = op.connect(sandbox=Sandbox(step_seconds=0.3), home="home", poll_interval=0.3)
client.blacklists.add(client.blacklists.create("Customers").id, [{"company_name": "Invented"}])
order = client.orders.enrich([{"company_name": f"Invented {n}"} for n in range(30)], title="Trade fair",
    features=["COMPANY_DATA", "CONTACTS", "ANALYSIS", "EMAIL_DISCOVERY"]).wait(progress=False)
results = order.results()
"""
# What shows each widget, its class hook, and words of its still picture.
WIDGETS = (
    ("ICPBuilder(client)", ".op-icp-builder", "Profile name is required"),
    ("OrderMonitor(client)", ".op-order-monitor", "1 done"),
    ("ResultsExplorer(results)", ".op-results-explorer", "of 30 companies"),
    ("WhatIf(results)", ".op-what-if", "Left out"),
    ("BlacklistManager(client, results)", ".op-blacklist-manager", "It would have excluded"),
)


@pytest.fixture
def page(shared_page: Page) -> Page:
    """The page of all these tests, in its first size."""
    shared_page.set_viewport_size({"width": 1360, "height": 1000})
    return shared_page


@pytest.fixture
def vendor(tmp_path: Path) -> Iterator[Sandbox]:
    """A sandbox in a process of its own, so that it outlives the kernels as a real one would."""
    with Sandbox(port=0, step_seconds=0.3) as sandbox:
        yield sandbox


@pytest.fixture
def setup(vendor: Sandbox, tmp_path: Path) -> str:
    """The first cell: a client of that sandbox."""
    return CLIENT.format(key=vendor.key, url=vendor.url, home=str(tmp_path / "home"))


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


def test_builder_and_monitor_from_an_empty_form_to_an_export_once_also_after_a_restart(
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


def drag(page: Page, plot: Locator, start: float, end: float) -> None:
    """Drag across a histogram, between two shares of its width."""
    box = plot.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + start * box["width"], box["y"] + 12)
    page.mouse.down()
    page.mouse.move(box["x"] + end * box["width"] - 1, box["y"] + 12, steps=4)
    page.mouse.up()


def test_the_explorer_by_pointer_then_by_keyboard_in_both_themes_and_without_a_kernel(
    page: Page, lab: Lab, axe: str
) -> None:
    """Drags and keys narrow, open, decide and export; axe finds nothing; the saved picture is whole.

    One notebook for all of it: a kernel and a page take longer than everything done in them.
    """
    page.set_viewport_size({"width": 1440, "height": 1000})
    open_and_run(page, lab, "explorer.ipynb", *EXPLORER)
    root = page.locator(".op-results-explorer").first
    expect(root.locator("svg[data-plot]").first).to_be_visible(timeout=WAIT)
    picture(page, "explorer")
    select_by_pointer(page, root)
    findings = []
    for theme in ("Light", "Dark"):
        use_theme(page, theme)
        root.scroll_into_view_if_needed()
        picture(page, f"explorer-{theme.lower()}")
        findings += serious(page, axe, colours_only=theme == "Dark")
    assert "\n".join(findings) == ""
    save(page)
    saved = page.context.new_page()
    saved.set_content(_still(lab.root / "explorer.ipynb"))
    expect(saved.locator(".op-firms tbody tr").nth(1)).to_be_visible()
    expect(saved.locator(".op-figures")).to_contain_text("1 · 0")
    expect(saved.locator("body")).not_to_contain_text("@firm")
    picture(saved, "explorer-still")
    saved.close()
    rejected = select_by_keyboard(page, root)
    written = pl.read_csv(lab.root / "selection.csv")
    assert written["name"].str.contains("Nordlicht").all()
    assert (written["match_score"] >= 6).all()
    assert rejected not in written["name"].to_list()


def select_by_pointer(page: Page, root: Locator) -> None:
    """Select in two histograms, open a company and accept it; the next one is shown."""
    drag(page, root.locator("svg[data-plot=match_score]"), 0.4, 0.9)
    expect(root.locator(".op-chip")).to_contain_text(re.compile(r"Match score \(0–10\) [345][.\d]* to"), timeout=WAIT)
    drag(page, root.locator("svg[data-plot=employee_count]"), 0.0, 0.7)
    expect(root.locator(".op-chip")).to_have_count(2, timeout=WAIT)
    expect(root).not_to_contain_text("400 selected")
    root.locator(".op-firms tbody tr:not(.op-gap)").nth(1).click()
    expect(root.locator(".op-beside")).to_contain_text("Rank ", timeout=WAIT)
    root.get_by_role("button", name="Accept (A)").click()
    expect(root.locator(".op-figures")).to_contain_text("1 · 0", timeout=WAIT)
    expect(root.locator(".op-firms tbody tr:not(.op-gap)").nth(2)).to_have_class(re.compile("op-chosen"))


def select_by_keyboard(page: Page, root: Locator) -> str:
    """Undo every filter, search, set a range, reject the second row, export the rest; return whom; no pointer."""
    keys = page.keyboard
    root.locator("[data-act=clear]").focus()
    keys.press("Enter")
    expect(root.locator(".op-figures")).to_contain_text("of 400 companies", timeout=WAIT)
    expect(root.locator(".op-chip")).to_have_count(0, timeout=WAIT)
    tab_to(page, ".op-results-explorer [data-act=sort][data-value=match_score]")
    keys.press("/")
    keys.type("nordlicht")
    expect(root.locator(".op-chip")).to_contain_text("nordlicht", timeout=WAIT)
    tab_to(page, ".op-results-explorer [data-act=sort][data-value=match_score]")
    keys.press("Enter")
    expect(root.locator("[aria-sort=descending]")).to_contain_text("Match", timeout=WAIT)
    tab_to(page, ".op-results-explorer [data-field=low]", back=True)
    keys.press("Control+a")
    keys.type("6")
    expect(root.locator(".op-chip").nth(1)).to_contain_text("Match score (0–10) 6 to 10", timeout=WAIT)
    tab_to(page, ".op-results-explorer .op-firms tbody th button")
    keys.press("ArrowDown")
    keys.press("ArrowDown")
    chosen = root.locator("tr.op-chosen th")
    # The first is drawn before the second is asked for: what is rejected has to be what is read here.
    expect(root.locator("tr.op-chosen")).to_have_attribute("aria-rowindex", "3", timeout=WAIT)
    cells, rejected = page.locator(".jp-Cell").count(), chosen.inner_text()
    keys.press("r")
    expect(root.locator(".op-figures")).to_contain_text("0 · 1", timeout=WAIT)
    expect(chosen).not_to_contain_text(rejected)
    keys.press("a")
    expect(root.locator(".op-figures")).to_contain_text("1 · 1", timeout=WAIT)
    keys.press("u")
    expect(root.locator(".op-figures")).to_contain_text("0 · 1", timeout=WAIT)
    assert page.locator(".jp-Cell").count() == cells, "the notebook took a letter meant for the table"
    for act, value in (("step", "sending"), ("step", "handing"), ("card", "companies")):
        tab_to(page, f".op-results-explorer [data-act={act}][data-value={value}]:not(.op-step)")
        keys.press("Enter")
    tab_to(page, ".op-results-explorer [data-field=path]")
    keys.press("Control+a")
    keys.type("selection.csv")
    tab_to(page, ".op-results-explorer [data-act=write]")
    keys.press("Enter")
    expect(root).to_contain_text("Wrote ", timeout=WAIT)
    picture(page, "explorer-keys")
    return rejected


def _still(path: Path) -> str:
    saved = nbformat.read(path, as_version=4)
    htmls = [o.data["text/html"] for c in saved.cells for o in c.get("outputs", []) if "text/html" in o.get("data", {})]
    assert len(htmls) == 1
    return htmls[0]


def test_every_widget_is_accessible_dark_and_outlives_its_kernel(page: Page, lab: Lab, axe: str) -> None:
    """No serious finding of axe, light and dark; with the kernel dead, and from disk without one, all can be read."""
    open_and_run(page, lab, "gallery.ipynb", SETUP, *(code for code, *_ in WIDGETS))
    for _, root, _ in WIDGETS:
        expect(page.locator(root).first).to_be_visible(timeout=WAIT)
    expect(page.locator(".op-order-monitor")).to_contain_text("1 done", timeout=WAIT)
    expect(page.locator(".op-blacklist-manager")).to_contain_text("1 entry", timeout=WAIT)
    expect(page.locator(".op-what-if")).to_contain_text("Rests on", timeout=WAIT)
    findings: list[str] = []
    for theme in ("Light", "Dark"):
        use_theme(page, theme)
        for _, root, _ in WIDGETS:
            page.locator(root).first.scroll_into_view_if_needed()
            picture(page, f"{root[1:]}-{theme.lower()}")
        findings += serious(page, axe, colours_only=theme == "Dark")
    assert "\n".join(findings) == ""
    expect(page.locator(".op-still").filter(visible=True)).to_have_count(0)
    save(page)

    kill_kernel(page)
    expect_pictures(page)
    picture(page, "kernel-dead")

    reopen_without_kernel(page, lab, "gallery.ipynb")
    assert "widgets" not in nbformat.read(lab.root / "gallery.ipynb", as_version=4).metadata
    expect_pictures(page)
    expect(page.get_by_text("Loading widget").filter(visible=True)).to_have_count(0)
    picture(page, "reopened")


def expect_pictures(page: Page) -> None:
    """Expect no live view and, in its place, one readable still picture a widget."""
    stills = page.locator(".op-still").filter(visible=True)
    expect(stills).to_have_count(len(WIDGETS), timeout=WAIT)
    expect(page.locator(".op-widget").filter(visible=True)).to_have_count(0)
    for number, words in enumerate(told for *_, told in WIDGETS):
        expect(stills.nth(number)).to_contain_text(words)
