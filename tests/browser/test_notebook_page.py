"""Exported notebooks in a real chromium, without network."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Browser, expect
from support.ordinary import ordinary, run_all

from openprospect_nb.reports import render_notebook
from openprospect_nb.reports.rendering.page import NotebookPage
from openprospect_nb.reports.rendering.reading import read

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


def test_ordinary_notebooks_draw_what_they_should(browser: Browser, tmp_path: Path) -> None:
    """All ordinary notebooks on one page: each figure draws as many marks as it has, and nothing is asked for."""
    cases = [case for case in ordinary()[1:] if case.figures or any("data:image" in text for text in case.holds)]
    saved, cells, widgets = run_all(tmp_path, cases), [], {}
    for case in cases:
        cells += [nbformat.v4.new_markdown_cell(f"# {case.name}"), *read(saved[case.name]).cells]
        widgets |= read(saved[case.name]).metadata
    for number, cell in enumerate(cells):
        cell.id = f"of-all-{number}"
    figures = json.loads((tmp_path / "figures.json").read_text())
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=widgets)
    file = tmp_path / "all.html"
    html = NotebookPage(notebook, tmp_path / "all.ipynb", figures, partial=False).html(title="all", show_code=False)
    file.write_text(html, "utf-8")
    context = browser.new_context(offline=True)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.split(":", 1)[0]))
    page.goto(file.as_uri())
    expect(page.locator("figure.is-live")).to_have_count(sum(case.figures for case in cases), timeout=90_000)

    numbers, wrong = iter(range(10_000)), []
    for case in cases:
        places = [f'[data-chart="figure{next(numbers)}"]' for _ in range(case.figures)]
        for count, selector in case.draws:
            drawn = page.locator(", ".join(f"{place} {selector}" for place in places)).count()
            wrong += [f"{case.name}: {drawn} of {count} {selector}"] if drawn != count else []
    assert wrong == []
    assert page.evaluate("[...document.images].filter(i => !i.naturalWidth).map(i => i.src.slice(0, 40))") == []
    assert page.evaluate("window.pwned") is None
    assert set(asked) <= {"file", "data", "blob"}
    context.close()
