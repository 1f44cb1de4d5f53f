"""Exported notebooks in a real chromium, without network."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Browser, expect

from openprospect_nb.reports import render_notebook

pytestmark = [pytest.mark.browser, pytest.mark.slow]
CELLS = (
    "import plotly.graph_objects as go\ngo.Figure(go.Bar(x=[1, 2], y=[3, 4]))",
    "go.Figure(go.Pie(values=[1, 2]))",
    "from IPython.display import HTML\nHTML('<script>window.pwned = 1</script><p>shown</p>')",
    "import ipywidgets\nipywidgets.IntSlider(value=5, description='five')",
)


def test_figures_draw_with_the_network_off(browser: Browser, tmp_path: Path) -> None:
    """Plotly figures of any kind draw, the library is in the file once, and a cell's own script does not run."""
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "walk.ipynb")
    page_file = render_notebook(tmp_path / "walk.ipynb", tmp_path / "walk.html")
    context = browser.new_context(offline=True)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.split(":", 1)[0]))
    page.goto(page_file.resolve().as_uri())

    expect(page.locator(".barlayer .point")).to_have_count(2, timeout=30_000)
    expect(page.locator(".pielayer .slice")).to_have_count(2)
    expect(page.get_by_text("shown", exact=True)).to_be_visible()
    expect(page.get_by_text("five", exact=True)).to_be_visible()
    assert page.evaluate("window.pwned") is None
    assert asked == ["file"]
    assert page_file.stat().st_size < 2_200_000
    # On paper a figure without a still picture stays, and one with a still picture gives way to it.
    page.emulate_media(media="print")
    expect(page.locator(".still svg")).to_be_visible()
    expect(page.locator(".barlayer .point").first).not_to_be_visible()
    expect(page.locator(".pielayer .slice").first).to_be_visible()
    context.close()
