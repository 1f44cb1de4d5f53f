"""Formatting, linting and strict typing are tests like any other."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# A file of annotated calls, and of wrong ones that a checker has to refuse.
USAGE = ROOT / "tests" / "typing" / "usage.py"
CHECKS = {
    "format": ["ruff", "format", "--check", "."],
    "lint": ["ruff", "check", "."],
    # Both in one run: a second one would read all that the first wrote down of the package and of what it imports.
    "types": ["mypy", "openprospect_nb", str(USAGE)],
}


@pytest.mark.parametrize("check", CHECKS)
def test_the_code_is_clean(check):
    """The formatter, the linter and the strict type checker have nothing to say, neither of users' calls.

    Strict is to refuse each wrong call too: an ignored error that is none is an error.
    """
    done = subprocess.run([sys.executable, "-m", *CHECKS[check]], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_users_calls_are_typed_as_they_are_meant_for_pyright():
    """Another checker agrees: it complains about the wrong calls, by line, and about nothing else."""
    command = [sys.executable, "-m", "basedpyright", "--level", "error", "--outputjson"]
    done = subprocess.run(
        [*command, "--pythonpath", sys.executable, str(USAGE)], capture_output=True, text=True, cwd=ROOT, check=False
    )
    found = {issue["range"]["start"]["line"] + 1 for issue in json.loads(done.stdout)["generalDiagnostics"]}
    lines = USAGE.read_text("utf-8").splitlines()
    assert found == {number for number, line in enumerate(lines, 1) if "type: ignore" in line}, done.stdout
