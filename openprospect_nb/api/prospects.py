"""Prospects, outside of orders."""

from __future__ import annotations

from typing import Any

import polars as pl

from openprospect_nb.api._resource import Resource, below, get
from openprospect_nb.api.bodies import record
from openprospect_nb.api.listing import listed
from openprospect_nb.contract import PATH_PROSPECTS
from openprospect_nb.frames.admission import admit_record


class AsyncProspects(Resource):
    """``client.prospects``. Parameters beyond paging are not documented by the vendor; a server may ignore them."""

    async def list(
        self, *, prospect_search_id: str | None = None, company_id: str | None = None, search: str | None = None
    ) -> pl.DataFrame:
        """Return one row a prospect; columns as `schemas.PROSPECT_LIST`.

        Example:
            >>> client.prospects.list(company_id=company_id)["company_id"].unique().to_list() == [company_id]
            True
        """
        return await listed(
            self._context,
            PATH_PROSPECTS,
            "prospects",
            prospect_search_id=prospect_search_id,
            company_id=company_id,
            search=search,
        )

    async def get(self, prospect_id: str) -> dict[str, Any]:
        """Return one prospect as the server sends it; its fields are the vendor's.

        Raises:
            NotFoundError: no such prospect, or the person was forgotten here (code FORGOTTEN).

        Example:
            >>> prospect_id = client.prospects.list(company_id=company_id)["id"][0]
            >>> client.prospects.get(prospect_id)["company_id"] == company_id
            True
        """
        call = get(below(PATH_PROSPECTS, prospect_id))
        prospect = await self._context.sender.send(call, lambda body: record(body, "prospect"))
        return admit_record(prospect, "prospects", self._context.source, [self._context.ledger])
