"""The company universe, drawn once for all tests that read it."""

from __future__ import annotations

import pytest

from openprospect_nb.sandbox.catalogue import Universe


@pytest.fixture(scope="session")
def company_universe():
    """The universe of seed 42, in memory."""
    return Universe.open(42, None)
