"""Prospect searches: the server's working objects; list, read, edit by version, assign blacklists."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import polars as pl

from openprospect_nb.api._resource import Resource, below, call_with_body, get
from openprospect_nb.api.bodies import identified, said
from openprospect_nb.api.listing import listed
from openprospect_nb.bounds import refuse, text, texts
from openprospect_nb.contract import MAX_ICP_TEXT, PATH_SEARCHES
from openprospect_nb.errors import FieldProblem, OpenProspectError
from openprospect_nb.frames.schemas import BLACKLISTS
from openprospect_nb.frames.store import aligned
from openprospect_nb.models import Search
from openprospect_nb.models import texts as member_texts
from openprospect_nb.transport import Response

SEARCH_IDS: Final = ("prospect_search_id", "search_id")


class AsyncSearches(Resource):
    """``client.searches``. Reading or editing one search by its id may be unavailable on some servers (404 or 405)."""

    async def list(self) -> pl.DataFrame:
        """Return one row a search; columns as `schemas.SEARCHES`.

        Example:
            >>> search_id in client.searches.list()["id"]
            True
        """
        return await listed(self._context, PATH_SEARCHES, "searches")

    async def get(self, prospect_search_id: str) -> Search:
        """Return one search, with the ``version`` an update needs.

        Raises:
            NotFoundError: no such search for this key, or a server without this endpoint.

        Example:
            >>> client.searches.get(search_id).status
            'ACTIVE'
        """
        return await self._context.sender.send(get(below(PATH_SEARCHES, prospect_search_id)), _search)

    async def update(
        self,
        prospect_search_id: str,
        *,
        version: int,
        name: str | None = None,
        ideal_customer_profile: str | None = None,
        geo_locations: Sequence[str] | None = None,
        search_keywords: Sequence[str] | None = None,
        update_mask: Sequence[str] | None = None,
    ) -> Search:
        """Change fields of a search that still has *version* and return it as it then is.

        Where the response does not hold the search, it is read back; ``stripped_fields`` is None where it did not say.

        Args:
            prospect_search_id: which search.
            version: the version the change is based on.
            name: a new label.
            ideal_customer_profile: a new description.
            geo_locations: administrators only; for others the server drops it and says so in ``stripped_fields``.
            search_keywords: likewise.
            update_mask: change only these of the fields given; None changes all of them.

        Raises:
            ConflictError: somebody changed it first; read it again and reapply.
            ValidationError: a broken bound, or a mask that names a field that is not given.

        Example:
            >>> search = client.searches.get(search_id)
            >>> client.searches.update(search_id, version=search.version, name="Spring").name
            'Spring'
        """
        given = {
            "name": name,
            "ideal_customer_profile": ideal_customer_profile,
            "geo_locations": geo_locations,
            "search_keywords": search_keywords,
        }
        changes = {field: value for field, value in given.items() if value is not None}
        refuse(_change_problems(changes, update_mask), "the change")
        body: dict[str, Any] = {"version": version, **_plain(changes)}
        if update_mask is not None:
            body["update_mask"] = list(update_mask)
        call = call_with_body("PATCH", below(PATH_SEARCHES, prospect_search_id), body)
        changed = await self._context.sender.send(call, said)
        search = identified(changed, *SEARCH_IDS)
        if search is not None and "version" in search:
            return Search.from_wire(search)
        stripped = changed.get("stripped_fields") if isinstance(changed, dict) else None
        search_now = await self._read_back(prospect_search_id, changes)
        return replace(search_now, stripped_fields=member_texts(stripped))

    async def blacklists(self, prospect_search_id: str) -> pl.DataFrame:
        """Return the blacklists assigned to a search; columns as `schemas.BLACKLISTS`.

        Example:
            >>> client.searches.blacklists(search_id).height
            0
        """
        return await listed(self._context, below(PATH_SEARCHES, prospect_search_id, "blacklists"), "blacklists")

    async def set_blacklists(self, prospect_search_id: str, blacklist_ids: Sequence[str]) -> pl.DataFrame:
        """Assign exactly these blacklists (none: ``[]``) for later orders of this search, and return them.

        An order that was placed keeps the blacklists it was placed with.

        Example:
            >>> client.searches.set_blacklists(search_id, []).height
            0
        """
        refuse(texts("blacklist_ids", blacklist_ids), "the assignment")
        path = below(PATH_SEARCHES, prospect_search_id, "blacklists")
        await self._context.sender.send(call_with_body("PUT", path, {"blacklist_ids": list(blacklist_ids)}), said)
        try:
            assigned = await self.blacklists(prospect_search_id)
        except OpenProspectError as error:
            warnings.warn(f"the assignment was made; reading it back failed ({error.message})", stacklevel=2)
            rows = {"id": list(blacklist_ids), "source": [self._context.source] * len(blacklist_ids)}
            return aligned(pl.DataFrame(rows), BLACKLISTS)
        _warn_about_difference(set(blacklist_ids), set(assigned["id"].drop_nulls()))
        return assigned

    async def _read_back(self, prospect_search_id: str, known: Mapping[str, Any]) -> Search:
        """Return a search that was changed as the server shows it, or as far as it is known if it cannot be read."""
        try:
            return await self.get(prospect_search_id)
        except OpenProspectError as error:
            warnings.warn(f"the change was made; reading the search back failed ({error.message})", stacklevel=2)
            return Search.from_wire({**_plain(known), "id": prospect_search_id})


def _warn_about_difference(asked: set[str], assigned: set[str]) -> None:
    """Say so where the server shows another set than was assigned: a list that is missing excludes nothing."""
    missing, more = sorted(asked - assigned), sorted(assigned - asked)
    if missing or more:
        warnings.warn(
            f"the server shows another assignment than was made: missing {missing}, not asked for {more}.", stacklevel=3
        )


def _change_problems(changes: Mapping[str, Any], update_mask: Sequence[str] | None) -> Sequence[FieldProblem]:
    missing = [name for name in update_mask or () if name not in changes]
    return [
        *[FieldProblem("update_mask", f"names {name!r}, which is not given") for name in missing],
        *text("name", changes.get("name"), MAX_ICP_TEXT),
        *text("ideal_customer_profile", changes.get("ideal_customer_profile"), MAX_ICP_TEXT),
        *texts("geo_locations", changes.get("geo_locations")),
        *texts("search_keywords", changes.get("search_keywords")),
    ]


def _plain(changes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value if isinstance(value, str) else list(value) for name, value in changes.items()}


def _search(response: Response) -> Search:
    whole = response.mapping()
    return Search.from_wire(identified(whole, *SEARCH_IDS) or whole)
