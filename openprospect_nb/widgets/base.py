"""`BaseWidget`: what every widget of this package is: traits that hold its state, a view, a still picture of both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

import ipywidgets
import traitlets
from IPython.core.interactiveshell import InteractiveShell
from IPython.display import HTML, display, update_display

from openprospect_nb.markup import render, trusted
from openprospect_nb.widgets.keeping import keep_true
from openprospect_nb.widgets.parts import close_all

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
NO_IPYWIDGETS = "A still picture: ipywidgets are not shown live here. op.widgets.Desk(client) and its steps are."


class BaseWidget(traitlets.HasTraits):
    """The base of the widgets: a model in traits, a `view` that shows it, a picture that outlives the kernel.

    Displayed, it gives two outputs: the live view, and a still picture that the live view hides. The picture is
    replaced whenever the state changes and at the end of each cell (`keeping`), so a saved, exported or reopened
    notebook shows the last state, also one that ran without a page. Once the kernel is gone the picture takes the place
    of the view, whose buttons would do nothing.

    Attributes:
        view: the ipywidgets container; put it wherever a widget can go.
        message: what was done last or went wrong, in a sentence; announced to screen readers.
    """

    message = traitlets.Unicode()

    def __init__(self, hook: str) -> None:
        super().__init__()
        self._token = f"op-{uuid4().hex[:12]}"
        self._shown = False
        self._last_still: dict[str, str] = {}
        self._kept = ""
        self.view = ipywidgets.VBox()
        self.view.add_class("op-widget")
        self.view.add_class(hook)
        self.view.add_class(f"{self._token}-live")

    def picture(self) -> str:
        """Return the state as HTML without scripts, for front ends without a kernel."""
        raise NotImplementedError

    def close(self) -> None:
        """Close the view and everything in it; safe to call twice."""
        self.unobserve_all()
        close_all(self.view)

    def catch_up(self) -> None:
        """Begin to ask for what is known to have changed since it was last asked for; nothing, for most."""

    def is_settled(self) -> bool:
        """Whether nothing the widget asked for is still to come."""
        return True

    def keep(self) -> bool:
        """Show the last picture in the name of the cell that runs; return whether more may follow."""
        last = self._last_still
        if last and last["text/html"] != self._kept:
            self._kept = last["text/html"]
            update_display(last, raw=True, display_id=self._token)  # type: ignore[no-untyped-call]
        return self.view.comm is not None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.message})"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> Mapping[str, Any]:
        del include, exclude
        live = self.view._repr_mimebundle_() if self.view.comm is not None else {}
        return {**live, **self._still()}

    def _ipython_display_(self) -> None:
        if self.view.comm is not None:
            live = self.view._repr_mimebundle_()
            display({WIDGET_VIEW: live[WIDGET_VIEW], "text/plain": repr(self)}, raw=True)  # type: ignore[no-untyped-call]
        still = self._still()
        self._shown, self._last_still, self._kept = True, still, still["text/html"]
        keep_true(self)
        display(still, raw=True, display_id=self._token)  # type: ignore[no-untyped-call]

    def _display_(self) -> object:
        """Return what marimo shows: it asks for this, and knows no ipywidgets, so that a picture says what it is."""
        return HTML(self._framed(note=NO_IPYWIDGETS))  # type: ignore[no-untyped-call]

    def _fill(self, children: Sequence[ipywidgets.Widget]) -> None:
        """Put *children* into the view, below the style that shows either them or the still picture."""
        self.view.children = [ipywidgets.HTML(render("widgets/live.html", token=self._token)), *children]

    def _redraw_picture(self) -> None:
        """Replace the displayed picture if it would look different now; from any thread."""
        if not self._shown or not InteractiveShell.initialized():
            return
        still = self._still()
        if still["text/html"] != self._last_still.get("text/html"):
            self._last_still = still
            update_display(still, raw=True, display_id=self._token)  # type: ignore[no-untyped-call]

    def _still(self) -> dict[str, str]:
        return {"text/html": self._framed(), "text/plain": repr(self)}

    def _framed(self, note: str = "") -> str:
        body, kind = trusted(self.picture()), type(self).__name__
        return render("widgets/still.html", token=self._token, body=body, kind=kind, note=note)
