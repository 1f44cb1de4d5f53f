"""Every chart in both themes, drawn by a real chromium; narrow first, then wide as when a window is pulled open."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import plotly.graph_objects as go
import polars as pl
import pytest
from playwright.sync_api import Browser, Page, expect
from plotly.offline import get_plotlyjs
from support.charts import FROM_RESULTS
from support.jupyter import picture

from openprospect_nb import charts
from openprospect_nb.analysis import calibrate, compare
from openprospect_nb.frames.results import Results

pytestmark = pytest.mark.browser
FITTED = """() => [...document.querySelectorAll(".js-plotly-plot")]
  .every(plot => plot.querySelector(".main-svg").getAttribute("width") === String(plot.clientWidth))"""


class Gallery(NamedTuple):
    """A page of all charts in one theme, and what it says on the console."""

    theme: str
    page: Page
    said: list[str]


def figures(results: Results, theme: str) -> list[go.Figure]:
    """Each public chart once."""
    people = results.prospects.drop_nulls(["email", "bounce_risk_score"])
    outcomes = people.select("email", bounced=pl.col("bounce_risk_score") > 30)
    return [
        *(getattr(charts, name)(results, theme=theme) for name in FROM_RESULTS),
        charts.calibration(calibrate(people, outcomes), theme=theme),
        charts.order_comparison(compare(results), theme=theme),
    ]


@pytest.fixture(scope="module", params=["light", "dark"])
def gallery(
    request: pytest.FixtureRequest,
    browser: Browser,
    make_results: Callable[..., Results],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Gallery]:
    """Each theme's, drawn once."""
    drawn = figures(make_results(400), request.param)
    parts = [figure.to_html(full_html=False, include_plotlyjs=False, config={"responsive": True}) for figure in drawn]
    file = tmp_path_factory.mktemp("gallery") / "gallery.html"
    file.write_text(
        f"<meta charset=utf-8><body style='margin:0'><script>{get_plotlyjs()}</script>{''.join(parts)}", "utf-8"
    )
    page, said = browser.new_page(viewport={"width": 600, "height": 900}), []
    page.on("console", lambda message: said.append(message.text))
    page.goto(file.resolve().as_uri())
    expect(page.locator(".js-plotly-plot > .plot-container")).to_have_count(len(drawn))
    yield Gallery(request.param, page, said)
    page.close()


@pytest.mark.parametrize("width", [600, 1600])
def test_every_chart_draws_within_its_frame(gallery: Gallery, width: int) -> None:
    """No chart complains, and no title, label or note reaches beyond the picture's edges."""
    page = gallery.page
    page.set_viewport_size({"width": width, "height": 900})
    page.wait_for_function(FITTED)
    picture(page, f"gallery-{width}-{gallery.theme}", whole=True)
    beyond = page.eval_on_selector_all(
        ".main-svg text",
        """all => all.filter(t => t.getBoundingClientRect().width > 0).filter(t => {
             const inner = t.getBoundingClientRect(), outer = t.closest('.js-plotly-plot').getBoundingClientRect();
             return inner.left < outer.left - 1 || inner.right > outer.right + 1
               || inner.top < outer.top - 1 || inner.bottom > outer.bottom + 1;
           }).map(t => t.textContent)""",
    )

    assert beyond == []
    assert gallery.said == []


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
