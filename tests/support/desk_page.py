"""A desk in a browser without a notebook: the real model, the real view, and the wire between them in one process.

It shows what any front end that runs anywidget shows, without the seconds a kernel and a server cost.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page

from openprospect_nb.widgets import Desk
from openprospect_nb.widgets.desk.pane import script, style

_PAGE = """<!doctype html><html lang="en"><head><title>Desk</title><style>body{margin:8px;background:%s}</style>
<style>%s</style></head>
<body><main><div id="here" class="op-widget op-desk-widget"></div></main><script type="module">%s
const heard = [];
window.hear = (messages) => messages.forEach((m) => heard.forEach((call) => call(m)));
const model = { send: async (content, _, buffers) => window.hear(await window.wish(JSON.stringify(content))),
  on: (name, call) => name === "msg:custom" && heard.push(call), off: () => {} };
render({ model, el: document.getElementById("here") });
window.ready = true;</script></body></html>"""


class DeskPage:
    """A desk shown in *page*; `sent` counts the bytes of each message to it."""

    def __init__(self, page: Page, desk: Desk, *, paper: str = "#fff") -> None:
        self.page, self.desk, self.sent, self._queue = page, desk, [], []
        desk.pane.send = self._send
        page.expose_function("wish", self._wish)
        page.set_content(_PAGE % (paper, style(), script().replace("export default", "")))
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
        queued, self._queue[:] = list(self._queue), []
        if queued:
            self.page.evaluate("messages => window.hear(messages)", queued)

    def _send(self, content: dict[str, Any], *_: object) -> None:
        self.sent.append(len(json.dumps(content)))
        self._queue.append(content)

    def _wish(self, text: str) -> list[dict[str, Any]]:
        self.desk._wanted(json.loads(text), [])
        queued, self._queue[:] = list(self._queue), []
        return queued
