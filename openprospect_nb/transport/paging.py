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


async def visit_pages(
    fetch: FetchPage, visit: Callable[[Measured], None], *, workers: int = 8, limit: int = PAGE_LIMIT
) -> None:
    """Fetch all pages, the first alone (it tells the total), the rest by *workers* at a time; visit each as it comes.

    Pages are visited in no particular order and not kept. Where the first page tells no total, or turns out shorter
    than asked, or the total grows on the way, the walk goes on one page at a time.
    """
    seen: dict[int, PageFacts] = {}

    async def take(offset: int) -> PageFacts:
        page = await fetch(offset, limit)
        seen[offset] = page[0]
        visit(page)
        return page[0]

    first = await take(0)
    if next_offset(first, limit) is not None and first.total is not None and first.count == limit:
        await _take_many(take, iter(range(limit, first.total, limit)), workers)
    while (offset := next_offset(seen[max(seen)], limit)) is not None and offset not in seen:
        await take(offset)


async def _take_many(take: Callable[[int], Awaitable[PageFacts]], offsets: Iterator[int], workers: int) -> None:
    async def work() -> None:
        for offset in offsets:
            await take(offset)

    tasks = [asyncio.ensure_future(work()) for _ in range(workers)]
    try:
        await asyncio.gather(*tasks)
    finally:
        # One failed page ends the walk: what the others still wait for would only cost requests.
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError, Exception):
                await task
