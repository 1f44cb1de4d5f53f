"""Take the pictures that README and docs show: ``python tests/browser/pictures.py``; or ``… report``, ``… desk``.

Run by hand from the top of a checkout when the report or the desk looks different. It needs a chromium and the extra
`test`; what it shows is the demo's report and the sample profile of ``data/``, all invented.
``docs/assets/report-before.png`` stays: `take_surfaces` made it of the report as it was before page one decided.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # as pytest's pythonpath does for the tests

from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import Browser, expect, sync_playwright
from support.desk_page import DeskPage
from support.jupyter import WAIT

import openprospect_nb as op
from openprospect_nb.demo import DemoOptions, run, sample_icp

DATA = Path(__file__).parents[2] / "data"
ASSETS = Path(__file__).parents[2] / "docs" / "assets"
MOST_BYTES = 150_000
MOST_BYTES_SHEET = 300_000
SHEET = "report-after.png"
REPORT_SIZE = {"width": 1060, "height": 880}
DESK_SIZE = {"width": 1080, "height": 740}
# What a report is read on: its name, the size of the window, the colour scheme, the medium. A4 without its margins is
# 695 pixels wide.
SURFACES = (
    ("screen, 1440 x 900", (1440, 900), "light", "screen"),
    ("dark", (1440, 900), "dark", "screen"),
    ("paper, first sheet of A4", (695, 1047), "light", "print"),
    ("390 pixels", (390, 1047), "light", "screen"),
    ("390 pixels, dark", (390, 1047), "dark", "screen"),
)
STRIP = 470  # pixels that a surface is high on the sheet


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


def take_reports(browser: Browser, base: Path) -> list[Path]:
    """Return the picture of the demo's report and the sheet of what it is read on."""
    shown = take_report(browser, base)
    run(DemoOptions(output=base / "whole"), lambda _: None)
    return [shown, take_surfaces(browser, base / "whole" / "report.html", ASSETS / SHEET)]


def take_surfaces(browser: Browser, report: Path, sheet: Path) -> Path:
    """Return *sheet*, a picture of the report on everything that it is read on."""
    shots = []
    for name, (width, height), scheme, medium in SURFACES:
        page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
        page.goto(report.resolve().as_uri())
        page.emulate_media(media=medium, color_scheme=scheme)
        page.wait_for_timeout(300)
        raw = Image.open(BytesIO(page.screenshot())).convert("RGB")
        shots.append((name, raw.resize((round(width * STRIP / height), STRIP), Image.Resampling.LANCZOS)))
        page.close()
    rows, gap = (shots[:2], shots[2:]), 14
    whole = Image.new("RGB", (sum(shot.width for _, shot in rows[0]) + 3 * gap, 2 * (STRIP + 38)), "#c9ced6")
    for row, top in zip(rows, (26, STRIP + 64), strict=True):
        left = gap
        for name, shot in row:
            ImageDraw.Draw(whole).text((left, top - 18), name, fill="#1f2328", font=ImageFont.load_default(13))
            whole.paste(shot, (left, top))
            left += shot.width + gap
    whole.save(sheet)
    return sheet


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
        wanted = sys.argv[1:] or ["report", "desk"]
        reports = take_reports(browser, Path(folder)) if "report" in wanted else []
        desks = take_desk(browser, Path(folder)) if "desk" in wanted else []
        for made in (*reports, *desks):
            Image.open(made).convert("RGB").quantize(255).save(made, optimize=True)
            print(f"{made.name}: {made.stat().st_size:,} bytes")
            most = MOST_BYTES_SHEET if made.name == SHEET else MOST_BYTES
            if made.stat().st_size > most:
                sys.exit(f"{made} is larger than {most:,} bytes; make its window smaller.")
        browser.close()


if __name__ == "__main__":
    main()
