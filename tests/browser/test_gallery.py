"""Every chart in both themes, drawn by a real chromium into the tests' output folder, to be looked at."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import plotly.graph_objects as go
import polars as pl
import pytest
from playwright.sync_api import Browser
from plotly.offline import get_plotlyjs
from support.charts import FROM_RESULTS

from openprospect_nb import charts
from openprospect_nb.analysis import calibrate, compare
from openprospect_nb.frames.results import Results

pytestmark = pytest.mark.browser


def figures(results: Results, theme: str) -> list[go.Figure]:
    """Each public chart once."""
    people = results.prospects.drop_nulls(["email", "bounce_risk_score"])
    outcomes = people.select("email", bounced=pl.col("bounce_risk_score") > 30)
    return [
        *(getattr(charts, name)(results, theme=theme) for name in FROM_RESULTS),
        charts.calibration(calibrate(people, outcomes), theme=theme),
        charts.order_comparison(compare(results), theme=theme),
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [600, 1600])
def test_every_chart_draws_within_its_frame(
    browser: Browser, make_results: Callable[..., Results], theme: str, width: int, tmp_path: Path
) -> None:
    """No chart complains, and no title, label or note reaches beyond the picture's edges."""
    drawn = figures(make_results(400), theme)
    parts = [figure.to_html(full_html=False, include_plotlyjs=False, config={"responsive": True}) for figure in drawn]
    (tmp_path / "gallery.html").write_text(
        f"<meta charset=utf-8><body style='margin:0'><script>{get_plotlyjs()}</script>{''.join(parts)}", "utf-8"
    )
    page = browser.new_page(viewport={"width": width, "height": 900})
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto((tmp_path / "gallery.html").resolve().as_uri())
    plots = page.locator(".js-plotly-plot")
    for number in range(len(drawn)):
        plots.nth(number).locator(".main-svg").first.wait_for(state="attached")
        plots.nth(number).screenshot(path=tmp_path / f"{number}.png")
    beyond = page.eval_on_selector_all(
        ".main-svg text",
        """all => all.filter(t => t.getBoundingClientRect().width > 0).filter(t => {
             const inner = t.getBoundingClientRect(), outer = t.closest('.js-plotly-plot').getBoundingClientRect();
             return inner.left < outer.left - 1 || inner.right > outer.right + 1
               || inner.top < outer.top - 1 || inner.bottom > outer.bottom + 1;
           }).map(t => t.textContent)""",
    )
    page.close()

    assert beyond == []
    assert said == []


def test_a_card_in_a_narrow_cell_scrolls_nowhere(browser: Browser, make_results: Callable[..., Results]) -> None:
    """At 390 pixels the rows of a wide card stand below each other, each number behind its name; wide they are rows."""
    several = Results.concat([make_results(20, order_id=name, seed=place) for place, name in enumerate("ab")])
    page = browser.new_page(viewport={"width": 390, "height": 800})
    page.set_content(compare(several)._repr_html_())
    cell = page.locator(".op-card tbody td").nth(2)
    rows = page.locator(".op-card .op-wide")

    assert rows.evaluate("e => e.scrollWidth <= e.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    narrow = cell.evaluate("e => getComputedStyle(e, '::before').content + getComputedStyle(e).display")
    page.set_viewport_size({"width": 900, "height": 800})
    wide = cell.evaluate("e => getComputedStyle(e, '::before').content + getComputedStyle(e).display")
    page.close()

    assert "contactable" in narrow
    assert narrow.endswith("inline-block")
    assert wide == "nonetable-cell"
