"""Incremental pull of everything a prospect search delivers, into a local store (contract 6.2).

A server's list is not believed. It may be cut, lose an item between two pages, or show a company late, under a time
that was passed already. So the time to go on from moves only after a pull that nothing speaks against, never into the
future, and each pull asks a while back. Beside it the server is asked how many companies there are: where that is not
what was seen, everything is pulled. So it is from time to time anyway, since a change under an old time is in no count:
a list of one page always, a longer one as often as costs one request an hour.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import polars as pl

from openprospect_nb.api._resource import Context, Resource, below, off_loop
from openprospect_nb.api.fetching.results import as_results, folder_name, marked_incomplete, provenance_of
from openprospect_nb.api.listing import fetch_page, walked
from openprospect_nb.contract import PAGE_LIMIT, PATH_DELIVERIES
from openprospect_nb.errors import ConfigurationError, OpenProspectError
from openprospect_nb.frames.admission import admit, write_admitted
from openprospect_nb.frames.decode import Decoded, Decoder
from openprospect_nb.frames.pages import open_page
from openprospect_nb.frames.results import Results
from openprospect_nb.frames.rules import DUPLICATE
from openprospect_nb.frames.store import DAMAGED_RESULTS, salvaged
from openprospect_nb.models import moment, text
from openprospect_nb.privacy.ledger import Ledger
from openprospect_nb.transport.responses import parse_json

log = logging.getLogger(__name__)
# Clocks of a vendor's machines differ by seconds, a queue of theirs may lag by minutes; what comes twice costs nothing.
OVERLAP: Final = timedelta(minutes=15)
AN_HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncState:
    """How far a search was synced.

    Attributes:
        cursor: the latest delivery time up to which nothing is in doubt.
        whole_at: when the whole list was last pulled.
        companies: how many deliveries the server has shown, by the last whole pull and what was new since; a company
            that was delivered twice may stand in its list once or twice.
        doubt: why companies may be missing; empty where nothing speaks for it.
    """

    cursor: datetime | None = None
    whole_at: datetime | None = None
    companies: int | None = None
    doubt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pull:
    """What one walk over a search's list brought.

    Attributes:
        results: its rows. is_whole: whether everything was asked for, not only what is new.
        companies: different records on it. trouble: why some may be missing, or nothing.
    """

    results: Results
    is_whole: bool
    companies: int
    trouble: str


def needs_whole(state: SyncState, now: datetime) -> bool:
    """Whether everything is to be pulled: the first time, in doubt, or when it is time (by a clock that may jump)."""
    if state.cursor is None or state.whole_at is None or state.companies is None or state.doubt:
        return True
    return not timedelta(0) <= now - state.whole_at < whole_every(state.companies)


def whole_every(companies: int) -> timedelta:
    """Return after which time a list of so many companies is pulled as a whole again."""
    return AN_HOUR * (max(0, companies - 1) // PAGE_LIMIT)


def state_after(state: SyncState, pull: Pull, *, unseen: int, total: int | None, now: datetime) -> SyncState:
    """Return the state after a pull.

    Args:
        state: as it was before.
        pull: what came.
        unseen: how many companies of it were delivered after the cursor and are not in the store.
        total: how many companies the server says there are, if it says so.
        now: the time; delivery times after it are not believed.
    """
    seen = pull.companies if pull.is_whole else (state.companies or 0) + unseen
    doubt = pull.trouble
    if not doubt and total is not None and total != seen:
        doubt = f"the server counts {total:,} companies, and its list shows {seen:,}"
    whole_at = now if pull.is_whole else state.whole_at
    cursor = state.cursor
    if not doubt:
        # Neither a missing time moves it nor one that is still to come.
        newest = pull.results.companies.filter(pl.col("delivered_at") <= now)["delivered_at"].max()
        cursor = max((time for time in (cursor, newest) if isinstance(time, datetime)), default=None)
    return SyncState(cursor=cursor, whole_at=whole_at, companies=seen, doubt=doubt)


class AsyncDeliveries(Resource):
    """``client.deliveries``."""

    async def sync(self, prospect_search_id: str) -> Results:
        """Pull what was delivered since the last sync into the local store and return what is new or has changed.

        The time to go on from is saved together with the data, after the last page: a sync that dies is simply done
        again, and the store ends as after one clean run. A company delivered again replaces its older row. Where the
        server contradicts itself, ``incomplete`` of the returned results and of the store says so, and the next sync
        pulls everything. A change that the server makes under an old delivery time is seen after as many hours as the
        list has further pages.

        Raises:
            NotFoundError: no such search for this key.
            PermissionDeniedError: the key lacks ``companies:read`` or ``prospects:read``.

        Example:
            >>> new = client.deliveries.sync(search_id)
            >>> client.deliveries.sync(search_id).companies.height
            0
        """
        folder = self._context.sync_home / folder_name(prospect_search_id)
        stored, now = await off_loop(_to_go_on_from, folder), self._context.sender.clock.now()
        state = _state_of(stored)
        pull, after = await self._pulled(prospect_search_id, stored, state, now)
        # A company counts as new where its row or its people changed, too.
        fresh = _contents(pull.results).join(_contents(stored), on=["id", "content"], how="anti", nulls_equal=True)
        rows = fresh.select(pl.col("row").sort()).collect()["row"]
        companies = pull.results.companies[rows] if rows.len() else pull.results.companies.clear()
        prospects = pull.results.prospects.join(companies.select("id"), left_on="company_id", right_on="id", how="semi")
        new = replace(pull.results, companies=companies, prospects=prospects)
        if new.companies.height or after != state:
            await off_loop(_store, stored, new, after, folder, self._context.ledger)
        if not after.doubt:
            return new
        log.warning("search %s: companies may be missing: %s. Sync again later.", prospect_search_id, after.doubt)
        return marked_incomplete(new, prospect_search_id, after.doubt)

    async def read(self, prospect_search_id: str) -> Results:
        """Return everything synced so far, from disk alone; empty if nothing was.

        Example:
            >>> client.deliveries.read("never synced").companies.height
            0
        """
        return await off_loop(read_store, self._context.sync_home / folder_name(prospect_search_id))

    async def _pulled(self, search: str, stored: Results, state: SyncState, now: datetime) -> tuple[Pull, SyncState]:
        """Pull what is new, and everything where that leaves a doubt; return the last pull and the state after it."""
        if not needs_whole(state, now):
            pull = await self._pull(search, state.cursor)
            unseen = _unseen(pull.results, stored, state.cursor)
            after = state_after(state, pull, unseen=unseen, total=await self._count(search), now=now)
            if not after.doubt:
                return pull, after
        pull = await self._pull(search, None)
        return pull, state_after(state, pull, unseen=0, total=await self._count(search), now=now)

    async def _pull(self, search: str, cursor: datetime | None) -> Pull:
        since = None if cursor is None else _stamp(cursor - OVERLAP)
        pages, walk = await walked(self._context, _path(search), "deliveries", {"delivered_since": since})
        decoded = await off_loop(_decode, self._context, search, pages)
        results = await off_loop(admit, decoded, [self._context.ledger])
        # Counted as sent: who was forgotten, and who was delivered twice, is in the server's count too.
        return Pull(results=results, is_whole=cursor is None, companies=walk.records, trouble=walk.trouble)

    async def _count(self, search: str) -> int | None:
        """Return how many companies the server says there are; a question it need not answer."""
        try:
            facts, _ = await fetch_page(self._context, _path(search), "deliveries", 0, 1)
        except OpenProspectError:
            return None
        return facts.total


def read_store(folder: Path) -> Results:
    """Return what a sync folder holds, or empty results."""
    return Results.read(folder) if Results.is_stored(folder) else Results()


def _to_go_on_from(folder: Path) -> Results:
    """Return what a sync folder holds; of a damaged one what can be read, without the time to go on from."""
    try:
        return read_store(folder)
    except ConfigurationError as error:
        if error.code != DAMAGED_RESULTS:
            raise
        log.warning("%s Everything is pulled again.", error.message)
        frames = salvaged(folder)
        return Results(companies=frames["companies"], prospects=frames["prospects"], rejects=frames["rejects"])


def _path(search: str) -> str:
    return below(PATH_DELIVERIES, search, "companies")


def _state_of(stored: Results) -> SyncState:
    """Return the state; it is kept beside the data, since rows may be forgotten."""
    facts: dict[str, Any] = dict(stored.provenance.get("sync") or {})
    companies = facts.get("companies")
    return SyncState(
        cursor=moment(stored.provenance.get("cursor")),
        whole_at=moment(facts.get("whole_at")),
        companies=companies if isinstance(companies, int) else None,
        doubt=str(facts.get("doubt") or ""),
    )


def _store(stored: Results, new: Results, state: SyncState, folder: Path, ledger: Ledger) -> None:
    together = stored.upsert(new)
    search = new.provenance["prospect_search_id"]
    facts = {
        **{name: value for name, value in together.provenance.items() if name not in {"incomplete", "parts"}},
        **new.provenance,
        "cursor": None if state.cursor is None else _stamp(state.cursor),
        "sync": {
            "whole_at": None if state.whole_at is None else _stamp(state.whole_at),
            "companies": state.companies,
            "doubt": state.doubt,
        },
        **({"incomplete": {search: state.doubt}} if state.doubt else {}),
    }
    write_admitted(replace(together, provenance=facts), folder, [ledger])


def _stamp(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _decode(context: Context, prospect_search_id: str, pages: list[bytes]) -> Results:
    decoded = _frames(context, pages)
    if decoded.rejects.filter(pl.col("rule") == DUPLICATE, pl.col("record") == "company").height:
        # A company that was delivered again stands in the list twice; the decoder would keep the first.
        newest: dict[str, tuple[datetime, str]] = {}
        earliest = datetime.min.replace(tzinfo=UTC)
        for number, record in enumerate(raw for page in pages for raw in open_page(page, "deliveries").records):
            row = parse_json(record.encode())
            facts = row if isinstance(row, dict) else {}
            identity = text(facts.get("id")) or f"record {number}"
            time = moment(facts.get("delivered_at")) or earliest
            if time >= newest.get(identity, (earliest, ""))[0]:
                newest[identity] = (time, record)
        once = f'{{"items": [{", ".join(record for _, record in newest.values())}]}}'
        decoded = _frames(context, [once.encode()])
    provenance = {**provenance_of(context, [], None), "prospect_search_id": prospect_search_id}
    return as_results(decoded, provenance)


def _frames(context: Context, pages: list[bytes]) -> Decoded:
    decoder = Decoder(None, context.source)
    decoder.feed_all(pages)
    return decoder.finish()


def _unseen(pulled: Results, stored: Results, cursor: datetime | None) -> int:
    """Return how many pulled deliveries are not stored; a forgotten one that is shown again was counted before."""
    later = pulled.companies if cursor is None else pulled.companies.filter(pl.col("delivered_at") > cursor)
    return later.join(stored.companies.select("id", "delivered_at"), on=["id", "delivered_at"], how="anti").height


def _contents(results: Results) -> pl.LazyFrame:
    """Return one row a company: its number, its id, and all that was delivered of it and its people as one text."""
    people = (
        results.prospects.lazy()
        .select("company_id", person=pl.struct(pl.all()).struct.json_encode())
        .group_by("company_id")
        .agg(pl.col("person").sort().str.join(","))
    )
    rows = results.companies.lazy().select("id", company=pl.struct(pl.all()).struct.json_encode()).with_row_index("row")
    both = rows.join(people, left_on="id", right_on="company_id", how="left", maintain_order="left")
    return both.select("row", "id", content=pl.concat_str("company", pl.col("person").fill_null("")))
