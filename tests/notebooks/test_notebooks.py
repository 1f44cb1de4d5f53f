"""What the notebooks look like in the repository; that they run is nbval's part of the same test command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
CHECKED = "# NBVAL_CHECK_OUTPUT"


def code_cells(path: Path) -> list[dict]:
    """Return the code cells of a notebook."""
    return [cell for cell in json.loads(path.read_text("utf-8"))["cells"] if cell["cell_type"] == "code"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.name)
def test_only_checked_cells_carry_output(path):
    """Outputs are stripped, but for the short texts that nbval compares."""
    for cell in code_cells(path):
        source = "".join(cell["source"])
        kinds = {output["output_type"] for output in cell["outputs"]}
        assert kinds <= ({"stream"} if CHECKED in source else set()), source
        # nbval compares a cell only if it has been counted as run.
        assert (cell["execution_count"] is None) == (CHECKED not in source)
        assert bool(cell["outputs"]) == (CHECKED in source), source


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.name)
def test_notebooks_are_short_and_named_in_order(path):
    """A notebook has at most 25 code cells, starts with a title, and its name starts with its number."""
    content = json.loads(path.read_text("utf-8"))
    assert len(code_cells(path)) <= 25
    assert "".join(content["cells"][0]["source"]).startswith("# ")
    assert path.name[:2].isdigit()
    assert "widgets" not in content["metadata"]
