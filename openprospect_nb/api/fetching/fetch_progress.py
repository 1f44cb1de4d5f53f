"""How far a fetch is, in words: pages, companies, rate, time left; measured, never guessed."""

from __future__ import annotations

from collections.abc import Callable

from openprospect_nb.api._resource import Reporter
from openprospect_nb.transport.paging import PageFacts


class FetchProgress:
    """Counts what arrived and tells a reporter; says nothing at all while one page is everything.

    Attributes:
        fetched: companies so far.
        total: the largest total the server stated, or None.
    """

    def __init__(self, reporter: Reporter, monotonic: Callable[[], float]) -> None:
        self._reporter = reporter
        self._monotonic = monotonic
        self._start = monotonic()
        self._pages = 0
        self.fetched = 0
        self.total: int | None = None

    def saw(self, facts: PageFacts) -> None:
        """Count one page and show where the fetch stands."""
        self._pages += 1
        self.fetched += facts.count
        if facts.total is not None:
            self.total = max(facts.total, self.total or 0)
        if self.total is not None and self.total > facts.count:
            self._reporter.update(self.words(), self.fetched / self.total)

    def words(self) -> str:
        """Return pages, companies, rate and time left."""
        seconds = self._monotonic() - self._start
        of = f" of {self.total:,}" if self.total else ""
        said = f"{self._pages:,} pages, {self.fetched:,}{of} companies"
        if seconds <= 0 or not self.fetched:
            return said
        rate = self.fetched / seconds
        left = f", {max(0.0, (self.total - self.fetched) / rate):.0f} s left" if self.total else ""
        return f"{said}, {rate:,.0f}/s{left}"

    def close(self) -> None:
        """Show nothing any more."""
        self._reporter.close()
