"""Every widget in a real JupyterLab: accessible in both themes, readable when its kernel is gone, live or from disk."""

from __future__ import annotations

import nbformat
import pytest
from playwright.sync_api import Page, expect
from support.jupyter import (
    WAIT,
    Lab,
    kill_kernel,
    open_and_run,
    picture,
    reopen_without_kernel,
    save,
    serious,
    use_theme,
)

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SETUP = """
import openprospect_nb as op
from openprospect_nb.sandbox import Sandbox
from openprospect_nb.widgets import *
client = op.connect(sandbox=Sandbox(step_seconds=0.3), home="home", poll_interval=0.3)
client.blacklists.add(client.blacklists.create("Customers").id, [{"company_name": "Invented"}])
order = client.orders.enrich([{"company_name": f"Invented {n}"} for n in range(30)], title="Trade fair",
    features=["COMPANY_DATA", "CONTACTS", "ANALYSIS", "EMAIL_DISCOVERY"]).wait(progress=False)
results = order.results()
"""
# What shows each widget, its class hook, and words of its still picture.
WIDGETS = (
    ("ICPBuilder(client)", ".op-icp-builder", "Profile name is required"),
    ("OrderMonitor(client)", ".op-order-monitor", "1 done"),
    ("ResultsExplorer(results)", ".op-results-explorer", "of 30 companies"),
    ("WhatIf(results)", ".op-what-if", "Left out"),
    ("BlacklistManager(client, results)", ".op-blacklist-manager", "It would have excluded"),
)


def test_every_widget_is_accessible_dark_and_outlives_its_kernel(page: Page, lab: Lab, axe: str) -> None:
    """No serious finding of axe, light and dark; with the kernel dead, and from disk without one, all can be read."""
    open_and_run(page, lab, "gallery.ipynb", SETUP, *(code for code, *_ in WIDGETS))
    for _, root, _ in WIDGETS:
        expect(page.locator(root).first).to_be_visible(timeout=WAIT)
    expect(page.locator(".op-order-monitor")).to_contain_text("1 done", timeout=WAIT)
    expect(page.locator(".op-blacklist-manager")).to_contain_text("1 entry", timeout=WAIT)
    expect(page.locator(".op-what-if")).to_contain_text("Rests on", timeout=WAIT)
    findings: list[str] = []
    for theme in ("Light", "Dark"):
        use_theme(page, theme)
        for _, root, _ in WIDGETS:
            page.locator(root).first.scroll_into_view_if_needed()
            picture(page, f"{root[1:]}-{theme.lower()}")
        findings += serious(page, axe)
    assert "\n".join(findings) == ""
    expect(page.locator(".op-still").filter(visible=True)).to_have_count(0)
    save(page)

    kill_kernel(page)
    expect_pictures(page)
    picture(page, "kernel-dead")

    reopen_without_kernel(page, lab, "gallery.ipynb")
    assert "widgets" not in nbformat.read(lab.root / "gallery.ipynb", as_version=4).metadata
    expect_pictures(page)
    expect(page.get_by_text("Loading widget").filter(visible=True)).to_have_count(0)
    picture(page, "reopened")


def expect_pictures(page: Page) -> None:
    """Expect no live view and, in its place, one readable still picture a widget."""
    stills = page.locator(".op-still").filter(visible=True)
    expect(stills).to_have_count(len(WIDGETS), timeout=WAIT)
    expect(page.locator(".op-widget").filter(visible=True)).to_have_count(0)
    for number, words in enumerate(told for *_, told in WIDGETS):
        expect(stills.nth(number)).to_contain_text(words)
