"""Run a notebook and export it as one HTML file whose figures, charts and widgets show without a network.

nbconvert alone leaves plotly figures out or needs a CDN for them, and its full page weighs 5 MB and more. So its plain
body is taken, figures are drawn as in a report (the library once, compressed; a still picture where we can draw it),
and a widget is shown by the state it ended in.
"""

from __future__ import annotations

import os
from ast import literal_eval
from collections.abc import Mapping
from pathlib import Path

from openprospect_nb.errors import ConfigurationError
from openprospect_nb.files.saving import save_whole
from openprospect_nb.reports.rendering.page import NotebookPage
from openprospect_nb.reports.rendering.reading import read
from openprospect_nb.reports.rendering.running import Manner, run


def render_notebook(
    notebook: str | os.PathLike[str],
    output: str | os.PathLike[str],
    *,
    parameters: Mapping[str, object] | None = None,
    show_code: bool = True,
    execute: bool = True,
    kernel: str | None = None,
    timeout: float | None = None,
    partial: bool = False,
) -> Path:
    """Run *notebook* in its folder and write it to *output* as one self-contained HTML file; return the path.

    Plotly figures stay live, charts of Altair become pictures, widgets stand as they ended, formulas are drawn where
    latex2mathml is installed. Scripts in outputs do not run.

    Args:
        notebook: an ``.ipynb`` file of any format; it is not changed.
        output: the HTML file, written whole or not at all.
        parameters: names and values set before the first cell that follows the one tagged "parameters" (before the
            first cell where none is). A text is read as a Python literal where it is one: "25" is a number.
        show_code: whether the cells' code is shown.
        execute: False shows the outputs saved in the file, whatever their language, and starts no kernel.
        kernel: the kernel to run it in; None takes the one it names.
        timeout: seconds one cell may take; None sets no limit.
        partial: whether an output that no page can show (a map from the network, a chart drawn by a script) leaves a
            note in its place; otherwise it is an error.

    Raises:
        ConfigurationError: in one line: the notebook cannot be read, its kernel is missing or does not start, a cell
            fails, ends the kernel, takes too long, asks for input or shows what a page cannot (its number and first
            line are named), a parameter cannot be set, or nbclient and nbconvert are not installed.
    """
    path = Path(notebook)
    assignments = _assignments(parameters or {})
    read_one = read(path)
    if assignments:
        language = read_one.metadata.get("kernelspec", {}).get("language", "python")
        if not execute or str(language).lower() != "python":
            raise ConfigurationError(
                "parameters are set by running Python, which this notebook is not." if execute else "nothing is run.",
                next_step="Leave the parameters out.",
            )
    figures = run(read_one, path, Manner(assignments=assignments, kernel=kernel, timeout=timeout)) if execute else {}
    title = path.stem.replace("_", " ")
    page = NotebookPage(read_one, path, figures, partial=partial).html(title=title, show_code=show_code)
    return save_whole(output, "the notebook's page", lambda part: part.write_text(page, encoding="utf-8"))


def _assignments(parameters: Mapping[str, object]) -> str:
    bad = [name for name in parameters if not name.isidentifier()]
    if bad:
        raise ConfigurationError(f"{bad[0]!r} is no name a notebook can use.", next_step="Write name=value.")
    return "\n".join(f"{name} = {_value(value)!r}" for name, value in parameters.items())


def _value(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return literal_eval(value)
    except (ValueError, SyntaxError):
        return value
