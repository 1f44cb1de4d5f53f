"""Run notebooks and keep what the repository keeps: ``python tests/notebooks/refresh.py [NOTEBOOK ...]``.

Run by hand after a notebook changed. Every notebook runs top to bottom in a kernel with a home of its own and no key.
Outputs stay as stills that a code host can show: printed text (nbval compares that of cells marked
``# NBVAL_CHECK_OUTPUT``), frames and widgets as HTML, charts as SVG. What needs a kernel or a script is dropped.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
import time
from pathlib import Path

import nbformat
import plotly.io
from nbclient import NotebookClient

import openprospect_nb as op

FOLDER = Path(__file__).parents[2] / "notebooks"
CHECKED = "# NBVAL_CHECK_OUTPUT"
PLOTLY = "application/vnd.plotly.v1+json"
# A report shown in its frame is longer; it is a file of its own.
LONGEST = 50_000
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def refresh(path: Path) -> None:
    """Run the notebook at *path* and write it back with its outputs as stills."""
    notebook = nbformat.read(path, as_version=4)
    folder = {"metadata": {"path": str(path.parent)}}
    NotebookClient(notebook, timeout=120, resources=folder, store_widget_state=False).execute()
    keep_stills(notebook)
    nbformat.write(notebook, path)


def keep_stills(notebook: nbformat.NotebookNode) -> None:
    """Turn the outputs of an executed notebook into stills, and drop what differs from run to run."""
    notebook.metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    for number, cell in enumerate(notebook.cells, start=1):
        cell.id, cell.metadata = f"step-{number:02}", {"tags": cell.metadata.get("tags", [])} if cell.metadata else {}
        if cell.cell_type == "code":
            cell.metadata.pop("execution", None)
            cell.outputs = _checked(cell) if CHECKED in cell.source else [*filter(None, map(still, cell.outputs))]
    nbformat.validate(notebook)


def still(output: nbformat.NotebookNode) -> nbformat.NotebookNode | None:
    """Return an output without what needs a kernel, a script or this machine; None if nothing is left to see."""
    if output.output_type == "stream":
        return nbformat.v4.new_output("stream", name=output.name, text=_placeless(output.text))
    if output.output_type == "error":
        sys.exit(f"a cell failed: {output.ename}: {output.evalue}")
    data = {kind: text for kind, text in output.data.items() if kind in {"text/plain", "text/html", "image/png"}}
    if PLOTLY in output.data:
        figure = plotly.io.from_json(json.dumps(output.data[PLOTLY]), skip_invalid=True)
        data = {"image/svg+xml": op.charts.svg(figure), "text/plain": "a chart"}
    if len(data.get("text/html", "")) > LONGEST:
        del data["text/html"]
    # A widget sends its live view, which needs a kernel, and then its still picture.
    if not data or any(kind.endswith("widget-view+json") for kind in output.data):
        return None
    count = {"execution_count": output.execution_count} if output.output_type == "execute_result" else {}
    return nbformat.v4.new_output(output.output_type, {k: _placeless(text) for k, text in data.items()}, **count)


def _placeless(text: str) -> str:
    """Return *text* with files of the temporary folder by their last names alone."""
    return re.sub(rf"{re.escape(tempfile.gettempdir())}/", "", text)


def _checked(cell: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    wrong = [output.output_type for output in cell.outputs if output.output_type != "stream" or output.name != "stdout"]
    if wrong or not cell.outputs:
        sys.exit(f"a checked cell must print, and nothing else; this one gave {wrong or 'nothing'}:\n{cell.source}")
    # A kernel may send what is printed in pieces, and in other pieces the next time.
    printed = "".join(output.text for output in cell.outputs)
    return [nbformat.v4.new_output("stream", name="stdout", text=printed)]


def main(names: list[str]) -> None:
    """Refresh the named notebooks, or all, and print how long each took."""
    with tempfile.TemporaryDirectory(prefix="openprospect-notebooks-") as home:
        os.environ["OPENPROSPECT_HOME"] = home
        for name in ("OPENPROSPECT_API_KEY", "OPENPROSPECT_BASE_URL"):
            os.environ.pop(name, None)
        for path in [Path(name) for name in names] or sorted(FOLDER.glob("*.ipynb")):
            start = time.monotonic()
            refresh(path)
            print(f"{path.name}: {time.monotonic() - start:.1f} s")


if __name__ == "__main__":
    main(sys.argv[1:])
