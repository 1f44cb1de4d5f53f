"""Results of several orders in one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from openprospect_nb.api._resource import Context
from openprospect_nb.api.facts import OrderFacts
from openprospect_nb.api.fetching.results import fetch_results, stored_results
from openprospect_nb.api.waiting.watching import read_order
from openprospect_nb.errors import OpenProspectError
from openprospect_nb.frames.results import Results


async def results_of(context: Context, order_ids: Sequence[str | OrderFacts]) -> Results:
    """Return several orders' results in one; what could not be had is in ``errors``, by order id."""
    ids = [order if isinstance(order, str) else order.order_id for order in order_ids]

    async def one(order_id: str) -> Results | OpenProspectError:
        try:
            stored = await stored_results(context, order_id)
            return stored or await fetch_results(context, await read_order(context, order_id))
        except OpenProspectError as error:
            return error

    fetched = dict(zip(ids, await asyncio.gather(*(one(order_id) for order_id in ids)), strict=True))
    errors = {order_id: str(found) for order_id, found in fetched.items() if isinstance(found, OpenProspectError)}
    together = Results.concat([found for found in fetched.values() if isinstance(found, Results)])
    return replace(together, errors={**together.errors, **errors})
