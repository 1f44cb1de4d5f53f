"""Pieces of views made of ipywidgets: labelled fields, buttons with their class hooks, a line that is announced."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import ipywidgets

from openprospect_nb.markup import render

LABEL = {"description_width": "10.5em"}


def button(text: str, hook: str, act: Callable[[], None], *, style: str = "") -> ipywidgets.Button:
    """Return a button that calls *act*; *style* is an ipywidgets button style."""
    made = ipywidgets.Button(
        description=text, button_style=style, tooltip=text, layout={"width": "auto", "min_width": "7em"}
    )
    made.add_class(hook)
    made.on_click(lambda _: act())
    return made


def row(*children: ipywidgets.Widget) -> ipywidgets.Box:
    """Return widgets beside each other, wrapping where the page is narrow."""
    return ipywidgets.Box(children, layout={"flex_flow": "row wrap", "align_items": "center", "grid_gap": "8px"})


def text_field(label: str, *, rows: int = 1, placeholder: str = "") -> ipywidgets.Text | ipywidgets.Textarea:
    """Return a labelled text field of one or several rows that tells every keystroke."""
    kind = ipywidgets.Text if rows == 1 else ipywidgets.Textarea
    made = kind(
        description=label,
        placeholder=placeholder,
        style=LABEL,
        continuous_update=True,
        layout={"width": "min(100%, 46em)"},
    )
    if rows > 1:
        made.rows = rows
    return made


def choice(label: str, options: Sequence[object], value: object) -> ipywidgets.Dropdown:
    """Return a labelled choice of one."""
    return ipywidgets.Dropdown(
        description=label, options=options, value=value, style=LABEL, layout={"width": "max-content"}
    )


def live_text(text: str) -> str:
    """Return *text*, escaped, as a region that screen readers announce politely."""
    return render("widgets/region.html", text=text)


class LiveLine(ipywidgets.HTML):  # type: ignore[misc]  # ipywidgets ships no types
    """A line that screen readers announce when its words change, and at no other time.

    An ipywidgets view writes its markup anew with each value, so a live region that held times, counters or tables
    would be read out with every poll. Here it holds one sentence, and an equal sentence is not sent at all.
    """

    def say(self, text: str) -> None:
        """Show *text*, and have it announced politely."""
        self.value = live_text(text) if text else ""


def close_all(widget: ipywidgets.Widget) -> None:
    """Close a widget and all it is made of; a layout or style left open would keep its comm for ever."""
    for part in set(_parts(widget)):
        part.close()


def _parts(widget: ipywidgets.Widget) -> Iterator[ipywidgets.Widget]:
    yield widget
    for name in ("layout", "style"):
        part = getattr(widget, name, None)
        if isinstance(part, ipywidgets.Widget):
            yield part
    for child in getattr(widget, "children", ()):
        yield from _parts(child)
