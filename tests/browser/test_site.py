"""What a page of the site does when it is opened from a file, without a server."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Browser

ASSETS = Path(__file__).parents[2] / "docs" / "assets"
WORKER = "addEventListener('message', (event) => postMessage({ said: event.data.word.toUpperCase() }));"
PAGE = """<script src="file-worker.js"></script><script>
  const heard = [];
  const worker = new Worker("worker.js");
  worker.onmessage = (event) => heard.push(event.data.said);
  for (const word of ["icp", "order"]) worker.postMessage({ word });
</script>"""


@pytest.mark.browser
def test_search_works_in_a_page_opened_from_a_file(tmp_path: Path, browser: Browser) -> None:
    """A worker's script gets every message, also those sent before it was loaded, and answers; ended, it is gone."""
    shutil.copy(ASSETS / "file-worker.js", tmp_path)
    (tmp_path / "worker.js").write_text(WORKER, "utf-8")
    (tmp_path / "page.html").write_text(PAGE, "utf-8")
    page = browser.new_page()
    page.goto((tmp_path / "page.html").as_uri())
    page.wait_for_function("heard.length === 2")
    assert page.evaluate("heard") == ["ICP", "ORDER"]
    page.evaluate("worker.terminate()")
    assert page.locator("iframe").count() == 0
    page.close()
