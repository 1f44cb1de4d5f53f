"""What carries every widget: work on the client's loop, and what the client tells about its traffic."""

from __future__ import annotations

import threading

from openprospect_nb.client.progress import default_reporter, reporting_to
from openprospect_nb.transport.responses import Response, requests_left
from openprospect_nb.widgets.kernel import Background


def test_an_unexpected_exception_becomes_words(client, until):
    """Whatever work raises is told with its kind, and nothing is left running."""
    said = []
    work = Background(client, said.append)

    async def broken(core):
        raise KeyError("field")

    work.start(broken)
    until(lambda: said)
    assert said == ["KeyError: 'field'"]
    until(lambda: work.is_idle)


def test_work_can_start_work_from_the_loop_itself(client, until):
    """A coroutine on the loop's own thread may submit another; only waiting for it there is refused."""
    names = []

    async def inner(core):
        names.append(threading.current_thread().name)

    work = Background(client, names.append)

    async def outer(core):
        work.start(inner)

    work.start(outer)
    until(lambda: names)
    assert names == ["openprospect-io"]


def test_closing_cancels_what_runs(client, until):
    """Work that would never end is ended by close, twice if need be."""
    import asyncio

    started = threading.Event()

    async def endless(core):
        started.set()
        await asyncio.sleep(3600)

    work = Background(client, lambda words: None)
    work.start(endless)
    assert started.wait(30)
    work.close()
    work.close()
    until(lambda: work.is_idle)


def test_progress_goes_where_it_is_wanted():
    """Inside `reporting_to` the client reports to the widget, outside to its own default."""
    mine = object()
    with reporting_to(lambda: mine):
        assert default_reporter() is mine
    assert default_reporter() is not mine


def test_requests_left_are_read_from_any_common_header():
    """The server's number is taken; nonsense and silence are unknown."""

    def left(headers):
        return requests_left(Response(status=200, headers=headers, body=b"", request="GET /orders"))

    assert left({"x-ratelimit-remaining": "97"}) == 97
    assert left({"ratelimit-remaining": "3"}) == 3
    assert left({"x-ratelimit-remaining": "soon"}) is None
    assert left({}) is None
