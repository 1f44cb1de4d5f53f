"""`Chips`: a text field whose entries become buttons that remove them again; works with the keyboard alone.

ipywidgets' own TagsInput was tried first: it loses its name as soon as it holds a tag, and hides its input then.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import ipywidgets
import traitlets

from openprospect_nb.markup import clean
from openprospect_nb.widgets.parts import close_all, row, text_field


class Chips(ipywidgets.VBox):  # type: ignore[misc]  # ipywidgets ships no types
    """A labelled list of texts: Enter or a comma adds, a click on a chip removes; nothing is listed twice.

    Attributes:
        value: the texts, as typed.
    """

    value = traitlets.Tuple(())

    def __init__(self, label: str, placeholder: str) -> None:
        self.text = text_field(label, placeholder=placeholder)
        self.text.continuous_update = False
        self._buttons = row()
        self._buttons.add_class("op-chips")
        super().__init__([self.text, self._buttons])
        self.text.observe(self._add, "value")
        self.observe(self._draw, "value")
        self._draw()

    def _add(self, change: Any) -> None:
        new = [part.strip() for part in change["new"].split(",")]
        if change["new"]:
            self.value = tuple(dict.fromkeys((*self.value, *(part for part in new if part))))
            self.text.value = ""

    def _remove(self, text: str, _: Any) -> None:
        self.value = tuple(kept for kept in self.value if kept != text)

    def _draw(self, _: Any = None) -> None:
        old = self._buttons.children
        made = []
        for text in self.value:
            chip = ipywidgets.Button(
                description=f"{clean(text, 60)} ✕", tooltip=f"Remove {clean(text, 60)}", layout={"width": "auto"}
            )
            chip.add_class("op-chip")
            chip.on_click(partial(self._remove, text))
            made.append(chip)
        self._buttons.children = made
        self._buttons.layout.display = "" if made else "none"
        for button in old:
            close_all(button)
