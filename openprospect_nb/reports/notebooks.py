"""Run a notebook and export it as one HTML file whose plotly figures and still pictures show without a network.

nbconvert alone leaves plotly figures out or needs a CDN for them, and its full page weighs 5 MB and more. So its plain
body is taken, figures are drawn as in a report (the library once, compressed; a still picture where we can draw it),
and a widget is shown by the HTML it leaves behind.
"""

from __future__ import annotations

import json
import os
import re
from ast import literal_eval
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

import plotly.graph_objects as go

from openprospect_nb import charts
from openprospect_nb.errors import ConfigurationError
from openprospect_nb.files.saving import save_whole
from openprospect_nb.markup.render import render, trusted
from openprospect_nb.reports.page import csp_hash, packed_plotly, plotly_digest

_PLOTLY: Final = "application/vnd.plotly.v1+json"
_WIDGET: Final = "application/vnd.jupyter.widget-view+json"
_STREAMS: Final = ("stdout", "stderr")
_MARK: Final = re.compile(r"^# NBVAL_\w+\n", re.MULTILINE)
# The figure must be in the output as data; plotly's own choice would put its whole library into the first one.
_BEFORE: Final = 'import os as _os\n_os.environ["PLOTLY_RENDERER"] = "plotly_mimetype"\ndel _os'


def render_notebook(
    notebook: str | os.PathLike[str],
    output: str | os.PathLike[str],
    *,
    parameters: Mapping[str, object] | None = None,
    show_code: bool = True,
) -> Path:
    """Run *notebook* in its folder and write it to *output* as one self-contained HTML file; return the path.

    Args:
        notebook: an ``.ipynb`` file; it is not changed.
        output: the HTML file, written whole or not at all.
        parameters: names and values set before the first cell that follows the one tagged "parameters" (before the
            first cell where none is). A text is read as a Python literal where it is one: "25" is a number.
        show_code: whether the cells' code is shown.

    Raises:
        ConfigurationError: the notebook cannot be read, a cell fails (its number and error are named), a parameter's
            name is no Python name, or nbclient and nbconvert are not installed.
    """
    ran = _executed(Path(notebook), _assignments(parameters or {}))
    _tidy(ran)
    figures = dict(_figures(ran))
    page = _page(ran, figures, title=Path(notebook).stem.replace("_", " "), show_code=show_code)
    return save_whole(output, "the notebook's page", lambda part: part.write_text(page, encoding="utf-8"))


def _executed(path: Path, assignments: str) -> Any:
    nbformat, nbclient, _ = _tools()
    try:
        notebook = nbformat.read(path, as_version=4)
    except (OSError, ValueError) as problem:
        raise ConfigurationError(
            f"{path} cannot be read as a notebook ({type(problem).__name__}).", next_step="Give an .ipynb file."
        ) from problem
    place = _after_parameters(notebook)
    notebook.cells.insert(0, nbformat.v4.new_code_cell(_BEFORE))
    notebook.cells.insert(place + 1, nbformat.v4.new_code_cell(assignments))
    folder = {"metadata": {"path": str(path.resolve().parent)}}
    try:
        nbclient.NotebookClient(notebook, timeout=None, resources=folder, store_widget_state=False).execute()
    except nbclient.exceptions.CellExecutionError as problem:
        raise ConfigurationError(
            f"a cell of {path} failed: {problem.ename}: {problem.evalue}.",
            next_step="Run the notebook in Jupyter to see where.",
        ) from problem
    # Ours are not the author's: what was put in to run it is not part of what it says.
    del notebook.cells[place + 1], notebook.cells[0]
    return notebook


def _after_parameters(notebook: Any) -> int:
    tagged = (n for n, cell in enumerate(notebook.cells, start=1) if "parameters" in cell.metadata.get("tags", ()))
    return next(tagged, 0)


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


def _tidy(notebook: Any) -> None:
    """Take out what is for testers and for the running cell alone: nbval's marks, spent progress, a widget's name."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.source = _MARK.sub("", cell.source)
            cell.outputs = list(_lasting(cell.outputs))


def _lasting(outputs: Sequence[Any]) -> Iterator[Any]:
    """Yield the outputs a reader wants: what one stream left standing, in one place, and pictures for widgets."""
    streams = {name: [o.text for o in outputs if o.output_type == "stream" and o.name == name] for name in _STREAMS}
    for output, following in zip_longest(outputs, outputs[1:]):
        if output.output_type == "stream":
            output.text = _standing("".join(streams.pop(output.name, ())))
            if output.text.strip():
                yield output
        elif not (_WIDGET in output.get("data", ()) and _is_picture(following)) and not _is_spent(output):
            yield output


def _standing(text: str) -> str:
    """Return *text* as a terminal shows it in the end: of a line that was rewritten, its last writing."""
    lines = ([part for part in line.split("\r") if part] for line in text.split("\n"))
    return "\n".join(parts[-1].rstrip() if parts else "" for parts in lines)


def _is_spent(output: Any) -> bool:
    """Whether a progress line stood here, which took its words away when it was done."""
    return bool(output.output_type == "display_data" and not output.data)


def _is_picture(output: Any) -> bool:
    return output is not None and "text/html" in output.get("data", ()) and _WIDGET not in output["data"]


def _figures(notebook: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Take each plotly figure out of the outputs, leave its place behind, and yield it under the place's name."""
    count = 0
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            data.pop(_WIDGET, None)
            figure = data.pop(_PLOTLY, None)
            if figure is not None:
                key, count = f"figure{count}", count + 1
                picture = _still(figure)
                data["text/html"] = render("report/figure.html", key=key, picture=picture, alt=_alt(figure))
                yield key, {"data": figure.get("data", []), "layout": _themed(figure.get("layout", {}))}


def _still(figure: Mapping[str, Any]) -> object:
    """Return a still picture of *figure*, or None where it holds marks that `charts.svg` cannot draw."""
    if any(mark.get("type", "scatter") not in {"bar", "scatter"} for mark in figure.get("data", ())):
        return None
    return trusted(
        charts.svg(go.Figure({"data": figure["data"], "layout": figure.get("layout", {})}, skip_invalid=True))
    )


def _alt(figure: Mapping[str, Any]) -> str:
    meta = figure.get("layout", {}).get("meta")
    return str(meta.get("alt", "")) if isinstance(meta, Mapping) else ""


def _themed(layout: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return *layout* without the template, if it is one of ours: the page then chooses between light and dark."""
    ours = (
        [json.loads(charts.template(theme).to_json()) for theme in ("light", "dark")] if layout.get("template") else []
    )
    return {key: value for key, value in layout.items() if key != "template" or value not in ours}


def _page(notebook: Any, figures: Mapping[str, Mapping[str, Any]], *, title: str, show_code: bool) -> str:
    _, _, nbconvert = _tools()
    exporter = nbconvert.HTMLExporter(
        template_name="basic",
        exclude_input=not show_code,
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        exclude_anchor_links=True,
    )
    body, _ = exporter.from_notebook_node(notebook)
    script = render("report/script.js")
    themes = {theme: charts.template(theme).to_plotly_json() for theme in ("light", "dark")}
    return render(
        "report/notebook.html",
        title=title,
        body=trusted(body),
        script=trusted(script),
        library=trusted(packed_plotly()) if figures else None,
        sources=f"'{csp_hash(script.encode())}' '{plotly_digest()}'" if figures else "'none'",
        data={"charts": figures, "templates": themes},
    )


def _tools() -> tuple[Any, Any, Any]:
    """Return nbformat, nbclient and nbconvert, which only this needs.

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
