"""One chromium for the browser tests; they are skipped where there is none."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright
from support.jupyter import WAIT, Lab, end_sessions, served_lab
from support.requirements import missing

# A container has neither a GPU nor a user namespace, and a test needs no network at all.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-gpu-rasterization",
    "--disable-software-rasterizer",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


expect.set_options(timeout=WAIT)  # a busy machine is late; it is not wrong


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless chromium without network, one a module: while Playwright runs, no other test may start a loop."""
    executable = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if executable is None:
        missing("browser", "no chromium here; .ci/run installs one where it can")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """The one JupyterLab of all browser tests; each opens notebooks of its own."""
    pytest.importorskip("jupyterlab")
    with served_lab(tmp_path_factory.mktemp("lab")) as running:
        yield running


@contextmanager
def guarded_page(browser: Browser, lab: Lab) -> Iterator[Page]:
    """A page that can reach the Jupyter server and nothing else, and that must not have asked for anything else."""
    context, elsewhere = browser.new_context(viewport={"width": 1360, "height": 1000}), []

    def only_here(route: Route) -> None:
        if route.request.url.startswith(lab.url):
            route.continue_()
        else:
            elsewhere.append(route.request.url)
            route.abort()

    context.route("**/*", only_here)
    yield context.new_page()
    context.close()
    end_sessions(lab)
    assert elsewhere == []


@pytest.fixture(scope="module")
def shared_page(browser: Browser, lab: Lab) -> Iterator[Page]:
    """A page of JupyterLab for all tests of a module: opening a notebook takes longer than most of what they do."""
    with guarded_page(browser, lab) as made:
        yield made


@pytest.fixture(scope="session")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The source of axe-core, the accessibility checker, from npm."""
    folder = tmp_path_factory.mktemp("axe")
    npm = shutil.which("npm")
    packed = npm and subprocess.run([npm, "pack", "axe-core@4", "--silent"], cwd=folder, check=False, timeout=120)
    archive = next(folder.glob("axe-core-*.tgz"), None)
    if not packed or archive is None:
        missing("axe", "axe-core cannot be had from npm here")
    with tarfile.open(archive) as files:
        return files.extractfile("package/axe.min.js").read().decode()
