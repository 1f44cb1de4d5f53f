"""The desk in front ends that are no JupyterLab: Notebook 7 and marimo, each in a browser of its own."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from support.desk_page import ROWS, describe, make_list, order_and_open
from support.jupyter import READY, WAIT, command, free_port, picture, serving, write_notebook

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SETUP = """
import openprospect_nb as op
from openprospect_nb.sandbox import Sandbox
client = op.connect(sandbox=Sandbox(step_seconds=0.3), home={home!r}, poll_interval=0.3, price_per_briefing=2.5)
"""
APP = """
import marimo

app = marimo.App(width="full")


@app.cell
def _():
    import openprospect_nb as op
    from openprospect_nb.sandbox import Sandbox

    client = op.connect(sandbox=Sandbox(step_seconds=0.3), home={home!r}, poll_interval=0.3, price_per_briefing=2.5)
    desk, lists = op.widgets.Desk(client), op.widgets.BlacklistManager(client)
    return desk, lists


@app.cell
def _(desk):
    desk
    return


@app.cell
def _(lists):
    lists
    return


if __name__ == "__main__":
    app.run()
"""


def go_the_journey(page: Page, desk: Locator) -> None:
    """Order, decide with keys, see the list; all of it in *desk*."""
    describe(desk)
    order_and_open(desk)
    desk.locator(ROWS).first.click()
    for _ in range(2):
        page.keyboard.press("a")
    expect(desk.locator(".op-figures")).to_contain_text("2 · 0", timeout=WAIT)
    make_list(desk)


def test_in_notebook_7(browser: Browser, tmp_path: Path) -> None:
    """The desk is live there and goes from a form to a list."""
    if importlib.util.find_spec("notebook") is None:
        pytest.skip("Notebook 7 is not installed: pip install notebook")
    root, port = tmp_path / "root", free_port()
    root.mkdir()
    setup = SETUP.format(home=str(tmp_path / "home"))
    write_notebook(root / "desk.ipynb", setup, "op.widgets.Desk(client)")
    options = ["--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}",
               "--IdentityProvider.token=", "--ServerApp.disable_check_xsrf=True", f"--ServerApp.root_dir={root}",
               "--JupyterNotebookApp.expose_app_in_browser=True"]  # fmt: skip
    with serving([sys.executable, "-m", "notebook", *options], f"http://127.0.0.1:{port}", tmp_path) as url:
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(f"{url}/notebooks/desk.ipynb", wait_until="domcontentloaded")
        page.wait_for_function(READY, timeout=WAIT)
        command(page, "notebook:run-all-cells")
        desk = page.locator(".op-desk-widget .op-desk").first
        expect(desk.locator("[data-field=profile_name]")).to_be_visible(timeout=WAIT)
        go_the_journey(page, desk)
        picture(page, "notebook7")
        expect(page.locator(".jp-CodeCell")).to_have_count(3)  # no letter was a command of the notebook
        assert desk.bounding_box()["height"] <= 780
        page.close()


def test_in_marimo(browser: Browser, tmp_path: Path) -> None:
    """The desk is live there, light on a light page; what is made of ipywidgets is a picture that says so."""
    if importlib.util.find_spec("marimo") is None:
        pytest.skip("marimo is not installed: pip install marimo")
    root, port = tmp_path / "root", free_port()
    root.mkdir()
    (root / "app.py").write_text(APP.format(home=str(tmp_path / "home")))
    options = ["run", "app.py", "--headless", "--host=127.0.0.1", f"--port={port}", "--no-token"]
    with serving([sys.executable, "-m", "marimo", "-q", *options], f"http://127.0.0.1:{port}", tmp_path) as url:
        page = browser.new_page(viewport={"width": 1440, "height": 1000})
        page.goto(url, wait_until="domcontentloaded")
        desk = page.locator(".op-desk").first
        expect(desk.locator("[data-field=profile_name]")).to_be_visible(timeout=WAIT)
        expect(desk).to_have_attribute("data-theme", "light", timeout=WAIT)
        expect(page.get_by_text("A still picture").first).to_be_visible(timeout=WAIT)
        picture(page, "marimo-empty")
        go_the_journey(page, desk)
        picture(page, "marimo")
        page.close()
