"""Engines on which every table function must agree."""

import pytest
from support import analysis_frames as frames


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
