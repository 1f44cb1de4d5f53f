"""The bounce forecast of a selection, worked out beside the view: only the newest selection is worth it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import polars as pl

from openprospect_nb.analysis import BounceForecast, bounce_forecast
from openprospect_nb.errors import OpenProspectError

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
        found, why = None, ""
        try:
            found = forecast_of_people(people())
        except OpenProspectError as error:
            why = str(error)
        except Exception as error:  # noqa: BLE001 - a kernel must outlive its widgets; the words are shown instead
            why = f"{type(error).__name__}: {error}"
        if not self._is_stale(number):
            self._tell(key, found, why)

    def _is_stale(self, number: int) -> bool:
        return self._closed or number != self._wanted


def forecast_of_people(people: pl.DataFrame) -> BounceForecast | None:
    """Return the forecast of writing to *people*, or None where no address came with them."""
    return bounce_forecast(people) if "email" in people.columns else None
