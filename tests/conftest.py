"""Every test, and every notebook run beside them, has a home of its own and no key from outside."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable
from typing import TYPE_CHECKING

import hypothesis
import pytest

if TYPE_CHECKING:
    from openprospect_nb.frames.results import Results

# Set while pytest starts, so that the kernels of the notebook tests inherit it too.
_home = tempfile.mkdtemp(prefix="openprospect-tests-")
atexit.register(shutil.rmtree, _home, ignore_errors=True)
os.environ["OPENPROSPECT_HOME"] = _home
for _name in ("OPENPROSPECT_API_KEY", "OPENPROSPECT_BASE_URL"):
    os.environ.pop(_name, None)

# How long an example takes says how busy the machine is, not whether the code is right.
hypothesis.settings.register_profile("unhurried", deadline=None)
hypothesis.settings.load_profile("unhurried")


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
