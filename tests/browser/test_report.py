"""The report as a reader sees it: a real chromium, the file on disk, no network."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from openprospect_nb.frames.results import Results
from openprospect_nb.reports import report

pytestmark = pytest.mark.browser


@dataclass
class Opened:
    """A page and everything it asked for or complained about."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


@pytest.fixture
def opened(browser: Browser) -> Iterator[Opened]:
    """A page without network that records requests, failures and console messages."""
    context = browser.new_context(offline=True, viewport={"width": 1200, "height": 900})
    seen = Opened(context.new_page())
    seen.page.on("console", lambda message: seen.complaints.append(message.text))
    seen.page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    seen.page.on("requestfailed", lambda request: seen.complaints.append(f"failed: {request.url}"))
    seen.page.on("request", lambda request: seen.requests.append(request.url.split(":", 1)[0]))
    yield seen
    context.close()


def test_the_report_opens_offline_with_three_charts_and_the_table(
    opened: Opened, some_results: Results, tmp_path: Path
) -> None:
    """Opened from disk without network, the report draws its charts, shows every company and stays silent."""
    made = report(some_results, tmp_path / "report.html")
    opened.page.goto(made.path.resolve().as_uri())

    for key in ("match", "quality", "risk"):
        chart = opened.page.locator(f"#opr-chart-{key}.is-live")
        expect(chart.locator(".barlayer .point").first).to_be_attached()
    expect(opened.page.locator("#opr-table tbody tr")).to_have_count(some_results.companies.height)
    assert opened.complaints == []
    assert opened.requests == ["file"]
