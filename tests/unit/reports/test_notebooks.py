"""A notebook run and exported: what is in the page, and what each failure says."""

from __future__ import annotations

import signal
from contextlib import nullcontext
from pathlib import Path

import nbformat
import pytest

from openprospect_nb.errors import ConfigurationError
from openprospect_nb.reports import render_notebook
from openprospect_nb.reports.rendering.outputs import WIDGET
from openprospect_nb.reports.rendering.page import NotebookPage


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
    with pytest.raises(ConfigurationError, match=r"cell 1 of walk\.ipynb .*failed: ZeroDivisionError"):
        render_notebook(notebook, tmp_path / "walk.html")

    assert not (tmp_path / "walk.html").exists()


@pytest.mark.slow
@pytest.mark.parametrize("kernel", [None, "nowhere"])
def test_ctrl_c_does_afterwards_what_it_did_before(tmp_path: Path, kernel: str | None) -> None:
    """Whoever ran a notebook, or tried a kernel that does not start, finds the process's signals as they were."""

    def mine(*_: object) -> None: ...

    before, told = signal.signal(signal.SIGINT, mine), signal.set_wakeup_fd(-1)
    try:
        with nullcontext() if kernel is None else pytest.raises(ConfigurationError, match="nowhere"):
            render_notebook(written(tmp_path, "1"), tmp_path / "walk.html", kernel=kernel)
        assert signal.getsignal(signal.SIGINT) is mine
        assert signal.set_wakeup_fd(-1) == -1
    finally:
        signal.signal(signal.SIGINT, before)
        signal.set_wakeup_fd(told)


def test_what_is_no_notebook_or_no_name_is_said(tmp_path: Path) -> None:
    """A missing file, another kind of file and an impossible parameter name are refused before anything runs."""
    (tmp_path / "text.ipynb").write_text("hello")
    with pytest.raises(ConfigurationError, match=r"nowhere\.ipynb cannot be read"):
        render_notebook(tmp_path / "nowhere.ipynb", tmp_path / "a.html")
    with pytest.raises(ConfigurationError, match=r"text\.ipynb cannot be read"):
        render_notebook(tmp_path / "text.ipynb", tmp_path / "a.html")
    with pytest.raises(ConfigurationError, match="'a; import os'"):
        render_notebook(tmp_path / "text.ipynb", tmp_path / "a.html", parameters={"a; import os": 1})


def test_spent_progress_and_testers_marks_are_not_part_of_the_page() -> None:
    """Of rewritten lines the last writing stays, blank streams go, a widget gives way to its picture, marks vanish."""
    widget = {WIDGET: {}, "text/plain": "Form()"}
    pieces = [
        nbformat.v4.new_output("stream", name="stderr", text="warned\norder RECEIVED"),
        nbformat.v4.new_output("stream", name="stdout", text="placed\n"),
        nbformat.v4.new_output("stream", name="stderr", text="\rorder COMPLETED\r               \r"),
        nbformat.v4.new_output("display_data", data=widget),
        nbformat.v4.new_output("display_data", data={"text/html": "<p class='op-still'>still</p>"}),
        nbformat.v4.new_output("display_data", data=widget),
    ]
    cell = nbformat.v4.new_code_cell("# NBVAL_CHECK_OUTPUT\nprint('placed')", outputs=pieces)
    quiet = [
        nbformat.v4.new_output("stream", name="stderr", text="\rwaiting\r       \r"),
        nbformat.v4.new_output("display_data", data={}),
    ]
    other = nbformat.v4.new_code_cell("wait()", outputs=quiet)
    notebook = nbformat.v4.new_notebook(cells=[cell, other])
    NotebookPage(notebook, Path("nb.ipynb"), {}, partial=False).html(title="", show_code=True)

    assert other.outputs == []
    assert cell.source == "print('placed')"
    assert [output.get("text") for output in cell.outputs] == ["warned\n", "placed\n", None, None]
    assert [list(output.data) for output in cell.outputs[2:]] == [["text/html"], ["text/plain"]]


def test_pictures_beside_and_inside_come_into_the_page(tmp_path: Path) -> None:
    """A file beside the notebook, an attachment, and the same in HTML are in the page; what is elsewhere is a link."""
    (tmp_path / "dot picture.png").write_bytes(b"png")
    source = """![one](dot%20picture.png) ![two](attachment:a.png) ![gone](attachment:b.png)
![far](https://aue.example/far.png) <img src="dot picture.png" alt="three">
<img src='attachment:a.png' alt="four"> and $x^2$ for `$5`"""
    cell = nbformat.v4.new_markdown_cell(source, attachments={"a.png": {"image/png": "cG5n"}})
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "nb.ipynb")
    page = render_notebook(tmp_path / "nb.ipynb", tmp_path / "nb.html").read_text("utf-8")

    assert page.count('src="data:image/png;base64,cG5n"') == 4
    assert "gone (b.png is not there)" in page
    assert '<a class="elsewhere" href="https://aue.example/far.png">far</a>' in page
    assert "<msup>" in page
    assert "<code>$5</code>" in page
