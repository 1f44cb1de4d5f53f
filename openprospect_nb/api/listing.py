"""All pages of one list, measured and walked the same way everywhere."""

from __future__ import annotations

import json
from typing import Any

import polars as pl

from openprospect_nb.api._resource import Context, QueryValue, get
from openprospect_nb.errors import ContractError
from openprospect_nb.frames.decode import read_page, table
from openprospect_nb.frames.pages import open_page
from openprospect_nb.transport import Response
from openprospect_nb.transport.paging import Measured, PageFacts, visit_pages


async def all_pages(context: Context, path: str, kind: str, **query: QueryValue) -> list[bytes]:
    """Return every page of the list at *path*, the first alone, the rest several at a time."""

    async def fetch(offset: int, limit: int) -> Measured:
        call = get(path, **query, limit=limit, offset=offset)
        return await context.sender.send(call, lambda response: measure(response, offset, kind))

    pages: list[Measured] = []
    await visit_pages(fetch, pages.append)
    return [body for _, body in sorted(pages, key=lambda page: page[0].offset)]


async def listed(context: Context, path: str, kind: str, **query: QueryValue) -> pl.DataFrame:
    """Return every record of the list at *path* as one frame with the declared schema of *kind*."""
    pages = await all_pages(context, path, kind, **query)
    return table(pages, kind, source=context.source).frame


async def listed_mappings(context: Context, path: str, kind: str, **query: QueryValue) -> list[dict[str, Any]]:
    """Return every record of the list at *path* as a plain mapping: for lists whose fields nobody documents.

    Raises:
        ContractError: a page holds no list, or its list holds something that is no JSON object.
    """
    pages = await all_pages(context, path, kind, **query)
    return [_mapping(record, kind) for page in pages for record in open_page(page, kind).records]


def measure(response: Response, offset: int, kind: str) -> Measured:
    """Read a page's envelope; its records are decoded later, all together."""
    page = read_page(response.body, kind)
    return PageFacts(offset=offset, count=page.count, total=page.total, has_more=page.has_more), response.body


def _mapping(record: str, kind: str) -> dict[str, Any]:
    parsed = json.loads(record)
    if not isinstance(parsed, dict):
        raise ContractError(f"the page of {kind} lists something that is no record ({record[:40]}).")
    return parsed
