"""`DeskFrame`: steps over one journey in one view: tabs, the step in view, a foot, and a still picture of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from openprospect_nb.markup import clean, render
from openprospect_nb.widgets.base import BaseWidget
from openprospect_nb.widgets.desk.pane import WHOLE, DeskPane, Intent, style
from openprospect_nb.widgets.desk.pause import Pause
from openprospect_nb.widgets.desk.profile import ProfileStep
from openprospect_nb.widgets.desk.results_journey import PROFILE, ResultsJourney
from openprospect_nb.widgets.desk.step import DeskStep, FootButton, drawn
from openprospect_nb.widgets.kernel import error_words

_FOLLOWED: Final = frozenset({"accept", "reject", "next", "previous"})
_SAID: Final = 400


class DeskFrame(BaseWidget):
    """What the desk and each of its steps alone are: a frame that shows the step the journey is at.

    A frame that begins with one step shows no tabs; steps that are turned to are added to it.

    Args:
        hook: the class of the view.
        steps: all that can be shown, in order.
        seen: the names of those whose tabs are there from the start.

    Attributes:
        journey: what is shown, and what can be done.
        owns_journey: whether the journey ends with the frame.
        pane: the view's one part.
    """

    journey: ResultsJourney
    owns_journey = True

    def __init__(self, hook: str, steps: Sequence[DeskStep], seen: Sequence[str]) -> None:
        super().__init__(hook)
        self._quiet = False
        self._lock = self.journey.lock
        self._steps = {step.name: step for step in steps}
        self._seen = set(seen)
        self.pane = DeskPane(self._wanted)
        self._picture = Pause(self._redraw_picture)  # as heavy as the view, and whoever presses keys looks at the view
        self.view.add_class("op-desk-widget")
        self._fill([self.pane])
        self._leave = self.journey.on_change(self._changed)
        self.journey.observe(self._give, "given")

    @property
    def step(self) -> str:
        """The step in view: "profile", "orders", "results", "sending" or "handing"."""
        step = str(self.journey.step)
        return step if step in self._steps else next(iter(self._steps))

    def close(self) -> None:
        """Stop everything and close the view; orders go on at the vendor. Safe to call twice."""
        self._leave()
        self._picture.now()
        self._picture.close()
        if self.owns_journey:
            self.journey.close()
        super().close()

    def catch_up(self) -> None:
        """Poll now if this machine knows of an order what the last poll had not seen."""
        self.journey.catch_up()

    def is_settled(self) -> bool:
        """Whether nothing asked for is still to come."""
        return self.journey.is_settled

    def picture(self) -> str:
        """Return the step in view as HTML without scripts; no persons but those shown on demand."""
        with self._lock:
            step = self._steps[self.step]
            parts = {"steps": self._tabs(live=False), "body": step.still(), "foot": self._foot(step, live=False)}
            return f"<style>{style()}</style>{drawn('frame.html', live=False, step=step.name, **parts)}"

    def keep(self) -> bool:
        """Show the last picture in the name of the cell that runs; return whether more may follow."""
        self._picture.now()
        return super().keep()

    def _changed(self, _: Any = None) -> None:
        if self._quiet or self.journey.is_filling:
            return
        try:
            self._show()
        except Exception as error:  # noqa: BLE001 - who changed the state, such as a poll, must not end of our drawing
            words = clean(error_words(error), _SAID)
            foot = drawn("foot.html", live=True, words=words, alert=True, buttons=[])
            self.pane.show({"foot": foot}, step=self.step, label=self.pane.label)

    def _display_(self) -> object:
        """Return what marimo shows, live: the one anywidget of the frame."""
        return self.pane

    def _give(self, change: Any) -> None:
        if change["new"] is not None:
            self.pane.give(change["new"])
            self.journey.given = None

    def _wanted(self, intent: Intent, buffers: Sequence[memoryview]) -> None:
        """Do what a person wants; whatever goes wrong is shown, never raised into the kernel."""
        act = str(intent.get("act", ""))
        if act == "hello":
            self.pane.show_again(self.step)
            return
        given = {"name": None, "value": None, **intent} | ({"content": buffers[0]} if buffers else {})
        with self._lock:
            self._quiet = True
            try:
                if act == "step":
                    self.journey.go(str(given["value"]))
                else:
                    done = self._steps[self.step].acts.get(act)
                    if done is not None:
                        done(given)
            except Exception as error:  # noqa: BLE001 - a kernel must outlive its widgets; the words are shown instead
                self.journey.complain(error_words(error))
            finally:
                self._quiet = False
            profile = self._steps.get(PROFILE)
            focus = profile.focus if act in {"review", "pilot"} and isinstance(profile, ProfileStep) else ""
            self._show(follow=act in _FOLLOWED, focus=focus)

    def _show(self, *, follow: bool = False, focus: str = "") -> None:
        with self._lock:
            step = self._steps[self.step]
            self._seen.add(step.name)
            said = clean(self.journey.said.words, _SAID)
            regions = {"steps": self._tabs(live=True), "body": step.body(), **step.draw(live=True)}
            regions |= {"foot": self._foot(step, live=True), "said": render("widgets/line.html", text=said)}
            texts = {name: str(html) for name, html in regions.items()}
            label = step.title if len(self._seen) == 1 else WHOLE
            self.pane.show(texts, step=step.name, label=label, follow=follow, focus=focus)
            self.message = said
            if self._shown:
                self._picture.ask()

    def _tabs(self, *, live: bool) -> str:
        tabs = [
            {"name": step.name, "title": step.title, "note": step.note, "current": step.name == self.step}
            for step in self._steps.values()
            if step.name in self._seen
        ]
        where, note = self.journey.where
        return drawn("steps.html", live=live, steps=tabs, where=where, note=clean(self.journey.name, 44) or note)

    def _foot(self, step: DeskStep, *, live: bool) -> str:
        words, buttons = step.foot()
        said = clean(self.journey.said.words, _SAID)
        shown: list[FootButton] = [b for b in buttons if b.act != "step" or b.value in self._steps]
        words = f"{said} · {words}" if said and words and said != words else said or words
        return drawn("foot.html", live=live, words=words, alert=self.journey.said.is_wrong, buttons=shown)
