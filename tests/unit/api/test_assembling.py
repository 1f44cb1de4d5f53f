"""Pages come in any order, are read several at a time, and are put together in theirs."""

from __future__ import annotations

import asyncio
import gc
import threading

import pytest
from unit.frames.wire import company, page

from openprospect_nb.api.fetching.assembling import Assembly
from openprospect_nb.errors import ContractError
from openprospect_nb.frames import Decoder
from openprospect_nb.transport.paging import PageFacts


def measured(number, body=None):
    """Return the page of two companies at *number*, or another body in its place."""
    body = body or page([company(2 * number), company(2 * number + 1)], total="8")
    return PageFacts(offset=2 * number, count=2), body


async def assembled(pages, decoder, threads=2):
    """Return the frames of pages that came in this order."""
    async with Assembly(decoder, threads) as assembly:
        for each in pages:
            assembly.add(each)
            await asyncio.sleep(0)
        return await assembly.finish()


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (0, 3, 1, 2), (0, 2, 3)])
def test_pages_in_any_order_become_frames_in_page_order(order):
    """Whatever order pages come in, and with a page missing too, companies stand in the list's order."""
    decoded = asyncio.run(assembled([measured(number) for number in order], Decoder("o1", "live")))
    expected = [f"c{2 * number + row}" for number in sorted(order) for row in (0, 1)]

    assert decoded.companies["id"].to_list() == expected


class Meeting(Decoder):
    """A decoder whose first two pages wait for each other."""

    def __init__(self):
        """Expect two readers at a time."""
        super().__init__("o1", "live")
        self.together = threading.Barrier(2, timeout=20)

    def read(self, page):
        """Read a page once another is being read as well."""
        self.together.wait()
        return super().read(page)


def test_two_pages_are_read_at_a_time():
    """While one page is read the next one is, too: were they read in turn, the first would wait for ever."""
    decoded = asyncio.run(assembled([measured(number) for number in range(4)], Meeting()))

    assert decoded.companies.height == 8


def test_a_page_that_cannot_be_read_ends_the_assembly_and_leaves_no_task_behind(recwarn):
    """The contract error of a page reaches the caller, and nothing is left that nobody waits for."""
    pages = [measured(0), measured(1, b"no page"), measured(2, b"no page"), measured(3)]

    with pytest.raises(ContractError):
        asyncio.run(assembled(pages, Decoder("o1", "live")))

    gc.collect()
    assert [str(warning.message) for warning in recwarn] == []


def test_a_page_that_comes_twice_is_decoded_once():
    """A server that sends the page at an offset again before its turn adds no row."""
    pages = [measured(1), measured(1), measured(0)]
    decoded = asyncio.run(assembled(pages, Decoder("o1", "live")))

    assert (decoded.companies.height, decoded.rejects.height) == (4, 0)
