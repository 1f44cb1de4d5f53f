"""The moving line: a bar where something is measured, a plain line where there is nothing to wait for."""

from __future__ import annotations

import io

from openprospect_nb.api.fetching.fetch_progress import FetchProgress
from openprospect_nb.client.progress import MovingLine, Silent, bar, default_reporter
from openprospect_nb.transport.paging import PageFacts


def test_a_line_moves_in_place_and_is_wiped():
    """Each text replaces the one before; at the end nothing is left to see."""
    stream = io.StringIO()
    line = MovingLine(stream)
    line.update("a longer text", 0.5)
    line.update("short")
    line.close()
    assert stream.getvalue().count("\n") == 0
    assert stream.getvalue().endswith("\r")
    assert "█" * 12 + "░" * 12 in stream.getvalue()


def test_a_line_never_wraps(monkeypatch):
    """What is longer than the terminal is wide is cut: a line that wrapped could not be rewritten."""
    monkeypatch.setenv("COLUMNS", "50")
    stream = io.StringIO()
    MovingLine(stream).update("x" * 500)
    assert stream.getvalue() == "\r" + "x" * 49


def test_nothing_to_wait_for_is_a_plain_line():
    """A message stays, without a bar."""
    stream = io.StringIO()
    MovingLine(stream).say("order 1 is COMPLETED")
    assert stream.getvalue() == "order 1 is COMPLETED\n"


def test_a_fraction_outside_its_range_is_held():
    """A server that sends more than it promised does not break the bar."""
    assert bar(1.7) == bar(1.0) == "█" * 24
    assert bar(-1) == "░" * 24


def test_output_that_is_no_terminal_stays_clean():
    """Under pytest standard error is no terminal, so nothing is shown."""
    assert isinstance(default_reporter(), Silent)


def test_a_fetch_tells_pages_companies_rate_and_time_left():
    """Words and fraction come from what arrived; one page that is everything says nothing."""
    times = iter([0.0, 2.0, 4.0])
    stream = io.StringIO()
    shown = FetchProgress(MovingLine(stream), lambda: next(times))
    shown.saw(PageFacts(offset=0, count=100, total=400))
    assert "1 pages, 100 of 400 companies, 50/s, 6 s left" in stream.getvalue()
    shown.saw(PageFacts(offset=100, count=100, total=400))
    assert "2 pages, 200 of 400 companies, 50/s, 4 s left" in stream.getvalue()
    quiet = io.StringIO()
    FetchProgress(MovingLine(quiet), lambda: 0.0).saw(PageFacts(offset=0, count=25, total=25))
    assert quiet.getvalue() == ""
