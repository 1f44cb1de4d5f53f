"""The explorer in a real JupyterLab: by pointer, by keyboard, light and dark, and without a kernel."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import polars as pl
import pytest
from playwright.sync_api import Locator, Page, expect
from support.jupyter import WAIT, Lab, open_and_run, picture, save, tab_to, use_theme

pytestmark = [pytest.mark.browser, pytest.mark.slow]
TESTS = str(Path(__file__).parents[1])
CELLS = (
    f"import sys; sys.path.insert(0, {TESTS!r})\nfrom support.samples import make_results",
    "import openprospect_nb as op",
    "explorer = op.widgets.ResultsExplorer(make_results(400), home='decisions')\nexplorer",
)


def drag(page: Page, plot: Locator, start: float, end: float) -> None:
    """Drag across a histogram, between two shares of its width."""
    box = plot.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + start * box["width"], box["y"] + 12)
    page.mouse.down()
    page.mouse.move(box["x"] + end * box["width"] - 1, box["y"] + 12, steps=4)
    page.mouse.up()


def serious(page: Page) -> list[str]:
    """Return axe's serious and critical findings inside the explorer."""
    found = page.evaluate("() => axe.run('.op-results-explorer', {resultTypes: ['violations']})")["violations"]
    return [
        f"{finding['id']}: {node['html'][:160]}"
        for finding in found
        if finding["impact"] in {"serious", "critical"}
        for node in finding["nodes"]
    ]


def test_by_pointer_then_by_keyboard_in_both_themes_and_without_a_kernel(page: Page, lab: Lab, axe: str) -> None:
    """Drags and keys narrow, open, decide and export; axe finds nothing; the saved picture is whole.

    One notebook for all of it: a kernel and a page take longer than everything done in them.
    """
    page.set_viewport_size({"width": 1440, "height": 1000})
    open_and_run(page, lab, "explorer.ipynb", *CELLS)
    root = page.locator(".op-results-explorer").first
    expect(root.locator("svg[data-plot]").first).to_be_visible(timeout=WAIT)
    picture(page, "explorer")
    select_by_pointer(page, root)
    page.evaluate(axe)
    findings = []
    for theme in ("Light", "Dark"):
        use_theme(page, theme)
        root.scroll_into_view_if_needed()
        picture(page, f"explorer-{theme.lower()}")
        findings += serious(page)
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
