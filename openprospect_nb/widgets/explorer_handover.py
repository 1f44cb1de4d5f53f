"""The explorer's export: which form, which file, and in plain words whether persons are in it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Final

import ipywidgets

from openprospect_nb.errors import OpenProspectError
from openprospect_nb.reports import Exported
from openprospect_nb.reports.targets import Target
from openprospect_nb.widgets.explorer_exports import FORMATS, export_companies, export_people, without_rejected
from openprospect_nb.widgets.explorer_forecast import Beside
from openprospect_nb.widgets.explorer_model import Exploration
from openprospect_nb.widgets.parts import LABEL, LiveLine, button, choice, row

MASKED: Final = "companies"
REAL: Final = "people"
_CONTENTS: Final = (
    ("Companies, no persons: safe to pass on", MASKED),
    ("Prospects with real names and addresses: what a CRM needs", REAL),
)
_SUFFIXES: Final = {"xlsx": ".xlsx", "parquet": ".parquet"}


class Handover:
    """Fields for an export of the selection and the button that starts it; ``box`` is the view."""

    def __init__(self, model: Exploration, beside: Beside, say: Callable[[str], None]) -> None:
        self._model, self._beside, self._say = model, beside, say
        self.contents = choice("Export", _CONTENTS if model.has_people else _CONTENTS[:1], MASKED)
        self.form = choice("Format", FORMATS, "csv")
        self.path = ipywidgets.Text(value="selection.csv", description="File", style=LABEL, continuous_update=False)
        self.skip = ipywidgets.Checkbox(value=True, description="Leave out rejected companies", indent=False)
        self.form.observe(lambda _: self._rename(), "value")
        self.contents.observe(lambda _: self._warn(), "value")
        for control in (self.contents, self.form, self.path):
            control.style.description_width = "initial"
        self._warning = LiveLine()
        start = button("Export selection", "op-export", self._pressed, style="primary")
        self.box = ipywidgets.VBox(
            [row(self.contents, self.form), row(self.path, self.skip), self._warning, row(start)]
        )
        self._warn()

    def start(self, path: str | Path, target: Target, *, people: bool, skip_rejected: bool) -> Future[Exported]:
        """Start to write the selection as it is now and return the future of what was written."""
        done: Future[Exported] = Future()
        rows = self._model.selection_with_decisions
        kept = without_rejected(rows) if skip_rejected else rows

        def work() -> None:
            try:
                if people:
                    done.set_result(export_people(kept, self._model.people_of(kept), path, target))
                else:
                    done.set_result(export_companies(kept, path, target))
            except Exception as error:  # noqa: BLE001 - whoever holds the future gets it; the view says it in words
                done.set_exception(error)

        if self._beside.do(work) is None:
            done.cancel()
        return done

    def _pressed(self) -> None:
        target, path = self.form.value, Path(self.path.value.strip() or "selection.csv").expanduser()
        self._say("Writing …")
        people = self.contents.value == REAL
        self.start(path, target, people=people, skip_rejected=self.skip.value).add_done_callback(self._tell)

    def _tell(self, done: Future[Exported]) -> None:
        if done.cancelled():
            return
        error = done.exception()
        if error is not None:
            self._say(str(error) if isinstance(error, OpenProspectError) else f"{type(error).__name__}: {error}")
            return
        made = done.result()
        left = "".join(f" Left out: {count:,} {reason}." for reason, count in made.left_out.items())
        self._say(f"Exported {made.rows:,} rows to {made.path}.{left} {' '.join(made.notes)}".strip())

    def _rename(self) -> None:
        path = Path(self.path.value)
        if path.stem == "selection":
            self.path.value = str(path.with_suffix(_SUFFIXES.get(self.form.value, ".csv")))

    def _warn(self) -> None:
        real = "The file will hold real names and addresses, readable: keep it as you would keep the persons' data."
        masked = "No names, addresses or free texts leave; formulas are made harmless."
        words, kind = (real, "alert") if self.contents.value == REAL else (masked, "status")
        self._warning.say(words, kind=kind)
