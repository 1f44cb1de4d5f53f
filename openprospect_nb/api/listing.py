"""All pages of one list, measured and walked the same way everywhere."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any, Final

import polars as pl

from openprospect_nb.api._resource import Context, QueryValue, get
from openprospect_nb.api.bodies import under_own_name
from openprospect_nb.errors import ContractError
from openprospect_nb.frames.admission import admit_frame, admit_record
from openprospect_nb.frames.decode import table
from openprospect_nb.frames.pages import measured, open_page, record_key
from openprospect_nb.models import OrderState, text
from openprospect_nb.transport import Response
from openprospect_nb.transport.paging import Measured, PageFacts, Walk, visit_pages
from openprospect_nb.transport.responses import parse_json

OWN_LISTS: Final = frozenset({"blacklists", "entries"})


async def all_pages(context: Context, path: str, kind: str, query: Mapping[str, QueryValue]) -> list[bytes]:
    """Return every page of the list at *path*, the first alone, the rest several at a time.

    Warns where the list may be incomplete: the server contradicts itself, or sends the same records again.
    """
    pages, walk = await walked(context, path, kind, query)
    if walk.trouble:
        warnings.warn(f"the list of {kind} may be incomplete: {walk.trouble}. Ask again later.", stacklevel=2)
    return pages


async def walked(
    context: Context, path: str, kind: str, query: Mapping[str, QueryValue] | None = None, *, repeat: bool = True
) -> tuple[list[bytes], Walk]:
    """Return every page of the list at *path*, and the walk: how many records came, and why some may be missing.

    ``repeat=False`` asks for each page once, for a caller who comes again anyway.
    """

    async def fetch(offset: int, limit: int) -> Measured:
        return await fetch_page(context, path, kind, offset, limit, query, repeat=repeat)

    pages: list[Measured] = []
    walk = await visit_pages(fetch, pages.append)
    return [body for _, body in sorted(pages, key=lambda page: page[0].offset)], walk


async def fetch_page(
    context: Context,
    path: str,
    kind: str,
    offset: int,
    limit: int,
    query: Mapping[str, QueryValue] | None = None,
    *,
    repeat: bool = True,
) -> Measured:
    """Return one page of the list at *path*, measured."""
    call = get(path, **(query or {}), limit=limit, offset=offset)
    return await context.sender.send(call, lambda response: measure(_with_list(response), offset, kind), repeat=repeat)


async def listed(context: Context, path: str, kind: str, **query: QueryValue) -> pl.DataFrame:
    """Return every record of the list at *path* as one frame with the declared schema of *kind*.

    A *status* that is asked for holds also where the server does not heed it.
    """
    pages = await all_pages(context, path, kind, query)
    frame = table(pages, kind, source=context.source).frame
    if (status := query.get("status")) is not None:
        frame = frame.filter(pl.col("status").str.to_lowercase() == str(status).lower())
    # The caller's own lists of exclusions keep whom they exclude.
    return frame if kind in OWN_LISTS else admit_frame(frame, kind, [context.ledger])


async def listed_mappings(context: Context, path: str, kind: str, **query: QueryValue) -> list[dict[str, Any]]:
    """Return every record of the list at *path* as a plain mapping: for lists whose fields nobody documents.

    Raises:
        ContractError: a page holds no list, or its list holds something that is no JSON object.
    """
    pages = await all_pages(context, path, kind, query)
    records = [record for page in pages for record in open_page(page, kind).records]
    distinct = [_mapping(record, kind) for record in {record_key(raw.encode()): raw for raw in records}.values()]
    return [admit_record(record, kind, context.source, [context.ledger]) for record in distinct]


def order_states(pages: Iterable[bytes]) -> list[OrderState]:
    """Return the orders on pages of a list; a row without an id or a status is no order anyone could follow."""
    parsed = [parse_json(record.encode()) for page in pages for record in open_page(page, "orders").records]
    rows = [under_own_name(row, "order_id") for row in parsed if isinstance(row, dict)]
    return [OrderState.from_wire(row) for row in rows if text(row.get("order_id")) and text(row.get("status"))]


def measure(response: Response, offset: int, kind: str) -> Measured:
    """Read a page's envelope, and what tells its records apart; the records are decoded later, all together."""
    page, keys = measured(response.body, kind)
    facts = PageFacts(
        offset=offset, count=page.count, total=page.total, has_more=page.has_more, limit=page.limit, keys=keys
    )
    return facts, response.body


def _with_list(response: Response) -> Response:
    """Return the response, or one with an empty list where the server says that there is nothing: 204, or null."""
    body = response.body.strip()
    is_empty = body == b"null" or (response.status == HTTPStatus.NO_CONTENT and not body)
    return replace(response, body=b"[]") if is_empty else response


def _mapping(record: str, kind: str) -> dict[str, Any]:
    parsed = parse_json(record.encode())
    if not isinstance(parsed, dict):
        raise ContractError(f"the page of {kind} lists something that is no record ({record[:40]}).")
    return parsed
