"""The builder and the monitor as an app: a notebook served by Voila, without its code."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from support.jupyter import WAIT, fill, free_port, picture, serving, write_notebook
from support.requirements import missing

pytestmark = [pytest.mark.browser, pytest.mark.slow]
CELLS = (
    """
import openprospect_nb as op
from openprospect_nb.sandbox import Sandbox
client = op.connect(sandbox=Sandbox(step_seconds=0.3), home="home", poll_interval=0.3)
order = client.orders.enrich([{"company_name": "Invented"}], title="Trade fair").wait(progress=False)
""",
    "op.widgets.ICPBuilder(client)",
    "op.widgets.OrderMonitor(client)",
)


@pytest.fixture
def voila(tmp_path: Path) -> Iterator[str]:
    """The address of a Voila that serves one notebook."""
    if importlib.util.find_spec("voila") is None:
        missing("voila", "Voila is not installed; it comes with the extra 'test'")
    root, port = tmp_path / "root", free_port()
    root.mkdir()
    write_notebook(root / "app.ipynb", *CELLS)
    command = [sys.executable, "-m", "voila", "app.ipynb", f"--port={port}", "--no-browser", "--Voila.ip=127.0.0.1"]
    with serving(command, f"http://127.0.0.1:{port}", tmp_path) as url:
        yield url


def test_builder_and_monitor_work_without_their_code(browser: Browser, voila: str) -> None:
    """Both are shown live, the form answers what is typed, and all that is asked of elsewhere is Voila's icon font."""
    page, elsewhere = browser.new_page(viewport={"width": 1200, "height": 1400}), []
    page.on("request", lambda request: request.url.startswith(voila) or elsewhere.append(request.url))
    page.route(lambda url: not url.startswith(voila), lambda route: route.abort())
    page.goto(voila, wait_until="domcontentloaded", timeout=2 * WAIT)
    form, monitor = page.locator(".op-icp-builder").first, page.locator(".op-order-monitor").first
    expect(monitor).to_contain_text("1 done", timeout=WAIT)
    fill(form, "profile_name", "Machine builders")
    expect(form.locator("[role=heading]").first).to_contain_text("Machine builders", timeout=WAIT)
    expect(page.locator(".op-still").filter(visible=True)).to_have_count(0)
    expect(page.get_by_text("op.widgets.ICPBuilder")).to_have_count(0)
    picture(page, "voila")
    assert [url for url in elsewhere if "fontawesome" not in url and not url.startswith(("data:", "blob:"))] == []
    page.close()
