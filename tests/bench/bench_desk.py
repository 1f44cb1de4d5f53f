"""How long a person waits for the desk's third step in a real JupyterLab, and how many bytes cross the wire.

Each step is done as a person does it: the bar is dragged, a facet pressed, a histogram brushed. The page itself takes
the time: from the browser's own stamp of the input (for a search the last letter) until the frame that shows the answer
has been painted; websocket, server and kernel are between the two, as for anybody. ``echo`` is what the way there and
back takes when nothing is asked: no answer can be faster.
Run by hand: ``python tests/bench desk`` (some minutes; it needs a chromium and JupyterLab).
"""

import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from playwright.sync_api import Page, sync_playwright
from support.desk_page import ROWS
from support.jupyter import WAIT, Lab, end_sessions, open_and_run, served_lab

Row = tuple[str, float, str]
SIZES = (50_000, 1_000_000)
REPETITIONS = 9
MOST_BYTES = 200_000
SCROLL = "(pane, place) => { pane.scrollTop = pane.scrollHeight * place }"
WATCH = """() => { const clock = window.clock = { event: "", asked: 0, took: 0 };
  for (const name of ["click", "pointerup", "keydown", "input", "scroll"]) window.addEventListener(name, (event) => {
    if (name === clock.event) [clock.asked, clock.took] = [event.timeStamp, 0]; }, true);
  const painted = (call) => requestAnimationFrame(() => { const way = new MessageChannel();
    way.port1.onmessage = call; way.port2.postMessage(0); });
  const look = new MutationObserver(() => { const asked = clock.asked;
    if (asked && !clock.took) { clock.took = -1;
      painted(() => { if (asked === clock.asked) [clock.took, clock.asked] = [performance.now() - asked, 0]; }); } });
  for (const place of document.querySelectorAll(".op-desk, .echo"))
    look.observe(place, { childList: true, subtree: true }); }"""
SETUP = """
import sys, tempfile
sys.path.insert(0, {tests!r})
import anywidget
import openprospect_nb as op
from bench.bench_explorer import make_results
client = op.connect(home=tempfile.mkdtemp(), poll_interval=60)

class Echo(anywidget.AnyWidget):
    _esm = '''export default {{ render({{ model, el }}) {{
      el.className = "echo"; el.innerHTML = "<button>echo</button><p></p>";
      el.firstChild.onclick = () => model.send({{}});
      model.on("msg:custom", (told) => {{ el.lastChild.innerHTML = told.n; }}); }} }}'''

echo, told = Echo(), iter(range(1000))
echo.on_msg(lambda *_: echo.send({{"n": next(told)}}))
echo
"""
DESK = "desk = op.widgets.Desk(client, make_results({size}))\ndesk"


def rows() -> list[Row]:
    """Return (name, milliseconds until the page shows it, detail) of each step at each size."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as base, served_lab(Path(base)) as lab, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        made = [
            row for size in SIZES for row in _at(browser.new_page(viewport={"width": 1440, "height": 900}), lab, size)
        ]
        browser.close()
    return made


def _at(page: Page, lab: Lab, size: int) -> list[Row]:
    heard: list[int] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: heard.append(len(frame))))
    open_and_run(
        page, lab, f"desk{size}.ipynb", SETUP.format(tests=str(Path(__file__).parents[1])), DESK.format(size=size)
    )
    page.locator(".op-desk").first.wait_for(timeout=WAIT)
    page.locator(".jp-CodeCell").nth(1).evaluate("cell => cell.scrollIntoView()")
    page.wait_for_timeout(6_000)  # the first list is worked out beside
    page.evaluate(WATCH)
    made = [_step(page, heard, name, act, size) for name, act in _steps(page).items()]
    page.close()
    end_sessions(lab)
    return made


def _steps(page: Page) -> dict[str, tuple[str, Callable[[int], None]]]:
    """Return name → the event that asks last, and what a person does."""
    rows_pane = page.locator("[data-rows]").first
    return {
        "echo": ("click", lambda _: page.locator(".echo button").click()),
        "scroll": ("scroll", lambda n: rows_pane.evaluate(SCROLL, (n * 0.37 + 0.11) % 1)),
        "sort": (
            "click",
            lambda n: page.locator(f"[data-act=sort][data-value={('name', 'city')[n % 2]}]").first.click(),
        ),
        "facet": ("click", lambda n: page.locator("[data-act=facet][data-name=country]").nth(n % 4).click()),
        "brush": ("pointerup", lambda n: _brush(page, 0.1 * (n % 5))),
        "search": ("input", lambda n: _search(page, f"firm {n + 3}")),
        "company": ("click", lambda n: page.locator(ROWS).nth(n + 1).click()),
        "accept": ("keydown", lambda _: page.keyboard.press("a")),
    }


def _search(page: Page, text: str) -> None:
    field = page.locator("[data-key=search]").first
    field.fill("")
    page.wait_for_timeout(1_500)
    field.press_sequentially(text)


def _brush(page: Page, start: float) -> None:
    box = page.locator("svg[data-plot=score]").first.bounding_box()
    page.mouse.move(box["x"] + start * box["width"], box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 2, box["y"] + 10)
    page.mouse.up()


def _step(page: Page, heard: list[int], name: str, done: tuple[str, Callable[[int], None]], size: int) -> Row:
    event, act = done
    taken, most = [], 0
    for n in range(REPETITIONS):
        page.evaluate("event => { Object.assign(clock, { event, asked: 0, took: 0 }) }", event)
        heard.clear()
        act(n)
        page.wait_for_function("() => clock.took > 0", timeout=WAIT, polling=50)
        taken.append(page.evaluate("() => clock.took"))
        # What is worked out beside is not in the way of the next.
        page.wait_for_timeout(1_000 if size < 100_000 else 4_000)
        most = max([most, *heard])
    told = f"milliseconds; slowest {max(taken):.0f}; largest message {most / 1000:.0f} kB of {MOST_BYTES / 1000:.0f}"
    return f"{name}, {size:,} companies", statistics.median(taken), told


if __name__ == "__main__":
    for case, value, explanation in rows():
        print(f"{case:40} {value:9.0f}  {explanation}", flush=True)
