"""Blacklists: named lists of companies to leave out, with their entries."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Final

import polars as pl

from openprospect_nb.api._resource import Context, Resource, below, call_with_body, get, off_loop, post
from openprospect_nb.api.bodies import added_in, id_in_location, identified, removed_in, said, together
from openprospect_nb.api.listing import listed
from openprospect_nb.bounds import entry_problems, refuse, text, texts
from openprospect_nb.contract import (
    MAX_BLACKLIST_DESCRIPTION,
    MAX_BLACKLIST_ENTRIES,
    MAX_BLACKLIST_NAME,
    PATH_BLACKLISTS,
)
from openprospect_nb.errors import ContractError, FieldProblem, NotFoundError, OpenProspectError
from openprospect_nb.models import Added, Blacklist
from openprospect_nb.transport import Attempts, Response

log = logging.getLogger(__name__)
BLACKLIST_FIELDS: Final = ("id", "name", "description", "entry_count", "created_at", "updated_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class AsyncBlacklist(Blacklist):
    """A blacklist as last seen, with the way to what is on it."""

    context: Context = field(repr=False, compare=False)

    async def entries(self) -> pl.DataFrame:
        """Ask for what is on the list now: one row an entry; columns as `schemas.BLACKLIST_ENTRIES`.

        Example:
            >>> client.blacklists.get(blacklist.id).entries().columns[:2]
            ['id', 'company_name']
        """
        return await AsyncBlacklists(self.context).entries(self.id)


class AsyncBlacklists(Resource):
    """``client.blacklists``. Nothing here carries an idempotency key: after a lost response nothing is sent again."""

    async def create(self, name: str, description: str | None = None) -> AsyncBlacklist:
        """Make a blacklist and return it; where the response does not hold it, it is read back.

        Raises:
            ContractError: it was made, and the server does not say which of several lists of that name it is.

        Example:
            >>> client.blacklists.create("Customers").name
            'Customers'
        """
        body = {"name": name, "description": description}
        refuse(_problems(body, name_required=True), "the blacklist")
        made, identity = await self._context.sender.send(post(PATH_BLACKLISTS, body), _made)
        if made is not None and "name" in made:
            return self._handle(Blacklist.from_wire(made))
        return await (self._read_back(identity, body) if identity is not None else self._newest(name, description))

    async def list(self) -> pl.DataFrame:
        """Return one row a blacklist; columns as `schemas.BLACKLISTS`.

        Example:
            >>> blacklist.id in client.blacklists.list()["id"]
            True
        """
        return await listed(self._context, PATH_BLACKLISTS, "blacklists")

    async def get(self, blacklist_id: str) -> AsyncBlacklist:
        """Return one blacklist; `exclude`, ``contactable(suppressed=)`` and ``export(suppress=)`` take it as it is.

        Raises:
            NotFoundError: no such blacklist for this key.

        Example:
            >>> client.blacklists.get(blacklist.id).name
            'Examples'
        """
        return self._handle(await self._context.sender.send(get(below(PATH_BLACKLISTS, blacklist_id)), _blacklist))

    async def update(
        self, blacklist_id: str, *, name: str | None = None, description: str | None = None
    ) -> AsyncBlacklist:
        """Change name or description and return the blacklist as it then is; read back where the response lacks it.

        Example:
            >>> client.blacklists.update(blacklist.id, description="ours already").description
            'ours already'
        """
        body = {key: value for key, value in (("name", name), ("description", description)) if value is not None}
        refuse(_problems(body, name_required=False), "the change")
        call = call_with_body("PATCH", below(PATH_BLACKLISTS, blacklist_id), body)
        changed, _ = await self._context.sender.send(call, _made)
        if changed is not None and "name" in changed:
            return self._handle(Blacklist.from_wire(changed))
        return await self._read_back(blacklist_id, body)

    async def delete(self, blacklist_id: str) -> None:
        """Delete a blacklist with all its entries.

        Example:
            >>> client.blacklists.delete(client.blacklists.create("Short-lived").id)
        """
        call, attempts = call_with_body("DELETE", below(PATH_BLACKLISTS, blacklist_id), None), Attempts()
        try:
            await self._context.sender.send(call, said, attempts)
        except NotFoundError:
            # An earlier attempt whose response was lost may have deleted it.
            if not attempts.lost:
                raise

    async def add(
        self,
        blacklist_id: str,
        entries: object,
        *,
        warn: bool = True,
    ) -> Added:
        """Add companies, 10,000 a request, and return how many were new and how many were there already.

        A count that the server does not say is None: success without a body is documented. Warns where the server
        says that it did not take some entries.

        Args:
            blacklist_id: which list.
            entries: companies in whatever form `exclude` takes them: a frame, mappings, domains, web addresses, a
                `Results`, the path of a file; or another blacklist, or its id. ``website_url``, ``city``, ``country``
                and ``external_id`` sharpen the match; a company that is known by its domain alone is called by it.
            warn: warn of entries that cannot match a discovered company (those with an id and a name alone), and of
                those not taken; a widget that shows both does not. A name alone matches others of that name, too.

        Raises:
            ValidationError: a row breaks a bound, cannot be read, is a person's address, or a host that many share
                (gmail.com, a page on facebook.com); nothing was sent.
            OpenProspectError: a request failed; the message says how many entries had been added before.

        Example:
            >>> client.blacklists.add(blacklist.id, [{"company_name": "A Ltd", "website_url": "a.example"}]).added
            1
        """
        rows = await off_loop(_companies, await self._read(entries))
        refuse(entry_problems(rows), "the list")
        if warn:
            _warn_about_ids_alone(rows)
        parts = []
        for start in range(0, len(rows), MAX_BLACKLIST_ENTRIES):
            sent = rows[start : start + MAX_BLACKLIST_ENTRIES]
            call = post(below(PATH_BLACKLISTS, blacklist_id, "entries"), {"entries": sent})
            try:
                parts.append(added_in(await self._context.sender.send(call, said), sent))
            except OpenProspectError as error:
                if start:
                    before = f"The first {start:,} of {len(rows):,} entries were sent before and stay on the list"
                    error.next_step = f"{before}: entries() shows them; add the others alone. {error.next_step}"
                raise
        if warn:
            _warn_about_failed(parts)
        return together(parts)

    async def entries(self, blacklist_id: str) -> pl.DataFrame:
        """Return one row an entry; columns as `schemas.BLACKLIST_ENTRIES`.

        Example:
            >>> client.blacklists.entries(blacklist.id).columns[:2]
            ['id', 'company_name']
        """
        return await listed(self._context, below(PATH_BLACKLISTS, blacklist_id, "entries"), "entries")

    async def remove(self, blacklist_id: str, entry_ids: Sequence[str]) -> int | None:
        """Remove entries by id and return how many were removed, or None if the server does not say.

        Unknown ids are ignored; without any id nothing is sent.

        Example:
            >>> client.blacklists.remove(blacklist.id, ["00000000-0000-4000-8000-000000000000"])
            0
        """
        refuse(texts("entry_ids", entry_ids), "the removal")
        if not entry_ids:
            return 0  # an empty list in a DELETE could be taken for "all of them"
        call = call_with_body("DELETE", below(PATH_BLACKLISTS, blacklist_id, "entries"), {"entry_ids": list(entry_ids)})
        return removed_in(await self._context.sender.send(call, said), entry_ids)

    async def _read(self, entries: object) -> object:
        """Return what is on the blacklist that *entries* is or names; everything else as it is."""
        if isinstance(entries, AsyncBlacklist):
            return await entries.entries()
        from openprospect_nb.files.exclusions import blacklist_id_of

        other = blacklist_id_of(entries)
        return entries if other is None or hasattr(entries, "entries") else await self.entries(other)

    def _handle(self, facts: Blacklist) -> AsyncBlacklist:
        return AsyncBlacklist(**facts_of(facts), context=self._context)

    async def _read_back(self, blacklist_id: str, known: Mapping[str, Any]) -> AsyncBlacklist:
        """Return a list that was changed as the server shows it, or as far as it is known if it cannot be read."""
        try:
            return await self.get(blacklist_id)
        except OpenProspectError as error:
            warnings.warn(f"the change was made; reading the list back failed ({error.message})", stacklevel=2)
            return self._handle(Blacklist.from_wire({**known, "id": blacklist_id}))

    async def _newest(self, name: str, description: str | None) -> AsyncBlacklist:
        """Return the list just made, by its name; of several with one name the newest, where the server tells."""
        try:
            lists = await self.list()
        except OpenProspectError as error:
            error.add_note("The list was made all the same: find it in blacklists.list() before you make it again.")
            raise
        # A server may trim a name, and keep a description that was not given as an empty one.
        stated = {"name": name.strip(), "description": (description or "").strip()}
        same = [pl.col(field).fill_null("").str.strip_chars() == value for field, value in stated.items()]
        alike = lists.filter(*same).sort("created_at")
        times = alike["created_at"]
        if alike.height == 1 or (alike.height > 1 and (times.null_count() == 0 and times[-1] > times[-2])):
            return self._handle(Blacklist(**alike.select(BLACKLIST_FIELDS).row(-1, named=True)))
        raise ContractError(
            f"the list {name!r} was made, but the server does not say its id, and {alike.height} lists look like it.",
            code="ID_MISSING",
            next_step="Do not make it again: find it in client.blacklists.list().",
        )


def facts_of(blacklist: Blacklist) -> dict[str, Any]:
    """Return what the server said of a blacklist, by field."""
    return {fact.name: getattr(blacklist, fact.name) for fact in fields(Blacklist)}


def _companies(given: object) -> list[dict[str, str]]:
    """Return what is to be sent; a list that could be read in part only is refused: the rest would exclude nobody."""
    from openprospect_nb.files.exclusions import exclusions

    read = exclusions(given)
    problems = [FieldProblem("entries", read.complaint)] if read.complaint else []
    for strangers, what, instead in (
        (read.persons, "addresses of persons, and a blacklist holds companies", "the domain, or *@domain"),
        (read.hosts, "hosts of mail or pages that many share, and no company's", "the company's name"),
    ):
        if strangers:
            said = f"{len(strangers):,} are {what}: {', '.join(strangers[:5])}; give {instead}"
            problems.append(FieldProblem("entries", said))
    refuse(problems, "the list")
    if read.remark:
        log.warning("%s", read.remark)
    return read.companies


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


def _warn_about_failed(parts: Sequence[Added]) -> None:
    failed = sum(part.failed or 0 for part in parts)
    if failed:
        warnings.warn(
            f"the server did not take {failed:,} of the entries: they exclude nothing; list entries() to see which.",
            stacklevel=3,
        )


def _made(response: Response) -> tuple[dict[str, Any] | None, str | None]:
    """Return the list that a write's body holds, and its id from there or from the Location header."""
    made = identified(said(response), "blacklist_id")
    return made, made["id"] if made is not None else id_in_location(response, PATH_BLACKLISTS)


def _blacklist(response: Response) -> Blacklist:
    whole = response.mapping()
    return Blacklist.from_wire(identified(whole, "blacklist_id") or whole)
