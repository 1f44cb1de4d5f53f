"""Formatting, linting and strict typing are tests like any other."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CHECKS = {
    "format": ["ruff", "format", "--check", "."],
    "lint": ["ruff", "check", "."],
    "types": ["mypy"],
}


@pytest.mark.parametrize("check", CHECKS)
def test_the_code_is_clean(check):
    """The formatter, the linter and the strict type checker have nothing to say."""
    done = subprocess.run([sys.executable, "-m", *CHECKS[check]], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_workplace_is_named():
    """No committed file names a path of a developer's machine, or stores where a package was downloaded from."""
    listed = subprocess.run(["git", "ls-files"], capture_output=True, text=True, cwd=ROOT, check=False)
    files = [ROOT / name for name in listed.stdout.split()]
    marks = [str(ROOT.parent) + "/", str(Path.home()) + "/"]
    bad = [
        str(path)
        for path in files
        if path.is_file() and any(mark in path.read_text("utf-8", "replace") for mark in marks if len(mark) > 6)
    ]
    assert bad == []
