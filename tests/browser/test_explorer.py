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
WIDTH, HEIGHT = 480, 250  # of a plot's own coordinates


def drag(page: Page, plot: Locator, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Drag across a plot, between two points in its own coordinates."""
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box is not None
    points = [(box["x"] + x / WIDTH * box["width"], box["y"] + y / HEIGHT * box["height"]) for x, y in (start, end)]
    page.mouse.move(*points[0])
    page.mouse.down()
    page.mouse.move(*points[1], steps=4)
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
    page.set_viewport_size({"width": 1360, "height": 1700})
    open_and_run(page, lab, "explorer.ipynb", *CELLS)
    root = page.locator(".op-results-explorer").first
    expect(root.locator("svg.op-plot")).to_have_count(2, timeout=WAIT)
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
    expect(saved.locator("svg.op-plot")).to_have_count(2)
    expect(saved.locator("table.op-table")).to_contain_text("accepted")
    expect(saved.locator("body")).not_to_contain_text("@firm")
    picture(saved, "explorer-still")
    saved.close()
    select_by_keyboard(page, root)
    written = pl.read_csv(lab.root / "selection.csv")
    assert written["name"].str.contains("Nordlicht").all()
    assert written["match_score"].is_between(6, 10).all()
    assert "rejected" not in written["decision"].to_list()
    expect(root).to_contain_text(f"{written.height + 1} of 400 companies selected")


def select_by_pointer(page: Page, root: Locator) -> None:
    """Select in both charts, open a company and accept it."""
    plots = root.locator("svg.op-plot")
    drag(page, plots.nth(0), (260, 60), (420, 150))
    expect(root).to_contain_text(re.compile(r"Match score \(0–10\) [45][.\d]* to 8\.[789]"), timeout=WAIT)
    drag(page, plots.nth(1), (260, 100), (460, 215))
    expect(root).to_contain_text("Lowest bounce risk (%) 0 to", timeout=WAIT)
    expect(root.locator("pre")).to_contain_text(re.compile(r"pl\.col\('match_score'\)\.is_between\([45]\.\d, 8\.\d\)"))
    expect(root).not_to_contain_text("400 selected")
    expect(root.locator("circle.op-rest").first).to_be_visible()
    root.locator("button.op-open-row").nth(1).click()
    expect(root.locator(".op-company")).to_contain_text("Rank ", timeout=WAIT)
    root.locator("button.op-accept").click()
    expect(root.locator("tr.op-chosen")).to_contain_text("accepted", timeout=WAIT)


def select_by_keyboard(page: Page, root: Locator) -> None:
    """Undo every filter, search, set a range, open the second row, reject it, export the rest; no pointer."""
    keys = page.keyboard
    root.locator("button.op-clear").focus()
    keys.press("Enter")
    expect(root).to_contain_text("400 of 400 companies selected", timeout=WAIT)
    tab_to(page, ".op-results-explorer input[type=text]", back=True)
    keys.type("nordlicht")
    keys.press("Tab")
    expect(root).to_contain_text("search “nordlicht”", timeout=WAIT)
    tab_to(page, ".op-histogram .op-range input[type=number]")
    keys.press("Control+a")
    keys.type("6")
    keys.press("Tab")
    expect(root).to_contain_text("Match score (0–10) 6 to 10", timeout=WAIT)
    tab_to(page, "button.op-open-row")
    keys.press("ArrowDown")
    keys.press("Enter")
    expect(root.locator("tr.op-chosen button")).to_be_focused(timeout=WAIT)
    tab_to(page, "button.op-reject")
    keys.press("Enter")
    expect(root.locator("tr.op-chosen")).to_contain_text("rejected", timeout=WAIT)
    tab_to(page, "button.op-export")
    keys.press("Enter")
    expect(root).to_contain_text("Exported ", timeout=WAIT)
    picture(page, "explorer-keys")


def _still(path: Path) -> str:
    saved = nbformat.read(path, as_version=4)
    htmls = [o.data["text/html"] for c in saved.cells for o in c.get("outputs", []) if "text/html" in o.get("data", {})]
    assert len(htmls) == 1
    return htmls[0]
