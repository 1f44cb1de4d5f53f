"""No secret and no person's address is committed, in code, data or a notebook's output."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
LIVE_KEY = re.compile(r"lnc_live_[0-9A-Za-z]{24,}")
OTHER_SECRETS = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY|\bgh[pousr]_[0-9A-Za-z]{36}|\bAKIA[0-9A-Z]{16}\b")
ADDRESS = re.compile(r"[\w.+-]+@([\w-]+\.)+\w{2,}")
ANY_KEY = re.compile(r"lnc_(live|test)_\w{5,}")


def committed() -> list[tuple[str, str]]:
    """Return every file git knows, or would take, with its text."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False).stdout.splitlines()
    return [(name, (ROOT / name).read_text("utf-8", "replace")) for name in names if (ROOT / name).is_file()]


def test_no_secret_is_committed():
    """No live key, private key or well-known token; a live key made of one repeated letter is a test's."""
    found = [
        (name, match[:16])
        for name, text in committed()
        for match in (m.group() for pattern in (LIVE_KEY, OTHER_SECRETS) for m in pattern.finditer(text))
        if len(set(match.removeprefix("lnc_live_"))) > 2
    ]
    assert found == []


def test_outputs_of_notebooks_show_no_key_and_no_address():
    """What checked cells printed names neither a key, masked ones aside, nor anybody's e-mail outside of .example."""
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        cells = json.loads(path.read_text("utf-8"))["cells"]
        printed = json.dumps([cell.get("outputs", []) for cell in cells], ensure_ascii=False)
        assert not ANY_KEY.search(printed), path.name
        assert [m.group() for m in ADDRESS.finditer(printed) if not m.group().endswith(".example")] == [], path.name
