"""The explorer's company desk: one company in full, persons hidden until asked for, and what is decided about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import ipywidgets

from openprospect_nb.frames.decisions import ACCEPTED, REJECTED
from openprospect_nb.markup import render
from openprospect_nb.widgets.explorer_detail import detail_of
from openprospect_nb.widgets.explorer_model import Exploration
from openprospect_nb.widgets.parts import LiveLine, button, row, text_field

_HINT: Final = "Press a company's name in the table to see it in full, with the reasons of its score."


class Desk:
    """Details of the chosen company, a tick that reveals its persons, decision and note; ``box`` is the view."""

    def __init__(self, model: Exploration, guarded: Callable[[Callable[[], None]], None]) -> None:
        self._model, self._guarded, self._quiet = model, guarded, False
        self._shown: int | None = None
        self._known = ""
        self._line, self._detail = LiveLine(), ipywidgets.HTML()
        self._line.add_class("op-company-line")
        self._line.say(_HINT)
        self._controls = ipywidgets.VBox(self._rows())
        self.box = ipywidgets.VBox([self._line, self._detail, self._controls])
        self.box.add_class("op-company")
        self.show()

    def _rows(self) -> list[ipywidgets.Widget]:
        """Make the controls of the chosen company."""
        shown = "Show names and addresses (a saved notebook keeps what is shown)"
        self.reveal = ipywidgets.Checkbox(description=shown, indent=False, layout={"width": "auto"})
        self.reveal.observe(lambda _: self._guarded(self._draw), "value")
        self.accept = self._button("Accept", "op-accept", ACCEPTED, "success")
        self.reject = self._button("Reject", "op-reject", REJECTED, "danger")
        self.undecide = self._button("Undecided", "op-undecide", None, "")
        self.note = text_field("Note", rows=2, placeholder="on this company; kept on this machine alone")
        self.note.style.description_width = "initial"
        self.note.continuous_update = False
        keep = button("Keep note", "op-keep-note", lambda: self._guarded(self._keep))
        return [self.reveal, row(self.accept, self.reject, self.undecide), self.note, row(keep)]

    def show(self) -> None:
        """Show the chosen company; a newly chosen one starts with its persons hidden."""
        number = self._model.chosen
        self._controls.layout.display = "none" if number is None else ""
        if number is None:
            return
        if number != self._shown:
            self._shown, self._quiet = number, True
            self.reveal.value, self._quiet = False, False
            self.note.value = self._known = ""
        decision, note = self._kept()
        if self.note.value == self._known or self.note.value.strip() == (note or ""):
            self.note.value = self._known = note or ""
        for control, name, words in (
            (self.accept, ACCEPTED, "Accept"), (self.reject, REJECTED, "Reject"), (self.undecide, None, "Undecided"),
        ):  # fmt: skip
            control.description = f"✓ {words}ed" if name and decision == name else words
            control.disabled = not self._model.decisions.can_keep or (name is None and decision is None)
        self.note.disabled = not self._model.decisions.can_keep
        self._draw()

    def _button(self, words: str, hook: str, decision: str | None, style: str) -> ipywidgets.Button:
        return button(
            words, hook, lambda: self._guarded(lambda: self._model.decide(decision, self._edited())), style=style
        )

    def _keep(self) -> None:
        self._model.decide(self._kept()[0], self.note.value)

    def _edited(self) -> str | None:
        """Return the note if it was edited here; one that was not may have been forgotten meanwhile, and stays so."""
        return None if self.note.value == self._known else self.note.value

    def _kept(self) -> tuple[str | None, str | None]:
        if self._shown is None:
            return None, ""
        kept = self._model.row(self._shown)
        return kept["decision"][0], kept["note"][0]

    def _draw(self, _: Any = None) -> None:
        if not self._quiet and self._shown is not None:
            detail = detail_of(self._model, self._shown, reveal=self.reveal.value)
            self._line.say(f"{detail.name}. {detail.place}")
            self._detail.value = render("widgets/explorer_detail.html", detail=detail)
