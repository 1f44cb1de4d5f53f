"""`ResultsExplorer`: the desk's third step alone: look at what was delivered, narrow it, decide, take it away."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime
from pathlib import Path
from typing import Literal, Self

import polars as pl

from openprospect_nb.analysis import BounceForecast, bounce_forecast
from openprospect_nb.errors import ConfigurationError
from openprospect_nb.exports import Exported
from openprospect_nb.exports.targets import Target
from openprospect_nb.frames.results import Results
from openprospect_nb.settings import default_home, environment
from openprospect_nb.widgets.desk.frame import DeskFrame
from openprospect_nb.widgets.desk.handing import FIRMS, HandOverStep
from openprospect_nb.widgets.desk.results import ResultsStep
from openprospect_nb.widgets.desk.results_journey import RESULTS, ResultsJourney
from openprospect_nb.widgets.desk.sending import SendListStep
from openprospect_nb.widgets.explorer.hand_over import (
    export_companies,
    export_people,
    without_rejected,
)
from openprospect_nb.widgets.explorer.model import Exploration, utc_now


class ResultsExplorer(DeskFrame):
    """Facets, histograms and table over companies; what is selected is a frame, and code that makes the frame.

    Sorting, searching and counting happen in Python; the browser gets the rows in view and some dozens of counts.
    Persons are masked until one asks for those of a company. Decisions and notes are kept in the home folder, in
    ``decisions.sqlite``, where `client.journal.forget` finds them. The send list and its files follow in the same
    frame.

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
        self.journey = ResultsJourney(now, Path(home or environment().get("home") or default_home()).expanduser())
        self.journey.show_results(results)
        self._begin()

    @classmethod
    def over(cls, journey: ResultsJourney) -> Self:
        """Return an explorer of the results that *journey* has open; both show, narrow and decide the same."""
        explorer = cls.__new__(cls)
        explorer.journey, explorer.owns_journey = journey, False
        cls._begin(explorer)
        return explorer

    @property
    def model(self) -> Exploration:
        """The model: what is selected, in which order, what is decided.

        Raises:
            ConfigurationError: the explorer was closed.
        """
        if self.journey.model is None:
            raise ConfigurationError("this explorer is closed.", next_step="Make another one of the same results.")
        return self.journey.model

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
        """The bounce forecast of mailing all of the selection, worked out here; None where there is no address."""
        people = self.model.people
        return bounce_forecast(people) if "email" in people.columns else None

    @property
    def code(self) -> str:
        """Python that makes ``selection``, equal to the property, out of ``results``."""
        return self.model.code

    def export(
        self, path: str | os.PathLike[str], *, target: Target = "csv", people: bool | Literal["send_list"] = False
    ) -> Future[Exported]:
        """Start to write the selection and return the future of what was written; rejected companies are left out.

        Args:
            path: the file, replaced if it is there.
            target: as for `op.export`.
            people: False writes companies without persons; ``"send_list"`` the people of `op.send_list` with real names
                and addresses; True all prospects, those whose mail may bounce too.
        """
        rows, model = without_rejected(self.model.selection_with_decisions), self.model

        def work() -> Exported:
            if not people:
                return export_companies(rows, path, target)
            return export_people(rows, model.people_of(rows), path, target, only_safe=people == "send_list")

        future = self.journey.beside(work)
        if future is None:
            raise ConfigurationError("this explorer is closed.", next_step="Make another one of the same results.")
        return future

    def __repr__(self) -> str:
        model = self.journey.model
        if model is None:
            return f"{type(self).__name__}(closed)"
        return f"{type(self).__name__}({model.count:,} of {model.rows.height:,} companies selected)"

    def _begin(self) -> None:
        handing = HandOverStep(self.journey)
        steps = [ResultsStep(self.journey), SendListStep(self.journey), handing]
        if self.journey.model is not None and not self.journey.model.has_people:
            handing.choose(FIRMS)
            steps = [steps[0], handing]
        super().__init__("op-results-explorer", steps[:1] if not self.owns_journey else steps, [RESULTS])
        self._show()
