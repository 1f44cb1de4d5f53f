"""A notebook with its outputs as one page: every output in a form that shows without a network, or refused by name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import zip_longest
from pathlib import Path
from threading import get_ident
from typing import Any, Final
from urllib.parse import unquote

from openprospect_nb.errors import ConfigurationError
from openprospect_nb.markup.render import render, trusted
from openprospect_nb.reports.page import csp_hash, packed_plotly, plotly_digest, themes
from openprospect_nb.reports.rendering.controls import STATE, Controls
from openprospect_nb.reports.rendering.elsewhere import held
from openprospect_nb.reports.rendering.figures import Figures
from openprospect_nb.reports.rendering.formulas import markdown
from openprospect_nb.reports.rendering.outputs import WIDGET, Outputs
from openprospect_nb.reports.rendering.reading import tools
from openprospect_nb.reports.rendering.refusals import Unshown
from openprospect_nb.reports.rendering.running import name_of

_STREAMS: Final = ("stdout", "stderr")
_MARK: Final = re.compile(r"^# NBVAL_\w+\n", re.MULTILINE)
_ATTACHED: Final = re.compile(r"attachment:([^\s)\"'>]+)")


class NotebookPage:
    """One page in the making.

    Args:
        notebook: with its outputs; it is changed.
        path: the file it was read from.
        figures: model id → the figure of a plotly FigureWidget at the end of the run.
        partial: whether an output that cannot be shown leaves a note, instead of no page at all.
    """

    def __init__(self, notebook: Any, path: Path, figures: Mapping[str, Any], *, partial: bool) -> None:
        self._notebook = notebook
        self._path = path
        self._partial = partial
        self._figures = Figures()
        state = notebook.metadata.get("widgets", {}).get(STATE, {}).get("state", {})
        controls = Controls(state, figures, self._caught, self._figures.place)
        self._outputs = Outputs(self._figures, controls.html)

    @property
    def figures(self) -> Mapping[str, Any]:
        """The live figures of the page as it was made, each under the name of its place."""
        return self._figures.live

    def html(self, *, title: str, show_code: bool) -> str:
        """Return the page.

        Raises:
            ConfigurationError: an output cannot be shown, and notes in the place of such are not wanted.
        """
        for index, cell in enumerate(self._notebook.cells):
            if cell.cell_type == "code":
                cell.source = _MARK.sub("", cell.source)
                cell.outputs = [self._shown(output, index) for output in lasting(cell.outputs)]
            else:
                _attach(cell)
        script, figures = render("report/script.js"), self._figures.live
        return render(
            "report/notebook.html",
            title=title,
            body=trusted(held(self._body(show_code=show_code), self._path.parent)),
            script=trusted(script),
            library=trusted(packed_plotly()) if figures else None,
            sources=f"'{csp_hash(script.encode())}' '{plotly_digest()}'" if figures else "'none'",
            data={"charts": figures, "templates": themes()},
        )

    def _shown(self, output: Any, index: int) -> Any:
        if output.output_type not in {"display_data", "execute_result"}:
            return output
        try:
            output.data = self._outputs.form(output.get("data", {}), output.get("metadata", {}))
        except Unshown as problem:
            if not self._partial:
                raise ConfigurationError(
                    f"{name_of(self._notebook, index, self._path)} shows what a page cannot: {problem.reason}.",
                    next_step=f"{problem.remedy} Or have a note in its place with --partial.",
                ) from problem
            output.data = {"text/html": render("report/note.html", text=f"Not shown: {problem.reason}.")}
        output.metadata = type(self._notebook)()
        return output

    def _caught(self, outputs: Sequence[Any]) -> str:
        nodes = [_node(self._notebook, output) for output in outputs]
        return render("report/caught.html", parts=[self._part(output) for output in lasting(nodes)])

    def _part(self, output: Any) -> dict[str, object]:
        _, _, nbconvert = tools()
        if output.output_type in {"stream", "error"}:
            text = output.text if output.output_type == "stream" else "\n".join(output.get("traceback", ()))
            kind = output.get("name", "error")
            return {"kind": kind, "text": trusted(nbconvert.filters.ansi2html(text))}
        form = self._outputs.form(output.get("data", {}), output.get("metadata", {}))
        if "text/plain" in form:
            return {"kind": "text", "text": trusted(nbconvert.filters.ansi2html(form["text/plain"]))}
        html = markdown({}, form["text/markdown"]) if "text/markdown" in form else form["text/html"]
        return {"kind": "html", "text": trusted(html)}

    def _body(self, *, show_code: bool) -> str:
        # The state of widgets is drawn already; nbconvert would add it as data nobody reads.
        self._notebook.metadata.pop("widgets", None)
        body, _ = _exporter(show_code, get_ident()).from_notebook_node(self._notebook)
        return str(body)


@lru_cache(maxsize=8)
def _exporter(show_code: bool, _thread: int) -> Any:
    """Return a thread's one exporter: with its first page it compiles its templates, which takes longer than a page."""
    _, _, nbconvert = tools()
    exporter = nbconvert.HTMLExporter(
        template_name="basic",
        exclude_input=not show_code,
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        exclude_anchor_links=True,
    )
    exporter.register_filter("markdown2html", markdown)
    return exporter


def lasting(outputs: Sequence[Any]) -> Iterator[Any]:
    """Yield the outputs a reader wants: what one stream left standing, in one place, and pictures for widgets."""
    streams = {name: [o.text for o in outputs if o.output_type == "stream" and o.name == name] for name in _STREAMS}
    for output, following in zip_longest(outputs, outputs[1:]):
        if output.output_type == "stream":
            # Of a line that was rewritten a terminal shows the last writing.
            text = "".join(streams.pop(output.name, ()))
            lines = ([part for part in line.split("\r") if part] for line in text.split("\n"))
            output.text = "\n".join(parts[-1].rstrip() if parts else "" for parts in lines)
            if output.text.strip():
                yield output
            continue
        # A progress line takes its words away when it is done.
        is_spent = output.output_type == "display_data" and not output.data
        if not is_spent and not (WIDGET in output.get("data", ()) and _is_picture(following)):
            yield output


def _is_picture(output: Any) -> bool:
    """Whether *output* is the still picture one of our widgets leaves beside its live view."""
    html = output.get("data", {}).get("text/html", "") if output is not None else ""
    return "op-still" in html and WIDGET not in output["data"]


def _node(notebook: Any, output: Any) -> Any:
    if not isinstance(output, Mapping):
        return output
    return type(notebook)({name: _node(notebook, part) for name, part in output.items()})


def _attach(cell: Any) -> None:
    """Let a picture that was to be in the cell, and is not, be said to be missing, instead of ending the export."""
    attached = cell.setdefault("attachments", {})
    names = _ATTACHED.findall(cell.source)
    attached.update({name: attached[unquote(name)] for name in names if unquote(name) in attached})
    for name in names:
        if name not in attached:
            cell.source = cell.source.replace(f"attachment:{name}", name)
        elif attached[name]:
            # nbconvert knows pictures of Markdown alone, not those of HTML in it.
            kind, packed = next(iter(attached[name].items()))
            address = re.compile(rf"(src=[\"'])attachment:{re.escape(name)}(?=[\"'])")
            cell.source = address.sub(rf"\g<1>data:{kind};base64,{packed}", cell.source)
