"""A selection leaves for a file: which form, its bounce forecast, and in plain words whether persons are in it."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final

import ipywidgets
import polars as pl

from openprospect_nb.analysis import BounceForecast, bounce_forecast
from openprospect_nb.errors import ConfigurationError, OpenProspectError
from openprospect_nb.exports import Exported, export
from openprospect_nb.exports.targets import Target
from openprospect_nb.frames.decisions import REJECTED
from openprospect_nb.frames.results import Results
from openprospect_nb.frames.schemas import COMPANIES, PROSPECTS
from openprospect_nb.widgets.explorer.model import Exploration
from openprospect_nb.widgets.parts import LABEL, LiveLine, button, choice, row

Done = Callable[[str, BounceForecast | None, str], None]


class Beside:
    """One thread beside a widget: forecasts, of which the newest wins, and work that is done whatever comes after.

    Args:
        tell: called on that thread with the newest selection's key, its forecast, or None and why there is none.
    """

    def __init__(self, tell: Done) -> None:
        self._tell = tell
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="openprospect-explorer")
        self._newest: Future[None] | None = None
        self._wanted = 0
        self._closed = False

    def forecast(self, key: str, people: Callable[[], pl.DataFrame]) -> None:
        """Start to forecast what *people* returns, which is called on the thread; an older wish is dropped.

        *key* names the selection, so that whoever is told knows whose forecast it is.
        """
        self._wanted += 1
        if self._newest is not None:
            self._newest.cancel()
        if not self._closed:
            self._newest = self._worker.submit(self._forecast, key, people, self._wanted)

    def do(self, work: Callable[[], None]) -> Future[None] | None:
        """Start *work*; None once closed."""
        return None if self._closed else self._worker.submit(work)

    def close(self) -> None:
        """Start nothing more and tell nothing more; safe to call twice."""
        self._closed = True
        self._worker.shutdown(wait=False, cancel_futures=True)

    def _forecast(self, key: str, people: Callable[[], pl.DataFrame], number: int) -> None:
        if self._is_stale(number):
            return
        forecast, why = None, ""
        try:
            forecast = forecast_of_people(people())
        except OpenProspectError as error:
            why = str(error)
        except Exception as error:  # noqa: BLE001 - a kernel must outlive its widgets; the words are shown instead
            why = f"{type(error).__name__}: {error}"
        if not self._is_stale(number):
            self._tell(key, forecast, why)

    def _is_stale(self, number: int) -> bool:
        return self._closed or number != self._wanted


def forecast_of_people(people: pl.DataFrame) -> BounceForecast | None:
    """Return the forecast of writing to *people*, or None where no address came with them."""
    return bounce_forecast(people) if "email" in people.columns else None


FORMATS: Final[tuple[tuple[str, Target], ...]] = (
    ("CSV", "csv"),
    ("Excel", "xlsx"),
    ("Parquet", "parquet"),
    ("HubSpot contacts", "hubspot"),
    ("Salesforce leads", "salesforce"),
)
CRM: Final = frozenset({"hubspot", "salesforce"})
WITHOUT_PERSONS: Final = (
    "order_id", "id", "name", "normalized_url", "business_type", "city", "country", "employee_count", "match_score",
    "score", "known_share", "prospects", "lowest_bounce_risk", "decision", "delivered_at", "source",
)  # fmt: skip
"""Columns in which no person can be: no free text, and no path of a web address."""


def export_companies(rows: pl.DataFrame, path: str | os.PathLike[str], target: Target) -> Exported:
    """Write companies, those columns of `WITHOUT_PERSONS` that *rows* has, and return what was written.

    Raises:
        ConfigurationError: *target* is a CRM, which needs persons; or the file cannot be written.
    """
    if target in CRM:
        raise ConfigurationError(
            f"{target} takes persons, and this export holds none.",
            next_step="Export prospects with real names and addresses, or choose CSV, Excel or Parquet.",
        )
    return export(rows.select(name for name in WITHOUT_PERSONS if name in rows.columns), path, target=target)


def export_people(rows: pl.DataFrame, people: pl.DataFrame, path: str | os.PathLike[str], target: Target) -> Exported:
    """Write *people* with names and addresses, the columns of their companies (*rows*) joined; return the outcome.

    Raises:
        ConfigurationError: the file cannot be written.
    """
    whole = Results(companies=_whole(rows, COMPANIES), prospects=_whole(people, PROSPECTS))
    return export(whole, path, target=target)


def without_rejected(rows: pl.DataFrame) -> pl.DataFrame:
    """Return *rows* without those whose ``decision`` is rejected."""
    return rows.filter(pl.col("decision").ne_missing(REJECTED))


def _whole(frame: pl.DataFrame, schema: pl.Schema) -> pl.DataFrame:
    """Return *frame* with exactly the columns of *schema*; missing ones are empty."""
    missing = [pl.lit(None, kind).alias(name) for name, kind in schema.items() if name not in frame.columns]
    return frame.with_columns(missing).select(schema.names())


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
        exported = without_rejected(rows) if skip_rejected else rows

        def work() -> None:
            try:
                if people:
                    done.set_result(export_people(exported, self._model.people_of(exported), path, target))
                else:
                    done.set_result(export_companies(exported, path, target))
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
