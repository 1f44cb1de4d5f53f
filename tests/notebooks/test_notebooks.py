"""What the notebooks look like in the repository; that they run is nbval's part of the same test command."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
CHECKED = "# NBVAL_CHECK_OUTPUT"
JOURNEYS = (
    "01_first_minute",
    "02_buy_safely",
    "03_come_back_tomorrow",
    "04_decide",
    "05_trust_the_numbers",
    "06_hand_over",
    "07_scale_out",
    "08_next_order",
)
# Fenced code, code spans and link targets are not prose.
NOT_PROSE = re.compile(r"```.*?```|`[^`]*`|\]\([^)]*\)", re.DOTALL)
LINK = re.compile(r"\]\(([^)]+)\)")
each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.name)


def cells(path: Path, kind: str) -> list[dict]:
    """Return the cells of one kind, each with its source as one text."""
    found = json.loads(path.read_text("utf-8"))["cells"]
    return [cell | {"source": "".join(cell["source"])} for cell in found if cell["cell_type"] == kind]


def test_every_journey_has_its_notebook():
    """The numbered notebooks are complete, and there is no other."""
    assert tuple(path.stem for path in NOTEBOOKS) == JOURNEYS


@each_notebook
def test_outputs_are_small_stills(path):
    """Text, frames, pictures and the stills of widgets, of one run from top to bottom; nothing needs a kernel."""
    assert path.stat().st_size < 400_000
    code = cells(path, "code")
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    for cell in code:
        kinds = {kind for output in cell["outputs"] for kind in output.get("data", {"text/plain": ""})}
        assert kinds <= {"text/plain", "text/html", "image/png", "image/svg+xml"}, cell["source"]
        assert "<script" not in json.dumps(cell["outputs"]).lower()
        if CHECKED in cell["source"]:
            assert {output["output_type"] for output in cell["outputs"]} == {"stream"}, cell["source"]


def test_the_shop_window_shows_frames_and_charts():
    """The first notebook has something to see before anybody runs it: frames, three charts, a picture of the report.

    It goes from an ICP over the desk to the page that decides in ten cells.
    """
    assert len(cells(NOTEBOOKS[0], "code")) == 10
    outputs = [output for cell in cells(NOTEBOOKS[0], "code") for output in cell["outputs"]]
    kinds = [kind for output in outputs for kind in output.get("data", {})]
    assert kinds.count("image/svg+xml") == 3
    assert kinds.count("text/html") >= 3
    assert any("../data/report.png" in cell["source"] for cell in cells(NOTEBOOKS[0], "markdown"))


@each_notebook
def test_notebooks_are_short_and_checked(path):
    """A notebook has at most 30 cells, starts with a title, and compares at least one cell's output."""
    content = json.loads(path.read_text("utf-8"))
    assert len(content["cells"]) <= 30
    assert "".join(content["cells"][0]["source"]).startswith("# ")
    assert any(CHECKED in cell["source"] for cell in cells(path, "code"))
    assert content["metadata"].keys() == {"kernelspec", "language_info"}


@each_notebook
def test_no_notebook_is_a_dead_end(path):
    """Each ends by saying where to go next, and every notebook it links to is there."""
    last = cells(path, "markdown")[-1]["source"]
    assert last.startswith("## Where to go next")
    links = [link for cell in cells(path, "markdown") for link in LINK.findall(cell["source"])]
    assert any(link.endswith(".ipynb") for link in LINK.findall(last))
    assert [link for link in links if not (path.parent / link).is_file()] == []


@each_notebook
def test_no_number_is_typed_by_hand(path):
    """Prose holds no digits: what is counted or measured is shown by the cell that computes it."""
    for cell in cells(path, "markdown"):
        assert not re.search(r"\d", NOT_PROSE.sub("", cell["source"])), cell["source"]


@each_notebook
def test_code_fits_a_page_and_parses(path):
    """No line is wider than the code of the package, and top-level await is the only thing a script could not do."""
    for cell in cells(path, "code"):
        assert max(map(len, cell["source"].splitlines())) <= 120, cell["source"]
        compile(cell["source"], path.name, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


@each_notebook
def test_notebooks_stay_offline_and_write_to_passing_folders(path):
    """But for the first minute each buys from a sandbox of its own; files go below a temporary folder."""
    code = "\n".join(cell["source"] for cell in cells(path, "code"))
    printed = "\n".join("".join(o.get("text", "")) for cell in cells(path, "code") for o in cell["outputs"])
    embedded = re.search(r"op\.connect\((price_per_briefing=[\d.]+)?\)", code)
    assert (embedded is not None) == (path.stem == "01_first_minute")
    assert "tempfile.mkdtemp(" in code
    assert not re.search(r"/(home|Users|root|tmp)/|lnc_live_|api_key=", code + printed)
