"""One chromium for browser tests in a row; they are skipped where there is none."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route
from support.chromium import chromium
from support.jupyter import Lab, end_sessions, served_lab
from support.requirements import missing

_started: list[Browser] = []
_kept = ExitStack()


@pytest.fixture(scope="module")
def browser() -> Browser:
    """The chromium of all tests in this folder that run in a row: to start one takes longer than some of them."""
    if not _started:
        _started.append(_kept.enter_context(chromium()))
    return _started[0]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> Generator[None, None, None]:
    """End it before a test of another folder: while Playwright runs, no other test may start a loop."""
    try:
        return (yield)
    finally:
        if nextitem is None or Path(__file__).parent not in nextitem.path.parents:
            _end()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    """End it after a run that ends at its first failure, too."""
    _end()


def _end() -> None:
    _started.clear()
    _kept.close()


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
    """The source of axe-core, the accessibility checker, from npm; one of the processes of a run fetches it for all."""
    own = tmp_path_factory.getbasetemp()
    kept = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "axe.js"
    if not kept.exists():
        folder = tmp_path_factory.mktemp("axe")
        npm = shutil.which("npm")
        packed = npm and subprocess.run([npm, "pack", "axe-core@4", "--silent"], cwd=folder, check=False, timeout=120)
        archive = next(folder.glob("axe-core-*.tgz"), None)
        if not packed or archive is None:
            missing("axe", "axe-core cannot be had from npm here")
        with tarfile.open(archive) as files:
            (folder / "axe.js").write_bytes(files.extractfile("package/axe.min.js").read())
        (folder / "axe.js").replace(kept)
    return kept.read_text("utf-8")
