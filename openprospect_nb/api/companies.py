"""Companies of a prospect search, with their jobs and technologies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import polars as pl

from openprospect_nb.api._resource import Resource, below, get
from openprospect_nb.api.bodies import document, record
from openprospect_nb.api.listing import listed, listed_mappings, measure
from openprospect_nb.bounds import refuse
from openprospect_nb.contract import PAGE_LIMIT, PATH_COMPANIES, ReviewStatus
from openprospect_nb.errors import ContractError, FieldProblem
from openprospect_nb.frames.admission import admit_record
from openprospect_nb.transport import Response
from openprospect_nb.transport.paging import follows

Record = dict[str, Any]
Records = list[Record]
# What a page says of itself is not true of the whole list.
COUNTERS = frozenset({"total", "limit", "offset", "has_more"})


class AsyncCompanies(Resource):
    """``client.companies``."""

    async def list(
        self,
        prospect_search_id: str,
        *,
        min_match_score: float | None = None,
        review_status: str | Sequence[str] | None = None,
        search: str | None = None,
    ) -> pl.DataFrame:
        """Return one row a company of a search; columns as `schemas.SEARCH_COMPANIES`.

        Args:
            prospect_search_id: which search; required by the API.
            min_match_score: 0-10, inclusive.
            review_status: one or several of accepted, rejected, pending.
            search: text to find in name, city, business type or contacts.

        Raises:
            ValidationError: a filter is out of its range.

        Example:
            >>> client.companies.list(search_id, min_match_score=0).height
            12
        """
        statuses = [review_status] if isinstance(review_status, str) else list(review_status or ())
        problems = []
        if min_match_score is not None and (isinstance(min_match_score, bool) or not 0 <= min_match_score <= 10):
            problems.append(FieldProblem("min_match_score", "must be a number from 0 to 10", min_match_score))
        allowed = [str(status) for status in ReviewStatus]
        message = f"must be one of {', '.join(allowed)}"
        problems += [FieldProblem("review_status", message, status) for status in statuses if status not in allowed]
        refuse(problems, "the list request")
        return await listed(
            self._context,
            PATH_COMPANIES,
            "companies",
            prospect_search_id=prospect_search_id,
            min_match_score=min_match_score,
            review_status_list=statuses or None,
            search=search,
        )

    async def get(self, company_id: str) -> Record:
        """Return one company as the server sends it; its fields are the vendor's.

        Raises:
            NotFoundError: no such company, or it was forgotten here (code FORGOTTEN).

        Example:
            >>> client.companies.get(company_id)["id"] == company_id
            True
        """
        return await self._one(self._path(company_id), lambda body: record(body, "company"))

    async def jobs(self, company_id: str) -> Records:
        """Return the company's job listings as plain mappings; the vendor documents no fields.

        Example:
            >>> isinstance(client.companies.jobs(company_id), list)
            True
        """
        return await listed_mappings(self._context, self._path(company_id, "jobs"), "jobs")

    async def jobs_summary(self, company_id: str) -> Record:
        """Return a summary of the company's hiring; the vendor documents no fields.

        Example:
            >>> client.companies.jobs_summary(company_id)["company_id"] == company_id
            True
        """
        path = self._path(company_id, "jobs", "summary")
        return await self._one(path, lambda body: document(body, "jobs", "summary"))

    async def technologies(self, company_id: str) -> Record:
        """Return what is known of the company's web technologies; the vendor documents no fields.

        A bare array of technologies, and one that comes in pages, is given whole under ``technologies``.

        Example:
            >>> client.companies.technologies(company_id)["company_id"] == company_id
            True
        """
        path = self._path(company_id, "webtech-intel")
        first, is_paged = await self._context.sender.send(get(path, limit=PAGE_LIMIT, offset=0), _technologies)
        if not is_paged:
            return self._admitted(first)
        beside = {n: value for n, value in first.items() if n not in COUNTERS and not isinstance(value, list | dict)}
        return beside | {"technologies": await listed_mappings(self._context, path, "technologies")}

    async def technologies_summary(self, company_id: str) -> Record:
        """Return a summary of the company's web technologies; the vendor documents no fields.

        Example:
            >>> client.companies.technologies_summary(company_id)["company_id"] == company_id
            True
        """
        path = self._path(company_id, "webtech-intel", "summary")
        return await self._one(path, lambda body: document(body, "technologies", "summary"))

    def _path(self, company_id: str, *parts: str) -> str:
        """Return the path of a company, unless it was forgotten here."""
        path = below(PATH_COMPANIES, company_id, *parts)
        self._admitted({"id": company_id})
        return path

    async def _one(self, path: str, read: Callable[[Response], Record]) -> Record:
        return self._admitted(await self._context.sender.send(get(path), read))

    def _admitted(self, record: Record) -> Record:
        return admit_record(record, "companies", self._context.source, [self._context.ledger])


def _technologies(response: Response) -> tuple[Record, bool]:
    """Return what one response says, and whether more of the same list may follow.

    A bare array, and an object with nothing but one, is a page like any other; another object is one only where it
    counts, or is as long as a whole page.
    """
    technologies = document(response, "technologies", "webtech_intel", "technology")
    try:
        page, _ = measure(response, 0, "technologies")
    except ContractError:
        return technologies, False
    is_list = len(technologies) == 1 and isinstance(next(iter(technologies.values())), list)
    counts = page.total is not None or page.has_more is not None or page.count >= PAGE_LIMIT
    return technologies, (is_list or counts) and follows(page, page.count, PAGE_LIMIT)
