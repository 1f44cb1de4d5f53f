"""What a person does at a desk, step by step, in any front end; and a desk in a browser without a notebook.

`DeskPage` is the real model, the real view, and the wire between them in one process: what any front end that runs
anywidget shows, without the seconds a kernel and a server cost.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Locator, Page, expect

from openprospect_nb.widgets.desk.frame import DeskFrame
from openprospect_nb.widgets.desk.pane import script, style
from support.jupyter import WAIT

_PAGE = """<!doctype html><html lang="en"><head><title>Desk</title><style>body{margin:8px;background:%s}</style>
<style>%s</style></head>
<body><main><div id="here" class="op-widget op-desk-widget"></div></main><script type="module">%s
const heard = [];
window.hear = (messages) => messages.forEach((m) => heard.forEach((call) => call(m)));
setInterval(async () => window.hear(await window.pull()), 150); // what other threads have said meanwhile
const model = { send: async (content, _, buffers) => window.hear(await window.wish(JSON.stringify(content))),
  on: (name, call) => name === "msg:custom" && heard.push(call), off: () => {} };
render({ model, el: document.getElementById("here") });
window.ready = true;</script></body></html>"""
# What strangers' output frames (VS Code's, Colab's) may do at least: scripts, but of no origin; modules come as blobs,
# styles stand in the page, nothing is loaded. The host speaks the documented part of anywidget's contract alone.
_STRANGE = """<!doctype html><html lang="en"><head><title>Output</title><meta http-equiv="Content-Security-Policy"
content="default-src 'none'; script-src 'unsafe-inline' blob:; style-src 'unsafe-inline'"><style>%s</style></head>
<body><div id="here" class="op-widget op-desk-widget"></div><script type="module">
const said = (what) => parent.postMessage(what, "*"), heard = new Set();
const wrong = (words) => said({ wrong: String(words) });
document.addEventListener("securitypolicyviolation", (e) => wrong(`${e.violatedDirective} ${e.blockedURI}`));
addEventListener("error", (event) => wrong(event.message));
addEventListener("unhandledrejection", (event) => wrong(event.reason));
addEventListener("message", (event) => event.data.forEach((m) => heard.forEach((call) => call(m, []))));
const host = { get: () => undefined, set: () => {}, save_changes: () => {}, send: (content) => said({ content }),
  on: (name, call) => name === "msg:custom" && heard.add(call), off: (name, call) => heard.delete(call) };
const model = new Proxy(host, { get: (has, name) => {
  if (!(name in has)) wrong(`model.${String(name)}`);
  return has[name]; } });
const widget = await import(URL.createObjectURL(new Blob([%s], { type: "text/javascript" })));
widget.default.render({ model, el: document.getElementById("here"), experimental: {} });
</script></body></html>"""
_HOST = """<!doctype html><html lang="en"><head><title>Host</title></head><body>
<iframe sandbox="allow-scripts" style="width:1180px;height:780px;border:0"></iframe><script>
const frame = document.querySelector("iframe"); window.wrong = [];
window.hear = (messages) => frame.contentWindow.postMessage(messages, "*");
addEventListener("message", async (event) => { if (event.data.wrong) window.wrong.push(event.data.wrong);
  else window.hear(await window.wish(JSON.stringify(event.data.content))); });
setInterval(async () => window.hear(await window.pull()), 150);
frame.srcdoc = %s; window.ready = true;</script></body></html>"""
FIELDS: Final = {
    "profile_name": "Machine builders, DACH",
    "ideal_customer_profile": "Machine builders with 50 to 500 employees; a good fit runs its own production",
    "seller_offering": "Production planning software",
}
ROWS: Final = ".op-firms tbody tr:not(.op-gap)"
CARDS: Final = {"CRM": ".csv", "Excel": ".xlsx", "boss": ".html"}
"""Three cards of the last step → the ends of the files they write."""


def describe(desk: Locator, quantity: int = 25) -> None:
    """Fill the first step in: a profile for DACH, which is three countries, and how many companies to order."""
    for name, text in FIELDS.items():
        desk.locator(f"[data-field={name}]").fill(text)
    desk.locator("[data-chips=target_countries]").fill("DACH")
    desk.locator("[data-chips=target_countries]").press("Enter")
    expect(desk.locator(".op-chip")).to_have_text(["Austria ✕", "Switzerland ✕", "Germany ✕"], timeout=WAIT)
    desk.locator("[data-field=briefing_quantity]").fill(str(quantity))


def order_and_open(desk: Locator) -> None:
    """Review, confirm by a double click, and open the results once they are there."""
    desk.get_by_role("button", name="Review and order").click()
    desk.get_by_role("button", name="Confirm: order now").dblclick()
    expect(desk.locator(".op-step[aria-current]")).to_contain_text("Orders", timeout=WAIT)
    desk.get_by_role("button", name="Open: ").first.click(timeout=WAIT)
    expect(desk.locator(ROWS).first).to_be_visible(timeout=WAIT)


def accept_by_mouse(page: Page, desk: Locator, count: int) -> int:
    """Accept the first *count* companies with the pointer, which stays where it is; return the clicks."""
    desk.locator(ROWS).first.click()
    accept = desk.get_by_role("button", name="Accept (A)")
    expect(accept).to_be_visible(timeout=WAIT)
    while (box := accept.bounding_box()) is None:
        page.wait_for_timeout(10)  # drawn anew in this very moment, as the list was ready
    for _ in range(count):
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(desk.locator(".op-figures")).to_contain_text(f"{count} · 0", timeout=WAIT)
    return count + 1


def make_list(desk: Locator) -> None:
    """Turn to the send list and wait for its sentence."""
    desk.get_by_role("button", name="Make the send list").click()
    expect(desk.locator("h2")).to_contain_text("Mail ", timeout=WAIT)


def hand_over(desk: Locator, folder: Path | None = None) -> None:
    """Write the three files of `CARDS`, into *folder* or where the desk proposes."""
    desk.get_by_role("button", name="Hand it over").click()
    for number, (card, suffix) in enumerate(CARDS.items(), 1):
        desk.locator(".op-card", has_text=card).click()
        expect(desk.locator(".op-card", has_text=card)).to_have_attribute("aria-checked", "true", timeout=WAIT)
        if folder is not None:
            desk.locator("[data-field=path]").fill(str(folder / f"written{suffix}"))
        desk.get_by_role("button", name="Write the file").click()
        expect(desk.locator(".op-step").last).to_contain_text(f"{number} file", timeout=WAIT)


class DeskPage:
    """A desk, or one of its steps alone, shown in *page*; `sent` counts the bytes of each message to it.

    With *strange* it stands in an output frame that may do as little as any front end's; `place` is that frame.
    """

    def __init__(self, page: Page, desk: DeskFrame, *, paper: str = "#fff", strange: bool = False) -> None:
        self.page, self.desk, self.sent, self._queue = page, desk, [], []
        desk.pane.send = self._send
        page.expose_function("wish", self._wish)
        page.expose_function("pull", self._pull)
        self.place = page.frame_locator("iframe") if strange else page
        page.set_content(
            _strange_page() if strange else _PAGE % (paper, style(), script().replace("export default", ""))
        )
        page.wait_for_function("() => window.ready")
        self.settle()

    def settle(self, seconds: float = 30.0) -> None:
        """Wait until nothing is to come, and show it."""
        end = time.monotonic() + seconds
        while not self.desk.is_settled() and time.monotonic() < end:
            self.page.wait_for_timeout(20)
        self.flush()

    def until(self, condition: Callable[[], object], seconds: float = 60.0) -> None:
        """Wait until *condition* holds and nothing is to come, and show what came of it; fail if it never does."""
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, "it never became true"
            self.flush()
        self.settle()

    def flush(self) -> None:
        """Show what other threads have said meanwhile."""
        self.page.wait_for_timeout(30)
        while self._queue:
            self.page.wait_for_timeout(20)

    def _send(self, content: dict[str, Any], *_: object) -> None:
        self.sent.append(len(json.dumps(content)))
        self._queue.append(content)

    def _pull(self) -> list[dict[str, Any]]:
        queued, self._queue[:] = list(self._queue), []
        return queued

    def _wish(self, text: str) -> list[dict[str, Any]]:
        self.desk._wanted(json.loads(text), [])
        return self._pull()


def _strange_page() -> str:
    return _HOST % _text(_STRANGE % (style(), _text(script())))


def _text(text: str) -> str:
    """Return *text* as a literal of a script that stands in a page."""
    return json.dumps(text).replace("</", r"<\/")
