"""Take the pictures that README and docs show: ``python tests/browser/pictures.py`` from the top of a checkout.

Run by hand when the report or the desk looks different. It needs a chromium and the extra `test`; what it shows is the
demo's report and the sample profile of ``data/``, all invented.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # as pytest's pythonpath does for the tests

from PIL import Image
from playwright.sync_api import Browser, expect, sync_playwright
from support.desk_page import DeskPage
from support.jupyter import WAIT

import openprospect_nb as op
from openprospect_nb.demo import DemoOptions, run, sample_icp

DATA = Path(__file__).parents[2] / "data"
ASSETS = Path(__file__).parents[2] / "docs" / "assets"
MOST_BYTES = 150_000
REPORT_SIZE = {"width": 1060, "height": 880}
DESK_SIZE = {"width": 1080, "height": 740}


def take_report(browser: Browser, base: Path) -> Path:
    """Return a picture of the first screen of the demo's report."""
    # Without its optional fields the profile leaves room for a chart on the first screen.
    bare = {"seller_industry": None, "target_industries": (), "excluded_industries": (), "output_language": None}
    icp = replace(sample_icp(), **bare).save(base / "icp.json")
    run(DemoOptions(output=base / "demo", icp=icp), lambda _: None)
    page = browser.new_page(viewport=REPORT_SIZE, color_scheme="light")
    page.goto((base / "demo" / "report.html").resolve().as_uri())
    expect(page.locator(".first .still svg")).to_be_visible(timeout=WAIT)
    page.screenshot(path=DATA / "report.png")
    return DATA / "report.png"


def take_desk(browser: Browser, base: Path) -> list[Path]:
    """Return pictures of the desk's first, third and fourth step, the third in the dark too."""
    features, icp = ["COMPANY_DATA", "CONTACTS", "ANALYSIS", "EMAIL_DISCOVERY"], sample_icp()
    made, home = [], base / "desk"
    with (
        op.Sandbox(step_seconds=0.01) as sandbox,
        op.connect(sandbox=sandbox, home=home, poll_interval=0.1, price_per_briefing=2.5) as client,
    ):
        results = client.orders.discover(icp, 200, features=features).wait(progress=False).results()
        for paper, dark in (("#fff", ""), ("#111", "-dark")):
            desk = op.widgets.Desk(client, results, icp=icp)
            desk.journey.choose(limit=0.05)
            page = browser.new_page(viewport=DESK_SIZE)
            shown = DeskPage(page, desk, paper=paper)
            page.locator(".op-firms tbody tr:not(.op-gap)").nth(2).click()
            for key in "aarj":
                page.keyboard.press(key)
            for step, name in (("Profile", "profile"), ("Results", "results"), ("Send list", "send-list")):
                page.locator(".op-step", has_text=step).click()
                shown.settle()
                page.evaluate("document.activeElement.blur()")
                page.mouse.move(2, 2)
                if not dark or name == "results":
                    made.append(ASSETS / f"desk-{name}{dark}.png")
                    page.screenshot(path=made[-1])
            desk.close()
    return made


def main() -> None:
    """Take all pictures, and fail if one is too heavy for a README."""
    executable = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox", "--disable-gpu"])
        for made in (
            take_report(browser, Path(folder)),
            *take_desk(browser, Path(folder)),
        ):
            Image.open(made).convert("RGB").quantize(255).save(made, optimize=True)
            print(f"{made.name}: {made.stat().st_size:,} bytes")
            if made.stat().st_size > MOST_BYTES:
                sys.exit(f"{made} is larger than {MOST_BYTES:,} bytes; make its window smaller.")
        browser.close()


if __name__ == "__main__":
    main()
