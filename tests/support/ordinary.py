"""Notebooks of the kinds people have: what their cells are, and what a page of them must hold (`ordinary.txt`)."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from openprospect_nb.reports.rendering.reading import read
from openprospect_nb.reports.rendering.running import Manner, run

LIST = Path(__file__).parents[1] / "notebooks" / "ordinary.txt"
WIDGET = "application/vnd.jupyter.widget-view+json"


@dataclass(frozen=True)
class Ordinary:
    """One notebook.

    Attributes:
        name: its file's stem.
        cells: the source of each code cell.
        holds: texts that have to be in the page.
        figures: how many live figures the page has.
        draws: what a browser must show: how many elements, of which selector.
    """

    name: str
    cells: tuple[str, ...]
    holds: tuple[str, ...]
    figures: int
    draws: tuple[tuple[int, str], ...]


def ordinary() -> tuple[Ordinary, ...]:
    """Return the notebooks of the list, the cell they all begin with as the first."""
    text = LIST.read_text("utf-8")
    pieces = text[text.index("\n## ") :].split("\n# ")
    return tuple(map(_parsed, pieces))


def _parsed(piece: str) -> Ordinary:
    head, *cells = piece.split("\n%%\n")
    name, *facts = head.split("\n")
    told = [
        fact.removeprefix("#").split(" ", 1) for fact in facts if fact.startswith("#") and not fact.startswith("##")
    ]
    draws = tuple((int(said.split(" ", 1)[0]), said.split(" ", 1)[1]) for key, said in told if key == "draws")
    sources = tuple(cell.partition("\n## ")[0] for cell in cells)
    holds = tuple(said for key, said in told if key == "holds")
    return Ordinary(name, sources, holds, sum(int(said) for key, said in told if key == "figures"), draws)


def written(path: Path, *cells: str, **metadata: Any) -> Path:
    """Write a notebook of code cells."""
    made = [nbformat.v4.new_code_cell(source) for source in cells]
    nbformat.write(nbformat.v4.new_notebook(cells=made, metadata=metadata), path)
    return path


def run_all(folder: Path, wanted: Collection[Ordinary]) -> dict[str, Path]:
    """Run those *wanted* in one kernel, and save each with its outputs; return the files by name.

    Figures of FigureWidgets are kept beside them, in figures.json.
    """
    first, *others = ordinary()
    cases = [first, *(case for case in others if case in wanted)]
    whole = written(folder / "all.ipynb", *(cell for case in cases for cell in case.cells))
    notebook = read(whole)
    (folder / "figures.json").write_text(json.dumps(run(notebook, whole, Manner(timeout=90))))
    cells = iter(notebook.cells)
    saved = {}
    for case in cases:
        own = [next(cells) for _ in case.cells]
        views = any(WIDGET in output.get("data", ()) for cell in own for output in cell.outputs)
        metadata = notebook.metadata if views else {}
        saved[case.name] = folder / f"{case.name}.ipynb"
        saved[case.name].write_text(nbformat.writes(nbformat.v4.new_notebook(cells=own, metadata=metadata)))
    del saved[cases[0].name]
    return saved
