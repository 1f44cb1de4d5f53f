"""How fast the desk's third step answers in a real browser, and how many bytes cross the wire, at two sizes.

Each step is done as a person does it: the bar is dragged, a facet pressed, a histogram brushed; time runs until the
page shows the answer. Run by hand: ``python tests/bench desk`` (some minutes; it needs a chromium).
"""

import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.bench_explorer import make_results
from playwright.sync_api import Page, sync_playwright
from support.desk_page import ROWS, DeskPage

import openprospect_nb as op
from openprospect_nb.sandbox import Sandbox
from openprospect_nb.widgets import Desk

Row = tuple[str, float, str]
SIZES = (50_000, 1_000_000)
REPETITIONS = 5
MOST_BYTES = 200_000
FIRST = "() => document.querySelector('.op-firms tbody tr:not(.op-gap) th')?.innerText"
SCROLL = "(pane, place) => { pane.scrollTop = pane.scrollHeight * place }"


def rows() -> list[Row]:
    """Return (name, milliseconds until the page shows it, detail) of each step at each size."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        made = [row for size in SIZES for row in _at(browser.new_page(viewport={"width": 1180, "height": 780}), size)]
        browser.close()
    return made


def _at(page: Page, size: int) -> list[Row]:
    with (
        tempfile.TemporaryDirectory() as home,
        Sandbox() as sandbox,
        op.connect(sandbox=sandbox, home=home, poll_interval=60) as client,
    ):
        desk = Desk(client, make_results(size))
        shown = DeskPage(page, desk)
        # The list is worked out beside, and would be measured with what is asked for here.
        desk.journey._worker.shutdown(cancel_futures=True)
        desk.journey._closed = True
        made = [_step(shown, name, act, size) for name, act in _steps(page).items()]
        desk.close()
        page.close()
    return made


def _steps(page: Page) -> dict[str, Callable[[int], None]]:
    rows_pane, search = page.locator("[data-rows]"), page.locator("[data-key=search]")
    return {
        "scroll": lambda n: rows_pane.evaluate(SCROLL, (n * 0.37 + 0.11) % 1),
        "sort": lambda n: page.locator(f"[data-act=sort][data-value={('name', 'city')[n % 2]}]").click(),
        "facet": lambda n: page.locator("[data-act=facet][data-name=country]").nth(n % 4).click(),
        "brush": lambda n: _brush(page, 0.1 * (n % 5)),
        "search": lambda n: search.fill(f"firm {n + 3}"),
        "company": lambda n: page.locator(ROWS).nth(n + 1).click(),
        "accept": lambda _: page.keyboard.press("a"),
    }


def _brush(page: Page, start: float) -> None:
    box = page.locator("svg[data-plot=score]").bounding_box()
    page.mouse.move(box["x"] + start * box["width"], box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 2, box["y"] + 10)
    page.mouse.up()


def _step(shown: DeskPage, name: str, act: Callable[[int], None], size: int) -> Row:
    taken, most = [], 0
    for n in range(REPETITIONS):
        heard = len(shown.sent)
        start = time.perf_counter()
        act(n)
        while len(shown.sent) == heard and time.perf_counter() - start < 60:
            shown.page.wait_for_timeout(5)
        shown.page.evaluate(FIRST)  # answers once the page has drawn
        taken.append(time.perf_counter() - start)
        shown.settle(2)
        most = max([most, *shown.sent[heard:]])
    told = f"milliseconds; largest message {most / 1000:.0f} kB of {MOST_BYTES / 1000:.0f}"
    return f"{name}, {size:,} companies", statistics.median(taken) * 1000, told


if __name__ == "__main__":
    for case, value, explanation in rows():
        print(f"{case:40} {value:9.0f}  {explanation}")
