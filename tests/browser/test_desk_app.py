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
from support.jupyter import FOLDERS, WAIT, free_port, picture
from support.requirements import missing

pytestmark = [pytest.mark.browser, pytest.mark.slow]
FIELDS = {
    "profile_name": "Haulage",
    "ideal_customer_profile": "Hauliers with 20 to 200 employees; a good fit runs its own trucks",
    "seller_offering": "Route planning",
}


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
    for name, text in FIELDS.items():
        desk.locator(f"[data-field={name}]").fill(text)
    desk.locator("[data-chips=target_countries]").fill("Nordics")
    desk.locator("[data-chips=target_countries]").press("Enter")
    desk.get_by_role("button", name="Review and order").click()
    desk.get_by_role("button", name="Confirm: order now").dblclick()
    desk.get_by_role("button", name="Open", exact=True).click(timeout=WAIT)
    desk.locator(".op-firms tbody tr:not(.op-gap)").first.click(timeout=WAIT)
    for _ in range(3):
        page.keyboard.press("a")
    expect(desk.locator(".op-figures")).to_contain_text("3 · 0", timeout=WAIT)
    picture(page, "app-3-results")
    desk.get_by_role("button", name="Make the send list").click()
    expect(desk.locator("h2")).to_contain_text("Mail ", timeout=WAIT)
    desk.get_by_role("button", name="Hand it over").click()
    for number, card in enumerate(("CRM", "Excel", "boss"), 1):
        desk.locator(".op-card", has_text=card).click()
        desk.get_by_role("button", name="Write the file").click()
        expect(desk.locator(".op-step").last).to_contain_text(f"{number} file", timeout=WAIT)
    picture(page, "app-5-handing")
    written = {path.suffix: path for path in (tmp_path / "work").iterdir()}
    assert set(written) == {".csv", ".xlsx", ".html"}
    with page.expect_download(timeout=WAIT) as given:
        desk.locator(".op-files button", has_text=".csv").click()
    assert Path(given.value.path()).read_bytes() == written[".csv"].read_bytes()
    assert pl.read_csv(written[".csv"]).height > 0
    assert [url for url in elsewhere if "fontawesome" not in url and not url.startswith(("data:", "blob:"))] == []
    context.close()
