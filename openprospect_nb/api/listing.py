"""All pages of one list, measured and walked the same way everywhere."""

from __future__ import annotations

import polars as pl

from openprospect_nb.api._resource import Context, QueryValue, get
from openprospect_nb.frames.decode import read_page, table
from openprospect_nb.transport import Answer
from openprospect_nb.transport.paging import Measured, PageFacts, visit_pages


async def all_pages(context: Context, path: str, kind: str, **query: QueryValue) -> list[bytes]:
    """Return every page of the list at *path*, the first alone, the rest several at a time."""

    async def fetch(offset: int, limit: int) -> Measured:
        call = get(path, **query, limit=limit, offset=offset)
        return await context.sender.send(call, lambda answer: measure(answer, offset, kind))

    pages: list[Measured] = []
    await visit_pages(fetch, pages.append)
    return [body for _, body in sorted(pages, key=lambda page: page[0].offset)]


async def listed(context: Context, path: str, kind: str, **query: QueryValue) -> pl.DataFrame:
    """Return every record of the list at *path* as one frame with the declared schema of *kind*."""
    pages = await all_pages(context, path, kind, **query)
    return table(pages, kind, source=context.source).frame


def measure(answer: Answer, offset: int, kind: str) -> Measured:
    """Read a page's envelope; its records are decoded later, all together."""
    page = read_page(answer.body, kind)
    return PageFacts(offset=offset, count=page.count, total=page.total, has_more=page.has_more), answer.body
