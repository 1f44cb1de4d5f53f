"""Incremental pull of everything a prospect search delivers, into a local store (contract 6.2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from openprospect_nb.api._resource import Context, Resource, below, off_loop
from openprospect_nb.api.listing import all_pages
from openprospect_nb.api.results import as_results, folder_name, provenance_of
from openprospect_nb.contract import PATH_DELIVERIES
from openprospect_nb.frames.admission import admit
from openprospect_nb.frames.decode import Decoder
from openprospect_nb.frames.results import Results
from openprospect_nb.models import moment

# A clock of several servers may deliver two companies in the wrong order; asking a second back finds both.
OVERLAP: Final = timedelta(seconds=1)


class AsyncDeliveries(Resource):
    """``client.deliveries``."""

    async def sync(self, prospect_search_id: str) -> Results:
        """Pull what was delivered since the last sync into the local store and return what is new.

        The time to go on from is saved together with the data, after the last page: a sync that dies is simply done
        again, and the store ends as after one clean run. A company delivered again replaces its older row.

        Raises:
            NotFoundError: no such search for this key.
            PermissionError_: the key lacks ``companies:read`` or ``prospects:read``.

        Example:
            >>> new = client.deliveries.sync(search_id)
            >>> client.deliveries.sync(search_id).companies.height
            0
        """
        folder = self._context.sync_home / folder_name(prospect_search_id)
        stored = await off_loop(read_store, folder)
        cursor = _cursor(stored)
        pages = await all_pages(
            self._context,
            below(PATH_DELIVERIES, prospect_search_id, "companies"),
            "deliveries",
            {"delivered_since": None if cursor is None else _stamp(cursor - OVERLAP)},
        )
        decoded = await off_loop(_decode, self._context, prospect_search_id, pages)
        pulled = await off_loop(admit, decoded, [self._context.ledger])
        new = _unseen(pulled, stored)
        if new.companies.height:
            await off_loop(_store, stored, new, folder)
        return new

    async def read(self, prospect_search_id: str) -> Results:
        """Return everything synced so far, from disk alone; empty if nothing was.

        Example:
            >>> client.deliveries.read("never synced").companies.height
            0
        """
        return await off_loop(read_store, self._context.sync_home / folder_name(prospect_search_id))


def read_store(folder: Path) -> Results:
    """Return what a sync folder holds, or empty results."""
    return Results.read(folder) if Results.is_stored(folder) else Results()


def _cursor(stored: Results) -> datetime | None:
    """Return the time to go on from; it is kept beside the data, since rows may be forgotten."""
    return moment(stored.provenance.get("cursor"))


def _store(stored: Results, new: Results, folder: Path) -> None:
    """Write data and cursor in one step; an empty or missing delivery time never moves the cursor."""
    newest = new.companies["delivered_at"].max()
    times = [time for time in (_cursor(stored), newest) if isinstance(time, datetime)]
    cursor = {"cursor": _stamp(max(times))} if times else {}
    together = stored.upsert(new)
    replace(together, provenance={**together.provenance, **new.provenance, **cursor}).write(folder)


def _stamp(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _decode(context: Context, prospect_search_id: str, pages: list[bytes]) -> Results:
    decoder = Decoder(None, context.source)
    decoder.feed_all(pages)
    provenance = {**provenance_of(context, [], None), "prospect_search_id": prospect_search_id}
    return as_results(decoder.finish(), provenance)


def _unseen(pulled: Results, stored: Results) -> Results:
    """Return the pulled companies that are not stored as they are: new ones, and ones delivered again."""
    known = stored.companies.select("id", "delivered_at")
    fresh = pulled.companies.join(known, on=["id", "delivered_at"], how="anti", nulls_equal=True)
    prospects = pulled.prospects.join(fresh.select("id"), left_on="company_id", right_on="id", how="semi")
    return replace(pulled, companies=fresh, prospects=prospects)
