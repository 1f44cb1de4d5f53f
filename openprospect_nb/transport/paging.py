"""Walk a paged list: what to fetch next, and when to stop.

`Walk` decides, as a function of the pages seen so far; `visit_pages` fetches what it wants. Servers are not believed:
a total may be wrong in both directions, ``has_more`` may never end, pages may be shorter than asked, ``offset`` may be
ignored. What counts is whether a page brings records that were not seen before.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from typing import Final

from openprospect_nb.contract import PAGE_DEFAULT, PAGE_LIMIT

# 200,000 records at 100 a page: twenty times the largest order. A list that goes on after that has no end.
MOST_PAGES: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFacts:
    """What is known of a page: where it starts, how many records it has, what its envelope says, and what they are.

    Attributes:
        offset: where it starts.
        count: records on it.
        total: records in all, as the server states it.
        has_more: whether more follow, as the server states it.
        limit: the page size that the server says it used.
        keys: what tells its records apart; None where nobody looked, and each is then taken for a new one.
    """

    offset: int
    count: int
    total: int | None = None
    has_more: bool | None = None
    limit: int | None = None
    keys: frozenset[bytes] | None = None


@dataclass(frozen=True, slots=True)
class PagePart:
    """A part of the list to fetch."""

    offset: int
    limit: int


Measured = tuple[PageFacts, bytes]
FetchPage = Callable[[int, int], Awaitable[Measured]]


class Walk:
    """One walk over a list: takes the facts of each page, and says what is wanted next.

    Attributes:
        limit: the page size asked for.
        records: different records seen.
        trouble: why the list may be incomplete, in words; empty where nothing speaks for it. Final once nothing more
            is wanted.
    """

    def __init__(self, limit: int = PAGE_LIMIT, *, most_pages: int = MOST_PAGES) -> None:
        self.limit = limit
        self.records = 0
        self.trouble = ""
        self._most_pages = most_pages
        self._pages: dict[int, PageFacts] = {}
        self._seen: set[bytes] = set()
        self._is_over = False
        self._fills_gaps = True

    @property
    def total(self) -> int | None:
        """How many records there are, as the last page that says so states it."""
        return next((p.total for _, p in sorted(self._pages.items(), reverse=True) if p.total is not None), None)

    def add(self, facts: PageFacts, wanted: PagePart) -> bool:
        """Take a page that was fetched and return whether it has records that were not seen before."""
        self._pages[wanted.offset] = facts
        new = facts.count if facts.keys is None else len(facts.keys - self._seen)
        self._seen |= facts.keys or frozenset()
        self.records += new
        if not new:
            self._without_news(facts, wanted)
        elif len(self._pages) >= self._most_pages:
            self._end(f"the list did not end after {len(self._pages):,} pages; {self.records:,} records were read")
        return bool(new)

    def wanted(self) -> Iterator[PagePart]:
        """Return what to fetch next, in order; nothing at the end. What is wanted may end while it is fetched."""
        for wanted in self._wanted():
            if self._is_over:
                return
            yield wanted

    def _wanted(self) -> Iterator[PagePart]:
        if not self._pages:
            yield PagePart(0, self.limit)
            return
        end, resumes = self._frontier()
        if resumes is not None:
            yield PagePart(end, resumes - end)
            return
        if not follows(self._pages[max(self._pages)], end, self.limit):
            self._end("")
            return
        step = self._step()
        until = self.total if step is not None else None
        for offset in range(end, max(until or 0, end + 1), step or self.limit):
            yield PagePart(offset, self.limit)

    def _step(self) -> int | None:
        """Return the page size to count on; None where it is not plain yet, and only the next page can be asked for."""
        counts = [page.count for _, page in sorted(self._pages.items())]
        if counts[0] >= self.limit:
            return counts[0]
        return counts[-1] if counts[-2:] == [counts[-1]] * 2 else None

    def _frontier(self) -> tuple[int, int | None]:
        """Return up to where the list is known without a gap, and where it is known again after a gap, if it is."""
        end = 0
        for offset, page in sorted(self._pages.items()):
            if offset > end and self._fills_gaps and end not in self._pages:
                return end, offset
            end = max(end, offset + page.count)
        return end, None

    def _without_news(self, facts: PageFacts, wanted: PagePart) -> None:
        """Decide what a page without a new record means: a gap that was none, the end, or a server that lies."""
        if wanted.limit < self.limit:
            # records are left out after the server counted its page: shorter pages are no gaps
            self._fills_gaps = False
        elif facts.count == 0:
            self._end("the server says that more records follow after the last one" if facts.has_more else "")
        else:
            more_are_claimed = any(page.has_more for page in self._pages.values()) or (self.total or 0) > self.records
            is_ignoring = more_are_claimed or self._pages[0].count in {self.limit, PAGE_DEFAULT}
            self._end("the server sends the same records again, whatever offset is asked for" if is_ignoring else "")

    def _end(self, trouble: str) -> None:
        self._is_over = True
        # Where a record is taken out between two pages, the first of the next page is never shown: the largest total
        # that any page stated tells that, the last one does not.
        total = max((page.total for page in self._pages.values() if page.total is not None), default=None)
        if not trouble and total is not None and total > self.records:
            trouble = "the list ended before the total that the server states"
        stated = f", of {total:,} that the server states" if total is not None else ""
        self.trouble = self.trouble or (trouble and f"{trouble}; {self.records:,} were read{stated}")


def follows(last: PageFacts, end: int, limit: int) -> bool:
    """Whether records may follow the last page of a list known up to *end* (contract 6.1), so that asking is due.

    ``has_more`` and the total are believed where they say that more follow; that nothing follows is believed where
    they agree, or where only one is stated and nothing speaks against it. Where neither is stated, a page shorter than
    the server says it may be is the last, and any other is not: a server may cap its pages below what was asked.
    """
    if last.count == 0:
        return False
    is_possible = last.total is not None and last.total >= end
    if last.has_more or (is_possible and last.total != end):
        return True
    if last.has_more is False:
        return False
    if is_possible:
        return last.count >= limit
    return last.limit is None or last.count >= last.limit


async def visit_pages(
    fetch: FetchPage, visit: Callable[[Measured], None], *, workers: int = 8, limit: int = PAGE_LIMIT
) -> Walk:
    """Fetch all pages, the first alone (it tells the total), the rest by *workers* at a time; return how it ended.

    Each page with a new record is visited as it comes, in no particular order, and not kept. Where no total is stated
    the walk goes on one page at a time.
    """
    walk = Walk(limit)

    async def take(wanted: PagePart) -> None:
        page = await fetch(wanted.offset, wanted.limit)
        if walk.add(page[0], wanted) or page[0].count == 0:
            visit(page)

    while first := next(wanted := walk.wanted(), None):
        await _take_many(take, chain([first], wanted), workers)
    return walk


async def _take_many(take: Callable[[PagePart], Awaitable[None]], wanted: Iterator[PagePart], workers: int) -> None:
    async def work() -> None:
        for part in wanted:
            await take(part)

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
