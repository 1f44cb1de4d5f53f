"""Sample results for the tests of this folder."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from openprospect_nb.frames.results import Results

SAMPLES = Path(__file__).parents[1] / "reports" / "samples.py"
# Test folders are not packages, so the sample builder is loaded by path under one name all tests share.
if "report_samples" not in sys.modules:
    _spec = importlib.util.spec_from_file_location("report_samples", SAMPLES)
    _module = importlib.util.module_from_spec(_spec)
    sys.modules["report_samples"] = _module
    _spec.loader.exec_module(_module)


@pytest.fixture(scope="session")
def make_results() -> Callable[..., Results]:
    """The builder of invented results: ``make_results(companies, order_id=, seed=)``."""
    return sys.modules["report_samples"].make_results


@pytest.fixture(scope="session")
def some_results(make_results: Callable[..., Results]) -> Results:
    """One order of sixty companies."""
    return make_results()
