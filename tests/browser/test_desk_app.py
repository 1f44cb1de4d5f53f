"""The desk without a notebook: `openprospect-nb desk`, from an empty form to files in the browser's own folder."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import Browser, expect
from support.desk_page import CARDS, accept_by_mouse, describe, hand_over, make_list, order_and_open
from support.jupyter import FOLDERS, WAIT, free_port, picture
from support.requirements import missing

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """The address that the command prints, with its secret."""
    if importlib.util.find_spec("voila") is None:
        missing("voila", "Voila is not installed; it comes with the extra 'test'")
    folders = {name: str(tmp_path / name.lower()) for name in FOLDERS}
    environment = os.environ | folders | {"OPENPROSPECT_HOME": str(tmp_path / "home")}
    for name in ("OPENPROSPECT_API_KEY", "OPENPROSPECT_BASE_URL"):
        environment.pop(name, None)
    (tmp_path / "work").mkdir()
    log = tmp_path / "log"
    command = [sys.executable, "-m", "openprospect_nb.cli", "desk", "--no-browser", "--price=2.5"]
    command.append(f"--port={free_port()}")
    with log.open("w") as file:
        server = subprocess.Popen(
            command,
            env=environment,
            cwd=tmp_path / "work",
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield printed(server, log)
    finally:
        os.killpg(server.pid, 15)
        server.wait(timeout=30)


def printed(server: subprocess.Popen[bytes], log: Path) -> str:
    """Return the address once it stands in *log*."""
    end = time.monotonic() + 90
    while time.monotonic() < end and server.poll() is None:
        found = re.search(r"http://(?:localhost|127\.0\.0\.1):\d+/\S*token=\w+", log.read_text())
        if found:
            return found.group().replace("localhost", "127.0.0.1")
        time.sleep(0.2)
    raise AssertionError(f"no address was printed: {log.read_text()[-2000:]}")


def test_from_an_empty_form_to_three_files_without_a_notebook(browser: Browser, address: str, tmp_path: Path) -> None:
    """Order, decide, list, write; the files lie where the command was given, and the browser can have them too."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, accept_downloads=True)
    page, elsewhere, own = context.new_page(), [], address.split("?", maxsplit=1)[0]
    page.on("request", lambda request: request.url.startswith(own) or elsewhere.append(request.url))
    page.route(lambda url: not url.startswith((own, "blob:", "data:")), lambda route: route.abort())
    page.goto(address, wait_until="domcontentloaded")
    desk = page.locator(".op-desk").first
    expect(desk.locator("[data-field=profile_name]")).to_be_visible(timeout=WAIT)
    expect(desk.locator(".op-beside")).to_contain_text("62.50", timeout=WAIT)
    picture(page, "app-1-empty")
    describe(desk)
    order_and_open(desk)
    accept_by_mouse(page, desk, 3)
    picture(page, "app-3-results")
    make_list(desk)
    hand_over(desk)
    picture(page, "app-5-handing")
    written = {path.suffix: path for path in (tmp_path / "work").iterdir()}
    assert set(written) == set(CARDS.values())
    with page.expect_download(timeout=WAIT) as given:
        desk.locator(".op-files button", has_text=".csv").click()
    assert Path(given.value.path()).read_bytes() == written[".csv"].read_bytes()
    assert pl.read_csv(written[".csv"]).height > 0
    assert [url for url in elsewhere if "fontawesome" not in url and not url.startswith(("data:", "blob:"))] == []
    context.close()
