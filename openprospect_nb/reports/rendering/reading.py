"""A notebook file as a notebook of the current format, or one line that says why it is none."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

from openprospect_nb.errors import ConfigurationError


def tools() -> tuple[Any, Any, Any]:
    """Return nbformat, nbclient and nbconvert, which only rendering needs.

    Raises:
        ConfigurationError: one is not installed.
    """
    try:
        import nbclient
        import nbconvert
        import nbformat
    except ImportError as problem:
        raise ConfigurationError(
            f"rendering a notebook needs {problem.name}, which is not installed.",
            next_step="pip install nbclient nbconvert ipykernel",
        ) from problem
    return nbformat, nbclient, nbconvert


def read(path: Path) -> Any:
    """Return the notebook at *path* in format 4, whichever format it was written in.

    Raises:
        ConfigurationError: it cannot be opened, or is no notebook; the message says why.
    """
    nbformat, _, _ = tools()
    written = _completed(_parsed(path))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # cells without ids, from before ids were
            return _named(nbformat.convert(nbformat.reader.reads(json.dumps(written)), 4))
    except Exception as problem:
        # nbformat raises whatever it stumbles over: KeyError, AttributeError, errors of its own.
        raise _unread(path, "it is JSON, but no notebook of a format known here") from problem


def _parsed(path: Path) -> dict[str, Any]:
    try:
        written = json.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as problem:
        raise _unread(path, problem.strerror or type(problem).__name__) from problem
    except UnicodeDecodeError as problem:
        raise _unread(path, f"its byte {problem.start:,} is not UTF-8, as a notebook is") from problem
    except (ValueError, RecursionError) as problem:
        place = f", line {problem.lineno:,}" if isinstance(problem, json.JSONDecodeError) else ""
        raise _unread(path, f"it is not JSON, as a notebook is{place}") from problem
    if not isinstance(written, dict):
        raise _unread(path, "it is JSON, but no notebook")
    return written


def _completed(written: dict[str, Any]) -> dict[str, Any]:
    """Return *written* with what other writers leave out and what reads, runs and shows it relies on."""
    written.setdefault("metadata", {})
    cells = written.get("cells")
    for cell in cells if isinstance(cells, list) else ():
        if isinstance(cell, dict):
            more: dict[str, Any] = {"outputs": [], "execution_count": None} if cell.get("cell_type") == "code" else {}
            for name, value in ({"metadata": {}, "source": ""} | more).items():
                cell.setdefault(name, value)
    return written


def _named(notebook: Any) -> Any:
    """Return *notebook* with an id for each cell: older formats have none, and tools that copy cells copy theirs."""
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type not in {"code", "markdown", "raw"}:
            raise ValueError(cell.cell_type)
        cell.id = f"cell-{number}"
    return notebook


def _unread(path: Path, why: str) -> ConfigurationError:
    return ConfigurationError(f"{path} cannot be read as a notebook: {why}.", next_step="Give an .ipynb file.")
