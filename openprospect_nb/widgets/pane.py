"""`Pane`: HTML of ours in which a pointer can select: a drag across a chart, a press on a button of a table.

This is the one place where plain ipywidgets do not suffice: their HTML tells nothing back. anywidget carries the
fifty lines of script (`pane.js`) to every front end without a build; plotly's own figure widget needs anywidget too,
and five megabytes of script in each notebook. Everything a pointer does here can be done by fields beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import anywidget
import traitlets

_SCRIPT: Final = Path(__file__).with_name("pane.js").read_text(encoding="utf-8")


class Pane(anywidget.AnyWidget):
    """HTML that tells of drags and presses.

    Args:
        on_event: called with what happened: ``{"brush": [left, right, low, high]}``, shares (0-1) of the plot a drag
            covered, or None for a click that clears; or ``{"pick": name}``, the ``data-pick`` of a pressed button.

    Attributes:
        html: what is shown; made by our templates alone.
    """

    _esm = _SCRIPT
    html = traitlets.Unicode().tag(sync=True)

    def __init__(self, on_event: Callable[[Mapping[str, Any]], None]) -> None:
        super().__init__()
        self.on_msg(lambda _, content, __: on_event(content))
