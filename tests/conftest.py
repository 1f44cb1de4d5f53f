"""Every test, and every notebook run beside them, has a home of its own and no key from outside."""

from __future__ import annotations

import atexit
import gc
import os
import shutil
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest
from support.examples import examples

if TYPE_CHECKING:
    from openprospect_nb.frames.results import Results

# Set while pytest starts, so that the kernels of the notebook tests inherit it too.
_home = tempfile.mkdtemp(prefix="openprospect-tests-")
atexit.register(shutil.rmtree, _home, ignore_errors=True)
os.environ["OPENPROSPECT_HOME"] = _home
# On small matrices and frames threads of numpy and Polars mostly wait for each other, each at a core. numpy takes half
# the time with one, Polars three quarters; groups and unique rows still come in another order each time.
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "POLARS_MAX_THREADS"):
    os.environ.setdefault(_name, "1")
# The gate's options are for this run alone, not for a pytest that a test starts.
for _name in ("OPENPROSPECT_API_KEY", "OPENPROSPECT_BASE_URL", "PYTEST_ADDOPTS"):
    os.environ.pop(_name, None)

# How long an example takes says how busy the machine is, not whether the code is right. A run says the same of the same
# code each time; OPENPROSPECT_SEARCH=1 draws new examples at each run, to look for what nobody thought of.
hypothesis.settings.register_profile("steady", deadline=None, derandomize=True, max_examples=examples(100))
hypothesis.settings.register_profile("search", deadline=None, max_examples=examples(100))
hypothesis.settings.load_profile("search" if os.environ.get("OPENPROSPECT_SEARCH") else "steady")


@pytest.hookimpl(trylast=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Have what Hypothesis works out of Unicode on a clean checkout worked out once, while a run's processes start."""
    if getattr(session.config.option, "numprocesses", None) and "PYTEST_XDIST_WORKER" not in os.environ:
        # It lies in .hypothesis, where each process finds it that would take 2 s for it.
        threading.Thread(target=hypothesis.strategies.text().validate, daemon=True).start()


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """Use one process more than there are cores for the whole suite, and one in all for paths that somebody names.

    Half of the suite's time is waiting for kernels, pages and servers.
    """
    return 0 if config.args_source is pytest.Config.ArgsSource.ARGS else (os.cpu_count() or 1) + 1


# A file is a process' from its first test to its last. Of those that would come towards the end these are long.
LONG = ("tests/worlds/", "notebooks/", "tests/unit/widgets/test_desk.py")
# These wait for pages, servers and other processes; among the others they leave no core without work.
WAITING = ("tests/browser/", "tests/flow/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse tests that share an id: a run in two processes takes one of them and is silent. Put the files in order."""
    alike = {nodeid for nodeid, count in Counter(item.nodeid for item in items).items() if count > 1}
    if alike:
        raise pytest.UsageError(f"these tests share an id, and some would not run: {sorted(alike)}")
    turns = _turns(list(dict.fromkeys(_file(item) for item in items)))
    items.sort(key=lambda item: turns[_file(item)])


def _file(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0]


def _turns(files: list[str]) -> dict[str, tuple[bool, float, str]]:
    """Return when the turn of each file comes: long ones first, then those that wait, spread among the others."""
    rest = [file for file in files if not file.startswith(LONG)]
    groups = [[file for file in rest if file.startswith(WAITING) is waits] for waits in (True, False)]
    shares = {file: place / len(group) for group in groups for place, file in enumerate(group)}
    return {file: (file in shares, shares.get(file, 0.0), file) for file in files}


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """Let no garbage be looked for among ten thousand tests that stay: it took 8 of the 20 s that collecting takes."""
    gc.disable()
    try:
        if "PYTEST_XDIST_WORKER" in os.environ and _is_whole(session.config):
            _import_from_another_file_on(session)
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def _is_whole(config: pytest.Config) -> bool:
    """Return whether a run takes all of the tests."""
    return Path(__file__).parent in [(config.invocation_params.dir / name).resolve() for name in config.args]


def _import_from_another_file_on(session: pytest.Session) -> None:
    """Import all test modules, each process beginning at another one, before they are collected in the one order.

    On a clean checkout compiling them takes two thirds of collecting; side by side each process compiled every module.
    """
    files = sorted(Path(__file__).parent.rglob("test_*.py"))
    number, count = int(os.environ["PYTEST_XDIST_WORKER"][2:]), int(os.environ["PYTEST_XDIST_WORKER_COUNT"])
    start = len(files) * number // count
    for file in [*files[start:], *files[:start]]:
        try:
            _ = pytest.Module.from_parent(session, path=file).obj
        except (Exception, pytest.skip.Exception):  # noqa: BLE001 - collecting meets it again, and says so
            broken = [name for name, module in sys.modules.items() if getattr(module, "__file__", None) == str(file)]
            for name in broken:
                del sys.modules[name]


# The package is imported when a fixture is asked for: some tests look at what a fresh interpreter loads.
@pytest.fixture(scope="session")
def make_results() -> Callable[..., Results]:
    """The builder of invented results: ``make_results(companies, order_id=, seed=)``."""
    from support.samples import make_results

    return make_results


@pytest.fixture(scope="session")
def some_results(make_results: Callable[..., Results]) -> Results:
    """One order of sixty companies."""
    return make_results()
