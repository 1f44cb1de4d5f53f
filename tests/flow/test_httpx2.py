"""The same client on httpx2, the successor of httpx, where it is installed."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# One module imports httpx, so putting httpx2 in its place is all it takes.
LEG = """
import sys
import httpx2
sys.modules["httpx"] = httpx2
import pytest
tests = ["tests/unit/transport/test_sender.py", "tests/flow/test_buying.py"]
sys.exit(pytest.main(["-q", "-p", "no:cacheprovider", "-p", "no:schemathesis", *tests]))
"""


@pytest.mark.slow
@pytest.mark.skipif(find_spec("httpx2") is None, reason="httpx2 is not installed")
def test_the_request_path_and_buying_work_on_httpx2():
    """Every test of the sender and of buying passes with httpx2 in the place of httpx."""
    done = subprocess.run([sys.executable, "-c", LEG], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert "passed" in done.stdout
