"""Engines on which every table function must agree."""

import importlib.util
import sys
from pathlib import Path

import hypothesis
import pytest

# Test folders are not packages, so the builders are loaded by path under one name all tests share.
if "analysis_frames" not in sys.modules:
    _spec = importlib.util.spec_from_file_location("analysis_frames", Path(__file__).with_name("frames.py"))
    _module = importlib.util.module_from_spec(_spec)
    sys.modules["analysis_frames"] = _module
    _spec.loader.exec_module(_module)

import analysis_frames as frames

# Never a time limit in a test: the cores are shared.
hypothesis.settings.register_profile("unhurried", deadline=None)
hypothesis.settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def spark():
    """Return one Spark session for the whole run."""
    session = frames.start_spark()
    yield session
    session.stop()


@pytest.fixture(params=["polars lazy", "duckdb", "spark"])
def engine(request):
    """Return each engine in turn: give(frame) -> native, take(native) -> rows."""
    if request.param == "spark":
        return frames.Spark(request.getfixturevalue("spark"))
    return frames.Duck() if request.param == "duckdb" else frames.PolarsLazy()
