"""What a test needs beyond Python: skipped where it is missing, unless this run must have it."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest

REQUIRED = frozenset(os.environ.get("OPENPROSPECT_REQUIRE", "").split(","))


def missing(what: str, reason: str) -> NoReturn:
    """Skip the test and say why; fail instead if ``OPENPROSPECT_REQUIRE`` (set by .ci/run) names *what*."""
    if what in REQUIRED:
        pytest.fail(f"{what} is required in this run: {reason}")
    pytest.skip(reason)
