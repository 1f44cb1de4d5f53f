"""Run a notebook's cells in a kernel of its own, and say of whatever ends that which cell it was."""

from __future__ import annotations

import logging
import os
import re
import signal
import tempfile
import threading
from asyncio import CancelledError
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from openprospect_nb.errors import ConfigurationError
from openprospect_nb.reports.rendering.reading import tools

if TYPE_CHECKING:
    from openprospect_nb.reports.rendering.repairs import RepairedClient

# The figure must be in the output as data; plotly's own choice would put its whole library into the first one.
_SETTINGS: Final = {"PLOTLY_RENDERER": "plotly_mimetype"}
# Megabytes of output need longer than nbclient's four seconds to arrive, and it drops what has not.
_OUTPUT_SECONDS: Final = 120
_FIGURES: Final = "application/vnd.openprospect.figures+json"
# What a loop or thread did to a widget after its cell had ended never reached the notebook; here it is said once more.
# A FigureWidget tells its changes alone, and is asked for the whole.
_LAST_WORDS: Final = f"""
def _last_words():
    import json, sys
    module = sys.modules.get("ipywidgets.widgets.widget")
    if module is None:
        return
    from IPython.display import display
    figures = {{}}
    for name, widget in list(module._instances.items()):
        if hasattr(widget, "_widget_data") and hasattr(widget, "to_json"):
            figures[name] = json.loads(widget.to_json())
        elif widget._model_name != "OutputModel":  # what those caught is known to the front end alone
            widget.send_state([key for key in widget.keys if key not in ("_esm", "_css")])
    display({{"{_FIGURES}": figures}}, raw=True)
_last_words()
del _last_words
"""
_IN_JUPYTER: Final = "Run the notebook in Jupyter to see more."
_STEERING: Final = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a notebook is run.

    Attributes:
        assignments: Python code to run after the cell tagged "parameters", before all where none is; may be empty.
        kernel: the kernel to run it in instead of the one it names.
        timeout: seconds one cell may take; None sets no limit.
    """

    assignments: str = ""
    kernel: str | None = None
    timeout: float | None = None


@dataclass(frozen=True, slots=True)
class _Trouble:
    """What ended a run: the error, the index of the cell that ran (None before the first), the kernel and its words."""

    problem: Exception
    index: int | None
    kernel: str
    said: str


def run(notebook: Any, path: Path, manner: Manner) -> dict[str, Any]:
    """Run all cells of *notebook*, read from *path*, in the path's folder, and keep their outputs in it.

    Return the figures of plotly's FigureWidgets as they are at the end, by the ids of their models.

    Raises:
        ConfigurationError: there is no such kernel, it does not start or dies, or a cell fails, takes too long or asks
            for input; the message is one line and names the cell.
    """
    if not any(cell.cell_type == "code" and cell.source.strip() for cell in notebook.cells):
        return {}
    notebook.metadata.pop("widgets", None)
    place = _insert(notebook, manner.assignments)
    nbformat, _, _ = tools()
    # It may fail, as it does in a kernel of another language.
    last = nbformat.v4.new_code_cell(_LAST_WORDS, metadata={"tags": ["raises-exception"]})
    notebook.cells.append(last)
    trouble = _executed(notebook, path, manner)
    del notebook.cells[-1]
    # Ours is not the author's: what was put in to run it is not part of what it says.
    if place is not None:
        del notebook.cells[place]
    if trouble is not None:
        raise _failure(trouble, _cell(notebook, path, trouble.index, place), path, manner) from trouble.problem
    return next((output.data[_FIGURES] for output in last.outputs if _FIGURES in output.get("data", {})), {})


def name_of(notebook: Any, index: int, path: Path) -> str:
    """Return what a person calls a cell: its place among all cells, its place among code cells, its first line."""
    cell = notebook.cells[index]
    code = sum(other.cell_type == "code" for other in notebook.cells[: index + 1])
    lines = [line.strip() for line in cell.source.splitlines() if line.strip()]
    return f"cell {index + 1} of {path.name} (code cell {code}: {_line(lines[0] if lines else '', 60)})"


def _insert(notebook: Any, assignments: str) -> int | None:
    if not assignments:
        return None
    nbformat, _, _ = tools()
    tagged = (n for n, cell in enumerate(notebook.cells, start=1) if "parameters" in cell.metadata.get("tags", ()))
    place = next(tagged, 0)
    notebook.cells.insert(place, nbformat.v4.new_code_cell(assignments))
    return place


def _client(notebook: Any, path: Path, manner: Manner, at: list[int], log: logging.Logger) -> RepairedClient:
    """Return what will run *notebook* beside *path*; the numbers of the cells it comes to are appended to *at*."""
    from openprospect_nb.reports.rendering.repairs import RepairedClient

    return RepairedClient(
        notebook,
        kernel_name=manner.kernel or "",
        timeout_func=lambda _cell: manner.timeout,  # `timeout` takes whole seconds alone
        iopub_timeout=_OUTPUT_SECONDS,
        raise_on_iopub_timeout=True,
        resources={"metadata": {"path": str(path.resolve().parent)}},
        on_cell_execute=lambda cell_index, **_: at.append(cell_index),
        log=log,
    )


def _executed(notebook: Any, path: Path, manner: Manner) -> _Trouble | None:
    at: list[int] = []
    with tempfile.TemporaryFile() as said, _quiet() as log, _signals_kept():
        client = _client(notebook, path, manner, at, log)
        try:
            client.execute(env=os.environ | _SETTINGS, stderr=said)
        # Asked to end while a kernel starts, nbclient closes the sockets that are waited for: that is a CancelledError.
        except (Exception, CancelledError) as problem:
            if client.was_interrupted:
                raise KeyboardInterrupt from problem
            if not isinstance(problem, Exception):
                raise
            said.seek(0)
            words = said.read().decode(errors="replace")
            return _Trouble(problem, at[-1] if at else None, client.kernel_name or "python3", words)
        finally:
            client.close()
    return None


def _cell(notebook: Any, path: Path, index: int | None, inserted: int | None) -> str | None:
    """Return the name of the cell that ran as number *index*, cells of ours among them; None before the first."""
    if index is None:
        return None
    if index == inserted:
        return f"{path.name}: setting the parameters"
    own = index - (inserted is not None and index > inserted)
    return name_of(notebook, own, path) if own < len(notebook.cells) else f"{path.name}: reading the widgets"


@contextmanager
def _signals_kept() -> Iterator[None]:
    """Give back what the process did on Ctrl-C and on a request to end.

    nbclient leaves Python's own behaviour in the place of whatever was there; where a kernel does not start it leaves
    its own, and a later Ctrl-C is lost on the caller and told to the next notebook.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # signals are not for threads, and nbclient knows
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    signal.set_wakeup_fd(wakeup := signal.set_wakeup_fd(-1))
    try:
        yield
    finally:
        for number, action in before.items():
            signal.signal(number, action)
        signal.set_wakeup_fd(wakeup)


@contextmanager
def _quiet() -> Iterator[logging.Logger]:
    """Give nbclient a log nobody reads, and keep what Jupyter's own logs would say beside our one line."""
    log, theirs = logging.getLogger(__name__), logging.getLogger("traitlets")
    log.propagate = False
    if not log.handlers:
        log.addHandler(logging.NullHandler())
    before, theirs.disabled = theirs.disabled, True
    try:
        yield log
    finally:
        theirs.disabled = before


def _failure(trouble: _Trouble, cell: str | None, path: Path, manner: Manner) -> ConfigurationError:
    _, nbclient, _ = tools()
    problem = trouble.problem
    if cell is None:
        return _unstarted(trouble, path)
    match problem:
        case nbclient.exceptions.CellExecutionError(ename="StdinNotImplementedError"):
            said, step = "asks for input, which nobody can give here", "Set a name, and give its value by --parameters."
        case nbclient.exceptions.CellExecutionError(ename="NoneType"):
            # IPython names no error of a value that cannot be shown; its traceback ends with it.
            last = str(problem).rstrip().rpartition("\n")[2]
            said, step = f"made what cannot be shown: {_line(last, 300)}", _IN_JUPYTER
        case nbclient.exceptions.CellExecutionError():
            # Some messages begin with a blank line.
            words = _line(problem.evalue or "", 300)
            said, step = f"failed: {problem.ename}" + (f": {words}" if words else ""), _IN_JUPYTER
        case nbclient.exceptions.DeadKernelError():
            said, step = "ended the kernel it ran in", _IN_JUPYTER
        case nbclient.exceptions.CellTimeoutError():
            said, step = f"took longer than {manner.timeout or _OUTPUT_SECONDS:g} s", "Give more with --timeout."
        case _:
            said, step = f"failed: {type(problem).__name__}: {_line(str(problem), 300)}", _IN_JUPYTER
    return ConfigurationError(f"{cell} {said.rstrip('.')}.", next_step=step)


def _unstarted(trouble: _Trouble, path: Path) -> ConfigurationError:
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    wanted = f"the kernel {_line(trouble.kernel, 60)!r} of {path.name}"
    there = ", ".join(sorted(KernelSpecManager().find_kernel_specs())) or "none"
    step = f"Install it, choose one by --kernel (there are: {there}), or show the saved outputs by --no-run."
    if isinstance(trouble.problem, NoSuchKernel):
        return ConfigurationError(f"{wanted} is not installed here.", next_step=step)
    words = [line for line in trouble.said.splitlines() if line.strip() and " WARNING " not in line]
    why = _line(words[-1] if words else f"{type(trouble.problem).__name__}: {trouble.problem}", 300)
    return ConfigurationError(f"{wanted} did not start: {why.rstrip('.')}.", next_step=step)


def _line(text: str, limit: int) -> str:
    """Return the first line of *text* that says something, without colours, cut to *limit* letters."""
    lines = (line.strip() for line in _STEERING.sub("", text).splitlines())
    first = next((line for line in lines if line), "")
    return first if len(first) <= limit else f"{first[: limit - 1]}…"
