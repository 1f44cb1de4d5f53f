"""Run notebooks and keep what the repository keeps: ``python tests/notebooks/refresh.py [NOTEBOOK ...]``.

Run by hand after a notebook changed. Every notebook runs top to bottom in a kernel with a home of its own and no key;
the text printed by cells marked ``# NBVAL_CHECK_OUTPUT`` is kept (nbval compares it), and all other output is dropped.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient

FOLDER = Path(__file__).parents[2] / "notebooks"
CHECKED = "# NBVAL_CHECK_OUTPUT"
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def refresh(path: Path) -> None:
    """Run the notebook at *path* and write it back with the outputs of its checked cells alone."""
    notebook = nbformat.read(path, as_version=4)
    folder = {"metadata": {"path": str(path.parent)}}
    NotebookClient(notebook, timeout=120, resources=folder, store_widget_state=False).execute()
    notebook.metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    for number, cell in enumerate(notebook.cells, start=1):
        cell.id, cell.metadata = f"step-{number:02}", {"tags": cell.metadata.get("tags", [])} if cell.metadata else {}
        if cell.cell_type == "code":
            _strip(cell)
    nbformat.validate(notebook)
    nbformat.write(notebook, path)


def _strip(cell: nbformat.NotebookNode) -> None:
    if CHECKED not in cell.source:
        cell.outputs, cell.execution_count = [], None
        return
    cell.metadata.pop("execution", None)
    wrong = [output.output_type for output in cell.outputs if output.output_type != "stream" or output.name != "stdout"]
    if wrong or not cell.outputs:
        sys.exit(f"a checked cell must print, and nothing else; this one gave {wrong or 'nothing'}:\n{cell.source}")
    # A kernel may send what is printed in pieces, and in other pieces the next time.
    printed = "".join(output.text for output in cell.outputs)
    cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text=printed)]


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
