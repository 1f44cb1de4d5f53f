"""`ResultsExplorer`: look at what was delivered, narrow it, decide on companies, and take the selection away."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import ipywidgets
import polars as pl

from openprospect_nb.analysis import BounceForecast
from openprospect_nb.analysis.bounces.forecast import BOUNCE_LIMIT
from openprospect_nb.errors import OpenProspectError
from openprospect_nb.exports import Exported
from openprospect_nb.exports.targets import Target
from openprospect_nb.frames.decisions import Decisions
from openprospect_nb.frames.results import Results
from openprospect_nb.markup import clean, render
from openprospect_nb.settings import default_home, environment
from openprospect_nb.widgets.base import BaseWidget
from openprospect_nb.widgets.explorer.charts import FacetPanel, HistogramPanel, PlanePanel, range_words, title_of
from openprospect_nb.widgets.explorer.companies import Desk, TablePanel
from openprospect_nb.widgets.explorer.hand_over import Beside, Handover, forecast_of_people
from openprospect_nb.widgets.explorer.model import Exploration, explored, utc_now
from openprospect_nb.widgets.parts import LiveLine, button, row, text_field

SHOWN_CODE: Final = 6_000


class ResultsExplorer(BaseWidget):
    """Linked charts, facets and table over companies; what is selected is a frame, and code that makes the frame.

    Sorting, searching and counting happen in Python; the browser gets one page and some dozens of counts. Persons
    are masked until one asks for those of a company. Decisions and notes are kept in the home folder, in
    ``decisions.sqlite``, where `client.journal.forget` finds them.

    Args:
        results: a `Results`, or a Polars frame of companies with ``id``; missing columns leave out what needs them.
        home: folder of the decisions; by default ``OPENPROSPECT_HOME`` or ``~/.openprospect_nb``, as for a client.
        now: the current time, UTC; tests hand in another.

    Raises:
        ConfigurationError: *results* is no such thing.
        ValidationError: ``id`` is missing, or a column holds another kind of value than the score needs.

    Example:
        >>> explorer = ResultsExplorer(results)  # doctest: +SKIP
        >>> explorer.selection, print(explorer.code)  # doctest: +SKIP
    """

    def __init__(
        self,
        results: Results | pl.DataFrame,
        *,
        home: str | os.PathLike[str] | None = None,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        super().__init__("op-results-explorer")
        ready = explored(results)
        self._problem = self._line = ""
        self.model = Exploration(ready, self._open_decisions(home), now)
        self._beside = Beside(self._told_forecast)
        self._forecast: tuple[str, BounceForecast | None, str] = ("", None, "")
        self._make_view()
        self._observe()
        self._show_selection()

    @property
    def selection(self) -> pl.DataFrame:
        """Companies selected, in order; columns as delivered, of `op.score`, ``prospects``, ``lowest_bounce_risk``."""
        return self.model.selection

    @property
    def prospects(self) -> pl.DataFrame:
        """The prospects of the selected companies, as delivered: names and addresses are in it."""
        return self.model.people

    @property
    def decisions(self) -> pl.DataFrame:
        """One row a decided or noted company of these results; columns as `frames.decisions.DECISIONS`."""
        return self.model.marks

    @property
    def forecast(self) -> BounceForecast | None:
        """The bounce forecast of the selection, worked out here if it is not ready; None where there is no address."""
        key, forecast, _ = self._forecast
        return forecast if key == self.model.code and forecast is not None else forecast_of_people(self.model.people)

    @property
    def code(self) -> str:
        """Python that makes ``selection``, equal to the property, out of ``results``."""
        return self.model.code

    def export(self, path: str | os.PathLike[str], *, target: Target = "csv", people: bool = False) -> Future[Exported]:
        """Start to write the selection and return the future of what was written; rejected companies are left out.

        Args:
            path: the file, replaced if it is there.
            target: as for `op.export`.
            people: False writes companies without persons; True prospects with real names and addresses.
        """
        return self._handover.start(Path(path), target, people=people, skip_rejected=True)

    def close(self) -> None:
        """Stop working, let go of the decisions file and close the view; safe to call twice."""
        self._beside.close()
        self.model.unobserve_all()
        self.model.close()
        super().close()

    def picture(self) -> str:
        """Return numbers, charts, the page in view and the code as HTML without scripts; no persons."""
        charts = "".join(f'<div class="op-panel">{panel.svg}</div>' for panel in (self._histogram, self._plane))
        parts = [self._status.value, self._numbers.value, f'<div class="op-charts">{charts}</div>']
        return "".join([*parts, self._table.still, self._code.value])

    def __repr__(self) -> str:
        """Return the counts in one line."""
        return self._line

    def _open_decisions(self, home: str | os.PathLike[str] | None) -> Decisions | None:
        folder = Path(home or environment().get("home") or default_home()).expanduser()
        try:
            return Decisions(folder)
        except OpenProspectError as error:
            self._problem = f"Decisions cannot be kept: {error}"
            return None

    def _make_view(self) -> None:
        model = self.model
        self._search = text_field("Search", placeholder="words in name, web site, industry, place or description")
        self._search.continuous_update = False
        self._search.style.description_width = "initial"
        self._search.observe(lambda change: self._guarded(lambda: model.search(change["new"])), "value")
        clear = button("Clear all filters", "op-clear", lambda: self._guarded(model.clear))
        self._facets = FacetPanel(model)
        self._histogram, self._plane = HistogramPanel(model, self._guarded), PlanePanel(model, self._guarded)
        self._table, self._desk = TablePanel(model, self._guarded), Desk(model, self._guarded)
        self._handover = Handover(model, self._beside, self._say)
        self._numbers, self._code = ipywidgets.HTML(), ipywidgets.HTML()
        self._status, self._said = LiveLine(), LiveLine()
        title = ipywidgets.HTML('<p class="op-title" role="heading" aria-level="3">Results</p>')
        charts = ipywidgets.Box([self._histogram.box, self._plane.box])
        charts.add_class("op-charts")
        self._fill(
            [title, self._status, row(self._search, clear), self._facets.box, charts, self._numbers, self._table.box,
             self._desk.box, self._handover.box, self._said, self._code]
        )  # fmt: skip

    def _observe(self) -> None:
        shows: Mapping[str, Callable[[Any], None]] = {
            "filters": self._show_selection,
            "marks": self._show_selection,
            "sort": self._show_table,
            "page": self._show_table,
            "page_size": self._show_table,
            "columns": self._show_table,
            "histogram": self._show_charts,
            "plane": self._show_charts,
            "chosen": self._show_chosen,
            "message": lambda change: self._say(change["new"]),
        }
        for name, show in shows.items():
            self.model.observe(show, name)

    def _show_selection(self, _: Any = None) -> None:
        model = self.model
        if self._search.value != model.filters.search:
            self._search.value = model.filters.search
        self._facets.show()
        self._histogram.show()
        self._plane.show()
        self._desk.show()
        self._forecast = (model.code, None, "")
        mask = model.mask
        self._beside.forecast(model.code, lambda: model.people_in(mask))
        self._show_table()

    def _show_table(self, _: Any = None) -> None:
        code = self.code if len(self.code) <= SHOWN_CODE else f"{self.code[:SHOWN_CODE]} …  # whole in explorer.code"
        self._code.value = render("widgets/code.html", blocks=[("This selection in Python", code)])
        self._table.show()
        self._show_numbers()

    def _show_charts(self, _: Any = None) -> None:
        self._histogram.show()
        self._plane.show()
        self._redraw_picture()

    def _show_chosen(self, _: Any = None) -> None:
        self._desk.show()
        self._table.show()

    def _show_numbers(self) -> None:
        model = self.model
        self._counted = {"companies selected": model.count}
        if "prospects" in model.column_names:
            self._counted["prospects"] = int(model.rows["prospects"].filter(model.mask).sum())
        self._decided = model.decided()
        words = f"{model.count:,} of {model.rows.height:,} companies selected."
        self._line = f"{type(self).__name__}({words.rstrip('.')})"
        self._status.say(clean(f"{words} {self._filter_words()}", 600))
        self.message = self._problem or f"{words} {self._filter_words()}"
        self._draw_numbers()

    def _draw_numbers(self) -> None:
        figures = [(name, f"{count:,}") for name, count in self._counted.items()]
        forecast = self._forecast[1]
        if self.model.has_people:
            bounces = f"{forecast.expected:,.1f} ({forecast.low:,} to {forecast.high:,})" if forecast else "…"
            figures += [
                ("addresses of known risk", f"{forecast.n:,}" if forecast else "…"),
                ("bounces expected", bounces),
            ]
            over = f"{forecast.p_over:.0%}" if forecast else "…"
            figures.append((f"chance of more than {forecast.limit if forecast else BOUNCE_LIMIT:.0%} bounces", over))
        figures += [(name, f"{count:,}") for name, count in self._decided.items()]
        self._numbers.value = render("widgets/explorer_numbers.html", numbers=figures, notes=self._notes())
        self._redraw_picture()

    def _notes(self) -> list[str]:
        unknown = self._forecast[1].unknown if self._forecast[1] else 0
        apart = f"{unknown:,} addresses of unknown risk are not in the forecast." if unknown else ""
        return [clean(text, 400) for text in (self._problem, self._forecast[2], apart) if text]

    def _filter_words(self) -> str:
        filters = self.model.filters
        said = [f"search “{filters.search}”"] if filters.search.strip() else []
        said += [
            f"{title_of(name)}: {', '.join(v or 'unknown' for v in values)}" for name, values in filters.facets.items()
        ]
        said += range_words(filters.ranges)
        return f"Filters: {'; '.join(said)}." if said else "No filters."

    def _told_forecast(self, key: str, forecast: BounceForecast | None, why: str) -> None:
        """Show a forecast; on the thread beside, so that nothing of the model is asked that a click may be changing."""
        if key == self._forecast[0]:
            self._forecast = (key, forecast, why)
            self._draw_numbers()

    def _guarded(self, act: Callable[[], None]) -> None:
        """Do what a click asks; whatever goes wrong is shown, never raised into the kernel."""
        try:
            act()
        except OpenProspectError as error:
            self._say(str(error))
        except Exception as error:  # noqa: BLE001 - a kernel must outlive its widgets; the words are shown instead
            self._say(f"{type(error).__name__}: {error}")

    def _say(self, words: str) -> None:
        self.message = words
        self._said.say(clean(words, 600))
