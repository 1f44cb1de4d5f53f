"""Walk a paged list: which offset comes next, and when to stop. Pure, but for the fetching it is handed."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from openprospect_nb.contract import PAGE_LIMIT


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFacts:
    """What a page's envelope says: where it starts, how many rows it has, how many there are, whether more follow."""

    offset: int
    count: int
    total: int | None = None
    has_more: bool | None = None


Measured = tuple[PageFacts, bytes]
FetchPage = Callable[[int, int], Awaitable[Measured]]


def next_offset(facts: PageFacts, limit: int) -> int | None:
    """Return the offset after this page, or None at the end (contract 6.1: empty page, has_more, total, short page)."""
    if facts.count == 0:
        if facts.has_more:
            warnings.warn("the server says more rows follow an empty page; stopping there.", stacklevel=2)
        return None
    after = facts.offset + facts.count
    if facts.has_more is not None:
        return after if facts.has_more else None
    if facts.total is not None:
        return after if after < facts.total else None
    return after if facts.count >= limit else None


async def gather_pages(
    fetch: FetchPage, *, workers: int = 8, limit: int = PAGE_LIMIT, on_page: Callable[[Measured], None] | None = None
) -> list[bytes]:
    """Return all pages in order, the first alone (it tells the total), the rest by *workers* at a time.

    Where the first page tells no total, or turns out shorter than asked, or the total grows on the way, the walk goes
    on one page at a time. *on_page* is called with each page as it arrives, in no particular order.
    """
    first = await fetch(0, limit)
    pages = {0: first}
    if on_page:
        on_page(first)
    facts = first[0]
    if next_offset(facts, limit) is not None and facts.total is not None and facts.count == limit:
        await _fetch_many(fetch, iter(range(limit, facts.total, limit)), limit, workers, pages, on_page)
    await _finish_walk(fetch, limit, pages, on_page)
    return [pages[offset][1] for offset in sorted(pages)]


async def _fetch_many(
    fetch: FetchPage,
    offsets: Iterator[int],
    limit: int,
    workers: int,
    pages: dict[int, Measured],
    on_page: Callable[[Measured], None] | None,
) -> None:
    async def work() -> None:
        for offset in offsets:
            pages[offset] = await fetch(offset, limit)
            if on_page:
                on_page(pages[offset])

    tasks = [asyncio.ensure_future(work()) for _ in range(workers)]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError, Exception):
                await task


async def _finish_walk(
    fetch: FetchPage, limit: int, pages: dict[int, Measured], on_page: Callable[[Measured], None] | None
) -> None:
    while True:
        offset = next_offset(pages[max(pages)][0], limit)
        if offset is None or offset in pages:
            return
        pages[offset] = await fetch(offset, limit)
        if on_page:
            on_page(pages[offset])
