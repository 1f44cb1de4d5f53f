"""Blacklists: named lists of companies to leave out, with their entries."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from openprospect_nb.api._resource import Resource, below, call_with_body, get, mapping, post
from openprospect_nb.api.listing import listed
from openprospect_nb.bounds import entry_problems, refuse, text
from openprospect_nb.contract import (
    MAX_BLACKLIST_DESCRIPTION,
    MAX_BLACKLIST_ENTRIES,
    MAX_BLACKLIST_NAME,
    PATH_BLACKLISTS,
)
from openprospect_nb.errors import OpenProspectError
from openprospect_nb.files.companies import companies_from
from openprospect_nb.models import Added, Blacklist, integer
from openprospect_nb.transport import Response
from openprospect_nb.transport.responses import nothing


class AsyncBlacklists(Resource):
    """``client.blacklists``. Nothing here carries an idempotency key, so a lost answer is never repeated by itself."""

    async def create(self, name: str, description: str | None = None) -> Blacklist:
        """Make a blacklist and return it.

        Example:
            >>> client.blacklists.create("Customers").name
            'Customers'
        """
        body = {"name": name, "description": description}
        refuse(_problems(body, name_required=True), "the blacklist")
        return await self._context.sender.send(post(PATH_BLACKLISTS, body), _blacklist)

    async def list(self) -> pl.DataFrame:
        """Return one row a blacklist; columns as `schemas.BLACKLISTS`.

        Example:
            >>> blacklist.id in client.blacklists.list()["id"]
            True
        """
        return await listed(self._context, PATH_BLACKLISTS, "blacklists")

    async def get(self, blacklist_id: str) -> Blacklist:
        """Return one blacklist.

        Raises:
            NotFoundError: no such blacklist for this key.

        Example:
            >>> client.blacklists.get(blacklist.id).name
            'Examples'
        """
        return await self._context.sender.send(get(below(PATH_BLACKLISTS, blacklist_id)), _blacklist)

    async def update(self, blacklist_id: str, *, name: str | None = None, description: str | None = None) -> Blacklist:
        """Change name or description and return the blacklist as it then is.

        Example:
            >>> client.blacklists.update(blacklist.id, description="ours already").description
            'ours already'
        """
        body = {key: value for key, value in (("name", name), ("description", description)) if value is not None}
        refuse(_problems(body, name_required=False), "the change")
        call = call_with_body("PATCH", below(PATH_BLACKLISTS, blacklist_id), body)
        return await self._context.sender.send(call, _blacklist)

    async def delete(self, blacklist_id: str) -> None:
        """Delete a blacklist with all its entries.

        Example:
            >>> client.blacklists.delete(client.blacklists.create("Short-lived").id)
        """
        await self._context.sender.send(call_with_body("DELETE", below(PATH_BLACKLISTS, blacklist_id), None), nothing)

    async def add(
        self,
        blacklist_id: str,
        entries: pl.DataFrame | Sequence[Mapping[str, Any]] | str,
        *,
        warn: bool = True,
    ) -> Added:
        """Add companies, 10,000 a request, and return how many were new and how many were there already.

        Args:
            blacklist_id: which list.
            entries: a frame, a list of mappings, or the path of a CSV, Parquet or Excel file; ``company_name`` is
                required, ``website_url``, ``city``, ``country``, ``external_id`` sharpen the match.
            warn: warn of entries that cannot match a discovered company; a face that has shown them already does not.

        Raises:
            ValidationError: a row breaks a bound; nothing was sent.
            OpenProspectError: a request failed; the message says how many entries had been added before.

        Example:
            >>> client.blacklists.add(blacklist.id, [{"company_name": "A Ltd", "website_url": "a.example"}]).added
            1
        """
        rows = companies_from(entries)
        refuse(entry_problems(rows), "the entries")
        if warn:
            _warn_about_ids_alone(rows)
        added = skipped = 0
        for start in range(0, len(rows), MAX_BLACKLIST_ENTRIES):
            body = {"entries": rows[start : start + MAX_BLACKLIST_ENTRIES]}
            try:
                answer = await self._context.sender.send(
                    post(below(PATH_BLACKLISTS, blacklist_id, "entries"), body), mapping
                )
            except OpenProspectError as error:
                error.add_note(f"{start:,} of {len(rows):,} entries had been sent before; list entries() to compare.")
                raise
            added += integer(answer.get("added")) or 0
            skipped += integer(answer.get("skipped")) or 0
        return Added(added=added, skipped=skipped)

    async def entries(self, blacklist_id: str) -> pl.DataFrame:
        """Return one row an entry; columns as `schemas.BLACKLIST_ENTRIES`.

        Example:
            >>> client.blacklists.entries(blacklist.id).columns[:2]
            ['id', 'company_name']
        """
        return await listed(self._context, below(PATH_BLACKLISTS, blacklist_id, "entries"), "entries")

    async def remove(self, blacklist_id: str, entry_ids: Sequence[str]) -> int:
        """Remove entries by id and return how many were removed; unknown ids are ignored.

        Example:
            >>> client.blacklists.remove(blacklist.id, ["00000000-0000-4000-8000-000000000000"])
            0
        """
        call = call_with_body("DELETE", below(PATH_BLACKLISTS, blacklist_id, "entries"), {"entry_ids": list(entry_ids)})
        return integer((await self._context.sender.send(call, mapping)).get("removed")) or 0


def _problems(body: Mapping[str, Any], *, name_required: bool) -> list[Any]:
    return [
        *text("name", body.get("name"), MAX_BLACKLIST_NAME, required=name_required),
        *text("description", body.get("description"), MAX_BLACKLIST_DESCRIPTION),
    ]


def _warn_about_ids_alone(rows: Sequence[Mapping[str, Any]]) -> None:
    alone = sum(1 for row in rows if row.get("external_id") and not row.get("website_url") and not row.get("city"))
    if alone:
        warnings.warn(
            f"{alone:,} entries have only an external_id and a name: discovered companies carry no source id, so the id"
            " cannot match in discovery orders. Add website_url or city.",
            stacklevel=2,
        )


def _blacklist(response: Response) -> Blacklist:
    return Blacklist.from_wire(response.mapping())
