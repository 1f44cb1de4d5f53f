"""A notebook run and exported: what is in the page, and what each failure says."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from openprospect_nb.errors import ConfigurationError
from openprospect_nb.reports import render_notebook


def written(folder: Path, *cells: str, first_tag: str = "parameters") -> Path:
    """Write a notebook of code cells, the first one tagged."""
    made = [nbformat.v4.new_code_cell(source) for source in cells]
    made[0].metadata["tags"] = [first_tag]
    path = folder / "walk.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=made), path)
    return path


@pytest.mark.slow
def test_parameters_replace_the_defaults(tmp_path: Path) -> None:
    """A parameter is set after the tagged cell, as a number where its text is one; code is left out on request."""
    notebook = written(tmp_path, "count = 1", "print('twice', count * 2)")
    before = notebook.read_bytes()
    page = render_notebook(notebook, tmp_path / "walk.html", parameters={"count": "21"}, show_code=False).read_text(
        "utf-8"
    )

    assert "twice 42" in page
    assert "print(" not in page
    assert "<script" not in page
    assert notebook.read_bytes() == before


@pytest.mark.slow
def test_a_failing_cell_is_named_and_leaves_no_page(tmp_path: Path) -> None:
    """The error says what failed; no half page is left behind."""
    notebook = written(tmp_path, "1 / 0")
    with pytest.raises(ConfigurationError, match=r"walk\.ipynb failed: ZeroDivisionError"):
        render_notebook(notebook, tmp_path / "walk.html")

    assert not (tmp_path / "walk.html").exists()


def test_what_is_no_notebook_or_no_name_is_said(tmp_path: Path) -> None:
    """A missing file, another kind of file and an impossible parameter name are refused before anything runs."""
    (tmp_path / "text.ipynb").write_text("hello")
    with pytest.raises(ConfigurationError, match=r"nowhere\.ipynb cannot be read"):
        render_notebook(tmp_path / "nowhere.ipynb", tmp_path / "a.html")
    with pytest.raises(ConfigurationError, match=r"text\.ipynb cannot be read"):
        render_notebook(tmp_path / "text.ipynb", tmp_path / "a.html")
    with pytest.raises(ConfigurationError, match="'a; import os'"):
        render_notebook(tmp_path / "text.ipynb", tmp_path / "a.html", parameters={"a; import os": 1})
