"""Take the two pictures that the README shows: ``python tests/browser/pictures.py`` from the top of a checkout.

Run by hand when the report or the builder looks different. It needs a chromium and JupyterLab, as the browser tests do;
what it shows is the demo's report and the sample profile of ``data/``, all invented.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # as pytest's pythonpath does for the tests

from playwright.sync_api import Browser, expect, sync_playwright
from support.jupyter import WAIT, command, open_and_run, served_lab

from openprospect_nb.demo import Walk, run, sample_icp

DATA = Path(__file__).parents[2] / "data"
MOST_BYTES = 150_000
REPORT_SIZE, BUILDER_SIZE = {"width": 1060, "height": 1318}, {"width": 1100, "height": 1390}
SETUP = f"""import openprospect_nb as op

client = op.connect(sandbox=op.Sandbox(), home="home", price_per_briefing=2.5)
icp = op.ICP.load({str(DATA / "icp_machine_builders.json")!r})"""
BUILDER = "op.widgets.ICPBuilder(client, icp)"


def take_report(browser: Browser, base: Path) -> Path:
    """Return a picture of the first screen of the demo's report."""
    # Without its optional fields the profile leaves room for a chart on the first screen.
    bare = {"seller_industry": None, "target_industries": (), "excluded_industries": (), "output_language": None}
    icp = replace(sample_icp(), **bare).save(base / "icp.json")
    run(Walk(output=base / "demo", icp=icp), lambda _: None)
    page = browser.new_page(viewport=REPORT_SIZE, color_scheme="light")
    page.goto((base / "demo" / "report.html").resolve().as_uri())
    expect(page.locator(".chart.is-live").first).to_be_visible(timeout=WAIT)
    page.screenshot(path=DATA / "report.png")
    return DATA / "report.png"


def take_builder(browser: Browser, base: Path) -> Path:
    """Return a picture of the builder in JupyterLab, filled with the sample profile."""
    page = browser.new_page(viewport=BUILDER_SIZE, color_scheme="light")
    with served_lab(base) as lab:
        open_and_run(page, lab, "buy.ipynb", SETUP, BUILDER)
        form = page.locator(".op-icp-builder").first
        expect(form).to_be_visible(timeout=WAIT)
        command(page, "application:toggle-left-area")
        page.get_by_text(BUILDER, exact=True).first.scroll_into_view_if_needed()
        cell = page.locator(".jp-CodeCell", has=page.locator(".op-icp-builder")).first
        cell.evaluate("cell => cell.scrollIntoView({block: 'start'})")
        page.wait_for_timeout(1_000)  # JupyterLab moves its panels with an animation
        page.screenshot(path=DATA / "icp_builder.png")
    return DATA / "icp_builder.png"


def main() -> None:
    """Take both pictures, and fail if one is too heavy for a README."""
    executable = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox", "--disable-gpu"])
        for take in (take_report, take_builder):
            made = take(browser, Path(folder))
            print(f"{made.name}: {made.stat().st_size:,} bytes")
            if made.stat().st_size > MOST_BYTES:
                sys.exit(f"{made} is larger than {MOST_BYTES:,} bytes; make its window smaller.")
        browser.close()


if __name__ == "__main__":
    main()
