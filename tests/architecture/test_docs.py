"""Pages that are generated say what the code says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_page_of_columns_is_what_the_schemas_give():
    """`data/COLUMNS.md` is the output of the guide; after a change of a schema it has to be made again."""
    command = [sys.executable, "-m", "openprospect_nb.frames.guide"]
    made = subprocess.run(command, capture_output=True, text=True, check=True, encoding="utf-8").stdout
    assert (ROOT / "data" / "COLUMNS.md").read_text("utf-8") == made
