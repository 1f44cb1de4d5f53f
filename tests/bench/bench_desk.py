"""How long a person waits for the desk's third step in a real JupyterLab, and how many bytes cross the wire.

Each step is done as a person does it: the bar is dragged, a facet pressed, a histogram brushed. The page itself takes
the time: from the browser's own stamp of the input (for a search the last letter) until the frame that shows the answer
has been painted; websocket, server and kernel are between the two, as for anybody. ``echo`` is what the way there and
back takes when nothing is asked: no answer can be faster. Beside the clock stand the processor's times of the kernel
and of the page's main thread (with what the test's own pointer costs there), which a busy machine does not make longer.
Run by hand: ``python tests/bench desk`` (some minutes; it needs a chromium and JupyterLab).
"""

import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from playwright.sync_api import CDPSession, Page, sync_playwright
from support.desk_page import ROWS
from support.jupyter import WAIT, Lab, end_sessions, open_and_run, served_lab

Row = tuple[str, float, str]
Step = tuple[str, Callable[[int], None]]
REPETITIONS = {50_000: 9, 1_000_000: 5}
REST = {50_000: 1_000, 1_000_000: 4_000}
"""Milliseconds after an answer in which what is worked out beside gets out of the way of the next."""
OPENING = 6 * WAIT
TYPING = 120  # milliseconds a letter: a hundred words a minute
MOST_BYTES = 200_000
SPENT = "spent"
SCROLL = "(pane, place) => { pane.scrollTop = pane.scrollHeight * place }"
WATCH = """() => { const clock = window.clock = { event: "", asked: 0, took: 0, words: "" };
  for (const name of ["click", "pointerup", "keydown", "input", "scroll"]) window.addEventListener(name, (event) => {
    if (name === clock.event) [clock.asked, clock.took] = [event.timeStamp, 0]; }, true);
  const painted = (call) => requestAnimationFrame(() => { const way = new MessageChannel();
    way.port1.onmessage = call; way.port2.postMessage(0); });
  const isThere = () => !clock.words || document.querySelector(".op-strip").textContent.includes(clock.words);
  const look = new MutationObserver(() => { const asked = clock.asked;
    if (asked && !clock.took && isThere()) { clock.took = -1;
      painted(() => { if (asked === clock.asked) [clock.took, clock.asked] = [performance.now() - asked, 0]; }); } });
  for (const place of document.querySelectorAll(".op-desk, .echo"))
    look.observe(place, { childList: true, subtree: true }); }"""
SETUP = """
import sys, tempfile, time
sys.path.insert(0, {tests!r})
import anywidget
import openprospect_nb as op
from bench.bench_explorer import make_results
from openprospect_nb.widgets.desk.frame import DeskFrame
client = op.connect(home=tempfile.mkdtemp(), poll_interval=60)

class Echo(anywidget.AnyWidget):
    _esm = '''export default {{ render({{ model, el }}) {{
      el.className = "echo"; el.innerHTML = "<button>echo</button><p></p>";
      el.firstChild.onclick = () => model.send({{}});
      model.on("msg:custom", (told) => {{ el.lastChild.innerHTML = told.n; }}); }} }}'''

def timed(answer):
    def answered(*given):
        began = time.process_time()
        answer(*given)
        with open({spent!r}, "a") as told:
            print(time.process_time() - began, file=told)
    return answered

DeskFrame._wanted = timed(DeskFrame._wanted)
echo, told = Echo(), iter(range(1000))
echo.on_msg(timed(lambda *_: echo.send({{"n": next(told)}})))
echo
"""
DESK = "desk = op.widgets.Desk(client, make_results({size}))\ndesk"


def rows() -> Iterator[Row]:
    """Yield (name, milliseconds until the page shows it, detail) of each step at each size."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as base, served_lab(Path(base)) as lab, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for size in REPETITIONS:
            yield from _at(browser.new_page(viewport={"width": 1440, "height": 900}), lab, size)
        browser.close()


def _at(page: Page, lab: Lab, size: int) -> Iterator[Row]:
    watch = _Watch(page, lab)
    setup = SETUP.format(tests=str(Path(__file__).parents[1]), spent=SPENT)
    open_and_run(page, lab, f"desk{size}.ipynb", setup, DESK.format(size=size), wait=OPENING)
    page.locator(".op-desk").first.wait_for(timeout=WAIT)
    page.locator(".jp-CodeCell").nth(1).evaluate("cell => cell.scrollIntoView()")
    page.wait_for_timeout(REST[size] + 5_000)  # the first list is worked out beside
    page.evaluate(WATCH)
    for name, (event, act) in _steps(page).items():
        yield _step(watch, name, event, act, size)
    page.close()
    end_sessions(lab)


class _Watch:
    """What one page, and the kernel behind it, have said and spent."""

    def __init__(self, page: Page, lab: Lab) -> None:
        self.page, self._spent = page, lab.root / SPENT
        self.heard: list[int] = []
        page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: self.heard.append(len(frame))))
        self._devtools: CDPSession = page.context.new_cdp_session(page)
        self._devtools.send("Performance.enable", {"timeDomain": "threadTicks"})

    def kernel(self) -> float:
        """Return the milliseconds of the processor that the last answer took in the kernel."""
        return 1000 * float(self._spent.read_text().split()[-1])

    def main_thread(self) -> float:
        """Return the milliseconds of the processor that the page's main thread has taken so far."""
        told = self._devtools.send("Performance.getMetrics")["metrics"]
        return 1000 * next(one["value"] for one in told if one["name"] == "TaskDuration")


def _steps(page: Page) -> dict[str, Step]:
    """Return name → the event that asks last, and what a person does."""
    pane = page.locator("[data-rows]").first
    return {
        "echo": ("click", lambda _: page.locator(".echo button").click()),
        "scroll": ("scroll", lambda n: pane.evaluate(SCROLL, (n * 0.37 + 0.11) % 1)),
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
    page.evaluate("words => { clock.words = words }", f"“{text}”")  # what the first letters find is not the answer
    page.locator("[data-key=search]").first.press_sequentially(text, delay=TYPING)


def _empty_search(page: Page, size: int) -> None:
    page.locator("[data-key=search]").first.fill("")
    page.wait_for_timeout(REST[size])


def _brush(page: Page, start: float) -> None:
    box = page.locator("svg[data-plot=score]").first.bounding_box()
    page.mouse.move(box["x"] + start * box["width"], box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 2, box["y"] + 10)
    page.mouse.up()


def _step(watch: _Watch, name: str, event: str, act: Callable[[int], None], size: int) -> Row:
    page, most = watch.page, 0
    clock, kernel, main = [], [], []
    for n in range(REPETITIONS[size]):
        if name == "search":
            _empty_search(page, size)
        page.evaluate("event => { Object.assign(clock, { event, asked: 0, took: 0, words: '' }) }", event)
        watch.heard.clear()
        before = watch.main_thread()
        act(n)
        page.wait_for_function("() => clock.took > 0", timeout=WAIT, polling=50)
        clock.append(page.evaluate("() => clock.took"))
        main.append(watch.main_thread() - before)
        kernel.append(watch.kernel())
        page.wait_for_timeout(REST[size])
        most = max([most, *watch.heard])
    told = f"milliseconds; slowest {max(clock):.0f}; kernel's processor {statistics.median(kernel):.0f}"
    told += f", page's {statistics.median(main):.0f}; largest message {most / 1000:.0f} of {MOST_BYTES / 1000:.0f} kB"
    return f"{name}, {size:,} companies", statistics.median(clock), f"{told}; load {os.getloadavg()[0]:.0f}"


if __name__ == "__main__":
    for case, value, explanation in rows():
        print(f"{case:40} {value:9.0f}  {explanation}", flush=True)
